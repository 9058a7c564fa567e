//! The prompt of the template that is edited: rendered beside the session as it is typed, one request at a time.

use crate::{
    model::Prompt,
    tui::model::{Diagnostic, Effect, Job, Model, Overlay, PreviewSpec},
};
use std::sync::Arc;

/// Ask for the prompt of what is typed, once what was last asked for has come.
pub(super) fn follow(model: &mut Model, out: &mut Vec<Effect>) {
    let (Some(Overlay::TextArea { path, text }), Some(plan), Ok(table)) = (
        model.view.overlays.last(),
        &model.workspace.plan,
        &model.answers.table,
    ) else {
        return;
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // Parts of templates, which begin with `_`, and the project file have no prompt.
    let is_template = !name.starts_with('_') && model.workspace.project.file.as_ref() != Some(path);
    let preview = &model.view.preview;
    let (row, variant) = (model.cursor.row, model.cursor.variant);
    let key = (text.revision(), row, variant, model.jobs.pending.plan);
    if !is_template
        || preview.is_hidden
        || preview.pending.is_some()
        || preview.requested == Some(key)
    {
        return;
    }
    let number = model.jobs.pending.number + 1;
    let spec = PreviewSpec {
        number,
        plan: Arc::clone(plan),
        file: path.clone(),
        text: text.text(),
        variant: table.names.get(variant).cloned().unwrap_or_default(),
        row,
    };
    model.jobs.pending.number = number;
    model.view.preview.requested = Some(key);
    model.view.preview.pending = Some(number);
    out.push(Job::Preview(Box::new(spec)).into());
}

/// Take a prompt that was rendered, or why it cannot be.
pub(super) fn take(model: &mut Model, number: u64, rendered: Result<Prompt, Diagnostic>) {
    let preview = &mut model.view.preview;
    if preview.pending == Some(number) {
        preview.pending = None;
        preview.take(rendered);
    }
}
