//! The scores of a stored run as grids.

use super::{RunInfo, RunSlot, Store, StoreError, score::stored_score, trial::read_more_scores};
use crate::{
    model::Score,
    outcome::{Cell, CellState, Grid, GridRules},
};

impl Store {
    /// The grid of one model of a run.
    pub fn grid(&self, run: &RunInfo, model: usize) -> Result<Grid, StoreError> {
        let mut grid =
            Grid::new(run.variants.len(), run.rows, run.samples).with_rules(run.grid_rules());
        let connection = self.lock();
        let place = RunSlot::of_run(&connection, &run.id)?;
        let mut statement = connection.prepare_cached(concat!(
            "SELECT cell, state, score, answer, latency_ms, prompt, cached, output, cost_usd, more_scores FROM trials ",
            "WHERE cell >= ? AND cell < ?"
        ))?;
        let mut rows = statement.query(place.cells_of(model))?;
        while let Some(row) = rows.next()? {
            let id = place.trial(row.get(0)?);
            let (v, r, s) = (id.variant as usize, id.row as usize, id.sample as usize);
            if v >= grid.variants() || r >= grid.rows() || s >= grid.samples() {
                continue;
            }
            let (state, truncated) = CellState::from_number(row.get(1)?);
            let score = row.get::<_, Option<f64>>(2)?.map_or(0.0, stored_score);
            let answer = row
                .get_ref(3)?
                .as_str_or_null()
                .ok()
                .flatten()
                .map(|a| grid.intern(a));
            let tokens = |i| row.get::<_, Option<u32>>(i).map(Option::unwrap_or_default);
            let cell = Cell {
                state,
                score: state.is_answered().then_some(score),
                answer,
                truncated,
                latency_ms: row.get::<_, Option<f64>>(4)?.unwrap_or(0.0) as f32,
                prompt_tokens: tokens(5)?,
                cached_tokens: tokens(6)?,
                completion_tokens: tokens(7)?,
            };
            grid.set(v, r, s, cell);
            let further = read_more_scores(row.get(9)?);
            let further = further.iter().map(Score::known);
            grid.set_extras((v, r, s), further, row.get(8)?);
        }
        Ok(grid)
    }

    /// The scores of one model of a run by some of the metrics, which are not the main one: a grid for each, without answers.
    pub fn metric_grids(
        &self,
        run: &RunInfo,
        model: usize,
        metrics: &[usize],
    ) -> Result<Vec<Grid>, StoreError> {
        let mut grids: Vec<Grid> = (metrics.iter())
            .map(|_| {
                let rules = GridRules {
                    max_truncated: run.max_truncated,
                    ..GridRules::default()
                };
                Grid::new(run.variants.len(), run.rows, run.samples).with_rules(rules)
            })
            .collect();
        if metrics.is_empty() {
            return Ok(grids);
        }
        let connection = self.lock();
        let place = RunSlot::of_run(&connection, &run.id)?;
        let mut statement = connection.prepare_cached(
            "SELECT cell, more_scores, state FROM trials WHERE cell >= ? AND cell < ? AND more_scores IS NOT NULL",
        )?;
        let mut rows = statement.query(place.cells_of(model))?;
        while let Some(row) = rows.next()? {
            let id = place.trial(row.get(0)?);
            let scores = read_more_scores(row.get(1)?);
            let (_, truncated) = CellState::from_number(row.get(2)?);
            for (grid, metric) in grids.iter_mut().zip(metrics) {
                let Some(score) = metric.checked_sub(1).and_then(|i| scores.get(i)) else {
                    continue;
                };
                let state = match (score.is_missing(), score.unreadable) {
                    (true, false) => CellState::Unscored,
                    (true, true) => CellState::UnscoredUnreadable,
                    (false, true) => CellState::Unreadable,
                    (false, false) => CellState::Scored,
                };
                let cell = Cell {
                    state,
                    score: score.known(),
                    answer: None,
                    truncated,
                    latency_ms: 0.0,
                    prompt_tokens: 0,
                    cached_tokens: 0,
                    completion_tokens: 0,
                };
                grid.set(
                    id.variant as usize,
                    id.row as usize,
                    id.sample as usize,
                    cell,
                );
            }
        }
        Ok(grids)
    }
}
