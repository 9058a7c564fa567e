//! What a change of wording did to the rows, between two variants or two runs. Pure; run as a job.

use crate::{
    analysis::{AnalysisSpec, VariantFinding, analyse},
    outcome::{ChangeCounts, Grid, RowChange, RowLink, row_change},
};

/// One side: a variant in a grid.
#[derive(Debug, Clone)]
pub struct ComparedSide {
    pub cells: Grid,
    pub variant: usize,
}

/// What a change did to the rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowChanges {
    /// Rows that changed, broken ones first.
    pub rows: Vec<(u32, RowChange)>,
    pub counts: ChangeCounts,
    /// Number of the job.
    pub number: u64,
}

/// Compare row by row; `before` is reached through the link.
pub(crate) fn row_changes(
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
        let change = link.earlier(row).and_then(|earlier| {
            row_change(
                (&before.cells, before.variant, earlier),
                (&after.cells, after.variant, row),
            )
        });
        let Some(change) = change else { continue };
        found.counts.add(change);
        if change != RowChange::Unchanged {
            found.rows.push((row as u32, change));
        }
    }
    found.rows.sort_by_key(|(row, change)| (*change, *row));
    found
}

/// The paired difference of two runs on the rows that both have: analyzed as two variants of one grid.
pub(crate) fn difference(
    before: &ComparedSide,
    after: &ComparedSide,
    link: &RowLink,
    spec: AnalysisSpec,
) -> VariantFinding {
    let samples = before.cells.samples().max(after.cells.samples());
    let mut grid = Grid::new(2, after.cells.rows(), samples).with_rules(after.cells.rules());
    for row in 0..after.cells.rows() {
        for (v, side, there) in [(0, before, link.earlier(row)), (1, after, Some(row))] {
            let Some(there) = there else { continue };
            for s in 0..side.cells.samples() {
                grid.copy(&side.cells, (side.variant, there, s), (v, row, s));
            }
        }
    }
    let spec = AnalysisSpec {
        baseline: 0,
        axes: Vec::new(),
        keys: Vec::new(),
        max_tokens: Vec::new(),
        ..spec
    };
    analyse(&grid, &spec).variants.swap_remove(1)
}
