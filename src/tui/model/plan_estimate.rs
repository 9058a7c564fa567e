//! What the confirm screen and the problem list show: calls, cost, and what is wrong with the plan.

use crate::{engine::ModelEstimate, source::SourcePlace};

/// A problem of the plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnostic {
    /// An error that prevents the run; otherwise a warning.
    pub serious: bool,
    pub text: String,
    /// Where to fix it.
    pub place: Option<SourcePlace>,
}

impl Diagnostic {
    /// The first line of the text, after its place.
    pub fn line(&self) -> String {
        let what = self.text.lines().next().unwrap_or("");
        let Some(place) = &self.place else {
            return what.to_owned();
        };
        let file = place.file.file_name().unwrap_or_default().to_string_lossy();
        match place.column {
            Some(column) => format!("{file}:{}:{column} {what}", place.line),
            None => format!("{file}:{} {what}", place.line),
        }
    }
}

/// What a plan would send.
#[derive(Debug, Clone, Default)]
pub struct PlanEstimate {
    pub models: Vec<ModelEstimate>,
    /// Mean prompt tokens of each variant, counted for the first model.
    pub variant_tokens: Vec<f64>,
    /// Trials of each variant that are to be sent, over all models.
    pub variant_new: Vec<u64>,
    /// Counts are scaled from a part of the prompts.
    pub scaled: bool,
    pub troubles: Vec<Diagnostic>,
}

impl PlanEstimate {
    /// Trials over all models.
    pub fn calls(&self) -> u64 {
        self.models.iter().map(|m| m.calls).sum()
    }

    /// Trials that are to be sent.
    pub fn to_send(&self) -> u64 {
        self.models.iter().map(|m| m.to_send).sum()
    }

    /// What prevents the run, or parts of it.
    pub fn problems(&self) -> impl Iterator<Item = &Diagnostic> {
        self.troubles.iter().filter(|trouble| trouble.serious)
    }

    /// US dollars at most for what is to be sent, if every price is known.
    pub fn usd_at_most(&self) -> Option<f64> {
        self.models.iter().map(|m| m.new.usd_at_most).sum()
    }

    pub(crate) fn error(&mut self, text: String) {
        self.troubles.push(Diagnostic {
            serious: true,
            text,
            place: None,
        });
    }
}
