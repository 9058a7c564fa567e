//! Answers to the same rows before and after: what happened to each row, and what came of the trials. Which answers these are,
//! of two wordings or of two models, its caller knows.

use super::{
    ChangedRow, DataQuality, DiffConclusion, Noise, PairEffect, RowOutcome, RowTexts, SameRow,
};
use crate::{
    analysis::{Analysis, AnalysisSpec, Verdict, analyse},
    diff::{Piece, word_diff},
    model::{ModelRef, RowHeads},
    outcome::{CellState, ChangeCounts, Grid, MajorityAnswer, RowChange, row_change},
};

/// Longer outputs are shown beside each other, not word by word.
const LONGEST: usize = 20_000;

/// A grid of two columns, before and after.
pub(super) struct PairGrid {
    pub(super) grid: Grid,
    analysis: Analysis,
    /// Samples of each side.
    samples: [usize; 2],
    /// p of the difference, adjusted by whoever knows the other pairs.
    pub(super) p_adjusted: Option<f64>,
    /// What happened to each row; `None` unless both sides have a score.
    pub(super) changes: Vec<Option<RowChange>>,
}

/// What a report shows of a pair besides its scores.
pub(super) struct PairRows<'a> {
    pub(super) heads: &'a RowHeads,
    /// The place of each row of the pair in `heads`.
    pub(super) places: &'a dyn Fn(usize) -> usize,
    /// The texts of rows, by the same place.
    pub(super) texts: &'a RowTexts,
    /// The distinct outputs of a side to a row of the pair and how often each came, the most frequent first.
    pub(super) outputs: &'a dyn Fn(usize, usize) -> Vec<(String, usize)>,
    /// Of each side.
    pub(super) bills: [AnswerBill; 2],
}

/// What the answers of one side took.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct AnswerBill {
    /// Answers taken from the store.
    pub(super) reused: usize,
    /// USD for 1,000 calls, where the price is known.
    pub(super) cost_per_1000: Option<f64>,
}

impl PairGrid {
    /// `grid` has two variants, the side before and the side after.
    pub(super) fn new(grid: Grid, samples: [usize; 2], spec: &AnalysisSpec) -> PairGrid {
        let changes = (0..grid.rows()).map(|r| row_change((&grid, 0, r), (&grid, 1, r)));
        PairGrid {
            changes: changes.collect(),
            analysis: analyse(&grid, spec),
            p_adjusted: None,
            samples,
            grid,
        }
    }

    /// p of the difference, not adjusted.
    pub(super) fn p(&self) -> Option<f64> {
        let difference = self.analysis.variants[1].difference.as_ref();
        difference.map(|d| d.p)
    }

    /// The answers of a cell as numbers, sorted; unreadable ones are all the same.
    fn answers(&self, v: usize, r: usize) -> Vec<Option<u32>> {
        let mut all: Vec<Option<u32>> = (0..self.grid.samples())
            .map(|s| self.grid.cell(v, r, s))
            .filter(|c| c.state.is_answered())
            .map(|c| c.answer)
            .collect();
        all.sort_unstable();
        all
    }

    fn row_outcome(&self, v: usize, r: usize, outputs: Vec<(String, usize)>) -> RowOutcome {
        let summary = self.grid.summary(v, r);
        RowOutcome {
            right: summary.correct,
            of: summary.scored(),
            score: summary.mean().unwrap_or(0.0),
            outcome: summary.outcome(),
            outputs,
        }
    }

    /// What a report shows of the pair; `model` is who gave the answers after.
    pub(super) fn effect(&self, model: ModelRef, shown: &PairRows<'_>) -> PairEffect {
        let after = &self.analysis.variants[1];
        let d = after.difference.as_ref();
        let mut rows = Vec::new();
        let mut same = Vec::new();
        for (r, change) in self.changes.iter().enumerate() {
            let Some(change) = *change else { continue };
            let place = (shown.places)(r);
            let row_id = shown.heads.id(place).into_owned();
            if change == RowChange::Unchanged {
                let summary = self.grid.summary(1, r);
                let answer = match summary.majority {
                    MajorityAnswer::Answer(id) => self.grid.read_answer(id).map(str::to_owned),
                    _ => None,
                };
                same.push(SameRow {
                    row_id,
                    correct: summary.is_correct(),
                    answer,
                });
                continue;
            }
            let [before, after] = [0, 1].map(|v| self.row_outcome(v, r, (shown.outputs)(v, r)));
            let moves = |v: usize| self.grid.summary(v, r).distinct_answers > 1;
            rows.push(ChangedRow {
                row_id,
                change,
                input: shown.texts.get(place),
                expected: shown.heads.expected(place).map(str::to_owned),
                words: words(&before, &after),
                moves_on_repeats: moves(0) || moves(1),
                before,
                after,
            });
        }
        let drop = |row: &ChangedRow| row.after.score - row.before.score;
        rows.sort_by(|a, b| {
            let size = drop(b).abs().total_cmp(&drop(a).abs());
            a.change.cmp(&b.change).then(size)
        });
        let counts = self.analysis.rows.row_counts();
        let (conclusion, more_rows) = self.conclusion(counts.always_wrong);
        let changes: ChangeCounts = self.changes.iter().flatten().copied().collect();
        PairEffect {
            conclusion,
            more_rows,
            before: self.analysis.variants[0].score,
            after: after.score,
            difference: d.map(|d| d.interval),
            p: d.map(|d| d.p),
            p_adjusted: self.p_adjusted.or(d.map(|d| d.p)),
            rows_compared: d.map_or(0, |d| d.rows),
            samples: self.grid.samples(),
            threshold: self.grid.threshold(),
            changes,
            churn: changes.answer_changed,
            nobody: counts.always_wrong,
            row_counts: counts,
            truncation: [0, 1].map(|v| self.analysis.variants[v].truncation),
            noise: self.noise(),
            trials_before: self.quality(0, shown.bills[0]),
            trials_after: self.quality(1, shown.bills[1]),
            model,
            rows,
            same,
        }
    }

    fn conclusion(&self, always_wrong: usize) -> (DiffConclusion, Option<usize>) {
        let after = &self.analysis.variants[1];
        let Some(d) = &after.difference else {
            return (DiffConclusion::Nothing, None);
        };
        let told = self.p_adjusted.unwrap_or(d.p) < 0.05;
        let fails = always_wrong * 2 > d.rows;
        match &after.verdict {
            Verdict::Better if told => (DiffConclusion::KeepAfter, None),
            Verdict::Worse if told => (DiffConclusion::KeepBefore, None),
            Verdict::NotComparable { .. } => (DiffConclusion::NotComparable, None),
            Verdict::Identical => (DiffConclusion::Identical, None),
            _ if fails => (DiffConclusion::FailsEverywhere, None),
            Verdict::Equivalent => (DiffConclusion::NoDifference, None),
            Verdict::Undecided { more_rows } => (DiffConclusion::Undecided, *more_rows),
            _ => (DiffConclusion::Undecided, None),
        }
    }

    fn noise(&self) -> Noise {
        let spread = self.analysis.spread.as_ref();
        let repeats = spread.and_then(|s| s.repeats);
        let differ = |pairs: (usize, usize)| (pairs.1 > 0).then(|| pairs.0 as f64 / pairs.1 as f64);
        let (mut inside, mut between) = ([(0, 0); 2], (0, 0));
        for r in 0..self.grid.rows() {
            let answers = [self.answers(0, r), self.answers(1, r)];
            for (tally, own) in inside.iter_mut().zip(&answers) {
                for (i, a) in own.iter().enumerate() {
                    for b in &own[i + 1..] {
                        tally.0 += usize::from(a != b);
                        tally.1 += 1;
                    }
                }
            }
            for a in &answers[0] {
                for b in &answers[1] {
                    between.0 += usize::from(a != b);
                    between.1 += 1;
                }
            }
        }
        Noise {
            repeats_95: repeats.map(|r| r.null_95),
            repeats_p: repeats.map(|r| r.p),
            chance_95: spread.map(|s| s.null_95),
            before_itself: differ(inside[0]),
            after_itself: differ(inside[1]),
            between: differ(between),
        }
    }

    fn quality(&self, v: usize, bill: AnswerBill) -> DataQuality {
        let found = &self.analysis.variants[v];
        let planned = self.grid.rows() * self.samples[v];
        let cells = (0..self.grid.rows())
            .flat_map(|r| (0..self.samples[v]).map(move |s| (r, s)))
            .map(|(r, s)| self.grid.cell(v, r, s).state);
        let answered = cells
            .filter(|state: &CellState| state.is_answered())
            .count();
        DataQuality {
            planned,
            answered,
            failed: found.failed,
            failures: found
                .failures
                .iter()
                .map(|(kind, n)| (kind.to_string(), *n))
                .collect(),
            truncated: found.truncation.truncated,
            refused: found.refused,
            unreadable: found.unreadable,
            missing: planned.saturating_sub(answered + found.failed),
            reused: bill.reused,
            tokens: [found.prompt_tokens, found.completion_tokens],
            latency_ms: [found.latency_p50_ms, found.latency_p95_ms],
            cost_per_1000: bill.cost_per_1000,
        }
    }
}

/// The most frequent outputs, word by word.
fn words(before: &RowOutcome, after: &RowOutcome) -> Vec<Piece> {
    match (before.outputs.first(), after.outputs.first()) {
        (Some((a, _)), Some((b, _))) if a.len() + b.len() <= LONGEST => word_diff(a, b),
        _ => Vec::new(),
    }
}
