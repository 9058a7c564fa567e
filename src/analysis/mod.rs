//! Grid → findings, in the domain's words, on top of `stats`.
//!
//! Knows neither store nor screen; `report` and `tui` show what it finds.

mod analyse;
mod finding;
mod words;

pub use analyse::{AnalysisSpec, analyse};
pub use finding::{Analysis, Best, Difference, Interval, Spread, VariantFinding, Verdict};
pub use words::{points, sentence, verdict_word};
