//! Reports for machines. What was not computed is absent.

use super::{
    RunReport, WriteOptions,
    findings_json::findings,
    prompts::run_prompts,
    prompts_json::prompts_json,
    ratings::{grade_differences_json, rankings_json, ratings_json},
    rows_json::RowsJson,
    run::MARGIN,
    tradeoff::RunTradeoffs,
    variants_json::variants,
};
use crate::analysis::{Expense, Tradeoff};
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
        match self.with_rows {
            true => map.serialize_entry(
                "rows",
                &RowsJson {
                    report: self.report,
                    with_answers: self.whole.is_some_and(|options| !options.no_outputs),
                },
            )?,
            false => map.serialize_entry("rows", &[(); 0])?,
        }
        map.end()
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
pub(super) fn head(report: &RunReport) -> Value {
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
