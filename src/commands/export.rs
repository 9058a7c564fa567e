//! `wording export`: the trials of a run, one a line.

use super::{context::CommandContext, output::Exit};
use crate::{
    cli::{ExportArgs, ExportFormat, Global},
    engine::Plan,
    report::{write_file, write_trials_csv, write_trials_jsonl},
};
use anyhow::bail;
use std::io::{self, Write};

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
    let write = |out: &mut dyn Write| match format {
        ExportFormat::Csv => write_trials_csv(out, &store, &info),
        ExportFormat::Jsonl => write_trials_jsonl(out, &store, &info, plan.as_ref()),
    };
    match &args.output {
        None => write(&mut io::stdout().lock())?,
        Some(path) => {
            write_file(path, write)?;
            place.messages.note(&format!("wrote {}", path.display()));
        }
    }
    Ok(Exit::Done)
}
