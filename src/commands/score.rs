//! `wording score`: outputs made elsewhere, scored and compared without sending anything.

use super::{
    context::{CommandContext, shorten},
    gates::{check_gates, parse_gates, report_gate_failures},
    origin::{origin, typed_command},
    output::{Exit, Messages, print_colored, print_json, stdout_color, stdout_width},
    sealed::open_for_run,
    texts::{spans_of, texts_of},
};
use crate::{
    cli::{Global, OutputFormat, RunArgs, ScoreArgs},
    dataset::{Dataset, ReadOptions},
    display::write_json_line,
    engine::ExistingOutputs,
    project::{ExperimentSpec, MetricSpec, OutputColumn, typed_metric},
    report::{
        Gate, OutputReading, RunReport, WriteOptions, breakdown_text, check_form, run_facts,
        run_json, summary, write_run,
    },
    store::{RunOrigin, Store, create_store_folder},
};
use anyhow::{Context as _, bail};
use std::{
    io::{self, BufWriter, Write},
    path::Path,
};

/// What is to be made of the scores.
struct Request<'a> {
    gates: Vec<Gate>,
    explain: bool,
    format: OutputFormat,
    report: Option<&'a Path>,
    no_outputs: bool,
}

/// Score the outputs of a file, print what came of it, hold it against the gates.
pub async fn score(global: &Global, args: &ScoreArgs) -> anyhow::Result<Exit> {
    let request = Request {
        gates: parse_gates(&args.gates)?,
        explain: args.explain,
        format: args.format,
        report: args.report.as_deref(),
        no_outputs: args.no_outputs,
    };
    if let Some(path) = &args.report {
        check_form(path)?;
    }
    let (outputs, name) = open(global, args)?;
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
    let origin = RunOrigin {
        command: Some(typed_command()),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..RunOrigin::default()
    };
    analyse(
        global,
        outputs,
        &Store::open(&path)?,
        &name,
        origin,
        request,
    )
    .await
}

/// `wording run` of an experiment with `outputs`: the scores are kept in the store of the project.
pub async fn run_outputs(
    place: &CommandContext,
    experiment: &ExperimentSpec,
    args: &RunArgs,
    gates: Vec<Gate>,
) -> anyhow::Result<Exit> {
    let request = Request {
        gates,
        explain: false,
        format: args.format,
        report: args.output.as_deref(),
        no_outputs: args.no_outputs,
    };
    let store = place.store()?;
    let opening = match args.open_sealed {
        true => {
            let note = args.note.as_deref();
            Some(open_for_run(place, experiment, &store, note)?)
        }
        false => None,
    };
    let outputs = ExistingOutputs::of_experiment(&place.project, experiment, opening.as_ref())?;
    let (name, origin) = (&experiment.name, origin(place));
    analyse(&place.global, outputs, &store, name, origin, request).await
}

async fn analyse(
    global: &Global,
    outputs: ExistingOutputs,
    store: &Store,
    name: &str,
    origin: RunOrigin,
    request: Request<'_>,
) -> anyhow::Result<Exit> {
    if request.explain {
        explain(&outputs, request.format, stdout_color(global.color))?;
    }
    let id = outputs.save(store, name, origin).await?;
    let info = store.run_with(&id.0, outputs.opening.as_ref())?;
    let mut report = match request.report {
        Some(_) => RunReport::read_whole(store, info)?,
        None => RunReport::read(store, info)?,
    };
    let held = check_gates(&request.gates, &run_facts(&report))?;
    match (request.format, request.explain) {
        (OutputFormat::Json, true) => {}
        (OutputFormat::Json, false) => print_json(&run_json(&report))?,
        (OutputFormat::Human, _) => {
            let (width, color) = (stdout_width(), stdout_color(global.color));
            let text = summary(&report, width, color) + &breakdown_text(&report, width, color);
            print_colored(&text)?;
        }
    }
    let messages = Messages::new(global);
    if let Some(path) = request.report {
        let ExistingOutputs {
            dataset,
            columns,
            scorer,
            ..
        } = outputs;
        let columns = columns.into_iter().map(|output| output.column).collect();
        report.texts = texts_of(dataset.clone(), &report.info, columns);
        report.spans = spans_of(dataset, scorer);
        let options = WriteOptions {
            no_outputs: request.no_outputs,
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

/// The outputs to score, and a name for the run.
fn open(global: &Global, args: &ScoreArgs) -> anyhow::Result<(ExistingOutputs, String)> {
    let Some(file) = &args.file else {
        let place = CommandContext::open(global)?;
        let experiment = place.project.experiment(args.experiment.as_deref())?;
        if experiment.outputs.is_empty() {
            bail!(
                "[experiment.{0}] has no `outputs`: name a file and its columns, for example `wording score FILE --output COLUMN --experiment {0}`",
                experiment.name
            );
        }
        let outputs = ExistingOutputs::of_experiment(&place.project, experiment, None)?;
        return Ok((outputs, experiment.name.clone()));
    };
    if args.outputs.is_empty() {
        bail!("name the columns with outputs: --output COLUMN");
    }
    let (metrics, answer) = metrics(global, args)?;
    let options = ReadOptions {
        answer: args.answer.clone().or(answer),
        id: args.id.clone(),
        cluster: args.cluster.clone(),
        delimiter: args.delimiter,
        max_record: args.max_record,
    };
    let dataset = Dataset::read(file, &options)?;
    let columns: Vec<OutputColumn> = args
        .outputs
        .iter()
        .map(|name| name.as_str().into())
        .collect();
    let outputs = ExistingOutputs::new(dataset, &columns, &args.slices, &metrics)?;
    if options.answer.is_none() && outputs.scorer.needs_answer() {
        bail!(
            "the metric `{}` compares with an expected answer: name its column with --answer; {} has {}",
            metrics.first().map_or("", |metric| &metric.name),
            outputs.dataset.path().display(),
            outputs.dataset.columns().join(", ")
        );
    }
    let name = match file.file_stem() {
        Some(stem) if file.as_os_str() != "-" => stem.to_string_lossy().into_owned(),
        _ => "stdin".into(),
    };
    Ok((outputs, name))
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
                variant: &outputs.columns[v].variant,
                expected: expected.as_deref(),
                output: &completion.text,
                truncated: completion.is_truncated(),
                reading: outputs.scorer.explain(&completion, &row, None),
            };
            match format {
                OutputFormat::Json => write_json_line(&mut out, &reading.json())?,
                OutputFormat::Human => {
                    writeln!(out, "{}", reading.text(stdout_width().text, color))?
                }
            }
        }
    }
    Ok(out.flush()?)
}
