//! Speed of the statistics, and long simulations of what they promise.
//!
//! `cargo bench --bench statistics [-- PART…]`, a part being speed, live, analysis or simulations; timings are the
//! least of several, as other work on the machine only adds to them. The analysis is measured in processes of its own, so
//! that the memory is that of the analysis and its grid alone.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench tells what it measured, and fails loudly"
)]

#[path = "../tests/integration/statistics/grids.rs"]
mod grids;

use grids::{Draw, drawn, spec};
use std::{
    hint::black_box,
    time::{Duration, Instant},
};
use wording::{
    analysis::{AnalysisSpec, Live, Verdict, analyse},
    outcome::Grid,
    stats::*,
};

fn least(times: usize, mut work: impl FnMut()) -> Duration {
    (0..times)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .min()
        .unwrap()
}

fn coins(variants: usize, rows: usize) -> Grid {
    let mut draw = Draw(9);
    let hard: Vec<f64> = (0..rows).map(|_| draw.unit()).collect();
    drawn(variants, rows, 1, |v, r, _| {
        draw.coin(0.4 + 0.4 * hard[r] + 0.005 * v as f64)
    })
}

/// Most memory that this process ever held, MiB; Linux only.
fn peak_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kib = status
        .lines()
        .find_map(|l| l.strip_prefix("VmHWM:"))
        .and_then(|l| l.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or(f64::NAN) / 1024.0
}

/// The argument by which a process is told to analyse one grid and nothing else.
const ANALYSE: &str = "--analyse-rows";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let threads = machine_threads();
    if let [first, rows] = arguments.as_slice()
        && first == ANALYSE
    {
        return analysis_of(20, rows.parse().unwrap(), threads);
    }
    let named: Vec<&String> = arguments.iter().filter(|a| !a.starts_with('-')).collect();
    let wanted = |part: &str| named.is_empty() || named.iter().any(|name| *name == part);
    println!("threads: {threads}");
    if wanted("speed") {
        speed(threads);
    }
    if wanted("live") {
        live();
    }
    if wanted("analysis") {
        analysis();
    }
    if wanted("simulations") {
        simulations(threads);
    }
}

fn speed(threads: usize) {
    let mut draw = Draw(1);
    let values: Vec<f64> = (0..20_000).map(|_| draw.unit()).collect();
    let matrix = Matrix::from_fn(1_000, 20, |u, c| values[u * 20 + c]);
    for threads in [1, threads] {
        let spec = ResampleSpec {
            draws: 10_000,
            seed: 7,
            threads,
        };
        let time = least(7, || {
            black_box(resample_sums(&matrix, spec));
        });
        println!(
            "bootstrap 10,000 x 20 x 1,000, {threads} thread(s): {time:.1?} (bound: 100 ms on two)"
        );
    }
}

fn live() {
    let (variants, rows) = (20, 100_000);
    let mut live = Live::new(variants, rows, 0);
    let mut draw = Draw(2);
    for r in 0..rows / 2 {
        for v in 0..variants {
            live.add(v, r, draw.coin(0.6));
        }
    }
    let mut next = rows / 2;
    let time = least(20, || {
        for _ in 0..50 {
            for v in 0..variants {
                live.add(v, next, draw.coin(0.6));
            }
            next += 1;
        }
        for v in 0..variants {
            black_box(live.variant(v));
        }
    });
    println!(
        "1,000 new scores into a live grid of 20 x 100,000, and all figures read: {time:.1?} (bound: 10 ms)"
    );
}

fn analysis() {
    for rows in [1_000, 100_000] {
        let this = std::env::current_exe().unwrap();
        let status = std::process::Command::new(this)
            .args([ANALYSE, &rows.to_string()])
            .status()
            .unwrap();
        assert!(status.success());
    }
}

fn analysis_of(variants: usize, rows: usize, threads: usize) {
    let grid = coins(variants, rows);
    let before = peak_mib();
    let spec = AnalysisSpec {
        threads,
        ..AnalysisSpec::default()
    };
    let time = least(if rows > 10_000 { 3 } else { 5 }, || {
        black_box(analyse(&grid, &spec));
    });
    println!(
        "analysis of {variants} x {rows} x 1: {time:.2?}, peak {:.0} MiB, of which its grid and making it {before:.0} (bounds at 100,000: 5 s, 200 MiB)",
        peak_mib()
    );
}

fn simulations(threads: usize) {
    let covers = |ends: (f64, f64), truth: f64| u32::from(ends.0 <= truth && truth <= ends.1);
    let mut draw = Draw(3);
    for rows in [30, 60, 200] {
        const TIMES: u32 = 4_000;
        let (mut score, mut difference, mut graded) = (0, 0, 0);
        for _ in 0..TIMES {
            let hard: Vec<f64> = (0..rows).map(|_| 0.3 + 0.6 * draw.unit()).collect();
            let grid = drawn(2, rows, 1, |v, r, _| draw.coin(hard[r] + 0.05 * v as f64));
            let spec = AnalysisSpec {
                threads,
                ..spec(1_000)
            };
            let found = analyse(&grid, &spec);
            let s = found.variants[0].score.unwrap();
            score += covers((s.low, s.high), 0.6);
            let d = found.variants[1].difference.as_ref().unwrap().interval;
            difference += covers((d.low, d.high), 0.05);
            let grid = drawn(2, rows, 1, |v, r, _| {
                0.3 + 0.2 * hard[r] + 0.05 * v as f64 + 0.1 * draw.normal()
            });
            let d = analyse(&grid, &spec).variants[1]
                .difference
                .clone()
                .unwrap()
                .interval;
            graded += covers((d.low, d.high), 0.05);
        }
        let share = |n: u32| 100.0 * f64::from(n) / f64::from(TIMES);
        println!(
            "coverage at {rows} rows: score {:.1} %, difference {:.1} %, graded difference {:.1} % (wanted 93.5 to 96.5)",
            share(score),
            share(difference),
            share(graded)
        );
    }
    for samples in [1, 3] {
        const FAMILIES: u32 = 1_000;
        let mut wrong = 0;
        for _ in 0..FAMILIES {
            let hard: Vec<f64> = (0..100).map(|_| 0.3 + 0.6 * draw.unit()).collect();
            let grid = drawn(10, 100, samples, |_, r, _| draw.coin(hard[r]));
            let spec = AnalysisSpec {
                threads,
                ..spec(999)
            };
            let found = analyse(&grid, &spec);
            wrong += u32::from(found.variants.iter().any(|f| f.verdict == Verdict::Better));
        }
        println!(
            "ten equal variants, {samples} sample(s): some are called better in {:.1} % of families (bound: 5 %)",
            100.0 * f64::from(wrong) / f64::from(FAMILIES)
        );
    }
}
