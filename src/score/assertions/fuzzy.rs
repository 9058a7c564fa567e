//! Texts compared as the class `FuzzyMatch` of OpenAI's package evals compares them: by their words, one inside the other.
//!
//! White space, letters and digits are those of Python.

use crate::{dialect::is_python_space, score::overlap::word_f1};
use regex::Regex;
use std::sync::LazyLock;

/// Longest runs of what Python takes for parts of words.
static WORD: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"[\p{L}\p{N}_]+").ok());

/// In lower case, without ASCII punctuation and English articles, with single blanks.
fn normal(text: &str) -> String {
    let text = text
        .to_lowercase()
        .replace(|c: char| c.is_ascii_punctuation(), "");
    let plain = match WORD.as_ref() {
        Some(word) => word.replace_all(&text, |found: &regex::Captures<'_>| match &found[0] {
            "a" | "an" | "the" => " ".to_owned(),
            word => word.to_owned(),
        }),
        None => text.as_str().into(),
    };
    let words = plain.split(is_python_space).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// Whether one text is inside the other; an empty one is only inside an empty one.
pub(super) fn is_fuzzy_match(answer: &str, ideal: &str) -> bool {
    let (answer, ideal) = (normal(answer), normal(ideal));
    match answer.is_empty() || ideal.is_empty() {
        true => answer == ideal,
        false => answer.contains(&ideal) || ideal.contains(&answer),
    }
}

/// F1 of the words of two texts; 0 where they share none.
pub(super) fn fuzzy_f1(answer: &str, ideal: &str) -> f64 {
    let words = |text: &str| -> Vec<String> {
        let text = normal(text);
        text.split(' ')
            .filter(|w| !w.is_empty())
            .map(str::to_owned)
            .collect()
    };
    word_f1(&words(answer), &words(ideal))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn articles_and_punctuation_are_left_out() {
        assert_eq!(
            normal("The  cat's\u{1c}a-an, Á the_x a."),
            "cats aan á thex"
        );
        assert!(is_fuzzy_match("Rome", "the city of Rome!"));
        assert!(!is_fuzzy_match("the", "Rome") && is_fuzzy_match("a", "The."));
        assert_eq!(fuzzy_f1("the cat sat", "a cat sat down"), 0.8);
        assert_eq!(fuzzy_f1("", ""), 0.0);
    }
}
