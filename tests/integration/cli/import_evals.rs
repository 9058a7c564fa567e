//! OpenAI Evals as projects: what was exported of the platform, and the registry of the open-source package.

use crate::support::{Workspace, answering};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

fn write(place: &Workspace, file: &str, value: &Value) {
    place.write(file, &value.to_string());
}

/// An eval with two criteria that are taken over and three that are not, one run of it, and what came of the run.
pub(super) fn export(place: &Workspace) {
    let eval = json!({
        "object": "eval", "id": "eval_1", "name": "Ticket routing",
        "data_source_config": {"type": "custom", "schema": {}},
        "testing_criteria": [
            {"type": "string_check", "name": "exact", "input": "{{ sample.output_text }}", "operation": "eq", "reference": "{{ item.label }}"},
            {"type": "string_check", "name": "mentions", "input": "{{sample.output_text}}", "operation": "ilike", "reference": "{{item.label}}"},
            {"type": "text_similarity", "name": "close", "input": "{{sample.output_text}}", "reference": "{{item.label}}", "evaluation_metric": "fuzzy_match", "pass_threshold": 0.8},
            {"type": "label_model", "name": "tone", "model": "gpt-4o", "labels": ["polite", "rude"], "passing_labels": ["polite"],
             "input": [{"role": "developer", "content": "Polite?"}, {"role": "user", "content": "{{ sample.output_text }} to {{item.text}}"}]},
            {"type": "python", "name": "short", "source": "def grade(sample, item):\n    return 1.0\n"},
        ],
    });
    let run = json!({
        "object": "eval.run", "id": "run_1", "eval_id": "eval_1", "name": "first", "model": "gpt-4o-mini",
        "data_source": {
            "type": "completions", "model": "gpt-4o-mini", "source": {"type": "file_id", "id": "file-1"},
            "sampling_params": {"temperature": 0, "max_completion_tokens": 20, "seed": null},
            "input_messages": {"type": "template", "template": [
                {"type": "message", "role": "developer", "content": {"type": "input_text", "text": "One of {billing, it}: {{ as it is"}},
                {"type": "message", "role": "user", "content": "{{item.text}} ({{ item.meta.tags.0 }})\n"},
            ]},
        },
    });
    let item = |text: &str, label: &str, output: &str, passed: bool| {
        json!({
            "object": "eval.run.output_item", "run_id": "run_1", "eval_id": "eval_1",
            "datasource_item": {"text": text, "label": label, "meta": {"tags": ["new"]}},
            "results": [{"name": "exact", "passed": passed, "score": f64::from(u8::from(passed))}],
            "sample": {"output": [{"role": "assistant", "content": output}]},
        })
    };
    write(
        place,
        "export/eval.json",
        &json!({"object": "list", "data": [eval]}),
    );
    write(
        place,
        "export/runs.json",
        &json!({"object": "list", "data": [run]}),
    );
    let items = [
        item("I was charged twice", "billing", "billing", true),
        item("My screen is black", "it", "It.", false),
        item("I was charged twice", "billing", "it", false),
    ];
    let lines: String = items.iter().map(|item| format!("{item}\n")).collect();
    place.write("export/items.jsonl", &lines);
}

/// The notes of an import: file, line and what each is of.
fn told(made: &Value) -> Vec<String> {
    let notes = made["notes"].as_array().unwrap().iter();
    let told = |n: &Value| {
        let file = n["file"].as_str().unwrap().rsplit('/').next().unwrap();
        format!("{file}:{}: {}", n["line"], n["what"].as_str().unwrap())
    };
    notes.map(told).collect()
}

/// The same without the file.
fn told_by_line(made: &Value) -> Vec<String> {
    let all = told(made).into_iter();
    all.map(|note| note.split_once(':').unwrap().1.to_owned())
        .collect()
}

#[test]
fn an_export_becomes_prompts_rows_and_the_scores_that_were_recorded() {
    let place = Workspace::empty();
    export(&place);
    let said = place.run(&["import", "evals", "export", "-o", "p", "--format", "json"]);
    assert_eq!(said.code, 1, "{}", said.err);
    let made = said.json();
    assert_eq!(
        made["experiments"],
        json!(["ticket-routing", "ticket-routing-recorded"])
    );
    assert_eq!(made["problem"], Value::Null);
    assert_eq!((&made["rows"], &made["templates"]), (&json!(3), &json!(1)));
    let notes = made["notes"].as_array().unwrap();
    let left_out = |name: &str| {
        notes.iter().any(|note| {
            note["what"] == format!("the criterion `{name}`") && note["weight"] == "dropped"
        })
    };
    assert!(
        left_out("close") && left_out("tone") && left_out("short"),
        "{notes:?}"
    );
    assert_eq!(notes.len(), 3, "{notes:?}");
    let grader = place.read("p/graders/ticket-routing/tone.j2");
    assert!(
        grader.contains("{{ output }} to {{ row.text }}"),
        "{grader}"
    );
    assert!(place.file("p/graders/ticket-routing/short.py").exists());
    // The prompt, to the byte.
    let project = place.file("p/wording.toml");
    let project = project.to_str().unwrap();
    let rendered = place.run(&[
        "render",
        "ticket-routing",
        "--row",
        "0",
        "--project",
        project,
        "--format",
        "json",
    ]);
    assert_eq!(
        rendered.json()["messages"],
        json!([
            {"role": "developer", "content": "One of {billing, it}: {{ as it is"},
            {"role": "user", "content": "I was charged twice (new)\n"},
        ]),
        "{}",
        rendered.err
    );
    // The recorded outputs get the scores that they had.
    let run = place.run(&["run", "ticket-routing-recorded", "--project", project, "-q"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let trials = place.run(&["export", "--project", project, "--format", "jsonl"]);
    let exact: Vec<f64> = (trials.out.lines())
        .map(|line| {
            serde_json::from_str::<Value>(line).unwrap()["scores"]["exact"]
                .as_f64()
                .unwrap()
        })
        .collect();
    // An item that the run had twice counts twice, as it did there.
    assert_eq!(exact, [1.0, 0.0, 0.0], "{}", trials.err);
}

#[test]
fn runs_of_one_name_keep_their_outputs_apart() {
    let place = Workspace::empty();
    export(&place);
    let mut runs: Value = serde_json::from_str(&place.read("export/runs.json")).unwrap();
    let mut second = runs["data"][0].clone();
    second["id"] = "run_2".into();
    runs["data"].as_array_mut().unwrap().push(second);
    write(&place, "export/runs.json", &runs);
    let lines = place.read("export/items.jsonl");
    let again = lines.replace("run_1", "run_2").replace("It.", "it");
    place.write("export/items.jsonl", &format!("{lines}{again}"));
    let said = place.run(&["import", "evals", "export", "-o", "p", "--format", "json"]);
    assert_eq!(said.json()["rows"], 3, "{}", said.err);
    let project = place.file("p/wording.toml");
    let project = project.to_str().unwrap();
    let run = place.run(&["run", "ticket-routing-recorded", "--project", project, "-q"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let trials = place.run(&["export", "--project", project, "--format", "jsonl"]);
    let mut right: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for line in trials.out.lines() {
        let trial: Value = serde_json::from_str(line).unwrap();
        let variant = trial["variant"].as_str().unwrap().to_owned();
        let score = trial["scores"]["exact"].as_f64().unwrap();
        right.entry(variant).or_default().push(score);
    }
    let right: Vec<Vec<f64>> = right.into_values().collect();
    assert_eq!(right, [[1.0, 0.0, 0.0], [1.0, 1.0, 0.0]], "{}", trials.out);
}

#[test]
fn what_is_no_whole_export_is_listed_and_what_is_saved_twice_is_there_once() {
    let place = Workspace::empty();
    export(&place);
    let lines = place.read("export/items.jsonl");
    let numbered = lines.lines().enumerate().map(|(n, line)| {
        let mut item: Value = serde_json::from_str(line).unwrap();
        item["id"] = format!("item_{n}").into();
        if n == 1 {
            let part = |text: &str| json!({"type": "output_text", "text": text});
            item["sample"]["output"][0]["content"] = json!([part("I"), part("t.")]);
            item["datasource_item"]["__assert"] = 1.into();
        }
        item
    });
    let items: Vec<Value> = numbered.collect();
    let page = json!({"object": "list", "data": items, "has_more": true});
    write(&place, "export/page.json", &page);
    let mut other = items[0].clone();
    other["id"] = "item_x".into();
    other["eval_id"] = "eval_9".into();
    let mut image = items[2].clone();
    image["id"] = "item_y".into();
    image["sample"]["output"][0]["content"] = json!([{"type": "output_image"}]);
    let mut text = items[2].clone();
    text["id"] = "item_z".into();
    text["datasource_item"] = "a text".into();
    let mut all = items;
    all.extend([other, image, text, json!({"text": "no item"})]);
    let all: String = all.iter().map(|item| format!("{item}\n")).collect();
    place.write("export/items.jsonl", &all);
    let mut runs: Value = serde_json::from_str(&place.read("export/runs.json")).unwrap();
    let messages = &mut runs["data"][0]["data_source"]["input_messages"]["template"];
    messages[1]["content"] = "{{item.text}} {{item.my-tag}}".into();
    write(&place, "export/runs.json", &runs);
    let said = place.run(&["import", "evals", "export", "-o", "p", "--format", "json"]);
    assert_eq!(said.code, 1, "{}", said.err);
    let made = said.json();
    assert_eq!(made["rows"], 4);
    let told = told(&made);
    for one in [
        "page.json:null: other pages of this list, which says that there are more",
        "items.jsonl:4: an output item of the eval `eval_9`",
        "items.jsonl:5: an output that is no text",
        "items.jsonl:6: an item that is no object",
        "items.jsonl:7: a record",
        "items.jsonl:2: the column `__assert`",
        "runs.json:null: `{{item.my-tag}}`",
    ] {
        assert!(told.iter().any(|note| note == one), "{one}: {told:#?}");
    }
    assert!(
        place
            .read("p/datasets/ticket-routing.jsonl")
            .contains("\"__output_1\":\"It.\"")
    );
}

#[test]
fn several_evals_have_their_own_data_files_criteria_and_parameters() {
    let place = Workspace::empty();
    let check = |reference: &str| json!({"type": "string_check", "name": "same", "input": "{{sample.output_text}}", "operation": "eq", "reference": reference});
    let evals = ["a", "b", "c"].map(|id| json!({"object": "eval", "id": id, "name": id, "testing_criteria": [check("{{item.x}}"), check("1")]}));
    let runs = ["a", "b", "c"].map(|id| {
        let template = json!([{"role": "user", "content": "{{item.x}}"}]);
        json!({"id": format!("run_{id}"), "eval_id": id, "data_source": {
            "type": "completions", "model": "m", "sampling_params": {"max_completions_tokens": 5},
            "source": {"type": "file_id", "id": format!("file-{id}")},
            "input_messages": {"type": "template", "template": template}}})
    });
    write(&place, "export/all.json", &json!([evals, runs]));
    // The ids of lines are those of their files.
    place.write(
        "export/file-a.jsonl",
        "{\"id\": \"1\", \"item\": {\"x\": 1}}\n",
    );
    place.write(
        "export/file-b.jsonl",
        "{\"id\": \"1\", \"item\": {\"x\": 2}}\n",
    );
    place.write(
        "export/file-x.jsonl",
        "{\"id\": \"1\", \"item\": {\"x\": 3}}\n",
    );
    let said = place.run(&["import", "evals", "export", "-o", "p", "--format", "json"]);
    let told = told(&said.json());
    for one in [
        "file-x.jsonl:1: a line of a data file",
        "all.json:null: the data file `file-c`",
        "all.json:null: the criterion `same`",
    ] {
        assert!(told.iter().any(|note| note == one), "{one}: {told:#?}");
    }
    for (eval, x) in [("a", 1), ("b", 2)] {
        let row: Value =
            serde_json::from_str(&place.read(&format!("p/datasets/{eval}.jsonl"))).unwrap();
        let asserted = row["__assert"].as_array().unwrap().iter();
        let names: Vec<&str> = asserted
            .map(|one| one["metric"].as_str().unwrap())
            .collect();
        assert_eq!(
            (&row["x"], &names[..]),
            (&json!(x), &["same", "same-2"][..])
        );
    }
    assert!(
        place
            .read("p/wording.toml")
            .contains("max_completion_tokens = 5")
    );
}

#[test]
fn an_item_that_a_run_left_without_output_is_noted() {
    let place = Workspace::empty();
    export(&place);
    let lines = place.read("export/items.jsonl");
    let open = lines.lines().next().unwrap();
    let mut open: Value = serde_json::from_str(open).unwrap();
    open["datasource_item"]["text"] = "No answer came".into();
    open["sample"] = json!({"output": [], "error": {"code": "timeout", "message": ""}});
    place.write("export/items.jsonl", &format!("{lines}{open}\n"));
    let said = place.run(&["import", "evals", "export", "-o", "p"]);
    assert_eq!(said.code, 1, "{}", said.err);
    assert!(
        said.out
            .contains("1 output of the run `first`: not in the export"),
        "{}",
        said.out
    );
}

#[test]
fn a_registry_becomes_one_experiment_per_eval_that_has_a_counterpart() {
    let place = Workspace::empty();
    place.write(
        "registry/evals/cities.yaml",
        "cities:\n  id: cities.dev.v0\n  metrics: [accuracy]\ncities.dev.v0:\n  class: evals.elsuite.basic.match:Match\n  args:\n    samples_jsonl: cities/samples.jsonl\nkeys.dev.v0:\n  class: evals.elsuite.basic.json_match:JsonMatch\n  args:\n    samples_jsonl: cities/json.jsonl\nfuzzy.dev.v0:\n  class: evals.elsuite.basic.fuzzy_match:FuzzyMatch\n  args:\n    samples_jsonl: cities/samples.jsonl\nbleu.dev.v0:\n  class: evals.elsuite.translate:Translate\n  args:\n    samples_jsonl: cities/samples.jsonl\n",
    );
    place.write(
        "registry/solvers/x.yaml",
        "x:\n  class: evals.solvers.x:X\n",
    );
    place.write(
        "registry/data/cities/samples.jsonl",
        "{\"input\": [{\"role\": \"system\", \"content\": \"{{ no tag }}\"}, {\"role\": \"user\", \"content\": \"Capital of Italy?\"}], \"ideal\": [\"Rome\", \"Roma (c\"]}\r{\"input\": \"Rome!\", \"ideal\": \"Rome\"}\n",
    );
    place.write(
        "registry/data/cities/json.jsonl",
        "{\"input\": [{\"role\": \"user\", \"content\": \"{\\\"a\\\": 1.0}\"}], \"ideal\": [\"{\\\"a\\\": 2}\", \"{\\\"a\\\": 1}\"]}\n",
    );
    place.write("registry/data/cities/notes.md", "not named by an eval");
    place.write("registry/data/cities/names.jsonl", "{\"input\": [{\"role\": \"user\", \"name\": \"Bo\", \"content\": \"x\"}], \"ideal\": \"x\"}\n\n{\n");
    place.write(
        "registry/evals/names.yaml",
        "names.v0:\n  class: evals.elsuite.basic.includes:Includes\n  args: {samples_jsonl: cities/names.jsonl}\n",
    );
    let said = place.run(&["import", "evals", "registry", "-o", "p", "--format", "json"]);
    assert_eq!(said.code, 1, "{}", said.err);
    let made = said.json();
    assert_eq!(
        made["experiments"],
        json!(["cities", "keys", "fuzzy", "names"])
    );
    assert_eq!(
        told(&made),
        [
            "registry:null: 2 files: data/cities/notes.md, solvers/x.yaml",
            "names.jsonl:1: 1 sample with `name` in messages",
            "names.jsonl:2: 1 blank line",
            "names.jsonl:3: a sample",
            "cities.yaml:17: the eval `bleu.dev.v0`",
            "cities.yaml:5: the models",
        ]
    );
    let project = place.file("p/wording.toml");
    let project = project.to_str().unwrap();
    // demo/echo repeats the last message: "Capital of Italy?" begins with no city, "Rome!" does.
    let scores = |experiment: &str| {
        let run = place.run(&["run", experiment, "--project", project, "-q"]);
        assert_eq!(run.code, 0, "{}", run.err);
        let trials = place.run(&["export", "--project", project, "--format", "jsonl"]);
        let score =
            |line: &str| serde_json::from_str::<Value>(line).unwrap()["scores"]["pass"].as_f64();
        trials.out.lines().map(score).collect::<Vec<_>>()
    };
    assert_eq!(scores("cities"), [Some(0.0), Some(1.0)]);
    assert_eq!(scores("keys"), [Some(1.0)]);
    assert_eq!(scores("fuzzy"), [Some(0.0), Some(1.0)]);
}

/// The bodies that evals 3.0.1.post1 sent, and what it made of the last messages as answers.
#[test]
fn samples_of_a_registry_are_sent_as_the_package_sends_them() {
    let place = Workspace::empty();
    let entry = |name: &str, class: &str, args: &str| {
        format!("{name}:\n  class: {class}\n  args: {{samples_jsonl: t/{args}}}\n")
    };
    let basic = "evals.elsuite.basic";
    let entries = [
        entry("chat.dev.v0", &format!("{basic}.match:Match"), "chat.jsonl"),
        entry("chat.test.v0", "mine.match:Match", "chat.jsonl"),
        entry(
            "few.dev.v0",
            &format!("{basic}.match:Match"),
            "many, num_few_shot: 1, few_shot_jsonl: t/shots.jsonl",
        ),
        entry(
            "few.test.v0",
            &format!("{basic}.json_validator:JsonValidator"),
            "many",
        ),
    ];
    place.write("registry/evals/t.yaml", &entries.concat());
    let line = |sample: Value| format!("{sample}\n");
    let user = |text: &str| json!([{"role": "user", "content": text}]);
    let call = json!({"role": "assistant", "content": null, "tool_calls": []});
    let chat = [
        line(
            json!({"input": [{"role": "system", "content": ""}, {"role": "user", "content": " q\r\n"}], "ideal": " q", "id": "same"}),
        ),
        line(
            json!({"input": [{"role": "user", "content": [{"type": "text", "text": "x"}]}], "ideal": "x"}),
        ),
        line(
            json!({"input": [{"role": "user", "content": "x"}, call, {"role": "tool", "content": "y"}], "ideal": "x"}),
        ),
        line(json!({"input": user("x"), "ideal": 42})),
        line(json!({"input": user("x")})),
        line(json!({"input": user("x"), "ideal": [], "id": "same"})),
    ];
    place.write("registry/data/t/chat.jsonl", &chat.concat());
    place.write(
        "registry/data/t/many/b.jsonl",
        &line(json!({"input": user("B"), "ideal": "B"})),
    );
    place.write(
        "registry/data/t/many/a.jsonl",
        &line(json!({"input": user("{}"), "ideal": "A"})),
    );
    let shot = json!({"sample": [{"role": "user", "content": "{{1}}"}, {"role": "assistant", "content": "A"}]});
    place.write(
        "registry/data/t/shots.jsonl",
        &(line(shot) + &line(json!({"sample": "never"}))),
    );
    let said = place.run(&["import", "evals", "registry", "-o", "p", "--format", "json"]);
    assert_eq!(said.code, 1, "{}", said.err);
    let made = said.json();
    assert_eq!(
        made["experiments"],
        json!(["chat", "few-dev-v0", "few-test-v0"])
    );
    assert_eq!(made["problem"], Value::Null);
    assert_eq!(
        told_by_line(&made),
        [
            "2: 2 samples with calls of tools, images or other parts in messages",
            "4: 2 samples without something to compare with",
            "5: the eval `chat.test.v0`",
            "11: the eval `few.test.v0`",
            "2: the models",
        ]
    );
    let project = place.file("p/wording.toml");
    let project = project.to_str().unwrap();
    let messages = |experiment: &str, row: &str| {
        let args = [
            "render",
            experiment,
            "--row",
            row,
            "--project",
            project,
            "--format",
            "json",
        ];
        place.run(&args).json()["messages"].clone()
    };
    assert_eq!(
        messages("chat", "0"),
        json!([{"role": "system", "content": ""}, {"role": "user", "content": " q\r\n"}])
    );
    assert_eq!(
        messages("few-dev-v0", "1"),
        json!([{"role": "user", "content": "{{1}}"}, {"role": "assistant", "content": "A"}, {"role": "user", "content": "B"}])
    );
    let scores = |experiment: &str| {
        let run = place.run(&["run", experiment, "--project", project, "-q"]);
        assert_eq!(run.code, 0, "{}", run.err);
        let trials = place.run(&["export", "--project", project, "--format", "jsonl"]);
        let score =
            |line: &str| serde_json::from_str::<Value>(line).unwrap()["scores"]["pass"].as_f64();
        trials.out.lines().map(score).collect::<Vec<_>>()
    };
    assert_eq!(scores("chat"), [Some(1.0), Some(0.0)]);
    assert_eq!(scores("few-test-v0"), [Some(1.0), Some(0.0)]);
}

/// What evals 3.0.1.post1 reads of a registry, and at what it ends with an error.
#[test]
fn what_the_package_does_not_read_or_refuses_is_listed() {
    let place = Workspace::empty();
    let entry = |name: &str, class: &str, args: &str| {
        format!(
            "{name}:\n  class: evals.elsuite.basic.{class}\n  args: {{samples_jsonl: s.jsonl{args}}}\n"
        )
    };
    let good = entry("good.v0", "match:Match", ", seed: 7, max_tokens: 5");
    let refused = [
        entry("args.v0", "match:Match", ", foo: 5"),
        entry(
            "limit.v0",
            "json_validator:JsonValidator",
            ", max_tokens: 5",
        ),
        entry("nodot", "match:Match", ""),
        entry(
            "shots.v0",
            "match:Match",
            ", num_few_shot: 1.5, few_shot_jsonl: s.jsonl",
        ),
        entry("null.v0", "match:Match", ", num_few_shot: null"),
    ];
    place.write("r/evals/a.yaml", &(good.clone() + &refused.concat()));
    place.write("r/evals/b.yaml", &good);
    place.write("r/evals/c.yml", &entry("yml.v0", "match:Match", ""));
    place.write("r/evals/sub/d.yaml", &entry("sub.v0", "match:Match", ""));
    place.write("r/e.yaml", &entry("beside.v0", "match:Match", ""));
    let sample = |input: Value| format!("{}\n", json!({"input": input, "ideal": "x"}));
    let user = |text: &str| json!([{"role": "user", "content": text}]);
    let samples = [
        "\u{feff}".to_owned(),
        sample(user("q")),
        " \n".into(),
        sample(json!([])),
        sample(json!("")),
        sample(user("n")).replace("\"x\"}", "\"Infinity\", \"w\": NaN}"),
        sample(user("m")).replace("\"x\"", "NaN"),
        sample(user("s")).replace("\"s\"", "\"\\ud83d\""),
    ];
    place.write("r/data/s.jsonl", &samples.concat());
    let said = place.run(&["import", "evals", "r", "-o", "p", "--format", "json"]);
    assert_eq!(said.code, 1, "{}", said.err);
    let made = said.json();
    assert_eq!(
        (&made["experiments"], &made["problem"]),
        (&json!(["good"]), &Value::Null)
    );
    assert_eq!(
        told(&made),
        [
            "r:null: 2 files: evals/c.yml, evals/sub/d.yaml",
            "r:null: 1 file: e.yaml",
            "s.jsonl:1: the byte order mark at the beginning",
            "s.jsonl:2: 1 blank line",
            "s.jsonl:3: 1 sample with an empty list as `input`",
            "s.jsonl:6: 1 sample without something to compare with",
            "s.jsonl:7: a sample",
            "a.yaml:5: the eval `args.v0`",
            "a.yaml:8: the eval `limit.v0`",
            "a.yaml:11: the eval `nodot`",
            "a.yaml:14: the eval `shots.v0`",
            "a.yaml:17: the eval `null.v0`",
            "b.yaml:2: the entry `good.v0`",
            "s.jsonl:5: `NaN` or `Infinity` in `w`",
            "s.jsonl:6: `NaN` or `Infinity` in `ideal`",
            "a.yaml:2: the models",
        ]
    );
    let rows = place.read("p/datasets/good.jsonl");
    let inputs = rows
        .lines()
        .map(|row| serde_json::from_str::<Value>(row).unwrap()["input"].take());
    let system = json!([{"role": "system", "content": ""}]);
    assert_eq!(inputs.collect::<Vec<_>>(), [user("q"), system, user("n")]);
    // Where nothing is left, what was left out is the error.
    place.write("r/data/s.jsonl", &sample(json!([])));
    let said = place.run(&["import", "evals", "r", "-o", "q"]);
    assert!(
        said.code == 2
            && said.err.contains(
                "none of its evals can be taken over\n  r/evals/a.yaml:2: the eval `good.v0`"
            )
            && said.err.contains("\n  and 7 more"),
        "{}",
        said.err
    );
    // A folder without a folder `evals` is taken for one, and a file that is named is read whatever it is called.
    place.write("flat/a.yaml", &good);
    place.write("flat/data/s.jsonl", &sample(user("q")));
    place.write("r/data/s.jsonl", &sample(user("q")));
    for (source, to) in [("flat", "f"), ("r/evals/c.yml", "y")] {
        let said = place.run(&["import", "evals", source, "-o", to]);
        assert!(
            said.code == 0 && said.out.contains("1 row"),
            "{source}: {}{}",
            said.out,
            said.err
        );
    }
}

#[test]
fn what_holds_no_eval_is_an_error_and_a_broken_file_has_its_place() {
    let place = Workspace::empty();
    place.write("x.json", "{\"data\": []}");
    let said = place.run(&["import", "evals", "x.json", "-o", "p"]);
    assert!(
        said.code == 2 && said.err.contains("no eval in it"),
        "{}",
        said.err
    );
    place.write("y.jsonl", "{\"item\": {}}\n{\"item\": \n");
    let said = place.run(&["import", "evals", "y.jsonl", "-o", "p"]);
    assert!(
        said.code == 2 && said.err.contains("y.jsonl:2:"),
        "{}",
        said.err
    );
    assert!(!place.file("p").exists());
}

#[test]
fn a_registry_that_names_samples_elsewhere_is_refused_with_them() {
    let place = Workspace::empty();
    place.write(
        "secret/s.jsonl",
        "{\"input\": \"secret\", \"ideal\": \"x\"}\n",
    );
    place.write(
        "registry/data/s.jsonl",
        "{\"input\": \"a\", \"ideal\": \"x\"}\n",
    );
    let eval = |samples: &str| {
        format!(
            "e.v0:\n  class: evals.elsuite.basic.match:Match\n  args: {{samples_jsonl: {samples}}}\n"
        )
    };
    place.write("registry/evals/a.yaml", &eval("../../secret/s.jsonl"));
    let sources = ["registry", "registry/evals", "registry/evals/a.yaml"];
    for source in sources {
        let said = place.run(&["import", "evals", source, "-o", "p"]);
        assert_eq!(said.code, 2, "{source}: {}", said.err);
        assert!(
            said.err.contains("secret/s.jsonl"),
            "{source}: {}",
            said.err
        );
        assert!(!place.file("p").exists(), "{source}");
    }
    // The folder `data` beside `evals` belongs to it.
    place.write("registry/evals/a.yaml", &eval("s.jsonl"));
    for (n, source) in sources.into_iter().enumerate() {
        let to = format!("p{n}");
        let said = place.run(&["import", "evals", source, "-o", &to]);
        assert_eq!(said.code, 0, "{source}: {}", said.err);
        assert!(said.out.contains("1 row"), "{source}: {}", said.out);
    }
    // So it does where the import runs in it.
    let mut command = place.command(&["import", "evals", ".", "-o", "../../p3"]);
    let said = place.output(command.current_dir(place.file("registry/evals")));
    assert!(said.out.contains("1 row"), "{}", said.err);
}

/// A registry whose evals ask a judge, the bodies that evals 3.0.1.post1 sent where every model repeats the last message, and
/// the scores of its samples.
const GRADED: &str = include_str!("../../fixtures/evals/graded.json");

#[test]
fn judges_of_a_registry_are_asked_and_read_as_the_package_does_it() {
    let recorded: Value = serde_json::from_str(GRADED).unwrap();
    let place = Workspace::empty();
    for (file, text) in recorded["files"].as_object().unwrap() {
        place.write(&format!("registry/{file}"), text.as_str().unwrap());
    }
    let said = place.run(&["import", "evals", "registry", "-o", "p", "--format", "json"]);
    assert_eq!(said.code, 1, "{}", said.err);
    let made = said.json();
    assert_eq!(made["problem"], Value::Null);
    assert_eq!(
        made["experiments"],
        json!(["chat", "five", "given", "typed"])
    );
    assert_eq!(
        told_by_line(&made),
        [
            "1: 5 samples without an `input` of messages or text",
            "5: the scores of the eval `five.v0`",
            "8: `metaeval` of the eval `given.v0`",
            "11: `eval_type: cot_classify` of the eval `typed.v0`",
            "14: the eval `many.v0`",
            "17: the eval `pair.v0`",
            "20: the eval `count.v0`",
            "2: the models",
            "8: the model of the eval `given.v0`",
        ]
    );

    let bodies = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&bodies);
    let port = answering::serve(move |body| {
        if body.is_null() {
            return String::new();
        }
        let mut sent = body.clone();
        sent.as_object_mut().unwrap().remove("model");
        sent.sort_all_objects();
        seen.lock().unwrap().push(sent);
        body["messages"].as_array().unwrap().last().unwrap()["content"]
            .as_str()
            .unwrap()
            .to_owned()
    });
    let project = place
        .read("p/wording.toml")
        .replace("demo/echo", "stub/echo");
    // Answers that were given are repeated by the stand-in, and only the judge is asked.
    let given = project.find("[experiment.given]").unwrap();
    let (before, after) = project.split_at(given);
    let after = after.replacen("models = [\"stub/echo\"]", "models = [\"demo/echo\"]", 1);
    let project = format!("{before}{after}");
    let endpoint = format!("[endpoint.stub]\nbase_url = \"http://127.0.0.1:{port}/v1\"\n");
    place.write("p/wording.toml", &(endpoint + &project));
    let project = place.file("p/wording.toml");
    let project = project.to_str().unwrap();
    for (experiment, wanted) in recorded["runs"].as_object().unwrap() {
        bodies.lock().unwrap().clear();
        let run = place.run(&["run", experiment, "--project", project, "-q"]);
        assert_eq!(run.code, 0, "{}", run.err);
        // Requests that are the same are sent once.
        let sorted = |all: &[Value]| {
            let mut all = all.to_vec();
            all.iter_mut().for_each(Value::sort_all_objects);
            let mut all: Vec<String> = all.iter().map(Value::to_string).collect();
            all.sort();
            all.dedup();
            all
        };
        let sent = bodies.lock().unwrap().clone();
        assert_eq!(
            sorted(&sent),
            sorted(wanted["bodies"].as_array().unwrap()),
            "{experiment}"
        );
        let trials = place.run(&["export", "--project", project, "--format", "jsonl"]);
        let mut scores: Vec<(u64, f64)> = (trials.out.lines())
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .map(|t| {
                (
                    t["row"].as_u64().unwrap(),
                    t["scores"]["judge"].as_f64().unwrap(),
                )
            })
            .collect();
        scores.sort_by_key(|(row, _)| *row);
        let wanted = wanted["scores"].as_array().unwrap().iter();
        let wanted = wanted.map(|score| score.as_f64().unwrap());
        // The scores of `five` are from 1 to 5 there.
        let wanted: Vec<f64> = match experiment.as_str() {
            "five" => wanted.map(|score| (score - 1.0) / 4.0).collect(),
            _ => wanted.collect(),
        };
        let scores: Vec<f64> = scores.into_iter().map(|(_, score)| score).collect();
        assert_eq!(scores, wanted, "{experiment}");
    }
}

/// What the package adds to a question is read from it, where the registry is in the package.
#[test]
fn the_sentence_of_an_eval_type_is_that_of_the_package_around_a_registry() {
    let place = Workspace::empty();
    let package = "ANSWER_PROMPTS = {\n    # yes\n    \"classify\": \"One of {choices}.\".strip(),\n    \"cot_classify\": \"\"\"\nThink: \"a\".\nThen {choices}\n    \"\"\".strip(),\n}\nX = {\"classify_cot\": \"no\".strip()}\n";
    place.write("evals/elsuite/modelgraded/classify_utils.py", package);
    let entry = |name: &str| {
        format!(
            "{name}.v0:\n  class: evals.elsuite.modelgraded.classify:ModelBasedClassify\n  args: {{samples_jsonl: s.jsonl, modelgraded_spec: m, eval_type: {name}}}\n"
        )
    };
    let entries = ["classify", "cot_classify", "classify_cot"].map(entry);
    place.write("evals/registry/evals/e.yaml", &entries.concat());
    place.write(
        "evals/registry/modelgraded/m.yaml",
        "m: {prompt: \"{completion}?\", choice_strings: [\"Yes\", \"No\"], choice_scores: {\"Yes\": 1, \"No\": 0}, input_outputs: {input: completion}}\n",
    );
    place.write("evals/registry/data/s.jsonl", "{\"input\": \"x\"}\n");
    for (n, source) in [
        "evals",
        "evals/registry",
        "evals/registry/evals",
        "evals/registry/evals/e.yaml",
    ]
    .into_iter()
    .enumerate()
    {
        let to = format!("p{n}");
        let said = place.run(&["import", "evals", source, "-o", &to]);
        assert_eq!(said.code, 1, "{source}: {}", said.err);
        assert!(
            !said.out.contains("eval_type: cot_classify`")
                && said
                    .out
                    .contains("e.yaml:8: `eval_type: classify_cot` of the eval `classify_cot.v0`"),
            "{source}: {}",
            said.out
        );
        let rubric = |name: &str| place.read(&format!("{to}/graders/{name}/judge.j2"));
        assert!(
            rubric("classify").ends_with("{{ output }}?\n\nOne of \"Yes\" or \"No\".\n"),
            "{}",
            rubric("classify")
        );
        assert!(
            rubric("cot-classify").ends_with("?\n\nThink: \"a\".\nThen \"Yes\" or \"No\"\n"),
            "{}",
            rubric("cot-classify")
        );
    }
}
