//! From two wordings in the store to what one did against the other: rows lined up by their ids, scores compared, outputs read.
//!
//! One pass over each run's trials; the texts of rows that did not change are not kept.

use super::{
    ChangedRow, DataQuality, DiffConclusion, Noise, PairEffect, RowOutcome, RowTexts, SameRow,
    provenance::ServedBy, run::MARGIN,
};
use crate::{
    analysis::{Analysis, AnalysisSpec, Verdict, analyse},
    diff::{Piece, word_diff},
    engine::run_grids,
    model::{ModelRef, Outcome},
    outcome::{CellState, ChangeCounts, Grid, MajorityAnswer, RowChange, align_rows, row_change},
    stats::holm,
    store::{RunInfo, Store, StoreError},
};
use std::collections::{BTreeMap, HashMap};

/// Longer outputs are shown beside each other, not word by word.
const LONGEST: usize = 20_000;

/// One wording in the store.
#[derive(Debug, Clone, Copy)]
pub struct WordingRef<'a> {
    pub info: &'a RunInfo,
    /// Index of its variant in the run.
    pub variant: usize,
}

/// What pairs of wordings did.
#[derive(Debug)]
pub struct PairEffects {
    /// For each pair, one a model that both runs asked.
    pub of_pairs: Vec<Vec<PairEffect>>,
    /// The names under which models answered, by the id of the run.
    pub served: HashMap<String, ServedBy>,
}

/// Read what each pair did with each model that both runs asked.
pub fn effects(
    store: &Store,
    pairs: &[(WordingRef<'_>, WordingRef<'_>)],
    text: &RowTexts,
) -> Result<PairEffects, StoreError> {
    let mut readings: HashMap<String, Reading> = HashMap::new();
    for info in pairs.iter().flat_map(|(a, b)| [a.info, b.info]) {
        if !readings.contains_key(&info.id.0) {
            readings.insert(info.id.0.clone(), Reading::grids(store, info)?);
        }
    }
    let mut compared: Vec<Vec<Compared>> = Vec::new();
    for (before, after) in pairs {
        let models: Vec<ModelRef> = before
            .info
            .models
            .iter()
            .filter(|m| after.info.models.contains(m))
            .cloned()
            .collect();
        compared.push(
            models
                .into_iter()
                .map(|model| Compared::new(model, *before, *after, &readings))
                .collect(),
        );
    }
    // Only the texts of rows that changed are wanted.
    for compared in compared.iter().flatten() {
        for (run, cells) in compared.wanted() {
            if let Some(reading) = readings.get_mut(&run) {
                reading
                    .wanted
                    .extend(cells.map(|cell| (cell, BTreeMap::new())));
            }
        }
    }
    let infos: HashMap<&str, &RunInfo> = pairs
        .iter()
        .flat_map(|(a, b)| [a.info, b.info])
        .map(|info| (info.id.0.as_str(), info))
        .collect();
    for (id, reading) in &mut readings {
        if let Some(info) = infos.get(id.as_str()) {
            reading.texts(store, info)?;
        }
    }
    adjust(&mut compared);
    let of_pairs = compared
        .into_iter()
        .map(|of| of.into_iter().map(|c| c.effect(&readings, text)).collect())
        .collect();
    let served = readings.into_iter().map(|(id, r)| (id, r.served)).collect();
    Ok(PairEffects { of_pairs, served })
}

/// Model, variant and row in a run.
type CellId = (u32, u32, u32);

/// What is read of a run.
struct Reading {
    grids: Vec<Grid>,
    served: ServedBy,
    /// Reused answers, and cost of those whose price is known, by model and variant.
    reused: HashMap<(u32, u32), (usize, f64, usize)>,
    /// Outputs of cells that are to be shown, and how often each came; the number is where it came first.
    wanted: HashMap<CellId, BTreeMap<String, (usize, usize)>>,
}

impl Reading {
    fn grids(store: &Store, info: &RunInfo) -> Result<Reading, StoreError> {
        let grids = run_grids(store, info)?;
        Ok(Reading {
            served: vec![BTreeMap::new(); grids.len()],
            grids,
            reused: HashMap::new(),
            wanted: HashMap::new(),
        })
    }

    fn texts(&mut self, store: &Store, info: &RunInfo) -> Result<(), StoreError> {
        store.each_trial(&info.id, &mut |record| {
            let of = (record.id.model, record.id.variant);
            let tally = self.reused.entry(of).or_default();
            tally.0 += usize::from(record.reused);
            if let Some(cost) = record.cost_usd {
                tally.1 += cost;
                tally.2 += 1;
            }
            let Outcome::Completed(completion) = &record.outcome else {
                return;
            };
            if let (Some(name), Some(served)) = (
                &completion.served_by,
                self.served.get_mut(record.id.model as usize),
            ) {
                *served.entry(name.clone()).or_default() += 1;
            }
            if let Some(outputs) = self.wanted.get_mut(&(of.0, of.1, record.id.row)) {
                let n = outputs.len();
                outputs.entry(completion.text.clone()).or_insert((0, n)).0 += 1;
            }
        })
    }

    /// The outputs of a cell, the most frequent first.
    fn outputs(&self, cell: CellId) -> Vec<(String, usize)> {
        let mut all: Vec<(&String, &(usize, usize))> =
            self.wanted.get(&cell).into_iter().flatten().collect();
        all.sort_by_key(|(_, (times, first))| (std::cmp::Reverse(*times), *first));
        all.into_iter()
            .map(|(text, (times, _))| (text.clone(), *times))
            .collect()
    }
}

/// A pair at one model, lined up.
struct Compared<'a> {
    model: ModelRef,
    sides: [WordingRef<'a>; 2],
    /// Index of the model in each run.
    models: [usize; 2],
    /// The rows that both have: place in each run.
    rows: Vec<[usize; 2]>,
    grid: Grid,
    analysis: Analysis,
    p_adjusted: Option<f64>,
    /// What happened to each row; `None` unless both sides have a score.
    changes: Vec<Option<RowChange>>,
}

impl<'a> Compared<'a> {
    fn new(
        model: ModelRef,
        before: WordingRef<'a>,
        after: WordingRef<'a>,
        readings: &HashMap<String, Reading>,
    ) -> Compared<'a> {
        let sides = [before, after];
        let index = |side: &WordingRef<'_>| {
            let at = side.info.models.iter().position(|m| *m == model);
            at.unwrap_or(0)
        };
        let models = [index(&before), index(&after)];
        let link = align_rows(&before.info.heads, &after.info.heads);
        let rows: Vec<[usize; 2]> = (0..after.info.rows)
            .filter_map(|r| Some([link.earlier(r)?, r]))
            .collect();
        let samples = before.info.samples.max(after.info.samples);
        let mut grid = Grid::new(2, rows.len(), samples).with_rules(after.info.grid_rules());
        for (v, side) in sides.iter().enumerate() {
            let Some(from) = readings
                .get(&side.info.id.0)
                .and_then(|r| r.grids.get(models[v]))
            else {
                continue;
            };
            for (r, places) in rows.iter().enumerate() {
                for s in 0..side.info.samples {
                    grid.copy(from, (side.variant, places[v], s), (v, r, s));
                }
            }
        }
        let clusters = after.info.heads.cluster_numbers();
        let weights = after.info.heads.selection_weights();
        let spec = AnalysisSpec {
            baseline: 0,
            clusters: if clusters.is_empty() {
                Vec::new()
            } else {
                rows.iter().map(|p| clusters[p[1]]).collect()
            },
            weights: match weights.is_empty() {
                true => Vec::new(),
                false => rows.iter().map(|p| weights[p[1]]).collect(),
            },
            seed: after.info.seed,
            margin: MARGIN,
            keys: vec![0, 1],
            identical: identical_sides(&sides),
            max_tokens: sides
                .iter()
                .map(|side| side.info.max_tokens()[side.variant])
                .collect(),
            classes: Some(after.info.labels.len()).filter(|n| *n > 0),
            ..AnalysisSpec::default()
        };
        let analysis = analyse(&grid, &spec);
        let changes = (0..rows.len())
            .map(|r| row_change((&grid, 0, r), (&grid, 1, r)))
            .collect();
        Compared {
            model,
            sides,
            models,
            p_adjusted: None,
            changes,
            rows,
            grid,
            analysis,
        }
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

    fn wanted(&self) -> Vec<(String, impl Iterator<Item = CellId> + '_)> {
        (0..2)
            .map(|v| {
                let side = self.sides[v];
                let cells = self
                    .rows
                    .iter()
                    .zip(&self.changes)
                    .filter(|(_, change)| change.is_some_and(|c| c != RowChange::Unchanged))
                    .map(move |(places, _)| {
                        (self.models[v] as u32, side.variant as u32, places[v] as u32)
                    });
                (side.info.id.0.clone(), cells)
            })
            .collect()
    }

    fn row_outcome(&self, v: usize, r: usize, readings: &HashMap<String, Reading>) -> RowOutcome {
        let cell = (
            self.models[v] as u32,
            self.sides[v].variant as u32,
            self.rows[r][v] as u32,
        );
        let summary = self.grid.summary(v, r);
        RowOutcome {
            right: summary.correct,
            of: summary.scored(),
            score: summary.mean().unwrap_or(0.0),
            outcome: summary.outcome(),
            outputs: readings
                .get(&self.sides[v].info.id.0)
                .map_or(Vec::new(), |reading| reading.outputs(cell)),
        }
    }

    fn effect(self, readings: &HashMap<String, Reading>, text: &RowTexts) -> PairEffect {
        let after = &self.analysis.variants[1];
        let d = after.difference.as_ref();
        let mut rows = Vec::new();
        let mut same = Vec::new();
        for (r, change) in self.changes.iter().enumerate() {
            let Some(change) = *change else { continue };
            let (head, place) = (&self.sides[1].info.heads, self.rows[r][1]);
            let row_id = head.id(place).into_owned();
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
            let before = self.row_outcome(0, r, readings);
            let after = self.row_outcome(1, r, readings);
            let moves = |v: usize| self.grid.summary(v, r).distinct_answers > 1;
            rows.push(ChangedRow {
                row_id,
                change,
                input: text.get(place),
                expected: head.expected(place).map(str::to_owned),
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
            trials_before: self.quality(0, readings),
            trials_after: self.quality(1, readings),
            model: self.model,
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
        for r in 0..self.rows.len() {
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

    fn quality(&self, v: usize, readings: &HashMap<String, Reading>) -> DataQuality {
        let side = self.sides[v];
        let found = &self.analysis.variants[v];
        let planned = self.rows.len() * side.info.samples;
        let cells = (0..self.rows.len())
            .flat_map(|r| (0..side.info.samples).map(move |s| (r, s)))
            .map(|(r, s)| self.grid.cell(v, r, s).state);
        let answered = cells
            .filter(|state: &CellState| state.is_answered())
            .count();
        let key = (self.models[v] as u32, side.variant as u32);
        let (reused, cost, priced) = readings
            .get(&side.info.id.0)
            .and_then(|r| r.reused.get(&key))
            .copied()
            .unwrap_or_default();
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
            reused,
            tokens: [found.prompt_tokens, found.completion_tokens],
            latency_ms: [found.latency_p50_ms, found.latency_p95_ms],
            cost_per_1000: (priced > 0).then(|| cost / priced as f64 * 1_000.0),
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

/// p by Holm over the pairs, at each model.
fn adjust(compared: &mut [Vec<Compared<'_>>]) {
    let mut by_model: BTreeMap<String, Vec<(usize, usize, f64)>> = BTreeMap::new();
    for (i, of) in compared.iter().enumerate() {
        for (j, c) in of.iter().enumerate() {
            if let Some(d) = &c.analysis.variants[1].difference {
                by_model
                    .entry(c.model.to_string())
                    .or_default()
                    .push((i, j, d.p));
            }
        }
    }
    for all in by_model.values() {
        let p: Vec<f64> = all.iter().map(|x| x.2).collect();
        for ((i, j, _), adjusted) in all.iter().zip(holm(&p)) {
            compared[*i][*j].p_adjusted = Some(adjusted);
        }
    }
}

/// Groups of identical sides, for the analysis of two variants of one run.
fn identical_sides(sides: &[WordingRef<'_>; 2]) -> Vec<u32> {
    let [before, after] = sides;
    let identical = after.info.keys.as_ref().map(|keys| &keys.identical);
    let first = |side: &WordingRef<'_>| identical.and_then(|all| all.get(side.variant));
    let is_same_run = before.info.id == after.info.id;
    match is_same_run && first(before).is_some() && first(before) == first(after) {
        true => vec![0, 0],
        false => Vec::new(),
    }
}
