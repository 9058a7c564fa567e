//! The variants of a run with their figures, as JSON.

use super::{
    RunReport,
    json_parts::{difference, put, put_changes},
    run::MARGIN,
};
use crate::{
    analysis::{Interval, Verdict},
    narrate::{labels::verdict_name, verdict::comparison},
};
use serde_json::{Map, Value, json};

/// Every variant with each model.
pub(super) fn variants(report: &RunReport) -> Vec<Value> {
    let mut all = Vec::new();
    let names = report.sentence_names();
    let baseline = names.get(report.info.baseline).copied().unwrap_or("");
    for part in &report.models {
        let findings = report.info.variants.iter().zip(&part.analysis.variants);
        for (v_index, (variant, f)) in findings.enumerate() {
            let axes: Map<String, Value> = variant
                .levels
                .iter()
                .map(|(axis, level)| (axis.clone(), json!(level.name)))
                .collect();
            let mut v = json!({
                "name": variant.name, "shown_name": names[v_index], "model": part.model, "axes": axes, "n": f.n, "samples": report.info.samples,
                "threshold": part.grid.threshold(), "cells": f.cells, "p_best": f.p_best, "unreadable": f.unreadable, "refused": f.refused, "truncated": f.truncation.truncated, "without_answer": f.without_answer(),
                "failed": f.failed, "unscored": f.unscored, "consensus": f.consensus, "verdict": verdict_name(&f.verdict),
                "prompt_tokens": f.prompt_tokens, "completion_tokens": f.completion_tokens,
            });
            let Some(map) = v.as_object_mut() else {
                continue;
            };
            if let Some(Interval { value, low, high }) = f.score {
                map.insert("score".into(), json!(value));
                map.insert("low".into(), json!(low));
                map.insert("high".into(), json!(high));
            }
            put(map, "unweighted", f.unweighted);
            if let Some(d) = &f.difference {
                map.insert("diff".into(), difference(d));
                put_changes(map, &d.changes);
            }
            if !f.failures.is_empty() {
                let kinds = f
                    .failures
                    .iter()
                    .map(|(kind, n)| (kind.as_str().to_owned(), json!(n)));
                map.insert("failures".into(), Value::Object(kinds.collect()));
            }
            if let Some(words) = part.partial_label(v_index) {
                map.insert("partial".into(), json!(words));
            }
            put(
                map,
                "verdict_text",
                comparison(f, names[v_index], baseline, MARGIN),
            );
            if let Verdict::Undecided { more_rows } = f.verdict {
                put(map, "more_rows", more_rows);
            }
            let means = report.info.metrics.iter().enumerate();
            let metrics: Map<String, Value> = means
                .filter_map(|(m, name)| {
                    Some((name.clone(), json!(part.grid.metric_mean(m, v_index)?)))
                })
                .collect();
            map.insert("metrics".into(), Value::Object(metrics));
            put(map, "cost_per_1000", part.cost_per_1000(v_index));
            if let (Some(p50), Some(p95)) = (f.latency_p50_ms, f.latency_p95_ms) {
                map.insert("latency_ms".into(), json!({"p50": p50, "p95": p95}));
            }
            all.push(v);
        }
    }
    all
}
