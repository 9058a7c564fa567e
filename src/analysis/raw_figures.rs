//! Figures of labels of one variant and its difference to the baseline, before p is adjusted: counted, resampled and swapped.

use super::{AnalysisSpec, FigureDifference, FigureFinding, Interval, Verdict};
use crate::{
    outcome::{Grid, LabelAnswer, LabelGrid},
    stats::{
        ClassCounts, ClassFigures, CountedTogether, FIGURES_PER_CLASS, OVERALL_FIGURES, Z90, Z95,
        effective_units, expanded_tail, moments, percentiles, resample_kinds, shown_direction,
        swap_kinds, tango, units_needed, wilson,
    },
};
use std::{cmp::Ordering, collections::HashMap};

/// Samples of a unit that are counted.
type UnitKind = Vec<CountedSample>;

/// A sample that is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct CountedSample {
    side: Side,
    expected: u32,
    read: Option<u32>,
    /// Bits of how much its row counts: those of positive numbers are ordered as the numbers are.
    weight: u64,
}

impl CountedSample {
    fn weight(&self) -> f64 {
        f64::from_bits(self.weight)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Side {
    /// The variant, on a row that the baseline lacks.
    Alone,
    /// The variant, on a row that both have.
    Variant,
    /// The baseline, on a row that both have.
    Baseline,
}

/// What the samples of a kind of unit add to the counts of their side.
struct KindCounts {
    alone: CountedTogether,
    variant: CountedTogether,
    baseline: CountedTogether,
}

impl KindCounts {
    /// For counts of so many classes.
    fn of(kind: &[CountedSample], classes: usize) -> KindCounts {
        let of_side = |side: Side| {
            let mut together = CountedTogether::default();
            for sample in kind.iter().filter(|sample| sample.side == side) {
                let read = sample.read.map(|read| read as usize);
                together.add(classes, sample.expected as usize, read, sample.weight());
            }
            together
        };
        KindCounts {
            alone: of_side(Side::Alone),
            variant: of_side(Side::Variant),
            baseline: of_side(Side::Baseline),
        }
    }
}

/// The figures of a variant before p is adjusted.
pub(super) struct RawFigures {
    values: Vec<Option<Interval>>,
    /// For each figure; `None` for the baseline and without a shared row.
    pub(super) differences: Option<Vec<Option<RawDifference>>>,
    units: usize,
}

/// A difference of a figure before p is adjusted.
pub(super) struct RawDifference {
    interval: Interval,
    narrow: (f64, f64),
    pub(super) p: f64,
    /// Variance of the difference, times the units.
    variance: Option<f64>,
}

impl RawFigures {
    pub(super) fn new(
        grid: &Grid,
        labels: &LabelGrid<'_>,
        v: usize,
        spec: &AnalysisSpec,
    ) -> RawFigures {
        let (kinds, paired) = kinds(grid, labels, v, spec);
        let counts: Vec<u64> = kinds.iter().map(|(_, n)| *n).collect();
        let units = counts.iter().sum::<u64>() as usize;
        let effective = units_that_count(&kinds);
        let n = labels.labels();
        // Where the baseline has all rows of the variant, its own counts are those that are compared.
        let is_alone = |(kind, _): &(UnitKind, u64)| kind.iter().any(|s| s.side == Side::Alone);
        let apart = !paired || kinds.iter().any(is_alone);
        let added: Vec<KindCounts> = kinds
            .iter()
            .map(|(kind, _)| KindCounts::of(kind, n))
            .collect();
        let tally = |weights: &[u64], swapped: Option<&[u64]>| {
            let has_own = apart && swapped.is_none();
            let mut own = ClassCounts::new(if has_own { n } else { 0 });
            let [mut variant, mut baseline] = [n; 2].map(ClassCounts::new);
            for (k, kind) in added.iter().enumerate() {
                let other = swapped.map_or(0.0, |swapped| swapped[k] as f64);
                let same = weights[k] as f64 - other;
                if has_own {
                    own.add_together(&kind.alone, same + other);
                    own.add_together(&kind.variant, same + other);
                }
                variant.add_together(&kind.variant, same);
                variant.add_together(&kind.baseline, other);
                baseline.add_together(&kind.variant, other);
                baseline.add_together(&kind.baseline, same);
            }
            if !apart && swapped.is_none() {
                own.clone_from(&variant);
            }
            [own, variant, baseline]
        };
        let between = |after: &ClassFigures, before: &ClassFigures| -> Vec<f64> {
            let pairs = after.values().iter().zip(before.values());
            pairs.map(|(a, b)| a - b).collect()
        };
        let observed = tally(&counts, None);
        let resample = spec.resample();
        let drawn: Vec<(ClassFigures, Vec<f64>)> = resample_kinds(&counts, resample, |weights| {
            let [own, variant, baseline] = tally(weights, None);
            let own_figures = own.figures();
            if !paired {
                return (own_figures, Vec::new());
            }
            let differences = match apart {
                true => between(&variant.figures(), &baseline.figures()),
                false => between(&own_figures, &baseline.figures()),
            };
            (own_figures, differences)
        });
        let values = (observed[0].figures().values().iter().enumerate())
            .map(|(i, value)| {
                let mut draws: Vec<f64> = drawn.iter().map(|(own, _)| own.values()[i]).collect();
                interval(i, *value, &mut draws, &observed[0], (units, effective))
            })
            .collect();
        let differences = paired.then(|| {
            let difference = |[_, variant, baseline]: &[ClassCounts; 3]| {
                between(&variant.figures(), &baseline.figures())
            };
            let found = difference(&observed);
            let swaps = swap_kinds(&counts, resample, |swapped| {
                let swapped = difference(&tally(&counts, Some(swapped)));
                let far = swapped.iter().zip(&found);
                far.map(|(s, d)| s.abs() >= d.abs() - 1e-12)
                    .collect::<Vec<bool>>()
            });
            let differences = found.iter().enumerate().map(|(i, value)| {
                let far = swaps.iter().filter(|far| far[i]).count();
                let p = (far + 1) as f64 / (swaps.len() + 1) as f64;
                let mut draws: Vec<f64> = drawn.iter().map(|(_, d)| d[i]).collect();
                raw_difference(*value, &mut draws, p, (units, effective))
            });
            differences.collect()
        });
        RawFigures {
            values,
            differences,
            units,
        }
    }

    pub(super) fn finding(
        &self,
        i: usize,
        p_adjusted: f64,
        is_baseline: bool,
        margin: f64,
    ) -> FigureFinding {
        let raw = self.differences.as_ref().and_then(|all| all[i].as_ref());
        let verdict = match raw {
            _ if is_baseline => Verdict::Baseline,
            None => Verdict::Undecided { more_rows: None },
            Some(d) => verdict(d, p_adjusted, margin, self.units),
        };
        FigureFinding {
            value: self.values[i],
            difference: raw.map(|d| FigureDifference {
                interval: d.interval,
                p: d.p,
                p_adjusted,
            }),
            verdict,
        }
    }
}

/// Units with equal answers, counted, and whether any row is shared with the baseline.
fn kinds(
    grid: &Grid,
    labels: &LabelGrid<'_>,
    v: usize,
    spec: &AnalysisSpec,
) -> (Vec<(UnitKind, u64)>, bool) {
    let clustered = spec.clusters.len() == grid.rows();
    let mut clusters: HashMap<u32, UnitKind> = HashMap::new();
    let mut counted: HashMap<UnitKind, u64> = HashMap::new();
    let mut count = |kind: &mut UnitKind| {
        kind.sort_unstable();
        match counted.get_mut(kind.as_slice()) {
            Some(n) => *n += 1,
            None => {
                counted.insert(kind.clone(), 1);
            }
        }
    };
    let mut paired = false;
    let samples = |variant: usize, row: usize| {
        let read = move |sample| match labels.sample(variant, row, sample)? {
            (_, LabelAnswer::Failed) | (None, _) => None,
            (Some(expected), LabelAnswer::Label(label)) => Some((expected, Some(label))),
            (Some(expected), LabelAnswer::Unreadable) => Some((expected, None)),
        };
        (0..grid.samples()).filter_map(read)
    };
    let weight = |row: usize| spec.weights.get(row).copied().unwrap_or(1.0).to_bits();
    let mut kind = UnitKind::new();
    for row in 0..grid.rows() {
        kind.clear();
        let weight = weight(row);
        let counted = |side: Side| {
            move |(expected, read): (u32, Option<u32>)| CountedSample {
                side,
                expected,
                read,
                weight,
            }
        };
        if v != spec.baseline {
            kind.extend(samples(spec.baseline, row).map(counted(Side::Baseline)));
        }
        let shared = !kind.is_empty();
        let side = if shared { Side::Variant } else { Side::Alone };
        let before = kind.len();
        kind.extend(samples(v, row).map(counted(side)));
        if kind.len() == before {
            continue;
        }
        paired |= shared;
        match clustered {
            true => clusters
                .entry(spec.clusters[row])
                .or_default()
                .append(&mut kind),
            false => count(&mut kind),
        }
    }
    clusters.values_mut().for_each(count);
    let mut kinds: Vec<(UnitKind, u64)> = counted.into_iter().collect();
    // An order that comes from the answers alone, so that no figure depends on where a row stood.
    kinds.sort_unstable();
    (kinds, paired)
}

/// All units, where all count the same.
fn units_that_count(kinds: &[(UnitKind, u64)]) -> f64 {
    let (mut sum, mut squares, mut units) = (0.0, 0.0, 0);
    for (kind, n) in kinds {
        let own = kind.iter().filter(|sample| sample.side != Side::Baseline);
        let weights: Vec<f64> = own.map(CountedSample::weight).collect();
        let weight = weights.iter().sum::<f64>() / weights.len().max(1) as f64;
        sum += *n as f64 * weight;
        squares += *n as f64 * weight * weight;
        units += n;
    }
    effective_units(sum, squares).min(units as f64)
}

/// Percentile interval of a figure; of one that is the same in every resample, Wilson's for as many observations as it
/// rests on.
fn interval(
    i: usize,
    value: f64,
    draws: &mut Vec<f64>,
    counts: &ClassCounts,
    (units, effective): (usize, f64),
) -> Option<Interval> {
    if !value.is_finite() || units == 0 {
        return None;
    }
    draws.retain(|x| x.is_finite());
    if varies(draws) {
        let (low, high) = percentiles(draws, expanded_tail(0.025, effective as usize));
        return Some(Interval { value, low, high });
    }
    let n = match i.checked_sub(OVERALL_FIGURES) {
        Some(own) if own % FIGURES_PER_CLASS == 0 => counts.read(own / FIGURES_PER_CLASS),
        Some(own) => counts.expected(own / FIGURES_PER_CLASS),
        None => counts.total(),
    };
    // Clusters, not samples, are drawn; of rows that count differently fewer are as good.
    let n = (n * effective / units as f64).min(effective);
    let share = value.clamp(0.0, 1.0);
    let (low, high) = if n > 0.0 {
        wilson(share * n, n)
    } else {
        (0.0, 1.0)
    };
    Some(Interval {
        value,
        low: low.min(value),
        high: high.max(value),
    })
}

fn raw_difference(
    value: f64,
    draws: &mut Vec<f64>,
    p: f64,
    (units, effective): (usize, f64),
) -> Option<RawDifference> {
    draws.retain(|x| x.is_finite());
    if !value.is_finite() {
        return None;
    }
    let variance = moments(draws).map(|(_, variance)| variance * units as f64);
    let mut ends = |tail: f64, z: f64| {
        if varies(draws) {
            percentiles(draws, expanded_tail(tail, effective as usize))
        } else {
            // No resample differs: as much as so many rows could hide.
            let (low, high) = tango(0.0, 0.0, effective, z);
            (value + low, value + high)
        }
    };
    let (low, high) = ends(0.025, Z95);
    Some(RawDifference {
        interval: Interval { value, low, high },
        narrow: ends(0.05, Z90),
        p,
        variance,
    })
}

fn varies(draws: &[f64]) -> bool {
    draws
        .first()
        .is_some_and(|first| draws.iter().any(|x| (x - first).abs() > 1e-12))
}

fn verdict(d: &RawDifference, p_adjusted: f64, margin: f64, units: usize) -> Verdict {
    let Interval { value, low, high } = d.interval;
    match shown_direction(p_adjusted, low, high) {
        Some(Ordering::Less) => return Verdict::Worse,
        Some(_) => return Verdict::Better,
        None => {}
    }
    if d.narrow.0 > -margin && d.narrow.1 < margin {
        return Verdict::Equivalent;
    }
    let needed = d
        .variance
        .filter(|variance| *variance > 0.0)
        .map(|variance| units_needed(variance, value.abs().max(margin), 0.05));
    Verdict::Undecided {
        more_rows: needed
            .map(|n| (n - units as f64).ceil())
            .filter(|more| *more >= 1.0)
            .map(|more| more as usize),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_decide_are_counted_in_rows_and_not_in_effective_ones() {
        let draws: Vec<f64> = (0..1_000).map(|i| f64::from(i % 2) * 0.2 - 0.08).collect();
        let more = |effective: f64| {
            let mut draws = draws.clone();
            let difference = raw_difference(0.02, &mut draws, 0.5, (100, effective)).unwrap();
            match verdict(&difference, 0.5, 0.01, 100) {
                Verdict::Undecided { more_rows } => more_rows,
                _ => None,
            }
        };
        // Variance 0.01 of 100 rows: 1 a row, and 7.849 / 0.02² rows.
        assert!(more(100.0).is_some_and(|more| (19_300..19_700).contains(&more)));
        // Weights make the variance that was seen; it is not divided by them once more.
        assert_eq!(more(50.0), more(100.0));
    }
}
