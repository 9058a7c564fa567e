//! What is noted on a run after it began: the user's note, and prompts that a server cut.

use super::{RunSlot, Store, StoreError};
use crate::model::{CutPrompts, RunId};
use rusqlite::{OptionalExtension, params};

impl Store {
    /// Note something down on a run, in place of what was noted before; an empty note takes it away.
    pub fn note(&self, id: &RunId, note: &str) -> Result<(), StoreError> {
        let note = Some(note.trim()).filter(|n| !n.is_empty());
        self.lock().execute(
            "UPDATE runs SET info = json_set(info, '$.note', ?) WHERE id = ?",
            params![note, id.0],
        )?;
        Ok(())
    }

    /// Add to what is known of prompts that a server cut.
    pub fn add_cut_prompts(&self, run: RunSlot, found: &[CutPrompts]) -> Result<(), StoreError> {
        let connection = self.lock();
        let known: Option<String> = connection
            .query_row(
                "SELECT json_extract(info, '$.cut_prompts') FROM runs WHERE number = ?",
                [run.number],
                |row| row.get(0),
            )
            .optional()?
            .flatten();
        let mut all: Vec<CutPrompts> = known
            .and_then(|json| serde_json::from_str(&json).ok())
            .unwrap_or_default();
        CutPrompts::add(&mut all, found);
        let json = serde_json::to_string(&all).unwrap_or_else(|_| "[]".to_owned());
        connection.execute(
            "UPDATE runs SET info = json_set(info, '$.cut_prompts', json(?)) WHERE number = ?",
            params![json, run.number],
        )?;
        Ok(())
    }
}
