//! Where the expected answers of a dataset come from: the dataset itself, or people.

use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::PathBuf};

/// How many rows of a dataset have their expected answer from where, and how their labels came about.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AnswerOrigins {
    /// The journal of labels.
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
    /// Labels of rows that the dataset does not have.
    pub elsewhere: usize,
    /// The line of the journal that a killed process left unfinished, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unfinished_line: Option<usize>,
}
