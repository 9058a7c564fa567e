//! Id, expected answer, cluster and weight of the rows of a run, and in bundles the rows themselves, in and out of the store.

use super::{RunInfo, StoreError};
use crate::model::{RowHeads, RowRecords, RunId, SliceColumn, TextColumn};
use rusqlite::{Connection, OptionalExtension, params};

/// Starts the name of the part that holds a column by which scores are split.
const SLICE: &str = "slice:";
/// The parts that hold the rows themselves and the names of their columns, in bundles.
const RECORDS: &str = "record";
const COLUMNS: &str = "column";

/// Keep the heads of a run's rows, and the columns by which its scores are split.
pub(super) fn save(connection: &Connection, run: i64, info: &RunInfo) -> rusqlite::Result<()> {
    let heads = &info.heads;
    let named = [
        ("id", &heads.ids),
        ("expected", &heads.expected),
        ("cluster", &heads.clusters),
        ("weight", &heads.weights),
    ];
    let named = named
        .into_iter()
        .filter_map(|(part, column)| Some((part.to_owned(), column.as_ref()?)));
    let slices = info
        .slices
        .iter()
        .map(|s| (format!("{SLICE}{}", s.name), &s.values));
    for (part, column) in named.chain(slices) {
        connection
            .prepare_cached("INSERT INTO heads VALUES (?, ?, ?)")?
            .execute(params![run, part, column.to_bytes()])?;
    }
    Ok(())
}

/// Keep the rows of a run themselves.
pub(super) fn save_records(
    connection: &Connection,
    run: i64,
    records: &RowRecords,
) -> rusqlite::Result<()> {
    let parts = [
        (RECORDS, records.texts().to_bytes()),
        (
            COLUMNS,
            serde_json::to_vec(records.columns()).unwrap_or_default(),
        ),
    ];
    for (part, bytes) in parts {
        connection.execute(
            "INSERT OR REPLACE INTO heads VALUES (?, ?, ?)",
            params![run, part, bytes],
        )?;
    }
    Ok(())
}

/// The rows of a run themselves, where they are kept with it.
pub(super) fn records(
    connection: &Connection,
    run: i64,
    rows: usize,
) -> rusqlite::Result<Option<RowRecords>> {
    let part = |part: &str| -> rusqlite::Result<Option<Vec<u8>>> {
        connection
            .prepare_cached("SELECT bytes FROM heads WHERE run = ? AND part = ?")?
            .query_row(params![run, part], |row| row.get(0))
            .optional()
    };
    let (Some(texts), Some(columns)) = (part(RECORDS)?, part(COLUMNS)?) else {
        return Ok(None);
    };
    let columns = serde_json::from_slice(&columns).unwrap_or_default();
    let texts = TextColumn::from_bytes(&texts).filter(|texts| texts.len() == rows);
    Ok(texts.map(|texts| RowRecords::of_texts(columns, texts)))
}

/// The columns by which the scores of a run are split, in the order in which they were kept.
pub(super) fn slices(
    connection: &Connection,
    run: i64,
    id: &RunId,
    rows: usize,
) -> Result<Vec<SliceColumn>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT part, bytes FROM heads WHERE run = ? AND part LIKE 'slice:%' ORDER BY rowid",
    )?;
    let found = statement.query_map([run], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?))
    })?;
    found
        .map(|found| {
            let (part, bytes) = found?;
            let values = TextColumn::from_bytes(&bytes).filter(|values| values.len() == rows);
            Ok(SliceColumn {
                values: values.ok_or_else(|| StoreError::Unreadable {
                    run: id.0.clone(),
                    message: format!("the column `{part}` of its rows"),
                })?,
                name: part.trim_start_matches(SLICE).to_owned(),
            })
        })
        .collect()
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
        weights: part("weight")?,
    })
}
