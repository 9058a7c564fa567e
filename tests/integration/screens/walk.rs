//! Walks the table of keys: each key does something where the table says that it does.

use super::drawn::{all_sizes, told};
use crate::support::TestSession;
use std::{collections::BTreeMap, sync::Arc};
use wording::{
    engine::{RunEvent, StopCause},
    model::{RunId, TrialId},
    template::Template,
    tui::{
        Action, Binding, Effect, Job, JobResult, KEYS, KeyContext, Overlay, ParaphraseOffer,
        ParaphraseReview, ParaphraseSpec, PlanEstimate,
    },
};

/// A session in which every key has something to do: two experiments, two models, five samples, a run of before.
fn stage(place: KeyContext) -> TestSession {
    let mut stage = TestSession::changed(
        "sentiment",
        &[(
            "wording.toml",
            "models = [\"demo/icl\"]\nbaseline = \"plain\"\nseed = 7",
            "models = [\"demo/icl\", \"demo/other\"]\nbaseline = \"plain\"\nseed = 7\nsamples = 3\nrows = 9",
        )],
    );
    stage.quiet = true;
    let plan = stage.model.workspace.plan.clone().unwrap();
    for i in 1..=5 {
        let mut info = plan.run_info(None);
        info.id = RunId(format!("r-000000000{i}"));
        stage.desk.store.begin_run(&info).unwrap();
    }
    stage.press("2");
    stage.begin_run();
    stage.answer_all();
    stage.end_run(None);
    stage.act(Action::Variants(1));
    stage.act(Action::Variants(1));
    // In the middle of everything, so that each direction leads somewhere.
    stage.act(Action::Move(wording::tui::Movement::Lines(4)));
    stage.act(Action::Samples(1));
    stage.model.view.search = "the".into();
    match place {
        KeyContext::Edit => stage.press("1 home j j j j"),
        KeyContext::Grid => {}
        KeyContext::Diff => stage.press("3"),
        KeyContext::Runs => {
            stage.press("4 j j");
            stage.model.view.search = "r-0".into();
        }
        KeyContext::Overlay => {
            stage.model.open(Overlay::Text {
                title: "long".into(),
                text: "line\n".repeat(60),
                scroll: 0,
            });
            stage.screen(100, 20);
            stage.press("pgdn");
        }
        KeyContext::Confirmation => stage.press("4 D"),
        KeyContext::TextArea => stage.press("1 home j j j j i down down right right right x"),
        KeyContext::Typing => {
            stage.press(":");
            stage.type_text("a b");
            stage.press("left down");
        }
    }
    // Small, so that everything can be scrolled.
    stage.screen(100, 20);
    if place == KeyContext::Diff {
        stage.press("j");
        stage.screen(100, 20);
    }
    stage
}

/// What must be so before the key can do anything, for the few keys where that is not the case by itself.
fn prepare(stage: &mut TestSession, binding: &Binding, place: KeyContext) {
    match (binding.keys, place) {
        ("x", KeyContext::Overlay) => stage.press("esc W n enter enter"),
        ("p" | "x", _) => stage.begin_run(),
        ("backspace ctrl-h", _) | ("delete", _) => {}
        ("up ctrl-p", _) => stage.press("down"),
        ("tab" | "ctrl-s", KeyContext::Typing) => stage.press("esc f down"),
        ("ctrl-x", KeyContext::Typing) => {
            stage.press("esc f down ctrl-s");
            stage.type_text("mine");
            stage.press("enter");
            for _ in 0..8 {
                stage.press("down");
            }
        }
        ("down j" | "up k" | "pgdn ctrl-d" | "pgup ctrl-u", KeyContext::Confirmation) => {
            // The files of a new experiment are longer than the screen.
            stage.press("esc ctrl-n enter enter enter enter enter");
            stage.screen(100, 20);
            if binding.keys.starts_with("up") || binding.keys.starts_with("pgup") {
                stage.press("pgdn");
            }
        }
        ("right", _) => stage.press("left left"),
        ("end ctrl-e", KeyContext::TextArea) => stage.press("left left"),
        ("ctrl-r", _) => stage.press("ctrl-u"),
        ("R", _) => {
            stage.begin_run();
            stage.end_run(Some(StopCause::Interrupt));
        }
        ("esc", KeyContext::Grid) => stage.press("z"),
        ("right l" | "left h", KeyContext::Overlay) => stage.press("esc ,"),
        ("]" | "[" | "b", KeyContext::Overlay) => stage.press("esc enter"),
        ("r", KeyContext::Overlay) => stage.press("esc r"),
        ("O", KeyContext::Overlay) => stage.press("esc o"),
        ("enter", KeyContext::Overlay) => stage.press("esc , enter"),
        ("n" | "N", KeyContext::Diff) => stage.press("home"),
        ("d", KeyContext::Diff) => stage.press("L"),
        ("w", KeyContext::Edit) => {
            let file = stage.path("templates/sentiment/question.j2");
            let text = "+++\n[axes]\nask = [\"Is it positive or negative?\"]\n+++\n{{ ask }} {{ row.text }}";
            std::fs::write(&file, text).unwrap();
            stage.act(JobResult::FilesChanged(vec![file]));
            let table = stage.model.answers.table.clone().unwrap();
            let of = |n: &String| n.starts_with("question");
            stage.model.cursor.variant = table.names.iter().position(of).unwrap();
        }
        ("space", KeyContext::Overlay) => {
            let path = stage.path("t.j2");
            let text = "+++\n[axes]\nask = [\"Is it good?\"]\n+++\n{{ ask }}";
            let rewords = ParaphraseReview {
                spec: ParaphraseSpec {
                    path: path.clone(),
                    axis: "ask".into(),
                    level: "Is it good?".into(),
                    labels: Vec::new(),
                    model: stage.model.model_name().unwrap().clone(),
                    n: 1,
                },
                number: 0,
                offer: Some(ParaphraseOffer {
                    template: Template::parse(path, text).unwrap(),
                    text: "Is it good?".into(),
                    wordings: vec![("Do you like it?".into(), false)],
                    rejected: Vec::new(),
                }),
                at: 0,
            };
            stage
                .model
                .view
                .overlays
                .push(Overlay::Paraphrases(Box::new(rewords)));
        }
        ("c", KeyContext::Runs) => stage.press("space j"),
        ("c", KeyContext::Grid) => stage.press("M 2 enter"),
        ("c", KeyContext::Overlay) => stage.press("esc M 2"),
        ("n" | "W", KeyContext::Overlay) => stage.press("esc W"),
        ("w", KeyContext::Overlay) => {
            stage.press("esc W");
            stage.model.wording_search.record = Some(Arc::new(super::wording_search::better()));
        }
        ("e", KeyContext::Overlay) => stage.press("esc M"),
        ("o", KeyContext::Overlay) => stage.press("esc M 2 down"),
        ("S", KeyContext::Diff) => {
            let dir = stage.path("templates/sentiment");
            let text = std::fs::read_to_string(dir.join("plain.j2")).unwrap();
            let text = text
                .replace("Classify", "Judge")
                .replace("positive or negative", "good or bad");
            std::fs::write(dir.join("mixed.j2"), text).unwrap();
            stage.act(JobResult::FilesChanged(vec![dir.join("mixed.j2")]));
            let table = stage.model.answers.table.clone().unwrap();
            stage.model.cursor.variant = table.names.iter().position(|n| n == "mixed").unwrap();
        }
        _ => {}
    }
    stage.screen(100, 20);
}

#[test]
fn each_key_does_what_the_table_says_where_it_says() {
    let mut tried = BTreeMap::new();
    for &place in KeyContext::ALL {
        for binding in KEYS.iter().filter(|b| b.contexts.contains(&place)) {
            // The others of a line are looked up in the same line.
            for key in binding.keys.split(' ').take(1) {
                let mut stage = stage(place);
                prepare(&mut stage, binding, place);
                let before = (
                    told(&stage.model),
                    stage.effects.len(),
                    format!("{:?}", stage.model.view.toast),
                );
                let shown = stage.screen(100, 20);
                stage.press(key);
                let after = (
                    told(&stage.model),
                    stage.effects.len(),
                    format!("{:?}", stage.model.view.toast),
                );
                let bad = stage.model.view.toast.as_ref().is_some_and(|t| t.bad);
                assert!(
                    !bad,
                    "{key} ({place:?}: {}) was refused: {:?}",
                    binding.help, stage.model.view.toast
                );
                // These draw what is there already.
                let here = [
                    ("1", KeyContext::Edit),
                    ("2", KeyContext::Grid),
                    ("3", KeyContext::Diff),
                    ("4", KeyContext::Runs),
                ];
                let redraw = binding.keys == "ctrl-l" || here.contains(&(binding.keys, place));
                // A key of a list that is at its end does nothing there, and only there.
                assert!(
                    redraw || before != after || shown != stage.screen(100, 20),
                    "{key} ({place:?}: {}) does nothing\n{shown}",
                    binding.help
                );
                *tried.entry(binding.help).or_insert(0) += 1;
            }
        }
    }
    assert_eq!(
        tried.len(),
        KEYS.iter()
            .map(|k| k.help)
            .collect::<std::collections::BTreeSet<_>>()
            .len()
    );
}

/// Keys, and what must be so afterwards.
#[test]
fn keys_do_what_help_says() {
    type Check = fn(&TestSession) -> bool;
    let cases: &[(&str, KeyContext, &str, Check)] = &[
        ("1", KeyContext::Grid, "Edit", |s| {
            s.screen_is(wording::tui::Screen::Edit)
        }),
        ("3", KeyContext::Grid, "Diff", |s| {
            s.screen_is(wording::tui::Screen::Diff)
        }),
        ("4", KeyContext::Grid, "Runs", |s| {
            s.screen_is(wording::tui::Screen::Runs) && s.model.run_list.lines.len() == 5
        }),
        ("q", KeyContext::Grid, "quit", |s| {
            s.did(|e| matches!(e, Effect::Quit))
        }),
        ("ctrl-c", KeyContext::Grid, "quit", |s| {
            s.did(|e| matches!(e, Effect::Quit))
        }),
        ("ctrl-z", KeyContext::Diff, "suspend", |s| {
            s.did(|e| matches!(e, Effect::Suspend))
        }),
        ("e", KeyContext::Edit, "editor", |s| {
            s.did(|e| matches!(e, Effect::Edit(p, _) if p.extension().unwrap() == "j2"))
        }),
        ("r r", KeyContext::Grid, "run", |s| {
            s.did(|e| matches!(e, Effect::Start(_, None)))
        }),
        ("O", KeyContext::Grid, "pager", |s| {
            s.did(|e| matches!(e, Effect::Page(t) if !t.is_empty()))
        }),
        ("y enter", KeyContext::Grid, "copy", |s| {
            s.did(|e| matches!(e, Effect::Copy(t, "answer") if t == "positive" || t == "negative"))
        }),
        ("y end enter", KeyContext::Grid, "copy the table", |s| {
            s.did(|e| matches!(e, Effect::Copy(t, "table") if t.lines().count() == 11))
        }),
        (
            "space f down down down down down down down down enter",
            KeyContext::Grid,
            "mark",
            |s| s.model.answers.arrangement.rows.len() == 1,
        ),
        ("B", KeyContext::Grid, "baseline", |s| {
            s.model.answers.baseline == s.model.cursor.variant
        }),
        ("B B", KeyContext::Grid, "baseline and back", |s| {
            s.model.answers.baseline == s.model.answers.table.as_ref().unwrap().baseline
        }),
        ("a", KeyContext::Grid, "model", |s| {
            s.model.cursor.model == 1
        }),
        (">", KeyContext::Grid, "experiment", |s| {
            s.model.spec().name == "triage"
        }),
        ("> <", KeyContext::Grid, "and back", |s| {
            s.model.spec().name == "sentiment"
        }),
        ("space", KeyContext::Edit, "off", |s| {
            s.model.workspace.switched_off.len() == 1
                && s.model.answers.table.as_ref().unwrap().variants() == 6
        }),
        ("space space", KeyContext::Edit, "and on", |s| {
            s.model.workspace.switched_off.is_empty()
                && s.model.answers.table.as_ref().unwrap().variants() == 7
        }),
        ("n enter", KeyContext::Edit, "new", |s| {
            s.model.answers.table.as_ref().unwrap().variants() == 8
        }),
        ("D y", KeyContext::Edit, "take away", |s| {
            s.model.answers.table.as_ref().unwrap().variants() == 6
        }),
        ("D n", KeyContext::Edit, "or not", |s| {
            s.model.answers.table.as_ref().unwrap().variants() == 7
        }),
        ("D y", KeyContext::Runs, "delete", |s| {
            s.model.run_list.lines.len() == 4
        }),
        ("a x enter", KeyContext::Runs, "note", |s| {
            s.model
                .run_list
                .lines
                .iter()
                .any(|r| r.info.note.as_deref() == Some("x"))
        }),
        ("enter", KeyContext::Runs, "open", |s| {
            s.model.answers.table.as_ref().unwrap().run().is_some()
        }),
        ("enter esc esc", KeyContext::Runs, "open and back", |s| {
            s.model.answers.table.as_ref().unwrap().run().is_none()
        }),
        ("s down enter", KeyContext::Grid, "sort", |s| {
            s.model.view.settings.sort == wording::tui::Sort::Disagreement
        }),
        ("b", KeyContext::Diff, "swap", |s| s.model.diff.swapped),
        ("E enter enter", KeyContext::Grid, "export", |_| true),
    ];
    for (keys, place, what, holds) in cases {
        let mut stage = stage(*place);
        stage.press(keys);
        assert!(
            holds(&stage),
            "{keys} ({place:?}): {what}\n{}",
            stage.screen(100, 30)
        );
    }
}

impl TestSession {
    fn did(&self, what: impl Fn(&Effect) -> bool) -> bool {
        self.effects.iter().any(what)
    }

    fn screen_is(&self, screen: wording::tui::Screen) -> bool {
        self.model.view.screen == screen
    }
}

#[test]
fn the_split_of_a_mixed_edit_makes_templates_with_one_change_each() {
    let mut stage = stage(KeyContext::Diff);
    let split = KEYS.iter().find(|k| k.keys == "S").unwrap();
    prepare(&mut stage, split, KeyContext::Diff);
    let before = stage.model.answers.table.as_ref().unwrap().variants();
    stage.press("S");
    let asked = format!("{:?}", stage.model.view.overlays.last());
    assert!(asked.contains("WriteTemplates("), "{asked}");
    stage.press("y");
    assert!(
        stage.model.answers.table.as_ref().unwrap().variants() >= before + 2,
        "{}",
        stage.screen(100, 30)
    );
}

#[test]
fn exports_are_written_and_named_in_the_line() {
    let mut stage = stage(KeyContext::Grid);
    let path = stage.path("rows.csv");
    stage.press("f down enter E end up enter ctrl-u");
    stage.type_text(&path.display().to_string());
    stage.press("enter");
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(
        text.lines().count(),
        1 + stage.model.answers.arrangement.rows.len()
    );
    assert!(
        stage
            .model
            .view
            .toast
            .as_ref()
            .unwrap()
            .text
            .contains("rows.csv")
    );
    let report = stage.path("report.html");
    stage.press("4 enter E enter ctrl-u");
    stage.type_text(&report.display().to_string());
    stage.press("enter");
    assert!(std::fs::read_to_string(&report).unwrap().contains("<html"));
}

#[test]
fn a_started_trial_of_no_known_place_changes_nothing() {
    let mut stage = stage(KeyContext::Grid);
    let id = TrialId {
        variant: 99,
        model: 9,
        row: 9_999,
        sample: 99,
    };
    stage.event(RunEvent::TrialStarted { id });
    stage.screen(100, 30);
}

#[test]
fn findings_compare_with_the_baseline_shown() {
    let stage = stage(KeyContext::Grid);
    let baseline = stage.model.answers.baseline;
    assert_ne!(baseline, 0, "a default would be the first variant");
    let spec = stage.model.analysis_spec().unwrap();
    assert_eq!(spec.baseline, baseline);
}

#[test]
fn the_mouse_points_turns_and_drags() {
    use crossterm::event::{MouseButton, MouseEventKind};
    let mut stage = stage(KeyContext::Grid);
    let screen = stage.screen(120, 36);
    let at = |screen: &str, what: &str| {
        let (y, line) = screen
            .lines()
            .enumerate()
            .find(|(_, l)| l.contains(what))
            .unwrap();
        let x = line.split(what).next().unwrap().chars().count();
        (x as u16 + 1, y as u16)
    };
    let (x, y) = at(&screen, "1 Edit");
    stage.click(x, y);
    assert!(stage.screen_is(wording::tui::Screen::Edit));
    stage.press("2");
    let screen = stage.screen(120, 36);
    // A cell of another row and another column.
    let (_, y) = at(&screen, "expected: ");
    stage.click(60, y - 1);
    let row = stage.model.cursor.row;
    assert_eq!(stage.model.answers.arrangement.rows[0] as usize, row);
    stage.click(60, y - 1);
    assert!(
        !stage.model.view.overlays.is_empty(),
        "a second click opens the row"
    );
    stage.press("esc");
    stage.mouse(MouseEventKind::ScrollDown, 60, y);
    assert_ne!(stage.model.cursor.row, row);
    // The line above the outputs is dragged up.
    let screen = stage.screen(120, 36);
    let (_, from) = at(&screen, "Enter: details");
    stage.mouse(MouseEventKind::Down(MouseButton::Left), 5, from);
    stage.mouse(MouseEventKind::Drag(MouseButton::Left), 5, from - 8);
    stage.mouse(MouseEventKind::Up(MouseButton::Left), 5, from - 8);
    let screen = stage.screen(120, 36);
    let (_, to) = at(&screen, "Enter: details");
    assert!(
        (from - 9..=from - 7).contains(&to),
        "{from} → {to}\n{screen}"
    );
}

#[test]
fn a_template_is_edited_in_place_and_rendered_when_saved() {
    let mut stage = stage(KeyContext::Edit);
    let list = &stage.model.workspace.variant_names;
    let name = list[stage.model.cursor.list_line].clone();
    stage.press("i");
    stage.screen(100, 20);
    stage.press("down down down");
    stage.type_text("Mind the irony. ");
    let screen = stage.screen(100, 20);
    assert!(screen.contains("Mind the irony."), "{screen}");
    all_sizes(&mut stage, "edit-unsaved");
    stage.press("esc");
    let asked = format!("{:?}", stage.model.view.overlays.last());
    assert!(asked.contains("Unsaved("), "{asked}");
    stage.press("n ctrl-s");
    let told = stage.model.view.toast.clone().unwrap().text;
    stage.press("esc");
    assert!(stage.model.view.overlays.is_empty());
    assert!(told.contains(&format!("{name}.j2: 1 ")), "{told}");
    let table = stage.model.answers.table.clone().unwrap();
    let prompt = table
        .prompt(stage.model.cursor.variant, 0)
        .unwrap()
        .unwrap();
    assert!(
        prompt
            .messages
            .iter()
            .any(|m| m.content.contains("Mind the irony."))
    );
}

#[test]
fn a_plan_or_an_estimate_that_was_overtaken_changes_nothing() {
    let mut stage = TestSession::sample("sentiment");
    let before = stage.screen(120, 36);
    let (plan, estimate) = {
        let pending = &stage.model.jobs.pending;
        (pending.plan.unwrap(), pending.estimate.unwrap())
    };
    let variants = stage.model.workspace.plan.as_ref().unwrap().variants.len();
    let nothing = PlanEstimate {
        variant_tokens: vec![0.0; variants],
        ..PlanEstimate::default()
    };
    stage.act(JobResult::PlanEstimated(estimate - 1, Box::new(nothing)));
    let unreadable = Err("datasets/sentiment.jsonl: line 3: not JSON".into());
    stage.act(JobResult::PlanRead(plan - 1, unreadable, Vec::new()));
    assert_eq!(stage.screen(120, 36), before);
}

#[test]
fn a_file_that_was_saved_as_it_was_loses_no_answers_on_their_way() {
    let mut stage = TestSession::sample("sentiment");
    stage.keep_run("r-0000000001", |_, _| ("positive".into(), 1.0));
    let number = stage.model.jobs.pending.latest.unwrap();
    let plan = stage.model.workspace.plan.clone().unwrap();
    let mut found = Vec::new();
    let job = Job::CurrentAnswers(number, plan);
    let project = stage.model.workspace.project.clone();
    stage.desk.work(&project, job, &mut |r| found.push(r));
    let file = stage.path("templates/sentiment/careful.j2");
    stage.act(JobResult::FilesChanged(vec![file]));
    assert!(stage.model.answers.source.is_none());
    for result in found {
        stage.act(result);
    }
    assert!(stage.model.answers.source.is_some());
}
