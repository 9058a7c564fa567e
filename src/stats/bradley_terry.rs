//! Strengths of several competitors from comparisons of two at a time, with ties.

use super::{MeanEstimate, Z95, symmetric::Cholesky};

/// Counts of comparisons between competitors.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparisons {
    competitors: usize,
    /// `wins[i · competitors + j]`: how often i beat j.
    wins: Vec<f64>,
    /// Above the diagonal.
    ties: Vec<f64>,
}

/// Why strengths cannot be estimated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoStrengths {
    /// These never lost to the others, or were never compared with them (Ford 1957).
    Disconnected { group: Vec<usize> },
    /// No comparison was decided.
    OnlyTies,
    /// The likelihood has no maximum: somebody is infinitely strong.
    Unbounded,
}

/// Log strengths, their mean 0, by maximum likelihood: P(i beats j) ∝ πᵢ, P(tie) ∝ ν√(πᵢπⱼ) (Davidson 1970; without ties Bradley
/// and Terry 1952).
#[derive(Debug, Clone, PartialEq)]
pub struct BradleyTerry {
    /// Natural logarithms, 95 % by the observed information.
    pub strengths: Vec<MeanEstimate>,
    /// ν; `None` without ties.
    pub tie: Option<f64>,
    /// Of the log strengths, row by row.
    covariance: Vec<f64>,
}

impl Comparisons {
    pub fn new(competitors: usize) -> Comparisons {
        Comparisons {
            competitors,
            wins: vec![0.0; competitors * competitors],
            ties: vec![0.0; competitors * competitors],
        }
    }

    pub fn add_win(&mut self, winner: usize, loser: usize, times: f64) {
        self.wins[winner * self.competitors + loser] += times;
    }

    pub fn add_tie(&mut self, a: usize, b: usize, times: f64) {
        self.ties[a.min(b) * self.competitors + a.max(b)] += times;
    }

    /// Wins of i, wins of j, ties.
    fn pair(&self, i: usize, j: usize) -> [f64; 3] {
        let n = self.competitors;
        [
            self.wins[i * n + j],
            self.wins[j * n + i],
            self.ties[i.min(j) * n + i.max(j)],
        ]
    }

    fn pairs(&self) -> impl Iterator<Item = (usize, usize, [f64; 3])> {
        let n = self.competitors;
        (0..n)
            .flat_map(move |i| (i + 1..n).map(move |j| (i, j)))
            .map(|(i, j)| (i, j, self.pair(i, j)))
            .filter(|(_, _, counts)| counts.iter().sum::<f64>() > 0.0)
    }

    /// Competitors that can be reached by going from a winner to a loser, a tie in both directions.
    fn reached(&self, is_reversed: bool) -> Vec<bool> {
        let mut reached = vec![false; self.competitors];
        let mut open = vec![0];
        while let Some(i) = open.pop() {
            if std::mem::replace(&mut reached[i], true) {
                continue;
            }
            open.extend((0..self.competitors).filter(|j| {
                let [won, lost, tied] = self.pair(i, *j);
                let edge = if is_reversed { lost } else { won };
                *j != i && !reached[*j] && edge + tied > 0.0
            }));
        }
        reached
    }

    fn check(&self) -> Result<bool, NoStrengths> {
        for is_reversed in [false, true] {
            let reached = self.reached(is_reversed);
            // Who reaches nobody else never won against them; who is not reached never lost.
            let group: Vec<usize> = (0..self.competitors)
                .filter(|i| reached[*i] == is_reversed)
                .collect();
            if reached.contains(&false) {
                return Err(NoStrengths::Disconnected { group });
            }
        }
        if self.wins.iter().all(|n| *n == 0.0) {
            return Err(NoStrengths::OnlyTies);
        }
        Ok(self.ties.iter().any(|n| *n > 0.0))
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
            if at.iter().any(|x| x.abs() > MAX_LOG_STRENGTH) {
                return Err(NoStrengths::Unbounded);
            }
            let furthest = step.iter().fold(0.0f64, |far, s| far.max(s.abs()));
            if furthest < 1e-11 {
                return self.centred(&at, has_ties, &likelihood.information);
            }
        }
        Err(NoStrengths::Unbounded)
    }

    fn derivatives(&self, at: &[f64], has_ties: bool) -> Derivatives {
        let size = at.len();
        let strength = |i: usize| if i == 0 { 0.0 } else { at[i - 1] };
        let log_tie = if has_ties {
            at[size - 1]
        } else {
            f64::NEG_INFINITY
        };
        let mut found = Derivatives {
            log_likelihood: 0.0,
            gradient: vec![0.0; size],
            information: vec![0.0; size * size],
        };
        for (i, j, counts) in self.pairs() {
            let (a, b) = (strength(i), strength(j));
            let logits = [a, b, log_tie + 0.5 * (a + b)];
            let top = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let weights = logits.map(|x| (x - top).exp());
            let total: f64 = weights.iter().sum();
            let p = weights.map(|w| w / total);
            let times: f64 = counts.iter().sum();
            for (count, logit) in counts.iter().zip(logits) {
                if *count > 0.0 {
                    found.log_likelihood += count * (logit - top - total.ln());
                }
            }
            // What each outcome adds: to i, to j, to log ν.
            let features = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.5, 0.5, 1.0]];
            let places = [
                (i > 0).then(|| i - 1),
                (j > 0).then(|| j - 1),
                has_ties.then(|| size - 1),
            ];
            let mean: [f64; 3] =
                std::array::from_fn(|k| (0..3).map(|o| p[o] * features[o][k]).sum());
            for (k, place) in places.iter().enumerate() {
                let Some(place) = place else { continue };
                let seen: f64 = (0..3).map(|o| counts[o] * features[o][k]).sum();
                found.gradient[*place] += seen - times * mean[k];
                for (l, other) in places.iter().enumerate() {
                    let Some(other) = other else { continue };
                    let both: f64 = (0..3).map(|o| p[o] * features[o][k] * features[o][l]).sum();
                    found.information[place * size + other] += times * (both - mean[k] * mean[l]);
                }
            }
        }
        found
    }

    /// Strengths around their mean, with their covariance.
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
        let raw = |i: usize, j: usize| match (i, j) {
            (0, _) | (_, 0) => 0.0,
            _ => inverse[(i - 1) * size + j - 1],
        };
        let all = n as f64;
        let row_mean: Vec<f64> = (0..n)
            .map(|i| (0..n).map(|j| raw(i, j)).sum::<f64>() / all)
            .collect();
        let grand = row_mean.iter().sum::<f64>() / all;
        let covariance: Vec<f64> = (0..n * n)
            .map(|at| (at / n, at % n))
            .map(|(i, j)| raw(i, j) - row_mean[i] - row_mean[j] + grand)
            .collect();
        let mean = at[..n - 1].iter().sum::<f64>() / all;
        let strengths = (0..n).map(|i| {
            let value = if i == 0 { -mean } else { at[i - 1] - mean };
            normal_interval(value, covariance[i * n + i])
        });
        Ok(BradleyTerry {
            strengths: strengths.collect(),
            tie: has_ties.then(|| at[size - 1].exp()),
            covariance,
        })
    }
}

/// Odds of e¹⁵: further away there is no maximum.
const MAX_LOG_STRENGTH: f64 = 15.0;

#[derive(Debug)]
struct Derivatives {
    log_likelihood: f64,
    gradient: Vec<f64>,
    /// Minus the second derivatives.
    information: Vec<f64>,
}

fn normal_interval(value: f64, variance: f64) -> MeanEstimate {
    let half = Z95 * variance.max(0.0).sqrt();
    MeanEstimate {
        value,
        low: value - half,
        high: value + half,
    }
}

impl BradleyTerry {
    /// Log strength of one minus that of another.
    pub fn difference(&self, i: usize, j: usize) -> MeanEstimate {
        let n = self.strengths.len();
        let value = self.strengths[i].value - self.strengths[j].value;
        let cov = |i: usize, j: usize| self.covariance[i * n + j];
        normal_interval(value, cov(i, i) + cov(j, j) - 2.0 * cov(i, j))
    }
}

/// The share of comparisons won, a tie counting half, with Tango's interval, 95 % (ties as in Chiang et al. 2024).
pub fn win_rate(wins: f64, ties: f64, losses: f64) -> MeanEstimate {
    let n = wins + ties + losses;
    let (low, high) = super::tango(wins, losses, n, Z95);
    MeanEstimate {
        value: if n > 0.0 {
            (wins + 0.5 * ties) / n
        } else {
            0.5
        },
        low: 0.5 * (1.0 + low),
        high: 0.5 * (1.0 + high),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_competitors_by_hand() {
        let mut counts = Comparisons::new(2);
        counts.add_win(0, 1, 30.0);
        counts.add_win(1, 0, 10.0);
        let found = counts.fit().unwrap();
        let difference = found.difference(0, 1);
        assert!((difference.value - 3f64.ln()).abs() < 1e-9);
        // The variance of a logit: 1/30 + 1/10.
        let error = (1.0f64 / 30.0 + 0.1).sqrt();
        assert!((difference.high - difference.value - Z95 * error).abs() < 1e-9);
        assert_eq!(found.tie, None);
        // With ties: π₁/π₂ = wins/losses, ν = ties/√(wins · losses).
        counts.add_tie(1, 0, 20.0);
        let found = counts.fit().unwrap();
        assert!((found.difference(0, 1).value - 3f64.ln()).abs() < 1e-9);
        assert!((found.tie.unwrap() - 20.0 / 300f64.sqrt()).abs() < 1e-9);
    }

    #[test]
    fn strengths_that_do_not_exist_are_refused() {
        let mut counts = Comparisons::new(3);
        counts.add_win(0, 1, 3.0);
        counts.add_win(1, 0, 3.0);
        assert_eq!(
            counts.fit(),
            Err(NoStrengths::Disconnected { group: vec![2] })
        );
        counts.add_win(2, 1, 5.0);
        assert_eq!(
            counts.fit(),
            Err(NoStrengths::Disconnected { group: vec![2] })
        );
        counts.add_win(1, 2, 1.0);
        assert!(counts.fit().is_ok());
        let mut tied = Comparisons::new(2);
        tied.add_tie(0, 1, 4.0);
        assert_eq!(tied.fit(), Err(NoStrengths::OnlyTies));
        tied.add_win(0, 1, 2.0);
        assert_eq!(tied.fit(), Err(NoStrengths::Unbounded));
    }

    #[test]
    fn a_tie_counts_half() {
        let found = win_rate(6.0, 2.0, 2.0);
        assert!((found.value - 0.7).abs() < 1e-12);
        assert!(found.low < 0.5 && found.high > 0.85, "{found:?}");
        let none = win_rate(0.0, 0.0, 0.0);
        assert_eq!((none.value, none.low, none.high), (0.5, 0.0, 1.0));
    }
}
