//! What is read without being run: a bundle elsewhere, a stored run beside its project; and a task of tool calls.

use super::{
    cells::{email_records, emails, line_of},
    drawn::all_sizes,
};
use crate::support::{TestSession, Workspace};
use serde_json::json;
use wording::{
    model::{Completion, Outcome, ToolCall, TrialRecord, output_with_calls},
    tui::Overlay,
};

/// The e-mails with a run in the store, in a session.
fn stored_emails() -> TestSession {
    let stage = TestSession::open(emails(), "emails");
    let records = email_records(&stage);
    stage.keep_records("r-0000000001", records);
    let TestSession { workspace, .. } = stage;
    TestSession::open(workspace, "emails")
}

/// The screen without what names its source: the head, the line of progress and the keys that work here.
fn body(stage: &mut TestSession) -> String {
    stage.screen(120, 36);
    let screen = stage.screen(120, 36);
    let lines: Vec<&str> = screen.lines().collect();
    lines[2..lines.len() - 1].join("\n")
}

#[test]
fn a_bundle_shows_cells_readings_and_rows_as_its_project_does() {
    let mut project = stored_emails();
    let mut bundle = project.bundled("r-0000000001");
    for keys in ["", "enter", "esc t", "t m 5", "m 1 l l j j", "3", "o", "2"] {
        project.press(keys);
        bundle.press(keys);
        assert_eq!(body(&mut bundle), body(&mut project), "{keys}");
    }
    assert!(body(&mut bundle).contains("urgency: medium≠high"));
    for filter in [
        "=urgency == 3",
        "=expected == \"{}\"",
        "=id == \"e04\" or partly(strict)",
        "/invoice/",
    ] {
        for stage in [&mut project, &mut bundle] {
            stage.press("f");
            stage.type_text(filter);
        }
        assert_eq!(body(&mut bundle), body(&mut project), "{filter}");
        project.press("esc");
        bundle.press("esc");
    }
    all_sizes(&mut bundle, "bundle");
    bundle.press("enter");
    all_sizes(&mut bundle, "bundle-inspector");
    bundle.press("esc 1");
    all_sizes(&mut bundle, "bundle-edit");
}

#[test]
fn nothing_is_run_changed_or_checked_in_a_bundle_and_it_says_why() {
    let mut bundle = stored_emails().bundled("r-0000000001");
    let said = |stage: &TestSession| {
        let toast = stage.model.view.toast.as_ref();
        toast.map_or(String::new(), |toast| toast.text.clone())
    };
    for keys in ["r", "R", "b", "1 i", "n", "e", "space", "4 a"] {
        bundle.press(keys);
        assert!(
            said(&bundle).starts_with("a bundle is read-only: run and edit in the project"),
            "{keys}: {}",
            said(&bundle)
        );
        let shown = bundle.screen(80, 24);
        assert!(shown.contains(&said(&bundle)), "{keys}: {shown}");
    }
    bundle.press("2 !");
    assert!(said(&bundle).contains("stored run"), "{}", said(&bundle));
    bundle.press("A");
    let advice = bundle.screen(120, 36);
    assert!(
        advice.contains("No advice: a bundle lacks the project"),
        "{advice}"
    );
    bundle.press("esc E");
    assert!(!bundle.screen(120, 36).contains("bundle .wording"));
}

#[test]
fn bad_cases_go_along_where_they_are_of_rows_of_the_run() {
    let project = stored_emails();
    for row in ["e01", "elsewhere"] {
        let case = wording::store::BadCase {
            experiment: "emails".into(),
            row_id: Some(row.into()),
            fields: [("id".to_owned(), row.into())].into_iter().collect(),
            corrected: row.into(),
            ..Default::default()
        };
        project.desk.store.keep_bad_case(&case).unwrap();
    }
    let mut bundle = project.bundled("r-0000000001");
    let kept: Vec<&String> = bundle.model.answers.bad_cases.keys().collect();
    assert_eq!(kept, ["e01"]);
    bundle.press("f");
    bundle.type_text("=bad_case");
    assert_eq!(**bundle.model.answers.arrangement.rows, [0]);
    // Those of the project stay.
    assert_eq!(project.desk.store.bad_cases("emails").unwrap().len(), 2);
}

#[test]
fn a_bundle_is_written_from_the_menu() {
    let mut project = stored_emails();
    project.press("E");
    let menu = project.screen(120, 36);
    let line = menu.lines().find(|l| l.contains("bundle .wording"));
    let line = line.unwrap_or_else(|| panic!("{menu}"));
    assert!(line.contains("wording open"), "{line}");
    project.press("8");
    let Some(Overlay::Line { input, .. }) = project.model.view.overlays.last() else {
        panic!("{menu}");
    };
    assert_eq!(input.text(), "r-0000000001.wording");
    let file = project.path("b.wording");
    project.press("ctrl-u");
    project.type_text(file.to_str().unwrap());
    project.press("enter");
    let elsewhere = Workspace::empty();
    let (_, info) = wording::store::Store::open_bundle(&file, elsewhere.path()).unwrap();
    assert_eq!((info.id.0.as_str(), info.rows), ("r-0000000001", 10));
}

#[test]
fn a_stored_run_is_read_with_its_own_metrics_and_leaves_the_marks_of_the_project() {
    let stage = stored_emails();
    let TestSession { workspace, .. } = stage;
    // What the project compares now is something else under the same names.
    let text = workspace.read("wording.toml");
    let others = text.replace(
        "fields = [\"urgency\", \"topic\", \"due\"]",
        "fields = [\"due\", \"urgency\", \"topic\"]\nthreshold = 0.9",
    );
    assert_ne!(others, text);
    workspace.write("wording.toml", &others.replace("max = 120", "max = 10"));
    let mut stage = TestSession::open(workspace, "emails");
    stage.press("j j space");
    let marked = stage.model.answers.marks.clone();
    assert_eq!(marked.len(), 1);
    stage.press("4 enter");
    assert!(stage.model.shows_old_run());
    let screen = stage.screen(120, 36);
    assert!(
        line_of(&screen, "e01").contains("urgency: medium≠high"),
        "{screen}"
    );
    stage.press("g");
    all_sizes(&mut stage, "stored-run");
    stage.press("enter");
    all_sizes(&mut stage, "stored-run-inspector");
    stage.press("esc esc");
    assert!(!stage.model.shows_old_run());
    assert_eq!(stage.model.answers.marks, marked);
}

/// A shop whose questions are answered by calls of tools.
fn shop() -> TestSession {
    let place = Workspace::empty();
    place.write(
        "tools/shop.json",
        "[{\"name\": \"search\", \"description\": \"Find products {{ tone }}.\", \"parameters\": {\"type\": \"object\", \"properties\": {\"query\": {\"type\": \"string\"}, \"limit\": {\"type\": \"integer\"}}, \"required\": [\"query\"]}},\n\
         {\"name\": \"cancel\", \"description\": \"Cancel an order.\", \"parameters\": {\"type\": \"object\", \"properties\": {\"order\": {\"type\": \"string\"}}, \"required\": [\"order\"]}}]",
    );
    place.write(
        "t.j2",
        "{{ role(\"system\") }}You work in a shop.\n{{ role(\"user\") }}{{ row.text }}\n",
    );
    let rows = [
        (
            "Do you have a kettle for gas stoves?",
            json!([{"name": "search", "arguments": {"query": "kettle"}}]),
        ),
        (
            "Please cancel order A-17, it comes too late.",
            json!([{"name": "cancel", "arguments": {"order": "A-17"}}]),
        ),
        (
            "Show me three red lamps.",
            json!([{"name": "search", "arguments": {"query": "red lamp", "limit": 3}}]),
        ),
        (
            "Cancel B-2 and find another one like it, a green chair.",
            json!([{"name": "cancel", "arguments": {"order": "B-2"}}, {"name": "search", "arguments": {"query": "green chair"}}]),
        ),
    ];
    let lines = rows.map(|(text, calls)| json!({"text": text, "calls": calls}).to_string());
    place.write("d.jsonl", &lines.join("\n"));
    place.write(
        "wording.toml",
        "[experiment.shop]\ntemplates = [\"t.j2\"]\ntools = \"tools/*.json\"\ndataset = \"d.jsonl\"\nanswer = \"calls\"\nmodels = [\"demo/icl\"]\n\
         [experiment.shop.axes]\ntone = [\"quickly\", \"with care\"]\n[[experiment.shop.metric]]\nkind = \"tool_calls\"\n",
    );
    let stage = TestSession::open(place, "shop");
    let call = |name: &str, arguments: &str| ToolCall {
        id: None,
        name: name.into(),
        arguments: arguments.into(),
    };
    let answers = |variant: u32, row: u32| match (row, variant) {
        (0, _) => ("", vec![call("search", "{\"query\": \"kettle\"}")]),
        (1, 0) => ("", vec![call("cancel", "{\"order\": \"A-17\"}")]),
        (1, _) => ("I am sorry, I cannot do that.", vec![]),
        (2, 0) => (
            "Let me look.",
            vec![call("search", "{\"query\": \"lamp\", \"limit\": 3}")],
        ),
        (2, _) => ("", vec![call("search", "{\"query\": \"red lamp\", ")]),
        (_, 0) => (
            "",
            vec![
                call("cancel", "{\"order\": \"B-2\"}"),
                call("search", "{\"query\": \"green chair\"}"),
            ],
        ),
        _ => ("", vec![call("cancel", "{\"order\": \"B-2\"}")]),
    };
    let plan = stage.model.workspace.plan.clone().unwrap();
    let cells = (0..4u32).flat_map(|row| (0..2u32).map(move |variant| (variant, row)));
    let records: Vec<TrialRecord> = cells
        .map(|(variant, row)| {
            let (said, calls) = answers(variant, row);
            let completion = Completion {
                text: output_with_calls(said.into(), &calls),
                tool_calls: calls,
                latency_ms: 200.0,
                ..Completion::default()
            };
            let data = plan.dataset.row(row as usize).unwrap();
            let empty = crate::support::record((variant, row, 0), "", None, 0.0);
            TrialRecord {
                scores: plan.scorer.score(&completion, &data, None),
                outcome: Outcome::Completed(completion),
                ..empty
            }
        })
        .collect();
    stage.keep_records("r-0000000001", records);
    let TestSession { workspace, .. } = stage;
    TestSession::open(workspace, "shop")
}

#[test]
fn calls_of_tools_stand_in_cells_and_the_inspector_and_in_a_bundle_too() {
    let mut stage = shop();
    stage.screen(120, 36);
    let screen = stage.screen(120, 36);
    assert!(screen.contains("search(query=\"kettle\")"), "{screen}");
    all_sizes(&mut stage, "tools");
    let mut bundle = stage.bundled("r-0000000001");
    for keys in ["", "j j l", "enter"] {
        stage.press(keys);
        bundle.press(keys);
        assert_eq!(body(&mut bundle), body(&mut stage), "{keys}");
    }
    all_sizes(&mut stage, "tools-inspector");
}
