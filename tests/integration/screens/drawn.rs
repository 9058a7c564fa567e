//! Each screen, overlay and lens as a whole, at three sizes, with and without colours, in Latin and in Chinese.

use crate::support::{TestSession, snapshot::check};
use std::time::Duration;
use wording::{
    engine::RunEvent,
    model::{DownCause, Failure, FailureKind, RunId, TrialId},
    tui::{JobResult, Model, Theme, ThemeName},
};

const SIZES: [(u16, u16); 3] = [(200, 60), (120, 36), (80, 24)];

/// The screen at all sizes.
pub(super) fn all_sizes(stage: &mut TestSession, name: &str) {
    for (width, height) in SIZES {
        // Twice, for what was measured in the first decides what fits in the second.
        stage.screen(width, height);
        let screen = stage.screen(width, height);
        for line in screen.lines() {
            let columns = unicode_width::UnicodeWidthStr::width(line);
            assert!(columns <= usize::from(width), "{columns} columns: {line}");
        }
        check(&format!("screens/{name}-{width}x{height}"), &screen);
    }
}

/// Seven wordings, 60 rows, 5 samples, all answered.
pub(super) fn answered() -> TestSession {
    let mut stage = TestSession::changed(
        "sentiment",
        &[(
            "wording.toml",
            "baseline = \"plain\"\nseed = 7",
            "baseline = \"plain\"\nseed = 7\nsamples = 5",
        )],
    );
    stage.begin_run();
    stage.answer_all();
    stage.end_run(None);
    stage
}

#[test]
fn the_grid_before_a_run_and_after() {
    let mut stage = TestSession::sample("sentiment");
    all_sizes(&mut stage, "grid-empty");
    let mut stage = answered();
    all_sizes(&mut stage, "grid");
}

#[test]
fn every_lens() {
    let mut stage = answered();
    stage.press("j j l");
    for (at, lens) in [
        "answers",
        "leaderboard",
        "map",
        "flips",
        "disagreement",
        "latency",
        "cost",
        "variance",
        "labels",
        "slices",
        "tradeoff",
        "speed",
    ]
    .iter()
    .enumerate()
    {
        stage.press("m home");
        for _ in 0..at {
            stage.press("down");
        }
        stage.press("enter");
        all_sizes(&mut stage, &format!("lens-{lens}"));
    }
}

#[test]
fn axes_have_whiskers() {
    let mut stage = TestSession::changed(
        "axes",
        &[(
            "wording.toml",
            "[experiment.axes]",
            "[experiment.axes]\nrows = 12",
        )],
    );
    stage.begin_run();
    stage.answer_all();
    stage.end_run(None);
    stage.press("m");
    let shown = stage.screen(80, 24);
    assert!(!shown.contains("disagreement"), "one sample each: {shown}");
    stage.press("end enter");
    all_sizes(&mut stage, "lens-shots-of-a-design");
    stage.press("m end up up up up up enter");
    let screen = stage.screen(120, 36);
    assert!(
        screen.contains("shots.count") && screen.contains('●') && screen.contains('├'),
        "{screen}"
    );
    all_sizes(&mut stage, "lens-axes-of-a-design");
}

#[test]
fn every_overlay_of_the_grid() {
    let mut stage = answered();
    stage.press("j j l");
    for (key, name) in [
        ("?", "help"),
        (":", "palette"),
        ("f", "filter"),
        ("s", "sort"),
        ("m", "lenses"),
        ("y", "copy"),
        ("E", "export"),
        ("enter", "row"),
        ("o", "text"),
        ("!", "problems"),
        (",", "settings"),
        ("r", "plan"),
        ("/", "search"),
    ] {
        stage.press(key);
        all_sizes(&mut stage, &format!("overlay-{name}"));
        stage.press("esc");
        assert!(stage.model.view.overlays.is_empty(), "{name} stays open");
    }
}

#[test]
fn the_edit_screen() {
    let mut stage = answered();
    stage.press("1");
    all_sizes(&mut stage, "edit");
    stage.press("tab");
    all_sizes(&mut stage, "edit-template");
    stage.press("i down down down right right");
    all_sizes(&mut stage, "edit-here");
    stage.press("esc backtab j space");
    all_sizes(&mut stage, "edit-off");
}

#[test]
fn a_broken_template_is_told_with_its_place_and_the_others_stay() {
    let mut stage = TestSession::changed(
        "sentiment",
        &[(
            "templates/sentiment/opinion.j2",
            "{{ row.text }}",
            "{{ row.texd }} ",
        )],
    );
    stage.press("1 j j");
    let screen = stage.screen(120, 36);
    assert!(screen.contains("texd"), "{screen}");
    // The session's folder has another name each time.
    assert!(stage.model.answers.table.as_ref().unwrap().variants() == 7);
}

#[test]
fn every_mode_of_the_diff() {
    let mut stage = answered();
    stage.press("3 l l");
    for (key, name) in [
        ("t", "template"),
        ("m", "rendered"),
        ("o", "outputs"),
        ("v", "within"),
    ] {
        stage.press(key);
        all_sizes(&mut stage, &format!("diff-{name}"));
    }
    stage.press("t u");
    all_sizes(&mut stage, "diff-unified");
    stage.press("u tab j j j");
    all_sizes(&mut stage, "diff-effects");
}

#[test]
fn cells_of_every_state() {
    let mut stage = TestSession::changed(
        "sentiment",
        &[(
            "wording.toml",
            "baseline = \"plain\"\nseed = 7",
            "baseline = \"plain\"\nseed = 7\nsamples = 3",
        )],
    );
    let base = stage.model.answers.baseline as u32;
    stage.begin_run();
    for sample in 0..3 {
        stage.answer((base, 0, sample), "positive", Some("positive"), 1.0);
        stage.answer((0, 0, sample), "negative", Some("negative"), 0.0);
        stage.answer((1, 0, sample), "I cannot say", None, 0.0);
    }
    let failure = Failure {
        kind: FailureKind::RateLimited,
        status: Some(429),
        message: "slow down".into(),
        trace: Default::default(),
    };
    for sample in 0..3 {
        stage.fail((2, 0, sample), failure.clone());
    }
    let id = |variant, row, sample| TrialId {
        variant,
        model: 0,
        row,
        sample,
    };
    stage.event(RunEvent::TrialStarted { id: id(base, 1, 0) });
    stage.event(RunEvent::Delta {
        id: id(base, 1, 0),
        text: "I think it is".into(),
    });
    stage.event(RunEvent::TrialStarted { id: id(0, 1, 1) });
    stage.answer((0, 1, 0), "positive", Some("positive"), 1.0);
    stage.event(RunEvent::SlowedDown {
        endpoint: "demo".into(),
        wait: Duration::from_secs(4),
        in_flight: 8,
    });
    stage.wait(1_000);
    all_sizes(&mut stage, "cells");
}

#[test]
fn chinese_and_hostile_texts_keep_the_frame() {
    let mut stage = TestSession::sample("情感");
    stage.begin_run();
    stage.answer((0, 0, 0), "正面", Some("正面"), 1.0);
    stage.answer((1, 0, 0), "负面", Some("负面"), 0.0);
    stage.answer((2, 0, 0), "\u{1b}[2J\u{7}\u{202e}gotcha\u{200b}", None, 0.0);
    stage.answer(
        (3, 0, 0),
        "❤\u{fe0f} e\u{301}tre 👍🏽 שלום",
        Some("שלום"),
        0.0,
    );
    stage.end_run(None);
    all_sizes(&mut stage, "cjk");
    for (width, height) in SIZES {
        let screen = stage.screen(width, height);
        assert!(!screen.contains('\u{1b}') && !screen.contains('\u{202e}'));
    }
    stage.press("l l");
    let screen = stage.screen(120, 36);
    assert!(screen.contains("␛[2J␇"), "{screen}");
    stage.press("1");
    all_sizes(&mut stage, "cjk-edit");
    stage.press("3");
    all_sizes(&mut stage, "cjk-diff");
}

#[test]
fn without_colours_nothing_is_lost_and_no_colour_is_used() {
    let mut stage = answered();
    stage.model.view.theme = Theme::named(ThemeName::None);
    stage.press("j j l");
    all_sizes(&mut stage, "plain-grid");
    stage.press("m 3");
    all_sizes(&mut stage, "plain-map");
    stage.press("3 l l");
    all_sizes(&mut stage, "plain-diff");
    for keys in ["1", "2", "3", "4", "?"] {
        stage.press(keys);
        let buffer = stage.buffer(120, 36);
        for cell in buffer.content() {
            assert_eq!(
                (cell.fg, cell.bg),
                (ratatui::style::Color::Reset, ratatui::style::Color::Reset)
            );
        }
    }
}

#[test]
fn what_the_run_waits_for_is_told() {
    let mut stage = TestSession::sample("sentiment");
    stage.begin_run();
    stage.event(RunEvent::EndpointDown {
        endpoint: "demo".into(),
        cause: DownCause::Unreached,
    });
    all_sizes(&mut stage, "run-down");
    stage.press("q");
    all_sizes(&mut stage, "run-quit");
}

#[test]
fn an_empty_project_an_unreadable_one_and_a_small_terminal() {
    let mut stage = TestSession::sample("sentiment");
    stage.press("4");
    all_sizes(&mut stage, "runs-empty");
    stage.press("2");
    check("screens/small", &stage.screen(59, 15));
    let mut stage = TestSession::sample("sentiment");
    let number = stage.model.jobs.pending.plan.unwrap();
    let unreadable = || {
        let error = "datasets/sentiment.jsonl: line 3: not JSON";
        JobResult::PlanRead(number, Err(error.into()), Vec::new())
    };
    // Beside what was shown before, and alone.
    stage.act(unreadable());
    all_sizes(&mut stage, "half-written");
    stage.press("esc");
    stage.model.workspace.plan = None;
    stage.act(unreadable());
    all_sizes(&mut stage, "unreadable");
}

#[test]
fn the_list_of_runs() {
    let mut stage = TestSession::sample("sentiment");
    let plan = stage.model.workspace.plan.clone().unwrap();
    for (i, note) in [(1, "before the new shots"), (2, "")] {
        let mut info = plan.run_info(Some(note.into()));
        info.id = RunId(format!("r-000000000{i}"));
        info.started_at = 1_700_000_000 + i64::from(i) * 3_600;
        stage.desk.store.begin_run(&info).unwrap();
    }
    stage.model.clock.unix_s = 1_700_010_000;
    stage.press("4");
    all_sizes(&mut stage, "runs");
    stage.press("space j c");
    assert_eq!(stage.model.view.screen, wording::tui::Screen::Diff);
    assert!(stage.screen(120, 36).contains("r-0000000001"));
}

#[test]
fn streams_show_while_they_come_and_vanish_when_done() {
    let mut stage = TestSession::sample("sentiment");
    stage.begin_run();
    let variant = stage.model.answers.baseline as u32;
    let id = TrialId {
        variant,
        model: 0,
        row: 0,
        sample: 0,
    };
    stage.event(RunEvent::TrialStarted { id });
    for text in ["I think", " it is"] {
        stage.event(RunEvent::Delta {
            id,
            text: text.into(),
        });
    }
    let screen = stage.screen(120, 36);
    assert_eq!(
        screen.matches("I think it is▏").count(),
        2,
        "in the cell and below:\n{screen}"
    );
    stage.answer((variant, 0, 0), "positive", Some("positive"), 1.0);
    let screen = stage.screen(120, 36);
    assert!(
        !screen.contains("I think")
            && screen
                .lines()
                .any(|l| l.contains("positive") && l.contains('✓')),
        "{screen}"
    );
}

#[test]
fn the_docs_have_the_table_of_keys() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/session.md");
    let docs = std::fs::read_to_string(path).unwrap();
    let head = "| key | name | what it does | where |\n| --- | --- | --- | --- |\n";
    let table: String = wording::tui::KEYS
        .iter()
        .map(|key| {
            format!(
                "| `{}` | `{}` | {} | {} |\n",
                key.key_label(&Default::default()),
                key.name,
                key.help,
                key.context_label()
            )
        })
        .collect();
    if std::env::var_os("INSTA_UPDATE").is_some_and(|u| u == "always") {
        let (before, rest) = docs.split_once(head).unwrap();
        let after = rest.split_once("\n\n").map_or("", |(_, after)| after);
        std::fs::write(path, format!("{before}{head}{table}\n{after}")).unwrap();
        return;
    }
    assert!(
        docs.contains(&(head.to_owned() + &table)),
        "docs/session.md needs this table of keys:\n{table}"
    );
}

#[test]
fn every_key_is_in_the_help_of_every_screen() {
    for screen in ["1", "2", "3", "4"] {
        let mut stage = TestSession::sample("sentiment");
        stage.press(screen);
        stage.press("?");
        let help = stage.screen(120, 260);
        for key in wording::tui::KEYS {
            let line = help.lines().find(|l| {
                l.contains(&format!("{} ", key.key_label(&Default::default())))
                    && l.contains(key.help)
            });
            assert!(
                line.is_some(),
                "{} ({}) is not in\n{help}",
                key.key_label(&Default::default()),
                key.help
            );
        }
        stage.press("?");
        assert!(stage.model.view.overlays.is_empty());
    }
}

/// What a model holds that could be told from outside: for tests that a key did something.
pub(super) fn told(model: &Model) -> String {
    format!(
        "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        model.view.screen,
        model.view.overlays,
        model.cursor.pane,
        model.view.zoom,
        model.cursor.row,
        model.cursor.variant,
        model.cursor.model,
        model.cursor.sample,
        model.answers.baseline,
        model.view.settings,
        model.view.theme,
        model.workspace.switched_off,
        model.answers.marks,
        model.cursor.list_line,
        model.run_list.line,
        model.run_list.chosen,
        model.workspace.experiment,
    ) + &format!(
        "{:?} {:?} {} {} {} {:?} {} {:?}",
        model.diff_mode(),
        model.diff.side_by_side,
        model.diff.swapped,
        model.diff.context,
        model.diff.change,
        model.cursor.scrolls,
        model.diff.scroll,
        model.run.progress.as_ref().map(|p| &p.phase),
    )
}
