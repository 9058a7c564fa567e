//! `wording export`: the trials of a run, one per line.

use super::{context::CommandContext, export_to::export_to, output::Exit};
#[cfg(feature = "parquet")]
use crate::report::write_trials_parquet;
use crate::{
    cli::{ExportArgs, ExportFormat, Global},
    engine::Plan,
    report::{write_file, write_trials_csv, write_trials_jsonl, write_trials_otlp},
    store::RunInfo,
};
use anyhow::bail;
#[cfg(feature = "parquet")]
use std::io::IsTerminal as _;
use std::io::{self, Write};

/// The plan of a run with what was typed for it (rows, samples, models, variants); `None` where the project changed since.
fn plan_of_run(place: &CommandContext, info: &RunInfo) -> Option<Plan> {
    let mut experiment = place
        .project
        .experiment(Some(&info.experiment))
        .ok()?
        .clone();
    experiment.rows = Some(info.rows);
    experiment.samples = info.samples;
    experiment.seed = info.seed;
    experiment.models.clone_from(&info.models);
    let mut plan = Plan::load(&place.project, &experiment).ok()?;
    let place_of = |name: &str| plan.variants.iter().position(|v| v.name == name);
    let order: Option<Vec<usize>> = info.variants.iter().map(|v| place_of(&v.name)).collect();
    plan.arrange_variants(&order?);
    plan.same_as(info).is_ok().then_some(plan)
}

pub fn export(global: &Global, args: &ExportArgs) -> anyhow::Result<Exit> {
    let place = CommandContext::open_to_read(global)?;
    if let (Some(tool), Some(folder)) = (args.to, &args.output) {
        return export_to(&place, args, tool, folder);
    }
    let store = place.store()?;
    let info = store.run(args.run.as_deref().unwrap_or("latest"))?;
    let ending = (args.output.as_ref())
        .and_then(|path| path.extension())
        .and_then(|ending| ending.to_str());
    let format = match (args.format, ending) {
        (Some(format), _) => format,
        (None, Some("csv")) => ExportFormat::Csv,
        (None, Some("jsonl" | "ndjson") | None) => ExportFormat::Jsonl,
        #[cfg(feature = "parquet")]
        (None, Some("parquet")) => ExportFormat::Parquet,
        #[cfg(not(feature = "parquet"))]
        (None, Some("parquet")) => bail!("this wording was built without Parquet; export to .csv"),
        (None, Some(other)) => bail!(
            "unknown format .{other}; use a file name ending in .jsonl, .csv or .parquet, or --format"
        ),
    };
    // Prompts that were not stored are rendered again where nothing changed since.
    let has_messages = matches!(format, ExportFormat::Jsonl | ExportFormat::Otlp);
    let lacks_prompts = has_messages && store.lacks_prompts(&info.id)?;
    let plan = match lacks_prompts {
        true => plan_of_run(&place, &info),
        false => None,
    };
    if lacks_prompts && plan.is_none() {
        place.messages.note(
            "the project changed since this run, so messages that were not stored are omitted",
        );
    }
    let write = |out: &mut dyn Write| match format {
        ExportFormat::Csv => write_trials_csv(out, &store, &info),
        #[cfg(feature = "parquet")]
        ExportFormat::Parquet => write_trials_parquet(out, &store, &info),
        ExportFormat::Jsonl => write_trials_jsonl(out, &store, &info, plan.as_ref()),
        ExportFormat::Otlp => write_trials_otlp(out, &store, &info, plan.as_ref()),
    };
    match &args.output {
        #[cfg(feature = "parquet")]
        None if format == ExportFormat::Parquet && io::stdout().is_terminal() => {
            bail!("Parquet is not for a terminal; name a file with -o trials.parquet")
        }
        None => write(&mut io::stdout().lock())?,
        Some(path) => {
            write_file(path, write)?;
            place.messages.note(&format!("wrote {}", path.display()));
        }
    }
    Ok(Exit::Done)
}
