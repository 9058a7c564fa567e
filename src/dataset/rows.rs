//! The rows of a dataset: by their place, in order, or a seeded sample of them.

use super::{DatasetError, block::Form, file::RowFile, scan::scan};
use crate::{
    model::{Row, RowHeads, TextColumnBuilder},
    source::as_typed,
};
use rand::seq::index;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use std::{
    fs::File,
    io::{self, Seek, SeekFrom},
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

/// The rows of a file, in its order (or a sample of them). Cheap to clone.
#[derive(Debug, Clone)]
pub struct Dataset {
    path: PathBuf,
    source: Source,
    /// Places in the file, where only some rows were chosen.
    chosen: Option<Arc<Vec<u32>>>,
    /// Heads of all rows of the file.
    all: Arc<RowHeads>,
    /// Heads of the rows of this dataset.
    heads: Arc<RowHeads>,
    columns: Vec<String>,
    hash: String,
}

#[derive(Debug, Clone)]
enum Source {
    File(Arc<RowFile>),
    Held(Arc<Vec<Arc<Row>>>),
}

impl Dataset {
    /// Read a dataset; `-` is JSON lines on standard input. A named column that no row has is an error.
    pub fn read(path: &Path, columns: &Columns) -> Result<Dataset, DatasetError> {
        let piped = path.as_os_str() == "-";
        let shown = if piped {
            PathBuf::from("<stdin>")
        } else {
            as_typed(path)
        };
        let form = Form::of(path, &shown)?;
        let file = if piped { spool() } else { open(path) };
        let file = file.map_err(|source| DatasetError::Io {
            path: shown.clone(),
            source,
        })?;
        let mut scan = scan(&file, form, &shown, columns)?;
        let rows = RowFile::new(file, !piped, &shown, columns.answer.clone(), &mut scan);
        let heads = Arc::new(scan.heads);
        Ok(Dataset {
            path: shown,
            source: Source::File(Arc::new(rows)),
            chosen: None,
            all: Arc::clone(&heads),
            heads,
            columns: scan.columns,
            hash: scan.hash,
        })
    }

    /// A dataset of rows at hand (tests, and the forms without a file).
    pub fn from_rows(rows: Vec<Row>) -> Dataset {
        let columns = rows
            .first()
            .map(|r| r.fields.keys().cloned().collect())
            .unwrap_or_default();
        let column = |text: &dyn Fn(&Row) -> Option<String>| {
            let mut builder = TextColumnBuilder::default();
            rows.iter().for_each(|r| builder.push(text(r).as_deref()));
            Some(builder.finish())
        };
        let heads = Arc::new(RowHeads {
            rows: rows.len(),
            ids: column(&|r| Some(r.id.clone())),
            expected: column(&Row::expected_text),
            clusters: column(&|r| r.cluster.clone()),
        });
        Dataset {
            path: PathBuf::new(),
            source: Source::Held(Arc::new(rows.into_iter().map(Arc::new).collect())),
            chosen: None,
            all: Arc::clone(&heads),
            heads,
            columns,
            hash: String::new(),
        }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.heads.len()
    }

    /// No rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One row, by its place in this dataset (not its `index` in the file). An error where the file was changed meanwhile.
    pub fn row(&self, at: usize) -> Result<Arc<Row>, DatasetError> {
        let index = match &self.chosen {
            Some(chosen) => chosen.get(at).map_or(usize::MAX, |i| *i as usize),
            None => at,
        };
        match &self.source {
            Source::File(file) => file.row(index, &self.all),
            Source::Held(rows) => rows.get(index).cloned().ok_or_else(|| DatasetError::Empty {
                path: self.path.clone(),
            }),
        }
    }

    /// All rows, in order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = Result<Arc<Row>, DatasetError>> + '_ {
        (0..self.len()).map(|at| self.row(at))
    }

    /// Id, expected answer and cluster of every row.
    pub fn heads(&self) -> &Arc<RowHeads> {
        &self.heads
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
        if n < self.len() {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let mut places: Vec<u32> = index::sample(&mut rng, self.len(), n)
                .into_iter()
                .map(|i| i as u32)
                .collect();
            places.sort_unstable();
            self.heads = Arc::new(self.heads.pick(&places));
            if let Some(before) = &self.chosen {
                places.iter_mut().for_each(|p| *p = before[*p as usize]);
            }
            self.chosen = Some(Arc::new(places));
        }
        self
    }
}

fn open(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(io::Error::other("it is a folder"));
    }
    Ok(file)
}

/// Standard input, put into a file without a name so that it can be read again.
fn spool() -> io::Result<File> {
    let mut file = tempfile::tempfile()?;
    io::copy(&mut io::stdin().lock(), &mut file)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(file)
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
            assert_eq!(dataset.row(0).unwrap().fields["t"], "x, y");
            assert_eq!(
                dataset.row(1).unwrap().expected_text().as_deref(),
                Some("b")
            );
            assert_eq!(dataset.row(1).unwrap().id, "r1");
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
                .map(|r| r.unwrap().index)
                .collect::<Vec<_>>()
        };
        assert_eq!(pick(7), pick(7));
        assert_ne!(pick(7), pick(8));
        assert!(pick(7).is_sorted() && pick(7).len() == 10);
    }
}
