//! Performs effects, feeds results back as actions, draws when something changed.

use super::{
    clipboard,
    frame_scheduler::FrameScheduler,
    signals::{ProcessSignal, Signals},
    terminal::{TerminalScreen, is_taken, panicked},
    view_saver::ViewSaver,
    watch::Watch,
};
use crate::{
    annotation::JournalError,
    demo::DemoSpec,
    engine::{Clients, Plan, RunEvent, RunOptions, RunSummary, TrialOrder, offered_models, start},
    model::{PolicySpec, RunId},
    project::{ExperimentSpec, Project, ProjectError},
    store::{Store, unix_now},
    tui::{
        jobs::{JobRunner, offer_paraphrases, search_wording},
        keys::{KeyContext, UserKeys, action_for_key, action_for_mouse, insert, key_context},
        model::{
            Action, AnnotationRequest, AnnotationResult, Effect, Hit, Job, JobResult, Message,
            Model, RunCommand, SavedViewState, Theme, WordingSearchSpec,
        },
        update::{begin, drawn, remember, settled_view, update},
        view,
    },
};
use crossterm::event::{Event, EventStream, KeyEventKind};
use futures_util::{StreamExt, future::LocalBoxFuture};
use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
    time::{interval, sleep_until},
};

/// Files that changed are read so long after the last change: editors write in several steps.
const SETTLE: Duration = Duration::from_millis(40);
/// So often the store is asked whether other processes wrote into it.
const NEWS: Duration = Duration::from_secs(2);
/// Longest time that leaving waits for what is in progress to be kept.
const LEAVE: Duration = Duration::from_secs(3);

/// What a session works on.
#[derive(Debug)]
pub struct SessionSpec {
    /// Where runs are kept.
    pub store: Store,
    pub project: Project,
    /// The experiment to open on; the one from the last time where `None`.
    pub experiment: Option<ExperimentSpec>,
    /// A line to show at first.
    pub notice: Option<String>,
    /// Keys and colors that the user chose.
    pub user_keys: UserKeys,
    /// What its runs buy, where not every trial.
    pub policy: Option<PolicySpec>,
    /// Whether the store is a bundle, to be looked at only.
    pub is_bundle: bool,
    /// Labels and rates; nothing does where `None`.
    pub annotator: Option<Annotator>,
}

/// Runs the screen on which a person labels or rates, in a terminal that nobody else has, until it is left.
pub struct Annotator(pub Annotate);

type Annotate =
    Box<dyn Fn(AnnotationRequest) -> LocalBoxFuture<'static, Result<AnnotationResult, String>>>;

impl fmt::Debug for Annotator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Annotator").finish_non_exhaustive()
    }
}

/// Why a session ends badly.
#[derive(Debug, thiserror::Error)]
pub enum TuiError {
    #[error("the terminal failed: {0}")]
    Terminal(#[from] io::Error),
    #[error(transparent)]
    Project(#[from] ProjectError),
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A part of the program panicked beside the loop.
    #[error("wording crashed (see above). Completed answers were saved. Please report this")]
    Panicked,
}

pub(super) struct Runtime {
    jobs: JobRunner,
    results: mpsc::UnboundedSender<Message>,
    events: Option<mpsc::Receiver<RunEvent>>,
    pub(super) signals: Signals,
    pub(super) screen: TerminalScreen,
    pub(super) keys: Option<EventStream>,
    watch: Watch,
    annotator: Option<Annotator>,
    saver: ViewSaver,
    /// The search in progress: its stop switch, and its task.
    search: Option<(watch::Sender<bool>, JoinHandle<()>)>,
    quit: bool,
}

/// Run a session until the user leaves.
pub async fn run(session: SessionSpec) -> Result<(), TuiError> {
    let (results, mut inbox) = mpsc::unbounded_channel();
    let (changes, mut changed) = mpsc::unbounded_channel();
    let dir = session
        .store
        .path()
        .parent()
        .unwrap_or(Path::new("."))
        .to_path_buf();
    let file = dir.join("session.json");
    let mut memory = SavedViewState::read(&file);
    let saver = ViewSaver::new(file, memory.clone());
    if let Some(experiment) = &session.experiment {
        memory.experiment.clone_from(&experiment.name);
    }
    let theme = Theme::from_env(memory.theme, session.user_keys.colors);
    let name = memory.experiment.clone();
    let has_no_experiment = session.project.experiments.is_empty();
    let project = session.project.or_placeholder("no experiment yet")?;
    let mut model = Model::new(project, &name, memory, theme);
    model.workspace.has_no_experiment = has_no_experiment;
    model.view.custom_keys = Arc::new(session.user_keys.keys);
    model.workspace.policy = session.policy;
    model.workspace.is_bundle = session.is_bundle;
    if let Some(notice) = session.notice {
        model.notify(notice);
    }
    let mut runtime = Runtime {
        jobs: JobRunner::new(session.store, dir),
        results,
        events: None,
        signals: Signals::listen()?,
        screen: TerminalScreen::enter()?,
        keys: Some(EventStream::new()),
        watch: Watch::new(changes),
        annotator: session.annotator,
        saver,
        search: None,
        quit: false,
    };
    set_clock(&mut model);
    runtime.draw(&mut model)?;
    for effect in begin(&mut model) {
        runtime.perform(effect, &mut model).await?;
    }
    let mut tick = interval(Duration::from_millis(250));
    let mut news = interval(NEWS);
    let (mut has_news, mut wrote_itself) = (false, false);
    let mut scheduler = FrameScheduler::default();
    scheduler.drew(Instant::now());
    let mut dragged: Option<Hit> = None;
    let (mut touched, mut settled): (Vec<PathBuf>, Option<Instant>) = (Vec::new(), None);
    while !runtime.quit {
        let mut messages: Vec<Message> = Vec::new();
        let mut by_hand = false;
        tokio::select! {
            key = next_key(&mut runtime.keys) => match key {
                Some(Ok(event)) => {
                    messages.extend(messages_of(&event, &model, &mut dragged));
                    by_hand = true;
                }
                Some(Err(error)) => return Err(error.into()),
                None => break,
            },
            Some(message) = inbox.recv() => {
                let routine = matches!(
                    message,
                    Message::Job(
                        JobResult::RowsArranged(_)
                            | JobResult::GridAnalyzed(..)
                            | JobResult::GridBrokenDown(..)
                    )
                );
                by_hand = !routine || !model.is_running();
                messages.push(message);
            }
            Some(event) = next(&mut runtime.events) => {
                wrote_itself = true;
                messages.push(Message::Engine(event));
                // All that has come is taken before the next drawing.
                while let Some(Ok(event)) = runtime.events.as_mut().map(mpsc::Receiver::try_recv) {
                    messages.push(Message::Engine(event));
                    if messages.len() >= 512 {
                        break;
                    }
                }
            }
            Some(path) = changed.recv() => {
                touched.push(path);
                settled = Some(Instant::now() + SETTLE);
            }
            () = until(settled) => {
                settled = None;
                messages.push(JobResult::FilesChanged(std::mem::take(&mut touched)).into());
                by_hand = true;
            }
            _ = tick.tick(), if model.is_running() => messages.push(Message::Tick),
            // A store that cannot be asked tells so when it is read.
            _ = news.tick() => {
                // What others wrote while a run of this session wrote as well is looked at when it has ended.
                let is_own = std::mem::take(&mut wrote_itself) || model.is_running();
                has_news |= runtime.jobs.store.has_news().unwrap_or(false);
                if has_news && !is_own {
                    has_news = false;
                    messages.push(JobResult::StoreChanged.into());
                    by_hand = true;
                }
            }
            () = until(scheduler.due()) => {}
            () = until(runtime.saver.due()) => {
                runtime.saver.rest();
                if let Some(memory) = settled_view(&model) {
                    runtime.perform(Effect::Remember(memory), &mut model).await?;
                }
            }
            () = panicked() => return Err(TuiError::Panicked),
            signal = runtime.signals.next() => match signal {
                ProcessSignal::Leave => {
                    let memory = remember(&model);
                    runtime.perform(Effect::Remember(memory), &mut model).await?;
                    break;
                }
                ProcessSignal::Continued => {
                    runtime.screen.take_back()?;
                    scheduler.change(true);
                }
            }
        }
        if !messages.is_empty() {
            scheduler.change(by_hand);
            set_clock(&mut model);
        }
        for message in messages {
            if matches!(message, Message::Input(_)) {
                runtime.saver.touch(model.clock.now);
            }
            for effect in update(&mut model, message) {
                runtime.perform(effect, &mut model).await?;
            }
        }
        let now = Instant::now();
        if scheduler.is_due(now) && !runtime.quit {
            runtime.draw(&mut model)?;
            scheduler.drew(now);
            for effect in drawn(&mut model) {
                runtime.perform(effect, &mut model).await?;
            }
        }
    }
    runtime.saver.finish().await;
    runtime.finish_run(&model).await;
    runtime.finish_search().await;
    Ok(())
}

/// The stand-in answers at once; here it takes its time, so that one can look on.
fn watched_demo() -> DemoSpec {
    DemoSpec {
        latency: Duration::from_millis(120),
        tokens_per_second: 40.0,
        ..DemoSpec::default()
    }
}

fn set_clock(model: &mut Model) {
    model.clock.now = Instant::now();
    model.clock.unix_s = unix_now().as_secs() as i64;
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due.into()).await,
        None => std::future::pending().await,
    }
}

async fn next_key(keys: &mut Option<EventStream>) -> Option<io::Result<Event>> {
    match keys {
        Some(keys) => keys.next().await,
        None => std::future::pending().await,
    }
}

async fn next(events: &mut Option<mpsc::Receiver<RunEvent>>) -> Option<RunEvent> {
    match events {
        Some(receiver) => {
            let event = receiver.recv().await;
            if event.is_none() {
                *events = None;
            }
            event
        }
        None => std::future::pending().await,
    }
}

fn messages_of(event: &Event, model: &Model, dragged: &mut Option<Hit>) -> Vec<Message> {
    let actions: Vec<Action> = match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => {
            action_for_key(*key, model).into_iter().collect()
        }
        Event::Mouse(mouse) => action_for_mouse(*mouse, model, dragged)
            .into_iter()
            .collect(),
        Event::Paste(text) => pasted(text, key_context(model)),
        Event::Resize(..) => return vec![Message::Tick],
        _ => Vec::new(),
    };
    actions.into_iter().map(Message::Input).collect()
}

/// Pasted letters are no keys: they are text where text is typed, and nothing elsewhere.
fn pasted(text: &str, place: KeyContext) -> Vec<Action> {
    let newline = if place == KeyContext::Typing {
        " "
    } else {
        "\n"
    };
    let text = text.replace("\r\n", "\n").replace(['\r', '\n'], newline);
    text.chars().filter_map(|c| insert(place, c)).collect()
}

impl Runtime {
    fn draw(&mut self, model: &mut Model) -> io::Result<()> {
        if !is_taken() {
            // A panic gave the terminal back: what is reported of it is not painted over.
            return Ok(());
        }
        self.screen.draw(|frame| view::draw(frame, model))
    }

    async fn perform(&mut self, effect: Effect, model: &mut Model) -> Result<(), TuiError> {
        match effect {
            Effect::Quit => self.quit = true,
            Effect::Clear => self.screen.renew()?,
            Effect::Suspend => self.suspend()?,
            Effect::Do(job) => self.work(model, *job),
            Effect::Start(plan, resume) => self.start(plan, resume, model).await,
            Effect::Tell(control, order) => match order {
                RunCommand::Stop => control.stop(),
                RunCommand::Abort => control.abort(),
                RunCommand::Pause => control.pause(),
                RunCommand::Proceed => control.proceed(),
            },
            Effect::Paraphrase(spec, number) => {
                let (project, results) = (model.workspace.project.clone(), self.results.clone());
                tokio::spawn(async move {
                    let answer = offer_paraphrases(&project, &spec).await;
                    let answer = Box::new(answer.map_err(|e| e.to_string()));
                    // The loop may have ended meanwhile.
                    let _ = results.send(JobResult::ParaphrasesReady(number, answer).into());
                });
            }
            Effect::ListModels(endpoint, number) => {
                let (project, results) = (model.workspace.project.clone(), self.results.clone());
                tokio::spawn(async move {
                    let found = offered_models(&project, &endpoint).await;
                    let found = found.map_err(|e| e.to_string());
                    // The loop may have ended meanwhile.
                    let _ = results.send(JobResult::ModelsListed(number, endpoint, found).into());
                });
            }
            Effect::SearchWording(spec) => self.search(*spec, model),
            Effect::StopSearch => {
                if let Some((stop, _)) = &self.search {
                    stop.send_replace(true);
                }
            }
            Effect::Watch(paths) => self.watch.set(&paths),
            Effect::Remember(memory) => {
                model.view.saved = memory.clone();
                self.saver.save(memory);
            }
            Effect::Copy(text, what) => {
                let file = self.jobs.dir.join("copied.txt");
                let said = match clipboard::copy(&text, &file, &mut io::stdout()) {
                    Ok(route) => JobResult::Done(format!("{what} copied {route}")),
                    Err(error) => JobResult::Failed(format!("copy failed: {error}")),
                };
                self.send(said);
            }
            Effect::Edit(path, line) => {
                let result = self.edit(&path, line).await?;
                self.send(JobResult::ProgramClosed(result));
                self.send(JobResult::FilesChanged(vec![path]));
            }
            Effect::Annotate(request) => {
                let Some(annotator) = &self.annotator else {
                    self.send(JobResult::Failed(
                        "labels and ratings cannot be given here".into(),
                    ));
                    return Ok(());
                };
                let done = (annotator.0)(request);
                self.release_terminal();
                let result = done.await;
                self.take_terminal_back()?;
                self.send(JobResult::Annotated(result));
                // Labels are the expected answers of rows.
                self.send(JobResult::FilesChanged(Vec::new()));
            }
            Effect::Page(text) => {
                let result = self.page(&text).await?;
                self.send(JobResult::ProgramClosed(result));
            }
        }
        Ok(())
    }

    fn send(&self, message: impl Into<Message>) {
        // The receiver lives as long as the loop.
        let _ = self.results.send(message.into());
    }

    /// Do a job off the loop.
    fn work(&self, model: &Model, job: Job) {
        let (jobs, results) = (self.jobs.clone(), self.results.clone());
        let project: Project = model.workspace.project.clone();
        tokio::task::spawn_blocking(move || {
            jobs.work(&project, job, &mut |result| {
                // The loop may have ended meanwhile.
                let _ = results.send(result.into());
            });
        });
    }

    async fn start(&mut self, plan: Arc<Plan>, resume: Option<RunId>, model: &mut Model) {
        let demo = watched_demo();
        let (project, store) = (&model.workspace.project, &self.jobs.store);
        match Clients::open_for(project, &plan, store, demo).await {
            Ok(clients) => {
                let options = RunOptions {
                    stream: true,
                    reuse: true,
                    resume,
                    order: TrialOrder::Row,
                    policy: model.workspace.policy.clone(),
                    ..RunOptions::default()
                };
                let store = self.jobs.store.clone();
                let handle = start(plan, Arc::new(clients), store, options);
                self.events = Some(handle.events);
                self.send(JobResult::RunStarted(handle.control));
            }
            Err(error) => {
                let summary = RunSummary::broken(error.to_string());
                self.send(Message::Engine(RunEvent::RunFinished(summary)));
            }
        }
    }

    /// Search beside the session.
    fn search(&mut self, spec: WordingSearchSpec, model: &Model) {
        let (stop, told) = watch::channel(false);
        let project = model.workspace.project.clone();
        let (store, results) = (self.jobs.store.clone(), self.results.clone());
        let number = spec.number;
        let task = tokio::spawn(async move {
            // The loop may have ended meanwhile.
            let mut emit = |result: JobResult| drop(results.send(result.into()));
            let ended = search_wording(project, store, spec, watched_demo(), told, &mut emit).await;
            let ended = ended.map_err(|error| error.to_string());
            emit(JobResult::SearchEnded(number, ended));
        });
        self.search = Some((stop, task));
    }

    /// A search ends after the calls in flight; the next one goes on from its answers.
    async fn finish_search(&mut self) {
        if let Some((stop, task)) = self.search.take() {
            stop.send_replace(true);
            // What is not kept by then is sent again next time.
            let _ = tokio::time::timeout(LEAVE, task).await;
        }
    }

    /// What came is kept before the session ends; a run that was given up is marked as stopped.
    async fn finish_run(&mut self, model: &Model) {
        let control = model
            .run
            .progress
            .as_ref()
            .filter(|p| p.is_on())
            .and_then(|p| p.control.clone());
        let (Some(control), Some(events)) = (control, &mut self.events) else {
            return;
        };
        control.abort();
        let end = async {
            while let Some(event) = events.recv().await {
                if matches!(event, RunEvent::RunFinished(_)) {
                    break;
                }
            }
        };
        // What is not kept by then is sent again next time.
        let _ = tokio::time::timeout(LEAVE, end).await;
    }

    /// Stop the process as the shell's Ctrl-Z does, and go on when it is called back.
    fn suspend(&mut self) -> io::Result<()> {
        #[cfg(unix)]
        {
            self.release_terminal();
            let stopped =
                rustix::process::kill_current_process_group(rustix::process::Signal::TSTP);
            self.take_terminal_back()?;
            stopped.map_err(io::Error::from)?;
        }
        Ok(())
    }
}
