//! Start and nominee on the sealed rows.

use crate::{
    analysis::Interval,
    cli::OptimizeArgs,
    commands::{
        context::CommandContext,
        diff::change_between,
        origin::typed_command,
        progress::{self, Interrupts},
        texts::row_texts,
    },
    demo::DemoSpec,
    engine::{Clients, Plan, RunOptions, start},
    optimize::{OptimizeError, Optimizer, SealedComparison, SearchRecord, candidate_name},
    project::ExperimentSpec,
    report::{DiffReport, RunReport},
    store::Store,
};
use anyhow::{Context as _, bail};
use std::sync::Arc;

/// Why a search opens sealed rows: one opening a search.
fn reason(id: &str) -> String {
    format!("end of wording optimize, {id}")
}

/// What start and nominee did on the sealed rows, row by row; `None` where these stayed sealed.
pub(super) fn moved_rows(
    place: &CommandContext,
    store: &Store,
    experiment: &ExperimentSpec,
    record: &SearchRecord,
) -> anyhow::Result<Option<DiffReport>> {
    let sealed = record.ending.as_ref().and_then(|e| e.sealed.as_ref());
    let Some(sealed) = sealed else {
        return Ok(None);
    };
    let (opening, _) = store
        .opening_for(&experiment.name, &reason(&record.id))?
        .context("the store has no opening of the sealed rows by this search")?;
    let info = store.sealed_run(&sealed.run, &opening)?;
    let texts = row_texts(place, &info, Some(&opening));
    let change = change_between((&info, 0), (&info, 1));
    Ok(Some(DiffReport::of_run(
        store,
        &info,
        [0, 1],
        change,
        &texts,
        Some(typed_command()),
    )?))
}

/// Start and nominee on the sealed rows, which are opened for it.
pub(super) async fn on_sealed_rows(
    place: &CommandContext,
    args: &OptimizeArgs,
    experiment: &ExperimentSpec,
    store: &Store,
    optimizer: &Optimizer,
    nominee: usize,
    id: &str,
) -> anyhow::Result<SealedComparison> {
    let reason = reason(id);
    let sealed = optimizer.record.parts.sealed;
    let (opening, run) = match store.opening_for(&experiment.name, &reason)? {
        Some(made) => made,
        None => (
            store.open_sealed_rows(&experiment.name, sealed, None, &reason)?,
            None,
        ),
    };
    let plan = Plan::load_sealed(&place.project, experiment, &opening)?;
    let rows: Vec<u32> = (0..plan.dataset.len() as u32).collect();
    let mut templates = plan.templates.clone();
    let regions = optimizer.regions();
    let mut variants = Vec::new();
    for c in [0, nominee] {
        variants.push(regions.add(&mut templates, &candidate_name(c), &optimizer.texts()[c])?);
    }
    let plan = plan.with_variants(templates, variants, &rows)?;
    let demo = DemoSpec::default();
    let clients = Clients::open(&place.project, &experiment.models, demo).await?;
    let options = RunOptions {
        reuse: true,
        resume: run,
        max_in_flight: args.max_in_flight,
        note: Some(reason),
        ..RunOptions::default()
    };
    let calls = plan.len();
    let handle = start(Arc::new(plan), Arc::new(clients), store.clone(), options);
    let interrupts = Interrupts::listen()?;
    let ended = progress::follow(handle, interrupts, &place.global, None, place.messages).await;
    let run = ended
        .run
        .clone()
        .context("the run over the sealed rows could not start")?;
    if let Some(reason) = ended.stopped {
        return Err(OptimizeError::Stopped(reason).into());
    }
    let info = store.sealed_run(&run, &opening)?;
    let report = RunReport::read(store, info)?;
    let analysis = &report
        .models
        .first()
        .context("the run has no model")?
        .analysis;
    let [first, second] = &analysis.variants[..] else {
        bail!("the run over the sealed rows has other variants");
    };
    let difference = second
        .difference
        .as_ref()
        .context("no sealed row was answered by both wordings")?;
    let mean = |score: &Option<Interval>| score.map_or(0.0, |s| s.value);
    Ok(SealedComparison {
        run,
        calls,
        rows: difference.rows,
        start: mean(&first.score),
        nominee: mean(&second.score),
        difference: difference.interval.value,
        low: difference.interval.low,
        high: difference.interval.high,
        p: difference.p,
    })
}
