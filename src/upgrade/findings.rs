//! What a comparison of models found, as plain data; `report` fills it, `narrate` puts it in sentences.

use super::{
    FromAccess, PartScores, Refusal, UpgradeEnding, UpgradeRequest, UpgradeVerdict, WordingOutcome,
};
use crate::{
    diff::PairEffect,
    model::{EndpointWarning, RequestTotals},
    outcome::{ChangeCounts, FlipShares},
};

/// What a comparison of models found.
#[derive(Debug, Clone, PartialEq)]
pub struct UpgradeFindings {
    pub experiment: String,
    pub request: UpgradeRequest,
    /// Open rows that there are, and answers to each that count: of the old model at most, of the new one.
    pub rows: usize,
    pub samples: [usize; 2],
    pub wordings: Vec<UpgradedWording>,
    pub access: FromAccess,
    /// What was sent now to the old model and to the new one.
    pub spent: [RequestTotals; 2],
    pub refusals: Vec<Refusal>,
    /// What the endpoints were found to do.
    pub warnings: Vec<EndpointWarning>,
    /// What is known of the two models that matters here, a sentence each: shutdowns, parameters that are not taken.
    pub known: Vec<String>,
    pub ending: Option<UpgradeEnding>,
}

/// A wording under both models.
#[derive(Debug, Clone, PartialEq)]
pub struct UpgradedWording {
    pub name: String,
    /// Short, for sentences.
    pub shown_name: String,
    pub outcome: WordingOutcome,
    /// Mean scores of the old model and the new one, on the rows with both.
    pub scores: Option<[f64; 2]>,
    /// How often single answers flip between correct and not.
    pub flips: FlipShares,
    /// The rows that changed, and what the trials came to. Its interval and p are of a single look, and so not for this.
    pub effect: PairEffect,
    /// By label and slice, the largest loss first.
    pub parts: Vec<UpgradePart>,
}

/// Some of the rows of a wording.
#[derive(Debug, Clone, PartialEq)]
pub struct UpgradePart {
    /// The column of a slice; `None` for the rows that expect a label.
    pub column: Option<String>,
    /// The label, or the value in the column.
    pub value: String,
    pub scores: PartScores,
    pub changes: ChangeCounts,
}

impl UpgradeFindings {
    /// The wordings of a verdict.
    pub fn with(&self, verdict: UpgradeVerdict) -> impl Iterator<Item = &UpgradedWording> {
        let wordings = self.wordings.iter();
        wordings.filter(move |wording| wording.outcome.verdict == verdict)
    }

    /// How many wordings have a verdict.
    pub fn count(&self, verdict: UpgradeVerdict) -> usize {
        self.with(verdict).count()
    }

    /// Chance of a wrong interval that each wording has.
    pub fn alpha_of_each(&self) -> f64 {
        self.request.alpha / self.wordings.len().max(1) as f64
    }
}

impl UpgradedWording {
    /// Whether the new model may take the place of the old one with this wording.
    pub fn can_move(&self) -> bool {
        matches!(
            self.outcome.verdict,
            UpgradeVerdict::Equivalent | UpgradeVerdict::Better
        )
    }
}

impl UpgradePart {
    /// `language = de`, `label refund`
    pub fn name(&self) -> String {
        match &self.column {
            Some(column) => format!("{column} = {}", self.value),
            None => format!("label {}", self.value),
        }
    }
}
