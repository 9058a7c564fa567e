//! Which rows to take where not all are wanted: quality before quantity.

use super::Example;
use crate::stats::normalize_text;
use rand::seq::SliceRandom;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use std::collections::{HashMap, HashSet};

/// Which rows to keep for at most `most` a label: the weightiest where `by_weight`, else by seed. Rated pairs have no label and are kept.
pub fn most_per_label(examples: &[Example], most: usize, by_weight: bool, seed: u64) -> Vec<bool> {
    let mut order: Vec<usize> = (0..examples.len()).collect();
    order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    if by_weight {
        order.sort_by(|a, b| examples[*b].weight.total_cmp(&examples[*a].weight));
    }
    let mut taken: HashMap<&str, usize> = HashMap::new();
    let mut keep = vec![false; examples.len()];
    for i in order {
        if !examples[i].has_right_answer() {
            keep[i] = true;
            continue;
        }
        let n = taken.entry(&examples[i].label).or_default();
        if *n < most {
            *n += 1;
            keep[i] = true;
        }
    }
    keep
}

/// How much each text is like the nearest of some others: Jaccard index of words (of pairs of characters in scripts
/// without spaces), in [0, 1].
pub fn likeness(texts: &[&str], others: &[&str]) -> Vec<f64> {
    let others: Vec<HashSet<String>> = others.iter().map(|t| words(t)).collect();
    texts
        .iter()
        .map(|text| {
            let own = words(text);
            let like = |other: &HashSet<String>| {
                let both = own.intersection(other).count() as f64;
                both / (own.len() + other.len()) as f64
                    / (1.0 - both / (own.len() + other.len()).max(1) as f64)
            };
            others
                .iter()
                .filter(|o| !o.is_empty() && !own.is_empty())
                .map(like)
                .fold(0.0, f64::max)
        })
        .collect()
}

fn words(text: &str) -> HashSet<String> {
    let text = normalize_text(text);
    if text.chars().any(|c| c as u32 > 0x2e80) {
        let chars: Vec<char> = text.chars().filter(|c| *c != ' ').collect();
        return chars.windows(2).map(|w| w.iter().collect()).collect();
    }
    text.split(' ')
        .filter(|w| !w.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::Row, tune::Origin};
    use std::sync::Arc;

    #[test]
    fn the_weightiest_of_each_label_are_kept() {
        let examples: Vec<Example> = (0..10)
            .map(|i| {
                let mut e = Example::new(Origin::Data, Arc::new(Row::default()), &[]);
                e.label = ["a", "b"][i % 2].into();
                e.weight = i as f64;
                e
            })
            .collect();
        let keep = most_per_label(&examples, 2, true, 7);
        let kept: Vec<usize> = (0..10).filter(|i| keep[*i]).collect();
        assert_eq!(kept, [6, 7, 8, 9]);
        let by_seed = |seed| most_per_label(&examples, 2, false, seed);
        assert_eq!(by_seed(1), by_seed(1));
        assert_eq!(by_seed(1).iter().filter(|k| **k).count(), 4);
    }

    #[test]
    fn likeness_is_the_jaccard_index_of_words() {
        let like = likeness(&["a b c", "x y", "a b c d"], &["a b d", "q"]);
        assert!((like[0] - 0.5).abs() < 1e-12 && like[1] == 0.0);
        assert!((like[2] - 0.75).abs() < 1e-12);
    }
}
