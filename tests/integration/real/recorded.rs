//! Recorded runs of a real model: `tests/fixtures/real`, one character per answer (see `tests/real/variance/record.py`).

use serde::Deserialize;
use std::{collections::BTreeMap, path::Path};
use wording::{
    analysis::{AnalysisSpec, AxisLevels},
    model::MaxTruncated,
    outcome::{Cell, CellState, Grid, GridRules},
};

#[derive(Deserialize)]
pub(super) struct Recorded {
    pub(super) labels: Vec<String>,
    pub(super) expected: String,
    pub(super) variants: Vec<RecordedVariant>,
}

#[derive(Clone, Deserialize)]
pub(super) struct RecordedVariant {
    pub(super) axes: BTreeMap<String, String>,
    pub(super) prompt_tokens: f64,
    /// One string per sample, one character per row.
    pub(super) answers: Vec<String>,
}

/// What is counted as the score of an answer.
#[derive(Clone, Copy)]
pub(super) enum Measure {
    /// Right; for JSON the share of right fields.
    Score,
    /// The first label was answered.
    FirstLabel,
    /// The metric found no answer.
    NoAnswer,
}

impl Recorded {
    pub(super) fn load(name: &str) -> Recorded {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/real");
        let text = std::fs::read_to_string(path.join(format!("{name}.json"))).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    pub(super) fn rows(&self) -> usize {
        self.expected.len()
    }

    pub(super) fn samples(&self) -> usize {
        self.variants[0].answers.len()
    }

    pub(super) fn only(&self, keep: impl Fn(&RecordedVariant) -> bool) -> Recorded {
        Recorded {
            labels: self.labels.clone(),
            expected: self.expected.clone(),
            variants: self.variants.iter().filter(|v| keep(v)).cloned().collect(),
        }
    }

    /// The share of answers that were cut at `max_tokens`, in all and of one variant at most.
    pub(super) fn cut(&self) -> (f64, f64) {
        let share = |v: &RecordedVariant| {
            let all = v.answers.concat();
            let cut = all.bytes().filter(|c| c.is_ascii_uppercase() || *c == b'!');
            cut.count() as f64 / all.len() as f64
        };
        let shares: Vec<f64> = self.variants.iter().map(share).collect();
        let mean = shares.iter().sum::<f64>() / shares.len() as f64;
        (mean, shares.into_iter().fold(0.0, f64::max))
    }

    pub(super) fn grid(&self, measure: Measure) -> Grid {
        // The pages say what cut answers do.
        let rules = GridRules {
            max_truncated: MaxTruncated::new(1.0).unwrap(),
            ..GridRules::default()
        };
        let mut grid =
            Grid::new(self.variants.len(), self.rows(), self.samples()).with_rules(rules);
        for (v, variant) in self.variants.iter().enumerate() {
            for (sample, answers) in variant.answers.iter().enumerate() {
                for (row, answer) in answers.chars().enumerate() {
                    let cell = self.cell(&mut grid, measure, row, answer);
                    grid.set(v, row, sample, cell);
                }
            }
        }
        grid
    }

    fn cell(&self, grid: &mut Grid, measure: Measure, row: usize, answer: char) -> Cell {
        let letter = answer.to_ascii_lowercase();
        let number = (letter as usize).checked_sub('a' as usize);
        let score = match (number, measure) {
            (number, Measure::NoAnswer) => f64::from(u8::from(number.is_none())),
            (None, _) => 0.0,
            (Some(_), Measure::FirstLabel) => f64::from(u8::from(letter == 'a')),
            (Some(fields), Measure::Score) if self.labels.is_empty() => fields as f64 / 4.0,
            (Some(_), Measure::Score) => {
                f64::from(u8::from(self.expected.chars().nth(row) == Some(letter)))
            }
        };
        Cell {
            state: match answer {
                '?' => CellState::Unreadable,
                '!' => CellState::Truncated,
                _ => CellState::Scored,
            },
            score: Some(score),
            answer: number
                .map(|n| grid.intern(self.labels.get(n).map_or("fields", String::as_str))),
            truncated: answer == '!',
            latency_ms: 0.0,
            prompt_tokens: 0,
            cached_tokens: 0,
            completion_tokens: 0,
        }
    }

    /// Everything that the analysis needs; `axes` with more than one level, in this order.
    pub(super) fn spec(&self, axes: &[&str]) -> AnalysisSpec {
        AnalysisSpec {
            axes: axes
                .iter()
                .map(|name| self.axis(name, |variant| variant.axes[*name].clone()))
                .collect(),
            classes: (!self.labels.is_empty()).then_some(self.labels.len()),
            threads: 2,
            ..AnalysisSpec::default()
        }
    }

    pub(super) fn axis(
        &self,
        name: &str,
        level: impl Fn(&RecordedVariant) -> String,
    ) -> AxisLevels {
        let mut levels = Vec::new();
        let level_of = self
            .variants
            .iter()
            .map(|variant| {
                let level = level(variant);
                levels.iter().position(|l| *l == level).unwrap_or_else(|| {
                    levels.push(level);
                    levels.len() - 1
                })
            })
            .collect();
        AxisLevels {
            name: name.to_owned(),
            levels,
            level_of,
        }
    }
}
