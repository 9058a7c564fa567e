//! What a dataset is like: columns, kinds of values, lengths, the commonest values, what stands twice.
//!
//! One pass; what is kept grows with the number of different lengths and values, and by a hash a row.

use super::{Dataset, DatasetError, format::json_kind};
use serde::Serialize;
use serde_json::Value;
use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap, HashSet},
    hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState},
};

/// Most different values of a column that are counted apart.
const MOST_VALUES: usize = 1_000;

/// Longest value that is worth counting, in characters: longer ones are texts, not classes.
const LONGEST_VALUE: usize = 80;

/// Commonest values that are shown.
const SHOWN_VALUES: usize = 12;

/// What a dataset is like.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Profile {
    pub rows: usize,
    /// Its columns, in the order of first appearance.
    pub columns: Vec<ColumnProfile>,
    /// Rows of which every column says what an earlier row says.
    pub duplicates: usize,
    /// The first such row and the one before it, from 0.
    pub first_duplicate: Option<(usize, usize)>,
    /// Rows that differ from an earlier row in nothing but the expected answer; `None` where no answer column was named.
    pub conflicts: Option<usize>,
    /// The first such row and the one before it, from 0.
    pub first_conflict: Option<(usize, usize)>,
}

/// What a column is like.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct ColumnProfile {
    pub name: String,
    /// How many values are of each kind; rows without the column count as `null`.
    pub kinds: BTreeMap<&'static str, usize>,
    /// Characters of its texts, where it has texts.
    pub characters: Option<TextLengths>,
    /// Different values; a lower bound where `distinct_at_least`.
    pub distinct: usize,
    /// More different values than are counted.
    pub distinct_at_least: bool,
    /// The commonest values and how often each stands, where values repeat.
    pub values: Vec<(String, usize)>,
}

/// Lengths of texts, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct TextLengths {
    pub shortest: usize,
    /// Half are not longer.
    pub median: usize,
    /// Of twenty, nineteen are not longer.
    pub p95: usize,
    pub longest: usize,
}

impl Profile {
    /// Look at every row. `answer`: the column with the expected answer, where one is known.
    pub fn new(dataset: &Dataset, answer: Option<&str>) -> Result<Profile, DatasetError> {
        let mut columns: Vec<Column> = Vec::new();
        let mut place: HashMap<String, usize> = HashMap::new();
        for name in dataset.columns() {
            place.insert(name.clone(), columns.len());
            columns.push(Column::default());
        }
        let (mut whole, mut without) = (DuplicateCounter::default(), DuplicateCounter::default());
        let hasher = RandomState::new();
        for (at, row) in dataset.rows().enumerate() {
            let row = row?;
            // The order of the columns does not matter; the expected answer is taken out of the sum again.
            let (mut sum, mut answered) = (0u64, 0);
            for (name, value) in row.fields.iter().filter(|(_, value)| !value.is_null()) {
                let text = text(value);
                let of_value = hasher.hash_one((value.is_string(), &text));
                let of_field = hasher.hash_one((name, of_value));
                sum = sum.wrapping_add(of_field);
                if Some(name.as_str()) == answer {
                    answered = of_field;
                }
                if let Some(column) = place.get(name).and_then(|at| columns.get_mut(*at)) {
                    column.take(value, &text, of_value);
                }
            }
            let repeats = whole.take(at, sum);
            if answer.is_some() && !repeats {
                without.take(at, sum.wrapping_sub(answered));
            }
        }
        let rows = dataset.len();
        Ok(Profile {
            rows,
            duplicates: whole.count,
            first_duplicate: whole.first,
            conflicts: answer.map(|_| without.count),
            first_conflict: without.first,
            columns: dataset
                .columns()
                .iter()
                .zip(columns)
                .map(|(name, column)| column.finish(name, rows))
                .collect(),
        })
    }
}

/// A value as a text; JSON where it is none.
fn text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        other => Cow::Owned(other.to_string()),
    }
}

/// Keys that are hashes already are not hashed again.
#[derive(Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

type ByHash = BuildHasherDefault<Hashed>;

/// Counts hashes that came before.
#[derive(Default)]
struct DuplicateCounter {
    seen: HashMap<u64, u32, ByHash>,
    count: usize,
    first: Option<(usize, usize)>,
}

impl DuplicateCounter {
    fn take(&mut self, at: usize, hash: u64) -> bool {
        match self.seen.entry(hash) {
            std::collections::hash_map::Entry::Occupied(before) => {
                self.count += 1;
                self.first.get_or_insert((at, *before.get() as usize));
                true
            }
            std::collections::hash_map::Entry::Vacant(free) => {
                free.insert(at as u32);
                false
            }
        }
    }
}

#[derive(Default)]
struct Column {
    kinds: BTreeMap<&'static str, usize>,
    lengths: BTreeMap<usize, usize>,
    distinct: HashSet<u64, ByHash>,
    values: HashMap<String, usize>,
    /// Values are too many or too long to be counted apart.
    open: bool,
}

impl Column {
    /// A value that is not null, as a text, and its hash.
    fn take(&mut self, value: &Value, text: &str, hash: u64) {
        let name = match json_kind(value) {
            "a text" => "text",
            "a number" => "number",
            "a list" => "list",
            "an object" => "object",
            other => other,
        };
        *self.kinds.entry(name).or_default() += 1;
        let characters = text.chars().count();
        if value.is_string() {
            *self.lengths.entry(characters).or_default() += 1;
        }
        if self.distinct.len() <= MOST_VALUES {
            self.distinct.insert(hash);
        }
        if self.open {
            return;
        }
        if self.values.len() >= MOST_VALUES || characters > LONGEST_VALUE {
            self.open = true;
            self.values = HashMap::new();
        } else if let Some(count) = self.values.get_mut(text) {
            *count += 1;
        } else {
            self.values.insert(text.to_owned(), 1);
        }
    }

    fn finish(mut self, name: &str, rows: usize) -> ColumnProfile {
        let filled: usize = self.kinds.values().sum();
        if rows > filled {
            self.kinds.insert("null", rows - filled);
        }
        let mut values: Vec<(String, usize)> = self.values.into_iter().collect();
        values.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        // Where hardly a value stands twice, the commonest say nothing.
        if values.len() > SHOWN_VALUES && values.len() * 2 > filled {
            values.clear();
        }
        values.truncate(SHOWN_VALUES);
        ColumnProfile {
            name: name.to_owned(),
            kinds: self.kinds,
            characters: lengths(&self.lengths),
            distinct: self.distinct.len().min(MOST_VALUES),
            distinct_at_least: self.distinct.len() > MOST_VALUES,
            values,
        }
    }
}

fn lengths(counts: &BTreeMap<usize, usize>) -> Option<TextLengths> {
    let n: usize = counts.values().sum();
    let at = |share: f64| {
        let rank = ((n as f64 * share).ceil() as usize).max(1);
        let mut seen = 0;
        counts
            .iter()
            .find(|(_, count)| {
                seen += **count;
                seen >= rank
            })
            .map(|(length, _)| *length)
    };
    Some(TextLengths {
        shortest: *counts.keys().next()?,
        median: at(0.5)?,
        p95: at(0.95)?,
        longest: *counts.keys().next_back()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Row;
    use serde_json::json;

    #[test]
    fn columns_lengths_classes_and_repeats_are_counted() {
        let rows = [
            json!({"text": "ab", "label": "x", "n": 1}),
            json!({"text": "abcd", "label": "y", "n": 2.5}),
            json!({"label": "x", "text": "ab", "n": 1}),
            json!({"text": "ab", "label": "y", "n": 1}),
            json!({"text": "情感", "label": null, "n": "3"}),
        ];
        let rows = rows.into_iter().enumerate().map(|(index, value)| Row {
            index,
            fields: value.as_object().unwrap().clone(),
            ..Row::default()
        });
        let profile = Profile::new(&Dataset::from_rows(rows.collect()), Some("label")).unwrap();
        assert_eq!(profile.rows, 5);
        assert_eq!(
            (profile.duplicates, profile.first_duplicate),
            (1, Some((2, 0)))
        );
        assert_eq!(
            (profile.conflicts, profile.first_conflict),
            (Some(1), Some((3, 0)))
        );
        let [text, label, n] = &profile.columns[..] else {
            panic!("{profile:?}")
        };
        assert_eq!(
            text.characters,
            Some(TextLengths {
                shortest: 2,
                median: 2,
                p95: 4,
                longest: 4
            })
        );
        assert_eq!((text.distinct, text.distinct_at_least), (3, false));
        assert_eq!(label.values, [("x".to_owned(), 2), ("y".to_owned(), 2)]);
        assert_eq!(label.kinds, BTreeMap::from([("text", 4), ("null", 1)]));
        assert_eq!(n.kinds, BTreeMap::from([("number", 4), ("text", 1)]));
    }

    #[test]
    fn many_values_are_a_lower_bound_and_not_listed() {
        let rows = (0..3_000).map(|i| Row {
            fields: json!({"id": i}).as_object().unwrap().clone(),
            ..Row::default()
        });
        let profile = Profile::new(&Dataset::from_rows(rows.collect()), None).unwrap();
        let id = &profile.columns[0];
        assert_eq!((id.distinct, id.distinct_at_least), (MOST_VALUES, true));
        assert!(id.values.is_empty());
        assert_eq!((profile.duplicates, profile.conflicts), (0, None));
    }
}
