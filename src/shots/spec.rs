//! How shots are chosen for a variant, parsed once.

use crate::{model::Variant, project::ShotsSpec};
use serde_json::Value;
use std::collections::HashSet;

/// What is wrong with the way shots are to be chosen.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ShotsError {
    #[error("`shots.{axis}` cannot be {value}; it is {want}")]
    Unknown {
        /// `count`, `select` or `order`.
        axis: &'static str,
        value: String,
        want: &'static str,
    },
}

/// How shots are chosen for a variant.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedShots {
    /// How many; all where `None`.
    pub count: Option<usize>,
    pub select: Select,
    /// In which order they stand.
    pub order: ShotOrder,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Select {
    /// These, by their number in the shots file, from 1, in this order.
    Listed(Vec<usize>),
    First,
    Random,
    /// The same number of every label.
    Balanced,
    /// Nearest to the row by BM25.
    Bm25,
    /// BM25 with diversity.
    Mmr,
    /// Nearest to the row by embeddings.
    Similarity,
}

/// In which order the chosen shots stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShotOrder {
    Given,
    /// The other way round.
    Reverse,
    /// By seed and this number.
    Shuffle(u64),
    /// The one nearest to the row last.
    NearestLast,
    ByLabel,
}

impl ShotOrder {
    /// The order of that name.
    pub fn by_name(name: &str) -> Option<ShotOrder> {
        Some(match name {
            "given" => ShotOrder::Given,
            "reverse" => ShotOrder::Reverse,
            "nearest-last" => ShotOrder::NearestLast,
            "by-label" => ShotOrder::ByLabel,
            other => ShotOrder::Shuffle(other.strip_prefix("shuffle:")?.parse().ok()?),
        })
    }

    /// Its name, as it is written in a project.
    pub fn name(self) -> String {
        match self {
            ShotOrder::Given => "given".into(),
            ShotOrder::Reverse => "reverse".into(),
            ShotOrder::NearestLast => "nearest-last".into(),
            ShotOrder::ByLabel => "by-label".into(),
            ShotOrder::Shuffle(n) => format!("shuffle:{n}"),
        }
    }
}

impl Select {
    /// The way of that name.
    pub fn by_name(name: &str) -> Option<Select> {
        Some(match name {
            "first" => Select::First,
            "random" => Select::Random,
            "balanced" => Select::Balanced,
            "bm25" => Select::Bm25,
            "mmr" => Select::Mmr,
            "similarity" => Select::Similarity,
            _ => return None,
        })
    }

    /// Its name, as it is written in a project; of a list, its numbers.
    pub fn to_value(&self) -> Value {
        match self {
            Select::Listed(numbers) => Value::from(numbers.clone()),
            Select::First => "first".into(),
            Select::Random => "random".into(),
            Select::Balanced => "balanced".into(),
            Select::Bm25 => "bm25".into(),
            Select::Mmr => "mmr".into(),
            Select::Similarity => "similarity".into(),
        }
    }

    /// Whether the choice depends on the row at hand.
    pub fn is_by_row(&self) -> bool {
        matches!(self, Select::Bm25 | Select::Mmr | Select::Similarity)
    }
}

impl ResolvedShots {
    /// Whether a seed says which shots there are, or in which order.
    pub fn is_drawn(&self) -> bool {
        matches!(self.select, Select::Random | Select::Balanced)
            || matches!(self.order, ShotOrder::Shuffle(_))
    }

    /// From the experiment's default, with the axes `shots.count`, `shots.select`, `shots.order` of the variant over it.
    pub fn resolve(default: &ShotsSpec, variant: &Variant) -> Result<ResolvedShots, ShotsError> {
        let level = |axis: &str| variant.level(axis).map(|level| &level.value);
        let count = match level("shots.count") {
            None => default.count,
            Some(Value::Number(n)) if n.is_u64() => n.as_u64().map(|n| n as usize),
            Some(other) => {
                return Err(ShotsError::Unknown {
                    axis: "count",
                    value: other.to_string(),
                    want: "a whole number, 0 or more",
                });
            }
        };
        let word = |axis: &str, default: &str| match level(axis) {
            Some(Value::String(word)) => word.clone(),
            Some(other) => other.to_string(),
            None => default.to_owned(),
        };
        let unknown_select = |value: String| ShotsError::Unknown {
            axis: "select",
            value,
            want: "first, random, balanced, bm25, mmr, similarity, or a list of shots by number",
        };
        let select = match level("shots.select") {
            Some(list @ Value::Array(_)) => {
                Select::Listed(shot_numbers(list).ok_or_else(|| unknown_select(list.to_string()))?)
            }
            _ => {
                let word = word("shots.select", &default.select);
                Select::by_name(&word).ok_or_else(|| unknown_select(format!("`{word}`")))?
            }
        };
        let order = word("shots.order", &default.order);
        let order = ShotOrder::by_name(&order).ok_or_else(|| ShotsError::Unknown {
            axis: "order",
            value: format!("`{order}`"),
            want: "given, reverse, nearest-last, by-label, or shuffle:1, shuffle:2 and so on",
        })?;
        Ok(ResolvedShots {
            count,
            select,
            order,
        })
    }

    /// The largest number of a list of shots.
    pub fn last_number(&self) -> Option<usize> {
        match &self.select {
            Select::Listed(numbers) => numbers.iter().max().copied(),
            _ => None,
        }
    }
}

/// The shots of a list: their numbers from 1, each once; `None` of anything else.
fn shot_numbers(list: &Value) -> Option<Vec<usize>> {
    let numbers = list.as_array()?.iter().map(|number| {
        let number = usize::try_from(number.as_u64()?).ok()?;
        (number > 0).then_some(number)
    });
    let numbers: Vec<usize> = numbers.collect::<Option<_>>()?;
    let distinct: HashSet<&usize> = numbers.iter().collect();
    (distinct.len() == numbers.len() && !numbers.is_empty()).then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_list_has_each_shot_once() {
        assert_eq!(shot_numbers(&json!([3, 7, 1])), Some(vec![3, 7, 1]));
        for wrong in [
            json!([]),
            json!([0]),
            json!([1, 1]),
            json!(["1"]),
            json!([1.5]),
            json!(3),
        ] {
            assert_eq!(shot_numbers(&wrong), None, "{wrong}");
        }
    }

    #[test]
    fn names_are_read_as_they_are_written() {
        for name in ["first", "random", "balanced", "bm25", "mmr", "similarity"] {
            let select = Select::by_name(name).unwrap();
            assert_eq!(select.to_value(), json!(name));
        }
        for name in ["given", "reverse", "nearest-last", "by-label", "shuffle:3"] {
            assert_eq!(ShotOrder::by_name(name).unwrap().name(), name);
        }
        assert_eq!(
            (Select::by_name("last"), ShotOrder::by_name("shuffle:x")),
            (None, None)
        );
    }
}
