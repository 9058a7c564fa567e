//! A message, and to whom it goes; what a session requests when it is opened and after each drawing.

use super::{act::act, job_results::finish_job, new_experiment, output_reads, plan, refresh, run};
use crate::tui::model::{Effect, Job, Message, Model, Screen};

/// Change the model; what is to be done outside comes back as effects.
pub fn update(model: &mut Model, message: impl Into<Message>) -> Vec<Effect> {
    let mut out = Vec::new();
    let mut settled = true;
    match message.into() {
        Message::Input(action) => {
            model.view.toast = None;
            act(model, action, &mut out);
        }
        Message::Job(result) => finish_job(model, result, &mut out),
        Message::Engine(event) => {
            settled = false;
            run::event(model, event, &mut out);
        }
        Message::Tick => {}
    }
    refresh::follow(model, settled, &mut out);
    out
}

/// What the screen that was just drawn lacks: first words of outputs in cells that came into view.
pub fn drawn(model: &mut Model) -> Vec<Effect> {
    let mut out = Vec::new();
    output_reads::read_excerpts(model, &mut out);
    out
}

/// What a session that has just been opened requests.
pub fn begin(model: &mut Model) -> Vec<Effect> {
    let mut out = Vec::new();
    if model.workspace.is_bundle {
        out.push(Job::Open("latest".into()).into());
    } else if model.workspace.has_no_experiment {
        plan::begin_without_experiment(model, &mut out);
        new_experiment::open(model, &mut out);
    } else {
        plan::plan(model, &mut out);
    }
    if model.view.screen == Screen::Runs {
        out.push(Job::Runs.into());
    }
    out
}
