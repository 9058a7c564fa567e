//! An eval of the platform: its items become rows, its runs prompts, models and recorded outputs, its testing criteria assertions.

use super::{
    experiment::{EXPECTED, Experiment},
    records::{Record, Records},
    reference::{fill, plain, sole, template, value},
};
use crate::interop::{Endpoint, Endpoints, ImportedModel, NotePlace, Notes, slug};
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// The output in texts of graders.
const OUTPUT: &str = "sample.output_text";

pub(super) fn experiment(
    eval: &Record,
    records: &Records,
    endpoints: &mut Endpoints,
    notes: &mut Notes,
) -> Experiment {
    let id = eval.text("id");
    let is_only = records.evals.len() == 1;
    let is_its = |record: &&Record| {
        record.text("eval_id") == id || (is_only && record.value["eval_id"].is_null())
    };
    let runs: Vec<&Record> = records.runs.iter().filter(is_its).collect();
    let mut rows = Rows::default();
    for item in records.output_items.iter().filter(is_its) {
        let run = runs
            .iter()
            .find(|run| run.text("id") == item.text("run_id"));
        let run = run.map_or(item.text("run_id"), |run| run_name(run));
        rows.add(
            &item.value["datasource_item"],
            run,
            output(&item.value["sample"]),
        );
    }
    for run in &runs {
        let content = &run.value["data_source"]["source"]["content"];
        for line in content.as_array().into_iter().flatten() {
            rows.add(
                &line["item"],
                run_name(run),
                line["sample"]["output_text"].as_str(),
            );
        }
        let source = run.value["data_source"]["source"]["type"].as_str();
        let has_items = |item: &Record| item.text("run_id") == run.text("id");
        if source == Some("file_id")
            && records.items.is_empty()
            && !records.output_items.iter().any(has_items)
        {
            let file = run.value["data_source"]["source"]["id"].as_str();
            notes.dropped(
                &run.at,
                format!("the data file `{}`", file.unwrap_or_default()),
                "it is not in the export: download it and put it into the folder",
            );
        }
    }
    if is_only {
        for line in &records.items {
            rows.add(
                &line.value["item"],
                "recorded",
                line.value["sample"]["output_text"].as_str(),
            );
        }
    }
    let mut made = Experiment {
        name: match eval.text("name") {
            "" => id.to_owned(),
            name => name.to_owned(),
        },
        ..Experiment::default()
    };
    for run in &runs {
        prompt(run, &mut made, endpoints, notes);
    }
    let rows = rows.finish();
    (made.rows, made.outputs) = (rows.all, rows.columns);
    if made.rows.is_empty() {
        notes.dropped(
            &eval.at,
            "the data",
            "there are no items in the export: add the data file or the output items of a run",
        );
    }
    if made.prompts.is_empty() && made.outputs.is_empty() {
        let columns = made.rows.first().into_iter().flatten();
        let lines: String = columns
            .map(|(name, _)| format!("{name}: {{{{ row[{}] }}}}\n", json!(name)))
            .collect();
        made.prompts.push(("prompt".into(), lines));
        notes.dropped(
            &eval.at,
            "the prompt",
            "no run in the export has one: the template shows the columns, write your prompt there",
        );
    }
    if !made.prompts.is_empty() && made.models.is_empty() {
        made.models.push("demo/echo".into());
        notes.dropped(
            &eval.at,
            "the model",
            "none is named: demo/echo, which repeats the prompt, is in its place",
        );
    }
    for criterion in eval.value["testing_criteria"]
        .as_array()
        .into_iter()
        .flatten()
    {
        add_criterion(criterion, &eval.at, &mut made, notes);
    }
    made
}

fn run_name(run: &Record) -> &str {
    match run.text("name") {
        "" => run.text("id"),
        name => name,
    }
}

/// What a model wrote, of a sample.
fn output(sample: &Value) -> Option<&str> {
    let last = sample["output"].as_array().and_then(|all| all.last());
    last.and_then(|message| message["content"].as_str())
        .or(sample["output_text"].as_str())
}

/// Items, each once, with the outputs of runs.
#[derive(Default)]
struct Rows {
    all: Vec<Map<String, Value>>,
    numbers: HashMap<String, usize>,
    /// Runs, in the end as names of variants, and the column of each.
    columns: Vec<(String, String)>,
}

impl Rows {
    fn add(&mut self, item: &Value, run: &str, output: Option<&str>) {
        let Value::Object(item) = item else { return };
        let number = *self
            .numbers
            .entry(Value::Object(item.clone()).to_string())
            .or_insert_with(|| {
                self.all.push(item.clone());
                self.all.len() - 1
            });
        let Some(output) = output else { return };
        let column = match self.columns.iter().find(|(name, _)| name == run) {
            Some((_, column)) => column.clone(),
            None => {
                let column = format!("__output_{}", self.columns.len() + 1);
                self.columns.push((run.to_owned(), column.clone()));
                column
            }
        };
        self.all[number].insert(column, output.into());
    }

    /// Rows without an output of a run have an empty one.
    fn finish(mut self) -> Rows {
        for row in &mut self.all {
            for (_, column) in &self.columns {
                row.entry(column).or_insert_with(|| "".into());
            }
        }
        let named = |(run, column): (String, String)| match slug(&run) {
            name if name.is_empty() => (column.clone(), column),
            name => (name, column),
        };
        self.columns = self.columns.into_iter().map(named).collect();
        self
    }
}

/// The prompt, the model and the parameters of a run.
fn prompt(run: &Record, made: &mut Experiment, endpoints: &mut Endpoints, notes: &mut Notes) {
    let source = &run.value["data_source"];
    let messages = &source["input_messages"];
    let text = match messages["type"].as_str() {
        Some("template") => {
            let messages = messages["template"].as_array();
            Some(
                messages
                    .into_iter()
                    .flatten()
                    .map(|m| message(m, &run.at, notes))
                    .collect::<String>(),
            )
        }
        Some("item_reference") => {
            let name = messages["item_reference"].as_str().unwrap_or_default();
            let list = template(&format!("{{{{{name}}}}}")).0;
            let list = list.trim_start_matches("{{ ").trim_end_matches(" }}");
            Some(format!(
                "{{% for message in {list} %}}{{{{ role(message.role, trim=false) }}}}{{{{ message.content }}}}{{% endfor %}}"
            ))
        }
        _ => None,
    };
    if let Some(text) = text.map(|text| format!("+++\nwhitespace = \"keep\"\n+++\n{text}\n"))
        && !made.prompts.iter().any(|(_, known)| *known == text)
    {
        let name = match slug(run_name(run)) {
            name if name.is_empty() || made.prompts.iter().any(|(known, _)| *known == name) => {
                format!("prompt-{}", made.prompts.len() + 1)
            }
            name => name,
        };
        made.prompts.push((name, text));
    }
    let Some(name) = source["model"].as_str() else {
        return;
    };
    let mut params = source["sampling_params"]
        .as_object()
        .cloned()
        .unwrap_or_default();
    params.retain(|_, value| !value.is_null());
    if let Some(tools) = params
        .get("tools")
        .filter(|tools| tools.as_array().is_some_and(Vec::is_empty))
        .cloned()
    {
        params.retain(|_, value| *value != tools);
    }
    let model = endpoints.reference(&ImportedModel {
        endpoint: Some(Endpoint {
            name: "openai".into(),
            base_url: "https://api.openai.com/v1".into(),
            key: Some("OPENAI_API_KEY".into()),
            ..Endpoint::default()
        }),
        name: name.to_owned(),
        ..ImportedModel::default()
    });
    if made.models.is_empty() {
        made.params = params;
    } else if made.params != params {
        notes.dropped(
            &run.at,
            format!("the parameters of the run `{}`", run_name(run)),
            "an experiment has one set of them: those of its first run stand in `params`",
        );
    }
    if !made.models.contains(&model) {
        made.models.push(model);
    }
    if source["type"] == "responses" {
        notes.changed(
            &run.at,
            "the Responses API",
            "the prompt is sent to Chat Completions",
        );
    }
}

/// A message of a template.
fn message(message: &Value, at: &NotePlace, notes: &mut Notes) -> String {
    let role = message["role"].as_str().unwrap_or("user");
    let mut text = String::new();
    let parts = match &message["content"] {
        Value::Array(parts) => parts.iter().collect(),
        part => vec![part],
    };
    for part in parts {
        match part.as_str().or(part["text"].as_str()) {
            Some(part) => text += part,
            None => {
                let kind = part["type"].as_str().unwrap_or("a part without a text");
                notes.dropped(at, format!("`{kind}` in a message"), "only texts are sent");
            }
        }
    }
    let (text, others) = template(&text);
    for name in others {
        notes.dropped(
            at,
            format!("`{{{{ {name} }}}}` in a prompt"),
            "only fields of `item` are there when a prompt is written",
        );
    }
    format!("{{{{ role({}, trim=false) }}}}{text}", json!(role))
}

fn add_criterion(criterion: &Value, at: &NotePlace, made: &mut Experiment, notes: &mut Notes) {
    let name = criterion["name"].as_str().unwrap_or("criterion").to_owned();
    let kind = criterion["type"].as_str().unwrap_or_default();
    let text = |key: &str| criterion[key].as_str().unwrap_or_default();
    let what = format!("the criterion `{name}`");
    let mut leave_out = |why: &str| notes.dropped(at, what.clone(), why);
    let kept = |made: &Experiment, extension: &str| match slug(&name) {
        stem if stem.is_empty() => format!("{}.{extension}", made.graders.len() + 1),
        stem => format!("{stem}.{extension}"),
    };
    match kind {
        "string_check" => {
            let (mut input, mut reference) = (text("input"), text("reference"));
            let operation = text("operation");
            if sole(reference) == Some(OUTPUT) && ["eq", "ne"].contains(&operation) {
                (input, reference) = (reference, input);
            }
            if sole(input) != Some(OUTPUT) {
                return leave_out(
                    "only checks of `{{ sample.output_text }}` as a whole are taken over: write it as a `json` or `command` metric",
                );
            }
            let kind = match operation {
                "eq" => "equals",
                "ne" => "not-equals",
                "like" => "contains",
                "ilike" => "icontains",
                other => return leave_out(&format!("the operation `{other}` is unknown")),
            };
            let mut missing = None;
            for row in &mut made.rows {
                match fill(reference, row) {
                    Ok(value) => {
                        if operation != "ne" && sole(reference).is_some() {
                            row.entry(EXPECTED).or_insert_with(|| value.clone().into());
                        }
                        // Every text contains the empty one.
                        let assertion = match (kind, value.is_empty()) {
                            ("contains" | "icontains", true) => {
                                json!({"type": "regex", "value": "^", "metric": name})
                            }
                            _ => json!({"type": kind, "value": value, "metric": name}),
                        };
                        Experiment::assert(row, assertion);
                    }
                    Err(field) => missing = Some(field),
                }
            }
            if let Some(field) = missing {
                leave_out(&format!("rows without `{field}` are not checked by it"));
            }
            made.criteria.push(name);
        }
        "text_similarity"
            if text("evaluation_metric") == "rouge_1" && sole(text("input")) == Some(OUTPUT) =>
        {
            let threshold = criterion["pass_threshold"].as_f64().unwrap_or(0.75);
            for row in &mut made.rows {
                if let Ok(value) = fill(text("reference"), row).map(Value::from) {
                    row.entry(EXPECTED).or_insert_with(|| value.clone());
                    Experiment::assert(
                        row,
                        json!({"type": "rouge-n", "value": value, "threshold": threshold, "metric": name}),
                    );
                }
            }
            leave_out(
                "`rouge-n`, which counts words in its own way, is in its place: compare scores near the threshold",
            );
            made.criteria.push(name);
        }
        "text_similarity" => {
            let metric = text("evaluation_metric");
            for row in &mut made.rows {
                if let Some(value) = sole(text("reference"))
                    .and_then(|name| value(name, row))
                    .map(plain)
                {
                    row.entry(EXPECTED).or_insert_with(|| value.into());
                }
            }
            leave_out(&format!(
                "`{metric}` is not computed here: add a `similarity`, `f1` or `rouge_l` metric"
            ));
        }
        "label_model" | "score_model" => {
            let messages = criterion["input"].as_array();
            let mut others = Notes::default();
            let question: String = messages
                .into_iter()
                .flatten()
                .map(|m| judge_message(m, at, &mut others))
                .collect();
            let file = kept(made, "j2");
            made.graders.push((
                file.clone(),
                format!("+++\nwhitespace = \"keep\"\n+++\n{question}\n"),
            ));
            let scale = match kind {
                "label_model" => format!(
                    "labels {}, of which {} pass",
                    criterion["labels"], criterion["passing_labels"]
                ),
                _ => format!("range {}", criterion["range"]),
            };
            leave_out(&format!(
                "a question to {} ({scale}), kept in graders/: make it the `rubric` of a `judge` metric, which asks for a grade from 1 to `scale`",
                text("model")
            ));
        }
        "python" => {
            let file = kept(made, "py");
            made.graders.push((file, text("source").to_owned()));
            leave_out(
                "programs of others are not run: it is kept in graders/, to be called by a `command` metric",
            );
        }
        other => leave_out(&format!("criteria of type `{other}` are unknown")),
    }
}

/// A message of a grader, with the output where it shows it.
fn judge_message(m: &Value, at: &NotePlace, notes: &mut Notes) -> String {
    const MARK: &str = "item.__output__";
    let mut m = m.clone();
    let replace = |text: &str| {
        let mut out = text.to_owned();
        for tag in ["{{sample.output_text}}", "{{ sample.output_text }}"] {
            out = out.replace(tag, &format!("{{{{ {MARK} }}}}"));
        }
        out
    };
    if let Some(text) = m["content"].as_str().map(replace) {
        m["content"] = text.into();
    } else if let Some(text) = m["content"]["text"].as_str().map(replace) {
        m["content"]["text"] = text.into();
    }
    message(&m, at, notes).replace("{{ row.__output__ }}", "{{ output }}")
}
