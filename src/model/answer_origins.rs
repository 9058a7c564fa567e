//! Where the expected answers of a dataset come from: the dataset itself, or people.

use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// A path that is not Unicode as it is shown.
fn shown<S: serde::Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&path.to_string_lossy())
}

/// How many rows of a dataset have their expected answer from where, and how their labels came about.
#[derive(Debug, Clone, Default, PartialEq, Serialize, schemars::JsonSchema, Deserialize)]
pub struct AnswerOrigins {
    /// The journal of labels.
    #[serde(serialize_with = "shown")]
    pub file: PathBuf,
    pub rows: usize,
    /// Rows whose answer is the dataset's own.
    pub dataset: usize,
    /// Rows whose answer people agree on.
    pub labels: usize,
    /// Rows whose answer was settled.
    pub settled: usize,
    /// Rows without an answer.
    pub without: usize,
    /// Rows whose labels disagree among themselves or with the dataset, and that nobody settled.
    pub disputed: usize,
    /// Rows of which some label was given in view of a suggested answer.
    pub suggested: usize,
    /// Labelled rows that were not chosen at random.
    pub selected: usize,
    /// How many rows each person labelled.
    pub people: BTreeMap<String, usize>,
    /// Labelled rows that were not chosen with equal chances, and how estimates make up for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weighting: Option<LabelWeighting>,
    /// Labels of rows that the dataset does not have.
    pub elsewhere: usize,
    /// The line of the journal that a killed process left unfinished, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unfinished_line: Option<usize>,
}

/// How much labelled rows count, where they were chosen with unequal chances.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, schemars::JsonSchema, Deserialize)]
pub struct LabelWeighting {
    /// Rows whose chance is known.
    pub rows: usize,
    /// As many rows of equal weight say as much about a mean (Kish 1965): (Σw)²/Σw².
    pub effective_rows: f64,
    /// Further rows with an answer, the dataset's own among them: no chance is recorded, so they count 1 each.
    pub unknown: usize,
}
