//! Id, expected answer and cluster of the rows of a run, in and out of the store.

use super::StoreError;
use crate::model::{RowHeads, RunId, TextColumn};
use rusqlite::{Connection, OptionalExtension, params};

/// Keep the heads of a run's rows.
pub(super) fn keep(connection: &Connection, run: i64, heads: &RowHeads) -> rusqlite::Result<()> {
    for (part, column) in [
        ("id", &heads.ids),
        ("expected", &heads.expected),
        ("cluster", &heads.clusters),
    ] {
        if let Some(column) = column {
            connection
                .prepare_cached("INSERT INTO heads VALUES (?, ?, ?)")?
                .execute(params![run, part, column.to_bytes()])?;
        }
    }
    Ok(())
}

/// The heads of a run's rows.
pub(super) fn load(
    connection: &Connection,
    run: i64,
    id: &RunId,
    rows: usize,
) -> Result<RowHeads, StoreError> {
    let part = |part: &str| -> Result<Option<TextColumn>, StoreError> {
        let bytes: Option<Vec<u8>> = connection
            .prepare_cached("SELECT bytes FROM heads WHERE run = ? AND part = ?")?
            .query_row(params![run, part], |row| row.get(0))
            .optional()?;
        let column = bytes.map(|bytes| TextColumn::from_bytes(&bytes).filter(|c| c.len() == rows));
        match column {
            Some(None) => Err(StoreError::Unreadable {
                run: id.0.clone(),
                message: format!("the column `{part}` of its rows"),
            }),
            other => Ok(other.flatten()),
        }
    };
    Ok(RowHeads {
        rows,
        ids: part("id")?,
        expected: part("expected")?,
        clusters: part("cluster")?,
    })
}
