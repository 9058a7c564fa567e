//! Jobs beside the session: what they were last asked about, and which have not come back.

use crate::model::{RunId, TrialId};
use std::{
    collections::{BTreeMap, HashSet},
    time::Instant,
};

/// Work that goes on beside the session.
#[derive(Debug, Default)]
pub struct JobState {
    pub requested: LastRequested,
    pub pending: PendingJobs,
}

impl JobState {
    /// The rows are to be arranged anew.
    pub(crate) fn rearrange(&mut self) {
        (self.requested.arranged, self.pending.arrange) = (None, None);
        self.pending.rested = [None; 2];
    }
}

/// States of the grids that jobs were last asked about.
#[derive(Debug, Default)]
pub struct LastRequested {
    pub arranged: Option<u64>,
    /// Analysed, for each model: changes, baseline.
    pub analysed: BTreeMap<usize, (u64, usize)>,
    /// Figures of labels and slices: state of the grid, model, baseline.
    pub broken_down: Option<(u64, usize, usize)>,
    pub advised: Option<u64>,
    /// Compared: changes, model, variant, baseline.
    pub compared: Option<(u64, usize, usize, usize)>,
}

/// What was asked for and has not come back yet.
#[derive(Debug, Default)]
pub struct PendingJobs {
    /// Counts what was asked for, so that late answers are known.
    pub number: u64,
    pub plan: Option<u64>,
    pub estimate: Option<u64>,
    pub latest: Option<u64>,
    pub arrange: Option<u64>,
    /// The analysis: the state of the grid, and when it was asked for.
    pub analysis: Option<(u64, Instant)>,
    /// Figures of labels and slices: what was asked for.
    pub breakdown: Option<(u64, usize, usize)>,
    pub effects: Option<u64>,
    /// When rows were last arranged and compared.
    pub rested: [Option<Instant>; 2],
    /// The advice, and when it was asked for.
    pub advice: Option<(u64, Instant)>,
    /// When it last came.
    pub advised: Option<Instant>,
    /// Trials: of another run, or of the grid shown.
    pub trials: HashSet<(Option<RunId>, TrialId)>,
    /// First words of outputs, for cells on the screen.
    pub excerpts: HashSet<TrialId>,
    /// When the last analysis came.
    pub analysed: Option<Instant>,
    pub analysis_s: f64,
}
