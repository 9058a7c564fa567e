//! One file for a colleague: written, opened elsewhere without project or key; files that are something else are refused.

use crate::support::Workspace;
use portable_pty::CommandBuilder;
use rusqlite::Connection;
use std::path::PathBuf;

const MAGIC: &[u8] = b"wording bundle 1\n";

/// A run of the sample project as a bundle, and its bytes.
fn bundled(place: &Workspace) -> (PathBuf, Vec<u8>) {
    assert_eq!(place.run(&["run", "sentiment", "--rows", "20"]).code, 0);
    let file = place.file("share.wording");
    let written = place.run(&["report", "latest", "--bundle", "share.wording"]);
    assert_eq!(written.code, 0, "{}", written.err);
    let bytes = std::fs::read(&file).unwrap();
    (file, bytes)
}

#[test]
fn a_colleague_browses_a_run_without_project_or_key() {
    let place = Workspace::sample();
    let (file, bytes) = bundled(&place);
    assert!(bytes.starts_with(MAGIC));
    let elsewhere = Workspace::empty();
    let copy = elsewhere.file("from a colleague.wording");
    std::fs::copy(file, &copy).unwrap();
    drop(place);
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_wording"));
    command.args(["open", copy.to_str().unwrap()]);
    let mut terminal = elsewhere.start(command, 120, 36, &[]);
    terminal.until("rows with their texts and answers", |s| {
        s.contains("bundled run of sentiment")
            && s.lines()
                .any(|l| l.contains("s0") && (l.contains('✓') || l.contains('✗')))
            && s.contains("expected: ")
    });
    terminal.press("1");
    terminal.until("a prompt as it was sent", |s| {
        s.contains("Variants 7 of 7") && s.contains("user  ~") && s.contains("assistant  ~")
    });
    terminal.press("r");
    terminal.until("that nothing can be sent", |s| {
        s.contains("a bundle is read-only")
    });
    terminal.press("q");
    assert_eq!(terminal.leave(), (0, true));
    let left: Vec<_> = std::fs::read_dir(elsewhere.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "nothing is written beside it: {left:?}");
}

#[test]
fn hostile_files_are_refused_with_the_reason() {
    let place = Workspace::sample();
    let (_, bytes) = bundled(&place);
    let refused = |name: &str, bytes: &[u8], why: &str| {
        let file = place.file(name);
        std::fs::write(&file, bytes).unwrap();
        let opened = place.run(&["open", name]);
        assert_eq!(opened.code, 2, "{name}: {}", opened.err);
        let expected = format!("cannot open the bundle {name}: ");
        assert!(
            opened.err.contains(&expected) && opened.err.contains(why),
            "{name}: {}",
            opened.err
        );
    };
    let unpacked = zstd::decode_all(&bytes[MAGIC.len()..]).unwrap();
    let packed = |bytes: &[u8]| [MAGIC, &zstd::encode_all(bytes, 1).unwrap()].concat();
    refused("empty", b"", "not a bundle");
    refused(
        "text",
        b"{\"a\": 1} and more than the first line",
        "not a bundle",
    );
    refused("newer", b"wording bundle 2\n....", "newer version");
    refused("cut", &bytes[..bytes.len() / 2], "damaged");
    refused("no-store", &packed(b"no database"), "damaged");
    let changed = |name: &str, sql: &str, why: &str| {
        let file = place.file("changed.db");
        std::fs::write(&file, &unpacked).unwrap();
        let connection = Connection::open(&file).unwrap();
        connection.execute_batch(sql).unwrap();
        drop(connection);
        refused(name, &packed(&std::fs::read(&file).unwrap()), why);
    };
    changed(
        "trigger",
        "CREATE TRIGGER t AFTER UPDATE ON runs BEGIN DELETE FROM trials; END",
        "more than a run",
    );
    changed(
        "view",
        "CREATE VIEW v AS SELECT * FROM runs",
        "more than a run",
    );
    changed("table", "CREATE TABLE other (x)", "not those of a store");
    changed("no-run", "DELETE FROM runs", "0 runs");
    changed(
        "rows",
        "UPDATE runs SET rows = 1000000000000",
        "does not fit",
    );
    changed(
        "many",
        "UPDATE runs SET info = json_set(info, '$.rows', 1000000000000), rows = 1000000000000; DELETE FROM heads",
        "does not fit",
    );
    changed(
        "baseline",
        "UPDATE runs SET info = json_set(info, '$.baseline', 99)",
        "does not fit",
    );
    changed("info", "UPDATE runs SET info = '{}'", "missing field");
    changed("future", "PRAGMA user_version = 99", "newer version");
    let page = 4096 * (unpacked.len() / 4096 / 2);
    let mut torn = unpacked.clone();
    torn[page..page + 2048].fill(0xff);
    refused("torn", &packed(&torn), "");
    assert!(!place.file("bundle.db").exists());
    let opened = place.run(&["open", "share.wording"]);
    assert!(opened.err.contains("needs a terminal"), "{}", opened.err);
}
