//! `wording advise`: prompt or fine-tune, from the latest run, the labelled rows and what was said.

use super::{
    context::Workplace,
    labelled::{Labelled, labelled},
    output::{Exit, print, print_json, stdout_color, stdout_width},
};
use crate::{
    advise::{
        Advice, CallCost, Evidence, MemorySpec, Part, Said, advise as draw, break_even, gather,
        markdown, memory, text, token_mean,
    },
    cli::{AdviseArgs, Format, Global, SaidArgs},
    engine::Plan,
    model::{Grid, ModelRef},
    project::{AdviseSpec, Amount, ExperimentSpec, MetricKind, Task},
    report::RunReport,
    store::{RunInfo, Store},
    tokens,
    tune::{CheckSpec, Reason, check},
};
use anyhow::{Context as _, bail};
use std::{ffi::OsStr, path::Path};

/// Rank of the adapters that memory is estimated for.
const RANK: u64 = 16;
/// Examples on the GPU at once, likewise.
const BATCH: u64 = 4;

/// Say whether to prompt on or to fine-tune.
pub fn advise(global: &Global, args: &AdviseArgs) -> anyhow::Result<Exit> {
    if let Some(path) = &args.output {
        form(path)?;
    }
    let place = Workplace::open(global)?;
    place.announce();
    let advice = advice(&place, args)?;
    let demo = advice
        .evidence
        .score
        .as_ref()
        .is_some_and(|s| s.model.starts_with("demo/"));
    match (&args.output, args.format) {
        (Some(path), _) => {
            let written = match form(path)? {
                Form::Json => serde_json::to_string_pretty(&advice)? + "\n",
                Form::Markdown => markdown(&advice),
            };
            std::fs::write(path, written)
                .with_context(|| format!("{} cannot be written", path.display()))?;
            place.messages.note(&format!("wrote {}", path.display()));
        }
        (None, Format::Json) => print_json(&advice)?,
        (None, Format::Human) => print(&text(&advice, stdout_width(), stdout_color(global.color)))?,
    }
    if demo {
        place.messages.note(
            "demo/icl is a stand-in, not a language model: this advice is about it and nothing else",
        );
    }
    Ok(Exit::Done)
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
            "in which form is {}? Name the file .md or .json",
            path.display()
        ),
    }
}

/// The advice on an experiment.
fn advice(place: &Workplace, args: &AdviseArgs) -> anyhow::Result<Advice> {
    let experiment = place
        .project
        .experiment(args.experiment.as_deref())?
        .clone();
    let spec = over(&experiment.advise, &args.said);
    let store = place.store()?;
    let plan = place.plan(&experiment, &[])?;
    let run = match &args.run {
        Some(id) => Some(store.run(id)?),
        None => latest(&store, &experiment.name)?,
    };
    if let Some(run) = &run
        && run.experiment != experiment.name
    {
        bail!("{} is a run of `{}`", run.id, run.experiment);
    }
    let mut evidence = match &run {
        Some(run) => measured(&store, run)?,
        None => Evidence::default(),
    };
    evidence.said = said(place, &plan, &store, &experiment, &spec, args)?;
    guess_task(&mut evidence, &experiment, run.as_ref(), &store)?;
    if let Some(score) = &evidence.score {
        let model: ModelRef = score.model.parse()?;
        evidence.context = tokens::context(&model.model, place.project.model(&model));
    }
    if let Some(run) = &run {
        evidence.break_even = cost(place, &store, run, &evidence, &spec)?;
    }
    evidence.memory = spec.parameters_b.map(|parameters_b| {
        let prompt = evidence.prompt_tokens.map_or(512.0, |(_, short)| short);
        memory(MemorySpec {
            parameters_b,
            rank: RANK,
            sequence: ((prompt * 1.5) as u64 + 32).next_power_of_two(),
            batch: BATCH,
        })
    });
    Ok(draw(&experiment.name, run.map(|r| r.id.0), evidence))
}

/// What was typed, over what the project says.
pub fn over(spec: &AdviseSpec, said: &SaidArgs) -> AdviseSpec {
    let mut all = spec.clone();
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
pub fn latest(store: &Store, experiment: &str) -> anyhow::Result<Option<RunInfo>> {
    for run in store.runs()? {
        if run.experiment == experiment && run.models.iter().any(|m| !is_tuned(m)) {
            return Ok(Some(store.run(&run.id.0)?));
        }
    }
    Ok(None)
}

/// Whether a model came out of fine-tuning, by the name that endpoints give.
pub fn is_tuned(model: &ModelRef) -> bool {
    model.model.starts_with("ft:")
}

/// What the grids of a run say.
pub fn measured(store: &Store, run: &RunInfo) -> anyhow::Result<Evidence> {
    let report = RunReport::read(store, run.clone())?;
    let parts: Vec<Part<'_>> = report
        .models
        .iter()
        .map(|m| Part {
            model: m.model.to_string(),
            tuned: is_tuned(&m.model),
            grid: &m.grid,
            analysis: &m.analysis,
        })
        .collect();
    let spec = RunReport::analysis_spec(run);
    Ok(gather(&parts, &run.variants, &run.heads, &spec))
}

/// Count the labelled rows, and take down what was said.
fn said(
    place: &Workplace,
    plan: &Plan,
    store: &Store,
    experiment: &ExperimentSpec,
    spec: &AdviseSpec,
    args: &AdviseArgs,
) -> anyhow::Result<Said> {
    let data = args
        .said
        .data
        .as_deref()
        .or(experiment.advise.data.as_deref());
    let Labelled {
        examples,
        evaluated,
        evaluation,
        any_source,
    } = labelled(place, plan, store, data, false)?;
    let bad = store.bad_cases(&experiment.name)?.len();
    let labels = plan.scorer.labels().to_vec();
    // Conflicts are looked for among all that is labelled; what may be learned from is counted apart from the evaluation.
    let all = examples.iter().chain(&evaluation).cloned().collect();
    let whole = check(all, &CheckSpec::default());
    let answered = whole.kept.len() + whole.dropped.len();
    let conflicts: Vec<String> = whole
        .conflicts
        .iter()
        .flat_map(|c| c.rows.iter().map(|(id, _)| id.clone()))
        .collect();
    let found = check(
        examples,
        &CheckSpec {
            evaluated: &evaluated,
            labels: &labels,
        },
    );
    let counted = any_source || bad > 0;
    let labelled = match (spec.labelled, counted) {
        (Some(n), true) => Some(n.max(found.kept.len())),
        (Some(n), false) => Some(n),
        (None, true) => Some(found.kept.len()),
        (None, false) => None,
    };
    Ok(Said {
        labelled,
        labelled_counted: counted && labelled == Some(found.kept.len()),
        duplicates: found
            .reasons()
            .get(&Reason::Duplicate)
            .copied()
            .unwrap_or(0),
        conflicting: conflicts.len() as f64 / answered.max(1) as f64,
        conflicts,
        bad_cases: found.kept.iter().filter(|e| e.wrong.is_some()).count(),
        task: spec.task,
        task_guessed: false,
        resources: spec.resources,
        deployment: spec.deployment,
        changes: spec.changes,
        target: spec.target,
        calls_per_month: spec.calls_per_month,
        gpu_memory_gb: spec.gpu_memory_gb,
    })
}

/// Read the task off the metric and the length of the answers, where nobody said it.
fn guess_task(
    evidence: &mut Evidence,
    experiment: &ExperimentSpec,
    run: Option<&RunInfo>,
    store: &Store,
) -> anyhow::Result<()> {
    if evidence.said.task.is_some() {
        return Ok(());
    }
    let mut task = match experiment.metrics.first().map(|m| &m.kind) {
        Some(
            MetricKind::Label { .. }
            | MetricKind::Exact
            | MetricKind::Normalized
            | MetricKind::Contains { .. }
            | MetricKind::Regex { .. }
            | MetricKind::Number { .. }
            | MetricKind::Json { .. },
        ) => Some(Task::Simple),
        Some(MetricKind::F1 | MetricKind::RougeL | MetricKind::Similarity { .. }) => {
            Some(Task::Medium)
        }
        Some(MetricKind::Judge { .. }) => Some(Task::Complex),
        _ => None,
    };
    // Answers of a paragraph and more are no labels, whatever reads them.
    if task == Some(Task::Simple)
        && let Some(run) = run
        && completion_tokens(&store.grid(run, 0)?) > 200.0
    {
        task = Some(Task::Medium);
    }
    evidence.said.task = task;
    evidence.said.task_guessed = task.is_some();
    Ok(())
}

fn completion_tokens(grid: &Grid) -> f64 {
    token_mean(grid, None, |c| f64::from(c.completion_tokens))[0]
}

/// When tuning pays for itself: the best wording at its model's price against the shortest, by a tuned model that was
/// measured where there is one, at the tuned price.
pub fn cost(
    place: &Workplace,
    store: &Store,
    run: &RunInfo,
    evidence: &Evidence,
    spec: &AdviseSpec,
) -> anyhow::Result<Option<crate::advise::BreakEven>> {
    let Some(score) = &evidence.score else {
        return Ok(None);
    };
    let model: ModelRef = score.model.parse()?;
    let Some(price) = tokens::price(&model.model, place.project.model(&model)) else {
        return Ok(None);
    };
    let find = |name: &str| run.variants.iter().position(|v| v.name == name);
    let at = |name: &ModelRef| run.models.iter().position(|m| m == name);
    let (Some(best), Some(m)) = (find(&score.variant), at(&model)) else {
        return Ok(None);
    };
    let grid = store.grid(run, m)?;
    let mean = |v: &usize| token_mean(&grid, Some(*v), |c| f64::from(c.prompt_tokens))[0];
    let shortest = (0..run.variants.len())
        .filter(|v| mean(v) > 0.0)
        .min_by(|a, b| mean(a).total_cmp(&mean(b)))
        .unwrap_or(best);
    let tuned = run.models.iter().find(|m| is_tuned(m));
    let tuned_price = spec
        .tuned_price
        .or_else(|| tokens::price(&tuned?.model, place.project.model(tuned?)))
        .unwrap_or(price);
    let tuned_grid = match tuned.and_then(at) {
        Some(m) => store.grid(run, m)?,
        None => grid.clone(),
    };
    Ok(break_even(
        &spec.cost,
        &CallCost::of(&grid, best, price),
        &CallCost::of(&tuned_grid, shortest, tuned_price),
    ))
}
