//! Words of a text in any script, and runs of them, to find copies.

use std::hash::{DefaultHasher, Hash, Hasher};

/// Runs of letters and digits; each ideograph, kana or hangul syllable is one by itself.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
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

/// Every run of so many words, by hash, and in lower case.
pub fn word_runs(text: &str, length: usize) -> impl Iterator<Item = (u64, String)> {
    let words: Vec<String> = words(text).map(str::to_lowercase).collect();
    (length..=words.len()).map(move |end| {
        let run = &words[end - length..end];
        let mut hasher = DefaultHasher::new();
        run.hash(&mut hasher);
        (hasher.finish(), run.join(" "))
    })
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
