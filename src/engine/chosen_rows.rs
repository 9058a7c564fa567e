//! Which rows of a dataset an experiment has: those that meet a condition (`--rows-where`), then a sample of them.

use super::EngineError;
use crate::{
    dataset::Dataset,
    model::Row,
    project::ExperimentSpec,
    row_filter::{RowCondition, RowTexts},
    source::SourcePlace,
};
use serde_json::Value;
use std::{borrow::Cow, sync::Arc};

/// A row alone, whatever its number.
struct RowAlone {
    row: Arc<Row>,
    expected: Option<String>,
}

impl RowTexts for RowAlone {
    fn id(&self, _: usize) -> Cow<'_, str> {
        Cow::Borrowed(&self.row.id)
    }

    fn input(&self, _: usize) -> String {
        self.row
            .longest_text(self.expected.as_deref(), &[])
            .to_owned()
    }

    fn expected(&self, _: usize) -> Option<&str> {
        self.expected.as_deref()
    }

    fn slice(&self, _: usize, _: usize) -> Option<&str> {
        None
    }

    fn column(&self, _: usize, name: &str) -> Option<Value> {
        self.row.fields.get(name).cloned()
    }
}

/// The rows of an experiment: those that meet its condition, then a sample.
pub(super) fn chosen_rows(
    mut dataset: Dataset,
    experiment: &ExperimentSpec,
) -> Result<Dataset, EngineError> {
    if let Some(condition) = &experiment.rows_where {
        dataset = keep_rows(dataset, condition)?;
    }
    Ok(match experiment.rows {
        Some(n) => dataset.sample(n, experiment.seed),
        None => dataset,
    })
}

/// Keep the rows that meet a condition, in the order of the file; never none.
fn keep_rows(dataset: Dataset, condition: &str) -> Result<Dataset, EngineError> {
    let compiled = RowCondition::new(condition, dataset.columns()).map_err(|error| {
        EngineError::RowsWhere {
            message: error.message,
            place: Box::new(SourcePlace::of_span("condition", condition, error.span)),
        }
    })?;
    let parts = compiled.parts();
    let mut alone = vec![0; parts.len()];
    let mut places = Vec::new();
    for (place, row) in dataset.rows().enumerate() {
        let row = row?;
        let expected = row.expected_text();
        let met = compiled.meets(&RowAlone { row, expected });
        for (n, met) in alone.iter_mut().zip(&met) {
            *n += usize::from(*met);
        }
        if met.iter().all(|met| *met) {
            places.push(place as u32);
        }
    }
    if places.is_empty() {
        return Err(EngineError::NoRowsWhere {
            condition: condition.to_owned(),
            rows: dataset.len(),
            alone: parts.into_iter().zip(alone).collect(),
        });
    }
    Ok(dataset.pick(places))
}
