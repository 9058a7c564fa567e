//! All variants together, on the rows they share: spread, best, overall scores.

use super::{
    AnalysisSpec, Best, Cochran, Overall, RepeatNoise, Spread, VariantFinding, table::Table,
};
use crate::stats::{ResampleSpec, cochran_q, held_out_best, spread_exchangeable, spread_noise};

/// Random halves for the held-out best.
const HALVES: usize = 200;

/// Means of the columns over these places.
fn means(table: &Table, places: &[usize]) -> Vec<f64> {
    (0..table.columns())
        .map(|c| {
            let weighted = |p: &usize| Some(table.weight(*p) * table.mean(*p, c)?);
            let sum: f64 = places.iter().filter_map(weighted).sum();
            sum / table.weight_of(places).max(f64::MIN_POSITIVE)
        })
        .collect()
}

fn extremes(means: &[f64]) -> (f64, f64) {
    (
        means.iter().copied().fold(f64::INFINITY, f64::min),
        means.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    )
}

/// Best minus worst with its nulls; needs two variants and a shared row.
pub(super) fn spread(table: &Table, shared: &[usize], resample: ResampleSpec) -> Option<Spread> {
    if table.columns() < 2 || shared.is_empty() {
        return None;
    }
    let (least, most) = extremes(&means(table, shared));
    let matrix = by_unit(table, shared);
    let null = spread_exchangeable(&matrix, table.weight_of(shared), resample)?;
    Some(Spread {
        // In double precision, as the table shows the means.
        value: most - least,
        null_95: null.null_95,
        p: null.p,
        repeats: repeats(table, shared, most - least, resample),
        cochran: table
            .binary
            .then(|| cochran_q(&matrix))
            .flatten()
            .map(|c| Cochran {
                q: c.q,
                df: c.df,
                p: c.p,
            }),
    })
}

fn by_unit(table: &Table, places: &[usize]) -> crate::stats::Matrix {
    table.by_unit(places, table.columns(), |place, row| {
        for (c, x) in row.iter_mut().enumerate() {
            *x = table.weight(place) * table.mean(place, c).unwrap_or(0.0);
        }
    })
}

/// The spread that repeating gives between equally good variants: errors of their means from the variance over samples.
fn repeats(
    table: &Table,
    shared: &[usize],
    observed: f64,
    resample: ResampleSpec,
) -> Option<RepeatNoise> {
    let full = table.full(shared);
    if table.samples < 2 || full.is_empty() {
        return None;
    }
    let rows = table.weight_of(&full);
    let errors: Vec<f64> = (0..table.columns())
        .map(|c| {
            let of_sum = |p: &usize| Some(table.weight(*p).powi(2) * table.variance(*p, c)?);
            let sum: f64 = full.iter().filter_map(of_sum).sum();
            (sum / table.samples as f64).sqrt() / rows
        })
        .collect();
    spread_noise(observed, &errors, resample).map(|null| RepeatNoise {
        null_95: null.null_95,
        p: null.p,
    })
}

/// The best variant and the score to expect from it; needs two variants and four shared rows.
pub(super) fn best(
    table: &Table,
    shared: &[usize],
    findings: &[VariantFinding],
    spec: &AnalysisSpec,
) -> Option<Best> {
    if table.columns() < 2 || shared.len() < 4 {
        return None;
    }
    let value = |v: usize| findings[v].score.map_or(f64::NEG_INFINITY, |s| s.value);
    let variant = (0..findings.len())
        .filter(|v| table.column_of[*v].is_some())
        .reduce(|best, v| {
            let closer = (value(v) - value(best)).abs() < 1e-12
                && findings[v].p_best > findings[best].p_best;
            if value(v) > value(best) + 1e-12 || closer {
                v
            } else {
                best
            }
        })?;
    let columns = table.columns();
    let with_weight = table.by_unit(shared, columns + 1, |place, row| {
        for (c, x) in row[..columns].iter_mut().enumerate() {
            *x = table.weight(place) * table.mean(place, c).unwrap_or(0.0);
        }
        row[columns] = table.weight(place);
    });
    let weights: Vec<f64> = (0..with_weight.units())
        .map(|u| with_weight.unit(u)[columns])
        .collect();
    let halves = ResampleSpec {
        draws: HALVES,
        seed: spec.seed,
        threads: spec.threads,
    };
    let held_out = held_out_best(&by_unit(table, shared), &weights, halves)?;
    Some(Best { variant, held_out })
}

/// Scores over many wordings; needs two variants and a shared row.
pub(super) fn overall(table: &Table, shared: &[usize]) -> Option<Overall> {
    if table.columns() < 2 || shared.is_empty() {
        return None;
    }
    let means = means(table, shared);
    let average = means.iter().sum::<f64>() / means.len() as f64;
    let highest = extremes(&means).1;
    let saturation = 1.0 - (highest - average);
    Some(Overall {
        average,
        highest,
        saturation,
        combined: saturation * highest,
    })
}
