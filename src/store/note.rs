//! What is noted on a run after it began: the user's note, and what makes its answers less sure.

use super::{RunSlot, Store, StoreError};
use crate::model::{CutPrompts, EndpointWarning, ListedModel, RunId};
use rusqlite::{OptionalExtension, params};
use serde::{Serialize, de::DeserializeOwned};

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
        self.add_to_info(run, "cut_prompts", found, CutPrompts::add)
    }

    /// Add to what makes answers of its models less sure.
    pub fn add_endpoint_warnings(
        &self,
        run: RunSlot,
        found: &[EndpointWarning],
    ) -> Result<(), StoreError> {
        self.add_to_info(run, "endpoint_warnings", found, EndpointWarning::add)
    }

    /// Keep what the endpoints' lists say of its models.
    pub fn add_listed_models(&self, run: RunSlot, found: &[ListedModel]) -> Result<(), StoreError> {
        self.add_to_info(run, "listed_models", found, ListedModel::add)
    }

    fn add_to_info<T: Serialize + DeserializeOwned>(
        &self,
        run: RunSlot,
        field: &str,
        found: &[T],
        add: fn(&mut Vec<T>, &[T]),
    ) -> Result<(), StoreError> {
        let connection = self.lock();
        let path = format!("$.{field}");
        let known: Option<String> = connection
            .query_row(
                "SELECT json_extract(info, ?) FROM runs WHERE number = ?",
                params![path, run.number],
                |row| row.get(0),
            )
            .optional()?
            .flatten();
        let mut all: Vec<T> = known
            .and_then(|json| serde_json::from_str(&json).ok())
            .unwrap_or_default();
        add(&mut all, found);
        let json = serde_json::to_string(&all).unwrap_or_else(|_| "[]".to_owned());
        connection.execute(
            "UPDATE runs SET info = json_set(info, ?, json(?)) WHERE number = ?",
            params![path, json, run.number],
        )?;
        Ok(())
    }
}
