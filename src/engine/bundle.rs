//! What a run needs to be read elsewhere as it is here: its rows and its metrics.

use super::{EngineError, read_options, run_dataset, run_scorer};
use crate::{
    model::{Row, RowRecords},
    project::Project,
    store::{RunInfo, Store},
};
use serde_json::Value;
use std::path::Path;

/// Write a run of a project as a bundle. Whether its rows are in it: they are not where its dataset is missing or has changed.
pub fn write_bundle(
    project: &Project,
    store: &Store,
    info: &RunInfo,
    path: &Path,
) -> Result<bool, EngineError> {
    let experiment = project.experiment(Some(&info.experiment)).ok();
    let mut info = info.clone();
    if info.metric_specs.is_empty()
        && let Some(scorer) = run_scorer(&info, experiment.map(|e| e.metrics.as_slice()))
    {
        info.metric_specs = scorer.metrics().cloned().collect();
    }
    // A bundle that is opened has its rows with it.
    let records = info.records.as_deref().cloned();
    let records = records.or_else(|| {
        let options = experiment.map_or_else(Default::default, read_options);
        let dataset = run_dataset(project, &info, &options, None)?;
        (dataset.len() == info.rows).then(|| {
            let rows = (0..info.rows).map(|row| {
                let read = dataset.row(row).ok()?;
                Some(as_in_run(Row::clone(&read), info.heads.expected(row)))
            });
            RowRecords::new(dataset.columns().to_vec(), rows)
        })
    });
    store.write_bundle(&info, records.as_ref(), path)?;
    Ok(records.is_some())
}

/// A row with the answer that the run expected: people may have labelled it.
fn as_in_run(row: Row, expected: Option<&str>) -> Row {
    if row.expected_text().as_deref() == expected {
        return row;
    }
    Row {
        expected: expected.map(|text| Value::String(text.to_owned())),
        ..row
    }
}
