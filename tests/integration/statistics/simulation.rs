//! Simulations with a fixed seed: coverage, false findings, planted components and effects. Short forms; `benches/statistics.rs`
//! has the long ones.

use super::grids::{Draw, drawn, spec};
use wording::{
    analysis::{AnalysisSpec, AxisLevels, Interval, Verdict, analyse},
    stats::*,
};

fn covers(interval: (f64, f64), truth: f64) -> f64 {
    f64::from(u8::from(interval.0 <= truth && truth <= interval.1))
}

fn inside(share: f64) {
    assert!(
        (0.935..=0.965).contains(&share),
        "covers {:.1} %",
        share * 100.0
    );
}

#[test]
fn intervals_by_formula_cover_as_they_say() {
    let mut draw = Draw(1);
    let (mut wilson_covers, mut tango_covers, mut newcombe_covers) = (0.0, 0.0, 0.0);
    const TIMES: usize = 6_000;
    for _ in 0..TIMES {
        let k: f64 = (0..150).map(|_| draw.coin(0.7)).sum();
        wilson_covers += covers(wilson(k, 150.0), 0.7);
        // A pair: first right alone with 0.15, second alone with 0.09.
        let (mut b, mut c) = (0.0, 0.0);
        for _ in 0..150 {
            let u = draw.unit();
            b += f64::from(u8::from(u < 0.15));
            c += f64::from(u8::from((0.15..0.24).contains(&u)));
        }
        tango_covers += covers(tango(b, c, 150.0, Z95), 0.06);
        let other: f64 = (0..120).map(|_| draw.coin(0.55)).sum();
        newcombe_covers += covers(newcombe(k, 150.0, other, 120.0), 0.15);
    }
    for share in [wilson_covers, tango_covers, newcombe_covers] {
        inside(share / TIMES as f64);
    }
}

#[test]
fn bootstrap_intervals_cover_as_they_say() {
    const TIMES: usize = 800;
    let mut draw = Draw(2);
    let (mut score, mut difference) = (0.0, 0.0);
    for _ in 0..TIMES {
        let mut rows = Vec::new();
        for _ in 0..80 {
            let hard = draw.normal() * 0.1;
            rows.push([
                0.6 + hard + draw.normal() * 0.05,
                0.63 + hard + draw.normal() * 0.05,
            ]);
        }
        let grid = drawn(2, 80, 1, |v, r, _| rows[r][v]);
        let found = analyse(&grid, &spec(400));
        let ends = |i: &Interval| (i.low, i.high);
        score += covers(ends(&found.variants[0].score.unwrap()), 0.6);
        difference += covers(
            ends(&found.variants[1].difference.as_ref().unwrap().interval),
            0.03,
        );
    }
    inside(score / TIMES as f64);
    inside(difference / TIMES as f64);
}

#[test]
fn equal_variants_have_a_uniform_p_of_their_spread() {
    const TIMES: usize = 200;
    let mut draw = Draw(3);
    let mut p: Vec<f64> = (0..TIMES)
        .map(|i| {
            let mut rows = Vec::new();
            for _ in 0..60 {
                let hard = draw.normal() * 0.2;
                rows.push([0; 5].map(|_| 0.5 + hard + draw.normal() * 0.1));
            }
            let matrix = Matrix::from_fn(60, 5, |u, c| rows[u][c]);
            let resample = ResampleSpec {
                draws: 199,
                seed: i as u64,
                threads: 2,
            };
            spread_exchangeable(&matrix, 60.0, resample).unwrap().p
        })
        .collect();
    p.sort_by(f64::total_cmp);
    // Kolmogorov and Smirnov, at 1 %.
    let n = TIMES as f64;
    let distance = p
        .iter()
        .enumerate()
        .map(|(i, p)| (p - i as f64 / n).abs().max((p - (i + 1) as f64 / n).abs()))
        .fold(0.0, f64::max);
    assert!(distance < 1.63 / n.sqrt(), "{distance}");
}

#[test]
fn equal_variants_are_seldom_called_better_or_worse() {
    let mut draw = Draw(4);
    for (samples, times) in [(1, 100), (2, 40)] {
        let mut wrong = 0;
        for _ in 0..times {
            let hard: Vec<f64> = (0..60).map(|_| 0.4 + 0.5 * draw.unit()).collect();
            let grid = drawn(10, 60, samples, |_, r, _| draw.coin(hard[r]));
            let found = analyse(&grid, &spec(199));
            wrong += usize::from(found.variants.iter().any(|f| f.verdict == Verdict::Better));
        }
        assert!(
            wrong as f64 <= 0.05 * f64::from(times) + 2.0,
            "{wrong} of {times} families"
        );
    }
}

#[test]
fn planted_components_are_recovered() {
    let (variants, rows) = (10, 200);
    // Variant effects of variance 1 exactly: rows are what the intervals are about.
    let spread: Vec<f64> = (0..variants).map(|v| v as f64 - 4.5).collect();
    let size = (spread.iter().map(|x| x * x).sum::<f64>() / 9.0).sqrt();
    let mut draw = Draw(5);
    let item: Vec<f64> = (0..rows).map(|_| 2.0 * draw.normal()).collect();
    let both: Vec<f64> = (0..rows * variants).map(|_| draw.normal()).collect();
    const UNIT: f64 = 0.02;
    let grid = drawn(variants, rows, 3, |v, r, _| {
        let noise = 2f64.sqrt() * draw.normal();
        0.5 + UNIT * (spread[v] / size + item[r] + both[v * rows + r] + noise)
    });
    let found = analyse(&grid, &spec(600)).components.unwrap();
    let parts = [
        found.variant,
        found.row,
        found.variant_row,
        found.sample.unwrap(),
    ];
    for (part, planted) in parts.iter().zip([1.0, 4.0, 1.0, 2.0]) {
        let planted = planted * UNIT * UNIT;
        assert!(
            part.low <= planted && planted <= part.high,
            "{part:?} {planted}"
        );
    }
    assert!(!found.truncated && found.rows == rows);
}

#[test]
fn planted_axis_effects_are_found_and_null_axes_are_not() {
    const TIMES: u32 = 30;
    let cells: Vec<[usize; 3]> = (0..12).map(|v| [v % 2, v / 2 % 3, v / 6]).collect();
    let axes: Vec<AxisLevels> = [("real", 2), ("null", 3), ("idle", 2)]
        .iter()
        .enumerate()
        .map(|(a, (name, levels))| AxisLevels {
            name: (*name).into(),
            levels: (0..*levels).map(|l| l.to_string()).collect(),
            level_of: cells.iter().map(|c| c[a]).collect(),
        })
        .collect();
    let mut draw = Draw(6);
    let (mut hits, mut false_alarms) = (0, 0);
    for _ in 0..TIMES {
        // Each level of the null axis suits other rows, and none is better.
        let taste: Vec<f64> = (0..80 * 3).map(|_| 0.15 * draw.normal()).collect();
        let hard: Vec<f64> = (0..80).map(|_| 0.55 + 0.15 * draw.normal()).collect();
        let grid = drawn(12, 80, 1, |v, r, _| {
            draw.coin(
                hard[r] + taste[r * 3 + cells[v][1]] + if cells[v][0] == 1 { 0.14 } else { 0.0 },
            )
        });
        let found = analyse(
            &grid,
            &AnalysisSpec {
                axes: axes.clone(),
                ..spec(299)
            },
        )
        .effects;
        assert_eq!(
            (
                found.axes.len(),
                found.interactions.len(),
                found.inseparable.len()
            ),
            (3, 3, 0)
        );
        hits += u32::from(found.axes[0].p_adjusted < 0.05);
        false_alarms += u32::from(found.axes[1..].iter().any(|a| a.p_adjusted < 0.05));
        let levels = &found.axes[0].levels;
        assert!((levels[0].effect.value + levels[1].effect.value).abs() < 1e-9);
    }
    assert!(hits >= TIMES * 9 / 10, "{hits} of {TIMES}");
    assert!(false_alarms <= TIMES / 10, "{false_alarms} of {TIMES}");
}
