//! How shots are chosen for a variant, parsed once.

use crate::{model::Variant, project::ShotsSpec};
use serde_json::Value;

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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Select {
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

impl ResolvedShots {
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
        let select = match word("shots.select", &default.select).as_str() {
            "first" => Select::First,
            "random" => Select::Random,
            "balanced" => Select::Balanced,
            "bm25" => Select::Bm25,
            "mmr" => Select::Mmr,
            "similarity" => Select::Similarity,
            other => {
                return Err(ShotsError::Unknown {
                    axis: "select",
                    value: format!("`{other}`"),
                    want: "first, random, balanced, bm25, mmr or similarity",
                });
            }
        };
        let order = match word("shots.order", &default.order).as_str() {
            "given" => ShotOrder::Given,
            "reverse" => ShotOrder::Reverse,
            "nearest-last" => ShotOrder::NearestLast,
            "by-label" => ShotOrder::ByLabel,
            other => match other.strip_prefix("shuffle:").and_then(|n| n.parse().ok()) {
                Some(n) => ShotOrder::Shuffle(n),
                None => {
                    return Err(ShotsError::Unknown {
                        axis: "order",
                        value: format!("`{other}`"),
                        want: "given, reverse, nearest-last, by-label, or shuffle:1, shuffle:2 and so on",
                    });
                }
            },
        };
        Ok(ResolvedShots {
            count,
            select,
            order,
        })
    }
}
