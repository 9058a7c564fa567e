//! Metrics: pure functions from an output and a row to a score in [0, 1].
//!
//! Knows no endpoint and no experiment; `engine` scores every completion with it.

mod label;
mod metric;
mod overlap;

pub use label::{LabelReader, LabelReading, read_label};
pub use metric::{ScoreError, Scorer};
pub use overlap::{normalize, rouge_l, token_f1};
