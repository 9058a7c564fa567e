//! A dataset with its labels written into the column of the expected answer.

use crate::{
    dataset::{Dataset, DatasetError},
    model::Row,
};
use serde_json::{Map, Value};
use std::{
    fs::File,
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
};

/// In which form a dataset is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportForm {
    Lines,
    /// A list in JSON.
    List,
    Table {
        delimiter: u8,
    },
    /// The dataset's own Parquet file with another answer column.
    #[cfg(feature = "parquet")]
    Parquet,
}

/// Why a dataset cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error(
        "cannot write labels into {}: wording writes .jsonl, .json, .csv and .tsv, and .parquet where the dataset is one; export to one of them, for example -o labelled.jsonl",
        .0.display()
    )]
    Form(PathBuf),
    #[cfg(feature = "parquet")]
    #[error("cannot write labels into {}: {cause}; export to JSON lines, for example -o labelled.jsonl", path.display())]
    Parquet {
        path: PathBuf,
        cause: crate::dataset::RewriteError,
    },
    #[error(
        "{}, row {row}: {what} cannot be written into a table; export to JSON lines, for example -o labelled.jsonl",
        path.display()
    )]
    NotInTable {
        path: PathBuf,
        row: String,
        what: &'static str,
    },
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl ExportForm {
    /// By the name of the file that is written; tables as the dataset has them.
    pub fn new(path: &Path, dataset: &Dataset) -> Result<ExportForm, ExportError> {
        let extension = path
            .extension()
            .unwrap_or_default()
            .to_string_lossy()
            .to_lowercase();
        match extension.as_str() {
            "jsonl" | "ndjson" | "jsonlines" => Ok(ExportForm::Lines),
            "json" => Ok(ExportForm::List),
            "csv" => Ok(ExportForm::Table {
                delimiter: dataset.delimiter().filter(|d| *d != b'\t').unwrap_or(b','),
            }),
            "tsv" => Ok(ExportForm::Table { delimiter: b'\t' }),
            #[cfg(feature = "parquet")]
            "parquet" if dataset.path().is_file() && is_parquet(dataset.path()) => {
                Ok(ExportForm::Parquet)
            }
            _ => Err(ExportError::Form(path.to_path_buf())),
        }
    }
}

/// Write all rows, with their labels in `column`. Columns keep their order; a new one comes last. Lines of JSON that have no
/// new label are copied as they are.
pub fn export_dataset(
    dataset: &Dataset,
    column: &str,
    form: ExportForm,
    out: &mut dyn Write,
) -> Result<(), ExportError> {
    let own = dataset.clone().without_overlay();
    let is_new = |place| dataset.heads().expected(place) != own.heads().expected(place);
    let labelled = |place: usize| -> Result<Map<String, Value>, ExportError> {
        let row = own.row(place)?;
        let mut fields = row.fields.clone();
        if is_new(place) {
            let answer = dataset.row(place)?.expected.clone();
            fields.insert(column.to_owned(), answer.unwrap_or(Value::Null));
        }
        Ok(fields)
    };
    match form {
        ExportForm::Lines => {
            let mut lines = source_lines(dataset)?;
            for place in 0..dataset.len() {
                let line = lines.as_mut().and_then(Iterator::next).transpose()?;
                match line.filter(|_| !is_new(place)) {
                    Some(line) => out.write_all(line.as_bytes())?,
                    None => serde_json::to_writer(&mut *out, &labelled(place)?)
                        .map_err(io::Error::from)?,
                }
                out.write_all(b"\n")?;
            }
        }
        ExportForm::List => {
            for place in 0..dataset.len() {
                out.write_all(if place == 0 { b"[\n" } else { b",\n" })?;
                serde_json::to_writer(&mut *out, &labelled(place)?).map_err(io::Error::from)?;
            }
            out.write_all(b"\n]\n")?;
        }
        ExportForm::Table { delimiter } => {
            let mut columns: Vec<&str> = own.columns().iter().map(String::as_str).collect();
            if !columns.contains(&column) {
                columns.push(column);
            }
            let mut table = csv::WriterBuilder::new()
                .delimiter(delimiter)
                .from_writer(out);
            table.write_record(&columns).map_err(io::Error::from)?;
            for place in 0..dataset.len() {
                let fields = labelled(place)?;
                let cells: Result<Vec<String>, ExportError> = columns
                    .iter()
                    .map(|name| cell(fields.get(*name), dataset, &*own.row(place)?))
                    .collect();
                table.write_record(cells?).map_err(io::Error::from)?;
            }
            table.flush()?;
        }
        #[cfg(feature = "parquet")]
        ExportForm::Parquet => {
            let value = |place| Ok(labelled(place)?.remove(column));
            let values: Vec<Option<Value>> = (0..dataset.len())
                .map(value)
                .collect::<Result<_, ExportError>>()?;
            let written = crate::dataset::rewrite_parquet_column(dataset.path(), column, &values);
            out.write_all(&written.map_err(|cause| ExportError::Parquet {
                path: dataset.path().to_path_buf(),
                cause,
            })?)?;
        }
    }
    Ok(())
}

#[cfg(feature = "parquet")]
fn is_parquet(path: &Path) -> bool {
    (path.extension()).is_some_and(|extension| extension.eq_ignore_ascii_case("parquet"))
}

/// The lines of the dataset's file, where each of its lines is a row.
fn source_lines(
    dataset: &Dataset,
) -> Result<Option<impl Iterator<Item = io::Result<String>>>, ExportError> {
    let path = dataset.path();
    let extension = path
        .extension()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    if !["jsonl", "ndjson", "jsonlines"].contains(&extension.as_str()) || !path.is_file() {
        return Ok(None);
    }
    let lines = || -> io::Result<_> {
        let lines = BufReader::new(File::open(path)?).lines();
        Ok(lines.filter(|line| line.as_ref().map_or(true, |line| !line.trim().is_empty())))
    };
    let is_whole = lines()?.count() == dataset.len();
    Ok(is_whole.then(lines).transpose()?)
}

fn cell(value: Option<&Value>, dataset: &Dataset, row: &Row) -> Result<String, ExportError> {
    let what = match value {
        None | Some(Value::Null) => return Ok(String::new()),
        Some(Value::String(text)) => return Ok(text.clone()),
        Some(scalar @ (Value::Number(_) | Value::Bool(_))) => return Ok(scalar.to_string()),
        Some(Value::Array(_)) => "a list",
        Some(Value::Object(_)) => "an object",
    };
    Err(ExportError::NotInTable {
        path: dataset.path().to_path_buf(),
        row: row.id.clone(),
        what,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::ReadOptions;
    use serde_json::json;
    use std::collections::{BTreeMap, HashMap};

    fn export(
        name: &str,
        text: &str,
        form_of: &str,
        labels: &[(u32, Value)],
    ) -> Result<String, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        let options = ReadOptions {
            answer: Some("l".into()),
            ..ReadOptions::default()
        };
        let labels: HashMap<u32, Option<Value>> = labels
            .iter()
            .map(|(row, label)| (*row, Some(label.clone())))
            .collect();
        let dataset = Dataset::read(&path, &options).unwrap().with_answers(
            labels,
            &BTreeMap::new(),
            Some("l".into()),
        );
        let mut out = Vec::new();
        ExportForm::new(Path::new(form_of), &dataset)
            .and_then(|form| export_dataset(&dataset, "l", form, &mut out))
            .map_err(|error| error.to_string())?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn columns_and_their_order_stay_in_every_form() {
        let lines = "{\"l\": null, \"t\": 1.00}\n\n{\"t\":\"ü\",  \"l\": \"own\"}\n";
        let labels = [(0, json!("a"))];
        assert_eq!(
            export("a.jsonl", lines, "b.jsonl", &labels).unwrap(),
            "{\"l\":\"a\",\"t\":1.0}\n{\"t\":\"ü\",  \"l\": \"own\"}\n",
            "a line without a new label is copied"
        );
        assert_eq!(
            export("a.jsonl", lines, "b.csv", &labels).unwrap(),
            "l,t\na,1.0\nown,ü\n"
        );
        let table = "t;l;z\n\"x;\"\"y\"\"\";;1\nz;own;2\n";
        assert_eq!(
            export("a.csv", table, "a.csv", &labels).unwrap(),
            "t;l;z\n\"x;\"\"y\"\"\";a;1\nz;own;2\n"
        );
        assert_eq!(
            export("a.csv", table, "b.json", &labels).unwrap(),
            "[\n{\"t\":\"x;\\\"y\\\"\",\"l\":\"a\",\"z\":\"1\"},\n{\"t\":\"z\",\"l\":\"own\",\"z\":\"2\"}\n]\n"
        );
    }

    #[test]
    fn what_a_form_cannot_hold_is_said() {
        let table = "t,l\nx,\n";
        let error = export("a.csv", table, "a.csv", &[(0, json!(["a", "b"]))]).unwrap_err();
        assert!(
            error.contains("row r0: a list cannot be written into a table"),
            "{error}"
        );
        let error = export("a.csv", table, "a.parquet", &[]).unwrap_err();
        assert!(
            error.contains("a.parquet: wording writes .jsonl"),
            "{error}"
        );
    }
}
