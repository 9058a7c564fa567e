//! The project, the plan and its latest run: read, read again when files change, put in place of what was there.

use super::{
    refresh,
    view_state::{self, remember},
};
use crate::{
    dataset::DatasetName,
    display::count,
    engine::{CurrentAnswers, Plan},
    model::{ModelRef, RunId, TrialId},
    outcome::{CellState, Grid},
    project::Project,
    tui::{
        PlanEstimate,
        model::{
            Against, Effect, GridSource, Job, Model, NewestRun, Overlay, Progress,
            SavedExperimentView, Screen, Table,
        },
    },
};
use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsStr,
    path::PathBuf,
    sync::Arc,
};

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

/// Ask what the plan would send; an estimate still on its way is out of date.
pub(super) fn request_estimate(model: &mut Model, plan: Arc<Plan>, out: &mut Vec<Effect>) {
    let number = refresh::number(model);
    model.jobs.pending.estimate = Some(number);
    out.push(Job::PlanEstimate(number, plan).into());
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

/// What changed in the words, in a line; `None` where nothing did.
fn changed(old: &Plan, new: &Plan) -> Option<String> {
    let texts = |plan: &Plan| -> BTreeMap<PathBuf, Arc<str>> {
        plan.templates
            .templates()
            .iter()
            .map(|t| (t.path.clone(), Arc::clone(&t.source)))
            .collect()
    };
    let (before, after) = (texts(old), texts(new));
    let name = |path: &PathBuf| {
        path.file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    };
    let mut parts = Vec::new();
    for (path, text) in &after {
        match before.get(path) {
            None => parts.push(format!("{} added", name(path))),
            Some(old) if old != text => {
                let n = crate::diff::changes(&crate::diff::word_diff(old, text));
                parts.push(format!("{}: {}", name(path), count(n, "change")));
            }
            Some(_) => {}
        }
    }
    for path in before.keys().filter(|p| !after.contains_key(*p)) {
        parts.push(format!("{} removed", name(path)));
    }
    if old.dataset.hash() != new.dataset.hash() || old.dataset.len() != new.dataset.len() {
        parts.push("dataset changed".into());
    }
    if parts.is_empty() && format!("{:?}", old.experiment) != format!("{:?}", new.experiment) {
        parts.push("experiment changed".into());
    }
    if parts.is_empty() && old.templates.problems() != new.templates.problems() {
        parts.push("problems changed".into());
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// Put a plan in place of what was there; the cursor stays where it was as far as that is still there.
fn replace_plan(model: &mut Model, plan: &Arc<Plan>, names: Vec<String>, first: bool) {
    let seen: SavedExperimentView = if first {
        let name = &model.spec().name;
        model
            .view
            .saved
            .experiments
            .get(name)
            .cloned()
            .unwrap_or_default()
    } else {
        let name = model.spec().name.clone();
        remember(model)
            .experiments
            .remove(&name)
            .unwrap_or_default()
    };
    let line = model
        .workspace
        .variant_names
        .get(model.cursor.list_line)
        .cloned();
    let table = Arc::new(Table::of_plan(Arc::clone(plan)));
    show_table(model, &table);
    model.workspace.variant_names = names;
    place(model, &table, &seen);
    let new = model.workspace.new_variant.is_some();
    if let Some(name) = model.workspace.new_variant.take() {
        match table.names.iter().position(|n| {
            *n == name
                || n.strip_prefix(&name)
                    .is_some_and(|rest| rest.starts_with('['))
        }) {
            Some(v) => model.cursor.variant = v,
            None => model.refuse(format!(
                "no `templates` pattern in wording.toml matches {name}.j2; add one"
            )),
        }
    }
    // A variant that was just switched off keeps the cursor of the list.
    let line = line.filter(|_| !first && !new);
    let at = line.as_ref().or(table.names.get(model.cursor.variant));
    let place = at.and_then(|name| model.workspace.variant_names.iter().position(|n| n == name));
    model.cursor.list_line = match place {
        Some(place) => place,
        None => line.and_then(|name| broken_line(model, &name)).unwrap_or(0),
    };
}

/// The line of the broken template that a variant was of.
fn broken_line(model: &Model, variant: &str) -> Option<usize> {
    let stem = variant.split('[').next();
    let mut broken = model.workspace.broken_templates().into_iter();
    let at = broken.position(|error| {
        error.place().and_then(|place| place.file.file_stem()) == stem.map(OsStr::new)
    });
    Some(model.workspace.variant_names.len() + at?)
}

/// Empty grids of a table.
pub(super) fn show_table(model: &mut Model, table: &Arc<Table>) {
    model.answers.grids = table
        .models
        .iter()
        .map(|_| Grid::new(table.variants(), table.rows, table.samples).with_rules(table.rules))
        .collect();
    model.answers.table = Ok(Arc::clone(table));
    model.cursor.model = model.cursor.model.min(table.models.len().saturating_sub(1));
    model.answers.row_model = model.cursor.model;
    model.cursor.sample = model.cursor.sample.min(table.samples.saturating_sub(1));
    model.answers.source = None;
    model.findings.clear();
    model.jobs.requested.analysed.clear();
    model.leaderboard = Default::default();
    model.answers.columns = Default::default();
    model.workspace.estimate = None;
    model.answers.streams.clear();
    model.answers.outputs.clear();
    model.answers.opinions = Default::default();
    model.jobs.pending.trials.clear();
    model.jobs.pending.excerpts.clear();
    model.jobs.pending.analysis = None;
    model.jobs.pending.breakdown = None;
    model.jobs.pending.effects = None;
    model.diff.against = Against::Baseline;
    model.diff.effects = Arc::default();
    model.diff.finding = None;
    model.run.progress = model.run.progress.take().filter(Progress::is_on);
    model.answers.arrangement.rows = Arc::new((0..table.rows as u32).collect());
    model.answers.changes += 1;
    model.jobs.rearrange();
}

/// Put the cursor and the marks where they were.
fn place(model: &mut Model, table: &Table, seen: &SavedExperimentView) {
    let named = |name: &str| table.names.iter().position(|n| n == name);
    model.cursor.variant = named(&seen.variant).unwrap_or(0);
    let is_seen = |m: &ModelRef| m.to_string() == seen.model;
    model.cursor.model = table.models.iter().position(is_seen).unwrap_or(0);
    model.answers.row_model = model.cursor.model;
    model.answers.baseline = seen
        .baseline
        .as_deref()
        .and_then(named)
        .unwrap_or(table.baseline);
    let (mut row, mut marks) = (0, BTreeSet::new());
    if !seen.row.is_empty() || !seen.marks.is_empty() {
        for r in 0..table.rows {
            let id = table.row_id(r);
            if id == seen.row {
                row = r;
            }
            if seen.marks.contains(&id) {
                marks.insert(r);
            }
        }
    }
    model.cursor.row = row;
    model.answers.marks = Arc::new(marks);
}

/// What the store knows of the plan was found, or a part of it. In a run, its own outcomes come before.
pub(super) fn loaded(model: &mut Model, number: u64, mut found: CurrentAnswers, newest: NewestRun) {
    let is_current = model.jobs.pending.latest == Some(number);
    let fits = model.answers.table.as_ref().is_ok_and(|t| {
        is_current
            && t.run().is_none()
            && (found.grids.iter()).all(|b| (b.variants(), b.rows()) == (t.variants(), t.rows))
            && found.grids.len() == t.models.len()
    });
    if !fits {
        return;
    }
    let in_run = model.is_running() && keep_outcomes_of_run(model, &mut found);
    let CurrentAnswers { grids, sources } = found;
    model.answers.grids = grids;
    model.answers.changes += 1;
    model.jobs.rearrange();
    if in_run && let Some(source) = &mut model.answers.source {
        source.answers = Some(sources);
        return;
    }
    let is_empty = sources.runs().is_empty() && newest.run.is_none();
    model.answers.source = (!is_empty).then_some(GridSource {
        run: newest.run,
        answers: Some(sources),
        is_resumable: newest.is_resumable,
        ended: newest.ended,
        wear: newest.wear,
    });
}

/// Put what the run in progress came to so far over what was found beside it. `false` where it has not begun.
fn keep_outcomes_of_run(model: &Model, found: &mut CurrentAnswers) -> bool {
    let Some(source) = &model.answers.source else {
        return false;
    };
    let (Some(run), Some(live)) = (&source.run, &source.answers) else {
        return false;
    };
    if !live.is_in_run() {
        return false;
    }
    let sources = Arc::make_mut(&mut found.sources);
    sources.begin_run(run.clone());
    for (m, (grid, shown)) in (0..).zip(found.grids.iter_mut().zip(&model.answers.grids)) {
        shown.each(|v, r, s, cell| {
            let id = TrialId {
                variant: v as u32,
                model: m,
                row: r as u32,
                sample: s as u32,
            };
            if live.is_live(id) {
                grid.copy(shown, (v, r, s), (v, r, s));
                sources.set_live(id);
            } else if cell.state == CellState::Running {
                grid.mark(v, r, s, cell.state);
            }
        });
    }
    true
}

/// The plan was counted.
pub(super) fn estimated(model: &mut Model, number: u64, estimate: PlanEstimate) {
    let fits = model.jobs.pending.estimate == Some(number)
        && model
            .answers
            .table
            .as_ref()
            .is_ok_and(|t| t.variants() == estimate.variant_tokens.len());
    if !fits {
        return;
    }
    if let Some(what) = model.workspace.saved_changes.take() {
        let cost = estimate
            .usd_at_most()
            .filter(|_| estimate.to_send() > 0)
            .map_or(String::new(), |usd| {
                format!(", at most {}", crate::tui::view::money(usd))
            });
        let serious = estimate.problems().count();
        let wrong = if serious > 0 {
            format!("; {}. !: show", count(serious, "problem"))
        } else {
            String::new()
        };
        let about = if estimate.scaled { "~" } else { "" };
        model.notify(format!(
            "saved: {what} → {about}{} of {} calls to send{cost}{wrong}. r: run",
            estimate.to_send(),
            estimate.calls()
        ));
    }
    model.workspace.estimate = Some(estimate);
}

/// What to watch: the project file, the folders of the templates, the dataset and the shots.
fn watched(model: &Model, plan: Option<&Plan>) -> Vec<PathBuf> {
    let root = &model.workspace.project.root;
    let spec = model.spec();
    let mut paths: Vec<PathBuf> = model.workspace.project.file.iter().cloned().collect();
    for glob in &spec.templates {
        // The part of a pattern before its first sign is a folder, or a file.
        let plain: PathBuf = std::path::Path::new(glob)
            .components()
            .take_while(|c| {
                !c.as_os_str()
                    .to_string_lossy()
                    .contains(['*', '?', '[', '{'])
            })
            .collect();
        paths.push(root.join(plain));
    }
    if let Some(plan) = plan {
        paths.extend(
            plan.templates
                .templates()
                .iter()
                .map(|t| root.join(&t.path)),
        );
    }
    if spec.dataset.as_os_str() != "-" {
        paths.push(DatasetName::parse(&root.join(&spec.dataset)).path);
    }
    let shots = spec.shots.iter().map(|s| root.join(s));
    paths.extend(shots.map(|shots| DatasetName::parse(&shots).path));
    paths.sort();
    paths.dedup();
    paths
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
