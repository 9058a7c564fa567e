//! Sealed rows: in nothing that anybody sees until they are opened, and every opening is remembered.

use crate::support::{TestSession, Workspace};
use serde_json::Value;
use std::{collections::BTreeSet, fs, path::Path};
use wording::store::Store;

const SEALED: (&str, &str, &str) = (
    "wording.toml",
    "dataset = \"datasets/sentiment.jsonl\"",
    "dataset = \"datasets/sentiment.jsonl\"\nsealed = 0.3",
);

fn lines(text: &str) -> Vec<Value> {
    let lines = text.lines();
    lines.map(|l| serde_json::from_str(l).unwrap()).collect()
}

fn text(row: &Value, field: &str) -> String {
    row[field].as_str().unwrap().to_owned()
}

/// The rows of the sample's sentiment dataset that are open and those that are sealed, by a run over the open ones.
fn parts(place: &Workspace) -> (Vec<Value>, Vec<Value>) {
    let report = place.run(&["report", "--format", "json"]).json();
    let rows = report["rows"].as_array().unwrap();
    let open: BTreeSet<String> = rows.iter().map(|row| text(row, "row_id")).collect();
    let rows = lines(&place.read("datasets/sentiment.jsonl"));
    rows.into_iter()
        .partition(|row| open.contains(&text(row, "id")))
}

/// Everything that a text shows of a sealed row.
fn leaks(shown: &str, sealed: &[Value]) -> Vec<String> {
    let parts = sealed.iter().flat_map(|row| {
        let text = text(row, "text");
        // Screens and tables cut texts, so the beginning is looked for too.
        let start: String = text.chars().take(24).collect();
        [text, start]
    });
    parts.filter(|part| shown.contains(part.as_str())).collect()
}

/// Every file below a folder but the dataset and the store, as text.
fn files(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if name != ".wording" && name != "datasets" {
                files(&path, found);
            }
        } else {
            found.push((
                name,
                String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned(),
            ));
        }
    }
}

#[test]
fn no_command_shows_a_sealed_row() {
    let place = Workspace::changed(&[SEALED]);
    let ran = place.run(&["run", "sentiment", "--format", "json", "-o", "run.html"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let (open, sealed) = parts(&place);
    assert!(open.len() > 20 && sealed.len() > 8, "{}", sealed.len());
    // A sealed row in the shots and in training data from elsewhere.
    let shots = place.read("datasets/sentiment-shots.jsonl");
    let stray = format!("{}\n", sealed[0]);
    place.write("datasets/sentiment-shots.jsonl", &(stray.clone() + &shots));
    place.write("more/data.jsonl", &stray);
    let commands: Vec<Vec<&str>> = vec![
        vec!["check", "sentiment"],
        vec!["check", "sentiment", "--format", "json"],
        vec!["run", "sentiment"],
        vec!["run", "sentiment", "--rows", "30", "--seed", "99"],
        vec!["report", "--labels", "--slices"],
        vec!["report", "--format", "json"],
        vec!["report", "-o", "out/r.html"],
        vec!["report", "-o", "out/r.md"],
        vec!["report", "-o", "out/r.json"],
        vec!["report", "-o", "out/r.csv"],
        vec!["report", "-o", "out/r.xml"],
        vec!["export", "latest"],
        vec!["export", "latest", "-o", "out/e.csv"],
        vec!["diff", "plain", "opinion", "-o", "out/d.html"],
        vec!["plan"],
        vec!["advise", "sentiment", "--format", "json"],
        vec![
            "tune",
            "export",
            "sentiment",
            "--data",
            "more/data.jsonl",
            "--format",
            "json",
        ],
        vec!["render", "sentiment"],
        vec!["runs"],
        vec!["history", "sentiment"],
    ];
    fs::create_dir(place.file("out")).unwrap();
    for command in commands {
        let said = place.run(&command);
        assert_eq!(said.code, 0, "{}", said.transcript());
        let found = leaks(&(said.out + &said.err), &sealed);
        assert!(found.is_empty(), "{command:?} shows {found:?}");
    }
    let mut written = Vec::new();
    fs::remove_dir_all(place.file("more")).unwrap();
    files(place.path(), &mut written);
    assert!(written.len() > 20, "{}", written.len());
    for (name, content) in &written {
        let found = leaks(content, &sealed);
        assert!(found.is_empty(), "{name} has {found:?}");
    }
    // The grep finds what is there.
    assert!(!leaks(&place.read("out/r.html"), &open).is_empty());
    let checked = place.run(&["check", "sentiment"]).out;
    let all = open.len() + sealed.len();
    let rows = format!("{} of {all} rows ({} sealed)", open.len(), sealed.len());
    assert!(checked.contains(&rows), "{checked}");
    assert!(
        checked.contains("1 row of the shots file are sealed rows"),
        "{checked}"
    );
    let tuned = place.run(&["tune", "export", "sentiment", "--format", "json"]);
    assert_eq!(tuned.code, 0, "{}", tuned.err);
    // What a person types over the experiment seals no other rows.
    let seeded = place.run(&["check", "sentiment", "--seed", "4", "--format", "json"]);
    assert_eq!(seeded.json()[0]["sealed_rows"], sealed.len());
}

#[test]
fn no_screen_shows_a_sealed_row() {
    let place = Workspace::changed(&[SEALED]);
    let ran = place.run(&["run", "sentiment", "-q"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let (open, sealed) = parts(&place);
    let mut stage = TestSession::open(place, "sentiment");
    let mut seen = String::new();
    stage.press("2");
    let head = stage.screen(120, 36);
    let rows = format!(
        "{} of {} rows ({} sealed)",
        open.len(),
        open.len() + sealed.len(),
        sealed.len()
    );
    assert!(
        head.contains(&rows) && head.contains("best of 7: luck +"),
        "{head}"
    );
    let narrow = stage.screen(80, 24);
    assert!(
        narrow.contains(&format!("({} sealed)", sealed.len())),
        "{narrow}"
    );
    for _ in 0..open.len() + sealed.len() {
        seen += &stage.screen(120, 36);
        stage.press("enter");
        seen += &stage.screen(120, 36);
        stage.press("esc j");
    }
    for screen in ["1", "3", "4", "r"] {
        stage.press(screen);
        seen += &stage.screen(120, 36);
    }
    let found = leaks(&seen, &sealed);
    assert!(found.is_empty(), "{found:?}");
    assert!(leaks(&seen, &open).len() > open.len() / 2);
}

#[test]
fn an_opening_is_remembered_and_shown() {
    let place = Workspace::changed(&[SEALED]);
    let refused = place.run(&["run", "triage", "--open-sealed"]);
    assert_eq!(refused.code, 2, "{}", refused.err);
    assert!(
        refused.err.contains("no sealed rows to open"),
        "{}",
        refused.err
    );
    assert_eq!(place.run(&["run", "sentiment", "-q"]).code, 0);
    let (_, sealed) = parts(&place);
    let open = [
        "run",
        "sentiment",
        "--open-sealed",
        "--note",
        "before the release",
        "--format",
        "json",
    ];
    let opened = place.run(&open);
    assert_eq!(opened.code, 0, "{}", opened.err);
    assert!(opened.err.contains("never opened before"), "{}", opened.err);
    let report = opened.json();
    let seal = &report["sealed"];
    assert_eq!(
        (&seal["open"], &seal["rows"]),
        (&true.into(), &sealed.len().into())
    );
    assert_eq!(seal["openings"][0]["reason"], "before the release");
    assert_eq!(seal["openings"][0]["run"], report["run"]);
    let run = text(&report, "run");
    for refused in [
        vec!["report", &run],
        vec!["export", &run],
        vec!["diff", &run, "latest"],
        vec!["plan", &run],
    ] {
        let said = place.run(&refused);
        assert_eq!(said.code, 2, "{}", said.transcript());
        assert!(
            said.err.contains("is over sealed rows"),
            "{}",
            said.transcript()
        );
    }
    // `latest` is still the run that everybody may see.
    let latest = place.run(&["report", "latest", "--format", "json"]).json();
    assert_ne!(latest["run"], report["run"]);
    let page = place.run(&["report", "--open-sealed", "-o", "sealed.html"]);
    assert_eq!(page.code, 0, "{}", page.err);
    assert!(page.err.contains("opened once before"), "{}", page.err);
    assert!(leaks(&place.read("sealed.html"), &sealed).len() > sealed.len());
    let runs = place.run(&["runs"]).out;
    assert!(runs.contains("[sealed rows] before the release"), "{runs}");
    assert!(
        runs.contains("sealed rows of `sentiment` were opened 2 times"),
        "{runs}"
    );
    let after = place.run(&["report", "latest"]).out;
    assert!(after.contains("they were opened 2 times"), "{after}");
    let again = place.run(&["run", "sentiment", "--open-sealed", "--format", "json"]);
    assert_eq!(again.json()["trials"]["sent"], 0, "answers are reused");
    assert_eq!(
        again.json()["sealed"]["openings"].as_array().unwrap().len(),
        3
    );
}

#[test]
fn an_opening_counts_though_the_run_is_killed_at_once() {
    let place = Workspace::changed(&[SEALED]);
    let mut command = place.command(&[
        "run",
        "sentiment",
        "--open-sealed",
        "--demo-latency-ms",
        "60000",
        "--note",
        "peek",
    ]);
    let mut child = command
        .stderr(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    // What it says of the opening comes right after the store has it.
    let mut said = std::io::BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while std::io::BufRead::read_line(&mut said, &mut line).unwrap() > 0 && !line.contains("opened")
    {
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(line.contains("this is recorded"), "{line}");
    let store = Store::open(&place.file(".wording/wording.db")).unwrap();
    let openings = store.seal_openings(Some("sentiment")).unwrap();
    assert_eq!(openings.len(), 1);
    assert_eq!(openings[0].reason, "peek");
    let checked = place.run(&["check", "sentiment"]).out;
    assert!(checked.contains("were opened once"), "{checked}");
}

#[test]
fn rows_stay_sealed_whatever_rows_are_beside_them() {
    let place = Workspace::changed(&[SEALED]);
    assert_eq!(place.run(&["run", "sentiment", "-q"]).code, 0);
    let ids = |rows: &[Value]| -> BTreeSet<String> { rows.iter().map(|r| text(r, "id")).collect() };
    let (open, sealed) = parts(&place);
    let dataset = place.read("datasets/sentiment.jsonl");
    let mut turned: Vec<&str> = dataset.lines().rev().skip(9).collect();
    turned.insert(
        3,
        "{\"id\": \"new\", \"text\": \"A new row.\", \"label\": \"positive\", \"source\": \"x\"}",
    );
    place.write("datasets/sentiment.jsonl", &(turned.join("\n") + "\n"));
    assert_eq!(place.run(&["run", "sentiment", "-q"]).code, 0);
    let (open_then, sealed_then) = parts(&place);
    assert!(ids(&sealed_then).is_disjoint(&ids(&open)));
    assert!(ids(&open_then).is_disjoint(&ids(&sealed)));
}

#[test]
fn a_wrong_seal_says_what_to_do() {
    let with = |sealed: &str| {
        let change = SEALED.2.replace("0.3", sealed);
        let place = Workspace::changed(&[(SEALED.0, SEALED.1, &change)]);
        let said = place.run(&["check", "sentiment"]);
        assert_eq!(said.code, 2, "{}", said.transcript());
        said.err
    };
    for wrong in ["0", "1.0", "-0.2", "true", "\"\""] {
        let said = with(wrong);
        assert!(said.contains("wording.toml:15:10"), "{said}");
        assert!(said.contains("sealed = 0.3"), "{said}");
    }
    assert!(with("\"sorce\"").contains("did you mean `source`?"));
    let said = with("\"source\"");
    assert!(
        said.contains("row 1 of") && said.contains("write true or false"),
        "{said}"
    );
    assert!(with("0.0001").contains("seals none of its 60 rows"));
}

#[test]
fn the_ledger_counts_every_wording_once_and_shows_no_sealed_score() {
    let place = Workspace::changed(&[SEALED]);
    assert!(place.run(&["runs", "--wear"]).out.contains("no runs yet"));
    let wear = || {
        let said = place.run(&["runs", "--wear", "--format", "json"]);
        assert_eq!(said.code, 0, "{}", said.err);
        said.json()
    };
    for _ in 0..2 {
        assert_eq!(place.run(&["run", "sentiment", "-q"]).code, 0);
    }
    let before = wear();
    let rows = &before["row_sets"][0]["rows"];
    assert_eq!((&rows["wordings"], &rows["runs"]), (&7.into(), &2.into()));
    let luck = |rows: &Value| rows["luck"].as_f64().unwrap();
    assert!((0.01..0.15).contains(&luck(rows)), "{rows}");
    assert!(rows["luck_95"].as_f64().unwrap() > luck(rows));
    // A wording that is edited is one more, on the same rows or on a part of them.
    let template = "templates/sentiment/plain.j2";
    let edited = place.read(template).replace("positive", "positive (good)");
    place.write(template, &(edited + "\nBe brief."));
    assert_eq!(
        place.run(&["run", "sentiment", "--rows", "20", "-q"]).code,
        0
    );
    let after = wear();
    assert_eq!(after["row_sets"].as_array().unwrap().len(), 1, "{after}");
    let rows = &after["row_sets"][0]["rows"];
    assert_eq!(rows["runs"], 3);
    assert!(rows["wordings"].as_u64().unwrap() > 7, "{rows}");
    let text = place.run(&["runs", "--wear"]).out;
    assert!(
        text.contains("by luck") && text.contains("the Ladder"),
        "{text}"
    );
    assert_eq!(
        place.run(&["run", "sentiment", "--open-sealed", "-q"]).code,
        0
    );
    let opened = wear();
    let sealed = &opened["row_sets"][1]["rows"];
    assert_eq!(
        (&sealed["sealed"], &sealed["gain"]),
        (&true.into(), &Value::Null)
    );
    assert_eq!(opened["openings"].as_array().unwrap().len(), 1);
    let text = place.run(&["runs", "--wear"]).out;
    assert!(text.contains("their scores stay closed here"), "{text}");
}

#[test]
fn labels_in_place_keep_the_sealed_rows_and_other_exports_leave_them_out() {
    let place = Workspace::changed(&[SEALED]);
    assert_eq!(place.run(&["run", "sentiment", "-q"]).code, 0);
    let (open, sealed) = parts(&place);
    let row = &open[0];
    let record = serde_json::json!({
        "id": row["id"], "content": format!("{:0>32}", 1), "decision": {"answer": "negative"}, "by": "ann",
        "at": "2026-01-01T00:00:01.000Z", "seconds": 1.0, "settles": true,
        "chosen": {"reason": "random", "probability": 1.0, "candidates": 9},
    });
    fs::create_dir(place.file("labels")).unwrap();
    place.write("labels/sentiment.jsonl", &format!("{record}\n"));
    let copied = place.run(&["label", "sentiment", "--export", "-o", "copy.jsonl"]);
    assert_eq!(copied.code, 0, "{}", copied.err);
    assert_eq!(lines(&place.read("copy.jsonl")).len(), open.len());
    assert!(
        copied
            .err
            .contains(&format!("{} sealed rows left out", sealed.len())),
        "{}",
        copied.err
    );
    let written = place.run(&["label", "sentiment", "--export", "--in-place"]);
    assert_eq!(written.code, 0, "{}", written.err);
    assert_eq!(
        lines(&place.read("datasets/sentiment.jsonl")).len(),
        open.len() + sealed.len()
    );
}
