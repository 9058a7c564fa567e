//! Metrics as they are written in the project file.

use super::{
    AssertionPart, Budget, MetricKind, MetricSpec,
    command::{read_variables, read_words},
    evals_choices::evals_choices,
    label_metric::{labels, probability},
    promptfoo_output::promptfoo_output,
    reader::{Section, json},
    tool_call_metric::tool_calls,
};
use crate::{
    model::{ModelRef, Params},
    read::{NumberFormat, PercentValue, json_validator},
    source::read_text,
};
use serde_json::Value;
use std::{path::PathBuf, time::Duration};

const KINDS: [&str; 18] = [
    "label",
    "probability",
    "exact",
    "normalized",
    "contains",
    "regex",
    "number",
    "json",
    "tool_calls",
    "f1",
    "rouge_l",
    "similarity",
    "judge",
    "command",
    "assertions",
    "length",
    "latency",
    "cost",
];

/// Read one `[[experiment.x.metric]]`; `model` reads a key that names a model.
pub(super) fn read_metric(
    section: &Section<'_, '_>,
    model: impl Fn(&Section<'_, '_>, &'static str) -> Option<ModelRef>,
) -> Option<MetricSpec> {
    let kind_item = section.require("kind")?;
    let word = section.as_text("kind", kind_item)?;
    let kind = match word.as_str() {
        "label" => MetricKind::Label {
            labels: labels(section),
        },
        "probability" => probability(section),
        "exact" => MetricKind::Exact,
        "normalized" => MetricKind::Normalized,
        "contains" => MetricKind::Contains {
            text: section.text("text"),
        },
        "regex" => {
            let item = section.require("pattern")?;
            let pattern = section.as_text("pattern", item)?;
            if let Err(error) = regex::Regex::new(&pattern) {
                section.reader.problem(
                    item.span(),
                    format!("`pattern` is not a regular expression: {error}"),
                    None,
                );
            }
            MetricKind::Regex { pattern }
        }
        "number" => MetricKind::Number {
            tolerance: tolerance(section),
            format: number_format(section),
        },
        "json" => MetricKind::Json {
            schema_file: schema_file(section),
            schema: schema(section),
            fields: section
                .texts("fields")
                .unwrap_or_default()
                .into_iter()
                .map(|f| f.0)
                .collect(),
        },
        "tool_calls" => MetricKind::ToolCalls(tool_calls(section)),
        "f1" => MetricKind::F1,
        "rouge_l" => MetricKind::RougeL,
        "similarity" => MetricKind::Similarity {
            model: model(section, "model")?,
        },
        "judge" => MetricKind::Judge {
            model: model(section, "model")?,
            rubric: section
                .as_text("rubric", section.require("rubric")?)?
                .into(),
            scale: section.whole("scale", 2).unwrap_or(5).min(1_000) as u32,
            pairwise: section.flag("pairwise").unwrap_or(false),
            repeats: section.whole("repeats", 1).unwrap_or(1).min(100) as u32,
            budget: section
                .inner("budget")
                .map_or(Budget::default(), |b| read_budget(&b)),
            params: params(section),
            evals: evals_choices(section),
        },
        "command" => MetricKind::Command {
            command: read_words(section, "command")?,
            env: read_variables(section),
            timeout: section.time("timeout").unwrap_or(Duration::from_secs(30)),
        },
        "assertions" => assertions(section, &model)?,
        "length" => MetricKind::Length {
            min: section.whole("min", 0).map(|n| n as usize),
            max: section.whole("max", 0).map(|n| n as usize),
        },
        "latency" => MetricKind::Latency {
            max_ms: section.number("max_ms").unwrap_or(f64::INFINITY),
        },
        "cost" => MetricKind::Cost {
            max_usd: section.number("max_usd").unwrap_or(f64::INFINITY),
        },
        other => {
            let help = crate::source::nearest(other, KINDS).map_or_else(
                || format!("one of {}", KINDS.join(", ")),
                |k| format!("did you mean `{k}`?"),
            );
            section.reader.problem(
                kind_item.span(),
                format!("no metric of kind `{other}`"),
                Some(help),
            );
            return None;
        }
    };
    let reply = section.get("reply").and_then(|item| {
        let name = section.as_text("reply", item)?;
        let Some(reason) = kind.refuses_replies() else {
            return Some(name);
        };
        let message = format!("a metric of the kind `{word}` cannot have `reply`: {reason}");
        section.reader.problem(item.span(), message, None);
        None
    });
    let spec = MetricSpec {
        name: section.text("name").unwrap_or(word),
        kind,
        reply,
        weight: section.number("weight").unwrap_or(1.0),
        threshold: section.number("threshold"),
    };
    section.finish();
    Some(spec)
}

fn tolerance(section: &Section<'_, '_>) -> f64 {
    let tolerance = section.number("tolerance").unwrap_or(0.0);
    if tolerance >= 0.0 {
        return tolerance;
    }
    let span = section
        .get("tolerance")
        .map_or(section.span.clone(), |item| item.span());
    section
        .reader
        .problem(span, "`tolerance` must not be negative", None);
    0.0
}

/// How numbers are written.
fn number_format(section: &Section<'_, '_>) -> NumberFormat {
    let choice = |key, words: [&str; 2]| {
        let item = section.get(key)?;
        let word = section.as_text(key, item)?;
        if !words.contains(&word.as_str()) {
            let message = format!("`{key}` is {word:?}");
            let help = format!("write {:?} or {:?}", words[0], words[1]);
            section.reader.problem(item.span(), message, Some(help));
        }
        Some(word == words[1])
    };
    let is_ratio = choice("percent", ["keep", "ratio"]).unwrap_or(false);
    NumberFormat {
        decimal_comma: choice("decimal", [".", ","]).unwrap_or(false),
        percent: if is_ratio {
            PercentValue::Ratio
        } else {
            PercentValue::Keep
        },
        unit: section
            .texts("unit")
            .unwrap_or_default()
            .into_iter()
            .map(|unit| unit.0)
            .collect(),
    }
}

/// Assertions of the rows.
fn assertions(
    section: &Section<'_, '_>,
    model: impl Fn(&Section<'_, '_>, &'static str) -> Option<ModelRef>,
) -> Option<MetricKind> {
    let optional = |key| match section.get(key) {
        Some(_) => model(section, key).map(Some),
        None => Some(None),
    };
    let part = match (section.text("part").as_deref(), section.text("only")) {
        (None | Some("score"), None) => AssertionPart::Score,
        (Some("pass"), None) => AssertionPart::Pass,
        (None | Some("score"), Some(name)) => AssertionPart::Named(name),
        _ => {
            let span = section
                .get("part")
                .map_or(section.span.clone(), |i| i.span());
            section.reader.problem(
                span,
                "`part` is score or pass, and pass is of all assertions",
                Some("leave out `only`, or write part = \"score\"".into()),
            );
            return None;
        }
    };
    let judge = optional("judge")?;
    let rubric = section.text("rubric").map(Into::into);
    if judge.is_some() != rubric.is_some() {
        section.reader.problem(
            section.span.clone(),
            "a judge of assertions needs `judge`, the model, and `rubric`, the template of the question",
            Some("for example judge = \"openai/gpt-4.1-mini\" and rubric = \"rubric.j2\"".into()),
        );
    }
    Some(MetricKind::Assertions {
        column: section.text("column").unwrap_or_else(|| "__assert".into()),
        part,
        judge,
        rubric,
        params: params(section),
        budget: section
            .inner("budget")
            .map_or(Budget::default(), |b| read_budget(&b)),
        embeddings: optional("embeddings")?,
        promptfoo: promptfoo_output(section),
        thoughts: section.flag("thoughts").unwrap_or(false),
    })
}

fn params(section: &Section<'_, '_>) -> Params {
    let table = section.get("params");
    table
        .and_then(|item| json(item.get_ref()).as_object().cloned())
        .unwrap_or_default()
}

pub(super) fn read_budget(section: &Section<'_, '_>) -> Budget {
    let budget = Budget {
        calls: section.whole("calls", 0),
        usd: section.number("usd"),
        time: section.time("time"),
    };
    section.finish();
    budget
}

/// The path of a schema that is in a file.
fn schema_file(section: &Section<'_, '_>) -> Option<PathBuf> {
    match json(section.get("schema")?.get_ref()) {
        Value::String(path) => Some(path.into()),
        _ => None,
    }
}

/// A JSON Schema: a table, or the path of a file beside the project file.
fn schema(section: &Section<'_, '_>) -> Option<Value> {
    let item = section.get("schema")?;
    let read = match json(item.get_ref()) {
        Value::String(path) => read_text(&section.reader.beside(&path))
            .map_err(|error| format!("cannot read the schema `{path}`: {error}"))
            .and_then(|text| {
                serde_json::from_str(&text)
                    .map_err(|error| format!("the schema `{path}` is not JSON: {error}"))
            }),
        table => Ok(table),
    };
    let checked = read.and_then(|value| match json_validator(&value) {
        Ok(_) => Ok(value),
        Err(error) => Err(format!("`schema` is not a JSON Schema: {error}")),
    });
    match checked {
        Ok(value) => Some(value),
        Err(message) => {
            let help = "a table, or the path of a .json file from the project's folder";
            section
                .reader
                .problem(item.span(), message, Some(help.into()));
            None
        }
    }
}
