//! Each variant: its score, its difference to the baseline, its verdict.

use super::{
    AnalysisSpec, Difference, Interval, Truncation, VariantFinding, Verdict,
    draws::Draws,
    paired::{Paired, weighted_units},
    table::Table,
};
use crate::{
    model::FailureKind,
    outcome::{CellCounts, CellState, ChangeCounts, Grid},
    stats::{
        ResampleSpec, WeightedSample, Z90, benjamini_hochberg, detectable, expanded_tail, holm,
        percentiles, quantile, shown_direction, units_needed, wilson,
    },
};
use std::{cmp::Ordering, collections::BTreeMap};

/// Findings of every variant, with p adjusted over the variants compared.
pub(super) fn variant_findings(
    grid: &Grid,
    table: &Table,
    draws: &Draws,
    spec: &AnalysisSpec,
    resample: ResampleSpec,
) -> Vec<VariantFinding> {
    let compared = Compared::new(grid, table, draws, spec, resample);
    conclude(vec![compared], spec.margin)
        .pop()
        .unwrap_or_default()
}

/// Findings of every variant before p is adjusted: verdicts wait for it.
pub(super) struct Compared {
    findings: Vec<VariantFinding>,
    pairs: Vec<ComparedPair>,
    clustered: bool,
    baseline: usize,
    /// Which variants are identical to the baseline.
    identical: Vec<bool>,
}

struct ComparedPair {
    variant: usize,
    difference: Difference,
    paired: Paired,
}

impl Compared {
    pub(super) fn new(
        grid: &Grid,
        table: &Table,
        draws: &Draws,
        spec: &AnalysisSpec,
        resample: ResampleSpec,
    ) -> Compared {
        let best = draws.best();
        let findings = (0..grid.variants())
            .map(|v| {
                let mut finding = counts(grid, v, spec);
                if let Some(c) = table.column_of[v] {
                    finding.p_best = best[c];
                    (finding.n, finding.score) = score(table, draws, c);
                    if table.is_weighted() {
                        finding.unweighted = finding.score.map(|score| score.value);
                        finding.score = weighted_score(table, c).or(finding.score);
                    }
                }
                if v != spec.baseline {
                    finding.verdict = Verdict::Undecided { more_rows: None };
                }
                finding
            })
            .collect();
        let base = table.column_of.get(spec.baseline).copied().flatten();
        let compare = |v: usize| {
            let (column, base) = (table.column_of[v]?, base?);
            let paired = Paired::new(table, column, base)?;
            let p = paired.p_value(table, resample);
            let mut drawn = draws.differences(column, base);
            let (low, high) = paired.interval(table, &mut drawn, 0.025);
            let difference = Difference {
                unweighted: paired.unweighted,
                interval: Interval {
                    value: paired.mean,
                    low,
                    high,
                },
                narrow: paired.equivalence(table, &mut drawn),
                p,
                p_adjusted: p,
                p_explore: p,
                comparisons: 1,
                rows: paired.rows,
                changes: ChangeCounts::between(grid, spec.baseline, v),
                detectable: paired.variance.map(|s| detectable(s, paired.rows as f64)),
                rows_for_margin: paired
                    .variance
                    .filter(|s| *s > 0.0)
                    .map(|s| units_needed(s, spec.margin, 0.05).ceil() as usize),
            };
            Some(ComparedPair {
                variant: v,
                difference,
                paired,
            })
        };
        Compared {
            findings,
            pairs: (0..grid.variants())
                .filter(|v| *v != spec.baseline)
                .filter_map(compare)
                .collect(),
            clustered: table.clustered,
            baseline: spec.baseline,
            identical: (0..grid.variants())
                .map(|v| spec.is_identical_to_baseline(v))
                .collect(),
        }
    }
}

/// The findings of several analyses that are looked at together: p is adjusted over all their comparisons. What is identical to
/// the baseline is not compared with it.
pub(super) fn conclude(parts: Vec<Compared>, margin: f64) -> Vec<Vec<VariantFinding>> {
    let p_of = |part: &Compared| {
        let pairs = part
            .pairs
            .iter()
            .filter(|pair| !part.identical[pair.variant]);
        pairs.map(|pair| pair.difference.p).collect::<Vec<_>>()
    };
    let p: Vec<f64> = parts.iter().flat_map(p_of).collect();
    let mut adjusted = holm(&p).into_iter().zip(benjamini_hochberg(&p));
    let concluded = parts.into_iter().map(|part| {
        let mut findings = part.findings;
        for mut pair in part.pairs {
            if !part.identical[pair.variant]
                && let Some((p_adjusted, p_explore)) = adjusted.next()
            {
                pair.difference.p_adjusted = p_adjusted;
                pair.difference.p_explore = p_explore;
                pair.difference.comparisons = p.len();
            }
            let finding = &mut findings[pair.variant];
            finding.verdict = verdict(
                &pair.difference,
                &pair.paired,
                margin,
                (p.len(), part.clustered),
            );
            finding.difference = Some(pair.difference);
        }
        let baseline = findings.get(part.baseline).map(|f| f.truncation);
        for (finding, is_identical) in findings.iter_mut().zip(part.identical) {
            if is_identical {
                finding.verdict = Verdict::Identical;
            } else if finding.verdict != Verdict::Baseline
                && let Some(verdict) =
                    Verdict::not_comparable(&finding.truncation, &baseline.unwrap_or_default())
            {
                finding.verdict = verdict;
            }
        }
        findings
    });
    concluded.collect()
}

/// Rows and mean score of a column, with its interval.
fn score(table: &Table, draws: &Draws, column: usize) -> (usize, Option<Interval>) {
    let (mut sum, mut n) = (0.0, 0usize);
    for place in 0..table.places() {
        if let Some(mean) = table.mean(place, column) {
            sum += mean;
            n += 1;
        }
    }
    if n == 0 {
        return (0, None);
    }
    let value = sum / n as f64;
    let units = if table.clustered {
        table.units.min(n)
    } else {
        n
    } as f64;
    let (low, high) = if table.binary {
        wilson(sum, n as f64)
    } else if value <= 0.0 || value >= 1.0 {
        // Resamples of equal scores are all the same, which says nothing of what was not drawn.
        wilson(value * units, units)
    } else {
        percentiles(
            &mut draws.means(column),
            expanded_tail(0.025, units as usize),
        )
    };
    (n, Some(Interval { value, low, high }))
}

/// Mean score of a column in which rows count differently, with its interval.
fn weighted_score(table: &Table, column: usize) -> Option<Interval> {
    let values = (0..table.places()).filter_map(|place| Some((place, table.mean(place, column)?)));
    let sample = WeightedSample::new(&weighted_units(table, values), (0.0, 1.0))?;
    let (low, high) = sample.interval(0.025);
    Some(Interval {
        value: sample.mean(),
        low,
        high,
    })
}

fn verdict(
    d: &Difference,
    paired: &Paired,
    margin: f64,
    (compared, clustered): (usize, bool),
) -> Verdict {
    let Interval { value, low, high } = d.interval;
    match shown_direction(d.p_adjusted, low, high) {
        Some(Ordering::Less) => return Verdict::Worse,
        Some(_) => return Verdict::Better,
        None => {}
    }
    if d.narrow.0 > -margin && d.narrow.1 < margin {
        return Verdict::Equivalent;
    }
    let rows = paired.rows as f64;
    // Flipping the signs of so few clusters can never give a p that is small enough, with however many rows.
    let few =
        clustered && 0.5f64.powi(paired.units.len() as i32 - 1) > 0.05 / compared.max(1) as f64;
    let needed = paired.variance.filter(|_| !few).map(|variance| {
        // For the difference seen, at the level that Holm asks of the first; or for the margin, where that is larger.
        let by_power = if value.abs() > margin {
            units_needed(variance, value, 0.05 / compared.max(1) as f64)
        } else {
            units_needed(variance, margin, 0.05)
        };
        // Where no row differs, so many must not until a difference of the margin is out of the question.
        by_power.max(if variance > 0.0 {
            0.0
        } else {
            Z90 * Z90 * (1.0 - margin) / margin
        })
    });
    Verdict::Undecided {
        more_rows: needed
            .map(|n| (n - rows).ceil())
            .filter(|more| *more >= 1.0)
            .map(|more| more as usize),
    }
}

fn counts(grid: &Grid, v: usize, spec: &AnalysisSpec) -> VariantFinding {
    let mut finding = VariantFinding {
        score: None,
        unweighted: None,
        n: 0,
        difference: None,
        cells: CellCounts::of_variant(grid, v),
        p_best: 0.0,
        unreadable: 0,
        refused: 0,
        truncation: Truncation::of_variant(grid, v, spec),
        failed: 0,
        unscored: 0,
        consensus: None,
        failures: Vec::new(),
        latency_p50_ms: None,
        latency_p95_ms: None,
        prompt_tokens: 0.0,
        cached_tokens: 0.0,
        completion_tokens: 0.0,
        verdict: Verdict::Baseline,
    };
    let (mut latencies, mut calls) = (Vec::new(), 0usize);
    let mut failures: BTreeMap<FailureKind, usize> = BTreeMap::new();
    for row in 0..grid.rows() {
        for sample in 0..grid.samples() {
            let cell = grid.cell(v, row, sample);
            match cell.state {
                CellState::Unreadable => finding.unreadable += 1,
                CellState::Refused => finding.refused += 1,
                CellState::Unscored => finding.unscored += 1,
                CellState::UnscoredUnreadable => {
                    finding.unscored += 1;
                    finding.unreadable += 1;
                }
                CellState::Failed(kind) => *failures.entry(kind).or_default() += 1,
                CellState::Scored
                | CellState::Truncated
                | CellState::Pending
                | CellState::Running => {}
            }
            if cell.state.is_answered() || cell.state.is_unscored() {
                // Answers out of a batch have no time of their own.
                if cell.latency_ms > 0.0 {
                    latencies.push(f64::from(cell.latency_ms));
                }
                calls += 1;
                finding.prompt_tokens += f64::from(cell.prompt_tokens);
                finding.cached_tokens += f64::from(cell.cached_tokens);
                finding.completion_tokens += f64::from(cell.completion_tokens);
            }
        }
    }
    finding.failed = failures.values().sum();
    finding.failures = failures.into_iter().collect();
    finding.failures.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    let calls = calls.max(1) as f64;
    finding.prompt_tokens /= calls;
    finding.cached_tokens /= calls;
    finding.completion_tokens /= calls;
    latencies.sort_unstable_by(f64::total_cmp);
    finding.latency_p50_ms = quantile(&latencies, 0.5);
    finding.latency_p95_ms = quantile(&latencies, 0.95);
    finding
}
