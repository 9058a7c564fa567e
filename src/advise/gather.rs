//! Evidence from the grids of a run.

use super::{Curve, CurvePoint, ErrorAgreement, Evidence, Headroom, ModelScore, compare_tuned};
use crate::{
    analysis::{Analysis, AnalysisSpec, Interval},
    model::{RowHeads, Variant},
    outcome::Grid,
    stats::{Matrix, PowerCurve, ResampleSpec, expanded_tail, percentiles, resample_sums},
};
use std::collections::BTreeMap;

/// Most row ids that are listed.
const NAMED: usize = 20;
/// Share from which an answer counts as a majority.
const MAJORITY: f64 = 0.1;
/// Resamples behind the band of a curve.
const DRAWS: usize = 2_000;

/// One model's part of a run.
#[derive(Debug)]
pub struct ModelFigures<'a> {
    /// `endpoint/model`.
    pub model: String,
    pub tuned: bool,
    pub grid: &'a Grid,
    pub analysis: &'a Analysis,
}

impl ModelFigures<'_> {
    fn best(&self) -> Option<usize> {
        self.analysis.best.as_ref().map(|b| b.variant).or_else(|| {
            let first = *self.analysis.ranked().first()?;
            self.analysis.variants[first].score.map(|_| first)
        })
    }

    /// The score to expect of the best wording; with one wording, its score.
    fn held_out(&self) -> Option<Interval> {
        let best = self.best()?;
        let own = self.analysis.variants[best].score?;
        let value = self
            .analysis
            .best
            .as_ref()
            .map_or(own.value, |b| b.held_out);
        let shift = value - own.value;
        Some(Interval {
            value,
            low: (own.low + shift).max(0.0),
            high: (own.high + shift).min(1.0),
        })
    }

    /// The wording with the shortest prompts.
    fn shortest(&self) -> Option<usize> {
        let variants = &self.analysis.variants;
        (0..variants.len())
            .filter(|v| variants[*v].prompt_tokens > 0.0)
            .min_by(|a, b| {
                variants[*a]
                    .prompt_tokens
                    .total_cmp(&variants[*b].prompt_tokens)
            })
    }
}

/// Evidence of a run, about the best of its base models; the caller adds what the user gave.
pub fn gather(
    parts: &[ModelFigures<'_>],
    variants: &[Variant],
    heads: &RowHeads,
    spec: &AnalysisSpec,
) -> Evidence {
    let value = |p: &ModelFigures<'_>| p.held_out().map_or(f64::NEG_INFINITY, |s| s.value);
    let bases: Vec<&ModelFigures<'_>> = parts.iter().filter(|p| !p.tuned).collect();
    let mut evidence = Evidence::default();
    let Some(base) = bases
        .iter()
        .copied()
        .rev()
        .max_by(|a, b| value(a).total_cmp(&value(b)))
    else {
        return evidence;
    };
    let (Some(best), Some(held_out)) = (base.best(), base.held_out()) else {
        return evidence;
    };
    let name = |v: usize| variants.get(v).map_or(String::new(), |v| v.name.clone());
    let finding = &base.analysis.variants[best];
    let answered = finding.n * base.grid.samples();
    evidence.score = Some(ModelScore {
        model: base.model.clone(),
        variant: name(best),
        held_out,
        rows: finding.n,
        wordings: base
            .analysis
            .variants
            .iter()
            .filter(|f| f.score.is_some())
            .count(),
        unreadable: finding.unreadable as f64 / answered.max(1) as f64,
    });
    evidence.others = bases
        .iter()
        .filter(|p| p.model != base.model)
        .map(|p| p.model.clone())
        .collect();
    evidence.majority = majority(heads);
    evidence.headroom = headroom(base.analysis, heads);
    evidence.spread = base
        .analysis
        .spread
        .as_ref()
        .map(|s| (s.value, s.null_95, s.p));
    evidence.wording_share = base.analysis.components.as_ref().and_then(|c| {
        let wording = c.variant.value + c.variant_row.value;
        let all = wording + c.row.value + c.sample.map_or(0.0, |s| s.value);
        (all > 0.0 && c.sample.is_some()).then(|| wording / all)
    });
    evidence.curve = curve(base.grid, variants, spec);
    evidence.errors = errors(&bases, heads);
    if let Some(shortest) = base.shortest() {
        let of = &base.analysis.variants;
        evidence.prompt_tokens = Some((of[best].prompt_tokens, of[shortest].prompt_tokens));
        evidence.latency_ms = of[best].latency_p50_ms.zip(of[shortest].latency_p50_ms);
    }
    let names: Vec<&str> = variants.iter().map(|v| v.name.as_str()).collect();
    evidence.tuned = parts
        .iter()
        .filter(|p| p.tuned && p.best().is_some())
        .map(|tuned| {
            let bare = tuned.shortest().unwrap_or(best);
            compare_tuned(
                (&base.model, base.grid),
                (&tuned.model, tuned.grid),
                &names,
                (bare, best),
                spec,
            )
        })
        .max_by(|a, b| {
            let of = |t: &super::Tuned| t.best_difference().map_or(f64::NEG_INFINITY, |d| d.value);
            of(a).total_cmp(&of(b))
        });
    evidence
}

/// The most frequent expected answer and its share; `None` where hardly any answer comes twice.
fn majority(heads: &RowHeads) -> Option<(String, f64)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for answer in (0..heads.len()).filter_map(|row| heads.expected(row)) {
        *counts.entry(answer).or_default() += 1;
    }
    let rows: usize = counts.values().sum();
    let (answer, n) = counts.into_iter().max_by_key(|(_, n)| *n)?;
    let share = n as f64 / rows as f64;
    (share >= MAJORITY).then(|| (answer.to_owned(), share))
}

fn headroom(analysis: &Analysis, heads: &RowHeads) -> Option<Headroom> {
    let counts = analysis.rows.row_counts();
    if counts.scored == 0 {
        return None;
    }
    let hopeless = analysis.rows.always_wrong();
    let ids = |rows: &[usize]| {
        rows.iter()
            .take(NAMED)
            .map(|r| heads.id(*r).into_owned())
            .collect()
    };
    Some(Headroom {
        reachable: counts.ever_correct as f64 / counts.scored as f64,
        hopeless: counts.always_wrong as f64 / counts.scored as f64,
        row_counts: counts,
        hopeless_rows: ids(&hopeless),
        fragile_rows: ids(&analysis.rows.by_fragility()),
    })
}

/// Scores of each row by number of shots; rows that some variant lacks are left out.
fn curve(grid: &Grid, variants: &[Variant], spec: &AnalysisSpec) -> Option<Curve> {
    let mut of_count: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (v, variant) in variants.iter().enumerate() {
        if let Some(level) = variant.level("shots.count") {
            of_count
                .entry(level.name.parse().ok()?)
                .or_default()
                .push(v);
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

/// Whether models fail on the same rows, each with its best wording.
fn errors(bases: &[&ModelFigures<'_>], heads: &RowHeads) -> Option<ErrorAgreement> {
    let wrong: Vec<Vec<Option<bool>>> = bases
        .iter()
        .filter_map(|p| {
            let best = p.best()?;
            let of_row = |row| {
                let cell = p.grid.summary(best, row);
                cell.mean().map(|_| !cell.is_correct())
            };
            Some((0..heads.len()).map(of_row).collect())
        })
        .collect();
    if wrong.len() < 2 {
        return None;
    }
    let (mut shared, mut chance, mut pairs) = (0.0, 0.0, 0.0);
    for a in 0..wrong.len() {
        for b in 0..wrong.len() {
            if a == b {
                continue;
            }
            let both: Vec<(bool, bool)> = wrong[a]
                .iter()
                .zip(&wrong[b])
                .filter_map(|(x, y)| Some(((*x)?, (*y)?)))
                .collect();
            let of_a = both.iter().filter(|p| p.0).count();
            if of_a == 0 {
                continue;
            }
            shared += both.iter().filter(|p| p.0 && p.1).count() as f64 / of_a as f64;
            chance += both.iter().filter(|p| p.1).count() as f64 / both.len() as f64;
            pairs += 1.0;
        }
    }
    let hopeless = (0..heads.len())
        .filter(|r| {
            bases.iter().all(|p| {
                p.analysis
                    .rows
                    .get(*r)
                    .is_some_and(|f| f.profile.is_always_wrong())
            })
        })
        .count();
    (pairs > 0.0).then(|| ErrorAgreement {
        models: wrong.len(),
        shared: shared / pairs,
        by_chance: chance / pairs,
        hopeless: hopeless as f64 / heads.len().max(1) as f64,
    })
}
