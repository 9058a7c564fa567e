//! The Rasch model of columns × units, of which few cells were seen: logit P(y = 1) = θ[column] + β[unit].
//!
//! Rasch 1960; for estimating many columns from few cells Polo et al. 2024. The units' β follow a distribution of any shape on
//! a lattice, which is learnt (marginal maximum likelihood, Bock and Aitkin 1981; without a shape, de Leeuw and Verhelst
//! 1986): with one or two cells of a unit a penalty on β itself would bias the means. θ has a normal prior (an L2
//! penalty), whose variances are learnt too (MacKay 1992); columns that share a level of a factor share a part of θ.
//! Values between 0 and 1 enter as they are (quasi-likelihood).

use super::{
    random::{Purpose, Stream, stream},
    symmetric::Cholesky,
};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

/// Prior variance of the overall level, on the logit scale: says next to nothing.
const VAGUE: f64 = 25.0;
/// Each variance is learnt as if one more effect of this variance had been seen: none falls to 0.
const WEAK: f64 = 0.01;
/// From so many columns on, fewer rounds of learning: each costs their third power.
const MANY: usize = 128;
/// Places of the lattice of β, and their distance.
const NODES: usize = 17;
const STEP: f64 = 0.9;

/// A cell that was seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observation {
    pub column: u32,
    pub unit: u32,
    /// Its value in [0, 1].
    pub value: f64,
}

#[derive(Debug, Clone)]
pub struct Rasch {
    columns: usize,
    /// What was seen of each unit: (column, value).
    seen: Vec<Vec<(u32, f64)>>,
    theta: Vec<f64>,
    precision: Cholesky,
    /// Logarithm of the share of units at each place of the lattice.
    shares: [f64; NODES],
    /// Variance of a value as a part of p(1 − p): 1 for values of 0 and 1.
    dispersion: f64,
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn node(at: usize) -> f64 {
    (at as f64 - (NODES / 2) as f64) * STEP
}

/// P(y = 1) of every column at every place, and the logarithms of it and of its opposite.
struct Chances {
    p: Vec<[f64; NODES]>,
    /// ln(p / (1 − p)) needs no table: it is θ + β.
    log_not: Vec<[f64; NODES]>,
}

impl Chances {
    fn of(theta: &[f64]) -> Chances {
        let table = |f: &dyn Fn(f64) -> f64| -> Vec<[f64; NODES]> {
            theta
                .iter()
                .map(|t| std::array::from_fn(|k| f(t + node(k))))
                .collect()
        };
        Chances {
            p: table(&logistic),
            log_not: table(&|x| -(x.max(0.0) + (-x.abs()).exp().ln_1p())),
        }
    }

    /// Where a unit is likely to lie after what was seen of it; adds up to 1.
    fn place(&self, theta: &[f64], shares: &[f64; NODES], seen: &[(u32, f64)]) -> [f64; NODES] {
        let mut logs = *shares;
        for (column, value) in seen {
            let column = *column as usize;
            for (k, log) in logs.iter_mut().enumerate() {
                *log += value * (theta[column] + node(k)) + self.log_not[column][k];
            }
        }
        let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut place = logs.map(|l| (l - most).exp());
        let sum: f64 = place.iter().sum();
        place.iter_mut().for_each(|p| *p /= sum);
        place
    }
}

/// Slope and curvature of the logarithm of the posterior of θ, and what the units say of the lattice.
struct Slope {
    slope: Vec<f64>,
    precision: Vec<f64>,
    counts: [f64; NODES],
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
        let mut seen: Vec<Vec<(u32, f64)>> = vec![Vec::new(); units];
        let (mut sum, mut n) = (0.0, 0.0);
        for o in observed {
            if (o.column as usize) < columns
                && let Some(unit) = seen.get_mut(o.unit as usize)
                && o.value.is_finite()
            {
                unit.push((o.column, o.value));
                sum += o.value;
                n += 1.0;
            }
        }
        if n == 0.0 {
            return None;
        }
        let factors: Vec<&Vec<u32>> = factors.iter().filter(|f| f.len() == columns).collect();
        let start = (sum / n).clamp(0.02, 0.98);
        let mut theta = vec![(start / (1.0 - start)).ln(); columns];
        let mut shares: [f64; NODES] = std::array::from_fn(|k| -0.5 * (node(k) / 2.0).powi(2));
        normalise(&mut shares);
        // Of a column's own part, and of each factor's part.
        let mut variances = vec![0.1; factors.len() + 1];
        let rounds = if columns < MANY { 40 } else { 12 };
        let mut precision = None;
        for _ in 0..rounds {
            let prior = Cholesky::of(&prior(columns, &factors, &variances), columns)?.inverse();
            // Uphill in θ, and the lattice after it.
            let at = slope(&seen, &theta, &shares, &prior);
            let known =
                Cholesky::of(&at.precision, columns).or_else(|| Cholesky::of(&prior, columns))?;
            let mut step = known.solve(&at.slope);
            let longest = step.iter().fold(0.0f64, |m, s| m.max(s.abs()));
            step.iter_mut().for_each(|s| *s /= longest.max(1.0));
            for (theta, step) in theta.iter_mut().zip(&step) {
                *theta += step;
            }
            shares = at.counts.map(|c| (c + 0.5 / NODES as f64).ln());
            normalise(&mut shares);
            learn(&mut variances, &factors, &prior, &known.inverse(), &theta);
            precision = Some(known);
        }
        Some(Rasch {
            columns,
            dispersion: dispersion(&seen, &theta, &shares),
            seen,
            theta,
            precision: precision?,
            shares,
        })
    }

    /// Possible means of every column over all units, each of one draw from what is known after seeing the cells: what was
    /// seen counts as seen, the rest is drawn. `draws` vectors, one number a column.
    pub fn draws(&self, draws: usize, seed: u64) -> Vec<Vec<f64>> {
        (0..draws)
            .map(|draw| self.draw(&mut stream(seed, Purpose::Rasch, draw as u64)))
            .collect()
    }

    fn draw(&self, rng: &mut Stream) -> Vec<f64> {
        let mut theta: Vec<f64> = (0..self.columns)
            .map(|_| StandardNormal.sample(&mut *rng))
            .collect();
        self.precision.solve_upper(&mut theta);
        for (theta, middle) in theta.iter_mut().zip(&self.theta) {
            *theta += middle;
        }
        let chances = Chances::of(&theta);
        let mut sums = vec![0.0; self.columns];
        let mut noise = vec![0.0; self.columns];
        for seen in &self.seen {
            let place = chances.place(&theta, &self.shares, seen);
            let mut left: f64 = rng.random();
            let k = place.iter().position(|p| {
                left -= p;
                left <= 0.0
            });
            let k = k.unwrap_or(NODES - 1);
            for ((sum, noise), p) in sums.iter_mut().zip(&mut noise).zip(&chances.p) {
                *sum += p[k];
                *noise += p[k] * (1.0 - p[k]);
            }
            for (column, value) in seen {
                let (column, p) = (*column as usize, chances.p[*column as usize][k]);
                sums[column] += value - p;
                noise[column] -= p * (1.0 - p);
            }
        }
        for (sum, noise) in sums.iter_mut().zip(&noise) {
            let off: f64 = StandardNormal.sample(&mut *rng);
            *sum += off * (self.dispersion * noise.max(0.0)).sqrt();
            *sum = (*sum / self.seen.len() as f64).clamp(0.0, 1.0);
        }
        sums
    }
}

/// Logarithms of shares, so that the shares add up to 1.
fn normalise(shares: &mut [f64; NODES]) {
    let most = shares.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = shares.iter().map(|s| (s - most).exp()).sum();
    shares.iter_mut().for_each(|s| *s -= most + sum.ln());
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

/// The slope, and the curvature by Louis 1982: of the complete data, less what is missing of it.
fn slope(seen: &[Vec<(u32, f64)>], theta: &[f64], shares: &[f64; NODES], prior: &[f64]) -> Slope {
    let v = theta.len();
    let chances = Chances::of(theta);
    let mut found = Slope {
        slope: (0..v)
            .map(|a| {
                let row = &prior[a * v..(a + 1) * v];
                -row.iter().zip(theta).map(|(p, t)| p * t).sum::<f64>()
            })
            .collect(),
        precision: prior.to_vec(),
        counts: [0.0; NODES],
    };
    let mut rests: Vec<(usize, [f64; NODES], f64)> = Vec::new();
    for unit in seen.iter().filter(|unit| !unit.is_empty()) {
        let place = chances.place(theta, shares, unit);
        for (count, p) in found.counts.iter_mut().zip(&place) {
            *count += p;
        }
        rests.clear();
        for (column, value) in unit {
            let column = *column as usize;
            let p = &chances.p[column];
            let rest: [f64; NODES] = std::array::from_fn(|k| value - p[k]);
            let expected: f64 = rest.iter().zip(&place).map(|(r, w)| r * w).sum();
            let weight: f64 = p.iter().zip(&place).map(|(p, w)| w * p * (1.0 - p)).sum();
            found.slope[column] += expected;
            found.precision[column * v + column] += weight;
            rests.push((column, rest, expected));
        }
        for (a, rest_a, mean_a) in &rests {
            for (b, rest_b, mean_b) in &rests {
                let both: f64 = (0..NODES).map(|k| place[k] * rest_a[k] * rest_b[k]).sum();
                found.precision[a * v + b] -= both - mean_a * mean_b;
            }
        }
    }
    found
}

/// The variances of θ's parts: what their effects are, over how many of them the data tell (MacKay 1992).
fn learn(
    variances: &mut [f64],
    factors: &[&Vec<u32>],
    prior: &[f64],
    spread: &[f64],
    theta: &[f64],
) {
    let v = theta.len();
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
    let pull: Vec<f64> = (0..v)
        .map(|a| {
            let row = &prior[a * v..(a + 1) * v];
            row.iter().zip(theta).map(|(p, t)| p * t).sum()
        })
        .collect();
    let told = times(&times(prior, spread), prior);
    let step = |variance: f64, alike: &dyn Fn(usize, usize) -> bool| {
        let (mut size, mut number) = (0.0, 0.0);
        for a in 0..v {
            for b in (0..v).filter(|b| alike(a, *b)) {
                size += pull[a] * pull[b];
                number += prior[a * v + b] - told[a * v + b];
            }
        }
        let effects = (variance * number).max(0.0);
        ((variance * variance * size + WEAK) / (effects + 1.0)).clamp(1e-6, 10.0)
    };
    variances[0] = step(variances[0], &|a, b| a == b);
    for (factor, variance) in factors.iter().zip(&mut variances[1..]) {
        *variance = step(*variance, &|a, b| factor[a] == factor[b]);
    }
}

/// Variance of the values as a part of p(1 − p), at most 1.
fn dispersion(seen: &[Vec<(u32, f64)>], theta: &[f64], shares: &[f64; NODES]) -> f64 {
    if seen.iter().flatten().all(|(_, x)| *x == 0.0 || *x == 1.0) {
        return 1.0;
    }
    let chances = Chances::of(theta);
    let (mut off, mut full) = (0.0, 0.0);
    for unit in seen {
        let place = chances.place(theta, shares, unit);
        for (column, value) in unit {
            for (p, w) in chances.p[*column as usize].iter().zip(&place) {
                off += w * (value - p).powi(2);
                full += w * p * (1.0 - p);
            }
        }
    }
    (off / full).clamp(0.0, 1.0)
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
            for (row, beta) in beta.iter().enumerate() {
                let right = unit(&mut rng) < logistic(theta[column] + beta);
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
    fn the_fit_stands_where_nothing_rises() {
        let (_, seen) = made(6, 80, 9, 0.4);
        let rasch = Rasch::fit(6, 80, &[], &seen).unwrap();
        let prior = Cholesky::of(&prior(6, &[], &[0.3]), 6).unwrap().inverse();
        let at = |theta: &[f64]| slope(&rasch.seen, theta, &rasch.shares, &prior);
        // The slope agrees with differences of the height.
        let height = |theta: &[f64]| -> f64 {
            let chances = Chances::of(theta);
            let units: f64 = rasch
                .seen
                .iter()
                .map(|unit| {
                    (0..NODES)
                        .map(|k| {
                            let seen: f64 = unit
                                .iter()
                                .map(|(c, x)| {
                                    x * (theta[*c as usize] + node(k))
                                        + chances.log_not[*c as usize][k]
                                })
                                .sum();
                            (rasch.shares[k] + seen).exp()
                        })
                        .sum::<f64>()
                        .ln()
                })
                .sum();
            let off: f64 = (0..6)
                .map(|a| theta[a] * (0..6).map(|b| prior[a * 6 + b] * theta[b]).sum::<f64>())
                .sum();
            units - 0.5 * off
        };
        let here = at(&rasch.theta);
        for c in 0..6 {
            let (mut up, mut down) = (rasch.theta.clone(), rasch.theta.clone());
            up[c] += 1e-4;
            down[c] -= 1e-4;
            let by_difference = (height(&up) - height(&down)) / 2e-4;
            assert!((by_difference - here.slope[c]).abs() < 1e-5);
            // And the curvature with differences of the slope.
            let bend = (at(&up).slope[c] - at(&down).slope[c]) / 2e-4;
            assert!((bend + here.precision[c * 6 + c]).abs() < 1e-5);
        }
    }
}
