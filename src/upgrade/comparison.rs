//! Which rows to compare next, and what follows from the scores: a test for each wording that may be looked at after every batch.
//!
//! Each wording is tested as by `--until 'verdict(new, old)'`, on rows in random order. The chance of an error is shared out
//! equally among the wordings (Bonferroni), so that all intervals hold together, whenever each of them was looked at. A wording
//! with a verdict is not tried on further rows.

use super::WordingOutcome;
use crate::{
    model::MaxTruncated,
    policy::{
        Band, Observations, Policy, PolicyConclusion, SequentialVerdict, TrialAnswer, TrialSpace,
        VariantRow, verdict_policy,
    },
    stats::ConfidenceSequence,
};

/// One of the two models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    From,
    To,
}

impl Side {
    /// Its place in pairs.
    pub fn index(self) -> usize {
        match self {
            Side::From => 0,
            Side::To => 1,
        }
    }
}

/// How sure to be of what.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ComparisonSettings {
    pub margin: f64,
    /// Chance of any wrong verdict, over all wordings.
    pub alpha: f64,
    pub max_truncated: MaxTruncated,
}

/// Scores of two models on the same rows, for each wording.
#[derive(Debug)]
pub struct Comparison {
    space: TrialSpace,
    settings: ComparisonSettings,
    tests: Vec<WordingTest>,
    /// Those of the old model by the wording, those of the new one behind them.
    observations: Observations,
}

#[derive(Debug)]
struct WordingTest {
    policy: Box<dyn Policy>,
    /// Rows that it was tried on: the first of the order.
    rows: usize,
    is_over: bool,
}

/// The scores of a wording on some of the rows that it was tried on.
#[derive(Debug, Clone, PartialEq)]
pub struct PartScores {
    /// Rows with a score of both models.
    pub rows: usize,
    pub from: f64,
    pub to: f64,
    /// With an interval that holds at every look.
    pub difference: Band,
    pub verdict: SequentialVerdict,
}

impl Comparison {
    /// Over `rows` rows, some of which may belong together: `clusters` holds the cluster of every row, or nothing.
    pub fn new(
        wordings: usize,
        (rows, samples): (usize, usize),
        clusters: &[u32],
        seed: u64,
        settings: ComparisonSettings,
    ) -> Comparison {
        let space =
            TrialSpace::from_clusters(2 * wordings, rows, samples, Vec::new(), clusters, seed);
        let level = 1.0 - settings.alpha / wordings.max(1) as f64;
        let test = |wording: u32| WordingTest {
            policy: verdict_policy(
                &space,
                [wordings as u32 + wording, wording],
                settings.margin,
                level,
            ),
            rows: 0,
            is_over: false,
        };
        Comparison {
            tests: (0..wordings as u32).map(test).collect(),
            observations: Observations::new(2 * wordings, rows, settings.max_truncated),
            space,
            settings,
        }
    }

    /// Rows that show two models to be equivalent where no score differs: fewer never do.
    pub fn least_rows(&self) -> usize {
        let row = ConfidenceSequence::of(-1.0, 1.0, [(0.0, 1.0)]);
        let alpha = self.settings.alpha / self.tests.len().max(1) as f64;
        let shows = |rows: usize| row.times(rows as f64).interval(alpha).1 < self.settings.margin;
        let mut enough = 1;
        while !shows(enough) && enough < usize::MAX / 4 {
            enough *= 2;
        }
        let mut few = enough / 2;
        while enough - few > 1 {
            let middle = few + (enough - few) / 2;
            match shows(middle) {
                true => enough = middle,
                false => few = middle,
            }
        }
        enough
    }

    /// The next rows of each wording that is still open, once those before have the scores that they can have; empty at the end.
    pub fn next_rows(&mut self) -> Vec<(usize, Vec<u32>)> {
        let mut batch = Vec::new();
        for (wording, test) in self.tests.iter_mut().enumerate() {
            if test.is_over {
                continue;
            }
            // Both models take the same rows.
            let old = (test.policy.next(&self.observations).into_iter())
                .filter(|pair| pair.variant as usize == wording);
            let rows: Vec<u32> = old.map(|pair| pair.row).collect();
            test.rows += rows.len();
            test.is_over = rows.is_empty();
            if !rows.is_empty() {
                batch.push((wording, rows));
            }
        }
        batch
    }

    pub fn record(&mut self, wording: usize, side: Side, row: u32, answer: TrialAnswer) {
        let variant = self.variant(wording, side);
        self.observations
            .record(VariantRow { variant, row }, answer);
    }

    /// Try a wording on no more rows.
    pub fn give_up(&mut self, wording: usize) {
        if let Some(test) = self.tests.get_mut(wording) {
            test.is_over = true;
        }
    }

    /// What holds of a wording so far.
    pub fn outcome(&self, wording: usize) -> WordingOutcome {
        let test = &self.tests[wording];
        let tried = self.space.order()[..test.rows].to_vec();
        match test.policy.conclude(&self.observations) {
            PolicyConclusion::Until(result) => WordingOutcome::new(result, tried),
            other => unreachable!("a test of a verdict concludes so: {other:?}"),
        }
    }

    /// The scores on those of its rows that are in one of `parts` parts, which share the chance of an error; `None` where no
    /// row of it has both.
    pub fn part(
        &self,
        wording: usize,
        parts: usize,
        is_in: &dyn Fn(u32) -> bool,
    ) -> Option<PartScores> {
        let (mut rows, mut sums) = (0, [0.0; 2]);
        let tried = &self.space.order()[..self.tests[wording].rows];
        for [from, to] in
            (tried.iter().filter(|row| is_in(**row))).filter_map(|row| self.scores(wording, *row))
        {
            rows += 1;
            sums[0] += from;
            sums[1] += to;
        }
        let difference = |row: u32| {
            let [from, to] = is_in(row).then(|| self.scores(wording, row))??;
            Some(to - from)
        };
        let units = self.space.units(tried.len(), difference);
        let tests = self.tests.len() * parts.max(1);
        let alpha = self.settings.alpha / tests as f64;
        let band = Band::new(&ConfidenceSequence::of(-1.0, 1.0, units), alpha);
        (rows > 0).then(|| PartScores {
            rows,
            from: sums[0] / rows as f64,
            to: sums[1] / rows as f64,
            difference: band,
            verdict: SequentialVerdict::new(band, self.settings.margin),
        })
    }

    fn scores(&self, wording: usize, row: u32) -> Option<[f64; 2]> {
        let score = |side| self.observations.score(self.variant(wording, side), row);
        Some([score(Side::From)?, score(Side::To)?])
    }

    fn variant(&self, wording: usize, side: Side) -> u32 {
        (wording + side.index() * self.tests.len()) as u32
    }
}
