//! From two wordings in the store to what one did against the other: rows lined up by their ids, scores compared, outputs read.
//!
//! One pass over each run's trials; the texts of rows that did not change are not kept.

use super::{
    PairEffect, RowTexts,
    pair_grid::{AnswerBill, PairGrid, PairRows},
    provenance::ServedBy,
    run::MARGIN,
};
use crate::{
    analysis::AnalysisSpec,
    engine::run_grids,
    model::{ModelRef, Outcome},
    outcome::{Grid, RowChange, align_rows},
    stats::holm,
    store::{RunInfo, Store, StoreError},
};
use std::collections::{BTreeMap, HashMap};

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
    pair: PairGrid,
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
        Compared {
            model,
            sides,
            models,
            rows,
            pair: PairGrid::new(grid, sides.map(|side| side.info.samples), &spec),
        }
    }

    fn wanted(&self) -> Vec<(String, impl Iterator<Item = CellId> + '_)> {
        (0..2)
            .map(|v| {
                let side = self.sides[v];
                let cells = self
                    .rows
                    .iter()
                    .zip(&self.pair.changes)
                    .filter(|(_, change)| change.is_some_and(|c| c != RowChange::Unchanged))
                    .map(move |(places, _)| {
                        (self.models[v] as u32, side.variant as u32, places[v] as u32)
                    });
                (side.info.id.0.clone(), cells)
            })
            .collect()
    }

    fn effect(self, readings: &HashMap<String, Reading>, texts: &RowTexts) -> PairEffect {
        let reading = |v: usize| readings.get(&self.sides[v].info.id.0);
        let of = |v: usize| (self.models[v] as u32, self.sides[v].variant as u32);
        let bill = |v: usize| {
            let tally = reading(v).and_then(|r| r.reused.get(&of(v))).copied();
            let (reused, cost, priced) = tally.unwrap_or_default();
            AnswerBill {
                reused,
                cost_per_1000: (priced > 0).then(|| cost / priced as f64 * 1_000.0),
            }
        };
        let shown = PairRows {
            heads: &self.sides[1].info.heads,
            places: &|r| self.rows[r][1],
            texts,
            outputs: &|v, r| {
                let (model, variant) = of(v);
                let cell = (model, variant, self.rows[r][v] as u32);
                reading(v).map_or(Vec::new(), |reading| reading.outputs(cell))
            },
            bills: [bill(0), bill(1)],
        };
        self.pair.effect(self.model, &shown)
    }
}

/// p by Holm over the pairs, at each model.
fn adjust(compared: &mut [Vec<Compared<'_>>]) {
    let mut by_model: BTreeMap<String, Vec<(usize, usize, f64)>> = BTreeMap::new();
    for (i, of) in compared.iter().enumerate() {
        for (j, c) in of.iter().enumerate() {
            if let Some(p) = c.pair.p() {
                let of_model = by_model.entry(c.model.to_string()).or_default();
                of_model.push((i, j, p));
            }
        }
    }
    for all in by_model.values() {
        let p: Vec<f64> = all.iter().map(|x| x.2).collect();
        for ((i, j, _), adjusted) in all.iter().zip(holm(&p)) {
            compared[*i][*j].pair.p_adjusted = Some(adjusted);
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
