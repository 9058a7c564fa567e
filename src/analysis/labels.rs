//! Figures of labels: each with its interval, and its difference to the baseline with a verdict.

use super::{AnalysisSpec, Interval, Truncation, Verdict};
use crate::{
    outcome::{ConfusionMatrix, ExpectedLabels, Grid, LabelAnswer, LabelGrid},
    stats::{
        ClassCounts, Z90, Z95, expanded_tail, holm, moments, percentiles, resample_kinds,
        swap_kinds, tango, units_needed, wilson,
    },
};
use std::collections::HashMap;

/// A figure over all labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelFigure {
    MacroF1,
    WeightedF1,
    BalancedAccuracy,
    Mcc,
    Kappa,
}

impl LabelFigure {
    pub const ALL: [LabelFigure; 5] = [
        LabelFigure::MacroF1,
        LabelFigure::WeightedF1,
        LabelFigure::BalancedAccuracy,
        LabelFigure::Mcc,
        LabelFigure::Kappa,
    ];

    /// The name in files and gates.
    pub fn as_str(self) -> &'static str {
        match self {
            LabelFigure::MacroF1 => "f1_macro",
            LabelFigure::WeightedF1 => "f1_weighted",
            LabelFigure::BalancedAccuracy => "balanced_accuracy",
            LabelFigure::Mcc => "mcc",
            LabelFigure::Kappa => "kappa",
        }
    }

    fn of(self, counts: &ClassCounts) -> f64 {
        match self {
            LabelFigure::MacroF1 => counts.macro_f1(),
            LabelFigure::WeightedF1 => counts.weighted_f1(),
            LabelFigure::BalancedAccuracy => counts.balanced_accuracy(),
            LabelFigure::Mcc => counts.mcc(),
            LabelFigure::Kappa => counts.kappa().unwrap_or(f64::NAN),
        }
    }
}

/// One figure of one variant.
#[derive(Debug, Clone, PartialEq)]
pub struct FigureFinding {
    /// `None` where it is not defined.
    pub value: Option<Interval>,
    /// Difference to the baseline on the rows that both have.
    pub difference: Option<FigureDifference>,
    pub verdict: Verdict,
}

/// Difference of a figure to the baseline's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FigureDifference {
    pub interval: Interval,
    /// p by swapping the two variants at random, row by row.
    pub p: f64,
    /// By Holm over all variants (and labels) of the figure.
    pub p_adjusted: f64,
}

/// Precision, recall and F1 of one label.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelFinding {
    /// Samples that expect the label.
    pub expected: u64,
    /// Samples that were read as it.
    pub read: u64,
    pub precision: FigureFinding,
    pub recall: FigureFinding,
    pub f1: FigureFinding,
}

/// The figures of one variant.
#[derive(Debug, Clone, PartialEq)]
pub struct VariantLabels {
    pub matrix: ConfusionMatrix,
    /// In the order of [`LabelFigure::ALL`].
    pub figures: Vec<FigureFinding>,
    pub labels: Vec<LabelFinding>,
}

/// The figures of all variants.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelFindings {
    pub labels: Vec<String>,
    pub variants: Vec<VariantLabels>,
}

const OVERALL: usize = LabelFigure::ALL.len();
/// Precision, recall, F1.
const PER_LABEL: usize = 3;

/// All figures of some counts: the overall ones, then three for each label. NaN where one is not defined.
fn figures(counts: &ClassCounts) -> Vec<f64> {
    let mut all = Vec::with_capacity(OVERALL + PER_LABEL * counts.classes());
    all.extend(LabelFigure::ALL.map(|figure| figure.of(counts)));
    for label in 0..counts.classes() {
        all.extend([
            counts.precision(label),
            counts.recall(label),
            counts.f1(label),
        ]);
    }
    all
}

/// Analyze answers as labels; `None` without labels.
pub fn label_findings(
    grid: &Grid,
    expected: &ExpectedLabels,
    spec: &AnalysisSpec,
) -> Option<LabelFindings> {
    if expected.labels().is_empty() || expected.is_empty() {
        return None;
    }
    let labels = LabelGrid::new(grid, expected);
    let raw: Vec<RawFigures> = (0..grid.variants())
        .map(|v| RawFigures::new(grid, &labels, v, spec))
        .collect();
    let p_adjusted = adjusted(&raw, OVERALL + PER_LABEL * expected.labels().len());
    let cut: Vec<Truncation> = (0..grid.variants())
        .map(|v| Truncation::of_variant(grid, v, spec))
        .collect();
    let cut_baseline = cut.get(spec.baseline).copied().unwrap_or_default();
    let variants = raw.iter().enumerate().map(|(v, raw)| {
        let is_baseline = v == spec.baseline;
        let not_comparable = (!is_baseline)
            .then(|| Verdict::not_comparable(&cut[v], &cut_baseline))
            .flatten();
        let finding = |i: usize| {
            let found = raw.finding(i, p_adjusted[i][v], is_baseline, spec.margin);
            match &not_comparable {
                Some(verdict) => FigureFinding {
                    verdict: verdict.clone(),
                    ..found
                },
                None => found,
            }
        };
        VariantLabels {
            matrix: labels.matrix(v),
            figures: (0..OVERALL).map(finding).collect(),
            labels: (0..expected.labels().len())
                .map(|label| {
                    let first = OVERALL + PER_LABEL * label;
                    LabelFinding {
                        expected: raw.counts.expected(label) as u64,
                        read: raw.counts.read(label) as u64,
                        precision: finding(first),
                        recall: finding(first + 1),
                        f1: finding(first + 2),
                    }
                })
                .collect(),
        }
    });
    Some(LabelFindings {
        variants: variants.collect(),
        labels: expected.labels().to_vec(),
    })
}

/// For each figure and variant its adjusted p: Holm over the variants, and over the labels too where it is a label's.
fn adjusted(raw: &[RawFigures], figures: usize) -> Vec<Vec<f64>> {
    let mut all = vec![vec![1.0; raw.len()]; figures];
    let families = (0..OVERALL)
        .map(|i| vec![i])
        .chain((0..PER_LABEL).map(|kind| (OVERALL + kind..figures).step_by(PER_LABEL).collect()));
    for family in families {
        let members: Vec<(usize, usize, f64)> = (family.iter())
            .flat_map(|i| raw.iter().enumerate().map(move |(v, raw)| (*i, v, raw)))
            .filter_map(|(i, v, raw)| Some((i, v, raw.differences.as_ref()?[i].as_ref()?.p)))
            .collect();
        let p: Vec<f64> = members.iter().map(|(_, _, p)| *p).collect();
        for ((i, v, _), p_adjusted) in members.into_iter().zip(holm(&p)) {
            all[i][v] = p_adjusted;
        }
    }
    all
}

/// Samples of a unit that are counted: in which tally, expected label, read label.
type UnitKind = Vec<(Side, u32, Option<u32>)>;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Side {
    /// The variant, on a row that the baseline lacks.
    Alone,
    /// The variant, on a row that both have.
    Variant,
    /// The baseline, on a row that both have.
    Baseline,
}

struct RawFigures {
    counts: ClassCounts,
    values: Vec<Option<Interval>>,
    /// For each figure; `None` for the baseline and without a shared row.
    differences: Option<Vec<Option<RawDifference>>>,
    units: usize,
}

struct RawDifference {
    interval: Interval,
    narrow: (f64, f64),
    p: f64,
    /// Variance of the difference, times the units.
    variance: Option<f64>,
}

impl RawFigures {
    fn new(grid: &Grid, labels: &LabelGrid<'_>, v: usize, spec: &AnalysisSpec) -> RawFigures {
        let (kinds, paired) = kinds(grid, labels, v, spec);
        let counts: Vec<u64> = kinds.iter().map(|(_, n)| *n).collect();
        let units = counts.iter().sum::<u64>() as usize;
        let n = labels.labels();
        let tally = |weights: &[u64], swapped: Option<&[u64]>| {
            let mut all = [(); 3].map(|()| ClassCounts::new(n));
            let [own, variant, baseline] = &mut all;
            for (k, (kind, _)) in kinds.iter().enumerate() {
                let other = swapped.map_or(0.0, |swapped| swapped[k] as f64);
                let same = weights[k] as f64 - other;
                if weights[k] == 0 {
                    continue;
                }
                for (side, expected, read) in kind {
                    let (expected, read) = (*expected as usize, read.map(|r| r as usize));
                    match side {
                        Side::Alone => own.add(expected, read, same + other),
                        Side::Variant => {
                            own.add(expected, read, same + other);
                            variant.add(expected, read, same);
                            baseline.add(expected, read, other);
                        }
                        Side::Baseline => {
                            baseline.add(expected, read, same);
                            variant.add(expected, read, other);
                        }
                    }
                }
            }
            all
        };
        let difference = |all: &[ClassCounts; 3]| -> Vec<f64> {
            let (after, before) = (figures(&all[1]), figures(&all[2]));
            after.iter().zip(before).map(|(a, b)| a - b).collect()
        };
        let observed = tally(&counts, None);
        let resample = spec.resample();
        let drawn: Vec<(Vec<f64>, Vec<f64>)> = resample_kinds(&counts, resample, |weights| {
            let all = tally(weights, None);
            let differences = if paired { difference(&all) } else { Vec::new() };
            (figures(&all[0]), differences)
        });
        let values = (figures(&observed[0]).into_iter().enumerate())
            .map(|(i, value)| {
                let mut draws: Vec<f64> = drawn.iter().map(|(own, _)| own[i]).collect();
                interval(i, value, &mut draws, &observed[0], units)
            })
            .collect();
        let differences = paired.then(|| {
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
                raw_difference(*value, &mut draws, p, units)
            });
            differences.collect()
        });
        let [own, ..] = observed;
        RawFigures {
            counts: own,
            values,
            differences,
            units,
        }
    }

    fn finding(&self, i: usize, p_adjusted: f64, is_baseline: bool, margin: f64) -> FigureFinding {
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
        (0..grid.samples()).filter_map(move |sample| match labels.sample(variant, row, sample)? {
            (_, LabelAnswer::Failed) | (None, _) => None,
            (Some(expected), LabelAnswer::Label(label)) => Some((expected, Some(label))),
            (Some(expected), LabelAnswer::Unreadable) => Some((expected, None)),
        })
    };
    let mut kind = UnitKind::new();
    for row in 0..grid.rows() {
        kind.clear();
        if v != spec.baseline {
            let base = samples(spec.baseline, row);
            kind.extend(base.map(|(expected, read)| (Side::Baseline, expected, read)));
        }
        let shared = !kind.is_empty();
        let side = if shared { Side::Variant } else { Side::Alone };
        let before = kind.len();
        kind.extend(samples(v, row).map(|(expected, read)| (side, expected, read)));
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

/// Percentile interval of a figure; of one that is the same in every resample, Wilson's for as many observations as it
/// rests on.
fn interval(
    i: usize,
    value: f64,
    draws: &mut Vec<f64>,
    counts: &ClassCounts,
    units: usize,
) -> Option<Interval> {
    if !value.is_finite() || units == 0 {
        return None;
    }
    draws.retain(|x| x.is_finite());
    if varies(draws) {
        let (low, high) = percentiles(draws, expanded_tail(0.025, units));
        return Some(Interval { value, low, high });
    }
    let n = match i.checked_sub(OVERALL) {
        Some(own) if own % PER_LABEL == 0 => counts.read(own / PER_LABEL),
        Some(own) => counts.expected(own / PER_LABEL),
        None => counts.total(),
    };
    // Clusters, not samples, are drawn.
    let n = n.min(units as f64);
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

fn raw_difference(value: f64, draws: &mut Vec<f64>, p: f64, units: usize) -> Option<RawDifference> {
    draws.retain(|x| x.is_finite());
    if !value.is_finite() {
        return None;
    }
    let variance = moments(draws).map(|(_, variance)| variance * units as f64);
    let mut ends = |tail: f64, z: f64| {
        if varies(draws) {
            percentiles(draws, expanded_tail(tail, units))
        } else {
            // No resample differs: as much as so many rows could hide.
            let (low, high) = tango(0.0, 0.0, units as f64, z);
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
    if p_adjusted < 0.05 && (low > 0.0 || high < 0.0) {
        return if value > 0.0 {
            Verdict::Better
        } else {
            Verdict::Worse
        };
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
    use crate::outcome::{Cell, CellState};

    /// A grid of answers, one letter per row: the expected ones, then those of each variant; `?` is unreadable.
    fn found(expected: &str, variants: &[&str], spec: &AnalysisSpec) -> LabelFindings {
        let labels: Vec<String> = ["a", "b", "c"].map(str::to_owned).to_vec();
        let number = |letter: char| labels.iter().position(|l| l.starts_with(letter));
        let rows = expected.chars().map(|c| vec![number(c).unwrap() as u32]);
        let task = ExpectedLabels::new(labels.clone(), rows);
        let mut grid = Grid::new(variants.len(), expected.len(), 1);
        for (v, answers) in variants.iter().enumerate() {
            for (row, (read, wanted)) in answers.chars().zip(expected.chars()).enumerate() {
                let answer = (read != '?').then(|| grid.intern(&read.to_string()));
                let cell = Cell {
                    state: if read == '?' {
                        CellState::Unreadable
                    } else {
                        CellState::Scored
                    },
                    score: Some(f64::from(u8::from(read == wanted))),
                    answer,
                    truncated: false,
                    latency_ms: 0.0,
                    prompt_tokens: 0,
                    cached_tokens: 0,
                    completion_tokens: 0,
                };
                grid.set(v, row, 0, cell);
            }
        }
        label_findings(&grid, &task, spec).unwrap()
    }

    fn spec() -> AnalysisSpec {
        AnalysisSpec {
            resamples: 1_000,
            ..AnalysisSpec::default()
        }
    }

    #[test]
    fn a_variant_that_finds_the_rare_label_is_better_in_its_recall_and_in_macro_f1() {
        let expected = "a".repeat(60) + &"b".repeat(20);
        let base = "a".repeat(80);
        let good = "a".repeat(58) + "ba" + &"b".repeat(18) + "?a";
        let found = found(&expected, &[&base, &good], &spec());
        let [base, good] = &found.variants[..] else {
            panic!()
        };
        assert_eq!(base.matrix.row(1), [20, 0, 0, 0, 0]);
        assert_eq!(good.matrix.row(1), [1, 18, 0, 1, 0]);
        let recall = &good.labels[1].recall;
        assert_eq!(recall.value.unwrap().value, 0.9);
        assert_eq!(recall.verdict, Verdict::Better);
        assert!(recall.difference.unwrap().interval.low > 0.6, "{recall:?}");
        assert_eq!(good.figures[0].verdict, Verdict::Better);
        assert_eq!(base.figures[0].verdict, Verdict::Baseline);
        // Recall of 0 in every resample: Wilson's interval for twenty rows.
        let none = base.labels[1].recall.value.unwrap();
        assert_eq!((none.low, none.high), wilson(0.0, 20.0));
        // A label that never occurs counts as 0 and enters no mean.
        assert_eq!(good.labels[2].f1.value.unwrap().value, 0.0);
        assert!(good.figures[0].value.unwrap().value > 0.9);
    }

    #[test]
    fn the_same_answers_never_differ_and_order_and_threads_change_nothing() {
        let expected = "aabbc".repeat(12);
        let answers = "abbbc".repeat(12);
        let one = found(&expected, &[&answers, &answers], &spec());
        for figure in one.variants[1]
            .figures
            .iter()
            .chain([&one.variants[1].labels[0].f1])
        {
            let d = figure.difference.unwrap();
            assert_eq!((d.interval.value, d.p), (0.0, 1.0));
            assert!(d.interval.low < -0.02 && d.interval.high > 0.02);
        }
        let reversed = |text: &str| text.chars().rev().collect::<String>();
        let other = AnalysisSpec {
            threads: 1,
            ..spec()
        };
        let two = found(
            &reversed(&expected),
            &[reversed(&answers).as_str(); 2],
            &other,
        );
        assert_eq!(one, two);
    }
}
