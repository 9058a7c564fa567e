//! Where things stand: the part of a list that is shown, panes that are zoomed, frames over wide characters, what opens by
//! itself.

use super::{drawn::answered, leaderboard::design};
use crate::support::TestSession;
use unicode_width::UnicodeWidthStr;

#[test]
fn the_last_page_is_full_and_the_part_shown_moves_with_the_cursor_alone() {
    let mut stage = answered();
    let page = |stage: &mut TestSession| {
        stage.screen(120, 36);
        let measured = &stage.model.view.measured;
        assert_eq!(measured.rows.len(), measured.page);
        measured.rows.clone()
    };
    let first = page(&mut stage);
    stage.press("end");
    let last = page(&mut stage);
    assert_eq!(last.last(), Some(&59));
    stage.press("k k");
    assert_eq!(page(&mut stage), last, "the cursor is still on it");
    stage.press("home");
    assert_eq!(page(&mut stage), first);
    // One row past the end of the page.
    for _ in 0..first.len() {
        stage.press("j");
    }
    let next: Vec<usize> = first.iter().map(|row| row + 1).collect();
    assert_eq!(page(&mut stage), next);
    // The map ends with its last band, at the bottom of the screen.
    stage.press("end m");
    stage.press("home down down enter");
    let map = stage.screen(80, 24);
    assert!(map.contains(" – 60 of 60"), "{map}");
}

#[test]
fn a_wide_character_beside_an_overlay_does_not_break_its_frame() {
    let mut stage = TestSession::sample("情感");
    stage.press("2");
    stage.begin_run();
    stage.answer_all();
    stage.end_run(None);
    let wide = |symbol: &str| symbol.width() > 1;
    let mut met = 0;
    for width in 80..84 {
        let below = stage.buffer(width, 24);
        stage.press("enter");
        let above = stage.buffer(width, 24);
        stage.press("esc");
        for y in 1..23 {
            assert_eq!(above[(2, y)].symbol().width(), 1, "the frame");
            met += usize::from(wide(below[(1, y)].symbol()));
            assert!(!wide(above[(1, y)].symbol()), "line {y} at {width}");
        }
        stage.press(":");
        let above = stage.buffer(width, 24);
        stage.press("esc");
        let (x, _) = (0..width)
            .flat_map(|x| (0..24).map(move |y| (x, y)))
            .find(|at| above[*at].symbol() == "┌")
            .unwrap();
        for y in 0..24 {
            if above[(x, y)].symbol() == "│" {
                met += usize::from(wide(below[(x - 1, y)].symbol()));
                assert!(!wide(above[(x - 1, y)].symbol()), "line {y} at {width}");
            }
        }
    }
    assert!(met > 0, "no character stood beside a frame");
}

#[test]
fn a_pane_that_is_zoomed_says_so() {
    let mut stage = answered();
    for keys in [
        "1",
        "1 tab",
        "1 tab tab",
        "2",
        "2 tab",
        "2 t",
        "2 m home down down enter",
        "3",
        "3 tab",
        "4",
    ] {
        stage.press(keys);
        assert!(!stage.screen(120, 36).contains("zoomed"), "{keys}");
        stage.press("z");
        let screen = stage.screen(120, 36);
        assert_eq!(screen.matches("· zoomed, z: back").count(), 1, "{screen}");
        stage.press("z");
        if keys == "2 t" {
            stage.press("t");
        }
    }
}

#[test]
fn variants_that_differ_by_an_axis_are_compared_by_their_prompts() {
    let mut stage = design();
    stage.press("2 l d");
    let screen = stage.screen(120, 36);
    assert!(screen.contains("[rendered]"), "{screen}");
    assert!(screen.contains("change 1 of"), "{screen}");
    assert!(screen.contains(" → "), "the axis: {screen}");
    stage.press("t");
    let screen = stage.screen(120, 36);
    assert!(screen.contains("[template]"), "as chosen: {screen}");
    // Templates that differ are compared.
    let mut stage = answered();
    stage.press("2 l d");
    let screen = stage.screen(120, 36);
    assert!(screen.contains("[template]"), "{screen}");
}

#[test]
fn what_has_nothing_to_show_is_not_offered() {
    let mut stage = answered();
    stage.press("m");
    let lenses = stage.screen(120, 36);
    assert!(lenses.contains("confusion matrix"), "{lenses}");
    assert!(!lenses.contains("effect of each axis"), "{lenses}");
    let mut stage = design();
    stage.press("m");
    let lenses = stage.screen(120, 36);
    assert!(lenses.contains("effect of each axis"), "{lenses}");
}

#[test]
fn while_scores_are_analyzed_nobody_is_told_that_there_are_none() {
    let mut stage = TestSession::sample("sentiment");
    stage.begin_run();
    stage.wait(10_000);
    assert!(stage.model.analysis().is_some(), "of no answer yet");
    stage.quiet = true;
    for row in 0..8 {
        stage.answer((0, row, 0), "positive", Some("positive"), 1.0);
    }
    // The rows are counted, and the analysis is still to come.
    stage.wait(10_000);
    let screen = stage.screen(120, 36);
    assert!(screen.contains("100%"), "{screen}");
    assert!(!screen.contains("o answer has a score"), "{screen}");
    assert!(screen.contains("Analyzing …"), "{screen}");
}

#[test]
fn more_than_nine_differing_variants_are_counted_as_such() {
    let mut stage = design();
    stage.press("2");
    let screen = stage.screen(120, 36);
    assert!(screen.contains("≠9+ "), "{screen}");
    assert!(!screen.contains("≠…"), "{screen}");
}

#[test]
fn names_of_many_axes_differ_where_there_is_little_room() {
    let mut stage = design();
    stage.press("2");
    for _ in 0..12 {
        for (width, height) in [(80, 24), (120, 36)] {
            let screen = stage.screen(width, height);
            let heads = screen.lines().nth(2).unwrap();
            let mut names: Vec<&str> = heads.split('│').skip(1).map(str::trim).collect();
            names.sort_unstable();
            let n = names.len();
            names.dedup();
            assert_eq!(names.len(), n, "{heads}");
        }
        stage.press("l l l");
    }
    // On the map two share a line.
    stage.press("m home down down enter");
    let map = stage.screen(80, 24);
    let names = map.lines().filter(|line| line.contains(" / "));
    let label = |line: &str| line.chars().skip(1).take(24).collect::<String>();
    let mut names: Vec<String> = names.map(label).collect();
    names.sort();
    let n = names.len();
    names.dedup();
    assert!(n > 5 && names.len() == n, "{map}");
}
