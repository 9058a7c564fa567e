//! Overlays: opened, typed into, accepted, closed.

use super::{
    bad_cases, copy, cursor, export, filter, label_matrix, leaderboard, leaderboard_walk,
    model_choice, new_experiment, paraphrase, plan, run, runs, shown_models, templates, view_state,
    wording_search,
};
use crate::tui::{
    keys::palette,
    model::{
        Action, Confirmation, CopySource, Edit, Effect, Item, Job, Lens, LinePurpose, Model, Open,
        Overlay, Screen, Sort, TextArea, ViewCommand,
    },
};
use crate::{
    model::RunId,
    row_filter::{Filter, RowFilter},
};
use std::path::PathBuf;

/// A menu of values of the view, the current one selected.
fn view_menu<T: Copy>(
    title: &str,
    all: &[(T, &str, &str)],
    at: usize,
    command: fn(T) -> ViewCommand,
) -> Overlay {
    let items = all.iter().map(|(value, word, meaning)| {
        Item::new(*word, *meaning, Action::ViewCommand(command(*value)))
    });
    Overlay::Menu {
        title: title.into(),
        items: items.collect(),
        at,
    }
}

/// Open an overlay.
pub(super) fn open(model: &mut Model, what: Open) {
    let overlay = match what {
        Open::Help => {
            if matches!(model.view.overlays.last(), Some(Overlay::Help { .. })) {
                model.view.overlays.pop();
                return;
            }
            Overlay::Help {
                input: TextArea::default(),
                scroll: 0,
            }
        }
        Open::Palette => Overlay::Palette {
            input: TextArea::default(),
            at: 0,
        },
        Open::Search => Overlay::Line {
            what: LinePurpose::Search,
            input: TextArea::line(model.view.search.clone()),
        },
        Open::Filter if leaderboard::is_shown(model) => leaderboard::ask_filter(model),
        Open::Filter => filter::menu(model),
        Open::Sort if leaderboard::is_shown(model) => match leaderboard::sort_menu(model) {
            Some(menu) => menu,
            None => return,
        },
        Open::Sort => {
            let at = model.view.settings.sort as usize;
            view_menu("Sort", &Sort::ALL, at, ViewCommand::Sort)
        }
        Open::Lens => {
            let lenses = model.lenses();
            let now = model.view.settings.lens;
            let at = lenses.iter().position(|(lens, ..)| *lens == now);
            view_menu("Lens", &lenses, at.unwrap_or(0), ViewCommand::Lens)
        }
        Open::Copy => Overlay::Menu {
            title: "Copy".into(),
            items: CopySource::ALL
                .map(|(source, name, hint)| Item::new(name, hint, Action::Copy(source)))
                .to_vec(),
            at: 0,
        },
        Open::Export => match export::menu(model) {
            Some(menu) => menu,
            None => return model.refuse("no answers yet. r: run"),
        },
        Open::Problems if model.shows_old_run() => {
            return model.refuse("a stored run is not checked: problems are those of the project");
        }
        Open::Problems => Overlay::Problems { at: 0 },
        Open::Advice => {
            if matches!(model.view.overlays.last(), Some(Overlay::Advice { .. })) {
                model.view.overlays.pop();
                return;
            }
            if model.answers.table.is_err() {
                return model.refuse("no advice: the experiment cannot be read");
            }
            Overlay::Advice { scroll: 0 }
        }
        Open::Row => {
            if model.cells().is_none_or(|c| c.rows() == 0) {
                return;
            }
            Overlay::Row {
                scroll: 0,
                unfolded: false,
            }
        }
        Open::FullText => match copy::output(model) {
            Some((title, text)) => Overlay::Text {
                title,
                text,
                scroll: 0,
            },
            None => return model.refuse("no output yet"),
        },
        Open::Models => match shown_models::overlay(model) {
            Some(overlay) => overlay,
            None => return model.refuse("no models: the experiment cannot be read"),
        },
        Open::Settings => Overlay::Settings {
            at: 0,
            before: Box::new(model.view.settings.clone()),
        },
    };
    model.open(overlay);
}

/// Close the overlay; without one, go back.
pub(super) fn back(model: &mut Model, out: &mut Vec<Effect>) {
    match model.view.overlays.pop() {
        Some(Overlay::Filter(menu)) => {
            model.view.settings.filter = menu.before;
            model.answers.row_model = menu.model_before;
            model.cursor.row = menu.row_before;
            model.jobs.rearrange();
        }
        Some(Overlay::NewExperiment(form)) => new_experiment::back(model, form),
        Some(Overlay::Models(shown)) => shown_models::cancel(model, *shown),
        Some(Overlay::Settings { before, .. }) => {
            let splits = model.view.settings.splits;
            model.view.settings = *before;
            model.view.settings.splits = splits;
        }
        Some(Overlay::TextArea { path, text }) if text.is_changed() => {
            let question = Confirmation::Unsaved(path, text);
            model.open(Overlay::Ask(question));
        }
        Some(Overlay::Ask(Confirmation::Unsaved(path, text))) => {
            model.open(Overlay::TextArea { path, text });
        }
        Some(_) => {}
        None if model.view.zoom => model.view.zoom = false,
        None if leaderboard::is_shown(model)
            && !model.view.settings.leaderboard_filter.is_empty() =>
        {
            leaderboard::take_filter(model, "");
        }
        None if leaderboard::is_shown(model) => leaderboard_walk::toggle(model, out),
        None if !model.view.search.is_empty() && model.view.screen == Screen::Grid => {
            model.view.search.clear()
        }
        None if model.view.screen != Screen::Grid => view_state::show(model, Screen::Grid, out),
        None if model.shows_old_run() && !model.workspace.is_bundle => {
            plan::close_run(model, out);
        }
        None if !model.view.settings.filter.is_all() => {
            model.view.settings.filter = Default::default();
            model.jobs.rearrange();
        }
        None => {}
    }
}

/// A key in the text on top.
pub(super) fn edit_text(model: &mut Model, edit: Edit) {
    let window = model.view.measured.window();
    let Some(overlay) = model.view.overlays.last_mut() else {
        return;
    };
    if let Overlay::ModelChoice(choice) = overlay {
        return model_choice::edit(choice, edit);
    }
    if let Overlay::NewExperiment(form) = overlay {
        return new_experiment::edit(form, edit);
    }
    if let Some(text) = overlay.editor() {
        text.apply(edit, window);
    }
    match overlay {
        Overlay::Palette { at: place, .. } | Overlay::Help { scroll: place, .. } => *place = 0,
        Overlay::Filter(_) => filter::follow(model),
        _ => {}
    }
}

/// Accept the choice in the overlay, or open what is under the cursor. Returns the action chosen from a menu.
pub(super) fn enter(model: &mut Model, out: &mut Vec<Effect>) -> Option<Action> {
    let Some(overlay) = model.view.overlays.pop() else {
        enter_screen(model, out);
        return None;
    };
    match overlay {
        Overlay::Palette { input, at } => {
            let found = palette::entries(model, &input.text());
            return found.into_iter().nth(at).map(|entry| entry.action);
        }
        Overlay::Menu { items, at, .. } => {
            return items.into_iter().nth(at).map(|item| item.action);
        }
        Overlay::Line { what, input } => take_line(model, what, &input.text(), out),
        Overlay::Plan => {
            model.open(Overlay::Plan);
            run::run(model, out);
        }
        Overlay::Problems { at } => {
            let problems = model.workspace.problems();
            let place = problems.get(at).and_then(|p| p.place.clone());
            match place {
                Some(place) => {
                    let path = templates::file(model, &place.file);
                    out.push(Effect::Edit(path, Some(place.line)));
                }
                None => model.open(Overlay::Problems { at }),
            }
        }
        Overlay::Settings { at, before } => {
            model.open(Overlay::Settings { at, before });
            view_state::change_setting(model, at, 1);
        }
        Overlay::Ask(question) => answer(model, question, out),
        Overlay::TextArea { path, text } => {
            model.open(Overlay::TextArea { path, text });
        }
        Overlay::Filter(menu) => filter::accept(model, menu),
        Overlay::ModelChoice(choice) => model_choice::accept(model, choice, out),
        Overlay::NewExperiment(form) => new_experiment::accept(model, form, out),
        Overlay::Paraphrases(rewords) => paraphrase::accept(model, rewords, out),
        Overlay::Help { .. }
        | Overlay::Row { .. }
        | Overlay::Advice { .. }
        | Overlay::Text { .. }
        | Overlay::Models(_)
        | Overlay::Message(_) => {}
        search @ Overlay::WordingSearch { .. } => model.open(search),
    }
    None
}

/// Take a line of the menu on top; show or hide a model.
pub(super) fn choose(model: &mut Model, line: usize, out: &mut Vec<Effect>) -> Option<Action> {
    if let Some(Overlay::Menu { items, at, .. }) = model.view.overlays.last_mut()
        && line < items.len()
    {
        *at = line;
        return enter(model, out);
    }
    shown_models::choose(model, line);
    None
}

fn enter_screen(model: &mut Model, out: &mut Vec<Effect>) {
    match model.view.screen {
        Screen::Grid if leaderboard::is_shown(model) => leaderboard_walk::enter(model),
        Screen::Grid if label_matrix::matrix_labels(model).is_some() => {
            label_matrix::show_rows(model, out);
        }
        Screen::Grid if model.view.settings.lens.is_overview() => {
            view_state::change_view(model, ViewCommand::Lens(Lens::Answers));
        }
        Screen::Grid | Screen::Diff => open(model, Open::Row),
        Screen::Edit => templates::edit(model, out),
        Screen::Runs => {
            if let Some(line) = model.run_list.lines.get(model.run_list.line) {
                let run = line.info.id.clone();
                runs::open(model, &run, out);
            }
        }
    }
}

fn take_line(model: &mut Model, what: LinePurpose, text: &str, out: &mut Vec<Effect>) {
    match what {
        LinePurpose::Search => {
            text.clone_into(&mut model.view.search);
            if let Err(message) = check_search(model, text) {
                model.view.search.clear();
                return model.refuse(message);
            }
            if !text.is_empty() {
                cursor::next(model, 1, out);
            }
        }
        LinePurpose::LeaderboardFilter => leaderboard::take_filter(model, text),
        LinePurpose::FilterName => filter::save(model, text, out),
        LinePurpose::NewVariant => templates::create_variant(model, text, out),
        LinePurpose::Note => {
            if let Some(run) = model.run_list.lines.get(model.run_list.line) {
                let id = run.info.id.clone();
                out.push(Job::Note(id, text.to_owned()).into());
            }
        }
        LinePurpose::SearchCalls => wording_search::begin(model, text, out),
        LinePurpose::BadCase => bad_cases::save(model, text, out),
        LinePurpose::Export(what) => export::export(model, what, PathBuf::from(text.trim()), out),
    }
}

/// Whether what was typed can be searched for.
fn check_search(model: &Model, text: &str) -> Result<(), String> {
    let Ok(table) = &model.answers.table else {
        return Ok(());
    };
    let names = table.row_names(model.answers.baseline, model.cursor.model);
    let search = Filter {
        text: text.to_owned(),
        ..Filter::default()
    };
    let checked = RowFilter::new(&search, &names);
    checked
        .map(|_| ())
        .map_err(|error| format!("column {}: {error}", error.column(text)))
}

fn answer(model: &mut Model, question: Confirmation, out: &mut Vec<Effect>) {
    match question {
        Confirmation::Quit => run::really_quit(model, out),
        Confirmation::DeleteRun(id) => out.push(Job::DeleteRun(RunId(id)).into()),
        Confirmation::RemoveTemplate(path) => out.push(Job::Remove(path).into()),
        Confirmation::WriteTemplates(dir, files) => {
            let files = files
                .into_iter()
                .map(|(name, text)| (dir.join(name), text))
                .collect();
            out.push(Job::Create(files).into());
        }
        Confirmation::WriteExperiment(files, _) => {
            out.push(Job::WriteExperiment(files).into());
        }
        Confirmation::WriteWording(file, _) => out.push(Job::WriteWording(file).into()),
        Confirmation::WriteModels(change) => model_choice::write(model, *change, out),
        Confirmation::Unsaved(..) => {}
        Confirmation::Resume(run, _) => run::start(model, Some(run), out),
        Confirmation::BeyondCap => run::beyond_cap(model, out),
    }
}
