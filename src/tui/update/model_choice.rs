//! The models of the experiment: listed by their endpoints, chosen, shown as a change of the project file, written.

use super::{refresh, templates::busy};
use crate::{
    engine::OfferedModel,
    tui::model::{
        Confirmation, Edit, Effect, FileChange, Job, Model, ModelChoice, Overlay, Window,
    },
};

/// Open the choice and ask the endpoints for their lists.
pub(super) fn open(model: &mut Model, out: &mut Vec<Effect>) {
    if busy(model) {
        return;
    }
    if model.shows_old_run() {
        return model.refuse("stored runs are read-only; Esc goes back to the project");
    }
    if model.workspace.project.file.is_none() {
        return model.refuse("there is no wording.toml to write models to");
    }
    if !model.spec().outputs.is_empty() {
        return model.refuse("this experiment scores existing outputs and calls no model");
    }
    let number = refresh::number(model);
    let endpoints: Vec<String> = model.workspace.project.endpoints.keys().cloned().collect();
    let before = model.spec().models.clone();
    let choice = ModelChoice::new(before, endpoints.iter().cloned(), number);
    model.open(Overlay::ModelChoice(Box::new(choice)));
    let requests = endpoints.into_iter();
    out.extend(requests.map(|endpoint| Effect::ListModels(endpoint, number)));
}

/// An endpoint answered; dropped where the choice was closed.
pub(super) fn listed(
    model: &mut Model,
    number: u64,
    endpoint: String,
    found: Result<Vec<OfferedModel>, String>,
) {
    if let Some(choice) = choice(model)
        && choice.number == number
    {
        // The selection stays on its model.
        let selected = choice.entries().into_iter().nth(choice.at);
        choice.lists.insert(endpoint, found);
        let place = selected.and_then(|selected| {
            let mut entries = choice.entries().into_iter();
            entries.position(|entry| entry.model == selected.model)
        });
        choice.at = place.unwrap_or(0);
    }
}

/// The choice, also below a question.
fn choice(model: &mut Model) -> Option<&mut ModelChoice> {
    let mut overlays = model.view.overlays.iter_mut().rev();
    overlays.find_map(|overlay| match overlay {
        Overlay::ModelChoice(choice) => Some(&mut **choice),
        _ => None,
    })
}

pub(super) fn toggle(model: &mut Model) {
    if let Some(Overlay::ModelChoice(choice)) = model.view.overlays.last_mut() {
        choice.toggle();
    }
}

/// A key in the text; where nothing is typed, a blank chooses.
pub(super) fn edit(choice: &mut ModelChoice, edit: Edit) {
    if edit == Edit::Insert(' ') && choice.input.text().is_empty() {
        return choice.toggle();
    }
    choice.input.apply(edit, Window::ONE_LINE);
    choice.at = 0;
}

/// Ask for the change of the project file; it is shown before it is written.
pub(super) fn accept(model: &mut Model, choice: Box<ModelChoice>, out: &mut Vec<Effect>) {
    let wanted = choice.wanted();
    if wanted == choice.before {
        return model.notify("the experiment keeps its models");
    }
    let number = choice.number;
    model.open(Overlay::ModelChoice(choice));
    if wanted.is_empty() {
        return model.refuse("an experiment needs a model; Tab chooses one");
    }
    if let Some(file) = model.workspace.project.file.clone() {
        let experiment = model.spec().name.clone();
        out.push(Job::PreviewModels(number, file, experiment, wanted).into());
    }
}

/// The change is known: ask whether to write it.
pub(super) fn previewed(model: &mut Model, number: u64, change: Result<FileChange, String>) {
    if choice(model).is_none_or(|choice| choice.number != number) {
        return;
    }
    model.open(match change {
        Ok(change) => Overlay::Ask(Confirmation::WriteModels(Box::new(change))),
        Err(message) => Overlay::Message(message),
    });
}

/// Write it; new models are shown beside those that were.
pub(super) fn write(model: &mut Model, change: FileChange, out: &mut Vec<Effect>) {
    let Some(choice) = choice(model) else { return };
    let (before, wanted) = (choice.before.clone(), choice.wanted());
    model.view.overlays.clear();
    let columns = &model.answers.columns;
    let is_shown = |at: &usize| columns.models.contains(at);
    let kept = (before.iter().enumerate())
        .filter(|(at, name)| is_shown(at) && wanted.contains(name))
        .map(|(_, name)| name);
    let new = wanted.iter().filter(|name| !before.contains(name));
    let shown = kept.chain(new).map(ToString::to_string).collect();
    model.view.settings.column_layout.models = shown;
    out.push(Job::Replace(change).into());
}
