//! The command palette, and digits in menus.

use crate::support::TestSession;
use std::collections::BTreeSet;
use wording::{
    model::RunId,
    tui::{Effect, KEYS, Lens, Overlay, RowKind, Screen},
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
