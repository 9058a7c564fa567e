//! How worn a set of rows is: wordings that were compared on it, and what luck alone would show among so many.

use crate::stats::{BestOfEquals, Ladder, best_of_equals, units_needed};
use serde::Serialize;

/// A wording and its score on each row of a set; `None` where it has none. In the order in which they were tried.
#[derive(Debug, Clone, PartialEq)]
pub struct TriedWording {
    pub name: String,
    pub scores: Vec<Option<f64>>,
}

/// How worn a set of rows is.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct WearFinding {
    /// Wordings that were compared.
    pub wordings: usize,
    pub rows: usize,
    /// How far the best of so many equally good wordings would stand above their average by luck; on average.
    pub luck: Option<f64>,
    /// The same, exceeded in 5 % of cases.
    pub luck_95: Option<f64>,
    /// How far the best one does stand above their average.
    pub gain: Option<f64>,
    pub best: Option<String>,
    /// Improvements that may be reported by the Ladder, the first wording among them.
    pub ladder: Vec<String>,
    /// The score that the Ladder releases.
    pub released: Option<f64>,
    /// Rows that would tell a gain of 5 points from luck among so many wordings, with 80 % power.
    pub rows_needed: Option<usize>,
}

/// Error of the Ladder over all wordings, and of the test that the rows needed are for.
const ALPHA: f64 = 0.05;

/// A gain that people care about.
const HOPED: f64 = 0.05;

/// What such a set of rows is still good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WearAdvice {
    /// Fewer than two wordings were compared.
    Fresh,
    /// The best wording is no further ahead than luck would put it.
    WithinLuck,
    /// It is further ahead than luck.
    BeyondLuck,
}

impl WearFinding {
    /// `tried`: every wording once, in the order of its first run.
    pub fn new(tried: &[TriedWording], rows: usize, seed: u64) -> WearFinding {
        let means: Vec<Option<f64>> = tried.iter().map(|t| mean(&t.scores)).collect();
        let known: Vec<f64> = means.iter().flatten().copied().collect();
        let best = (0..tried.len())
            .filter_map(|i| Some((i, means[i]?)))
            .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
        let mut ladder = Ladder::new(ALPHA);
        let (mut steps, mut released) = (Vec::new(), None);
        for wording in tried {
            if let Some(step) = ladder.submit(&wording.scores) {
                released = Some(step.released);
                if step.improved {
                    steps.push(wording.name.clone());
                }
            }
        }
        let columns: Vec<Vec<Option<f64>>> = tried.iter().map(|t| t.scores.clone()).collect();
        let null: Option<BestOfEquals> = best_of_equals(&columns, seed);
        let average = known.iter().sum::<f64>() / known.len().max(1) as f64;
        WearFinding {
            wordings: known.len(),
            rows,
            luck: null.map(|null| null.expected),
            luck_95: null.map(|null| null.high),
            gain: best
                .filter(|_| known.len() > 1)
                .map(|(_, score)| score - average),
            best: best.map(|(i, _)| tried[i].name.clone()),
            ladder: steps,
            released,
            rows_needed: null.filter(|null| null.variance > 0.0).map(|null| {
                let alpha = ALPHA / (known.len().max(2) - 1) as f64;
                units_needed(2.0 * null.variance, HOPED, alpha).ceil() as usize
            }),
        }
    }

    pub fn advice(&self) -> WearAdvice {
        match (self.gain, self.luck_95) {
            (Some(gain), Some(luck)) if gain > luck => WearAdvice::BeyondLuck,
            (Some(_), _) => WearAdvice::WithinLuck,
            (None, _) => WearAdvice::Fresh,
        }
    }
}

fn mean(scores: &[Option<f64>]) -> Option<f64> {
    let known: Vec<f64> = scores.iter().flatten().copied().collect();
    (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wording(name: &str, right: usize, of: usize) -> TriedWording {
        TriedWording {
            name: name.into(),
            scores: (0..of)
                .map(|row| Some(f64::from(u8::from(row * 7 % of < right))))
                .collect(),
        }
    }

    #[test]
    fn luck_grows_with_wordings_and_one_alone_is_fresh() {
        let few = [wording("a", 60, 100), wording("b", 61, 100)];
        let found = WearFinding::new(&few, 100, 7);
        assert_eq!(
            (found.wordings, found.advice()),
            (2, WearAdvice::WithinLuck)
        );
        assert_eq!(found.ladder, ["a"]);
        let fresh = WearFinding::new(&few[..1], 100, 7);
        assert_eq!((fresh.luck, fresh.advice()), (None, WearAdvice::Fresh));
        let clear = WearFinding::new(&[wording("a", 20, 100), wording("b", 90, 100)], 100, 7);
        assert_eq!(clear.advice(), WearAdvice::BeyondLuck);
        assert_eq!((clear.released, clear.ladder.len()), (Some(0.9), 2));
    }
}
