//! The metrics `label` and `probability` as they are written in the project file.

use super::{MetricKind, ProbabilityScore, reader::Section};
use crate::read::{LabelReader, LabelSpec};
use toml::de::DeValue;

/// Labels: strings, or tables with other ways to write a label. Labels that a reader cannot tell apart are a problem.
pub(super) fn labels(section: &Section<'_, '_>) -> Vec<LabelSpec> {
    let item = section.get("labels");
    let items: Vec<_> = match item.map(|item| (item, item.get_ref())) {
        Some((_, DeValue::Array(items))) => items.iter().collect(),
        Some((item, _)) => vec![item],
        None => Vec::new(),
    };
    let mut labels = Vec::new();
    let mut spans = Vec::new();
    for item in items {
        let label = match item.get_ref() {
            DeValue::Table(_) => section.as_section("labels", "labels", item).map(|table| {
                let also = table.texts("also").unwrap_or_default();
                let name = table
                    .require("name")
                    .and_then(|name| table.as_text("name", name));
                table.finish();
                LabelSpec {
                    name: name.unwrap_or_default(),
                    also: also.into_iter().map(|text| text.0).collect(),
                }
            }),
            _ => section.as_text("labels", item).map(|name| LabelSpec {
                name,
                also: Vec::new(),
            }),
        };
        labels.extend(label);
        spans.push(item.span());
    }
    if labels.is_empty() {
        section.reader.problem(
            section.span.clone(),
            "the metric needs `labels`",
            Some("for example labels = [\"positive\", \"negative\"]".into()),
        );
    } else if labels.len() == spans.len()
        && let Err(error) = LabelReader::new(&labels)
    {
        section.reader.problem(
            spans[error.label()].clone(),
            error.to_string(),
            Some("rename one of them, or write both as one label: { name = \"billing\", also = [\"invoice\"] }".into()),
        );
    }
    labels
}

/// What is scored of the probabilities of labels.
pub(super) fn probability(section: &Section<'_, '_>) -> MetricKind {
    let item = section.get("score");
    let word = item.and_then(|item| section.as_text("score", item));
    let score = match word.as_deref() {
        None | Some("expected") => ProbabilityScore::Expected,
        Some("brier") => ProbabilityScore::Brier,
        Some("log") => ProbabilityScore::Log,
        Some(other) => {
            section.reader.problem(
                item.map_or(section.span.clone(), |item| item.span()),
                format!("`score` is {other:?}"),
                Some("write \"expected\", \"brier\" or \"log\"".into()),
            );
            ProbabilityScore::Expected
        }
    };
    let texts = section.texts("content_free").unwrap_or_default();
    MetricKind::Probability {
        labels: labels(section),
        score,
        content_free: texts.into_iter().map(|text| text.0).collect(),
    }
}
