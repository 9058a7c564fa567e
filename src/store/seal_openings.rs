//! Openings of sealed rows: each is written down before anybody can see a sealed row.

use super::{RunInfo, Store, StoreError, unix_now};
use crate::model::RunId;
use rusqlite::{Row, params};
use serde::Serialize;

/// Proof that an opening of an experiment's sealed rows is in the store. Without one, nothing hands out a sealed row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealOpening {
    number: i64,
    experiment: String,
}

impl SealOpening {
    /// Its number in the store.
    pub fn number(&self) -> i64 {
        self.number
    }

    /// Whose sealed rows are open.
    pub fn experiment(&self) -> &str {
        &self.experiment
    }
}

/// An opening, as the store remembers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct SealOpeningRecord {
    #[serde(skip)]
    pub number: i64,
    pub experiment: String,
    /// UTC, seconds since 1970.
    pub opened_at: i64,
    /// The run over the sealed rows; `None` where it never began.
    pub run: Option<RunId>,
    /// Why, as somebody said, or the command that was typed.
    pub reason: String,
    /// Sealed rows at that time.
    pub rows: usize,
}

const RECORD: &str = "SELECT number, experiment, opened_at, run, reason, rows FROM seal_openings";

impl Store {
    /// Write down that an experiment's sealed rows are opened now. It is on disk when this returns: whatever happens to the
    /// process afterwards, the opening counts.
    pub fn open_sealed_rows(
        &self,
        experiment: &str,
        rows: usize,
        run: Option<&RunId>,
        reason: &str,
    ) -> Result<SealOpening, StoreError> {
        let connection = self.lock();
        connection.execute(
            "INSERT INTO seal_openings (experiment, opened_at, run, reason, rows) VALUES (?, ?, ?, ?, ?)",
            params![
                experiment,
                unix_now().as_secs() as i64,
                run.map(|run| &run.0),
                reason.trim(),
                rows as i64
            ],
        )?;
        Ok(SealOpening {
            number: connection.last_insert_rowid(),
            experiment: experiment.to_owned(),
        })
    }

    /// The opening that was made for this reason, to go on with what it was made for, and its run where that began.
    pub fn opening_for(
        &self,
        experiment: &str,
        reason: &str,
    ) -> Result<Option<(SealOpening, Option<RunId>)>, StoreError> {
        let records = self.seal_openings(Some(experiment))?;
        let made = records.into_iter().rev().find(|made| made.reason == reason);
        Ok(made.map(|made| {
            let opening = SealOpening {
                number: made.number,
                experiment: made.experiment,
            };
            (opening, made.run)
        }))
    }

    /// The opening that a run over sealed rows was made by, to go on with that run; `None` where the run is not one.
    pub fn opening_of(&self, run: &RunInfo) -> Option<SealOpening> {
        Some(SealOpening {
            number: run.seal.as_ref()?.opening?,
            experiment: run.experiment.clone(),
        })
    }

    /// The openings of an experiment's sealed rows, or of all, oldest first.
    pub fn seal_openings(
        &self,
        experiment: Option<&str>,
    ) -> Result<Vec<SealOpeningRecord>, StoreError> {
        let connection = self.lock();
        let mut statement = connection.prepare(&format!(
            "{RECORD} WHERE ?1 IS NULL OR experiment = ?1 ORDER BY number"
        ))?;
        let records = statement.query_map([experiment], record)?;
        Ok(records.collect::<Result<_, _>>()?)
    }
}

fn record(row: &Row<'_>) -> rusqlite::Result<SealOpeningRecord> {
    Ok(SealOpeningRecord {
        number: row.get(0)?,
        experiment: row.get(1)?,
        opened_at: row.get(2)?,
        run: row.get::<_, Option<String>>(3)?.map(RunId),
        reason: row.get(4)?,
        rows: row.get::<_, i64>(5)?.unsigned_abs() as usize,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_opening_is_on_disk_before_anything_else_happens() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wording.db");
        let store = Store::open(&path).unwrap();
        store.open_sealed_rows("a", 12, None, " release ").unwrap();
        store.open_sealed_rows("b", 3, None, "other").unwrap();
        let (again, run) = store.opening_for("a", "release").unwrap().unwrap();
        assert_eq!((again.experiment(), run), ("a", None));
        assert_eq!(store.opening_for("a", "other").unwrap(), None);
        // Another process sees it while this one still runs.
        let records = Store::open(&path)
            .unwrap()
            .seal_openings(Some("a"))
            .unwrap();
        let [record] = records.as_slice() else {
            panic!("{records:?}");
        };
        assert_eq!(
            (record.rows, record.reason.as_str(), &record.run),
            (12, "release", &None)
        );
        assert!(record.opened_at > 1_600_000_000);
        assert_eq!(store.seal_openings(None).unwrap().len(), 2);
    }
}
