//! The shots that there are, made ready for choosing.

use super::{
    ResolvedShots, Select, ShotOrder,
    bm25::{Bm25, Scores},
    vectors::Vectors,
    words::each_word,
};
use crate::{
    dataset::ReadOptions,
    model::{Row, Shot},
};
use parking_lot::Mutex;
use rand::seq::SliceRandom;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use serde_json::Value;
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, OnceLock},
};

/// Shots that mmr chooses among: the nearest ones, this many or as many as are wanted.
const NEAREST: usize = 50;

/// The shots that there are.
#[derive(Debug)]
pub struct ShotPool {
    shots: Vec<Arc<Shot>>,
    texts: Vec<String>,
    /// Shots of a text.
    same: HashMap<String, Vec<usize>>,
    /// Shots of each label, labels in the order of first appearance.
    labels: Vec<(String, Vec<usize>)>,
    columns: ReadOptions,
    index: OnceLock<Bm25>,
    /// The order that a seed draws.
    shuffled: Mutex<HashMap<u64, Arc<Vec<usize>>>>,
    vectors: OnceLock<Vectors>,
}

impl ShotPool {
    /// A pool of these shots. The columns that are no answer, id or cluster make the text of a shot.
    pub fn new(shots: Vec<Arc<Shot>>, columns: ReadOptions) -> ShotPool {
        let texts: Vec<String> = shots.iter().map(|shot| text_of(shot, &columns)).collect();
        let mut same: HashMap<String, Vec<usize>> = HashMap::new();
        let mut labels: Vec<(String, Vec<usize>)> = Vec::new();
        let mut place: HashMap<String, usize> = HashMap::new();
        for (i, shot) in shots.iter().enumerate() {
            same.entry(texts[i].clone()).or_default().push(i);
            let label = shot.expected_text().unwrap_or_default();
            let at = *place.entry(label.clone()).or_insert_with(|| {
                labels.push((label, Vec::new()));
                labels.len() - 1
            });
            labels[at].1.push(i);
        }
        ShotPool {
            shots,
            texts,
            same,
            labels,
            columns,
            index: OnceLock::new(),
            shuffled: Mutex::default(),
            vectors: OnceLock::new(),
        }
    }

    pub fn shots(&self) -> &[Arc<Shot>] {
        &self.shots
    }

    /// The text of a row, as shots are compared by it.
    pub fn text(&self, row: &Row) -> String {
        text_of(row, &self.columns)
    }

    /// The texts of all shots.
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// Give the pool the embeddings that `similarity` compares by; only the first ones are taken.
    pub fn set_vectors(&self, vectors: Vectors) {
        // Whoever comes second has embedded the same texts.
        let _ = self.vectors.set(vectors);
    }

    /// The shots for a row: never the row at hand nor one of identical text. Deterministic in (row, spec, seed).
    pub fn choose(&self, row: &Row, spec: &ResolvedShots, seed: u64) -> Vec<Arc<Shot>> {
        let count = spec.count.unwrap_or(self.shots.len()).min(self.shots.len());
        if count == 0 {
            return Vec::new();
        }
        let text = self.text(row);
        let left_out = self.same.get(&text).map_or(&[][..], Vec::as_slice);
        let scores = match (&spec.select, spec.order) {
            (Select::Similarity, _) => self.similarity(&text),
            (Select::Bm25 | Select::Mmr, _) | (_, ShotOrder::NearestLast) => {
                self.bm25().scores(&text)
            }
            _ => Scores::of_all(Vec::new()),
        };
        let open = |i: &usize| !left_out.contains(i);
        let mut chosen: Vec<usize> = match &spec.select {
            Select::Listed(numbers) => {
                let places = numbers.iter().filter_map(|number| self.place_of(*number));
                places.filter(open).take(count).collect()
            }
            Select::First => (0..self.shots.len()).filter(open).take(count).collect(),
            Select::Random => {
                let order = self.shuffled(seed);
                order.iter().copied().filter(open).take(count).collect()
            }
            Select::Balanced => self.balanced(count, left_out),
            Select::Bm25 | Select::Similarity => scores.best(count, left_out),
            Select::Mmr => self.diverse(scores.best(count.max(NEAREST), left_out), &scores, count),
        };
        match spec.order {
            ShotOrder::Given => {}
            ShotOrder::Reverse => chosen.reverse(),
            ShotOrder::Shuffle(n) => chosen.shuffle(&mut ChaCha8Rng::seed_from_u64(
                seed.wrapping_mul(0x9E37_79B9).wrapping_add(n),
            )),
            ShotOrder::NearestLast => {
                chosen.sort_by(|a, b| scores.get(*a).total_cmp(&scores.get(*b)));
            }
            ShotOrder::ByLabel => {
                let labels: Vec<String> = chosen.iter().map(|i| self.label(*i)).collect();
                let first = |i: &usize| labels.iter().position(|label| *label == self.label(*i));
                let mut keyed: Vec<(Option<usize>, usize)> =
                    chosen.iter().map(|i| (first(i), *i)).collect();
                keyed.sort_by_key(|(first, _)| *first);
                chosen = keyed.into_iter().map(|(_, i)| i).collect();
            }
        }
        chosen
            .into_iter()
            .map(|i| Arc::clone(&self.shots[i]))
            .collect()
    }

    /// Where the shot of a number stands; `None` of one that is not there, as a sealed one is not.
    fn place_of(&self, number: usize) -> Option<usize> {
        // Shots stand in the order of their file.
        let place = (self.shots).binary_search_by_key(&number, |shot| shot.index + 1);
        place.ok()
    }

    fn bm25(&self) -> &Bm25 {
        self.index
            .get_or_init(|| Bm25::new(self.texts.iter().map(String::as_str)))
    }

    /// Likeness by embeddings; where a text has none, by its words.
    fn similarity(&self, text: &str) -> Scores {
        match self
            .vectors
            .get()
            .and_then(|vectors| vectors.scores(text, &self.texts))
        {
            Some(scores) => Scores::of_all(scores),
            None => self.bm25().scores(text),
        }
    }

    fn label(&self, i: usize) -> String {
        self.shots[i].expected_text().unwrap_or_default()
    }

    fn shuffled(&self, seed: u64) -> Arc<Vec<usize>> {
        let mut all = self.shuffled.lock();
        let order = all.entry(seed).or_insert_with(|| {
            let mut order: Vec<usize> = (0..self.shots.len()).collect();
            order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
            Arc::new(order)
        });
        Arc::clone(order)
    }

    /// One of every label in turn, labels in the order of first appearance.
    fn balanced(&self, count: usize, left_out: &[usize]) -> Vec<usize> {
        let mut turns: Vec<_> = self
            .labels
            .iter()
            .map(|(_, of)| of.iter().copied().filter(|i| !left_out.contains(i)))
            .collect();
        let mut chosen = Vec::with_capacity(count);
        loop {
            let before = chosen.len();
            for turn in &mut turns {
                if chosen.len() == count {
                    return chosen;
                }
                chosen.extend(turn.next());
            }
            if chosen.len() == before {
                return chosen;
            }
        }
    }

    /// Maximal marginal relevance (Carbonell and Goldstein 1998; λ = 0.7) over the nearest by BM25; likeness of two shots
    /// is the Jaccard index of their words.
    fn diverse(&self, mut left: Vec<usize>, scores: &Scores, count: usize) -> Vec<usize> {
        let top = left.first().map_or(1.0, |i| scores.get(*i).max(1e-6));
        let words: HashMap<usize, HashSet<String>> = left
            .iter()
            .map(|&i| {
                let mut words = HashSet::new();
                each_word(&self.texts[i], |word| {
                    words.insert(word.to_owned());
                });
                (i, words)
            })
            .collect();
        // Likeness to the nearest of those chosen so far.
        let mut like: HashMap<usize, f32> = left.iter().map(|i| (*i, 0.0)).collect();
        let mut chosen: Vec<usize> = Vec::new();
        while chosen.len() < count && !left.is_empty() {
            let value = |i: usize| 0.7 * scores.get(i) / top - 0.3 * like[&i];
            let mut best = 0;
            for at in 1..left.len() {
                if value(left[at]) > value(left[best]) {
                    best = at;
                }
            }
            let taken = left.remove(best);
            for i in &left {
                let near = jaccard(&words[i], &words[&taken]);
                if let Some(like) = like.get_mut(i) {
                    *like = like.max(near);
                }
            }
            chosen.push(taken);
        }
        chosen
    }
}

fn jaccard(a: &HashSet<String>, b: &HashSet<String>) -> f32 {
    let both = a.intersection(b).count() as f32;
    both / ((a.len() + b.len()) as f32 - both).max(1.0)
}

fn text_of(row: &Row, columns: &ReadOptions) -> String {
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

    use proptest::prelude::*;
    use serde_json::json;

    const SELECT: [Select; 6] = [
        Select::First,
        Select::Random,
        Select::Balanced,
        Select::Bm25,
        Select::Mmr,
        Select::Similarity,
    ];

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

    fn pool_of(shots: &[(&str, &str)]) -> ShotPool {
        ShotPool::new(
            shots
                .iter()
                .enumerate()
                .map(|(i, (t, l))| Arc::new(row(i, t, l)))
                .collect(),
            ReadOptions {
                answer: Some("label".into()),
                id: Some("id".into()),
                ..ReadOptions::default()
            },
        )
    }

    fn pool() -> ShotPool {
        pool_of(&[
            ("red kettle", "a"),
            ("blue kettle", "a"),
            ("green door", "b"),
            ("old door", "b"),
            ("red door", "a"),
        ])
    }

    fn pick(select: Select, order: ShotOrder, count: usize, text: &str) -> Vec<usize> {
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
    fn each_way_chooses_as_it_says() {
        assert_eq!(pick(Select::First, ShotOrder::Given, 2, "x"), [0, 1]);
        assert_eq!(
            pick(Select::Balanced, ShotOrder::Given, 4, "x"),
            [0, 2, 1, 3]
        );
        // Without one of its shots, a label still has its turn.
        assert_eq!(
            pick(Select::Balanced, ShotOrder::Given, 4, "red kettle"),
            [1, 2, 4, 3]
        );
        assert_eq!(
            pick(Select::Bm25, ShotOrder::Given, 1, "the green one"),
            [2]
        );
        assert_eq!(pick(Select::Bm25, ShotOrder::Given, 9, "red").len(), 5);
        let listed = |text| pick(Select::Listed(vec![4, 9, 1, 3]), ShotOrder::Given, 2, text);
        // One that is not there is passed over, and so is the row at hand.
        assert_eq!(
            (listed("x"), listed("red kettle")),
            (vec![3, 0], vec![3, 2])
        );
        assert_eq!(
            pick(Select::First, ShotOrder::NearestLast, 3, "the green one").last(),
            Some(&2)
        );
        assert_eq!(pick(Select::First, ShotOrder::Reverse, 3, "x"), [2, 1, 0]);
        assert_eq!(
            pick(Select::First, ShotOrder::ByLabel, 5, "x"),
            [0, 1, 4, 2, 3]
        );
        assert_eq!(
            pick(Select::Random, ShotOrder::Shuffle(1), 5, "x"),
            pick(Select::Random, ShotOrder::Shuffle(1), 5, "x")
        );
        assert_ne!(
            pick(Select::First, ShotOrder::Shuffle(1), 5, "x"),
            pick(Select::First, ShotOrder::Shuffle(2), 5, "x")
        );
    }

    #[test]
    fn mmr_takes_the_nearest_and_then_what_is_unlike_it() {
        let pool = pool_of(&[
            ("red kettle whistles", "a"),
            ("red kettle whistles!", "a"),
            ("green door sings", "b"),
        ]);
        let spec = |select| ResolvedShots {
            count: Some(2),
            select,
            order: ShotOrder::Given,
        };
        let pick = |select| -> Vec<usize> {
            let chosen = pool.choose(
                &row(9, "red kettle whistles at the door", "a"),
                &spec(select),
                7,
            );
            chosen.iter().map(|s| s.index).collect()
        };
        assert_eq!(pick(Select::Bm25), [0, 1]);
        assert_eq!(pick(Select::Mmr), [0, 2]);
    }

    proptest! {
        #[test]
        fn the_row_at_hand_never_leaks_and_nothing_comes_twice(
            texts in proptest::collection::vec("[ab你好 ]{0,4}", 1..12), at: usize, count in 0usize..14, seed: u64, order in 0usize..5
        ) {
            let shots: Vec<(&str, &str)> = texts.iter().map(|t| (t.as_str(), if t.len() % 2 == 0 { "x" } else { "y" })).collect();
            let pool = pool_of(&shots);
            let row = row(99, &texts[at % texts.len()], "x");
            let order = [ShotOrder::Given, ShotOrder::Reverse, ShotOrder::Shuffle(3), ShotOrder::NearestLast, ShotOrder::ByLabel][order];
            for select in SELECT {
                let spec = ResolvedShots { count: Some(count), select, order };
                let chosen = pool.choose(&row, &spec, seed);
                let leaks = chosen.iter().any(|shot| pool.text(shot) == pool.text(&row));
                prop_assert!(!leaks, "{:?}", spec);
                let distinct: HashSet<usize> = chosen.iter().map(|shot| shot.index).collect();
                prop_assert_eq!(distinct.len(), chosen.len());
                let open = texts.iter().filter(|t| t.trim() != texts[at % texts.len()].trim()).count();
                prop_assert_eq!(chosen.len(), count.min(open));
                let again = pool.choose(&row, &spec, seed);
                prop_assert_eq!(chosen, again);
            }
        }
    }
}
