//! All that the session knows.

use super::Theme;
use crate::{
    analysis::{Analysis, AnalysisSpec},
    engine::{Plan, RunControl},
    model::{CellState, Grid, ModelRef, RunId, TrialId, TrialRecord},
    project::{ExperimentSpec, Project},
    store::RunInfo,
};
use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Instant,
};

/// The screens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    /// Variants, template, rendered prompt.
    Edit,
    /// Rows × variants.
    Grid,
    /// Two variants, word by word.
    Diff,
    /// The list of runs.
    Runs,
}

/// What can lie on top of a screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Popup {
    /// The keys.
    Help,
    /// Something went wrong.
    Message(String),
    /// Leave although a run is on its way?
    ConfirmQuit,
}

/// A run on its way, or one that ended.
#[derive(Debug)]
pub struct RunState {
    /// Stops and pauses it; `None` once it ended.
    pub control: Option<RunControl>,
    /// When it began.
    pub started: Instant,
    /// Trials planned.
    pub planned: u64,
    /// Trials finished.
    pub done: u64,
    /// Of them reused.
    pub reused: u64,
    /// Of them failed.
    pub failed: u64,
    /// Requests on their way.
    pub in_flight: u64,
    /// Retries so far.
    pub retries: u64,
    /// Tokens in and out.
    pub tokens: u64,
    /// US dollars, where prices are known.
    pub cost_usd: Option<f64>,
    /// It is paused.
    pub paused: bool,
    /// How it ended, or what it waits for.
    pub note: Option<String>,
    /// Seconds it took, once it ended.
    pub elapsed_s: Option<f64>,
}

/// Most outputs that are kept at hand; older ones are read from the store when they are looked at.
const MOST_OUTPUTS: usize = 20_000;

/// All that the session knows.
#[derive(Debug)]
pub struct Model {
    /// The project.
    pub project: Project,
    /// Index of the experiment shown.
    pub experiment: usize,
    /// Its plan; the error where there is none.
    pub plan: Result<Arc<Plan>, String>,
    /// Which screen.
    pub screen: Screen,
    /// What lies on top of it, the last on top.
    pub popups: Vec<Popup>,
    /// The row under the cursor (a place in the plan).
    pub row: usize,
    /// The variant under the cursor.
    pub variant: usize,
    /// The model whose grid is shown.
    pub model: usize,
    /// The sample in the detail pane.
    pub sample: usize,
    /// Only rows on which variants differ.
    pub only_different: bool,
    /// The run whose answers are shown.
    pub run: Option<RunId>,
    /// The run on its way, or the last one of this session.
    pub state: Option<RunState>,
    /// A grid a model.
    pub grids: Vec<Grid>,
    /// What was found in the grid shown.
    pub analysis: Option<Analysis>,
    /// Answers as they stream.
    pub streams: HashMap<TrialId, String>,
    outputs: HashMap<TrialId, Arc<TrialRecord>>,
    output_order: VecDeque<TrialId>,
    /// Counts the changes of the grids.
    pub changes: u64,
    /// The change that was last given to the analysis.
    pub analysing: Option<u64>,
    /// Runs in the store.
    pub runs: Vec<RunInfo>,
    /// The run under the cursor in the list.
    pub run_row: usize,
    /// A line that stays until something else is said.
    pub notice: Option<String>,
    /// Rows that the grid last had room for.
    pub page: usize,
    /// How it looks.
    pub theme: Theme,
    /// Waits for a second `r`.
    pub armed: bool,
    /// Trials that the runtime was asked to read.
    pub asked: Option<TrialId>,
}

impl Model {
    /// A session that has just been opened.
    pub fn new(project: Project, experiment: &str, notice: Option<String>, theme: Theme) -> Model {
        let experiment = project
            .experiments
            .iter()
            .position(|e| e.name == experiment)
            .unwrap_or(0);
        Model {
            project,
            experiment,
            plan: Err("reading the experiment …".into()),
            screen: Screen::Grid,
            popups: Vec::new(),
            row: 0,
            variant: 0,
            model: 0,
            sample: 0,
            only_different: false,
            run: None,
            state: None,
            grids: Vec::new(),
            analysis: None,
            streams: HashMap::new(),
            outputs: HashMap::new(),
            output_order: VecDeque::new(),
            changes: 0,
            analysing: None,
            runs: Vec::new(),
            run_row: 0,
            notice,
            page: 10,
            theme,
            armed: false,
            asked: None,
        }
    }

    /// The experiment shown.
    pub fn spec(&self) -> &ExperimentSpec {
        &self.project.experiments[self.experiment]
    }

    /// Whether a run is on its way.
    pub fn is_running(&self) -> bool {
        self.state.as_ref().is_some_and(|s| s.control.is_some())
    }

    /// Take a plan; the grids begin empty.
    pub fn take_plan(&mut self, plan: Arc<Plan>) {
        self.grids = vec![
            Grid::new(
                plan.variants.len(),
                plan.dataset.len(),
                plan.experiment.samples
            );
            plan.models.len()
        ];
        self.row = self.row.min(plan.dataset.len().saturating_sub(1));
        self.variant = self.variant.min(plan.variants.len().saturating_sub(1));
        self.model = self.model.min(plan.models.len().saturating_sub(1));
        self.sample = self.sample.min(plan.experiment.samples.saturating_sub(1));
        self.run = None;
        self.analysis = None;
        self.streams.clear();
        self.outputs.clear();
        self.output_order.clear();
        self.changes += 1;
        self.plan = Ok(plan);
    }

    /// Keep an output at hand.
    pub fn keep(&mut self, record: Arc<TrialRecord>) {
        if self
            .outputs
            .insert(record.id, Arc::clone(&record))
            .is_none()
        {
            self.output_order.push_back(record.id);
        }
        while self.output_order.len() > MOST_OUTPUTS {
            if let Some(old) = self.output_order.pop_front() {
                self.outputs.remove(&old);
            }
        }
    }

    /// An output at hand.
    pub fn output(&self, id: TrialId) -> Option<&Arc<TrialRecord>> {
        self.outputs.get(&id)
    }

    /// The grid shown.
    pub fn grid(&self) -> Option<&Grid> {
        self.grids.get(self.model)
    }

    /// The model asked in the grid shown.
    pub fn model_name(&self) -> Option<&ModelRef> {
        self.plan.as_ref().ok()?.models.get(self.model)
    }

    /// How the grid is analysed while one looks on.
    pub fn analysis_spec(&self) -> Option<AnalysisSpec> {
        let plan = self.plan.as_ref().ok()?;
        Some(AnalysisSpec {
            baseline: plan.baseline,
            clusters: plan.dataset.heads().cluster_numbers().to_vec(),
            seed: plan.experiment.seed,
            resamples: if self.is_running() { 1_000 } else { 10_000 },
            ..AnalysisSpec::default()
        })
    }

    /// The rows shown: all, or those on which the answers of the variants differ.
    pub fn rows(&self) -> Vec<usize> {
        let Some(grid) = self.grid() else {
            return Vec::new();
        };
        (0..grid.rows())
            .filter(|&row| !self.only_different || differs(grid, row))
            .collect()
    }

    /// The trial under the cursor, of this variant.
    pub fn trial(&self, variant: usize) -> TrialId {
        TrialId {
            variant: variant as u32,
            model: self.model as u32,
            row: self.row as u32,
            sample: self.sample as u32,
        }
    }
}

/// Whether answered cells of a row have different answers or scores.
pub fn differs(grid: &Grid, row: usize) -> bool {
    let mut first = None;
    for v in 0..grid.variants() {
        let cell = grid.cell(v, row, 0);
        if matches!(cell.state, CellState::Pending | CellState::Running) {
            continue;
        }
        let seen = (cell.answer, cell.score.map(f32::to_bits));
        match first {
            None => first = Some(seen),
            Some(before) if before != seen => return true,
            Some(_) => {}
        }
    }
    false
}
