//! What was found in the grid shown.

use crate::{
    analysis::{Analysis, Live},
    narrate::advice::Advice,
    report::Breakdown,
};
use std::{collections::BTreeMap, sync::Arc};

/// What was found in the grid shown.
#[derive(Debug, Default)]
pub struct Findings {
    /// The analysis of each model, as of a state of the grids and a baseline.
    pub analyses: BTreeMap<usize, Analysis>,
    /// Counts the analyses that came.
    pub number: u64,
    /// Figures of labels and slices, once a lens showed them.
    pub breakdown: Option<Arc<Breakdown>>,
    /// Scores by formula of each model shown, during a run: they need not wait for the analysis.
    pub live: BTreeMap<usize, Live>,
    /// The latest advice, or why there is none.
    pub advice: Option<Result<Arc<Advice>, String>>,
}

impl Findings {
    /// The analysis of a model's grid.
    pub fn analysis_of(&self, model: usize) -> Option<&Analysis> {
        self.analyses.get(&model)
    }

    /// Other variants, or another baseline: nothing that was found holds.
    pub fn clear(&mut self) {
        self.analyses.clear();
        self.breakdown = None;
    }
}
