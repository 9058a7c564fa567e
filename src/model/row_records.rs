//! The rows of a run themselves, for whoever reads it without its dataset.

use super::{Row, TextColumn, TextColumnBuilder};

/// Rows with all their columns, each kept as JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowRecords {
    columns: Vec<String>,
    texts: TextColumn,
}

impl RowRecords {
    /// The records of rows in their order; a row that is not at hand has none.
    pub fn new(columns: Vec<String>, rows: impl IntoIterator<Item = Option<Row>>) -> RowRecords {
        let mut texts = TextColumnBuilder::default();
        for row in rows {
            match row.and_then(|row| serde_json::to_string(&row).ok()) {
                Some(text) => texts.push_new(&text),
                None => texts.push(None),
            }
        }
        RowRecords::of_texts(columns, texts.finish())
    }

    /// Records as [`RowRecords::texts`] gives them.
    pub fn of_texts(columns: Vec<String>, texts: TextColumn) -> RowRecords {
        RowRecords { columns, texts }
    }

    /// The names of the columns, in the order of the dataset.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    pub fn texts(&self) -> &TextColumn {
        &self.texts
    }

    /// A row; `None` where it was not at hand, or its record is no row.
    pub fn row(&self, row: usize) -> Option<Row> {
        let record: Row = serde_json::from_str(self.texts.get(row)?).ok()?;
        Some(Row {
            index: row,
            ..record
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_row_comes_back_with_its_types_and_what_is_no_row_does_not() {
        let row = Row {
            index: 1,
            id: "a\n1".into(),
            fields: json!({"n": 1.5, "list": ["x", null], "text": "你好"})
                .as_object()
                .unwrap()
                .clone(),
            expected: Some(json!({"team": "billing"})),
            cluster: Some("c".into()),
        };
        let records = RowRecords::new(vec!["n".into()], [None, Some(row.clone())]);
        assert_eq!(records.row(0), None);
        assert_eq!(records.row(1), Some(row));
        assert_eq!(records.row(2), None);
        let mut texts = TextColumnBuilder::default();
        texts.push(Some("[".repeat(100_000).as_str()));
        texts.push(Some("{\"fields\": 3}"));
        let hostile = RowRecords::of_texts(Vec::new(), texts.finish());
        assert_eq!((hostile.row(0), hostile.row(1)), (None, None));
    }
}
