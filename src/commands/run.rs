//! `wording run`: every trial of an experiment, and what came of it.

use super::{
    advise::advice_for_run,
    broken_templates::leave_out_broken,
    context::{CommandContext, without_expected},
    gates::{
        check_gates, check_names, check_required, parse_gates, report_gate_failures, required,
    },
    log::Log,
    origin::origin,
    output::{Exit, print_colored, print_json, stdout_color, stdout_width},
    programs::require_programs,
    progress,
    rate::ratings_of_run,
    score::run_outputs,
    sealed::open_for_run,
    texts::{answer_spans, row_texts},
};
use crate::{
    cli::{Global, OutputFormat, PolicyArgs, RunArgs, SendArgs, YesNo},
    demo::DemoSpec,
    display::count,
    engine::{
        Clients, NamedProgram, Plan, RunOptions, RunSummary, StopCause, TrialOrder,
        descriptor_shortages, start,
    },
    model::{PolicySpec, RaisedMaxTokens, SliceColumn, VariantNames},
    narrate::few_descriptors,
    project::{Budget, ExperimentSpec},
    report::{
        BreakdownNames, Gate, GateNames, GateResult, Required, RunReport, WriteOptions, check_form,
        run_facts, run_json, summary, write_run,
    },
    store::{RunInfo, SealOpening, Store},
};
use anyhow::bail;
use std::{sync::Arc, time::Duration};

/// How many times the room that cut answers get, where it is not typed.
const MORE_ROOM: u64 = 4;

/// Run an experiment, print its summary, hold it against the gates.
pub async fn run(global: &Global, args: &RunArgs) -> anyhow::Result<Exit> {
    let gates = parse_gates(&args.gates)?;
    if let Some(path) = &args.output {
        check_form(path)?;
    }
    let is_bare = !args.experiment.bare.templates.is_empty();
    let args = &match args.resume.is_some() && !is_bare {
        true => resumed_args(&CommandContext::open(global)?, args)?,
        false => args.clone(),
    };
    let (place, experiment) = CommandContext::experiment(global, &args.experiment)?;
    place.announce();
    if !experiment.outputs.is_empty() {
        return run_outputs(&place, &experiment, args, &gates).await;
    }
    let mut finished = run_experiment(&place, experiment, args, &gates).await?;
    let FinishedRun {
        report,
        opening,
        held,
        required,
        ..
    } = &mut finished;
    let opening = opening.as_ref();
    match args.format {
        OutputFormat::Json => print_json(&run_json(report))?,
        OutputFormat::Human => {
            print_colored(&summary(report, stdout_width(), stdout_color(global.color)))?
        }
    }
    if let Some(path) = &args.output {
        report.texts = row_texts(&place, &report.info, opening);
        if check_form(path)? == "html" {
            report.spans = answer_spans(&place, &report.info, opening);
        }
        if opening.is_none() {
            report.advice = advice_for_run(&place, report);
        }
        report.ratings = ratings_of_run(&place, &place.store()?, &report.info)?;
        let options = WriteOptions {
            no_outputs: args.no_outputs,
            note: args.note.clone(),
            command: Some(place.command()),
            held: held.clone(),
            required: required.clone(),
            ..WriteOptions::default()
        };
        write_run(path, report, &options)?;
        place.messages.note(&format!("wrote {}", path.display()));
    }
    Ok(finished.exit(&place))
}

/// A run that has ended, and what it is held against.
#[derive(Debug)]
pub struct FinishedRun {
    pub report: RunReport,
    pub summary: RunSummary,
    /// By which its rows are the sealed ones.
    opening: Option<SealOpening>,
    pub held: Vec<GateResult>,
    required: Required,
    /// Whether templates were left out because they have errors.
    has_broken_templates: bool,
}

impl FinishedRun {
    /// Report why it ended early and what does not hold; the exit code.
    pub fn exit(&self, place: &CommandContext) -> Exit {
        let wrong = self.required.not_right_in_run(&self.report);
        let holds = report_gate_failures(&place.messages, &self.held, &wrong);
        exit(place, &self.summary, holds && !self.has_broken_templates)
    }
}

/// Send what an experiment plans, as the arguments say, and read what came of it.
pub async fn run_experiment(
    place: &CommandContext,
    mut experiment: ExperimentSpec,
    args: &RunArgs,
    gates: &[Gate],
) -> anyhow::Result<FinishedRun> {
    cap(&mut experiment, &args.send);
    let mut plan = place.plan(&experiment, &args.experiment.overrides.variants)?;
    let has_broken_templates = leave_out_broken(place, &mut plan, "running")?;
    if let Some(note) = without_expected(&plan) {
        place.messages.note(&note);
    }
    let store = place.store()?;
    let sealed = match args.open_sealed {
        true => Some(sealed_resume(&store, &experiment, args.resume.as_deref())?),
        false => None,
    };
    let resume = match &args.resume {
        _ if let Some(run) = &sealed => run.as_ref().map(|run| run.id.clone()),
        Some(id) if id == "latest" => match store.latest_shard_of(&experiment.name, args.shard)? {
            Some(run) => Some(run.id),
            // The tasks of an array job are started again as they are, whatever became of each.
            None if args.shard.is_some() => None,
            None => bail!("no run of `{}` to resume", experiment.name),
        },
        Some(id) => Some(store.run(id)?.id),
        None => None,
    };
    let raised = match args.raise_max_tokens {
        Some(_) if args.send.reuse == YesNo::No => {
            bail!("--raise-max-tokens takes answers from the store; remove --reuse no")
        }
        Some(typed) => Some(raised_max_tokens(&plan, &store, typed)?),
        None => None,
    };
    let options = RunOptions {
        stream: args.stream == Some(YesNo::Yes),
        reuse: args.send.reuse == YesNo::Yes,
        resume,
        mix_models: args.mix_models,
        max_in_flight: args.send.max_in_flight,
        note: args.note.clone(),
        origin: Some(origin(place)),
        order: TrialOrder::Prefix,
        policy: policy(&args.policy),
        shard: args.shard,
        raised,
        total: total(&experiment, &args.send),
    };
    check_names(gates, &run_names(&plan))?;
    if let Some(run) = sealed {
        let opening = match run.and_then(|run| store.opening_of(&run)) {
            Some(opening) => opening,
            None => open_for_run(place, &experiment, &store, args.note.as_deref())?,
        };
        let mut opened = Plan::load_sealed(&place.project, &experiment, &opening)?;
        opened.keep_named(&plan);
        plan = opened;
    }
    let opening = plan.opening.clone();
    let summary = send(place, plan, &store, options, &args.send).await?;
    let Some(id) = &summary.run else {
        bail!(
            "{}",
            summary
                .stopped
                .unwrap_or_else(|| "the run could not start".into())
        );
    };
    let info = store.run_with(&id.0, opening.as_ref())?;
    let report = match &args.output {
        Some(_) => RunReport::read_whole(&store, info)?,
        None => RunReport::read(&store, info)?,
    };
    let required = required(&args.require);
    check_required(&required, |id| report.has_row(id))?;
    let held = check_gates(gates, || run_facts(&report))?;
    Ok(FinishedRun {
        held,
        report,
        summary,
        opening,
        required,
        has_broken_templates,
    })
}

/// The run over sealed rows to go on with, where one is named.
fn sealed_resume(
    store: &Store,
    experiment: &ExperimentSpec,
    resume: Option<&str>,
) -> anyhow::Result<Option<RunInfo>> {
    let Some(id) = resume else { return Ok(None) };
    let found = match id {
        "latest" => store.latest_sealed(&experiment.name)?,
        id => Some(store.find_run(id)?),
    };
    match found {
        Some(run) if run.is_of_sealed_rows() => Ok(Some(run)),
        Some(run) => bail!(
            "run {} is not over sealed rows; resume it without --open-sealed",
            run.id
        ),
        None => bail!(
            "no run over the sealed rows of `{}` to resume",
            experiment.name
        ),
    }
}

/// The room that answers get which earlier runs of the experiment have cut.
fn raised_max_tokens(
    plan: &Plan,
    store: &Store,
    typed: Option<usize>,
) -> anyhow::Result<RaisedMaxTokens> {
    let runs = store.runs()?.into_iter();
    let mut earlier: Vec<u64> = runs
        .filter(|run| run.experiment == plan.experiment.name)
        .filter_map(|run| Some(run.raised?.max_tokens))
        .collect();
    earlier.sort_unstable();
    earlier.dedup();
    let limits = plan.max_tokens();
    let highest = limits.iter().flatten().chain(&earlier).max().copied();
    let max_tokens = match (typed, highest) {
        (Some(typed), _) => typed as u64,
        (None, Some(highest)) => highest.saturating_mul(MORE_ROOM),
        (None, None) => bail!(
            "`{}` sets no max_tokens, so the server cuts its answers; say how many: --raise-max-tokens 1024",
            plan.experiment.name
        ),
    };
    let of_experiment = limits.iter().flatten().max().copied().unwrap_or(0);
    if max_tokens <= of_experiment {
        bail!("--raise-max-tokens {max_tokens}: answers have {of_experiment} tokens already");
    }
    earlier.retain(|limit| *limit < max_tokens);
    Ok(RaisedMaxTokens {
        max_tokens,
        earlier,
        answers: 0,
        stored_only: false,
    })
}

/// What was typed; where a run is resumed and no experiment named, with the experiment of that run, and with what was typed for it then
/// (models, rows, samples, seed, variants) where nothing else is typed now.
pub fn resumed_args(place: &CommandContext, args: &RunArgs) -> anyhow::Result<RunArgs> {
    let mut args = args.clone();
    let asked = &mut args.experiment;
    let (None, Some(id)) = (&asked.experiment, &args.resume) else {
        return Ok(args);
    };
    let run = place.store()?.find_run(id)?;
    // Shards and sealed rows are parts of a dataset that are chosen anew.
    if !args.open_sealed && args.shard.is_none() && run.shard.is_none() {
        let typed = &mut asked.overrides;
        if typed.models.is_empty() {
            typed.models = run.models;
        }
        if typed.variants.is_empty() {
            typed.variants = run.variants.into_iter().map(|v| v.name).collect();
        }
        if typed.rows_where.is_none() {
            typed.rows = typed.rows.or(Some(run.rows));
        }
        typed.samples = typed.samples.or(Some(run.samples));
        typed.seed = typed.seed.or(Some(run.seed));
    }
    asked.experiment = Some(run.experiment);
    Ok(args)
}

/// What to buy, where not every trial.
pub fn policy(args: &PolicyArgs) -> Option<PolicySpec> {
    let level = args.level;
    let race = args.race.map(|calls| PolicySpec::Race { calls, level });
    let estimate = args.estimate.map(|calls| PolicySpec::Estimate { calls });
    let spread = args.spread.map(|calls| PolicySpec::Spread { calls });
    let until = args
        .until
        .clone()
        .map(|condition| PolicySpec::Until { condition, level });
    race.or(estimate).or(spread).or(until)
}

/// Put caps typed over those of the project.
pub fn cap(experiment: &mut ExperimentSpec, args: &SendArgs) {
    experiment.budget.calls = args.budget_calls.or(experiment.budget.calls);
    experiment.budget.usd = args.budget_usd.or(experiment.budget.usd);
}

/// The caps on all requests together, where judges and embeddings count too.
pub fn total(experiment: &ExperimentSpec, args: &SendArgs) -> Option<Budget> {
    args.budget_total.then_some(Budget {
        time: None,
        ..experiment.budget
    })
}

/// Send a plan and follow it to its end.
pub async fn send(
    place: &CommandContext,
    plan: Plan,
    store: &Store,
    options: RunOptions,
    args: &SendArgs,
) -> anyhow::Result<RunSummary> {
    plan.require_templates()?;
    if plan.is_empty() {
        bail!(
            "nothing to run: {}, {}, {}",
            count(plan.variants.len(), "variant"),
            count(plan.models.len(), "model"),
            count(plan.dataset.len(), "row")
        );
    }
    // A name that has no value shows in the first row already; then nothing is sent.
    let row = plan.dataset.row(0)?;
    for variant in 0..plan.variants.len() {
        plan.prompt(variant, &row)?;
    }
    let demo = DemoSpec {
        latency: Duration::from_millis(args.demo_latency_ms),
        ..DemoSpec::default()
    };
    for shortage in descriptor_shortages(&place.project, &plan.models, args.max_in_flight) {
        let (wanted, allowed) = (shortage.wanted, shortage.allowed);
        let note = few_descriptors(&shortage.endpoint, wanted, allowed);
        place.messages.note(&note);
    }
    require_programs(
        place,
        &NamedProgram::of_experiment(&place.project, &plan.experiment),
    )?;
    let clients = match options.reuse {
        true => Clients::open_for(&place.project, &plan, store, demo).await?,
        false => Clients::open(&place.project, &plan.models, demo).await?,
    };
    let interrupts = place.interrupts()?;
    let log = Log::open(&place.global)?;
    let handle = start(Arc::new(plan), Arc::new(clients), store.clone(), options);
    let summary = progress::follow(handle, interrupts, place, log).await;
    if let Some(call) = &place.call {
        *call.spent.lock() = summary.total;
    }
    Ok(summary)
}

/// What gates on a comparison of wordings may name.
pub fn compared_names(plan: &Plan) -> GateNames {
    GateNames {
        variants: VariantNames::new(&plan.variants).aliases(plan.baseline),
        models: plan.models.iter().map(ToString::to_string).collect(),
        breakdown: None,
        counts: &[],
    }
}

/// What gates on a run may name.
fn run_names(plan: &Plan) -> GateNames {
    GateNames {
        breakdown: Some(BreakdownNames {
            labels: plan.scorer.labels().to_vec(),
            slices: plan.slices.iter().map(SliceColumn::named_values).collect(),
            metrics: plan.scorer.names().into_iter().map(str::to_owned).collect(),
        }),
        ..compared_names(plan)
    }
}

/// The exit code of a run.
pub fn exit(place: &CommandContext, ended: &RunSummary, gates_hold: bool) -> Exit {
    if let Some(reason) = &ended.stopped {
        place.messages.error(reason);
    }
    match ended {
        RunSummary {
            cause: Some(StopCause::Interrupt),
            ..
        } => Exit::Interrupted,
        RunSummary {
            failed: 0,
            stopped: None,
            ..
        } if gates_hold && ended.missing_scores() == 0 => Exit::Done,
        _ => Exit::Failed,
    }
}
