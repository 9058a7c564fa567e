//! Words of a text in any script.

/// A text with fewer words is part of the layout, not of the wording.
const LEAST_WORDS: usize = 3;

/// Whether a text is of the wording: of some words; each ideograph or kana counts as one.
pub(super) fn is_wording(text: &str) -> bool {
    words(text).nth(LEAST_WORDS - 1).is_some()
}

/// Runs of letters and digits; each ideograph, kana or hangul syllable is one by itself.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c: char| !c.is_alphanumeric());
        let first = rest.chars().next()?;
        let end = match is_alone(first) {
            true => first.len_utf8(),
            false => rest
                .find(|c: char| !c.is_alphanumeric() || is_alone(c))
                .unwrap_or(rest.len()),
        };
        let word = &rest[..end];
        rest = &rest[end..];
        Some(word)
    })
}

fn is_alone(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_any_script() {
        let of = |text: &'static str| words(text).collect::<Vec<_>>();
        assert_eq!(of(" Don't stop, v2! "), ["Don", "t", "stop", "v2"]);
        assert_eq!(of("判断abc情感。"), ["判", "断", "abc", "情", "感"]);
        assert!(of(" -- ").is_empty());
    }
}
