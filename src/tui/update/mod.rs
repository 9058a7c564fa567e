//! What an action does to the model. No input or output here: what is to be done outside comes back as effects.

mod advising;
mod badcases;
mod copying;
mod editing;
mod following;
mod live;
mod loading;
mod mousing;
mod moving;
mod overlays;
mod rewording;
mod running;
mod runs;

use super::{Action, Effect, Job, Model, SavedViewState, Screen, action::ViewCommand};
use crate::tui::saved_view::SavedExperimentView;

/// Change the model; what is to be done outside comes back as effects.
pub fn update(model: &mut Model, action: Action) -> Vec<Effect> {
    let mut out = Vec::new();
    let passes = matches!(action, Action::Event(_));
    let moved = !passes
        && !matches!(
            action,
            Action::Tick
                | Action::Resized
                | Action::Arranged(_)
                | Action::Analysed(..)
                | Action::Compared(_)
                | Action::Judged(..)
                | Action::Trials(..)
                | Action::Estimated(_)
                | Action::Said(_)
                | Action::Concluded(_)
                | Action::Loaded(..)
                | Action::Planned(..)
                | Action::ProjectRead(_)
                | Action::Touched(_)
                | Action::Runs(_)
                | Action::Started(_)
                | Action::Other(..)
                | Action::Opened(..)
                | Action::Found(_)
                | Action::Reworded(..)
                | Action::Advised(..)
                | Action::BadCases(..)
        );
    if moved {
        model.toast = None;
    }
    act(model, action, &mut out);
    following::follow(model, !passes, &mut out);
    out
}

/// What a session that has just been opened asks for.
pub fn begin(model: &Model) -> Vec<Effect> {
    let mut out = Vec::new();
    loading::plan(model, &mut out);
    if model.screen == Screen::Runs {
        out.push(Effect::Do(Box::new(Job::Runs)));
    }
    out
}

/// The door that other parts of `update` use for actions of their own.
fn act(model: &mut Model, action: Action, out: &mut Vec<Effect>) {
    match action {
        Action::Show(screen) => show(model, screen, out),
        Action::Move(step) => moving::step(model, step),
        Action::Variants(by) => moving::variants(model, by),
        Action::Rows(by) => moving::rows(model, by),
        Action::Samples(by) => moving::samples(model, by),
        Action::Pane(by) => moving::pane(model, by),
        Action::Zoom => model.zoom = !model.zoom,
        Action::Models(by) => moving::models(model, by),
        Action::Experiments(by) => loading::experiments(model, by, out),
        Action::Next(by) => moving::next(model, by, out),
        Action::Open(what) => overlays::open(model, what),
        Action::Back => overlays::back(model, out),
        Action::Enter => overlays::enter(model, out),
        Action::Type(typing) => overlays::typed(model, typing),
        Action::ViewCommand(look) => change_look(model, look),
        Action::Baseline => moving::baseline(model),
        Action::Mark => editing::mark(model, out),
        Action::BadCase => badcases::ask(model),
        Action::Copy(what) => copying::copy(model, what, out),
        Action::Export(what, name) => overlays::ask_export(model, what, name),
        Action::Page => copying::page(model, out),
        Action::Run => running::run(model, out),
        Action::Retry => running::retry(model, out),
        Action::Stop => running::stop(model, out),
        Action::Pause => running::pause(model, out),
        Action::Edit => editing::edit(model, out),
        Action::EditHere => editing::edit_here(model),
        Action::Sheet(edit) => editing::sheet(model, edit),
        Action::Save => editing::save(model, out),
        Action::EditAt(path, line) => out.push(Effect::Edit(path, Some(line))),
        Action::ChooseLevel => rewording::choose(model),
        Action::Reword(axis, level) => rewording::ask(model, axis, level, out),
        Action::Reworded(number, answer) => rewording::offered(model, number, *answer),
        Action::NewVariant => editing::new_variant(model),
        Action::Delete => editing::delete(model),
        Action::Split => editing::split(model),
        Action::DiffBaseline => runs::diff_baseline(model, out),
        Action::DiffBefore => runs::diff_before(model, out),
        Action::DiffMode(mode) => {
            model.diff.mode = mode;
            (model.diff.scroll, model.diff.change) = (0, 0);
        }
        Action::Swap => model.diff.swapped = !model.diff.swapped,
        Action::Compare => runs::compare(model, out),
        Action::Note => runs::note(model),
        Action::Redraw => out.push(Effect::Clear),
        Action::Suspend => out.push(Effect::Suspend),
        Action::Quit => running::quit(model, out),
        Action::Interrupt => {
            if model.is_running() {
                running::stop(model, out);
            } else {
                leave(model, out);
            }
        }
        Action::Click(hit) => mousing::click(model, hit, out),
        Action::Drag(hit, percent) => mousing::drag(model, hit, percent),
        Action::Wheel(hit, by) => mousing::wheel(model, hit, by),
        Action::Resized | Action::Tick => {}
        Action::Started(control) => running::started(model, control, out),
        Action::Event(event) => running::event(model, event, out),
        Action::Touched(paths) => loading::touched(model, &paths, out),
        Action::ProjectRead(read) => loading::project(model, *read, out),
        Action::Planned(read, names) => loading::planned(model, read, names, out),
        Action::Loaded(info, boards, places) => loading::loaded(model, &info, boards, places),
        Action::Opened(info, boards) => runs::opened(model, *info, boards, out),
        Action::Other(table, boards, link) => runs::other(model, table, boards, link),
        Action::Found(row) => match row {
            Some(row) => model.row = row,
            None => model.refuse(format!("no row has {:?}", model.search)),
        },
        Action::Trials(run, asked, records) => following::trials(model, &run, &asked, records),
        Action::Arranged(arrangement) => following::arranged(model, arrangement),
        Action::Compared(effects) => following::compared(model, effects),
        Action::Judged(number, finding) => following::judged(model, number, finding),
        Action::Analysed(change, of, analysis) => following::analysed(model, change, of, *analysis),
        Action::Advised(number, drawn) => advising::advised(model, number, *drawn),
        Action::BadCases(experiment, cases) => badcases::told(model, &experiment, cases),
        Action::Estimated(estimate) => loading::estimated(model, *estimate),
        Action::Runs(lines) => runs::listed(model, lines),
        Action::Returned(result) => {
            out.push(Effect::Clear);
            if let Err(message) = result {
                model.overlays.push(super::Overlay::Message(message));
            }
        }
        Action::Said(text) => model.say(text),
        Action::Concluded(text) | Action::Failed(text) => {
            model.overlays.push(super::Overlay::Message(text))
        }
    }
}

fn show(model: &mut Model, screen: Screen, out: &mut Vec<Effect>) {
    model.overlays.clear();
    if model.screen != screen {
        (model.screen, model.pane, model.zoom) = (screen, 0, false);
        model.scrolls = [0; 2];
        out.push(Effect::Remember(remember(model)));
    }
    if screen == Screen::Runs {
        out.push(Effect::Do(Box::new(Job::Runs)));
    }
}

/// Leave the session, keeping how it was looked at.
fn leave(model: &Model, out: &mut Vec<Effect>) {
    out.push(Effect::Remember(remember(model)));
    out.push(Effect::Quit);
}

fn change_look(model: &mut Model, look: ViewCommand) {
    let outlook = &mut model.outlook;
    match look {
        ViewCommand::Lens(lens) => outlook.lens = lens,
        ViewCommand::Sort(sort) => outlook.sort = sort,
        ViewCommand::Rows(kind) => outlook.filter.kind = kind,
        ViewCommand::Theme(name) => {
            model.theme = super::Theme::named(name);
            model.memory.theme = name;
        }
        ViewCommand::Compact => outlook.compact = !outlook.compact,
        ViewCommand::Wrap => outlook.no_wrap = !outlook.no_wrap,
        ViewCommand::Layout => model.diff.side_by_side = !model.diff.side_by_side,
        ViewCommand::Columns(by) => {
            outlook.columns = outlook.columns.saturating_add(by).clamp(-12, 12)
        }
        ViewCommand::Context(by) => {
            model.diff.context = model.diff.context.saturating_add_signed(by).min(999);
        }
    }
    if matches!(look, ViewCommand::Sort(_) | ViewCommand::Rows(_)) {
        following::rearrange(model);
    }
}

/// How the project is looked at now.
pub fn remember(model: &Model) -> SavedViewState {
    let mut memory = model.memory.clone();
    memory.screen = model.screen;
    memory.experiment.clone_from(&model.spec().name);
    let Ok(table) = &model.table else {
        return memory;
    };
    let name = |v: usize| table.names.get(v).cloned().unwrap_or_default();
    let of = SavedExperimentView {
        outlook: model.outlook.clone(),
        row: table.row_id(model.row),
        variant: name(model.variant),
        baseline: (model.baseline != table.baseline).then(|| name(model.baseline)),
        off: model.off.clone(),
        marks: model.marks.iter().map(|r| table.row_id(*r)).collect(),
    };
    memory.experiments.insert(model.spec().name.clone(), of);
    memory
}
