//! The trials of a run, one per line: JSON, spans of OpenTelemetry, CSV or Parquet.

use super::{WriteError, csv, opinions::Opinions, otlp::trial_span, trial_table::TrialTable};
use crate::{
    display::write_json_line,
    engine::Plan,
    model::{Outcome, Prompt, TrialRecord},
    store::{RunInfo, Store},
};
use serde_json::{Map, Value, json};
use std::io::{self, BufWriter, Write};

/// Write the trials as CSV, with a header.
pub fn write_trials_csv(
    out: &mut dyn Write,
    store: &Store,
    info: &RunInfo,
) -> Result<(), WriteError> {
    csv::trials(out, &TrialTable::new(store, info, false)?)
}

/// Write the trials as Parquet: the columns of the CSV, with types.
#[cfg(feature = "parquet")]
pub fn write_trials_parquet(
    out: &mut dyn Write,
    store: &Store,
    info: &RunInfo,
) -> Result<(), WriteError> {
    super::parquet::write(out, &TrialTable::new(store, info, false)?)
}

/// Write the trials as JSON Lines, with their messages where these were stored or there is a plan to render them from.
pub fn write_trials_jsonl(
    out: &mut dyn Write,
    store: &Store,
    info: &RunInfo,
    plan: Option<&Plan>,
) -> Result<(), WriteError> {
    let opinions = Opinions::read(store, info)?;
    write_lines(out, store, info, |out, record, stored| {
        let prompt = prompt(plan, record, stored());
        let mut line = line(info, record, prompt.as_ref());
        if let (Some(map), Some(judge)) = (line.as_object_mut(), opinions.json(info, record.id)) {
            map.insert("judge".into(), judge);
        }
        Ok(write_json_line(out, &line)?)
    })
}

/// Write the trials as spans: a request of OTLP in JSON per line, with messages as in JSON Lines.
pub fn write_trials_otlp(
    out: &mut dyn Write,
    store: &Store,
    info: &RunInfo,
    plan: Option<&Plan>,
) -> Result<(), WriteError> {
    write_lines(out, store, info, |out, record, stored| {
        let prompt = prompt(plan, record, stored());
        Ok(write_json_line(
            out,
            &trial_span(info, record, prompt.as_ref()),
        )?)
    })
}

fn write_lines(
    out: &mut dyn Write,
    store: &Store,
    info: &RunInfo,
    line: impl Fn(&mut dyn Write, &TrialRecord, &mut dyn FnMut() -> Option<Prompt>) -> io::Result<()>,
) -> Result<(), WriteError> {
    let mut out = BufWriter::new(out);
    let mut written: io::Result<()> = Ok(());
    store.each_trial_with_prompt(&info.id, &mut |record, prompt| {
        if written.is_ok() {
            written = line(&mut out, &record, prompt);
        }
    })?;
    written?;
    Ok(out.flush()?)
}

/// The prompt of a trial: as it was stored, else rendered.
fn prompt(plan: Option<&Plan>, record: &TrialRecord, stored: Option<Prompt>) -> Option<Prompt> {
    stored.or_else(|| {
        let plan = plan?;
        let row = plan.dataset.row(record.id.row as usize).ok()?;
        plan.prompt(record.id.variant as usize, &row).ok()
    })
}

fn line(info: &RunInfo, record: &TrialRecord, prompt: Option<&Prompt>) -> Value {
    let (v, r) = (record.id.variant as usize, record.id.row as usize);
    let variant = &info.variants[v];
    let axes: Map<String, Value> = variant
        .levels
        .iter()
        .map(|(a, l)| (a.clone(), Value::String(l.name.clone())))
        .collect();
    let scores: Map<String, Value> = info
        .metrics
        .iter()
        .zip(&record.scores.0)
        .map(|(name, s)| (name.clone(), json!(s.known())))
        .collect();
    let main = record.scores.main();
    let mut line = json!({
        "run": info.id, "variant": variant.name, "model": info.models[record.id.model as usize], "row": r,
        "row_id": info.heads.id(r), "sample": record.id.sample, "expected": info.heads.expected(r), "axes": axes,
        "output": null, "answer": main.and_then(|s| s.answer.clone()), "attempts": record.attempts, "reused": record.reused,
        "scores": scores, "unreadable": main.is_some_and(|s| s.unreadable), "failure": record.outcome.failure(),
    });
    let Some(map) = line.as_object_mut() else {
        return line;
    };
    if let Some(prompt) = prompt {
        map.insert("messages".into(), json!(prompt.messages));
        if let Some(tools) = prompt.tools() {
            map.insert("tools".into(), json!(tools));
        }
        if !prompt.replies.is_empty() {
            map.insert("replies".into(), json!(prompt.replies));
        }
    }
    if let Outcome::Completed(c) = &record.outcome {
        map.insert("output".into(), json!(c.text));
        if !c.tool_calls.is_empty() {
            map.insert("tool_calls".into(), json!(c.tool_calls));
        }
        map.insert("finish_reason".into(), json!(c.finish));
        map.insert("truncated".into(), json!(c.is_truncated()));
        map.insert("usage".into(), json!(c.usage));
        map.insert("latency_ms".into(), json!(c.latency_ms));
    }
    if let Some(cost) = record.cost_usd {
        map.insert("cost_usd".into(), json!(cost));
    }
    line
}
