//! Templates on paper: context + template → the prompt, or the error, exactly.
//!
//! A case is a file under `cases/`; `UPDATE=1 cargo test --test render` writes what comes out into the cases (then read
//! the diff). `docs.rs` holds the documentation to the same.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set up its place should fail loudly"
)]

mod case;
mod docs;
mod order;

use case::Case;
use std::{fs, path::Path};

#[test]
fn every_case_renders_as_written() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/render/cases");
    let mut files: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    files.sort();
    let update = std::env::var_os("UPDATE").is_some();
    let (mut wrong, mut errors) = (Vec::new(), 0);
    for file in &files {
        let text = fs::read_to_string(file).unwrap();
        let case = Case::parse(&text);
        let (kind, got) = case.run();
        errors += usize::from(kind == "error");
        if (kind, got.as_str()) == (case.kind(), case.expected()) {
            continue;
        }
        if update {
            fs::write(file, case.with(kind, &got)).unwrap();
        }
        wrong.push(format!(
            "{}: expected {}\n{}\ngot {kind}\n{got}\n",
            file.file_name().unwrap().to_string_lossy(),
            case.kind(),
            case.expected()
        ));
    }
    assert!(files.len() >= 60, "only {} cases", files.len());
    assert!(errors >= 25, "only {errors} cases of errors");
    assert!(wrong.is_empty() || update, "{}", wrong.join("\n"));
}
