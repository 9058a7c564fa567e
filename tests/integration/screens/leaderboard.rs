//! The leaderboard, and the columns of the grid that follow it.

use super::drawn::{all_sizes, answered};
use crate::support::{TestSession, record};
use std::sync::Arc;
use wording::{engine::RunEvent, model::Score};

/// A design of 36 variants on 12 rows, all answered.
pub(super) fn design() -> TestSession {
    let rows = (
        "wording.toml",
        "[experiment.axes]",
        "[experiment.axes]\nrows = 12",
    );
    let mut stage = TestSession::changed("axes", &[rows]);
    stage.begin_run();
    stage.answer_all();
    stage.end_run(None);
    stage
}

/// Names of the variants of the leaderboard, in the order shown.
fn listed(stage: &TestSession) -> Vec<String> {
    let table = stage.model.answers.table.clone().unwrap();
    let state = &stage.model.leaderboard;
    let line = |at: &usize| table.short(state.board.lines[*at].variant).to_owned();
    state.shown.iter().map(line).collect()
}

/// Names of the columns of the grid.
fn columns(stage: &TestSession) -> Vec<String> {
    let table = stage.model.answers.table.clone().unwrap();
    let shown = stage.model.answers.columns.variants.iter();
    shown.map(|v| table.short(*v).to_owned()).collect()
}

/// Letters into the line on top, in place of what it held.
fn fill(stage: &mut TestSession, key: &str, text: &str) {
    stage.press(key);
    stage.press("ctrl-u");
    stage.type_text(text);
    stage.press("enter");
}

#[test]
fn it_ranks_filters_and_leads_to_the_column() {
    let mut stage = design();
    stage.press("t");
    all_sizes(&mut stage, "leaderboard");
    assert!(
        stage.screen(80, 24).contains('├'),
        "intervals are seen in a small terminal, whatever the names"
    );
    stage.press("end");
    let last = stage.screen(80, 24);
    assert!(
        last.lines().filter(|line| line.contains('●')).count() > 10,
        "the last page is full: {last}"
    );
    stage.press("home");
    let all = listed(&stage);
    assert_eq!(all.len(), 36);
    fill(&mut stage, "f", "count=4 dash");
    all_sizes(&mut stage, "leaderboard-filtered");
    let some = listed(&stage);
    assert!(
        some.len() == 4
            && some
                .iter()
                .all(|n| n.contains("dash") && n.contains("count=4")),
        "{some:?}"
    );
    fill(&mut stage, "f", "level=4");
    let toast = stage.model.view.toast.clone().unwrap();
    assert!(
        toast.text.starts_with("no axis `level`; the axes are"),
        "{}",
        toast.text
    );
    assert_eq!(
        listed(&stage),
        some,
        "a filter that is none changes nothing"
    );
    stage.press("home j enter");
    let table = stage.model.answers.table.clone().unwrap();
    assert_eq!(table.short(stage.model.cursor.variant), some[1]);
    assert!(stage.screen(120, 36).contains("of 36 variants"));
    // Back, Esc lets the filter go, and again leads to the answers.
    stage.press("t esc");
    assert_eq!(listed(&stage), all);
    stage.press("esc");
    assert!(stage.screen(120, 36).contains("row 1 of 12"));
}

#[test]
fn columns_that_do_not_fit_are_scrolled_to() {
    let mut stage = design();
    stage.press("t");
    let heads = |stage: &mut TestSession| {
        let screen = stage.screen(80, 24);
        screen.lines().nth(3).unwrap().to_owned()
    };
    let first = heads(&mut stage);
    assert!(first.contains('›') && !first.contains('‹'), "{first}");
    assert!(!first.contains("p50"), "{first}");
    let screen = stage.screen(80, 24);
    assert!(screen.contains("← →: columns"), "{screen}");
    let mut seen = String::new();
    for _ in 0..12 {
        seen += &heads(&mut stage);
        stage.press("l");
    }
    for column in ["difference", "fixed", "broken", "p50", "tok in", "out"] {
        assert!(seen.contains(column), "{column}: {seen}");
    }
    let last = heads(&mut stage);
    assert!(last.contains('‹') && !last.contains('›'), "{last}");
    assert!(
        last.contains("variant") && last.contains("score %"),
        "{last}"
    );
    all_sizes(&mut stage, "leaderboard-scrolled");
    // The column that the lines are sorted by is seen.
    stage.press("s end enter");
    let sorted = heads(&mut stage);
    assert!(sorted.contains("p50"), "{sorted}");
    stage.press("s home enter");
    assert_eq!(heads(&mut stage), first);
    // Where all fit there is nothing to scroll.
    let wide = stage.screen(200, 60);
    assert!(wide.contains("p50") && !wide.contains('›'), "{wide}");
    stage.press("l");
    let toast = stage.model.view.toast.clone().unwrap();
    assert_eq!(toast.text, "all columns are shown");
}

#[test]
fn further_metrics_are_scrolled_to_and_the_footer_says_how() {
    let label = "\"by-label\"] }\n\n[[experiment.axes.metric]]\nkind = \"label\"\nlabels = [\"positive\", \"negative\"]\n";
    let further = ["conciseness", "politeness", "readability"].map(|name| {
        format!("[[experiment.axes.metric]]\nname = \"{name}\"\nkind = \"length\"\nmax = 9\n")
    });
    let metrics = format!("{label}{}", further.concat());
    let rows = "[experiment.axes]\nrows = 12";
    let changes = [
        ("wording.toml", "[experiment.axes]", rows),
        ("wording.toml", label, metrics.as_str()),
    ];
    let mut stage = TestSession::changed("axes", &changes);
    stage.press("2 t");
    stage.screen(120, 36);
    let screen = stage.screen(120, 36);
    let footer = screen.lines().last().unwrap();
    assert!(footer.contains("→ columns"), "{footer}");
    let heads = |screen: &str| screen.lines().nth(3).unwrap().to_owned();
    assert!(!heads(&screen).contains("tok in"), "{screen}");
    stage.press("l l l l l l");
    let screen = stage.screen(120, 36);
    assert!(heads(&screen).contains("tok in"), "{screen}");
    assert!(!heads(&screen).contains("difference"), "{screen}");
    // Sorting by what is scrolled away brings it back.
    stage.press("s home down down down enter");
    let screen = stage.screen(120, 36);
    assert!(heads(&screen).contains("difference"), "{screen}");
}

#[test]
fn variants_stand_in_one_order_until_they_are_sorted() {
    let mut stage = answered();
    stage.press("t");
    let best_first = listed(&stage);
    let follows = |stage: &TestSession| {
        let mut order = listed(stage);
        order.retain(|name| name != "plain");
        order.insert(0, "plain".into());
        order
    };
    assert_eq!(columns(&stage), follows(&stage));
    let names = |stage: &TestSession| stage.model.workspace.variant_names.clone();
    assert_eq!(names(&stage), best_first);
    // By latency, and the other way round; everything follows.
    stage.press("s end enter");
    let slow_last = listed(&stage);
    assert_ne!(slow_last, best_first);
    assert_eq!(
        (columns(&stage), names(&stage)),
        (follows(&stage), slow_last.clone())
    );
    stage.press("s enter");
    assert_eq!(
        listed(&stage),
        slow_last.into_iter().rev().collect::<Vec<_>>()
    );
    all_sizes(&mut stage, "leaderboard-sorted");
}

#[test]
fn columns_are_hidden_pinned_moved_widened_and_reset() {
    let mut stage = answered();
    let all = columns(&stage);
    stage.press("left left left left left left left l l P");
    assert_eq!(columns(&stage)[1], all[2], "beside the baseline");
    stage.press("H");
    assert!(
        !columns(&stage).contains(&all[2]),
        "hidden although it is pinned"
    );
    stage.press("l } } )");
    let moved = columns(&stage);
    assert_eq!(moved.len(), all.len() - 1);
    all_sizes(&mut stage, "grid-columns");
    stage.press("t");
    assert!(
        stage.screen(120, 36).contains('○'),
        "the leaderboard still has it"
    );
    stage.press("t V");
    assert_eq!(columns(&stage), all);
    // The baseline stays where it is.
    stage.press("left left left left left left H");
    assert!(stage.model.view.toast.as_ref().unwrap().bad);
    assert_eq!(columns(&stage), all);
}

/// Seven wordings with two models and a second metric, all answered.
pub(super) fn two_models() -> TestSession {
    let further = (
        "wording.toml",
        "models = [\"demo/icl\"]\nbaseline = \"plain\"",
        "models = [\"demo/icl\", \"demo/echo\"]\nbaseline = \"plain\"",
    );
    let mut stage = TestSession::changed("sentiment", &[further]);
    stage.begin_run();
    for model in 0..2 {
        for row in 0..60 {
            for variant in 0..7 {
                let right = (row * 5 + variant * 3 + model) % 7 > 1;
                let mut record = record(
                    (variant, row, 0),
                    "positive",
                    Some("positive"),
                    f64::from(u8::from(right)),
                );
                record.id.model = model;
                record.cost_usd = Some(0.0001 * f64::from(variant + 1));
                record.scores.0.push(Score {
                    value: f64::from(row % 4) / 3.0,
                    ..record.scores.0[0].clone()
                });
                stage.event(RunEvent::TrialFinished(Arc::new(record)));
            }
        }
    }
    stage.end_run(None);
    stage
}

#[test]
fn further_metrics_and_models_have_columns() {
    let mut stage = two_models();
    stage.press("t");
    all_sizes(&mut stage, "leaderboard-models");
    assert!(stage.screen(80, 24).contains('├'), "beside two names");
    assert_eq!(stage.model.leaderboard.board.lines.len(), 14);
    let analysed = stage.model.findings.analyses.len();
    assert_eq!(analysed, 2, "both models while it is looked at");
    let line = &stage.model.leaderboard.board.lines[3];
    assert!((line.cost_usd.unwrap() - 0.0004).abs() < 1e-9);
    // A line of the other model leads to its grid.
    fill(&mut stage, "f", "echo");
    stage.press("enter");
    assert_eq!(stage.model.cursor.model, 1);
}
