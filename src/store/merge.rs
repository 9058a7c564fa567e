//! Trials of another run of the same plan, taken over into a run here; from this store or from a store of their own.
//!
//! A store is taken in one transaction: its answers first, those that are not here word for word, then the trials that point
//! at them. Nothing of it passes through memory but the numbers of its answers.

use super::{RunInfo, RunSlot, Store, StoreError, address, open::open_to_read, prompts, schema};
use crate::model::{RunId, TrialId};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use std::path::Path;

/// A trial that two runs answer differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MergeConflict {
    pub trial: TrialId,
    /// The answers are the same, and their scores differ.
    pub only_scores: bool,
}

const COMPLETION: &str = "p.key, p.text, p.extra, p.finish, p.prompt, p.cached, p.completion, p.reasoning, \
    p.estimated, p.latency_ms, p.first_token_ms";

/// The blocks of prompts, moved behind those that are here.
const COPY_PROMPTS: &str =
    "INSERT INTO main.prompts SELECT number + ?1, base + ?1, bytes FROM part.prompts";

/// An answer `c` here that is `p`, word for word.
const SAME: &str = "c.text = p.text AND c.extra IS p.extra AND c.finish = p.finish AND c.prompt = p.prompt \
    AND c.cached = p.cached AND c.completion = p.completion AND c.reasoning = p.reasoning AND c.estimated = p.estimated \
    AND c.latency_ms = p.latency_ms AND c.first_token_ms IS p.first_token_ms";

impl Store {
    /// Open a store that must be there.
    pub fn open_existing(path: &Path) -> Result<Store, StoreError> {
        let layout = schema::layout(&open_to_read(path)?)?;
        if layout == 0 {
            return Err(StoreError::Open {
                path: path.to_owned(),
                message: "it is not a store of wording, as `wording run --store FILE` creates one"
                    .into(),
            });
        }
        Store::open(path)
    }

    /// Take the trials of another run of the same plan over into a run, and with them every answer of their store;
    /// `from` is that store, where it is not this one. A trial that has an answer here keeps it. `None` is all well.
    pub fn merge_run(
        &self,
        place: RunSlot,
        from: Option<&Path>,
        part: &RunInfo,
    ) -> Result<Option<MergeConflict>, StoreError> {
        let mut connection = self.lock();
        address::complete(&connection)?;
        let Some(path) = from else {
            return Ok(copy_trials(&mut connection, "main", place, &part.id)?);
        };
        let shown = path.to_string_lossy();
        connection.execute("ATTACH ? AS part", [&shown])?;
        let taken = copy_trials(&mut connection, "part", place, &part.id);
        let let_go = connection.execute_batch("DETACH part");
        let taken = taken?;
        let_go?;
        address::complete(&connection)?;
        Ok(taken)
    }
}

fn copy_trials(
    connection: &mut Connection,
    there: &str,
    place: RunSlot,
    part: &RunId,
) -> rusqlite::Result<Option<MergeConflict>> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let first: i64 = transaction.query_row(
        &format!("SELECT first FROM {there}.runs WHERE id = ?"),
        [&part.0],
        |row| row.get(0),
    )?;
    let [here, end] = place.cells();
    let cells = Cells {
        there,
        first,
        end: first + (end - here),
        shift: here - first,
    };
    if let Some(clash) = cells.clash(&transaction, place)? {
        return Ok(Some(clash));
    }
    let answers = match there {
        "main" => None,
        _ => Some(take_answers(&transaction)?),
    };
    cells.take_trials(&transaction, answers)?;
    cells.take_scores(&transaction)?;
    if there != "main" {
        transaction.execute_batch(
            "INSERT OR IGNORE INTO main.embeddings SELECT key, vector FROM part.embeddings",
        )?;
    }
    transaction
        .execute_batch("DROP TABLE IF EXISTS temp.wanted; DROP TABLE IF EXISTS temp.known;")?;
    transaction.commit()?;
    Ok(None)
}

/// Where trials lie in the other store, and how far from their places here.
struct Cells<'a> {
    there: &'a str,
    first: i64,
    end: i64,
    shift: i64,
}

impl Cells<'_> {
    /// The first trial that has another answer here, or another score.
    fn clash(
        &self,
        connection: &Connection,
        place: RunSlot,
    ) -> rusqlite::Result<Option<MergeConflict>> {
        let there = self.there;
        connection
            .prepare(&format!(
                "SELECT m.cell, p.text = c.text AND p.finish = c.finish FROM {there}.trials o \
                 CROSS JOIN main.trials m ON m.cell = o.cell + ?1 \
                 CROSS JOIN {there}.completions p ON p.number = o.completion \
                 CROSS JOIN main.completions c ON c.number = m.completion \
                 WHERE o.cell >= ?2 AND o.cell < ?3 \
                 AND (p.text <> c.text OR p.finish <> c.finish OR o.score <> m.score) ORDER BY o.cell LIMIT 1"
            ))?
            .query_row(params![self.shift, self.first, self.end], |row| {
                Ok(MergeConflict {
                    trial: place.trial(row.get(0)?),
                    only_scores: row.get(1)?,
                })
            })
            .optional()
    }

    /// Take trials that are not here, or not as complete; answers that were copied have their numbers moved by so much.
    fn take_trials(&self, connection: &Connection, moved: Option<i64>) -> rusqlite::Result<()> {
        let there = self.there;
        connection.execute_batch("CREATE TEMP TABLE wanted (cell INTEGER PRIMARY KEY)")?;
        connection.execute(
            &format!(
                "INSERT INTO temp.wanted SELECT o.cell FROM {there}.trials o \
                 LEFT JOIN main.trials m ON m.cell = o.cell + ?1 WHERE o.cell >= ?2 AND o.cell < ?3 AND (m.cell IS NULL \
                 OR (o.completion IS NOT NULL AND (m.completion IS NULL OR (m.score IS NULL AND o.score IS NOT NULL))))"
            ),
            params![self.shift, self.first, self.end],
        )?;
        let (answer, known) = match moved {
            None => ("o.completion".to_owned(), ""),
            Some(moved) => (
                format!("coalesce(k.here, o.completion + {moved})"),
                "LEFT JOIN temp.known k ON k.number = o.completion",
            ),
        };
        connection.execute(
            &format!(
                "INSERT OR REPLACE INTO main.trials SELECT o.cell + ?1, o.state, {answer}, o.failure, o.attempts, \
                 o.reused, o.cost_usd, o.score, o.answer, o.more_scores, o.latency_ms, o.prompt, o.cached, o.output, \
                 o.reasoning, o.estimated, o.calls FROM temp.wanted w CROSS JOIN {there}.trials o ON o.cell = w.cell {known}"
            ),
            [self.shift],
        )?;
        Ok(())
    }

    /// Take what judges said of those trials, and why some have no score.
    fn take_scores(&self, connection: &Connection) -> rusqlite::Result<()> {
        let there = self.there;
        for (table, columns) in [
            (
                "opinions",
                "o.metric, o.repeat, o.place, o.value, o.reused, o.cost_usd, o.reason",
            ),
            ("unscored", "o.metric, o.reason"),
        ] {
            let old = format!(
                "DELETE FROM main.{table} WHERE cell IN (SELECT cell + ?1 FROM temp.wanted)"
            );
            connection.execute(&old, [self.shift])?;
            let new = format!(
                "INSERT INTO main.{table} SELECT o.cell + ?1, {columns} FROM temp.wanted w \
                 CROSS JOIN {there}.{table} o ON o.cell = w.cell"
            );
            connection.execute(&new, [self.shift])?;
        }
        Ok(())
    }
}

/// Copy the answers of the other store that are not here word for word, and note where the others are; how far the numbers
/// of the copies lie from theirs.
fn take_answers(connection: &Connection) -> rusqlite::Result<i64> {
    connection.execute_batch(&format!(
        "CREATE TEMP TABLE known (number INTEGER PRIMARY KEY, here INTEGER NOT NULL);
         INSERT INTO temp.known SELECT p.number, c.number FROM part.completions p
           CROSS JOIN main.addresses a ON a.key = p.key
           CROSS JOIN main.completions c ON c.number = a.completion WHERE {SAME};"
    ))?;
    let moved: i64 = connection.query_row(
        "SELECT coalesce(max(number), 0) FROM main.completions",
        [],
        |row| row.get(0),
    )?;
    let blocks: i64 = connection.query_row(
        "SELECT coalesce(max(number), 0) FROM main.prompts",
        [],
        |row| row.get(0),
    )?;
    let copied = connection.execute(
        &format!(
            "INSERT INTO main.completions SELECT p.number + ?1, {COMPLETION}, p.rendered + ?2 FROM part.completions p \
             LEFT JOIN temp.known k ON k.number = p.number WHERE k.number IS NULL ORDER BY p.number"
        ),
        [moved, blocks * prompts::LINES],
    )?;
    if copied > 0 {
        connection.execute(COPY_PROMPTS, [blocks])?;
    }
    Ok(moved)
}
