//! What `update` asks for: jobs that run beside the session, and what only the runtime can do.

use super::{
    action::ExportKind, annotation_request::AnnotationRequest, arrange::ArrangeSpec,
    model_choice::FileChange, paraphrase::ParaphraseSpec, preview::PreviewSpec,
    row_changes::ComparedSide, run_before::RunBefore, saved_view::SavedViewState, table::Table,
    wording_search::WordingSearchSpec,
};
use crate::{
    analysis::AnalysisSpec,
    engine::{AnswerPlace, Plan, RunControl},
    model::{ModelRef, RunId, TrialId},
    optimize::{SearchRecord, WordingFile},
    outcome::{Grid, RowLink},
    project::ExperimentSpec,
    scaffold::{DatasetColumns, ExperimentDraft, ScaffoldFiles},
    store::BadCase,
    template::Template,
};
use std::{collections::BTreeSet, path::PathBuf, sync::Arc};

/// What to tell a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunCommand {
    /// Send nothing more; wait for what is in flight.
    Stop,
    /// Give up what is in flight too.
    Abort,
    /// Send nothing for a while.
    Pause,
    Proceed,
}

/// What `update` asks for.
#[derive(Debug, Clone)]
pub enum Effect {
    Quit,
    /// Clear the terminal before the next drawing.
    Clear,
    /// Give the terminal to the shell.
    Suspend,
    /// Open a file in the editor, at a line.
    Edit(PathBuf, Option<usize>),
    /// Show a text in the pager.
    Page(String),
    /// Give the terminal to a screen on which a person labels or rates.
    Annotate(AnnotationRequest),
    /// Put a text into the clipboard; what it is.
    Copy(String, &'static str),
    /// Run the plan; or go on with this run.
    Start(Arc<Plan>, Option<RunId>),
    /// Tell a run something.
    Tell(RunControl, RunCommand),
    /// Ask a model for paraphrases; the number comes back with the answer.
    Paraphrase(Box<ParaphraseSpec>, u64),
    /// Ask an endpoint for its models; the number comes back with the answer.
    ListModels(String, u64),
    /// Search for a better wording, beside the session.
    SearchWording(Box<WordingSearchSpec>),
    /// Tell the search to stop.
    StopSearch,
    Watch(Vec<PathBuf>),
    /// Keep how the project is looked at.
    Remember(SavedViewState),
    /// Work that is done beside the session.
    Do(Box<Job>),
}

impl From<Job> for Effect {
    fn from(job: Job) -> Effect {
        Effect::Do(Box::new(job))
    }
}

/// Work that is done beside the session; each ends in results.
#[derive(Debug, Clone)]
pub enum Job {
    /// Read the project file again.
    Project(PathBuf),
    /// Read the plan of an experiment, without these variants.
    Plan(u64, Box<ExperimentSpec>, BTreeSet<String>),
    /// Find what the store knows of a plan.
    CurrentAnswers(u64, Arc<Plan>),
    Open(String),
    /// Read a run to compare the table with.
    Other(String, Option<Arc<Plan>>, Arc<Table>),
    /// Read the run of an experiment before this one, to compare the table with.
    Before(RunBefore, Option<Arc<Plan>>, Arc<Table>),
    /// Read trials of another run, or of the grid shown: their places in the table, and where they are stored.
    Trials(
        Option<RunId>,
        Vec<(TrialId, AnswerPlace)>,
        Option<Arc<Plan>>,
    ),
    /// Read the first words of outputs of the grid shown.
    Excerpts(Vec<(TrialId, AnswerPlace)>, Option<Arc<Plan>>),
    /// Read what judges said of a cell, named by its first sample: the places of its samples in the table, and in
    /// runs.
    Opinions(TrialId, Vec<(TrialId, AnswerPlace)>),
    /// Find the next of these rows that has a text, from a place on, forwards or backwards.
    Find(
        Vec<Grid>,
        Arc<Table>,
        ArrangeSpec,
        Arc<Vec<u32>>,
        usize,
        isize,
    ),
    Arrange(Vec<Grid>, Arc<Table>, ArrangeSpec),
    /// Compare the rows of two wordings; the number comes back. With a spec, test their difference too.
    Compare(
        ComparedSide,
        ComparedSide,
        RowLink,
        u64,
        Option<Box<AnalysisSpec>>,
    ),
    /// Analyse a grid; the number and the model come back with the result.
    Analyse(u64, usize, Grid, AnalysisSpec),
    /// Figures of labels and slices of a grid; the first come back with them.
    BreakDown((u64, usize, usize), Grid, Arc<Table>, AnalysisSpec),
    Advise(Box<AdviceSpec>),
    /// Keep a bad case, or correct the one of the same row.
    KeepBadCase(Box<BadCase>),
    /// Let a bad case go.
    ForgetBadCase(Box<BadCase>),
    /// Count what the plan would send.
    PlanEstimate(u64, Arc<Plan>),
    /// Render a template as it is typed.
    Preview(Box<PreviewSpec>),
    /// Read a template to edit it, at a line.
    ReadTemplate(PathBuf, Option<usize>),
    /// Read the list of runs.
    Runs,
    DeleteRun(RunId),
    /// Note something down on a run.
    Note(RunId, String),
    /// Write files that do not exist yet.
    Create(Vec<(PathBuf, String)>),
    /// Write a file in place of what it held.
    Save(PathBuf, String),
    /// Change a file, unless it has changed since it was read.
    Replace(FileChange),
    /// What changes in the project file (by its path) where an experiment has these models; the number comes back.
    PreviewModels(u64, PathBuf, String, Vec<ModelRef>),
    /// Find the datasets in a folder, without these files; the number comes back.
    FindDatasets(u64, PathBuf, Vec<PathBuf>),
    /// Read the columns of a dataset; the number comes back.
    ReadColumns(u64, PathBuf),
    /// Compose the files of a new experiment of the project file; the number comes back.
    PreviewExperiment(u64, PathBuf, Box<ExperimentDraft>, Arc<DatasetColumns>),
    /// Write the files of a new experiment, or none of them.
    WriteExperiment(Box<ScaffoldFiles>),
    /// Add levels to an axis of a template, unless its file has changed since it was read.
    AddLevels(Box<Template>, PathBuf, String, Vec<String>),
    /// Read the last search of an experiment.
    LastSearch(String),
    /// Compose the file with the wording that a search found.
    PreviewWording(Box<ExperimentSpec>, Arc<SearchRecord>),
    /// Write it.
    WriteWording(Box<WordingFile>),
    /// Take a file away (it is kept beside the runs).
    Remove(PathBuf),
    /// Say what a run came to that did not buy every trial.
    Conclude(RunId),
    /// Write a run as a report or a bundle.
    Export(RunId, ExportKind, PathBuf),
    /// Write the grid of a plan as a report or a bundle.
    ExportCurrent(Arc<Plan>, ExportKind, PathBuf),
    /// Write the rows shown: the grid of a model.
    ExportRows((Grid, usize), Arc<Table>, Arc<Vec<u32>>, PathBuf),
}

/// What the advice is drawn from.
#[derive(Debug, Clone)]
pub struct AdviceSpec {
    /// Comes back with the advice.
    pub number: u64,
    pub experiment: Box<ExperimentSpec>,
    /// Its plan, where it is at hand.
    pub plan: Option<Arc<Plan>>,
    /// The edges of the grids.
    pub table: Arc<Table>,
    /// The cells of each model.
    pub cells: Vec<Grid>,
    /// How they are analyzed.
    pub analysis: AnalysisSpec,
    /// The run that they are of.
    pub run: Option<RunId>,
}
