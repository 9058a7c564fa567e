//! Everything that reaches the session: what a person asks for, results of jobs, events of the engine, time.

use super::{
    action::Action,
    annotation_request::AnnotationResult,
    arrange::Arrangement,
    model_choice::FileChange,
    paraphrase::ParaphraseOffer,
    plan_estimate::{Diagnostic, PlanEstimate},
    row_changes::RowChanges,
    run_list::RunLine,
    table::Table,
};
use crate::{
    analysis::{Analysis, VariantFinding, WearFinding},
    engine::{CurrentAnswers, OfferedModel, Plan, RunControl, RunEvent},
    model::{Opinion, Prompt, RunId, TrialId, TrialRecord},
    narrate::advice::Advice,
    optimize::{SearchRecord, WordingFile},
    outcome::{Grid, RowLink},
    project::Project,
    report::Breakdown,
    scaffold::{DatasetColumns, ScaffoldFiles},
    store::{BadCase, RunInfo},
};
use std::{path::PathBuf, sync::Arc};

/// The only way to change the session.
#[derive(Debug, Clone)]
pub enum Message {
    /// A key, the mouse or the palette.
    Input(Action),
    Job(JobResult),
    Engine(RunEvent),
    /// Time passed during a run, or the terminal was resized.
    Tick,
}

impl From<Action> for Message {
    fn from(action: Action) -> Message {
        Message::Input(action)
    }
}

impl From<JobResult> for Message {
    fn from(result: JobResult) -> Message {
        Message::Job(result)
    }
}

impl From<RunEvent> for Message {
    fn from(event: RunEvent) -> Message {
        Message::Engine(event)
    }
}

/// The run that a grid of stored answers is called by.
#[derive(Debug, Clone, Default)]
pub struct NewestRun {
    pub run: Option<RunId>,
    /// Whether it is one of just this plan.
    pub is_resumable: bool,
    /// How it ended, where it did not finish.
    pub ended: Option<String>,
    /// How worn the rows are by the first model's scores, where that is known.
    pub wear: Option<WearFinding>,
}

/// What came of work done beside the session. A number is that of the request: late results are dropped.
#[derive(Debug, Clone)]
pub enum JobResult {
    RunStarted(RunControl),
    /// Files of the project changed on disk.
    FilesChanged(Vec<PathBuf>),
    /// Another process wrote into the store.
    StoreChanged,
    ProjectRead(Box<Result<Project, String>>),
    /// The plan, and the names of all variants including those switched off.
    PlanRead(u64, Result<Arc<Plan>, String>, Vec<String>),
    /// What the store knows of a plan; comes again where more was found.
    AnswersFound(u64, CurrentAnswers, Box<NewestRun>),
    /// An old run, to show in place of the plan.
    RunRead(Box<RunInfo>, Vec<Grid>),
    /// A run to compare with, and which of its rows each row is.
    OtherRunRead(Arc<Table>, Vec<Grid>, RowLink),
    /// The row that the search found.
    RowFound(Option<usize>),
    /// Prompts of trials of another run, or of the grid shown.
    PromptsRead(Option<RunId>, Vec<(TrialId, Option<Prompt>)>),
    /// Trials of a run: those requested, and those found.
    TrialsRead(Option<RunId>, Vec<TrialId>, Vec<TrialRecord>),
    /// First words of outputs: those requested, and those found.
    ExcerptsRead(Vec<TrialId>, Vec<(TrialId, Arc<str>)>),
    /// What judges said of a cell, named by its first sample.
    OpinionsRead(TrialId, Vec<Opinion>),
    RowsCompared(RowChanges),
    /// The difference between two runs, with its interval.
    DifferenceFound(u64, Box<VariantFinding>),
    RowsArranged(Arrangement),
    /// The analysis of a model's grid.
    GridAnalyzed(u64, usize, Box<Analysis>),
    /// Figures of labels and slices: state of the grid, model, baseline.
    GridBrokenDown((u64, usize, usize), Arc<Breakdown>),
    AdviceReady(u64, Box<Result<Advice, String>>),
    /// The bad cases of an experiment.
    BadCasesRead(String, Vec<BadCase>),
    PlanEstimated(u64, Box<PlanEstimate>),
    ParaphrasesReady(u64, Box<Result<ParaphraseOffer, String>>),
    /// An endpoint's models: number, endpoint, list.
    ModelsListed(u64, String, Result<Vec<OfferedModel>, String>),
    /// What other models change in the project file.
    ModelsPreviewed(u64, Result<FileChange, String>),
    /// Datasets of the project, from its folder.
    DatasetsFound(u64, Vec<PathBuf>),
    /// The columns of a dataset.
    ColumnsRead(u64, PathBuf, Result<Arc<DatasetColumns>, String>),
    /// The files of a new experiment, before they are written.
    ExperimentPreviewed(u64, Result<Box<ScaffoldFiles>, String>),
    /// The files of an experiment of this name were written.
    ExperimentWritten(String),
    /// A template as it is typed was rendered, or cannot be.
    PromptPreviewed(u64, Box<Result<Prompt, Diagnostic>>),
    /// A template that is to be edited was read: its text, and the line to go to.
    TemplateRead(PathBuf, String, Option<usize>),
    /// The last search of an experiment.
    SearchRead(String, Option<Arc<SearchRecord>>),
    /// A search took a step.
    SearchMoved(u64, Arc<SearchRecord>),
    /// A search opens the sealed rows.
    SearchOpensSealed(u64),
    /// A search ended, or why it stopped.
    SearchEnded(u64, Result<(), String>),
    /// The file with the wording that a search found.
    WordingPreviewed(Result<Box<WordingFile>, String>),
    RunsListed(Vec<RunLine>),
    RunDeleted(RunId),
    /// The person stopped to label or to rate.
    Annotated(Result<AnnotationResult, String>),
    /// The editor or the pager was closed.
    ProgramClosed(Result<(), String>),
    /// Something was done; one line.
    Done(String),
    /// The conclusions of a run; one or more lines.
    RunConcluded(String),
    /// Something failed; one or more lines.
    Failed(String),
}
