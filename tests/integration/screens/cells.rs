//! Cells that show answers, and the inspector: JSON by its fields, texts by their first words, in Latin and in Chinese.

use super::drawn::all_sizes;
use crate::support::{TestSession, Workspace};
use serde_json::{Value, json};
use std::{fmt::Write as _, sync::Arc};
use wording::{
    model::{Completion, Opinion, Outcome, TrialId, TrialRecord, Usage},
    tui::{JobResult, Model, Theme, ThemeName},
};

/// Ten e-mails from which urgency, topic and due date are read.
pub(super) fn emails() -> Workspace {
    let place = Workspace::empty();
    let mut data = String::new();
    for (at, (text, urgency, topic, due)) in [
        ("The invoice of May was charged twice; please refund one of the two payments before Friday.", "high", "billing", "2024-05-31"),
        ("Could you send me the manual of the new printer? There is no hurry at all.", "low", "manual", ""),
        ("Our whole office cannot log in since this morning, and a customer waits in the lobby.", "high", "login", "today"),
        ("I would like to move our contract to the yearly plan when it ends in autumn.", "low", "contract", "2024-09-30"),
        ("The export leaves out every second row. We found it by chance while closing the books.", "high", "export", ""),
        ("Thank you for the quick help yesterday! Everything works again.", "low", "thanks", ""),
        ("Two seats of our plan are unused, can they be taken off the next invoice?", "low", "billing", "2024-06-01"),
        ("The screen stays black after the update, also on the second machine.", "high", "update", ""),
        ("Is there a discount for schools? We would buy forty licences.", "low", "sales", ""),
        ("Please delete our account and everything in it by the end of the month.", "high", "account", "2024-05-31"),
    ]
    .iter()
    .enumerate()
    {
        let row = json!({"id": format!("e{:02}", at + 1), "text": text,
            "wanted": {"urgency": urgency, "topic": topic, "due": due}});
        writeln!(data, "{row}").unwrap();
    }
    place.write("emails.jsonl", &data);
    place.write(
        "t/plain.j2",
        "{{ role(\"system\") }}You read e-mails of customers.\n{{ role(\"user\") }}\nGive urgency, topic and due as JSON.\n{{ row.text }}\n",
    );
    place.write(
        "t/strict.j2",
        "{{ role(\"system\") }}You read e-mails of customers.\n{{ role(\"user\") }}\nGive urgency (high or low), topic (a word) and due (a date) as JSON.\n{{ row.text }}\n",
    );
    place.write(
        "t/twice.j2",
        "Think twice, then give urgency, topic and due as JSON.\n{{ row.text }}\n",
    );
    place.write(
        "wording.toml",
        "[experiment.emails]\ntemplates = [\"t/*.j2\"]\ndataset = \"emails.jsonl\"\nanswer = \"wanted\"\nid = \"id\"\n\
         models = [\"demo/icl\"]\nbaseline = \"plain\"\nsamples = 2\n\
         [[experiment.emails.metric]]\nname = \"fields\"\nkind = \"json\"\nfields = [\"urgency\", \"topic\", \"due\"]\n\
         [[experiment.emails.metric]]\nname = \"short\"\nkind = \"length\"\nmax = 120\n",
    );
    place
}

/// An answer to a row, scored by the metrics of the plan.
pub(super) fn scored(stage: &TestSession, id: (u32, u32, u32), text: &str) -> TrialRecord {
    let plan = stage.model.workspace.plan.as_ref().unwrap();
    let (variant, row, sample) = id;
    let completion = Completion {
        text: text.into(),
        served_by: Some("icl-2024-05".into()),
        usage: Usage {
            prompt: 160 + u64::from(row),
            completion: 20,
            ..Usage::default()
        },
        latency_ms: 210.0 + f64::from(variant * 10 + row),
        ..Completion::default()
    };
    let data = plan.dataset.row(row as usize).unwrap();
    TrialRecord {
        id: TrialId {
            variant,
            model: 0,
            row,
            sample,
        },
        scores: plan.scorer.score(&completion, &data, None),
        outcome: Outcome::Completed(completion),
        reused: false,
        attempts: 1,
        cost_usd: Some(0.000_123),
        calls: None,
    }
}

/// The e-mails, answered by three templates in three manners.
fn answered_emails() -> TestSession {
    let mut stage = TestSession::open(emails(), "emails");
    stage.begin_run();
    for record in email_records(&stage) {
        stage.event(wording::engine::RunEvent::TrialFinished(Arc::new(record)));
    }
    stage.end_run(None);
    stage
}

/// Their trials.
pub(super) fn email_records(stage: &TestSession) -> Vec<TrialRecord> {
    let table = stage.model.answers.table.clone().unwrap();
    let mut records = Vec::new();
    for row in 0..10u32 {
        let wanted: Value =
            serde_json::from_str(&table.row(row as usize).expected.unwrap()).unwrap();
        for variant in 0..3u32 {
            for sample in 0..2u32 {
                let mut given = wanted.clone();
                match (row + variant * 2 + sample) % 5 {
                    0 => given["urgency"] = json!("medium"),
                    1 if variant > 0 => {
                        given["due"] = json!("soon");
                        given["topic"] = json!("other");
                    }
                    2 if variant == 2 => {
                        given.as_object_mut().unwrap().remove("topic");
                    }
                    _ => {}
                }
                let text = match variant {
                    0 => given.to_string(),
                    1 => format!("```json\n{given:#}\n```"),
                    _ if row == 3 => "I cannot read that e-mail.".into(),
                    _ => format!("Here is what I found: {given}\nLet me know if you need more."),
                };
                records.push(scored(stage, (variant, row, sample), &text));
            }
        }
    }
    records
}

/// The line of the grid that begins with this row's id.
pub(super) fn line_of(screen: &str, id: &str) -> String {
    let mut lines = screen.lines();
    let found = lines.find(|l| l.trim_start_matches(['▸', ' ']).starts_with(id));
    found.unwrap_or_else(|| panic!("{screen}")).to_owned()
}

#[test]
fn json_cells_show_the_fields_that_differ_first() {
    let mut stage = answered_emails();
    let screen = stage.screen(200, 60);
    let line = line_of(&screen, "e01");
    assert!(line.contains("urgency: medium≠high"), "{line}");
    let (wrong, sign) = (line.find("≠high").unwrap(), line.find('±').unwrap());
    assert!(wrong < sign, "the answer comes before the sign: {line}");
    assert!(screen.contains(".83 1/2"), "{screen}");
    assert!(
        line_of(&screen, "e04").contains("I cannot read that"),
        "{screen}"
    );
    // Rows have more than twenty characters of their text.
    assert!(line.contains("The invoice of May was charged"), "{line}");
    all_sizes(&mut stage, "cells-json");
    stage.press("l l");
    stage.press("enter");
    all_sizes(&mut stage, "inspect-json");
    stage.model.view.theme = Theme::named(ThemeName::None);
    all_sizes(&mut stage, "plain-inspect-json");
    stage.press("esc");
    all_sizes(&mut stage, "plain-cells-json");
}

#[test]
fn the_inspector_says_what_was_read_expected_and_sent() {
    let mut stage = answered_emails();
    stage.press("enter");
    let screen = stage.screen(120, 60);
    for part in [
        "± partly correct",
        "\"urgency\": \"medium\",  ≠ high",
        "fields          0.67  2 of 3 fields",
        "✗ urgency  medium  ≠ high",
        "short           1.00",
        "Give urgency, topic and due as JSON.",
        "server model  icl-2024-05",
        "finish        stop",
        "cost          $0.000123",
        "160 in, 20 out",
    ] {
        assert!(screen.contains(part), "{part}:\n{screen}");
    }
    // On a small terminal every section is one key away, and one sees where one is.
    stage.screen(80, 24);
    let top = stage.screen(80, 24);
    assert!(top.contains(" 1–20 of "), "{top}");
    let mut seen = vec![top];
    for _ in 0..8 {
        stage.press("tab");
        seen.push(stage.screen(80, 24));
    }
    for name in ["Metrics · ", "Row · ", "Prompt · "] {
        assert!(seen.iter().any(|s| s.contains(name)), "{name}");
    }
    assert!(seen.last().unwrap().contains("attempts"), "{seen:?}");
    stage.press("backtab");
    assert_ne!(stage.screen(80, 24), seen[8]);
}

#[test]
fn each_part_is_copied() {
    let mut stage = answered_emails();
    stage.press("enter y");
    all_sizes(&mut stage, "inspect-copy");
    let mut copied = Vec::new();
    for at in 0..9 {
        stage.press("esc y");
        for _ in 0..at {
            stage.press("down");
        }
        stage.press("enter");
        if let Some(wording::tui::Effect::Copy(text, name)) = stage.effects.pop() {
            copied.push((name, text));
        }
        stage.press("enter");
    }
    let part = |name: &str| {
        let found = copied.iter().find(|(n, _)| *n == name);
        found
            .unwrap_or_else(|| panic!("{name}: {copied:?}"))
            .1
            .clone()
    };
    assert!(part("prompt").contains("[user]\nGive urgency"));
    assert!(part("expected").contains("\"urgency\":\"high\""));
    assert!(part("metrics").contains("fields\t0.67\tread: {"));
    assert!(part("call").contains("server model: icl-2024-05"));
    assert!(part("output").contains("medium"));
}

#[test]
fn shots_are_folded_until_one_key_unfolds_them() {
    let mut stage = super::drawn::answered();
    let with_shots = |model: &Model| {
        let table = model.answers.table.clone().unwrap();
        (0..table.variants()).find(|v| !table.shots(*v, 0).is_empty())
    };
    let variant = with_shots(&stage.model).expect("a variant with shots");
    stage.model.cursor.variant = variant;
    let table = stage.model.answers.table.clone().unwrap();
    let shot = table.shot_texts(variant, 0).remove(0).0;
    let words = &shot[..20];
    stage.press("enter");
    let folded = stage.screen(200, 60);
    assert!(folded.contains("⋯ ") && !folded.contains(words), "{folded}");
    stage.press("space");
    let unfolded = stage.screen(200, 60);
    assert!(unfolded.contains(words), "{words}: {unfolded}");
}

/// The sample project of e-mails with a metric that reads no answer.
fn replies() -> TestSession {
    let place = emails();
    place.write(
        "polite.j2",
        "Is the reply polite?\n{{ output }}\nEnd with `Grade: ` and a number from 0 to 1.\n",
    );
    let text = place.read("wording.toml");
    let from = text.find("[[experiment.emails.metric]]").unwrap();
    let judge = "[[experiment.emails.metric]]\nname = \"polite\"\nkind = \"judge\"\n\
                 rubric = \"polite.j2\"\nmodel = \"demo/judge\"\nthreshold = 0.7\n\
                 [[experiment.emails.metric]]\nname = \"short\"\nkind = \"length\"\nmax = 400\n";
    place.write("wording.toml", &format!("{}{judge}", &text[..from]));
    TestSession::open(place, "emails")
}

fn reply(variant: u32, row: u32, sample: u32) -> String {
    let opening = ["Thank you for writing", "Dear customer, we are sorry", "OK"][variant as usize];
    format!(
        "{opening} about case {row}.\n\nWe have looked into it{} and will come back to you within two days. \
         Until then nothing changes for you, and the first line of our answer is kept in your account.",
        if sample == 1 { " again" } else { "" }
    )
}

/// The same answers as they are read from the store, scored by a judge.
fn judged_replies() -> TestSession {
    let stage = replies();
    let cells = (0..10u32).flat_map(|row| {
        (0..3u32).flat_map(move |variant| (0..2u32).map(move |sample| (variant, row, sample)))
    });
    let records: Vec<TrialRecord> = cells
        .map(|(variant, row, sample)| {
            let text = reply(variant, row, sample);
            let mut record = scored(&stage, (variant, row, sample), &text);
            let grade = f64::from((row + variant + sample) % 4) / 4.0 + 0.25;
            record.scores.0[0] = wording::model::Score::new(grade);
            record
        })
        .collect();
    stage.keep_records("r-judged", records);
    let TestSession { workspace, .. } = stage;
    TestSession::open(workspace, "emails")
}

#[test]
fn judged_texts_show_their_first_words_from_the_store() {
    let mut stage = judged_replies();
    // What is on the screen is read once it was drawn, and nothing else.
    stage.screen(120, 36);
    let held = |stage: &TestSession, variant: usize, row: u32| {
        let id = TrialId {
            row,
            ..stage.model.trial(variant, 0)
        };
        stage.model.answers.outputs.excerpt(id).is_some()
    };
    assert!(held(&stage, 0, 0) && held(&stage, 1, 3));
    let screen = stage.screen(120, 36);
    let line = line_of(&screen, "e01");
    assert!(line.contains("Thank you for"), "{line}");
    assert!(!line.contains("38"), "{line}");
    all_sizes(&mut stage, "cells-judge");
    stage.press("j enter");
    let cell = stage.model.trial(stage.model.cursor.variant, 0);
    let opinion = Opinion {
        id: cell,
        metric: 0,
        repeat: 0,
        is_rule: false,
        second: None,
        value: Some(0.5),
        reason: Some(
            "It thanks the customer but does not say when the second payment is returned.".into(),
        ),
        reused: false,
        cost_usd: None,
    };
    stage.act(JobResult::OpinionsRead(cell, vec![opinion]));
    let screen = stage.screen(120, 36);
    assert!(screen.contains("0.50: It thanks the customer"), "{screen}");
    all_sizes(&mut stage, "inspect-judge");
}

#[test]
fn chinese_answers_and_rows_keep_their_columns() {
    let mut stage = TestSession::sample("情感");
    stage.begin_run();
    stage.answer_all();
    stage.end_run(None);
    all_sizes(&mut stage, "cells-chinese");
    stage.press("enter");
    all_sizes(&mut stage, "inspect-chinese");
}

/// The example of conversations, answered by the demo endpoint.
fn conversations() -> TestSession {
    let place = Workspace::empty();
    let example = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/conversation");
    for file in [
        "wording.toml",
        "reviews.jsonl",
        "interviews.jsonl",
        "interview.j2",
    ] {
        place.write(file, &std::fs::read_to_string(example.join(file)).unwrap());
    }
    for template in ["templates/talk.j2", "templates/direct.j2"] {
        place.write(
            template,
            &std::fs::read_to_string(example.join(template)).unwrap(),
        );
    }
    let said = place.run(&["run", "reviews", "-q"]);
    assert_eq!(said.code, 0, "{}", said.err);
    TestSession::open(place, "reviews")
}

#[test]
fn conversations_stand_side_by_side_under_their_columns() {
    let mut stage = conversations();
    stage.screen(120, 36);
    stage.press("j k");
    stage.press("l l");
    let screen = stage.screen(120, 36);
    let said = screen
        .lines()
        .filter(|line| line.contains("gist: The kettle"))
        .count();
    assert!(said > 0, "{screen}");
    let columns = screen.matches("gist: The").count();
    assert!(columns >= 3, "a conversation of each wording: {screen}");
    stage.press("tab z");
    let pane = stage.screen(120, 36);
    assert!(
        pane.contains("▹ Is this review") || pane.contains("▹ You said"),
        "{pane}"
    );
    // One that is asked at once has no turns.
    let direct = &stage.model.answers.table.as_ref().unwrap().names[0];
    assert_eq!(direct, "direct");
}
