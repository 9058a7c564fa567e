//! The command palette, the help, keys that the user chose, footers, focus; and digits in menus.

use super::drawn::{all_sizes, answered};
use crate::support::TestSession;
use std::{collections::BTreeSet, path::Path, sync::Arc};
use wording::{
    model::RunId,
    tui::{Effect, JobResult, KEYS, Lens, Overlay, RowKind, Screen, Theme, ThemeName, UserKeys},
};

fn session() -> TestSession {
    let mut stage = TestSession::sample("sentiment");
    stage.quiet = true;
    stage
}

/// Type into the palette and take the first that matches.
fn choose(stage: &mut TestSession, typed: &str) {
    stage.press(":");
    stage.type_text(typed);
    stage.press("enter");
}

#[test]
fn names_of_actions_are_short_and_stable() {
    for binding in KEYS {
        let odd = |c: char| !c.is_ascii_lowercase() && c != '-';
        assert!(!binding.name.contains(odd), "{}", binding.name);
        let keys: BTreeSet<&str> = KEYS
            .iter()
            .filter(|b| b.name == binding.name)
            .map(|b| b.keys)
            .collect();
        assert_eq!(keys.len(), 1, "{} has one set of keys", binding.name);
    }
}

#[test]
fn actions_are_found_by_name_synonym_and_description() {
    for (screen, typed, name) in [
        ("2", "lens", "lens"),
        ("2", "exprt", "export"),
        ("1", "paraphrase", "paraphrase"),
        ("2", "retry", "retry"),
        ("2", "resend", "retry"),
        ("2", "retry failed", "retry"),
        ("2", "missing trials", "retry"),
        ("2", "filter rows", "filter"),
        ("1", "reword", "paraphrase"),
        ("2", "change models", "change-models"),
        ("4", "add model", "change-models"),
        ("2", "new experiment", "new-experiment"),
        ("1", "create experiment", "new-experiment"),
        ("2", "compare models", "models"),
        ("2", "fix label", "bad-case"),
        ("2", "rerun", "retry"),
        ("2", "fine-tune", "advice"),
        ("2", "save report", "export"),
        ("2", "theme", "settings"),
    ] {
        let mut stage = session();
        stage.press(screen);
        stage.press(":");
        stage.type_text(typed);
        let shown = stage.screen(80, 24);
        let first = shown
            .lines()
            .skip_while(|l| !l.contains(" : "))
            .nth(1)
            .unwrap();
        let words: Vec<&str> = first.split_whitespace().collect();
        assert!(words.contains(&name), "{typed}\n{shown}");
    }
    let mut stage = session();
    stage.press(":");
    stage.type_text("zzzz");
    assert!(stage.screen(80, 24).contains("Nothing matches."));
}

#[test]
fn variants_lenses_filters_experiments_and_runs_are_found() {
    let mut stage = session();
    stage.press("2");
    stage.begin_run();
    stage.answer_all();
    stage.end_run(None);
    let table = stage.model.answers.table.clone().unwrap();
    let last = table.variants() - 1;
    stage.press("1");
    choose(&mut stage, table.short(last));
    assert_eq!(
        (stage.model.cursor.variant, stage.model.view.screen),
        (last, Screen::Grid)
    );

    stage.press("3");
    choose(&mut stage, "confusion matrix of");
    assert_eq!(
        (stage.model.view.settings.lens, stage.model.view.screen),
        (Lens::Labels, Screen::Grid)
    );

    choose(&mut stage, "filter flipping");
    assert_eq!(stage.model.view.settings.filter.kind, RowKind::Flipped);
    assert_eq!(stage.model.view.settings.lens, Lens::Answers);

    choose(&mut stage, "experiment triage");
    assert_eq!(stage.model.spec().name, "triage");

    let mut stage = session();
    let mut info = stage.model.workspace.plan.clone().unwrap().run_info(None);
    info.id = RunId("r-0000000042".into());
    stage.desk.store.begin_run(&info).unwrap();
    choose(&mut stage, "r-0000000042");
    assert_eq!(
        stage
            .model
            .answers
            .table
            .as_ref()
            .unwrap()
            .run()
            .unwrap()
            .id,
        info.id
    );
}

#[test]
fn digits_choose_in_menus() {
    let mut stage = session();
    stage.press("2 m 3");
    assert_eq!(stage.model.view.settings.lens, Lens::Map);
    assert!(stage.model.view.overlays.is_empty());
    // A digit beyond the menu leaves it open; outside of menus digits are screens.
    stage.press("s 9");
    assert!(matches!(
        stage.model.view.overlays.last(),
        Some(Overlay::Menu { .. })
    ));
    stage.press("esc 4");
    assert_eq!(stage.model.view.screen, Screen::Runs);
    assert!(!stage.effects.iter().any(|e| matches!(e, Effect::Quit)));
}

#[test]
fn help_is_filtered_by_typing() {
    let mut stage = answered();
    stage.press("2 ?");
    stage.type_text("sample");
    all_sizes(&mut stage, "help-search");
    for _ in 0..6 {
        stage.press("backspace");
    }
    stage.type_text("resend");
    let shown = stage.screen(80, 24);
    assert!(
        shown.contains("send failed and missing trials again"),
        "{shown}"
    );
    assert!(!shown.contains("cut off at max_tokens"), "{shown}");
    stage.press("ctrl-u");
    stage.type_text("worse");
    let shown = stage.screen(80, 24);
    assert!(
        shown.contains("▼ worse") && !shown.contains("Overlays"),
        "{shown}"
    );
    // A letter of the search, once there is one.
    stage.type_text("?");
    assert!(stage.screen(80, 24).contains("Nothing matches."));
    stage.press("esc");
    assert!(stage.model.view.overlays.is_empty());
}

#[test]
fn keys_of_the_user_work_and_are_shown() {
    let mut stage = answered();
    let text = "[keys]\nlens = \"f2\"\nhelp = [\"f1\", \"?\"]\nzoom = []\nsort = \"m\"\n";
    let user = UserKeys::parse(Path::new("keys.toml"), text).unwrap();
    stage.model.view.custom_keys = Arc::new(user.keys);
    stage.press("2 m");
    assert!(stage.screen(80, 24).contains("┌ Sort"));
    stage.press("esc f2");
    assert!(stage.screen(80, 24).contains("┌ Lens"));
    stage.press("esc z");
    assert!(!stage.model.view.zoom, "zoom has no key");
    choose(&mut stage, "zoom");
    assert!(stage.model.view.zoom, "the palette has it");
    let shown = stage.screen(120, 36);
    let footer = shown.lines().last().unwrap();
    assert!(
        footer.contains("F2 lens") && footer.contains("F1 help"),
        "{footer}"
    );
    assert!(!footer.contains(" zoom"), "{footer}");
    stage.press("f1");
    stage.type_text("lens");
    assert!(stage.screen(120, 36).contains(" F2 "));
    // Another experiment keeps them.
    stage.press("esc > f2");
    assert!(stage.screen(80, 24).contains("┌ Lens"));
}

#[test]
fn footers_show_what_works_now() {
    let footer = |stage: &mut TestSession| {
        let shown = stage.screen(200, 60);
        shown.lines().last().unwrap().to_owned()
    };
    let mut stage = session();
    stage.press("2");
    let empty = footer(&mut stage);
    assert!(
        !empty.contains(" export ") && !empty.contains(" pause "),
        "{empty}"
    );
    stage.begin_run();
    let running = footer(&mut stage);
    assert!(
        running.contains("p pause") && running.contains("x stop"),
        "{running}"
    );
    assert!(!running.contains("r run"), "{running}");
    stage.answer_all();
    stage.end_run(None);
    let after = footer(&mut stage);
    assert!(
        after.contains("r run") && after.contains("E export"),
        "{after}"
    );
    stage.press("4");
    let runs = footer(&mut stage);
    assert!(
        !runs.contains("Enter open") && !runs.contains("c compare"),
        "{runs}"
    );
}

#[test]
fn the_focus_is_seen_without_colors_and_zoomed_on_every_screen() {
    let mut stage = answered();
    stage.model.view.theme = Theme::named(ThemeName::None);
    stage.press("1 tab");
    let shown = stage.screen(120, 36);
    assert!(shown.contains("╔ careful.j2"), "{shown}");
    assert!(shown.contains("┌ Variants"), "{shown}");
    stage.press("2");
    for (screen, pane, seen, gone) in [
        ("1", "tab", "╔ careful.j2", "Variants"),
        ("2", "tab", "═ s0", "tokens, cost"),
        ("2", "", "tokens, cost", "Enter: details"),
        ("3", "tab", "╔", "│ - "),
        ("4", "", "╔ Runs", "of 60 rows change"),
    ] {
        stage.press(screen);
        stage.press(pane);
        stage.press("z");
        let shown = stage.screen(120, 36);
        assert!(
            shown.contains(seen) && !shown.contains(gone),
            "{screen} {pane}\n{shown}"
        );
        stage.press("z 2 1");
    }
}

#[test]
fn the_editor_names_the_place_and_the_problem_and_redoes() {
    let mut stage = session();
    let file = stage.path("templates/sentiment/plain.j2");
    let text = std::fs::read_to_string(&file).unwrap();
    let lines = text.lines().count();
    std::fs::write(&file, format!("{text}{{{{ row.tetx }}}}\n")).unwrap();
    stage.act(JobResult::FilesChanged(vec![file]));
    let table = stage.model.answers.table.clone().unwrap();
    let plain = table.names.iter().position(|n| n == "plain").unwrap();
    stage.press("1");
    stage.model.cursor.variant = plain;
    stage.press("i");
    let shown = stage.screen(80, 24);
    assert!(
        shown.contains("plain.j2:1:1") && shown.contains("`row.tetx` is undefined"),
        "what cannot be rendered is named wherever the cursor is:\n{shown}"
    );
    while let Some(Overlay::TextArea { text, .. }) = stage.model.view.overlays.last()
        && text.cursor().0 < lines
    {
        stage.press("down");
    }
    all_sizes(&mut stage, "edit-problem");
    let shown = stage.screen(80, 24);
    assert!(
        shown.contains(&format!("plain.j2:{}:1", lines + 1)),
        "{shown}"
    );
    stage.press("x ctrl-u");
    assert!(!stage.screen(80, 24).contains("x{{ row.tetx"));
    stage.press("ctrl-r");
    let shown = stage.screen(80, 24);
    assert!(
        shown.contains("x{{ row.tetx") && shown.contains(":2 · unsaved"),
        "{shown}"
    );
}
