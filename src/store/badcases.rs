//! Bad cases: inputs whose answer was wrong, with the right one. They outlive runs and datasets, so they hold the row itself.

use super::{Store, StoreError};
use rusqlite::{OptionalExtension, Row, params};
use serde::Serialize;
use serde_json::{Map, Value};

const COLUMNS: &str =
    "id, experiment, row_id, fields, output, corrected, variant, model, run, note, made_at";

/// An input whose answer was wrong, with the right one.
#[derive(Debug, Clone, Default, PartialEq, Serialize, schemars::JsonSchema)]
pub struct BadCase {
    /// Its number; 0 for a new one.
    pub id: i64,
    pub experiment: String,
    /// Id of the row of the experiment's dataset; `None` for an input from elsewhere.
    pub row_id: Option<String>,
    /// The columns of the row.
    pub fields: Map<String, Value>,
    /// The wrong answer; empty where none was kept.
    pub output: String,
    /// The right one; empty where nobody has said it yet.
    pub corrected: String,
    /// Who gave the wrong answer.
    pub variant: Option<String>,
    pub model: Option<String>,
    pub run: Option<String>,
    pub note: String,
    /// UTC, seconds since 1970.
    pub made_at: i64,
}

impl Store {
    /// Keep a bad case; one of the same row (or with the same fields) is replaced, and keeps its number. That number.
    pub fn keep_bad_case(&self, case: &BadCase) -> Result<i64, StoreError> {
        let fields = Value::Object(case.fields.clone()).to_string();
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let known: Option<i64> = transaction
            .query_row(
                "SELECT id FROM badcases WHERE experiment = ?1 AND (row_id = ?2 OR fields = ?3) ORDER BY row_id IS NULL LIMIT 1",
                params![case.experiment, case.row_id, fields],
                |row| row.get(0),
            )
            .optional()?;
        let id = match known {
            Some(id) => {
                transaction.execute(
                    "UPDATE badcases SET row_id = ?2, fields = ?3, output = ?4, corrected = ?5, variant = ?6, model = ?7, run = ?8, note = ?9, made_at = ?10 WHERE id = ?1",
                    params![id, case.row_id, fields, case.output, case.corrected, case.variant, case.model, case.run, case.note, case.made_at],
                )?;
                id
            }
            None => {
                transaction.execute(
                    "INSERT INTO badcases (experiment, row_id, fields, output, corrected, variant, model, run, note, made_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    params![case.experiment, case.row_id, fields, case.output, case.corrected, case.variant, case.model, case.run, case.note, case.made_at],
                )?;
                transaction.last_insert_rowid()
            }
        };
        transaction.commit()?;
        Ok(id)
    }

    /// The bad cases of an experiment, the oldest first.
    pub fn bad_cases(&self, experiment: &str) -> Result<Vec<BadCase>, StoreError> {
        let connection = self.lock();
        let mut statement = connection.prepare(&format!(
            "SELECT {COLUMNS} FROM badcases WHERE experiment = ? ORDER BY id"
        ))?;
        let cases = statement.query_map([experiment], read)?;
        Ok(cases.collect::<rusqlite::Result<_>>()?)
    }

    pub fn bad_case(&self, id: i64) -> Result<Option<BadCase>, StoreError> {
        let connection = self.lock();
        let sql = format!("SELECT {COLUMNS} FROM badcases WHERE id = ?");
        Ok(connection.query_row(&sql, [id], read).optional()?)
    }

    /// Forget one; whether there was one.
    pub fn delete_bad_case(&self, id: i64) -> Result<bool, StoreError> {
        let connection = self.lock();
        Ok(connection.execute("DELETE FROM badcases WHERE id = ?", [id])? > 0)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<BadCase> {
    let fields: String = row.get(3)?;
    Ok(BadCase {
        id: row.get(0)?,
        experiment: row.get(1)?,
        row_id: row.get(2)?,
        fields: serde_json::from_str(&fields).unwrap_or_default(),
        output: row.get(4)?,
        corrected: row.get(5)?,
        variant: row.get(6)?,
        model: row.get(7)?,
        run: row.get(8)?,
        note: row.get(9)?,
        made_at: row.get(10)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn case(row_id: Option<&str>, text: &str) -> BadCase {
        BadCase {
            experiment: "e".into(),
            row_id: row_id.map(str::to_owned),
            fields: json!({"text": text}).as_object().unwrap().clone(),
            output: "negative".into(),
            corrected: "positive".into(),
            ..BadCase::default()
        }
    }

    #[test]
    fn cases_survive_and_a_row_is_marked_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.db");
        let (first, second) = {
            let store = Store::open(&path).unwrap();
            let first = store.keep_bad_case(&case(Some("s1"), "a")).unwrap();
            (first, store.keep_bad_case(&case(None, "b")).unwrap())
        };
        let store = Store::open(&path).unwrap();
        let mut again = case(Some("s1"), "a");
        again.corrected = "mixed".into();
        assert_eq!(store.keep_bad_case(&again).unwrap(), first);
        let mut elsewhere = case(None, "b");
        elsewhere.note = "from the shop".into();
        assert_eq!(store.keep_bad_case(&elsewhere).unwrap(), second);
        let all = store.bad_cases("e").unwrap();
        assert_eq!(
            all.iter()
                .map(|c| (c.id, c.corrected.as_str(), c.note.as_str()))
                .collect::<Vec<_>>(),
            [(first, "mixed", ""), (second, "positive", "from the shop")]
        );
        assert!(store.bad_cases("other").unwrap().is_empty());
        assert!(store.delete_bad_case(first).unwrap());
        assert!(!store.delete_bad_case(first).unwrap());
        assert_eq!(store.bad_case(second).unwrap().unwrap().fields["text"], "b");
    }
}
