//! The screen on which rows are labelled: drawn into a buffer, key by key.

use crate::support::{session::line_of, snapshot::check};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::{Terminal, backend::TestBackend};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use wording::{
    annotation::{
        AnswerForm, Decision, Entry, LabelRecord, MajorityVote, QueueOrder, RowEvidence, RowPlaces,
        Selection, SelectionReason,
    },
    dataset::Dataset,
    model::Row,
    tui::{
        ItemClock, ItemEffect, ItemMessage, ItemScreen, LabelQueueKind, LabelScreen, LabelSpec,
        Theme,
    },
};

/// A screen with a clock that moves three seconds with every key.
struct Labelling {
    screen: LabelScreen,
    clock: ItemClock,
    journal: Vec<Entry<LabelRecord>>,
    left: bool,
}

const LABELS: [&str; 4] = ["billing", "bug", "how-to", "other"];

fn rows(texts: &[&str]) -> Vec<Row> {
    let row = |(index, text): (usize, &&str)| Row {
        index,
        id: format!("t{index}"),
        fields: json!({"id": format!("t{index}"), "text": text, "channel": "mail"})
            .as_object()
            .unwrap()
            .clone(),
        ..Row::default()
    };
    texts.iter().enumerate().map(row).collect()
}

fn spec(rows: Vec<Row>) -> LabelSpec {
    let dataset = Dataset::from_rows(rows);
    LabelSpec {
        experiment: "triage".into(),
        person: "ann".into(),
        form: AnswerForm::Labels(LABELS.map(str::to_owned).to_vec()),
        places: RowPlaces::new(&dataset, true, "label").unwrap(),
        dataset,
        columns: vec!["text".into(), "channel".into()],
        records: Vec::new(),
        evidence: Vec::new(),
        queue: LabelQueueKind::Open {
            order: QueueOrder::Disagreement,
            random: 0.0,
            overlap: 0.2,
            answered: false,
        },
        suggest: false,
        goal: None,
        seed: 7,
        theme: Theme::new(true),
    }
}

/// Five tickets; the wordings disagree about the first most.
fn tickets() -> LabelSpec {
    let texts = [
        "I was charged twice for the same order. Please refund one of the payments to my card, and tell me when it will arrive.",
        "The app closes as soon as I open the camera.",
        "Where can I change the language?",
        "I was charged twice for the same order, please refund one of the payments to my card and tell me when it will arrive!",
        "Thanks, all good now.",
    ];
    let mut spec = spec(rows(&texts));
    let evidence = |(row, answer): (usize, &str)| RowEvidence {
        majority: Some(MajorityVote {
            answer: answer.into(),
            count: 3 + row.min(1),
            answers: 4,
        }),
        // The next row is drawn in proportion, so all but surely it is the next here.
        disagreement: 1e-3f64.powi(row as i32),
        decides: 0.0,
    };
    let answers = ["bug", "bug", "how-to", "billing", "other"];
    spec.evidence = answers.into_iter().enumerate().map(evidence).collect();
    spec
}

fn record(row: usize, spec: &LabelSpec, by: &str, answer: Value) -> LabelRecord {
    LabelRecord {
        row: spec.places.identity(row).clone(),
        decision: Decision::Answer(answer),
        note: String::new(),
        by: by.into(),
        at: "2026-01-01T00:00:00.000Z".into(),
        seconds: 2.0,
        suggested: None,
        chosen: Selection {
            reason: SelectionReason::Random,
            probability: Some(0.5),
            candidates: 2,
        },
        settles: false,
    }
}

impl Labelling {
    fn new(spec: LabelSpec) -> Labelling {
        let now = Instant::now();
        Labelling {
            screen: LabelScreen::new(spec, now).unwrap(),
            clock: ItemClock {
                now,
                unix: Duration::from_secs(1_795_523_940),
            },
            journal: Vec::new(),
            left: false,
        }
    }

    fn act(&mut self, message: ItemMessage) {
        self.clock.now += Duration::from_secs(3);
        self.clock.unix += Duration::from_secs(3);
        for effect in self.screen.update(message, self.clock) {
            match effect {
                ItemEffect::Append(entry) => self.journal.push(entry),
                ItemEffect::Redraw => {}
                ItemEffect::Leave => self.left = true,
            }
        }
    }

    fn key(&mut self, code: KeyCode, modifiers: KeyModifiers) {
        self.act(ItemMessage::Key(KeyEvent::new(code, modifiers)));
    }

    fn press(&mut self, keys: &str) {
        keys.chars()
            .for_each(|c| self.key(KeyCode::Char(c), KeyModifiers::NONE));
    }

    fn enter(&mut self) {
        self.key(KeyCode::Enter, KeyModifiers::NONE);
    }

    fn screen(&mut self, width: u16, height: u16) -> String {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| self.screen.draw(frame)).unwrap();
        let buffer = terminal.backend().buffer();
        (0..height).map(|y| line_of(buffer, y) + "\n").collect()
    }

    /// The newest decision.
    #[track_caller]
    fn last(&self) -> &LabelRecord {
        match self.journal.last() {
            Some(Entry::Record(record)) => record,
            other => panic!("{other:?} is not a decision"),
        }
    }

    fn check(&mut self, name: &str) {
        for (width, height) in [(80, 24), (120, 36)] {
            let screen = self.screen(width, height);
            check(&format!("screens/label-{name}-{width}x{height}"), &screen);
        }
    }
}

#[test]
fn one_key_per_row_and_what_the_wordings_say_after_the_decision() {
    let mut stage = Labelling::new(tickets());
    stage.check("first");
    assert!(
        !stage.screen(80, 24).contains("answers"),
        "hidden until decided"
    );
    stage.press("1");
    let first = stage.last();
    assert_eq!(first.decision, Decision::Answer("billing".into()));
    assert_eq!((first.row.id.as_deref(), first.seconds), (Some("t0"), 3.0));
    assert_eq!(first.at, "2026-11-24T12:39:03.000Z");
    assert_eq!(first.chosen.reason, SelectionReason::Disagreement);
    let suggested = first.suggested.as_ref().unwrap();
    assert_eq!((&suggested.answer, suggested.shown), (&json!("bug"), false));
    stage.check("disagrees");
    stage.press("2");
    assert!(
        stage
            .screen(80, 24)
            .contains("✓ row t1: bug, as 4 of 4 answers")
    );
    stage.press("xs");
    assert_eq!(stage.last().decision, Decision::Skip);
    let near = stage.screen(80, 24);
    assert!(near.contains("row t4"), "{near}");
    stage.press("u");
    stage.check("near-duplicate");
    stage.press("2");
    let conflict = stage.screen(100, 24);
    let expected = "≠ row t3: bug, but row t0 with a similar text is billing";
    assert!(conflict.contains(expected), "{conflict}");
    stage.press("4");
    stage.check("done");
    stage.press("q");
    assert!(stage.left);
}

#[test]
fn an_undo_returns_to_the_row_with_its_note_and_its_chance() {
    let mut stage = Labelling::new(tickets());
    stage.press("nodd");
    stage.enter();
    stage.press("1");
    let before = stage.last().clone();
    assert_eq!(before.note, "odd");
    stage.press("u");
    let Some(Entry::Undo(undo)) = stage.journal.last() else {
        panic!("{:?}", stage.journal)
    };
    assert_eq!((&undo.undo, undo.by.as_str()), (&before.row, "ann"));
    assert!(stage.screen(80, 24).contains("note: odd"));
    stage.press("3");
    let after = stage.last();
    assert_eq!((&after.row, &after.chosen), (&before.row, &before.chosen));
    assert_eq!(after.note, "odd");
    stage.press("uu");
    assert!(stage.screen(80, 24).contains("there is nothing to undo"));
}

#[test]
fn a_skipped_row_comes_again_in_the_next_session() {
    let mut stage = Labelling::new(tickets());
    stage.press("s1111");
    assert!(stage.screen(80, 24).contains("4 labelled, 0 left"));
    let mut spec = tickets();
    let record = |entry: &Entry<LabelRecord>| match entry {
        Entry::Record(record) => record.clone(),
        Entry::Undo(_) => unreachable!(),
    };
    spec.records = stage.journal.iter().map(record).collect();
    let mut next = Labelling::new(spec);
    let screen = next.screen(80, 24);
    assert!(
        screen.contains("row t0") && screen.contains("4 labelled, 1 left"),
        "{screen}"
    );
}

#[test]
fn several_right_answers_are_toggled_and_labels_are_found_by_name() {
    let mut stage = Labelling::new(tickets());
    stage.press("m");
    stage.enter();
    assert!(stage.screen(80, 24).contains("choose at least one label"));
    stage.press("124");
    stage.press("2");
    stage.check("several");
    stage.enter();
    assert_eq!(
        stage.last().decision,
        Decision::Answer(json!(["billing", "other"]))
    );
    stage.press("eho");
    stage.check("typed");
    stage.enter();
    assert_eq!(stage.last().decision, Decision::Answer("how-to".into()));
    stage.press("?1");
    assert_eq!(stage.journal.len(), 2, "no decision from the help");
}

#[test]
fn a_suggestion_is_shown_first_only_where_it_was_asked_for() {
    let mut spec = tickets();
    spec.suggest = true;
    let mut stage = Labelling::new(spec);
    stage.check("suggested");
    stage.press("y");
    assert_eq!(stage.last().decision, Decision::Answer("bug".into()));
    assert!(stage.last().suggested.as_ref().unwrap().shown);
}

#[test]
fn json_is_edited_and_checked_against_its_schema() {
    let mut spec = tickets();
    spec.form = AnswerForm::Json {
        fields: Vec::new(),
        schema: Some(json!({
            "type": "object",
            "properties": {"team": {"type": "string"}, "urgent": {"type": "boolean"}},
            "required": ["team"],
        })),
    };
    spec.evidence.clear();
    let mut stage = Labelling::new(spec);
    stage.enter();
    stage.key(KeyCode::Char('s'), KeyModifiers::CONTROL);
    stage.check("json");
    assert!(stage.journal.is_empty());
    stage.key(KeyCode::Esc, KeyModifiers::NONE);
    stage.enter();
    (0..9).for_each(|_| stage.key(KeyCode::Delete, KeyModifiers::NONE));
    (0..9).for_each(|_| stage.key(KeyCode::Char('k'), KeyModifiers::CONTROL));
    stage.act(ItemMessage::Paste("{\"team\":\r\n \"billing\"}".into()));
    stage.key(KeyCode::Char('s'), KeyModifiers::CONTROL);
    assert_eq!(
        stage.last().decision,
        Decision::Answer(json!({"team": "billing"}))
    );
}

#[test]
fn texts_and_several_of_them() {
    let mut spec = tickets();
    spec.form = AnswerForm::Text;
    spec.evidence.clear();
    let mut stage = Labelling::new(spec);
    stage.enter();
    stage.press("a refund");
    stage.enter();
    assert_eq!(stage.last().decision, Decision::Answer("a refund".into()));
    stage.press("myes");
    stage.enter();
    stage.press("no");
    stage.key(KeyCode::Char('s'), KeyModifiers::CONTROL);
    assert_eq!(
        stage.last().decision,
        Decision::Answer(json!(["yes", "no"]))
    );
}

#[test]
fn disputed_rows_are_settled_in_view_of_all_labels() {
    let mut spec = tickets();
    let mut noted = record(0, &spec, "bo", json!("billing"));
    noted.note = "a refund".into();
    spec.records = vec![
        record(0, &spec, "ann", json!("bug")),
        noted,
        record(1, &spec, "ann", json!("bug")),
        record(1, &spec, "bo", json!("bug")),
    ];
    spec.queue = LabelQueueKind::Disputed;
    let mut stage = Labelling::new(spec);
    stage.check("settle");
    stage.press("1");
    let settled = stage.last();
    assert!(settled.settles && settled.chosen.reason == SelectionReason::Disputed);
    assert!(stage.screen(80, 24).contains("No disputed rows are left."));
    stage.press("u");
    assert!(stage.screen(80, 24).contains("bo: billing (a refund)"));
}

#[test]
fn a_long_text_is_read_to_its_end() {
    let mut spec = tickets();
    let long: String = (0..60)
        .map(|i| format!("Line {i} of the ticket.\n"))
        .collect();
    let texts = [format!("{long}The end.\u{1b}[31m")];
    spec.dataset = Dataset::from_rows(rows(&[texts[0].as_str()]));
    spec.places = RowPlaces::new(&spec.dataset, true, "label").unwrap();
    spec.evidence.clear();
    let mut stage = Labelling::new(spec);
    assert!(stage.screen(80, 24).contains("lines below"));
    stage.press("G");
    let end = stage.screen(80, 24);
    assert!(
        end.contains("The end.␛[31m") && end.contains("end of the text"),
        "{end}"
    );
    stage.press("k");
    stage.screen(80, 24);
    stage.act(ItemMessage::Scroll(-3));
    assert!(stage.screen(80, 24).contains("4 lines below"));
    assert!(stage.screen(30, 8).contains("needs 40x12"));
}

#[test]
fn chinese_rows_and_labels() {
    let texts = [
        "这家餐厅的菜味道很好，服务员也非常热情，只是等位的时间太长，周末去的话最好提前预订，否则可能要等一个多小时。",
        "质量太差，用了两天就坏了。",
    ];
    let mut spec = spec(rows(&texts));
    spec.experiment = "情感".into();
    spec.person = "小明".into();
    spec.form = AnswerForm::Labels(["正面", "负面", "中性"].map(str::to_owned).to_vec());
    spec.evidence = vec![
        RowEvidence {
            majority: Some(MajorityVote {
                answer: "负面".into(),
                count: 3,
                answers: 5,
            }),
            disagreement: 0.9,
            decides: 0.0,
        },
        RowEvidence::default(),
    ];
    let mut stage = Labelling::new(spec);
    stage.check("chinese");
    stage.press("1");
    let screen = stage.screen(80, 24);
    assert!(
        screen.contains("≠ row t0: 正面; 3 of 5 answers say 负面"),
        "{screen}"
    );
}

#[test]
fn what_could_not_be_saved_is_told_until_it_is() {
    let mut stage = Labelling::new(tickets());
    stage.press("1");
    stage.act(ItemMessage::Saved {
        unsaved: 1,
        error: Some("cannot write to labels/triage.jsonl: no space".into()),
    });
    let screen = stage.screen(100, 24);
    assert!(
        screen.contains("! 1 decision not saved: cannot write to labels/triage.jsonl"),
        "{screen}"
    );
    stage.act(ItemMessage::Saved {
        unsaved: 0,
        error: None,
    });
    assert!(!stage.screen(100, 24).contains("not saved"));
}

#[test]
fn no_key_waits_with_a_hundred_thousand_rows() {
    let row = |index: usize| Row {
        index,
        id: format!("t{index}"),
        fields: json!({"text": format!("Ticket number {index} is about something.")})
            .as_object()
            .unwrap()
            .clone(),
        ..Row::default()
    };
    let mut spec = spec((0..100_000).map(row).collect());
    spec.evidence = (0..100_000)
        .map(|row| RowEvidence {
            disagreement: f64::from(row % 91) / 91.0,
            ..RowEvidence::default()
        })
        .collect();
    let mut stage = Labelling::new(spec);
    let started = Instant::now();
    for _ in 0..100 {
        stage.press("1");
        stage.screen(120, 36);
    }
    let each = started.elapsed() / 100;
    assert!(
        each < Duration::from_millis(16),
        "{each:?} from key to next row"
    );
}
