//! All that the session knows.

use super::{
    arrange::{ArrangeSpec, Arrangement},
    outputs::Outputs,
    overlay::Overlay,
    parts::{Against, DiffState, GridSource, LastRequested, Measured, Other, PendingJobs, Toast},
    progress::Progress,
    row_changes::ComparedSide,
    run_list::RunLine,
    saved_view::SavedViewState,
    screen::Screen,
    table::Table,
    theme::Theme,
    view_settings::ViewSettings,
};
use crate::{
    analysis::{Analysis, AnalysisSpec, Live},
    engine::Plan,
    model::{ModelRef, PolicySpec, RunId, TrialId},
    narrate::advice::Advice,
    outcome::{Grid, RowLink},
    project::{ExperimentSpec, Project},
    report::MARGIN,
    store::BadCase,
    tui::estimate::PlanEstimate,
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
    time::Instant,
};

/// All that the session knows.
#[derive(Debug)]
pub struct Model {
    pub project: Project,
    /// Index of the experiment shown.
    pub experiment: usize,
    /// The edges of the grid; why there are none.
    pub table: Result<Arc<Table>, String>,
    /// The plan of the project as it is now, also while an old run is open.
    pub plan: Option<Arc<Plan>>,
    pub screen: Screen,
    /// What lies on top of it, the last on top.
    pub overlays: Vec<Overlay>,
    /// Which pane of the screen, from left to right and from top to bottom.
    pub pane: usize,
    /// The pane fills the screen.
    pub zoom: bool,
    /// The row under the cursor (a place in the table).
    pub row: usize,
    /// The variant under the cursor.
    pub variant: usize,
    /// The model whose grid is shown.
    pub model: usize,
    /// The sample at hand.
    pub sample: usize,
    pub baseline: usize,
    /// How the grid is looked at.
    pub outlook: ViewSettings,
    pub theme: Theme,
    /// The rows in their order.
    pub arrangement: Arrangement,
    /// A board a model.
    pub boards: Vec<Grid>,
    /// The run whose answers are shown.
    pub kept: Option<GridSource>,
    /// The run on its way, or the last one of this session.
    pub progress: Option<Progress>,
    /// What was found in the grid shown.
    pub analysis: Option<Analysis>,
    /// Scores of the grid shown by formula, while a run is on its way: they need not wait for the analysis.
    pub live: Option<Live>,
    /// Answers as they stream.
    pub streams: HashMap<TrialId, String>,
    pub outputs: Outputs,
    /// What the plan would send.
    pub estimate: Option<PlanEstimate>,
    /// Names of variants switched off.
    pub off: BTreeSet<String>,
    /// Names of all variants, those switched off too.
    pub names: Vec<String>,
    /// The line of the list of variants that the cursor is on.
    pub name_at: usize,
    /// Rows marked by hand.
    pub marks: Arc<BTreeSet<usize>>,
    /// Rows kept as bad cases, by id.
    pub bad_cases: Arc<BTreeMap<String, BadCase>>,
    /// The advice as last drawn, or why there is none.
    pub advice: Option<Result<Arc<Advice>, String>>,
    /// What is searched for.
    pub search: String,
    pub diff: DiffState,
    /// Lines of the prompt scrolled away on the Edit screen, and of the template.
    pub scrolls: [usize; 2],
    /// Runs in the store.
    pub runs: Vec<RunLine>,
    /// The run under the cursor in the list.
    pub run_at: usize,
    /// The run chosen to compare with.
    pub chosen: Option<RunId>,
    /// What was done last.
    pub toast: Option<Toast>,
    /// What a save changed, until the plan is counted.
    pub saved: Option<String>,
    /// What runs buy, where not every trial.
    pub policy: Option<PolicySpec>,
    /// Variants that fell out of a race: model and variant.
    pub fallen: BTreeSet<(u32, u32)>,
    /// Files changed while a run was on its way.
    pub stale: bool,
    /// The time, as the runtime last said it.
    pub now: Instant,
    /// The same, UTC, seconds since 1970.
    pub wall: i64,
    /// Counts the changes of the grids.
    pub changes: u64,
    /// States of the grids that jobs were last asked about.
    pub seen: LastRequested,
    /// What was asked for.
    pub asked: PendingJobs,
    /// What the last drawing had room for.
    pub measured: Measured,
    /// The run to compare with once another one is open.
    pub comparing: Option<RunId>,
    /// The name of a variant that was just written.
    pub expecting: Option<String>,
    /// The run to go on with once the plan is read.
    pub resuming: Option<RunId>,
    /// How the project was last looked at.
    pub memory: SavedViewState,
}

impl Model {
    /// A session that has just been opened.
    pub fn new(project: Project, experiment: &str, memory: SavedViewState, theme: Theme) -> Model {
        let experiment = project
            .experiments
            .iter()
            .position(|e| e.name == experiment)
            .unwrap_or(0);
        let mut model = Model {
            project,
            experiment,
            table: Err(String::new()),
            plan: None,
            screen: memory.screen,
            overlays: Vec::new(),
            pane: 0,
            zoom: false,
            row: 0,
            variant: 0,
            model: 0,
            sample: 0,
            baseline: 0,
            outlook: ViewSettings::default(),
            theme,
            arrangement: Arrangement::default(),
            boards: Vec::new(),
            kept: None,
            progress: None,
            analysis: None,
            live: None,
            streams: HashMap::new(),
            outputs: Outputs::default(),
            estimate: None,
            off: BTreeSet::new(),
            names: Vec::new(),
            name_at: 0,
            marks: Arc::default(),
            bad_cases: Arc::default(),
            advice: None,
            search: String::new(),
            diff: DiffState::default(),
            scrolls: [0; 2],
            runs: Vec::new(),
            run_at: 0,
            chosen: None,
            toast: None,
            saved: None,
            policy: None,
            fallen: BTreeSet::new(),
            stale: false,
            now: Instant::now(),
            wall: 0,
            changes: 0,
            seen: LastRequested::default(),
            asked: PendingJobs::default(),
            measured: Measured::default(),
            comparing: None,
            expecting: None,
            resuming: None,
            memory,
        };
        let seen = model.memory.experiments.get(&model.spec().name).cloned();
        if let Some(seen) = seen {
            model.outlook = seen.outlook;
            model.off = seen.off;
        }
        model
    }

    pub fn spec(&self) -> &ExperimentSpec {
        &self.project.experiments[self.experiment]
    }

    /// Whether a run is on its way.
    pub fn is_running(&self) -> bool {
        self.progress.as_ref().is_some_and(Progress::is_on)
    }

    /// Whether a variant fell out of the race of the model shown.
    pub fn has_fallen(&self, variant: usize) -> bool {
        self.fallen.contains(&(self.model as u32, variant as u32))
    }

    /// The cells of the model shown.
    pub fn cells(&self) -> Option<&Grid> {
        self.boards.get(self.model)
    }

    /// The model asked in the grid shown.
    pub fn model_name(&self) -> Option<&ModelRef> {
        self.table.as_ref().ok()?.models.get(self.model)
    }

    /// The place of the cursor's row in the order shown.
    pub fn place(&self) -> usize {
        let rows = &self.arrangement.rows;
        rows.iter()
            .position(|r| *r as usize == self.row)
            .unwrap_or_default()
    }

    /// How the grid is analysed while one looks on.
    pub fn analysis_spec(&self) -> Option<AnalysisSpec> {
        let table = self.table.as_ref().ok()?;
        Some(AnalysisSpec {
            baseline: self.baseline,
            clusters: table.heads.cluster_numbers().to_vec(),
            seed: table.seed,
            margin: MARGIN,
            axes: table.axes.clone(),
            keys: table.keys.clone(),
            classes: table.classes,
            resamples: if self.is_running() { 1_000 } else { 10_000 },
            ..AnalysisSpec::default()
        })
    }

    /// How the rows are to be arranged.
    pub fn arrange_spec(&self, number: u64) -> ArrangeSpec {
        ArrangeSpec {
            filter: self.outlook.filter.clone(),
            sort: self.outlook.sort,
            baseline: self.baseline,
            marks: Arc::clone(&self.marks),
            number,
        }
    }

    /// The trial of a variant for the row and the sample at hand.
    pub fn trial(&self, variant: usize, sample: usize) -> TrialId {
        TrialId {
            variant: variant as u32,
            model: self.model as u32,
            row: self.row as u32,
            sample: sample as u32,
        }
    }

    /// The two sides of the diff as cells: before and after; and how rows are linked.
    pub fn sides(&self) -> Option<(ComparedSide, ComparedSide, RowLink)> {
        let table = self.table.as_ref().ok()?;
        let after = ComparedSide {
            cells: self.cells()?.clone(),
            variant: self.variant,
        };
        Some(match &self.diff.against {
            Against::Baseline => {
                let before = ComparedSide {
                    cells: after.cells.clone(),
                    variant: self.baseline,
                };
                (before, after, RowLink::default())
            }
            Against::Run(other) => {
                let before = ComparedSide {
                    cells: other.boards.get(self.other_model(other, table))?.clone(),
                    variant: self.other_variant(other, table),
                };
                (before, after, other.link.clone())
            }
        })
    }

    /// The variant of another run that has the name of the one at hand; its baseline where there is none.
    pub fn other_variant(&self, other: &Other, table: &Table) -> usize {
        table
            .names
            .get(self.variant)
            .and_then(|name| other.table.names.iter().position(|n| n == name))
            .unwrap_or(other.table.baseline)
    }

    /// The model of another run that is the one at hand; its first where there is none.
    pub fn other_model(&self, other: &Other, table: &Table) -> usize {
        table
            .models
            .get(self.model)
            .and_then(|m| other.table.models.iter().position(|o| o == m))
            .unwrap_or(0)
    }

    /// Say something, until something else is said.
    pub fn say(&mut self, text: impl Into<String>) {
        self.toast = Some(Toast {
            text: text.into(),
            bad: false,
        });
    }

    /// Say that something cannot be.
    pub fn refuse(&mut self, text: impl Into<String>) {
        self.toast = Some(Toast {
            text: text.into(),
            bad: true,
        });
    }
}
