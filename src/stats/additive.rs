//! Columns × units with few cells seen: y = column + unit + error, all normal, for choosing what to look at next.
//!
//! A mixed model (Henderson 1975): units and columns share what they can, columns that share a level of a factor share a part
//! of their effect. Coarser than the Rasch model, and a hundred times quicker.

use super::{random::Stream, symmetric::Cholesky};
use rand_distr::{Distribution, StandardNormal};

/// Prior variance of the overall level: says nothing.
const VAGUE: f64 = 100.0;
/// Each variance is learnt as if one more effect of this variance had been seen: none falls to 0.
const WEAK: f64 = 2e-4;

/// How much columns differ: the variance of their own part, and of each factor's part. Kept from fit to fit.
#[derive(Debug, Clone, PartialEq)]
pub struct Variances(Vec<f64>);

impl Variances {
    /// Before anything was seen, with so many factors.
    pub fn new(factors: usize) -> Variances {
        Variances(vec![2e-3; factors + 1])
    }
}

/// What is known of the columns' effects.
#[derive(Debug, Clone)]
pub struct Additive {
    effects: Vec<f64>,
    precision: Cholesky,
}

impl Additive {
    /// Fit to what was seen of each unit, (column, value), learning `variances` on the way in so many rounds. `None` where
    /// there is nothing to fit.
    pub fn fit(
        columns: usize,
        factors: &[Vec<u32>],
        units: &[Vec<(u32, f64)>],
        variances: &mut Variances,
        rounds: usize,
    ) -> Option<Additive> {
        let v = columns;
        let (unit_variance, error) = moments(units)?;
        // Of the cells, with the units' effects integrated out.
        let mut data = vec![0.0; v * v];
        let mut right = vec![0.0; v];
        for unit in units.iter().filter(|unit| !unit.is_empty()) {
            let n = unit.len() as f64;
            let shared = unit_variance / (error + n * unit_variance);
            let sum: f64 = unit.iter().map(|(_, y)| y).sum();
            for (a, y) in unit {
                let a = *a as usize;
                right[a] += (y - shared * sum) / error;
                data[a * v + a] += 1.0 / error;
                for (b, _) in unit {
                    data[a * v + *b as usize] -= shared / error;
                }
            }
        }
        let mut found = None;
        for _ in 0..rounds.max(1) {
            let prior = Cholesky::of(&variances.prior(v, factors), v)?.inverse();
            let mut precision = data.clone();
            for (sum, p) in precision.iter_mut().zip(&prior) {
                *sum += p;
            }
            let precision = Cholesky::of(&precision, v)?;
            let effects = precision.solve(&right);
            variances.learn(factors, &prior, &precision.inverse(), &effects);
            found = Some(Additive { effects, precision });
        }
        found
    }

    /// Possible effects, drawn from what is known.
    pub fn draw(&self, rng: &mut Stream) -> Vec<f64> {
        let mut draw: Vec<f64> = (0..self.effects.len())
            .map(|_| StandardNormal.sample(&mut *rng))
            .collect();
        self.precision.solve_upper(&mut draw);
        for (x, effect) in draw.iter_mut().zip(&self.effects) {
            *x += effect;
        }
        draw
    }
}

/// Variance between units, and of the error, by their mean squares; neither is 0. `None` where nothing was seen.
fn moments(units: &[Vec<(u32, f64)>]) -> Option<(f64, f64)> {
    let (mut n, mut sum, mut squares) = (0.0, 0.0, 0.0);
    let (mut within, mut free) = (0.0, 0.0);
    for unit in units.iter().filter(|unit| !unit.is_empty()) {
        let size = unit.len() as f64;
        let total: f64 = unit.iter().map(|(_, y)| y).sum();
        let square: f64 = unit.iter().map(|(_, y)| y * y).sum();
        n += size;
        sum += total;
        squares += square;
        within += square - total * total / size;
        free += size - 1.0;
    }
    if n == 0.0 {
        return None;
    }
    let all = (squares / n - (sum / n).powi(2)).max(1e-3);
    let error = if free > 0.0 { within / free } else { 0.5 * all };
    let error = error.clamp(0.05 * all, all);
    Some(((all - error).max(0.05 * all), error))
}

impl Variances {
    /// Prior covariance of the effects.
    fn prior(&self, v: usize, factors: &[Vec<u32>]) -> Vec<f64> {
        let mut prior = vec![VAGUE; v * v];
        for a in 0..v {
            prior[a * v + a] += self.0[0];
            for b in 0..v {
                for (factor, variance) in factors.iter().zip(&self.0[1..]) {
                    if factor[a] == factor[b] {
                        prior[a * v + b] += variance;
                    }
                }
            }
        }
        prior
    }

    /// What the effects are, over how many of them the data tell (MacKay 1992).
    fn learn(&mut self, factors: &[Vec<u32>], prior: &[f64], spread: &[f64], effects: &[f64]) {
        let told = told(prior, spread, effects.len());
        let pull = pull(prior, effects);
        let v = effects.len();
        let step = |variance: f64, alike: &dyn Fn(usize, usize) -> bool| {
            let (mut size, mut number) = (0.0, 0.0);
            for a in 0..v {
                for b in (0..v).filter(|b| alike(a, *b)) {
                    size += pull[a] * pull[b];
                    number += told[a * v + b];
                }
            }
            let effects = (variance * number).max(0.0);
            ((variance * variance * size + WEAK) / (effects + 1.0)).clamp(1e-7, 10.0)
        };
        self.0[0] = step(self.0[0], &|a, b| a == b);
        for (factor, variance) in factors.iter().zip(&mut self.0[1..]) {
            *variance = step(*variance, &|a, b| factor[a] == factor[b]);
        }
    }
}

/// P·θ for the precision of a prior.
fn pull(prior: &[f64], effects: &[f64]) -> Vec<f64> {
    let v = effects.len();
    prior
        .chunks_exact(v.max(1))
        .map(|row| row.iter().zip(effects).map(|(p, t)| p * t).sum())
        .collect()
}

/// P − P·S·P for the precision P of a prior and the covariance S of a posterior: how far the data tell what the prior does not.
fn told(prior: &[f64], spread: &[f64], v: usize) -> Vec<f64> {
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
    let mut told = times(&times(prior, spread), prior);
    for (told, p) in told.iter_mut().zip(prior) {
        *told = p - *told;
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::random::{Purpose, stream};

    #[test]
    fn a_whole_grid_gives_its_means_nearly() {
        // Unit u adds u/10; columns are 0.1 apart.
        let units: Vec<Vec<(u32, f64)>> = (0..40)
            .map(|u| {
                (0..4)
                    .map(|c| (c, 0.1 * f64::from(c) + 0.01 * f64::from(u)))
                    .collect()
            })
            .collect();
        let mut variances = Variances::new(0);
        let fit = Additive::fit(4, &[], &units, &mut variances, 10).unwrap();
        for (c, effect) in fit.effects.iter().enumerate() {
            let mean = 0.1 * c as f64 + 0.195;
            assert!((effect - mean).abs() < 0.02, "{c}: {effect}");
        }
        assert!(Additive::fit(4, &[], &[vec![]], &mut variances, 1).is_none());
    }

    #[test]
    fn hard_units_are_not_held_against_a_column() {
        // Column 1 is better by 0.2 everywhere, and was asked the hard units only, beside column 2.
        let value =
            |c: u32, u: u32| if u < 20 { 0.7 } else { 0.1 } + if c == 1 { 0.2 } else { 0.0 };
        let units: Vec<Vec<(u32, f64)>> = (0..40u32)
            .map(|u| {
                let columns: &[u32] = if u < 20 { &[0, 2] } else { &[1, 2] };
                columns.iter().map(|c| (*c, value(*c, u))).collect()
            })
            .collect();
        let mut variances = Variances::new(0);
        let fit = Additive::fit(3, &[], &units, &mut variances, 10).unwrap();
        let [a, b, c] = [0, 1, 2].map(|c| fit.effects[c]);
        assert!(b > a + 0.05 && b > c + 0.05, "{a} {b} {c}");
    }

    #[test]
    fn levels_share_what_is_seen_of_them() {
        // Columns 0..4 have level 0, which is better; column 3 was never asked.
        let units: Vec<Vec<(u32, f64)>> = (0..60u32)
            .map(|u| {
                (0..8)
                    .filter(|c| *c != 3)
                    .map(|c| {
                        (
                            c,
                            f64::from(u8::from((u + 3 * c) % 10 < if c < 4 { 7 } else { 4 })),
                        )
                    })
                    .collect()
            })
            .collect();
        let factor = vec![0, 0, 0, 0, 1, 1, 1, 1];
        let mut variances = Variances::new(1);
        let fit = Additive::fit(8, &[factor], &units, &mut variances, 10).unwrap();
        assert!(fit.effects[3] > fit.effects[4] + 0.15, "{:?}", fit.effects);
        let mut rng = stream(7, Purpose::Rasch, 0);
        let draws: Vec<f64> = (0..400).map(|_| fit.draw(&mut rng)[3]).collect();
        let (mean, variance) = crate::stats::moments(&draws).unwrap();
        assert!((mean - fit.effects[3]).abs() < 0.02 && variance > 1e-5);
    }
}
