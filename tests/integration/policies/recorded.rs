//! The recorded grids of `tests/fixtures/grids`, and replays of policies on them: a policy sees only the cells that it buys.

use std::path::Path;
use wording::{
    model::{PolicySpec, VariantAliases},
    outcome::{Cell, CellState, Grid},
    policy::{PolicyConclusion, Replay, TrialSpace, replay},
};

/// A recorded grid: 32 variants over 300 rows, right or wrong.
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

impl Recorded {
    pub(crate) fn load(name: &str) -> Recorded {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/grids");
        let text = std::fs::read_to_string(path.join(format!("{name}.json"))).unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let rows = value["rows"].as_u64().unwrap() as usize;
        let variants = value["variants"].as_array().unwrap();
        let mut grid = Grid::new(variants.len(), rows, 1);
        let mut means = Vec::new();
        for (v, variant) in variants.iter().enumerate() {
            let bits = variant["bits"].as_str().unwrap();
            let mut right = 0;
            for row in 0..rows {
                let digit = bits.as_bytes()[row / 4] as char;
                let bit = digit.to_digit(16).unwrap() >> (3 - row % 4) & 1;
                right += bit;
                let cell = Cell {
                    state: CellState::Scored,
                    score: Some(bit as f64),
                    answer: None,
                    truncated: false,
                    latency_ms: 0.0,
                    prompt_tokens: 0,
                    cached_tokens: 0,
                    completion_tokens: 0,
                };
                grid.set(v, row, 0, cell);
            }
            means.push(f64::from(right) / rows as f64);
        }
        let axes = variants[0]["axes"].as_object().unwrap();
        let level = |v: usize, axis: &str| variants[v]["axes"][axis].as_str().unwrap().to_owned();
        let factors = axes
            .keys()
            .map(|axis| {
                let mut known = Vec::new();
                (0..variants.len())
                    .map(|v| {
                        let level = level(v, axis);
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
        Recorded {
            variants: variants.len(),
            rows,
            grid,
            means,
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
