//! Screens drawn into a buffer, with a real plan and invented answers.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::{Terminal, backend::TestBackend};
use std::sync::Arc;
use wording::{
    engine::{Plan, RunEvent, RunSummary},
    model::{Completion, Outcome, RunId, Score, Scores, TrialId, TrialRecord},
    project::Project,
    tui::{Action, KEYS, Model, Screen, Theme, action_of, update, view},
};

fn session(experiment: &str) -> (tempfile::TempDir, Model) {
    let dir = tempfile::tempdir().unwrap();
    let project = Project::sample(dir.path()).unwrap();
    let plan = Plan::load(&project, project.experiment(Some(experiment)).unwrap()).unwrap();
    let mut model = Model::new(project, experiment, None, Theme::new(true));
    update(&mut model, Action::Planned(Ok(Arc::new(plan))));
    (dir, model)
}

fn answer(model: &mut Model, variant: u32, row: u32, text: &str, right: bool) {
    let record = TrialRecord {
        id: TrialId {
            variant,
            model: 0,
            row,
            sample: 0,
        },
        outcome: Outcome::Completed(Completion {
            text: text.into(),
            ..Completion::default()
        }),
        scores: Scores(vec![Score {
            value: f32::from(u8::from(right)),
            answer: Some(text.into()),
            unreadable: false,
        }]),
        reused: false,
        attempts: 1,
        cost_usd: None,
    };
    update(
        model,
        Action::Event(RunEvent::TrialFinished(Arc::new(record))),
    );
}

fn draw(model: &mut Model, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| view::draw(frame, model)).unwrap();
    let buffer = terminal.backend().buffer().clone();
    (0..height)
        .map(|y| {
            let mut line = String::new();
            let mut skip = 0;
            for x in 0..width {
                if skip > 0 {
                    skip -= 1;
                    continue;
                }
                let symbol = buffer[(x, y)].symbol();
                skip = unicode_width::UnicodeWidthStr::width(symbol).saturating_sub(1);
                line.push_str(symbol);
            }
            line.trim_end().to_owned() + "\n"
        })
        .collect()
}

fn press(model: &mut Model, code: KeyCode) {
    if let Some(action) = action_of(KeyEvent::new(code, KeyModifiers::NONE), model.screen) {
        update(model, action);
    }
}

#[test]
fn the_grid_shows_answers_side_by_side_at_both_sizes() {
    for (width, height) in [(120, 36), (80, 24)] {
        let (_dir, mut model) = session("情感");
        answer(&mut model, 0, 0, "正面", true);
        answer(&mut model, 3, 0, "负面", false);
        let screen = draw(&mut model, width, height);
        let row = screen.lines().find(|l| l.contains("z01")).unwrap();
        assert!(row.contains("≠"), "{screen}");
        assert!(screen.contains("want: 正面"), "{screen}");
        for line in screen.lines() {
            assert!(
                unicode_width::UnicodeWidthStr::width(line) <= usize::from(width),
                "{line}"
            );
        }
        assert!(
            screen.contains("? help") && screen.contains("[2 Grid]"),
            "{screen}"
        );
    }
}

#[test]
fn streams_show_while_they_come_and_vanish_when_done() {
    let (_dir, mut model) = session("sentiment");
    let id = TrialId {
        variant: 3,
        model: 0,
        row: 0,
        sample: 0,
    };
    update(&mut model, Action::Event(RunEvent::TrialStarted { id }));
    update(
        &mut model,
        Action::Event(RunEvent::Delta {
            id,
            text: "I think".into(),
        }),
    );
    update(
        &mut model,
        Action::Event(RunEvent::Delta {
            id,
            text: " it is".into(),
        }),
    );
    assert!(draw(&mut model, 120, 36).contains("I think it is▏"));
    answer(&mut model, 3, 0, "positive", true);
    let screen = draw(&mut model, 120, 36);
    assert!(
        !screen.contains("I think") && screen.contains("✓ positive"),
        "{screen}"
    );
}

#[test]
fn hostile_answers_reach_the_screen_as_text() {
    let (_dir, mut model) = session("sentiment");
    answer(&mut model, 3, 0, "\u{1b}[2J\u{7}\u{202e}gotcha", false);
    let screen = draw(&mut model, 120, 36);
    assert!(screen.contains("␛[2J␇"), "{screen}");
    assert!(!screen.contains('\u{1b}') && !screen.contains('\u{202e}'));
}

#[test]
fn every_screen_and_key_is_in_the_help_and_none_panics() {
    for (width, height) in [(120, 36), (80, 24), (60, 16), (59, 15), (20, 5)] {
        let (_dir, mut model) = session("axes");
        for key in ['1', '2', '3', '4'] {
            press(&mut model, KeyCode::Char(key));
            for code in [
                KeyCode::Down,
                KeyCode::Right,
                KeyCode::PageDown,
                KeyCode::End,
                KeyCode::Char('f'),
            ] {
                press(&mut model, code);
                draw(&mut model, width, height);
            }
        }
        press(&mut model, KeyCode::Char('?'));
        let help = draw(&mut model, width, height);
        if width == 120 {
            for key in KEYS {
                assert!(
                    help.contains(key.help.split([':', ';']).next().unwrap()),
                    "{} is not in\n{help}",
                    key.help
                );
            }
        }
        if width < 60 {
            assert!(help.contains("60x16"), "{help}");
        }
        press(&mut model, KeyCode::Char('?'));
        assert!(model.popups.is_empty());
    }
}

#[test]
fn a_run_that_stops_says_why_and_the_cells_on_their_way_are_free_again() {
    let (_dir, mut model) = session("sentiment");
    press(&mut model, KeyCode::Char('r'));
    update(
        &mut model,
        Action::Event(RunEvent::RunStarted {
            run: RunId("r-0000000000".into()),
            planned: 420,
            behind: 0,
        }),
    );
    update(
        &mut model,
        Action::Event(RunEvent::TrialStarted {
            id: TrialId {
                variant: 0,
                model: 0,
                row: 0,
                sample: 0,
            },
        }),
    );
    let summary = RunSummary {
        stopped: Some("the key is wrong".into()),
        ..RunSummary::default()
    };
    update(&mut model, Action::Event(RunEvent::RunFinished(summary)));
    let screen = draw(&mut model, 120, 36);
    assert!(screen.contains("the key is wrong"), "{screen}");
    assert!(!model.is_running());
    press(&mut model, KeyCode::Esc);
    assert!(
        draw(&mut model, 120, 36)
            .lines()
            .any(|l| l.contains("s01") && !l.contains("…│… "))
    );
    assert_eq!(model.screen, Screen::Grid);
}

#[test]
fn without_colour_no_colour_is_used() {
    let (_dir, mut model) = session("sentiment");
    model.theme = Theme::new(false);
    answer(&mut model, 0, 0, "positive", true);
    let mut terminal = Terminal::new(TestBackend::new(100, 30)).unwrap();
    terminal
        .draw(|frame| view::draw(frame, &mut model))
        .unwrap();
    let buffer = terminal.backend().buffer();
    assert!(
        buffer
            .content()
            .iter()
            .all(|cell| cell.fg == ratatui::style::Color::Reset)
    );
}

#[test]
fn the_docs_name_every_key() {
    let docs =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/session.md")).unwrap();
    for key in KEYS {
        let place = key
            .screen
            .map_or("everywhere".to_owned(), |s| format!("{s:?}"));
        let line = format!("| `{}` | {} | {place} |", key.shown, key.help);
        assert!(docs.contains(&line), "missing in docs/session.md:\n{line}");
    }
}
