//! The worked examples of `docs/statistics.md`, computed again: every line `name arguments → numbers` in a fence `example`.
//!
//! Grids are written a variant a word: `1` right, `0` wrong, `?` unreadable, `!` failed; `.` stands between rows where a cell
//! has several samples. The first variant is the baseline.

use super::grids::grid;
use std::{fs, path::Path};
use wording::{
    analysis::{Analysis, AnalysisSpec, analyse},
    model::FailureKind,
    outcome::{Cell, CellState, Grid},
    stats::*,
};

/// A grid of answers: each letter an answer, scored right where it is the first variant's.
fn answers(words: &[&str]) -> Grid {
    let mut all = Grid::new(words.len(), words[0].len(), 1);
    for (v, word) in words.iter().enumerate() {
        for (row, c) in word.chars().enumerate() {
            let answer = all.intern(&c.to_string());
            let right = words[0].chars().nth(row) == Some(c);
            all.set(
                v,
                row,
                0,
                cell(
                    CellState::Scored,
                    Some(f64::from(u8::from(right))),
                    Some(answer),
                ),
            );
        }
    }
    all
}

fn cell(state: CellState, score: Option<f64>, answer: Option<u32>) -> Cell {
    Cell {
        state,
        score,
        answer,
        truncated: false,
        latency_ms: 1.0,
        prompt_tokens: 1,
        cached_tokens: 0,
        completion_tokens: 1,
    }
}

fn marks(words: &[&str]) -> Grid {
    let scores = |word: &str| -> Vec<Vec<Option<f64>>> {
        let of = |c: char| match c {
            '1' => Some(1.0),
            '0' | '?' => Some(0.0),
            _ => None,
        };
        if word.contains('.') {
            word.split('.')
                .map(|row| row.chars().map(of).collect())
                .collect()
        } else {
            word.chars().map(|c| vec![of(c)]).collect()
        }
    };
    let all: Vec<Vec<Vec<Option<f64>>>> = words.iter().map(|w| scores(w)).collect();
    let mut grid = grid(&all);
    for (v, word) in words.iter().enumerate() {
        for (row, c) in word.chars().enumerate().filter(|_| !word.contains('.')) {
            match c {
                '?' => grid.set(v, row, 0, cell(CellState::Unreadable, Some(0.0), None)),
                '!' => grid.set(
                    v,
                    row,
                    0,
                    cell(CellState::Failed(FailureKind::Timeout), None, None),
                ),
                _ => {}
            }
        }
    }
    grid
}

fn compute(name: &str, words: &[&str]) -> Vec<f64> {
    let numbers = || -> Vec<f64> { words.iter().map(|w| w.parse().unwrap()).collect() };
    let found = || -> Analysis { analyse(&marks(words), &AnalysisSpec::default()) };
    match name {
        "wilson" => {
            let n = numbers();
            let (low, high) = wilson(n[0], n[1]);
            vec![low, high]
        }
        "bootstrap" => {
            let n = numbers();
            let matrix = Matrix::from_fn(n.len(), 1, |u, _| n[u]);
            let spec = ResampleSpec {
                draws: 10_000,
                seed: 7,
                threads: 2,
            };
            let mut means = resample_sums(&matrix, spec).map(|s| s[0] / n.len() as f64);
            let (low, high) = percentiles(&mut means, expanded_tail(0.025, n.len()));
            vec![n.iter().sum::<f64>() / n.len() as f64, low, high]
        }
        "score" => {
            let f = &found().variants[0];
            vec![
                f.score.unwrap().value,
                f.n as f64,
                f.unreadable as f64,
                f.failed as f64,
            ]
        }
        "difference" => {
            let f = found().variants[1].difference.clone().unwrap();
            vec![f.interval.value, f.interval.low, f.interval.high, f.p]
        }
        "flips" => {
            let f = found().variants[1].difference.clone().unwrap();
            vec![f.changes.fixed as f64, f.changes.broken as f64]
        }
        "mcnemar" => vec![mcnemar_exact(
            words[0].parse().unwrap(),
            words[1].parse().unwrap(),
        )],
        "sign-flip" => vec![sign_flip(
            &numbers(),
            ResampleSpec {
                draws: 10_000,
                seed: 7,
                threads: 2,
            },
        )],
        "holm" => holm(&numbers()),
        "benjamini-hochberg" => benjamini_hochberg(&numbers()),
        "identical-rows" => {
            let (low, high) = tango(0.0, 0.0, words[0].parse().unwrap(), Z90);
            vec![low, high]
        }
        "rows-needed" => {
            vec![units_needed(words[0].parse().unwrap(), words[1].parse().unwrap(), 0.05).ceil()]
        }
        "detectable" => vec![detectable(
            words[0].parse().unwrap(),
            words[1].parse().unwrap(),
        )],
        "p-best" => found().variants.iter().map(|f| f.p_best).collect(),
        "spread" => {
            let s = found().spread.unwrap();
            vec![s.value, s.null_95, s.p]
        }
        "cochran" => {
            let c = found().spread.unwrap().cochran.unwrap();
            vec![c.q, c.df as f64, c.p]
        }
        "best" => vec![found().best.unwrap().held_out],
        "overall" => {
            let o = found().overall.unwrap();
            vec![o.average, o.highest, o.saturation, o.combined]
        }
        "components" => {
            let c = found().components.unwrap();
            vec![
                c.variant.value,
                c.row.value,
                c.variant_row.value,
                c.sample.map_or(-1.0, |s| s.value),
            ]
        }
        "next" => {
            let n = found().next.unwrap();
            vec![n.error, n.choices[0].error]
        }
        "effects" => {
            // Means of the four variants of two axes with two levels each.
            let factor = |level_of: [usize; 4]| Factor {
                level_of: level_of.to_vec(),
                levels: 2,
            };
            let effects = main_effects(&[factor([0, 0, 1, 1]), factor([0, 1, 0, 1])]);
            let means = numbers();
            let grand = means.iter().sum::<f64>() / 4.0;
            let total: f64 = means.iter().map(|m| (m - grand).powi(2)).sum();
            effects
                .iter()
                .flat_map(|e| {
                    let high: f64 = e.weights[1].iter().zip(&means).map(|(w, m)| w * m).sum();
                    [high, e.explains(&means) / total]
                })
                .collect()
        }
        "agreement" => {
            let a = analyse(&answers(words), &AnalysisSpec::default())
                .agreement
                .unwrap();
            vec![
                a.raw,
                a.fleiss_kappa.unwrap(),
                a.krippendorff_alpha.unwrap(),
            ]
        }
        "entropy" => {
            let spec = AnalysisSpec {
                classes: Some(2),
                ..AnalysisSpec::default()
            };
            analyse(&answers(words), &spec)
                .rows
                .iter()
                .map(|r| r.entropy.unwrap())
                .collect()
        }
        "labels" => {
            let mut counts = ClassCounts::new(26);
            let class = |letter: u8| (letter != b'?').then(|| usize::from(letter - b'a'));
            for (expected, read) in words[0].bytes().zip(words[1].bytes()) {
                counts.add(class(expected).unwrap(), class(read), 1.0);
            }
            let figures = counts.figures();
            vec![
                figures.macro_f1(),
                figures.weighted_f1(),
                figures.balanced_accuracy(),
                figures.mcc(),
                figures.kappa().unwrap(),
            ]
        }
        "pss" => vec![found().sensitivity.unwrap().value],
        "excess-pss" => vec![found().sensitivity.unwrap().excess.unwrap()],
        other => panic!("no example is called {other}"),
    }
}

#[test]
fn the_examples_of_the_docs_are_true() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/statistics.md");
    let text = fs::read_to_string(path).unwrap();
    let mut seen = 0;
    let examples = text
        .split("```example\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next());
    for line in examples.flat_map(str::lines) {
        let (left, right) = line
            .split_once(" → ")
            .unwrap_or_else(|| panic!("no arrow in {line}"));
        let words: Vec<&str> = left.split_whitespace().collect();
        let found = compute(words[0], &words[1..]);
        let wanted: Vec<&str> = right.split_whitespace().collect();
        assert_eq!(found.len(), wanted.len(), "{line}: {found:?}");
        for (f, w) in found.iter().zip(&wanted) {
            let decimals = w.split_once('.').map_or(0, |(_, d)| d.len());
            let size = 0.5 * 10f64.powi(-(decimals as i32)) + 1e-9;
            assert!(
                (f - w.parse::<f64>().unwrap()).abs() <= size,
                "{line}: {found:?}"
            );
        }
        seen += 1;
    }
    assert!(seen >= 20, "only {seen} examples");
}

#[test]
fn verdicts_of_the_docs() {
    let word = |words: &[&str]| {
        wording::narrate::labels::verdict_name(
            &analyse(&marks(words), &AnalysisSpec::default()).variants[1].verdict,
        )
    };
    let (half, all) = ("10".repeat(20), "1".repeat(40));
    assert_eq!(word(&[&half, &all]), "better");
    assert_eq!(word(&[&half, &half]), "undecided");
    let many = "110".repeat(50);
    assert_eq!(word(&[&many, &many]), "equivalent");
}
