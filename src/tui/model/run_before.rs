//! Which run is the one before what is shown.

use crate::{model::RunId, store::RunInfo};

/// What is shown, for finding the run before it.
#[derive(Debug, Clone)]
pub struct RunBefore {
    pub experiment: String,
    /// The run that is shown, where it is one of just the plan.
    pub shown: Option<RunId>,
    /// The runs whose trials are shown, and how many of each.
    pub answers: Vec<(Option<RunId>, usize)>,
}

impl RunBefore {
    /// The newest run before it of these, which are newest first. One that is shown as a whole says nothing beside itself.
    pub fn find(&self, runs: Vec<RunInfo>) -> Option<RunInfo> {
        let is_shown_whole = |run: &RunInfo| {
            let trials = run.variants.len() * run.models.len() * run.rows * run.samples;
            let mut answers = self.answers.iter();
            answers.any(|(id, n)| id.as_ref() == Some(&run.id) && *n >= trials)
        };
        let mut own = runs
            .into_iter()
            .filter(|run| run.experiment == self.experiment);
        if let Some(shown) = &self.shown {
            own.by_ref().find(|run| run.id == *shown)?;
        }
        own.find(|run| !is_shown_whole(run))
    }
}
