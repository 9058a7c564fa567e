//! The texts of a run's rows, out of the dataset that it was made of, where that is still at hand and the same.

use super::context::CommandContext;
use crate::{
    dataset::{Dataset, RowColumns},
    model::Row,
    report::RowTexts,
    store::RunInfo,
};

/// The texts of a run's rows; none where the dataset is gone or changed.
pub fn row_texts(place: &CommandContext, info: &RunInfo) -> RowTexts {
    let (path, hash) = &info.dataset;
    let here = std::env::current_dir().unwrap_or_default();
    let named = place
        .project
        .experiment(Some(&info.experiment))
        .ok()
        .map(|e| place.project.root.join(&e.dataset));
    let places = [here.join(path), place.project.root.join(path)];
    let found = places.into_iter().chain(named).find_map(|path| {
        if !path.is_file() {
            return None;
        }
        let dataset = Dataset::read(&path, &RowColumns::default()).ok()?;
        (dataset.hash() == hash).then_some(dataset)
    });
    match found {
        // A run over some rows drew them by its seed.
        Some(dataset) => {
            let dataset = dataset.sample(info.rows, info.seed);
            texts_of(dataset, info, Vec::new())
        }
        None => RowTexts::none(),
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
        Some(text(dataset.row(row).ok()?.as_ref(), expected, &outputs))
    })
}

/// The text of a row for a person: its longest text besides the expected answer.
fn text(row: &Row, expected: Option<&str>, outputs: &[String]) -> String {
    row.fields
        .iter()
        .filter(|(column, _)| !outputs.contains(column))
        .filter_map(|(_, value)| value.as_str())
        .filter(|t| Some(*t) != expected)
        .max_by_key(|t| t.len())
        .unwrap_or("")
        .to_owned()
}
