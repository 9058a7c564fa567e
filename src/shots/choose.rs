//! The shots that there are, indexed for choosing.

use super::{
    Order, ResolvedShots, Select,
    bm25::{Bm25, tokens},
};
use crate::{
    dataset::Columns,
    model::{Row, Shot},
};
use rand::seq::SliceRandom;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use serde_json::Value;
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, OnceLock},
};

/// The shots that there are.
#[derive(Debug)]
pub struct ShotPool {
    shots: Vec<Arc<Shot>>,
    texts: Vec<String>,
    columns: Columns,
    index: OnceLock<Bm25>,
}

impl ShotPool {
    /// A pool of these shots. The columns that are no answer, id or cluster make the text of a shot.
    pub fn new(shots: Vec<Arc<Shot>>, columns: Columns) -> ShotPool {
        let texts = shots.iter().map(|shot| text_of(shot, &columns)).collect();
        ShotPool {
            shots,
            texts,
            columns,
            index: OnceLock::new(),
        }
    }

    /// All shots.
    pub fn shots(&self) -> &[Arc<Shot>] {
        &self.shots
    }

    /// The shots for a row: never the row at hand nor one of identical text. Deterministic in (row, spec, seed).
    pub fn choose(&self, row: &Row, spec: &ResolvedShots, seed: u64) -> Vec<Arc<Shot>> {
        let count = spec.count.unwrap_or(self.shots.len());
        if count == 0 || self.shots.is_empty() {
            return Vec::new();
        }
        let text = text_of(row, &self.columns);
        let mut left: Vec<usize> = (0..self.shots.len())
            .filter(|&i| self.texts[i] != text)
            .collect();
        let scores = if spec.by_row() {
            self.index
                .get_or_init(|| Bm25::new(self.texts.iter().map(String::as_str)))
                .scores(&text)
        } else {
            Vec::new()
        };
        let mut chosen = match spec.select {
            Select::First => {
                left.truncate(count);
                left
            }
            Select::Random => {
                left.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
                left.truncate(count);
                left
            }
            Select::Balanced => self.balanced(&left, count),
            Select::Bm25 => {
                left.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
                left.truncate(count);
                left
            }
            Select::Mmr => self.diverse(left, &scores, count),
        };
        match spec.order {
            Order::Given => {}
            Order::Reverse => chosen.reverse(),
            Order::Shuffle(n) => chosen.shuffle(&mut ChaCha8Rng::seed_from_u64(
                seed.wrapping_mul(0x9E37_79B9).wrapping_add(n),
            )),
            Order::NearestLast => chosen.sort_by(|a, b| scores[*a].total_cmp(&scores[*b])),
            Order::ByLabel => {
                let first: HashMap<String, usize> = chosen
                    .iter()
                    .enumerate()
                    .rev()
                    .map(|(at, &i)| (self.label(i), at))
                    .collect();
                chosen.sort_by_key(|&i| first.get(&self.label(i)).copied());
            }
        }
        chosen
            .into_iter()
            .map(|i| Arc::clone(&self.shots[i]))
            .collect()
    }

    fn label(&self, i: usize) -> String {
        self.shots[i].expected_text().unwrap_or_default()
    }

    /// One of every label in turn, labels in the order of first appearance.
    fn balanced(&self, left: &[usize], count: usize) -> Vec<usize> {
        let mut labels: Vec<(String, Vec<usize>)> = Vec::new();
        for &i in left {
            let label = self.label(i);
            match labels.iter_mut().find(|(l, _)| *l == label) {
                Some((_, of)) => of.push(i),
                None => labels.push((label, vec![i])),
            }
        }
        let longest = labels.iter().map(|(_, of)| of.len()).max().unwrap_or(0);
        (0..longest)
            .flat_map(|turn| {
                labels
                    .iter()
                    .filter_map(move |(_, of)| of.get(turn).copied())
            })
            .take(count)
            .collect()
    }

    /// Maximal marginal relevance (Carbonell and Goldstein 1998; λ = 0.7) over the best 50 by BM25; likeness of two
    /// shots is the Jaccard index of their words.
    fn diverse(&self, mut left: Vec<usize>, scores: &[f32], count: usize) -> Vec<usize> {
        left.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
        left.truncate(50.max(count));
        let top = left.first().map_or(1.0, |&i| scores[i].max(1e-6));
        let words: HashMap<usize, HashSet<String>> = left
            .iter()
            .map(|&i| (i, tokens(&self.texts[i]).into_iter().collect()))
            .collect();
        let mut chosen: Vec<usize> = Vec::new();
        while chosen.len() < count && !left.is_empty() {
            let value = |i: usize| {
                let like = chosen
                    .iter()
                    .map(|c| jaccard(&words[&i], &words[c]))
                    .fold(0.0, f32::max);
                0.7 * scores[i] / top - 0.3 * like
            };
            let mut best = 0;
            for at in 1..left.len() {
                if value(left[at]) > value(left[best]) {
                    best = at;
                }
            }
            chosen.push(left.remove(best));
        }
        chosen
    }
}

fn jaccard(a: &HashSet<String>, b: &HashSet<String>) -> f32 {
    let both = a.intersection(b).count() as f32;
    both / ((a.len() + b.len()) as f32 - both).max(1.0)
}

fn text_of(row: &Row, columns: &Columns) -> String {
    let named = [&columns.answer, &columns.id, &columns.cluster];
    let mut text = String::new();
    for (name, value) in &row.fields {
        if named.iter().any(|c| c.as_ref() == Some(name)) {
            continue;
        }
        if !text.is_empty() {
            text.push('\n');
        }
        match value {
            Value::String(part) => text.push_str(part.trim()),
            other => text.push_str(&other.to_string()),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn row(index: usize, text: &str, label: &str) -> Row {
        Row {
            index,
            id: format!("r{index}"),
            fields: json!({"id": index, "text": text, "label": label})
                .as_object()
                .unwrap()
                .clone(),
            expected: Some(json!(label)),
            cluster: None,
        }
    }

    fn pool() -> ShotPool {
        let shots = [
            ("red kettle", "a"),
            ("blue kettle", "a"),
            ("green door", "b"),
            ("old door", "b"),
            ("red door", "a"),
        ];
        ShotPool::new(
            shots
                .iter()
                .enumerate()
                .map(|(i, (t, l))| Arc::new(row(i, t, l)))
                .collect(),
            Columns {
                answer: Some("label".into()),
                id: Some("id".into()),
                cluster: None,
            },
        )
    }

    fn pick(select: Select, order: Order, count: usize, text: &str) -> Vec<usize> {
        let spec = ResolvedShots {
            count: Some(count),
            select,
            order,
        };
        pool()
            .choose(&row(99, text, "a"), &spec, 7)
            .iter()
            .map(|s| s.index)
            .collect()
    }

    #[test]
    fn the_row_at_hand_never_leaks() {
        for select in [
            Select::First,
            Select::Random,
            Select::Balanced,
            Select::Bm25,
            Select::Mmr,
        ] {
            assert!(
                !pick(select, Order::Given, 5, "red door").contains(&4),
                "{select:?}"
            );
        }
    }

    #[test]
    fn each_way_chooses_as_it_says() {
        assert_eq!(pick(Select::First, Order::Given, 2, "x"), [0, 1]);
        assert_eq!(pick(Select::Balanced, Order::Given, 4, "x"), [0, 2, 1, 3]);
        assert_eq!(pick(Select::Bm25, Order::Given, 1, "the green one"), [2]);
        assert_eq!(
            pick(Select::First, Order::NearestLast, 3, "the green one").last(),
            Some(&2)
        );
        assert_eq!(pick(Select::First, Order::Reverse, 3, "x"), [2, 1, 0]);
        assert_eq!(pick(Select::First, Order::ByLabel, 5, "x"), [0, 1, 4, 2, 3]);
        assert_eq!(
            pick(Select::Random, Order::Shuffle(1), 5, "x"),
            pick(Select::Random, Order::Shuffle(1), 5, "x")
        );
        assert_ne!(
            pick(Select::First, Order::Shuffle(1), 5, "x"),
            pick(Select::First, Order::Shuffle(2), 5, "x")
        );
    }
}
