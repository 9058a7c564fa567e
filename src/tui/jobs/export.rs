//! Runs, grids and rows written to files.

use super::{
    advice::advice_of_run,
    project_files::{display_path, write_error},
};
use crate::{
    display::visible,
    engine::{CurrentRun, Plan, write_bundle},
    model::RunId,
    outcome::Grid,
    project::Project,
    report::{RunReport, WriteOptions, write_run},
    store::{RunInfo, Store},
    tui::model::{ExportKind, JobResult, Table, listing},
};
use std::{fs, path::Path};

/// Write a run as a report or a bundle.
pub(super) fn export(
    project: &Project,
    (store, info): (&Store, RunInfo),
    what: ExportKind,
    path: &Path,
    emit: &mut dyn FnMut(JobResult),
) -> Result<(), String> {
    let name = display_path(path);
    if what == ExportKind::Bundle {
        let has_rows = write_bundle(project, store, &info, path).map_err(|e| e.to_string())?;
        emit(JobResult::Done(match has_rows {
            true => format!("wrote {name}; a colleague opens it with: wording open FILE"),
            false => format!(
                "wrote {name} without its rows: the dataset is missing or has changed, or they are sealed"
            ),
        }));
        return Ok(());
    }
    let mut report = RunReport::read(store, info).map_err(|e| e.to_string())?;
    report.advice = advice_of_run(project, store, &report);
    write_run(path, &report, &WriteOptions::default()).map_err(|e| e.to_string())?;
    emit(JobResult::Done(format!("wrote {name}")));
    Ok(())
}

/// Write the grid of a plan as a report or a bundle.
pub(super) fn export_current(
    project: &Project,
    store: &Store,
    plan: &Plan,
    (what, path): (ExportKind, &Path),
    emit: &mut dyn FnMut(JobResult),
) -> Result<(), String> {
    match CurrentRun::find(plan, store).map_err(|e| e.to_string())? {
        Some(CurrentRun::Stored(info)) => export(project, (store, info), what, path, emit),
        Some(CurrentRun::Gathered(store, info)) => {
            export(project, (&store, info), what, path, emit)
        }
        None => Err("nothing to report: no answer is stored".into()),
    }
}

/// Write rows of a model's grid.
pub(super) fn export_rows(
    cells: &Grid,
    of: usize,
    (table, rows): (&Table, &[u32]),
    path: &Path,
    emit: &mut dyn FnMut(JobResult),
) -> Result<(), String> {
    let name = display_path(path);
    let form = path.extension().unwrap_or_default().to_string_lossy();
    let listed = match form.to_lowercase().as_str() {
        "md" | "markdown" => listing::markdown(cells, table, of, rows),
        "csv" => listing::csv(cells, table, of, rows),
        _ => return Err(format!("{name}: unknown format; use .csv or .md")),
    };
    fs::write(path, listed).map_err(|e| write_error(path, &e))?;
    emit(JobResult::Done(format!("wrote {name}")));
    Ok(())
}

/// Say what a run came to that did not buy every trial. One that is not kept came to nothing.
pub(super) fn conclude(
    store: &Store,
    id: &RunId,
    emit: &mut dyn FnMut(JobResult),
) -> Result<(), String> {
    let Ok(info) = store.run(&id.0) else {
        return Ok(());
    };
    let report = RunReport::read(store, info).map_err(|e| e.to_string())?;
    let said: Vec<String> = report
        .conclusions()
        .iter()
        .map(|said| visible(said))
        .collect();
    if !said.is_empty() {
        emit(JobResult::RunConcluded(said.join("\n\n")));
    }
    Ok(())
}
