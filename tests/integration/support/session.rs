//! A session without a terminal: keys and events go in, jobs are done one after the other, screens come out as text.

use super::Workspace;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::{Terminal, backend::TestBackend, buffer::Buffer};
use std::{
    collections::{HashMap, VecDeque},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};
use wording::{
    engine::{RunEvent, RunSummary, StopCause, write_bundle},
    model::{
        Completion, Failure, InFlight, InFlightGauge, Outcome, RunId, Score, Scores, TrialId,
        TrialRecord, Usage,
    },
    project::Project,
    store::{CompletionKey, Store, TrialWrite},
    tui::{
        Effect, Hit, Job, JobRunner, Message, Model, SavedViewState, Theme, action_for_key,
        action_for_mouse, begin, drawn, parse_key, update, view,
    },
};

/// A session on a project of its own.
pub(crate) struct TestSession {
    pub model: Model,
    pub desk: JobRunner,
    /// Effects that only a runtime can perform.
    pub effects: Vec<Effect>,
    pub workspace: Workspace,
    /// Grids are not analysed: for tests that do not look at findings.
    pub quiet: bool,
    dragged: Option<Hit>,
    in_flight: InFlightGauge,
    sent: HashMap<TrialId, InFlight>,
}

impl TestSession {
    /// The sample project, on one of its experiments.
    pub(crate) fn sample(experiment: &str) -> TestSession {
        TestSession::changed(experiment, &[])
    }

    /// The sample project with something in its files replaced: file, from, to.
    pub(crate) fn changed(experiment: &str, changes: &[(&str, &str, &str)]) -> TestSession {
        TestSession::open(Workspace::changed(changes), experiment)
    }

    /// The project of a folder, on one of its experiments.
    pub(crate) fn open(workspace: Workspace, experiment: &str) -> TestSession {
        TestSession::restored(workspace, experiment, SavedViewState::default())
    }

    /// The same project in a session of its own.
    pub(crate) fn reopen(self, saved: SavedViewState, experiment: &str) -> TestSession {
        TestSession::restored(self.workspace, experiment, saved)
    }

    fn restored(workspace: Workspace, experiment: &str, saved: SavedViewState) -> TestSession {
        let project = Project::load(&workspace.file("wording.toml")).unwrap();
        let has_no_experiment = project.experiments.is_empty();
        let project = project.or_placeholder("no experiment yet").unwrap();
        let store_dir = workspace.file(".wording");
        std::fs::create_dir_all(&store_dir).unwrap();
        let store = Store::open(&store_dir.join("wording.db")).unwrap();
        let mut model = Model::new(project, experiment, saved, Theme::new(true));
        model.workspace.has_no_experiment = has_no_experiment;
        TestSession::begun(model, store, workspace)
    }

    fn begun(model: Model, store: Store, workspace: Workspace) -> TestSession {
        let folder = store.path().parent().unwrap().to_owned();
        let mut stage = TestSession {
            model,
            desk: JobRunner::new(store, folder),
            effects: Vec::new(),
            workspace,
            quiet: false,
            dragged: None,
            in_flight: InFlightGauge::default(),
            sent: HashMap::new(),
        };
        let effects = begin(&mut stage.model);
        stage.perform(effects);
        stage
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        let mut queue = VecDeque::from(effects);
        while let Some(effect) = queue.pop_front() {
            match effect {
                Effect::Do(mut job) => {
                    if self.quiet && matches!(*job, Job::Analyse(..)) {
                        continue;
                    }
                    if let Job::Analyse(.., spec) = &mut *job {
                        // Enough for a picture.
                        spec.resamples = 200;
                    }
                    if let Job::Advise(spec) = &mut *job {
                        spec.analysis.resamples = 200;
                    }
                    let mut results = Vec::new();
                    self.desk
                        .work(&self.model.workspace.project, *job, &mut |r| {
                            results.push(r)
                        });
                    for result in results {
                        queue.extend(update(&mut self.model, result));
                    }
                }
                Effect::Remember(memory) => self.model.view.saved = memory,
                Effect::Watch(_) | Effect::Clear => {}
                other => self.effects.push(other),
            }
        }
    }

    pub(crate) fn act(&mut self, message: impl Into<Message>) {
        let effects = update(&mut self.model, message);
        self.perform(effects);
    }

    /// Time passes.
    pub(crate) fn wait(&mut self, ms: u64) {
        self.model.clock.now += Duration::from_millis(ms);
        self.act(Message::Tick);
    }

    pub(crate) fn key(&mut self, code: KeyCode, modifiers: KeyModifiers) {
        if let Some(action) = action_for_key(KeyEvent::new(code, modifiers), &self.model) {
            self.act(action);
        }
    }

    /// Keys by name, with blanks between them: `j down ctrl-d enter "a text"`.
    pub(crate) fn press(&mut self, keys: &str) {
        for key in keys.split_whitespace() {
            let (code, modifiers) = parse_key(key).unwrap();
            self.key(code, modifiers);
        }
    }

    /// Letters as they are.
    pub(crate) fn type_text(&mut self, text: &str) {
        for c in text.chars() {
            self.key(KeyCode::Char(c), KeyModifiers::NONE);
        }
    }

    pub(crate) fn mouse(&mut self, kind: MouseEventKind, column: u16, row: u16) {
        let event = MouseEvent {
            kind,
            column,
            row,
            modifiers: KeyModifiers::NONE,
        };
        if let Some(action) = action_for_mouse(event, &self.model, &mut self.dragged) {
            self.act(action);
        }
    }

    pub(crate) fn click(&mut self, column: u16, row: u16) {
        self.mouse(MouseEventKind::Down(MouseButton::Left), column, row);
        self.mouse(MouseEventKind::Up(MouseButton::Left), column, row);
    }

    pub(crate) fn event(&mut self, event: RunEvent) {
        match &event {
            RunEvent::TrialStarted { id } => {
                self.sent.insert(*id, self.in_flight.enter());
            }
            RunEvent::TrialRetried { id, .. } => {
                self.sent.remove(id);
            }
            RunEvent::TrialFinished(record) => {
                self.sent.remove(&record.id);
            }
            _ => {}
        }
        self.act(event);
    }

    /// A run begins, as the engine would tell.
    pub(crate) fn begin_run(&mut self) {
        self.press("r r");
        let planned = self.model.workspace.plan.as_ref().map_or(0, |p| p.len());
        self.event(RunEvent::RunStarted {
            most_calls: None,
            run: RunId("r-0123456789".into()),
            planned,
            completed: 0,
            in_flight: self.in_flight.clone(),
        });
    }

    pub(crate) fn end_run(&mut self, cause: Option<StopCause>) {
        let mut summary = RunSummary {
            elapsed_s: 2.5,
            ..RunSummary::default()
        };
        if let Some(cause) = cause {
            summary.stop(cause, format!("ended by {cause:?}"));
        }
        self.event(RunEvent::RunFinished(summary));
    }

    pub(crate) fn answer(
        &mut self,
        id: (u32, u32, u32),
        text: &str,
        read: Option<&str>,
        value: f64,
    ) {
        let record = record(id, text, read, value);
        self.event(RunEvent::TrialFinished(Arc::new(record)));
    }

    pub(crate) fn fail(&mut self, id: (u32, u32, u32), failure: Failure) {
        let record = TrialRecord {
            outcome: Outcome::Failed(failure),
            scores: Scores::default(),
            ..record(id, "", None, 0.0)
        };
        self.event(RunEvent::TrialFinished(Arc::new(record)));
    }

    /// Answers for every cell, as a model that sways a little would give them.
    pub(crate) fn answer_all(&mut self) {
        let table = self.model.answers.table.clone().unwrap();
        let labels: Vec<String> = self
            .model
            .workspace
            .plan
            .as_ref()
            .unwrap()
            .scorer
            .labels()
            .to_vec();
        for row in 0..table.rows as u32 {
            let expected = table.row(row as usize).expected.unwrap_or_default();
            for variant in 0..table.variants() as u32 {
                for sample in 0..table.samples as u32 {
                    let n = (row * 7 + variant * 3 + sample * (1 + variant % 2)) % 11;
                    let other = labels.iter().find(|l| **l != expected).unwrap();
                    let answer = if n < 2 + variant % 3 {
                        other.clone()
                    } else {
                        expected.clone()
                    };
                    let value = f64::from(u8::from(answer == expected));
                    self.answer((variant, row, sample), &answer, Some(&answer), value);
                }
            }
        }
    }

    /// A run of the plan in the store, with an answer and a score for every variant and row.
    pub(crate) fn keep_run(&self, id: &str, answer: impl Fn(u32, u32) -> (String, f64)) {
        let plan = self.model.workspace.plan.clone().unwrap();
        let rows = 0..plan.dataset.len() as u32;
        let variants = 0..plan.variants.len() as u32;
        let records = rows.flat_map(|row| {
            let answer = &answer;
            variants.clone().map(move |variant| {
                let (text, value) = answer(variant, row);
                record((variant, row, 0), &text, Some(&text), value)
            })
        });
        self.keep_records(id, records);
    }

    /// A run of the plan in the store, with these trials and their prompts.
    pub(crate) fn keep_records(&self, id: &str, records: impl IntoIterator<Item = TrialRecord>) {
        let plan = self.model.workspace.plan.clone().unwrap();
        let mut info = plan.run_info(None);
        info.id = RunId(id.into());
        info.keys = Some(plan.answer_keys());
        let store = &self.desk.store;
        let place = store.begin_run(&info).unwrap();
        for record in records {
            let TrialId {
                variant,
                row,
                sample,
                ..
            } = record.id;
            let data = plan.dataset.row(row as usize).unwrap();
            let prompt = plan.prompt(variant as usize, &data).ok();
            let name = format!("{id} {variant} {row} {sample}");
            let write = TrialWrite {
                is_kept: false,
                raised: false,
                run: place,
                record: Arc::new(record),
                key: CompletionKey::new("stage", name.as_bytes(), 0),
                prompt: prompt.map(Arc::new),
                told: Arc::new(|_, _, _| {}),
            };
            store.write(write).unwrap();
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(store.flush()).unwrap();
        store.end_run(place, "finished", 1.0, 0, 0).unwrap();
    }

    /// A bundle of a run, in a session elsewhere.
    pub(crate) fn bundled(&self, run: &str) -> TestSession {
        let elsewhere = Workspace::empty();
        let file = elsewhere.file("a.wording");
        let store = &self.desk.store;
        let info = store.run(run).unwrap();
        write_bundle(&self.model.workspace.project, store, &info, &file).unwrap();
        let (store, info) = Store::open_bundle(&file, elsewhere.path()).unwrap();
        let project = Project::for_viewing(elsewhere.path(), &info.experiment).unwrap();
        let saved = SavedViewState::default();
        let mut model = Model::new(project, &info.experiment, saved, Theme::new(true));
        model.workspace.is_bundle = true;
        TestSession::begun(model, store, elsewhere)
    }

    pub(crate) fn buffer(&mut self, width: u16, height: u16) -> Buffer {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal
            .draw(|frame| view::draw(frame, &mut self.model))
            .unwrap();
        let effects = drawn(&mut self.model);
        self.perform(effects);
        terminal.backend().buffer().clone()
    }

    /// The screen as text, without blanks at the ends of lines.
    pub(crate) fn screen(&mut self, width: u16, height: u16) -> String {
        let buffer = self.buffer(width, height);
        (0..height).map(|y| line_of(&buffer, y) + "\n").collect()
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.workspace.file(file)
    }
}

pub(crate) fn line_of(buffer: &Buffer, y: u16) -> String {
    let mut line = String::new();
    let mut skip = 0;
    for x in 0..buffer.area.width {
        if skip > 0 {
            skip -= 1;
            continue;
        }
        let symbol = buffer[(x, y)].symbol();
        skip = unicode_width::UnicodeWidthStr::width(symbol).saturating_sub(1);
        line.push_str(symbol);
    }
    line.trim_end().to_owned()
}

pub(crate) fn record(
    (variant, row, sample): (u32, u32, u32),
    text: &str,
    read: Option<&str>,
    value: f64,
) -> TrialRecord {
    TrialRecord {
        id: TrialId {
            variant,
            model: 0,
            row,
            sample,
        },
        outcome: Outcome::Completed(Completion {
            text: text.into(),
            usage: Usage {
                prompt: 150 + u64::from(variant),
                completion: 3,
                ..Usage::default()
            },
            latency_ms: 120.0 + f64::from(row * 3 + variant * 10),
            ..Completion::default()
        }),
        scores: Scores(vec![Score {
            value,
            answer: read.map(str::to_owned),
            unreadable: read.is_none(),
        }]),
        reused: false,
        attempts: 1,
        cost_usd: None,
        calls: None,
    }
}
