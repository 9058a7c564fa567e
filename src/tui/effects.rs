//! What became of the rows between two wordings. Pure; run as a job.

use super::board::{Cells, MajorityAnswer};
use crate::{
    analysis::{AnalysisSpec, VariantFinding, analyse},
    outcome::Grid,
};
use std::sync::Arc;

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowChange {
    /// Wrong before, right after.
    Fixed,
    /// Right before, wrong after.
    Broke,
    /// Another answer, no less right or wrong.
    Other,
}

/// One side: a wording in the cells of a run.
#[derive(Debug, Clone)]
pub struct ComparedSide {
    pub cells: Cells,
    /// The variant in them.
    pub variant: usize,
}

/// Which row of the other run a row is; `None` where the runs have the same rows.
pub type RowLink = Option<Arc<Vec<Option<u32>>>>;

/// The row on the other side.
pub fn linked(link: &RowLink, row: usize) -> Option<usize> {
    match link {
        None => Some(row),
        Some(rows) => rows.get(row).copied().flatten().map(|r| r as usize),
    }
}

/// What became of the rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowChanges {
    /// Rows whose answer changed, fixed ones first.
    pub rows: Vec<(u32, RowChange)>,
    /// Rows with the same answer on both sides.
    pub same: usize,
    /// Comes back from the job.
    pub number: u64,
}

impl RowChanges {
    /// How many rows had this fate.
    pub fn count(&self, fate: RowChange) -> usize {
        self.rows.iter().filter(|(_, f)| *f == fate).count()
    }
}

/// Compare row by row; `before` is reached through the link.
pub fn effects(
    before: &ComparedSide,
    after: &ComparedSide,
    link: &RowLink,
    number: u64,
) -> RowChanges {
    let mut found = RowChanges {
        number,
        ..RowChanges::default()
    };
    for row in 0..after.cells.rows() {
        let Some(other) = linked(link, row) else {
            continue;
        };
        let a = before.cells.summary(before.variant, other);
        let b = after.cells.summary(after.variant, row);
        let (Some(was), Some(is)) = (a.score, b.score) else {
            continue;
        };
        let fate = match (was >= 0.5, is >= 0.5) {
            (false, true) => RowChange::Fixed,
            (true, false) => RowChange::Broke,
            _ if same(&before.cells, a.top, &after.cells, b.top) => {
                found.same += 1;
                continue;
            }
            _ => RowChange::Other,
        };
        found.rows.push((row as u32, fate));
    }
    found.rows.sort_by_key(|(row, fate)| (*fate, *row));
    found
}

/// The paired difference of two runs on the rows that both have: analysed as two variants of one grid.
pub fn difference(
    before: &ComparedSide,
    after: &ComparedSide,
    link: &RowLink,
    spec: AnalysisSpec,
) -> VariantFinding {
    let samples = before.cells.samples().max(after.cells.samples());
    let mut grid = Grid::new(2, after.cells.rows(), samples);
    for row in 0..after.cells.rows() {
        for (v, side, row_there) in [(0, before, linked(link, row)), (1, after, Some(row))] {
            let Some(there) = row_there else { continue };
            for s in 0..side.cells.samples() {
                let mut cell = side.cells.cell(side.variant, there, s);
                cell.answer = cell.answer.map(|a| grid.intern(side.cells.answer_text(a)));
                grid.set(v, row, s, cell);
            }
        }
    }
    let spec = AnalysisSpec {
        baseline: 0,
        axes: Vec::new(),
        keys: Vec::new(),
        ..spec
    };
    analyse(&grid, &spec).variants.swap_remove(1)
}

/// Whether two answers are the same; runs number them each in their own way.
pub fn same(a: &Cells, x: MajorityAnswer, b: &Cells, y: MajorityAnswer) -> bool {
    match (x, y) {
        (MajorityAnswer::Answer(x), MajorityAnswer::Answer(y)) => {
            a.answer_text(x) == b.answer_text(y)
        }
        (x, y) => x == y,
    }
}
