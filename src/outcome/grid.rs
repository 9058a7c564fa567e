//! The cells of one model's part of a run: variants × rows × samples, without texts but answers.
//!
//! Live and read: written by the events of a run or filled from the store, read by the analysis, the reports and the screen.
//! Cells lie row by row in chunks that are copied only when they are written while somebody else still reads them, so
//! handing a copy of a grid of millions of cells to a job costs nothing on the thread that draws.

use super::{
    answer_table::{AnswerTable, OUTPUT_KEY},
    cell_state::{CellState, answered_state},
    extra_column::{ExtraColumn, ExtraPlace},
    packed_cell::{AnswerId, Cell, PackedCell},
    variant_totals::VariantTotals,
};
use crate::model::{MaxTruncated, Outcome, Score, TrialRecord};
use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

/// Cells in a chunk, about.
const CHUNK: usize = 8192;

/// What makes a cell correct, and a variant comparable.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GridRules {
    /// The score from which a row is correct.
    pub threshold: f64,
    pub max_truncated: MaxTruncated,
}

impl Default for GridRules {
    fn default() -> Self {
        GridRules {
            threshold: 1.0,
            max_truncated: MaxTruncated::default(),
        }
    }
}

/// The cells of one model: variants × rows × samples. A clone shares all cells and answers with the original until one of the
/// two is written.
#[derive(Debug, Clone, Default)]
pub struct Grid {
    variants: usize,
    rows: usize,
    samples: usize,
    rules: GridRules,
    per_chunk: usize,
    chunks: Vec<Option<Arc<Vec<PackedCell>>>>,
    answers: AnswerTable,
    totals: Vec<VariantTotals>,
    /// Scores of the metrics besides the main one, in their order.
    metrics: Vec<ExtraColumn>,
    /// USD per call.
    costs: ExtraColumn,
}

impl Grid {
    /// An empty grid of that shape, every cell pending, with the usual rules.
    pub fn new(variants: usize, rows: usize, samples: usize) -> Grid {
        let samples = samples.max(1);
        let per_chunk = (CHUNK / (variants * samples).max(1)).max(1);
        Grid {
            variants,
            rows,
            samples,
            per_chunk,
            chunks: vec![None; rows.div_ceil(per_chunk)],
            totals: vec![VariantTotals::default(); variants],
            ..Grid::default()
        }
    }

    /// The same grid under other rules.
    pub fn with_rules(self, rules: GridRules) -> Grid {
        Grid { rules, ..self }
    }

    pub fn rules(&self) -> GridRules {
        self.rules
    }

    /// The score from which a row is correct.
    pub fn threshold(&self) -> f64 {
        self.rules.threshold
    }

    pub fn variants(&self) -> usize {
        self.variants
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Samples per cell.
    pub fn samples(&self) -> usize {
        self.samples
    }

    /// Sums of a variant.
    pub fn totals(&self, variant: usize) -> VariantTotals {
        self.totals.get(variant).copied().unwrap_or_default()
    }

    /// Whether a variant has a score on any row.
    pub fn is_active(&self, variant: usize) -> bool {
        self.totals(variant).answered > 0
    }

    /// Whether too many answers of a variant were cut to compare it with others.
    pub fn is_cut(&self, variant: usize) -> bool {
        let VariantTotals {
            truncated, answers, ..
        } = self.totals(variant);
        let max = self.rules.max_truncated;
        max.is_exceeded(truncated as usize, answers as usize)
    }

    /// The variants that have an answer, scored or not, and not too many that were cut, in order.
    pub fn answering(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.variants).filter(|v| self.totals(*v).answers > 0 && !self.is_cut(*v))
    }

    /// The variants that have a score and can be compared, in order.
    pub fn comparable(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.variants).filter(|v| self.is_active(*v) && !self.is_cut(*v))
    }

    fn place(&self, variant: usize, row: usize) -> (usize, usize) {
        let at = row % self.per_chunk;
        (
            row / self.per_chunk,
            (at * self.variants + variant) * self.samples,
        )
    }

    /// The samples of a cell; empty where none came yet or there is no such cell.
    pub(super) fn samples_of(&self, variant: usize, row: usize) -> &[PackedCell] {
        if variant >= self.variants || row >= self.rows {
            return &[];
        }
        let (chunk, at) = self.place(variant, row);
        match self.chunks.get(chunk) {
            Some(Some(chunk)) => chunk.get(at..at + self.samples).unwrap_or(&[]),
            _ => &[],
        }
    }

    pub fn cell(&self, variant: usize, row: usize, sample: usize) -> Cell {
        self.samples_of(variant, row)
            .get(sample)
            .copied()
            .unwrap_or(PackedCell::EMPTY)
            .cell()
    }

    /// The main score of one sample; `None` unless answered.
    pub fn score(&self, variant: usize, row: usize, sample: usize) -> Option<f64> {
        self.cell(variant, row, sample).score
    }

    /// Every sample of a grid that is not pending: variant, row, sample.
    pub fn each(&self, mut take: impl FnMut(usize, usize, usize, Cell)) {
        for (i, chunk) in self.chunks.iter().enumerate() {
            for (at, cell) in chunk.iter().flat_map(|chunk| chunk.iter().enumerate()) {
                if cell.state != CellState::Pending {
                    let (place, sample) = (at / self.samples, at % self.samples);
                    let row = i * self.per_chunk + place / self.variants;
                    take(place % self.variants, row, sample, cell.cell());
                }
            }
        }
    }

    /// Samples in the chunks that were written: what going through all of them takes.
    pub fn held(&self) -> usize {
        self.chunks.iter().flatten().map(|chunk| chunk.len()).sum()
    }

    /// The text under which an answer is known here, for comparing grids.
    pub fn answer_text(&self, answer: AnswerId) -> &str {
        self.answers.text(answer)
    }

    /// The answer that the metric read; `None` where it reads none and the output itself stands for it.
    pub fn read_answer(&self, answer: AnswerId) -> Option<&str> {
        Some(self.answer_text(answer)).filter(|text| !text.starts_with(OUTPUT_KEY))
    }

    /// Whether the metric read an answer in any cell.
    pub fn reads_answers(&self) -> bool {
        self.answers.has_read
    }

    /// The number for an answer, a new one where it was not seen before.
    pub fn intern(&mut self, answer: &str) -> AnswerId {
        self.answers.intern(answer)
    }

    /// Where the metric reads no answer, let the normalized output stand for it, so that outputs can be told apart. The
    /// output is asked for only then.
    pub fn set_output(
        &mut self,
        variant: usize,
        row: usize,
        sample: usize,
        normalized: impl FnOnce() -> String,
    ) {
        let mut cell = self.cell(variant, row, sample);
        if cell.state == CellState::Scored && cell.answer.is_none() {
            let mut hasher = DefaultHasher::new();
            normalized().hash(&mut hasher);
            cell.answer = Some(self.intern(&format!("{OUTPUT_KEY}{:016x}", hasher.finish())));
            let (chunk, at) = self.place(variant, row);
            if let Some(Some(chunk)) = self.chunks.get_mut(chunk) {
                Arc::make_mut(chunk)[at + sample] = PackedCell::new(cell);
            }
        }
    }

    fn extra_place(&self, variant: usize, row: usize, sample: usize) -> Option<ExtraPlace> {
        let inside = variant < self.variants && row < self.rows && sample < self.samples;
        let (chunk, at) = self.place(variant, row);
        inside.then(|| ExtraPlace {
            chunk,
            at: at + sample,
            size: self.per_chunk.min(self.rows) * self.variants * self.samples,
            variant,
        })
    }

    /// The scores of a sample by the metrics besides the main one, and what its call cost. Written after the sample itself.
    pub fn set_extras(
        &mut self,
        (variant, row, sample): (usize, usize, usize),
        scores: impl Iterator<Item = Option<f64>>,
        cost_usd: Option<f64>,
    ) {
        let Some(place) = self.extra_place(variant, row, sample) else {
            return;
        };
        self.costs.set(place, cost_usd);
        for (metric, score) in scores.enumerate() {
            if self.metrics.len() <= metric {
                self.metrics.push(ExtraColumn::default());
            }
            self.metrics[metric].set(place, score);
        }
    }

    /// The score of a sample by a metric, the main one being 0.
    pub fn metric_score(
        &self,
        metric: usize,
        (variant, row, sample): (usize, usize, usize),
    ) -> Option<f64> {
        match metric.checked_sub(1) {
            None => self.score(variant, row, sample),
            Some(further) => self
                .metrics
                .get(further)?
                .get(self.extra_place(variant, row, sample)?),
        }
    }

    /// The mean of a variant's scores by a metric, the main one being 0; `None` where there are none.
    pub fn metric_mean(&self, metric: usize, variant: usize) -> Option<f64> {
        match metric.checked_sub(1) {
            None => self.totals(variant).mean(),
            Some(further) => self.metrics.get(further)?.mean(variant),
        }
    }

    /// Mean cost of a variant's calls in USD, where prices are known.
    pub fn mean_cost(&self, variant: usize) -> Option<f64> {
        self.costs.mean(variant)
    }

    /// What the samples of a cell cost together in USD, where that is known.
    pub fn cell_cost(&self, variant: usize, row: usize) -> Option<f64> {
        let costs = (0..self.samples)
            .filter_map(|sample| self.costs.get(self.extra_place(variant, row, sample)?));
        costs.fold(None, |sum: Option<f64>, cost| {
            Some(sum.unwrap_or(0.0) + cost)
        })
    }

    /// Write a sample; one outside of the grid is ignored.
    pub fn set(&mut self, variant: usize, row: usize, sample: usize, cell: Cell) {
        if variant >= self.variants || row >= self.rows || sample >= self.samples {
            return;
        }
        let (chunk, at) = self.place(variant, row);
        let size = self.per_chunk.min(self.rows) * self.variants * self.samples;
        let chunk =
            self.chunks[chunk].get_or_insert_with(|| Arc::new(vec![PackedCell::EMPTY; size]));
        let place = &mut Arc::make_mut(chunk)[at + sample];
        let cell = PackedCell::new(cell);
        self.totals[variant].count(place, -1.0);
        self.totals[variant].count(&cell, 1.0);
        *place = cell;
        if let Some(place) = self.extra_place(variant, row, sample) {
            // What is known besides the score is that of the sample before.
            self.costs.set(place, None);
            for column in &mut self.metrics {
                column.set(place, None);
            }
        }
    }

    /// Mark a sample as running, or as not sent; one that is answered stays.
    pub fn mark(&mut self, variant: usize, row: usize, sample: usize, state: CellState) {
        if !self.cell(variant, row, sample).state.is_answered() {
            let cell = PackedCell {
                state,
                ..PackedCell::EMPTY
            };
            self.set(variant, row, sample, cell.cell());
        }
    }

    /// Whatever is running is pending again.
    pub fn settle(&mut self) {
        for chunk in self.chunks.iter_mut().flatten() {
            if chunk.iter().any(|c| c.state == CellState::Running) {
                for cell in Arc::make_mut(chunk) {
                    if cell.state == CellState::Running {
                        cell.state = CellState::Pending;
                    }
                }
            }
        }
    }

    /// Copy a sample of another grid to a place of this one.
    pub fn copy(&mut self, from: &Grid, there: (usize, usize, usize), to: (usize, usize, usize)) {
        let mut cell = from.cell(there.0, there.1, there.2);
        if cell.state != CellState::Pending {
            cell.answer = cell.answer.map(|a| self.intern(from.answer_text(a)));
            self.set(to.0, to.1, to.2, cell);
            let scores = (1..=from.metrics.len()).map(|metric| from.metric_score(metric, there));
            let cost = from.extra_place(there.0, there.1, there.2);
            let cost = cost.and_then(|place| from.costs.get(place));
            self.set_extras(to, scores, cost);
        }
    }

    /// Write a finished trial of this grid's model into its cell.
    pub fn record(&mut self, record: &TrialRecord) {
        let (variant, row, sample) = (
            record.id.variant as usize,
            record.id.row as usize,
            record.id.sample as usize,
        );
        let cell = match &record.outcome {
            Outcome::Failed(failure) => PackedCell {
                state: CellState::Failed(failure.kind),
                ..PackedCell::EMPTY
            }
            .cell(),
            Outcome::Completed(completion) => {
                let score = record.scores.main();
                let answer = score.and_then(|score| score.answer.as_deref());
                let tokens = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
                Cell {
                    state: answered_state(completion, score),
                    score: Some(score.map_or(0.0, |score| score.value)).filter(|s| !s.is_nan()),
                    answer: answer.map(|a| self.intern(a)),
                    truncated: completion.is_truncated(),
                    latency_ms: completion.latency_ms as f32,
                    prompt_tokens: tokens(completion.usage.prompt),
                    cached_tokens: tokens(completion.usage.cached),
                    completion_tokens: tokens(completion.usage.completion),
                }
            }
        };
        self.set(variant, row, sample, cell);
        if record.outcome.completion().is_some() {
            let scores = record.scores.0.iter().skip(1).map(Score::known);
            self.set_extras((variant, row, sample), scores, record.cost_usd);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{Completion, Scores, TrialId},
        outcome::{CellOutcome, MajorityAnswer},
    };

    fn answer(grid: &mut Grid, v: u32, r: u32, s: u32, text: &str, value: f64) {
        grid.record(&TrialRecord {
            id: TrialId {
                variant: v,
                model: 0,
                row: r,
                sample: s,
            },
            outcome: Outcome::Completed(Completion {
                text: text.into(),
                latency_ms: 10.0,
                ..Completion::default()
            }),
            scores: Scores(vec![Score {
                value,
                answer: Some(text.into()),
                unreadable: false,
            }]),
            reused: false,
            attempts: 1,
            cost_usd: None,
            calls: None,
        });
    }

    #[test]
    fn identical_answers_are_counted_and_the_most_frequent_is_the_majority() {
        let mut grid = Grid::new(2, 3, 5);
        for (s, text) in ["bug", "billing", "bug", "bug", "billing"]
            .iter()
            .enumerate()
        {
            let score = f64::from(u8::from(*text == "bug"));
            answer(&mut grid, 1, 2, s as u32, text, score);
        }
        let sum = grid.summary(1, 2);
        let MajorityAnswer::Answer(id) = sum.majority else {
            panic!("{sum:?}")
        };
        assert_eq!(grid.read_answer(id), Some("bug"));
        assert_eq!(
            (sum.majority_count, sum.answered, sum.distinct_answers),
            (3, 5, 2)
        );
        assert_eq!(sum.outcome(), CellOutcome::PartlyCorrect);
        assert!((sum.score.unwrap() - 0.6).abs() < 1e-6);
        assert_eq!(grid.totals(1).answered, 5);
        assert!(grid.is_active(1) && !grid.is_active(0));
        let graded = grid.with_rules(GridRules {
            threshold: 0.5,
            ..GridRules::default()
        });
        assert_eq!(graded.summary(1, 2).outcome(), CellOutcome::Correct);
    }

    #[test]
    fn an_answer_without_a_score_enters_no_mean_until_it_has_one() {
        let mut grid = Grid::new(1, 2, 1);
        answer(&mut grid, 0, 0, 0, "a", f64::NAN);
        answer(&mut grid, 0, 1, 0, "b", 1.0);
        let cell = grid.cell(0, 0, 0);
        assert_eq!((cell.state, cell.score), (CellState::Unscored, None));
        assert_eq!((grid.totals(0).answered, grid.totals(0).score), (1, 1.0));
        assert_eq!(grid.summary(0, 0).unscored, 1);
        answer(&mut grid, 0, 0, 0, "a", 0.5);
        assert_eq!((grid.totals(0).answered, grid.totals(0).score), (2, 1.5));
        assert_eq!(grid.summary(0, 0).outcome(), CellOutcome::PartlyCorrect);
    }

    #[test]
    fn a_cell_takes_at_most_32_bytes() {
        assert!(size_of::<PackedCell>() <= 32);
    }

    #[test]
    fn a_copy_does_not_see_what_comes_later() {
        let mut grid = Grid::new(1, 20_000, 1);
        answer(&mut grid, 0, 19_999, 0, "a", 1.0);
        let copy = grid.clone();
        answer(&mut grid, 0, 19_999, 0, "b", 0.0);
        answer(&mut grid, 0, 0, 0, "b", 0.0);
        assert_eq!(copy.summary(0, 19_999).score, Some(1.0));
        assert_eq!(copy.summary(0, 0).answered, 0);
        assert_eq!(grid.summary(0, 19_999).score, Some(0.0));
        assert_eq!(
            grid.totals(0).answered,
            2,
            "a cell written twice counts once"
        );
    }

    #[test]
    fn a_copy_knows_its_answers_and_takes_more() {
        let mut grid = Grid::new(1, 3, 1);
        answer(&mut grid, 0, 0, 0, "x", 1.0);
        grid.mark(0, 2, 0, CellState::Running);
        let mut copy = grid.clone();
        assert_eq!(copy.intern("x"), 0);
        assert_eq!(copy.intern("y"), 1);
        copy.settle();
        assert_eq!(copy.summary(0, 2).running, 0);
        assert_eq!(grid.summary(0, 2).outcome(), CellOutcome::Running);
    }

    #[test]
    fn further_scores_and_costs_have_means_that_follow_a_rerun() {
        let mut grid = Grid::new(2, 3, 2);
        let record = |value: f64, further: f64, cost: f64| TrialRecord {
            id: TrialId {
                variant: 1,
                model: 0,
                row: 2,
                sample: 1,
            },
            outcome: Outcome::Completed(Completion::default()),
            scores: Scores(
                [value, further]
                    .map(|value| Score {
                        value,
                        answer: None,
                        unreadable: false,
                    })
                    .to_vec(),
            ),
            reused: false,
            attempts: 1,
            cost_usd: Some(cost),
            calls: None,
        };
        grid.record(&record(1.0, 0.25, 0.5));
        let before = grid.clone();
        grid.set_output(1, 2, 1, || "text".into());
        assert_eq!(grid.metric_score(1, (1, 2, 1)), Some(0.25));
        grid.record(&record(0.0, 0.75, 0.1));
        assert_eq!(
            (grid.metric_mean(0, 1), grid.metric_mean(1, 1)),
            (Some(0.0), Some(0.75))
        );
        assert_eq!(grid.mean_cost(1), Some(0.1));
        assert_eq!(
            (grid.cell_cost(1, 2), grid.cell_cost(1, 9)),
            (Some(0.1), None)
        );
        assert_eq!(
            (before.metric_mean(1, 1), before.mean_cost(1)),
            (Some(0.25), Some(0.5))
        );
        let mut copy = Grid::new(1, 1, 1);
        copy.copy(&grid, (1, 2, 1), (0, 0, 0));
        assert_eq!(
            (copy.metric_mean(1, 0), copy.mean_cost(0)),
            (Some(0.75), Some(0.1))
        );
        assert_eq!(
            (grid.metric_mean(1, 0), grid.metric_mean(2, 1)),
            (None, None)
        );
    }

    #[test]
    fn outputs_stand_for_answers_where_none_is_read() {
        let mut grid = Grid::new(2, 1, 1);
        for v in 0..2 {
            let cell = Cell {
                state: CellState::Scored,
                score: Some(0.4),
                ..PackedCell::EMPTY.cell()
            };
            grid.set(v, 0, 0, cell);
        }
        grid.set_output(0, 0, 0, || "one text".into());
        grid.set_output(1, 0, 0, || "another text".into());
        let ids = [0, 1].map(|v| grid.cell(v, 0, 0).answer);
        assert!(ids[0].is_some() && ids[0] != ids[1] && !grid.reads_answers());
        assert_eq!(ids[0].and_then(|id| grid.read_answer(id)), None);
    }
}
