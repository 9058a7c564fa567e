//! Files as people have them, a table of what must be read from them or said of them; each with its reason.

use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use wording::dataset::{Dataset, ReadOptions};

/// The rows of a file as objects, read twice (in order and the last one first), or what is wrong with it.
fn read(path: &Path) -> Result<Vec<Value>, String> {
    let dataset = Dataset::read(path, &ReadOptions::default()).map_err(|e| e.to_string())?;
    let row = |i| {
        let row = dataset.row(i).map_err(|e| e.to_string())?;
        Ok(Value::Object(row.fields.clone()))
    };
    let last = row(dataset.len() - 1)?;
    let rows: Result<Vec<Value>, String> = (0..dataset.len()).map(row).collect();
    let rows = rows?;
    assert_eq!(rows.last(), Some(&last));
    Ok(rows)
}

/// Rows, or parts of the error.
type Expected = Result<Value, Vec<&'static str>>;

/// Fails with all cases that are wrong.
fn check(cases: Vec<(&str, PathBuf, Expected)>) {
    let mut wrong = Vec::new();
    for (reason, path, expected) in cases {
        match (read(&path), expected) {
            (Ok(rows), Ok(expected)) if Value::Array(rows.clone()) == expected => {}
            (Err(error), Err(parts)) if parts.iter().all(|part| error.contains(part)) => {}
            (found, expected) => wrong.push(format!(
                "{reason}:\n  expected {expected:?}\n  found    {found:?}"
            )),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn text_files_are_read_or_say_where_they_are_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let ab = || Ok(json!([{"text": "x", "label": "a"}, {"text": "y", "label": "b"}]));
    let long = "text,label\r\n".to_owned() + &"x,a\r\n".repeat(5000);
    let uneven_far = long.clone() + "x,a,extra\r\n";
    let quoted_lines = "text,label\r\n\"one\r\ntwo\r\nthree\",a\r\nx,a,b\r\n";
    let no_names = format!("{}\nx\n", "word ".repeat(900));
    let bad_line = "{\"a\":1}\r\n".repeat(3) + "{\"a\": oops}\r\n";
    let table: Vec<(&str, &str, &[u8], Expected)> = vec![
        ("commas", "a.csv", b"text,label\nx,a\ny,b\n", ab()),
        ("semicolons, as in European Excel", "a.csv", b"text;label\nx;a\ny;b\n", ab()),
        ("semicolons, with commas in the texts", "a.csv", b"text;label\n\"x, y\";a\nz, w;b\n",
            Ok(json!([{"text": "x, y", "label": "a"}, {"text": "z, w", "label": "b"}]))),
        ("commas, with semicolons in the texts", "a.csv", b"text,label\nx;y,a\n", Ok(json!([{"text": "x;y", "label": "a"}]))),
        ("semicolons, with a comma in the header", "a.csv", b"text, long;label\nx;a\ny;b\n",
            Ok(json!([{"text, long": "x", "label": "a"}, {"text, long": "y", "label": "b"}]))),
        ("tabs in a .csv", "a.csv", b"text\tlabel\nx\ta\ny\tb\n", ab()),
        ("bars", "a.csv", b"text|label\nx|a\ny|b\n", ab()),
        ("a .tsv with commas", "a.tsv", b"text,label\nx,a\ny,b\n", ab()),
        ("the delimiter named for Excel", "a.csv", b"sep=;\r\ntext;label\r\nx;a\r\ny;b\r\n", ab()),
        ("the same after a byte-order mark", "a.csv", "\u{feff}sep=|\ntext|label\nx|a\ny|b\n".as_bytes(), ab()),
        ("a byte-order mark", "a.csv", "\u{feff}text;label\nx;a\ny;b\n".as_bytes(), ab()),
        ("one column", "a.csv", b"text\nx; y\n", Ok(json!([{"text": "x; y"}]))),
        ("CRLF", "a.csv", b"text,label\r\nx,a\r\ny,b\r\n", ab()),
        ("CR alone", "a.csv", b"text,label\rx,a\ry,b\r", ab()),
        ("no end of the last line", "a.csv", b"text,label\nx,a\ny,b", ab()),
        ("blank lines", "a.csv", b"text,label\r\n\r\nx,a\r\n\r\n\r\ny,b\r\n\r\n", ab()),
        ("line ends and quotes in fields", "a.csv", b"text,label\r\n\"x\r\n\"\"y\"\"\",a\r\n",
            Ok(json!([{"text": "x\r\n\"y\"", "label": "a"}]))),
        ("CRLF: too many fields, with its line", "a.csv", b"text,label\r\nx,a\r\ny,b,c\r\n", Err(vec!["a.csv:3", "3 fields", "y,b,c"])),
        ("LF: too few fields, with its line", "a.csv", b"text,label\nx,a\ny\n", Err(vec!["a.csv:3", "1 field and"])),
        ("CR alone: its line", "a.csv", b"text,label\rx,a\ry,b,c\r", Err(vec!["a.csv:3", "y,b,c"])),
        ("blank lines before it", "a.csv", b"text,label\r\n\r\nx,a\r\n\r\ny,b,c\r\n", Err(vec!["a.csv:5", "y,b,c"])),
        ("fields of several lines before it", "a.csv", quoted_lines.as_bytes(), Err(vec!["a.csv:5", "x,a,b"])),
        ("far down", "a.csv", uneven_far.as_bytes(), Err(vec!["a.csv:5002", "x,a,extra"])),
        ("with semicolons", "a.csv", b"text;label\nx;a\ny;b;c\n", Err(vec!["a.csv:3", "3 fields"])),
        ("after a line for Excel", "a.csv", b"sep=;\ntext;label\nx;a\ny;b;c\n", Err(vec!["a.csv:4", "y;b;c"])),
        ("a quote that is never closed at the end", "a.csv", b"text,label\nx,\"b", Err(vec!["a.csv:2", "never closed"])),
        ("an integer beyond 64 bits", "a.jsonl", b"{\"text\": 12345678901234567890123, \"label\": [1e3]}\n",
            Ok(json!([{"text": "12345678901234567890123", "label": [1000.0]}]))),
        ("a quote that is never closed", "a.csv", b"text,label\nx,a\ny,\"b\nz,c\n", Err(vec!["a.csv:3", "never closed"])),
        ("not UTF-8, with its line", "a.csv", b"text,label\r\nx,a\r\n\xe9,b\r\n", Err(vec!["line 3", "UTF-8"])),
        ("a column twice", "a.csv", b"text,text\nx,a\n", Err(vec!["two columns", "`text`", "a.csv:1"])),
        ("no line of names", "a.csv", no_names.as_bytes(), Err(vec!["a.csv:1", "more than 4000 bytes", "begin with the names"])),
        ("only a header", "a.csv", b"text,label\n", Err(vec!["no rows"])),
        ("nothing", "a.csv", b"", Err(vec!["no rows"])),
        ("JSON lines", "a.jsonl", b"{\"text\":\"x\",\"label\":\"a\"}\r\n{\"text\":\"y\",\"label\":\"b\"}\r\n", ab()),
        ("JSON lines in a .json", "a.json", b"{\"text\":\"x\",\"label\":\"a\"}\n{\"text\":\"y\",\"label\":\"b\"}\n", ab()),
        ("the same, no end of the last line, blank lines", "a.json", b"\n{\"text\":\"x\",\"label\":\"a\"}\n\n{\"text\":\"y\",\"label\":\"b\"}", ab()),
        ("objects over several lines, one after the other", "a.json", b"{\n \"text\": \"x\",\n \"label\": \"a\"\n}\n{\n \"text\": \"y\",\n \"label\": \"b\"\n}\n", ab()),
        ("the same in a .jsonl", "a.jsonl", b"{\n \"text\": \"x\",\n \"label\": \"a\"\n}\n{\n \"text\": \"y\",\n \"label\": \"b\"\n}\n", ab()),
        ("a list in a .jsonl", "a.jsonl", b"[{\"text\":\"x\",\"label\":\"a\"},\n{\"text\":\"y\",\"label\":\"b\"}]", ab()),
        ("a list over several lines", "a.json", b"[\r\n  {\"text\": \"x\", \"label\": \"a\"},\r\n  {\"text\": \"y\", \"label\": \"b\"}\r\n]\r\n", ab()),
        ("a bad line of JSON lines with CRLF", "a.jsonl", bad_line.as_bytes(), Err(vec!["a.jsonl:4:7", "oops"])),
        ("the same in a .json", "a.json", bad_line.as_bytes(), Err(vec!["a.json:4:7", "oops"])),
        ("a bad item of a list with CRLF", "a.json", b"[\r\n{\"a\": 1},\r\n{\"a\": oops}\r\n]", Err(vec!["a.json:3:7", "oops"])),
        ("an item that is no object", "a.json", b"[\r\n{\"a\": 1},\r\n7\r\n]", Err(vec!["a.json:3:1", "item 2", "a number"])),
        ("lines that are lists", "a.jsonl", b"[1,2]\n[3,4]\n", Err(vec!["a.jsonl:1", "a list"])),
        ("rows in a field", "a.json", b"{\"version\": 1, \"data\": [{\"text\": \"x\"}]}", Err(vec!["`data`", "jq"])),
        ("the same over several lines", "a.json", b"{\n \"data\": [\n {\"text\": \"x\"}]\n}\n", Err(vec!["`data`", "jq"])),
        ("columns as lists", "a.json", b"{\"text\": [\"x\", \"y\"], \"label\": [\"a\", \"b\"]}", Err(vec!["one list per column", "`text`"])),
        ("one object", "a.json", b"{\"text\": \"x\"}", Err(vec!["list of objects"])),
        ("a text", "a.json", b"\"x\"", Err(vec!["a text"])),
        ("a name that says nothing", "a.doc", b"x", Err(vec!["a.doc", ".jsonl", ".parquet"])),
    ];
    let cases = table.into_iter().enumerate();
    let cases = cases.map(|(i, (reason, name, bytes, expected))| {
        let folder = folder.path().join(i.to_string());
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join(name), bytes).unwrap();
        (reason, folder.join(name), expected)
    });
    check(cases.collect());
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_of_current_writers_is_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/datasets/formats");
    let plain = || {
        Ok(
            json!([{"text": "A fine film.", "label": "positive"}, {"text": "屏幕很亮", "label": "negative"}, {"text": null, "label": "positive"}]),
        )
    };
    let (local, utc) = ("2026-11-28 07:38:17.25", "2026-11-28 07:38:17.25+00:00");
    let (old, old_utc) = ("1969-12-31 23:59:59.5", "1969-12-31 23:59:59.5+00:00");
    let clock = "07:38:17.25";
    let duckdb = || {
        Ok(
            json!([{"text": "A fine film.", "at_ns": local, "at_utc": utc, "level": "low", "money": "12.50",
            "uuid": "00000000-0000-0000-0000-000000000001", "tags": [1, 2], "about": {"year": 1999}, "map": {"k": 1}, "u8": 7,
            "huge": 1.7014118346046923e38, "clock": clock, "json": {"a": [1]}, "yes": true, "day": "2026-11-28"}]),
        )
    };
    let table: Vec<(&str, &str, Expected)> = vec![
        ("brotli", "codec-brotli", plain()),
        ("lz4", "codec-lz4", plain()),
        ("gzip", "codec-gzip", plain()),
        ("snappy", "codec-snappy", plain()),
        ("zstd", "codec-zstd", plain()),
        ("no codec", "codec-none", plain()),
        ("delta-coded texts", "encoding-delta", plain()),
        ("texts apart from their lengths", "encoding-length", plain()),
        (
            "split and packed numbers",
            "encoding-numbers",
            Ok(json!([{"x": 1.5, "n": 1}, {"x": 2.5, "n": 2}, {"x": null, "n": null}])),
        ),
        (
            "nanoseconds, moments, days and clocks, in lists and structs too",
            "pyarrow-times",
            Ok(json!([
                {"text": "A fine film.", "ns": local, "ns_utc": utc, "us": local, "ms": local, "day": "2026-11-28", "clock_ms": clock,
                    "clock_us": clock, "clock_ns": clock, "list_ns": [local], "inside": {"at": local}},
                {"text": "屏幕很亮", "ns": old, "ns_utc": old_utc, "us": old, "ms": old, "day": "1969-12-31", "clock_ms": "00:00:00",
                    "clock_us": "00:00:00", "clock_ns": "00:00:00", "list_ns": [], "inside": {"at": null}},
                {"text": null, "ns": null, "ns_utc": null, "us": null, "ms": null, "day": null, "clock_ms": null, "clock_us": null,
                    "clock_ns": null, "list_ns": null, "inside": null},
            ])),
        ),
        (
            "timestamps of old Spark",
            "pyarrow-int96",
            Ok(
                json!([{"text": "A fine film.", "ns": local}, {"text": "屏幕很亮", "ns": old}, {"text": null, "ns": null}]),
            ),
        ),
        (
            "all other types",
            "pyarrow-types",
            Ok(json!([
                {"large": "A fine film.", "view": "A fine film.", "dict": "a", "half": 0.5, "u64": u64::MAX, "u32": u32::MAX, "i8": -128,
                    "money": "12.50", "big": "12.50", "small": "12.50", "uuid": "00000000-0000-0000-0000-000000000001", "json": {"a": [1]},
                    "bytes": "abc", "fixed": "abc", "lists": ["a"], "map": {"k": 1}, "nan": null, "duration": "00:01:30", "nothing": null},
                {"large": "屏幕很亮", "view": "屏幕很亮", "dict": "b", "half": -2.0, "u64": 0, "u32": 0, "i8": 127, "money": "-0.05",
                    "big": "-0.05", "small": "-0.05", "uuid": "550e8400-e29b-41d4-a716-446655440000", "json": "x", "bytes": "/wA=",
                    "fixed": "xyz", "lists": [], "map": {}, "nan": null, "duration": null, "nothing": null},
                {"large": null, "view": null, "dict": "a", "half": null, "u64": null, "u32": null, "i8": null, "money": null, "big": null,
                    "small": null, "uuid": null, "json": null, "bytes": null, "fixed": null, "lists": null, "map": null, "nan": 1.5,
                    "duration": null, "nothing": null},
            ])),
        ),
        (
            "polars",
            "polars",
            Ok(json!([
                {"text": "A fine film.", "at": local, "at_utc": utc, "kind": "a", "level": "low", "money": "12.50", "clock": clock,
                    "tags": ["a", "b"], "about": {"year": 1999}, "u8": 255},
                {"text": "屏幕很亮", "at": old, "at_utc": old_utc, "kind": "b", "level": "high", "money": "-0.05", "clock": "00:00:00",
                    "tags": [], "about": {"year": null}, "u8": 0},
                {"text": null, "at": null, "at_utc": null, "kind": null, "level": null, "money": null, "clock": null, "tags": null,
                    "about": null, "u8": null},
            ])),
        ),
        ("duckdb", "duckdb", duckdb()),
        ("duckdb, pages of version 2", "duckdb-v2", duckdb()),
        (
            "a type that cannot be read is named",
            "duckdb-interval",
            Err(vec!["duckdb-interval.parquet", "`span`", "INTERVAL"]),
        ),
        (
            "the same of a variant",
            "duckdb-variant",
            Err(vec!["`v`", "VARIANT"]),
        ),
        ("no rows", "no-rows", Err(vec!["no rows"])),
    ];
    let cases = table.into_iter();
    check(
        cases
            .map(|(reason, name, expected)| {
                (reason, folder.join(format!("{name}.parquet")), expected)
            })
            .collect(),
    );
}

#[cfg(feature = "parquet")]
#[test]
fn folders_of_hugging_face_are_read_as_its_library_reads_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/datasets/hub");
    let first = json!({"text": "A fine film.", "label": "positive", "about": {"source": "mail", "score": 0.1},
        "spans": [{"kind": "person", "at": 3}], "extra": {"a": [1, null, "x"]}, "when": "2026-11-28 07:38:17",
        "moment": "2026-07-02 03:04:05.25+00:00", "day": "2026-01-02", "clock": "07:38:17.25", "wait": "30:00:00",
        "money": "12.50", "raw": "abc"});
    // Of a `Json` column, `datasets` 5.2 itself reads the text "5" back as a number.
    let second = json!({"text": "屏幕很亮", "label": "negative", "about": {"source": "web", "score": null}, "spans": [], "extra": 5,
        "when": "1969-12-31 23:59:58", "moment": "1969-12-31 23:59:58+00:00", "day": "1969-12-31", "clock": "00:00:00",
        "wait": "-00:00:01", "money": "-0.05", "raw": "/wA="});
    // A class of −1 is none; a struct without a value has fields without one in Parquet and Arrow alike.
    let third = json!({"text": null, "label": -1, "about": null, "spans": null, "extra": null, "when": null, "moment": null,
        "day": null, "clock": null, "wait": null, "money": null, "raw": null});
    let all = || Ok(json!([first, second, third]));
    let test = || Ok(json!([second]));
    let table: Vec<(&str, &str, Expected)> = vec![
        ("one split", "one", all()),
        ("one split, named", "one#train", all()),
        ("a split in two files", "saved#train", all()),
        ("another split", "saved#test", test()),
        ("the layout of the hub", "layout#train", all()),
        ("the same, another split", "layout#test", test()),
        ("a file alone", "one/data-00000-of-00001.arrow", all()),
        ("several files", "saved/*/data-*-of-00002.arrow", all()),
        (
            "two splits",
            "saved",
            Err(vec!["2 splits (train, test)", "saved#train"]),
        ),
        (
            "a split that is not there",
            "saved#tests",
            Err(vec!["no split `tests`", "did you mean `test`?"]),
        ),
        (
            "a folder of something else",
            "../workbooks",
            Err(vec!["dataset_dict.json"]),
        ),
        (
            "a file has no splits",
            "one/dataset_info.json#train",
            Err(vec!["`#train`"]),
        ),
    ];
    check(
        table
            .into_iter()
            .map(|(reason, name, expected)| (reason, folder.join(name), expected))
            .collect(),
    );
}

#[cfg(feature = "excel")]
#[test]
fn workbooks_are_read_or_the_cell_is_named() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/datasets/workbooks");
    let none = Value::Null;
    let march = json!([
        {"text": "A fine film.", "label": "positive", "score": 0.1, "is new": true, "day": "2026-11-28",
            "moment": "2026-11-28 07:38:17.25", "clock": "07:38:17", "2026": 3},
        {"text": " spaces \n and lines ", "label": "007", "score": 2, "is new": false, "day": "1900-01-01",
            "moment": "1999-12-31 23:59:59", "clock": "00:00:00", "2026": 1e300},
        {"text": "屏幕很亮", "label": none, "score": -3, "is new": none, "day": none, "moment": none, "clock": none,
            "2026": 123_456_789_012_345_i64},
        {"text": "last", "label": "<b> & 'x'", "score": none, "is new": none, "day": none, "moment": none, "clock": none, "2026": none},
    ]);
    let table: Vec<(&str, &str, Expected)> = vec![
        ("a sheet by its name", "sheets.xlsx#March", Ok(march)),
        (
            "another",
            "sheets.xlsx#April",
            Ok(json!([{"text": "in April"}])),
        ),
        (
            "a hidden one, by its name alone",
            "sheets.xlsx#lists",
            Err(vec!["no rows"]),
        ),
        (
            "two visible sheets",
            "sheets.xlsx",
            Err(vec!["2 sheets (March, April)", "sheets.xlsx#March"]),
        ),
        (
            "a sheet that is not there",
            "sheets.xlsx#Marhc",
            Err(vec!["no sheet `Marhc`", "did you mean `March`?"]),
        ),
        (
            "stored results, dates from 1904, rich text",
            "stored.xlsx",
            Ok(json!([{"sum": 3, "joined": "3 x", "is more": true,
            "day": "2026-11-28", "time spent": "30:05:00", "rich": "a bold word", "percent": 0.5}])),
        ),
        (
            "several workbooks with a sheet of one name",
            "{error,stored}.xlsx#Rows",
            Err(vec!["error.xlsx, Rows!B2"]),
        ),
        (
            "merged cells",
            "merged.xlsx",
            Err(vec!["merged.xlsx, Rows!A2", "A3", "unmerge"]),
        ),
        (
            "a formula that was never computed",
            "formula.xlsx",
            Err(vec!["formula.xlsx, Rows!B2", "stored result"]),
        ),
        ("an error", "error.xlsx", Err(vec!["Rows!B2", "#DIV/0!"])),
        (
            "a value without a column",
            "unnamed.xlsx",
            Err(vec!["Rows!B2", "row 1"]),
        ),
        (
            "two columns of one name",
            "twice.xlsx",
            Err(vec!["Rows!B1", "`text`", "A1"]),
        ),
    ];
    check(
        table
            .into_iter()
            .map(|(reason, name, expected)| (reason, folder.join(name), expected))
            .collect(),
    );
}

/// Archives that are small and unpack to much, and what is no archive.
#[cfg(feature = "excel")]
#[test]
fn a_hostile_workbook_is_an_error_in_bounded_memory() {
    use std::io::Write;
    let dir = tempfile::tempdir().unwrap();
    let package = |name: &str, sheet: &str, strings: &str| -> PathBuf {
        let path = dir.path().join(name);
        let mut archive = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
        let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
        let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        let packaged = "http://schemas.openxmlformats.org/package/2006/relationships";
        for (part, text) in [
            (
                "_rels/.rels",
                format!(
                    r#"<Relationships xmlns="{packaged}"><Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
                ),
            ),
            (
                "xl/workbook.xml",
                format!(
                    r#"<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>"#
                ),
            ),
            (
                "xl/_rels/workbook.xml.rels",
                format!(
                    r#"<Relationships xmlns="{packaged}"><Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#
                ),
            ),
            (
                "xl/worksheets/sheet1.xml",
                format!(r#"<worksheet xmlns="{main}"><sheetData>{sheet}</sheetData></worksheet>"#),
            ),
            (
                "xl/sharedStrings.xml",
                format!(r#"<sst xmlns="{main}" {strings}</sst>"#),
            ),
        ] {
            archive
                .start_file(part, zip::write::SimpleFileOptions::default())
                .unwrap();
            archive.write_all(text.as_bytes()).unwrap();
        }
        archive.finish().unwrap();
        path
    };
    let cell =
        |at: &str, text: &str| format!(r#"<c r="{at}" t="inlineStr"><is><t>{text}</t></is></c>"#);
    let header = format!("<row>{}</row>", cell("A1", "x"));
    let one = format!("{header}<row>{}</row>", cell("A2", "y"));
    let shared = format!("count=\"1\"><si><t>{}</t></si>", "a".repeat(9 << 20));
    let twice = format!(
        "{header}<row><c r=\"A2\" t=\"s\"><v>0</v></c></row><row><c r=\"A3\" t=\"s\"><v>0</v></c><c r=\"B3\" t=\"s\"><v>0</v></c></row>"
    );
    let cut = dir.path().join("cut.xlsx");
    std::fs::write(&cut, b"PK\x03\x04 and no more").unwrap();
    check(vec![
        (
            "as it should be",
            package("good.xlsx", &one, ">"),
            Ok(json!([{"x": "y"}])),
        ),
        ("no archive", cut, Err(vec!["not a complete .xlsx file"])),
        (
            "room for strings that are not there",
            package("announced.xlsx", &one, "uniqueCount=\"99999999999999\">"),
            Err(vec!["more than 4000000 shared strings"]),
        ),
        (
            "a bomb",
            package("bomb.xlsx", &cell("A1", &" ".repeat(80 << 20)), ">"),
            Err(vec!["bomb.xlsx", "a text longer than"]),
        ),
        (
            "a bomb of many cells",
            package("cells.xlsx", &"<c/>".repeat(20 << 20), ">"),
            Err(vec!["cells.xlsx", "200 times"]),
        ),
        (
            "a long text that many cells share",
            package("shared.xlsx", &twice, &shared),
            Err(vec!["shared.xlsx, S!B3", "16 MiB"]),
        ),
        (
            "cells in disorder",
            package(
                "order.xlsx",
                &format!("{header}<row>{}{}</row>", cell("B2", "y"), cell("A2", "y")),
                ">",
            ),
            Err(vec!["order.xlsx, S!A2", "order"]),
        ),
    ]);
}

#[test]
fn numbers_are_read_as_the_nearest_double() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.jsonl");
    let digits = ["116.13033899999999", "0.1", "-2.5e-7", "9007199254740993"];
    let lines: String = digits.iter().map(|n| format!("{{\"x\": {n}}}\n")).collect();
    std::fs::write(&path, lines).unwrap();
    let file = Dataset::read(&path, &ReadOptions::default()).unwrap();
    let read: Vec<String> = file
        .rows()
        .map(|row| row.unwrap().fields["x"].to_string())
        .collect();
    assert_eq!(read, digits);
}
