//! The prompts of trials and answers out of the store.

use super::{RunSlot, Store, StoreError, prompts::read};
use crate::model::{Prompt, RunId, TrialId};
use rusqlite::OptionalExtension;

impl Store {
    /// The prompt of a trial as it was sent, where it was stored.
    pub fn prompt(&self, run: &RunId, id: TrialId) -> Result<Option<Prompt>, StoreError> {
        let connection = self.lock();
        let Some(slot) = RunSlot::find(&connection, run)? else {
            return Ok(None);
        };
        let place: Option<Option<i64>> = connection
            .prepare_cached(
                "SELECT c.rendered FROM trials t JOIN completions c ON c.number = t.completion WHERE t.cell = ?",
            )?
            .query_row([slot.cell(id)], |row| row.get(0))
            .optional()?;
        let prompt = place.flatten().map(|place| read(&connection, place));
        Ok(prompt.transpose()?.flatten())
    }

    /// Whether some answer of a run was stored without its prompt.
    pub fn lacks_prompts(&self, run: &RunId) -> Result<bool, StoreError> {
        let connection = self.lock();
        let slot = RunSlot::of_run(&connection, run)?;
        let lacks = "SELECT EXISTS (SELECT 1 FROM trials t JOIN completions c ON c.number = t.completion \
             WHERE t.cell >= ? AND t.cell < ? AND c.rendered IS NULL)";
        Ok(connection.query_row(lacks, slot.cells(), |row| row.get(0))?)
    }

    /// The prompt of an answer by its number.
    pub fn prompt_at(&self, completion: i64) -> Result<Option<Prompt>, StoreError> {
        let connection = self.lock();
        let place: Option<Option<i64>> = connection
            .prepare_cached("SELECT rendered FROM completions WHERE number = ?")?
            .query_row([completion], |row| row.get(0))
            .optional()?;
        let prompt = place.flatten().map(|place| read(&connection, place));
        Ok(prompt.transpose()?.flatten())
    }
}
