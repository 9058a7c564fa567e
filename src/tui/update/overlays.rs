//! What lies on top: opened, typed into, taken, closed.

use super::{
    act, badcases, change_look, editing, following, loading, moving, rewording, running, runs,
};
use crate::tui::{
    Action, CopySource, Effect, Job, Lens, Model, Open, Overlay, Screen, Sort, ThemeName, Typing,
    ViewCommand,
    input::LineInput,
    overlay::{Confirmation, ExportKind, Item, LinePurpose},
    palette,
};
use std::{path::PathBuf, sync::Arc};

/// Lines of the settings.
pub const SETTINGS: usize = 5;

fn item(label: impl Into<String>, hint: impl Into<String>, action: Action) -> Item {
    Item {
        label: label.into(),
        hint: hint.into(),
        action,
    }
}

/// Put something on top.
pub fn open(model: &mut Model, what: Open) {
    let overlay = match what {
        Open::Help => {
            if matches!(model.overlays.last(), Some(Overlay::Help { .. })) {
                model.overlays.pop();
                return;
            }
            Overlay::Help { scroll: 0 }
        }
        Open::Palette => Overlay::Palette {
            input: LineInput::default(),
            at: 0,
        },
        Open::Search => Overlay::Line {
            what: LinePurpose::Search,
            input: LineInput::new(model.search.clone()),
        },
        Open::Filter => Overlay::Filter {
            input: LineInput::new(model.outlook.filter.text.clone()),
            before: model.outlook.filter.clone(),
        },
        Open::Sort => Overlay::Menu {
            title: "Sort".into(),
            items: Sort::ALL
                .map(|s| {
                    item(
                        s.word(),
                        s.meaning(),
                        Action::ViewCommand(ViewCommand::Sort(s)),
                    )
                })
                .to_vec(),
            at: model.outlook.sort as usize,
        },
        Open::Lens => Overlay::Menu {
            title: "Lens".into(),
            items: Lens::ALL
                .map(|l| {
                    item(
                        l.word(),
                        l.meaning(),
                        Action::ViewCommand(ViewCommand::Lens(l)),
                    )
                })
                .to_vec(),
            at: model.outlook.lens as usize,
        },
        Open::Copy => Overlay::Menu {
            title: "Copy".into(),
            items: vec![
                item(
                    "answer",
                    "what the metric read",
                    Action::Copy(CopySource::Answer),
                ),
                item(
                    "output",
                    "the whole output of this sample",
                    Action::Copy(CopySource::Output),
                ),
                item(
                    "prompt",
                    "the prompt as sent",
                    Action::Copy(CopySource::Prompt),
                ),
                item("row", "the row's text", Action::Copy(CopySource::Row)),
                item(
                    "template",
                    "the template's text",
                    Action::Copy(CopySource::Template),
                ),
                item(
                    "table",
                    "the rows shown, as Markdown",
                    Action::Copy(CopySource::Table),
                ),
            ],
            at: 0,
        },
        Open::Export => match export_menu(model) {
            Some(menu) => menu,
            None => return model.refuse("there are no answers yet; r runs"),
        },
        Open::Problems => Overlay::Problems { at: 0 },
        Open::Advice => {
            if matches!(model.overlays.last(), Some(Overlay::Advice { .. })) {
                model.overlays.pop();
                return;
            }
            if model.table.is_err() {
                return model.refuse("the experiment cannot be read, so there is no advice on it");
            }
            Overlay::Advice { scroll: 0 }
        }
        Open::Row => {
            if model.cells().is_none_or(|c| c.rows() == 0) {
                return;
            }
            Overlay::Row { scroll: 0 }
        }
        Open::FullText => match super::copying::output(model) {
            Some((title, text)) => Overlay::Text {
                title,
                text,
                scroll: 0,
            },
            None => return model.refuse("there is no output here yet"),
        },
        Open::Settings => Overlay::Settings {
            at: 0,
            before: Box::new(model.outlook.clone()),
        },
    };
    model.overlays.push(overlay);
}

fn export_menu(model: &Model) -> Option<Overlay> {
    let run = match (&model.kept, &model.table) {
        (Some(kept), _) => kept.run.clone(),
        (None, Ok(table)) => table.run()?.id.clone(),
        (None, Err(_)) => return None,
    };
    let report = |ext: &str, hint: &str| {
        let name = format!("wording-{run}.{ext}");
        item(
            format!("report .{ext}"),
            hint,
            Action::Export(ExportKind::Report, name),
        )
    };
    let rows = |ext: &str| {
        let name = format!("rows-{run}.{ext}");
        let n = model.arrangement.rows.len();
        item(
            format!("rows shown .{ext}"),
            format!("{n} rows, as filtered and sorted"),
            Action::Export(ExportKind::Rows, name),
        )
    };
    Some(Overlay::Menu {
        title: "Export".into(),
        items: vec![
            report("html", "for people: one file, no network"),
            report("md", "for pull requests"),
            report("json", "for programs"),
            report("csv", "for spreadsheets"),
            report("xml", "for CI (JUnit)"),
            rows("csv"),
            rows("md"),
        ],
        at: 0,
    })
}

/// Ask for the name of a file.
pub fn ask_export(model: &mut Model, what: ExportKind, name: String) {
    model.overlays.push(Overlay::Line {
        what: LinePurpose::Export(what),
        input: LineInput::new(name),
    });
}

/// Close what lies on top; with nothing there, go back.
pub fn back(model: &mut Model, out: &mut Vec<Effect>) {
    match model.overlays.pop() {
        Some(Overlay::Filter { before, .. }) => {
            model.outlook.filter = before;
            following::rearrange(model);
        }
        Some(Overlay::Settings { before, .. }) => {
            let splits = model.outlook.splits;
            model.outlook = *before;
            model.outlook.splits = splits;
        }
        Some(Overlay::Sheet { path, sheet }) if sheet.is_changed() => {
            let question = Confirmation::Unsaved(path, sheet);
            model.overlays.push(Overlay::Ask(question));
        }
        Some(Overlay::Ask(Confirmation::Unsaved(path, sheet))) => {
            model.overlays.push(Overlay::Sheet { path, sheet });
        }
        Some(_) => {}
        None if model.zoom => model.zoom = false,
        None if !model.search.is_empty() && model.screen == Screen::Grid => model.search.clear(),
        None if model.screen != Screen::Grid => super::show(model, Screen::Grid, out),
        None if model.table.as_ref().is_ok_and(|t| t.run().is_some()) => {
            loading::close_run(model, out);
        }
        None if !model.outlook.filter.is_all() => {
            model.outlook.filter = Default::default();
            following::rearrange(model);
        }
        None => {}
    }
}

/// A key was typed into the line on top.
pub fn typed(model: &mut Model, typing: Typing) {
    let Some(overlay) = model.overlays.last_mut() else {
        return;
    };
    if let Some(input) = overlay.input() {
        input.apply(typing);
    }
    match overlay {
        Overlay::Palette { at, .. } => *at = 0,
        Overlay::Filter { input, .. } => {
            model.outlook.filter.text = input.text().to_owned();
            following::rearrange(model);
        }
        _ => {}
    }
}

/// Take what is chosen on top; with nothing there, what the cursor is on.
pub fn enter(model: &mut Model, out: &mut Vec<Effect>) {
    let Some(overlay) = model.overlays.pop() else {
        return enter_screen(model, out);
    };
    match overlay {
        Overlay::Palette { input, at } => {
            let found = palette::found(model.screen, input.text());
            if let Some(binding) = found.get(at) {
                act(model, (binding.action)(), out);
            }
        }
        Overlay::Menu { items, at, .. } => {
            if let Some(item) = items.into_iter().nth(at) {
                act(model, item.action, out);
            }
        }
        Overlay::Line { what, input } => take_line(model, what, input.text(), out),
        Overlay::Plan => {
            model.overlays.push(Overlay::Plan);
            running::run(model, out);
        }
        Overlay::Problems { at } => {
            let place = model
                .estimate
                .as_ref()
                .and_then(|e| e.troubles.get(at)?.place.clone());
            match place {
                Some(place) => {
                    let path = editing::file(model, &place.file);
                    out.push(Effect::Edit(path, Some(place.line)));
                }
                None => model.overlays.push(Overlay::Problems { at }),
            }
        }
        Overlay::Settings { at, before } => {
            model.overlays.push(Overlay::Settings { at, before });
            set(model, at, 1);
        }
        Overlay::Ask(question) => answer(model, question, out),
        Overlay::Sheet { path, sheet } => {
            model.overlays.push(Overlay::Sheet { path, sheet });
        }
        Overlay::Reword(rewords) => rewording::take(model, rewords, out),
        Overlay::Help { .. }
        | Overlay::Filter { .. }
        | Overlay::Row { .. }
        | Overlay::Advice { .. }
        | Overlay::Text { .. }
        | Overlay::Message(_) => {}
    }
}

fn enter_screen(model: &mut Model, out: &mut Vec<Effect>) {
    match model.screen {
        Screen::Grid if matches!(model.outlook.lens, Lens::Map | Lens::Axes | Lens::Variance) => {
            change_look(model, ViewCommand::Lens(Lens::Answers));
        }
        Screen::Grid | Screen::Diff => open(model, Open::Row),
        Screen::Edit => editing::edit(model, out),
        Screen::Runs => runs::open(model, out),
    }
}

fn take_line(model: &mut Model, what: LinePurpose, text: &str, out: &mut Vec<Effect>) {
    match what {
        LinePurpose::Search => {
            text.clone_into(&mut model.search);
            if let Err(message) = crate::tui::view_settings::Finder::new(text) {
                model.search.clear();
                return model.refuse(message);
            }
            if !text.is_empty() {
                moving::next(model, 1, out);
            }
        }
        LinePurpose::NewVariant => editing::create_variant(model, text, out),
        LinePurpose::Note => {
            if let Some(run) = model.runs.get(model.run_at) {
                let id = run.info.id.clone();
                out.push(Effect::Do(Box::new(Job::Note(id, text.to_owned()))));
            }
        }
        LinePurpose::BadCase => badcases::keep(model, text, out),
        LinePurpose::Export(what) => export(model, what, PathBuf::from(text.trim()), out),
    }
}

fn export(model: &mut Model, what: ExportKind, path: PathBuf, out: &mut Vec<Effect>) {
    let (Ok(table), Some(cells)) = (&model.table, model.cells()) else {
        return;
    };
    let job = match (what, &model.kept, table.run()) {
        (ExportKind::Rows, ..) => Job::ExportRows(
            cells.clone(),
            Arc::clone(table),
            Arc::clone(&model.arrangement.rows),
            path,
        ),
        (ExportKind::Report, Some(kept), _) => Job::Export(kept.run.clone(), path),
        (ExportKind::Report, None, Some(info)) => Job::Export(info.id.clone(), path),
        (ExportKind::Report, None, None) => return,
    };
    out.push(Effect::Do(Box::new(job)));
}

fn answer(model: &mut Model, question: Confirmation, out: &mut Vec<Effect>) {
    match question {
        Confirmation::Quit => running::really_quit(model, out),
        Confirmation::DeleteRun(id) => {
            let id = crate::model::RunId(id);
            if model.kept.as_ref().is_some_and(|k| k.run == id) {
                model.kept = None;
            }
            out.push(Effect::Do(Box::new(Job::DeleteRun(id))));
        }
        Confirmation::RemoveTemplate(path) => out.push(Effect::Do(Box::new(Job::Remove(path)))),
        Confirmation::WriteTemplates(dir, files) => {
            let files = files
                .into_iter()
                .map(|(name, text)| (dir.join(name), text))
                .collect();
            out.push(Effect::Do(Box::new(Job::Create(files))));
        }
        Confirmation::Unsaved(..) => {}
        Confirmation::BeyondCap => running::beyond_cap(model, out),
    }
}

pub fn set(model: &mut Model, at: usize, by: isize) {
    match at {
        0 => {
            let now = model.theme.name() as usize;
            let n = ThemeName::ALL.len();
            let name = ThemeName::ALL[(now + n).saturating_add_signed(by) % n];
            change_look(model, ViewCommand::Theme(name));
        }
        1 => change_look(model, ViewCommand::Compact),
        2 => change_look(model, ViewCommand::Wrap),
        3 => change_look(model, ViewCommand::Layout),
        _ => change_look(model, ViewCommand::Columns(by as i8)),
    }
}
