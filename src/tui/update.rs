//! What an action does to the model. No input or output here.

use super::{Action, Effect, Model, Popup, RunState, Screen};
use crate::{
    engine::{RunEvent, RunSummary},
    model::CellState,
};
use std::{sync::Arc, time::Instant};

/// Change the model; what is to be done outside comes back as effects.
pub fn update(model: &mut Model, action: Action) -> Vec<Effect> {
    if !matches!(
        action,
        Action::Run | Action::Tick | Action::Event(_) | Action::Analysed(..) | Action::Trial(..)
    ) {
        model.armed = false;
    }
    let mut effects = match action {
        Action::Event(event) => {
            on_event(model, event);
            Vec::new()
        }
        action => on_action(model, action),
    };
    effects.extend(analysis(model));
    effects.extend(missing_output(model));
    effects
}

fn on_action(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Show(screen) => {
            model.popups.clear();
            model.screen = screen;
            if screen == Screen::Runs {
                return vec![Effect::Runs];
            }
        }
        Action::Rows(by) => match model.screen {
            Screen::Runs => model.run_row = step(model.run_row, by, model.runs.len()),
            _ => move_row(model, by),
        },
        Action::Pages(by) => move_row(model, by * model.page.max(1) as isize),
        Action::First => move_row(model, isize::MIN / 2),
        Action::Last => move_row(model, isize::MAX / 2),
        Action::Variants(by) => {
            let n = model.plan.as_ref().map_or(0, |p| p.variants.len());
            model.variant = step(model.variant, by, n);
        }
        Action::Samples(by) => {
            let n = model.plan.as_ref().map_or(1, |p| p.experiment.samples);
            model.sample = step(model.sample, by, n);
        }
        Action::NextModel => {
            let n = model.grids.len().max(1);
            model.model = (model.model + 1) % n;
            model.analysis = None;
            model.changes += 1;
        }
        Action::Experiments(by) => return next_experiment(model, by),
        Action::Filter => {
            model.only_different = !model.only_different;
            let rows = model.rows();
            if let Some(first) = rows.iter().find(|r| **r >= model.row).or(rows.last()) {
                model.row = *first;
            }
        }
        Action::Run => return run(model),
        Action::Stop => return stop(model),
        Action::Pause => return pause(model),
        Action::Edit => return edit(model),
        Action::Help => {
            if model.popups.last() == Some(&Popup::Help) {
                model.popups.pop();
            } else {
                model.popups.push(Popup::Help);
            }
        }
        Action::Back => {
            if model.popups.pop().is_none() && model.screen != Screen::Grid {
                model.screen = Screen::Grid;
            }
        }
        Action::Open => match (model.popups.pop(), model.screen) {
            (Some(Popup::ConfirmQuit), _) => return leave(model),
            (Some(_), _) => {}
            (None, Screen::Grid | Screen::Edit) => model.screen = Screen::Diff,
            (None, Screen::Diff) => model.screen = Screen::Grid,
            (None, Screen::Runs) => {
                if let Some(run) = model.runs.get(model.run_row) {
                    model.notice =
                        Some(format!("`wording report {}` shows what came of it", run.id));
                }
            }
        },
        Action::Quit => {
            if model.popups.last() == Some(&Popup::ConfirmQuit) {
                return leave(model);
            }
            if model.popups.pop().is_some() {
                return Vec::new();
            }
            if model.is_running() {
                model.popups.push(Popup::ConfirmQuit);
            } else {
                return vec![Effect::Quit];
            }
        }
        Action::Interrupt => {
            if model.is_running() {
                return stop(model);
            }
            return vec![Effect::Quit];
        }
        Action::Redraw => return vec![Effect::Clear],
        Action::Resized | Action::Tick | Action::Event(_) => {}
        Action::Started(control) => {
            if let Some(state) = &mut model.state {
                state.control = Some(control);
            }
        }
        Action::Planned(Ok(plan)) => {
            model.take_plan(Arc::clone(&plan));
            return vec![Effect::LoadLatest(plan)];
        }
        Action::Planned(Err(message)) => {
            model.plan = Err(message);
            model.grids.clear();
            model.analysis = None;
        }
        Action::Loaded(info, grids) => {
            if !model.is_running() {
                model.run = Some(info.id);
                model.grids = grids;
                model.changes += 1;
            }
        }
        Action::Trial(id, record) => {
            if let Some(record) = *record {
                model.keep(Arc::new(record));
            }
            if model.asked == Some(id) {
                model.asked = None;
            }
        }
        Action::Analysed(change, of, analysis) => {
            if of == model.model {
                model.analysis = Some(*analysis);
            }
            if model.analysing == Some(change) {
                model.analysing = None;
            }
            if model.changes == change {
                model.changes = 0;
            }
        }
        Action::Runs(runs) => {
            model.run_row = model.run_row.min(runs.len().saturating_sub(1));
            model.runs = runs;
        }
        Action::Edited(path, result) => {
            match result {
                Ok(()) => {
                    model.notice = Some(format!(
                        "{} was read again; r runs what changed",
                        path.display()
                    ))
                }
                Err(message) => model.popups.push(Popup::Message(message)),
            }
            return vec![Effect::Clear, Effect::Plan(Box::new(model.spec().clone()))];
        }
        Action::Failed(message) => model.popups.push(Popup::Message(message)),
    }
    Vec::new()
}

fn step(at: usize, by: isize, n: usize) -> usize {
    at.saturating_add_signed(by).min(n.saturating_sub(1))
}

fn move_row(model: &mut Model, by: isize) {
    let rows = model.rows();
    let at = rows
        .iter()
        .position(|r| *r >= model.row)
        .unwrap_or(rows.len().saturating_sub(1));
    if let Some(row) = rows.get(step(at, by, rows.len())) {
        model.row = *row;
    }
}

fn next_experiment(model: &mut Model, by: isize) -> Vec<Effect> {
    let n = model.project.experiments.len();
    if n < 2 {
        model.notice = Some("there is one experiment only".into());
        return Vec::new();
    }
    if model.is_running() {
        model.notice = Some("a run is on its way; x stops it".into());
        return Vec::new();
    }
    model.experiment = (model.experiment + n).saturating_add_signed(by) % n;
    (model.row, model.variant, model.model, model.sample) = (0, 0, 0, 0);
    model.state = None;
    model.plan = Err("reading the experiment …".into());
    model.grids.clear();
    model.analysis = None;
    vec![Effect::Plan(Box::new(model.spec().clone()))]
}

fn run(model: &mut Model) -> Vec<Effect> {
    if model.is_running() {
        model.notice = Some("a run is on its way; x stops it, p pauses it".into());
        return Vec::new();
    }
    let plan = match &model.plan {
        Ok(plan) => Arc::clone(plan),
        Err(message) => {
            model.popups.push(Popup::Message(message.clone()));
            return Vec::new();
        }
    };
    if let Err(error) = plan.require_templates() {
        model.popups.push(Popup::Message(error.to_string()));
        return Vec::new();
    }
    // Calls that may cost something are sent by the second key only.
    let free = plan.models.iter().all(|m| m.endpoint == "demo");
    if !free && !model.armed {
        model.armed = true;
        let models: Vec<String> = plan.models.iter().map(ToString::to_string).collect();
        model.notice = Some(format!(
            "{} calls to {}, less what is kept already: r again sends them",
            plan.len(),
            models.join(", ")
        ));
        return Vec::new();
    }
    model.armed = false;
    model.take_plan(Arc::clone(&plan));
    model.state = Some(RunState {
        control: None,
        started: Instant::now(),
        planned: plan.len(),
        done: 0,
        reused: 0,
        failed: 0,
        in_flight: 0,
        retries: 0,
        tokens: 0,
        cost_usd: None,
        paused: false,
        note: None,
        elapsed_s: None,
    });
    model.notice = None;
    vec![Effect::Start(plan)]
}

fn control(model: &Model) -> Option<crate::engine::RunControl> {
    model.state.as_ref()?.control.clone()
}

fn stop(model: &mut Model) -> Vec<Effect> {
    let Some(control) = control(model) else {
        model.notice = Some("no run is on its way".into());
        return Vec::new();
    };
    let already = model
        .state
        .as_ref()
        .is_some_and(|s| s.note.as_deref() == Some(STOPPING));
    if let Some(state) = &mut model.state {
        state.note = Some(STOPPING.into());
    }
    vec![if already {
        Effect::Abort(control)
    } else {
        Effect::Stop(control)
    }]
}

const STOPPING: &str = "stopping: waiting for what is on its way; x again gives that up";

fn pause(model: &mut Model) -> Vec<Effect> {
    let Some(control) = control(model) else {
        model.notice = Some("no run is on its way".into());
        return Vec::new();
    };
    match &mut model.state {
        Some(state) if state.paused => vec![Effect::Proceed(control)],
        _ => vec![Effect::Pause(control)],
    }
}

fn leave(model: &Model) -> Vec<Effect> {
    control(model)
        .map(Effect::Abort)
        .into_iter()
        .chain([Effect::Quit])
        .collect()
}

fn edit(model: &mut Model) -> Vec<Effect> {
    if model.is_running() {
        model.notice = Some("a run is on its way; x stops it".into());
        return Vec::new();
    }
    match &model.plan {
        Ok(plan) => {
            let template = plan
                .variants
                .get(model.variant)
                .map(|v| &plan.templates.templates()[v.template]);
            // A template that does not compile is the one to mend.
            let broken = plan
                .templates
                .problems()
                .first()
                .and_then(|p| p.place())
                .map(|p| p.file.clone());
            match broken.or(template.map(|t| t.path.clone())) {
                Some(path) => vec![Effect::Edit(path)],
                None => Vec::new(),
            }
        }
        Err(_) => match &model.project.file {
            Some(file) => vec![Effect::Edit(file.clone())],
            None => Vec::new(),
        },
    }
}

fn on_event(model: &mut Model, event: RunEvent) {
    match event {
        RunEvent::RunStarted {
            run,
            planned,
            behind,
        } => {
            model.run = Some(run);
            if let Some(state) = &mut model.state {
                state.planned = planned;
                state.done = behind;
            }
        }
        RunEvent::TrialStarted { id } => {
            set_state(model, id, CellState::Running);
            if let Some(state) = &mut model.state {
                state.in_flight += 1;
            }
        }
        RunEvent::Delta { id, text } => model.streams.entry(id).or_default().push_str(&text),
        RunEvent::TrialRetried { id, .. } => {
            // What was streamed belongs to the attempt that failed.
            model.streams.remove(&id);
            if let Some(state) = &mut model.state {
                state.retries += 1;
            }
        }
        RunEvent::TrialFinished(record) => {
            model.streams.remove(&record.id);
            if let Some(grid) = model.grids.get_mut(record.id.model as usize) {
                grid.record(&record);
                model.changes += 1;
            }
            if let Some(state) = &mut model.state {
                state.done += 1;
                if record.attempts > 0 {
                    state.in_flight = state.in_flight.saturating_sub(1);
                }
                state.reused += u64::from(record.reused);
                match record.outcome.completion() {
                    Some(completion) if !record.reused => {
                        state.tokens += completion.usage.prompt + completion.usage.completion;
                        if let Some(cost) = record.cost_usd {
                            *state.cost_usd.get_or_insert(0.0) += cost;
                        }
                    }
                    Some(_) => {}
                    None => state.failed += 1,
                }
            }
            model.keep(record);
        }
        RunEvent::SlowedDown {
            endpoint,
            in_flight,
            ..
        } => {
            model.notice = Some(format!(
                "{endpoint} asked to slow down: {in_flight} in flight now"
            ));
        }
        RunEvent::Paused { reason } => {
            if let Some(state) = &mut model.state {
                state.paused = true;
                state.note = Some(format!("{reason}; p goes on"));
            }
        }
        RunEvent::Continued => {
            if let Some(state) = &mut model.state {
                state.paused = false;
                state.note = None;
            }
        }
        RunEvent::RunFinished(summary) => finished(model, summary),
    }
}

fn finished(model: &mut Model, summary: RunSummary) {
    model.streams.clear();
    model.changes += 1;
    if let Some(state) = &mut model.state {
        state.control = None;
        state.in_flight = 0;
        state.paused = false;
        state.elapsed_s = Some(summary.elapsed_s);
        state.note = summary.stopped.clone();
    }
    for grid in &mut model.grids {
        for v in 0..grid.variants() {
            for row in 0..grid.rows() {
                for sample in 0..grid.samples() {
                    if grid.cell(v, row, sample).state == CellState::Running {
                        grid.set_state(v, row, sample, CellState::Pending);
                    }
                }
            }
        }
    }
    if let Some(reason) = summary.stopped.filter(|_| !summary.interrupted) {
        model.popups.push(Popup::Message(reason));
    }
}

fn set_state(model: &mut Model, id: crate::model::TrialId, state: CellState) {
    if let Some(grid) = model.grids.get_mut(id.model as usize) {
        grid.set_state(
            id.variant as usize,
            id.row as usize,
            id.sample as usize,
            state,
        );
    }
}

/// Analyse the grid shown, one state of it at a time.
fn analysis(model: &mut Model) -> Option<Effect> {
    if model.changes == 0 || model.analysing.is_some() {
        return None;
    }
    let spec = model.analysis_spec()?;
    let grid = model.grid()?.clone();
    model.analysing = Some(model.changes);
    Some(Effect::Analyse(
        model.changes,
        model.model,
        Box::new(grid),
        spec,
    ))
}

/// Read the output under the cursor, where it is not at hand.
fn missing_output(model: &mut Model) -> Option<Effect> {
    let run = model.run.clone()?;
    if model.asked.is_some() || model.screen == Screen::Runs {
        return None;
    }
    let grid = model.grid()?;
    if model.row >= grid.rows() || model.sample >= grid.samples() {
        return None;
    }
    let missing = (0..grid.variants()).map(|v| model.trial(v)).find(|id| {
        let state = grid
            .cell(id.variant as usize, model.row, model.sample)
            .state;
        !matches!(state, CellState::Pending | CellState::Running) && model.output(*id).is_none()
    })?;
    model.asked = Some(missing);
    Some(Effect::Trial(run, missing))
}
