//! All that the session knows.

use super::{
    action::DiffMode,
    arrange::{ArrangeSpec, Arrangement},
    columns::{GridColumn, GridColumns},
    custom_keys::CustomKeys,
    leaderboard::LeaderboardState,
    outputs::Outputs,
    overlay::Overlay,
    parts::{
        Against, DiffState, GridSource, LastRequested, Measured, Other, PendingJobs, Toast,
        shown_prompt,
    },
    plan_estimate::{Diagnostic, PlanEstimate},
    preview::PromptPreview,
    progress::Progress,
    row_changes::ComparedSide,
    run_list::RunList,
    saved_view::SavedViewState,
    screen::Screen,
    table::Table,
    theme::Theme,
    view_settings::{Lens, ViewSettings},
    wording_search::WordingSearch,
};
use crate::{
    analysis::{Analysis, AnalysisSpec, Live},
    engine::Plan,
    model::{ModelRef, Opinion, PolicySpec, Prompt, RunId, TrialId},
    narrate::advice::Advice,
    outcome::{Grid, RowLink},
    project::{ExperimentSpec, Project},
    report::{Breakdown, MARGIN},
    store::BadCase,
    template::TemplateError,
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
    time::Instant,
};

/// The project as it is on disk now.
#[derive(Debug)]
pub struct Workspace {
    pub project: Project,
    /// Index of the experiment shown.
    pub experiment: usize,
    /// The current plan, also while an old run is open.
    pub plan: Option<Arc<Plan>>,
    /// What the plan would send.
    pub estimate: Option<PlanEstimate>,
    /// Names of all variants, including those switched off.
    pub variant_names: Vec<String>,
    /// Names of the variants as they were last ranked.
    pub column_order: Vec<String>,
    pub switched_off: BTreeSet<String>,
    /// Which trials runs send, where not every one.
    pub policy: Option<PolicySpec>,
    /// Files changed during a run.
    pub stale: bool,
    /// Why the files as they are now make no plan; what is shown is of the files before.
    pub plan_error: Option<String>,
    /// What a save changed, until the plan is estimated.
    pub saved_changes: Option<String>,
    /// The name of a variant that was just created.
    pub new_variant: Option<String>,
    /// The run to resume once the plan is read.
    pub resume_run: Option<RunId>,
    /// The experiment that was just written: it is opened once the project is read.
    pub new_experiment: Option<String>,
    /// Whether the project has no experiment yet; the one that is there only holds its place.
    pub has_no_experiment: bool,
    /// Whether a bundle is shown: there is no project, and nothing can be changed.
    pub is_bundle: bool,
}

impl Workspace {
    /// What is wrong with templates, rows, keys and prices, as far as it is known.
    pub(crate) fn problems(&self) -> &[Diagnostic] {
        self.estimate.as_ref().map_or(&[], |e| &e.troubles)
    }

    /// The templates that do not compile: the place of the first error of each. They have no variants, and stand below them.
    pub(crate) fn broken_templates(&self) -> Vec<&TemplateError> {
        let plan = self.plan.as_ref();
        let problems = plan.map_or(&[][..], |plan| plan.templates.problems());
        let mut broken: Vec<&TemplateError> = Vec::new();
        for problem in problems {
            let file = |error: &TemplateError| error.place().map(|place| place.file.clone());
            if problem.place().is_some() && broken.iter().all(|b| file(b) != file(problem)) {
                broken.push(problem);
            }
        }
        broken
    }

    /// The broken template at a line of the list of variants.
    pub(crate) fn broken_template_at(&self, line: usize) -> Option<&TemplateError> {
        let at = line.checked_sub(self.variant_names.len())?;
        self.broken_templates().get(at).copied()
    }

    /// Lines of the list of variants.
    pub(crate) fn list_lines(&self) -> usize {
        self.variant_names.len() + self.broken_templates().len()
    }
}

#[derive(Debug, Default)]
pub struct Cursor {
    /// Which pane of the screen, from left to right and from top to bottom.
    pub pane: usize,
    /// Index in the table, not in the order shown.
    pub row: usize,
    pub variant: usize,
    pub model: usize,
    pub sample: usize,
    /// The line in the list of variants, below which the broken templates stand.
    pub list_line: usize,
    /// The cell of the confusion matrix: the expected label, and what was answered (labels, unreadable, failed).
    pub label_cell: (usize, usize),
    /// Lines of the prompt scrolled away on the Edit screen, and of the template.
    pub scrolls: [usize; 2],
}

/// What is on the screen, and how.
#[derive(Debug)]
pub struct ViewState {
    pub screen: Screen,
    /// The last one is on top.
    pub overlays: Vec<Overlay>,
    /// The current pane fills the screen.
    pub zoom: bool,
    pub settings: ViewSettings,
    pub theme: Theme,
    pub custom_keys: Arc<CustomKeys>,
    /// The text searched for.
    pub search: String,
    /// The last message to the user.
    pub toast: Option<Toast>,
    /// The prompt of the template that is edited.
    pub preview: PromptPreview,
    /// What the last drawing had room for.
    pub measured: Measured,
    /// What the next session restores.
    pub saved: SavedViewState,
}

/// The grids and what is known of their rows and cells.
#[derive(Debug)]
pub struct Answers {
    /// The edges of the grid; why there are none.
    pub table: Result<Arc<Table>, String>,
    /// One grid per model.
    pub grids: Vec<Grid>,
    /// The run whose answers are shown.
    pub source: Option<GridSource>,
    pub arrangement: Arrangement,
    /// Which columns the grid has, and in which order.
    pub columns: GridColumns,
    /// The model whose answers filter and sort the rows where none is named.
    pub row_model: usize,
    pub baseline: usize,
    /// Rows marked by hand.
    pub marks: Arc<BTreeSet<usize>>,
    /// By row id.
    pub bad_cases: Arc<BTreeMap<String, BadCase>>,
    /// Counts the changes of the grids.
    pub changes: u64,
    /// Answers as they stream.
    pub streams: HashMap<TrialId, String>,
    pub outputs: Outputs,
    /// The cell whose opinions were asked for, by its first sample, and what judges said of it.
    pub opinions: (Option<TrialId>, Vec<Opinion>),
}

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

/// The current run, or the last one of this session.
#[derive(Debug, Default)]
pub struct RunState {
    pub progress: Option<Progress>,
    /// Variants eliminated from a race: model and variant.
    pub eliminated: BTreeSet<(u32, u32)>,
}

/// Work that goes on beside the session.
#[derive(Debug, Default)]
pub struct JobState {
    pub requested: LastRequested,
    pub pending: PendingJobs,
}

/// The time, as the runtime last set it.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    pub now: Instant,
    /// Seconds since 1970, UTC.
    pub unix_s: i64,
}

/// All that the session knows.
#[derive(Debug)]
pub struct Model {
    pub workspace: Workspace,
    pub cursor: Cursor,
    pub view: ViewState,
    pub answers: Answers,
    pub findings: Findings,
    pub leaderboard: LeaderboardState,
    pub diff: DiffState,
    pub run: RunState,
    pub run_list: RunList,
    pub wording_search: WordingSearch,
    pub jobs: JobState,
    pub clock: Clock,
}

impl JobState {
    /// The rows are to be arranged anew.
    pub(crate) fn rearrange(&mut self) {
        (self.requested.arranged, self.pending.arrange) = (None, None);
        self.pending.rested = [None; 2];
    }
}

impl Cursor {
    pub fn column(&self) -> GridColumn {
        GridColumn {
            variant: self.variant,
            model: self.model,
        }
    }

    pub(crate) fn go_to(&mut self, column: GridColumn) {
        (self.variant, self.model) = (column.variant, column.model);
    }
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

impl Model {
    /// A session that has just been opened.
    pub fn new(project: Project, experiment: &str, saved: SavedViewState, theme: Theme) -> Model {
        let named = |e: &ExperimentSpec| e.name == experiment;
        let experiment = project.experiments.iter().position(named).unwrap_or(0);
        let last = saved.experiments.get(&project.experiments[experiment].name);
        let (settings, switched_off) = last.map_or_else(Default::default, |last| {
            (last.outlook.clone(), last.off.clone())
        });
        Model {
            workspace: Workspace {
                project,
                experiment,
                plan: None,
                estimate: None,
                variant_names: Vec::new(),
                column_order: Vec::new(),
                switched_off,
                policy: None,
                stale: false,
                saved_changes: None,
                new_variant: None,
                resume_run: None,
                new_experiment: None,
                has_no_experiment: false,
                is_bundle: false,
                plan_error: None,
            },
            cursor: Cursor::default(),
            view: ViewState {
                screen: saved.screen,
                overlays: Vec::new(),
                zoom: false,
                settings,
                theme,
                custom_keys: Arc::default(),
                search: String::new(),
                toast: None,
                preview: PromptPreview::default(),
                measured: Measured::default(),
                saved,
            },
            answers: Answers {
                table: Err(String::new()),
                grids: Vec::new(),
                source: None,
                arrangement: Arrangement::default(),
                columns: GridColumns::default(),
                row_model: 0,
                baseline: 0,
                marks: Arc::default(),
                bad_cases: Arc::default(),
                changes: 0,
                streams: HashMap::new(),
                outputs: Outputs::default(),
                opinions: Default::default(),
            },
            findings: Findings::default(),
            leaderboard: LeaderboardState::default(),
            diff: DiffState::default(),
            run: RunState::default(),
            run_list: RunList::default(),
            wording_search: WordingSearch::default(),
            jobs: JobState::default(),
            clock: Clock {
                now: Instant::now(),
                unix_s: 0,
            },
        }
    }

    pub fn spec(&self) -> &ExperimentSpec {
        &self.workspace.project.experiments[self.workspace.experiment]
    }

    /// The lenses that have something to show: disagreement needs samples, a learning curve numbers of shots, and others
    /// axes, labels and slices.
    pub fn lenses(&self) -> Vec<(Lens, &'static str, &'static str)> {
        let table = self.answers.table.as_ref().ok();
        let has_samples = table.is_some_and(|t| t.samples > 1);
        let has_counts = table.is_some_and(|t| t.shot_counts(self.cursor.variant).len() > 1);
        Lens::ALL
            .into_iter()
            .filter(|(lens, ..)| match lens {
                Lens::Disagreement => has_samples,
                Lens::Shots => has_counts,
                Lens::Axes => table.is_some_and(|t| !t.axes.is_empty()),
                Lens::Labels => table.is_some_and(|t| !t.labels.is_empty()),
                Lens::Slices => table.is_some_and(|t| !t.slices.is_empty()),
                _ => true,
            })
            .collect()
    }

    /// Whether a run is in progress.
    pub fn is_running(&self) -> bool {
        self.run.progress.as_ref().is_some_and(Progress::is_on)
    }

    /// Whether an old run is shown in place of the project.
    pub fn shows_old_run(&self) -> bool {
        self.answers.table.as_ref().is_ok_and(|t| t.run().is_some())
    }

    /// Put an overlay on top.
    pub fn open(&mut self, overlay: Overlay) {
        self.view.overlays.push(overlay);
    }

    /// Whether a variant fell out of the race of its model.
    pub fn has_fallen(&self, column: GridColumn) -> bool {
        self.run
            .eliminated
            .contains(&(column.model as u32, column.variant as u32))
    }

    /// The cells of the model under the cursor.
    pub fn cells(&self) -> Option<&Grid> {
        self.answers.grids.get(self.cursor.model)
    }

    /// The variant of a column, and its model where several are shown.
    pub(crate) fn column_name(&self, table: &Table, column: GridColumn) -> String {
        let name = table.names.get(column.variant).map(String::as_str);
        let name = name.unwrap_or_default();
        match table.models.get(column.model) {
            Some(model) if self.answers.columns.has_groups() => format!("{name} · {model}"),
            _ => name.to_owned(),
        }
    }

    /// The baseline of a column: with the same model, for models are never mixed.
    pub(crate) fn baseline_of(&self, column: GridColumn) -> GridColumn {
        GridColumn {
            variant: self.answers.baseline,
            ..column
        }
    }

    /// The analysis of the grid of the model under the cursor.
    pub fn analysis(&self) -> Option<&Analysis> {
        self.findings.analysis_of(self.cursor.model)
    }

    /// The model under the cursor.
    pub fn model_name(&self) -> Option<&ModelRef> {
        self.answers
            .table
            .as_ref()
            .ok()?
            .models
            .get(self.cursor.model)
    }

    /// The position of the cursor's row in the order shown.
    pub fn row_position(&self) -> usize {
        let rows = &self.answers.arrangement.rows;
        rows.iter()
            .position(|r| *r as usize == self.cursor.row)
            .unwrap_or_default()
    }

    /// The model under the cursor, where several are shown: what a figure without a column is about.
    pub(crate) fn named_model(&self) -> Option<&ModelRef> {
        (self.model_name()).filter(|_| self.answers.columns.has_groups())
    }

    /// How the grid is analyzed while one looks on.
    pub fn analysis_spec(&self) -> Option<AnalysisSpec> {
        let table = self.answers.table.as_ref().ok()?;
        Some(AnalysisSpec {
            baseline: self.answers.baseline,
            clusters: table.heads.cluster_numbers().to_vec(),
            weights: table.heads.selection_weights(),
            seed: table.seed,
            margin: MARGIN,
            axes: table.axes.clone(),
            keys: table.keys.clone(),
            identical: table.identical().to_vec(),
            max_tokens: table.max_tokens.clone(),
            classes: table.classes,
            resamples: if self.is_running() { 1_000 } else { 10_000 },
            ..AnalysisSpec::default()
        })
    }

    /// The models shown, in the order of the project.
    pub(crate) fn shown_models(&self) -> Vec<usize> {
        let Ok(table) = &self.answers.table else {
            return Vec::new();
        };
        let names: Vec<String> = table.models.iter().map(ToString::to_string).collect();
        let layout = &self.view.settings.column_layout;
        layout.shown_models(&names, self.cursor.model)
    }

    /// The models whose answers a text is searched in.
    fn searched_models(&self) -> Vec<usize> {
        match self.answers.columns.models.as_slice() {
            [] => vec![self.cursor.model],
            shown => shown.to_vec(),
        }
    }

    /// How the rows are to be arranged.
    pub fn arrange_spec(&self, number: u64) -> ArrangeSpec {
        ArrangeSpec {
            filter: self.view.settings.filter.clone(),
            sort: self.view.settings.sort,
            marks: Arc::clone(&self.answers.marks),
            bad_cases: Arc::new(self.answers.bad_cases.keys().cloned().collect()),
            baseline: self.answers.baseline,
            model: self.answers.row_model,
            searched_models: self.searched_models(),
            counted_model: self.cursor.model,
            number,
        }
    }

    /// The trial of a variant for the row, with the model under the cursor.
    pub fn trial(&self, variant: usize, sample: usize) -> TrialId {
        let model = self.cursor.model;
        GridColumn { variant, model }.trial(self.cursor.row, sample)
    }

    /// The prompt of a variant for a row with the model and the sample under the cursor.
    pub fn prompt(&self, variant: usize, row: usize) -> Option<Result<Prompt, TemplateError>> {
        let table = self.answers.table.as_ref().ok()?;
        let model = self.cursor.model;
        let id = GridColumn { variant, model }.trial(row, self.cursor.sample);
        shown_prompt(table, &self.answers.outputs, id)
    }

    /// The two sides of the diff as cells: before and after; and how rows are linked.
    pub fn sides(&self) -> Option<(ComparedSide, ComparedSide, RowLink)> {
        let table = self.answers.table.as_ref().ok()?;
        let after = ComparedSide {
            cells: self.cells()?.clone(),
            variant: self.cursor.variant,
        };
        Some(match &self.diff.against {
            Against::Baseline => {
                let before = ComparedSide {
                    cells: after.cells.clone(),
                    variant: self.answers.baseline,
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

    /// What the Diff screen compares: as chosen; else the templates, and where both sides have the same, the prompts.
    pub fn diff_mode(&self) -> DiffMode {
        let is_same_template = || {
            let table = self.answers.table.as_ref().ok()?;
            let (left, variant) = match &self.diff.against {
                Against::Baseline => (table, self.answers.baseline),
                Against::Run(other) => (&other.table, self.other_variant(other, table)),
            };
            let (before, after) = (left.source(variant)?, table.source(self.cursor.variant)?);
            let is_same_variant = left.names.get(variant) == table.names.get(self.cursor.variant);
            Some(before.text == after.text && !is_same_variant)
        };
        self.diff.mode.unwrap_or(match is_same_template() {
            Some(true) => DiffMode::Rendered,
            _ => DiffMode::Template,
        })
    }

    /// The variant of another run that has the name of the current one; its baseline where there is none.
    pub fn other_variant(&self, other: &Other, table: &Table) -> usize {
        table
            .names
            .get(self.cursor.variant)
            .and_then(|name| other.table.names.iter().position(|n| n == name))
            .unwrap_or(other.table.baseline)
    }

    /// The model of another run that is the current one; its first where there is none.
    pub fn other_model(&self, other: &Other, table: &Table) -> usize {
        table
            .models
            .get(self.cursor.model)
            .and_then(|m| other.table.models.iter().position(|o| o == m))
            .unwrap_or(0)
    }

    /// Say something, until something else is said.
    pub fn notify(&mut self, text: impl Into<String>) {
        self.view.toast = Some(Toast {
            text: text.into(),
            bad: false,
        });
    }

    /// Say that something cannot be.
    pub fn refuse(&mut self, text: impl Into<String>) {
        self.view.toast = Some(Toast {
            text: text.into(),
            bad: true,
        });
    }
}
