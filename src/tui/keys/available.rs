//! What works in the present state: the footer shows nothing else.

use super::Binding;
use crate::tui::model::{DiffMode, Lens, Model, Overlay, Screen};

/// Whether an action has anything to do now. One that has not says why when it is chosen.
pub(crate) fn is_available(binding: &Binding, model: &Model) -> bool {
    let table = model.answers.table.as_ref().ok();
    let running = model.is_running();
    let changes = (binding.action)().changes_project(model.view.screen);
    if changes && (model.workspace.is_bundle || (running && binding.name != "edit")) {
        return false;
    }
    if let Some(overlay) = model.view.overlays.last() {
        return works_in(overlay, binding.name, model);
    }
    let has_others = model.workspace.project.experiments.len() > 1;
    if model.workspace.has_no_experiment || table.is_none() {
        const WORK: [&str; 6] = [
            "edit",
            "new-experiment",
            "palette",
            "help",
            "settings",
            "quit",
        ];
        return WORK.contains(&binding.name)
            || (binding.name == "next-experiment" && has_others && table.is_none());
    }
    match binding.name {
        "pause" | "stop" => running,
        "retry" => model
            .answers
            .source
            .as_ref()
            .is_some_and(|s| s.resumable().is_some()),
        "inspect" | "full-output" | "bad-case" => {
            !model.answers.arrangement.rows.is_empty() || model.view.screen != Screen::Grid
        }
        "previous-sample" | "next-sample" | "diff-samples" => table.is_some_and(|t| t.samples > 1),
        "next-change" | "previous-change" => !model.view.measured.changes.is_empty(),
        "next-match" | "previous-match" => !model.view.search.is_empty(),
        "split" => model.diff_mode() == DiffMode::Template && !model.shows_old_run(),
        "next-model" | "models" => model.answers.grids.len() > 1,
        "next-experiment" | "previous-experiment" => has_others,
        "rate" | "diff-baseline" => table.is_some_and(|t| t.variants() > 1),
        "export" => table.is_some_and(|t| t.run().is_some()) || model.answers.source.is_some(),
        "switch" | "new-variant" | "remove-template" | "edit-here" | "paraphrase" | "edit" => {
            !model.shows_old_run()
        }
        // Rare: on other screens the footer has better use for the room.
        "new-experiment" => {
            model.view.screen == Screen::Runs && model.workspace.project.file.is_some()
        }
        "open-run" => !model.run_list.lines.is_empty() && !running,
        "choose-run" | "note" | "delete-run" => !model.run_list.lines.is_empty(),
        "compare" => model.run_list.chosen.is_some() && !running,
        _ => true,
    }
}

/// The word of an action in the footer, where it depends on what is shown.
pub(crate) fn footer_word(binding: &Binding, model: &Model) -> &'static str {
    let lens = model.view.settings.lens;
    match (binding.name, model.view.overlays.last()) {
        ("cancel", Some(Overlay::Help { .. } | Overlay::Palette { .. })) => "close",
        ("cancel", Some(Overlay::NewExperiment(form))) if form.neighbor(-1).is_some() => "back",
        ("accept", Some(Overlay::NewExperiment(form))) => match form.neighbor(1) {
            Some(_) => "next",
            None => "preview",
        },
        ("inspect", None) if model.view.screen == Screen::Grid => match lens {
            Lens::Leaderboard => "column",
            Lens::Labels if model.cursor.pane == 0 => "rows",
            lens if lens.is_overview() => "answers",
            _ => binding.footer,
        },
        ("leaderboard", None) if lens == Lens::Leaderboard => "answers",
        ("next-variant", None)
            if model.view.screen == Screen::Grid
                && lens == Lens::Leaderboard
                && model.view.measured.sideways.1 > 0 =>
        {
            "columns"
        }
        _ => binding.footer,
    }
}

fn works_in(overlay: &Overlay, name: &str, model: &Model) -> bool {
    match name {
        "accept" => !matches!(overlay, Overlay::Help { .. }),
        "select" => match overlay {
            Overlay::Problems { .. } => !model.workspace.problems().is_empty(),
            overlay => overlay.is_list(),
        },
        "only-model" | "group-columns" | "change-models" => matches!(overlay, Overlay::Models(_)),
        "send" => match overlay {
            Overlay::WordingSearch { .. } => model.wording_search.is_resumable(),
            overlay => matches!(overlay, Overlay::Plan),
        },
        "new-search" => {
            matches!(overlay, Overlay::WordingSearch { .. }) && !model.wording_search.is_on()
        }
        "stop" => matches!(overlay, Overlay::WordingSearch { .. }) && model.wording_search.is_on(),
        "write-wording" => {
            matches!(overlay, Overlay::WordingSearch { .. }) && model.wording_search.keeps_new()
        }
        "toggle-paraphrase" => {
            matches!(overlay, Overlay::Paraphrases(review) if !review.is_empty())
        }
        "add-condition" => matches!(overlay, Overlay::Filter(_) | Overlay::ModelChoice(_)),
        "save-filter" | "remove-filter" => matches!(overlay, Overlay::Filter(_)),
        "copy" => matches!(overlay, Overlay::Row { .. } | Overlay::Text { .. }),
        _ => true,
    }
}
