//! A race in the session: its plan is said, and columns of variants that fell grey out.

use super::drawn::all_sizes;
use crate::support::{TestSession, session::line_of};
use ratatui::style::Style;
use wording::{engine::RunEvent, model::PolicySpec};

/// How the head of a variant's column looks, and a cell below it.
fn looks(stage: &mut TestSession, variant: usize) -> [Style; 2] {
    let name = stage.model.answers.table.as_ref().unwrap().names[variant].clone();
    let buffer = stage.buffer(120, 36);
    let (y, line) = (0..36)
        .map(|y| (y, line_of(&buffer, y)))
        .find(|(_, line)| line.contains(&format!("│ {name}")))
        .unwrap();
    let at = line.find(&format!("│ {name}")).unwrap();
    let x = line[..at].chars().count() as u16 + 2;
    [buffer[(x, y)].style(), buffer[(x, y + 4)].style()]
}

#[test]
fn variants_that_fell_grey_out() {
    let mut stage = TestSession::sample("sentiment");
    stage.model.workspace.policy = Some(PolicySpec::Race {
        calls: 300,
        level: 0.95,
    });
    stage.press("r");
    let plan = stage.screen(120, 36);
    assert!(plan.contains("300 calls"), "{plan}");
    all_sizes(&mut stage, "overlay-plan-race");
    stage.press("esc");
    stage.begin_run();
    stage.answer_all();
    let before = looks(&mut stage, 2);
    let other = looks(&mut stage, 1);
    stage.event(RunEvent::VariantsEliminated {
        model: 0,
        variants: vec![2],
        round: 1,
        rows: 60,
        cause: wording::model::EliminationCause::Score,
    });
    let said = stage.screen(120, 36);
    assert!(said.contains("round 1"), "{said}");
    let after = looks(&mut stage, 2);
    assert!(before[0] != after[0] && before[1] != after[1], "{after:?}");
    assert_eq!(looks(&mut stage, 1), other);
    // Another run begins with all of them.
    stage.end_run(None);
    // What the race came to is told on top.
    stage.press("esc");
    stage.begin_run();
    let column = wording::tui::GridColumn {
        variant: 2,
        model: 0,
    };
    assert!(!stage.model.has_fallen(column));
}
