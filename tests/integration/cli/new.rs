//! `wording new`: an experiment is made of a dataset, in a new project and in one that is there.

use crate::support::Workspace;
use std::fmt::Write as _;

const TICKETS: &str = "id,subject,team\n1,It broke,repair\n2,Where is it,shipping\n3,A crack,repair\n4,Still waiting,shipping\n";

#[test]
fn a_dataset_becomes_a_project_that_runs() {
    let place = Workspace::empty();
    place.write("tickets.csv", TICKETS);
    let made = place.run(&["new", "--data", "tickets.csv"]);
    assert_eq!(made.code, 0, "{}", made.err);
    assert!(
        made.out.contains("a stand-in, not a language model"),
        "{}",
        made.out
    );
    assert!(
        made.out
            .contains("column team, scored as label, one of repair, shipping"),
        "{}",
        made.out
    );
    let ran = place.run(&["run", "tickets", "-q", "--format", "json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let summary: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    // Two instructions on four rows.
    assert_eq!(summary["trials"]["planned"], 8);
    let shown = place.run(&["render", "tickets"]);
    assert!(
        shown.out.contains("It broke") && !shown.out.contains("repair\n"),
        "{}",
        shown.out
    );

    // Twice under one name would write over the first.
    let before = place.read("wording.toml");
    let again = place.run(&["new", "--data", "tickets.csv"]);
    assert_eq!(again.code, 2);
    assert!(
        again.err.contains("has an experiment `tickets` already"),
        "{}",
        again.err
    );
    assert_eq!(place.read("wording.toml"), before);
}

#[test]
fn inputs_without_answers_become_an_experiment_to_label() {
    let place = Workspace::empty();
    place.write("letters.txt", "It broke.\nWhere is it?\n");
    let labels = ["--label", "repair", "--label", "shipping"];
    let made = place.run(&[&["new", "--data", "letters.txt"][..], &labels].concat());
    assert_eq!(made.code, 0, "{}", made.err);
    assert!(
        made.out
            .contains("no column has it yet (wording label); label, one of repair, shipping"),
        "{}",
        made.out
    );
    assert!(!place.read("wording.toml").contains("answer ="));
    let ran = place.run(&["run", "letters"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("agreement %"), "{}", ran.out);
    // Several columns, none of which is likely: it has to be said.
    place.write("two.csv", "a,b\nx,y\nz,w\n");
    let unsure = place.run(&["new", "--data", "two.csv"]);
    assert_eq!(unsure.code, 2);
    assert!(unsure.err.contains("--label"), "{}", unsure.err);
    let both = place.run(&[&["new", "--data", "two.csv", "--answer", "b"][..], &labels].concat());
    assert_eq!(both.code, 2);
}

#[test]
fn an_experiment_joins_a_project_and_brings_its_endpoint() {
    let place = Workspace::sample();
    let mut orders = String::new();
    for (mail, item) in [("Send a lamp", "lamp"), ("One pen, please", "pen")] {
        writeln!(
            orders,
            r#"{{"the mail": "{mail}", "answer": {{"item": "{item}"}}}}"#
        )
        .unwrap();
    }
    place.write("more/orders.jsonl", &orders);
    let before = place.read("wording.toml");
    let refused = place.run(&[
        "new",
        "--data",
        "more/orders.jsonl",
        "--model",
        "mine/small",
    ]);
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("--base-url URL"), "{}", refused.err);
    assert_eq!(place.read("wording.toml"), before);
    let made = place.run(&[
        "new",
        "mail \"orders\"",
        "--data",
        "more/orders.jsonl",
        "--model",
        "mine/small",
        "--base-url",
        "http://127.0.0.1:9/v1",
    ]);
    assert_eq!(made.code, 0, "{}", made.err);
    let after = place.read("wording.toml");
    assert!(after.starts_with(before.trim_end()));
    let added = &after[before.trim_end().len()..];
    assert!(
        added.contains("dataset = \"more/orders.jsonl\"") && added.contains("fields = [\"item\"]"),
        "{added}"
    );
    assert!(
        added.contains("[endpoint.mine]\nbase_url = \"http://127.0.0.1:9/v1\"\n"),
        "{added}"
    );
    let checked = place.run(&["check", "mail \"orders\""]);
    assert_eq!(checked.code, 0, "{}{}", checked.out, checked.err);
    let shown = place.run(&["render", "mail \"orders\""]);
    assert!(shown.out.contains("Send a lamp"), "{}", shown.out);
}

#[test]
fn an_experiment_named_like_a_command_can_be_reached() {
    let place = Workspace::empty();
    place.write("open.csv", TICKETS);
    let made = place.run(&["new", "--data", "open.csv"]);
    assert!(
        made.out
            .contains("wording run open, or wording --experiment open (the session)"),
        "{}",
        made.out
    );
    let checked = place.run(&["check"]);
    assert!(
        checked
            .err
            .contains("`open` has the name of a command; `wording --experiment open` opens it"),
        "{}",
        checked.err
    );
    // Without a terminal it gets as far as the session, with the experiment.
    let opened = place.run(&["--experiment", "open"]);
    assert!(
        opened
            .err
            .contains("needs a terminal; without one, use `wording run open`"),
        "{}",
        opened.err
    );
    let before = place.run(&["--experiment", "open", "run"]);
    assert_eq!(before.code, 2);
    assert!(before.err.contains("wording run open"), "{}", before.err);
    let unknown = place.run(&["--experiment", "opne"]);
    assert!(
        unknown.err.contains("did you mean `open`?"),
        "{}",
        unknown.err
    );
}

#[test]
fn what_cannot_be_guessed_is_asked_for() {
    let place = Workspace::empty();
    let said = place.run(&["new"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("pass --data FILE"), "{}", said.err);
    place.write("d.jsonl", "{\"a\": \"x\", \"b\": \"y\"}\n");
    let said = place.run(&["new", "--data", "d.jsonl"]);
    assert!(
        said.err.contains("--answer COLUMN; the columns are: a, b"),
        "{}",
        said.err
    );
    let said = place.run(&["new", "--data", "d.jsonl", "--answer", "c"]);
    assert!(said.err.contains("no column `c`"), "{}", said.err);
    assert!(!place.path().join("wording.toml").exists());
}

#[test]
fn an_empty_project_has_three_files_and_runs() {
    let place = Workspace::empty();
    let made = place.run(&["init", "--empty", "mine"]);
    assert_eq!(made.code, 0, "{}", made.err);
    for file in [
        "wording.toml",
        "templates/first/first.j2",
        "datasets/first.jsonl",
    ] {
        assert!(place.path().join("mine").join(file).is_file(), "{file}");
    }
    let ran = place.run(&["run", "--project", "mine", "-q", "--format", "json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let again = place.run(&["init", "--empty", "mine"]);
    assert_eq!(again.code, 2);
    assert!(again.err.contains("exists already"), "{}", again.err);
}
