//! The project and its plan: read, read again when files change, put in place of what was there.

use super::{
    plan_estimate::request_estimate,
    plan_files::{changed, watched},
    refresh,
    shown_table::replace_plan,
    view_state::{self, remember},
};
use crate::{
    engine::Plan,
    model::RunId,
    project::Project,
    tui::model::{Effect, Job, Model, Overlay, Screen, Table},
};
use std::{collections::BTreeSet, path::PathBuf, sync::Arc};

/// Ask for the plan of the current experiment.
pub(super) fn plan(model: &mut Model, out: &mut Vec<Effect>) {
    let spec = Box::new(model.spec().clone());
    let number = refresh::number(model);
    model.jobs.pending.plan = Some(number);
    out.push(Job::Plan(number, spec, model.workspace.switched_off.clone()).into());
}

/// What a session shows whose project has no experiment yet.
pub(super) fn begin_without_experiment(model: &mut Model, out: &mut Vec<Effect>) {
    let said = "This project has no experiment yet. ^n creates one for a dataset.";
    model.answers.table = Err(said.into());
    let file = model.workspace.project.file.iter().cloned();
    out.push(Effect::Watch(file.collect()));
}

/// Ask for what the store knows of the plan; answers still on their way are those of an earlier one.
pub(super) fn request_answers(model: &mut Model, plan: Arc<Plan>, out: &mut Vec<Effect>) {
    let number = refresh::number(model);
    model.jobs.pending.latest = Some(number);
    out.push(Job::CurrentAnswers(number, plan).into());
}

pub(super) fn experiments(model: &mut Model, by: isize, out: &mut Vec<Effect>) {
    let n = model.workspace.project.experiments.len();
    if n < 2 {
        return model.refuse("there is only one experiment");
    }
    let at = (model.workspace.experiment + n).saturating_add_signed(by) % n;
    show_experiment(model, at, out);
}

pub(super) fn show_experiment(model: &mut Model, at: usize, out: &mut Vec<Effect>) {
    if model.is_running() {
        return model.refuse("a run is in progress; x stops it");
    }
    if model.wording_search.is_on() {
        return model.refuse("a search is in progress (W); x in it stops it");
    }
    let memory = remember(model);
    out.push(Effect::Remember(memory.clone()));
    let name = model.workspace.project.experiments[at].name.clone();
    let theme = model.view.theme;
    let mut fresh = Model::new(model.workspace.project.clone(), &name, memory, theme);
    (fresh.view.screen, fresh.clock.now, fresh.clock.unix_s) =
        (model.view.screen, model.clock.now, model.clock.unix_s);
    fresh.view.custom_keys = Arc::clone(&model.view.custom_keys);
    fresh.jobs.pending.number = model.jobs.pending.number + 1;
    fresh.run_list.lines = std::mem::take(&mut model.run_list.lines);
    *model = fresh;
    plan(model, out);
}

/// Files of the project changed on disk.
pub(super) fn touched(model: &mut Model, paths: &[PathBuf], out: &mut Vec<Effect>) {
    if model.is_running() {
        if !model.workspace.stale {
            model.notify("a file changed; it will be reloaded when the run ends");
        }
        model.workspace.stale = true;
        return;
    }
    model.workspace.stale = false;
    let file = model.workspace.project.file.clone();
    match file.filter(|file| paths.iter().any(|p| p.file_name() == file.file_name())) {
        Some(file) => out.push(Job::Project(file).into()),
        // There is nothing that other files could be of.
        None if model.workspace.has_no_experiment => {}
        None => plan(model, out),
    }
}

/// The project was read again.
pub(super) fn project(model: &mut Model, read: Result<Project, String>, out: &mut Vec<Effect>) {
    match read {
        Ok(project) => {
            let name = &model.spec().name;
            let at = project.experiments.iter().position(|e| e.name == *name);
            if project.experiments.is_empty() {
                return model.refuse("wording.toml has no experiments left");
            }
            model.workspace.experiment = at.unwrap_or(0);
            model.workspace.project = project;
            model.workspace.has_no_experiment = false;
            let written = model.workspace.new_experiment.take().and_then(|name| {
                let mut experiments = model.workspace.project.experiments.iter();
                experiments.position(|experiment| experiment.name == name)
            });
            match written {
                Some(at) => {
                    let said = model.view.toast.take();
                    show_experiment(model, at, out);
                    model.view.toast = said;
                    // Its prompt is what one looks at first.
                    view_state::show(model, Screen::Edit, out);
                }
                None => plan(model, out),
            }
        }
        Err(message) => {
            close_messages(model);
            model.open(Overlay::Message(message));
        }
    }
}

fn close_messages(model: &mut Model) {
    let overlays = &mut model.view.overlays;
    overlays.retain(|overlay| !matches!(overlay, Overlay::Message(_)));
}

/// Another process wrote into the store: what it bought is shown as well.
pub(super) fn store_changed(model: &mut Model, out: &mut Vec<Effect>) {
    if model.shows_old_run() {
        return;
    }
    if let Some(plan) = model.workspace.plan.clone() {
        request_answers(model, Arc::clone(&plan), out);
        request_estimate(model, plan, out);
    }
}

/// The plan was read. Returns the run to resume with it.
pub(super) fn planned(
    model: &mut Model,
    read: Result<Arc<Plan>, String>,
    names: Vec<String>,
    out: &mut Vec<Effect>,
) -> Option<RunId> {
    let plan = match read {
        Ok(plan) => plan,
        // A file that is being written is no reason to show nothing.
        Err(message) if model.workspace.plan.is_some() && model.answers.table.is_ok() => {
            close_messages(model);
            let said = format!(
                "{message}\n\nThe grid shows the files as they were. Nothing is sent until this is mended."
            );
            model.workspace.plan_error = Some(said.clone());
            model.open(Overlay::Message(said));
            return None;
        }
        Err(message) => {
            model.answers.table = Err(message);
            model.workspace.plan = None;
            model.answers.grids.clear();
            model.findings.clear();
            model.workspace.resume_run = None;
            out.push(Effect::Watch(watched(model, None)));
            return None;
        }
    };
    if model.workspace.plan_error.take().is_some() {
        close_messages(model);
    }
    let open = model.shows_old_run();
    let before = model.workspace.plan.take();
    let changed = before.as_ref().map(|old| changed(old, &plan));
    let first = before.is_none();
    // What was said in the project file may have changed, and with it the advice.
    model.jobs.requested.advised = None;
    model.workspace.plan = Some(Arc::clone(&plan));
    out.push(Effect::Watch(watched(model, Some(&plan))));
    if let Some(run) = model.workspace.resume_run.take() {
        return Some(run);
    }
    if open && changed.as_ref().is_some_and(|c| c.is_none()) {
        return None;
    }
    let same_words = changed.as_ref().is_some_and(|c| c.is_none()) && same_names(&names, model);
    if let Some(old) = before.filter(|old| same_words && old.variants == plan.variants)
        && model.answers.table.is_ok()
    {
        // The file was touched, and says what it said.
        let table = Arc::new(Table::of_plan(Arc::clone(&plan)));
        model.answers.table = Ok(table);
        if old.dataset.heads() != plan.dataset.heads() {
            // Rows were labelled: their answers have other scores.
            request_answers(model, plan, out);
        }
        return None;
    }
    if let Some(Some(what)) = changed {
        model.workspace.saved_changes = Some(what);
    }
    replace_plan(model, &plan, names, first);
    request_answers(model, Arc::clone(&plan), out);
    request_estimate(model, plan, out);
    None
}

/// Whether the variants are those of before, in whatever order they stand.
fn same_names(names: &[String], model: &Model) -> bool {
    let sorted = |names: &[String]| names.iter().cloned().collect::<BTreeSet<String>>();
    sorted(names) == sorted(&model.workspace.variant_names)
}

/// Back from an old run to the project as it is now.
pub(super) fn close_run(model: &mut Model, out: &mut Vec<Effect>) {
    let Some(plan) = model.workspace.plan.clone() else {
        return plan(model, out);
    };
    let names = model.workspace.variant_names.clone();
    replace_plan(model, &plan, names, true);
    request_answers(model, Arc::clone(&plan), out);
    request_estimate(model, plan, out);
}
