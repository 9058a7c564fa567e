//! `src/stats` against `tests/fixtures/statistics/reference.json`, made by scipy, statsmodels, krippendorff and pingouin.

use super::grids;
use serde_json::Value;
use std::{fs, path::Path};
use wording::analysis::analyse;
use wording::stats::*;

pub(super) fn reference() -> Value {
    read("reference.json")
}

pub(super) fn read(name: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/statistics");
    serde_json::from_str(&fs::read_to_string(folder.join(name)).unwrap()).unwrap()
}

pub(super) fn near(found: f64, wanted: f64) {
    assert!(
        (found - wanted).abs() <= 1e-9 * wanted.abs().max(1.0),
        "found {found}, wanted {wanted}"
    );
}

fn numbers(value: &Value) -> Vec<f64> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|x| x.as_f64().unwrap())
        .collect()
}

fn rows(value: &Value) -> Vec<Vec<f64>> {
    let all: Vec<Vec<f64>> = value.as_array().unwrap().iter().map(numbers).collect();
    assert!(!all.is_empty());
    all
}

fn all_near(found: &[f64], wanted: &[f64]) {
    assert_eq!(found.len(), wanted.len());
    found.iter().zip(wanted).for_each(|(f, w)| near(*f, *w));
}

#[test]
fn intervals_of_proportions() {
    let reference = reference();
    for case in rows(&reference["wilson"]) {
        let (low, high) = wilson(case[0], case[1]);
        all_near(&[low, high], &case[2..]);
    }
    for case in rows(&reference["newcombe"]) {
        let (low, high) = newcombe(case[0], case[1], case[2], case[3]);
        all_near(&[low, high], &case[4..]);
    }
    for case in rows(&reference["tango"]) {
        let (low, high) = tango(case[0], case[1], case[2], case[3]);
        all_near(&[low, high], &case[4..]);
    }
}

#[test]
fn tests_of_differences() {
    let reference = reference();
    for case in rows(&reference["mcnemar"]) {
        near(mcnemar_exact(case[0] as u64, case[1] as u64), case[2]);
    }
    for case in reference["tost"].as_array().unwrap() {
        let p = tost(&numbers(&case["d"]), case["margin"].as_f64().unwrap()).unwrap();
        near(p, case["p"].as_f64().unwrap());
        near(p, case["p_other"].as_f64().unwrap());
    }
    let exact = &reference["sign_flip"];
    let spec = ResampleSpec {
        draws: 1,
        seed: 7,
        threads: 1,
    };
    near(
        sign_flip(&numbers(&exact["d"]), spec),
        exact["p"].as_f64().unwrap(),
    );
    for case in rows(&reference["units_needed"]) {
        near(units_needed(case[0], case[1], 0.05), case[2]);
        near(detectable(case[0], case[2]), case[1]);
    }
}

#[test]
fn several_columns_and_several_tests() {
    let reference = reference();
    let q = rows(&reference["cochran_q"]["rows"]);
    let matrix = Matrix::from_fn(q.len(), q[0].len(), |u, c| q[u][c]);
    let found = cochran_q(&matrix).unwrap();
    near(found.q, reference["cochran_q"]["q"].as_f64().unwrap());
    near(found.p, reference["cochran_q"]["p"].as_f64().unwrap());
    let adjusted = &reference["adjusted"];
    all_near(&holm(&numbers(&adjusted["p"])), &numbers(&adjusted["holm"]));
    all_near(
        &benjamini_hochberg(&numbers(&adjusted["p"])),
        &numbers(&adjusted["bh"]),
    );
}

#[test]
fn agreement() {
    let reference = reference();
    let mut all = Coincidences::default();
    for unit in rows(&reference["fleiss"]["counts"]) {
        let counts: Vec<(u64, u32)> = (0..)
            .zip(unit.iter().map(|c| *c as u32))
            .filter(|(_, c)| *c > 0)
            .collect();
        all.add(&counts);
    }
    near(
        all.fleiss_kappa(6).unwrap(),
        reference["fleiss"]["kappa"].as_f64().unwrap(),
    );
    let mut all = Coincidences::default();
    for row in reference["krippendorff"]["rows"].as_array().unwrap() {
        let ratings: Vec<u64> = row
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_u64)
            .collect();
        let unit: Vec<(u64, u32)> = (0..4)
            .map(|k| (k, ratings.iter().filter(|r| **r == k).count() as u32))
            .filter(|(_, n)| *n > 0)
            .collect();
        all.add(&unit);
    }
    near(
        all.alpha().unwrap(),
        reference["krippendorff"]["alpha"].as_f64().unwrap(),
    );
    for case in reference["entropy"].as_array().unwrap() {
        let counts: Vec<u32> = numbers(&case[0]).iter().map(|c| *c as u32).collect();
        near(
            normalized_entropy(&counts, case[1].as_u64().unwrap() as usize),
            case[2].as_f64().unwrap(),
        );
    }
}

#[test]
fn variance_components() {
    for case in reference()["components"].as_array().unwrap() {
        let y: Vec<Vec<Vec<f64>>> = case["y"].as_array().unwrap().iter().map(rows).collect();
        let (variants, items, repeats) = (y.len(), y[0].len(), y[0][0].len());
        let mean = |v: usize, i: usize| y[v][i].iter().sum::<f64>() / repeats as f64;
        let sums = ComponentSums {
            columns: (0..variants)
                .map(|v| (0..items).map(|i| mean(v, i)).sum())
                .collect(),
            squares: (0..variants)
                .flat_map(|v| (0..items).map(move |i| (v, i)))
                .map(|(v, i)| mean(v, i).powi(2))
                .sum(),
            unit_squares: (0..items)
                .map(|i| ((0..variants).map(|v| mean(v, i)).sum::<f64>() / variants as f64).powi(2))
                .sum(),
            within: (0..variants)
                .flat_map(|v| (0..items).map(move |i| (v, i)))
                .map(|(v, i)| {
                    y[v][i]
                        .iter()
                        .map(|x| (x - mean(v, i)).powi(2))
                        .sum::<f64>()
                })
                .sum(),
            units: items as f64,
        };
        let found = components(&sums, repeats).unwrap();
        near(found.column, case["variant"].as_f64().unwrap());
        near(found.unit, case["item"].as_f64().unwrap());
        near(found.interaction, case["interaction"].as_f64().unwrap());
        assert_eq!(found.error.is_some(), case["error"].is_number());
        if let Some(error) = found.error {
            near(error, case["error"].as_f64().unwrap());
        }
        if let Some(icc) = case["icc_2_1"].as_f64() {
            near(
                found.unit / (found.unit + found.column + found.interaction),
                icc,
            );
        }
        // The same through a grid and the analysis.
        let grid = grids::drawn(variants, items, repeats, |v, i, r| y[v][i][r]);
        let shares = analyse(&grid, &grids::spec(100)).components.unwrap();
        near(shares.variant.value, found.column);
        near(shares.row.value, found.unit);
        near(shares.variant_row.value, found.interaction);
        assert_eq!(shares.sample.is_some(), found.error.is_some());
        if let (Some(sample), Some(error)) = (shares.sample, found.error) {
            near(sample.value, error);
        }
    }
}

fn factors(levels: &[Vec<f64>]) -> Vec<Factor> {
    (0..levels[0].len())
        .map(|f| {
            let level_of: Vec<usize> = levels.iter().map(|l| l[f] as usize).collect();
            Factor {
                levels: level_of.iter().max().unwrap() + 1,
                level_of,
            }
        })
        .collect()
}

#[test]
fn effects_of_factors_in_an_unbalanced_design() {
    let case = &reference()["factors"];
    let means = numbers(&case["means"]);
    let effects = main_effects(&factors(&rows(&case["levels"])));
    for (f, effect) in effects.iter().enumerate() {
        near(effect.explains(&means), case["sum_sq"][f].as_f64().unwrap());
        let found: Vec<f64> = effect
            .weights
            .iter()
            .map(|w| w.iter().zip(&means).map(|(w, m)| w * m).sum())
            .collect();
        all_near(&found, &numbers(&case["effects"][f]));
    }
}

#[test]
fn interactions_of_factors() {
    let case = &reference()["interactions"];
    let means = numbers(&case["means"]);
    let found = two_way_effects(&factors(&rows(&case["levels"])));
    for (name, (.., effect)) in ["ab", "ac", "bc"].iter().zip(&found) {
        assert!(effect.is_separate());
        near(
            effect.explains(&means),
            case["sum_sq"][name].as_f64().unwrap(),
        );
    }
}

#[test]
fn quantiles_and_pairs() {
    let reference = reference();
    let sorted = numbers(&reference["quantiles"]["values"]);
    for case in rows(&reference["quantiles"]["at"]) {
        near(quantile(&sorted, case[0]).unwrap(), case[1]);
    }
    let mut values = numbers(&reference["pair_difference"]["values"]);
    near(
        mean_pair_difference(&mut values),
        reference["pair_difference"]["mean"].as_f64().unwrap(),
    );
}
