//! The folds of a search as a table: what each fold's search found, and what it did on the rows that it had not seen.

use super::figure_table::FigureTable;
use crate::{
    narrate::{folds, labels::points},
    optimize::SearchRecord,
};

/// The folds; `None` where there are none.
pub(super) fn fold_table(record: &SearchRecord) -> Option<FigureTable> {
    record.request.folds?;
    let rows = record.folds.iter().map(|fold| {
        let held_out = &fold.held_out;
        let [start, nominee] = folds::scores(held_out);
        vec![
            fold.number.to_string(),
            folds::nominee(fold),
            fold.candidates.len().saturating_sub(1).to_string(),
            fold.spent.calls.to_string(),
            held_out.rows.to_string(),
            start,
            nominee,
            points(held_out.difference),
        ]
    });
    let head = [
        "fold",
        "nominee",
        "candidates",
        "calls",
        "its rows",
        "start",
        "nominee",
        "points",
    ];
    Some(FigureTable {
        title: "Folds".into(),
        head: head.map(str::to_owned).to_vec(),
        rows: rows.collect(),
        texts: 2,
        notes: Vec::new(),
    })
}
