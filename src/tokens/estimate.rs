//! A guess at how many tokens a text has, without any model's vocabulary.

/// Tokens of a text, roughly: a run of letters counts one for each five begun, a run of digits one for each three, a mark
/// one, a wide (CJK) character one.
pub(super) fn estimate(text: &str) -> u64 {
    let (mut tokens, mut letters, mut digits) = (0u64, 0u64, 0u64);
    for c in text.chars() {
        let letter = c.is_alphabetic() && !is_wide(c);
        if !letter {
            tokens += letters.div_ceil(5);
            letters = 0;
        }
        if !c.is_ascii_digit() {
            tokens += digits.div_ceil(3);
            digits = 0;
        }
        match c {
            _ if letter => letters += 1,
            '0'..='9' => digits += 1,
            ' ' => {}
            _ => tokens += 1,
        }
    }
    tokens + letters.div_ceil(5) + digits.div_ceil(3)
}

fn is_wide(c: char) -> bool {
    unicode_width::UnicodeWidthChar::width(c) == Some(2)
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
