//! Runs in which a policy chose the trials: its replay, the order of its variants, its result as JSON.

use super::{ModelReport, RunReport};
use crate::{
    model::PolicySpec,
    outcome::Grid,
    policy::{Band, PolicyConclusion, PolicyError, Replay, SequentialVerdict, TrialSpace, replay},
    store::RunInfo,
};
use serde_json::{Value, json};

/// The replay of a policy on the grid of one model; `None` where every trial was sent.
pub(super) fn replayed(info: &RunInfo, grid: &Grid) -> Option<Result<Replay, PolicyError>> {
    let spec = info.policy.as_ref()?;
    let field = TrialSpace::new(
        &info.variants,
        info.rows,
        info.samples,
        info.heads.cluster_numbers(),
        info.seed,
    );
    let names: Vec<&str> = info.variants.iter().map(|v| v.name.as_str()).collect();
    Some(replay(spec, &field, &names, info.models.len(), grid))
}

/// Variants, best first; eliminated ones after the others, the last eliminated first, as a score from few rows says little.
pub(super) fn ranked(part: &ModelReport) -> Vec<usize> {
    let mut order = part.analysis.ranked();
    if let Some(replay) = &part.policy {
        let fell = |v: usize| replay.eliminated.get(v).copied().flatten();
        order.sort_by_key(|v| std::cmp::Reverse(fell(*v).map_or(usize::MAX, |fall| fall.round)));
    }
    order
}

fn band_json(band: &Band) -> Value {
    json!({"value": band.value, "low": band.low, "high": band.high})
}

/// The conclusion as JSON; `None` where every trial was sent.
pub(super) fn conclusion_json(report: &RunReport, part: &ModelReport) -> Option<Value> {
    let (spec, replay) = (report.info.policy.as_ref()?, part.policy.as_ref()?);
    let names = report.names();
    let named = |variant: u32| names.get(variant as usize).copied().unwrap_or_default();
    let mut object = json!({
        "kind": spec.name(), "trials": replay.trials, "complete": replay.complete, "calls": spec.calls(),
    });
    let more = match &replay.conclusion {
        PolicyConclusion::Race(r) => json!({
            "leader": r.leader.map(named), "decided": r.decided, "rows": r.rows, "rounds": r.rounds,
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
