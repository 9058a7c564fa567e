//! One execution of a plan, from its start to its summary: resume, trials, scoring, end.

use super::{
    Clients, EngineError, Plan, RunControl, RunHandle, RunOptions,
    budget::BudgetTracker,
    channel::RunChannel,
    control::RunSignal,
    endpoint_state::EndpointStates,
    lane::run_model,
    model_change::compare_models,
    more_room::MoreRoom,
    open_trials::OpenTrials,
    reusable::announce_reusable,
    run::Run,
    scoring::{ExternalMetrics, score_answers},
    selection::TrialSelection,
    target::ModelTarget,
    tool_answers::ToolAnswers,
};
use crate::{
    model::{
        CutPrompts, EndpointWarning, InFlightGauge, PolicySpec, RaisedMaxTokens, RequestTotals,
        RunEvent, RunSummary, StopCause, Variant,
    },
    store::{RunCounts, Store},
};
use parking_lot::Mutex;
use std::{
    sync::{Arc, Weak},
    time::{Duration, Instant},
};
use tokio::{
    sync::mpsc,
    task::{JoinHandle, JoinSet},
};

/// How long the end of a run waits for the lists of models.
const MAX_LOOK_UP: Duration = Duration::from_millis(500);

/// Start a run on the current tokio runtime. Nothing is sent before the run is kept in the store.
pub fn start(
    plan: Arc<Plan>,
    clients: Arc<Clients>,
    store: Store,
    options: RunOptions,
) -> RunHandle {
    let (events, receiver) = mpsc::channel(16_384);
    let control = RunControl::new();
    let signal = control.signal.clone();
    tokio::spawn(async move {
        let started = Instant::now();
        let total = options.total.map(|caps| Arc::new(BudgetTracker::new(caps)));
        let all = total.clone();
        let ready = async {
            plan.fetch_embeddings(&clients, &store, total.as_ref())
                .await?;
            let endpoints = EndpointStates::new(options.max_in_flight);
            let scoring =
                ExternalMetrics::open(&plan, &clients, &endpoints, total.as_ref()).await?;
            let earlier = store.listed_models(options.resume.as_ref())?;
            let (run, event) = begin(
                plan,
                clients,
                &endpoints,
                store,
                options,
                total,
                RunChannel::new(events.clone(), signal),
            )?;
            run.channel.send(event).await;
            announce_reusable(&run);
            let looking_up = compare_models(&run, earlier).await;
            Ok::<_, EngineError>((run, scoring, looking_up))
        };
        let mut summary = match ready.await {
            Ok((run, scoring, looking_up)) => drive(run, scoring, looking_up, started).await,
            Err(error) => RunSummary::broken(error.to_string()),
        };
        summary.elapsed_s = started.elapsed().as_secs_f64();
        summary.total = all.map_or_else(RequestTotals::default, |total| total.spent());
        // The receiver may be gone: then nobody waits for the end.
        let _ = events.send(RunEvent::RunFinished(summary)).await;
    });
    RunHandle {
        events: receiver,
        control,
    }
}

/// Keep the run in the store, or find the one to resume; the event that announces it.
fn begin(
    plan: Arc<Plan>,
    clients: Arc<Clients>,
    endpoints: &EndpointStates,
    store: Store,
    options: RunOptions,
    total: Option<Arc<BudgetTracker>>,
    channel: RunChannel,
) -> Result<(Arc<Run>, RunEvent), EngineError> {
    plan.require_templates()?;
    let (info, slot, lease, selection) = match &options.resume {
        Some(id) => {
            let info = store.run_with(&id.0, plan.opening.as_ref())?;
            let lease = store.lease(&info.id)?;
            plan.same_as(&info)?;
            if options.shard.is_some() && options.shard != info.shard {
                return Err(EngineError::Changed {
                    run: info.id.0,
                    what: "the shard",
                });
            }
            let selection = TrialSelection::new(&plan, &info, Some(&store))?;
            let slot = store.reopen_run(&info)?;
            (info, slot, lease, selection)
        }
        None => {
            let mut info = plan.run_info(options.note.clone());
            info.policy = options.policy.clone();
            if let Some(policy) = info.policy.as_ref().filter(|p| p.calls().is_some()) {
                let speaks = |v: &&Variant| plan.is_conversation(v);
                if let Some(variant) = plan.variants.iter().find(speaks) {
                    return Err(EngineError::ConversationInRace {
                        policy: policy.name(),
                        variant: variant.name.clone(),
                    });
                }
            }
            info.shard = options.shard;
            info.raised = match (&options.raised, options.reuse) {
                (None, true) => RaisedMaxTokens::stored(store.raised_limits()?, &plan.max_tokens()),
                (raised, _) => raised.clone(),
            };
            info.origin.clone_from(&options.origin);
            info.keys = Some(plan.answer_keys());
            // A policy or shard that is impossible is an error before the run is kept.
            let selection = TrialSelection::new(&plan, &info, None)?;
            let slot = store.begin_run(&info)?;
            let lease = store.lease(&info.id)?;
            (info, slot, lease, selection)
        }
    };
    let mut targets = targets(&plan, &clients, endpoints, options.stream)?;
    if options.resume.is_some() {
        for (model, target) in targets.iter_mut().enumerate() {
            target.continue_as(store.answered_as(&info, model)?);
        }
    }
    let mut budget = plan.experiment.budget;
    for target in &targets {
        let variants = 0..plan.variants.len();
        target.check_price(&budget, variants.map(|variant| plan.params(variant)))?;
    }
    let targets = targets.into_iter().map(Arc::new).collect();
    let before = match options.resume {
        Some(_) => store.counts(&info.id)?,
        None => RunCounts::default(),
    };
    if let Some(calls) = info.policy.as_ref().and_then(PolicySpec::calls) {
        let left = calls.saturating_sub(before.sent);
        budget.calls = Some(budget.calls.map_or(left, |most| most.min(left)));
    }
    let in_flight = InFlightGauge::default();
    let more_room = info.raised.clone().map(MoreRoom::new);
    let event = RunEvent::RunStarted {
        planned: selection.planned(&info),
        completed: selection.done.len(),
        most_calls: budget.calls,
        run: info.id,
        in_flight: in_flight.clone(),
    };
    let tool_command = plan.experiment.tool_command.clone();
    let run = Arc::new_cyclic(|run: &Weak<Run>| {
        let run = run.clone();
        Run {
            plan,
            options,
            store,
            slot,
            lease,
            on_written: Arc::new(move |record, key, written| {
                if let Some(run) = run.upgrade() {
                    run.written(record, key, written);
                }
            }),
            tools: tool_command.as_ref().map(ToolAnswers::new),
            targets,
            selection,
            more_room,
            budget: BudgetTracker::within(budget, total.as_ref())
                .with_spent(before.cost_usd.unwrap_or_default()),
            total,
            open: OpenTrials::new(),
            channel,
            in_flight,
            changes: Mutex::default(),
            _clients: clients,
        }
    });
    Ok((run, event))
}

/// The models of the plan; those of one endpoint share its limits.
fn targets(
    plan: &Plan,
    clients: &Clients,
    endpoints: &EndpointStates,
    stream: bool,
) -> Result<Vec<ModelTarget>, EngineError> {
    plan.models
        .iter()
        .map(|name| {
            let client = clients
                .client(name)
                .ok_or_else(|| EngineError::NoClient(name.clone()))?;
            let endpoint = endpoints.state(client);
            let client = client.clone();
            let requests = plan.client_target(&client, name);
            Ok(ModelTarget::new(
                name.clone(),
                client,
                requests,
                endpoint,
                stream,
            ))
        })
        .collect()
}

/// Send the trials of all models, then score their answers.
async fn drive(
    run: Arc<Run>,
    scoring: Option<Arc<ExternalMetrics>>,
    looking_up: JoinHandle<()>,
    started: Instant,
) -> RunSummary {
    let channel = &run.channel;
    let fail = |error: String| channel.stats().summary.stop(StopCause::Failure, error);
    let mut models = JoinSet::new();
    for model in 0..run.plan.models.len() {
        models.spawn(run_model(Arc::clone(&run), model as u32));
    }
    let timer = {
        let (run, limit) = (Arc::clone(&run), run.plan.experiment.budget.time);
        tokio::spawn(async move {
            if let Some(limit) = limit {
                tokio::time::sleep(limit).await;
                let reason = format!("the cap of {limit:?} is reached; continue with `--resume`");
                run.channel.stop(StopCause::Cap, reason);
            }
        })
    };
    while let Some(ended) = models.join_next().await {
        if let Err(error) = ended {
            fail(format!("a part of the engine failed: {error}"));
        }
    }
    // A trial that waited for the answer of another is handed to the writer only when that one is durable.
    loop {
        if let Err(error) = run.store.flush().await {
            fail(error.to_string());
            break;
        }
        if run.open.are_written() {
            break;
        }
    }
    if let Some(scoring) = &scoring {
        // A run whose budget is used up still scores the answers that it has.
        let until = match channel.signal() >= RunSignal::Stop {
            false => Some(RunSignal::Stop),
            true => run.budget.is_exceeded().then_some(RunSignal::Abort),
        };
        if let Some(until) = until {
            score_answers(&run, scoring, until).await;
            if let Err(error) = run.store.flush().await {
                fail(error.to_string());
            }
        }
        channel.stats().summary.scoring = scoring.summary();
    }
    timer.abort();
    // The lists are of use to the next run; this one has no need to wait for a slow one.
    let _ = tokio::time::timeout(MAX_LOOK_UP, looking_up).await;
    let mut summary = channel.stats().summary.clone();
    if channel.signal() >= RunSignal::Stop {
        let reason = "interrupted; progress was saved, continue with `--resume`";
        summary.stop(StopCause::Interrupt, reason);
    }
    let state = match (&summary.stopped, summary.failed + summary.missing_scores()) {
        (Some(_), _) => "stopped",
        (None, 0) => "finished",
        (None, _) => "failed",
    };
    let variants = run.plan.variants.len();
    let failing = run
        .targets
        .iter()
        .flat_map(|t| t.stopped_variants(variants));
    let failing: Vec<String> = failing.collect();
    if !failing.is_empty() {
        let reason = format!("{}. Continue with `--resume`", failing.join(". "));
        summary.stop(StopCause::Failure, reason);
    }
    let cuts: Vec<CutPrompts> = run.targets.iter().filter_map(|t| t.cuts.found()).collect();
    if !cuts.is_empty()
        && let Err(error) = run.store.add_cut_prompts(run.slot, &cuts)
    {
        summary.stop(StopCause::Failure, error.to_string());
    }
    let warnings: Vec<EndpointWarning> = run
        .targets
        .iter()
        .flat_map(|t| t.warnings())
        .chain(std::mem::take(&mut *run.changes.lock()))
        .collect();
    if !warnings.is_empty()
        && let Err(error) = run.store.add_endpoint_warnings(run.slot, &warnings)
    {
        summary.stop(StopCause::Failure, error.to_string());
    }
    let elapsed = started.elapsed().as_secs_f64();
    let (sent, retries) = (summary.sent, summary.retries);
    if let Err(error) = run.store.end_run(run.slot, state, elapsed, sent, retries) {
        summary.stop(StopCause::Failure, error.to_string());
    }
    run.lease.end();
    summary
}
