//! A comparison of models as JSON, and as facts for gates.

use super::{
    GateFacts, ModelFacts, UpgradeReport, WriteOptions,
    diff_json::{strip, variant},
    gate::NOT_COMPARABLE,
    json_parts::put_changes,
};
use crate::{
    analysis::Interval,
    model::VariantAliases,
    narrate::upgrade as words,
    policy::Band,
    upgrade::{
        FromAccess, UpgradeEnding, UpgradeFindings, UpgradePart, UpgradeVerdict, UpgradedWording,
    },
};
use serde_json::{Map, Value, json};

/// A comparison of models as JSON.
pub fn upgrade_json(report: &UpgradeReport, options: &WriteOptions) -> Value {
    let found = &report.findings;
    let wordings = found.wordings.iter();
    let side = |at: usize| {
        let model = [&found.request.from, &found.request.to][at];
        json!({"model": model, "samples": found.samples[at],
            "calls": found.spent[at].calls, "usd": found.spent[at].usd})
    };
    let refusals = found.refusals.iter().map(|refusal| {
        json!({"parameters": refusal.parameters, "trials": refusal.trials, "status": refusal.failure.status,
            "message": refusal.failure.message})
    });
    json!({
        "schema_version": 1,
        "experiment": found.experiment,
        "from": side(0),
        "to": side(1),
        "margin": found.request.margin,
        "alpha": found.request.alpha,
        "rows": found.rows,
        "from_stored_only": match &found.access {
            FromAccess::Callable => None,
            FromAccess::StoredOnly(reason) => Some(reason),
        },
        "ended_early": found.ending.as_ref().map(|ending| match ending {
            UpgradeEnding::Cap(reason) => json!({"cause": "cap", "reason": reason}),
            UpgradeEnding::Failed(reason) => json!({"cause": "failure", "reason": reason}),
        }),
        "verdicts": verdict_counts(found),
        "wordings": wordings.map(|w| wording_json(w, found, options)).collect::<Vec<_>>(),
        "refusals": refusals.collect::<Vec<_>>(),
        "known": found.known,
        "warnings": found.warnings,
        "gates": options.held,
        "dataset": {"path": report.dataset.0, "hash": report.dataset.1},
        "command": report.command,
        "version": env!("CARGO_PKG_VERSION"),
    })
}

fn verdict_counts(found: &UpgradeFindings) -> Map<String, Value> {
    let counts = UpgradeVerdict::ALL.iter();
    let counts = counts.map(|v| (v.as_str().to_owned(), json!(found.count(*v))));
    counts.into_iter().collect()
}

fn band(band: &Band) -> Value {
    json!({"value": band.value, "low": band.low, "high": band.high})
}

fn wording_json(
    wording: &UpgradedWording,
    found: &UpgradeFindings,
    options: &WriteOptions,
) -> Value {
    let (outcome, effect) = (&wording.outcome, &wording.effect);
    let [from, to] = wording.scores.map_or([None; 2], |scores| scores.map(Some));
    let mut changes = Map::new();
    put_changes(&mut changes, &effect.changes);
    let mut rows = json!(effect.rows);
    if options.no_outputs {
        strip(&mut rows);
    }
    json!({
        "name": wording.name,
        "verdict": outcome.verdict,
        "from": from,
        "to": to,
        "difference": outcome.difference.as_ref().map(band),
        "compared": outcome.compared,
        "tried": outcome.tried.len(),
        "left_out": outcome.left_out,
        "rows_needed": outcome.rows_needed,
        "changes": changes,
        "flips": {"between": wording.flips.between, "from_itself": wording.flips.before_itself,
            "to_itself": wording.flips.after_itself},
        "trials_from": effect.trials_before,
        "trials_to": effect.trials_after,
        "parts": wording.parts.iter().map(part_json).collect::<Vec<_>>(),
        "rows": rows,
        "try": words::advice(wording, found),
    })
}

fn part_json(part: &UpgradePart) -> Value {
    let scores = &part.scores;
    let mut changes = Map::new();
    put_changes(&mut changes, &part.changes);
    json!({
        "column": part.column, "value": part.value, "rows": scores.rows, "from": scores.from, "to": scores.to,
        "difference": band(&scores.difference),
        "verdict": UpgradeVerdict::from(scores.verdict), "changes": changes,
    })
}

/// What gates may name: figures of the new model, `diff` from the old one to it, and how many wordings have each verdict.
pub fn upgrade_facts(report: &UpgradeReport) -> GateFacts<'_> {
    let found = &report.findings;
    let wordings = &found.wordings;
    let figures = wordings.iter().map(|wording| {
        let [_, truncation] = &wording.effect.truncation;
        let score = wording.scores.map(|[_, to]| Interval {
            value: to,
            low: to,
            high: to,
        });
        let mut figures = variant(score, &wording.effect.trials_after, truncation);
        if let Some(figures) = figures.as_object_mut() {
            // The score alone has no interval that holds at every look.
            figures.remove("low");
            figures.remove("high");
        }
        figures
    });
    let cut = wordings.iter().map(|wording| {
        let is_cut = wording.outcome.verdict == UpgradeVerdict::NotComparable;
        is_cut.then(|| words::verdict(wording, found))
    });
    let old = wordings.len();
    let difference = move |after: usize, before: usize| {
        let wording = wordings.get(after).filter(|_| before == old)?;
        if wording.outcome.verdict == UpgradeVerdict::NotComparable {
            return Some(json!({NOT_COMPARABLE: words::verdict(wording, found)}));
        }
        let mut object = band(wording.outcome.difference.as_ref()?);
        object["rows"] = json!(wording.outcome.compared);
        if let Some(map) = object.as_object_mut() {
            put_changes(map, &wording.effect.changes);
        }
        Some(object)
    };
    let names: Vec<String> = wordings.iter().map(|w| w.name.clone()).collect();
    let shown: Vec<String> = wordings.iter().map(|w| w.shown_name.clone()).collect();
    GateFacts {
        variants: VariantAliases::new(names, shown),
        // What every wording is compared with is no wording.
        baseline: old,
        pairs: (0..old).map(|wording| (wording, old)).collect(),
        whole: Value::Object(verdict_counts(found)),
        counts: VERDICT_COUNTS,
        models: vec![ModelFacts {
            name: found.request.to.to_string(),
            variants: figures.collect(),
            cut: cut.collect(),
            findings: Map::new(),
            difference: Box::new(difference),
            breakdown: None,
        }],
        breakdown: None,
    }
}

/// How many wordings have each verdict, for gates: `worse == 0`.
pub const VERDICT_COUNTS: &[&str] = UpgradeVerdict::NAMES;
