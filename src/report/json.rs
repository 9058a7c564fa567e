//! Reports for machines. What was not computed is absent.

use super::{
    BreakdownNames, GateFacts, ModelFacts, ModelReport, RunReport, WriteOptions,
    breakdown_json::put_breakdown,
    gate::NOT_COMPARABLE,
    json_parts::{difference, difference_facts, put, put_changes},
    opinions::Opinions,
    policy_json::conclusion_json,
    prompts::run_prompts,
    prompts_json::prompts_json,
    ratings::{grade_differences_json, rankings_json, ratings_json},
    run::MARGIN,
    tradeoff::RunTradeoffs,
};
use crate::{
    analysis::{
        AxisFinding, Expense, Interval, Spread, Tradeoff, VarianceShares, Verdict, analyse,
    },
    model::{SliceColumn, TrialId, VariantNames},
    narrate::{
        labels::{resource_name, verdict_name},
        not_comparable,
        verdict::{comparison, headline, not_compared},
    },
};
use serde::{
    Serialize, Serializer,
    ser::{Error, SerializeMap},
};
use serde_json::{Map, Value, json};

/// The object that `wording run --format json` prints, or the whole report. Its rows are made while it is written, so that
/// a run of a million rows costs no more memory than its grid.
#[derive(Debug)]
pub struct RunJson<'a> {
    report: &'a RunReport,
    /// The whole report, and how.
    whole: Option<&'a WriteOptions>,
    /// Whether the list of rows is filled.
    with_rows: bool,
}

impl RunJson<'_> {
    /// The same with the list of rows filled, or empty.
    pub fn with_rows(self, with_rows: bool) -> Self {
        RunJson { with_rows, ..self }
    }
}

impl Serialize for RunJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let head = head(self.report);
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in head.as_object().into_iter().flatten() {
            map.serialize_entry(key, value)?;
        }
        if let Some(options) = self.whole {
            if let Some(title) = &options.title {
                map.serialize_entry("title", title)?;
            }
            if let Some(note) = &options.note {
                map.serialize_entry("note", note)?;
            }
            if !options.held.is_empty() {
                map.serialize_entry("gates", &options.held)?;
            }
            let provenance = self.report.provenance(options.command.clone());
            map.serialize_entry("provenance", &provenance)?;
            if let Some(advice) = &self.report.advice {
                map.serialize_entry("advice", advice)?;
            }
            let prompts =
                run_prompts(self.report, options, usize::MAX).map_err(S::Error::custom)?;
            if !prompts.templates.is_empty() {
                map.serialize_entry("prompts", &prompts_json(self.report, &prompts))?;
            }
        }
        let ratings = &self.report.ratings;
        if !ratings.contests.is_empty() {
            map.serialize_entry("ratings", &ratings_json(&ratings.contests))?;
        }
        if !ratings.grade_differences.is_empty() {
            let differences = grade_differences_json(&ratings.grade_differences);
            map.serialize_entry("grade_differences", &differences)?;
        }
        if !ratings.rankings.is_empty() {
            map.serialize_entry("preference_strengths", &rankings_json(&ratings.rankings))?;
        }
        map.serialize_entry("rows", &Rows(self))?;
        map.end()
    }
}

struct Rows<'a>(&'a RunJson<'a>);

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let RunJson {
            report,
            whole,
            with_rows,
        } = *self.0;
        if !with_rows {
            return serializer.collect_seq(std::iter::empty::<()>());
        }
        let with_answers = whole.is_some_and(|o| !o.no_outputs);
        let opinions = match with_answers {
            true => Opinions::read(&report.store, &report.info).map_err(S::Error::custom)?,
            false => Opinions::default(),
        };
        let parts = report.models.iter().enumerate();
        let rows = parts
            .flat_map(|(m, part)| (0..part.analysis.rows.len()).map(move |row| (m, part, row)));
        serializer.collect_seq(rows.map(|(m, part, row)| {
            let mut object = row_json(report, part, row, with_answers);
            let judge = judge_json(report, &opinions, m, row);
            if let (Some(map), false) = (object.as_object_mut(), judge.is_empty()) {
                map.insert("judge".into(), Value::Object(judge));
            }
            object
        }))
    }
}

/// The object that `wording run --format json` prints.
pub fn run_json(report: &RunReport) -> RunJson<'_> {
    RunJson {
        report,
        whole: None,
        with_rows: true,
    }
}

/// The same, and what each variant answered to each row.
pub fn run_report_json<'a>(report: &'a RunReport, options: &'a WriteOptions) -> RunJson<'a> {
    RunJson {
        report,
        whole: Some(options),
        with_rows: true,
    }
}

/// All but the rows.
fn head(report: &RunReport) -> Value {
    let c = &report.counts;
    let mut object = json!({
        "schema_version": 1, "run": report.info.id, "experiment": report.info.experiment, "seed": report.info.seed,
        "trials": {
            "planned": report.info.planned(), "completed": c.completed, "failed": c.failed, "reused": c.reused,
            "sent": c.sent, "retries": c.retries,
        },
        "tokens": {"prompt": c.usage.prompt, "cached": c.usage.cached, "completion": c.usage.completion},
        "elapsed_s": c.elapsed_s, "resamples": report.resamples, "margin": MARGIN,
        "variants": variants(report),
    });
    let mut map = Map::new();
    if let Some(cost) = c.cost_usd {
        map.insert("cost_usd".into(), json!(cost));
    }
    if let Some(in_flight) = c.mean_in_flight() {
        map.insert("mean_in_flight".into(), json!(in_flight));
    }
    let raised = report.info.raised.as_ref();
    if let Some(raised) = raised.filter(|r| r.answers > 0 || !r.stored_only) {
        let raised = json!({"max_tokens": raised.max_tokens, "answers": raised.answers});
        map.insert("raised".into(), raised);
    }
    if !report.info.cut_prompts.is_empty() {
        map.insert("cut_prompts".into(), json!(report.info.cut_prompts));
    }
    if !report.info.endpoint_warnings.is_empty() {
        map.insert(
            "endpoint_warnings".into(),
            json!(report.info.endpoint_warnings),
        );
    }
    if let Some(seal) = &report.info.seal {
        map.insert(
            "sealed".into(),
            json!({"rows": seal.sealed, "of": seal.all(), "open": seal.opening.is_some(), "openings": report.openings}),
        );
    }
    if let Some(origins) = &report.info.answer_origins {
        map.insert("answer_origins".into(), json!(origins));
    }
    let tradeoffs = tradeoffs_json(report);
    if !tradeoffs.is_empty() {
        map.insert("tradeoffs".into(), tradeoffs.into());
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

/// Scores against cost and latency: which variants no other beats in both, the least expense first.
fn tradeoffs_json(report: &RunReport) -> Vec<Value> {
    let RunTradeoffs { board, all } = report.tradeoffs();
    let names = report.names();
    let of = |tradeoff: &Tradeoff| {
        let front = tradeoff.front().map(|point| {
            let line = &board.lines[point.line];
            json!({"variant": names[line.variant], "model": report.models[line.model].model, "score": point.score, "value": point.expense})
        });
        let against = match tradeoff.expense {
            Expense::Cost => "usd_per_call",
            Expense::Tokens => "tokens_per_call",
            Expense::Latency => "latency_p50_ms",
        };
        json!({"against": against, "points": tradeoff.points.len(), "lacking": tradeoff.lacking, "front": front.collect::<Vec<_>>()})
    };
    all.iter().map(of).collect()
}

/// One row, on its own.
fn row_json(report: &RunReport, part: &ModelReport, row: usize, with_answers: bool) -> Value {
    let f = part.analysis.rows.get(row).unwrap_or_default();
    let mut object = json!({
        "model": part.model, "row": row, "row_id": report.info.heads.id(row), "fragility": f.profile.fragility(),
        "right": f.profile.correct_samples, "of": f.profile.scored_samples, "flipping": f.profile.is_flipping(),
        "fragile": f.profile.is_fragile(), "always_wrong": f.profile.is_always_wrong(),
        // The former name of `always_wrong`.
        "nobody": f.profile.is_always_wrong(),
    });
    if let Some(map) = object.as_object_mut() {
        put(map, "entropy", f.entropy);
        if with_answers {
            put(map, "expected", report.info.heads.expected(row));
            map.insert("answers".into(), answers(report, part, row));
        }
    }
    object
}

/// What each variant answered to a row, sample by sample.
fn answers(report: &RunReport, part: &ModelReport, row: usize) -> Value {
    let of = |v: usize| -> Value {
        (0..report.info.samples)
            .map(|s| part.grid.cell(v, row, s))
            .map(|cell| {
                json!({"answer": cell.answer.and_then(|a| part.grid.read_answer(a)), "score": cell.score})
            })
            .collect()
    };
    let variants = report.info.variants.iter().enumerate();
    Value::Object(
        variants
            .map(|(v, variant)| (variant.name.clone(), of(v)))
            .collect(),
    )
}

/// What judges said of each variant's answers to a row, sample by sample; variants without any are left out.
fn judge_json(
    report: &RunReport,
    opinions: &Opinions,
    model: usize,
    row: usize,
) -> Map<String, Value> {
    let info = &report.info;
    let mut each = Map::new();
    for (v, variant) in info.variants.iter().enumerate() {
        let of_sample = |sample: usize| {
            let id = TrialId {
                variant: v as u32,
                model: model as u32,
                row: row as u32,
                sample: sample as u32,
            };
            opinions.json(info, id)
        };
        let samples: Vec<Option<Value>> = (0..info.samples).map(of_sample).collect();
        if samples.iter().any(Option::is_some) {
            each.insert(variant.name.clone(), json!(samples));
        }
    }
    each
}

fn variants(report: &RunReport) -> Vec<Value> {
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

/// What gates on a run are held against.
pub fn run_facts(report: &RunReport) -> GateFacts<'_> {
    let n = report.info.variants.len();
    let mut of_variants = variants(report).into_iter();
    let models = report.models.iter().map(|part| ModelFacts {
        name: part.model.to_string(),
        variants: of_variants.by_ref().take(n).collect(),
        cut: (part.analysis.variants.iter())
            .map(|f| (f.truncation.is_excessive).then(|| not_comparable(&f.truncation)))
            .collect(),
        findings: findings(report, part),
        difference: Box::new(move |after, before| {
            let again;
            let found = if before == report.info.baseline {
                &part.analysis
            } else {
                let mut spec = RunReport::analysis_spec(&report.info);
                spec.baseline = before;
                again = analyse(&part.grid, &spec);
                &again
            };
            let finding = found.variants.get(after)?;
            let mut facts = difference_facts(finding.difference.as_ref()?);
            if let Some(map) = facts.as_object_mut() {
                put(map, NOT_COMPARABLE, not_compared(finding));
            }
            Some(facts)
        }),
        breakdown: Some(&part.breakdown),
    });
    let others: Vec<(usize, usize)> = (0..n)
        .filter(|v| *v != report.info.baseline)
        .map(|v| (v, report.info.baseline))
        .collect();
    GateFacts {
        variants: VariantNames::new(&report.info.variants).aliases(report.info.baseline),
        baseline: report.info.baseline,
        pairs: if others.len() == 1 {
            others
        } else {
            Vec::new()
        },
        models: models.collect(),
        whole: head(report),
        counts: &[],
        breakdown: Some(BreakdownNames {
            labels: report.info.labels.clone(),
            slices: report
                .info
                .slices
                .iter()
                .map(SliceColumn::named_values)
                .collect(),
            metrics: report.info.metrics.clone(),
        }),
    }
}

fn findings(report: &RunReport, part: &ModelReport) -> Map<String, Value> {
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
        let scoring = part.scoring.iter().map(super::MetricScoring::json);
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
