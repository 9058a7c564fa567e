//! Figures of classifications and of groups against `tests/fixtures/statistics/labels.json`, made by scikit-learn and
//! statsmodels.

use super::reference::{near, read};
use serde_json::Value;
use wording::stats::{ClassCounts, GroupValue, ResampleSpec, group_effects};

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
        type Figure = fn(&ClassCounts, usize) -> f64;
        let by_class: [(&str, Figure); 4] = [
            ("precision", ClassCounts::precision),
            ("recall", ClassCounts::recall),
            ("f1", ClassCounts::f1),
            ("support", ClassCounts::expected),
        ];
        for (name, figure) in by_class {
            let wanted: Vec<f64> = list(&case[name]).collect();
            assert_eq!(wanted.len(), classes);
            for (class, wanted) in wanted.into_iter().enumerate() {
                near(figure(&counts, class), wanted);
            }
        }
        for (name, found) in [
            ("macro_f1", counts.macro_f1()),
            ("weighted_f1", counts.weighted_f1()),
            ("balanced_accuracy", counts.balanced_accuracy()),
            ("mcc", counts.mcc()),
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
