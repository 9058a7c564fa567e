//! `wording advise`: prompt or fine-tune, from the latest run, the labelled rows and what was said.

use super::{
    context::CommandContext,
    output::{Exit, print_colored, print_json, stdout_color, stdout_width},
};
use crate::{
    advise::{AdviceInput, Evidence, RunFigures, TunedModels},
    cli::{AdviseArgs, Global, OutputFormat, SaidArgs},
    display::write_json,
    narrate::advice::Advice,
    project::{AdviseSpec, Amount},
    report::{RunReport, advice_markdown, advice_text},
    store::{RunInfo, Store},
};
use anyhow::{Context as _, bail};
use std::{ffi::OsStr, path::Path};

/// Say whether to prompt on or to fine-tune.
pub fn advise(global: &Global, args: &AdviseArgs) -> anyhow::Result<Exit> {
    if let Some(path) = &args.output {
        form(path)?;
    }
    let place = CommandContext::open(global)?;
    place.announce();
    let advice = advice(&place, args)?;
    match (&args.output, args.format) {
        (Some(path), _) => {
            let written = match form(path)? {
                Form::Json => {
                    let mut json = Vec::new();
                    write_json(&mut json, &advice)?;
                    json.push(b'\n');
                    json
                }
                Form::Markdown => advice_markdown(&advice).into_bytes(),
            };
            std::fs::write(path, written)
                .with_context(|| format!("cannot write {}", path.display()))?;
            place.messages.note(&format!("wrote {}", path.display()));
        }
        (None, OutputFormat::Json) => print_json(&advice)?,
        (None, OutputFormat::Human) => print_colored(&advice_text(
            &advice,
            stdout_width().text,
            stdout_color(global.color),
        ))?,
    }
    note_stand_in(&place, &advice);
    Ok(Exit::Done)
}

/// Say where the advice is for the stand-in.
pub fn note_stand_in(place: &CommandContext, advice: &Advice) {
    let score = advice.evidence.score.as_ref();
    if score.is_some_and(|score| score.model.starts_with("demo/")) {
        place
            .messages
            .note("demo/icl is a stand-in, not a language model: this advice applies only to it");
    }
}

enum Form {
    Json,
    Markdown,
}

fn form(path: &Path) -> anyhow::Result<Form> {
    match path.extension().and_then(OsStr::to_str) {
        Some("json") => Ok(Form::Json),
        Some("md" | "markdown") => Ok(Form::Markdown),
        _ => bail!(
            "unknown format: {}; use a file name ending in .md or .json",
            path.display()
        ),
    }
}

/// The advice on an experiment.
pub fn advice(place: &CommandContext, args: &AdviseArgs) -> anyhow::Result<Advice> {
    let experiment = place
        .project
        .experiment(args.experiment.as_deref())?
        .clone();
    let spec = override_advise_spec(&place.project.root, &experiment.advise, &args.said);
    let store = place.store()?;
    let plan = place.plan(&experiment, &[])?;
    let tuned = TunedModels::find(&place.project, &store)?;
    let run = match &args.run {
        Some(id) => Some(store.run(id)?),
        None => latest(&store, &experiment.name, &tuned)?,
    };
    if let Some(run) = &run
        && run.experiment != experiment.name
    {
        bail!("{} is a run of `{}`", run.id, run.experiment);
    }
    let survey = AdviceInput {
        project: &place.project,
        plan: &plan,
        store: &store,
        spec: &spec,
    };
    let report = run.map(|run| RunReport::read(&store, run)).transpose()?;
    let evidence = match &report {
        Some(report) => report.with_figures(&tuned, |figures| survey.evidence(Some(figures)))?,
        None => survey.evidence(None)?,
    };
    let run = report.map(|report| report.info.id.0);
    Ok(Advice::new(&experiment.name, run, evidence))
}

/// The advice for the report of a run, or a note on why it is left out.
pub fn advice_for_run(place: &CommandContext, report: &RunReport) -> Option<Advice> {
    try_advice_for_run(place, report).unwrap_or_else(|error| {
        place
            .messages
            .note(&format!("omitted “Prompt or fine-tune”: {error}"));
        None
    })
}

/// `None` if the project has no such experiment.
fn try_advice_for_run(
    place: &CommandContext,
    report: &RunReport,
) -> anyhow::Result<Option<Advice>> {
    if !place.names(&report.info.experiment) {
        return Ok(None);
    }
    let experiment = place.project.experiment(Some(&report.info.experiment))?;
    let store = place.store()?;
    let plan = place.plan(experiment, &[])?;
    let tuned = TunedModels::find(&place.project, &store)?;
    let survey = AdviceInput {
        project: &place.project,
        plan: &plan,
        store: &store,
        spec: &experiment.advise.rooted(&place.project.root),
    };
    let evidence = report.with_figures(&tuned, |figures| survey.evidence(Some(figures)))?;
    let run = Some(report.info.id.0.clone());
    Ok(Some(Advice::new(&experiment.name, run, evidence)))
}

/// Put the typed facts over those of the project.
pub fn override_advise_spec(root: &Path, spec: &AdviseSpec, said: &SaidArgs) -> AdviseSpec {
    let mut all = spec.rooted(root);
    all.data = said.data.clone().or(all.data);
    all.labelled = said.labelled.or(all.labelled);
    all.task = said.task.or(all.task);
    all.resources = said.resources.or(all.resources);
    all.deployment = said.deployment.or(all.deployment);
    all.changes = said.changes.or(all.changes);
    all.target = said.target.or(all.target);
    all.calls_per_month = said.calls_per_month.or(all.calls_per_month);
    all.parameters_b = said.parameters_b.or(all.parameters_b);
    all.gpu_memory_gb = said.gpu_memory_gb.or(all.gpu_memory_gb);
    let amount = |typed: Option<f64>, known| typed.map(Amount::exactly).or(known);
    all.cost.training = amount(said.training_cost, all.cost.training);
    all.cost.labelling = amount(said.labelling_cost, all.cost.labelling);
    all.cost.hosting = amount(said.hosting_cost, all.cost.hosting);
    all
}

/// The latest run of the experiment that asked a model which is not tuned.
pub fn latest(
    store: &Store,
    experiment: &str,
    tuned: &TunedModels,
) -> anyhow::Result<Option<RunInfo>> {
    for run in store.runs()? {
        if run.experiment == experiment && run.models.iter().any(|m| !tuned.contains(m)) {
            return Ok(Some(store.run(&run.id.0)?));
        }
    }
    Ok(None)
}

/// What the grids of a run say.
pub fn measured(report: &RunReport, tuned: &TunedModels) -> Evidence {
    report.with_figures(tuned, |figures: &RunFigures<'_>| figures.evidence())
}
