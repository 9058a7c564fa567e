//! What was found in the grid of one model, as JSON. What was not computed is absent.

use super::{
    MetricScoring, ModelReport, RunReport, breakdown_json::put_breakdown, json_parts::put,
    policy_json::conclusion_json,
};
use crate::{
    analysis::{AxisFinding, Interval, Spread, VarianceShares},
    narrate::{labels::resource_name, verdict::headline},
};
use serde_json::{Map, Value, json};

pub(super) fn findings(report: &RunReport, part: &ModelReport) -> Map<String, Value> {
    let found = &part.analysis;
    let mut map = Map::new();
    map.insert(
        "summary".into(),
        json!(headline(found, &report.sentence_names())),
    );
    map.insert("row_counts".into(), json!(found.rows.row_counts()));
    put(&mut map, "policy", conclusion_json(report, part));
    put(&mut map, "spread", found.spread.as_ref().map(spread));
    put(&mut map, "overall", found.overall.map(|o| {
        json!({"avg_p": o.average, "max_p": o.highest, "sat": o.saturation, "cps": o.combined})
    }));
    put(
        &mut map,
        "components",
        found.components.as_ref().map(components),
    );
    put(
        &mut map,
        "next",
        found.next.as_ref().map(|next| {
            let choices: Vec<Value> = next
                .choices
                .iter()
                .map(|c| json!({"buy": resource_name(c.what), "more": c.more, "error": c.error}))
                .collect();
            json!({"calls": next.calls, "error": next.error, "choices": choices})
        }),
    );
    put(
        &mut map,
        "agreement",
        found.agreement.map(|a| {
            let mut object = Map::new();
            object.insert("raw".into(), json!(a.raw));
            put(&mut object, "itself", a.itself);
            put(&mut object, "fleiss_kappa", a.fleiss_kappa);
            put(&mut object, "krippendorff_alpha", a.krippendorff_alpha);
            object
        }),
    );
    put(
        &mut map,
        "sensitivity",
        found.sensitivity.map(|s| {
            let mut object = Map::new();
            object.insert("pss".into(), json!(s.value));
            put(&mut object, "excess_pss", s.excess);
            object
        }),
    );
    put(
        &mut map,
        "scorer",
        part.trials.as_ref().and_then(|t| t.scorer).map(
            |s| json!({"strict": s.strict, "normalized": s.normalized, "extracted": s.extracted}),
        ),
    );
    put(
        &mut map,
        "best",
        found.best.as_ref().map(
            |best| json!({"variant": report.names().get(best.variant), "held_out": best.held_out}),
        ),
    );
    if !found.effects.axes.is_empty() {
        map.insert("axes".into(), found.effects.axes.iter().map(axis).collect());
        let interactions = found.effects.interactions.iter().map(|i| {
            json!({"axes": [i.axes.0, i.axes.1], "share": i.share, "p": i.p, "p_adjusted": i.p_adjusted})
        });
        map.insert("interactions".into(), interactions.collect());
        put(&mut map, "inseparable", Some(&found.effects.inseparable));
    }
    put_breakdown(&mut map, &part.breakdown, &report.names());
    if !part.scoring.is_empty() {
        let scoring = part.scoring.iter().map(MetricScoring::json);
        map.insert("scoring".into(), scoring.collect());
    }
    let needs = found
        .needs
        .iter()
        .map(|n| (n.figure.to_owned(), json!(format!("needs {}", n.needs))));
    map.insert("needs".into(), Value::Object(needs.collect()));
    map
}

fn spread(s: &Spread) -> Value {
    let mut object = Map::new();
    object.insert("value".into(), json!(s.value));
    object.insert("null_95".into(), json!(s.null_95));
    object.insert("p".into(), json!(s.p));
    put(
        &mut object,
        "repeats",
        s.repeats.map(|r| json!({"null_95": r.null_95, "p": r.p})),
    );
    put(
        &mut object,
        "cochran",
        s.cochran.map(|c| json!({"q": c.q, "df": c.df, "p": c.p})),
    );
    Value::Object(object)
}

fn components(c: &VarianceShares) -> Value {
    let ends = |i: &Interval| json!([i.low, i.high]);
    let mut object = json!({"variant": c.variant.value, "item": c.row.value, "variant_item": c.variant_row.value});
    let mut intervals = json!({"variant": ends(&c.variant), "item": ends(&c.row), "variant_item": ends(&c.variant_row)});
    if let (Some(map), Some(ends_of), Some(sample)) =
        (object.as_object_mut(), intervals.as_object_mut(), &c.sample)
    {
        map.insert("sample".into(), json!(sample.value));
        ends_of.insert("sample".into(), ends(sample));
    }
    if let Some(map) = object.as_object_mut() {
        map.insert("intervals".into(), intervals);
        map.insert("truncated".into(), json!(c.truncated));
        map.insert("rows".into(), json!(c.rows));
    }
    object
}

fn axis(a: &AxisFinding) -> Value {
    let levels: Vec<Value> = a
        .levels
        .iter()
        .map(|l| json!({"name": l.name, "effect": l.effect.value, "low": l.effect.low, "high": l.effect.high}))
        .collect();
    let mut object = json!({
        "name": a.name, "share": a.share, "p": a.p, "p_adjusted": a.p_adjusted, "levels": levels,
        "confounded_with": a.confounded_with,
    });
    let Some(map) = object.as_object_mut() else {
        return object;
    };
    if let Some(same) = a.same_calls {
        map.insert("no_effect_seen".into(), json!({"same_pairs": same}));
    }
    if let Some(answers) = &a.answers {
        let mut of = Map::new();
        put(&mut of, "changed", answers.changed);
        of.insert("p".into(), json!(answers.p));
        of.insert("p_adjusted".into(), json!(answers.p_adjusted));
        put(&mut of, "lean", answers.lean.as_ref().map(|l| {
            json!({"answer": l.answer, "more_with": l.more_with, "less_with": l.less_with, "shift": l.shift})
        }));
        map.insert("answers".into(), Value::Object(of));
    }
    object
}
