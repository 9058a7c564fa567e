//! What a message does to the model. No input or output here: what is to be done outside comes back as effects.

mod advice;
mod annotation;
mod bad_cases;
mod breakdown;
mod columns;
mod copy;
mod cursor;
mod filter;
mod label_matrix;
mod leaderboard;
mod leaderboard_walk;
mod live;
mod model_choice;
mod mouse;
mod new_experiment;
mod overlays;
mod paraphrase;
mod plan;
mod preview;
mod refresh;
mod run;
mod runs;
mod shown_models;
mod split;
mod templates;
mod view_state;
mod wording_search;

pub(super) use view_state::{remember, settled_view};

use crate::tui::model::{
    Action, Effect, Job, JobResult, Message, Model, Open, Overlay, Screen, ViewCommand,
};

/// Said where something would be sent or changed in a bundle.
const READ_ONLY: &str =
    "a bundle is read-only: run and edit in the project that it was written from";

/// Change the model; what is to be done outside comes back as effects.
pub fn update(model: &mut Model, message: impl Into<Message>) -> Vec<Effect> {
    let mut out = Vec::new();
    let mut settled = true;
    match message.into() {
        Message::Input(action) => {
            model.view.toast = None;
            act(model, action, &mut out);
        }
        Message::Job(result) => finish_job(model, result, &mut out),
        Message::Engine(event) => {
            settled = false;
            run::event(model, event, &mut out);
        }
        Message::Tick => {}
    }
    refresh::follow(model, settled, &mut out);
    out
}

/// What the screen that was just drawn lacks: first words of outputs in cells that came into view.
pub fn drawn(model: &mut Model) -> Vec<Effect> {
    let mut out = Vec::new();
    refresh::read_excerpts(model, &mut out);
    out
}

/// What a session that has just been opened requests.
pub fn begin(model: &mut Model) -> Vec<Effect> {
    let mut out = Vec::new();
    if model.workspace.is_bundle {
        out.push(Job::Open("latest".into()).into());
    } else if model.workspace.has_no_experiment {
        plan::begin_without_experiment(model, &mut out);
        new_experiment::open(model, &mut out);
    } else {
        plan::plan(model, &mut out);
    }
    if model.view.screen == Screen::Runs {
        out.push(Job::Runs.into());
    }
    out
}

fn act(model: &mut Model, action: Action, out: &mut Vec<Effect>) {
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
        Action::Export(what, name) => overlays::ask_export(model, what, name),
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

/// Take the result of a job.
fn finish_job(model: &mut Model, result: JobResult, out: &mut Vec<Effect>) {
    match result {
        JobResult::RunStarted(control) => run::started(model, control, out),
        JobResult::FilesChanged(paths) => plan::touched(model, &paths, out),
        JobResult::StoreChanged => {
            plan::store_changed(model, out);
            wording_search::refresh(model, out);
        }
        JobResult::ProjectRead(read) => plan::project(model, *read, out),
        JobResult::PlanRead(number, read, names) => {
            // An older state of the files, or another experiment, may have taken longer to read.
            if model.jobs.pending.plan != Some(number) {
                return;
            }
            if let Some(run) = plan::planned(model, read, names, out) {
                run::start(model, Some(run), out);
            }
        }
        JobResult::AnswersFound(number, found, newest) => {
            plan::loaded(model, number, found, *newest)
        }
        JobResult::RunRead(info, boards) => runs::opened(model, *info, boards, out),
        JobResult::ParaphrasesReady(number, answer) => paraphrase::offered(model, number, *answer),
        JobResult::OtherRunRead(table, boards, link) => {
            runs::compare_with(model, table, boards, link)
        }
        JobResult::RowFound(row) => match row {
            Some(row) => model.cursor.row = row,
            None => model.refuse(format!("no row has {:?}", model.view.search)),
        },
        JobResult::OpinionsRead(cell, opinions) => {
            if model.answers.opinions.0 == Some(cell) {
                model.answers.opinions.1 = opinions;
            }
        }
        JobResult::PromptsRead(run, found) => refresh::prompts(model, run.as_ref(), found),
        JobResult::TrialsRead(run, asked, records) => refresh::trials(model, run, &asked, records),
        JobResult::ExcerptsRead(asked, found) => refresh::excerpts(model, &asked, found),
        JobResult::RowsArranged(arrangement) => refresh::arranged(model, arrangement),
        JobResult::RowsCompared(effects) => refresh::compared(model, effects),
        JobResult::DifferenceFound(number, finding) => refresh::judged(model, number, finding),
        JobResult::GridAnalyzed(change, of, analysis) => {
            refresh::analysed(model, change, of, *analysis)
        }
        JobResult::GridBrokenDown(of, found) => breakdown::take(model, of, found),
        JobResult::AdviceReady(number, drawn) => advice::advised(model, number, *drawn),
        JobResult::BadCasesRead(experiment, cases) => bad_cases::read(model, &experiment, cases),
        JobResult::PlanEstimated(number, estimate) => plan::estimated(model, number, *estimate),
        JobResult::ModelsListed(number, endpoint, found) => {
            model_choice::listed(model, number, endpoint.clone(), found.clone());
            new_experiment::models_listed(model, number, endpoint, found);
        }
        JobResult::ModelsPreviewed(number, change) => {
            model_choice::previewed(model, number, change);
        }
        JobResult::DatasetsFound(number, found) => {
            new_experiment::datasets_found(model, number, found);
        }
        JobResult::ColumnsRead(number, path, read) => {
            new_experiment::columns_read(model, number, &path, read);
        }
        JobResult::ExperimentPreviewed(number, files) => {
            new_experiment::previewed(model, number, files);
        }
        JobResult::ExperimentWritten(name) => new_experiment::written(model, name),
        JobResult::PromptPreviewed(number, rendered) => preview::take(model, number, *rendered),
        JobResult::TemplateRead(path, text, line) => {
            templates::open_editor(model, path, &text, line)
        }
        JobResult::SearchRead(experiment, record) => {
            wording_search::read(model, &experiment, record)
        }
        JobResult::SearchMoved(number, record) => wording_search::moved(model, number, record),
        JobResult::SearchOpensSealed(number) => wording_search::opens_sealed(model, number),
        JobResult::SearchEnded(number, result) => wording_search::ended(model, number, result, out),
        JobResult::WordingPreviewed(file) => wording_search::previewed(model, file),
        JobResult::RunsListed(lines) => runs::listed(model, lines),
        JobResult::RunDeleted(run) => runs::deleted(model, &run, out),
        JobResult::Annotated(result) => annotation::done(model, result, out),
        JobResult::ProgramClosed(result) => {
            out.push(Effect::Clear);
            if let Err(message) = result {
                model.open(Overlay::Message(message));
            }
        }
        JobResult::Done(text) => model.notify(text),
        JobResult::RunConcluded(text) | JobResult::Failed(text) => {
            model.open(Overlay::Message(text))
        }
    }
}
