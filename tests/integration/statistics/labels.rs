//! Figures of classifications and of groups against `tests/fixtures/statistics/labels.json`, made by scikit-learn and
//! statsmodels.

use super::{
    grids::{Draw, spec},
    reference::{near, read},
};
use serde_json::Value;
use wording::{
    analysis::{Interval, label_findings},
    outcome::{Cell, CellState, ExpectedLabels, Grid},
    stats::{ClassCounts, GroupValue, ResampleSpec, group_effects},
};

fn list(value: &Value) -> impl Iterator<Item = f64> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|x| x.as_f64().unwrap())
}

#[test]
fn figures_of_labels_agree_with_scikit_learn() {
    let reference = read("labels.json");
    let cases = reference["cases"].as_array().unwrap();
    assert!(cases.len() >= 9);
    for case in cases {
        let classes = case["classes"].as_u64().unwrap() as usize;
        let mut counts = ClassCounts::new(classes);
        for (expected, read) in list(&case["expected"]).zip(list(&case["read"])) {
            counts.add(
                expected as usize,
                (read >= 0.0).then_some(read as usize),
                1.0,
            );
        }
        let figures = counts.figures();
        type Figure<'a> = &'a dyn Fn(usize) -> f64;
        let by_class: [(&str, Figure); 4] = [
            ("precision", &|class| figures.precision(class)),
            ("recall", &|class| figures.recall(class)),
            ("f1", &|class| figures.f1(class)),
            ("support", &|class| counts.expected(class)),
        ];
        for (name, figure) in by_class {
            let wanted: Vec<f64> = list(&case[name]).collect();
            assert_eq!(wanted.len(), classes);
            for (class, wanted) in wanted.into_iter().enumerate() {
                near(figure(class), wanted);
            }
        }
        for (name, found) in [
            ("macro_f1", figures.macro_f1()),
            ("weighted_f1", figures.weighted_f1()),
            ("balanced_accuracy", figures.balanced_accuracy()),
            ("mcc", figures.mcc()),
        ] {
            near(found, case[name].as_f64().unwrap());
        }
        assert_eq!(
            counts.kappa().is_some(),
            case["kappa"].is_number(),
            "{case}"
        );
        if let Some(kappa) = counts.kappa() {
            near(kappa, case["kappa"].as_f64().unwrap());
        }
    }
}

#[test]
fn effects_of_groups_agree_with_an_analysis_of_variance_and_all_sign_flips() {
    for case in read("labels.json")["interactions"].as_array().unwrap() {
        let values: Vec<GroupValue> = list(&case["unit"])
            .zip(list(&case["group"]))
            .zip(list(&case["value"]))
            .map(|((unit, group), value)| GroupValue {
                unit: unit as usize,
                group: group as usize,
                value,
                weight: 1.0,
            })
            .collect();
        let spec = ResampleSpec {
            draws: 40_000,
            seed: 7,
            threads: 2,
        };
        let found = group_effects(&values, spec).unwrap();
        near(found.between, case["between"].as_f64().unwrap());
        let exact = case["p"].as_f64().unwrap();
        assert!((found.p - exact).abs() < 0.01, "{} {exact}", found.p);
    }
}

/// Shares of three classes, and how often each of two variants is right.
const CLASSES: [f64; 3] = [0.5, 0.3, 0.2];
const RIGHT: [f64; 2] = [0.7, 0.8];

/// What is read where a class is expected and a number is drawn: the class, else one of the others or nothing.
fn read_as(expected: usize, drawn: f64, right: f64) -> Option<usize> {
    let missed = (drawn - right) / (1.0 - right);
    match missed {
        ..0.0 => Some(expected),
        0.0..0.45 => Some((expected + 1) % 3),
        0.45..0.9 => Some((expected + 2) % 3),
        _ => None,
    }
}

/// Macro F1 of a variant over all rows there could be.
fn true_macro_f1(right: f64) -> f64 {
    let mut counts = ClassCounts::new(3);
    for (class, share) in CLASSES.iter().enumerate() {
        counts.add(class, Some(class), share * right);
        for other in 1..3 {
            counts.add(
                class,
                Some((class + other) % 3),
                share * (1.0 - right) * 0.45,
            );
        }
        counts.add(class, None, share * (1.0 - right) * 0.1);
    }
    counts.figures().macro_f1()
}

#[test]
fn bootstrap_intervals_of_macro_f1_cover_as_they_say() {
    const TIMES: usize = 400;
    const ROWS: usize = 150;
    let truth = RIGHT.map(true_macro_f1);
    let mut draw = Draw(11);
    let (mut value, mut difference) = (0, 0);
    for _ in 0..TIMES {
        let mut grid = Grid::new(2, ROWS, 1);
        let answers = ["0", "1", "2"].map(|label| grid.intern(label));
        let mut rows = Vec::new();
        for row in 0..ROWS {
            let (class, same) = (draw.unit(), draw.unit());
            let expected = CLASSES.iter().scan(0.0, |sum, share| {
                *sum += share;
                Some(*sum)
            });
            let expected = expected.take(2).filter(|end| class > *end).count();
            rows.push(vec![expected as u32]);
            for (v, right) in RIGHT.iter().enumerate() {
                // Both variants find the same rows hard, half of the time.
                let drawn = if draw.unit() < 0.5 { same } else { draw.unit() };
                let read = read_as(expected, drawn, *right);
                let cell = Cell {
                    state: read.map_or(CellState::Unreadable, |_| CellState::Scored),
                    score: Some(f64::from(u8::from(read == Some(expected)))),
                    answer: read.map(|read| answers[read]),
                    truncated: false,
                    latency_ms: 0.0,
                    prompt_tokens: 0,
                    cached_tokens: 0,
                    completion_tokens: 0,
                };
                grid.set(v, row, 0, cell);
            }
        }
        let labels = ["0", "1", "2"].map(str::to_owned).to_vec();
        let task = ExpectedLabels::new(labels, rows);
        let found = label_findings(&grid, &task, &spec(400)).unwrap();
        let covers = |i: Interval, truth: f64| usize::from(i.low <= truth && truth <= i.high);
        let [first, second] = [0, 1].map(|v: usize| &found.variants[v].figures[0]);
        value += covers(first.value.unwrap(), truth[0]);
        difference += covers(second.difference.unwrap().interval, truth[1] - truth[0]);
    }
    for (name, n) in [("macro F1", value), ("difference", difference)] {
        let share = n as f64 / TIMES as f64;
        assert!((0.925..=0.975).contains(&share), "{name} covers {share}");
    }
}
