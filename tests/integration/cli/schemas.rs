//! Every command that takes `--format json` has a schema, and its document fits it ([`crate::support::documents`]).

use super::{batch, import_evals, label};
use crate::support::{CommandOutput, Workspace, documents::PRINTED_BY};
use clap::{Command, CommandFactory, ValueEnum};
use serde_json::Value;
use std::{collections::BTreeSet, path::PathBuf};
use wording::cli::{Cli, SchemaOf};

/// The commands that take `--format json`, by their names.
fn commands_with_json(command: &Command, path: &[String], found: &mut BTreeSet<Vec<String>>) {
    let mut formats = command
        .get_arguments()
        .filter(|arg| arg.get_id() == "format");
    let has_json = formats.any(|arg| {
        let values = arg.get_possible_values();
        values.iter().any(|value| value.get_name() == "json")
    });
    if has_json {
        found.insert(path.to_vec());
    }
    for inner in command
        .get_subcommands()
        .filter(|inner| inner.get_name() != "help")
    {
        let path = [path, &[inner.get_name().to_owned()]].concat();
        commands_with_json(inner, &path, found);
    }
}

#[test]
fn every_command_with_json_has_a_schema() {
    let mut root = Cli::command();
    root.build();
    let mut commands = BTreeSet::new();
    commands_with_json(&root, &[], &mut commands);
    assert!(commands.len() > 30, "{commands:?}");
    // It prints rows of the user's own columns, whatever the format.
    assert!(commands.remove(&["badcases", "export"].map(str::to_owned)[..]));
    let described: BTreeSet<Vec<String>> = PRINTED_BY.iter().map(|by| by.path.clone()).collect();
    assert_eq!(commands, described);
}

#[test]
fn every_schema_is_valid_and_has_a_title() {
    let place = Workspace::empty();
    for of in SchemaOf::value_variants() {
        let name = of.to_possible_value().unwrap();
        let schema = place.run(&["schema", name.get_name()]).json();
        jsonschema::meta::validate(&schema).unwrap();
        assert!(schema["title"].is_string(), "{of:?}");
        let mut described = Vec::new();
        descriptions(&schema, &mut described);
        for text in described {
            let words = text.split(|c: char| !c.is_alphanumeric());
            let has_rust = text.contains("[`") || words.clone().any(|word| word == "None");
            assert!(!has_rust, "{of:?}: {text}");
        }
    }
}

/// A schema that lets an object have any field describes nothing: a misspelled name would pass.
#[test]
fn no_schema_leaves_an_object_open() {
    for of in SchemaOf::value_variants() {
        let text = wording::commands::schema::schema_text(*of).unwrap();
        let schema: Value = serde_json::from_str(&text).unwrap();
        let mut open = Vec::new();
        open_objects(&schema, "", &mut open);
        assert_eq!(open, [""; 0], "{of:?}");
    }
}

fn open_objects(schema: &Value, at: &str, found: &mut Vec<String>) {
    match schema {
        Value::Object(map) => {
            let is_object = match map.get("type") {
                Some(Value::String(kind)) => kind == "object",
                Some(Value::Array(kinds)) => kinds.contains(&"object".into()),
                _ => false,
            };
            let says = |key: &str| {
                map.get(key)
                    .is_some_and(|value| *value != Value::Bool(true))
            };
            if is_object && !says("additionalProperties") && !says("unevaluatedProperties") {
                found.push(at.to_owned());
            }
            for (key, inner) in map {
                // Their names are the user's.
                let is_free = ["params", "schemas", "schema", "fields"].contains(&key.as_str());
                if !(is_free && at.ends_with("/properties")) {
                    open_objects(inner, &format!("{at}/{key}"), found);
                }
            }
        }
        Value::Array(items) => {
            // The sets of tools of an axis are named by the user too.
            let is_free = at.ends_with("/axes/properties/tools/anyOf");
            for (n, inner) in items.iter().enumerate().filter(|_| !is_free) {
                open_objects(inner, &format!("{at}/{n}"), found);
            }
        }
        _ => {}
    }
}

fn descriptions<'a>(schema: &'a Value, found: &mut Vec<&'a str>) {
    match schema {
        Value::Object(map) => {
            found.extend(map.get("description").and_then(Value::as_str));
            map.values().for_each(|inner| descriptions(inner, found));
        }
        Value::Array(items) => items.iter().for_each(|inner| descriptions(inner, found)),
        _ => {}
    }
}

/// A name that JSON cannot hold ends no document of work that is done.
#[cfg(target_os = "linux")]
#[test]
fn paths_that_are_no_unicode_are_written_as_they_are_shown() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
    let place = Workspace::empty();
    let folder = OsStr::from_bytes(b"p\xff");
    let mut init = place.command(&["init", "--empty", "--format", "json"]);
    let made = place.output(init.arg(folder)).json();
    assert_eq!(made["folder"], "p\u{fffd}");
    assert!(place.path().join(folder).join("wording.toml").exists());
    std::fs::write(
        place.path().join(OsStr::from_bytes(b"\xff.jsonl")),
        "{\"a\": 1}\n",
    )
    .unwrap();
    let mut data = place.command(&["data", "--format", "json"]);
    let read = place
        .output(data.arg(OsStr::from_bytes(b"\xff.jsonl")))
        .json();
    assert_eq!(read["path"], "\u{fffd}.jsonl");
    // A template of a run, and a file of labels beside it.
    let place = Workspace::empty();
    let project = "[experiment.a]\ntemplates = [\"t/*.j2\"]\ndataset = \"d.jsonl\"\nanswer = \"label\"\nmodels = [\"demo/icl\"]\n[[experiment.a.metric]]\nkind = \"exact\"\n";
    place.write("wording.toml", project);
    place.write("d.jsonl", "{\"text\": \"a\", \"label\": \"b\"}\n");
    place.write("t/good.j2", "{{ row.text }}");
    let name = place.path().join("t").join(OsStr::from_bytes(b"\xff.j2"));
    std::fs::write(name, "{{ row.text }}!").unwrap();
    let run = place.run(&["run", "a", "--format", "json"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let id = run.json()["run"].as_str().unwrap().to_owned();
    let shown = place.run(&["runs", "show", &id, "--format", "json"]);
    assert_eq!(shown.code, 0, "{}", shown.err);
    let paths: Vec<Value> = shown.json()["templates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t["path"].clone())
        .collect();
    assert!(paths.contains(&"t/\u{fffd}.j2".into()), "{paths:?}");
}

/// Documents of one area.
struct Area {
    place: Workspace,
    printed: Vec<SchemaOf>,
}

impl Area {
    fn new(place: Workspace) -> Area {
        let printed = Vec::new();
        Area { place, printed }
    }

    /// Run a command, which has to print a document.
    #[track_caller]
    fn json(&mut self, args: &[&str]) -> CommandOutput {
        let said = self.place.run(&[args, &["--format", "json"]].concat());
        assert!(said.code < 2, "{args:?}: {}", said.err);
        self.printed.push(said.document.unwrap());
        said
    }

    /// Exactly these were printed.
    #[track_caller]
    fn printed(mut self, expected: &[SchemaOf]) {
        self.printed.dedup();
        assert_eq!(self.printed, expected);
    }
}

const OF_PROMPTING: [SchemaOf; 17] = [
    SchemaOf::New,
    SchemaOf::Data,
    SchemaOf::Check,
    SchemaOf::Render,
    SchemaOf::Run,
    SchemaOf::Diff,
    SchemaOf::Report,
    SchemaOf::ScoreExplain,
    SchemaOf::Plan,
    SchemaOf::Reword,
    SchemaOf::Search,
    SchemaOf::Upgrade,
    SchemaOf::Models,
    SchemaOf::ModelsPrices,
    SchemaOf::Import,
    SchemaOf::Init,
    SchemaOf::History,
];

#[test]
fn documents_of_prompting_fit_their_schemas() {
    let mut area = Area::new(Workspace::sample());
    let rows = ["text,label", "good,yes", "bad,no", "fine,yes", "awful,no"];
    area.place.write("own.csv", &rows.join("\n"));
    area.json(&["new", "own", "--data", "own.csv", "--answer", "label"]);
    area.json(&["data", "own.csv", "--answer", "label"]);
    area.json(&["check", "sentiment"]);
    area.json(&["render", "sentiment"]);
    area.json(&[
        "run",
        "sentiment",
        "--variants",
        "plain",
        "--variants",
        "opinion",
    ]);
    area.json(&["score", "own.csv", "--output", "text", "--answer", "label"]);
    area.json(&["diff", "plain", "opinion"]);
    area.json(&["report"]);
    let score = ["score", "own.csv", "--output", "text", "--answer", "label"];
    area.json(&[&score[..], &["--explain", "--labels", "yes,no"]].concat());
    area.json(&["plan"]);
    let template = "templates/axes/sentiment.j2";
    area.json(&["reword", template, "--axis", "instruction", "--n", "2"]);
    let search = ["optimize", "sentiment", "--writer", "demo/writer"];
    area.json(&[&search[..], &["--budget-calls", "200"]].concat());
    let upgrade = [
        "upgrade",
        "sentiment",
        "--from",
        "demo/icl",
        "--to",
        "demo/echo",
    ];
    area.json(&[&upgrade[..], &["--variants", "plain", "--margin", "0.2"]].concat());
    area.json(&["models"]);
    area.json(&["models", "demo", "--probe", "icl"]);
    area.json(&["models", "--prices", "built-in"]);
    import_evals::export(&area.place);
    area.json(&["import", "evals", "export", "-o", "evals"]);
    area.place
        .write("greet.prompt", "---\nmodel: openai/x\n---\nHello {{name}}");
    area.json(&["import", "dotprompt", "greet.prompt", "-o", "dotprompt"]);
    area.place.write(
        "promptfooconfig.yaml",
        "prompts: [Hello]\nproviders: [echo]\n",
    );
    area.json(&[
        "import",
        "promptfoo",
        "promptfooconfig.yaml",
        "-o",
        "promptfoo",
    ]);
    area.json(&["init", "copy"]);
    area.json(&["init", "empty", "--empty"]);
    area.json(&["history", "sentiment"]);
    area.printed(&OF_PROMPTING);
}

const OF_RUNS: [SchemaOf; 6] = [
    SchemaOf::RunsMerge,
    SchemaOf::Runs,
    SchemaOf::RunsWear,
    SchemaOf::RunsCheck,
    SchemaOf::RunsShow,
    SchemaOf::RunsDelete,
];

#[test]
fn documents_of_runs_fit_their_schemas() {
    let mut area = Area::new(Workspace::sample());
    for shard in ["1/2", "2/2"] {
        let said = area
            .place
            .run(&["run", "sentiment", "-q", "--shard", shard, "--note", "kept"]);
        assert_eq!(said.code, 0, "{}", said.err);
    }
    let store = ".wording/wording.db";
    let merged = area.json(&["runs", "merge", store]).json();
    assert_eq!(merged["merged"].as_array().unwrap().len(), 2);
    area.json(&["runs"]);
    area.json(&["runs", "list"]);
    area.json(&["runs", "--wear"]);
    area.json(&["runs", "--check"]);
    let shown = area.json(&["runs", "show"]).json();
    assert!(shown["metric_specs"].is_array(), "{shown}");
    let deleted = area
        .json(&["runs", "delete", merged["run"].as_str().unwrap()])
        .json();
    assert_eq!(deleted["deleted"][0], merged["run"]);
    area.printed(&OF_RUNS);
}

const OF_PEOPLE: [SchemaOf; 5] = [
    SchemaOf::LabelAgreement,
    SchemaOf::LabelMerge,
    SchemaOf::Badcases,
    SchemaOf::BadcasesEdit,
    SchemaOf::BadcasesDelete,
];

#[test]
fn documents_of_what_people_say_fit_their_schemas() {
    let mut area = Area::new(label::tickets());
    area.json(&["label", "teams", "--agreement"]);
    let journal = "labels/teams.jsonl";
    area.json(&["label", "--merge", journal, journal, "-o", "merged.jsonl"]);
    area.json(&["badcases", "add", "teams", "--row", "b"]);
    area.json(&["badcases"]);
    area.json(&["badcases", "list", "teams"]);
    area.json(&["badcases", "edit", "1", "--note", "seen"]);
    let deleted = area.json(&["badcases", "delete", "1"]).json();
    assert_eq!(deleted["deleted"], serde_json::json!([1]));
    area.printed(&OF_PEOPLE);
}

const OF_TUNING: [SchemaOf; 6] = [
    SchemaOf::TuneExport,
    SchemaOf::TuneConfig,
    SchemaOf::TuneJob,
    SchemaOf::TuneStatus,
    SchemaOf::Advise,
    SchemaOf::TuneCompare,
];

#[test]
fn documents_of_tuning_fit_their_schemas() {
    let mut area = Area::new(Workspace::sample());
    let exported = area.json(&["tune", "export", "sentiment"]).json();
    assert!(exported["train"].as_u64() > Some(0));
    let base = ["--base", "Qwen/Qwen2.5-7B-Instruct"];
    area.json(&[&["tune", "config", "--for", "trl"][..], &base].concat());
    let waiting = area.json(&["tune", "submit", "--no-wait"]).json();
    area.json(&["tune", "cancel", waiting["id"].as_str().unwrap()]);
    let done = area.json(&["tune", "submit"]).json();
    assert_eq!(done["status"], "succeeded", "{done}");
    area.json(&["tune", "status", done["id"].as_str().unwrap()]);
    area.json(&["tune", "status"]);
    let variants = [
        "--variants",
        "plain",
        "--variants",
        "opinion",
        "--variants",
        "question",
    ];
    let said = area
        .place
        .run(&[&["run", "sentiment", "-q"][..], &variants].concat());
    assert_eq!(said.code, 0, "{}", said.err);
    let advice = area.json(&["advise", "sentiment"]).json();
    assert!(advice["evidence"]["headroom"].is_object(), "{advice}");
    area.json(&["tune", "compare", "sentiment"]);
    area.printed(&OF_TUNING);
}

const OF_BATCHES: [SchemaOf; 4] = [
    SchemaOf::BatchExport,
    SchemaOf::BatchSubmit,
    SchemaOf::BatchStatus,
    SchemaOf::BatchImport,
];

#[test]
fn documents_of_batches_fit_their_schemas() {
    let mut area = Area::new(Workspace::sample());
    let exported = area.json(&["batch", "export", "triage"]).json();
    area.json(&["batch", "submit"]);
    area.json(&["batch", "status", "--wait"]);
    area.json(&["batch", "cancel"]);
    area.json(&["batch", "fetch"]);
    area.json(&["batch", "fetch"]);
    let file = exported["files"][0]["path"].as_str().unwrap();
    let mut results = batch::executed(&[area.place.file(file)]);
    results[0]["response"] = Value::Null;
    results[0]["error"] = serde_json::json!({"code": "server_error", "message": "away"});
    let lines: String = results.iter().map(|result| format!("{result}\n")).collect();
    let path: PathBuf = area.place.write("results.jsonl", &lines);
    let imported = area
        .json(&["batch", "import", path.to_str().unwrap()])
        .json();
    assert_eq!(imported["failed"][0]["code"], "server_error");
    area.printed(&OF_BATCHES);
}

#[test]
fn every_document_is_held_against_its_schema() {
    let mut left: Vec<SchemaOf> = SchemaOf::value_variants().to_vec();
    let areas: [&[SchemaOf]; 5] = [&OF_PROMPTING, &OF_RUNS, &OF_PEOPLE, &OF_TUNING, &OF_BATCHES];
    left.retain(|of| !areas.concat().contains(of));
    // `cli::use_cases` holds a project against its schema, `mcp::documents` the list.
    assert_eq!(left, [SchemaOf::Project, SchemaOf::List]);
}
