//! The gain that a search is worth, and the rows that show it.

use crate::policy::HopedGain;

/// A gain that is worth a search, and the variance of a row's difference where a fifth of the rows changes.
pub const HOPED_GAIN: f64 = 0.05;
const DIFFERENCE_VARIANCE: f64 = 0.2;

/// That gain, at a level.
pub(super) fn hoped_gain(alpha: f64) -> HopedGain {
    HopedGain {
        gain: HOPED_GAIN,
        difference_variance: DIFFERENCE_VARIANCE,
        candidates: 1,
        alpha,
    }
}
