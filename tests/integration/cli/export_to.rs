//! Experiments exported to other tools and taken back: the same prompts, the same assertions; what is not carried is listed.

use super::import::{copied, import, inside, names, server};
use crate::support::Workspace;
use serde_json::{Value, json};
use std::fs;

/// The messages that an experiment sends: one text per variant and row, sorted.
fn prompts(place: &Workspace, project: &str, experiment: &str) -> Vec<String> {
    let project = place.file(project).join("wording.toml");
    let project = project.to_str().unwrap();
    let rendered = place.run(&[
        "render",
        experiment,
        "--format",
        "json",
        "--project",
        project,
    ]);
    assert_eq!(rendered.code, 0, "{}", rendered.err);
    let lines = rendered.out.lines();
    let mut all: Vec<String> = lines
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["messages"].to_string())
        .collect();
    all.sort();
    all
}

fn lines(text: &str) -> Vec<Value> {
    let lines = text.lines();
    lines.map(|l| serde_json::from_str(l).unwrap()).collect()
}

fn experiments(made: &Value) -> Vec<String> {
    let all = made["experiments"].as_array().unwrap();
    all.iter().map(|e| e.as_str().unwrap().to_owned()).collect()
}

/// The dataset of an experiment, as its project names it.
fn rows(place: &Workspace, project: &str, experiment: &str) -> Vec<Value> {
    let text = place.read(&format!("{project}/wording.toml"));
    let table: toml::Table = text.parse().unwrap();
    let dataset = table["experiment"][experiment]["dataset"].as_str().unwrap();
    lines(&place.read(&format!("{project}/{dataset}")))
}

#[test]
fn a_promptfoo_configuration_comes_back_from_its_project() {
    let (_runtime, server) = server();
    let mut compared = 0;
    for name in names().iter().filter(|n| *n != "12-left-out") {
        let place = copied(name, &server.base_url());
        for experiment in experiments(&import(&place).json()) {
            let out = place.file("out").display().to_string();
            let args = [
                "export",
                &experiment,
                "--to",
                "promptfoo",
                "-o",
                &out,
                "--force",
            ];
            let exported = inside(&place, &args);
            // Assertions that need a model are listed.
            let graded = exported.out.contains("it needs a model");
            assert_eq!(
                exported.code,
                i32::from(graded),
                "{name}: {}{}",
                exported.out,
                exported.err
            );
            let config = format!("{out}/promptfooconfig.json");
            let said = place.run(&[
                "import",
                "promptfoo",
                &config,
                "-o",
                "back",
                "--force",
                "--format",
                "json",
            ]);
            assert_eq!(said.json()["problem"], Value::Null, "{name}");
            let back = experiments(&said.json());
            let mut again: Vec<String> = back
                .iter()
                .flat_map(|e| prompts(&place, "back", e))
                .collect();
            again.sort();
            assert_eq!(prompts(&place, "project", &experiment), again, "{name}");
            let asserts = |rows: Vec<Value>| -> Vec<(Value, Value)> {
                let none = json!([]);
                let list = |row: &Value| match row["__assert"].is_null() {
                    true => none.clone(),
                    false => row["__assert"].clone(),
                };
                rows.iter()
                    .map(|row| (list(row), row["__threshold"].clone()))
                    .collect()
            };
            for one in &back {
                let (before, after) = (
                    asserts(rows(&place, "project", &experiment)),
                    asserts(rows(&place, "back", one)),
                );
                assert_eq!(before, after, "{name}");
                compared += after.len();
            }
            fs::remove_dir_all(place.file("back")).unwrap();
        }
    }
    assert!(compared >= 40, "{compared}");
}

const PROJECT: &str = r#"
[experiment.x]
templates = ["*.j2"]
dataset = "rows.jsonl"
answer = "label"
id = "id"
models = ["demo/echo"]
params = { temperature = 0 }

[[experiment.x.metric]]
kind = "assertions"
"#;

fn project(toml: &str, assertion: impl Fn(&str) -> Value) -> Workspace {
    let place = Workspace::empty();
    place.write("wording.toml", toml);
    place.write(
        "plain.j2",
        "{{ role(\"system\") }}Answer.\n{{ role(\"user\", trim=false) }}{{ row.text }}",
    );
    let row = |(n, (text, label)): (usize, (&str, &str))| {
        let row = json!({"id": format!("r{n}"), "text": text, "label": label, "__assert": [assertion(label)]});
        format!("{row}\n")
    };
    let texts = [
        ("{{ a }} {% b %}\n", "yes (1|2)"),
        (" \"x\" ", "no"),
        ("- role: user", "no"),
    ];
    let text: String = texts.into_iter().enumerate().map(row).collect();
    place.write("rows.jsonl", &text);
    place
}

#[test]
fn an_entry_of_the_registry_comes_back_where_a_class_means_the_same() {
    for assertion in [
        |label: &str| json!({"type": "regex", "value": format!("^(?:{})", label.replace(['(', '|', ')'], ".").replace('.', "\\."))}),
        |label: &str| json!({"type": "contains-any", "value": [label, "x"]}),
        |label: &str| json!({"type": "icontains-any", "value": [label]}),
    ] {
        let place = project(PROJECT, assertion);
        let exported = place.run(&["export", "--to", "evals", "-o", "out"]);
        let thoughts = "wording.toml:10: the metric `assertions`: evals score text between `<think>` tags as part of the answer";
        assert!(exported.out.contains(thoughts), "{}", exported.out);
        assert_eq!(exported.code, 1);
        let place = project(&format!("{PROJECT}thoughts = true\n"), assertion);
        // A row that passes by a threshold of its own may be right there and wrong here.
        let lines = place.read("rows.jsonl");
        place.write(
            "rows.jsonl",
            &lines.replacen("\"id\":", "\"__threshold\":0,\"id\":", 1),
        );
        let exported = place.run(&["export", "--to", "evals", "-o", "other"]);
        let unlike = "no evals class scores like this";
        assert!(exported.out.contains(unlike), "{}", exported.out);
        place.write("rows.jsonl", &lines);
        let exported = place.run(&["export", "--to", "evals", "-o", "out"]);
        let sends_own = exported.out.contains("`temperature`");
        let kind = assertion("a")["type"].clone();
        // `Includes` sends no temperature.
        assert_eq!(
            (exported.code, sends_own),
            match kind == "regex" {
                true => (0, false),
                false => (1, true),
            },
            "{}",
            exported.out
        );
        let said = place.run(&["import", "evals", "out", "-o", "back", "--format", "json"]);
        assert_eq!(
            said.json()["problem"],
            Value::Null,
            "{}{}",
            said.out,
            said.err
        );
        let back = &experiments(&said.json())[0];
        assert_eq!(prompts(&place, ".", "x"), prompts(&place, "back", back));
        let before = rows(&place, ".", "x");
        for (before, after) in before.iter().zip(rows(&place, "back", back)) {
            let mut one = after["__assert"][0].clone();
            one.as_object_mut().unwrap().remove("metric");
            assert_eq!(before["__assert"][0], one);
        }
    }
}

#[test]
fn parameters_of_tools_are_exported_as_they_are_sent() {
    let toml = PROJECT.replace(
        "params = { temperature = 0 }",
        "tools = \"tools.json\"\nparams = { tool_choice = \"find\", strict = true }",
    );
    let place = project(&toml, |label| json!({"type": "contains", "value": label}));
    place.write("tools.json", "[{\"name\": \"find\"}]");
    let said = place.run(&["export", "--to", "promptfoo", "-o", "out"]);
    // A call is JSON there and a text here.
    assert_eq!(said.code, 1, "{}{}", said.out, said.err);
    assert!(said.out.contains("that call tools"), "{}", said.out);
    let config: Value = serde_json::from_str(&place.read("out/promptfooconfig.json")).unwrap();
    let sent = &config["providers"][0]["config"]["passthrough"];
    assert_eq!(
        sent["tool_choice"],
        json!({"type": "function", "function": {"name": "find"}})
    );
    assert_eq!(sent["tools"][0]["function"]["strict"], true, "{sent}");
    assert_eq!(sent["strict"], Value::Null, "{sent}");
}

/// Inspect 0.3.285 answers a call of a tool that it does not know, and sends again.
#[test]
fn tools_in_parameters_are_listed_for_inspect() {
    let toml = PROJECT.replace(
        "params = { temperature = 0 }",
        "params = { tools = [{ type = \"function\", function = { name = \"find\" } }] }",
    );
    let place = project(&toml, |label| json!({"type": "contains", "value": label}));
    let said = place.run(&["export", "--to", "inspect", "-o", "out"]);
    assert_eq!(said.code, 1, "{}{}", said.out, said.err);
    assert!(
        said.out.contains("its parameters offer tools"),
        "{}",
        said.out
    );
}

#[test]
fn rows_and_metrics_that_have_no_score_there_are_left_out_and_listed() {
    let toml = PROJECT.replace("temperature = 0 }", "temperature = 0 }\nsamples = 2")
        + "weight = 2\nthreshold = 0.5\n[[experiment.x.metric]]\nkind = \"exact\"\n";
    let assertion = |label: &str| {
        let inner =
            json!([{"type": "contains", "value": label}, {"type": "latency", "threshold": 9}]);
        json!({"type": "assert-set", "assert": inner})
    };
    let place = project(&toml, assertion);
    let unlabelled = json!({"id": "r3", "text": "a", "__assert": []});
    let long = "r".repeat(300);
    let last = json!({"id": long, "text": "b", "label": "no", "__assert": []});
    let rows = place.read("rows.jsonl") + &format!("{unlabelled}\n{last}\n");
    place.write("rows.jsonl", &rows);
    let too_long = format!("row {long}: Langfuse takes ids of 255 characters");
    let no_answer = "rows.jsonl:4: row r3: it has no expected answer";
    for (tool, file, expected) in [
        (
            "promptfoo",
            "tests.jsonl",
            &[
                no_answer,
                "the metric `assertions`: its `weight`",
                "the metric `assertions`: its `threshold`",
            ][..],
        ),
        (
            "inspect",
            "plain.jsonl",
            &[
                no_answer,
                "the metric `assertions`: some of its assertions need more than the text",
            ],
        ),
        (
            "evals",
            "data/x/plain.jsonl",
            &[
                no_answer,
                "the parameter `temperature`: the registry sends its own",
            ],
        ),
        (
            "langfuse",
            "dataset-items.jsonl",
            &["`samples`: items do not", too_long.as_str()],
        ),
    ] {
        let said = place.run(&["export", "--to", tool, "-o", tool]);
        assert_eq!(said.code, 1, "{tool}: {}{}", said.out, said.err);
        for text in expected {
            assert!(said.out.contains(text), "{tool}: {text}: {}", said.out);
        }
        let exported = place.read(&format!("{tool}/{file}"));
        assert_eq!(exported.lines().count(), 4, "{tool}");
        let wrote = ": 1 variant, 4 rows\n";
        assert!(said.out.contains(wrote), "{tool}: {}", said.out);
    }
    place.write(
        "rows.jsonl",
        "{\"id\": 0, \"text\": \"a\", \"label\": {\"b\": 1}}\n",
    );
    place.write("wording.toml", &PROJECT.replace("assertions", "json"));
    let said = place.run(&["export", "--to", "evals", "-o", "objects"]);
    let texts = [
        ": 1 variant, 0 rows\n",
        "rows.jsonl:1: row 0: its expected answer is an object",
    ];
    for text in texts {
        assert!(said.out.contains(text), "{}{}", said.out, said.err);
    }
}

#[test]
fn trials_come_back_as_spans() {
    let place = project(PROJECT, |label| json!({"type": "contains", "value": label}));
    assert_eq!(place.run(&["run", "-q"]).code, 0);
    let spans = place.run(&["export", "--format", "otlp"]);
    place.write("spans.jsonl", &spans.out);
    let trials = lines(&place.run(&["export"]).out);
    assert_eq!((trials.len(), spans.out.lines().count()), (3, 3));
    let said = place.run(&[
        "import",
        "traces",
        "spans.jsonl",
        "-o",
        "back",
        "--format",
        "json",
    ]);
    let made = said.json();
    assert_eq!(made["problem"], Value::Null, "{}", said.err);
    let dropped = made["notes"].as_array().unwrap().iter();
    let dropped: Vec<_> = dropped
        .filter(|note| note["weight"] == "dropped")
        .map(|note| &note["what"])
        .collect();
    assert_eq!(dropped, ["the model `echo` of `demo`", "the model"]);
    let sent = experiments(&made);
    let mut again: Vec<String> = Vec::new();
    for experiment in sent.iter().filter(|e| !e.ends_with("-recorded")) {
        again.extend(prompts(&place, "back", experiment));
    }
    again.sort();
    assert_eq!(prompts(&place, ".", "x"), again);
    let text = made["experiments"].to_string();
    let recorded = sent.iter().find(|e| e.ends_with("-recorded"));
    let recorded = rows(&place, "back", recorded.expect(&text));
    for trial in &trials {
        let (output, expected) = (&trial["output"], &trial["expected"]);
        let is_of = |row: &&Value| row.as_object().unwrap().values().any(|cell| cell == output);
        let row = recorded.iter().find(is_of).unwrap();
        assert_eq!(row["__expected"], *expected);
    }
    let span: Value = lines(&spans.out)[0]["resourceSpans"][0]["scopeSpans"][0]["spans"][0].clone();
    let event = &span["events"][0]["attributes"];
    assert_eq!(event[0]["value"]["stringValue"], "assertions");
    assert_eq!(
        event[1]["value"]["doubleValue"],
        trials[0]["scores"]["assertions"]
    );
}

#[test]
fn what_another_tool_does_not_send_or_score_is_listed_with_its_line() {
    let toml = PROJECT.replace(
        "params = { temperature = 0 }",
        "params = { stop = [\"{{\"] }",
    ) + "\n[[experiment.x.metric]]\nkind = \"latency\"\nmax_ms = 10\n";
    let place = project(&toml, |label| json!({"type": "similar", "value": label}));
    let toml = toml.replace(
        "kind = \"assertions\"",
        "kind = \"assertions\"\nembeddings = \"demo/embed\"",
    );
    place.write("wording.toml", &toml);
    place.write("talk.j2", "{{ row.text }}{{ reply() }}More.");
    place.write("file.j2", "See {{ file(\"note.txt\") }}");
    place.write("note.txt", "A note.");
    for (tool, expected) in [
        (
            "promptfoo",
            vec![
                "talk.j2:1: the variant `talk`: a conversation",
                "plain.j2:1: the parameter `stop`: promptfoo fills in tags",
                "rows.jsonl:1: row r0: the assertion `similar`: it needs a model",
                "wording.toml:14: the metric `latency`: it needs the time",
            ],
        ),
        (
            "inspect",
            vec![
                "talk.j2:1: the variant `talk`",
                "wording.toml:10: the metric `assertions`: some of its assertions need a model",
            ],
        ),
        (
            "evals",
            vec![
                "talk.j2:1: the variant `talk`",
                "plain.j2:1: the parameter `stop`",
            ],
        ),
        (
            "langfuse",
            vec!["wording.toml:14: the metric `latency`: items have no evaluators"],
        ),
    ] {
        let said = place.run(&["export", "x", "--to", tool, "-o", tool]);
        assert_eq!(said.code, 1, "{tool}: {}{}", said.out, said.err);
        for text in expected {
            assert!(said.out.contains(text), "{tool}: {text}: {}", said.out);
        }
        let again = place.run(&["export", "x", "--to", tool, "-o", tool]);
        assert_eq!(again.code, 2);
        assert!(again.err.contains("already exists"), "{}", again.err);
    }
    let said = place.run(&["export", "x", "--to", "inspect"]);
    assert!(
        said.code == 2 && said.err.contains("--output"),
        "{}",
        said.err
    );
}

#[test]
fn a_template_that_cannot_be_read_is_listed() {
    let place = Workspace::empty();
    place.write("d.jsonl", "{\"text\": \"a\", \"label\": \"b\"}\n");
    place.write("good.j2", "{{ text }}\n");
    place.write("bad.j2", "\n{% if %}\n");
    place.write(
        "wording.toml",
        "[experiment.e]\ntemplates = [\"good.j2\", \"bad.j2\"]\ndataset = \"d.jsonl\"\nanswer = \"label\"\nmodels = [\"demo/echo\"]\n[[experiment.e.metric]]\nkind = \"exact\"\n",
    );
    for tool in ["promptfoo", "inspect"] {
        let said = place.run(&["export", "e", "--to", tool, "-o", tool]);
        assert_eq!(said.code, 1, "{}", said.err);
        assert!(
            said.out
                .contains("bad.j2:2: a template that cannot be read"),
            "{}",
            said.out
        );
    }
}
