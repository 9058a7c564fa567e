//! Prompt or fine-tune, and the bad cases: marked, corrected, let go, and still there after a restart.

use super::drawn::{all_sizes, answered};
use crate::support::TestSession;
use ratatui::style::Modifier;
use wording::{store::BadCase, tui::Overlay};

fn kept(stage: &TestSession) -> Vec<BadCase> {
    stage.desk.store.bad_cases("sentiment").unwrap()
}

/// The same project, opened again.
fn again(stage: TestSession) -> TestSession {
    TestSession::open(stage.workspace, "sentiment")
}

#[test]
fn a_row_is_kept_with_the_answer_that_would_have_been_right() {
    let mut stage = answered();
    stage.press("j j b");
    all_sizes(&mut stage, "overlay-badcase");
    stage.press("esc");
    assert!(kept(&stage).is_empty());
    let table = stage.model.answers.table.clone().unwrap();
    let row = table.row(stage.model.cursor.row);
    stage.press("b enter");
    let all = kept(&stage);
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].row_id.as_deref(), Some(row.id.as_str()));
    assert_eq!(Some(&all[0].corrected), row.expected.as_ref());
    assert!(all[0].fields.contains_key("text"), "{:?}", all[0]);
    let screen = stage.screen(120, 36);
    assert!(screen.contains(&format!("▸⚑{}", row.id)), "{screen}");
    assert!(
        stage
            .model
            .view
            .toast
            .as_ref()
            .unwrap()
            .text
            .contains(&row.id)
    );
    stage.press("enter");
    let screen = stage.screen(120, 36);
    let marked = screen.lines().find(|line| line.contains("⚑ "));
    let expected = row.expected.as_ref().unwrap();
    assert!(
        marked.is_some_and(|line| line.contains(expected)),
        "{screen}"
    );
    all_sizes(&mut stage, "row-with-bad-case");
    // What the metric read is highlighted in the output.
    let buffer = stage.buffer(120, 36);
    let read: String = (buffer.area.positions())
        .filter(|at| buffer[*at].modifier.contains(Modifier::UNDERLINED))
        .map(|at| buffer[at].symbol())
        .collect();
    assert_eq!(&read, expected);
}

#[test]
fn pressed_again_it_corrects_and_an_empty_answer_lets_go() {
    let mut stage = answered();
    stage.press("b ctrl-u m i x e d enter");
    let first = kept(&stage);
    assert_eq!(first[0].corrected, "mixed");
    // From every sample of the row too, and with the answer that was given.
    stage.press("enter b");
    assert!(stage.screen(120, 36).contains("mixed▏"));
    stage.press("backspace backspace enter");
    let second = kept(&stage);
    assert_eq!(
        (second.len(), second[0].id, second[0].corrected.as_str()),
        (1, first[0].id, "mix")
    );
    assert_eq!(second[0].output, first[0].output);
    assert!(matches!(
        stage.model.view.overlays.last(),
        Some(Overlay::Row { .. })
    ));
    let mut stage = again(stage);
    assert_eq!(stage.model.answers.bad_cases.len(), 1);
    assert!(stage.screen(120, 36).contains('⚑'));
    stage.press("b ctrl-u enter");
    assert!(kept(&stage).is_empty() && stage.model.answers.bad_cases.is_empty());
    assert!(!stage.screen(120, 36).contains('⚑'));
}

#[test]
fn the_wrong_output_is_kept_and_one_that_is_as_wanted_is_not() {
    let mut stage = TestSession::sample("sentiment");
    stage.model.cursor.variant = 0;
    stage.begin_run();
    let table = stage.model.answers.table.clone().unwrap();
    let expected = table.row(0).expected.unwrap();
    stage.answer((0, 0, 0), "no idea", None, 0.0);
    stage.answer((0, 1, 0), &table.row(1).expected.unwrap(), Some("x"), 1.0);
    stage.end_run(None);
    stage.press("g b enter");
    let all = kept(&stage);
    assert_eq!(all[0].output, "no idea");
    assert_eq!(all[0].corrected, expected);
    assert_eq!(all[0].variant.as_deref(), Some("careful"));
    assert_eq!(all[0].model.as_deref(), Some("demo/icl"));
    assert_eq!(all[0].run.as_deref(), Some("r-0123456789"));
    stage.press("j b enter");
    assert_eq!(kept(&stage)[1].output, "");
}

#[test]
fn the_verdict_stands_beside_the_run_and_follows_it() {
    let mut stage = answered();
    stage.press("A");
    all_sizes(&mut stage, "overlay-advice");
    stage.press("pgdn");
    all_sizes(&mut stage, "overlay-advice-below");
    let first = stage.model.findings.advice.clone().unwrap().unwrap();
    assert_eq!(first.run.as_deref(), Some("r-0123456789"));
    stage.press("A");
    assert!(stage.model.view.overlays.is_empty());
    // A bad case is evidence too.
    stage.press("b enter A");
    let then = stage.model.findings.advice.clone().unwrap().unwrap();
    assert!(!std::sync::Arc::ptr_eq(&first, &then));
    stage.press("esc");
    // With a run on its way it is drawn from what has come.
    let mut stage = TestSession::sample("sentiment");
    stage.press("A");
    let nothing = stage.model.findings.advice.clone().unwrap().unwrap();
    assert_eq!(nothing.rule, "no-score");
    all_sizes(&mut stage, "overlay-advice-empty");
    stage.press("A");
    stage.begin_run();
    for row in 0..12 {
        stage.answer((0, row, 0), "x", Some("positive"), 1.0);
    }
    stage.press("A");
    stage.wait(3_000);
    let some = stage.model.findings.advice.clone().unwrap().unwrap();
    assert_eq!(some.evidence.score.as_ref().unwrap().rows, 12);
    all_sizes(&mut stage, "overlay-advice-running");
    for row in 12..24 {
        stage.answer((0, row, 0), "x", Some("positive"), 1.0);
    }
    stage.wait(3_000);
    let more = stage.model.findings.advice.clone().unwrap().unwrap();
    assert_eq!(more.evidence.score.as_ref().unwrap().rows, 24);
}
