//! What an imported project sends is what promptfoo sent: bodies recorded with promptfoo 0.123.1.

use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, fs, path::Path, sync::Arc};
use wording::{
    interop::{Weight, promptfoo},
    model::Row,
    project::DesignSpec,
    template::TemplateSet,
};

const FIXTURE: &str = concat!(
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

/// The bodies of an experiment of a project in a folder.
fn bodies(root: &Path, experiment: &toml::Table) -> Vec<String> {
    let listed = |key: &str| -> Vec<String> {
        let list = experiment[key].as_array().unwrap().iter();
        list.map(|v| v.as_str().unwrap().to_owned()).collect()
    };
    let params = experiment.get("params").map(|p| json!(p));
    let params: Map<String, Value> =
        params.map_or_else(Map::new, |p| p.as_object().unwrap().clone());
    let set = TemplateSet::load(root, &listed("templates")).unwrap();
    assert!(set.problems().is_empty(), "{:?}", set.problems());
    let variants = set.variants(&[], &BTreeMap::new(), &DesignSpec::Full, None);
    let variants = variants.unwrap().list().unwrap();
    let dataset = root.join(experiment["dataset"].as_str().unwrap());
    let mut all = Vec::new();
    for line in fs::read_to_string(dataset).unwrap().lines() {
        let row = Arc::new(Row {
            index: 0,
            id: "r0".into(),
            fields: serde_json::from_str(line).unwrap(),
            expected: None,
            cluster: None,
        });
        for variant in &variants {
            let prompt = set.render(variant, &row, &[]).unwrap();
            let messages = prompt.messages.iter();
            let messages: Vec<Value> = messages
                .map(|m| json!({"role": m.role.as_str(), "content": m.content}))
                .collect();
            for model in listed("models") {
                let mut body = params.clone();
                let name = model.split_once('/').unwrap().1;
                body.insert("model".into(), name.into());
                body.insert("messages".into(), messages.clone().into());
                all.push(sorted(&body.into()));
            }
        }
    }
    all
}

#[test]
fn projects_send_what_promptfoo_sent() {
    let config = Path::new(FIXTURE).join("promptfooconfig.yaml");
    let made = promptfoo(&config, false).unwrap();
    let dropped = made.notes.iter().filter(|n| n.weight == Weight::Dropped);
    let dropped: Vec<String> = dropped.map(ToString::to_string).collect();
    assert_eq!(dropped, [""; 0]);
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in &made.files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let project = fs::read_to_string(dir.path().join("wording.toml")).unwrap();
    let project: toml::Table = project.parse().unwrap();
    let experiments = project["experiment"].as_table().unwrap().values();
    let mut ours: Vec<String> = experiments
        .flat_map(|experiment| bodies(dir.path(), experiment.as_table().unwrap()))
        .collect();
    let recorded = fs::read_to_string(Path::new(FIXTURE).join("bodies.jsonl")).unwrap();
    let mut theirs: Vec<String> = recorded
        .lines()
        .map(|line| sorted(&serde_json::from_str(line).unwrap()))
        .collect();
    ours.sort_unstable();
    theirs.sort_unstable();
    assert_eq!(ours, theirs);
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
