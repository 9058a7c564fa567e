//! Strengths of several competitors from comparisons of two at a time, with ties.

use super::{MeanEstimate, Z95, symmetric::Cholesky};
use statrs::distribution::{ContinuousCDF, StudentsT};
use std::{cmp::Ordering, collections::BTreeMap};

/// A comparison of two competitors.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    pub first: usize,
    pub second: usize,
    /// `Greater` where the first won, `Equal` for a tie.
    pub result: Ordering,
    /// Proportional to 1 / the probability that the comparison was chosen.
    pub weight: f64,
    /// Comparisons of one unit depend on each other.
    pub unit: usize,
}

/// Comparisons between competitors, numbered from 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparisons {
    competitors: usize,
    all: Vec<Comparison>,
}

/// Why strengths cannot be estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoStrengths {
    /// Some never lost to the others, or were never compared with them (Ford 1957).
    Disconnected,
    /// No comparison was decided.
    OnlyTies,
    /// One unit tells nothing of how units vary.
    OneUnit,
    /// The likelihood has no maximum: somebody is infinitely strong.
    Unbounded,
}

/// Log strengths, their mean 0, by maximum likelihood: P(i beats j) ∝ πᵢ, P(tie) ∝ ν√(πᵢπⱼ) (Davidson 1970; without ties Bradley
/// and Terry 1952).
#[derive(Debug, Clone, PartialEq)]
pub struct BradleyTerry {
    /// Natural logarithms, 95 %.
    pub strengths: Vec<MeanEstimate>,
    /// ν; `None` without ties.
    pub tie: Option<f64>,
    /// Standard errors of the log strengths, by units.
    pub standard_errors: Vec<f64>,
}

/// Who beat whom, directly or through others.
#[derive(Debug, Clone, PartialEq)]
pub struct Connections {
    competitors: usize,
    /// `reaches[i · competitors + j]`.
    reaches: Vec<bool>,
}

impl Connections {
    pub fn reaches(&self, i: usize, j: usize) -> bool {
        self.reaches[i * self.competitors + j]
    }

    /// Those of whom each beat each, directly or through others; in the order of their first members.
    pub fn groups(&self) -> Vec<Vec<usize>> {
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for i in 0..self.competitors {
            let is_mutual = |group: &&mut Vec<usize>| {
                let other = group[0];
                self.reaches(i, other) && self.reaches(other, i)
            };
            match groups.iter_mut().find(is_mutual) {
                Some(group) => group.push(i),
                None => groups.push(vec![i]),
            }
        }
        groups
    }
}

impl Comparisons {
    pub fn new(competitors: usize) -> Comparisons {
        Comparisons {
            competitors,
            all: Vec::new(),
        }
    }

    pub fn competitors(&self) -> usize {
        self.competitors
    }

    pub fn add(&mut self, comparison: Comparison) {
        self.all.push(comparison);
    }

    /// Only the comparisons between these, who are numbered by their places in the list.
    pub fn between(&self, members: &[usize]) -> Comparisons {
        let place = |competitor| members.iter().position(|member| *member == competitor);
        let all = self.all.iter().filter_map(|comparison| {
            Some(Comparison {
                first: place(comparison.first)?,
                second: place(comparison.second)?,
                ..*comparison
            })
        });
        Comparisons {
            competitors: members.len(),
            all: all.collect(),
        }
    }

    /// Wins, losses and ties of a competitor.
    pub fn tally(&self, competitor: usize) -> [usize; 3] {
        let mut tally = [0; 3];
        for comparison in &self.all {
            let result = match competitor {
                c if c == comparison.first => comparison.result,
                c if c == comparison.second => comparison.result.reverse(),
                _ => continue,
            };
            tally[match result {
                Ordering::Greater => 0,
                Ordering::Less => 1,
                Ordering::Equal => 2,
            }] += 1;
        }
        tally
    }

    /// Who beat whom. `is_tie_both`: whether a tie counts as a win of both.
    pub fn connections(&self, is_tie_both: bool) -> Connections {
        let n = self.competitors;
        let mut reaches = vec![false; n * n];
        (0..n).for_each(|i| reaches[i * n + i] = true);
        for comparison in &self.all {
            let (i, j) = (comparison.first, comparison.second);
            let is_tie = comparison.result == Ordering::Equal && is_tie_both;
            reaches[i * n + j] |= is_tie || comparison.result == Ordering::Greater;
            reaches[j * n + i] |= is_tie || comparison.result == Ordering::Less;
        }
        // Warshall 1962.
        for through in 0..n {
            for i in 0..n {
                for j in 0..n {
                    let is_path = reaches[i * n + through] && reaches[through * n + j];
                    reaches[i * n + j] |= is_path;
                }
            }
        }
        Connections {
            competitors: n,
            reaches,
        }
    }

    /// Whether there are ties; or why there are no strengths.
    fn check(&self) -> Result<bool, NoStrengths> {
        if self.connections(true).groups().len() != 1 {
            return Err(NoStrengths::Disconnected);
        }
        let ties = |comparison: &&Comparison| comparison.result == Ordering::Equal;
        let ties = self.all.iter().filter(ties).count();
        if ties == self.all.len() {
            return Err(NoStrengths::OnlyTies);
        }
        match self.all.windows(2).all(|two| two[0].unit == two[1].unit) {
            true => Err(NoStrengths::OneUnit),
            false => Ok(ties > 0),
        }
    }

    /// Fit by Newton's method: the logarithm of the likelihood is concave in the log strengths and log ν.
    pub fn fit(&self) -> Result<BradleyTerry, NoStrengths> {
        let has_ties = self.check()?;
        let n = self.competitors;
        // The first competitor's strength is held at 0; the last parameter is log ν.
        let size = n - 1 + usize::from(has_ties);
        let mut at = vec![0.0; size];
        let mut likelihood = self.derivatives(&at, has_ties);
        for _ in 0..200 {
            let information = Cholesky::of(&likelihood.information, size);
            let step = information
                .ok_or(NoStrengths::Unbounded)?
                .solve(&likelihood.gradient);
            let mut scale = 1.0;
            let next = loop {
                let tried: Vec<f64> = at.iter().zip(&step).map(|(x, s)| x + scale * s).collect();
                let found = self.derivatives(&tried, has_ties);
                if found.log_likelihood >= likelihood.log_likelihood - 1e-12 || scale < 1e-6 {
                    break (tried, found);
                }
                scale *= 0.5;
            };
            (at, likelihood) = next;
            if self.is_too_far(&at, has_ties) {
                return Err(NoStrengths::Unbounded);
            }
            let furthest = step.iter().fold(0.0f64, |far, s| far.max(s.abs()));
            if furthest < 1e-11 {
                return self.centred(&at, has_ties, &likelihood.information);
            }
        }
        Err(NoStrengths::Unbounded)
    }

    /// Whether two that were compared are further apart than any maximum is, or ν is.
    fn is_too_far(&self, at: &[f64], has_ties: bool) -> bool {
        let tie = at.last().filter(|_| has_ties);
        let apart = self
            .all
            .iter()
            .map(|comparison| strength(at, comparison.first) - strength(at, comparison.second));
        apart
            .chain(tie.copied())
            .any(|x| x.abs() > MAX_LOG_STRENGTH)
    }

    fn derivatives(&self, at: &[f64], has_ties: bool) -> Derivatives {
        let size = at.len();
        let mut found = Derivatives {
            log_likelihood: 0.0,
            gradient: vec![0.0; size],
            information: vec![0.0; size * size],
        };
        for comparison in &self.all {
            let one = ComparisonModel::new(comparison, at, has_ties);
            found.log_likelihood += comparison.weight * one.log_likelihood;
            for (k, place) in one.places.iter().enumerate() {
                let Some(place) = place else { continue };
                found.gradient[*place] += comparison.weight * one.score[k];
                for (l, other) in one.places.iter().enumerate() {
                    let Some(other) = other else { continue };
                    found.information[place * size + other] +=
                        comparison.weight * one.information[k][l];
                }
            }
        }
        found
    }

    /// Covariance of the parameters by units (Huber 1967; of clusters Liang and Zeger 1986), and how many units there are.
    fn covariance(&self, at: &[f64], has_ties: bool, inverse: &[f64]) -> (Vec<f64>, usize) {
        let size = at.len();
        let mut scores: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
        for comparison in &self.all {
            let one = ComparisonModel::new(comparison, at, has_ties);
            let sums = scores
                .entry(comparison.unit)
                .or_insert_with(|| vec![0.0; size]);
            for (score, place) in one.score.iter().zip(one.places) {
                if let Some(place) = place {
                    sums[place] += comparison.weight * score;
                }
            }
        }
        let mut covariance = vec![0.0; size * size];
        for sums in scores.values() {
            // How far the parameters lean on this unit.
            let leans: Vec<f64> = (0..size)
                .map(|i| (0..size).map(|j| inverse[i * size + j] * sums[j]).sum())
                .collect();
            for i in 0..size {
                for j in 0..size {
                    covariance[i * size + j] += leans[i] * leans[j];
                }
            }
        }
        (covariance, scores.len())
    }

    /// Strengths around their mean, with their errors.
    fn centred(
        &self,
        at: &[f64],
        has_ties: bool,
        information: &[f64],
    ) -> Result<BradleyTerry, NoStrengths> {
        let (n, size) = (self.competitors, at.len());
        let inverse = Cholesky::of(information, size)
            .ok_or(NoStrengths::Unbounded)?
            .inverse();
        let (covariance, units) = self.covariance(at, has_ties, &inverse);
        let raw = |i: usize, j: usize| match (i, j) {
            (0, _) | (_, 0) => 0.0,
            _ => covariance[(i - 1) * size + j - 1],
        };
        let all = n as f64;
        let row_mean: Vec<f64> = (0..n)
            .map(|i| (0..n).map(|j| raw(i, j)).sum::<f64>() / all)
            .collect();
        let grand = row_mean.iter().sum::<f64>() / all;
        let standard_errors: Vec<f64> = (0..n)
            .map(|i| (raw(i, i) - 2.0 * row_mean[i] + grand).max(0.0).sqrt())
            .collect();
        let freedom = units as f64 - 1.0;
        let t = StudentsT::new(0.0, 1.0, freedom).map_or(Z95, |t| t.inverse_cdf(0.975));
        let mean = at[..n - 1].iter().sum::<f64>() / all;
        let strengths = standard_errors.iter().enumerate().map(|(i, error)| {
            let value = if i == 0 { -mean } else { at[i - 1] - mean };
            MeanEstimate {
                value,
                low: value - t * error,
                high: value + t * error,
            }
        });
        Ok(BradleyTerry {
            strengths: strengths.collect(),
            tie: has_ties.then(|| at[size - 1].exp()),
            standard_errors,
        })
    }
}

/// Odds of e¹⁵ between two that were compared: further away there is no maximum.
const MAX_LOG_STRENGTH: f64 = 15.0;

/// The log strength of a competitor among the parameters.
fn strength(at: &[f64], competitor: usize) -> f64 {
    match competitor {
        0 => 0.0,
        other => at[other - 1],
    }
}

#[derive(Debug)]
struct Derivatives {
    log_likelihood: f64,
    gradient: Vec<f64>,
    /// Minus the second derivatives.
    information: Vec<f64>,
}

/// A comparison under the model: the logarithm of its likelihood with the derivatives for the first strength, the second, and log ν.
#[derive(Debug)]
struct ComparisonModel {
    log_likelihood: f64,
    score: [f64; 3],
    /// Minus the expected second derivatives.
    information: [[f64; 3]; 3],
    /// Of these among the parameters; the first competitor's strength is none.
    places: [Option<usize>; 3],
}

impl ComparisonModel {
    fn new(comparison: &Comparison, at: &[f64], has_ties: bool) -> ComparisonModel {
        let log_tie = match has_ties {
            true => at[at.len() - 1],
            false => f64::NEG_INFINITY,
        };
        let (a, b) = (
            strength(at, comparison.first),
            strength(at, comparison.second),
        );
        let logits = [a, b, log_tie + 0.5 * (a + b)];
        let top = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weights = logits.map(|x| (x - top).exp());
        let total: f64 = weights.iter().sum();
        let p = weights.map(|w| w / total);
        let result = match comparison.result {
            Ordering::Greater => 0,
            Ordering::Less => 1,
            Ordering::Equal => 2,
        };
        // What each result adds: to the first, to the second, to log ν.
        const FEATURES: [[f64; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.5, 0.5, 1.0]];
        let mean: [f64; 3] = std::array::from_fn(|k| (0..3).map(|o| p[o] * FEATURES[o][k]).sum());
        let both = |k: usize, l: usize| -> f64 {
            (0..3).map(|o| p[o] * FEATURES[o][k] * FEATURES[o][l]).sum()
        };
        ComparisonModel {
            log_likelihood: logits[result] - top - total.ln(),
            score: std::array::from_fn(|k| FEATURES[result][k] - mean[k]),
            information: std::array::from_fn(|k| {
                std::array::from_fn(|l| both(k, l) - mean[k] * mean[l])
            }),
            places: [
                comparison.first.checked_sub(1),
                comparison.second.checked_sub(1),
                has_ties.then(|| at.len() - 1),
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(counts: &mut Comparisons, first: usize, second: usize, result: Ordering, times: usize) {
        for _ in 0..times {
            counts.add(Comparison {
                first,
                second,
                result,
                weight: 1.0,
                unit: counts.all.len(),
            });
        }
    }

    const WIN: Ordering = Ordering::Greater;

    #[test]
    fn two_competitors_by_hand() {
        let mut counts = Comparisons::new(2);
        add(&mut counts, 0, 1, WIN, 30);
        add(&mut counts, 1, 0, WIN, 10);
        let found = counts.fit().unwrap();
        let difference = |found: &BradleyTerry| found.strengths[0].value - found.strengths[1].value;
        assert!((difference(&found) - 3f64.ln()).abs() < 1e-9);
        // The variance of a logit, 1/30 + 1/10; each strength is half of it.
        let error = 0.5 * (1.0f64 / 30.0 + 0.1).sqrt();
        assert!((found.standard_errors[0] - error).abs() < 1e-9);
        assert_eq!((found.tie, counts.tally(1)), (None, [10, 30, 0]));
        // With ties: π₁/π₂ = wins/losses, ν = ties/√(wins · losses).
        add(&mut counts, 1, 0, Ordering::Equal, 20);
        let found = counts.fit().unwrap();
        assert!((difference(&found) - 3f64.ln()).abs() < 1e-9);
        assert!((found.tie.unwrap() - 20.0 / 300f64.sqrt()).abs() < 1e-9);
    }

    #[test]
    fn comparisons_of_one_unit_count_as_one() {
        let (mut once, mut twice) = (Comparisons::new(2), Comparisons::new(2));
        for unit in 0..20 {
            let one = Comparison {
                first: 0,
                second: 1,
                result: if unit % 3 == 0 { WIN.reverse() } else { WIN },
                weight: 1.0,
                unit,
            };
            once.add(one);
            twice.add(one);
            twice.add(one);
        }
        let (once, twice) = (once.fit().unwrap(), twice.fit().unwrap());
        assert!((once.standard_errors[1] - twice.standard_errors[1]).abs() < 1e-9);
    }

    #[test]
    fn strengths_that_do_not_exist_are_refused() {
        let mut counts = Comparisons::new(3);
        add(&mut counts, 0, 1, WIN, 3);
        add(&mut counts, 1, 0, WIN, 3);
        assert_eq!(counts.fit(), Err(NoStrengths::Disconnected));
        assert_eq!(
            counts.connections(true).groups(),
            [vec![0, 1], vec![2]],
            "nothing compares the third"
        );
        add(&mut counts, 2, 1, WIN, 5);
        assert_eq!(counts.fit(), Err(NoStrengths::Disconnected));
        let connections = counts.connections(true);
        assert!(connections.reaches(2, 0) && !connections.reaches(0, 2));
        assert!(counts.between(&[1, 0]).fit().is_ok());
        add(&mut counts, 1, 2, WIN, 1);
        assert!(counts.fit().is_ok());
        let mut tied = Comparisons::new(2);
        add(&mut tied, 0, 1, Ordering::Equal, 4);
        assert_eq!(tied.fit(), Err(NoStrengths::OnlyTies));
        add(&mut tied, 0, 1, WIN, 2);
        assert_eq!(tied.fit(), Err(NoStrengths::Unbounded));
        assert_eq!(tied.connections(false).groups().len(), 2);
    }

    #[test]
    fn a_long_chain_has_strengths_and_one_unit_has_none() {
        let mut chain = Comparisons::new(15);
        for first in 0..14 {
            add(&mut chain, first, first + 1, WIN, 30);
            add(&mut chain, first + 1, first, WIN, 10);
        }
        let found = chain.fit().unwrap();
        let apart = found.strengths[0].value - found.strengths[14].value;
        assert!((apart - 14.0 * 3f64.ln()).abs() < 1e-6, "{apart}");
        let mut one = Comparisons::new(2);
        for result in [WIN, WIN, WIN.reverse()] {
            one.add(Comparison {
                first: 0,
                second: 1,
                result,
                weight: 1.0,
                unit: 7,
            });
        }
        assert_eq!(one.fit(), Err(NoStrengths::OneUnit));
    }
}
