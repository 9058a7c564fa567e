//! The loop of a session: what comes goes to the model, what follows is performed, and what changed is drawn.

use super::{
    effects::Runtime,
    frame_scheduler::FrameScheduler,
    input::messages_of,
    session_spec::{SessionSpec, TuiError},
    signals::{ProcessSignal, Signals},
    terminal::{TerminalScreen, panicked},
    view_saver::ViewSaver,
    watch::Watch,
};
use crate::{
    engine::RunEvent,
    store::unix_now,
    tui::{
        jobs::JobRunner,
        model::{Effect, Hit, JobResult, Message, Model, SavedViewState, Theme},
        update::{begin, drawn, remember, settled_view, update},
    },
};
use crossterm::event::{Event, EventStream};
use futures_util::StreamExt;
use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    sync::mpsc,
    time::{interval, sleep_until},
};

/// Files that changed are read so long after the last change: editors write in several steps.
const SETTLE: Duration = Duration::from_millis(40);
/// So often the store is asked whether other processes wrote into it.
const NEWS: Duration = Duration::from_secs(2);

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
