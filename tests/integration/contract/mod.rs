//! The contract: the session, reports in every form, `run`, `diff` and `advise` count the same rows of the same answers.
//!
//! What each count must be is worked out from the scores alone (`definitions.rs`); every place where the product shows a
//! count is then held against it.

mod definitions;
mod recorded;

use crate::support::{TestSession, Workspace};
use definitions::{CHANGES, Changes, Counts, phrase};
use recorded::Recorded;
use serde_json::Value;
use std::{fs, path::Path, process::Command};
use wording::tui::{Action, RowKind, Screen};

/// What the binary prints on stdout; a failed trial makes its exit code 1.
fn wording(dir: &Path, args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_wording"))
        .args(args)
        .current_dir(dir)
        .env_clear()
        .env("HOME", dir)
        .output()
        .unwrap();
    let code = output.status.code();
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(code, Some(0 | 1)), "{args:?}: {code:?}\n{err}");
    String::from_utf8(output.stdout).unwrap()
}

/// What a command writes with `-o`.
fn written(dir: &Path, args: &[&str], file: &str) -> String {
    wording(dir, &[args, &["-o", file]].concat());
    fs::read_to_string(dir.join(file)).unwrap()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn number(value: &Value) -> usize {
    value.as_u64().unwrap_or_else(|| panic!("{value}")) as usize
}

fn changes_in(value: &Value) -> Changes {
    CHANGES.iter().map(|c| (*c, number(&value[*c]))).collect()
}

/// The counts of `run --format json` and `report -o x.json`.
fn counts_in_json(report: &Value) -> Counts {
    let rows = report["rows"].as_array().unwrap();
    let flagged = |key: &str| rows.iter().filter(|r| r[key] == true).count();
    let totals = &report["row_counts"];
    for key in ["flipping", "fragile", "always_wrong"] {
        assert_eq!(number(&totals[key]), flagged(key), "{key}");
    }
    let variants = report["variants"].as_array().unwrap();
    let cells = |v: &Value| {
        let cell = |key: &str| number(&v["cells"][key]);
        let wrong = cell("wrong") + cell("unreadable");
        [cell("correct"), cell("partly_correct"), wrong]
    };
    Counts {
        changes: variants[1..].iter().map(changes_in).collect(),
        cells: variants.iter().map(cells).collect(),
        flipping: flagged("flipping"),
        fragile: flagged("fragile"),
        always_wrong: flagged("always_wrong"),
        ever_correct: number(&totals["ever_correct"]),
        scored: number(&totals["scored"]),
    }
}

fn counts_in_session(dir: tempfile::TempDir, variants: usize) -> (Counts, tempfile::TempDir) {
    let mut session = TestSession::open(Workspace { dir }, "x");
    session.wait(1_000);
    let rows = session.model.answers.arrangement.counts;
    let grid = session.model.cells().unwrap().clone();
    let cells = |v: usize| {
        let signs = (0..grid.rows()).map(|row| grid.summary(v, row).outcome().sign());
        let signs: Vec<&str> = signs.collect();
        [&["✓"][..], &["±"], &["✗", "~", "⊘", "✂"]]
            .map(|of| signs.iter().filter(|sign| of.contains(sign)).count())
    };
    let ever = |row: &usize| (0..variants).any(|v| grid.summary(v, *row).is_correct());
    let mut counts = Counts {
        changes: Vec::new(),
        cells: (0..variants).map(cells).collect(),
        flipping: rows.get(RowKind::Flipped),
        fragile: rows.get(RowKind::Fragile),
        always_wrong: rows.get(RowKind::Wrong),
        ever_correct: (0..grid.rows()).filter(ever).count(),
        scored: rows.answered,
    };
    for v in 1..variants {
        session.model.cursor.variant = v;
        session.act(Action::Show(Screen::Diff));
        session.wait(1_000);
        let found = serde_json::to_value(session.model.diff.effects.counts).unwrap();
        let changes = changes_in(&found);
        let screen = session.screen(200, 50);
        assert!(screen.contains(&phrase(&changes)), "{screen}");
        counts.changes.push(changes);
    }
    (counts, session.workspace.dir)
}

fn check(recorded: &Recorded) {
    let (dir, grid) = recorded.store();
    let variants = recorded.variants();
    let expected = definitions::count(&grid, recorded.threshold, recorded.samples);
    let (session, dir) = counts_in_session(dir, variants);
    assert_eq!(session, expected, "the session");
    let dir = dir.path();
    check_run_reports(dir, recorded, &expected);
    let advice = json(&wording(dir, &["advise", "x", "--format", "json"]));
    let headroom = &advice["evidence"]["headroom"];
    let always_wrong = number(&headroom["row_counts"]["always_wrong"]);
    assert_eq!(always_wrong, expected.always_wrong, "advise");
    let reachable = expected.ever_correct as f64 / expected.scored as f64;
    let told = headroom["reachable"].as_f64().unwrap();
    assert!((told - reachable).abs() < 1e-9, "advise: {headroom}");
    for v in 1..variants {
        check_diff(dir, &format!("v{v}"), &expected.changes[v - 1]);
    }
}

fn check_run_reports(dir: &Path, recorded: &Recorded, expected: &Counts) {
    let report = json(&written(dir, &["report"], "r.json"));
    assert_eq!(counts_in_json(&report), *expected, "report -o r.json");
    if recorded.is_complete() {
        let run = wording(dir, &["run", "x", "--resume", "--format", "json"]);
        let run = json(&run);
        assert_eq!(run["run"], report["run"], "nothing is left to send");
        assert_eq!(counts_in_json(&run), *expected, "run --format json");
    }
    let html = written(dir, &["report"], "r.html");
    let flags = html.split("data-s=\"").skip(1);
    let flags: Vec<&str> = flags.filter_map(|rest| rest.split('"').next()).collect();
    let flagged = |flag: char| flags.iter().filter(|f| f.contains(flag)).count();
    let rows = (expected.flipping, expected.fragile, expected.always_wrong);
    assert_eq!((flagged('d'), flagged('g'), flagged('n')), rows, "r.html");
    let markdown = written(dir, &["report"], "r.md");
    for changes in &expected.changes {
        let cell = format!("{} / {}", changes["fixed"], changes["broken"]);
        assert!(html.contains(&cell), "{cell} in r.html");
        assert!(
            markdown.contains(&format!(" {cell} ")),
            "{cell}: {markdown}"
        );
    }
    let csv = written(dir, &["report"], "r.csv");
    let junit = written(dir, &["report"], "r.xml");
    for (v, [correct, partly, wrong]) in expected.cells.iter().enumerate() {
        if recorded.is_complete() {
            let class = format!("classname=\"v{v}\"");
            let cases = junit
                .split("<testcase ")
                .filter(|case| case.contains(&class));
            let failures = cases.filter(|case| case.contains("<failure")).count();
            assert_eq!(failures, partly + wrong, "r.xml: {junit}");
        }
        if recorded.samples == 1 {
            let mut reader = csv::Reader::from_reader(csv.as_bytes());
            let heads = reader.headers().unwrap().clone();
            let at = |name: &str| heads.iter().position(|h| h == name).unwrap();
            let (variant, outcome) = (at("variant"), at("outcome"));
            let outcomes: Vec<String> = reader
                .records()
                .map(Result::unwrap)
                .filter(|r| r[variant] == format!("v{v}"))
                .map(|r| r[outcome].to_owned())
                .collect();
            let of = |word: &str| outcomes.iter().filter(|o| *o == word).count();
            let found = [
                of("correct"),
                of("partly_correct"),
                of("wrong") + of("unreadable"),
            ];
            assert_eq!(found, [*correct, *partly, *wrong], "r.csv");
        }
    }
}

fn check_diff(dir: &Path, after: &str, changes: &Changes) {
    let after = format!("latest/{after}");
    let diff = ["diff", "latest/v0", &after];
    let phrase = phrase(changes);
    let text = wording(dir, &diff);
    assert!(text.contains(&phrase), "{phrase} in {text}");
    let found = json(&written(dir, &diff, "d.json"));
    let effect = &found["pairs"][0]["effects"][0];
    assert_eq!(changes_in(effect), *changes, "d.json");
    let rows = effect["rows"].as_array().unwrap();
    let csv = written(dir, &diff, "d.csv");
    for change in &CHANGES[..5] {
        let listed = rows.iter().filter(|r| r["fate"] == *change).count();
        assert_eq!(listed, changes[change], "rows {change} in d.json");
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        let records = reader.records().map(Result::unwrap);
        let listed = records.filter(|r| r[4] == **change).count();
        assert_eq!(listed, changes[change], "{change} in d.csv");
    }
    assert!(written(dir, &diff, "d.md").contains(&phrase), "d.md");
    let html = written(dir, &diff, "d.html");
    assert!(html.contains(&phrase), "d.html");
    for (flag, change) in [
        ('b', "broken"),
        ('f', "fixed"),
        ('i', "improved"),
        ('w', "worsened"),
    ] {
        let lines = html.matches(&format!("data-s=\"{flag}")).count();
        assert_eq!(lines, changes[change], "{change} in d.html");
    }
    let junit = written(dir, &diff, "d.xml");
    let failures = junit.matches("<failure").count();
    assert_eq!(failures, changes["broken"], "d.xml: {junit}");
}

#[test]
fn labels_with_one_sample() {
    check(&Recorded {
        metric: "kind = \"label\"\nlabels = [\"yes\", \"no\", \"maybe\"]",
        threshold: 1.0,
        samples: 1,
        rows: &[
            ("yes", &[&["yes"], &["no"], &["yes"], &["Yes."]]),
            ("yes", &[&["no"], &["maybe"], &["no"], &["nonsense"]]),
            ("no", &[&["yes"], &["no"], &["no"], &["no"]]),
            ("no", &[&["no"], &["no"], &["no"], &["no"]]),
            ("no", &[&["gibberish"], &["no"], &["gibberish"], &["yes"]]),
            ("maybe", &[&["no"], &["no"], &["no"], &["no"]]),
        ],
    });
}

const ABC: &str = r#"{"a": 1, "b": 2, "c": 3}"#;

/// Three fields; some outputs have one or two of them right.
const FIELDS: &[(&str, &[&[&str]])] = &[
    (ABC, &[&[ABC], &[r#"{"a": 1, "b": 2, "c": 9}"#], &[ABC]]),
    (
        ABC,
        &[
            &[r#"{"a": 1, "b": 9, "c": 9}"#],
            &[r#"{"a": 1, "b": 2, "c": 9}"#],
            &[r#"{"a": 9, "b": 9, "c": 9}"#],
        ],
    ),
    (
        ABC,
        &[
            &[r#"{"a": 1, "b": 2, "c": 8}"#],
            &[ABC],
            &[r#"{"a": 1, "b": 8, "c": 3}"#],
        ],
    ),
    (ABC, &[&["no json here"], &[r#"{"a": 1}"#], &["none"]]),
    (ABC, &[&["{}"], &["{}"], &[r#"{"z": 1}"#]]),
];

#[test]
fn graded_scores_with_a_threshold_of_one() {
    check(&Recorded {
        metric: "kind = \"json\"\nfields = [\"a\", \"b\", \"c\"]",
        threshold: 1.0,
        samples: 1,
        rows: FIELDS,
    });
}

#[test]
fn graded_scores_with_a_threshold_of_their_own() {
    check(&Recorded {
        metric: "kind = \"json\"\nfields = [\"a\", \"b\", \"c\"]\nthreshold = 0.6",
        threshold: 0.6,
        samples: 1,
        rows: FIELDS,
    });
}

#[test]
fn a_metric_that_reads_no_answer() {
    check(&Recorded {
        metric: "kind = \"f1\"",
        threshold: 0.5,
        samples: 1,
        rows: &[
            (
                "a cat sat down",
                &[&["the cat sat"], &["a cat sat down"], &["dogs"]],
            ),
            (
                "a cat sat down",
                &[&["a dog ran off"], &["a cow ran off"], &["a dog ran off"]],
            ),
            (
                "a cat sat down",
                &[&["nothing"], &["other words"], &["nothing"]],
            ),
            (
                "a cat sat down",
                &[&["cat sat down"], &["dogs"], &["A cat sat down!"]],
            ),
        ],
    });
}

#[test]
fn several_samples_and_failures() {
    check(&Recorded {
        metric: "kind = \"label\"\nlabels = [\"yes\", \"no\"]",
        threshold: 1.0,
        samples: 3,
        rows: &[
            ("yes", &[&["yes", "yes", "no"], &["yes", "yes", "yes"]]),
            ("yes", &[&["yes", "yes", "yes"], &["yes", "no", "yes"]]),
            ("no", &[&["yes", "yes", "no"], &["no", "no", "yes"]]),
            ("no", &[&["no", "no", "no"], &["!", "no", "no"]]),
            ("no", &[&["!", "!", "!"], &["no", "no", "no"]]),
            ("no", &[&["what", "what", "what"], &["yes", "yes", "yes"]]),
            ("no", &[&["yes", "no", "what"], &["no", "yes", "what"]]),
        ],
    });
}
