//! The four screens.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Screen {
    /// Variants, template, rendered prompt.
    Edit,
    #[default]
    Grid,
    /// Two variants, word by word, and how the answers changed.
    Diff,
    /// The list of runs.
    Runs,
}
