//! What is found, as the screens tell it: while a run is on its way, between two runs, and in the words themselves.

use super::drawn::all_sizes;
use crate::support::TestSession;
use wording::tui::Screen;

/// Right for the first `right` of the 60 rows of the sample.
fn first(right: u32) -> impl Fn(u32, u32) -> (String, f64) {
    move |_, row| {
        let yes = row < right;
        let text = if yes { "positive" } else { "negative" };
        (text.into(), f64::from(u8::from(yes)))
    }
}

#[test]
fn two_runs_are_compared_with_the_interval_of_their_difference() {
    let mut stage = TestSession::sample("sentiment");
    stage.keep_run("r-0000000001", first(30));
    stage.keep_run("r-0000000002", first(45));
    stage.press("4 space j c");
    assert_eq!(stage.model.view.screen, Screen::Diff);
    let screen = stage.screen(120, 36);
    assert!(screen.contains("50.0 % → 75.0 %"), "{screen}");
    // 15 rows for the better and none for the worse: McNemar's exact p is 2 / 2^15.
    assert!(screen.contains("+25.0 points ["), "{screen}");
    assert!(screen.contains("p < 0.001"), "{screen}");
    all_sizes(&mut stage, "diff-of-runs");
    // Another variant has another difference; the old one is not shown for it.
    let (_, before) = stage.model.diff.finding.clone().unwrap();
    stage.press("l");
    let ((_, variant), after) = stage.model.diff.finding.clone().unwrap();
    assert_eq!(variant, stage.model.cursor.variant);
    assert_eq!(
        after.difference.unwrap().interval.value,
        before.difference.unwrap().interval.value
    );
}

#[test]
fn scores_have_intervals_while_the_analysis_is_still_to_come() {
    let mut stage = TestSession::sample("sentiment");
    stage.quiet = true;
    stage.model.findings.clear();
    let base = stage.model.answers.baseline as u32;
    let other = u32::from(base == 0);
    stage.begin_run();
    for row in 0..8 {
        let right = f64::from(u8::from(row < 6));
        stage.answer((base, row, 0), "positive", Some("positive"), right);
        stage.answer((other, row, 0), "positive", Some("positive"), 1.0);
    }
    assert!(stage.model.analysis().is_none());
    let screen = stage.screen(120, 36);
    let line = screen
        .lines()
        .find(|l| l.contains("score, 95% CI"))
        .unwrap();
    // Wilson's interval of 6 in 8, and what two rows more are.
    assert!(line.contains("75%  41–93"), "{line}");
    assert!(line.contains("100% 68–100 +25.0 ?"), "{line}");
    // Another baseline is counted at once.
    stage.model.cursor.variant = other as usize;
    stage.press("B");
    let screen = stage.screen(120, 36);
    assert!(screen.contains("-25.0 ?"), "{screen}");
    stage.end_run(None);
    assert!(stage.model.findings.live.is_empty());
}

#[test]
fn what_is_likely_not_meant_is_told_with_its_place_and_the_reason() {
    let file = "templates/sentiment/plain.j2";
    let text = "Review: {{ row.text }}";
    let mut stage = TestSession::changed("sentiment", &[(file, text, "Review:  {{ row.text }}")]);
    stage.press("1 j j j");
    let screen = stage.screen(120, 36);
    all_sizes(&mut stage, "edit-warning");
    let place = |stage: &TestSession| {
        let estimate = stage.model.workspace.estimate.as_ref().unwrap();
        let of = |t: &&wording::tui::Diagnostic| t.text.contains("[double-space]");
        let found = estimate.troubles.iter().find(of)?;
        assert!(!found.serious);
        found.place.clone()
    };
    let found = place(&stage).unwrap();
    let source = std::fs::read_to_string(stage.path(file)).unwrap();
    let line = source
        .lines()
        .position(|l| l.contains("Review:  {{ row"))
        .unwrap();
    assert_eq!(found.line, line + 1);
    let marked = screen
        .lines()
        .find(|l| l.contains(&format!("{}! ", line + 1)));
    assert!(marked.is_some(), "the line is marked:\n{screen}");
    // It is no problem of the other templates; the front matter can silence it.
    let silenced = source.replacen("+++\n", "+++\nsilence = [\"double-space\"]\n", 1);
    std::fs::write(stage.path(file), silenced).unwrap();
    stage.act(wording::tui::JobResult::FilesChanged(vec![
        stage.path(file),
    ]));
    assert_eq!(place(&stage), None);
}
