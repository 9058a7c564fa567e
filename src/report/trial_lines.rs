//! The trials of a run, one per line: JSON or CSV.

use super::{WriteError, opinions::Opinions, spreadsheet_cell};
use crate::{
    display::write_json_line,
    engine::Plan,
    model::{Outcome, Prompt, Score, TrialRecord},
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
    let opinions = Opinions::read(store, info)?;
    let judge = if opinions.is_empty() { "" } else { ",judge" };
    writeln!(
        out,
        "run,variant,model,row_id,sample,expected,output,answer,score,unreadable,failure,latency_ms,prompt_tokens,completion_tokens,finish_reason{judge}"
    )?;
    write_lines(out, store, info, |out, record, _| {
        writeln!(out, "{}", csv_line(info, &opinions, record))
    })
}

/// Write the trials as JSON Lines, with their messages where these were stored or there is a plan to render them from.
pub fn write_trials_jsonl(
    out: &mut dyn Write,
    store: &Store,
    info: &RunInfo,
    plan: Option<&Plan>,
) -> Result<(), WriteError> {
    let opinions = Opinions::read(store, info)?;
    write_lines(out, store, info, |out, record, prompt| {
        let mut line = line(info, plan, record, prompt());
        if let (Some(map), Some(judge)) = (line.as_object_mut(), opinions.json(info, record.id)) {
            map.insert("judge".into(), judge);
        }
        Ok(write_json_line(out, &line)?)
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

fn line(
    info: &RunInfo,
    plan: Option<&Plan>,
    record: &TrialRecord,
    stored: Option<Prompt>,
) -> Value {
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
    let rendered = || plan.and_then(|p| p.prompt(v, &p.dataset.row(r).ok()?).ok());
    if let Some(prompt) = stored.or_else(rendered) {
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

fn csv_line(info: &RunInfo, opinions: &Opinions, record: &TrialRecord) -> String {
    let r = record.id.row as usize;
    let main = record.scores.main();
    let completion = record.outcome.completion();
    let number = |x: Option<f64>| x.map_or(String::new(), |x| x.to_string());
    let mut cells = vec![
        info.id.0.clone(),
        info.variants[record.id.variant as usize].name.clone(),
        info.models[record.id.model as usize].to_string(),
        info.heads.id(r).into_owned(),
        record.id.sample.to_string(),
        info.heads.expected(r).unwrap_or_default().to_owned(),
        completion.map_or(String::new(), |c| c.text.clone()),
        main.and_then(|s| s.answer.clone()).unwrap_or_default(),
        number(main.and_then(Score::known)),
        main.is_some_and(|s| s.unreadable).to_string(),
        record
            .outcome
            .failure()
            .map_or(String::new(), ToString::to_string),
        number(completion.map(|c| c.latency_ms)),
        number(completion.map(|c| c.usage.prompt as f64)),
        number(completion.map(|c| c.usage.completion as f64)),
        completion.map_or(String::new(), |c| c.finish.as_str().to_owned()),
    ];
    if !opinions.is_empty() {
        cells.push(opinions.lines(info, record.id).join("\n"));
    }
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    // Writing into memory cannot fail.
    let _ = writer.write_record(cells.iter().map(|c| spreadsheet_cell(c)));
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8_lossy(&bytes).trim_end().to_owned()
}
