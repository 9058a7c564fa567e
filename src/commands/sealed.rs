//! `--open-sealed`: opens the sealed rows of an experiment, which the store remembers before anything is shown.

use super::context::CommandContext;
use crate::{
    engine::{EngineError, RowSet},
    model::RunId,
    narrate::seal::opening_note,
    project::ExperimentSpec,
    store::{RunInfo, SealOpening, Store},
};
use anyhow::bail;

/// Open the sealed rows of an experiment for a run that begins now. The reason is what the user noted, else the command.
pub(super) fn open_for_run(
    place: &CommandContext,
    experiment: &ExperimentSpec,
    store: &Store,
    note: Option<&str>,
) -> anyhow::Result<SealOpening> {
    if experiment.dataset.as_os_str() == "-" {
        bail!(
            "rows from standard input cannot be sealed: save them as a file and name it with `dataset`"
        );
    }
    let rows = RowSet::read(&place.project, experiment)?;
    let Some(sealed) = rows.sealed() else {
        return Err(EngineError::NothingSealed(experiment.name.clone()).into());
    };
    open(place, &experiment.name, sealed.len(), None, store, note)
}

/// Open a run over sealed rows to show it.
pub(super) fn open_run(
    place: &CommandContext,
    run: &RunInfo,
    store: &Store,
    note: Option<&str>,
) -> anyhow::Result<SealOpening> {
    if !run.is_of_sealed_rows() {
        bail!(
            "run {} is not over sealed rows; report it without --open-sealed",
            run.id
        );
    }
    open(place, &run.experiment, run.rows, Some(&run.id), store, note)
}

fn open(
    place: &CommandContext,
    experiment: &str,
    rows: usize,
    run: Option<&RunId>,
    store: &Store,
    note: Option<&str>,
) -> anyhow::Result<SealOpening> {
    let before = store.seal_openings(Some(experiment))?;
    let command = place.command();
    let reason = note.filter(|note| !note.trim().is_empty());
    let opening = store.open_sealed_rows(experiment, rows, run, reason.unwrap_or(&command))?;
    place
        .messages
        .note(&opening_note(experiment, rows, &before));
    Ok(opening)
}
