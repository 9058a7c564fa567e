//! What a change of wording did to the scores and answers of each model. Plain data; `report` fills it, `narrate` puts it in
//! sentences.

use super::{Piece, WordingChange};
use crate::{
    analysis::{Interval, Truncation},
    model::ModelRef,
    outcome::{CellOutcome, ChangeCounts, RowChange, RowCounts},
    store::{RunInfo, StoredTemplate},
};
use serde::Serialize;

/// One of the two wordings.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct WordingSide {
    /// What the reader calls it.
    pub name: String,
    /// What differs from the baseline of the run: short, for sentences.
    pub shown_name: String,
    pub path: String,
    /// Start of the hash (BLAKE3) of its template.
    pub template_hash: String,
    /// The run that its answers are of.
    pub run: String,
}

/// What one wording made of a row.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct RowOutcome {
    /// Samples at or above the threshold.
    pub right: usize,
    /// Samples with a score.
    pub of: usize,
    /// Their mean score.
    pub score: f64,
    pub outcome: CellOutcome,
    /// Distinct outputs and how often each came, the most frequent first.
    pub outputs: Vec<(String, usize)>,
}

/// A row whose answer changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChangedRow {
    pub row_id: String,
    #[serde(rename = "fate")]
    pub change: RowChange,
    /// Its text, where the dataset is at hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    pub before: RowOutcome,
    pub after: RowOutcome,
    /// The most frequent outputs, word by word; empty where they are too long for that.
    pub words: Vec<Piece>,
    /// The answer also changes where the same wording is asked again.
    pub moves_on_repeats: bool,
}

/// A row that did not change.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SameRow {
    pub row_id: String,
    #[serde(rename = "right")]
    pub correct: bool,
    /// The answer that was read before and after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
}

/// What asking again does, beside what the wording does.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Noise {
    /// The difference that asking again shows at most (95 %), if both are as good; needs two samples.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeats_95: Option<f64>,
    /// p of the difference against it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeats_p: Option<f64>,
    /// The difference that chance alone shows at most (95 %) between equal wordings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chance_95: Option<f64>,
    /// Share of pairs of answers to a row that differ when the wording before is asked again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before_itself: Option<f64>,
    /// The same of the wording after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_itself: Option<f64>,
    /// Share of pairs of answers to a row that differ between before and after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub between: Option<f64>,
}

/// What a wording's trials came to besides scores.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct DataQuality {
    pub planned: usize,
    pub answered: usize,
    pub failed: usize,
    pub failures: Vec<(String, usize)>,
    /// Answers cut at `max_tokens`, whatever was read in them.
    pub truncated: usize,
    pub refused: usize,
    /// Answers without a readable answer.
    pub unreadable: usize,
    /// Trials that were not made.
    pub missing: usize,
    /// Answers taken from an earlier run.
    pub reused: usize,
    /// Mean tokens of a prompt and of an answer, as the endpoint counted them.
    pub tokens: [f64; 2],
    /// Median and 95th percentile of the latency, ms.
    pub latency_ms: [Option<f64>; 2],
    /// USD for 1,000 calls, where the price is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_per_1000: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DiffConclusion {
    /// The wording after is better: keep it.
    KeepAfter,
    /// The wording after is worse: keep the one before.
    KeepBefore,
    /// The same prompts on every row.
    Identical,
    /// No difference larger than the margin.
    NoDifference,
    /// Cannot be told yet.
    Undecided,
    /// Too many answers were cut at `max_tokens`.
    NotComparable,
    /// Most rows fail under both.
    FailsEverywhere,
    Nothing,
}

/// What the change did with one model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PairEffect {
    pub model: ModelRef,
    pub conclusion: DiffConclusion,
    /// Rows more that would tell, where it is undecided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub more_rows: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Interval>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Interval>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<Interval>,
    /// p of the difference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p: Option<f64>,
    /// By Holm over the pairs of this report.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p_adjusted: Option<f64>,
    pub rows_compared: usize,
    pub samples: usize,
    /// The score from which a row is correct.
    pub threshold: f64,
    /// How many rows changed in which way.
    #[serde(flatten)]
    pub changes: ChangeCounts,
    /// The same as `answer_changed`, under its former name.
    pub churn: usize,
    /// The same as `always_wrong`, under its former name.
    pub nobody: usize,
    /// Over both wordings: rows that flip, are fragile, are always wrong.
    pub row_counts: RowCounts,
    /// Answers cut at `max_tokens`, before and after.
    #[serde(skip)]
    pub truncation: [Truncation; 2],
    /// Beside the effect, what asking again does.
    pub noise: Noise,
    /// What the trials before came to.
    pub trials_before: DataQuality,
    /// What the trials after came to.
    pub trials_after: DataQuality,
    /// Rows that changed: broken, fixed, worsened, improved, then those with another answer.
    pub rows: Vec<ChangedRow>,
    /// Rows that did not.
    pub same: Vec<SameRow>,
}

/// Two wordings, what changed between them, and what came of it at each model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ComparedPair {
    pub before: WordingSide,
    pub after: WordingSide,
    /// What changed in the words.
    pub change: WordingChange,
    /// What came of it, a model.
    pub effects: Vec<PairEffect>,
}

impl WordingSide {
    /// A variant of a run, called so.
    pub fn from_run(
        info: &RunInfo,
        variant: usize,
        (name, shown_name): (String, String),
    ) -> WordingSide {
        let template = info.templates.get(info.variants[variant].template);
        WordingSide {
            name,
            shown_name,
            path: template.map_or(String::new(), |t| t.path.display().to_string()),
            template_hash: template.map_or(String::new(), template_hash),
            run: info.id.0.clone(),
        }
    }
}

impl PairEffect {
    /// Trials that are missing or failed on either side.
    pub fn is_partial(&self) -> bool {
        [&self.trials_before, &self.trials_after]
            .iter()
            .any(|t| t.missing + t.failed > 0)
    }
}

/// Start of the hash of a template's text.
pub(crate) fn template_hash(template: &StoredTemplate) -> String {
    blake3::hash(template.source.as_bytes()).to_hex()[..16].to_owned()
}
