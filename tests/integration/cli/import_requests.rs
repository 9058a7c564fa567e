//! What an imported project sends is what promptfoo sent: bodies recorded with promptfoo 0.123.1. What promptfoo refuses is an
//! error with its place.

use super::import::{copied_from, import, inside};
use crate::support::{Workspace, answering};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fs,
    sync::{Arc, Mutex},
};
use wording::interop::{Weight, promptfoo};

const FIXTURES: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/fixtures/promptfoo-requests"
);

/// A body with its keys in the order of their names.
fn sorted(body: &Value) -> String {
    let Value::Object(map) = body else {
        return body.to_string();
    };
    let map: BTreeMap<&String, &Value> = map.iter().collect();
    json!(map).to_string()
}

/// A server that has every model and says `x`, and the bodies that it was sent.
fn recorder() -> (u16, Arc<Mutex<Vec<Value>>>) {
    let bodies = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&bodies);
    let port = answering::serve_paths(move |path, body| {
        if !body.is_null() {
            seen.lock().unwrap().push(body.clone());
        }
        let reply = match path.ends_with("/responses") {
            true => json!({
                "id": "x", "object": "response", "status": "completed", "model": "m",
                "output": [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "x"}]}],
                "usage": {"input_tokens": 1, "output_tokens": 1},
            }),
            false => json!({
                "id": "x", "model": "m",
                "choices": [{"index": 0, "text": "x", "message": {"role": "assistant", "content": "x"}, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 1, "completion_tokens": 1},
            }),
        };
        (200, reply)
    });
    (port, bodies)
}

#[test]
fn projects_send_what_promptfoo_sent() {
    let mut compared = 0;
    for case in fs::read_dir(FIXTURES).unwrap() {
        let case = case.unwrap().path();
        let (port, bodies) = recorder();
        let place = copied_from(&case, &format!("http://127.0.0.1:{port}/v1"));
        let said = import(&place);
        assert_eq!(said.code, 0, "{case:?}: {}{}", said.out, said.err);
        for experiment in said.json()["experiments"].as_array().unwrap() {
            let experiment = experiment.as_str().unwrap();
            // What the stand-in answers does not matter.
            let ran = inside(&place, &["run", experiment, "-q", "--format", "json"]);
            assert_ne!(ran.code, 2, "{case:?}: {}{}", ran.out, ran.err);
        }
        let mut ours: Vec<String> = bodies.lock().unwrap().iter().map(sorted).collect();
        let recorded = fs::read_to_string(case.join("bodies.jsonl")).unwrap();
        let mut theirs: Vec<String> = recorded
            .lines()
            .map(|line| sorted(&serde_json::from_str(line).unwrap()))
            .collect();
        // A request that is the same is sent once here.
        for all in [&mut ours, &mut theirs] {
            all.sort_unstable();
            all.dedup();
        }
        assert_eq!(ours, theirs, "{case:?}");
        compared += ours.len();
    }
    assert!(compared >= 55, "{compared}");
}

/// Each was refused by promptfoo 0.123.1.
#[test]
fn what_promptfoo_refuses_is_an_error_with_its_place() {
    let place = Workspace::empty();
    place.write("t.csv", "w,__config:__expected1:threshold\nx,\n");
    place.write("t.json", "{\"tests\": [{\"vars\": {\"w\": \"x\"}}]}");
    place.write("p.html", "<b>{{ w }}</b>");
    place.write("a.txt", "A {{ w }}");
    for (line, config, part) in [
        (2, "providers: ['together:m']", "write `togetherai:m`"),
        (2, "providers: [echo, 'vllm:m']", "write `openai:chat:m`"),
        (2, "providers: ['azure:dep']", "write `azure:chat:dep`"),
        (2, "providers: ['fireworks:chat:m']", "write `fireworks:m`"),
        (2, "providers: [{ config: { a: 1 }, label: x }]", "no `id`"),
        (1, "tests: []", "the `providers`"),
        (2, "providers: { id: echo }", "the `providers`"),
        (
            2,
            "tests: [{ description: x }]\nproviders: [echo]",
            "a test",
        ),
        (2, "tests: t/*.csv\nproviders: [echo]", "in brackets"),
        (
            2,
            "tests: [{ vars: { w: x }, prompts: [c] }]\nproviders: [echo]",
            "the prompt `c`",
        ),
        (
            2,
            "tests: [{ vars: { w: x }, providers: [b] }]\nproviders: [echo]",
            "the provider `b`",
        ),
        (
            2,
            "tests: [{ assert: [{ value: x }] }]\nproviders: [echo]",
            "no `type`",
        ),
        (
            2,
            "tests: [{ assert: [{ type: equals, weight: '2' }] }]\nproviders: [echo]",
            "`weight`",
        ),
        (
            2,
            "scenarios: [{ config: file://t.csv, tests: [] }]\nproviders: [echo]",
            "`config`",
        ),
        (
            2,
            "scenarios: [{ config: [{}], tests: file://t.csv }]\nproviders: [echo]",
            "`tests`",
        ),
    ] {
        place.write(
            "promptfooconfig.yaml",
            &format!("prompts: ['Hi {{{{ w }}}}']\n{config}\n"),
        );
        let said = import(&place);
        assert_eq!(said.code, 2, "{config}: {}", said.out);
        let at = format!("promptfooconfig.yaml:{line}:");
        assert!(
            said.err.contains(&at) && said.err.contains(part),
            "{config}: {}",
            said.err
        );
    }
    for prompt in [
        "'Explain {{ w }} config.json'",
        "'Save it, e.g.'",
        "'Either/or {{ w }}'",
        "file://p.html",
        "{ id: file://a.txt }",
        "{ label: x, raw: { role: user } }",
    ] {
        place.write(
            "promptfooconfig.yaml",
            &format!("prompts: [{prompt}]\nproviders: [echo]\n"),
        );
        let said = import(&place);
        assert_eq!(said.code, 2, "{prompt}: {}", said.out);
        assert!(
            said.err.contains("promptfooconfig.yaml:1:"),
            "{prompt}: {}",
            said.err
        );
    }
    for (tests, at) in [("t.csv", "t.csv:2:"), ("t.json", "t.json:1:")] {
        let config =
            format!("prompts: ['Hi {{{{ w }}}}']\nproviders: [echo]\ntests: file://{tests}\n");
        place.write("promptfooconfig.yaml", &config);
        let said = import(&place);
        assert_eq!(said.code, 2, "{tests}: {}", said.out);
        assert!(said.err.contains(at), "{tests}: {}", said.err);
    }
}

#[test]
fn rows_of_which_a_prompt_makes_no_chat_are_listed_and_the_others_run() {
    let place = Workspace::empty();
    place.write(
        "promptfooconfig.yaml",
        "prompts: ['{{ q }}']\nproviders: ['openai:chat:a']\ntests:\n  - { vars: { q: hello } }\n  - { vars: { q: '42' } }\n  - { vars: { q: '{\"a\": 1}' } }\n  - { vars: { q: '{broken}' } }\n",
    );
    let said = import(&place);
    assert_eq!(said.code, 1, "{}{}", said.out, said.err);
    let notes = said.json()["notes"].to_string();
    for part in [
        "for 2 tests, the first at promptfooconfig.yaml:5: JSON that is not a list",
        "for the test at promptfooconfig.yaml:7: promptfoo refuses",
    ] {
        assert!(notes.contains(part), "no {part:?} in {notes}");
    }
    let ran = inside(
        &place,
        &["run", "-q", "--models", "demo/echo", "--format", "json"],
    );
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(ran.json()["trials"]["planned"], 1, "{}", ran.out);
}

#[test]
fn what_differs_is_left_out_with_its_line() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("promptfooconfig.yaml");
    let text = "\
prompts: ['Hi {{ w }} {{ env.PATH }}']
providers:
  - ollama:llama3
  - ollama:chat:llama3
  - { id: openai:chat:a, config: { mcp: { enabled: true } } }
  - { id: openai:chat:a, label: again }
  - openai:responses:gpt-5
  - anthropic:messages:claude-sonnet-4-5
tests:
  - vars:
      w: 2024-01-15
  - vars: file://vars.yaml
";
    fs::write(&config, text).unwrap();
    fs::write(dir.path().join("vars.yaml"), "w: one\n").unwrap();
    let made = promptfoo(&config, false).unwrap();
    // Completions and chats of the same name are two models.
    assert_eq!(
        made.models
            .iter()
            .filter(|m| m.ends_with("/llama3"))
            .count(),
        2
    );
    let told: Vec<String> = made
        .notes
        .iter()
        .filter(|n| n.weight == Weight::Dropped)
        .map(ToString::to_string)
        .collect();
    let told = told.join("\n");
    for (line, what) in [
        (1, "`env.PATH`"),
        (3, "the provider `ollama:llama3`"),
        (4, "the provider `ollama:chat:llama3`"),
        (5, "`mcp` of a provider"),
        (6, "a provider: it sends what another provider sends"),
        (7, "the provider `openai:responses:gpt-5`"),
        (8, "the provider `anthropic:messages:claude-sonnet-4-5`"),
        (11, "the variable `w`: a date without quotes"),
    ] {
        let part = format!("promptfooconfig.yaml:{line}: {what}");
        assert!(told.contains(&part), "no {part:?} in\n{told}");
    }
    let rows = made
        .files
        .iter()
        .find(|(path, _)| path.ends_with("tests.jsonl"));
    assert!(!rows.unwrap().1.contains("one"), "{rows:?}");
}

#[test]
fn tables_have_the_rows_that_promptfoo_reads() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("promptfooconfig.yaml");
    let text = "prompts: ['{{ q }}']\nproviders: [echo]\ntests: file://t.csv\n";
    fs::write(&config, text).unwrap();
    let table = dir.path().join("t.csv");
    fs::write(&table, "q\na\n\nb\n\n").unwrap();
    assert_eq!(promptfoo(&config, false).unwrap().rows, 4);
    fs::write(&table, "q,__expected\n\"a\n\nb\",x\n").unwrap();
    assert_eq!(promptfoo(&config, false).unwrap().rows, 1);
    fs::write(&table, "q,__expected\na,x\n\nb,x\n").unwrap();
    let error = promptfoo(&config, false).unwrap_err().to_string();
    assert!(
        error.contains("t.csv:3") && error.contains("2 columns"),
        "{error}"
    );
}
