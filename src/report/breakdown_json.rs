//! Figures of labels, slices and fields for machines.

use super::{
    Breakdown,
    json_parts::{difference, put},
};
use crate::{
    analysis::{
        CalibrationFinding, FigureFinding, Interval, LabelFigure, LabelFindings, SliceFinding,
        VariantFinding, VariantLabels,
    },
    narrate::labels::verdict_name,
};
use serde_json::{Map, Value, json};

/// Put what there is into the findings of a model.
pub(super) fn put_breakdown(map: &mut Map<String, Value>, found: &Breakdown, names: &[&str]) {
    put(
        map,
        "labels",
        found.labels.as_ref().map(|l| labels(l, names)),
    );
    if !found.slices.is_empty() {
        map.insert(
            "slices".into(),
            found.slices.iter().map(|s| slices(s, names)).collect(),
        );
    }
    if !found.fields.is_empty() {
        let fields = found
            .fields
            .iter()
            .map(|field| json!({"field": field.name, "variants": scores(&field.variants, names)}));
        map.insert("fields".into(), fields.collect());
    }
    if !found.metrics.is_empty() {
        let metrics = found
            .metrics
            .iter()
            .map(|found| json!({"metric": found.name, "variants": scores(&found.variants, names)}));
        map.insert("further_metrics".into(), metrics.collect());
    }
    if !found.calibration.is_empty() {
        let metrics = found.calibration.iter();
        map.insert(
            "calibration".into(),
            metrics.map(|c| calibration(c, names)).collect(),
        );
    }
}

fn calibration(found: &CalibrationFinding, names: &[&str]) -> Value {
    let variants = found
        .variants
        .iter()
        .zip(names)
        .filter_map(|(variant, name)| {
            let of = variant.as_ref()?;
            let curve = of.calibration.curve.iter();
            let curve = curve.map(|b| json!({"n": b.n, "stated": b.stated, "right": b.came}));
            let (low, high) = of.calibration.interval;
            let (half, fitted) = of.threshold.unzip();
            Some(json!({
                "name": name, "confidence": of.mean_confidence, "right": of.right,
                "ece": {"value": of.calibration.error, "low": low, "high": high},
                "right_at_half": half, "right_at_fitted_threshold": fitted,
                "curve": curve.collect::<Vec<Value>>(),
            }))
        });
    json!({"metric": found.metric, "variants": variants.collect::<Vec<Value>>()})
}

fn labels(found: &LabelFindings, names: &[&str]) -> Value {
    let columns: Vec<&str> = (found.labels.iter().map(String::as_str))
        .chain(["unreadable", "failed"])
        .collect();
    let variants = found.variants.iter().zip(names);
    json!({
        "labels": found.labels,
        "columns": columns,
        "variants": variants.map(|(v, name)| variant(found, v, name)).collect::<Vec<_>>(),
    })
}

fn variant(found: &LabelFindings, v: &VariantLabels, name: &str) -> Value {
    let mut map = Map::new();
    map.insert("name".into(), json!(name));
    map.insert("matrix".into(), json!(v.matrix.rows()));
    if v.matrix.left_out > 0 {
        map.insert("left_out".into(), json!(v.matrix.left_out));
    }
    for (kind, finding) in LabelFigure::ALL.iter().zip(&v.figures) {
        put(&mut map, kind.as_str(), figure(finding));
    }
    let labels = found.labels.iter().zip(&v.labels).map(|(label, l)| {
        let mut map = Map::new();
        map.insert("label".into(), json!(label));
        map.insert("expected".into(), json!(l.expected));
        map.insert("read".into(), json!(l.read));
        for (key, finding) in [
            ("precision", &l.precision),
            ("recall", &l.recall),
            ("f1", &l.f1),
        ] {
            put(&mut map, key, figure(finding));
        }
        Value::Object(map)
    });
    map.insert("labels".into(), labels.collect());
    Value::Object(map)
}

/// A figure with its interval, and its difference to the baseline's; nothing where it is not defined.
fn figure(f: &FigureFinding) -> Option<Value> {
    let Interval { value, low, high } = f.value?;
    let mut object =
        json!({"value": value, "low": low, "high": high, "verdict": verdict_name(&f.verdict)});
    if let (Some(map), Some(d)) = (object.as_object_mut(), &f.difference) {
        let Interval { value, low, high } = d.interval;
        let diff =
            json!({"value": value, "low": low, "high": high, "p": d.p, "p_adjusted": d.p_adjusted});
        map.insert("diff".into(), diff);
    }
    Some(object)
}

fn slices(found: &SliceFinding, names: &[&str]) -> Value {
    let slices: Vec<Value> = (found.slices.iter())
        .map(|slice| {
            json!({"value": slice.value, "rows": slice.rows, "variants": scores(&slice.variants, names)})
        })
        .collect();
    let interactions = found.interactions.iter().zip(names);
    let interactions: Vec<Value> = interactions
        .filter_map(|(found, name)| {
            let i = found.as_ref()?;
            Some(json!({"variant": name, "p": i.p, "p_adjusted": i.p_adjusted, "range": i.range}))
        })
        .collect();
    json!({"column": found.column, "slices": slices, "interactions": interactions})
}

/// Score and difference of each variant.
fn scores(variants: &[VariantFinding], names: &[&str]) -> Value {
    let each = variants.iter().zip(names).map(|(f, name)| {
        let mut object = json!({"name": name, "n": f.n, "verdict": verdict_name(&f.verdict)});
        if let Some(map) = object.as_object_mut() {
            if let Some(Interval { value, low, high }) = f.score {
                map.insert("score".into(), json!(value));
                map.insert("low".into(), json!(low));
                map.insert("high".into(), json!(high));
            }
            put(map, "diff", f.difference.as_ref().map(difference));
        }
        object
    });
    each.collect()
}
