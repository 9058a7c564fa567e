//! `wording report`: what came of a run, in any form, without sending anything.

use super::{
    advise::advice_for_run,
    context::CommandContext,
    gates::{check_gates, check_required, parse_gates, report_gate_failures, required},
    output::{Exit, print_colored, print_json, stdout_color, stdout_width},
    rate::ratings_of_run,
    sealed::open_run,
    texts::{answer_spans, row_texts},
};
#[cfg(feature = "png")]
use crate::report::png;
use crate::{
    cli::{Global, OutputFormat, ReportArgs},
    display::visible,
    engine::{CurrentRun, Plan, write_bundle},
    model::RunSeal,
    report::{
        Gate, PLOTS, ReportDetails, RunReport, WriteOptions, check_form, plot, run_facts,
        run_report_json, variance_report, write_bytes, write_run,
    },
    source::did_you_mean,
    store::{RunInfo, SealOpening, Store},
};
#[cfg(feature = "png")]
use anyhow::anyhow;
use anyhow::bail;
use std::{collections::HashSet, path::Path};

pub fn report(global: &Global, args: &ReportArgs) -> anyhow::Result<Exit> {
    let gates = parse_gates(&args.gates)?;
    match (&args.write.output, &args.plot) {
        (Some(path), Some(kind)) => check_plot(path, kind)?,
        (Some(path), None) => {
            check_form(path)?;
        }
        (None, Some(_)) => bail!("--plot requires -o FILE.svg"),
        (None, None) => {}
    }
    let place = CommandContext::open_to_read(global)?;
    let ReadRun {
        store,
        mut report,
        opening,
        chosen,
    } = read_run(&place, args)?;
    if let Some(path) = &args.bundle {
        let has_rows = write_bundle(&place.project, &store, &report.info, path)?;
        if !has_rows {
            place.messages.note(
                "the rows of this run are not in the bundle: the dataset is missing or has changed, or they are sealed",
            );
        }
        place.messages.note(&format!("wrote {}", path.display()));
    }
    let form = args
        .write
        .output
        .as_deref()
        .and_then(|path| check_form(path).ok());
    if opening.is_none() && args.plot.is_none() && !matches!(form, Some("csv" | "xml")) {
        report.advice = advice_for_run(&place, &report);
    }
    let options = write_options(&place, args, &report, &gates, chosen.clone())?;
    match (&args.write.output, args.write.format) {
        (Some(path), _) => {
            if let Some(kind) = &args.plot {
                let Some(text) = plot(&report, kind, options.title.as_deref()) else {
                    bail!(
                        "{} has no data for the plot {kind}; `wording report` shows what is needed",
                        report.info.id
                    );
                };
                write_bytes(path, &picture(path, text)?)?;
            } else {
                report.texts = row_texts(&place, &report.info, opening.as_ref());
                if form == Some("html") {
                    report.spans = answer_spans(&place, &report.info, opening.as_ref());
                }
                if !report.texts.is_known() && !options.no_outputs {
                    place.messages.note(
                        "the dataset is missing or changed since this run, so row texts are omitted",
                    );
                }
                write_run(path, &report, &options)?;
            }
            place.messages.note(&format!("wrote {}", path.display()));
        }
        (None, OutputFormat::Json) => print_json(&run_report_json(&report, &options))?,
        (None, OutputFormat::Human) => {
            let details = ReportDetails {
                labels: args.labels,
                slices: args.slices,
            };
            let text =
                variance_report(&report, details, stdout_width(), stdout_color(global.color));
            let chosen = chosen.map_or(String::new(), |chosen| visible(&chosen) + "\n");
            print_colored(&(chosen + &text))?;
        }
    }
    Ok(exit(&place, &report, &options))
}

/// Report what does not hold; the exit code.
pub fn exit(place: &CommandContext, report: &RunReport, options: &WriteOptions) -> Exit {
    let wrong = options.required.not_right_in_run(report);
    match report_gate_failures(&place.messages, &options.held, &wrong) {
        true => Exit::Done,
        false => Exit::Failed,
    }
}

/// A run as `report` shows it.
#[derive(Debug)]
pub struct ReadRun {
    store: Store,
    pub report: RunReport,
    /// By which its rows are the sealed ones.
    opening: Option<SealOpening>,
    /// Which rows of the grid were chosen, in words.
    pub chosen: Option<String>,
}

/// Read the run that the arguments name, with what people said of its answers.
pub fn read_run(place: &CommandContext, args: &ReportArgs) -> anyhow::Result<ReadRun> {
    let store = place.store()?;
    let mut opening = None;
    let mut chosen = None;
    let (store, info) = match (&args.run, &args.rows_where) {
        (id, _) if args.open_sealed => {
            let note = args.write.note.as_deref();
            let (info, opened) = sealed_run(place, &store, id.as_deref(), note)?;
            opening = Some(opened);
            (store, info)
        }
        (Some(id), _) => {
            let info = store.run(id)?;
            (store, info)
        }
        (None, Some(condition)) => {
            let (all, store, info) = current_rows(place, store, condition)?;
            chosen = Some(format!("{} of {all} rows, where {condition}", info.rows));
            (store, info)
        }
        (None, None) => current_run(place, store)?,
    };
    let mut report = RunReport::read_whole(&store, info)?;
    report.ratings = ratings_of_run(place, &store, &report.info)?;
    Ok(ReadRun {
        store,
        report,
        opening,
        chosen,
    })
}

/// How a report is written, and the gates and required rows that it is held against.
pub fn write_options(
    place: &CommandContext,
    args: &ReportArgs,
    report: &RunReport,
    gates: &[Gate],
    chosen: Option<String>,
) -> anyhow::Result<WriteOptions> {
    let required = required(&args.write.require);
    check_required(&required, |id| report.has_row(id))?;
    let held = check_gates(gates, || run_facts(report))?;
    Ok(WriteOptions {
        no_outputs: args.write.no_outputs,
        title: args.write.title.clone(),
        note: match (chosen, args.write.note.clone()) {
            (Some(chosen), Some(note)) => Some(format!("{chosen}. {note}")),
            (chosen, note) => chosen.or(note),
        },
        command: Some(place.command()),
        held,
        required,
    })
}

/// The run over sealed rows that was named, else the latest one, and the opening by which it is shown.
fn sealed_run(
    place: &CommandContext,
    store: &Store,
    id: Option<&str>,
    note: Option<&str>,
) -> anyhow::Result<(RunInfo, SealOpening)> {
    let found = match id {
        None | Some("latest") => {
            let runs = store.all_runs()?.into_iter();
            runs.into_iter().find(RunInfo::is_of_sealed_rows)
        }
        Some(id) => Some(store.find_run(id)?),
    };
    let Some(found) = found else {
        bail!("no run over sealed rows yet; start one with `wording run EXPERIMENT --open-sealed`");
    };
    let opening = open_run(place, &found, store, note)?;
    Ok((store.sealed_run(&found.id, &opening)?, opening))
}

/// The grid as the project is now, where it is that of the latest run's experiment; else the latest run.
fn current_run(place: &CommandContext, store: Store) -> anyhow::Result<(Store, RunInfo)> {
    let latest = match store.run("latest") {
        Ok(latest) => latest,
        // Answers outlive the runs that bought them.
        Err(no_run) => return grid_without_runs(place, &store)?.ok_or_else(|| no_run.into()),
    };
    let Some(plan) = plan_with(place, &latest)? else {
        return Ok((store, latest));
    };
    match CurrentRun::find(&plan, &store)? {
        None => Ok((store, latest)),
        Some(CurrentRun::Stored(info)) => Ok((store, info)),
        Some(CurrentRun::Gathered(gathered, info)) => {
            place.messages.note(&format!(
                "reporting the current grid of `{}`, {}; `wording report latest` reports the latest run alone",
                info.experiment,
                sources_of(&info)
            ));
            Ok((gathered, info))
        }
    }
}

/// The grid of the first experiment of which the store has answers.
fn grid_without_runs(
    place: &CommandContext,
    store: &Store,
) -> anyhow::Result<Option<(Store, RunInfo)>> {
    for experiment in &place.project.experiments {
        let Ok(plan) = place.plan(experiment, &[]) else {
            continue;
        };
        place.embed_from_store(&plan)?;
        if let Some(CurrentRun::Gathered(gathered, info)) = CurrentRun::find(&plan, store)? {
            place.messages.note(&format!(
                "reporting the current grid of `{}`, of answers without a run",
                visible(&info.experiment)
            ));
            return Ok(Some((gathered, info)));
        }
    }
    Ok(None)
}

fn sources_of(info: &RunInfo) -> String {
    let sources = info.sources.iter();
    let sources: Vec<String> = sources.map(|(run, n)| format!("{n} from {run}")).collect();
    sources.join(", ")
}

/// The rows of the current grid that meet a condition, and how many there are in all.
fn current_rows(
    place: &CommandContext,
    store: Store,
    condition: &str,
) -> anyhow::Result<(usize, Store, RunInfo)> {
    let latest = store.run("latest")?;
    if latest.is_scored_only() || !place.names(&latest.experiment) {
        bail!(
            "--where reports the current grid, and run {} is not of an experiment of the project",
            latest.id
        );
    }
    let mut experiment = place.project.experiment(Some(&latest.experiment))?.clone();
    let all = place.plan(&experiment, &[])?.dataset.len();
    experiment.rows_where = Some(condition.to_owned());
    let plan = place.plan(&experiment, &[])?;
    place.embed_from_store(&plan)?;
    match CurrentRun::find(&plan, &store)? {
        None => bail!(
            "no answer of these rows is stored; `wording run {} --rows-where CONDITION` sends them",
            visible(&experiment.name)
        ),
        Some(CurrentRun::Stored(info)) => Ok((all, store, info)),
        Some(CurrentRun::Gathered(gathered, info)) => Ok((all, gathered, info)),
    }
}

/// The plan of a run's experiment as the project is now, where the run is a part of it.
fn plan_with(place: &CommandContext, run: &RunInfo) -> anyhow::Result<Option<Plan>> {
    let is_whole = run.policy.is_none() && run.shard.is_none() && !run.is_scored_only();
    if !is_whole || !place.names(&run.experiment) {
        return Ok(None);
    }
    let experiment = place.project.experiment(Some(&run.experiment))?;
    let Ok(plan) = place.plan(experiment, &[]) else {
        return Ok(None);
    };
    let names: HashSet<&str> = plan.variants.iter().map(|v| v.name.as_str()).collect();
    let is_part = run.variants.iter().all(|v| names.contains(v.name.as_str()))
        && run.models.iter().all(|m| plan.models.contains(m))
        && run.samples <= plan.experiment.samples
        && run.rows <= plan.seal.as_ref().map_or(plan.dataset.len(), RunSeal::all);
    if is_part {
        place.embed_from_store(&plan)?;
    }
    Ok(is_part.then_some(plan))
}

/// Whether there is such a plot, and the file is to be an SVG.
fn check_plot(path: &Path, kind: &str) -> anyhow::Result<()> {
    if !PLOTS.contains(&kind) {
        let near = did_you_mean(kind, PLOTS);
        bail!("no plot `{kind}`{near}; available: {}", PLOTS.join(", "));
    }
    match extension(path).as_str() {
        "svg" => Ok(()),
        "png" if cfg!(feature = "png") => Ok(()),
        "png" => bail!(
            "{}: this build writes plots as .svg only; build with `--features png` for .png, or convert with `rsvg-convert e.svg -o e.png`",
            path.display()
        ),
        _ => bail!(
            "{}: plots are written as .svg{}",
            path.display(),
            if cfg!(feature = "png") {
                " or .png"
            } else {
                ""
            }
        ),
    }
}

fn extension(path: &Path) -> String {
    path.extension()
        .map_or(String::new(), |e| e.to_string_lossy().to_lowercase())
}

/// A plot in the form that the name of its file asks for.
fn picture(path: &Path, svg: String) -> anyhow::Result<Vec<u8>> {
    #[cfg(feature = "png")]
    if extension(path) == "png" {
        return png(&svg).map_err(|message| anyhow!("{}: {message}", path.display()));
    }
    #[cfg(not(feature = "png"))]
    let _ = path;
    Ok(svg.into_bytes())
}
