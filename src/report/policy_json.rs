//! What a policy concluded, as JSON.

use super::{ModelReport, RunReport};
use crate::{
    model::PolicySpec,
    policy::{Band, PolicyConclusion, SequentialVerdict},
};
use serde_json::{Value, json};

fn band_json(band: &Band) -> Value {
    json!({"value": band.value, "low": band.low, "high": band.high})
}

/// The conclusion as JSON; `None` where every trial was sent.
pub(super) fn conclusion_json(report: &RunReport, part: &ModelReport) -> Option<Value> {
    let (spec, replay) = (report.info.policy.as_ref()?, part.policy.as_ref()?);
    let names = report.names();
    let named = |variant: u32| names.get(variant as usize).copied().unwrap_or_default();
    let named_all = |variants: &[u32]| variants.iter().map(|v| named(*v)).collect::<Vec<_>>();
    let mut object = json!({
        "kind": spec.name(), "trials": replay.trials, "complete": replay.complete, "calls": spec.calls(),
    });
    let more = match &replay.conclusion {
        PolicyConclusion::Race(r) => json!({
            "leader": r.leader.map(named), "score": r.score, "decided": r.decided, "rows": r.rows, "skipped_rows": r.skipped, "rounds": r.rounds,
            "alive": r.alive.iter().map(|v| named(*v)).collect::<Vec<_>>(),
        }),
        PolicyConclusion::Estimate(Some(b)) | PolicyConclusion::Spread(Some(b)) => json!({
            "mean": band_json(&b.mean), "worst": band_json(&b.worst), "best": band_json(&b.best), "spread": band_json(&b.spread),
            "best_variant": named(b.best_variant), "worst_variant": named(b.worst_variant),
            "quantiles": b.quantiles.iter().map(|(q, band)| {
                let mut object = band_json(band);
                object["share"] = json!(q);
                object
            }).collect::<Vec<_>>(),
            "variants": b.variants.iter().enumerate().map(|(v, band)| {
                let mut object = band_json(band);
                object["name"] = json!(named(v as u32));
                object
            }).collect::<Vec<_>>(),
        }),
        PolicyConclusion::Estimate(None) | PolicyConclusion::Spread(None) => json!({}),
        PolicyConclusion::Until(r) => json!({
            "holds": r.holds, "rows": r.rows,
            "verdict": r.verdict.map(|v| match v {
                SequentialVerdict::Better => "better",
                SequentialVerdict::Worse => "worse",
                SequentialVerdict::Equivalent => "equivalent",
                SequentialVerdict::Undecided => "undecided",
            }),
            "intervals": r.intervals.iter().map(|(v, band)| {
                let mut object = band_json(band);
                object["name"] = json!(named(*v));
                object
            }).collect::<Vec<_>>(),
        }),
    };
    let cut: Vec<&str> = match &replay.conclusion {
        PolicyConclusion::Race(r) => named_all(&r.not_comparable),
        PolicyConclusion::Until(r) => named_all(&r.not_comparable),
        PolicyConclusion::Estimate(band) | PolicyConclusion::Spread(band) => band
            .as_ref()
            .map_or(Vec::new(), |b| named_all(&b.not_comparable)),
    };
    if !cut.is_empty() {
        object["not_comparable"] = json!(cut);
    }
    if let (Some(object), Value::Object(more)) = (object.as_object_mut(), more) {
        object.extend(more.into_iter().filter(|(_, value)| !value.is_null()));
        object.retain(|_, value| !value.is_null());
    }
    if let PolicySpec::Until { condition, .. } = spec {
        object["condition"] = json!(condition);
    }
    if let PolicySpec::Until { level, .. } | PolicySpec::Race { level, .. } = spec {
        object["level"] = json!(level);
    }
    Some(object)
}
