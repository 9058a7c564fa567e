//! Ratings and the predictions of machines: against `tests/fixtures/statistics/ratings.json`, made by ppi-python, statsmodels and
//! choix, and by simulation.

use super::{
    grids::Draw,
    reference::{near, read},
};
use serde_json::Value;
use std::cmp::Ordering;
use wording::{
    annotation::{
        Grade, GradePairs, GradeScale, RatedItem, Rating, RatingRecord, RatingSession, ShownOutput,
    },
    stats::*,
};

fn list(value: &Value) -> Vec<f64> {
    let items = value.as_array().unwrap().iter();
    items.map(|x| x.as_f64().unwrap()).collect()
}

fn rated(case: &Value) -> Vec<RatedUnit> {
    let (values, predicted) = (list(&case["value"]), list(&case["predicted"]));
    let weights = match case["weight"].is_null() {
        true => vec![1.0; values.len()],
        false => list(&case["weight"]),
    };
    assert!(values.len() >= 30 && values.len() == predicted.len());
    let units = values.into_iter().zip(predicted).zip(weights);
    units
        .map(|((value, predicted), weight)| RatedUnit {
            value,
            predicted,
            weight,
        })
        .collect()
}

#[test]
fn prediction_powered_means_agree_with_ppi_python() {
    let reference = read("ratings.json");
    for kind in ["prediction_powered", "chosen_unequally"] {
        let cases = reference[kind].as_array().unwrap();
        assert!(cases.len() >= 2);
        for case in cases {
            let units = rated(case);
            let least = if units.iter().any(|u| u.value < 0.0) {
                -1.0
            } else {
                0.0
            };
            let unrated = list(&case["unrated"]);
            let found = PredictionPowered::new(&units, &unrated, (least, 1.0)).unwrap();
            near(found.lambda, case["lambda"].as_f64().unwrap());
            near(found.mean.value, case["estimate"].as_f64().unwrap());
            near(
                found.standard_error,
                case["standard_error"].as_f64().unwrap(),
            );
            near(found.rated_alone.value, case["alone"].as_f64().unwrap());
        }
    }
}

#[test]
fn corrected_means_agree_with_the_inverse_of_the_matrix_of_misclassifications() {
    let reference = read("ratings.json");
    let cases = reference["corrected"].as_array().unwrap();
    assert!(cases.len() >= 4);
    for case in cases {
        let verdicts = case["verdicts"].as_array().unwrap();
        let mut counts = VerdictCounts::new(verdicts.len());
        for (verdict, numbers) in verdicts.iter().map(list).enumerate() {
            let rated: f64 = numbers[1..].iter().sum();
            for (rating, times) in [1.0, 0.0, -1.0].into_iter().zip(&numbers[1..]) {
                let weight = numbers[0] / rated;
                (0..*times as usize).for_each(|_| counts.add_rated(verdict, rating, weight));
            }
            let others = numbers[0] as usize - rated as usize;
            (0..others).for_each(|_| counts.add_unrated(verdict));
        }
        let found = counts.corrected().unwrap();
        let wanted = list(&case["corrected"]);
        near(found.value, wanted[0]);
        near(found.low, wanted[1]);
        near(found.high, wanted[2]);
    }
}

#[test]
fn strengths_agree_with_a_log_linear_model() {
    let reference = read("ratings.json");
    let cases = reference["strengths"].as_array().unwrap();
    assert!(cases.len() >= 4);
    for case in cases {
        let mut all = Comparisons::new(case["competitors"].as_u64().unwrap() as usize);
        let units = case["units"].as_u64().unwrap() as usize;
        let mut unit = 0;
        for (kind, result) in [("wins", Ordering::Greater), ("ties", Ordering::Equal)] {
            for pair in case[kind].as_array().unwrap().iter().map(list) {
                for _ in 0..pair[2] as usize {
                    all.add(Comparison {
                        first: pair[0] as usize,
                        second: pair[1] as usize,
                        result,
                        weight: 3.0,
                        unit: unit % units,
                    });
                    unit += 1;
                }
            }
        }
        let found = all.fit().unwrap();
        let (values, errors) = (list(&case["strengths"]), list(&case["standard_errors"]));
        assert_eq!(values.len(), found.strengths.len());
        let errors = errors.iter().zip(&found.standard_errors);
        errors.for_each(|(wanted, error)| near(*error, *wanted));
        let values = values.iter().zip(&found.strengths);
        values.for_each(|(wanted, strength)| near(strength.value, *wanted));
        match case["tie"].as_f64() {
            Some(tie) => near(found.tie.unwrap(), tie),
            None => assert_eq!(found.tie, None),
        }
    }
}

/// Every pair of three wordings is rated on the same rows: an answer that is better than usual wins all its pairs.
fn rated_in_all_pairs(draw: &mut Draw, rows: usize) -> Comparisons {
    const STRENGTHS: [f64; 3] = [0.6, 0.0, -0.6];
    let mut all = Comparisons::new(3);
    for unit in 0..rows {
        let quality = STRENGTHS.map(|s| s + 2.0 * (draw.unit() + draw.unit() - 1.0));
        for (first, second) in [(0, 1), (1, 2), (0, 2)] {
            let u = draw.unit().clamp(1e-9, 1.0 - 1e-9);
            let lead = quality[first] - quality[second] + 0.7 * (u / (1.0 - u)).ln();
            all.add(Comparison {
                first,
                second,
                result: match lead {
                    lead if lead > 0.5 => Ordering::Greater,
                    lead if lead < -0.5 => Ordering::Less,
                    _ => Ordering::Equal,
                },
                weight: 1.0,
                unit,
            });
        }
    }
    all
}

/// The share of intervals that hold, of studies with so many rows.
fn strengths_cover(draw: &mut Draw, rows: usize, times: usize, truth: &BradleyTerry) -> f64 {
    let (mut covers, mut all) = (0.0, 0.0);
    for _ in 0..times {
        let Ok(found) = rated_in_all_pairs(draw, rows).fit() else {
            continue;
        };
        for (found, truth) in found.strengths.iter().zip(&truth.strengths) {
            let is_within = found.low <= truth.value && truth.value <= found.high;
            covers += f64::from(u8::from(is_within));
            all += 1.0;
        }
    }
    covers / all
}

#[test]
fn intervals_of_strengths_hold_where_the_same_rows_are_rated_in_all_pairs() {
    let mut draw = Draw(21);
    let truth = rated_in_all_pairs(&mut draw, 30_000).fit().unwrap();
    for rows in [15, 60] {
        let share = strengths_cover(&mut draw, rows, 1_000, &truth);
        assert!((0.935..=0.965).contains(&share), "{rows} rows: {share}");
    }
}

/// The figures of strengths in docs/judges.md.
#[test]
#[ignore = "minutes; `just bench-ratings`"]
fn intervals_of_strengths_hold_from_ten_rows() {
    let mut draw = Draw(22);
    let truth = rated_in_all_pairs(&mut draw, 300_000).fit().unwrap();
    for rows in [10, 15, 30, 60, 120] {
        let share = strengths_cover(&mut draw, rows, 10_000, &truth);
        println!(
            "strengths of 3 wordings, {rows} rows in all pairs: covers {:.1} %",
            100.0 * share
        );
        assert!((0.935..=0.965).contains(&share), "{rows} rows: {share}");
    }
}

/// How people rate, and how the machine errs.
#[derive(Debug, Clone, Copy)]
struct Study {
    rated: usize,
    unrated: usize,
    sensitivity: f64,
    specificity: f64,
    /// Ratings that are turned around.
    noise: f64,
}

#[derive(Debug, Default)]
struct Coverage {
    covers: f64,
    width: f64,
    alone_width: f64,
    widest: f64,
    times: f64,
}

impl Coverage {
    fn add(&mut self, mean: MeanEstimate, alone: MeanEstimate, truth: f64) {
        self.covers += f64::from(u8::from(mean.low <= truth && truth <= mean.high));
        self.width += mean.width();
        self.alone_width += alone.width();
        self.widest = self.widest.max(mean.width() / alone.width());
        self.times += 1.0;
    }

    fn share(&self) -> f64 {
        self.covers / self.times
    }
}

/// A person's and the machine's verdict on an answer that is good with this probability.
fn verdicts(draw: &mut Draw, study: Study, good: f64) -> (f64, f64) {
    let truth = draw.coin(good);
    let turned = draw.coin(study.noise);
    let right = draw.coin(if truth > 0.5 {
        study.sensitivity
    } else {
        study.specificity
    });
    ((truth - turned).abs(), 1.0 - (truth - right).abs())
}

fn with_noise(good: f64, noise: f64) -> f64 {
    good * (1.0 - noise) + (1.0 - good) * noise
}

/// What is estimated from rated units and the machine's verdicts on all.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Method {
    PredictionPowered,
    ByVerdict,
}

impl Method {
    /// The estimate of values in the range, and that from the rated units alone; `None` where there is none.
    fn estimate(
        self,
        rated: &[RatedUnit],
        unrated: &[f64],
        range: (f64, f64),
    ) -> Option<(MeanEstimate, MeanEstimate)> {
        let powered = PredictionPowered::new(rated, unrated, range).unwrap();
        let alone = powered.rated_alone;
        if self == Method::PredictionPowered {
            return Some((powered.mean, alone));
        }
        // From −1 to 1, as ratings are.
        let middle = 0.5 * (range.0 + range.1);
        let half = 0.5 * (range.1 - range.0);
        let scaled = |x: f64| (x - middle) / half;
        let verdict = |predicted: f64| match scaled(predicted) {
            f if f > 1.0 / 3.0 => 2,
            f if f < -1.0 / 3.0 => 0,
            _ => 1,
        };
        let mut counts = VerdictCounts::new(3);
        for unit in rated {
            counts.add_rated(verdict(unit.predicted), scaled(unit.value), unit.weight);
        }
        (unrated.iter()).for_each(|predicted| counts.add_unrated(verdict(*predicted)));
        let found = counts.corrected()?;
        let back = |x: f64| middle + half * x;
        let found = MeanEstimate {
            value: back(found.value),
            low: back(found.low),
            high: back(found.high),
        };
        // As reports do.
        (found.width() <= 1.05 * alone.width()).then_some((found, alone))
    }
}

fn simulate_score(draw: &mut Draw, study: Study, method: Method, times: usize) -> Coverage {
    let mut found = Coverage::default();
    for _ in 0..times {
        let good = 0.4 + 0.55 * draw.unit();
        let rated: Vec<RatedUnit> = (0..study.rated)
            .map(|_| verdicts(draw, study, good))
            .map(|(value, predicted)| RatedUnit {
                value,
                predicted,
                weight: 1.0,
            })
            .collect();
        let unrated: Vec<f64> = (0..study.unrated)
            .map(|_| verdicts(draw, study, good).1)
            .collect();
        let Some((mean, alone)) = method.estimate(&rated, &unrated, (0.0, 1.0)) else {
            continue;
        };
        found.add(mean, alone, with_noise(good, study.noise));
    }
    found
}

/// Two wordings whose answers to a row are alike in being good.
fn simulate_difference(draw: &mut Draw, study: Study, method: Method, times: usize) -> Coverage {
    let mut found = Coverage::default();
    for _ in 0..times {
        let good = 0.5 + 0.3 * draw.unit();
        let lead = 0.3 * draw.unit() - 0.1;
        let pair = |draw: &mut Draw| {
            // The same row for both.
            let row = draw.unit();
            let both = |draw: &mut Draw, p: f64| {
                let sure = f64::from(u8::from(row < p));
                let own = if draw.coin(0.5) > 0.5 {
                    sure
                } else {
                    draw.coin(p)
                };
                verdicts(draw, study, own)
            };
            let (a, b) = (both(draw, good + lead), both(draw, good));
            (a.0 - b.0, a.1 - b.1)
        };
        let rated: Vec<RatedUnit> = (0..study.rated)
            .map(|_| pair(draw))
            .map(|(value, predicted)| RatedUnit {
                value,
                predicted,
                weight: 1.0,
            })
            .collect();
        let unrated: Vec<f64> = (0..study.unrated).map(|_| pair(draw).1).collect();
        let Some((mean, alone)) = method.estimate(&rated, &unrated, (-1.0, 1.0)) else {
            continue;
        };
        found.add(mean, alone, lead * (1.0 - 2.0 * study.noise));
    }
    found
}

/// Units that the machine is unsure of are rated up to three times as often.
fn simulate_weighted(draw: &mut Draw, study: Study, method: Method, times: usize) -> Coverage {
    let mut found = Coverage::default();
    for _ in 0..times {
        let good = 0.4 + 0.5 * draw.unit();
        let all: Vec<(f64, f64)> = (0..study.rated + study.unrated)
            .map(|_| verdicts(draw, study, good))
            .collect();
        let weight = |predicted: f64| if predicted < 0.5 { 1.0 } else { 2.5 };
        let mut order: Vec<(f64, usize)> = all
            .iter()
            .enumerate()
            .map(|(at, (_, predicted))| (draw.unit() * weight(*predicted), at))
            .collect();
        order.sort_by(|a, b| a.0.total_cmp(&b.0));
        // As many draws as are rated; the weight is one over the chance to be among them.
        let next = order[study.rated].0;
        let (chosen, others) = order.split_at(study.rated);
        let rated: Vec<RatedUnit> = chosen
            .iter()
            .map(|(_, at)| RatedUnit {
                value: all[*at].0,
                predicted: all[*at].1,
                weight: (weight(all[*at].1) / next).max(1.0),
            })
            .collect();
        let unrated: Vec<f64> = others.iter().map(|(_, at)| all[*at].1).collect();
        let Some((mean, alone)) = method.estimate(&rated, &unrated, (0.0, 1.0)) else {
            continue;
        };
        found.add(mean, alone, with_noise(good, study.noise));
    }
    found
}

type Simulation = fn(&mut Draw, Study, Method, usize) -> Coverage;

const SIMULATIONS: [(&str, Simulation, Method); 6] = [
    ("score", simulate_score, Method::PredictionPowered),
    ("difference", simulate_difference, Method::PredictionPowered),
    ("weighted", simulate_weighted, Method::PredictionPowered),
    ("score by verdict", simulate_score, Method::ByVerdict),
    (
        "difference by verdict",
        simulate_difference,
        Method::ByVerdict,
    ),
    ("weighted by verdict", simulate_weighted, Method::ByVerdict),
];

/// Machines that are too kind, too strict, good, middling and no better than chance.
const MACHINES: [(f64, f64); 5] = [(0.95, 0.6), (0.7, 0.95), (0.9, 0.9), (0.8, 0.8), (0.5, 0.5)];

fn study(rated: usize, machine: (f64, f64), noise: f64) -> Study {
    Study {
        rated,
        unrated: 400,
        sensitivity: machine.0,
        specificity: machine.1,
        noise,
    }
}

#[test]
fn intervals_hold_with_biased_machines_and_noisy_ratings() {
    let mut draw = Draw(11);
    for (name, simulate, method) in SIMULATIONS {
        let mut all = Coverage::default();
        for rated in [30, 100] {
            for (machine, noise) in [(MACHINES[0], 0.0), (MACHINES[3], 0.1)] {
                let one = simulate(&mut draw, study(rated, machine, noise), method, 600);
                all.covers += one.covers;
                all.times += one.times;
                all.width += one.width;
                all.alone_width += one.alone_width;
                all.widest = all.widest.max(one.widest);
            }
        }
        println!(
            "{name}: covers {:.1} % of {}, width {:.2} of the ratings alone",
            100.0 * all.share(),
            all.times,
            all.width / all.alone_width
        );
        assert!(
            (0.935..=0.965).contains(&all.share()),
            "{name}: {:.2} %",
            all.share() * 100.0
        );
        assert!(all.widest <= 1.05, "{name}: {}", all.widest);
    }
}

/// The figures of docs/judges.md. `cargo test --test integration -- --ignored --nocapture every_kind_of_machine`
#[test]
#[ignore = "minutes; `just bench-ratings`"]
fn intervals_hold_for_every_kind_of_machine() {
    const TIMES: usize = 4_000;
    let mut draw = Draw(12);
    for (name, simulate, method) in SIMULATIONS {
        for rated in [30, 60, 100, 300] {
            let mut shares = Vec::new();
            let mut all = Coverage::default();
            for machine in MACHINES {
                for noise in [0.0, 0.1] {
                    let one = simulate(&mut draw, study(rated, machine, noise), method, TIMES);
                    all.covers += one.covers;
                    all.times += one.times;
                    all.width += one.width;
                    all.alone_width += one.alone_width;
                    all.widest = all.widest.max(one.widest);
                    shares.push((one.share(), machine, noise));
                }
            }
            shares.sort_by(|a, b| a.0.total_cmp(&b.0));
            let studies = (TIMES * shares.len()) as f64;
            println!(
                "{name}, {rated} rated: covers {:.2} %, from {:?} to {:?}; width {:.2} of the ratings alone, at most {:.2}; shown in {:.1} %",
                100.0 * all.share(),
                shares[0],
                shares[shares.len() - 1],
                all.width / all.alone_width,
                all.widest,
                100.0 * all.times / studies,
            );
            assert!((0.935..=0.965).contains(&all.share()), "{name}, {rated}");
        }
    }
}

const SCALE: GradeScale = GradeScale {
    lowest: 1,
    highest: 5,
};

/// People's and the judge's grades of two wordings' answers to a row: alike, the second's a little higher. The judge is kind, and errs.
fn graded_row(draw: &mut Draw) -> [[i32; 2]; 2] {
    let row = draw.unit() + draw.unit();
    [0.0, 0.4].map(|ahead| {
        let grade = 1.0 + 1.6 * row + draw.unit() + ahead;
        let judged = grade + 0.6 + 1.2 * (draw.unit() - 0.5);
        [grade, judged].map(|grade| (grade.round() as i32).clamp(1, 5))
    })
}

/// Two wordings whose answers to the same rows are graded, each by itself, more often where the judge is unsure.
fn simulate_grades(draw: &mut Draw, rated: usize, times: usize, truth: f64) -> Coverage {
    const ROWS: usize = 300;
    let mut found = Coverage::default();
    for study in 0..times {
        let rows: Vec<[[i32; 2]; 2]> = (0..ROWS).map(|_| graded_row(draw)).collect();
        let sessions: Vec<RatingSession> = (0..2)
            .map(|wording| {
                let item = |row: usize| RatedItem {
                    row,
                    row_id: format!("r{row}"),
                    texts: vec![format!("{wording} {row}")],
                    predicted: Some(2.0 * SCALE.share(rows[row][wording][1]) - 1.0),
                };
                let mut session = RatingSession::new(
                    vec![format!("w{wording}")],
                    (0..ROWS).map(item).collect(),
                    &[],
                    "ann",
                    study as u64,
                    false,
                );
                while session.ratings().len() < rated {
                    let turn = session.next().unwrap();
                    let item = &session.items()[turn.pair];
                    let grade = rows[item.row][wording][0];
                    session.record(RatingRecord {
                        row: item.row_id.clone(),
                        shown: vec![ShownOutput::new(&format!("w{wording}"), &item.texts[0])],
                        rating: Rating::Grade(Grade {
                            grade,
                            scale: SCALE,
                        }),
                        reason: String::new(),
                        by: "ann".into(),
                        at: String::new(),
                        seconds: 1.0,
                        chosen: turn.chosen,
                    });
                }
                session
            })
            .collect();
        let pairs = GradePairs::new(&sessions[0], &sessions[1], true);
        let Some(powered) = PredictionPowered::new(&pairs.graded, &pairs.ungraded, (-1.0, 1.0))
        else {
            continue;
        };
        found.add(powered.mean, powered.rated_alone, truth);
    }
    found
}

#[test]
fn the_difference_of_grades_of_the_same_rows_holds() {
    const ALL: usize = 300_000;
    let mut draw = Draw(31);
    let differences = (0..ALL).map(|_| {
        let [first, second] = graded_row(&mut draw).map(|[grade, _]| SCALE.share(grade));
        first - second
    });
    let truth = differences.sum::<f64>() / ALL as f64;
    for rated in [40, 100] {
        let found = simulate_grades(&mut draw, rated, 1_000, truth);
        println!(
            "grades, {rated} of each wording: covers {:.1} %, width {:.2} of the grades alone",
            100.0 * found.share(),
            found.width / found.alone_width
        );
        assert!(
            (0.935..=0.965).contains(&found.share()),
            "{rated}: {}",
            found.share()
        );
        assert!(found.widest <= 1.05, "{rated}: {}", found.widest);
    }
}

/// How a simulated study of pairs ended.
#[derive(Debug, Clone, Copy, Default)]
struct StudyEnd {
    ratings: f64,
    verdicts: f64,
    wrong: f64,
}

/// A judge that agrees with people about so many of the pairs that they decide.
fn pairs_with_judge(draw: &mut Draw, pairs: usize, lead: f64, agrees: f64) -> Vec<(f64, f64)> {
    let mut pair = || {
        // A fifth are ties; the rest lean by the lead.
        let value = if draw.unit() < 0.2 {
            0.0
        } else {
            2.0 * draw.coin(0.5 + lead / 1.6) - 1.0
        };
        // Both orders of the judge: they agree on decided pairs more often than on ties.
        let vote = |draw: &mut Draw| match value == 0.0 {
            true => 2.0 * draw.coin(0.5) - 1.0,
            false => value * (2.0 * draw.coin(agrees) - 1.0),
        };
        let (a, b) = (vote(draw), vote(draw));
        (value, 0.5 * (a + b))
    };
    (0..pairs).map(|_| pair()).collect()
}

/// Rate until the verdict stands, or no pair is left. `is_active`: with the judge.
fn rate_until_verdict(
    pairs: &[(f64, f64)],
    seed: u64,
    is_active: bool,
    uses_judge: bool,
) -> (usize, Option<bool>) {
    use wording::annotation::PairQueue;
    let predictions: Vec<f64> = pairs.iter().map(|p| p.1).collect();
    let known = predictions
        .iter()
        .map(|f| uses_judge.then_some(*f))
        .collect();
    let rows: Vec<usize> = (0..pairs.len()).collect();
    let mut queue = PairQueue::new(&rows, known, seed, !is_active);
    let mut test = SequentialMean::new(if uses_judge { &predictions } else { &[] });
    let mut decisions = 0;
    while let Some(turn) = queue.next(decisions) {
        decisions += 1;
        let (value, predicted) = pairs[turn.pair];
        let max_weight = queue.max_weight();
        queue.rate(turn.pair, value, false);
        if let (Some(chosen), Some(max_weight)) = (turn.chosen, max_weight) {
            let predicted = if uses_judge { predicted } else { 0.0 };
            test.add(value, predicted, chosen.weight, max_weight);
            if let Some(verdict) = test.sign(0.05) {
                return (test.units(), Some(verdict));
            }
        }
    }
    (pairs.len(), None)
}

fn studies(
    times: u64,
    lead: impl Fn(&mut Draw) -> f64,
    agrees: f64,
    kind: (bool, bool),
) -> StudyEnd {
    let mut all = StudyEnd::default();
    for study in 0..times {
        let mut draw = Draw(study * 1_000_003 + 17);
        let lead = lead(&mut draw);
        let pairs = pairs_with_judge(&mut draw, 400, lead, agrees);
        let (ratings, verdict) = rate_until_verdict(&pairs, study, kind.0, kind.1);
        all.ratings += ratings as f64 / times as f64;
        all.verdicts += f64::from(u8::from(verdict.is_some())) / times as f64;
        let is_wrong = verdict.is_some_and(|first| lead == 0.0 || first != (lead > 0.0));
        all.wrong += f64::from(u8::from(is_wrong)) / times as f64;
    }
    all
}

/// The figures of docs/judges.md.
#[test]
#[ignore = "minutes; `just bench-ratings`"]
fn active_choice_reaches_a_verdict_with_fewer_ratings() {
    let lead = |draw: &mut Draw| 0.15 + 0.25 * draw.unit();
    let random = studies(1_000, lead, 0.8, (false, false));
    for agrees in [0.75, 0.8, 0.85, 0.9] {
        let judged = studies(1_000, lead, agrees, (false, true));
        let active = studies(1_000, lead, agrees, (true, true));
        let none =
            [(false, false), (true, true)].map(|kind| studies(1_000, |_| 0.0, agrees, kind).wrong);
        println!(
            "judge agrees {agrees}: {:.0} ratings at random, {:.2} of it with the judge, {:.2} actively too; undecided {:.3} and {:.3}; without a lead, verdicts {none:?}",
            random.ratings,
            judged.ratings / random.ratings,
            active.ratings / random.ratings,
            1.0 - random.verdicts,
            1.0 - active.verdicts,
        );
        assert!(random.wrong <= 0.05 && judged.wrong <= 0.05 && active.wrong <= 0.05);
        assert!(none.iter().all(|wrong| *wrong <= 0.05), "{none:?}");
        assert!(active.ratings < 0.9 * random.ratings);
    }
}
