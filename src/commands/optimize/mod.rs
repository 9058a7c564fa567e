//! `wording optimize`: a search for a better wording, and what the sealed rows say of it.

mod page;
mod refused;
mod sealed;

use super::{
    context::{CommandContext, without_expected},
    diff::counter,
    output::Exit,
    programs::require_programs,
    progress::Interrupts,
};
use crate::{
    cli::{Global, OptimizeArgs},
    dataset::{RowKeys, RowParts},
    demo::DemoSpec,
    display::{count, visible},
    engine::{Clients, NamedProgram, RowSet},
    model::{ModelRef, RowKeyColumns, SealRule, SealedBy},
    narrate::search as narrate,
    optimize::{
        Board, Leaks, OptimizeError, Optimizer, Pieces, Regions, SearchEvent, SearchInputs,
        SearchRecord, SearchRequest, ShorteningSettings,
    },
    policy::HopedGain,
    project::ExperimentSpec,
    report::check_search_form,
    store::{Store, run_id, unix_now},
};
use anyhow::{Context as _, anyhow, bail};
use page::{finish, tell};
use refused::{SearchCalls, check_endpoints, check_margin, start_variant};
use sealed::on_sealed_rows;
use std::sync::Arc;
use tokio::sync::watch;

/// Share of the open rows whose failures the writer sees.
const FEEDBACK_SHARE: f64 = 0.3;
/// Share of the rows that is sealed for a search, where the experiment seals none.
const SEALED_SHARE: f64 = 0.3;

/// A gain that is worth a search, and the variance of a row's difference where a fifth of the rows changes.
const HOPED_GAIN: f64 = 0.05;
const DIFFERENCE_VARIANCE: f64 = 0.2;

/// Search, open the sealed rows once, and write the wording on yes.
pub async fn optimize(global: &Global, args: &OptimizeArgs) -> anyhow::Result<Exit> {
    if let Some(path) = &args.output {
        check_search_form(path)?;
    }
    let (place, mut experiment) = CommandContext::experiment(global, &args.experiment)?;
    place.announce();
    let store = place.store()?;
    let before = match &args.resume {
        Some(id) => Some(find(&store, &experiment.name, id)?),
        None => None,
    };
    let request = match &before {
        Some(record) => record.request.clone(),
        None => typed(args, &experiment)?,
    };
    experiment.models = vec![request.model.clone()];
    experiment.seed = request.seed;
    experiment.rows = request.rows;
    experiment.samples = request.samples;
    experiment.budget = Default::default();
    let id = before.as_ref().map_or_else(
        || {
            format!(
                "s-{}",
                run_id(unix_now().as_millis() as u64)
                    .0
                    .trim_start_matches("r-")
            )
        },
        |record| record.id.clone(),
    );
    if let Some(record) = before.as_ref().filter(|record| record.ending.is_some()) {
        place
            .messages
            .note(&format!("{id} has ended; nothing is sent"));
        return finish(&place, args, &experiment, &store, record);
    }
    seal(&place, &mut experiment);
    let (mut optimizer, switch) = open(
        &place,
        args,
        &experiment,
        &store,
        &request,
        &id,
        before.as_ref(),
    )
    .await?;
    let (messages, quiet) = (place.messages, global.quiet);
    let searched = {
        let mut told = |board: &Board, event: SearchEvent| {
            if !quiet {
                tell(&messages, board, event);
            }
        };
        optimizer.run(&mut told).await
    };
    if let Err(error) = searched {
        optimizer.keep_record()?;
        return Ok(stopped(&place, &experiment, &switch, &error));
    }
    let nominee = optimizer.nominee();
    let sealed = match nominee {
        0 => None,
        _ => {
            let compared =
                on_sealed_rows(&place, args, &experiment, &store, &optimizer, nominee, &id).await;
            match compared {
                Ok(compared) => Some(compared),
                Err(error) => {
                    let error = error.downcast::<OptimizeError>()?;
                    return Ok(stopped(&place, &experiment, &switch, &error));
                }
            }
        }
    };
    optimizer.end(sealed)?;
    finish(&place, args, &experiment, &store, &optimizer.record)
}

/// Tell why a search stopped, and how to go on.
fn stopped(
    place: &CommandContext,
    experiment: &ExperimentSpec,
    switch: &StopSwitch,
    error: &OptimizeError,
) -> Exit {
    let command = format!("`wording optimize {} --resume`", experiment.name);
    let said = error.to_string();
    // The engine says it of a run.
    place.messages.error(&match said.contains("`--resume`") {
        true => said.replace("`--resume`", &command),
        false => format!("{said}; progress was saved, continue with {command}"),
    });
    match switch.is_stopped() {
        true => Exit::Interrupted,
        false => Exit::Failed,
    }
}

/// The search that was meant.
fn find(store: &Store, experiment: &str, id: &str) -> anyhow::Result<SearchRecord> {
    let record = match id {
        "latest" => store.searches(experiment)?.into_iter().next(),
        id => store.search(id)?,
    };
    let record = record.ok_or_else(|| match id {
        "latest" => anyhow!("no search of `{experiment}` to resume"),
        id => anyhow!("no search `{}`", visible(id)),
    })?;
    let record: SearchRecord =
        serde_json::from_str(&record).context("the record of the search cannot be read")?;
    if record.experiment != experiment {
        bail!(
            "{} is a search of `{}`, not of `{experiment}`",
            record.id,
            record.experiment
        );
    }
    Ok(record)
}

/// What was typed.
fn typed(args: &OptimizeArgs, experiment: &ExperimentSpec) -> anyhow::Result<SearchRequest> {
    let Some(budget_calls) = args.budget_calls else {
        bail!("--budget-calls is needed, for example --budget-calls 2000");
    };
    if args.writer.is_none() && !args.shorter {
        bail!(
            "--writer is needed, for example --writer demo/writer; or --shorter, which needs none"
        );
    }
    let Some(model) = experiment.models.first().cloned() else {
        bail!("`{}` has no model", experiment.name);
    };
    Ok(SearchRequest {
        model,
        writer: args.writer.clone(),
        shorter: args.shorter.then_some(args.margin),
        variant: args.from.clone(),
        edit: args.edit.clone(),
        seed: experiment.seed,
        rows: experiment.rows,
        samples: experiment.samples,
        budget_calls,
        budget_usd: args.budget_usd,
        writer_calls: args.writer_calls,
        alpha: args.alpha,
    })
}

/// Seal rows for the search, where the experiment seals none.
fn seal(place: &CommandContext, experiment: &mut ExperimentSpec) {
    if experiment.sealed.is_some() {
        return;
    }
    experiment.sealed = Some(SealRule {
        by: SealedBy::Share(SEALED_SHARE),
        seed: experiment.seed,
        key: RowKeyColumns {
            cluster: experiment.cluster.clone(),
            id: experiment.id.clone(),
            ignored: experiment.answer.iter().cloned().collect(),
        },
    });
    place.messages.note(&format!(
        "`{0}` seals no rows: about 30 % are kept from this search until its end, but other commands show them. Write `sealed = {SEALED_SHARE}` into [experiment.{0}] to seal them for all",
        experiment.name
    ));
}

/// Everything that the search needs, read, checked and told before anything is sent.
async fn open(
    place: &CommandContext,
    args: &OptimizeArgs,
    experiment: &ExperimentSpec,
    store: &Store,
    request: &SearchRequest,
    id: &str,
    before: Option<&SearchRecord>,
) -> anyhow::Result<(Optimizer, StopSwitch)> {
    let plan = place.plan(experiment, &[])?;
    plan.require_templates()?;
    if let Some(note) = without_expected(&plan) {
        place.messages.note(&note);
    }
    let start = start_variant(&plan, request.variant.as_deref())?;
    let variant = plan.variants[start].clone();
    let template = &plan.templates.templates()[variant.template];
    if plan.templates.speaks(variant.template) {
        bail!(
            "`{}` is a conversation: a search shares out calls, one for each trial; choose another with --variant, or compare wordings of it with `wording run`",
            variant.name
        );
    }
    let regions = Regions::of(template, &variant, &request.edit)?;
    let rule = experiment.sealed.as_ref().context("no rows are sealed")?;
    let rows = RowSet::read(&place.project, experiment)?;
    let sealed_rows = rows.sealed().map_or(0, |sealed| sealed.len());
    let parts = match request.shorter {
        // Nobody is shown a failure.
        Some(_) => RowParts {
            feedback: Vec::new(),
            selection: (0..plan.dataset.len() as u32).collect(),
        },
        None => RowKeys::new(&plan.dataset, &rule.key)?.part(request.seed, FEEDBACK_SHARE),
    };
    let is_unseen = parts.feedback.is_empty() && request.shorter.is_none();
    if is_unseen || parts.selection.is_empty() {
        bail!(
            "`{}` has too few rows for a search: {} beside {} sealed; label more, or search by hand with `wording run`",
            experiment.name,
            count(plan.dataset.len(), "row"),
            count(sealed_rows, "one")
        );
    }
    let samples = plan.experiment.samples as u64;
    if let Some(margin) = request.shorter {
        check_margin(margin, request.alpha, sealed_rows, parts.selection.len())?;
    }
    let calls_of = SearchCalls {
        sealed: 2 * sealed_rows as u64 * samples,
        first: match request.shorter {
            Some(_) => {
                let pieces = Pieces::of(&regions.start()).free().len();
                if pieces < 2 {
                    bail!(
                        "`{}` has {}: nothing can be left out; --edit and --from choose another text",
                        visible(&variant.name),
                        count(pieces, "piece")
                    );
                }
                ShorteningSettings::least_calls(pieces, samples)
            }
            None => parts.selection.len() as u64 * samples,
        },
    };
    calls_of.check(request.budget_calls)?;
    let mut leaks = Leaks::default();
    leaks.add(&plan.dataset.clone().pick(parts.selection.clone()))?;
    let models: Vec<ModelRef> = [&request.model]
        .into_iter()
        .chain(&request.writer)
        .cloned()
        .collect();
    check_endpoints(place, &models, request.budget_usd.is_some())?;
    let mut programs = NamedProgram::of_experiment(&place.project, &plan.experiment);
    let called = models.iter().filter_map(|m| place.project.endpoint(m));
    programs.extend(called.filter_map(NamedProgram::of_endpoint));
    require_programs(place, &programs)?;
    let clients = Arc::new(Clients::open(&place.project, &models, DemoSpec::default()).await?);
    if let Some(writer) = &request.writer
        && (place.project.endpoints.get(&writer.endpoint)).is_some_and(|e| e.demo)
    {
        place.messages.note(&format!(
            "{writer} is a stand-in, not a language model: its rewordings are made by rules"
        ));
    }
    let counter = counter(place, &plan)?;
    let switch = StopSwitch::new()?;
    let optimizer = Optimizer::new(SearchInputs {
        plan,
        parts,
        regions,
        leaks,
        sealed_rows,
        clients,
        counter,
        store: store.clone(),
        max_in_flight: args.max_in_flight,
        stop: switch.receiver(),
        request: request.clone(),
        id: id.to_owned(),
        started_at: before.map_or_else(|| unix_now().as_secs() as i64, |record| record.started_at),
    });
    place.messages.note(&format!(
        "{id}, from `{}`; {}",
        visible(&variant.name),
        narrate::parts(optimizer.record.parts)
    ));
    place.messages.note(&format!(
        "parts that may change: {}",
        optimizer.record.regions.join(", ")
    ));
    if request.shorter.is_some() {
        place
            .messages
            .note(&narrate::pieces_that_may_go(&optimizer.record.pieces));
        return Ok((optimizer, switch));
    }
    let hoped = HopedGain {
        gain: HOPED_GAIN,
        difference_variance: DIFFERENCE_VARIANCE,
        candidates: 1,
        alpha: request.alpha,
    };
    if let Some(needed) = hoped.rows_needed().filter(|n| n.sealed > sealed_rows) {
        place.messages.note(&format!(
            "{} show only large gains: one of {} points takes about {} of them",
            count(sealed_rows, "sealed row"),
            HOPED_GAIN * 100.0,
            needed.sealed
        ));
    }
    Ok((optimizer, switch))
}

/// ^C ends the search after the step in progress.
struct StopSwitch(watch::Sender<bool>);

impl StopSwitch {
    fn new() -> anyhow::Result<StopSwitch> {
        let sender = watch::Sender::new(false);
        let mut interrupts = Interrupts::listen()?;
        let told = sender.clone();
        tokio::spawn(async move {
            interrupts.next().await;
            told.send_replace(true);
        });
        Ok(StopSwitch(sender))
    }

    fn receiver(&self) -> watch::Receiver<bool> {
        self.0.subscribe()
    }

    fn is_stopped(&self) -> bool {
        *self.0.borrow()
    }
}
