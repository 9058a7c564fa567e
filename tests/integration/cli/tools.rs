//! Tools: sent with the prompt, called in answers, scored, shown; what is wrong with their files is located.

use crate::support::Workspace;
use serde_json::Value;
use wording::{
    demo::{DemoServer, DemoSpec, Script},
    project::SCHEMA,
};

const TOOL: &str = r#"[
  {
    "name": "search",
    "description": "Find products {{ tone }}.",
    "parameters": {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]}
  }
]
"#;

const PROJECT: &str = r#"[endpoint.x]
base_url = "URL"
[experiment.shop]
templates = ["t.j2"]
tools = "tools/*.json"
dataset = "d.jsonl"
answer = "calls"
models = ["x/icl"]
params = { temperature = 0, tool_choice = "search" }
[experiment.shop.axes]
tone = ["quickly", "with care"]
[[experiment.shop.metric]]
kind = "tool_calls"
"#;

fn place(url: &str) -> Workspace {
    let place = Workspace::empty();
    place.write("tools/shop.json", TOOL);
    place.write("t.j2", "{{ row.text }}");
    let row = |query: &str, expected: &str| {
        format!("{{\"text\": \"find products \\\"{query}\\\"\", \"calls\": \"{expected}\"}}\n")
    };
    let rows =
        row("kettle", "search(query=\\\"kettle\\\")") + &row("pot", "search(query=\\\"pan\\\")");
    place.write("d.jsonl", &rows);
    place.write("wording.toml", &PROJECT.replace("URL", url));
    place
}

fn server(runtime: &tokio::runtime::Runtime) -> DemoServer {
    let script = Script::parse("").unwrap();
    let server = DemoServer::start_with(DemoSpec::default(), Some(script));
    runtime.block_on(server).unwrap()
}

#[test]
fn tools_are_sent_and_their_calls_are_scored_whole_and_streamed() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = server(&runtime);
    let place = place(&server.base_url());
    let mut outputs = Vec::new();
    for stream in ["false", "true"] {
        let project = PROJECT.replace("URL", &server.base_url());
        place.write(
            "wording.toml",
            &project.replace(
                "[experiment.shop]",
                &format!("stream = {stream}\n[experiment.shop]"),
            ),
        );
        let run = place.run(&["run", "--reuse", "no", "--format", "json"]);
        assert_eq!(run.code, 0, "{}", run.err);
        assert_eq!(run.json()["variants"][0]["score"], 0.5);
        let lines = place.run(&["export", "--format", "jsonl"]).out;
        let trials: Vec<Value> = lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(trials.len(), 4);
        assert_eq!(
            trials[0]["tool_calls"][0]["arguments"],
            "{\"query\":\"kettle\"}"
        );
        assert_eq!(
            trials[0]["tools"][0]["function"]["description"],
            "Find products quickly."
        );
        outputs.push(
            trials
                .iter()
                .map(|t| t["output"].to_string())
                .collect::<Vec<_>>(),
        );
    }
    assert_eq!(outputs[0], outputs[1]);
    assert_eq!(outputs[0][0], "\"search(query=\\\"kettle\\\")\"");
    let sent = server.recorded_requests();
    assert_eq!(sent.len(), 8);
    let mut descriptions: Vec<&Value> = sent
        .iter()
        .map(|r| &r.body["tools"][0]["function"]["description"])
        .collect();
    descriptions.sort_by_key(|d| d.to_string());
    descriptions.dedup();
    assert_eq!(
        descriptions,
        ["Find products quickly.", "Find products with care."]
    );
    assert_eq!(sent[0].body["tool_choice"]["function"]["name"], "search");
    // A changed description sends its prompts again; the same one nothing.
    assert_eq!(place.run(&["run"]).code, 0);
    assert_eq!(server.recorded_requests().len(), 8);
    place.write(
        "tools/shop.json",
        &TOOL.replace("Find products", "Look for products"),
    );
    assert_eq!(place.run(&["run"]).code, 0);
    assert_eq!(server.recorded_requests().len(), 12);
}

#[test]
fn sets_of_tools_are_an_axis() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = server(&runtime);
    let place = place(&server.base_url());
    place.write(
        "tools/more.json",
        r#"{"type": "function", "function": {"name": "stop"}}"#,
    );
    let project = PROJECT
        .replace("URL", &server.base_url())
        .replace("tools = \"tools/*.json\"\n", "");
    let axis = "tools = { one = \"tools/shop.json\", all = [\"tools/*.json\"], none = \"\" }\ntone";
    place.write("wording.toml", &project.replace("tone", axis));
    let run = place.run(&["run", "--format", "json"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let names: Vec<String> = run.json()["variants"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v["name"].to_string())
        .collect();
    assert_eq!(names.len(), 6, "{names:?}");
    assert!(
        names.contains(&"\"t[tools=none,tone=1]\"".to_owned()),
        "{names:?}"
    );
    let count = |tools: usize| {
        let sent = server.recorded_requests();
        sent.iter()
            .filter(|r| {
                r.body["tools"].as_array().map_or(0, Vec::len) == tools
                    && (tools > 0 || r.body.get("tool_choice").is_none())
            })
            .count()
    };
    // Without tools both tones are the same request.
    assert_eq!([count(0), count(1), count(2)], [2, 4, 4]);
    let project: toml::Value = toml::from_str(&place.read("wording.toml")).unwrap();
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let project = serde_json::to_value(project).unwrap();
    let valid = jsonschema::validate(&schema, &project);
    assert!(valid.is_ok(), "{valid:?}");
}

#[test]
fn what_is_wrong_with_a_tool_is_located() {
    for (from, to, place_of, says) in [
        ("\"required\"", "required", "tools/shop.json:5:", "not JSON"),
        (
            "\"type\": \"object\"",
            "\"type\": \"objet\"",
            "tools/shop.json:5:19",
            "type `object`",
        ),
        (
            "{\"type\": \"string\"}",
            "{\"type\": \"strin\"}",
            "tools/shop.json:5:",
            "not a JSON Schema",
        ),
        (
            "\"search\"",
            "\"sea rch\"",
            "tools/shop.json:3:13",
            "cannot be the name of a tool",
        ),
        (
            "\"name\": \"search\",",
            "",
            "tools/shop.json:2:3",
            "has no `name`",
        ),
        (
            "{{ tone }}",
            "{{ tone }}{{ tne }}",
            "tools/shop.json:4:20",
            "`tne` is undefined",
        ),
        ("{{ tone }}", "{{ tone }", "tools/shop.json:4:20", "syntax"),
        (
            "{{ tone }}",
            "{{ role('user') }}{{ tone }}",
            "tools/shop.json:4:20",
            "no roles",
        ),
    ] {
        let place = place("http://127.0.0.1:9/v1");
        place.write("tools/shop.json", &TOOL.replacen(from, to, 1));
        let said = place.run(&["check"]);
        assert_eq!(said.code, 2, "{to}\n{}{}", said.out, said.err);
        let text = format!("{}{}", said.out, said.err);
        assert!(
            text.contains(place_of) && text.contains(says),
            "{to}\n{text}"
        );
    }
    for (from, to, says) in [
        (
            "tools/*.json\"",
            "tool/*.json\"",
            "no tool file matches `tool/*.json`",
        ),
        ("\"search\"", "\"serch\"", "no tool is called `serch`"),
        (
            "kind = \"tool_calls\"",
            "kind = \"tool_calls\"\narguments = \"some\"",
            "`arguments` cannot be `some`",
        ),
        (
            "base_url = \"URL\"",
            "base_url = \"URL\"\napi = \"completions\"",
            "takes no tools",
        ),
    ] {
        let place = place("http://127.0.0.1:9/v1");
        place.write(
            "wording.toml",
            &PROJECT
                .replace(from, to)
                .replace("URL", "http://127.0.0.1:9/v1"),
        );
        let said = place.run(&["check"]);
        assert_eq!(said.code, 2, "{to}\n{}{}", said.out, said.err);
        assert!(
            said.err.contains(says) && said.err.contains("wording.toml:"),
            "{to}\n{}",
            said.err
        );
    }
    let place = place("http://127.0.0.1:9/v1");
    place.write(
        "d.jsonl",
        "{\"text\": \"a\", \"calls\": []}\n{\"text\": \"b\", \"calls\": \"call b\"}\n",
    );
    let said = place.run(&["check"]);
    assert_eq!(said.code, 2);
    assert!(
        said.err.contains("record 2") && said.err.contains("`call b` is not a call"),
        "{}",
        said.err
    );
}
