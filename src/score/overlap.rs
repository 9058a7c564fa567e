//! Comparison of texts by their words.

use crate::read::normalize;
use std::collections::HashMap;
use unicode_segmentation::UnicodeSegmentation;

fn words(text: &str) -> Vec<String> {
    normalize(text).unicode_words().map(str::to_owned).collect()
}

/// Token F1 as in SQuAD (Rajpurkar et al. 2016).
pub fn token_f1(output: &str, expected: &str) -> f64 {
    let (a, b) = (words(output), words(expected));
    if a.is_empty() || b.is_empty() {
        return f64::from(u8::from(a.is_empty() && b.is_empty()));
    }
    word_f1(&a, &b)
}

/// F measure of the words that two texts share; 0 if they share none.
pub(super) fn word_f1(a: &[String], b: &[String]) -> f64 {
    let mut left: HashMap<&str, usize> = HashMap::new();
    for word in b {
        *left.entry(word).or_default() += 1;
    }
    let mut both = 0.0;
    for word in a {
        if let Some(n) = left.get_mut(word.as_str()).filter(|n| **n > 0) {
            *n -= 1;
            both += 1.0;
        }
    }
    if both == 0.0 {
        return 0.0;
    }
    f1(both / a.len() as f64, both / b.len() as f64)
}

/// ROUGE-L, F measure (Lin 2004).
pub fn rouge_l(output: &str, expected: &str) -> f64 {
    let (a, b) = (words(output), words(expected));
    if a.is_empty() || b.is_empty() {
        return f64::from(u8::from(a.is_empty() && b.is_empty()));
    }
    let mut row = vec![0usize; b.len() + 1];
    for x in &a {
        let mut diagonal = 0;
        for (j, y) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = if x == y {
                diagonal + 1
            } else {
                above.max(row[j])
            };
            diagonal = above;
        }
    }
    let longest = row[b.len()] as f64;
    f1(longest / a.len() as f64, longest / b.len() as f64)
}

fn f1(precision: f64, recall: f64) -> f64 {
    if precision + recall == 0.0 {
        0.0
    } else {
        2.0 * precision * recall / (precision + recall)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlaps_by_hand() {
        assert!((token_f1("the cat sat", "a cat sat down") - 4.0 / 7.0).abs() < 1e-12);
        assert!(
            (rouge_l("police kill the gunman", "police killed the gunman") - 0.75).abs() < 1e-12
        );
        assert_eq!((token_f1("", ""), rouge_l("a", "")), (1.0, 0.0));
    }
}
