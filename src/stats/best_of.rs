//! The best of several columns that are equally good: how far above their average chance puts it.

use super::{
    extreme::expected_maximum,
    interval::quantile,
    random::{Purpose, in_blocks, stream},
};
use rand::distr::Distribution;
use rand_distr::StandardNormal;

const DRAWS: usize = 2_000;
const BLOCK: usize = 64;

/// How far the best of equal columns stands above their average, by chance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BestOfEquals {
    /// On average.
    pub expected: f64,
    /// 95 % quantile.
    pub high: f64,
    /// Variance of a value within its unit, columns apart: half of the variance of a paired difference.
    pub variance: f64,
}

/// The null of the maximum: columns with equal true means, whose values are paired by unit. The standard error of a column is
/// that of what is left of its values without the means of units and columns, so what columns share (the units' difficulty) adds
/// nothing. `None` below two columns, or where no unit has two values.
pub fn best_of_equals(columns: &[Vec<Option<f64>>], seed: u64) -> Option<BestOfEquals> {
    let filled: Vec<&Vec<Option<f64>>> = columns
        .iter()
        .filter(|column| column.iter().any(Option::is_some))
        .collect();
    let k = filled.len();
    let units = filled.first()?.len();
    if k < 2 {
        return None;
    }
    // Units that all columns have decide the means, so that columns on easier units are not better.
    let means: Vec<f64> = filled
        .iter()
        .map(|column| {
            let values: Vec<f64> = column.iter().flatten().copied().collect();
            values.iter().sum::<f64>() / values.len() as f64
        })
        .collect();
    let (mut squares, mut freedom) = (0.0, 0usize);
    for unit in 0..units {
        let values: Vec<f64> = filled
            .iter()
            .zip(&means)
            .filter_map(|(column, mean)| Some(column.get(unit).copied().flatten()? - mean))
            .collect();
        if values.len() > 1 {
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            squares += values.iter().map(|x| (x - mean).powi(2)).sum::<f64>();
            freedom += values.len() - 1;
        }
    }
    // The means of the columns take one degree of freedom each, but for the common one.
    let left = freedom.checked_sub(k - 1).filter(|left| *left > 0)?;
    let variance = squares / left as f64;
    let counts: Vec<f64> = filled
        .iter()
        .map(|column| column.iter().flatten().count() as f64)
        .collect();
    let errors: Vec<f64> = counts.iter().map(|n| (variance / n).sqrt()).collect();
    let typical = (errors.iter().map(|e| e * e).sum::<f64>() / k as f64).sqrt();
    let mut null = in_blocks(DRAWS.div_ceil(BLOCK), 1, |block| {
        let mut rng = stream(seed, Purpose::BestOf, block as u64);
        let draws = 0..BLOCK.min(DRAWS - block * BLOCK);
        let draw = |_| {
            let values: Vec<f64> = errors
                .iter()
                .map(|error| {
                    let z: f64 = StandardNormal.sample(&mut rng);
                    z * error
                })
                .collect();
            let mean = values.iter().sum::<f64>() / k as f64;
            values.into_iter().fold(f64::MIN, f64::max) - mean
        };
        draws.map(draw).collect::<Vec<f64>>()
    })
    .concat();
    null.sort_unstable_by(f64::total_cmp);
    Some(BestOfEquals {
        expected: typical * expected_maximum(k),
        high: quantile(&null, 0.95)?,
        variance,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;

    /// Columns that are equally good on units of different difficulty.
    fn equal_columns(k: usize, units: usize, seed: u64) -> Vec<Vec<Option<f64>>> {
        let mut rng = stream(seed, Purpose::Noise, 7);
        let easy: Vec<f64> = (0..units).map(|_| rng.random_range(0.05..0.95)).collect();
        let column = |_| {
            let values = easy.iter();
            values
                .map(|chance| Some(f64::from(u8::from(rng.random_bool(*chance)))))
                .collect()
        };
        (0..k).map(column).collect()
    }

    #[test]
    fn the_null_is_that_of_simulated_equal_columns() {
        const WORLDS: u64 = 400;
        for k in [2, 12] {
            let (mut gains, mut expected, mut beyond) = (0.0, 0.0, 0);
            for world in 0..WORLDS {
                let columns = equal_columns(k, 80, world);
                let means: Vec<f64> = columns
                    .iter()
                    .map(|c| c.iter().flatten().sum::<f64>() / 80.0)
                    .collect();
                let best = means.iter().copied().fold(f64::MIN, f64::max);
                let gain = best - means.iter().sum::<f64>() / k as f64;
                let found = best_of_equals(&columns, 3).unwrap();
                gains += gain / WORLDS as f64;
                expected += found.expected / WORLDS as f64;
                beyond += u64::from(gain > found.high);
            }
            assert!(
                (gains - expected).abs() < 0.05 * gains + 0.002,
                "{k}: {gains} {expected}"
            );
            let share = beyond as f64 / WORLDS as f64;
            assert!((0.02..0.085).contains(&share), "{k}: {share}");
        }
    }

    #[test]
    fn what_cannot_be_told_is_none() {
        let column = vec![Some(1.0), Some(0.0), None];
        assert_eq!(best_of_equals(&[], 1), None);
        assert_eq!(best_of_equals(std::slice::from_ref(&column), 1), None);
        assert_eq!(best_of_equals(&[column.clone(), vec![None; 3]], 1), None);
        let same = best_of_equals(&[column.clone(), column], 1).unwrap();
        assert_eq!((same.expected, same.high), (0.0, 0.0));
    }
}
