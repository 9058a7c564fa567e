//! Start and nominee on the sealed rows.

use crate::{
    commands::{
        context::CommandContext, diff::change_between, interrupts::Interrupts, progress,
        texts::row_texts,
    },
    demo::DemoSpec,
    engine::{Clients, start},
    optimize::{Optimizer, SealedComparison, SealedRun, SearchRecord},
    project::ExperimentSpec,
    report::{DiffReport, sealed_comparison},
    store::Store,
};
use anyhow::Context as _;
use std::sync::Arc;

/// What start and nominee did on the sealed rows, row by row; `None` where these stayed sealed.
pub(super) fn moved_rows(
    place: &CommandContext,
    store: &Store,
    record: &SearchRecord,
) -> anyhow::Result<Option<DiffReport>> {
    let Some((info, opening)) = SealedRun::ended(store, record)? else {
        return Ok(None);
    };
    let texts = row_texts(place, &info, Some(&opening));
    let change = change_between((&info, 0), (&info, 1));
    Ok(Some(DiffReport::of_run(
        store,
        &info,
        [0, 1],
        change,
        &texts,
        Some(place.command()),
    )?))
}

/// Start and nominee on the sealed rows, which are opened for it.
pub(super) async fn on_sealed_rows(
    place: &CommandContext,
    experiment: &ExperimentSpec,
    store: &Store,
    optimizer: &Optimizer,
    nominee: usize,
    interrupts: Interrupts,
) -> anyhow::Result<SealedComparison> {
    let run = SealedRun::open(&place.project, experiment, optimizer, nominee)?;
    let demo = DemoSpec::default();
    let clients = Clients::open(&place.project, &experiment.models, demo).await?;
    let calls = run.plan.len();
    let handle = start(
        Arc::new(run.plan),
        Arc::new(clients),
        store.clone(),
        run.options,
    );
    let ended = progress::follow(handle, interrupts, place, None).await;
    let info = SealedRun::info(store, &run.opening, &ended)?;
    sealed_comparison(store, info, calls)?.context("no sealed row was answered by both wordings")
}
