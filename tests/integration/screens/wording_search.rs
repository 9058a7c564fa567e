//! A search for a better wording in the session: begun, watched, stopped, continued, and its wording written on yes.

use super::drawn::all_sizes;
use crate::support::{TestSession, Workspace, terminal::Terminal};
use portable_pty::CommandBuilder;
use serde_json::Value;
use std::sync::Arc;
use wording::{
    optimize::SearchRecord,
    tui::{Effect, JobResult},
};

const SEALED: [(&str, &str, &str); 1] = [(
    "wording.toml",
    "baseline = \"plain\"",
    "baseline = \"plain\"\nsealed = 0.3",
)];

/// A project, and the record of a search of another one like it, with an id and a date that stay.
fn searched() -> (TestSession, SearchRecord) {
    let place = Workspace::changed(&SEALED);
    let search = [
        "optimize",
        "sentiment",
        "--writer",
        "demo/writer",
        "--budget-calls",
        "300",
        "--format",
        "json",
    ];
    let said = place.run(&search);
    assert_eq!(said.code, 0, "{}", said.err);
    let mut record: SearchRecord = serde_json::from_value(said.json()).unwrap();
    record.id = "s-06h2jp7mga".into();
    record.started_at = 1_790_000_000;
    let mut stage = TestSession::changed("sentiment", &SEALED);
    stage.quiet = true;
    (stage, record)
}

/// A record whose sealed rows say that the new wording is better.
pub(super) fn better() -> SearchRecord {
    let (_, mut record) = searched();
    let ending = record.ending.as_mut().unwrap();
    let Some(sealed) = ending.sealed.as_mut() else {
        panic!("nothing was put before the sealed rows");
    };
    (sealed.difference, sealed.low, sealed.high, sealed.p) = (0.12, 0.03, 0.21, 0.01);
    record
}

fn search_effect(stage: &TestSession) -> wording::optimize::SearchRequest {
    match stage.effects.last() {
        Some(Effect::SearchWording(spec)) => spec.request.clone(),
        other => panic!("no search was begun: {other:?}"),
    }
}

fn number(stage: &TestSession) -> u64 {
    stage.model.wording_search.number
}

#[test]
fn a_search_is_begun_watched_stopped_and_gone_on_with() {
    let (mut stage, record) = searched();
    stage.press("W");
    all_sizes(&mut stage, "search-none");
    stage.model.wording_search.record = Some(Arc::new(record.clone()));
    all_sizes(&mut stage, "search-ended");
    stage.press("n");
    all_sizes(&mut stage, "search-writers");
    stage.press("enter");
    assert!(
        stage.screen(120, 36).contains("600"),
        "a number to begin with"
    );
    stage.press("ctrl-u");
    stage.type_text("many");
    stage.press("enter");
    assert!(stage.model.view.toast.as_ref().unwrap().bad);
    assert!(!stage.model.wording_search.is_on());
    stage.press("n enter ctrl-u");
    stage.type_text("1,000");
    stage.press("enter");
    let request = search_effect(&stage);
    assert_eq!(request.budget_calls, 1_000);
    assert_eq!(request.writer.unwrap().to_string(), "demo/writer");
    let under_cursor =
        &stage.model.answers.table.as_ref().unwrap().names[stage.model.cursor.variant];
    assert_eq!(request.variant.as_ref(), Some(under_cursor));
    all_sizes(&mut stage, "search-opening");
    // Nothing else is sent meanwhile.
    stage.press("esc r");
    assert!(
        stage
            .model
            .view
            .toast
            .as_ref()
            .unwrap()
            .text
            .contains("search")
    );
    assert!(
        stage.model.view.overlays.is_empty(),
        "the plan is not shown"
    );
    // Another experiment would leave it going unseen.
    stage.press(">");
    assert!(stage.model.view.toast.as_ref().unwrap().bad && stage.model.wording_search.is_on());
    let mut going = record.clone();
    going.ending = None;
    going.spent.calls /= 2;
    let on = number(&stage);
    stage.act(JobResult::SearchMoved(on, Arc::new(going.clone())));
    all_sizes(&mut stage, "search-behind");
    stage.press("W j j");
    all_sizes(&mut stage, "search-going");
    // Results of another search change nothing.
    stage.act(JobResult::SearchEnded(on - 1, Ok(())));
    assert!(stage.model.wording_search.is_on());
    stage.press("x");
    assert!(matches!(stage.effects.last(), Some(Effect::StopSearch)));
    stage.act(JobResult::SearchEnded(
        on,
        Err("the search was interrupted".into()),
    ));
    assert!(!stage.model.wording_search.is_on());
    let told = stage.model.view.toast.clone().unwrap();
    assert!(!told.bad && told.text.contains("kept"), "{}", told.text);
    stage.press("r");
    match stage.effects.last() {
        Some(Effect::SearchWording(spec)) => {
            assert_eq!(spec.before, Some((record.id.clone(), record.started_at)));
            assert_eq!(spec.request, record.request);
        }
        other => panic!("{other:?}"),
    }
    let on = number(&stage);
    stage.act(JobResult::SearchEnded(on, Err("no endpoint `x`".into())));
    assert!(stage.screen(120, 36).contains("no endpoint `x`"));
}

#[test]
fn a_wording_is_written_only_where_it_is_better_and_on_yes() {
    let (mut stage, mut record) = searched();
    stage.press("W");
    let file = "templates/sentiment/plain.j2";
    let before = stage.workspace.read(file);
    let ending = record.ending.as_mut().unwrap();
    let Some(sealed) = ending.sealed.as_mut() else {
        panic!("nothing was put before the sealed rows");
    };
    (sealed.difference, sealed.low, sealed.high) = (0.0, -0.1, 0.1);
    stage.model.wording_search.record = Some(Arc::new(record.clone()));
    stage.press("w");
    assert!(
        stage.model.view.toast.as_ref().unwrap().bad,
        "no gain was shown"
    );
    stage.model.wording_search.record = Some(Arc::new(better()));
    stage.press("w");
    all_sizes(&mut stage, "search-write");
    stage.press("n");
    assert_eq!(stage.workspace.read(file), before);
    assert!(
        !stage
            .workspace
            .file("templates/sentiment/plain-optimized.j2")
            .exists()
    );
    stage.press("w y");
    let told = stage.model.view.toast.clone().unwrap().text;
    assert!(told.contains("plain-optimized.j2 added"), "{told}");
    let names = &stage.model.workspace.variant_names;
    assert!(
        names.iter().any(|name| name == "plain-optimized"),
        "{names:?}"
    );
}

#[test]
fn a_search_that_is_killed_is_gone_on_with_and_pays_for_nothing_twice() {
    let place = Workspace::sample();
    let session = |place: &Workspace| -> Terminal {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_wording"));
        command.arg("sentiment");
        place.start(command, 120, 36, &[])
    };
    let mut terminal = session(&place);
    terminal.until_grid(420);
    terminal.press("W");
    terminal.until("no search yet", |s| s.contains("No search yet"));
    terminal.press("n");
    terminal.until("who proposes", |s| s.contains("demo/writer"));
    terminal.press("\r");
    terminal.until("how many calls", |s| s.contains("most calls"));
    terminal.press("\r");
    terminal.until("candidates in the race", |s| s.contains("in the race"));
    terminal.signal("-KILL");
    let mut terminal = session(&place);
    terminal.until_grid(420);
    terminal.press("W");
    terminal.until("the search as it was left", |s| s.contains("r: continue"));
    terminal.press("r");
    terminal.until("the verdict", |s| s.contains("ended ·") && s.contains('→'));
    terminal.press("\u{1b}");
    terminal.until("the grid again", |s| !s.contains("ended ·"));
    terminal.press("q");
    assert_eq!(terminal.leave(), (0, true));
    // The same request takes the same steps from the store alone.
    let shown = ["optimize", "sentiment", "--resume", "--format", "json"];
    let record = place.run(&shown).json();
    assert!(
        record["spent"]["stored"].as_u64().unwrap() > 0,
        "{}",
        record["spent"]
    );
    let request = &record["request"];
    let calls = request["budget_calls"].to_string();
    let again = place.run(&[
        "optimize",
        "sentiment",
        "--writer",
        "demo/writer",
        "--budget-calls",
        &calls,
        "--from",
        request["variant"].as_str().unwrap(),
        "--format",
        "json",
    ]);
    let again: Value = again.json();
    assert_eq!(again["candidates"], record["candidates"]);
    let spent = &again["spent"];
    assert_eq!(
        spent["stored"].as_u64().unwrap(),
        spent["calls"].as_u64().unwrap() + spent["writer_calls"].as_u64().unwrap()
    );
}

#[test]
fn a_search_without_a_writer_is_begun_and_an_idle_writer_is_refused() {
    let (mut stage, _) = searched();
    stage.press("W n j enter ctrl-u");
    stage.type_text("400");
    stage.press("enter");
    let Some(Effect::SearchWording(spec)) = stage.effects.last() else {
        panic!("no search was begun");
    };
    assert!(spec.is_of_settings);
    let request = &spec.request;
    assert_eq!(
        (&request.writer, request.shorter, request.budget_calls),
        (&None, None, 400)
    );

    let place = Workspace::sample();
    let config = place.read("wording.toml");
    let only_shots = "[experiment.sentiment.optimize]\nedit = [\"shots\"]\n";
    place.write("wording.toml", &format!("{config}\n{only_shots}"));
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_wording"));
    command.arg("sentiment");
    let mut terminal = place.start(command, 120, 36, &[]);
    terminal.until_grid(420);
    terminal.press("W");
    terminal.until("no search yet", |s| s.contains("No search yet"));
    terminal.press("n");
    terminal.until("who proposes", |s| {
        s.contains("other shots, format, levels")
    });
    terminal.press("\r");
    terminal.until("how many calls", |s| s.contains("most calls"));
    terminal.press("\r");
    terminal.until("that the writer has nothing to do", |s| {
        s.contains("the writer would be asked nothing: shots needs no writer")
    });
    terminal.press("n");
    terminal.until("who proposes", |s| {
        s.contains("other shots, format, levels")
    });
    terminal.press("j\r");
    terminal.until("how many calls", |s| s.contains("most calls"));
    terminal.press("\r");
    terminal.until("the verdict", |s| s.contains("ended ·") && s.contains('→'));
    terminal.press("\u{1b}");
    terminal.until("the grid again", |s| !s.contains("ended ·"));
    terminal.press("q");
    assert_eq!(terminal.leave(), (0, true));
    let record = place
        .run(&["optimize", "sentiment", "--resume", "--format", "json"])
        .json();
    assert_eq!(record["request"]["edit"], serde_json::json!(["shots"]));
    assert!(record["request"]["writer"].is_null());
    assert_eq!(record["spent"]["writer_calls"], 0);
    assert!(
        record["candidates"].as_array().unwrap().len() > 1,
        "{record}"
    );
}

#[test]
fn a_search_by_folds_is_shown_and_not_resumed_here() {
    let place = Workspace::sample();
    let said = place.run(&[
        "optimize",
        "sentiment",
        "--edit",
        "shots",
        "--folds",
        "3",
        "--budget-calls",
        "900",
        "--format",
        "json",
    ]);
    assert_eq!(said.code, 0, "{}", said.err);
    let mut record: SearchRecord = serde_json::from_value(said.json()).unwrap();
    record.id = "s-06h2jp7mga".into();
    record.started_at = 1_790_000_000;
    let mut stage = TestSession::sample("sentiment");
    stage.quiet = true;
    stage.press("W");
    stage.model.wording_search.record = Some(Arc::new(record.clone()));
    all_sizes(&mut stage, "search-by-folds");
    record.ending = None;
    record.folds.truncate(1);
    stage.model.wording_search.record = Some(Arc::new(record));
    let screen = stage.screen(120, 36);
    assert!(
        screen.contains("fold 1 of 3") && screen.contains("wording optimize --resume continues it"),
        "{screen}"
    );
    stage.press("r");
    let told = stage.model.view.toast.clone().unwrap();
    assert!(
        told.bad && told.text.contains("judged by folds"),
        "{}",
        told.text
    );
    assert!(!stage.model.wording_search.is_on());
}
