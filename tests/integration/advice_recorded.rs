//! The advice on recorded runs of a real model, SmolLM2-135M-Instruct on film and product reviews (`tests/fixtures/advice`,
//! written by its `make.py`): the verdicts that an experienced engineer would give.

use serde_json::Value;
use std::path::Path;
use wording::{
    advise::{Evidence, GivenAnswers, ModelFigures, ModelSize, SizeSource, VerdictKind, gather},
    analysis::{Analysis, AnalysisSpec, analyse},
    model::{Level, RowHeads, TextColumnBuilder, Variant},
    narrate::advice::Advice,
    outcome::{Cell, CellState, Grid},
    project::{Resources, Task},
};

fn fixture(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/advice");
    let text = std::fs::read_to_string(path.join(format!("{name}.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The evidence of a run, with the variants that have these levels only.
fn evidence(name: &str, levels: &[(&str, &str)]) -> Evidence {
    let recorded = fixture(name);
    let labels = strings(&recorded["labels"]);
    let models = strings(&recorded["models"]);
    let expected = recorded["expected"].as_str().unwrap();
    let chosen = |v: &&Value| levels.iter().all(|(axis, level)| v["axes"][axis] == *level);
    let all: Vec<&Value> = (recorded["variants"].as_array().unwrap().iter())
        .filter(chosen)
        .collect();
    let of = |model: &str| -> Vec<&Value> {
        all.iter()
            .copied()
            .filter(|v| v["model"] == model)
            .collect()
    };
    let variants: Vec<Variant> = of(models[0]).into_iter().map(variant).collect();
    let mut column = TextColumnBuilder::default();
    for label in expected.chars().filter_map(number) {
        column.push(Some(labels[label]));
    }
    let heads = RowHeads {
        rows: expected.len(),
        expected: Some(column.finish()),
        ..RowHeads::default()
    };
    let spec = AnalysisSpec {
        axes: AnalysisSpec::axes_of(&variants),
        resamples: 1_000,
        ..AnalysisSpec::default()
    };
    let grids: Vec<Grid> = (models.iter())
        .map(|model| grid(&of(model), expected, &labels))
        .collect();
    let found: Vec<Analysis> = grids.iter().map(|grid| analyse(grid, &spec)).collect();
    let parts: Vec<ModelFigures<'_>> = (models.iter().zip(grids.iter().zip(&found)))
        .map(|(model, (grid, analysis))| ModelFigures {
            model: (*model).to_owned(),
            tuned: model.contains("/ft:"),
            grid,
            analysis,
        })
        .collect();
    gather(&parts, &variants, &heads, &spec)
}

fn number(sign: char) -> Option<usize> {
    sign.to_digit(10).map(|n| n as usize)
}

fn grid(variants: &[&Value], expected: &str, labels: &[&str]) -> Grid {
    let mut grid = Grid::new(variants.len(), expected.len(), 1);
    for (v, variant) in variants.iter().enumerate() {
        let answers = variant["answers"].as_str().unwrap();
        for (row, (given, right)) in answers.chars().zip(expected.chars()).enumerate() {
            let state = match given {
                '-' => continue,
                '/' => CellState::Truncated,
                '?' => CellState::Unreadable,
                _ => CellState::Scored,
            };
            let answer = number(given).map(|n| grid.intern(labels[n]));
            let cell = Cell {
                state,
                score: Some(f64::from(u8::from(given == right))),
                answer,
                truncated: given == '/',
                latency_ms: 0.0,
                prompt_tokens: variant["prompt_tokens"].as_f64().unwrap() as u32,
                cached_tokens: 0,
                completion_tokens: 1,
            };
            grid.set(v, row, 0, cell);
        }
    }
    grid
}

fn variant(recorded: &Value) -> Variant {
    let axes = recorded["axes"].as_object().unwrap();
    let level = |(axis, name): (&String, &Value)| {
        let name = name.as_str().unwrap().to_owned();
        let value = name.clone().into();
        (axis.clone(), Level { name, value })
    };
    Variant {
        name: recorded["name"].as_str().unwrap().to_owned(),
        template: 0,
        levels: axes.iter().map(level).collect(),
        params: Default::default(),
    }
}

fn strings(list: &Value) -> Vec<&str> {
    let list = list.as_array().unwrap();
    list.iter().map(|text| text.as_str().unwrap()).collect()
}

/// The advice with so many labelled rows and this to train with; a target of 90 % unless another is given.
fn advice(
    mut evidence: Evidence,
    labelled: usize,
    resources: Option<Resources>,
    target: Option<f64>,
) -> Advice {
    evidence.given = GivenAnswers {
        labelled: Some(labelled),
        resources,
        target,
        task: Some(Task::Simple),
        ..GivenAnswers::default()
    };
    evidence.size = Some(ModelSize {
        parameters_b: 0.135,
        source: SizeSource::Given,
    });
    Advice::new("reviews", None, evidence)
}

const CPU: Option<Resources> = Some(Resources::Cpu);
const NO_MEANS: Option<Resources> = Some(Resources::None);

#[test]
fn sixteen_wordings_of_a_model_that_is_a_little_better_than_chance() {
    use VerdictKind::{FineTune, KeepPrompting};
    let found = || evidence("smollm2-reviews", &[]);
    let room = found().headroom.unwrap();
    assert_eq!(room.reachable, 1.0, "some wording is right on every row");
    assert!(room.reachable_by_chance > 0.99, "{room:?}");
    for (labelled, resources, rule, verdict) in [
        (392, CPU, "some-rows", FineTune),
        (500, CPU, "many-rows", FineTune),
        (392, NO_MEANS, "no-means", KeepPrompting),
    ] {
        let advice = advice(found(), labelled, resources, Some(0.9));
        assert_eq!((advice.rule, advice.verdict), (rule, verdict));
    }
    // Twenty-four rows are too few to train on, and the wording is no way out.
    let few = advice(found(), 24, CPU, Some(0.9));
    assert_eq!(few.verdict, VerdictKind::Collect, "{}", few.rule);
}

#[test]
fn wordings_that_lean_to_one_label_are_no_better_than_it() {
    for shots in ["2", "8"] {
        let found = || evidence("smollm2-reviews", &[("shots.count", shots)]);
        let bias = found().bias.unwrap();
        assert!(
            bias.shares.iter().any(|s| s.given - s.expected > 0.3),
            "{bias:?}"
        );
        for (labelled, target, rule, verdict) in [
            (500, Some(0.9), "guesses", VerdictKind::FineTune),
            (500, None, "guesses", VerdictKind::FineTune),
            (24, Some(0.9), "guesses-without-rows", VerdictKind::Collect),
            (24, None, "guesses-without-rows", VerdictKind::Collect),
        ] {
            let advice = advice(found(), labelled, CPU, target);
            assert_eq!(
                (advice.rule, advice.verdict),
                (rule, verdict),
                "{shots} shots"
            );
        }
    }
}

#[test]
fn answers_that_were_cut_decide_nothing() {
    let found = evidence("smollm2-reviews", &[("shots.count", "0")]);
    assert_eq!(advice(found, 500, CPU, Some(0.9)).rule, "cut");
}

#[test]
fn the_curve_is_drawn_within_the_family_of_the_best_wording() {
    let found = evidence("smollm2-reviews", &[]);
    let curve = found.curve.unwrap();
    let shots: Vec<usize> = curve.points.iter().map(|p| p.shots).collect();
    // Without shots, answers were cut: these wordings cannot be compared with the others.
    assert_eq!(shots, [2, 4, 8]);
    let best = found.score.unwrap();
    let recorded = fixture("smollm2-reviews");
    let expected = recorded["expected"].as_str().unwrap();
    let all = recorded["variants"].as_array().unwrap();
    let own = all.iter().find(|v| v["name"] == best.variant).unwrap();
    let answers = own["answers"].as_str().unwrap().chars();
    let right = answers
        .zip(expected.chars())
        .filter(|(a, b)| a == b)
        .count();
    let score = right as f64 / expected.len() as f64;
    let count: usize = own["axes"]["shots.count"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let point = curve.points.iter().find(|p| p.shots == count).unwrap();
    assert!(
        (point.score.value - score).abs() < 1e-9,
        "not pooled over other axes"
    );
}

#[test]
fn thirty_two_wordings_with_a_spread_of_seventy_points() {
    let found = || evidence("smollm2-formats", &[]);
    let room = found().headroom.unwrap();
    let vote = room.vote.unwrap();
    let best = found().score.unwrap().held_out;
    assert!(
        vote.high < best.value,
        "most wordings know less than the best: {vote:?} {best:?}"
    );
    assert_eq!(
        advice(found(), 500, CPU, Some(0.9)).verdict,
        VerdictKind::FineTune
    );
    assert_eq!(
        advice(found(), 24, CPU, Some(0.9)).verdict,
        VerdictKind::Collect
    );
    // A target that the best wording may reach already is a question of rows.
    assert_eq!(advice(found(), 24, CPU, Some(0.75)).rule, "near");
}

#[test]
fn a_tuned_model_is_better_though_answers_of_the_base_were_cut() {
    // The same reviews, 24 tokens an answer: the verdict before tuning, and with the model tuned on 392 rows.
    let before = advice(evidence("smollm2-before", &[]), 392, CPU, Some(0.9));
    assert_eq!(before.verdict, VerdictKind::FineTune, "{}", before.rule);
    let after = advice(evidence("smollm2-tuned", &[]), 392, CPU, Some(0.9));
    assert_eq!(after.rule, "tuned-better");
    let gain = after.evidence.tuned.unwrap().best_difference().unwrap();
    assert!((gain.value - 0.22).abs() < 1e-9, "{gain:?}");
    // Against the bare prompt alone, of whose answers a fifth was cut, it is better by more than that.
    let bare = evidence("smollm2-tuned", &[("shots.count", "0")]);
    assert!(bare.score.as_ref().unwrap().cut > 0.05);
    assert_eq!(advice(bare, 392, CPU, Some(0.9)).rule, "tuned-better");
}
