//! Where the user is: pane, row, variant, model, sample.

use super::columns::GridColumn;

#[derive(Debug, Default)]
pub struct Cursor {
    /// Which pane of the screen, from left to right and from top to bottom.
    pub pane: usize,
    /// Index in the table, not in the order shown.
    pub row: usize,
    pub variant: usize,
    pub model: usize,
    pub sample: usize,
    /// The line in the list of variants, below which the broken templates stand.
    pub list_line: usize,
    /// The cell of the confusion matrix: the expected label, and what was answered (labels, unreadable, failed).
    pub label_cell: (usize, usize),
    /// Lines of the prompt scrolled away on the Edit screen, and of the template.
    pub scrolls: [usize; 2],
}

impl Cursor {
    pub fn column(&self) -> GridColumn {
        GridColumn {
            variant: self.variant,
            model: self.model,
        }
    }

    pub(crate) fn go_to(&mut self, column: GridColumn) {
        (self.variant, self.model) = (column.variant, column.model);
    }
}
