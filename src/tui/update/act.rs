//! What an action of the user does: each goes to the file that knows it.

use super::{
    annotation, bad_cases, columns, copy, cursor, export, filter, leaderboard, leaderboard_walk,
    model_choice, mouse, new_experiment, overlays, paraphrase, plan, run, runs, shown_models,
    templates, view_state, wording_search,
};
use crate::tui::model::{Action, Effect, Job, Model, Open, Overlay, Screen, ViewCommand};

/// Said where something would be sent or changed in a bundle.
const READ_ONLY: &str =
    "a bundle is read-only: run and edit in the project that it was written from";

pub(super) fn act(model: &mut Model, action: Action, out: &mut Vec<Effect>) {
    if model.workspace.is_bundle && action.changes_project(model.view.screen) {
        return model.refuse(READ_ONLY);
    }
    match action {
        Action::Show(screen) => view_state::show(model, screen, out),
        Action::ShowVariant(variant) => {
            view_state::show(model, Screen::Grid, out);
            leaderboard_walk::go_to_column(model, variant, model.cursor.model);
            cursor::variants(model, 0);
        }
        Action::ShowModel(at) => {
            view_state::show_answers(model, out);
            cursor::show_model(model, at);
        }
        Action::ShowExperiment(at) => plan::show_experiment(model, at, out),
        Action::ShowRows(kind) => {
            view_state::show_answers(model, out);
            model.view.settings.filter.kind = kind;
            columns::arrange_rows_by_cursor(model);
        }
        Action::ShowFilter(filter) => {
            view_state::show_answers(model, out);
            model.view.settings.filter = filter;
            columns::arrange_rows_by_cursor(model);
        }
        Action::AddCondition => {
            model_choice::toggle(model);
            filter::add(model);
        }
        Action::SaveFilter => filter::ask_name(model),
        Action::RemoveFilter => filter::remove(model, out),
        Action::OpenRun(run) => runs::open(model, &run, out),
        Action::Move(step) => cursor::step(model, step),
        Action::Variants(by) => cursor::variants(model, by),
        Action::Rows(by) => cursor::rows(model, by),
        Action::Samples(by) => cursor::samples(model, by),
        Action::Pane(by) => cursor::pane(model, by),
        Action::Zoom => model.view.zoom = !model.view.zoom,
        Action::Models(by) => cursor::models(model, by),
        Action::Experiments(by) => plan::experiments(model, by, out),
        Action::Next(by) => cursor::next(model, by, out),
        Action::Open(what) => {
            if what == Open::Palette {
                // It offers the runs of the store.
                out.push(Job::Runs.into());
            }
            overlays::open(model, what);
        }
        Action::Back => overlays::back(model, out),
        Action::Enter => {
            if let Some(chosen) = overlays::enter(model, out) {
                act(model, chosen, out);
            }
        }
        Action::Choose(line) => {
            if let Some(chosen) = overlays::choose(model, line, out) {
                act(model, chosen, out);
            }
        }
        Action::EditText(edit) => overlays::edit_text(model, edit),
        Action::ViewCommand(command) => {
            if matches!(command, ViewCommand::Lens(_) | ViewCommand::Sort(_)) {
                view_state::show(model, Screen::Grid, out);
            }
            view_state::change_view(model, command);
        }
        Action::Leaderboard => leaderboard_walk::toggle(model, out),
        Action::Column(change) => leaderboard::change_column(model, change),
        Action::GroupColumns => shown_models::group(model),
        Action::OnlyModel => shown_models::only(model),
        Action::ChangeModels => model_choice::open(model, out),
        Action::NewExperiment => new_experiment::open(model, out),
        Action::Baseline => cursor::baseline(model),
        Action::Mark
            if let Some(Overlay::Row { unfolded, .. }) = model.view.overlays.last_mut() =>
        {
            *unfolded = !*unfolded;
        }
        Action::Mark if matches!(model.view.overlays.last(), Some(Overlay::Models(_))) => {
            shown_models::toggle_selected(model);
        }
        Action::Mark if !model.view.overlays.is_empty() => paraphrase::toggle(model),
        Action::Mark => templates::mark(model, out),
        Action::BadCase => bad_cases::ask_answer(model),
        Action::Label => annotation::label(model, out),
        Action::Rate => annotation::rate(model, out),
        Action::Copy(what) => copy::copy(model, what, out),
        Action::Export(what, name) => export::ask_name(model, what, name),
        Action::Page => copy::page(model, out),
        Action::Run | Action::Stop | Action::Save if wording_search::is_on_top(model) => {
            match action {
                Action::Run => wording_search::resume(model, out),
                Action::Stop => wording_search::stop(model, out),
                _ => wording_search::preview(model, out),
            }
        }
        Action::Run => run::run(model, out),
        Action::Retry => run::retry(model, out),
        Action::Stop => run::stop(model, out),
        Action::Pause => run::pause(model, out),
        Action::Edit => templates::edit(model, out),
        Action::EditHere => templates::edit_here(model, out),
        Action::TogglePreview => {
            model.view.preview.is_hidden = !model.view.preview.is_hidden;
        }
        Action::ShowTemplate => model.cursor.pane = usize::from(model.cursor.pane != 1),
        Action::Save => templates::save(model, out),
        Action::ChooseLevel => paraphrase::choose(model),
        Action::Paraphrase(axis, level) => paraphrase::request(model, axis, level, out),
        Action::WordingSearch => wording_search::open(model, out),
        Action::NewSearch => wording_search::choose_writer(model),
        Action::SearchWith(source) => wording_search::ask_calls(model, source),
        Action::NewVariant => templates::new_variant(model),
        Action::Delete => templates::delete(model),
        Action::Split => templates::split(model),
        Action::DiffBaseline => runs::diff_baseline(model, out),
        Action::DiffBefore => runs::diff_before(model, out),
        Action::DiffMode(mode) => {
            model.diff.mode = Some(mode);
            (model.diff.scroll, model.diff.change) = (0, 0);
        }
        Action::Swap => model.diff.swapped = !model.diff.swapped,
        Action::Compare => runs::compare(model, out),
        Action::Note => runs::note(model),
        Action::Redraw => out.push(Effect::Clear),
        Action::Suspend => out.push(Effect::Suspend),
        Action::Quit => run::quit(model, out),
        Action::Interrupt => {
            if model.is_running() {
                run::stop(model, out);
            } else if model.wording_search.is_stoppable() {
                wording_search::stop(model, out);
            } else {
                view_state::leave(model, out);
            }
        }
        Action::Click(hit) => {
            if let Some(chosen) = mouse::click(model, hit, out) {
                act(model, chosen, out);
            }
        }
        Action::Drag(hit, percent) => mouse::drag(model, hit, percent),
        Action::Wheel(hit, by) => mouse::wheel(model, hit, by),
    }
}
