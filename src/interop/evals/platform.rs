//! An eval of the platform: its items become rows, its runs prompts, models and recorded outputs, its testing criteria assertions.

use super::{
    criteria::add_criterion,
    items::{Rows, belongs, run_name},
    messages::{ROLES, prompt},
    records::{Record, Records},
    reference::{row_value, unread, untyped, value},
};
use crate::{
    display::count,
    interop::{
        Endpoint, Endpoints, ImportedModel, Notes,
        imported_experiment::Experiment,
        imported_project::has_null,
        slug,
        template_text::{messages_of, template_file, verbatim},
        unique_names::UniqueNames,
    },
};
use serde_json::{Map, Value, json};

pub(super) fn experiment(
    eval: &Record,
    records: &Records,
    endpoints: &mut Endpoints,
    notes: &mut Notes,
) -> Experiment {
    let of_eval = |run: &&Record| belongs(run, eval, records);
    let runs: Vec<&Record> = records.runs.iter().filter(of_eval).collect();
    let rows = Rows::of_eval(eval, &runs, records, notes);
    let mut made = Experiment {
        name: match eval.text("name") {
            "" => eval.text("id").to_owned(),
            name => name.to_owned(),
        },
        outputs: rows.outputs(),
        rows: rows.all,
        ..Experiment::default()
    };
    for run in &runs {
        add_run(run, &mut made, endpoints, notes);
        note_untyped(
            &run.value["data_source"]["input_messages"]["template"],
            run,
            &made,
            notes,
        );
    }
    note_untyped(&eval.value["testing_criteria"], eval, &made, notes);
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
            .map(|(name, _)| format!("{}: {{{{ row[{}] }}}}\n", verbatim(name), json!(name)))
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
    let criteria = eval.value["testing_criteria"].as_array();
    let mut names = UniqueNames::default();
    for criterion in criteria.into_iter().flatten() {
        add_criterion(criterion, &eval.at, &mut names, &mut made, notes);
    }
    if made.criteria.is_empty() {
        notes.dropped(
            &eval.at,
            "the metric",
            "there is no criterion that could be taken over, so `pass` is 1 for every row: write a metric of your own",
        );
    }
    made
}

/// Note what texts refer to where the platform does not say how it reads the name or writes the value.
fn note_untyped(texts: &Value, record: &Record, made: &Experiment, notes: &mut Notes) {
    for braces in unread(&texts.to_string()) {
        notes.dropped(
            &record.at,
            format!("`{braces}`"),
            "references are names with points between them; how the platform reads this is not documented, and it stays as it is here",
        );
    }
    for name in untyped(&texts.to_string(), &made.rows) {
        notes.dropped(
            &record.at,
            format!("`{{{{ {name} }}}}`"),
            "it is not a text in some items, or a number that is written in several ways, and how the platform writes such a value is not documented: here prompts have it as Python writes it, criteria as JSON",
        );
    }
}

/// Note where the messages that stand in items have more than a role and a text.
fn note_other_messages(name: &str, run: &Record, rows: &[Map<String, Value>], notes: &mut Notes) {
    let is_plain = |message: &Value| {
        let is_known = |key: &String| ["role", "content", "type"].contains(&key.as_str());
        message["content"].is_string()
            && ROLES.iter().any(|role| message["role"] == *role)
            && message
                .as_object()
                .is_some_and(|keys| keys.keys().all(is_known))
    };
    let is_other = |row: &&Map<String, Value>| {
        let list = value(name, row).and_then(Value::as_array);
        !list.is_some_and(|list| list.iter().all(is_plain))
    };
    let others = rows.iter().filter(is_other).count();
    if others > 0 {
        notes.dropped(
            &run.at,
            format!("`{name}` of {}", count(others, "item")),
            "it has more than roles and texts of messages, and only these are sent",
        );
    }
}

/// The prompt, the model and the parameters of a run.
fn add_run(run: &Record, made: &mut Experiment, endpoints: &mut Endpoints, notes: &mut Notes) {
    let source = &run.value["data_source"];
    let messages = &source["input_messages"];
    let text = match messages["type"].as_str() {
        Some("template") => Some(prompt(&messages["template"], &run.at, notes)),
        Some("item_reference") => {
            let name = messages["item_reference"].as_str().unwrap_or_default();
            note_other_messages(name, run, &made.rows, notes);
            row_value(name).map(|list| messages_of(&list))
        }
        _ if source["source"]["type"] == "stored_completions" => {
            notes.dropped(
                &run.at,
                format!("the prompts of the run `{}`", run_name(run)),
                "they are in stored completions: save these, and `wording import traces` reads them",
            );
            None
        }
        _ => None,
    };
    if let Some(text) = text.map(|text| template_file(&text))
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
    // The API lists what was not set as null, and no tools as an empty list.
    params
        .retain(|_, value| !value.is_null() && value.as_array().is_none_or(|all| !all.is_empty()));
    let with_null: Vec<String> = (params.iter())
        .filter(|(_, value)| has_null(value))
        .map(|(name, _)| name.clone())
        .collect();
    for name in with_null {
        let why = "a `null` in it was sent, and cannot be written in wording.toml";
        notes.dropped(&run.at, format!("the parameter `{name}`"), why);
        params.shift_remove(&name);
    }
    // The API of evals has a spelling of its own.
    if let Some(most) = params.shift_remove("max_completions_tokens") {
        params.entry("max_completion_tokens").or_insert(most);
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
        notes.dropped(
            &run.at,
            "the Responses API",
            "the prompt is sent to Chat Completions, which has other parameters: look through `params`",
        );
    }
}
