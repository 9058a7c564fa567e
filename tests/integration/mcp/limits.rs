//! What a client may not do: send without a cap, start programs, read other files; and what hostile arguments come to.

use super::{Client, documents::echoing};
use crate::support::{Workspace, answering};
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

#[test]
fn nothing_is_sent_without_a_cap_and_never_more() {
    let place = echoing();
    let mut client = Client::start(&place, &["--max-calls", "8"]);
    let refused = client.call("run", json!({}));
    assert!(refused.error().contains("max_calls"), "{}", refused.error());
    let refused = client.call("diff", json!({"before": "a", "after": ["b"]}));
    assert!(
        refused.error().contains("a cap of 0 calls sends nothing"),
        "{}",
        refused.error()
    );
    let runs =
        |client: &mut Client| client.call("list", json!({})).ok().document["runs_in_all"].clone();
    assert_eq!(runs(&mut client), 0);
    let first = client.call("run", json!({"max_calls": 5})).ok();
    assert_eq!(first.document["trials"]["sent"], 5);
    assert!(
        first.said().contains("the cap of 5 calls is reached"),
        "{}",
        first.said()
    );
    // Of the 8 of the server, 3 are left.
    let second = client.call("run", json!({"max_calls": 100})).ok();
    let trials = &second.document["trials"];
    assert_eq!((&trials["reused"], &trials["sent"]), (&json!(5), &json!(3)));
    let refused = client.call("run", json!({"max_calls": 1}));
    assert!(
        refused.error().contains("--max-calls"),
        "{}",
        refused.error()
    );
}

#[test]
fn a_call_does_not_raise_the_cap_of_the_project() {
    let place = echoing();
    let project = place.read("wording.toml");
    place.write("wording.toml", &(project + "budget = { calls = 4 }\n"));
    let mut client = Client::start(&place, &[]);
    for (tool, arguments) in [
        ("run", json!({"max_calls": 100})),
        ("run", json!({"experiment": "e", "max_calls": 100})),
    ] {
        let result = client.call(tool, arguments).ok();
        assert_eq!(result.document["trials"]["sent"], 4, "{}", result.said());
    }
}

#[test]
fn calls_of_judges_count_in_the_cap() {
    let asked = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&asked);
    let port = answering::serve(move |body| {
        let Some(text) = body["messages"][0]["content"].as_str() else {
            // A list of models.
            return String::new();
        };
        count.fetch_add(1, Ordering::Relaxed);
        match body["model"] == "judge" {
            true => "4".to_owned(),
            false => text.to_owned(),
        }
    });
    let place = Workspace::empty();
    place.write(
        "wording.toml",
        &r#"
[endpoint.mine]
base_url = "http://127.0.0.1:PORT/v1"

[experiment.e]
templates = ["a.j2"]
dataset = "rows.jsonl"
models = ["mine/m"]

[[experiment.e.metric]]
kind = "judge"
model = "mine/judge"
rubric = "rubric.j2"
"#
        .replace("PORT", &port.to_string()),
    );
    place.write("a.j2", "Say {{ label }}");
    place.write("rubric.j2", "From 1 to 5, how good is this? {{ output }}");
    let row = |n| format!("{{\"label\": \"w{n}\"}}\n");
    place.write("rows.jsonl", &(0..10).map(row).collect::<String>());
    let mut client = Client::start(&place, &["--max-calls", "25"]);
    let result = client.call("run", json!({"max_calls": 13})).ok();
    assert_eq!(result.document["trials"]["sent"], 10);
    assert_eq!(asked.load(Ordering::Relaxed), 13, "{}", result.said());
    assert!(
        result
            .said()
            .contains("the cap of 13 calls of the run is reached"),
        "{}",
        result.said()
    );
    // What judges cost is taken from the server's total too: 12 are left, and 7 are needed.
    let rest = client.call("run", json!({"max_calls": 100})).ok();
    assert!(rest.said().contains("exit code 0"), "{}", rest.said());
    assert_eq!(asked.load(Ordering::Relaxed), 20);
}

#[cfg(unix)]
#[test]
fn programs_of_a_project_are_never_started() {
    let metric = "[[experiment.e.metric]]\nkind = \"command\"\ncommand = [\"sh\", \"score.sh\"]\n";
    let endpoint = "[endpoint.app]\ncommand = [\"sh\", \"score.sh\"]\n";
    let tools = "tools = \"tools.json\"\ntool_command = [\"sh\", \"score.sh\"]\n";
    for (more, over) in [
        (metric, json!({"max_calls": 9})),
        (endpoint, json!({"max_calls": 9, "models": ["app/m"]})),
        (tools, json!({"max_calls": 9})),
    ] {
        let place = echoing();
        place.write("wording.toml", &(place.read("wording.toml") + more));
        place.write(
            "tools.json",
            r#"[{"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}]"#,
        );
        place.write(
            "score.sh",
            "echo started > started; while read -r line; do echo 1; done",
        );
        // Not even those that the user allows.
        let mut client = Client::start(&place, &["--allow-commands"]);
        let refused = client.call("run", over);
        assert!(
            refused
                .error()
                .contains("never starts programs of a project"),
            "{}",
            refused.error()
        );
        assert!(
            refused.error().contains("`sh score.sh`"),
            "{}",
            refused.error()
        );
        assert!(!place.file("started").exists());
        let listed = client.call("list", json!({})).ok().document;
        assert_eq!(listed["runs_in_all"], 0);
        let (code, said) = client.close();
        assert_eq!(code, 0);
        assert!(said.contains("--allow-commands has no effect"), "{said}");
    }
}

#[test]
fn wrong_arguments_are_errors_that_name_them() {
    let place = echoing();
    for file in ["wording.toml", "a.j2", "b.j2", "rows.jsonl"] {
        place.write(&format!("project/{file}"), &place.read(file));
    }
    place.write("project/own.json", r#"{"type": "object"}"#);
    place.write("outside.csv", "a\n1\n");
    place.write("outside.json", r#"{"type": "object"}"#);
    let absolute = place.file("outside.json").display().to_string();
    let mut client = Client::start(&place, &["--project", "project"]);
    let with_schema = |setting: &str| {
        json!({
            "file": "rows.jsonl", "outputs": ["other"], "answer": "label", "kind": "json",
            "settings": [setting],
        })
    };
    client.call("score", with_schema("schema=own.json")).ok();
    client
        .call("score", with_schema("schema={type = \"object\"}"))
        .ok();
    let outside = "is outside of the project's folder";
    for (tool, arguments, named) in [
        ("run", json!({"max_calls": "many"}), "max_calls"),
        ("run", json!({"max_calls": 0}), "max_calls"),
        ("run", json!({"max_calls": -1}), "max_calls"),
        ("run", json!({"max_calls": 1e300}), "max_calls"),
        ("run", json!({"max_calls": 9, "max_usd": -1}), "max_usd"),
        (
            "run",
            json!({"max_calls": 9, "open_sealed": true}),
            "open_sealed",
        ),
        (
            "run",
            json!({"max_calls": 9, "samples": 99_999_999_999_u64}),
            "samples",
        ),
        (
            "run",
            json!({"max_calls": 9, "models": ["--help"]}),
            "--models",
        ),
        (
            "run",
            json!({"max_calls": 9, "models": ["far/m"]}),
            "no endpoint `far`",
        ),
        (
            "run",
            json!({"max_calls": 9, "gates": ["score >"]}),
            "score >",
        ),
        (
            "run",
            json!({"max_calls": 9, "rows_where": "label =="}),
            "label ==",
        ),
        (
            "run",
            json!({"max_calls": 9, "experiment": "--quiet"}),
            "--quiet",
        ),
        (
            "run",
            json!({"max_calls": 9, "resume": "r-nothing"}),
            "r-nothing",
        ),
        ("render", json!({"row": "99"}), "no row `99`"),
        ("render", json!({"row": "1", "all_rows": true}), "all_rows"),
        ("report", json!({"run": "../x"}), "../x"),
        ("diff", json!({"before": "a", "after": []}), "after"),
        (
            "diff",
            json!({"before": "a", "after": ["nothing"]}),
            "nothing",
        ),
        (
            "diff",
            json!({"before": "a", "after": ["../outside.csv"]}),
            outside,
        ),
        (
            "diff",
            json!({"before": "HEAD:../outside.csv", "after": ["a"]}),
            outside,
        ),
        (
            "diff",
            json!({"before": "a", "after": ["b"], "max_usd": 1}),
            "max_calls",
        ),
        (
            "score",
            json!({"file": "../outside.csv", "outputs": ["a"]}),
            outside,
        ),
        (
            "score",
            json!({"file": "/etc/passwd", "outputs": ["a"]}),
            outside,
        ),
        (
            "score",
            json!({"file": "-", "outputs": ["a"]}),
            "standard input",
        ),
        ("score", with_schema("schema=../outside.json"), outside),
        (
            "score",
            with_schema(" schema = \"../outside.json\""),
            outside,
        ),
        ("score", with_schema(&format!("schema={absolute}")), outside),
        ("score", with_schema("schema=no.json"), "no file `no.json`"),
        ("score", with_schema("rubric=../outside.json"), outside),
        (
            "score",
            with_schema("\"schema\"=../outside.json"),
            "is no name of a setting",
        ),
        ("check", json!({"models": ["mine/m,mine/n"]}), "has a comma"),
        (
            "score",
            json!({"file": "rows.jsonl", "outputs": ["nothing"]}),
            "nothing",
        ),
        ("score", json!({"outputs": ["a"]}), "FILE"),
        ("advise", json!({"experiment": "nothing"}), "nothing"),
        ("check", json!({"experiment": ["e"]}), "experiment"),
    ] {
        let result = client.call(tool, arguments.clone());
        assert!(
            result.error().contains(named),
            "{tool} {arguments}: {}",
            result.error()
        );
        assert!(!result.error().contains("Usage:"), "{}", result.error());
    }
    let id = client.send("tools/call", json!({"name": "shell", "arguments": {}}));
    let answer = client.answer(id);
    let said = answer["error"]["message"].as_str().unwrap();
    assert!(
        said.contains("no tool `shell`; there are list, check"),
        "{said}"
    );
    // What is no message is passed over; the server goes on.
    client.write("{\"jsonrpc\": ");
    client.write("[]");
    client.write(&"x".repeat(1 << 20));
    client.call("list", json!({})).ok();
}

#[test]
fn errors_are_those_of_the_terminal() {
    let place = echoing();
    place.write("b.j2", "Say {{ label }}\n{% if %}");
    let mut client = Client::start(&place, &[]);
    let checked = client.call("check", json!({}));
    let printed = place.run(&["check"]);
    assert_eq!(printed.code, 2);
    assert!(printed.err.contains("b.j2:2:"), "{}", printed.err);
    for line in printed.err.lines() {
        assert!(
            checked.said().contains(line),
            "{line:?} is not in {}",
            checked.said()
        );
    }
    place.write("wording.toml", "[experiment.e]\nmodels = 3\n");
    let said = client.call("list", json!({}));
    assert!(said.error().contains("wording.toml:2:"), "{}", said.error());
}

#[test]
fn rows_from_standard_input_are_refused() {
    let place = echoing();
    let project = place.read("wording.toml").replace("rows.jsonl", "-");
    place.write("wording.toml", &project);
    let mut client = Client::start(&place, &[]);
    for tool in ["list", "check", "advise"] {
        let said = client.call(tool, json!({}));
        assert!(said.error().contains("standard input"), "{}", said.error());
    }
}

#[test]
fn sealed_rows_stay_closed() {
    let place = echoing();
    let project = place.read("wording.toml") + "sealed = 0.5\n";
    place.write("wording.toml", &project);
    let mut client = Client::start(&place, &[]);
    let run = client.call("run", json!({"max_calls": 99})).ok().document;
    assert_eq!(run["sealed"]["open"], false);
    let opened = place.run(&["run", "--open-sealed", "--quiet"]);
    assert_eq!(opened.code, 0, "{}", opened.err);
    let list = client.call("list", json!({})).ok().document;
    let sealed = list["runs"].as_array().unwrap().iter();
    let sealed = sealed.filter(|run| run["of_sealed_rows"] == true);
    let sealed: Vec<&Value> = sealed.map(|run| &run["run"]).collect();
    assert_eq!(sealed.len(), 1);
    let refused = client.call("report", json!({"run": sealed[0]}));
    assert!(refused.error().contains("sealed"), "{}", refused.error());
    let uri = format!("wording://runs/{}/report", sealed[0].as_str().unwrap());
    let id = client.send("resources/read", json!({ "uri": uri }));
    assert!(client.answer(id)["error"].is_object());
}

#[test]
fn a_log_is_refused() {
    let refused = echoing().run(&["mcp", "--log", "log.jsonl"]);
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("writes no --log"), "{}", refused.err);
}
