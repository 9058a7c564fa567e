//! `wording score`: outputs made elsewhere, scored and compared without sending anything.

use super::{
    context::{CommandContext, shorten},
    gates::{check_gates, parse_gates, report_gate_failures},
    origin::origin,
    output::{Exit, Messages, print_colored, print_json, stdout_color, stdout_width},
    sealed::open_for_run,
    texts::{spans_of, texts_of},
    typed_command::typed_command,
};
use crate::{
    cli::{Global, OutputFormat, RunArgs, ScoreArgs},
    dataset::{Dataset, ReadOptions},
    display::write_json_line,
    engine::ExistingOutputs,
    project::{ExperimentSpec, MetricSpec, OutputColumn, typed_metric},
    report::{
        Gate, GateResult, OutputReading, RunReport, WriteOptions, breakdown_text, check_form,
        run_facts, run_json, summary, write_run,
    },
    store::{RunOrigin, Store, create_store_folder},
};
use anyhow::{Context as _, bail};
use std::{
    io::{self, BufWriter, Write},
    path::Path,
};
use tempfile::TempDir;

/// What is to be made of the scores.
struct Request<'a> {
    explain: bool,
    format: OutputFormat,
    report: Option<&'a Path>,
    no_outputs: bool,
    /// As it was typed.
    command: String,
}

/// Outputs that have scores.
#[derive(Debug)]
pub struct ScoredOutputs {
    pub report: RunReport,
    pub held: Vec<GateResult>,
    outputs: ExistingOutputs,
    /// Where the run is kept, unless a store is named for it.
    _folder: Option<TempDir>,
}

/// Score the outputs of a file, print what came of it, hold it against the gates.
pub async fn score(global: &Global, args: &ScoreArgs) -> anyhow::Result<Exit> {
    let gates = parse_gates(&args.gates)?;
    if let Some(path) = &args.report {
        check_form(path)?;
    }
    let place = args.experiment.as_ref();
    let place = place.map(|_| CommandContext::open(global)).transpose()?;
    let (outputs, name) = open(place.as_ref(), args)?;
    let request = Request {
        explain: args.explain,
        format: args.format,
        report: args.report.as_deref(),
        no_outputs: args.no_outputs,
        command: typed_command(),
    };
    if request.explain {
        explain(&outputs, request.format, stdout_color(global.color))?;
    }
    let whole = request.report.is_some();
    let command = request.command.clone();
    let scored = save_apart(
        global.store.as_deref(),
        outputs,
        &name,
        command,
        &gates,
        whole,
    )
    .await?;
    show(&Messages::new(global), global, scored, request)
}

/// Score the outputs of a file for a program that called the command; nothing is kept.
pub async fn scored(
    place: &CommandContext,
    args: &ScoreArgs,
    gates: &[Gate],
) -> anyhow::Result<ScoredOutputs> {
    let (outputs, name) = open(Some(place), args)?;
    save_apart(None, outputs, &name, place.command(), gates, false).await
}

/// Score in a store of its own, which lives only as long as the scores, unless one is named.
async fn save_apart(
    store: Option<&Path>,
    outputs: ExistingOutputs,
    name: &str,
    command: String,
    gates: &[Gate],
    whole: bool,
) -> anyhow::Result<ScoredOutputs> {
    let origin = RunOrigin {
        command: Some(command),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..RunOrigin::default()
    };
    if let Some(path) = store {
        if let Some(parent) = path.parent() {
            create_store_folder(parent).with_context(|| {
                format!("cannot create {}, the folder for runs", shorten(parent))
            })?;
        }
        return save(outputs, &Store::open(path)?, name, origin, gates, whole).await;
    }
    let folder = tempfile::tempdir().context("cannot create a folder for the scores")?;
    let store = Store::open(&folder.path().join("wording.db"))?;
    let scored = save(outputs, &store, name, origin, gates, whole).await?;
    Ok(ScoredOutputs {
        _folder: Some(folder),
        ..scored
    })
}

/// `wording run` of an experiment with `outputs`: the scores are kept in the store of the project.
pub async fn run_outputs(
    place: &CommandContext,
    experiment: &ExperimentSpec,
    args: &RunArgs,
    gates: &[Gate],
) -> anyhow::Result<Exit> {
    let request = Request {
        explain: false,
        format: args.format,
        report: args.output.as_deref(),
        no_outputs: args.no_outputs,
        command: place.command(),
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
    let (name, whole) = (&experiment.name, request.report.is_some());
    let scored = save(outputs, &store, name, origin(place), gates, whole).await?;
    show(&place.messages, &place.global, scored, request)
}

/// Score outputs and keep them as a run; `whole`: whether the report is to be written to a file.
async fn save(
    outputs: ExistingOutputs,
    store: &Store,
    name: &str,
    origin: RunOrigin,
    gates: &[Gate],
    whole: bool,
) -> anyhow::Result<ScoredOutputs> {
    let id = outputs.save(store, name, origin).await?;
    let info = store.run_with(&id.0, outputs.opening.as_ref())?;
    let report = match whole {
        true => RunReport::read_whole(store, info)?,
        false => RunReport::read(store, info)?,
    };
    let held = check_gates(gates, || run_facts(&report))?;
    Ok(ScoredOutputs {
        report,
        held,
        outputs,
        _folder: None,
    })
}

/// Report gates that do not hold; the exit code.
pub fn gate_exit(messages: &Messages, held: &[GateResult]) -> Exit {
    match report_gate_failures(messages, held, &[]) {
        true => Exit::Done,
        false => Exit::Failed,
    }
}

/// Print and write what came of it.
fn show(
    messages: &Messages,
    global: &Global,
    scored: ScoredOutputs,
    request: Request<'_>,
) -> anyhow::Result<Exit> {
    let ScoredOutputs {
        mut report,
        held,
        outputs,
        ..
    } = scored;
    match (request.format, request.explain) {
        (OutputFormat::Json, true) => {}
        (OutputFormat::Json, false) => print_json(&run_json(&report))?,
        (OutputFormat::Human, _) => {
            let (width, color) = (stdout_width(), stdout_color(global.color));
            let text = summary(&report, width, color) + &breakdown_text(&report, width, color);
            print_colored(&text)?;
        }
    }
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
            command: Some(request.command),
            held: held.clone(),
            ..WriteOptions::default()
        };
        write_run(path, &report, &options)?;
        messages.note(&format!("wrote {}", path.display()));
    }
    Ok(gate_exit(messages, &held))
}

/// The outputs to score, and a name for the run.
fn open(
    place: Option<&CommandContext>,
    args: &ScoreArgs,
) -> anyhow::Result<(ExistingOutputs, String)> {
    let Some(file) = &args.file else {
        let place = place.context("name a file with outputs, or an experiment")?;
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
    let (metrics, answer) = metrics(place, args)?;
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
fn metrics(
    place: Option<&CommandContext>,
    args: &ScoreArgs,
) -> anyhow::Result<(Vec<MetricSpec>, Option<String>)> {
    if let (Some(name), Some(place)) = (&args.experiment, place) {
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
