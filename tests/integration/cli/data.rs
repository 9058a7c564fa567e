//! `wording data`: what a dataset is like; and experiments on packed and several files.

use crate::support::Workspace;
use std::io::Write;

const ROWS: &str = "{\"text\": \"good\", \"label\": \"positive\"}\n{\"text\": \"bad\", \"label\": \"negative\"}\n\
    {\"text\": \"bad\", \"label\": \"negative\"}\n{\"text\": \"good\", \"label\": \"negative\"}\n";

#[test]
fn columns_repeats_and_contradictions_are_told() {
    let place = Workspace::empty();
    place.write("d.jsonl", ROWS);
    let said = place.run(&["data", "d.jsonl", "--answer", "label"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(
        said.out.contains("negative ×3, positive ×1"),
        "{}",
        said.out
    );
    said.check("cli/data");
    let json = place.run(&["data", "d.jsonl", "--format", "json"]).json();
    assert_eq!(json["profile"]["rows"], 4);
    assert_eq!(json["profile"]["columns"][1]["values"][0][1], 3);
    assert!(json["profile"]["conflicts"].is_null());
    let said = place.run(&["data", "d.jsonl", "--answer", "lable"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("`label`"), "{}", said.err);
    said.check("cli/data-no-column");
}

#[test]
fn an_experiment_runs_on_packed_files_of_a_pattern() {
    let place = Workspace::empty();
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gz.write_all(ROWS.as_bytes()).unwrap();
    std::fs::write(place.path().join("a.jsonl.gz"), gz.finish().unwrap()).unwrap();
    place.write("b.csv", "text,label\nfine,positive\n");
    place.write("t.j2", "Is it positive or negative? {{ row.text }}");
    let said = place.run(&[
        "run",
        "--template",
        "t.j2",
        "--dataset",
        "[ab].*",
        "--answer",
        "label",
        "--label",
        "positive",
        "--label",
        "negative",
        "--model",
        "demo/icl",
        "--format",
        "json",
    ]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(said.json()["trials"]["completed"], 5);
}
