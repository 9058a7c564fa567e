//! The texts of a run's rows, out of the dataset that it was made of, where that is still at hand and the same.

use super::context::CommandContext;
use crate::{
    dataset::{Dataset, DatasetName, ReadOptions},
    engine::{read_options, rows_of_run},
    model::Completion,
    outcome::align_rows,
    report::{AnswerSpans, RowTexts},
    score::Scorer,
    store::{RunInfo, SealOpening},
};

/// The texts of a run's rows; none where the dataset is gone or changed.
pub fn row_texts(
    place: &CommandContext,
    info: &RunInfo,
    opening: Option<&SealOpening>,
) -> RowTexts {
    let experiment = place.project.experiment(Some(&info.experiment)).ok();
    let key = info.seal.as_ref().map(|seal| seal.rule.key.clone());
    let key = key.unwrap_or_default();
    let options = ReadOptions {
        delimiter: experiment.and_then(|experiment| experiment.delimiter),
        id: (key.id).or_else(|| experiment.and_then(|experiment| experiment.id.clone())),
        cluster: key.cluster,
        ..ReadOptions::default()
    };
    match run_dataset(place, info, &options, opening) {
        Some(dataset) => texts_of(dataset, info, Vec::new()),
        None => RowTexts::none(),
    }
}

/// Where the main metric reads its answer in outputs of a run; unknown where its dataset is gone or its metrics are others.
pub fn answer_spans(
    place: &CommandContext,
    info: &RunInfo,
    opening: Option<&SealOpening>,
) -> AnswerSpans {
    let known = || {
        let experiment = place.project.experiment(Some(&info.experiment)).ok()?;
        let scorer = Scorer::new(&experiment.metrics).ok()?;
        let dataset = run_dataset(place, info, &read_options(experiment), opening)?;
        let is_same = scorer.names() == info.metrics && dataset.len() == info.rows;
        is_same.then(|| spans_of(dataset, scorer))
    };
    known().unwrap_or_default()
}

/// The same for a dataset and metrics at hand.
pub fn spans_of(dataset: Dataset, scorer: Scorer) -> AnswerSpans {
    AnswerSpans::new(move |row, output| {
        let row = dataset.row(row).ok()?;
        let completion = Completion {
            text: output.to_owned(),
            ..Completion::default()
        };
        let reading = scorer.explain(&completion, &row, None);
        let main = reading.metrics.into_iter().next()?;
        Some((main.span?, main.score.answer?))
    })
}

/// The rows of a run, out of the dataset that it was made of; `None` where that is gone or changed.
fn run_dataset(
    place: &CommandContext,
    info: &RunInfo,
    columns: &ReadOptions,
    opening: Option<&SealOpening>,
) -> Option<Dataset> {
    let (path, hash) = &info.dataset;
    let here = std::env::current_dir().unwrap_or_default();
    let named = place
        .project
        .experiment(Some(&info.experiment))
        .ok()
        .map(|e| place.project.root.join(&e.dataset));
    let places = [here.join(path), place.project.root.join(path)];
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

/// The texts of the rows of a dataset at hand, whose rows are those of the run; columns with outputs are no texts of a row.
pub fn texts_of(dataset: Dataset, info: &RunInfo, outputs: Vec<String>) -> RowTexts {
    if dataset.len() != info.rows {
        return RowTexts::none();
    }
    let heads = info.heads.clone();
    RowTexts::new(move |row| {
        let expected = heads.expected(row);
        let row = dataset.row(row).ok()?;
        Some(row.longest_text(expected, &outputs).to_owned())
    })
}
