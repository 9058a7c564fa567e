//! Answers as labels: which label a row expects, which one was read, and how many rows came to each pair of them.

use super::{AnswerId, CellState, Grid};
use std::collections::HashMap;

/// A closed set of labels and those that each row expects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExpectedLabels {
    labels: Vec<String>,
    /// The distinct lists of right labels.
    lists: Vec<Vec<u32>>,
    /// The list of each row.
    list_of: Vec<u32>,
}

impl ExpectedLabels {
    /// From the labels that are right for each row, the first one named first; none where what is expected is no label.
    pub fn new(labels: Vec<String>, rows: impl IntoIterator<Item = Vec<u32>>) -> ExpectedLabels {
        let mut numbers: HashMap<Vec<u32>, u32> = HashMap::new();
        let mut all = ExpectedLabels {
            labels,
            ..ExpectedLabels::default()
        };
        for list in rows {
            let number = match numbers.get(&list) {
                Some(number) => *number,
                None => {
                    let number = all.lists.len() as u32;
                    all.lists.push(list.clone());
                    numbers.insert(list, number);
                    number
                }
            };
            all.list_of.push(number);
        }
        all
    }

    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// The labels that are right for a row.
    pub fn of_row(&self, row: usize) -> &[u32] {
        self.list_of
            .get(row)
            .map_or(&[], |list| &self.lists[*list as usize])
    }

    /// Whether no row expects a label.
    pub fn is_empty(&self) -> bool {
        self.lists.iter().all(Vec::is_empty)
    }
}

/// What one answer was read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LabelAnswer {
    Label(u32),
    /// Unreadable, refused or cut off.
    Unreadable,
    Failed,
}

/// How often each answer came to the rows of each label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfusionMatrix {
    /// Expected label × (labels, unreadable, failed).
    counts: Vec<Vec<u64>>,
    /// Answers to rows that expect none of the labels.
    pub left_out: u64,
}

impl ConfusionMatrix {
    fn new(labels: usize) -> ConfusionMatrix {
        ConfusionMatrix {
            counts: vec![vec![0; labels + 2]; labels],
            left_out: 0,
        }
    }

    /// Answers to rows of a label: one number per label, then unreadable ones, then failed trials.
    pub fn row(&self, expected: usize) -> &[u64] {
        &self.counts[expected]
    }

    pub fn rows(&self) -> &[Vec<u64>] {
        &self.counts
    }

    /// Answers to rows of a label, without failed trials.
    pub fn expected(&self, label: usize) -> u64 {
        let row = self.row(label);
        row[..row.len() - 1].iter().sum()
    }

    /// Answers that were read as a label.
    pub fn read(&self, label: usize) -> u64 {
        self.counts.iter().map(|row| row[label]).sum()
    }
}

/// Reads the cells of a grid as labels.
#[derive(Debug)]
pub struct LabelGrid<'a> {
    grid: &'a Grid,
    expected: &'a ExpectedLabels,
    label_of: HashMap<AnswerId, u32>,
    /// The label of rows whose expected answer is none of them by name, but was read as one and found right: an alias.
    learned: HashMap<usize, u32>,
}

impl<'a> LabelGrid<'a> {
    pub fn new(grid: &'a Grid, expected: &'a ExpectedLabels) -> LabelGrid<'a> {
        let numbers: HashMap<&str, u32> = expected
            .labels
            .iter()
            .map(String::as_str)
            .zip(0..)
            .collect();
        let mut all = LabelGrid {
            grid,
            expected,
            label_of: HashMap::new(),
            learned: HashMap::new(),
        };
        grid.each(|_, row, _, cell| {
            if let Some(answer) = cell.answer
                && let Some(label) = grid.read_answer(answer).and_then(|text| numbers.get(text))
            {
                all.label_of.insert(answer, *label);
                if cell.score == Some(1.0) && expected.of_row(row).is_empty() {
                    all.learned.entry(row).or_insert(*label);
                }
            }
        });
        all
    }

    pub fn labels(&self) -> usize {
        self.expected.labels.len()
    }

    /// The label that a sample should have, and what it was read as; `None` where it is not answered yet or not scored.
    /// Of several right labels the one that was read is expected, else the first. No label is expected where the row
    /// expects none of them.
    pub fn sample(
        &self,
        variant: usize,
        row: usize,
        sample: usize,
    ) -> Option<(Option<u32>, LabelAnswer)> {
        let cell = self.grid.cell(variant, row, sample);
        let answer = match cell.state {
            CellState::Scored => cell
                .answer
                .and_then(|answer| self.label_of.get(&answer))
                .map_or(LabelAnswer::Unreadable, |label| LabelAnswer::Label(*label)),
            CellState::Unreadable | CellState::Refused | CellState::Truncated => {
                LabelAnswer::Unreadable
            }
            CellState::Failed(_) => LabelAnswer::Failed,
            CellState::Unscored
            | CellState::UnscoredUnreadable
            | CellState::Pending
            | CellState::Running => return None,
        };
        let of_row = self.expected.of_row(row);
        let expected = match answer {
            LabelAnswer::Label(label) if cell.score == Some(1.0) || of_row.contains(&label) => {
                Some(label)
            }
            _ => of_row.first().or_else(|| self.learned.get(&row)).copied(),
        };
        Some((expected, answer))
    }

    /// The samples of a variant, counted.
    pub fn matrix(&self, variant: usize) -> ConfusionMatrix {
        let labels = self.labels();
        let mut matrix = ConfusionMatrix::new(labels);
        for row in 0..self.grid.rows() {
            for sample in 0..self.grid.samples() {
                match self.sample(variant, row, sample) {
                    None => {}
                    Some((None, _)) => matrix.left_out += 1,
                    Some((Some(expected), answer)) => {
                        let column = match answer {
                            LabelAnswer::Label(label) => label as usize,
                            LabelAnswer::Unreadable => labels,
                            LabelAnswer::Failed => labels + 1,
                        };
                        matrix.counts[expected as usize][column] += 1;
                    }
                }
            }
        }
        matrix
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::FailureKind, outcome::Cell};

    #[test]
    fn of_several_right_labels_the_one_that_was_read_is_expected() {
        let labels = ["a", "b", "c"].map(str::to_owned).to_vec();
        let expected = ExpectedLabels::new(labels, [vec![0, 1], vec![2], vec![], vec![]]);
        let mut grid = Grid::new(1, 4, 2);
        let cell = |state, score, answer| Cell {
            state,
            score,
            answer,
            truncated: false,
            latency_ms: 0.0,
            prompt_tokens: 0,
            cached_tokens: 0,
            completion_tokens: 0,
        };
        let [a, b, c] = ["a", "b", "c"].map(|text| Some(grid.intern(text)));
        let scored = |answer, score| cell(CellState::Scored, Some(score), answer);
        grid.set(0, 0, 0, scored(b, 1.0));
        grid.set(0, 0, 1, scored(c, 0.0));
        grid.set(0, 1, 0, cell(CellState::Truncated, Some(0.0), None));
        grid.set(
            0,
            1,
            1,
            cell(CellState::Failed(FailureKind::Timeout), None, None),
        );
        // The third row expects an alias of `a`, the fourth something that is no label at all.
        grid.set(0, 2, 0, scored(a, 1.0));
        grid.set(0, 2, 1, scored(b, 0.0));
        grid.set(0, 3, 0, scored(b, 0.0));
        let matrix = LabelGrid::new(&grid, &expected).matrix(0);
        assert_eq!(matrix.row(0), [1, 1, 1, 0, 0]);
        assert_eq!(matrix.row(1), [0, 1, 0, 0, 0]);
        assert_eq!(matrix.row(2), [0, 0, 0, 1, 1]);
        assert_eq!(matrix.left_out, 1);
    }
}
