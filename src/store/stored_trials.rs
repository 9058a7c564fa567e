//! Trials of stored runs, with their texts and without.

use super::{
    RunInfo, RunSlot, Store, StoreError,
    completion::{completion, numbered},
    prompts::PromptReader,
    score::stored_score,
    trial::read_more_scores,
};
use crate::{
    model::{Failure, Outcome, Prompt, RunId, Score, Scores, TrialId, TrialRecord},
    outcome::CellState,
};
use rusqlite::{OptionalExtension, Row, params};

const TRIAL: &str = "SELECT t.cell, t.failure, t.attempts, t.reused, t.cost_usd, t.score, t.answer, \
    t.state, t.more_scores, c.text, c.extra, c.finish, t.prompt, t.cached, t.output, t.reasoning, t.estimated, \
    t.latency_ms, c.first_token_ms, t.calls, c.rendered FROM trials t LEFT JOIN completions c ON c.number = t.completion";

/// Reads a prompt when it is asked for.
type ReadPrompt<'a> = dyn FnMut() -> Option<Prompt> + 'a;

impl Store {
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
        self.each_trial_with_prompt(run, &mut |record, _| each(record))
    }

    /// The same, with a function that reads the prompt of the trial, where it was stored.
    pub fn each_trial_with_prompt(
        &self,
        run: &RunId,
        each: &mut dyn FnMut(TrialRecord, &mut ReadPrompt<'_>),
    ) -> Result<(), StoreError> {
        let connection = self.lock();
        let place = RunSlot::of_run(&connection, run)?;
        let mut statement = connection.prepare_cached(&format!(
            "{TRIAL} WHERE t.cell >= ? AND t.cell < ? ORDER BY t.cell"
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
            scores.extend(read_more_scores(row.get(8)?));
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
