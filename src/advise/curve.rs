//! How the score of the best wording grows with the number of shots.

use super::{Curve, CurvePoint};
use crate::{
    analysis::{AnalysisSpec, Interval},
    model::Variant,
    outcome::Grid,
    stats::{Matrix, PowerCurve, ResampleSpec, expanded_tail, percentiles, resample_sums},
};
use std::collections::BTreeMap;

/// The axis that says how many.
const COUNT: &str = "shots.count";
/// Resamples behind the band of a curve.
const DRAWS: usize = 2_000;

fn differs_only_in_shots(variant: &Variant, other: &Variant) -> bool {
    let rest = |v: &Variant| -> BTreeMap<String, String> {
        (v.levels.iter())
            .filter(|(axis, _)| axis != COUNT)
            .map(|(axis, level)| (axis.clone(), level.name.clone()))
            .collect()
    };
    variant.template == other.template && rest(variant) == rest(other)
}

/// The variants that differ from one in nothing but the number of shots, itself included: that number, and the variant; fewest
/// first.
pub fn shot_counts(variants: &[Variant], like: usize) -> Vec<(usize, usize)> {
    let Some(like) = variants.get(like) else {
        return Vec::new();
    };
    let mut found: Vec<(usize, usize)> = (variants.iter().enumerate())
        .filter(|(_, variant)| differs_only_in_shots(variant, like))
        .filter_map(|(v, variant)| Some((variant.level(COUNT)?.name.parse().ok()?, v)))
        .collect();
    found.sort_unstable();
    found
}

/// Scores of each row by number of shots, over the wordings that differ from `best` in nothing else; rows that some of them
/// lacks are left out.
pub(super) fn curve(
    grid: &Grid,
    variants: &[Variant],
    best: usize,
    spec: &AnalysisSpec,
) -> Option<Curve> {
    let mut of_count: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let comparable: Vec<usize> = grid.comparable().collect();
    for (count, v) in shot_counts(variants, best) {
        if comparable.contains(&v) {
            of_count.entry(count).or_default().push(v);
        }
    }
    if of_count.len() < 2 {
        return None;
    }
    let counts: Vec<usize> = of_count.keys().copied().collect();
    let mean = |row: usize, of: &[usize]| {
        let mut sum = 0.0;
        for v in of {
            for sample in 0..grid.samples() {
                sum += grid.score(*v, row, sample)?;
            }
        }
        Some(sum / (of.len() * grid.samples()) as f64)
    };
    let mut units: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
    for row in 0..grid.rows() {
        let Some(scores) = of_count
            .values()
            .map(|of| mean(row, of))
            .collect::<Option<Vec<f64>>>()
        else {
            continue;
        };
        let unit = spec.clusters.get(row).copied().unwrap_or(row as u32);
        let sums = units
            .entry(unit)
            .or_insert_with(|| vec![0.0; counts.len() + 1]);
        scores
            .iter()
            .chain([&1.0])
            .zip(sums)
            .for_each(|(x, sum)| *sum += x);
    }
    let units: Vec<Vec<f64>> = units.into_values().collect();
    if units.len() < 2 {
        return None;
    }
    let matrix = Matrix::from_fn(units.len(), counts.len() + 1, |u, c| units[u][c]);
    let drawn = resample_sums(
        &matrix,
        ResampleSpec {
            draws: DRAWS,
            seed: spec.seed,
            threads: spec.threads,
        },
    );
    let means = |sums: &[f64]| -> Vec<f64> {
        let rows = sums[counts.len()].max(1.0);
        sums[..counts.len()].iter().map(|s| s / rows).collect()
    };
    let fit = |means: &[f64]| {
        let points: Vec<(f64, f64)> = counts
            .iter()
            .zip(means)
            .map(|(n, y)| ((*n + 1) as f64, *y))
            .collect();
        PowerCurve::fit(&points)
    };
    let tail = expanded_tail(0.025, units.len());
    let interval = |value: f64, mut values: Vec<f64>| {
        let (low, high) = percentiles(&mut values, tail);
        Interval { value, low, high }
    };
    let mut sums = vec![0.0; counts.len() + 1];
    for unit in &units {
        sums.iter_mut().zip(unit).for_each(|(sum, x)| *sum += x);
    }
    let observed = means(&sums);
    let points = counts
        .iter()
        .enumerate()
        .map(|(i, shots)| CurvePoint {
            shots: *shots,
            score: interval(observed[i], drawn.map(|sums| means(sums)[i])),
        })
        .collect();
    let last = *counts.last()? as f64;
    let doubling = |c: PowerCurve| c.at(2.0 * last + 1.0).clamp(0.0, 1.0) - c.at(last + 1.0);
    let ceiling = |c: PowerCurve| c.a.clamp(0.0, 1.0);
    let of_fit = |figure: &dyn Fn(PowerCurve) -> f64| {
        let value = figure(fit(&observed)?);
        let values = drawn.map(|sums| fit(&means(sums)).map_or(value, figure));
        Some(interval(value, values))
    };
    Some(Curve {
        points,
        ceiling: of_fit(&ceiling),
        doubling: of_fit(&doubling),
    })
}
