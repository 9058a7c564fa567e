//! The rows of a run, out of the dataset that it was made of, where that is still at hand and the same.

use super::rows_of_run;
use crate::{
    dataset::{Dataset, DatasetName, ReadOptions},
    outcome::align_rows,
    project::Project,
    store::{RunInfo, SealOpening},
};

/// The rows of a run, out of the dataset that it was made of; `None` where that is gone or changed.
pub fn run_dataset(
    project: &Project,
    info: &RunInfo,
    columns: &ReadOptions,
    opening: Option<&SealOpening>,
) -> Option<Dataset> {
    let (path, hash) = &info.dataset;
    let here = std::env::current_dir().unwrap_or_default();
    let experiment = project.experiment(Some(&info.experiment)).ok();
    let named = experiment.map(|e| project.root.join(&e.dataset));
    let places = [here.join(path), project.root.join(path)];
    places.into_iter().chain(named).find_map(|path| {
        if !DatasetName::parse(&path).path.exists() {
            return None;
        }
        let dataset = Dataset::read(&path, columns).ok()?;
        let is_same = dataset.hash() == hash;
        let rows = is_same.then(|| rows_of_run(dataset, info.seal.as_ref(), opening))??;
        Some(drawn_rows(rows, info))
    })
}

/// The rows of a run over some rows: by their ids; where these are unknown, as its seed drew them.
fn drawn_rows(dataset: Dataset, info: &RunInfo) -> Dataset {
    let link = align_rows(dataset.heads(), &info.heads);
    let places: Option<Vec<u32>> = (0..info.rows)
        .map(|row| link.earlier(row).map(|place| place as u32))
        .collect();
    match places {
        Some(places) if !link.is_same() => dataset.pick(places),
        _ => dataset.sample(info.rows, info.seed),
    }
}
