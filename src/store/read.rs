//! Runs, grids and trials out of the store.

use super::{
    CompletionKey, RunInfo, RunSlot, SealOpening, Store, StoreError,
    check::running,
    completion::{completion, numbered, usable},
    heads,
    prompts::PromptReader,
    score::stored_score,
};
use crate::model::{
    Completion, Failure, ListedModel, Outcome, Prompt, RunId, Score, Scores, Shard, TrialId,
    TrialRecord, Usage,
};
use crate::outcome::{Cell, CellState, Grid, GridRules};
use rusqlite::{OptionalExtension, Row, params};
use std::sync::Arc;

const TRIAL: &str = "SELECT t.cell, t.failure, t.attempts, t.reused, t.cost_usd, t.score, t.answer, \
    t.state, t.more_scores, c.text, c.extra, c.finish, t.prompt, t.cached, t.output, t.reasoning, t.estimated, \
    t.latency_ms, c.first_token_ms, t.calls FROM trials t LEFT JOIN completions c ON c.number = t.completion";

/// The state of a run that has not ended.
const RUNNING: &str = "running";

/// What holds for runs that are not over sealed rows.
const OPEN: &str = "json_extract(info, '$.seal.opening') IS NULL";

/// Reads a prompt when it is asked for.
type ReadPrompt<'a> = dyn FnMut() -> Option<Prompt> + 'a;

/// Counts of a run, over all the times that it went on.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct RunCounts {
    /// Trials with an answer.
    pub completed: u64,
    pub failed: u64,
    /// Answers that were taken from the store.
    pub reused: u64,
    /// Requests sent, retries included.
    pub sent: u64,
    /// Requests after the first of a trial.
    pub retries: u64,
    /// Tokens of the answers that were not reused.
    pub usage: Usage,
    /// Their cost, where known.
    pub cost_usd: Option<f64>,
    pub elapsed_s: f64,
    /// The time that answers took which were not reused, all together.
    pub latency_s: f64,
}

impl RunCounts {
    /// Requests in flight on average, for latencies mean little without it; `None` where nothing was sent.
    pub fn mean_in_flight(&self) -> Option<f64> {
        let is_known = self.elapsed_s > 0.0 && self.latency_s > 0.0;
        is_known.then(|| self.latency_s / self.elapsed_s)
    }
}

impl Store {
    /// The completion kept under a key. One that was cut counts as none: it is requested again.
    pub fn completion(&self, key: &CompletionKey) -> Result<Option<Completion>, StoreError> {
        let found = self.numbered_completion(key)?;
        Ok(found.map(|(_, completion)| completion))
    }

    /// The completion of a number.
    pub fn completion_at(&self, number: i64) -> Result<Option<Completion>, StoreError> {
        Ok(numbered(&self.lock(), number)?)
    }

    /// The same as [`Store::completion`], with its number.
    pub fn numbered_completion(
        &self,
        key: &CompletionKey,
    ) -> Result<Option<(i64, Completion)>, StoreError> {
        let addresses = || self.addresses.read();
        self.load_addresses(0)?;
        let known = addresses();
        let Some(known) = known.as_ref().filter(|known| known.may_have(key)) else {
            return Ok(None);
        };
        Ok(usable(known, &self.lock(), key)?)
    }

    /// Whether there may be a completion under a key; cheap, and `false` is certain.
    pub(crate) fn may_have(&self, key: &CompletionKey) -> bool {
        let known = self.addresses.read();
        known.as_ref().is_some_and(|known| known.may_have(key))
    }

    /// Whether there is any completion.
    pub(crate) fn has_completions(&self) -> bool {
        let any = "SELECT EXISTS (SELECT 1 FROM completions)";
        let found = self.lock().query_row(any, [], |row| row.get(0));
        found.unwrap_or(false)
    }

    /// Newest first; without runs over sealed rows.
    pub fn runs(&self) -> Result<Vec<RunInfo>, StoreError> {
        self.select_runs(&format!("WHERE {OPEN} ORDER BY number DESC"), &[])
    }

    /// Newest first, runs over sealed rows among them: to list them, without rows and scores.
    pub fn all_runs(&self) -> Result<Vec<RunInfo>, StoreError> {
        self.select_runs("ORDER BY number DESC", &[])
    }

    /// The latest run of an experiment over its sealed rows, without its rows.
    pub fn latest_sealed(&self, experiment: &str) -> Result<Option<RunInfo>, StoreError> {
        let rest = format!(
            "WHERE json_extract(info, '$.experiment') = ? AND NOT ({OPEN}) ORDER BY number DESC LIMIT 1"
        );
        Ok(self.select_runs(&rest, &[&experiment])?.pop())
    }

    fn select_runs(
        &self,
        rest: &str,
        values: &[&dyn rusqlite::ToSql],
    ) -> Result<Vec<RunInfo>, StoreError> {
        let connection = self.lock();
        let mut statement =
            connection.prepare(&format!("SELECT id, state, info FROM runs {rest}"))?;
        let rows = statement.query_map(values, |row| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, String>(1)?,
                row.get::<_, String>(2)?,
            ))
        })?;
        let runs = rows.map(|row| {
            let (id, state, info) = row?;
            let mut info: RunInfo =
                serde_json::from_str(&info).map_err(|e| StoreError::unreadable(&RunId(id), &e))?;
            info.state = state;
            Ok(info)
        });
        let mut runs = runs.collect::<Result<Vec<RunInfo>, StoreError>>()?;
        // A run whose process is gone does not run, whatever it wrote last.
        if runs.iter().any(|run| run.state == RUNNING) {
            let alive = running(&connection)?;
            let is_dead = |run: &RunInfo| !alive.iter().any(|alive| alive.run == run.id.0);
            for run in runs
                .iter_mut()
                .filter(|run| run.state == RUNNING && is_dead(run))
            {
                run.state = "interrupted".into();
            }
        }
        Ok(runs)
    }

    /// A run by id, an unambiguous start of one, or `latest`. One over sealed rows is refused; see [`Store::sealed_run`].
    pub fn run(&self, id: &str) -> Result<RunInfo, StoreError> {
        let found = self.find_run(id)?;
        match found.is_of_sealed_rows() {
            true => Err(StoreError::Sealed { run: found.id.0 }),
            false => self.with_heads(found),
        }
    }

    /// A run whose rows are sealed, by an opening of that experiment's rows.
    pub fn sealed_run(&self, id: &RunId, opening: &SealOpening) -> Result<RunInfo, StoreError> {
        let found = self.find_run(&id.0)?;
        match found.experiment == opening.experiment() {
            true => self.with_heads(found),
            false => Err(StoreError::Sealed { run: found.id.0 }),
        }
    }

    /// The run of an id, which may be over sealed rows where an opening is at hand.
    pub fn run_with(&self, id: &str, opening: Option<&SealOpening>) -> Result<RunInfo, StoreError> {
        match opening {
            Some(opening) => self.sealed_run(&RunId(id.to_owned()), opening),
            None => self.run(id),
        }
    }

    /// What is kept of a run besides its rows and trials, be they sealed or not. `latest` is the latest that is not sealed.
    pub fn find_run(&self, id: &str) -> Result<RunInfo, StoreError> {
        let mut found = if id == "latest" {
            self.select_runs(&format!("WHERE {OPEN} ORDER BY number DESC LIMIT 1"), &[])?
        } else {
            let id = if id.starts_with("r-") {
                id.to_owned()
            } else {
                format!("r-{id}")
            };
            self.select_runs(
                "WHERE substr(id, 1, length(?1)) = ?1 ORDER BY number DESC LIMIT 5",
                &[&id],
            )?
        };
        match found.len() {
            1 => Ok(found.remove(0)),
            0 => {
                let known = self.select_runs("ORDER BY number DESC LIMIT 3", &[])?;
                Err(StoreError::NoRun {
                    id: id.to_owned(),
                    known: known.into_iter().map(|r| r.id.0).collect(),
                })
            }
            _ => Err(StoreError::Ambiguous {
                id: id.to_owned(),
                found: found.into_iter().map(|r| r.id.0).collect(),
            }),
        }
    }

    pub fn latest_of(&self, experiment: &str) -> Result<Option<RunInfo>, StoreError> {
        self.latest_shard_of(experiment, None)
    }

    /// The latest run of a shard of an experiment; where none is named, of any and of none.
    pub fn latest_shard_of(
        &self,
        experiment: &str,
        shard: Option<Shard>,
    ) -> Result<Option<RunInfo>, StoreError> {
        let rest = format!(
            "WHERE {OPEN} AND json_extract(info, '$.experiment') = ?1 \
             AND (?2 IS NULL OR json_extract(info, '$.shard') = ?2) ORDER BY number DESC LIMIT 1"
        );
        let shard = shard.map(|s| s.to_string());
        self.select_runs(&rest, &[&experiment, &shard])?
            .pop()
            .map(|run| self.with_heads(run))
            .transpose()
    }

    /// The limits at which runs bought answers again that were cut at a lower one.
    pub fn raised_limits(&self) -> Result<Vec<u64>, StoreError> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(
            "SELECT DISTINCT json_extract(info, '$.raised.max_tokens') AS raised FROM runs WHERE raised IS NOT NULL",
        )?;
        let limits = statement.query_map([], |row| row.get::<_, i64>(0))?;
        limits.map(|limit| Ok(limit?.unsigned_abs())).collect()
    }

    fn with_heads(&self, mut run: RunInfo) -> Result<RunInfo, StoreError> {
        let connection = self.lock();
        let place = RunSlot::of_run(&connection, &run.id)?;
        run.heads = Arc::new(heads::load(&connection, place.number, &run.id, run.rows)?);
        run.slices = Arc::new(heads::slices(&connection, place.number, &run.id, run.rows)?);
        run.records = heads::records(&connection, place.number, run.rows)?.map(Arc::new);
        Ok(run)
    }

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
            let further = row
                .get::<_, Option<String>>(9)?
                .map(|text| more_scores(Some(text)));
            let further = further.iter().flatten().map(Score::known);
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
            let scores = more_scores(Some(row.get(1)?));
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

    /// One trial with its texts.
    pub fn trial(&self, run: &RunId, id: TrialId) -> Result<Option<TrialRecord>, StoreError> {
        let connection = self.lock();
        let Some(place) = RunSlot::find(&connection, run)? else {
            return Ok(None);
        };
        let mut statement = connection.prepare_cached(&format!("{TRIAL} WHERE t.cell = ?"))?;
        Ok(statement
            .query_row([place.cell(id)], |row| record(&place, row))
            .optional()?)
    }

    /// Every finished trial of a run with its texts, in the order of (model, variant, row, sample).
    pub fn each_trial(
        &self,
        run: &RunId,
        each: &mut dyn FnMut(TrialRecord),
    ) -> Result<(), StoreError> {
        let connection = self.lock();
        let place = RunSlot::of_run(&connection, run)?;
        let mut statement = connection.prepare_cached(&format!(
            "{TRIAL} WHERE t.cell >= ? AND t.cell < ? ORDER BY t.cell"
        ))?;
        let mut rows = statement.query(place.cells())?;
        while let Some(row) = rows.next()? {
            each(record(&place, row)?);
        }
        Ok(())
    }

    /// The same, with a function that reads the prompt of the trial, where it was stored.
    pub fn each_trial_with_prompt(
        &self,
        run: &RunId,
        each: &mut dyn FnMut(TrialRecord, &mut ReadPrompt<'_>),
    ) -> Result<(), StoreError> {
        let connection = self.lock();
        let place = RunSlot::of_run(&connection, run)?;
        let trial = TRIAL.replacen(" FROM", ", c.rendered FROM", 1);
        let mut statement = connection.prepare_cached(&format!(
            "{trial} WHERE t.cell >= ? AND t.cell < ? ORDER BY t.cell"
        ))?;
        let mut reader = PromptReader::default();
        let mut rows = statement.query(place.cells())?;
        while let Some(row) = rows.next()? {
            let rendered: Option<i64> = row.get("rendered")?;
            // One that cannot be read counts as not stored.
            let mut prompt = || reader.read(&connection, rendered?).ok().flatten();
            each(record(&place, row)?, &mut prompt);
        }
        Ok(())
    }

    /// At most so many of the trials of a run that have an answer, with their texts, in the order of [`Store::each_trial`]
    /// and behind the one that is named.
    pub fn answered_after(
        &self,
        run: &RunId,
        behind: Option<TrialId>,
        most: usize,
    ) -> Result<Vec<TrialRecord>, StoreError> {
        let connection = self.lock();
        let place = RunSlot::of_run(&connection, run)?;
        let [first, end] = place.cells();
        let from = behind.map_or(first, |id| place.cell(id) + 1);
        let mut statement = connection.prepare_cached(&format!(
            "{TRIAL} WHERE t.cell >= ? AND t.cell < ? AND t.completion IS NOT NULL ORDER BY t.cell LIMIT ?"
        ))?;
        let rows = statement.query_map([from, end, most as i64], |row| record(&place, row))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Each trial of a run that has an answer, not a cut one.
    pub fn each_answered(
        &self,
        run: &RunId,
        each: &mut dyn FnMut(TrialId),
    ) -> Result<(), StoreError> {
        let connection = self.lock();
        let place = RunSlot::of_run(&connection, run)?;
        let mut statement = connection.prepare_cached(
            "SELECT t.cell, CASE WHEN c.finish = '' THEN c.number END FROM trials t JOIN completions c ON c.number = t.completion \
             WHERE t.cell >= ? AND t.cell < ?",
        )?;
        let mut rows = statement.query(place.cells())?;
        while let Some(row) = rows.next()? {
            let is_cut = match row.get::<_, Option<i64>>(1)? {
                Some(number) => numbered(&connection, number)?.is_none_or(|c| c.is_cut()),
                None => false,
            };
            if !is_cut {
                each(place.trial(row.get(0)?));
            }
        }
        Ok(())
    }

    /// Each trial of a run that is answered: the number of its answer, and whether it has all its scores.
    pub fn each_answer(
        &self,
        run: &RunId,
        each: &mut dyn FnMut(TrialId, i64, bool),
    ) -> Result<(), StoreError> {
        let connection = self.lock();
        let place = RunSlot::of_run(&connection, run)?;
        let [first, end] = place.cells();
        let mut statement = connection.prepare_cached(
            "SELECT cell, completion, state NOT IN (?3, ?4, ?5, ?6) \
             AND cell NOT IN (SELECT cell FROM unscored WHERE cell >= ?1 AND cell < ?2) \
             FROM trials WHERE cell >= ?1 AND cell < ?2 AND completion IS NOT NULL",
        )?;
        let unscored = [CellState::Unscored, CellState::UnscoredUnreadable];
        let [[a, b], [c, d]] =
            unscored.map(|state| [false, true].map(|cut| i64::from(state.number(cut))));
        let mut rows = statement.query(params![first, end, a, b, c, d])?;
        while let Some(row) = rows.next()? {
            each(place.trial(row.get(0)?), row.get(1)?, row.get(2)?);
        }
        Ok(())
    }

    /// The name under which a model has answered in a run and its fingerprint, each where it is one. The outer `None` stands
    /// for several or no answers, the inner one for answers that do not say.
    pub fn answered_as(
        &self,
        run: &RunInfo,
        model: usize,
    ) -> Result<[Option<Option<String>>; 2], StoreError> {
        let connection = self.lock();
        let place = RunSlot::of_run(&connection, &run.id)?;
        let mut statement = connection.prepare_cached(
            "SELECT DISTINCT json_extract(c.extra, ?) FROM trials t \
             JOIN completions c ON c.number = t.completion WHERE t.cell >= ? AND t.cell < ? LIMIT 2",
        )?;
        let [first, end] = place.cells_of(model);
        let mut only = |field: &str| -> rusqlite::Result<Option<Option<String>>> {
            let values = statement.query_map(params![field, first, end], |row| row.get(0))?;
            let mut values: Vec<Option<String>> = values.collect::<Result<_, _>>()?;
            Ok(values.pop().filter(|_| values.is_empty()))
        };
        Ok([only("$.served_by")?, only("$.fingerprint")?])
    }

    /// What lists said of models: of a run, or the latest that any other one has of each.
    pub fn listed_models(&self, of: Option<&RunId>) -> Result<Vec<ListedModel>, StoreError> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(
            "SELECT json_extract(info, '$.listed_models') FROM runs \
             WHERE json_extract(info, '$.listed_models') IS NOT NULL AND (?1 IS NULL OR id = ?1) ORDER BY number",
        )?;
        let mut rows = statement.query([of.map(|id| id.0.as_str())])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let json: String = row.get(0)?;
            let listed: Vec<ListedModel> = serde_json::from_str(&json).unwrap_or_default();
            ListedModel::add(&mut all, &listed);
        }
        Ok(all)
    }

    pub fn counts(&self, run: &RunId) -> Result<RunCounts, StoreError> {
        let connection = self.lock();
        let place = RunSlot::of_run(&connection, run)?;
        let mut counts = connection.query_row(
            concat!(
                "SELECT count(completion), count(failure), coalesce(sum(reused), 0), ",
                "coalesce(sum(CASE WHEN calls IS NOT NULL THEN calls ->> '$.usage.prompt' WHEN reused THEN 0 ELSE prompt END), 0), ",
                "coalesce(sum(CASE WHEN calls IS NOT NULL THEN calls ->> '$.usage.cached' WHEN reused THEN 0 ELSE cached END), 0), ",
                "coalesce(sum(CASE WHEN calls IS NOT NULL THEN calls ->> '$.usage.completion' WHEN reused THEN 0 ELSE output END), 0), ",
                "coalesce(sum(CASE WHEN calls IS NOT NULL THEN calls ->> '$.usage.reasoning' WHEN reused THEN 0 ELSE reasoning END), 0), ",
                "coalesce(max(estimated), 0), ",
                "sum(CASE WHEN calls IS NOT NULL THEN calls ->> '$.cost_usd' WHEN reused THEN NULL ELSE cost_usd END), ",
                "coalesce(sum(attempts), 0), coalesce(sum(max(attempts - coalesce(calls ->> '$.sent', 1), 0)), 0), ",
                "coalesce(sum(CASE WHEN calls IS NOT NULL THEN calls ->> '$.latency_ms' WHEN reused THEN 0 ELSE latency_ms END), 0) / 1000.0 ",
                "FROM trials WHERE cell >= ? AND cell < ?"
            ),
            place.cells(),
            |row| {
                let n = |i| row.get::<_, i64>(i).map(|n| n as u64);
                Ok(RunCounts {
                    completed: n(0)?,
                    failed: n(1)?,
                    reused: n(2)?,
                    usage: Usage { prompt: n(3)?, cached: n(4)?, completion: n(5)?, reasoning: n(6)?, estimated: row.get(7)?, ..Usage::default() },
                    cost_usd: row.get(8)?,
                    sent: n(9)?,
                    retries: n(10)?,
                    latency_s: row.get(11)?,
                    ..RunCounts::default()
                })
            },
        )?;
        let (elapsed_s, sent, retries) = connection.query_row(
            "SELECT elapsed_s, sent, retries FROM runs WHERE number = ?",
            [place.number],
            |row| {
                Ok((
                    row.get(0)?,
                    row.get::<_, i64>(1)? as u64,
                    row.get::<_, i64>(2)? as u64,
                ))
            },
        )?;
        // A run that was killed could not write what it sent; one that sent a trial again has only its last attempts.
        counts.sent = counts.sent.max(sent);
        counts.retries = counts.retries.max(retries);
        counts.elapsed_s = elapsed_s;
        Ok(counts)
    }
}

/// The scores behind the main one, as they are kept.
fn more_scores(text: Option<String>) -> Vec<Score> {
    let more: Vec<(Option<f64>, Option<String>, bool)> = text
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default();
    let scores = more.into_iter().map(|(value, answer, unreadable)| Score {
        value: value.unwrap_or(f64::NAN),
        answer,
        unreadable,
    });
    scores.collect()
}

fn record(place: &RunSlot, row: &Row<'_>) -> rusqlite::Result<TrialRecord> {
    let failure: Option<Failure> = row
        .get::<_, Option<String>>(1)?
        .and_then(|f| serde_json::from_str(&f).ok());
    let mut scores = Vec::new();
    let outcome = match failure {
        Some(failure) => Outcome::Failed(failure),
        None => {
            let (state, _) = CellState::from_number(row.get(7)?);
            if let Some(value) = row.get::<_, Option<f64>>(5)? {
                scores.push(Score {
                    value: stored_score(value),
                    answer: row.get(6)?,
                    unreadable: state != CellState::Scored,
                });
            } else if state.is_unscored() {
                scores.push(Score {
                    answer: row.get(6)?,
                    unreadable: state == CellState::UnscoredUnreadable,
                    ..Score::MISSING
                });
            }
            scores.extend(more_scores(row.get(8)?));
            Outcome::Completed(completion(row, 9)?)
        }
    };
    Ok(TrialRecord {
        id: place.trial(row.get(0)?),
        outcome,
        scores: Scores(scores),
        reused: row.get(3)?,
        attempts: row.get(2)?,
        cost_usd: row.get(4)?,
        calls: row
            .get::<_, Option<String>>("calls")?
            .and_then(|calls| serde_json::from_str(&calls).ok()),
    })
}
