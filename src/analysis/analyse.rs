//! From the cells of a grid to findings.

use super::{Analysis, Best, Difference, Interval, Spread, VariantFinding, Verdict};
use crate::{
    model::{CellState, Grid},
    stats::{Resampler, Unit, holm, mcnemar_exact, quantile, sign_flip, spread_null, wilson},
};
use rand::seq::SliceRandom;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

/// What the analysis needs to know beside the scores.
#[derive(Debug, Clone)]
pub struct AnalysisSpec {
    /// Index of the baseline variant.
    pub baseline: usize,
    /// Cluster of each row, as small numbers; empty where rows stand alone.
    pub clusters: Vec<u32>,
    /// Seed of the resamples.
    pub seed: u64,
    /// Number of resamples.
    pub resamples: usize,
    /// Margin for equivalence, as a score.
    pub margin: f64,
}

impl Default for AnalysisSpec {
    fn default() -> Self {
        AnalysisSpec {
            baseline: 0,
            clusters: Vec::new(),
            seed: 7,
            resamples: 10_000,
            margin: 0.02,
        }
    }
}

impl AnalysisSpec {
    /// Clusters by name as small numbers.
    pub fn cluster_numbers(names: &[String]) -> Vec<u32> {
        let mut known: std::collections::HashMap<&str, u32> = std::collections::HashMap::new();
        names
            .iter()
            .map(|name| {
                let next = known.len() as u32;
                *known.entry(name).or_insert(next)
            })
            .collect()
    }
}

/// Mean score over the samples of a cell; NaN where no sample was answered.
fn cell_mean(grid: &Grid, v: usize, row: usize) -> f64 {
    let (mut sum, mut n) = (0.0, 0.0);
    for sample in 0..grid.samples() {
        if let Some(score) = grid.cell(v, row, sample).score {
            sum += f64::from(score);
            n += 1.0;
        }
    }
    sum / n
}

/// Analyse a grid.
pub fn analyse(grid: &Grid, spec: &AnalysisSpec) -> Analysis {
    let (variants, rows) = (grid.variants(), grid.rows());
    let means: Vec<Vec<f64>> = (0..variants)
        .map(|v| (0..rows).map(|r| cell_mean(grid, v, r)).collect())
        .collect();
    let base = &means[spec.baseline.min(variants.saturating_sub(1))];
    let differences: Vec<Vec<f64>> = means
        .iter()
        .map(|of| of.iter().zip(base).map(|(a, b)| a - b).collect())
        .collect();
    let clustered = spec.clusters.len() == rows;
    let units = units(
        &means,
        &differences,
        if clustered { &spec.clusters } else { &[] },
    );
    let draws = if units.is_empty() {
        Vec::new()
    } else {
        Resampler::new(&units, spec.seed).means(spec.resamples)
    };
    let binary = grid.samples() == 1
        && !clustered
        && means.iter().flatten().all(|x| !(*x > 0.0 && *x < 1.0));
    let p_best = p_best(&draws[..variants.min(draws.len())], spec.resamples);
    let mut findings: Vec<VariantFinding> = (0..variants)
        .map(|v| {
            let mut finding = counts(grid, v);
            finding.p_best = p_best.get(v).copied().unwrap_or(0.0);
            finding.n = means[v].iter().filter(|x| x.is_finite()).count();
            if finding.n > 0 {
                let sum: f64 = means[v].iter().filter(|x| x.is_finite()).sum();
                let (low, high) = if binary {
                    wilson(sum, finding.n as f64)
                } else {
                    percentiles(&draws[v], 0.025)
                };
                finding.score = Some(Interval {
                    value: sum / finding.n as f64,
                    low,
                    high,
                });
            }
            if v != spec.baseline {
                finding.difference = difference(
                    grid,
                    spec,
                    v,
                    &differences[v],
                    draws.get(variants + v),
                    binary,
                    clustered,
                );
                finding.verdict = Verdict::Undecided { more_rows: None };
            }
            finding
        })
        .collect();
    let compared: Vec<usize> = (0..variants)
        .filter(|&v| findings[v].difference.is_some())
        .collect();
    let p: Vec<f64> = compared
        .iter()
        .filter_map(|&v| findings[v].difference.as_ref().map(|d| d.p))
        .collect();
    for (&v, adjusted) in compared.iter().zip(holm(&p)) {
        if let Some(d) = &mut findings[v].difference {
            d.p_adjusted = adjusted;
            let narrow = draws
                .get(variants + v)
                .map_or((f64::NAN, f64::NAN), |draws| percentiles(draws, 0.05));
            findings[v].verdict = verdict(d, narrow, &differences[v], spec.margin);
        }
    }
    let scored = findings.iter().filter(|f| f.score.is_some()).count();
    let spread = (scored >= 2)
        .then(|| spread_null(&means, spec.resamples.min(5_000), spec.seed))
        .flatten()
        .map(|(value, null_95, p)| Spread { value, null_95, p });
    Analysis {
        best: best(&means, &findings, spec.seed),
        variants: findings,
        spread,
    }
}

/// Statistics of each unit: the mean of every variant, then its difference to the baseline.
fn units(means: &[Vec<f64>], differences: &[Vec<f64>], clusters: &[u32]) -> Vec<Unit> {
    let rows = means.first().map_or(0, Vec::len);
    let size = if clusters.is_empty() {
        rows
    } else {
        clusters.iter().max().map_or(0, |m| *m as usize + 1)
    };
    let mut units = vec![
        Unit {
            parts: vec![(0.0, 0.0); means.len() * 2]
        };
        size
    ];
    for row in 0..rows {
        let unit = &mut units[clusters.get(row).map_or(row, |c| *c as usize)];
        for (part, of) in unit.parts.iter_mut().zip(means.iter().chain(differences)) {
            if of[row].is_finite() {
                part.0 += of[row];
                part.1 += 1.0;
            }
        }
    }
    // Rows that nobody has answered yet would only make draws empty.
    units.retain(|unit| unit.parts.iter().any(|p| p.1 > 0.0));
    units
}

fn percentiles(draws: &[f64], tail: f64) -> (f64, f64) {
    let mut sorted: Vec<f64> = draws.iter().copied().filter(|x| x.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    (quantile(&sorted, tail), quantile(&sorted, 1.0 - tail))
}

fn p_best(draws: &[Vec<f64>], resamples: usize) -> Vec<f64> {
    let mut wins = vec![0.0; draws.len()];
    for d in 0..resamples {
        let at = |v: usize| draws[v].get(d).copied().filter(|x| x.is_finite());
        let Some(most) = (0..draws.len()).filter_map(at).reduce(f64::max) else {
            continue;
        };
        let winners: Vec<usize> = (0..draws.len())
            .filter(|&v| at(v).is_some_and(|x| x >= most - 1e-12))
            .collect();
        for v in &winners {
            wins[*v] += 1.0 / winners.len() as f64;
        }
    }
    wins.iter().map(|w| w / resamples.max(1) as f64).collect()
}

fn difference(
    grid: &Grid,
    spec: &AnalysisSpec,
    v: usize,
    differences: &[f64],
    draws: Option<&Vec<f64>>,
    binary: bool,
    clustered: bool,
) -> Option<Difference> {
    let shared: Vec<f64> = differences
        .iter()
        .copied()
        .filter(|d| d.is_finite())
        .collect();
    if shared.is_empty() {
        return None;
    }
    let (mut fixed, mut broken, mut churn) = (0, 0, 0);
    for (row, d) in differences.iter().enumerate() {
        if !d.is_finite() {
            continue;
        }
        match d {
            d if *d > 1e-9 => fixed += 1,
            d if *d < -1e-9 => broken += 1,
            _ => {
                let (a, b) = (grid.cell(v, row, 0), grid.cell(spec.baseline, row, 0));
                if a.score.is_some_and(|s| s < 1.0) && a.answer != b.answer {
                    churn += 1;
                }
            }
        }
    }
    let p = if binary {
        mcnemar_exact(fixed, broken)
    } else if clustered {
        let groups = spec.clusters.iter().max().map_or(0, |m| *m as usize + 1);
        let mut sums = vec![0.0; groups];
        for (row, d) in differences
            .iter()
            .enumerate()
            .filter(|(_, d)| d.is_finite())
        {
            sums[spec.clusters[row] as usize] += d;
        }
        sign_flip(&sums, spec.resamples, spec.seed.wrapping_add(v as u64))
    } else {
        sign_flip(&shared, spec.resamples, spec.seed.wrapping_add(v as u64))
    };
    let (low, high) = draws.map_or((f64::NAN, f64::NAN), |draws| percentiles(draws, 0.025));
    let value = shared.iter().sum::<f64>() / shared.len() as f64;
    Some(Difference {
        interval: Interval { value, low, high },
        p,
        p_adjusted: p,
        rows: shared.len(),
        fixed,
        broken,
        churn,
    })
}

fn verdict(d: &Difference, narrow: (f64, f64), differences: &[f64], margin: f64) -> Verdict {
    let Interval { value, low, high } = d.interval;
    if d.p_adjusted < 0.05 && (low > 0.0 || high < 0.0) {
        return if value > 0.0 {
            Verdict::Better
        } else {
            Verdict::Worse
        };
    }
    // Two one-sided tests at 5 % are the same as a 90 % interval within the margin.
    if narrow.0 > -margin && narrow.1 < margin {
        return Verdict::Equivalent;
    }
    let shared: Vec<f64> = differences
        .iter()
        .copied()
        .filter(|x| x.is_finite())
        .collect();
    let n = shared.len() as f64;
    let variance = shared.iter().map(|x| (x - value).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
    // Rows for 80 % power at a two-sided 5 %, for the difference seen or the margin, whichever is larger.
    let effect = value.abs().max(margin);
    let needed = ((1.96 + 0.84) / effect).powi(2) * variance;
    let more = (needed - n).ceil();
    Verdict::Undecided {
        more_rows: (variance > 0.0 && more >= 1.0).then_some(more as usize),
    }
}

fn counts(grid: &Grid, v: usize) -> VariantFinding {
    let mut finding = VariantFinding {
        score: None,
        n: 0,
        difference: None,
        p_best: 0.0,
        unreadable: 0,
        refused: 0,
        truncated: 0,
        failed: 0,
        latency_p50_ms: None,
        latency_p95_ms: None,
        prompt_tokens: 0.0,
        cached_tokens: 0.0,
        completion_tokens: 0.0,
        verdict: Verdict::Baseline,
    };
    let mut latencies = Vec::new();
    for row in 0..grid.rows() {
        for sample in 0..grid.samples() {
            let cell = grid.cell(v, row, sample);
            match cell.state {
                CellState::Unreadable => finding.unreadable += 1,
                CellState::Refused => finding.refused += 1,
                CellState::Truncated => finding.truncated += 1,
                CellState::Failed(_) => finding.failed += 1,
                CellState::Scored | CellState::Pending | CellState::Running => {}
            }
            if cell.state.is_answered() {
                latencies.push(f64::from(cell.latency_ms));
                finding.prompt_tokens += f64::from(cell.prompt_tokens);
                finding.cached_tokens += f64::from(cell.cached_tokens);
                finding.completion_tokens += f64::from(cell.completion_tokens);
            }
        }
    }
    let calls = latencies.len().max(1) as f64;
    finding.prompt_tokens /= calls;
    finding.cached_tokens /= calls;
    finding.completion_tokens /= calls;
    latencies.sort_by(f64::total_cmp);
    if !latencies.is_empty() {
        finding.latency_p50_ms = Some(quantile(&latencies, 0.5));
        finding.latency_p95_ms = Some(quantile(&latencies, 0.95));
    }
    finding
}

fn best(means: &[Vec<f64>], findings: &[VariantFinding], seed: u64) -> Option<Best> {
    const HALVES: usize = 200;
    let rows = means.first()?.len();
    let mut whole: Vec<usize> = (0..rows)
        .filter(|&r| means.iter().all(|of| of[r].is_finite()))
        .collect();
    if means.len() < 2 || whole.len() < 4 {
        return None;
    }
    let score =
        |v: usize, of: &[usize]| of.iter().map(|&r| means[v][r]).sum::<f64>() / of.len() as f64;
    let top = |of: &[usize]| {
        (1..means.len()).fold(0, |best, v| {
            if score(v, of) > score(best, of) {
                v
            } else {
                best
            }
        })
    };
    let variant = (0..findings.len()).reduce(|best, v| {
        let value = |v: usize| findings[v].score.map_or(f64::NEG_INFINITY, |s| s.value);
        if value(v) > value(best) { v } else { best }
    })?;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut sum = 0.0;
    for _ in 0..HALVES {
        whole.shuffle(&mut rng);
        let (a, b) = whole.split_at(whole.len() / 2);
        sum += score(top(a), b);
    }
    Some(Best {
        variant,
        held_out: sum / HALVES as f64,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Cell;

    fn grid(variants: &[&str]) -> Grid {
        let mut grid = Grid::new(variants.len(), variants[0].len(), 1);
        for (v, marks) in variants.iter().enumerate() {
            for (row, mark) in marks.bytes().enumerate() {
                let score = match mark {
                    b'1' => 1.0,
                    b'0' | b'?' => 0.0,
                    _ => continue,
                };
                let answer = grid.intern(if mark == b'1' { "right" } else { "wrong" });
                grid.set(
                    v,
                    row,
                    0,
                    Cell {
                        state: if mark == b'?' {
                            CellState::Unreadable
                        } else {
                            CellState::Scored
                        },
                        score: Some(score),
                        answer: (mark != b'?').then_some(answer),
                        latency_ms: 10.0,
                        prompt_tokens: 5,
                        cached_tokens: 0,
                        completion_tokens: 1,
                    },
                );
            }
        }
        grid
    }

    #[test]
    fn a_clear_winner_is_better_and_a_twin_is_not() {
        let base = "10".repeat(20);
        let good = "1".repeat(40);
        let analysis = analyse(&grid(&[&base, &good, &base]), &AnalysisSpec::default());
        assert_eq!(analysis.variants[0].verdict, Verdict::Baseline);
        assert_eq!(analysis.variants[1].verdict, Verdict::Better);
        assert_eq!(analysis.variants[2].verdict, Verdict::Equivalent);
        let d = analysis.variants[1].difference.as_ref().unwrap();
        assert_eq!((d.fixed, d.broken, d.interval.value), (20, 0, 0.5));
        assert!((d.p - 2.0f64.powi(-19)).abs() < 1e-12 && d.p_adjusted == 2.0 * d.p);
        assert_eq!(analysis.best.as_ref().unwrap().variant, 1);
        assert!(analysis.variants[1].p_best > 0.99);
    }

    #[test]
    fn few_rows_leave_it_undecided_with_a_number_of_rows() {
        let analysis = analyse(
            &grid(&["1100110011", "1110110011"]),
            &AnalysisSpec::default(),
        );
        assert!(
            matches!(analysis.variants[1].verdict, Verdict::Undecided { more_rows: Some(n) } if n > 20)
        );
    }

    #[test]
    fn unanswered_cells_enter_no_mean_and_unreadable_ones_count_as_wrong() {
        let analysis = analyse(&grid(&["11.0", "1?11"]), &AnalysisSpec::default());
        let score = |v: usize| analysis.variants[v].score.unwrap().value;
        assert!((score(0) - 2.0 / 3.0).abs() < 1e-12 && (score(1) - 0.75).abs() < 1e-12);
        assert_eq!(
            (analysis.variants[0].n, analysis.variants[1].unreadable),
            (3, 1)
        );
        assert_eq!(analysis.variants[1].difference.as_ref().unwrap().rows, 3);
    }

    #[test]
    fn an_empty_grid_has_no_findings_and_no_panic() {
        let analysis = analyse(&Grid::new(2, 3, 1), &AnalysisSpec::default());
        assert_eq!(
            (analysis.variants[0].score, analysis.spread, analysis.best),
            (None, None, None)
        );
    }
}
