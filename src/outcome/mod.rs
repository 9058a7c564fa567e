//! What the answers came to: the one home of *correct*, *partly correct*, *wrong*, *fixed*, *broken*, *flipping*, *fragile*
//! and *always wrong*.
//!
//! Pure; knows `model` and `stats` only. The session, every report, the advice and the analysis take these words from here,
//! so that they count the same rows. The definitions are written down in `docs/statistics.md`.

mod align;
mod answer_table;
mod cell;
mod cell_state;
mod change;
mod extra_column;
mod flip_shares;
mod grid;
mod labels;
mod packed_cell;
mod row;
mod tally;
mod variant_totals;

pub use align::{RowLink, align_rows};
pub use cell::{CellCounts, CellOutcome, CellSummary, MajorityAnswer, is_correct};
pub use cell_state::CellState;
pub use change::{ChangeCounts, RowChange, row_change};
pub use flip_shares::FlipShares;
pub use grid::{Grid, GridRules};
pub use labels::{ConfusionMatrix, ExpectedLabels, LabelAnswer, LabelGrid};
pub use packed_cell::{AnswerId, Cell};
pub use row::{FRAGILE_FROM, RowCounts, RowProfile, row_profile};
pub use tally::{RunStats, ScoringStats};
pub use variant_totals::VariantTotals;
