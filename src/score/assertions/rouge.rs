//! ROUGE-1 over words as the Penn Treebank cuts them, case kept: the measure of promptfoo's `rouge-n`.

use regex::Regex;
use std::{collections::HashMap, sync::LazyLock};

/// F measure of the words that two texts share (Lin 2004, n = 1); 0 where one has none.
pub(super) fn rouge_1(output: &str, expected: &str) -> f64 {
    let (a, b) = (words(output), words(expected));
    let mut left: HashMap<&str, usize> = HashMap::new();
    for word in &b {
        *left.entry(word).or_default() += 1;
    }
    let mut both = 0.0;
    for word in &a {
        if let Some(n) = left.get_mut(word.as_str()).filter(|n| **n > 0) {
            *n -= 1;
            both += 1.0;
        }
    }
    if both == 0.0 {
        return 0.0;
    }
    let (precision, recall) = (both / a.len() as f64, both / b.len() as f64);
    2.0 * precision * recall / (precision + recall)
}

/// What is set apart, in this order; a space at both ends of the text stands for its edges.
const RULES: [(&str, &str); 14] = [
    (r"\.{3}", " ... "),
    (r"([:,])(\P{Nd}|$)", " $1 $2"),
    (r"[;@#$%&?!]", " $0 "),
    // The end of a sentence: not behind a letter alone, as in `U.S.`, or a title.
    (
        r"(^|[^.\p{L}]|[^.]\p{L}|\p{L}{2})(\.)([\])}>'\x22]*)(\s|$)",
        "$1 $2$3$4",
    ),
    (r"[\]\[(){}<>]", " $0 "),
    (r"--", " -- "),
    (r#"(^|[ (\[{<])""#, "$1 `` "),
    (r#"""#, " '' "),
    (r"([^'])' ", "$1 ' "),
    (r"'([sSmMdD]) ", " '$1 "),
    (r"('ll|'LL|'re|'RE|'ve|'VE|n't|N'T) ", " $1 "),
    (r"(?i)\b(can)(not)\b", "$1 $2"),
    (r"(?i)\b(gon|wan)(na)\b", "$1 $2"),
    (r"(?i)\b(gim|lem)(me)\b", "$1 $2"),
];

fn words(text: &str) -> Vec<String> {
    static COMPILED: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
        let compile =
            |(pattern, with): &(&str, &'static str)| Some((Regex::new(pattern).ok()?, *with));
        RULES.iter().filter_map(compile).collect()
    });
    let joined: Vec<&str> = text.split_whitespace().collect();
    let mut text = format!(" {} ", joined.join(" "));
    for (pattern, with) in COMPILED.iter() {
        if let std::borrow::Cow::Owned(changed) = pattern.replace_all(&text, *with) {
            text = changed;
        }
    }
    text.split_whitespace().map(str::to_owned).collect()
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
            ("They don't, he said.", "They do n't , he said ."),
            (
                "It costs $3.50 (or 1,000).",
                "It costs $ 3.50 ( or 1,000 ) .",
            ),
            ("\"Yes\" is John's.", "`` Yes '' is John 's ."),
            ("One. Two! cannot", "One . Two ! can not"),
        ] {
            assert_eq!(words(text).join(" "), cut);
        }
    }

    #[test]
    fn shared_words_by_hand() {
        assert!((rouge_1("the cat sat", "the cat sat down") - 6.0 / 7.0).abs() < 1e-12);
        assert_eq!(rouge_1("", "a"), 0.0);
        assert_eq!(rouge_1("A", "a"), 0.0);
    }
}
