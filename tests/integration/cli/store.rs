//! What happens to the store when the world is unkind: disk full, two runs at once, a later version, kills.

#![cfg(unix)]

use crate::support::{Workspace, demo_server, snapshot::check_filtered, until_requests};
use std::{
    path::Path,
    process::{Command, Stdio},
};

/// A folder with a template and so many rows, and the flags of a run over them.
pub(super) fn rows(n: usize) -> Workspace {
    let place = Workspace::empty();
    place.write(
        "t.j2",
        "Good or bad? Answer with one word: good or bad.\n{{ row.text }}",
    );
    let rows: String = (0..n)
        .map(|i| format!("{{\"text\": \"thing {i} is fine\", \"label\": \"good\"}}\n"))
        .collect();
    place.write("d.jsonl", &rows);
    place
}

/// The flags of a run over [`rows`].
fn flags<'a>(url: &'a str, in_flight: &'a str) -> Vec<&'a str> {
    let mut flags = vec!["run", "--template", "t.j2", "--dataset", "d.jsonl"];
    flags.extend(["--answer", "label", "--label", "good", "--label", "bad"]);
    flags.extend(["--model", "mine/icl", "--base-url", url]);
    flags.extend(["--max-in-flight", in_flight, "--format", "json"]);
    flags
}

/// The first line of an error, without what has come from progress before it.
fn first_line(err: &str) -> String {
    let line = err.lines().find(|line| line.starts_with("error"));
    line.unwrap_or_else(|| panic!("no error in {err}"))
        .to_owned()
}

/// SQLite's own word on whether a store is whole.
pub(super) fn integrity(place: &Workspace) -> String {
    let project = place.path().join(".wording/wording.db");
    let db = if project.exists() {
        project
    } else {
        store_of(place)
    };
    let connection = rusqlite::Connection::open(db).unwrap();
    connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap()
}

fn store_of(place: &Workspace) -> std::path::PathBuf {
    place.path().join("home/.local/share/wording/wording.db")
}

#[test]
fn a_full_disk_ends_the_run_with_a_word_and_an_unharmed_store() {
    const ROWS: usize = 1500;
    let place = rows(ROWS);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = demo_server(&runtime, 0);
    let url = server.base_url();
    // No file may grow past this many blocks: to the program that is a disk that is full.
    let mut shell = Command::new("sh");
    let typed = flags(&url, "16");
    let inner = place.command(&typed);
    shell
        .arg("-c")
        .arg("trap '' XFSZ; ulimit -f 400; exec \"$0\" \"$@\"")
        .arg(inner.get_program())
        .args(inner.get_args())
        .current_dir(place.path())
        .env_clear()
        .envs(inner.get_envs().filter_map(|(k, v)| Some((k, v?))));
    let said = shell.output().unwrap();
    let err = String::from_utf8_lossy(&said.stderr);
    assert_ne!(said.status.code(), Some(0), "{err}");
    assert!(said.status.code().is_some(), "killed by a signal: {err}");
    assert!(err.contains("--resume"), "{err}");
    check_filtered("cli/store-full-disk", &first_line(&err));
    assert_eq!(integrity(&place), "ok");
    let mut typed = typed;
    typed.push("--resume");
    let said = place.run(&typed);
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(said.json()["trials"]["completed"], ROWS, "{}", said.out);
}

#[test]
fn two_runs_at_once_share_a_store() {
    const ROWS: usize = 400;
    let place = rows(ROWS);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = demo_server(&runtime, 2);
    let url = server.base_url();
    let start = || {
        place
            .command(&flags(&url, "8"))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let both = [start(), start()];
    for child in both {
        let said = child.wait_with_output().unwrap();
        let err = String::from_utf8_lossy(&said.stderr);
        assert_eq!(said.status.code(), Some(0), "{err}");
        let json: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap();
        assert_eq!(json["trials"]["completed"], ROWS, "{json}");
        assert_eq!(json["trials"]["failed"], 0, "{json}");
    }
    assert_eq!(integrity(&place), "ok");
    // A third run finds all answers, whoever wrote them.
    let said = place.run(&flags(&url, "8"));
    assert_eq!(said.json()["trials"]["reused"], ROWS, "{}", said.out);
}

#[test]
fn a_store_of_another_version_is_left_alone() {
    // Layout 2 of its first day, and one that a later build took for a layout 2 that can be upgraded, number no trials.
    for version in [99, 1, 2, 3] {
        let place = rows(1);
        let db = store_of(&place);
        std::fs::create_dir_all(db.parent().unwrap()).unwrap();
        let connection = rusqlite::Connection::open(&db).unwrap();
        connection
            .execute_batch(&format!(
                "CREATE TABLE kept (x); CREATE TABLE trials (run, sample); PRAGMA user_version = {version}"
            ))
            .unwrap();
        drop(connection);
        let said = place.run(&flags("http://127.0.0.1:9", "1"));
        assert_eq!(said.code, 2, "{}", said.err);
        assert!(said.err.contains("wording.db"), "{}", said.err);
        said.check_err(&format!("cli/store-version-{version}"));
        let connection = rusqlite::Connection::open(&db).unwrap();
        assert_eq!(
            connection.query_row("SELECT count(*) FROM kept", [], |row| row.get::<_, i64>(0)),
            Ok(0)
        );
    }
}

/// A copy of a project whose store was written by an earlier build.
fn old_project() -> Workspace {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/stores/layout-2");
    let place = Workspace::empty();
    for name in [
        "wording.toml",
        "templates/opinion.j2",
        "templates/plain.j2",
        "datasets/sentiment.jsonl",
        "datasets/sentiment-shots.jsonl",
    ] {
        place.write(name, &std::fs::read_to_string(from.join(name)).unwrap());
    }
    std::fs::create_dir(place.path().join(".wording")).unwrap();
    let store = place.path().join(".wording/wording.db");
    std::fs::copy(from.join("wording.db"), store).unwrap();
    place
}

#[test]
fn a_store_of_an_earlier_build_is_upgraded_and_keeps_its_answers() {
    let json = |place: &Workspace, args: &[&str]| {
        let said = place.run(args);
        assert_eq!(said.code, 0, "{}", said.err);
        said.json()
    };
    let place = old_project();
    let runs = json(&place, &["runs", "--format", "json"]);
    assert_eq!(runs[0]["run"], "r-06h20tmsq8", "{runs}");
    assert_eq!(runs.as_array().unwrap().len(), 1, "{runs}");
    let report = json(&place, &["report", "latest", "--format", "json"]);
    assert_eq!(report["trials"]["completed"], 12, "{report}");
    for variant in report["variants"].as_array().unwrap() {
        assert_eq!(variant["score"], 0.5, "{variant}");
    }
    let cases = json(&place, &["badcases", "list", "--format", "json"]);
    assert_eq!(cases[0]["note"], "from the fixture", "{cases}");
    let again = json(&place, &["run", "sentiment", "--format", "json"]);
    assert_eq!(again["trials"]["sent"], 0, "{again}");
    assert_eq!(again["trials"]["reused"], 12, "{again}");
    assert_eq!(integrity(&place), "ok");
}

#[test]
fn scores_kept_in_single_precision_are_shown_as_they_were_meant() {
    let place = old_project();
    let store = place.path().join(".wording/wording.db");
    let connection = rusqlite::Connection::open(store).unwrap();
    connection
        .execute("UPDATE trials SET score = 0.4000000059604645", [])
        .unwrap();
    drop(connection);
    let exported = place.run(&["export", "latest", "--format", "csv"]);
    assert!(exported.out.contains(",0.4,"), "{}", exported.out);
    assert!(!exported.out.contains("0.40000"), "{}", exported.out);
    let report = place.run(&["report", "latest", "--format", "json"]).json();
    for variant in report["variants"].as_array().unwrap() {
        let score = variant["score"].as_f64().unwrap();
        assert!((score - 0.4).abs() < 1e-12, "{variant}");
    }
}

#[test]
fn a_place_where_nothing_can_be_written_is_said() {
    let place = rows(1);
    place.write("home/.local/share/wording", "a file in the way");
    let said = place.run(&flags("http://127.0.0.1:9", "1"));
    assert_eq!(said.code, 2, "{}", said.err);
    assert_eq!(said.code, 2);
    said.check_err("cli/store-no-folder");
    let db = rows(1);
    db.write("home/.local/share/wording/wording.db", "this is no database, and long enough to be looked at as one: it has more bytes than the head of a file of SQLite, which is a hundred bytes long");
    let said = db.run(&flags("http://127.0.0.1:9", "1"));
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(said.err.contains("wording.db"), "{}", said.err);
    said.check_err("cli/store-no-database");
}

#[test]
fn a_dataset_that_changes_inside_a_run_ends_it_with_a_word() {
    // Longer than what is kept in memory, so that it has to be read again.
    const ROWS: usize = 9000;
    let place = rows(ROWS);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = demo_server(&runtime, 1);
    let url = server.base_url();
    let child = place
        .command(&flags(&url, "4"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    until_requests(&runtime, &server, 50);
    place.write("d.jsonl", "{\"text\": \"another\", \"label\": \"good\"}\n");
    let said = child.wait_with_output().unwrap();
    let err = String::from_utf8_lossy(&said.stderr);
    assert_ne!(said.status.code(), Some(0), "{err}");
    assert!(err.contains("d.jsonl"), "{err}");
    check_filtered("cli/store-dataset-changed", &first_line(&err));
}

#[test]
fn caps_are_hard_and_a_higher_one_goes_on() {
    const ROWS: usize = 60;
    let place = rows(ROWS);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = demo_server(&runtime, 1);
    let url = server.base_url();
    let mut typed = flags(&url, "16");
    typed.extend(["--budget-calls", "25"]);
    let said = place.run(&typed);
    assert_eq!(said.code, 1, "{}", said.err);
    assert_eq!(server.requests(), 25, "never a call more than the cap");
    assert_eq!(said.json()["trials"]["completed"], 25, "{}", said.out);
    assert!(said.err.contains("--budget-calls"), "{}", said.err);
    let mut typed = flags(&url, "16");
    typed.extend(["--resume", "--budget-calls", "1000"]);
    let said = place.run(&typed);
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(server.requests(), ROWS as u64, "nothing is paid for twice");
}

#[test]
fn a_cap_in_dollars_counts_what_is_on_its_way() {
    const ROWS: usize = 200;
    let place = rows(ROWS);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = demo_server(&runtime, 3);
    place.write(
        "wording.toml",
        &format!(
            "[endpoint.mine]\nbase_url = \"{}\"\nmax_in_flight = 32\n[endpoint.mine.model.icl]\nprice = {{ input = 100.0, output = 100.0 }}\n\
             [experiment.x]\ntemplates = [\"t.j2\"]\ndataset = \"d.jsonl\"\nanswer = \"label\"\nmodels = [\"mine/icl\"]\nbudget = {{ usd = 0.2 }}\n\
             params = {{ max_tokens = 4 }}\n[[experiment.x.metric]]\nkind = \"label\"\nlabels = [\"good\", \"bad\"]\n",
            server.base_url()
        ),
    );
    let said = place.run(&["run", "x", "--format", "json"]);
    assert_eq!(said.code, 1, "{}", said.err);
    let json = said.json();
    let (cost, completed) = (
        json["cost_usd"].as_f64().unwrap(),
        json["trials"]["completed"].as_u64().unwrap(),
    );
    assert!(cost <= 0.2, "{cost} spent of 0.2");
    assert!(
        cost > 0.1,
        "only {cost} spent of 0.2: it stopped far too early"
    );
    assert!(completed < ROWS as u64 && completed == server.requests());
    assert!(said.err.contains("--budget-usd"), "{}", said.err);
}

#[test]
fn rows_that_ask_the_same_are_asked_once_and_all_answered() {
    const ROWS: usize = 300;
    let place = rows(0);
    let same = "{\"text\": \"it is fine\", \"label\": \"good\"}\n".repeat(ROWS);
    place.write("d.jsonl", &same);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    // Late enough that all rows wait for the one answer, which is also the last to come.
    let server = demo_server(&runtime, 100);
    let said = place.run(&flags(&server.base_url(), "8"));
    assert_eq!(said.code, 0, "{}", said.err);
    let trials = &said.json()["trials"];
    assert_eq!(trials["completed"], ROWS, "{trials}");
    assert_eq!(trials["reused"], ROWS - 1, "{trials}");
    assert_eq!(server.requests(), 1);
}
