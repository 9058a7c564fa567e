//! The user's note on a run.

use super::{Store, StoreError};
use crate::model::RunId;
use rusqlite::params;

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
}
