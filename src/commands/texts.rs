//! The texts of a run's rows, out of the dataset that it was made of, where that is still at hand and the same.

use super::context::CommandContext;
use crate::{
    dataset::{Dataset, ReadOptions},
    engine::{read_options, run_dataset, run_scorer},
    model::Completion,
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
    match run_dataset(&place.project, info, &options, opening) {
        Some(dataset) => texts_of(dataset, info, Vec::new()),
        None => RowTexts::none(),
    }
}

/// Where the main metric reads its answer in outputs of a run; unknown where its dataset is gone or its metrics are unknown.
pub fn answer_spans(
    place: &CommandContext,
    info: &RunInfo,
    opening: Option<&SealOpening>,
) -> AnswerSpans {
    let known = || {
        let experiment = place.project.experiment(Some(&info.experiment)).ok()?;
        let scorer = run_scorer(info, Some(&experiment.metrics))?;
        let dataset = run_dataset(&place.project, info, &read_options(experiment), opening)?;
        (dataset.len() == info.rows).then(|| spans_of(dataset, scorer))
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
