//! Rows whose answers by two wordings people graded one by one, as pairs.

use super::{RatedItem, RatingSession};
use crate::stats::RatedUnit;
use std::collections::HashMap;

/// The rows that have an answer of both wordings.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GradePairs {
    /// Those graded for both: the difference of the grades as a share of the scale, in [−1, 1], and the judge's.
    pub graded: Vec<RatedUnit>,
    /// What the judge says of the others; 0 without one.
    pub ungraded: Vec<f64>,
}

impl GradePairs {
    /// Of sessions with one wording each. `is_judged`: whether the predictions of both are one judge's; others are no difference.
    ///
    /// Both choose the rows of a stratum in the same order by chance, so a row is graded for both with the smaller of its two chances:
    /// it weighs as much as for the wording for which it weighs more.
    pub fn new(first: &RatingSession, second: &RatingSession, is_judged: bool) -> GradePairs {
        let others: HashMap<usize, usize> = places(second.items()).collect();
        let [graded_first, graded_second] = [first, second].map(|session| {
            let units = session.rated_units().into_iter();
            units.collect::<HashMap<usize, RatedUnit>>()
        });
        let mut pairs = GradePairs::default();
        for (row, at) in places(first.items()) {
            let Some(other) = others.get(&row) else {
                continue;
            };
            let predicted = first.items()[at]
                .predicted
                .zip(second.items()[*other].predicted)
                .filter(|_| is_judged)
                .map_or(0.0, |(first, second)| 0.5 * (first - second));
            match (graded_first.get(&at), graded_second.get(other)) {
                (Some(a), Some(b)) => pairs.graded.push(RatedUnit {
                    value: 0.5 * (a.value - b.value),
                    predicted,
                    weight: a.weight.max(b.weight),
                }),
                _ => pairs.ungraded.push(predicted),
            }
        }
        pairs
    }
}

/// Rows with their places among the items.
fn places(items: &[RatedItem]) -> impl Iterator<Item = (usize, usize)> {
    items.iter().enumerate().map(|(at, item)| (item.row, at))
}
