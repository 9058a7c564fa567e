//! What `update` asks the runtime to do.

use crate::{
    analysis::AnalysisSpec,
    engine::{Plan, RunControl},
    model::{Grid, RunId, TrialId},
    project::ExperimentSpec,
};
use std::{path::PathBuf, sync::Arc};

/// What `update` asks the runtime to do.
#[derive(Debug)]
pub enum Effect {
    /// Leave the session.
    Quit,
    /// Read the plan of an experiment.
    Plan(Box<ExperimentSpec>),
    /// Read the latest run of this plan.
    LoadLatest(Arc<Plan>),
    /// Run the plan.
    Start(Arc<Plan>),
    /// Stop a run.
    Stop(RunControl),
    /// Give up a run.
    Abort(RunControl),
    /// Pause a run.
    Pause(RunControl),
    /// Let a run go on.
    Proceed(RunControl),
    /// Open a file in the editor.
    Edit(PathBuf),
    /// Read a trial.
    Trial(RunId, TrialId),
    /// Analyse a grid; the number and the model come back with the result.
    Analyse(u64, usize, Box<Grid>, AnalysisSpec),
    /// Read the list of runs.
    Runs,
    /// Clear the terminal before the next drawing.
    Clear,
}
