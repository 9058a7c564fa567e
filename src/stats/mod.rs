//! Plain mathematics: intervals, tests, resamples. No domain words: values, units, groups.
//!
//! Everything that draws takes a seed and is the same bit for bit wherever it runs.

mod interval;
mod resample;
mod test;

pub use interval::{quantile, wilson};
pub use resample::{Resampler, Unit};
pub use test::{holm, mcnemar_exact, sign_flip, spread_null};
