//! Labels of rows that were drawn with unequal chances: estimates weighted by chance of selection, by simulation of the whole
//! way from the queue to the analysis.

use super::grids::{Draw, spec};
use serde_json::json;
use std::collections::BTreeSet;
use wording::{
    analysis::{AnalysisSpec, Interval, analyse},
    annotation::{
        Decision, LabelQueue, LabelRecord, QueueOrder, QueueSpec, RowPlaces, RowState,
        SelectionWeights,
    },
    dataset::Dataset,
    model::Row,
    outcome::{Cell, CellState, Grid},
};

/// Two wordings and two others, on easy rows, where all are right or all wrong, and on hard ones.
#[derive(Debug, Clone, Copy)]
struct Task {
    rows: usize,
    labels: usize,
    order: QueueOrder,
    hard: f64,
    easy_right: f64,
    hard_right: [f64; 2],
    /// Easy rows on which the second wording gives another answer, which the priorities do not know.
    surprises: f64,
    graded: bool,
}

const TIMES: usize = 250;

const TASK: Task = Task {
    rows: 400,
    labels: 100,
    order: QueueOrder::Disagreement,
    hard: 0.3,
    easy_right: 0.88,
    hard_right: [0.45, 0.6],
    surprises: 0.0,
    graded: false,
};

impl Task {
    /// Scores of the two wordings on a row, and how much they disagree.
    fn row(&self, draw: &mut Draw) -> ([f64; 2], f64) {
        let grade = |right: f64, draw: &mut Draw| match self.graded {
            true => 0.5 * right + 0.5 * draw.unit(),
            false => right,
        };
        if draw.coin(self.hard) > 0.5 {
            let right = [self.hard_right[0], self.hard_right[1], 0.5, 0.5].map(|p| draw.coin(p));
            let share = right.iter().sum::<f64>() / 4.0;
            let priority = match self.order {
                QueueOrder::Disagreement => 4.0 * share * (1.0 - share),
                QueueOrder::Decision => (right[0] - right[1]).abs(),
                QueueOrder::Random => 0.0,
            };
            return ([grade(right[0], draw), grade(right[1], draw)], priority);
        }
        let right = draw.coin(self.easy_right);
        let first = grade(right, draw);
        let second = match draw.coin(self.surprises) > 0.5 {
            true => grade(1.0 - right, draw),
            false => first,
        };
        ([first, second], 0.0)
    }

    /// Expected score of the first wording, and expected difference of the second to it.
    fn truth(&self) -> [f64; 2] {
        let grade = |p: f64| if self.graded { 0.5 * p + 0.25 } else { p };
        let (easy, [a, b]) = (self.easy_right, self.hard_right);
        let first = self.hard * grade(a) + (1.0 - self.hard) * grade(easy);
        let turned = easy + self.surprises * (1.0 - 2.0 * easy);
        let second = self.hard * grade(b) + (1.0 - self.hard) * grade(turned);
        [first, second - first]
    }
}

#[derive(Debug, Default, Clone, Copy)]
struct Found {
    covers: [f64; 2],
    values: [f64; 2],
    unweighted: [f64; 2],
    squares: [f64; 2],
    times: f64,
}

impl Found {
    fn add(&mut self, at: usize, found: Interval, unweighted: f64, truth: f64) {
        let is_within = found.low <= truth && truth <= found.high;
        self.covers[at] += f64::from(u8::from(is_within));
        self.values[at] += found.value - truth;
        self.squares[at] += (found.value - truth).powi(2);
        self.unweighted[at] += unweighted - truth;
    }

    fn covers_share(&self) -> [f64; 2] {
        self.mean(self.covers)
    }

    fn mean(&self, of: [f64; 2]) -> [f64; 2] {
        of.map(|sum| sum / self.times)
    }
}

fn places(rows: usize) -> RowPlaces {
    let row = |index: usize| Row {
        index,
        fields: json!({"text": index}).as_object().unwrap().clone(),
        ..Row::default()
    };
    let dataset = Dataset::from_rows((0..rows).map(row).collect());
    RowPlaces::new(&dataset, false, "label").unwrap()
}

fn simulate(task: Task, times: usize) -> Found {
    let places = places(task.rows);
    let mut draw = Draw(task.rows as u64 * 1_000 + task.labels as u64);
    let mut found = Found::default();
    for seed in 0..times {
        let rows: Vec<([f64; 2], f64)> = (0..task.rows).map(|_| task.row(&mut draw)).collect();
        let priorities: Vec<f64> = rows.iter().map(|(_, priority)| *priority).collect();
        let queue = QueueSpec {
            order: task.order,
            random: 0.5,
            overlap: 0.0,
            seed: seed as u64,
            person: "ann".into(),
        };
        let mut queue = LabelQueue::new(queue, &places, &priorities, |_| RowState::Open);
        let mut records = Vec::new();
        let mut grid = Grid::new(2, task.rows, 1);
        let mut labelled = BTreeSet::new();
        for decisions in 0..task.labels as u64 {
            let turn = queue.next(decisions).unwrap();
            queue.set(turn.place, RowState::DecidedAlone);
            labelled.insert(turn.place as u32);
            records.push(LabelRecord {
                row: places.identity(turn.place).clone(),
                decision: Decision::Answer("x".into()),
                note: String::new(),
                by: "ann".into(),
                at: String::new(),
                seconds: 1.0,
                suggested: None,
                chosen: turn.chosen,
                settles: false,
            });
            for (v, score) in rows[turn.place].0.into_iter().enumerate() {
                let cell = Cell {
                    state: CellState::Scored,
                    score: Some(score),
                    answer: None,
                    truncated: false,
                    latency_ms: 0.0,
                    prompt_tokens: 0,
                    cached_tokens: 0,
                    completion_tokens: 0,
                };
                grid.set(v, turn.place, 0, cell);
            }
        }
        let records: Vec<&LabelRecord> = records.iter().collect();
        let labelled: Vec<u32> = labelled.into_iter().collect();
        let weights = SelectionWeights::new(&records, &places).of_rows(&labelled);
        let weight = |row: usize| weights.get(&(row as u32)).copied().unwrap_or(1.0);
        let spec = AnalysisSpec {
            weights: (0..task.rows).map(weight).collect(),
            ..spec(1)
        };
        let variants = analyse(&grid, &spec).variants;
        let [score, difference] = task.truth();
        found.times += 1.0;
        let first = &variants[0];
        found.add(
            0,
            first.score.unwrap(),
            first.unweighted.unwrap_or(0.0),
            score,
        );
        let second = variants[1].difference.as_ref().unwrap();
        found.add(
            1,
            second.interval,
            second.unweighted.unwrap_or(0.0),
            difference,
        );
    }
    found
}

#[test]
fn weighted_scores_and_differences_are_unbiased_where_plain_ones_are_not() {
    for order in [QueueOrder::Disagreement, QueueOrder::Decision] {
        let task = Task { order, ..TASK };
        let found = simulate(task, TIMES);
        let (bias, plain) = (found.mean(found.values), found.mean(found.unweighted));
        let error = found
            .mean(found.squares)
            .map(|square| (square / TIMES as f64).sqrt());
        assert!(
            bias[0].abs() < 3.5 * error[0],
            "{order:?} {bias:?} {error:?}"
        );
        assert!(
            bias[1].abs() < 3.5 * error[1],
            "{order:?} {bias:?} {error:?}"
        );
        assert!(plain[0] < -0.1, "{order:?}: easy rows are rare {plain:?}");
    }
}

#[test]
fn weighted_labels_tell_more_about_a_difference_than_random_ones() {
    let random = simulate(
        Task {
            order: QueueOrder::Random,
            ..TASK
        },
        TIMES,
    );
    for order in [QueueOrder::Disagreement, QueueOrder::Decision] {
        let active = simulate(Task { order, ..TASK }, TIMES);
        let share = active.squares[1] / random.squares[1];
        assert!(share < 0.7, "{order:?}: {share} of the variance");
    }
}

fn tasks() -> [Task; 7] {
    [
        Task { labels: 30, ..TASK },
        TASK,
        Task {
            labels: 300,
            ..TASK
        },
        Task {
            labels: 30,
            order: QueueOrder::Decision,
            ..TASK
        },
        Task {
            hard: 0.6,
            easy_right: 0.7,
            ..TASK
        },
        Task {
            surprises: 0.08,
            ..TASK
        },
        Task {
            graded: true,
            surprises: 0.1,
            ..TASK
        },
    ]
}

#[test]
fn weighted_intervals_hold_with_30_to_300_labels() {
    for task in tasks() {
        let share = simulate(task, TIMES).covers_share();
        // Three standard errors of a simulated share below 94 %. Where few rows differ, intervals are wider than need be.
        assert!(
            share.iter().all(|s| *s > 0.94 - 0.045),
            "{task:?}: {share:?}"
        );
    }
}

/// The figures of docs/statistics.md.
#[test]
#[ignore = "minutes; `just bench-ratings`"]
fn intervals_of_weighted_labels() {
    println!("| labels | task | score: covers | difference: covers |\n| --- | --- | --- | --- |");
    for task in tasks() {
        let [score, difference] = simulate(task, 1_000).covers_share();
        println!(
            "| {} | {:?}, {:.0} % of rows hard, {:.0} % surprises{} | {:.1} % | {:.1} % |",
            task.labels,
            task.order,
            100.0 * task.hard,
            100.0 * task.surprises,
            if task.graded { ", graded" } else { "" },
            100.0 * score,
            100.0 * difference,
        );
        assert!(score > 0.935 && difference > 0.935, "{task:?}");
    }
}
