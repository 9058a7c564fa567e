//! `wording score`: outputs made elsewhere, scored and compared without sending anything.

use super::{
    context::{CommandContext, shorten},
    output::{Exit, Messages, print_colored, print_json, stdout_color, stdout_width},
    run::{check_gates, parse_gates, report_gate_failures, typed_command},
    texts::{spans_of, texts_of},
};
use crate::{
    cli::{Global, OutputFormat, ScoreArgs},
    dataset::{Dataset, RowColumns},
    display::write_json_line,
    engine::ExistingOutputs,
    project::{MetricSpec, typed_metric},
    report::{
        OutputReading, RunReport, WriteOptions, breakdown_text, check_form, run_facts, run_json,
        summary, write_run,
    },
    store::{RunOrigin, Store, create_store_folder},
};
use anyhow::{Context as _, bail};
use std::io::{self, BufWriter, Write};

/// Score the outputs of a file, print what came of it, hold it against the gates.
pub async fn score(global: &Global, args: &ScoreArgs) -> anyhow::Result<Exit> {
    let gates = parse_gates(&args.gates)?;
    if let Some(path) = &args.report {
        check_form(path)?;
    }
    let outputs = open(global, args)?;
    if args.explain {
        explain(&outputs, args.format, stdout_color(global.color))?;
    }
    // The run lives only as long as the command, unless a store is named for it.
    let folder = tempfile::tempdir().context("cannot create a folder for the scores")?;
    let path = match &global.store {
        Some(path) => path.clone(),
        None => folder.path().join("wording.db"),
    };
    if let Some(parent) = path.parent() {
        create_store_folder(parent)
            .with_context(|| format!("cannot create {}, the folder for runs", shorten(parent)))?;
    }
    let store = Store::open(&path)?;
    let name = match args.file.file_stem() {
        Some(stem) if args.file.as_os_str() != "-" => stem.to_string_lossy().into_owned(),
        _ => "stdin".into(),
    };
    let origin = RunOrigin {
        command: Some(typed_command()),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..RunOrigin::default()
    };
    let id = outputs.save(&store, &name, origin).await?;
    let info = store.run(&id.0)?;
    let mut report = match &args.report {
        Some(_) => RunReport::read_whole(&store, info)?,
        None => RunReport::read(&store, info)?,
    };
    let held = check_gates(&gates, &run_facts(&report))?;
    match (args.format, args.explain) {
        (OutputFormat::Json, true) => {}
        (OutputFormat::Json, false) => print_json(&run_json(&report))?,
        (OutputFormat::Human, _) => {
            let (width, color) = (stdout_width(), stdout_color(global.color));
            let text = summary(&report, width, color) + &breakdown_text(&report, width, color);
            print_colored(&text)?;
        }
    }
    let messages = Messages::new(global);
    if let Some(path) = &args.report {
        let ExistingOutputs {
            dataset,
            columns,
            scorer,
            ..
        } = outputs;
        report.texts = texts_of(dataset.clone(), &report.info, columns);
        report.spans = spans_of(dataset, scorer);
        let options = WriteOptions {
            no_outputs: args.no_outputs,
            command: Some(typed_command()),
            held: held.clone(),
            ..WriteOptions::default()
        };
        write_run(path, &report, &options)?;
        messages.note(&format!("wrote {}", path.display()));
    }
    Ok(match report_gate_failures(messages, &held, &[]) {
        true => Exit::Done,
        false => Exit::Failed,
    })
}

fn open(global: &Global, args: &ScoreArgs) -> anyhow::Result<ExistingOutputs> {
    let (metrics, answer) = metrics(global, args)?;
    let columns = RowColumns {
        answer: args.answer.clone().or(answer),
        id: args.id.clone(),
        cluster: args.cluster.clone(),
    };
    let dataset = Dataset::read(&args.file, &columns)?;
    let outputs = ExistingOutputs::new(dataset, &args.outputs, &args.slices, &metrics)?;
    if columns.answer.is_none() && outputs.scorer.needs_answer() {
        bail!(
            "the metric `{}` compares with an expected answer: name its column with --answer; {} has {}",
            metrics.first().map_or("", |metric| &metric.name),
            outputs.dataset.path().display(),
            outputs.dataset.columns().join(", ")
        );
    }
    Ok(outputs)
}

/// The metrics, and the answer column of the experiment that they are from.
fn metrics(global: &Global, args: &ScoreArgs) -> anyhow::Result<(Vec<MetricSpec>, Option<String>)> {
    if let Some(name) = &args.experiment {
        let place = CommandContext::open(global)?;
        let experiment = place.project.experiment(Some(name))?;
        return Ok((experiment.metrics.clone(), experiment.answer.clone()));
    }
    let mut settings = args.settings.clone();
    if !settings.iter().any(|(key, _)| key == "kind") {
        let kind = args
            .kind
            .as_deref()
            .unwrap_or(match args.labels.as_slice() {
                [] => "normalized",
                _ => "label",
            });
        settings.insert(0, ("kind".into(), kind.into()));
    }
    if !args.labels.is_empty() {
        let labels = serde_json::to_string(&args.labels)?;
        settings.push(("labels".into(), labels));
    }
    Ok((vec![typed_metric(&settings)?], None))
}

/// Print what was read in each output.
fn explain(outputs: &ExistingOutputs, format: OutputFormat, color: bool) -> anyhow::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    for (r, row) in outputs.dataset.rows().enumerate() {
        let row = row?;
        let expected = row.expected_text();
        for (v, completion) in outputs.of_row(&row) {
            let reading = OutputReading {
                row: r,
                row_id: &row.id,
                variant: &outputs.columns[v],
                expected: expected.as_deref(),
                output: &completion.text,
                reading: outputs.scorer.explain(&completion, &row, None),
            };
            match format {
                OutputFormat::Json => write_json_line(&mut out, &reading.json())?,
                OutputFormat::Human => writeln!(out, "{}", reading.text(stdout_width(), color))?,
            }
        }
    }
    Ok(out.flush()?)
}
