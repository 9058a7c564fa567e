//! Reports for machines. What was not computed is absent.

use super::RunReport;
use crate::analysis::{Interval, verdict_word};
use serde_json::{Map, Value, json};

/// The object that `wording run --format json` prints.
pub fn run_json(report: &RunReport) -> Value {
    let c = &report.counts;
    let mut object = json!({
        "schema_version": 1, "run": report.info.id, "experiment": report.info.experiment, "seed": report.info.seed,
        "trials": {
            "planned": report.info.planned(), "completed": c.completed, "failed": c.failed, "reused": c.reused,
            "sent": c.sent, "retries": c.retries,
        },
        "tokens": {"prompt": c.usage.prompt, "cached": c.usage.cached, "completion": c.usage.completion},
        "elapsed_s": c.elapsed_s,
        "variants": variants(report),
    });
    let mut map = Map::new();
    if let Some(cost) = c.cost_usd {
        map.insert("cost_usd".into(), json!(cost));
    }
    // Statistics never mix models: with one model they stand at the top, with several each under its name.
    if let [only] = report.models.as_slice() {
        map.extend(findings(report, only));
    } else {
        let each: Map<String, Value> = report
            .models
            .iter()
            .map(|m| (m.model.to_string(), Value::Object(findings(report, m))))
            .collect();
        map.insert("models".into(), Value::Object(each));
    }
    if let Some(object) = object.as_object_mut() {
        object.extend(map);
    }
    object
}

/// The same with the rows: what each variant answered.
pub fn run_report_json(report: &RunReport) -> Value {
    let mut object = run_json(report);
    let rows: Vec<Value> = report
        .models
        .iter()
        .flat_map(|m| {
            (0..report.info.rows).map(move |row| {
                let (mut right, mut of) = (0, 0);
                let answers: Map<String, Value> = report
                    .info
                    .variants
                    .iter()
                    .enumerate()
                    .map(|(v, variant)| {
                        let cells: Vec<Value> = (0..report.info.samples)
                            .map(|s| {
                                let cell = m.grid.cell(v, row, s);
                                if let Some(score) = cell.score {
                                    of += 1;
                                    right += usize::from(score >= 1.0);
                                }
                                json!({"answer": cell.answer.map(|a| m.grid.answer_text(a)), "score": cell.score})
                            })
                            .collect();
                        (variant.name.clone(), Value::Array(cells))
                    })
                    .collect();
                json!({
                    "model": m.model, "row": row, "row_id": report.info.heads.id(row), "expected": report.info.heads.expected(row),
                    "right": right, "of": of, "answers": answers,
                })
            })
        })
        .collect();
    if let Some(map) = object.as_object_mut() {
        map.insert("rows".into(), Value::Array(rows));
    }
    object
}

fn variants(report: &RunReport) -> Vec<Value> {
    let mut all = Vec::new();
    for part in &report.models {
        for (variant, f) in report.info.variants.iter().zip(&part.analysis.variants) {
            let axes: Map<String, Value> = variant
                .levels
                .iter()
                .map(|(axis, level)| (axis.clone(), json!(level.name)))
                .collect();
            let mut v = json!({
                "name": variant.name, "model": part.model, "axes": axes, "n": f.n, "samples": report.info.samples,
                "p_best": f.p_best, "unreadable": f.unreadable, "refused": f.refused, "truncated": f.truncated,
                "failed": f.failed, "verdict": verdict_word(&f.verdict),
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
            if let Some(d) = &f.difference {
                map.insert(
                    "diff".into(),
                    json!({"value": d.interval.value, "low": d.interval.low, "high": d.interval.high, "p": d.p, "p_adjusted": d.p_adjusted}),
                );
                map.insert("fixed".into(), json!(d.fixed));
                map.insert("broken".into(), json!(d.broken));
                map.insert("churn".into(), json!(d.churn));
            }
            if let (Some(p50), Some(p95)) = (f.latency_p50_ms, f.latency_p95_ms) {
                map.insert("latency_ms".into(), json!({"p50": p50, "p95": p95}));
            }
            all.push(v);
        }
    }
    all
}

fn findings(report: &RunReport, part: &super::ModelReport) -> Map<String, Value> {
    let mut map = Map::new();
    if let Some(s) = &part.analysis.spread {
        map.insert(
            "spread".into(),
            json!({"value": s.value, "null_95": s.null_95, "p": s.p}),
        );
    }
    if let Some(best) = &part.analysis.best {
        let name = report
            .info
            .variants
            .get(best.variant)
            .map(|v| v.name.as_str());
        map.insert(
            "best".into(),
            json!({"variant": name, "held_out": best.held_out}),
        );
    }
    map
}
