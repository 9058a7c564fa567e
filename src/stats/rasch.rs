//! The Rasch model of columns × units, of which few cells were seen: logit P(y = 1) = θ[column] + β[unit].
//!
//! Rasch 1960; for estimating many columns from few cells Polo et al. 2024. θ and β have normal priors, so that the fit is an
//! L2-penalised logistic regression; how strong the penalties are is learnt from the data (EM on Laplace's approximation).
//! Columns that share a level of a factor share a part of θ. Values between 0 and 1 enter as they are (quasi-likelihood).

use super::{
    random::{Purpose, Stream, stream},
    symmetric::Cholesky,
};
use rand_distr::{Distribution, StandardNormal};

/// Prior variance of the overall level, on the logit scale: says next to nothing.
const VAGUE: f64 = 25.0;
/// Each variance is learnt as if one more effect of this variance had been seen: none falls to 0.
const WEAK: f64 = 0.05;
/// From so many columns on, fewer rounds of learning: each costs their third power.
const MANY: usize = 128;

/// A cell that was seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observation {
    /// Its column.
    pub column: u32,
    /// Its unit.
    pub unit: u32,
    /// Its value in [0, 1].
    pub value: f64,
}

/// A fitted model.
#[derive(Debug, Clone)]
pub struct Rasch {
    columns: usize,
    units: usize,
    observed: Vec<Observation>,
    theta: Vec<f64>,
    /// Precision of θ where β is integrated out.
    precision: Cholesky,
    beta: Vec<f64>,
    /// Precision of each β where θ is known, and what it leans on θ: (column, weight).
    own: Vec<f64>,
    leaning: Vec<Vec<(u32, f64)>>,
    /// Variance of a value as a part of p(1 − p): 1 for values of 0 and 1.
    dispersion: f64,
}

struct Fit<'a> {
    columns: usize,
    units: usize,
    observed: &'a [Observation],
    theta: Vec<f64>,
    beta: Vec<f64>,
}

/// What is known of θ and β at the most likely place.
struct Curvature {
    schur: Vec<f64>,
    own: Vec<f64>,
    leaning: Vec<Vec<(u32, f64)>>,
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

impl Rasch {
    /// Fit the model to the cells that were seen. `factors` hold the level of every column, a factor each. `None` where there
    /// is nothing to fit.
    pub fn fit(
        columns: usize,
        units: usize,
        factors: &[Vec<u32>],
        observed: &[Observation],
    ) -> Option<Rasch> {
        let inside = |o: &Observation| {
            (o.column as usize) < columns && (o.unit as usize) < units && o.value.is_finite()
        };
        let observed: Vec<Observation> = observed.iter().copied().filter(inside).collect();
        if observed.is_empty() {
            return None;
        }
        let factors: Vec<&Vec<u32>> = factors.iter().filter(|f| f.len() == columns).collect();
        let mean = observed.iter().map(|o| o.value).sum::<f64>() / observed.len() as f64;
        let start = mean.clamp(0.02, 0.98);
        let mut fit = Fit {
            columns,
            units,
            observed: &observed,
            theta: vec![(start / (1.0 - start)).ln(); columns],
            beta: vec![0.0; units],
        };
        // Of a column's own part, of each factor's part, and of the units.
        let mut variances = vec![0.1; factors.len() + 1];
        let mut unit_variance = 1.0;
        let rounds = if columns < MANY { 25 } else { 8 };
        let mut round = 0;
        loop {
            let prior = prior(columns, &factors, &variances);
            let precision = Cholesky::of(&prior, columns)?.inverse();
            let curvature = fit.climb(&precision, unit_variance)?;
            let schur = Cholesky::of(&curvature.schur, columns)?;
            round += 1;
            if round == rounds {
                let dispersion = fit.dispersion();
                let (theta, beta) = (fit.theta, fit.beta);
                return Some(Rasch {
                    columns,
                    units,
                    theta,
                    precision: schur,
                    beta,
                    own: curvature.own,
                    leaning: curvature.leaning,
                    dispersion,
                    observed,
                });
            }
            let spread = schur.inverse();
            unit_variance = fit.unit_variance(&curvature, &spread);
            fit.learn(&mut variances, &factors, &precision, &spread);
        }
    }

    /// Possible means of every column over all units, each of one draw from what is known after seeing the cells: what was
    /// seen counts as seen, the rest is drawn. `draws` vectors, one number a column.
    pub fn draws(&self, draws: usize, seed: u64) -> Vec<Vec<f64>> {
        let mut seen = vec![f64::NAN; self.columns * self.units];
        for o in &self.observed {
            seen[o.unit as usize * self.columns + o.column as usize] = o.value;
        }
        (0..draws)
            .map(|draw| {
                let mut rng = stream(seed, Purpose::Rasch, draw as u64);
                self.draw(&seen, &mut rng)
            })
            .collect()
    }

    fn draw(&self, seen: &[f64], rng: &mut Stream) -> Vec<f64> {
        let mut normal = || -> f64 { StandardNormal.sample(&mut *rng) };
        let mut off: Vec<f64> = (0..self.columns).map(|_| normal()).collect();
        self.precision.solve_upper(&mut off);
        let mut sums = vec![0.0; self.columns];
        let mut noise = vec![0.0; self.columns];
        for unit in 0..self.units {
            let lean: f64 = self.leaning[unit]
                .iter()
                .map(|(column, weight)| weight * off[*column as usize])
                .sum();
            let own = self.own[unit];
            let beta = self.beta[unit] - lean / own + normal() / own.sqrt();
            let cells = &seen[unit * self.columns..(unit + 1) * self.columns];
            for (column, value) in cells.iter().enumerate() {
                if value.is_nan() {
                    let p = logistic(self.theta[column] + off[column] + beta);
                    sums[column] += p;
                    noise[column] += p * (1.0 - p);
                } else {
                    sums[column] += value;
                }
            }
        }
        for (sum, noise) in sums.iter_mut().zip(&noise) {
            *sum += normal() * (self.dispersion * noise).sqrt();
            *sum = (*sum / self.units as f64).clamp(0.0, 1.0);
        }
        sums
    }
}

/// Prior covariance of θ.
fn prior(columns: usize, factors: &[&Vec<u32>], variances: &[f64]) -> Vec<f64> {
    let mut prior = vec![VAGUE; columns * columns];
    for a in 0..columns {
        prior[a * columns + a] += variances[0];
        for b in 0..columns {
            for (factor, variance) in factors.iter().zip(&variances[1..]) {
                if factor[a] == factor[b] {
                    prior[a * columns + b] += variance;
                }
            }
        }
    }
    prior
}

impl Fit<'_> {
    /// Newton's method to the most likely θ and β; units are eliminated one by one.
    fn climb(&mut self, precision: &[f64], unit_variance: f64) -> Option<Curvature> {
        let v = self.columns;
        let mut height = self.height(precision, unit_variance);
        for _ in 0..30 {
            let c = self.curvature(precision, unit_variance);
            let (mut slope, unit_slope) = self.slopes(precision, unit_variance);
            for unit in 0..self.units {
                for (column, weight) in &c.leaning[unit] {
                    slope[*column as usize] -= weight * unit_slope[unit] / c.own[unit];
                }
            }
            let step = Cholesky::of(&c.schur, v)?.solve(&slope);
            let unit_step: Vec<f64> = (0..self.units)
                .map(|u| {
                    let lean: f64 = c.leaning[u]
                        .iter()
                        .map(|(column, weight)| weight * step[*column as usize])
                        .sum();
                    (unit_slope[u] - lean) / c.own[u]
                })
                .collect();
            let (theta, beta) = (self.theta.clone(), self.beta.clone());
            let mut size = 1.0;
            let gained = loop {
                let go = |from: &[f64], by: &[f64]| -> Vec<f64> {
                    from.iter().zip(by).map(|(x, s)| x + size * s).collect()
                };
                (self.theta, self.beta) = (go(&theta, &step), go(&beta, &unit_step));
                let now = self.height(precision, unit_variance);
                if now >= height || size < 1e-4 {
                    let gained = now - height;
                    height = now;
                    break gained;
                }
                size *= 0.5;
            };
            if gained < 1e-8 {
                break;
            }
        }
        Some(self.curvature(precision, unit_variance))
    }

    /// Logarithm of the posterior density, but for a constant.
    fn height(&self, precision: &[f64], unit_variance: f64) -> f64 {
        let v = self.columns;
        let likelihood: f64 = self
            .observed
            .iter()
            .map(|o| {
                let x = self.theta[o.column as usize] + self.beta[o.unit as usize];
                // ln(1 + eˣ) without overflow.
                o.value * x - x.max(0.0) - (-x.abs()).exp().ln_1p()
            })
            .sum();
        let theta: f64 = (0..v)
            .map(|a| {
                let row = &precision[a * v..(a + 1) * v];
                self.theta[a] * row.iter().zip(&self.theta).map(|(p, t)| p * t).sum::<f64>()
            })
            .sum();
        let beta: f64 = self.beta.iter().map(|b| b * b).sum();
        likelihood - 0.5 * (theta + beta / unit_variance)
    }

    fn slopes(&self, precision: &[f64], unit_variance: f64) -> (Vec<f64>, Vec<f64>) {
        let v = self.columns;
        let mut slope: Vec<f64> = (0..v)
            .map(|a| {
                let row = &precision[a * v..(a + 1) * v];
                -row.iter().zip(&self.theta).map(|(p, t)| p * t).sum::<f64>()
            })
            .collect();
        let mut unit_slope: Vec<f64> = self.beta.iter().map(|b| -b / unit_variance).collect();
        for o in self.observed {
            let (column, unit) = (o.column as usize, o.unit as usize);
            let rest = o.value - logistic(self.theta[column] + self.beta[unit]);
            slope[column] += rest;
            unit_slope[unit] += rest;
        }
        (slope, unit_slope)
    }

    fn curvature(&self, precision: &[f64], unit_variance: f64) -> Curvature {
        let v = self.columns;
        let mut schur = precision.to_vec();
        let mut own = vec![1.0 / unit_variance; self.units];
        let mut leaning: Vec<Vec<(u32, f64)>> = vec![Vec::new(); self.units];
        for o in self.observed {
            let (column, unit) = (o.column as usize, o.unit as usize);
            let p = logistic(self.theta[column] + self.beta[unit]);
            let weight = p * (1.0 - p);
            schur[column * v + column] += weight;
            own[unit] += weight;
            leaning[unit].push((o.column, weight));
        }
        for (own, leaning) in own.iter().zip(&leaning) {
            for (a, wa) in leaning {
                for (b, wb) in leaning {
                    schur[*a as usize * v + *b as usize] -= wa * wb / own;
                }
            }
        }
        Curvature {
            schur,
            own,
            leaning,
        }
    }

    /// The variance of β that makes what is known of the units that were seen most likely.
    fn unit_variance(&self, c: &Curvature, spread: &[f64]) -> f64 {
        let v = self.columns;
        let (mut sum, mut seen) = (WEAK, 1.0);
        for unit in 0..self.units {
            let leaning = &c.leaning[unit];
            if leaning.is_empty() {
                continue;
            }
            let mut quadratic = 0.0;
            for (a, wa) in leaning {
                for (b, wb) in leaning {
                    quadratic += wa * wb * spread[*a as usize * v + *b as usize];
                }
            }
            let own = c.own[unit];
            sum += self.beta[unit].powi(2) + 1.0 / own + quadratic / (own * own);
            seen += 1.0;
        }
        sum / seen
    }

    /// One step of EM for the variances of θ's parts.
    fn learn(
        &self,
        variances: &mut [f64],
        factors: &[&Vec<u32>],
        precision: &[f64],
        spread: &[f64],
    ) {
        let v = self.columns;
        let times = |a: &[f64], b: &[f64]| {
            let mut product = vec![0.0; v * v];
            for i in 0..v {
                for k in 0..v {
                    let x = a[i * v + k];
                    let row = &b[k * v..(k + 1) * v];
                    for (sum, y) in product[i * v..(i + 1) * v].iter_mut().zip(row) {
                        *sum += x * y;
                    }
                }
            }
            product
        };
        let mut moment = spread.to_vec();
        for a in 0..v {
            for b in 0..v {
                moment[a * v + b] += self.theta[a] * self.theta[b];
            }
        }
        // P·E[θθᵀ]·P − P
        let mut q = times(&times(precision, &moment), precision);
        for (q, p) in q.iter_mut().zip(precision) {
            *q -= p;
        }
        let step = |variance: f64, effects: usize, sum: f64| {
            let expected = variance * effects as f64 + variance * variance * sum;
            (expected.max(0.0) + WEAK) / (effects as f64 + 1.0)
        };
        variances[0] = step(variances[0], v, (0..v).map(|a| q[a * v + a]).sum());
        for (factor, variance) in factors.iter().zip(&mut variances[1..]) {
            let mut sum = 0.0;
            for a in 0..v {
                for b in 0..v {
                    if factor[a] == factor[b] {
                        sum += q[a * v + b];
                    }
                }
            }
            let levels = factor.iter().max().map_or(0, |m| *m as usize + 1);
            *variance = step(*variance, levels, sum);
        }
    }

    /// Variance of the values as a part of p(1 − p), at most 1.
    fn dispersion(&self) -> f64 {
        if self
            .observed
            .iter()
            .all(|o| o.value == 0.0 || o.value == 1.0)
        {
            return 1.0;
        }
        let sum: f64 = self
            .observed
            .iter()
            .map(|o| {
                let p = logistic(self.theta[o.column as usize] + self.beta[o.unit as usize]);
                (o.value - p).powi(2) / (p * (1.0 - p)).max(1e-6)
            })
            .sum();
        (sum / self.observed.len() as f64).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    fn unit(rng: &mut Stream) -> f64 {
        (rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A grid of the model itself, and which of its cells are seen.
    fn made(columns: usize, units: usize, seed: u64, share: f64) -> (Vec<f64>, Vec<Observation>) {
        let mut rng = stream(seed, Purpose::Bootstrap, 0);
        let beta: Vec<f64> = (0..units)
            .map(|_| StandardNormal.sample(&mut rng))
            .collect();
        let theta: Vec<f64> = (0..columns)
            .map(|c| 0.5 + 0.4 * (c % 4) as f64 + 0.2 * unit(&mut rng))
            .collect();
        let mut means = vec![0.0; columns];
        let mut seen = Vec::new();
        for column in 0..columns {
            for row in 0..units {
                let right = unit(&mut rng) < logistic(theta[column] + beta[row]);
                let value = f64::from(u8::from(right));
                means[column] += value / units as f64;
                if unit(&mut rng) < share {
                    seen.push(Observation {
                        column: column as u32,
                        unit: row as u32,
                        value,
                    });
                }
            }
        }
        (means, seen)
    }

    #[test]
    fn draws_hold_the_truth_and_shrink_with_what_is_seen() {
        let mut inside = 0;
        let mut all = 0;
        let mut widths = [0.0, 0.0];
        for repeat in 0..6 {
            for (at, share) in [0.1, 0.5].into_iter().enumerate() {
                let (means, seen) = made(16, 120, repeat, share);
                let factor: Vec<u32> = (0..16).map(|c| c % 4).collect();
                let rasch = Rasch::fit(16, 120, &[factor], &seen).unwrap();
                let draws = rasch.draws(200, 7);
                for (column, mean) in means.iter().enumerate() {
                    let mut of: Vec<f64> = draws.iter().map(|d| d[column]).collect();
                    let (low, high) = crate::stats::percentiles(&mut of, 0.025);
                    inside += u32::from(low <= *mean && *mean <= high);
                    all += 1;
                    widths[at] += high - low;
                }
            }
        }
        assert!(inside * 100 >= all * 88, "{inside} of {all}");
        assert!(widths[1] < 0.7 * widths[0], "{widths:?}");
    }

    #[test]
    fn what_is_wholly_seen_is_known() {
        let (means, seen) = made(4, 60, 5, 2.0);
        let rasch = Rasch::fit(4, 60, &[], &seen).unwrap();
        for draw in rasch.draws(5, 1) {
            for (a, b) in draw.iter().zip(&means) {
                assert!((a - b).abs() < 1e-9);
            }
        }
        assert!(Rasch::fit(4, 60, &[], &[]).is_none());
    }

    #[test]
    fn the_most_likely_place_has_no_slope() {
        let (_, seen) = made(6, 40, 9, 0.4);
        let mut fit = Fit {
            columns: 6,
            units: 40,
            observed: &seen,
            theta: vec![0.0; 6],
            beta: vec![0.0; 40],
        };
        let precision = Cholesky::of(&prior(6, &[], &[0.3]), 6).unwrap().inverse();
        fit.climb(&precision, 0.8).unwrap();
        let (slope, unit_slope) = fit.slopes(&precision, 0.8);
        let most = slope
            .iter()
            .chain(&unit_slope)
            .fold(0.0f64, |m, s| m.max(s.abs()));
        assert!(most < 1e-4, "{most}");
    }
}
