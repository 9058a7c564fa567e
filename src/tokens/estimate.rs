//! A guess at how many tokens a text has, without any model's vocabulary.

use unicode_width::UnicodeWidthChar;

/// What a character is counted as.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Letter,
    Digit,
    Space,
    Mark,
}

/// Tokens of a text, roughly: a run of letters counts one for each five begun, a run of digits one for each three, a mark
/// one, a wide (CJK) character one.
pub(super) fn estimate(text: &str) -> u64 {
    let (mut tokens, mut class, mut run) = (0, Class::Space, 0u64);
    for c in text.chars() {
        let next = class_of(c);
        if next != class {
            tokens += tokens_of(class, run);
            (class, run) = (next, 0);
        }
        run += 1;
    }
    tokens + tokens_of(class, run)
}

fn class_of(c: char) -> Class {
    match c {
        'a'..='z' | 'A'..='Z' => Class::Letter,
        ' ' => Class::Space,
        '0'..='9' => Class::Digit,
        '\0'..='\x7f' => Class::Mark,
        _ if c.is_alphabetic() && c.width() != Some(2) => Class::Letter,
        _ => Class::Mark,
    }
}

/// Tokens of so many characters of a class.
fn tokens_of(class: Class, run: u64) -> u64 {
    match class {
        Class::Letter => run.div_ceil(5),
        Class::Digit => run.div_ceil(3),
        Class::Space => 0,
        Class::Mark => run,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_are_near_what_tokenizers_count() {
        // 10 and 10 tokens in o200k_base (see the tests of `count`).
        let english = estimate("The quick brown fox jumps over the lazy dog.");
        assert!((9..=12).contains(&english), "{english}");
        let chinese = estimate("这条评论是正面还是负面的？");
        assert!((8..=14).contains(&chinese), "{chinese}");
    }
}
