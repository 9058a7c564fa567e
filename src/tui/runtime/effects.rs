//! Performs effects: jobs, runs and searches beside the session, the clipboard, other programs.

use super::{
    clipboard,
    session_spec::{Annotator, TuiError},
    signals::Signals,
    terminal::{TerminalScreen, is_taken},
    view_saver::ViewSaver,
    watch::Watch,
};
use crate::{
    demo::DemoSpec,
    engine::{Clients, Plan, RunEvent, RunOptions, RunSummary, TrialOrder, offered_models, start},
    model::RunId,
    project::Project,
    tui::{
        jobs::{JobRunner, offer_paraphrases, search_wording},
        model::{Effect, Job, JobResult, Message, Model, RunCommand, WordingSearchSpec},
        view,
    },
};
use crossterm::event::EventStream;
use std::{io, sync::Arc, time::Duration};
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};

/// Longest time that leaving waits for what is in progress to be kept.
const LEAVE: Duration = Duration::from_secs(3);

/// What the session has outside of its model, and changes by effects.
pub(super) struct Runtime {
    pub(super) jobs: JobRunner,
    pub(super) results: mpsc::UnboundedSender<Message>,
    pub(super) events: Option<mpsc::Receiver<RunEvent>>,
    pub(super) signals: Signals,
    pub(super) screen: TerminalScreen,
    pub(super) keys: Option<EventStream>,
    pub(super) watch: Watch,
    pub(super) annotator: Option<Annotator>,
    pub(super) saver: ViewSaver,
    /// The search in progress: its stop switch, and its task.
    pub(super) search: Option<(watch::Sender<bool>, JoinHandle<()>)>,
    pub(super) quit: bool,
}

impl Runtime {
    pub(super) fn draw(&mut self, model: &mut Model) -> io::Result<()> {
        if !is_taken() {
            // A panic gave the terminal back: what is reported of it is not painted over.
            return Ok(());
        }
        self.screen.draw(|frame| view::draw(frame, model))
    }

    pub(super) async fn perform(
        &mut self,
        effect: Effect,
        model: &mut Model,
    ) -> Result<(), TuiError> {
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
    pub(super) async fn finish_search(&mut self) {
        if let Some((stop, task)) = self.search.take() {
            stop.send_replace(true);
            // What is not kept by then is sent again next time.
            let _ = tokio::time::timeout(LEAVE, task).await;
        }
    }

    /// What came is kept before the session ends; a run that was given up is marked as stopped.
    pub(super) async fn finish_run(&mut self, model: &Model) {
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

/// The stand-in answers at once; here it takes its time, so that one can look on.
fn watched_demo() -> DemoSpec {
    DemoSpec {
        latency: Duration::from_millis(120),
        tokens_per_second: 40.0,
        ..DemoSpec::default()
    }
}
