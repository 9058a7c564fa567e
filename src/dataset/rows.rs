//! The rows of a file, and samples of them.

use super::{DatasetError, read::records};
use crate::{
    model::Row,
    source::{as_typed, nearest},
};
use rand::seq::index;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use serde_json::Value;
use std::{
    collections::HashMap,
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Which columns mean what.
#[derive(Debug, Clone, Default)]
pub struct Columns {
    /// Column with the expected answer.
    pub answer: Option<String>,
    /// Column with the id.
    pub id: Option<String>,
    /// Column that groups rows.
    pub cluster: Option<String>,
}

/// The rows of a file, in its order (or a sample of them).
#[derive(Debug, Clone)]
pub struct Dataset {
    path: PathBuf,
    rows: Vec<Arc<Row>>,
    columns: Vec<String>,
    hash: String,
}

impl Dataset {
    /// Read a dataset; `-` is JSON lines on standard input. A named column that no row has is an error.
    pub fn read(path: &Path, columns: &Columns) -> Result<Dataset, DatasetError> {
        let shown = if path.as_os_str() == "-" {
            PathBuf::from("<stdin>")
        } else {
            as_typed(path)
        };
        let io = |source| DatasetError::Io {
            path: shown.clone(),
            source,
        };
        let bytes = if path.as_os_str() == "-" {
            let mut bytes = Vec::new();
            std::io::stdin()
                .lock()
                .read_to_end(&mut bytes)
                .map_err(io)?;
            bytes
        } else {
            std::fs::read(path).map_err(io)?
        };
        let hash = blake3::hash(&bytes).to_hex().to_string();
        let text = String::from_utf8(bytes).map_err(|error| DatasetError::Encoding {
            path: shown.clone(),
            line: 1 + error.as_bytes()[..error.utf8_error().valid_up_to()]
                .iter()
                .filter(|b| **b == b'\n')
                .count(),
        })?;
        Dataset::parse(
            path,
            shown,
            text.trim_start_matches('\u{feff}'),
            columns,
            hash,
        )
    }

    fn parse(
        path: &Path,
        shown: PathBuf,
        text: &str,
        columns: &Columns,
        hash: String,
    ) -> Result<Dataset, DatasetError> {
        let records = records(path, &shown, text)?;
        if records.is_empty() {
            return Err(DatasetError::Empty { path: shown });
        }
        let mut names: Vec<String> = Vec::new();
        let mut known = std::collections::HashSet::new();
        for name in records.iter().flat_map(|r| r.keys()) {
            if known.insert(name.as_str()) {
                names.push(name.clone());
            }
        }
        for (column, role) in [
            (&columns.answer, "answer"),
            (&columns.id, "id"),
            (&columns.cluster, "cluster"),
        ] {
            if let Some(column) = column
                && !names.contains(column)
            {
                return Err(DatasetError::NoColumn {
                    column: column.clone(),
                    role,
                    path: shown,
                    nearest: nearest(column, names.iter().map(String::as_str)).map(str::to_owned),
                    known: names,
                });
            }
        }
        let text_of = |record: &serde_json::Map<String, Value>, column: &Option<String>| {
            column
                .as_ref()
                .and_then(|c| record.get(c))
                .and_then(|value| match value {
                    Value::Null => None,
                    Value::String(text) => Some(text.clone()),
                    other => Some(other.to_string()),
                })
        };
        let mut rows = Vec::with_capacity(records.len());
        let mut ids: HashMap<String, usize> = HashMap::new();
        for (index, record) in records.into_iter().enumerate() {
            let id = text_of(&record, &columns.id).unwrap_or_else(|| format!("r{index}"));
            if let Some(first) = ids.insert(id.clone(), index) {
                return Err(DatasetError::TwiceTheSameId {
                    id,
                    path: shown,
                    first: first + 1,
                    second: index + 1,
                });
            }
            let expected = columns
                .answer
                .as_ref()
                .and_then(|c| record.get(c))
                .filter(|v| !v.is_null())
                .cloned();
            let cluster = text_of(&record, &columns.cluster);
            rows.push(Arc::new(Row {
                index,
                id,
                fields: record,
                expected,
                cluster,
            }));
        }
        Ok(Dataset {
            path: shown,
            rows,
            columns: names,
            hash,
        })
    }

    /// A dataset of rows at hand (tests, and the forms without a file).
    pub fn from_rows(rows: Vec<Row>) -> Dataset {
        let columns = rows
            .first()
            .map(|r| r.fields.keys().cloned().collect())
            .unwrap_or_default();
        Dataset {
            path: PathBuf::new(),
            rows: rows.into_iter().map(Arc::new).collect(),
            columns,
            hash: String::new(),
        }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// No rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// One row, by its place in this dataset (not its `index` in the file).
    pub fn row(&self, at: usize) -> Arc<Row> {
        Arc::clone(&self.rows[at])
    }

    /// All rows, in order.
    pub fn rows(&self) -> &[Arc<Row>] {
        &self.rows
    }

    /// Column names, in the order of first appearance.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Where it was read from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Hash of the file's bytes, hexadecimal.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// A seeded sample of at most `n` rows, in the order of the file.
    pub fn sample(mut self, n: usize, seed: u64) -> Dataset {
        if n < self.rows.len() {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let mut chosen = index::sample(&mut rng, self.rows.len(), n).into_vec();
            chosen.sort_unstable();
            self.rows = chosen
                .into_iter()
                .map(|i| Arc::clone(&self.rows[i]))
                .collect();
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, text: &str, columns: &Columns) -> Result<Dataset, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        Dataset::read(&path, columns).map_err(|e| e.to_string())
    }

    fn answer(column: &str) -> Columns {
        Columns {
            answer: Some(column.into()),
            ..Columns::default()
        }
    }

    #[test]
    fn four_forms_read_the_same_rows() {
        let all = [
            read(
                "a.jsonl",
                "\u{feff}{\"t\":\"x, y\",\"l\":\"a\"}\r\n\n{\"t\":\"z\",\"l\":\"b\"}",
                &answer("l"),
            ),
            read(
                "a.json",
                "[{\"t\":\"x, y\",\"l\":\"a\"},{\"t\":\"z\",\"l\":\"b\"}]",
                &answer("l"),
            ),
            read("a.csv", "t,l\n\"x, y\",a\nz,b\n", &answer("l")),
            read("a.tsv", "t\tl\nx, y\ta\nz\tb\n", &answer("l")),
        ];
        for dataset in all {
            let dataset = dataset.unwrap();
            assert_eq!(dataset.len(), 2);
            assert_eq!(dataset.row(0).fields["t"], "x, y");
            assert_eq!(dataset.row(1).expected_text().as_deref(), Some("b"));
            assert_eq!(dataset.row(1).id, "r1");
        }
    }

    #[test]
    fn bad_json_names_its_line_and_column() {
        let lines = "{\"a\":1}\n".repeat(16) + "{\"a\": oops}\n";
        let error = read("a.jsonl", &lines, &Columns::default()).unwrap_err();
        assert!(
            error.contains("a.jsonl:17:7") && error.contains("oops"),
            "{error}"
        );
    }

    #[test]
    fn what_is_missing_or_twice_is_said() {
        let error = read("a.csv", "text,lable\nx,y\n", &answer("label")).unwrap_err();
        assert!(error.contains("did you mean `lable`?"), "{error}");
        let error = read("a.csv", "a,b\n1,2,3\n", &Columns::default()).unwrap_err();
        assert!(
            error.contains("a.csv:2") && error.contains("3 fields"),
            "{error}"
        );
        let ids = Columns {
            id: Some("id".into()),
            ..Columns::default()
        };
        let error = read("a.csv", "id\n1\n1\n", &ids).unwrap_err();
        assert!(error.contains("rows 1 and 2"), "{error}");
        assert!(read("a.jsonl", "\n", &ids).unwrap_err().contains("no rows"));
        assert!(read("a.txt", "x", &ids).unwrap_err().contains(".jsonl"));
    }

    #[test]
    fn a_sample_is_seeded_and_in_order() {
        let text: String = (0..100).map(|i| format!("{{\"i\":{i}}}\n")).collect();
        let read = || read("a.jsonl", &text, &Columns::default()).unwrap();
        let pick = |seed| {
            read()
                .sample(10, seed)
                .rows()
                .iter()
                .map(|r| r.index)
                .collect::<Vec<_>>()
        };
        assert_eq!(pick(7), pick(7));
        assert_ne!(pick(7), pick(8));
        assert!(pick(7).is_sorted() && pick(7).len() == 10);
    }
}
