//! Searches for better wordings: the record of each, as JSON.

use super::{Store, StoreError, unix_now};
use rusqlite::{OptionalExtension, params};

impl Store {
    /// Keep the record of a search, in place of what was kept of it.
    pub fn keep_search(
        &self,
        id: &str,
        experiment: &str,
        state: &str,
        record: &str,
    ) -> Result<(), StoreError> {
        self.lock().execute(
            "INSERT INTO searches (id, experiment, state, made_at, record) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (id) DO UPDATE SET state = ?3, record = ?5",
            params![id, experiment, state, unix_now().as_secs() as i64, record],
        )?;
        Ok(())
    }

    /// The record of a search.
    pub fn search(&self, id: &str) -> Result<Option<String>, StoreError> {
        let connection = self.lock();
        let sql = "SELECT record FROM searches WHERE id = ?";
        Ok(connection
            .query_row(sql, [id], |row| row.get(0))
            .optional()?)
    }

    /// Records of an experiment's searches, the latest first.
    pub fn searches(&self, experiment: &str) -> Result<Vec<String>, StoreError> {
        let connection = self.lock();
        let sql =
            "SELECT record FROM searches WHERE experiment = ? ORDER BY made_at DESC, rowid DESC";
        let mut statement = connection.prepare(sql)?;
        let all = statement.query_map([experiment], |row| row.get(0))?;
        Ok(all.collect::<rusqlite::Result<_>>()?)
    }
}
