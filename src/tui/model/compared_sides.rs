//! The two sides of the diff: the current variant, and the baseline or the same variant of another run.

use super::{
    action::DiffMode,
    diff_state::{Against, Other},
    row_changes::ComparedSide,
    session::Model,
    table::Table,
};
use crate::outcome::RowLink;

impl Model {
    /// The two sides of the diff as cells: before and after; and how rows are linked.
    pub fn sides(&self) -> Option<(ComparedSide, ComparedSide, RowLink)> {
        let table = self.answers.table.as_ref().ok()?;
        let after = ComparedSide {
            cells: self.cells()?.clone(),
            variant: self.cursor.variant,
        };
        Some(match &self.diff.against {
            Against::Baseline => {
                let before = ComparedSide {
                    cells: after.cells.clone(),
                    variant: self.answers.baseline,
                };
                (before, after, RowLink::default())
            }
            Against::Run(other) => {
                let before = ComparedSide {
                    cells: other.boards.get(self.other_model(other, table))?.clone(),
                    variant: self.other_variant(other, table),
                };
                (before, after, other.link.clone())
            }
        })
    }

    /// What the Diff screen compares: as chosen; else the templates, and where both sides have the same, the prompts.
    pub fn diff_mode(&self) -> DiffMode {
        let is_same_template = || {
            let table = self.answers.table.as_ref().ok()?;
            let (left, variant) = match &self.diff.against {
                Against::Baseline => (table, self.answers.baseline),
                Against::Run(other) => (&other.table, self.other_variant(other, table)),
            };
            let (before, after) = (left.source(variant)?, table.source(self.cursor.variant)?);
            let is_same_variant = left.names.get(variant) == table.names.get(self.cursor.variant);
            Some(before.text == after.text && !is_same_variant)
        };
        self.diff.mode.unwrap_or(match is_same_template() {
            Some(true) => DiffMode::Rendered,
            _ => DiffMode::Template,
        })
    }

    /// The variant of another run that has the name of the current one; its baseline where there is none.
    pub fn other_variant(&self, other: &Other, table: &Table) -> usize {
        table
            .names
            .get(self.cursor.variant)
            .and_then(|name| other.table.names.iter().position(|n| n == name))
            .unwrap_or(other.table.baseline)
    }

    /// The model of another run that is the current one; its first where there is none.
    pub fn other_model(&self, other: &Other, table: &Table) -> usize {
        table
            .models
            .get(self.cursor.model)
            .and_then(|m| other.table.models.iter().position(|o| o == m))
            .unwrap_or(0)
    }
}
