//! All that the session knows.

use super::{
    answers::Answers,
    arrange::ArrangeSpec,
    columns::GridColumn,
    cursor::Cursor,
    diff_state::DiffState,
    findings::Findings,
    job_state::JobState,
    leaderboard::LeaderboardState,
    overlay::Overlay,
    progress::Progress,
    run_list::RunList,
    saved_view::SavedViewState,
    table::Table,
    theme::Theme,
    view_settings::Lens,
    view_state::{Toast, ViewState},
    wording_search::WordingSearch,
    workspace::Workspace,
};
use crate::{
    analysis::{Analysis, AnalysisSpec},
    model::{ModelRef, Prompt, TrialId},
    outcome::Grid,
    project::{ExperimentSpec, Project},
    report::MARGIN,
    template::TemplateError,
};
use std::{collections::BTreeSet, sync::Arc, time::Instant};

/// The current run, or the last one of this session.
#[derive(Debug, Default)]
pub struct RunState {
    pub progress: Option<Progress>,
    /// Variants eliminated from a race: model and variant.
    pub eliminated: BTreeSet<(u32, u32)>,
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
            workspace: Workspace::new(project, experiment, switched_off),
            cursor: Cursor::default(),
            view: ViewState::new(saved, settings, theme),
            answers: Answers::default(),
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
        self.answers.outputs.shown_prompt(table, id)
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
