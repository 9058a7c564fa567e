//! The rows of a dataset: by their place, in order, or a seeded sample of them.

use super::{
    DatasetError, ReadOptions,
    file::RowFile,
    opened::{Opened, shown},
    scan::scan,
};
use crate::model::{Row, RowHeads, TextColumnBuilder, answer_text};
use rand::seq::index;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use serde_json::Value;
use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
    sync::Arc,
};

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
    overlay: Option<Arc<Overlay>>,
}

/// Expected answers from elsewhere, in place of those of the dataset.
#[derive(Debug)]
struct Overlay {
    /// By the rows' places in the file; `None` where a row has no expected answer.
    answers: HashMap<u32, Option<Value>>,
    /// The column that they stand in.
    column: Option<String>,
    /// Heads of all rows of the file, without them.
    own: Arc<RowHeads>,
}

#[derive(Debug, Clone)]
enum Source {
    File(Arc<RowFile>),
    Memory(Arc<Vec<Arc<Row>>>),
}

impl Overlay {
    fn over(&self, row: &Row, answer: Option<&Value>) -> Row {
        let mut row = row.clone();
        row.expected = answer.cloned();
        if let Some(column) = &self.column {
            let value = answer.cloned().unwrap_or(Value::Null);
            row.fields.insert(column.clone(), value);
        }
        row
    }
}

impl Dataset {
    /// Read a dataset: a file, the files that a pattern names, or `-`, JSON lines on standard input. A named column that no
    /// row has is an error.
    pub fn read(path: &Path, options: &ReadOptions) -> Result<Dataset, DatasetError> {
        let shown = shown(path);
        let Opened {
            file,
            format,
            watched,
        } = Opened::new(path, &shown, options)?;
        let mut scan = scan(&file, format, &shown, options)?;
        let rows = RowFile::new(file, watched, &shown, options.answer.clone(), &mut scan);
        let heads = Arc::new(scan.heads);
        Ok(Dataset {
            path: shown,
            source: Source::File(Arc::new(rows)),
            chosen: None,
            all: Arc::clone(&heads),
            heads,
            columns: scan.columns,
            hash: scan.hash,
            overlay: None,
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
            weights: None,
        });
        Dataset {
            path: PathBuf::new(),
            source: Source::Memory(Arc::new(rows.into_iter().map(Arc::new).collect())),
            chosen: None,
            all: Arc::clone(&heads),
            heads,
            columns,
            hash: String::new(),
            overlay: None,
        }
    }

    pub fn len(&self) -> usize {
        self.heads.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One row, by its place in this dataset (not its `index` in the file). An error where the file was changed meanwhile.
    pub fn row(&self, at: usize) -> Result<Arc<Row>, DatasetError> {
        let index = match &self.chosen {
            Some(chosen) => chosen.get(at).map_or(usize::MAX, |i| *i as usize),
            None => at,
        };
        let row = match &self.source {
            Source::File(file) => file.row(index, &self.all)?,
            Source::Memory(rows) => {
                rows.get(index)
                    .cloned()
                    .ok_or_else(|| DatasetError::Empty {
                        path: self.path.clone(),
                    })?
            }
        };
        let overlay = self.overlay.as_ref();
        match overlay.and_then(|overlay| Some((overlay, overlay.answers.get(&(index as u32))?))) {
            Some((overlay, answer)) => Ok(Arc::new(overlay.over(&row, answer.as_ref()))),
            None => Ok(row),
        }
    }

    /// The expected answer of a row that is not blank; without those from elsewhere.
    pub fn own_answer(&self, at: usize) -> Result<Option<Value>, DatasetError> {
        let own = match &self.overlay {
            Some(_) => &self.clone().without_overlay(),
            None => self,
        };
        match own.heads.expected(at) {
            Some(text) if !text.trim().is_empty() => Ok(own.row(at)?.expected.clone()),
            _ => Ok(None),
        }
    }

    /// The line on which each row of the file begins, by the rows' places in the file. Empty where rows stand on no lines: in binary
    /// and compressed files, and where the file was changed.
    pub fn row_lines(&self) -> Vec<usize> {
        match &self.source {
            Source::File(file) => file.row_lines(),
            Source::Memory(_) => Vec::new(),
        }
    }

    /// What separates the fields, where the file is a table.
    pub fn delimiter(&self) -> Option<u8> {
        match &self.source {
            Source::File(file) => file.delimiter(),
            Source::Memory(_) => None,
        }
    }

    /// The same rows with other expected answers, by the rows' places in the file; `None` takes a row's answer away. `weights`: how
    /// much rows count in estimates, where not the same. `column`: where templates and metrics find the answers.
    pub fn with_answers(
        self,
        answers: HashMap<u32, Option<Value>>,
        weights: &BTreeMap<u32, f64>,
        column: Option<String>,
    ) -> Dataset {
        let own = self
            .overlay
            .as_ref()
            .map_or(&self.all, |overlay| &overlay.own);
        let own = Arc::clone(own);
        let mut expected = TextColumnBuilder::default();
        for row in 0..own.len() {
            match answers.get(&(row as u32)) {
                Some(answer) => expected.push(answer.as_ref().map(answer_text).as_deref()),
                None => expected.push(own.expected(row)),
            }
        }
        let weights = (!weights.is_empty()).then(|| {
            let mut column = TextColumnBuilder::default();
            for row in 0..own.len() {
                let weight = weights.get(&(row as u32));
                column.push(weight.map(|weight| format!("{weight:.6e}")).as_deref());
            }
            column.finish()
        });
        let all = Arc::new(RowHeads {
            weights,
            expected: Some(expected.finish()),
            ..RowHeads::clone(&own)
        });
        let overlay = Overlay {
            answers,
            column,
            own,
        };
        self.with_heads(all, Some(Arc::new(overlay)))
    }

    /// The same rows with the expected answers that the dataset itself has.
    pub fn without_overlay(self) -> Dataset {
        match self.overlay.clone() {
            Some(overlay) => self.with_heads(Arc::clone(&overlay.own), None),
            None => self,
        }
    }

    fn with_heads(self, all: Arc<RowHeads>, overlay: Option<Arc<Overlay>>) -> Dataset {
        Dataset {
            heads: match &self.chosen {
                Some(chosen) => Arc::new(all.pick(chosen)),
                None => Arc::clone(&all),
            },
            all,
            overlay,
            ..self
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
    pub fn sample(self, n: usize, seed: u64) -> Dataset {
        if n >= self.len() {
            return self;
        }
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let places = index::sample(&mut rng, self.len(), n).into_iter();
        let mut places: Vec<u32> = places.map(|i| i as u32).collect();
        places.sort_unstable();
        self.pick(places)
    }

    /// The rows at these places, in this order.
    pub fn pick(mut self, mut places: Vec<u32>) -> Dataset {
        self.heads = Arc::new(self.heads.pick(&places));
        if let Some(before) = &self.chosen {
            places.iter_mut().for_each(|p| *p = before[*p as usize]);
        }
        self.chosen = Some(Arc::new(places));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, text: &str, columns: &ReadOptions) -> Result<Dataset, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        Dataset::read(&path, columns).map_err(|e| e.to_string())
    }

    fn answer(column: &str) -> ReadOptions {
        ReadOptions {
            answer: Some(column.into()),
            ..ReadOptions::default()
        }
    }

    #[test]
    fn rows_know_their_lines() {
        for (name, text, lines) in [
            (
                "a.jsonl",
                "\u{feff}{\"a\": 1}\n\n  \n{\"a\": 2}\n",
                vec![1, 4],
            ),
            ("a.txt", "\nx\r\n\r\ny", vec![2, 4]),
            ("a.csv", "a,b\n\"x\ny\",1\n\nz,2\n", vec![2, 5]),
            (
                "a.json",
                "[\n {\"a\": {\n\"b\": 1}},\n\n {\"a\": 2}, {\"a\": 3}\n]",
                vec![2, 5, 5],
            ),
            ("b.json", "{\n\"a\": 1}\n\n{\"a\":\n 2}\n", vec![1, 4]),
        ] {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join(name);
            std::fs::write(&path, text).unwrap();
            let data = Dataset::read(&path, &ReadOptions::default()).unwrap();
            assert_eq!(data.row_lines(), lines, "{name}");
            // By their places in the file, whichever were chosen.
            assert_eq!(data.pick(vec![1]).row_lines(), lines, "{name}");
        }
        let rows = Dataset::from_rows(vec![Row::default()]);
        assert!(rows.row_lines().is_empty());
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
    fn packed_files_and_several_are_read_as_one() {
        use std::io::Write;
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let lines = "{\"t\":\"x\",\"l\":\"a\"}\n{\"t\":\"y\",\"l\":\"b\"}\n";
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(lines.as_bytes()).unwrap();
        let gz = gz.finish().unwrap();
        std::fs::write(at("1.jsonl.gz"), &gz).unwrap();
        let csv = zstd::encode_all("t,l\nz,a\n".as_bytes(), 1).unwrap();
        std::fs::write(at("2.csv.zst"), csv).unwrap();
        std::fs::write(at("3.json"), "[{\"t\":\"w\",\"l\":null}]").unwrap();
        let texts = |dataset: &Dataset| -> Vec<String> {
            let text = |row: Result<Arc<Row>, DatasetError>| {
                row.unwrap().fields["t"].as_str().unwrap().to_owned()
            };
            dataset.rows().map(text).collect()
        };
        let one = Dataset::read(&at("1.jsonl.gz"), &answer("l")).unwrap();
        assert_eq!(texts(&one), ["x", "y"]);
        let all = Dataset::read(&at("*"), &answer("l")).unwrap();
        assert_eq!(texts(&all), ["x", "y", "z", "w"]);
        assert_eq!(all.row(3).unwrap().expected, None);

        let error = |name: &str| {
            Dataset::read(&at(name), &answer("l"))
                .unwrap_err()
                .to_string()
        };
        std::fs::write(at("cut.jsonl.gz"), &gz[..gz.len() - 9]).unwrap();
        assert!(error("cut.jsonl.gz").contains("not a complete .gz file"));
        std::fs::write(at("not.jsonl.zst"), lines).unwrap();
        assert!(error("not.jsonl.zst").contains("not a complete .zst file"));
        assert!(
            error("*.tsv").contains("no file matches"),
            "{}",
            error("*.tsv")
        );
        assert!(error("a.docx.gz").contains("unknown dataset format"));
        // What is wrong in one of several files is told at its own place.
        std::fs::write(at("4.jsonl"), "{\"t\": 1}\noops\n").unwrap();
        assert!(error("[34]*").contains("4.jsonl:2:1"), "{}", error("[34]*"));
    }

    #[test]
    fn a_text_file_is_a_column_of_texts() {
        let dataset = read(
            "a.txt",
            "\u{feff}one, \"two\"\r\n\n  three\n",
            &ReadOptions::default(),
        );
        let dataset = dataset.unwrap();
        let rows: Vec<_> = dataset.rows().map(Result::unwrap).collect();
        let texts: Vec<&Value> = rows.iter().map(|row| &row.fields["text"]).collect();
        assert_eq!(texts, ["one, \"two\"", "  three"]);
        assert_eq!(
            (dataset.columns(), dataset.heads().without_expected()),
            (&["text".to_owned()][..], 2)
        );
        let error = read("a.txt", "one\n", &answer("label"))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("`label`") && error.contains("text"),
            "{error}"
        );
    }

    #[cfg(feature = "parquet")]
    #[test]
    fn parquet_of_the_hub_is_read_with_its_labels() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/datasets");
        for name in ["hub.parquet", "hub-zstd.parquet"] {
            let dataset = Dataset::read(&folder.join(name), &answer("label")).unwrap();
            let rows: Vec<_> = dataset.rows().map(|row| row.unwrap()).collect();
            assert_eq!(
                dataset.columns(),
                ["text", "label", "tags", "kinds", "about"]
            );
            assert_eq!(rows[0].expected_text().as_deref(), Some("positive"));
            assert_eq!(rows[1].fields["text"], "屏幕很亮");
            assert_eq!(rows[2].fields["text"], "He said \"no\", twice.\nThen left.");
            assert_eq!(rows[0].fields["tags"], serde_json::json!(["a", "b"]));
            assert_eq!(rows[1].fields["kinds"], serde_json::json!(["y", "x"]));
            assert_eq!(
                rows[0].fields["about"],
                serde_json::json!({"year": 1999, "score": 0.1})
            );
            // No text, and a label that is none of the names.
            assert_eq!(rows[3].fields["text"], Value::Null);
            assert_eq!(rows[3].fields["label"], -1);
        }
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.parquet");
        std::fs::write(&path, "no").unwrap();
        let error = Dataset::read(&path, &answer("l")).unwrap_err().to_string();
        assert!(error.contains("not a complete .parquet file"), "{error}");
    }

    #[test]
    fn bad_json_names_its_line_and_column() {
        let lines = "{\"a\":1}\n".repeat(16) + "{\"a\": oops}\n";
        let error = read("a.jsonl", &lines, &ReadOptions::default()).unwrap_err();
        assert!(
            error.contains("a.jsonl:17:7") && error.contains("oops"),
            "{error}"
        );
    }

    #[test]
    fn what_is_missing_or_twice_is_said() {
        let error = read("a.csv", "text,lable\nx,y\n", &answer("label")).unwrap_err();
        assert!(error.contains("did you mean `lable`?"), "{error}");
        let error = read("a.csv", "a,b\n1,2,3\n", &ReadOptions::default()).unwrap_err();
        assert!(
            error.contains("a.csv:2") && error.contains("3 fields"),
            "{error}"
        );
        let ids = ReadOptions {
            id: Some("id".into()),
            ..ReadOptions::default()
        };
        let error = read("a.csv", "id\n1\n1\n", &ids).unwrap_err();
        assert!(error.contains("rows 1 and 2"), "{error}");
        assert!(read("a.jsonl", "\n", &ids).unwrap_err().contains("no rows"));
        assert!(read("a.doc", "x", &ids).unwrap_err().contains(".jsonl"));
    }

    #[test]
    fn a_record_has_a_limit_in_every_form() {
        use std::io::Write;
        let dir = tempfile::tempdir().unwrap();
        let options = ReadOptions {
            max_record: "2 KiB".parse().unwrap(),
            ..ReadOptions::default()
        };
        let error = |name: &str, bytes: &[u8]| {
            let path = dir.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            let error = Dataset::read(&path, &options).unwrap_err().to_string();
            let (place, message) = error.split_once(": ").unwrap();
            assert!(
                message.starts_with("this record is longer than 2 KiB"),
                "{error}"
            );
            place.rsplit('/').next().unwrap().to_owned()
        };
        for size in [3 << 10, 3 << 20] {
            let long = "a".repeat(size);
            let lines = format!("{{\"t\":1}}\n\n{{\"t\":\"{long}\"}}\n{{\"t\":2}}\n");
            let list = format!("[{{\"t\":1}},\n{{\"t\":\"{long}\"}},{{\"t\":2}}]");
            let table = format!("t,u\n1,2\n1,\"{long}\"\n3,4\n");
            let open = format!("t,u\n1,2\n1,\"{}", "a,b\n".repeat(size / 4));
            assert_eq!(error("a.jsonl", lines.as_bytes()), "a.jsonl:3");
            assert_eq!(error("a.json", list.as_bytes()), "a.json:2");
            assert_eq!(error("a.csv", table.as_bytes()), "a.csv:3");
            assert_eq!(error("b.csv", open.as_bytes()), "b.csv:3");
            let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            gz.write_all(lines.as_bytes()).unwrap();
            assert_eq!(error("a.jsonl.gz", &gz.finish().unwrap()), "a.jsonl.gz:3");
            let zst = zstd::encode_all(list.as_bytes(), 1).unwrap();
            assert_eq!(error("a.json.zst", &zst), "a.json.zst:2");
        }
        #[cfg(feature = "parquet")]
        {
            let hub =
                Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/datasets/hub.parquet");
            let options = ReadOptions {
                max_record: "100 B".parse().unwrap(),
                ..ReadOptions::default()
            };
            let error = Dataset::read(&hub, &options).unwrap_err().to_string();
            assert!(
                error.contains("hub.parquet:1: this record is longer than 100 B"),
                "{error}"
            );
        }
    }

    #[test]
    fn lists_and_sequences_are_read_piece_by_piece_with_their_places() {
        let rows: Vec<String> = (0..300)
            .map(|i| format!("{{\"t\": \"名{i}\",\n \"l\": [{i}, {{\"x\": null}}]}}"))
            .collect();
        let list = format!("\u{feff} [ {} ] \n", rows.join(" ,\r\n"));
        let sequence = rows.join("\n\n");
        for (name, text) in [
            ("a.json", &list),
            ("b.json", &sequence),
            ("c.jsonl", &sequence),
        ] {
            let dataset = read(name, text, &answer("l")).unwrap();
            assert_eq!(dataset.len(), 300, "{name}");
            for (i, row) in dataset.rows().enumerate() {
                assert_eq!(row.unwrap().fields["t"], format!("名{i}"));
            }
        }
        let error = |name: &str, text: &str| read(name, text, &ReadOptions::default()).unwrap_err();
        let broken = list.replacen("\"名7\"", "oops", 1);
        let line = broken[..broken.find("oops").unwrap()].matches('\n').count() + 1;
        assert!(
            error("a.json", &broken).contains(&format!("a.json:{line}:7")),
            "{}",
            error("a.json", &broken)
        );
        assert!(
            error("a.json", "[{\"a\":1}, 3]")
                .contains("item 2 of the list must be an object, not a number")
        );
        // Nothing is behind the last digit.
        for number in ["-1", "{\"a\":1}\n12"] {
            let error = error("a.json", number);
            assert!(error.contains("not a number"), "{error}");
            let line = 1 + number.matches('\n').count();
            assert!(error.contains(&format!("a.json:{line}:1")), "{error}");
        }
        assert!(
            error("a.json", "[{\"a\":1}] x").contains("a.json:1:11"),
            "{}",
            error("a.json", "[{\"a\":1}] x")
        );
        let not_text = [b"[{\"a\":1},\n{\"a\":\"\xff\"}]"];
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a.json"), not_text[0]).unwrap();
        let error = Dataset::read(&dir.path().join("a.json"), &ReadOptions::default()).unwrap_err();
        assert!(
            error.to_string().contains("is not UTF-8 text (line 2)"),
            "{error}"
        );
    }

    #[test]
    fn answers_from_elsewhere_stand_in_front_of_those_of_the_file() {
        let lines: String = (0..20)
            .map(|i| format!("{{\"i\":{i},\"l\":\"own{i}\"}}\n"))
            .collect();
        let dataset = read("a.jsonl", &lines, &answer("l")).unwrap();
        let other = HashMap::from([(3, Some("new".into())), (4, None)]);
        let weights = BTreeMap::from([(3, 0.25), (5, 2.0)]);
        let over = dataset
            .with_answers(other, &weights, Some("l".into()))
            .sample(12, 1);
        let own = over.clone().without_overlay();
        for at in 0..over.len() {
            let row = over.row(at).unwrap();
            let expected = match row.index {
                3 => Some("new".to_owned()),
                4 => None,
                i => Some(format!("own{i}")),
            };
            assert_eq!(row.expected_text(), expected);
            assert_eq!(over.heads().expected(at), expected.as_deref());
            assert_eq!(row.fields["l"].as_str(), expected.as_deref());
            let own_answer = format!("own{}", row.index);
            assert_eq!(own.heads().expected(at), Some(own_answer.as_str()));
            assert_eq!(own.row(at).unwrap().expected_text(), Some(own_answer));
        }
    }

    #[test]
    fn a_sample_is_seeded_and_in_order() {
        let text: String = (0..100).map(|i| format!("{{\"i\":{i}}}\n")).collect();
        let read = || read("a.jsonl", &text, &ReadOptions::default()).unwrap();
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
