//! How far the number of labelled rows carries: the boundaries at 50 and 500 rows, for rules, answers and next steps alike.

/// Labelled rows below which only prompting makes sense.
pub(crate) const FEW_BELOW: usize = 50;
/// Labelled rows from which fine-tuning usually wins.
pub(crate) const MANY_FROM: usize = 500;

/// The labelled rows besides the evaluation, by what they suffice for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum DataBand {
    /// Under 50.
    Few,
    /// 50 to 499.
    Some,
    /// 500 or more.
    Many,
}

impl DataBand {
    pub(crate) fn of(rows: usize) -> DataBand {
        match rows {
            0..FEW_BELOW => DataBand::Few,
            FEW_BELOW..MANY_FROM => DataBand::Some,
            _ => DataBand::Many,
        }
    }

    /// How many rows it takes to reach the next band; `None` in the last.
    pub(crate) fn next_from(self) -> Option<usize> {
        match self {
            DataBand::Few => Some(FEW_BELOW),
            DataBand::Some => Some(MANY_FROM),
            DataBand::Many => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_boundaries_belong_to_the_band_that_they_open() {
        let bands = [0, 49, 50, 499, 500, 5_000].map(DataBand::of);
        use DataBand::{Few, Many, Some};
        assert_eq!(bands, [Few, Few, Some, Some, Many, Many]);
    }
}
