//! The report of a difference for machines, and what gates on it are held against.

use super::{
    ComparedPair, DataQuality, DiffReport, GateFacts, ModelFacts, PairEffect, WriteOptions,
    gate::NOT_COMPARABLE, json_parts::put_changes,
};
use crate::{
    analysis::{Interval, Truncation},
    diff::DiffConclusion,
    model::VariantAliases,
    narrate::{cut_answers, not_comparable},
};
use serde_json::{Map, Value, json};

/// The object; inputs, expected answers and outputs are left out where they are not wanted.
pub fn diff_json(report: &DiffReport, options: &WriteOptions) -> Value {
    let mut value = serde_json::to_value(report).unwrap_or_default();
    if let Some(map) = value.as_object_mut()
        && !options.held.is_empty()
    {
        map.insert("gates".into(), json!(options.held));
    }
    if options.no_outputs {
        strip(&mut value);
    }
    value
}

/// Take out what comes from rows and models.
pub(super) fn strip(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for key in ["input", "expected", "outputs", "words", "answer", "example"] {
                map.remove(key);
            }
            map.values_mut().for_each(strip);
        }
        Value::Array(all) => all.iter_mut().for_each(strip),
        _ => {}
    }
}

/// What gates on a difference are held against.
pub fn diff_facts(report: &DiffReport) -> GateFacts<'_> {
    let (mut variants, mut shown): (Vec<String>, Vec<String>) = Default::default();
    for side in report.pairs.iter().flat_map(|p| [&p.before, &p.after]) {
        if !variants.contains(&side.name) {
            variants.push(side.name.clone());
            shown.push(side.shown_name.clone());
        }
    }
    let place = |name: &String| variants.iter().position(|v| v == name).unwrap_or(0);
    let pairs: Vec<(usize, usize)> = report
        .pairs
        .iter()
        .map(|p| (place(&p.after.name), place(&p.before.name)))
        .collect();
    let mut models: Vec<String> = Vec::new();
    for effect in report.pairs.iter().flat_map(|p| &p.effects) {
        let name = effect.model.to_string();
        if !models.contains(&name) {
            models.push(name);
        }
    }
    let models = models.into_iter().map(|name| {
        let of: Vec<(&ComparedPair, &PairEffect)> = report
            .pairs
            .iter()
            .filter_map(|p| {
                let effect = p.effects.iter().find(|e| e.model.to_string() == name)?;
                Some((p, effect))
            })
            .collect();
        let (figures, cut) = variants
            .iter()
            .map(|v| {
                let found = of.iter().find_map(|(p, e)| {
                    let (score, trials, truncation) = if p.before.name == *v {
                        (e.before, &e.trials_before, &e.truncation[0])
                    } else if p.after.name == *v {
                        (e.after, &e.trials_after, &e.truncation[1])
                    } else {
                        return None;
                    };
                    let cut = (truncation.is_excessive).then(|| not_comparable(truncation));
                    Some((variant(score, trials, truncation), cut))
                });
                found.unwrap_or_default()
            })
            .unzip();
        let differences: Vec<((usize, usize), Value)> = of
            .iter()
            .filter_map(|(p, e)| {
                let of = (place(&p.after.name), place(&p.before.name));
                Some((of, difference(e)?))
            })
            .collect();
        ModelFacts {
            name,
            variants: figures,
            cut,
            findings: Map::new(),
            difference: Box::new(move |after, before| {
                differences
                    .iter()
                    .find(|(of, _)| *of == (after, before))
                    .map(|(_, d)| d.clone())
            }),
            breakdown: None,
        }
    });
    GateFacts {
        models: models.collect(),
        baseline: pairs.first().map_or(0, |p| p.1),
        pairs,
        whole: json!({}),
        counts: &[],
        breakdown: None,
        variants: VariantAliases::new(variants, shown),
    }
}

pub(super) fn variant(score: Option<Interval>, t: &DataQuality, cut: &Truncation) -> Value {
    let mut object = json!({
        "failed": t.failed, "unreadable": t.unreadable, "refused": t.refused, "truncated": t.truncated,
        "without_answer": t.unreadable + t.refused + cut.unread,
        "cost_per_1000": t.cost_per_1000,
    });
    if let (Some(map), Some(s)) = (object.as_object_mut(), score) {
        map.insert("score".into(), json!(s.value));
        map.insert("low".into(), json!(s.low));
        map.insert("high".into(), json!(s.high));
    }
    if let (Some(map), [Some(p50), Some(p95)]) = (object.as_object_mut(), t.latency_ms) {
        map.insert("latency_ms".into(), json!({"p50": p50, "p95": p95}));
    }
    object
}

fn difference(effect: &PairEffect) -> Option<Value> {
    let d = effect.difference?;
    let mut object = json!({
        "value": d.value, "low": d.low, "high": d.high, "p": effect.p, "p_adjusted": effect.p_adjusted,
        "rows": effect.rows_compared,
    });
    if let Some(map) = object.as_object_mut() {
        put_changes(map, &effect.changes);
        let is_cut = effect.conclusion == DiffConclusion::NotComparable;
        let cut = effect.truncation.iter().rev().find(|t| t.is_excessive);
        if let (true, Some(cut)) = (is_cut, cut) {
            map.insert(NOT_COMPARABLE.into(), json!(cut_answers(cut)));
        }
    }
    Some(object)
}
