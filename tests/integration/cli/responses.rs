//! The Responses API: the same answers, calls and scores as by chat completions, whole, streamed and in batches.

use super::batch::executed;
use crate::support::Workspace;
use serde_json::{Value, json};
use std::path::PathBuf;
use wording::demo::{DemoServer, DemoSpec, Script};

/// A template of several messages, a tool, and a limit of tokens.
fn place(url: &str, lines: &str) -> Workspace {
    let place = Workspace::empty();
    place.write(
        "tools.json",
        r#"{"name": "search", "description": "Find products.", "parameters": {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]}}"#,
    );
    place.write(
        "t.j2",
        "{{ role(\"system\") }}Label the text: positive or negative.\n{{ role(\"user\") }}A fine film.\n{{ role(\"assistant\") }}positive\n{{ role(\"user\") }}{{ row.text }}",
    );
    let row = |text: &str, label: &str| json!({"text": text, "label": label}).to_string() + "\n";
    place.write(
        "d.jsonl",
        &(row("A dull, tiresome film.", "negative") + &row("find products \"kettle\"", "search")),
    );
    place.write(
        "wording.toml",
        &format!(
            "[endpoint.x]\nbase_url = \"{url}\"\n{lines}\n[experiment.a]\ntemplates = [\"t.j2\"]\ndataset = \"d.jsonl\"\nanswer = \"label\"\nmodels = [\"x/icl\"]\ntools = \"tools.json\"\nparams = {{ temperature = 0, max_tokens = 20 }}\n[[experiment.a.metric]]\nkind = \"contains\"\n"
        ),
    );
    place
}

fn trials(place: &Workspace) -> Vec<Value> {
    let run = place.run(&["run", "--format", "json"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let lines = place.run(&["export", "--format", "jsonl"]).out;
    let trials = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let read = trials.map(|t| {
        let arguments = &t["tool_calls"][0]["arguments"];
        json!([
            t["output"],
            arguments,
            t["scores"],
            t["finish_reason"],
            t["usage"]
        ])
    });
    read.collect()
}

#[test]
fn answers_are_those_of_chat_completions() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let script = Script::parse("").unwrap();
    let server = DemoServer::start_with(DemoSpec::default(), Some(script));
    let server = runtime.block_on(server).unwrap();
    let url = server.base_url();
    let chat = trials(&place(&url, ""));
    assert_eq!(chat.len(), 2);
    assert_eq!(chat[1][0], "search(query=\"kettle\")");
    assert!(chat[0][4]["prompt"].as_u64() > Some(0), "{}", chat[0]);
    let before = server.recorded_requests().len();
    for lines in ["api = \"responses\"", "api = \"responses\"\nstream = true"] {
        assert_eq!(trials(&place(&url, lines)), chat, "{lines}");
    }
    // A complete address says it too.
    assert_eq!(trials(&place(&format!("{url}/responses"), "")), chat);
    let sent = server.recorded_requests().split_off(before);
    assert_eq!(sent.len(), 6);
    for request in &sent {
        assert_eq!(request.address, "/v1/responses");
        let body = &request.body;
        assert_eq!(
            body["instructions"],
            "Label the text: positive or negative."
        );
        assert_eq!(
            body["input"][1],
            json!({"role": "assistant", "content": "positive"})
        );
        assert_eq!(body["tools"][0]["name"], "search");
        assert_eq!(
            [&body["tools"][0]["strict"], &body["store"]],
            [&json!(false), &json!(false)]
        );
        assert_eq!(body["max_output_tokens"], 20);
        for name in ["messages", "max_tokens", "stream_options"] {
            assert_eq!(body.get(name), None, "{name}");
        }
    }
}

#[test]
fn what_the_interface_does_not_have_is_refused_by_name() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = DemoServer::start(DemoSpec::default());
    let server = runtime.block_on(server).unwrap();
    let place = place(&server.base_url(), "api = \"responses\"");
    let without = place.run(&["check"]);
    assert!(
        !without.out.contains("the Responses API has"),
        "{}",
        without.out
    );
    let project = place.read("wording.toml");
    let more = "max_tokens = 20, stop = \"x\", seed = 1 }";
    place.write("wording.toml", &project.replace("max_tokens = 20 }", more));
    let run = place.run(&["run"]);
    assert_ne!(run.code, 0);
    let said = run.out + &run.err;
    assert!(said.contains("Unknown parameter: '"), "{said}");
    let check = place.run(&["check"]);
    let said = check.out + &check.err;
    assert!(
        said.contains("the Responses API has no `stop` and no `seed`"),
        "{said}"
    );
}

#[test]
fn a_batch_is_for_the_same_interface() {
    let place = place("http://127.0.0.1:9/v1", "api = \"responses\"");
    let exported = place.run(&["batch", "export", "a", "--format", "json"]);
    assert_eq!(exported.code, 0, "{}", exported.err);
    let file = exported.json()["files"][0]["path"]
        .as_str()
        .map(PathBuf::from);
    let file = place.path().join(file.unwrap());
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("\"url\":\"/v1/responses\""), "{text}");
    let results: String = executed(&[file]).iter().map(|r| format!("{r}\n")).collect();
    place.write("r.jsonl", &results);
    let imported = place.run(&["batch", "import", "r.jsonl", "--format", "json"]);
    assert_eq!(imported.code, 0, "{}", imported.err);
    assert_eq!(imported.json()["new"], 2);
}
