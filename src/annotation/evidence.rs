//! What the stored answers of wordings say about the rows that people label: the majority answer, and how much they disagree.

use crate::{
    outcome::{AnswerId, Cell, CellState, Grid},
    stats::normalized_entropy,
};
use std::collections::HashMap;

/// What the answers about one row say.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RowEvidence {
    pub majority: Option<MajorityVote>,
    /// Entropy of the answers, in [0, 1]; what could not be read is an answer of its own.
    pub disagreement: f64,
    /// Share of the pairs of answers of the two best wordings that differ.
    pub decides: f64,
}

/// The most frequent answer about a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MajorityVote {
    pub answer: String,
    pub count: usize,
    /// All answers.
    pub answers: usize,
}

impl RowEvidence {
    /// Of every row. `grids`: the answers of each model. `best`: the two variants that the decision is between.
    pub fn of_rows(grids: &[Grid], best: Option<(usize, usize)>) -> Vec<RowEvidence> {
        let rows = grids.iter().map(Grid::rows).max().unwrap_or(0);
        (0..rows)
            .map(|row| RowEvidence::new(grids, best, row))
            .collect()
    }

    fn new(grids: &[Grid], best: Option<(usize, usize)>, row: usize) -> RowEvidence {
        // By the text under which grids know an answer, with the text that was read; two models have two grids.
        let mut counts: HashMap<Option<&str>, (u32, Option<&str>)> = HashMap::new();
        let mut answers = 0;
        for grid in grids {
            for variant in (0..grid.variants()).filter(|variant| !grid.is_cut(*variant)) {
                for answer in row_answers(grid, variant, row) {
                    let text = answer.map(|answer| grid.answer_text(answer));
                    let read = answer.and_then(|answer| grid.read_answer(answer));
                    counts.entry(text).or_insert((0, read)).0 += 1;
                    answers += 1;
                }
            }
        }
        let mut read: Vec<(&str, u32)> = counts
            .values()
            .filter_map(|(count, read)| Some(((*read)?, *count)))
            .collect();
        read.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        let majority = match read.as_slice() {
            [] => None,
            [first, second, ..] if first.1 == second.1 => None,
            [(answer, count), ..] => Some(MajorityVote {
                answer: (*answer).to_owned(),
                count: *count as usize,
                answers,
            }),
        };
        let all: Vec<u32> = counts.values().map(|(count, _)| *count).collect();
        RowEvidence {
            majority,
            disagreement: normalized_entropy(&all, answers),
            decides: best.map_or(0.0, |pair| differing_pairs(grids, pair, row)),
        }
    }
}

/// The two variants with the highest mean scores over all models; `None` where fewer have one.
pub fn best_two(grids: &[Grid]) -> Option<(usize, usize)> {
    let variants = grids.iter().map(Grid::variants).max().unwrap_or(0);
    let mean = |variant: usize| {
        let comparable = grids
            .iter()
            .filter(|grid| grid.comparable().any(|v| v == variant));
        let (score, answered) = comparable
            .map(|grid| grid.totals(variant))
            .fold((0.0, 0), |sum, totals| {
                (sum.0 + totals.score, sum.1 + totals.answered)
            });
        (answered > 0).then(|| score / answered as f64)
    };
    let mut means: Vec<(f64, usize)> = (0..variants).filter_map(|v| Some((mean(v)?, v))).collect();
    means.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    match means.as_slice() {
        [(_, best), (_, second), ..] => Some((*best, *second)),
        _ => None,
    }
}

/// The answers in the samples of a cell; `None` where nothing could be read.
fn row_answers(grid: &Grid, variant: usize, row: usize) -> impl Iterator<Item = Option<AnswerId>> {
    (0..grid.samples())
        .map(move |sample| grid.cell(variant, row, sample))
        .filter(|cell| cell.state.is_answered() || is_read(cell))
        .map(|cell| cell.answer)
}

/// Whether the metric has looked for an answer in an output without a score.
fn is_read(cell: &Cell) -> bool {
    cell.answer.is_some() || cell.state == CellState::UnscoredUnreadable
}

fn differing_pairs(grids: &[Grid], (a, b): (usize, usize), row: usize) -> f64 {
    let (mut pairs, mut differing) = (0u32, 0u32);
    for grid in grids.iter().filter(|grid| a.max(b) < grid.variants()) {
        for first in row_answers(grid, a, row) {
            for second in row_answers(grid, b, row) {
                pairs += 1;
                differing += u32::from(first != second);
            }
        }
    }
    if pairs == 0 {
        return 0.0;
    }
    f64::from(differing) / f64::from(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::{Cell, CellState};

    #[test]
    fn answers_are_counted_over_wordings() {
        let mut grid = Grid::new(3, 3, 1);
        let answers = [["a", "a", "b"], ["a", "b", "c"], ["a", "a", "a"]];
        for (row, answers) in answers.iter().enumerate() {
            for (variant, answer) in answers.iter().enumerate() {
                let answer = Some(grid.intern(answer));
                let cell = Cell {
                    state: CellState::Scored,
                    score: Some(0.0),
                    answer,
                    truncated: false,
                    latency_ms: 0.0,
                    prompt_tokens: 0,
                    cached_tokens: 0,
                    completion_tokens: 0,
                };
                grid.set(variant, row, 0, cell);
            }
        }
        let evidence = RowEvidence::of_rows(&[grid], Some((0, 2)));
        let majority = |row: usize| {
            let vote = evidence[row].majority.as_ref()?;
            Some((vote.answer.as_str(), vote.count, vote.answers))
        };
        assert_eq!(majority(0), Some(("a", 2, 3)));
        assert_eq!(majority(1), None, "three answers, none of them more often");
        assert_eq!(majority(2), Some(("a", 3, 3)));
        let disagreement: Vec<f64> = evidence.iter().map(|row| row.disagreement).collect();
        assert!(disagreement[1] > disagreement[0] && disagreement[0] > disagreement[2]);
        let decides: Vec<f64> = evidence.iter().map(|row| row.decides).collect();
        assert_eq!(decides, [1.0, 1.0, 0.0]);
    }
}
