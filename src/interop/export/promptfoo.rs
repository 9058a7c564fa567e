//! A promptfoo configuration: each prompt is a variable that holds the messages as JSON, tests are lines, and metrics are
//! assertions that call `wording score`. Assertions that rows bring along are written as they are.

use super::{
    ExportedExperiment, ExportedFiles, ExportedMetric, ExportedModel, ExportedVariant,
    exportable::{Sendable, base_url, called_by_chat, exportable_variants, messages, offers_tools},
    scored::{note_made_of_others, record, scored, scored_rows, settings},
};
use crate::{
    endpoint::replace_variables,
    interop::{Notes, promptfoo::is_reasoning},
    model::{Params, Row},
    project::MetricKind,
    score::{OWN_KINDS, assertion_items, row_threshold},
};
use serde_json::{Map, Value, json};

/// The experiment as a configuration of promptfoo.
pub fn to_promptfoo(exported: &ExportedExperiment) -> ExportedFiles {
    let mut notes = Notes::default();
    let sendable = Sendable {
        tools: true,
        developer: true,
    };
    let variants = exportable_variants(exported, sendable, &mut notes);
    let models = called_by_chat(exported, &mut notes);
    let (listed, others): (Vec<_>, Vec<_>) = (exported.metrics.iter())
        .partition(|metric| matches!(metric.spec.kind, MetricKind::Assertions { .. }));
    let columns = columns(&listed);
    if let [_, another, ..] = columns.as_slice() {
        let why = "a test has one list of assertions: that of the first column is exported";
        notes.dropped(&exported.at, format!("the assertions in `{another}`"), why);
    }
    if let Some(metric) = listed.iter().find(|metric| !metric.scores_thoughts()) {
        let what = format!("the metric `{}`", metric.spec.name);
        let why = "promptfoo scores text between `<think>` tags as part of the answer; with `thoughts = true` it is so here too";
        notes.dropped(&metric.at, what, why);
    }
    for metric in &listed {
        let what = format!("the metric `{}`", metric.spec.name);
        if metric.spec.weight != 1.0 {
            let why = "its `weight` is not exported: each assertion has its own";
            notes.dropped(&metric.at, what.clone(), why);
        }
        if metric.spec.threshold.is_some() {
            let why = "its `threshold` is not exported: a test passes by its own, or where all assertions pass";
            notes.dropped(&metric.at, what, why);
        }
    }
    note_made_of_others(exported, true, &mut notes);
    let computed = scored(exported, others, &mut notes);
    if exported.metrics.len() > 1 && !computed.is_empty() {
        let why = "promptfoo's score of a test is their mean by weight; under its name each has its own score";
        notes.changed(&exported.at, "several metrics", why);
    }
    let mut lines = String::new();
    let rows = scored_rows(exported, &computed, &mut notes);
    for &(r, row) in &rows {
        let test = test(
            exported,
            &variants,
            &computed,
            columns.first(),
            r,
            row,
            &mut notes,
        );
        lines += &format!("{test}\n");
    }
    let as_promptfoo = |metric: &ExportedMetric| {
        matches!(
            metric.spec.kind,
            MetricKind::Assertions {
                promptfoo: Some(_),
                ..
            }
        )
    };
    if let Some(metric) = exported.metrics.iter().find(|metric| !as_promptfoo(metric))
        && let Some(variant) = variants.iter().find(|variant| offers_tools(variant))
    {
        let what = format!("answers to `{}` that call tools", variant.name);
        let why = format!(
            "promptfoo shows calls as JSON, so that the metric `{}` may score them differently",
            metric.spec.name
        );
        notes.dropped(&variant.at, what, why);
    }
    let config = config(exported, &variants, &models, &mut notes);
    let mut files = vec![
        ("promptfooconfig.json".into(), pretty(&config)),
        ("tests.jsonl".into(), lines),
    ];
    if !computed.is_empty() {
        let settings = settings(exported, &computed);
        files.push(("experiment.json".into(), pretty(&settings)));
        let script = include_str!("wording-score.mjs").to_owned();
        files.push(("wording-score.mjs".into(), script));
    }
    ExportedFiles {
        files,
        variants: variants.len(),
        rows: rows.len(),
        notes: notes.finish(),
        next: "promptfoo eval -c promptfooconfig.json --no-cache".into(),
    }
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

/// The columns that metrics read assertions from, each once.
fn columns(metrics: &[&ExportedMetric]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for metric in metrics {
        if let MetricKind::Assertions { column, .. } = &metric.spec.kind
            && !all.contains(column)
        {
            all.push(column.clone());
        }
    }
    all
}

fn config(
    exported: &ExportedExperiment,
    variants: &[&ExportedVariant],
    models: &[&ExportedModel],
    notes: &mut Notes,
) -> Value {
    let prompts = variants.iter().enumerate();
    let prompts: Vec<Value> = prompts
        .map(|(v, variant)| json!({"label": variant.name, "raw": format!("{{{{ {} }}}}", name(v))}))
        .collect();
    // Wordings with the same parameters and tools share a provider.
    let mut groups: Vec<(&Params, Vec<&ExportedVariant>)> = Vec::new();
    for variant in variants {
        match groups
            .iter_mut()
            .find(|(known, _)| **known == variant.params)
        {
            Some((_, members)) => members.push(variant),
            None => groups.push((&variant.params, vec![variant])),
        }
    }
    let mut providers = Vec::new();
    for model in models {
        for (g, (params, members)) in groups.iter().enumerate() {
            check_params(model, params, members, notes);
            let mut provider = provider(model, params);
            if groups.len() > 1 {
                let labels: Vec<&str> = members.iter().map(|v| v.name.as_str()).collect();
                provider["prompts"] = json!(labels);
                // promptfoo tells providers apart by their labels.
                provider["label"] = json!(format!("{} ({})", model.reference(), g + 1));
            }
            providers.push(provider);
        }
    }
    let mut config = json!({
        "description": exported.name, "prompts": prompts, "providers": providers, "tests": "file://tests.jsonl",
    });
    if exported.samples > 1 {
        config["evaluateOptions"] = json!({"repeat": exported.samples});
    }
    config
}

/// The variable with the messages of a variant.
fn name(variant: usize) -> String {
    format!("prompt_{}", variant + 1)
}

/// The provider that sends these parameters and no others.
fn provider(model: &ExportedModel, params: &Params) -> Value {
    let mut config = json!({
        "apiBaseUrl": base_url(model), "omitDefaults": true, "showThinking": false, "passthrough": params,
    });
    match &model.endpoint.api_key_env {
        Some(variable) => config["apiKeyEnvar"] = json!(variable),
        // A provider without a key is refused, and a local server ignores it.
        None => config["apiKey"] = json!("none"),
    }
    if !model.endpoint.headers.is_empty() {
        let headers = model.endpoint.headers.iter();
        let headers: Map<String, Value> = headers
            .map(|(name, value)| (name.clone(), with_env(value).into()))
            .collect();
        config["headers"] = headers.into();
    }
    json!({"id": format!("openai:chat:{}", model.name), "label": model.reference(), "config": config})
}

/// `${NAME}` as promptfoo writes it.
fn with_env(value: &str) -> String {
    replace_variables(value, |name| format!("{{{{ env.{name} }}}}"))
}

/// Note parameters that promptfoo changes before it sends them.
fn check_params(
    model: &ExportedModel,
    params: &Params,
    members: &[&ExportedVariant],
    notes: &mut Notes,
) {
    let Some(at) = members.first().map(|variant| &variant.at) else {
        return;
    };
    if params.contains_key("max_tokens") && is_reasoning(&model.name) {
        let what = format!("`max_tokens` for `{}`", model.reference());
        let why = "promptfoo sends none to reasoning models: write `max_completion_tokens`";
        notes.dropped(at, what, why);
    }
    for (name, value) in params {
        if is_filled_in(value) {
            let why = "promptfoo fills in tags and references before it sends them";
            notes.dropped(at, format!("the parameter `{name}`"), why);
        }
    }
}

/// Whether a value has a text or a key that promptfoo would replace.
fn is_filled_in(value: &Value) -> bool {
    match value {
        Value::String(text) => has_tags(text) || text.starts_with("file://"),
        Value::Array(items) => items.iter().any(is_filled_in),
        Value::Object(map) => map
            .iter()
            .any(|(key, value)| key == "$ref" || is_filled_in(value)),
        _ => false,
    }
}

fn has_tags(text: &str) -> bool {
    ["{{", "{%", "{#", "#}"]
        .iter()
        .any(|tag| text.contains(tag))
}

fn test(
    exported: &ExportedExperiment,
    variants: &[&ExportedVariant],
    computed: &[&ExportedMetric],
    column: Option<&String>,
    r: usize,
    row: &Row,
    notes: &mut Notes,
) -> Value {
    let vars = variants.iter().enumerate();
    let vars: Map<String, Value> = vars
        .map(|(v, variant)| {
            (
                name(v),
                literal(&messages(&variant.prompts[r]).to_string()).into(),
            )
        })
        .collect();
    let mut test = json!({"description": row.id, "vars": vars});
    let at = &exported.place_of(row);
    let mut asserts: Vec<Value> = Vec::new();
    if let Some(column) = column {
        // A cell that is no list of assertions has none.
        let listed = assertion_items(row.fields.get(column)).unwrap_or_default();
        for assertion in listed.iter() {
            let what = || {
                let kind = assertion["type"].as_str().unwrap_or_default();
                format!("row {}: the assertion `{kind}`", row.id)
            };
            match exportable_assertion(assertion) {
                Ok(written) => asserts.push(written),
                Err(why) => notes.dropped(at, what(), why),
            }
            if needs_model(assertion) {
                let why = "it needs a model: name it in `defaultTest.options.provider`";
                notes.dropped(at, what(), why);
            }
        }
        if let Some(threshold) = row_threshold(row) {
            test["threshold"] = json!(threshold);
        }
    }
    for metric in computed {
        let mut assertion = json!({
            "type": "javascript", "value": "file://wording-score.mjs", "metric": metric.spec.name,
            "config": {"metric": metric.spec.name, "row": literal(&record(exported, row).to_string())},
        });
        if metric.spec.weight != 1.0 {
            assertion["weight"] = json!(metric.spec.weight);
        }
        asserts.push(assertion);
    }
    test["assert"] = asserts.into();
    test
}

fn needs_model(assertion: &Value) -> bool {
    let kind = assertion["type"].as_str().unwrap_or_default();
    let kind = kind.trim_start_matches("not-");
    kind.starts_with("similar")
        || kind == "llm-rubric"
        || assertion_items(assertion.get("assert")).is_ok_and(|inner| inner.iter().any(needs_model))
}

/// An assertion whose texts promptfoo leaves as they are; an error where it would not.
fn exportable_assertion(assertion: &Value) -> Result<Value, &'static str> {
    let kind = assertion["type"].as_str().unwrap_or_default();
    if OWN_KINDS.contains(&kind.trim_start_matches("not-")) {
        return Err("promptfoo has no such assertion");
    }
    let mut written = assertion.clone();
    if let Some(value) = written.get_mut("value") {
        match value {
            Value::String(text) => *text = raw(text)?,
            Value::Array(items) => {
                for item in items {
                    if let Value::String(text) = item {
                        *text = raw(text)?;
                    }
                }
            }
            other if is_filled_in(other) => {
                return Err("promptfoo fills in the tags and references of its value");
            }
            _ => {}
        }
    }
    if let Some(Value::Array(inner)) = written.get_mut("assert") {
        for part in inner {
            *part = exportable_assertion(part)?;
        }
    }
    Ok(written)
}

/// A text in which promptfoo fills in nothing.
fn raw(text: &str) -> Result<String, &'static str> {
    if ["file://", "package:"]
        .iter()
        .any(|start| text.starts_with(start))
    {
        return Err("promptfoo reads a file in place of its value");
    }
    match (has_tags(text), text.contains("endraw")) {
        (false, _) => Ok(text.to_owned()),
        (true, false) => Ok(format!("{{% raw %}}{text}{{% endraw %}}")),
        (true, true) => Err("promptfoo fills in the tags of its value"),
    }
}

/// JSON in which no text holds a tag: promptfoo fills in values of variables too.
fn literal(json: &str) -> String {
    let (mut out, mut chars) = (String::with_capacity(json.len()), json.chars().peekable());
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            // Neither stands outside of texts, where `{` is before `"`.
            ('{', Some('{' | '%' | '#')) => out += "\\u007b",
            // The end of a comment that has no beginning is an error.
            ('#', Some('}')) => out += "\\u0023",
            (c, _) => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_variable_is_one_of_promptfoo() {
        for (ours, theirs) in [
            ("Bearer ${KEY}", "Bearer {{ env.KEY }}"),
            (
                "{\"a\": {}} ${A}}${B}",
                "{\"a\": {}} {{ env.A }}}{{ env.B }}",
            ),
            ("a ${b", "a ${b"),
        ] {
            assert_eq!(with_env(ours), theirs);
        }
    }

    #[test]
    fn texts_hold_no_tags() {
        let text = r#"[{"role":"user","content":"{{a}} {%x%} {#y#} {\"b\":{\"c\":1}}"}]"#;
        let written = literal(text);
        assert!(!has_tags(&written), "{written}");
        let value: Value = serde_json::from_str(&written).unwrap();
        assert_eq!(value, serde_json::from_str::<Value>(text).unwrap());
        assert_eq!(raw("a {{ b }}").unwrap(), "{% raw %}a {{ b }}{% endraw %}");
        assert!(raw("{% endraw %}").is_err() && raw("file://x").is_err());
    }
}
