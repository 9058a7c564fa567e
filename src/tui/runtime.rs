//! Performs effects, feeds results back as actions, draws when something changed.

use super::{Action, Effect, Model, Theme, action_of, terminal::Screen, update, view};
use crate::{
    analysis::analyse,
    demo::DemoSpec,
    engine::{Clients, Plan, RunEvent, RunOptions, TrialOrder, start},
    project::{ExperimentSpec, Project},
    store::Store,
};
use crossterm::event::{Event, EventStream, KeyEventKind};
use futures_util::StreamExt;
use std::{
    io,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::Duration,
};
use tokio::{
    sync::mpsc,
    time::{Instant, interval, sleep_until},
};

/// Shortest time between two drawings.
const FRAME: Duration = Duration::from_millis(25);

/// What a session works on.
#[derive(Debug)]
pub struct SessionSpec {
    /// Where runs are kept.
    pub store: Store,
    /// The project.
    pub project: Project,
    /// The experiment to open on.
    pub experiment: ExperimentSpec,
    /// A line to show at first.
    pub notice: Option<String>,
}

/// Why a session ends badly.
#[derive(Debug, thiserror::Error)]
pub enum TuiError {
    /// The terminal failed.
    #[error("the terminal failed: {0}")]
    Terminal(#[from] io::Error),
}

struct Runtime {
    store: Store,
    project: Project,
    results: mpsc::UnboundedSender<Action>,
    events: Option<mpsc::Receiver<RunEvent>>,
    screen: Screen,
    keys: Option<EventStream>,
    quit: bool,
}

/// Run a session until the user leaves.
pub async fn run(session: SessionSpec) -> Result<(), TuiError> {
    let (results, mut inbox) = mpsc::unbounded_channel();
    let mut model = Model::new(
        session.project.clone(),
        &session.experiment.name,
        session.notice,
        Theme::from_env(),
    );
    let mut runtime = Runtime {
        store: session.store,
        project: session.project,
        results,
        events: None,
        screen: Screen::enter()?,
        keys: Some(EventStream::new()),
        quit: false,
    };
    runtime
        .screen
        .terminal
        .draw(|frame| view::draw(frame, &mut model))?;
    runtime
        .perform(Effect::Plan(Box::new(session.experiment)), &mut model)
        .await?;
    let mut tick = interval(Duration::from_millis(200));
    let (mut dirty, mut drawn) = (true, Instant::now());
    #[cfg(unix)]
    let mut terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    while !runtime.quit {
        let mut actions: Vec<Action> = Vec::new();
        tokio::select! {
            key = next_key(&mut runtime.keys) => match key {
                Some(Ok(event)) => actions.extend(action_of_event(&event, &model)),
                Some(Err(error)) => return Err(error.into()),
                None => break,
            },
            Some(action) = inbox.recv() => actions.push(action),
            Some(event) = next(&mut runtime.events) => {
                actions.push(Action::Event(event));
                // All that has come is taken before the next drawing.
                while let Some(Ok(event)) = runtime.events.as_mut().map(mpsc::Receiver::try_recv) {
                    actions.push(Action::Event(event));
                    if actions.len() >= 4096 {
                        break;
                    }
                }
            }
            _ = tick.tick(), if model.is_running() => actions.push(Action::Tick),
            () = sleep_until(drawn + FRAME), if dirty => {}
            () = terminate(#[cfg(unix)] &mut terminated) => break,
        }
        dirty |= !actions.is_empty();
        for action in actions {
            for effect in update(&mut model, action) {
                runtime.perform(effect, &mut model).await?;
            }
        }
        if dirty && drawn.elapsed() >= FRAME && !runtime.quit {
            runtime
                .screen
                .terminal
                .draw(|frame| view::draw(frame, &mut model))?;
            (dirty, drawn) = (false, Instant::now());
        }
    }
    Ok(())
}

#[cfg(unix)]
async fn terminate(signal: &mut tokio::signal::unix::Signal) {
    signal.recv().await;
}

#[cfg(not(unix))]
async fn terminate() {
    std::future::pending::<()>().await;
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

fn action_of_event(event: &Event, model: &Model) -> Option<Action> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => action_of(*key, model.screen),
        Event::Resize(..) => Some(Action::Resized),
        _ => None,
    }
}

impl Runtime {
    async fn perform(&mut self, effect: Effect, model: &mut Model) -> Result<(), TuiError> {
        let results = self.results.clone();
        match effect {
            Effect::Quit => self.quit = true,
            Effect::Clear => self.screen.renew()?,
            Effect::Plan(experiment) => {
                let project = self.project.clone();
                blocking(results, move || {
                    let plan = Plan::load(&project, &experiment)
                        .map(Arc::new)
                        .map_err(|e| e.to_string());
                    Some(Action::Planned(plan))
                });
            }
            Effect::LoadLatest(plan) => {
                let store = self.store.clone();
                blocking(results, move || {
                    let info = match store.latest_of(&plan.experiment.name) {
                        Ok(info) => info.filter(|info| plan.same_as(info).is_ok())?,
                        Err(error) => return Some(Action::Failed(error.to_string())),
                    };
                    let grids: Result<Vec<_>, _> = (0..info.models.len())
                        .map(|m| store.grid(&info, m))
                        .collect();
                    Some(match grids {
                        Ok(grids) => Action::Loaded(Box::new(info), grids),
                        Err(error) => Action::Failed(error.to_string()),
                    })
                });
            }
            Effect::Start(plan) => self.start(plan, model).await,
            Effect::Stop(control) => control.stop(),
            Effect::Abort(control) => control.abort(),
            Effect::Pause(control) => control.pause(),
            Effect::Proceed(control) => control.proceed(),
            Effect::Trial(run, id) => {
                let store = self.store.clone();
                blocking(results, move || {
                    Some(match store.trial(&run, id) {
                        Ok(record) => Action::Trial(id, Box::new(record)),
                        Err(error) => Action::Failed(error.to_string()),
                    })
                });
            }
            Effect::Analyse(change, of, grid, spec) => {
                blocking(results, move || {
                    Some(Action::Analysed(
                        change,
                        of,
                        Box::new(analyse(&grid, &spec)),
                    ))
                });
            }
            Effect::Runs => {
                let store = self.store.clone();
                blocking(results, move || {
                    Some(match store.runs() {
                        Ok(runs) => Action::Runs(runs),
                        Err(error) => Action::Failed(error.to_string()),
                    })
                });
            }
            Effect::Edit(path) => {
                let result = self.edit(&path).await?;
                // The receiver lives as long as this loop.
                let _ = results.send(Action::Edited(path, result));
            }
        }
        Ok(())
    }

    async fn start(&mut self, plan: Arc<Plan>, model: &mut Model) {
        // The stand-in answers at once; here it takes its time, so that one can look on.
        let demo = DemoSpec {
            latency: Duration::from_millis(120),
            tokens_per_second: 40.0,
            ..DemoSpec::default()
        };
        match Clients::open(&self.project, &plan.models, demo).await {
            Ok(clients) => {
                let options = RunOptions {
                    stream: true,
                    reuse: true,
                    order: TrialOrder::Row,
                    ..RunOptions::default()
                };
                let handle = start(plan, Arc::new(clients), self.store.clone(), options);
                self.events = Some(handle.events);
                update(model, Action::Started(handle.control));
            }
            Err(error) => {
                model.state = None;
                update(model, Action::Failed(error.to_string()));
            }
        }
    }

    /// Open a file in the user's editor and wait until it is closed.
    async fn edit(&mut self, path: &Path) -> Result<Result<(), String>, TuiError> {
        let editor = ["VISUAL", "EDITOR"]
            .iter()
            .filter_map(|name| std::env::var(name).ok())
            .find(|value| !value.trim().is_empty())
            .unwrap_or_else(|| "vi".into());
        let words = match shell_words::split(&editor) {
            Ok(words) if !words.is_empty() => words,
            _ => return Ok(Err(format!("$EDITOR is {editor:?}, which is no command"))),
        };
        let file: PathBuf = path.to_path_buf();
        // The stream of keys must not read what the editor should get.
        self.keys = None;
        self.screen.lend();
        let shown = words[0].clone();
        let ended = tokio::task::spawn_blocking(move || {
            Command::new(&words[0])
                .args(&words[1..])
                .arg(&file)
                .status()
        })
        .await;
        self.screen.take_back()?;
        self.keys = Some(EventStream::new());
        Ok(match ended {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(Ok(status)) => Err(format!(
                "{shown} ended with {status}; the template is read again as it is"
            )),
            Ok(Err(error)) => Err(format!(
                "{shown} cannot be started: {error}. Set $EDITOR to your editor"
            )),
            Err(error) => Err(error.to_string()),
        })
    }
}

/// Do something that takes its time, off the loop.
fn blocking(
    results: mpsc::UnboundedSender<Action>,
    work: impl FnOnce() -> Option<Action> + Send + 'static,
) {
    tokio::task::spawn_blocking(move || {
        if let Some(action) = work() {
            // The loop may have ended meanwhile.
            let _ = results.send(action);
        }
    });
}
