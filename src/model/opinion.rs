//! What a judge said of an answer.

use super::TrialId;

/// One verdict of a judge about one answer: what the judge's metric made a score of, and what tells how far the judge agrees
/// with itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Opinion {
    /// Whose answer was judged.
    pub id: TrialId,
    /// Place of the metric in the experiment.
    pub metric: u32,
    /// Which repeat of the question, from 0; for a rule, its place among the assertions of the row.
    pub repeat: u32,
    /// A verdict on a rule of the row (`llm-rubric`), of which there may be several.
    pub is_rule: bool,
    /// Where two answers were compared: whether this one was shown second. `None` for a grade.
    pub second: Option<bool>,
    /// In [0, 1], from the view of this answer; `None` where the verdict could not be read.
    pub value: Option<f64>,
    /// What the judge said for it: its reason, or all of its reply. `None` in runs of before reasons were kept.
    pub reason: Option<String>,
    /// Taken from the store, not asked for.
    pub reused: bool,
    /// Price of the verdict in USD, where it was asked for and the price is known.
    pub cost_usd: Option<f64>,
}
