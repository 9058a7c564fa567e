//! The overlay that chooses which models the grid shows.

use super::columns::{ColumnLayout, GridColumn};

/// What is selected, and what was shown before, for Esc. What is shown now is in the view settings.
#[derive(Debug, Clone)]
pub struct ShownModels {
    /// The model under the cursor of the list.
    pub(crate) at: usize,
    pub(crate) before: ColumnLayout,
    pub(crate) column: GridColumn,
    pub(crate) row_model: usize,
}
