//! Templates and variants: edited, created, split, removed, switched on and off; rows and runs marked.

use super::{plan, split};
use crate::source::SourcePlace;
use crate::tui::model::{
    Confirmation, Effect, Job, LinePurpose, Model, Overlay, Screen, Table, TextArea,
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// Refuse during a run.
pub(super) fn busy(model: &mut Model) -> bool {
    let running = model.is_running();
    if running {
        model.refuse("a run is in progress; x stops it");
    }
    running
}

/// The file of a template.
pub(super) fn file(model: &Model, path: &Path) -> PathBuf {
    // Shown paths are relative to the current folder; the project's own are relative to its root.
    let in_root = model.workspace.project.root.join(path);
    if path.is_absolute() || !in_root.exists() {
        path.to_path_buf()
    } else {
        in_root
    }
}

/// The template of the current variant, where it is a file of the project as it is now.
pub(super) fn template(model: &Model) -> Option<(Arc<Table>, PathBuf)> {
    let table = model
        .answers
        .table
        .as_ref()
        .ok()
        .filter(|t| t.run().is_none())?;
    let path = file(model, &table.source(model.cursor.variant)?.path);
    Some((Arc::clone(table), path))
}

/// The broken template that is selected in the list of variants.
fn selected_broken(model: &Model) -> Option<&SourcePlace> {
    let line = model.cursor.list_line;
    let selected = model.workspace.broken_template_at(line)?;
    selected
        .place()
        .filter(|_| model.view.screen == Screen::Edit)
}

/// What there is to edit: the template selected, at its first error where it is broken; without a table, the project file.
fn edited_place(model: &Model) -> Option<(PathBuf, Option<usize>)> {
    let broken = selected_broken(model);
    match (broken, &model.answers.table, &model.workspace.project.file) {
        (Some(place), _, _) => Some((file(model, &place.file), Some(place.line))),
        (None, Ok(_), _) => template(model).map(|(_, path)| (path, None)),
        (None, Err(_), Some(file)) => Some((file.clone(), None)),
        (None, Err(_), None) => None,
    }
}

/// Open the template in the editor.
pub(super) fn edit(model: &mut Model, out: &mut Vec<Effect>) {
    match edited_place(model) {
        Some((path, line)) => out.push(Effect::Edit(path, line)),
        None => model.refuse("stored runs are read-only; Esc goes back to the project"),
    }
}

/// Edit the template in place.
pub(super) fn edit_here(model: &mut Model, out: &mut Vec<Effect>) {
    if busy(model) {
        return;
    }
    match edited_place(model) {
        Some((path, line)) => out.push(Job::ReadTemplate(path, line).into()),
        None => model.refuse("stored runs are read-only; Esc goes back to the project"),
    }
}

/// The template was read: it is edited.
pub(super) fn open_editor(model: &mut Model, path: PathBuf, text: &str, line: Option<usize>) {
    let mut text = Box::new(TextArea::new(text));
    text.go_to_line(line.unwrap_or(1));
    model.view.preview.reset();
    model.open(Overlay::TextArea { path, text });
}

/// Save the text that is edited; it stays open.
pub(super) fn save(model: &mut Model, out: &mut Vec<Effect>) {
    if let Some(Overlay::TextArea { path, text }) = model.view.overlays.last_mut() {
        text.saved();
        let job = Job::Save(path.clone(), text.text());
        out.push(job.into());
    }
}

/// Mark the row, switch the variant on or off, or choose the run.
pub(super) fn mark(model: &mut Model, out: &mut Vec<Effect>) {
    match model.view.screen {
        Screen::Grid | Screen::Diff => {
            let mut marks = (*model.answers.marks).clone();
            if !marks.remove(&model.cursor.row) {
                marks.insert(model.cursor.row);
            }
            model.answers.marks = Arc::new(marks);
            model.jobs.rearrange();
        }
        Screen::Edit => toggle(model, out),
        Screen::Runs => {
            let here = model
                .run_list
                .lines
                .get(model.run_list.line)
                .map(|r| r.info.id.clone());
            model.run_list.chosen = if model.run_list.chosen == here {
                None
            } else {
                here
            };
        }
    }
}

fn toggle(model: &mut Model, out: &mut Vec<Effect>) {
    if busy(model) {
        return;
    }
    let Some(name) = model
        .workspace
        .variant_names
        .get(model.cursor.list_line)
        .cloned()
    else {
        return model.refuse(FIX_FIRST);
    };
    if !model.workspace.switched_off.remove(&name) {
        let on = model
            .workspace
            .variant_names
            .iter()
            .filter(|n| !model.workspace.switched_off.contains(*n))
            .count();
        if on < 2 {
            return model.refuse("at least one variant must stay on");
        }
        model.workspace.switched_off.insert(name);
    }
    plan::plan(model, out);
}

/// Of a template that does not compile.
const FIX_FIRST: &str = "this template is broken; i: fix it";

/// Ask for the name of a new variant.
pub(super) fn new_variant(model: &mut Model) {
    if selected_broken(model).is_some() {
        return model.refuse(FIX_FIRST);
    }
    let Some((_, path)) = template(model) else {
        return model.refuse("no template to copy");
    };
    let stem = path
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let free = (2..100)
        .map(|n| format!("{stem}-{n}"))
        .find(|name| !path.with_file_name(format!("{name}.j2")).exists())
        .unwrap_or(stem);
    model.open(Overlay::Line {
        what: LinePurpose::NewVariant,
        input: TextArea::line(free),
    });
}

/// What a name of a template may have.
pub(super) const NAME_RULE: &str = "use letters, digits and dashes: the file will be NAME.j2";

/// The name of a template as typed, with or without its extension; `None` where it is not one.
pub(super) fn template_name(typed: &str) -> Option<&str> {
    let name = typed.trim().trim_end_matches(".j2");
    let odd = |c: char| c == '/' || c == '\\' || c.is_control();
    (!name.is_empty() && !name.starts_with('.') && !name.contains(odd)).then_some(name)
}

/// Write a copy of the current template under that name.
pub(super) fn create_variant(model: &mut Model, name: &str, out: &mut Vec<Effect>) {
    let Some(name) = template_name(name) else {
        return model.refuse(NAME_RULE);
    };
    let Some((table, path)) = template(model) else {
        return;
    };
    let text = table
        .source(model.cursor.variant)
        .map_or(String::new(), |s| s.text.to_string());
    model.workspace.new_variant = Some(name.to_owned());
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    let file = path.with_file_name(format!("{name}.{extension}"));
    out.push(Job::Create(vec![(file, text)]).into());
}

/// Ask whether to remove a template or delete a run.
pub(super) fn delete(model: &mut Model) {
    if busy(model) {
        return;
    }
    if model.view.screen == Screen::Runs {
        if let Some(run) = model.run_list.lines.get(model.run_list.line) {
            let id = run.info.id.0.clone();
            model.open(Overlay::Ask(Confirmation::DeleteRun(id)));
        }
        return;
    }
    if selected_broken(model).is_some() {
        return model.refuse(FIX_FIRST);
    }
    let Some((table, path)) = template(model) else {
        return model.refuse("no template to remove");
    };
    if table.sources.len() < 2 {
        return model.refuse("cannot remove the only template");
    }
    model.open(Overlay::Ask(Confirmation::RemoveTemplate(path)));
}

/// Ask whether to split the edit between the two sides into templates with one change each.
pub(super) fn split(model: &mut Model) {
    if busy(model) {
        return;
    }
    let Some((table, path)) = template(model) else {
        return model.refuse("stored runs are read-only; Esc goes back to the project");
    };
    let (Some(base), Some(here)) = (
        table.source(model.answers.baseline),
        table.source(model.cursor.variant),
    ) else {
        return;
    };
    if base.path == here.path {
        return model
            .refuse("both variants come from the same template, so there is nothing to split");
    }
    let (head, before) = front_matter(&base.text);
    let (_, after) = front_matter(&here.text);
    let parts = split::split(before, after);
    match parts.len() {
        0 => return model.refuse("the texts are identical"),
        1 => return model.refuse("there is only one change"),
        n if n > split::MOST => {
            return model.refuse(format!(
                "too many changes to split ({n}; at most {})",
                split::MOST
            ));
        }
        _ => {}
    }
    let stem = path
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let extension = path
        .extension()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let files = parts
        .into_iter()
        .enumerate()
        .map(|(i, (_, text))| {
            (
                format!("{stem}-{}.{extension}", i + 1),
                format!("{head}{text}"),
            )
        })
        .collect();
    let dir = path.parent().unwrap_or(Path::new(".")).to_path_buf();
    model.open(Overlay::Ask(Confirmation::WriteTemplates(dir, files)));
}

/// The front matter with its end line, and the body.
fn front_matter(text: &str) -> (&str, &str) {
    let end = text
        .strip_prefix("+++\n")
        .and_then(|rest| rest.find("\n+++\n"))
        .map_or(0, |at| "+++\n".len() + at + "\n+++\n".len());
    text.split_at(end)
}
