//! `wording optimize`: a search for a better wording, and what the sealed rows say of it.

mod folds;
mod ignored_flags;
mod page;
mod sealed;

use super::{
    context::{CommandContext, without_expected},
    output::Exit,
    programs::require_programs,
    stop_switch::StopSwitch,
};
use crate::{
    cli::{Global, OptimizeArgs},
    demo::DemoSpec,
    display::{count, visible},
    engine::Clients,
    narrate::search as narrate,
    optimize::{
        HOPED_GAIN, OptimizeError, Optimizer, SealedShare, SearchEvent, SearchMeans, SearchPlan,
        SearchRecord, SearchRequest,
    },
    project::ExperimentSpec,
    report::check_page_form,
    store::{Store, search_id, unix_now},
};
use anyhow::{Context as _, anyhow, bail};
use folds::by_folds;
use ignored_flags::refuse_ignored_flags;
use page::{finish, tell};
use sealed::on_sealed_rows;
use std::sync::Arc;

/// Search, open the sealed rows once, and write the wording on yes.
pub async fn optimize(global: &Global, args: &OptimizeArgs) -> anyhow::Result<Exit> {
    if let Some(path) = &args.output {
        check_page_form(path)?;
    }
    refuse_ignored_flags(args)?;
    let (place, stated) = CommandContext::experiment(global, &args.experiment)?;
    place.announce();
    let store = place.store()?;
    let before = match &args.resume {
        Some(id) => Some(find(&store, &stated.name, id)?),
        None => None,
    };
    let (request, share) = match &before {
        Some(record) => (record.request.clone(), None),
        None => {
            let request = typed(args, &stated)?;
            let share = match request.folds {
                Some(_) => None,
                None => SealedShare::read(&place.project, &stated, &request, &store)?,
            };
            (request.with_seal(&stated, share.as_ref()), share)
        }
    };
    let experiment = request.experiment(&stated);
    let (id, started_at) = match &before {
        Some(record) => (record.id.clone(), record.started_at),
        None => (search_id(), unix_now().as_secs() as i64),
    };
    if let Some(record) = before.as_ref().filter(|record| record.ending.is_some()) {
        place
            .messages
            .note(&format!("{id} has ended; nothing is sent"));
        return finish(&place, args, &experiment, &store, record);
    }
    request.require_same_seal(&stated)?;
    let begun = Begun {
        id,
        started_at,
        is_first: before.is_none(),
    };
    if request.folds.is_some() {
        return by_folds(&place, args, &stated, &request, &store, begun).await;
    }
    let search = SearchPlan::read(&place.project, &experiment, &request, share.as_ref())?;
    if begun.is_first {
        search.require_use_of_writer()?;
    }
    note_sealed_rows(&place, &stated, &search, share.as_ref());
    note_model(&place, &stated, &request, begun.is_first);
    let (mut optimizer, switch) = open(&place, args, &experiment, &store, search, &begun).await?;
    // What is pressed between the search and its sealed run counts for that one.
    let interrupts = place.interrupts()?;
    let (messages, quiet) = (&place.messages, global.quiet);
    let searched = {
        let mut told = |record: &SearchRecord, event: SearchEvent| {
            if !quiet {
                tell(messages, record, event);
            }
        };
        optimizer.run(&mut told).await
    };
    if let Err(error) = searched {
        return Ok(stopped(&place, &experiment, &switch, &error));
    }
    if switch.is_stopped() {
        let error = OptimizeError::interrupted();
        return Ok(stopped(&place, &experiment, &switch, &error));
    }
    let nominee = optimizer.nominee();
    let sealed = match nominee {
        0 => None,
        _ => {
            let compared =
                on_sealed_rows(&place, &experiment, &store, &optimizer, nominee, interrupts).await;
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

/// How many rows a search keeps from itself, where the experiment seals none.
fn note_sealed_rows(
    place: &CommandContext,
    stated: &ExperimentSpec,
    search: &SearchPlan,
    share: Option<&SealedShare>,
) {
    let request = search.request();
    let (Some(sealed), None) = (request.sealed_share, &stated.sealed) else {
        return;
    };
    let earlier = share.and_then(|share| share.of_earlier(request.budget_calls));
    let earlier = match earlier {
        Some(_) => " (no more than an earlier search sealed, so that none of them was open in it)",
        None => "",
    };
    let rows = search.sealed_rows();
    place.messages.note(&format!(
        "`{name}` seals no rows: {}{earlier} {} kept from this search until its end, but other commands show them. Write `sealed = {sealed}` into [experiment.{name}] to seal them for all",
        count(rows, "row"),
        if rows == 1 { "is" } else { "are" },
        name = stated.name,
    ));
}

/// Whose prompt is improved.
fn note_model(
    place: &CommandContext,
    stated: &ExperimentSpec,
    request: &SearchRequest,
    is_first: bool,
) {
    let model = visible(&request.model.to_string());
    let others = match stated.models.len() {
        n @ 2.. if is_first => format!(", the first of {n} models; --models chooses another"),
        _ => String::new(),
    };
    place
        .messages
        .note(&format!("improves the prompt for {model}{others}"));
}

/// Tell why a search stopped, and how to go on.
fn stopped(
    place: &CommandContext,
    experiment: &ExperimentSpec,
    switch: &StopSwitch,
    error: &OptimizeError,
) -> Exit {
    let command = format!("`wording optimize {} --resume`", experiment.name);
    place.messages.error(&format!(
        "{error}; progress was saved, continue with {command}"
    ));
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
    if let Some(margin) = args
        .margin
        .filter(|margin| *margin > SearchRequest::MOST_MARGIN)
    {
        bail!(
            "--margin {margin} would keep nearly any shorter wording: it is a share of the score. At most {}, for example --margin {}",
            SearchRequest::MOST_MARGIN,
            SearchRequest::MARGIN
        );
    }
    let Some(model) = experiment.models.first().cloned() else {
        bail!("`{}` has no model", experiment.name);
    };
    Ok(SearchRequest {
        model,
        writer: args.writer.clone(),
        shorter: args
            .shorter
            .then_some(args.margin.unwrap_or(SearchRequest::MARGIN)),
        variant: args.from.clone(),
        edit: match args.edit.is_empty() {
            true => experiment.optimize.edit.clone(),
            false => args.edit.clone(),
        },
        seed: experiment.seed,
        rows: experiment.rows,
        rows_where: experiment.rows_where.clone(),
        samples: experiment.samples,
        budget_calls,
        budget_usd: args.budget_usd,
        writer_calls: args.writer_calls.unwrap_or(SearchRequest::WRITER_CALLS),
        alpha: args.alpha.unwrap_or(SearchRequest::ALPHA),
        sealed_share: None,
        seal: None,
        folds: args.folds,
        fold: None,
    }
    .within(&experiment.budget))
}

/// A search that begins, or goes on.
struct Begun {
    id: String,
    started_at: i64,
    is_first: bool,
}

/// What a search is carried out with; what is to know of its rows, programs and writer is reported.
async fn means(
    place: &CommandContext,
    args: &OptimizeArgs,
    experiment: &ExperimentSpec,
    store: &Store,
    search: &SearchPlan,
    begun: &Begun,
) -> anyhow::Result<(SearchMeans, StopSwitch)> {
    let request = search.request();
    if let Some(note) = without_expected(search.plan()) {
        place.messages.note(&note);
    }
    require_programs(place, &request.programs(&place.project, experiment))?;
    let demo = DemoSpec::default();
    let clients = Clients::open(&place.project, &request.models(), demo).await?;
    if let Some(writer) = &request.writer
        && (place.project.endpoint(writer)).is_some_and(|endpoint| endpoint.demo)
    {
        place.messages.note(&narrate::stand_in(writer));
    }
    let switch = StopSwitch::new()?;
    let means = SearchMeans {
        clients: Arc::new(clients),
        store: store.clone(),
        max_in_flight: args.max_in_flight,
        stop: switch.receiver(),
        id: begun.id.clone(),
        started_at: begun.started_at,
    };
    Ok((means, switch))
}

/// Begin the search; what it works with is reported before anything is sent.
async fn open(
    place: &CommandContext,
    args: &OptimizeArgs,
    experiment: &ExperimentSpec,
    store: &Store,
    search: SearchPlan,
    begun: &Begun,
) -> anyhow::Result<(Optimizer, StopSwitch)> {
    let request = search.request().clone();
    let (means, switch) = means(place, args, experiment, store, &search, begun).await?;
    let (rows_missing, sealed_rows) = (search.rows_missing(), search.sealed_rows());
    let free_shots = search.few_free_shots();
    let optimizer = search.begin(means);
    let id = &begun.id;
    let record = &optimizer.record;
    place.messages.note(&format!(
        "{id}, from `{}`; {}",
        visible(&record.start),
        narrate::parts(record.parts)
    ));
    place.messages.note(&format!(
        "parts that may change: {}",
        record.regions.join(", ")
    ));
    if request.shorter.is_some() {
        place
            .messages
            .note(&narrate::pieces_that_may_go(&record.pieces));
    }
    note_free_shots(place, free_shots);
    if let Some(needed) = rows_missing {
        place.messages.note(&format!(
            "{} show only large gains: one of {} points takes about {} of them. --folds lets all rows judge, and says what such a search gains",
            count(sealed_rows, "sealed row"),
            HOPED_GAIN * 100.0,
            needed.sealed
        ));
    }
    Ok((optimizer, switch))
}

/// That not all shots of the pool may be taken.
fn note_free_shots(place: &CommandContext, free_shots: Option<(usize, usize)>) {
    if let Some((free, pool)) = free_shots {
        place.messages.note(&format!(
            "{free} of {} may be taken: the others are like rows that judge",
            count(pool, "shot")
        ));
    }
}
