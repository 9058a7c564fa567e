//! From the cells of a grid to findings.

use super::{
    Analysis, AnalysisSpec, RowFindings, Unavailable, VariantFinding,
    draws::{Draws, SharedDraws},
    effects::axis_effects,
    rows::row_findings,
    summary::{best, overall, spread},
    table::{Table, TableShape},
    variance_components::{next_calls, variance_shares},
    variants::variant_findings,
};
use crate::outcome::Grid;

/// With fewer clusters, resamples are too similar.
const FEW_CLUSTERS: usize = 10;

pub fn analyse(grid: &Grid, spec: &AnalysisSpec) -> Analysis {
    let (mut analysis, table) = compare_variants(grid, spec);
    // After the table, which is as large as the findings of a million rows, is gone.
    let of_rows = row_findings(grid, spec);
    analysis.agreement = of_rows.agreement;
    analysis.sensitivity = of_rows.sensitivity;
    analysis.rows = of_rows.rows;
    for (variant, consensus) in of_rows.consensus {
        analysis.variants[variant].consensus = consensus;
    }
    analysis.needs = needs(&analysis, table, spec);
    analysis
}

/// Everything that is computed from the table of scores, and what its shape was.
fn compare_variants(grid: &Grid, spec: &AnalysisSpec) -> (Analysis, TableShape) {
    let resample = spec.resample();
    let table = Table::new(grid, spec);
    let shared = table.shared();
    let base = |table: &Table| table.column_of.get(spec.baseline).copied().flatten();
    let of_shared = SharedDraws::new(&table, &shared, resample);
    let whole = |shared: &[usize]| shared.len() == grid.rows();
    let draws = Draws::new(&table, base(&table), &of_shared, whole(&shared), resample);
    let mut variants = variant_findings(grid, &table, &draws, spec, resample);
    let cut: Vec<usize> = (0..variants.len())
        .filter(|v| variants[*v].truncation.is_excessive)
        .collect();
    if cut.is_empty() {
        return together(grid, &table, &shared, &of_shared, variants, spec);
    }
    // What is said of all variants together is said of those that can be compared.
    drop(draws);
    let table = Table::without(grid, spec, &cut);
    let shared = table.shared();
    let of_shared = SharedDraws::new(&table, &shared, resample);
    let draws = Draws::new(&table, base(&table), &of_shared, whole(&shared), resample);
    let best = draws.best();
    for (finding, column) in variants.iter_mut().zip(&table.column_of) {
        finding.p_best = column.map_or(0.0, |c| best[c]);
    }
    together(grid, &table, &shared, &of_shared, variants, spec)
}

/// The findings on all variants of a table together; those of rows are still to come.
fn together(
    grid: &Grid,
    table: &Table,
    shared: &[usize],
    of_shared: &SharedDraws,
    variants: Vec<VariantFinding>,
    spec: &AnalysisSpec,
) -> (Analysis, TableShape) {
    let resample = spec.resample();
    let full = table.full(shared);
    let sources = if full.len() == shared.len() {
        variance_shares(table, &full, of_shared)
    } else {
        variance_shares(table, &full, &SharedDraws::new(table, &full, resample))
    };
    let analysis = Analysis {
        spread: spread(table, shared, resample),
        best: best(table, shared, &variants, spec),
        overall: overall(table, shared),
        next: sources
            .as_ref()
            .map(|(_, found)| next_calls(table, full.len(), found)),
        components: sources.map(|(shares, _)| shares),
        effects: axis_effects(grid, table, shared, of_shared, spec, resample),
        agreement: None,
        sensitivity: None,
        rows: RowFindings::new(0, 0),
        shared_rows: if table.columns() > 0 { shared.len() } else { 0 },
        variants,
        needs: Vec::new(),
    };
    (analysis, table.shape())
}

/// Figures that could not be computed, and what they need.
fn needs(analysis: &Analysis, table: TableShape, spec: &AnalysisSpec) -> Vec<Unavailable> {
    let mut all = Vec::new();
    let mut need = |missing: bool, figure: &'static str, needs: &str| {
        if missing {
            all.push(Unavailable {
                figure,
                needs: needs.to_owned(),
            });
        }
    };
    let is_scored = |f: &VariantFinding| f.score.is_some();
    let unscored = analysis.is_unscored();
    need(
        !analysis.variants.iter().any(is_scored),
        "score",
        match unscored {
            true => "an answer with a score",
            false => "at least one answer",
        },
    );
    // Where answers were cut, no number of rows helps.
    let few = table.columns < 2 && analysis.variants.iter().any(|f| f.truncation.is_excessive);
    let or_uncut = |needs: &'static str| match few {
        true => "at least two variants with few answers cut at max_tokens",
        false => needs,
    };
    need(
        analysis.spread.is_none(),
        "spread",
        or_uncut("at least two variants with scores on the same row"),
    );
    need(
        analysis.best.is_none(),
        "best",
        or_uncut("at least two variants with scores on the same four rows"),
    );
    need(
        analysis.components.is_none(),
        "components",
        "at least two variants with all samples on the same two rows",
    );
    need(
        table.samples < 2,
        "repeats",
        "at least two samples per cell (--samples 2)",
    );
    need(
        analysis.agreement.is_none(),
        "agreement",
        "at least two variants whose answers to the same row are read",
    );
    need(
        table.clustered && table.units < FEW_CLUSTERS,
        "clusters",
        "at least ten clusters of rows for reliable intervals and p values",
    );
    need(
        !spec.axes.is_empty() && analysis.effects.axes.is_empty(),
        "axes",
        "at least two levels of an axis with scores on the same two rows",
    );
    if unscored {
        // What compares scores needs scores first.
        all.retain(|need| ["score", "agreement"].contains(&need.figure));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        analysis::Verdict,
        outcome::{Cell, CellState},
    };

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
                        truncated: false,
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
    fn answers_that_nothing_was_compared_with_agree_or_cannot_be_read() {
        let mut grid = Grid::new(3, 4, 1);
        for (v, answers) in ["aab?", "aab?", "abb?"].iter().enumerate() {
            for (row, answer) in answers.chars().enumerate() {
                let read = (answer != '?').then(|| grid.intern(&answer.to_string()));
                let cell = Cell {
                    state: match read {
                        Some(_) => CellState::Unscored,
                        None => CellState::UnscoredUnreadable,
                    },
                    score: None,
                    answer: read,
                    truncated: false,
                    latency_ms: 10.0,
                    prompt_tokens: 5,
                    cached_tokens: 0,
                    completion_tokens: 1,
                };
                grid.set(v, row, 0, cell);
            }
        }
        let found = analyse(&grid, &AnalysisSpec::default());
        assert!(found.is_unscored() && found.spread.is_none());
        // Of twelve pairs ten agree, those that cannot be read among them.
        assert!((found.agreement.unwrap().raw - 10.0 / 12.0).abs() < 1e-12);
        let figures = found
            .variants
            .iter()
            .map(|f| (f.consensus.unwrap(), f.unreadable, f.unscored));
        // On the second row the others of the first two differ: each answer is half of what is most frequent.
        assert_eq!(
            figures.collect::<Vec<_>>(),
            [(0.875, 1, 4), (0.875, 1, 4), (0.75, 1, 4)]
        );
        assert_eq!(found.rows.by_entropy(), [1]);
        let needs: Vec<&str> = found.needs.iter().map(|need| need.figure).collect();
        assert_eq!(needs, ["score"]);
    }

    #[test]
    fn a_clear_winner_is_better_and_a_twin_is_not() {
        let base = "10".repeat(20);
        let good = "1".repeat(40);
        let analysis = analyse(&grid(&[&base, &good, &base]), &AnalysisSpec::default());
        assert_eq!(analysis.variants[0].verdict, Verdict::Baseline);
        assert_eq!(analysis.variants[1].verdict, Verdict::Better);
        // Forty rows without a flip may hide a difference of more than two points: z²/(n + z²) of 133 rows does not.
        assert_eq!(
            analysis.variants[2].verdict,
            Verdict::Undecided {
                more_rows: Some(93)
            }
        );
        let d = analysis.variants[1].difference.as_ref().unwrap();
        assert_eq!(
            (d.changes.fixed, d.changes.broken, d.interval.value),
            (20, 0, 0.5)
        );
        assert!((d.p - 2.0f64.powi(-19)).abs() < 1e-12 && d.p_adjusted == 2.0 * d.p);
        assert_eq!(analysis.best.as_ref().unwrap().variant, 1);
        assert!(analysis.variants[1].p_best > 0.99);
    }

    #[test]
    fn a_twin_on_many_rows_is_equivalent() {
        let base = "110".repeat(50);
        let analysis = analyse(&grid(&[&base, &base]), &AnalysisSpec::default());
        assert_eq!(analysis.variants[1].verdict, Verdict::Equivalent);
        let d = analysis.variants[1].difference.as_ref().unwrap();
        assert!(d.interval.low < 0.0 && d.interval.high > 0.0, "{d:?}");
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
    fn an_interval_that_would_decide_alone_is_told_apart_from_the_adjusted_verdict() {
        let base = "0".repeat(6) + &"10".repeat(17);
        let up = "1".repeat(6) + &"10".repeat(17);
        let one = analyse(&grid(&[&base, &up]), &AnalysisSpec::default());
        assert_eq!(one.variants[1].verdict, Verdict::Better);
        let many = analyse(&grid(&[&base, &up, &base, &base]), &AnalysisSpec::default());
        let found = &many.variants[1];
        assert!(
            matches!(found.verdict, Verdict::Undecided { .. }),
            "{found:?}"
        );
        let d = found.difference.as_ref().unwrap();
        assert!(d.is_lost_by_adjusting() && d.comparisons == 3);
        // What is identical to the baseline is no comparison.
        let spec = AnalysisSpec {
            identical: vec![0, 1, 0, 0],
            ..AnalysisSpec::default()
        };
        let twins = analyse(&grid(&[&base, &up, &base, &base]), &spec);
        assert_eq!(twins.variants[1].verdict, Verdict::Better);
        assert_eq!(twins.variants[2].verdict, Verdict::Identical);
    }

    #[test]
    fn few_clusters_promise_no_verdict_from_more_rows() {
        let spec = AnalysisSpec {
            clusters: (0..40).map(|row| row % 4).collect(),
            ..AnalysisSpec::default()
        };
        let analysis = analyse(&grid(&[&"10".repeat(20), &"1".repeat(40)]), &spec);
        let verdict = &analysis.variants[1].verdict;
        assert_eq!(*verdict, Verdict::Undecided { more_rows: None });
        assert!(analysis.needs.iter().any(|n| n.figure == "clusters"));
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
