//! Metrics as they are written in the project file.

use super::{
    MetricKind, MetricSpec,
    reader::{Section, json},
};
use crate::model::ModelRef;
use std::time::Duration;

const KINDS: [&str; 15] = [
    "label",
    "exact",
    "normalized",
    "contains",
    "regex",
    "number",
    "json",
    "f1",
    "rouge_l",
    "similarity",
    "judge",
    "command",
    "length",
    "latency",
    "cost",
];

/// Read one `[[experiment.x.metric]]`.
pub fn read_metric(section: &Section<'_, '_>) -> Option<MetricSpec> {
    let kind_item = section.require("kind")?;
    let word = section.as_text("kind", kind_item)?;
    let kind = match word.as_str() {
        "label" => {
            let labels: Vec<String> = section
                .texts("labels")
                .unwrap_or_default()
                .into_iter()
                .map(|l| l.0)
                .collect();
            if labels.is_empty() {
                section.reader.problem(
                    section.span.clone(),
                    "the metric `label` needs `labels`",
                    Some("for example labels = [\"positive\", \"negative\"]".into()),
                );
            }
            MetricKind::Label { labels }
        }
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
            tolerance: section.number("tolerance").unwrap_or(0.0),
        },
        "json" => MetricKind::Json {
            schema: section.get("schema").map(|item| json(item.get_ref())),
            fields: section
                .texts("fields")
                .unwrap_or_default()
                .into_iter()
                .map(|f| f.0)
                .collect(),
        },
        "f1" => MetricKind::F1,
        "rouge_l" => MetricKind::RougeL,
        "similarity" => MetricKind::Similarity {
            model: model(section)?,
        },
        "judge" => MetricKind::Judge {
            model: model(section)?,
            rubric: section
                .as_text("rubric", section.require("rubric")?)?
                .into(),
            scale: section.whole("scale", 2).unwrap_or(5) as u32,
            pairwise: section.flag("pairwise").unwrap_or(false),
        },
        "command" => MetricKind::Command {
            command: section
                .texts("command")
                .unwrap_or_default()
                .into_iter()
                .map(|c| c.0)
                .collect(),
            timeout: section.time("timeout").unwrap_or(Duration::from_secs(30)),
        },
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
    let spec = MetricSpec {
        name: section.text("name").unwrap_or(word),
        kind,
        weight: section.number("weight").unwrap_or(1.0),
        threshold: section.number("threshold"),
    };
    section.finish();
    Some(spec)
}

fn model(section: &Section<'_, '_>) -> Option<ModelRef> {
    let item = section.require("model")?;
    let text = section.as_text("model", item)?;
    text.parse()
        .map_err(|e: crate::model::ParseModelRefError| {
            section.reader.problem(item.span(), e.to_string(), None)
        })
        .ok()
}
