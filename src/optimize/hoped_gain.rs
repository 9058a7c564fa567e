//! The gain that a search is worth, and the rows that show it.

use crate::policy::{HopedGain, RowsNeeded};

/// A gain that is worth a search, and the variance of a row's difference where a fifth of the rows changes.
pub const HOPED_GAIN: f64 = 0.05;
const DIFFERENCE_VARIANCE: f64 = 0.2;
/// Sealed rows are judged at 5 %, whatever the error of the search is. Where scores are 0 or 1 the exact test asks for about `1 / gain`
/// rows more than the normal one that is counted with.
const SEALED_ALPHA: f64 = 0.05;
/// A shorter wording is judged by one side of a 90 % interval.
const MARGIN_ALPHA: f64 = 0.1;

/// Rows that show [`HOPED_GAIN`] with 80 % power: of selection at the error of the search, and sealed ones.
pub(super) fn rows_needed(alpha: f64) -> Option<RowsNeeded> {
    Some(RowsNeeded {
        selection: rows(HOPED_GAIN, alpha)?.selection,
        sealed: sealed_rows_needed(HOPED_GAIN)?,
    })
}

/// Sealed rows that show such a gain with 80 % power.
pub(super) fn sealed_rows_needed(gain: f64) -> Option<usize> {
    rows(gain, SEALED_ALPHA).map(|needed| needed.sealed)
}

/// Sealed rows that show with 80 % power that a wording without effect is worse by less than such a margin.
pub(super) fn sealed_rows_for_margin(margin: f64) -> Option<usize> {
    rows(margin, MARGIN_ALPHA).map(|needed| needed.sealed)
}

fn rows(gain: f64, alpha: f64) -> Option<RowsNeeded> {
    let hoped = HopedGain {
        gain,
        difference_variance: DIFFERENCE_VARIANCE,
        candidates: 1,
        alpha,
    };
    hoped.rows_needed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealed_rows_depend_on_what_they_are_to_show_and_not_on_the_error_of_the_search() {
        // (1.95996 + 0.84162)² · 0.2 / 0.05², and (1.64485 + 0.84162)² · 0.2 / 0.02².
        assert_eq!(sealed_rows_needed(0.05), Some(628));
        assert_eq!(sealed_rows_for_margin(0.02), Some(3_092));
        let (strict, lax) = (rows_needed(0.001).unwrap(), rows_needed(0.2).unwrap());
        assert_eq!((strict.sealed, lax.sealed), (628, 628));
        assert!(strict.selection > 628 && lax.selection < 628);
    }
}
