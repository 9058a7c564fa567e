//! How many rows a search for better wordings needs, for a gain that is hoped for.

use crate::stats::units_needed;

/// A gain that is hoped for, and what it takes to see it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HopedGain {
    /// In score, such as 0.05.
    pub gain: f64,
    /// Variance of a row's difference of two wordings: for right and wrong at most the share of rows that change.
    pub difference_variance: f64,
    /// Candidates that are compared with the incumbent.
    pub candidates: usize,
    /// Error over the whole search, such as 0.05.
    pub alpha: f64,
}

/// Rows that each part needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowsNeeded {
    /// To choose among all candidates, with the error shared out among them (Bonferroni).
    pub selection: usize,
    /// To confirm the one that was chosen.
    pub sealed: usize,
}

impl HopedGain {
    /// The rows that show the gain with 80 % power; `None` where no number of rows does.
    pub fn rows_needed(&self) -> Option<RowsNeeded> {
        let is_sound = self.gain > 0.0
            && self.difference_variance > 0.0
            && self.difference_variance.is_finite()
            && (0.0..1.0).contains(&self.alpha)
            && self.alpha > 0.0;
        let rows = |alpha: f64| {
            let rows = units_needed(self.difference_variance, self.gain, alpha);
            (rows.ceil() as usize).max(2)
        };
        is_sound.then(|| RowsNeeded {
            selection: rows(self.alpha / self.candidates.max(1) as f64),
            sealed: rows(self.alpha),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_candidates_need_more_rows_to_choose_and_as_many_to_confirm() {
        let hoped = |candidates, gain| HopedGain {
            gain,
            difference_variance: 0.2,
            candidates,
            alpha: 0.05,
        };
        // (1.95996 + 0.84162)² · 0.2 / 0.05² = 627.9
        let one = hoped(1, 0.05).rows_needed();
        assert_eq!(
            one,
            Some(RowsNeeded {
                selection: 628,
                sealed: 628
            })
        );
        let ten = hoped(10, 0.05).rows_needed().unwrap();
        // (2.80703 + 0.84162)² · 0.2 / 0.05² = 1,065.0, rounded up
        assert_eq!((ten.selection, ten.sealed), (1_066, 628));
        assert_eq!(hoped(1, 0.0).rows_needed(), None);
    }
}
