//! Filters of rows: conditions, errors with their place, combinations, saved ones, and why nothing matches.

use super::drawn::{all_sizes, answered};
use crate::support::TestSession;
use wording::tui::Overlay;

fn shown(stage: &TestSession) -> usize {
    stage.model.answers.arrangement.rows.len()
}

/// Type a filter in place of the one there is, and leave it open.
fn fill(stage: &mut TestSession, text: &str) {
    stage.press("f ctrl-u");
    stage.type_text(text);
}

/// How many rows a filter shows.
fn rows_of(stage: &mut TestSession, text: &str) -> usize {
    fill(stage, text);
    stage.press("enter");
    assert!(stage.model.view.overlays.is_empty(), "{text} is not valid");
    shown(stage)
}

#[test]
fn conditions_find_the_rows_that_the_grid_counts() {
    let mut stage = answered();
    let (rows, model) = (stage.model.answers.grids[0].rows(), &stage.model);
    let grid = model.answers.grids[0].clone();
    let table = model.answers.table.clone().unwrap();
    let plain = table.names.iter().position(|n| n == "plain").unwrap();
    let opinion = table.names.iter().position(|n| n == "opinion").unwrap();
    let count = |test: &dyn Fn(usize) -> bool| (0..rows).filter(|row| test(*row)).count();
    let correct = |v: usize| move |row: usize| grid.summary(v, row).is_correct();
    let (base, other) = (correct.clone()(plain), correct(opinion));
    let wrong = count(&|row| !base(row));
    assert!(wrong > 0 && wrong < rows);
    assert_eq!(rows_of(&mut stage, "=not correct(plain)"), wrong);
    assert_eq!(rows_of(&mut stage, "=correct(plain)"), rows - wrong);
    let fixed = count(&|row| !base(row) && other(row));
    let broken = count(&|row| base(row) && !other(row));
    assert_eq!(rows_of(&mut stage, "=fixed(opinion)"), fixed);
    assert_eq!(rows_of(&mut stage, "=broken(opinion, baseline)"), broken);
    assert_eq!(
        rows_of(&mut stage, "=fixed(opinion) or broken(opinion)"),
        fixed + broken
    );
    let positive = count(&|row| table.heads.expected(row) == Some("positive"));
    assert_eq!(rows_of(&mut stage, "=expected == 'positive'"), positive);
    let both = count(&|row| table.heads.expected(row) == Some("positive") && !base(row));
    assert_eq!(
        rows_of(&mut stage, "=expected == \"positive\" and score(plain) < 1"),
        both.max(rows_of(
            &mut stage,
            "=score(plain) < 1 and label == \"positive\""
        ))
    );
    assert_eq!(
        rows_of(&mut stage, "=id matches /1$/"),
        count(&|row| table.row_id(row).ends_with('1'))
    );
    assert_eq!(rows_of(&mut stage, "="), rows);
    // A text and a regular expression are what they were.
    let text = rows_of(&mut stage, "POSITIVE");
    assert_eq!(rows_of(&mut stage, "=anywhere contains 'positive'"), text);
    assert_eq!(rows_of(&mut stage, "/(?i)positive/"), text);
}

#[test]
fn an_invalid_filter_says_where_and_leaves_the_rows() {
    let mut stage = answered();
    let flipping = rows_of(&mut stage, "=flipping");
    let before = rows_of(&mut stage, "=not correct(plain)");
    for (typed, column, message) in [
        (
            "=score(plan) < 1",
            8,
            "unknown variant `plan`; did you mean `plain`?",
        ),
        (
            "=score(plain) < \"x\"",
            17,
            "a text and a number cannot be compared",
        ),
        ("=score(plain)", 2, "`score(plain)` is not a condition"),
        ("=expected = 'x'", 11, "a comparison is written `==`"),
        (
            "=flipping and",
            14,
            "expected a number, a text in quotes or a name",
        ),
        ("=scroe(plain) < 1", 2, "did you mean `score`?"),
        ("=score < 1", 2, "`score` needs a variant"),
        ("=id matches /(/", 14, "unclosed group"),
        ("/(/", 2, "unclosed group"),
    ] {
        fill(&mut stage, typed);
        let screen = stage.screen(200, 60);
        assert!(
            screen.contains(&format!("column {column}: ")),
            "{typed}\n{screen}"
        );
        assert!(screen.contains(message), "{typed}\n{screen}");
        stage.press("enter");
        assert!(
            matches!(stage.model.view.overlays.last(), Some(Overlay::Filter(_))),
            "{typed} stays to be corrected"
        );
        let valid = if typed.starts_with("=flipping") {
            flipping
        } else {
            60
        };
        assert_eq!(shown(&stage), valid, "{typed}: the last valid filter");
        stage.press("esc");
        assert_eq!(shown(&stage), before, "{typed}");
    }
    fill(&mut stage, "=flipping and score(plan) < 1");
    all_sizes(&mut stage, "filter-error");
}

#[test]
fn a_filter_that_is_cancelled_leaves_the_cursor_on_its_row() {
    let mut stage = answered();
    stage.press("home j j j");
    let table = stage.model.answers.table.clone().unwrap();
    fill(&mut stage, &format!("=id == \"{}\"", table.row_id(10)));
    assert_eq!(stage.model.cursor.row, 10);
    stage.press("esc");
    assert_eq!((stage.model.cursor.row, shown(&stage)), (3, 60));
}

#[test]
fn what_matches_no_row_says_which_part_excludes_all() {
    let mut stage = answered();
    assert_eq!(
        rows_of(&mut stage, "=flipping and expected == 'neutral'"),
        0
    );
    let screen = stage.screen(120, 36);
    assert!(
        screen.contains("No row matches: expected == 'neutral'"),
        "{screen}"
    );
    assert_eq!(
        rows_of(&mut stage, "=correct(plain) and not correct(plain)"),
        0
    );
    let screen = stage.screen(120, 36);
    assert!(
        screen.contains("No row matches all of: correct(plain) ("),
        "{screen}"
    );
}

#[test]
fn filters_are_combined_saved_and_found_again() {
    let mut stage = answered();
    stage.press("f");
    all_sizes(&mut stage, "filter-menu");
    // Ten lines down stands the first condition, on the variant under the cursor.
    stage.press("tab");
    for _ in 0..10 {
        stage.press("down");
    }
    stage.press("tab");
    let name = stage.model.view.settings.filter.text.clone();
    assert!(name.starts_with("=not correct("), "{name}");
    // With a kind.
    stage.press("down down");
    stage.press("ctrl-s");
    stage.type_text("hard ones");
    stage.press("enter");
    all_sizes(&mut stage, "filter-saved");
    stage.press("enter");
    let n = shown(&stage);
    assert!(n > 0 && n < 60);
    stage.press("esc");
    assert_eq!(shown(&stage), 60);
    stage.press(":");
    stage.type_text("hard ones");
    stage.press("enter");
    assert_eq!(shown(&stage), n, "the palette finds it");
    // Removed again.
    stage.press("esc f");
    for _ in 0..9 {
        stage.press("down");
    }
    stage.press("ctrl-x");
    assert!(stage.model.view.settings.saved_filters.is_empty());
}

#[test]
fn a_cell_of_the_confusion_matrix_filters_its_rows() {
    let mut stage = answered();
    stage.press("m home");
    for _ in 0..8 {
        stage.press("down");
    }
    stage.press("enter down");
    all_sizes(&mut stage, "matrix-cursor");
    // Past the right edge, unreadable and failed, is the next variant.
    let variant = stage.model.cursor.variant;
    stage.press("right right right");
    assert_eq!(stage.model.cursor.variant, variant);
    stage.press("right");
    assert_ne!(stage.model.cursor.variant, variant);
    stage.press("left right");
    assert_eq!(stage.model.cursor.label_cell, (1, 0));
    let labels = stage.model.answers.table.as_ref().unwrap().labels.clone();
    let (v, grid) = (
        stage.model.cursor.variant,
        stage.model.answers.grids[0].clone(),
    );
    let heads = stage.model.answers.table.as_ref().unwrap().heads.clone();
    let gave = |row: usize, label: &str| {
        (0..grid.samples()).any(|sample| {
            let answer = grid.cell(v, row, sample).answer;
            answer.is_some_and(|answer| grid.answer_text(answer) == label)
        })
    };
    let expected = (0..grid.rows())
        .filter(|row| heads.expected(*row) == Some(&*labels[1]) && gave(*row, &labels[0]))
        .count();
    stage.press("enter");
    assert!(stage.model.view.settings.filter.text.contains("gave("));
    assert_eq!(shown(&stage), expected);
    assert!(expected > 0);
}
