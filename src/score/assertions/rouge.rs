//! ROUGE-1 over lower-case words split as in the Penn Treebank: what promptfoo's `rouge-n` measures.

use crate::score::overlap::word_f1;
use regex::Regex;
use std::sync::LazyLock;

/// F measure of the words that two texts share (Lin 2004, n = 1).
pub(super) fn rouge_1(output: &str, expected: &str) -> f64 {
    word_f1(&words(output), &words(expected))
}

/// Replacements that split words, in this order, after punctuation.
const RULES: [(&str, &str); 6] = [
    (r"([^'])' ", "$1 ' "),
    (r"'([sSmMdD]) ", " '$1 "),
    (r"('ll|'re|'ve|n't) ", " $1 "),
    (r"\b(can)(not)\b", "$1 $2"),
    (r"\b(gon|wan)(na)\b", "$1 $2"),
    (r"\b(gim|lem)(me)\b", "$1 $2"),
];

fn words(text: &str) -> Vec<String> {
    static COMPILED: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
        let compile =
            |(pattern, with): &(&str, &'static str)| Some((Regex::new(pattern).ok()?, *with));
        RULES.iter().filter_map(compile).collect()
    });
    let lower = text.to_lowercase();
    let joined: Vec<&str> = lower.split_whitespace().collect();
    let mut text = format!(" {} ", space_punctuation(&joined.join(" ")));
    for (pattern, with) in COMPILED.iter() {
        if let std::borrow::Cow::Owned(changed) = pattern.replace_all(&text, *with) {
            text = changed;
        }
    }
    text.split_whitespace().map(str::to_owned).collect()
}

/// Puts spaces around punctuation, except inside numbers; of periods only the last of the text is punctuation.
fn space_punctuation(text: &str) -> String {
    let all: Vec<char> = text.chars().collect();
    let last = last_period(&all);
    let mut out = String::with_capacity(text.len() + 16);
    let mut quoted = false;
    let mut at = 0;
    while at < all.len() {
        let c = all[at];
        let next = all.get(at + 1).copied();
        let dots = all[at..].starts_with(&['.', '.', '.']);
        let pair = next == Some(c) && matches!(c, '-' | '`' | '\'');
        let (mark, used) = match c {
            '.' if dots => ("...".to_owned(), 3),
            '-' if pair => ("--".to_owned(), 2),
            '"' => {
                quoted = !quoted && next.is_some();
                (if quoted { "``" } else { "''" }.to_owned(), 1)
            }
            '`' | '\'' if pair => (format!("{c}{c}"), 2),
            ':' | ',' if next.is_none_or(|n| !n.is_numeric()) => (c.to_string(), 1),
            ';' | '@' | '#' | '$' | '%' | '&' | '?' | '!' | '[' | ']' | '(' | ')' | '{' | '}'
            | '<' | '>' => (c.to_string(), 1),
            '.' if last == Some(at) => (".".to_owned(), 1),
            _ => {
                out.push(c);
                at += 1;
                continue;
            }
        };
        out += &format!(" {mark} ");
        at += used;
    }
    out
}

/// The period that ends a text, ignoring brackets and quotes after it; `None` if it belongs to letters, as in `u.s.`.
fn last_period(all: &[char]) -> Option<usize> {
    let closing = |c: &char| "])}>'\" ".contains(*c);
    let at = all.iter().rposition(|c| !closing(c))?;
    let before = |n: usize| at.checked_sub(n).map(|i| all[i]);
    let letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphabetic());
    let short = letter(before(1))
        && before(2) == Some('.')
        && letter(before(3))
        && !before(4).is_some_and(char::is_alphanumeric);
    (all[at] == '.' && before(1).is_some_and(|c| c != '.') && !short).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_cut_as_in_the_treebank() {
        assert_eq!(
            RULES.iter().filter(|(p, _)| Regex::new(p).is_err()).count(),
            0
        );
        for (text, cut) in [
            ("They don't, he said.", "they do n't , he said ."),
            (
                "It costs $3.50 (or 1,000).",
                "it costs $ 3.50 ( or 1,000 ) .",
            ),
            ("\"Yes\" is John's.", "`` yes '' is john 's ."),
            ("One. Two! cannot", "one. two ! can not"),
            ("in the U.S.", "in the u.s."),
        ] {
            assert_eq!(words(text).join(" "), cut);
        }
    }

    #[test]
    fn shared_words_by_hand() {
        assert!((rouge_1("the cat sat", "the cat sat down") - 6.0 / 7.0).abs() < 1e-12);
        assert_eq!(rouge_1("", "a"), 0.0);
        assert_eq!(rouge_1("A", "a"), 1.0);
    }
}
