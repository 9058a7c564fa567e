//! The effect of each axis on the score, and which effects the design cannot separate.

use super::{
    AnalysisSpec, AxisAnswers, AxisEffects, AxisFinding, AxisLevels, Interaction, Interval,
    LevelEffect, axis_answers::AnswerShares, draws::SharedDraws, same_calls::same_calls,
    table::Table,
};
use crate::{
    model::axis_param,
    outcome::Grid,
    stats::{
        Factor, FactorEffect, ResampleSpec, expanded_tail, holm, main_effects, percentiles,
        sign_flip_vector, two_way_effects,
    },
};

/// Main effects and interactions of the axes, on the rows that all variants have. Empty where there are no axes; needs two
/// shared units.
pub(super) fn axis_effects(
    grid: &Grid,
    table: &Table,
    shared: &[usize],
    drawn: &SharedDraws,
    spec: &AnalysisSpec,
    resample: ResampleSpec,
) -> AxisEffects {
    let axes: Vec<AxisLevels> = spec
        .axes
        .iter()
        .filter_map(|axis| present_levels(axis, table))
        .collect();
    if axes.is_empty() || shared.len() < 2 {
        return AxisEffects::default();
    }
    let factors: Vec<Factor> = axes
        .iter()
        .map(|axis| Factor {
            level_of: axis.level_of.clone(),
            levels: axis.levels.len(),
        })
        .collect();
    let means = Means::new(table, shared, drawn);
    let effects = main_effects(&factors);
    let p: Vec<f64> = effects
        .iter()
        .map(|e| means.p_value(e, table, shared, resample))
        .collect();
    let answers = AnswerShares::new(grid, table);
    let others_of = |i: usize| -> Vec<&AxisLevels> {
        let others = (0..axes.len()).filter(|o| *o != i);
        others.map(|o| &axes[o]).collect()
    };
    let mut shifts: Vec<Option<AxisAnswers>> = (0..axes.len())
        .map(|i| answers.effect(&axes[i], &others_of(i), &effects[i], shared, resample))
        .collect();
    let of_answers: Vec<f64> = shifts.iter().flatten().map(|a| a.p).collect();
    for (axis, adjusted) in shifts.iter_mut().flatten().zip(holm(&of_answers)) {
        axis.p_adjusted = adjusted;
    }
    let found = axes.iter().zip(&effects).zip(p.iter().zip(holm(&p)));
    let mains = found
        .enumerate()
        .map(|(i, ((axis, effect), (p, p_adjusted)))| AxisFinding {
            name: axis.name.clone(),
            share: means.share(effect),
            p: *p,
            p_adjusted,
            levels: axis
                .levels
                .iter()
                .zip(&effect.weights)
                .map(|(name, weights)| LevelEffect {
                    name: name.clone(),
                    effect: means.interval(weights),
                })
                .collect(),
            confounded_with: if effect.is_separate() {
                Vec::new()
            } else {
                confounded(i, &factors, &axes)
            },
            answers: shifts[i].take(),
            same_calls: axis_param(&axis.name).and_then(|_| {
                let pairs = axis.pairs(&others_of(i)).into_iter();
                let of_grid = |column: usize| table.variants[column];
                let pairs: Vec<_> = pairs.map(|(a, b)| (of_grid(a), of_grid(b))).collect();
                same_calls(grid, &pairs)
            }),
        })
        .collect();
    let (separate, rest): (Vec<_>, Vec<_>) = two_way_effects(&factors)
        .into_iter()
        .partition(|(.., e)| e.is_separate());
    let p: Vec<f64> = separate
        .iter()
        .map(|(.., e)| means.p_value(e, table, shared, resample))
        .collect();
    let names = |a: usize, b: usize| (axes[a].name.clone(), axes[b].name.clone());
    AxisEffects {
        axes: mains,
        interactions: separate
            .iter()
            .zip(p.iter().zip(holm(&p)))
            .map(|((a, b, effect), (p, p_adjusted))| Interaction {
                axes: names(*a, *b),
                share: means.share(effect),
                p: *p,
                p_adjusted,
            })
            .collect(),
        inseparable: rest.iter().map(|(a, b, _)| names(*a, *b)).collect(),
    }
}

/// The axis over the table's columns, with the levels that occur; `None` where only one does.
fn present_levels(axis: &AxisLevels, table: &Table) -> Option<AxisLevels> {
    let there: Vec<usize> = table
        .variants
        .iter()
        .map(|v| axis.level_of.get(*v).copied())
        .collect::<Option<_>>()?;
    let kept: Vec<usize> = (0..axis.levels.len())
        .filter(|l| there.contains(l))
        .collect();
    (kept.len() > 1).then(|| AxisLevels {
        name: axis.name.clone(),
        levels: kept.iter().map(|l| axis.levels[*l].clone()).collect(),
        level_of: there
            .iter()
            .map(|l| kept.iter().position(|k| k == l).unwrap_or(0))
            .collect(),
    })
}

/// The axes that an axis is confounded with: those that split the variants in the same way or determine its level; where no
/// single one does, all others together.
fn confounded(i: usize, factors: &[Factor], axes: &[AxisLevels]) -> Vec<String> {
    let others = || (0..factors.len()).filter(|o| *o != i);
    let mut with: Vec<usize> = others()
        .filter(|o| factors[i].same_as(&factors[*o]))
        .collect();
    if with.is_empty() {
        with = others()
            .filter(|o| factors[*o].decides(&factors[i]) || factors[i].decides(&factors[*o]))
            .collect();
    }
    if with.is_empty() {
        with = others()
            .filter(|o| {
                let pair = [factors[i].clone(), factors[*o].clone()];
                !main_effects(&pair)[0].is_separate()
            })
            .collect();
    }
    if with.is_empty() {
        with = others().collect();
    }
    with.into_iter().map(|o| axes[o].name.clone()).collect()
}

/// Means of the variants and their resamples.
struct Means<'a> {
    means: Vec<f64>,
    drawn: &'a SharedDraws,
    total: f64,
}

impl Means<'_> {
    fn new<'a>(table: &Table, shared: &[usize], drawn: &'a SharedDraws) -> Means<'a> {
        let columns = table.columns();
        let rows = table.weight_of(shared);
        let weighted = |p: &usize, c: usize| Some(table.weight(*p) * table.mean(*p, c)?);
        let means: Vec<f64> = (0..columns)
            .map(|c| shared.iter().filter_map(|p| weighted(p, c)).sum::<f64>() / rows)
            .collect();
        let grand = means.iter().sum::<f64>() / columns as f64;
        Means {
            total: means.iter().map(|m| (m - grand).powi(2)).sum(),
            drawn,
            means,
        }
    }

    fn interval(&self, weights: &[f64]) -> Interval {
        let (low, high) = percentiles(
            &mut self.drawn.weighted(weights),
            expanded_tail(0.025, self.drawn.units()),
        );
        Interval {
            value: self.means.iter().zip(weights).map(|(m, w)| m * w).sum(),
            low,
            high,
        }
    }

    fn share(&self, effect: &FactorEffect) -> f64 {
        if self.total > 1e-18 {
            (effect.explains(&self.means) / self.total).clamp(0.0, 1.0)
        } else {
            0.0
        }
    }

    /// p of the effect by sign flips: every row has its own effect, and its sign is flipped.
    fn p_value(
        &self,
        effect: &FactorEffect,
        table: &Table,
        shared: &[usize],
        resample: ResampleSpec,
    ) -> f64 {
        let of_row = table.by_unit(shared, effect.directions.len(), |place, row| {
            for (x, direction) in row.iter_mut().zip(&effect.directions) {
                let sum: f64 = direction
                    .iter()
                    .enumerate()
                    .map(|(c, w)| w * table.mean(place, c).unwrap_or(0.0))
                    .sum();
                // What is but rounding must not be flipped.
                let sum = if sum.abs() < 1e-9 { 0.0 } else { sum };
                *x = table.weight(place) * sum;
            }
        });
        sign_flip_vector(&of_row, resample)
    }
}
