//! Changes that must not matter, and grids with almost nothing in them.

use super::grids::{self, grid};
use proptest::prelude::*;
use wording::analysis::{Analysis, AnalysisSpec, analyse};

type Scores = Vec<Vec<Vec<Option<f64>>>>;

fn against(baseline: usize, clusters: Vec<u32>) -> AnalysisSpec {
    AnalysisSpec {
        baseline,
        clusters,
        ..grids::spec(60)
    }
}

/// Grids from empty to full: scores of 0, ½ and 1, some missing.
fn scores(missing: bool) -> impl Strategy<Value = Scores> {
    (1usize..5, 1usize..9, 1usize..4).prop_flat_map(move |(v, r, s)| {
        let cell = (0u8..if missing { 10 } else { 8 }).prop_map(|x| match x {
            0..=3 => Some(1.0),
            4..=6 => Some(0.0),
            7 => Some(0.5),
            _ => None,
        });
        proptest::collection::vec(
            proptest::collection::vec(proptest::collection::vec(cell, s), r),
            v,
        )
    })
}

/// Every figure, in an order that does not depend on where rows stood; `variants` says where each variant went.
fn figures(found: &Analysis, variants: &[usize], rows: &[usize]) -> Vec<f64> {
    let mut all = Vec::new();
    let mut add = |x: Option<f64>| all.push(x.unwrap_or(-99.0));
    for v in variants {
        let f = &found.variants[*v];
        let score = f.score;
        for x in [
            score.map(|s| s.value),
            score.map(|s| s.low),
            score.map(|s| s.high),
            Some(f.p_best),
            Some(f.n as f64),
            Some(f.failed as f64),
        ] {
            add(x);
        }
        let d = f.difference.as_ref();
        for x in [
            d.map(|d| d.interval.value),
            d.map(|d| d.interval.low),
            d.map(|d| d.interval.high),
            d.map(|d| d.p),
            d.map(|d| d.p_adjusted),
            d.map(|d| d.changes.answer_changed as f64),
            d.and_then(|d| d.detectable),
        ] {
            add(x);
        }
    }
    for row in rows {
        let f = found.rows.get(*row).unwrap();
        for x in [
            f.entropy,
            Some(f.profile.fragility()),
            Some(f.profile.correct_samples as f64),
            Some(f.profile.scored_samples as f64),
        ] {
            add(x);
        }
    }
    let spread = found.spread.as_ref();
    let shares = found.components.as_ref();
    for x in [
        spread.map(|s| s.value),
        spread.map(|s| s.null_95),
        spread.map(|s| s.p),
        spread.and_then(|s| s.repeats).map(|r| r.null_95),
        spread.and_then(|s| s.cochran).map(|c| c.p),
        found.best.as_ref().map(|b| b.held_out),
        found.overall.map(|o| o.combined),
        shares.map(|c| c.variant.value),
        shares.map(|c| c.variant.high),
        shares.map(|c| c.row.low),
        shares.map(|c| c.variant_row.value),
        shares.and_then(|c| c.sample).map(|s| s.value),
        found.next.as_ref().map(|n| n.error),
        found.agreement.map(|a| a.raw),
        found.agreement.and_then(|a| a.krippendorff_alpha),
        found.agreement.and_then(|a| a.fleiss_kappa),
        found.sensitivity.map(|s| s.value),
        found.sensitivity.and_then(|s| s.excess),
    ] {
        add(x);
    }
    all
}

fn same(a: &[f64], b: &[f64]) -> Result<(), TestCaseError> {
    prop_assert_eq!(a.len(), b.len());
    for (i, (x, y)) in a.iter().zip(b).enumerate() {
        prop_assert!((x - y).abs() < 1e-6, "figure {}: {} and {}", i, x, y);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_rows_changes_no_figure(scores in scores(true), turn in 0usize..9, clustered in any::<bool>()) {
        let rows = scores[0].len();
        let clusters: Vec<u32> = if clustered { (0..rows as u32).map(|r| r / 2).collect() } else { Vec::new() };
        let order: Vec<usize> = (0..rows).map(|r| (r * (rows - 1).max(1) + turn) % rows).collect();
        let moved: Scores = scores.iter().map(|v| order.iter().map(|r| v[*r].clone()).collect()).collect();
        let moved_clusters = if clustered { order.iter().map(|r| clusters[*r]).collect() } else { Vec::new() };
        let there: Vec<usize> = (0..rows).map(|r| order.iter().position(|o| *o == r).unwrap_or(0)).collect();
        prop_assume!(order.iter().collect::<std::collections::HashSet<_>>().len() == rows);
        let all: Vec<usize> = (0..scores.len()).collect();
        let keys: Vec<u64> = (0..scores.len() as u64).collect();
        let one = analyse(&grid(&scores), &AnalysisSpec { keys: keys.clone(), ..against(0, clusters) });
        let other = analyse(&grid(&moved), &AnalysisSpec { keys, ..against(0, moved_clusters) });
        let plain: Vec<usize> = (0..rows).collect();
        same(&figures(&one, &all, &plain), &figures(&other, &all, &there))?;
    }

    #[test]
    fn the_order_of_variants_changes_no_figure(scores in scores(true), turn in 0usize..5) {
        let n = scores.len();
        let order: Vec<usize> = (0..n).map(|v| (v + turn) % n).collect();
        let moved: Scores = order.iter().map(|v| scores[*v].clone()).collect();
        let there: Vec<usize> = (0..n).map(|v| order.iter().position(|o| *o == v).unwrap_or(0)).collect();
        let rows: Vec<usize> = (0..scores[0].len()).collect();
        let all: Vec<usize> = (0..n).collect();
        let keys = order.iter().map(|v| *v as u64).collect();
        let plain = (0..n as u64).collect();
        let one = analyse(&grid(&scores), &AnalysisSpec { keys: plain, ..against(0, Vec::new()) });
        let other = analyse(&grid(&moved), &AnalysisSpec { keys, ..against(there[0], Vec::new()) });
        same(&figures(&one, &all, &rows), &figures(&other, &there, &rows))?;
    }

    #[test]
    fn no_figure_is_ever_nan(mut scores in scores(true), constant in proptest::option::of(0u8..2)) {
        if let Some(constant) = constant {
            let column = scores[0].iter().map(|r| vec![Some(f64::from(constant)); r.len()]).collect();
            scores.push(column);
        }
        let found = analyse(&grid(&scores), &against(0, Vec::new()));
        let text = format!("{found:?}");
        prop_assert!(!text.contains("NaN") && !text.contains("inf"), "{}", text);
        for (figure, missing) in [
            ("spread", found.spread.is_none()),
            ("best", found.best.is_none()),
            ("components", found.components.is_none()),
            ("agreement", found.agreement.is_none()),
        ] {
            prop_assert_eq!(found.needs.iter().any(|n| n.figure == figure), missing, "{}", figure);
        }
    }

    #[test]
    fn a_copy_of_the_baseline_never_differs(mut scores in scores(false)) {
        scores.push(scores[0].clone());
        let found = analyse(&grid(&scores), &against(0, Vec::new()));
        let d = found.variants.last().and_then(|f| f.difference.clone());
        let d = d.ok_or_else(|| TestCaseError::fail("no difference"))?;
        prop_assert_eq!((d.interval.value, d.p, d.changes.fixed, d.changes.broken, d.changes.answer_changed), (0.0, 1.0, 0, 0, 0));
        prop_assert!(d.interval.low < 0.0 && d.interval.high > 0.0);
    }
}

#[test]
fn threads_change_no_bit() {
    let scores: Scores = (0..4usize)
        .map(|v| {
            (0..70usize)
                .map(|r| vec![Some(f64::from(u8::from((v * 7 + r * r) % 5 > 1)))])
                .collect()
        })
        .collect();
    let with = |threads| {
        analyse(
            &grid(&scores),
            &AnalysisSpec {
                threads,
                ..against(0, Vec::new())
            },
        )
    };
    assert_eq!(with(1), with(4));
}
