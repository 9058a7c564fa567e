//! Reports compared with those kept in `snapshots/`, clocks and ids filtered. `UPDATE_REPORTS=1 cargo test --test report` writes
//! them anew; read the difference before it is committed.

use regex::Regex;
use std::path::Path;

/// What differs from one making to the next, under one name each.
fn filtered(text: &str) -> String {
    let mut text = text.to_owned();
    for (pattern, name) in [
        (r"r-[0-9a-z]{10}", "r-RUN"),
        (r"\d{4}-\d{2}-\d{2} \d{2}:\d{2} UTC", "DATE UTC"),
        (r"\b[0-9a-f]{40}\b", "COMMIT"),
        (r"\(wording \d[^)]*\)", "(wording VERSION)"),
        // The answers come as fast as the machine is.
        (
            r"\d[\d.,]* m?s and \d[\d.,]* m?s at the median",
            "TIME at the median",
        ),
    ] {
        text = Regex::new(pattern)
            .unwrap()
            .replace_all(&text, name)
            .into_owned();
    }
    text
}

/// Compare a report with the one kept under that name.
#[track_caller]
pub fn check(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/report/snapshots")
        .join(name);
    let text = filtered(text);
    if std::env::var_os("UPDATE_REPORTS").is_some() {
        std::fs::write(&path, &text).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(&path)
        .unwrap_or_else(|_| panic!("no snapshot {name}; UPDATE_REPORTS=1 writes it:\n{text}"));
    for (i, (was, is)) in kept.lines().zip(text.lines()).enumerate() {
        assert_eq!(is, was, "{name}, line {}", i + 1);
    }
    assert_eq!(kept, text);
}
