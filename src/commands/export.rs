//! `wording export`: the trials of a run, one a line.

use super::{context::CommandContext, output::Exit};
use crate::{
    cli::{ExportArgs, ExportFormat, Global},
    engine::Plan,
    model::{Outcome, Score, TrialRecord},
    store::RunInfo,
};
use anyhow::{Context as _, bail};
use serde_json::{Map, Value, json};
use std::io::{self, BufWriter, Write};

pub fn export(global: &Global, args: &ExportArgs) -> anyhow::Result<Exit> {
    let place = CommandContext::open(global)?;
    let store = place.store()?;
    let info = store.run(&args.run)?;
    let format = match (
        args.format,
        args.output
            .as_ref()
            .and_then(|p| p.extension())
            .and_then(|e| e.to_str()),
    ) {
        (Some(format), _) => format,
        (None, Some("csv")) => ExportFormat::Csv,
        (None, Some("jsonl" | "ndjson") | None) => ExportFormat::Jsonl,
        (None, Some(other)) => {
            bail!("unknown format .{other}; use a file name ending in .jsonl or .csv, or --format")
        }
    };
    // The prompts are not kept; they are rendered again where nothing changed since.
    let plan = place
        .project
        .experiment(Some(&info.experiment))
        .ok()
        .and_then(|e| {
            let mut e = e.clone();
            e.rows = Some(info.rows)
                .filter(|n| e.rows.is_some_and(|r| r != *n))
                .or(e.rows);
            Plan::load(&place.project, &e).ok()
        })
        .filter(|plan| plan.same_as(&info).is_ok());
    if plan.is_none() {
        place
            .messages
            .note("the project changed since this run, so messages are omitted");
    }
    match &args.output {
        None => write(
            &mut io::stdout().lock(),
            format,
            &store,
            &info,
            plan.as_ref(),
        )?,
        Some(path) => {
            let dir = path
                .parent()
                .filter(|d| !d.as_os_str().is_empty())
                .unwrap_or(std::path::Path::new("."));
            let said = || format!("cannot write {}", path.display());
            let mut file = tempfile::NamedTempFile::new_in(dir).with_context(said)?;
            write(file.as_file_mut(), format, &store, &info, plan.as_ref())?;
            file.persist(path).with_context(said)?;
            place.messages.note(&format!("wrote {}", path.display()));
        }
    }
    Ok(Exit::Done)
}

fn write(
    out: &mut dyn Write,
    format: ExportFormat,
    store: &crate::store::Store,
    info: &RunInfo,
    plan: Option<&Plan>,
) -> anyhow::Result<()> {
    let mut out = BufWriter::new(out);
    if format == ExportFormat::Csv {
        writeln!(
            out,
            "run,variant,model,row_id,sample,expected,output,answer,score,unreadable,failure,latency_ms,prompt_tokens,completion_tokens"
        )?;
    }
    let mut failed: Option<io::Error> = None;
    store.each_trial(&info.id, &mut |record| {
        if failed.is_none() {
            let line = match format {
                ExportFormat::Jsonl => line(info, plan, &record).to_string(),
                ExportFormat::Csv => csv_line(info, &record),
            };
            failed = writeln!(out, "{line}").err();
        }
    })?;
    match failed {
        Some(error) => Err(error.into()),
        None => Ok(out.flush()?),
    }
}

fn line(info: &RunInfo, plan: Option<&Plan>, record: &TrialRecord) -> Value {
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
    if let Some(messages) = plan.and_then(|p| p.prompt(v, &p.dataset.row(r).ok()?).ok()) {
        map.insert("messages".into(), json!(messages));
    }
    if let Outcome::Completed(c) = &record.outcome {
        map.insert("output".into(), json!(c.text));
        map.insert("finish_reason".into(), json!(c.finish));
        map.insert("usage".into(), json!(c.usage));
        map.insert("latency_ms".into(), json!(c.latency_ms));
    }
    if let Some(cost) = record.cost_usd {
        map.insert("cost_usd".into(), json!(cost));
    }
    line
}

fn csv_line(info: &RunInfo, record: &TrialRecord) -> String {
    let r = record.id.row as usize;
    let main = record.scores.main();
    let completion = record.outcome.completion();
    let number = |x: Option<f64>| x.map_or(String::new(), |x| x.to_string());
    let cells = [
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
    ];
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    // Writing into memory cannot fail.
    let _ = writer.write_record(cells.iter().map(|c| crate::report::spreadsheet_cell(c)));
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8_lossy(&bytes).trim_end().to_owned()
}
