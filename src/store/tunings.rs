//! Fine-tuning jobs that were begun here: what was trained on what, and the model that came of it.

use super::{Store, StoreError};
use rusqlite::{OptionalExtension, Row, params};
use serde::Serialize;

const COLUMNS: &str = "job, experiment, endpoint, base, tuned, state, examples, bad_cases, made_at";

/// A fine-tuning job that was begun here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Tuning {
    /// Its id at the endpoint.
    pub job: String,
    pub experiment: String,
    pub endpoint: String,
    pub base: String,
    /// The tuned model, once there is one.
    pub tuned: Option<String>,
    /// As the endpoint said last.
    pub state: String,
    /// Examples that it was trained on.
    pub examples: usize,
    /// Corrected bad cases among them.
    pub bad_cases: usize,
    /// UTC, seconds since 1970.
    pub made_at: i64,
}

impl Store {
    /// Keep a job, in place of what was known of it.
    pub fn keep_tuning(&self, t: &Tuning) -> Result<(), StoreError> {
        let connection = self.lock();
        connection.execute(
            &format!(
                "INSERT OR REPLACE INTO tunings ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
            ),
            params![
                t.job,
                t.experiment,
                t.endpoint,
                t.base,
                t.tuned,
                t.state,
                t.examples as i64,
                t.bad_cases as i64,
                t.made_at
            ],
        )?;
        Ok(())
    }

    /// All jobs, the earliest first.
    pub fn tunings(&self) -> Result<Vec<Tuning>, StoreError> {
        let connection = self.lock();
        let sql = format!("SELECT {COLUMNS} FROM tunings ORDER BY made_at, rowid");
        let mut statement = connection.prepare(&sql)?;
        let all = statement.query_map([], read)?;
        Ok(all.collect::<rusqlite::Result<_>>()?)
    }

    pub fn tuning(&self, job: &str) -> Result<Option<Tuning>, StoreError> {
        let connection = self.lock();
        let sql = format!("SELECT {COLUMNS} FROM tunings WHERE job = ?");
        Ok(connection.query_row(&sql, [job], read).optional()?)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Tuning> {
    Ok(Tuning {
        job: row.get(0)?,
        experiment: row.get(1)?,
        endpoint: row.get(2)?,
        base: row.get(3)?,
        tuned: row.get(4)?,
        state: row.get(5)?,
        examples: row.get::<_, i64>(6)? as usize,
        bad_cases: row.get::<_, i64>(7)? as usize,
        made_at: row.get(8)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_kept_and_brought_up_to_date() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("x.db")).unwrap();
        let mut job = Tuning {
            job: "ftjob-1".into(),
            experiment: "e".into(),
            state: "queued".into(),
            examples: 24,
            ..Tuning::default()
        };
        store.keep_tuning(&job).unwrap();
        job.state = "succeeded".into();
        job.tuned = Some("ft:m".into());
        store.keep_tuning(&job).unwrap();
        assert_eq!(store.tunings().unwrap(), [job.clone()]);
        assert_eq!(store.tuning("ftjob-1").unwrap(), Some(job));
        assert_eq!(store.tuning("ftjob-2").unwrap(), None);
    }
}
