//! The recorded grids of `tests/fixtures/grids`, and replays of policies on them: a policy sees only the cells that it buys.

use std::{collections::BTreeMap, path::Path};
use wording::{
    model::{PolicySpec, VariantAliases},
    outcome::{Cell, CellState, Grid},
    policy::{PolicyConclusion, Replay, TrialSpace, replay},
};

/// A recorded grid of variants over rows, right or wrong.
pub(crate) struct Recorded {
    pub variants: usize,
    pub rows: usize,
    pub grid: Grid,
    /// Mean score of each variant over all rows.
    pub means: Vec<f64>,
    pub factors: Vec<Vec<u32>>,
}

/// Their names, in the order of the document.
pub(crate) const NAMES: [&str; 4] = ["tickets", "formats", "reviews", "orders"];

/// Grids of a real model, in the order of the document: folder `tests/fixtures/real`.
pub(crate) const REAL: [&str; 3] = ["sentiment", "probability", "genre-labels"];

/// The levels of a variant by axis.
type Levels = BTreeMap<String, String>;

fn fixture(path: &str) -> serde_json::Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(path);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn levels_of(axes: &serde_json::Value) -> Levels {
    let axes = axes.as_object().unwrap().iter();
    axes.map(|(axis, level)| (axis.clone(), level.as_str().unwrap().to_owned()))
        .collect()
}

impl Recorded {
    pub(crate) fn load(name: &str) -> Recorded {
        let value = fixture(&format!("grids/{name}.json"));
        let rows = value["rows"].as_u64().unwrap() as usize;
        let variants = value["variants"].as_array().unwrap().iter();
        let variants = variants.map(|variant| {
            let bits = variant["bits"].as_str().unwrap().as_bytes();
            let digit = |row: usize| (bits[row / 4] as char).to_digit(16).unwrap();
            let bit = |row: usize| f64::from(digit(row) >> (3 - row % 4) & 1);
            (levels_of(&variant["axes"]), (0..rows).map(bit).collect())
        });
        Recorded::new(variants.collect())
    }

    /// One of the grids of a real model, right or wrong.
    pub(crate) fn load_real(name: &str) -> Recorded {
        let value = fixture(&format!("real/{name}.json"));
        let Some(variants) = value["variants"].as_object() else {
            // One letter an answer, upper case where it was cut.
            let expected = value["expected"].as_str().unwrap().chars();
            let variants = value["variants"].as_array().unwrap().iter();
            let variants = variants.map(|variant| {
                let answers = variant["answers"][0].as_str().unwrap().chars();
                let right = answers
                    .zip(expected.clone())
                    .map(|(a, e)| f64::from(u8::from(a.eq_ignore_ascii_case(&e))));
                (levels_of(&variant["axes"]), right.collect())
            });
            return Recorded::new(variants.collect());
        };
        let variants = variants.iter().map(|(name, scores)| {
            let (_, levels) = name.trim_end_matches(']').split_once('[').unwrap();
            let levels = levels.split(',').map(|level| {
                let (axis, level) = level.split_once('=').unwrap();
                (axis.to_owned(), level.to_owned())
            });
            let labels = scores["label"].as_array().unwrap().iter();
            let right = labels.map(|score| score.as_f64().unwrap() / 1000.0);
            (levels.collect(), right.collect())
        });
        Recorded::new(variants.collect())
    }

    /// A grid of the levels and the scores of each variant.
    pub(crate) fn new(variants: Vec<(Levels, Vec<f64>)>) -> Recorded {
        let rows = variants[0].1.len();
        let mut grid = Grid::new(variants.len(), rows, 1);
        for (v, (_, scores)) in variants.iter().enumerate() {
            for (row, score) in scores.iter().enumerate() {
                let cell = Cell {
                    state: CellState::Scored,
                    score: Some(*score),
                    answer: None,
                    truncated: false,
                    latency_ms: 0.0,
                    prompt_tokens: 0,
                    cached_tokens: 0,
                    completion_tokens: 0,
                };
                grid.set(v, row, 0, cell);
            }
        }
        let axes = variants[0].0.keys();
        let factors = axes
            .map(|axis| {
                let mut known: Vec<&String> = Vec::new();
                let levels = variants.iter().map(|(levels, _)| &levels[axis]);
                levels
                    .map(|level| {
                        let at = known.iter().position(|k| *k == level);
                        at.unwrap_or_else(|| {
                            known.push(level);
                            known.len() - 1
                        }) as u32
                    })
                    .collect::<Vec<u32>>()
            })
            .filter(|levels| levels.iter().any(|l| *l > 0))
            .collect();
        let mean = |scores: &Vec<f64>| scores.iter().sum::<f64>() / rows as f64;
        Recorded {
            variants: variants.len(),
            rows,
            means: variants.iter().map(|(_, scores)| mean(scores)).collect(),
            grid,
            factors,
        }
    }

    pub(crate) fn calls(&self, share: f64) -> u64 {
        (share * (self.variants * self.rows) as f64).round() as u64
    }

    pub(crate) fn field(&self, seed: u64) -> TrialSpace {
        let factors = self.factors.clone();
        TrialSpace::from_clusters(self.variants, self.rows, 1, factors, &[], seed)
    }

    pub(crate) fn replay(&self, spec: &PolicySpec, seed: u64) -> Replay {
        let names: Vec<String> = (0..self.variants).map(|v| format!("v{v}")).collect();
        let names = VariantAliases::new(names.clone(), names);
        let replay = replay(spec, &self.field(seed), &names, 1, &self.grid).unwrap();
        assert!(spec.calls().is_none_or(|most| replay.trials as u64 <= most));
        replay
    }

    pub(crate) fn best(&self) -> f64 {
        self.means.iter().copied().fold(0.0, f64::max)
    }

    pub(crate) fn worst(&self) -> f64 {
        self.means.iter().copied().fold(1.0, f64::min)
    }

    /// How far the variant that a race names lies below the best, and the trials it took.
    pub(crate) fn race(&self, share: f64, seed: u64) -> (f64, usize, bool) {
        let calls = self.calls(share);
        let replay = self.replay(&PolicySpec::Race { calls, level: 0.95 }, seed);
        let PolicyConclusion::Race(result) = &replay.conclusion else {
            panic!()
        };
        let named = result.leader.unwrap() as usize;
        (
            self.best() - self.means[named],
            replay.trials,
            result.decided,
        )
    }

    /// The same for the same calls spent alike on all: every variant on the same rows, the best mean wins.
    pub(crate) fn uniform(&self, share: f64, seed: u64) -> f64 {
        let rows = self.calls(share) as usize / self.variants;
        let field = self.field(seed);
        let sum = |v: usize| -> f64 {
            let score = |row: &u32| self.grid.score(v, *row as usize, 0).unwrap();
            field.order()[..rows].iter().map(score).sum()
        };
        let mut named = 0;
        let mut most = sum(0);
        for v in 1..self.variants {
            if sum(v) > most {
                (named, most) = (v, sum(v));
            }
        }
        self.best() - self.means[named]
    }

    /// Quantiles of the true means, as the estimate gives them.
    pub(crate) fn quantile(&self, q: f64) -> f64 {
        let mut sorted = self.means.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        wording::stats::quantile(&sorted, q).unwrap()
    }
}
