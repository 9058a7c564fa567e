//! Batches that were submitted from here: which file went to which endpoint, and how far it is.

use super::{Store, StoreError};
use rusqlite::{Row, params};
use serde::Serialize;

const COLUMNS: &str = "input_file, endpoint, id, experiment, model, hash, requests, state, completed, failed, fetched, made_at";

/// A batch that was submitted from here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct SubmittedBatch {
    /// Its id at the endpoint; `None` between the upload of its file and its beginning.
    pub id: Option<String>,
    pub experiment: String,
    pub endpoint: String,
    /// The model as the endpoint knows it.
    pub model: String,
    /// The file of requests, as the endpoint calls it.
    pub input_file: String,
    pub hash: String,
    pub requests: u64,
    /// As the endpoint said last; `uploaded` before it begins.
    pub state: String,
    pub completed: u64,
    pub failed: u64,
    /// Whether its results are in the store.
    pub fetched: bool,
    /// UTC, seconds since 1970.
    pub made_at: i64,
}

impl Store {
    /// Keep how a batch stands, in place of what was known of it.
    pub fn keep_batch(&self, b: &SubmittedBatch) -> Result<(), StoreError> {
        let connection = self.lock();
        connection.execute(
            &format!(
                "INSERT INTO batches ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                 ON CONFLICT (endpoint, input_file, made_at) DO UPDATE SET id = excluded.id, state = excluded.state,
                 completed = excluded.completed, failed = excluded.failed, fetched = excluded.fetched"
            ),
            params![
                b.input_file,
                b.endpoint,
                b.id,
                b.experiment,
                b.model,
                b.hash,
                b.requests as i64,
                b.state,
                b.completed as i64,
                b.failed as i64,
                b.fetched,
                b.made_at
            ],
        )?;
        Ok(())
    }

    /// All batches, the earliest first.
    pub fn submitted_batches(&self) -> Result<Vec<SubmittedBatch>, StoreError> {
        let connection = self.lock();
        let sql = format!("SELECT {COLUMNS} FROM batches ORDER BY made_at, rowid");
        let mut statement = connection.prepare(&sql)?;
        let all = statement.query_map([], read)?;
        Ok(all.collect::<rusqlite::Result<_>>()?)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<SubmittedBatch> {
    Ok(SubmittedBatch {
        input_file: row.get(0)?,
        endpoint: row.get(1)?,
        id: row.get(2)?,
        experiment: row.get(3)?,
        model: row.get(4)?,
        hash: row.get(5)?,
        requests: row.get::<_, i64>(6)? as u64,
        state: row.get(7)?,
        completed: row.get::<_, i64>(8)? as u64,
        failed: row.get::<_, i64>(9)? as u64,
        fetched: row.get(10)?,
        made_at: row.get(11)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_kept_and_brought_up_to_date() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("x.db")).unwrap();
        let mut batch = SubmittedBatch {
            input_file: "file-1".into(),
            endpoint: "e".into(),
            state: "uploaded".into(),
            requests: 3,
            made_at: 7,
            ..SubmittedBatch::default()
        };
        store.keep_batch(&batch).unwrap();
        batch.id = Some("batch_1".into());
        batch.state = "completed".into();
        (batch.completed, batch.failed, batch.fetched) = (2, 1, true);
        store.keep_batch(&batch).unwrap();
        assert_eq!(store.submitted_batches().unwrap(), [batch]);
    }
}
