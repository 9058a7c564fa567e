//! A new experiment: its dataset, columns and model are chosen, its files are shown, written on yes, and opened.

use super::{refresh, templates};
use crate::{
    engine::OfferedModel,
    scaffold::{DatasetColumns, DatasetSource, ScaffoldFiles, first_rows_columns},
    tui::model::{
        ColumnsRead, Confirmation, DraftField, Edit, Effect, ExperimentForm, Job, Model, Overlay,
        Window,
    },
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// Open the form and look for datasets.
pub(super) fn open(model: &mut Model, out: &mut Vec<Effect>) {
    if templates::busy(model) {
        return;
    }
    let project = &model.workspace.project;
    if project.file.is_none() {
        return model.refuse("there is no wording.toml to add an experiment to");
    }
    let root = project.root.clone();
    let mut known_models = Vec::new();
    if !model.workspace.has_no_experiment {
        for name in project.experiments.iter().flat_map(|e| &e.models) {
            if !known_models.contains(name) {
                known_models.push(name.clone());
            }
        }
    }
    let endpoints: Vec<String> = project.endpoints.keys().cloned().collect();
    let others = (project.experiments.iter())
        .flat_map(|experiment| experiment.files_beside_data(&root))
        .collect();
    let number = refresh::number(model);
    let form = ExperimentForm::new(root.clone(), known_models, endpoints.into_iter(), number);
    model.open(Overlay::NewExperiment(Box::new(form)));
    out.push(Job::FindDatasets(number, root, others).into());
}

/// The form, also below a question, where it is that of a job.
fn form(model: &mut Model, number: u64) -> Option<&mut ExperimentForm> {
    let mut overlays = model.view.overlays.iter_mut().rev();
    overlays.find_map(|overlay| match overlay {
        Overlay::NewExperiment(form) if form.number == number => Some(&mut **form),
        _ => None,
    })
}

pub(super) fn datasets_found(model: &mut Model, number: u64, found: Vec<PathBuf>) {
    if let Some(form) = form(model, number) {
        form.datasets = Some(found);
    }
}

/// The columns were read: go on with the name. Dropped where another dataset was chosen meanwhile.
pub(super) fn columns_read(
    model: &mut Model,
    number: u64,
    path: &Path,
    read: Result<Arc<DatasetColumns>, String>,
) {
    let Some(form) = form(model, number) else {
        return;
    };
    let chosen = form.dataset.as_ref();
    if chosen.is_none_or(|source| source.path() != path) {
        return;
    }
    match read {
        Ok(columns) => take_columns(form, columns),
        Err(message) => form.columns = ColumnsRead::Failed(message),
    }
}

fn take_columns(form: &mut ExperimentForm, columns: Arc<DatasetColumns>) {
    form.columns = ColumnsRead::Read(columns);
    form.answer = None;
    if let Some(dataset) = &form.dataset {
        form.name = dataset.experiment_name();
    }
    form.go_to(DraftField::Name);
}

/// An endpoint answered. The selection stays on its model.
pub(super) fn models_listed(
    model: &mut Model,
    number: u64,
    endpoint: String,
    found: Result<Vec<OfferedModel>, String>,
) {
    let Some(form) = form(model, number) else {
        return;
    };
    let selected = form.entries().into_iter().nth(form.at);
    form.lists.insert(endpoint, found);
    let mut entries = form.entries().into_iter();
    let place = selected.and_then(|selected| entries.position(|e| e.value == selected.value));
    form.at = place.unwrap_or(0);
}

/// A key in the field.
pub(super) fn edit(form: &mut ExperimentForm, edit: Edit) {
    form.input.apply(edit, Window::ONE_LINE);
    form.at = 0;
}

/// Go back to the field before; from the first, close.
pub(super) fn back(model: &mut Model, mut form: Box<ExperimentForm>) {
    if let Some(field) = form.neighbor(-1) {
        form.go_to(field);
        model.open(Overlay::NewExperiment(form));
    }
}

/// Take what is typed or selected, and go on.
pub(super) fn accept(model: &mut Model, mut form: Box<ExperimentForm>, out: &mut Vec<Effect>) {
    let typed = form.input.text().trim().to_owned();
    let refused = match form.field {
        DraftField::Name => {
            let experiments = &model.workspace.project.experiments;
            let is_there = !model.workspace.has_no_experiment
                && experiments
                    .iter()
                    .any(|experiment| experiment.name == typed);
            match (typed.is_empty(), is_there) {
                (true, _) => Some("the experiment needs a name".to_owned()),
                (_, true) => Some(format!("there is an experiment `{typed}` already")),
                _ => None,
            }
        }
        DraftField::Template => match templates::template_name(&typed) {
            Some(_) => None,
            None => Some(templates::NAME_RULE.to_owned()),
        },
        DraftField::Dataset | DraftField::Answer | DraftField::Model => {
            match form.entries().into_iter().nth(form.at) {
                Some(entry) => {
                    form.take(entry.value);
                    None
                }
                None => Some(format!("no {} to choose", form.field.word())),
            }
        }
    };
    if let Some(reason) = refused {
        model.open(Overlay::NewExperiment(form));
        return model.refuse(reason);
    }
    match form.field {
        DraftField::Dataset => read_columns(&mut form, out),
        DraftField::Name => {
            form.name = typed;
            form.go_to(DraftField::Answer);
        }
        DraftField::Answer => form.go_to(DraftField::Template),
        DraftField::Template => {
            form.template = templates::template_name(&typed)
                .unwrap_or_default()
                .to_owned();
            form.go_to(DraftField::Model);
            let pending = form.lists.pending();
            out.extend(pending.map(|name| Effect::ListModels(name.clone(), form.number)));
        }
        DraftField::Model => preview(model, &form, out),
    }
    model.open(Overlay::NewExperiment(form));
}

fn read_columns(form: &mut ExperimentForm, out: &mut Vec<Effect>) {
    match &form.dataset {
        Some(DatasetSource::File(path)) => {
            out.push(Job::ReadColumns(form.number, path.clone()).into());
            form.columns = ColumnsRead::Reading;
        }
        Some(DatasetSource::FirstRows(_)) => take_columns(form, Arc::new(first_rows_columns())),
        None => {}
    }
}

fn preview(model: &mut Model, form: &ExperimentForm, out: &mut Vec<Effect>) {
    if let (Some((draft, columns)), Some(file)) = (form.draft(), &model.workspace.project.file) {
        let job = Job::PreviewExperiment(form.number, file.clone(), Box::new(draft), columns);
        out.push(job.into());
    }
}

/// The files are known: ask whether to write them.
pub(super) fn previewed(model: &mut Model, number: u64, files: Result<Box<ScaffoldFiles>, String>) {
    if form(model, number).is_some() {
        model.open(match files {
            Ok(files) => Overlay::Ask(Confirmation::WriteExperiment(files, 0)),
            Err(message) => Overlay::Message(message),
        });
    }
}

/// The files were written: the experiment is opened once the project is read.
pub(super) fn written(model: &mut Model, name: String) {
    model.view.overlays.clear();
    model.workspace.new_experiment = Some(name);
}
