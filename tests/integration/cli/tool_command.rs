//! Calls of tools that a program of the project answers: asked once, stored, and told to the model.

use crate::support::Workspace;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tokio::runtime::Runtime;
use wording::demo::{DemoServer, DemoSpec, Script};

const PROJECT: &str = r#"[endpoint.x]
base_url = "URL"
[experiment.shop]
templates = ["t.j2"]
tools = "tools.json"
tool_command = ["sh", "tools.sh"]
dataset = "d.jsonl"
answer = "calls"
models = ["x/icl"]
params = { temperature = 0 }
[experiment.shop.axes]
ask = ["Answer.", "Reply."]
[[experiment.shop.metric]]
kind = "tool_calls"
[[experiment.shop.metric]]
kind = "contains"
text = "shipped"
"#;

const TOOLS: &str = r#"[{"name": "order_status", "description": "Status of an order.",
  "parameters": {"type": "object", "properties": {"order": {"type": "integer"}}}}]"#;

/// Answers each call with the same words, and keeps what it got.
const PROGRAM: &str = r#"while read -r line; do
    echo "$line" >> calls
    id=${line#'{"id":'}; id=${id%%,*}
    echo "{\"id\": $id, \"result\": {\"status\": \"shipped\"}}"
done
"#;

fn place(project: &str, program: &str) -> Workspace {
    let place = Workspace::empty();
    place.write("wording.toml", project);
    place.write(
        "t.j2",
        "{{ role('system') }}{{ ask }}{{ role('user') }}{{ row.text }}",
    );
    place.write("tools.json", TOOLS);
    place.write("tools.sh", program);
    let row = |n: u64| {
        let calls = json!([{"name": "order_status", "arguments": {"order": n}}]);
        let row = json!({"text": format!("What is the status of order {n}?"), "calls": calls});
        row.to_string() + "\n"
    };
    let thanks = "{\"text\": \"Thank you!\", \"calls\": []}\n";
    place.write("d.jsonl", &((1..4).map(row).collect::<String>() + thanks));
    place
}

fn recording(runtime: &Runtime) -> DemoServer {
    let script = Script::parse("").unwrap();
    let server = DemoServer::start_with(DemoSpec::default(), Some(script));
    runtime.block_on(server).unwrap()
}

fn trials(place: &Workspace) -> Vec<Value> {
    let out = place.run(&["export", "--format", "jsonl"]);
    assert_eq!(out.code, 0, "{}", out.err);
    let lines = out.out.lines();
    lines.map(|l| serde_json::from_str(l).unwrap()).collect()
}

#[test]
fn calls_are_answered_once_and_the_model_goes_on() {
    let runtime = Runtime::new().unwrap();
    let server = recording(&runtime);
    let place = place(&PROJECT.replace("URL", &server.base_url()), PROGRAM);
    let checked = place.run(&["check"]);
    assert!(
        checked.out.contains("`sh tools.sh` answers calls of tools, at most 8 times before a reply: up to 72 calls in all"),
        "{}",
        checked.out
    );
    let refused = place.run(&["run"]);
    assert_eq!(refused.code, 2, "{}", refused.err);
    assert!(
        refused.err.contains("`sh tools.sh` (tools of `shop`)"),
        "{}",
        refused.err
    );
    assert!(!place.file("calls").exists() && server.recorded_requests().is_empty());
    // It stops in the middle of conversations.
    let first = place.run(&[
        "run",
        "--allow-commands",
        "--budget-calls",
        "5",
        "--max-in-flight",
        "2",
    ]);
    assert_eq!(first.code, 1, "{}", first.err);
    let resumed = place.run(&["run", "--resume", "--format", "json"]);
    assert_eq!(resumed.code, 0, "{}", resumed.err);
    let mut sent: BTreeMap<String, usize> = BTreeMap::new();
    for request in server.recorded_requests() {
        *sent
            .entry(request.body["messages"].to_string())
            .or_default() += 1;
    }
    assert_eq!(sent.len(), 6 * 2 + 2);
    assert!(sent.values().all(|n| *n == 1), "{sent:?}");
    // One call for each order: the variants ask the same.
    let asked = place.read("calls");
    assert_eq!(asked.lines().count(), 3, "{asked}");
    assert!(
        !asked.contains("\"calls\""),
        "the expected answer is withheld: {asked}"
    );
    for trial in trials(&place) {
        let is_call = trial["row"] != 3;
        let messages = trial["messages"].as_array().unwrap();
        assert_eq!(messages.len(), if is_call { 4 } else { 2 });
        assert_eq!(trial["scores"]["tool_calls"], 1.0, "{trial}");
        assert_eq!(trial["scores"]["contains"], f64::from(u8::from(is_call)));
        if is_call {
            assert_eq!(messages[2]["tool_calls"][0]["name"], "order_status");
            assert_eq!(
                messages[3]["tool_call_id"],
                messages[2]["tool_calls"][0]["id"]
            );
            assert_eq!(trial["output"], "{\"status\":\"shipped\"}");
        }
    }
    // Nothing is sent where all is known, and scores come from stored conversations too.
    let project = place
        .read("wording.toml")
        .replace("text = \"shipped\"", "text = \"status\"");
    place.write("wording.toml", &project);
    let again = place.run(&["run", "--format", "json"]);
    let said: Value = serde_json::from_str(&again.out).unwrap();
    assert_eq!(said["trials"]["sent"], 0, "{said}");
    assert!(
        trials(&place)
            .iter()
            .all(|t| t["scores"]["tool_calls"] == 1.0)
    );
    assert_eq!(place.read("calls").lines().count(), 3);
}

/// A model that calls a tool each time.
const CALLER: &str = r#"while read -r line; do
    id=${line#'{"id":'}; id=${id%%,*}
    echo "{\"id\": $id, \"tool_calls\": [{\"name\": \"order_status\", \"arguments\": {\"order\": 1}}]}"
done
"#;

fn caller(tool_command: &str) -> String {
    PROJECT
        .replace("base_url = \"URL\"", "command = [\"sh\", \"caller.sh\"]")
        .replace("tool_command = [\"sh\", \"tools.sh\"]", tool_command)
}

#[test]
fn a_model_calls_tools_no_more_often_than_it_may() {
    let rounds = "tool_command = { command = [\"sh\", \"tools.sh\"], max_rounds = 2 }";
    let place = place(&caller(rounds), PROGRAM);
    place.write("caller.sh", CALLER);
    let ran = place.run(&["run", "--allow-commands", "--format", "json", "--rows", "1"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let said: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(said["trials"]["sent"], 2 * 3, "{said}");
    // The same call after the same call is another question.
    assert_eq!(place.read("calls").lines().count(), 2);
    for trial in trials(&place) {
        assert_eq!(trial["messages"].as_array().unwrap().len(), 6);
        assert_eq!(trial["output"], "order_status(order=1)");
    }
    place.write(
        "t.j2",
        "{{ ask }}{{ row.text }}{{ reply('first') }}And now?",
    );
    let ran = place.run(&["run", "--rows", "1"]);
    assert_eq!(ran.code, 1, "{}", ran.out);
    assert!(
        (ran.err + &ran.out).contains("the reply `first` calls tools more than 2 times"),
        "{}",
        ran.out
    );
}

#[test]
fn calls_without_ids_are_numbered_after_those_that_a_template_shows() {
    let rounds = "tool_command = { command = [\"sh\", \"tools.sh\"], max_rounds = 1 }";
    for (id, expected) in [
        ("", ["call_1", "call_2"]),
        (", id='call_2'", ["call_2", "call_3"]),
    ] {
        let place = place(&caller(rounds), PROGRAM);
        place.write("caller.sh", CALLER);
        let history = format!(
            "{{{{ role('user') }}}}And 1?{{{{ role('assistant') }}}}{{{{ tool_call('order_status', {{'order': 1}}{id}) }}}}{{{{ role('tool') }}}}lost{{{{ role('user') }}}}{{{{ ask }}}} {{{{ row.text }}}}"
        );
        place.write("t.j2", &history);
        let call = json!({"name": "order_status", "arguments": {"order": 1}});
        place.write(
            "d.jsonl",
            &json!({"text": "1?", "calls": [call, call]}).to_string(),
        );
        let ran = place.run(&["run", "--allow-commands"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        for trial in trials(&place) {
            let messages = trial["messages"].as_array().unwrap();
            let called = messages
                .iter()
                .filter_map(|m| m["tool_calls"][0]["id"].as_str());
            assert_eq!(called.collect::<Vec<_>>(), expected, "{trial}");
            let answered = messages.iter().filter_map(|m| m["tool_call_id"].as_str());
            assert_eq!(answered.collect::<Vec<_>>(), expected, "{trial}");
        }
        // Scores of stored conversations count the call that looks like the one shown.
        let project = place.read("wording.toml");
        place.write(
            "wording.toml",
            &project.replace("\"shipped\"", "\"order_status\""),
        );
        let again = place.run(&["run", "--format", "json"]);
        let said: Value = serde_json::from_str(&again.out).unwrap();
        assert_eq!(said["trials"]["sent"], 0, "{said}");
        for trial in trials(&place) {
            assert_eq!(trial["scores"]["tool_calls"], 1.0, "{trial}");
        }
    }
}

#[test]
fn a_program_that_does_not_answer_fails_the_trial_by_name() {
    let short = "tool_command = { command = [\"sh\", \"tools.sh\"], timeout = \"400ms\" }";
    for (program, kind, what) in [
        (
            "read -r line; echo gone >&2; exit 3",
            "connect",
            "exited (exit status: 3) before it answered; stderr: gone",
        ),
        (
            "read -r line; sleep 600",
            "timeout",
            "did not answer within 400ms (`timeout` of `tool_command`)",
        ),
        (
            "read -r line; echo hello; cat",
            "connect",
            "not a JSON object: hello",
        ),
        (
            "read -r line; echo '{\"id\": 1, \"text\": \"a\"}'; cat > /dev/null",
            "malformed",
            "neither `result` nor `error`",
        ),
        (
            "read -r line; echo '{\"id\": 1, \"error\": \"no such table\"}'; cat > /dev/null",
            "bad_request",
            "no such table",
        ),
    ] {
        let spec = match kind {
            "timeout" => short,
            _ => "tool_command = [\"sh\", \"tools.sh\"]",
        };
        let place = place(&caller(spec), program);
        place.write("caller.sh", CALLER);
        let ran = place.run(&[
            "run",
            "--allow-commands",
            "--rows",
            "1",
            "--variants",
            "*ask=1*",
        ]);
        assert_eq!(ran.code, 1, "{program}: {}", ran.err);
        let trial = &trials(&place)[0];
        assert_eq!(trial["failure"]["kind"], kind, "{program}");
        let message = trial["failure"]["message"].as_str().unwrap();
        assert!(message.starts_with("tool order_status: "), "{message}");
        assert!(message.contains(what), "{message}");
    }
}

#[test]
fn an_error_of_a_tool_fails_its_trial_alone() {
    let refusing = r#"while read -r line; do
    echo "$line" >> calls
    id=${line#'{"id":'}; id=${id%%,*}
    echo "{\"id\": $id, \"error\": {\"code\": 401, \"message\": \"no such order\"}}"
done
"#;
    let project = caller("tool_command = [\"sh\", \"tools.sh\"]");
    let place = place(&project, refusing);
    place.write("caller.sh", CALLER);
    let row = |n: u64| format!("{{\"text\": \"order {n}\", \"calls\": []}}\n");
    place.write("d.jsonl", &(0..12).map(row).collect::<String>());
    let ran = place.run(&["run", "--allow-commands"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let trials = trials(&place);
    assert_eq!(trials.len(), 24, "{}{}", ran.out, ran.err);
    for trial in &trials {
        assert_eq!(trial["failure"]["kind"], "bad_request", "{trial}");
        let message = trial["failure"]["message"].as_str().unwrap();
        assert!(message.contains("no such order"), "{message}");
    }
    assert!(place.read("calls").lines().count() >= 12);
}

#[test]
fn what_could_not_work_is_said_before_anything_is_sent() {
    for (from, to, at, what) in [
        (
            "tools = \"tools.json\"\n",
            "",
            "wording.toml:5:16",
            "the experiment has none",
        ),
        (
            "temperature = 0",
            "tool_choice = \"required\"",
            "wording.toml:10:26",
            "the model never replies",
        ),
        (
            "temperature = 0",
            "tool_choice = { axis = [\"auto\", \"required\"] }",
            "wording.toml:10:",
            "the model never replies",
        ),
        (
            "ask = [\"Answer.\", \"Reply.\"]",
            "params = { tool_choice = [\"auto\", \"order_status\"] }",
            "wording.toml:12:",
            "the model never replies",
        ),
        (
            "[\"sh\", \"tools.sh\"]",
            "{ command = \"x\", rounds = 1 }",
            "wording.toml:6:33",
            "unknown key `rounds`",
        ),
        (
            "[\"sh\", \"tools.sh\"]",
            "[]",
            "wording.toml:6:16",
            "`tool_command` is empty",
        ),
    ] {
        let place = place(
            &PROJECT
                .replace("URL", "http://127.0.0.1:9/v1")
                .replace(from, to),
            PROGRAM,
        );
        let checked = place.run(&["check"]);
        assert_eq!(checked.code, 2, "{}", checked.out);
        let said = checked.err;
        assert!(said.contains(at) && said.contains(what), "{said}");
    }
}
