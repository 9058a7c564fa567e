//! The in-context learner: a naive Bayes classifier over the shots in the prompt, with the biases known from in-context
//! learning (Zhao et al. 2021; Lu et al. 2021): the majority label, the shots that stand last, and the wording itself.
//!
//! What it simulates, it simulates openly: the wording's own influence is a fixed small disturbance drawn from a hash
//! of the instruction and the text, smaller where the instruction says more.

use super::prompt::Reading;
use std::{collections::HashMap, sync::LazyLock};

/// What the learner makes of a prompt: a log-probability a label, and how sure it is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Belief {
    /// Label and log-probability, in the order of the labels.
    pub labels: Vec<(String, f64)>,
}

impl Belief {
    /// Index of the most probable label.
    pub(super) fn best(&self) -> usize {
        (0..self.labels.len()).fold(0, |best, i| {
            if self.labels[i].1 > self.labels[best].1 {
                i
            } else {
                best
            }
        })
    }

    /// Probability of the best label minus that of the next.
    pub(super) fn margin(&self) -> f64 {
        let mut p: Vec<f64> = self.labels.iter().map(|(_, l)| l.exp()).collect();
        p.sort_by(|a, b| b.total_cmp(a));
        p.first().unwrap_or(&1.0) - p.get(1).unwrap_or(&0.0)
    }
}

/// Classify the query of a prompt.
pub(super) fn believe(reading: &Reading) -> Belief {
    let n = reading.labels.len().max(1);
    let mut scores = vec![0.0; n];
    let query = features(&reading.query);
    let mut counts: Vec<HashMap<u64, f64>> = vec![HashMap::new(); n];
    let mut totals = vec![0.0; n];
    let mut seen = vec![0.5; n];
    let shots = reading.shots.len();
    for (place, (text, label)) in reading.shots.iter().enumerate() {
        let Some(l) = reading.labels.iter().position(|known| known == label) else {
            continue;
        };
        // Recency: the last shots weigh up to 2.5 times the first.
        let weight = 1.0 + 1.5 * (-((shots - 1 - place) as f64) / 2.0).exp();
        seen[l] += weight;
        for feature in features(text) {
            *counts[l].entry(feature).or_default() += weight;
            totals[l] += weight;
        }
    }
    for (l, label) in reading.labels.iter().enumerate() {
        // What an instruction says after a label's name counts as a weak shot.
        for feature in described(&reading.instruction, label) {
            *counts[l].entry(feature).or_default() += 0.7;
            totals[l] += 0.7;
        }
    }
    let vocabulary = counts
        .iter()
        .flat_map(|c| c.keys())
        .collect::<std::collections::HashSet<_>>()
        .len() as f64
        + 50.0;
    for l in 0..n {
        scores[l] += 0.6 * (seen[l] / seen.iter().sum::<f64>()).ln();
        for feature in &query {
            let count = counts[l].get(feature).copied().unwrap_or(0.0);
            let rate = (count + 0.4) / (totals[l] + 0.4 * vocabulary);
            scores[l] += 0.25 * rate.ln();
        }
        // Labels of many features would lose by their length alone.
        scores[l] += 0.25 * query.len() as f64 * (totals[l] + 0.4 * vocabulary).ln();
    }
    let polarity = lexicon(&reading.query);
    for (l, label) in reading.labels.iter().enumerate() {
        scores[l] += polarity * sign(label);
        let said = reading.instruction.split_whitespace().count()
            + reading
                .instruction
                .chars()
                .filter(|c| *c as u32 > 0x2e80)
                .count()
                / 2;
        let size = 1.1 / (1.0 + said as f64 / 14.0);
        scores[l] +=
            size * disturbance(&[&reading.instruction, reading.layout, &reading.query, label]);
        if let Some((last, _)) = reading.shots.last() {
            // The order of the shots sways the answers beyond what recency explains (Lu et al. 2021).
            scores[l] += 0.35 * disturbance(&["order", last, &reading.query, label]);
        }
    }
    let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let log_sum = most + scores.iter().map(|s| (s - most).exp()).sum::<f64>().ln();
    Belief {
        labels: reading
            .labels
            .iter()
            .cloned()
            .zip(scores)
            .map(|(label, s)| (label, s - log_sum))
            .collect(),
    }
}

/// Hashes of words, and of the characters and pairs of characters of scripts without spaces.
fn features(text: &str) -> Vec<u64> {
    let mut all = Vec::new();
    let mut word = String::new();
    let mut before: Option<char> = None;
    for c in text.chars().chain([' ']) {
        let wide = c as u32 > 0x2e80 && c.is_alphabetic();
        if c.is_alphanumeric() && !wide {
            word.extend(c.to_lowercase());
            before = None;
            continue;
        }
        if !word.is_empty() {
            if !STOP.contains(&word.as_str()) {
                all.push(hash(stem(&word)));
            }
            word.clear();
        }
        if wide {
            all.push(hash(&c.to_string()));
            if let Some(b) = before {
                all.push(hash(&format!("{b}{c}")));
            }
        }
        before = wide.then_some(c);
    }
    all
}

fn stem(word: &str) -> &str {
    for end in ["ing", "ed", "es", "s", "ly"] {
        if let Some(rest) = word.strip_suffix(end)
            && rest.len() >= 4
        {
            return rest;
        }
    }
    word
}

/// The words after `label:` on its line of the instruction.
fn described(instruction: &str, label: &str) -> Vec<u64> {
    instruction
        .lines()
        .filter_map(|line| {
            line.trim_start_matches(['-', '*', ' '])
                .strip_prefix(label)?
                .strip_prefix(':')
        })
        .flat_map(features)
        .collect()
}

const STOP: [&str; 44] = [
    "the", "a", "an", "and", "or", "of", "to", "in", "on", "is", "it", "was", "were", "are", "be",
    "for", "with", "that", "this", "they", "i", "my", "we", "you", "me", "us", "our", "he", "she",
    "at", "by", "from", "as", "but", "have", "has", "had", "do", "does", "did", "so", "review",
    "one", "its",
];

static GOOD: LazyLock<Vec<&str>> =
    LazyLock::new(|| include_str!("good-words.txt").split_whitespace().collect());
static BAD: LazyLock<Vec<&str>> =
    LazyLock::new(|| include_str!("bad-words.txt").split_whitespace().collect());

/// How good the words sound, in about [−2, 2]. `not`, `never`, `不`, `没` just before a word turn it round.
fn lexicon(text: &str) -> f64 {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !(c.is_alphanumeric() || c == '\''))
        .filter(|w| !w.is_empty())
        .collect();
    let mut sum = 0.0;
    for (i, word) in words.iter().enumerate() {
        let turned = words[i.saturating_sub(2)..i]
            .iter()
            .any(|w| ["not", "never", "no", "isn't", "nothing"].contains(w));
        let sign = if turned { -0.7 } else { 1.0 };
        if GOOD.contains(word) {
            sum += sign;
        } else if BAD.contains(word) {
            sum -= sign;
        }
    }
    for (list, sign) in [(&*GOOD, 1.0), (&*BAD, -1.0)] {
        for word in list.iter().filter(|w| !w.is_ascii()) {
            for (at, _) in lower.match_indices(word) {
                let turned = lower[..at].ends_with(['不', '没', '别']);
                sum += if turned { -0.7 * sign } else { sign };
            }
        }
    }
    0.9 * f64::clamp(sum, -2.5, 2.5)
}

/// +1 for labels that mean good, −1 for those that mean bad, 0 for others.
fn sign(label: &str) -> f64 {
    let label = label.trim().to_lowercase();
    if ["positive", "good", "yes", "正面", "好评", "积极"].contains(&label.as_str()) {
        1.0
    } else if ["negative", "bad", "no", "负面", "差评", "消极"].contains(&label.as_str()) {
        -1.0
    } else {
        0.0
    }
}

fn hash(text: &str) -> u64 {
    number(blake3::hash(text.as_bytes()).as_bytes())
}

fn number(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .take(8)
        .fold(0, |n, b| (n << 8) | u64::from(*b))
}

/// A number from the standard normal distribution that depends on the texts alone.
pub(super) fn disturbance(texts: &[&str]) -> f64 {
    let mut hasher = blake3::Hasher::new();
    for text in texts {
        hasher.update(text.as_bytes());
        hasher.update(&[0]);
    }
    let hash = hasher.finalize();
    let unit = |bytes: &[u8]| ((number(bytes) >> 11) as f64 + 0.5) / (1u64 << 53) as f64;
    // Box and Muller.
    (-2.0 * unit(&hash.as_bytes()[..8]).ln()).sqrt()
        * (std::f64::consts::TAU * unit(&hash.as_bytes()[8..16])).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(shots: &[(&str, &str)], query: &str) -> Reading {
        let mut labels: Vec<String> = Vec::new();
        for (_, l) in shots {
            if !labels.contains(&(*l).to_owned()) {
                labels.push((*l).to_owned());
            }
        }
        Reading {
            instruction: "Sort the thing into its box and say nothing but the name of the box that it belongs into, please, as ever.".into(),
            shots: shots.iter().map(|(t, l)| ((*t).to_owned(), (*l).to_owned())).collect(),
            query: query.into(),
            labels,
            layout: "chat",
        }
    }

    #[test]
    fn it_learns_from_the_shots() {
        let shots = [
            ("apple pear plum", "fruit"),
            ("hammer saw drill", "tool"),
            ("plum cherry apple", "fruit"),
            ("drill wrench saw", "tool"),
        ];
        let belief = believe(&reading(&shots, "an apple and a plum and a cherry"));
        assert_eq!(belief.labels[belief.best()].0, "fruit");
        let belief = believe(&reading(&shots, "the saw, the drill, the hammer"));
        assert_eq!(belief.labels[belief.best()].0, "tool");
    }

    #[test]
    fn the_majority_and_the_last_label_draw() {
        let p = |shots: &[(&str, &str)]| {
            believe(&reading(shots, "zzz"))
                .labels
                .iter()
                .find(|l| l.0 == "a")
                .unwrap()
                .1
        };
        assert!(
            p(&[("x", "a"), ("y", "a"), ("w", "a"), ("v", "b")])
                > p(&[("x", "a"), ("y", "b"), ("w", "b"), ("v", "b")])
        );
        assert!(p(&[("x", "b"), ("y", "a")]) > p(&[("x", "a"), ("y", "b")]));
    }

    #[test]
    fn probabilities_add_up_to_one() {
        let belief = believe(&reading(&[("x", "a"), ("y", "b"), ("z", "c")], "x"));
        let sum: f64 = belief.labels.iter().map(|l| l.1.exp()).sum();
        assert!((sum - 1.0).abs() < 1e-9);
    }
}
