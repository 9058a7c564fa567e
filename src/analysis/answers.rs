//! Answers as categories: those that the main metric read, and one for answers in which it read nothing.

use crate::outcome::{CellState, Grid};
use std::collections::BTreeMap;

/// The category of answers in which nothing could be read.
pub(super) const UNREADABLE: u32 = u32::MAX;

/// Category of a cell; `None` where there is no answer, or none that is known.
pub(super) fn category(grid: &Grid, variant: usize, row: usize, sample: usize) -> Option<u32> {
    let cell = grid.cell(variant, row, sample);
    match cell.state {
        CellState::Unreadable
        | CellState::UnscoredUnreadable
        | CellState::Refused
        | CellState::Truncated => Some(UNREADABLE),
        CellState::Scored | CellState::Unscored => cell.answer,
        CellState::Pending | CellState::Running | CellState::Failed(_) => None,
    }
}

/// The most frequent categories, most frequent first.
pub(super) fn frequent(grid: &Grid, most: usize) -> Vec<u32> {
    let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
    for v in grid.answering() {
        for row in 0..grid.rows() {
            for sample in 0..grid.samples() {
                if let Some(found) = category(grid, v, row, sample) {
                    *counts.entry(found).or_default() += 1;
                }
            }
        }
    }
    let mut all: Vec<(u32, usize)> = counts.into_iter().collect();
    all.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    all.truncate(most);
    all.into_iter().map(|(c, _)| c).collect()
}

/// A category in words; `None` where the metric reads no answers.
pub(super) fn text(grid: &Grid, category: u32) -> Option<String> {
    if category == UNREADABLE {
        Some("nothing readable".to_owned())
    } else {
        grid.read_answer(category).map(str::to_owned)
    }
}
