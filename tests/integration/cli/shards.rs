//! `run --shard` and `runs merge`: the parts of a run, each in a store of its own, are the run.

use crate::support::{CommandOutput, Workspace, snapshot::check_filtered};
use serde_json::Value;
use std::fs;

const SHARDS: usize = 5;

/// Take everything away that two runs of the same answers may differ in: ids, clocks, the commands as typed.
fn without_names(report: &mut Value) {
    match report {
        Value::Object(map) => {
            for name in [
                "run",
                "started",
                "started_at",
                "elapsed_s",
                "mean_in_flight",
                "command",
            ] {
                map.remove(name);
            }
            map.values_mut().for_each(without_names);
        }
        Value::Array(items) => items.iter_mut().for_each(without_names),
        _ => {}
    }
}

/// The same of a page or a table: ids by their form, clocks and commands by their lines.
fn lines(text: &str) -> Vec<String> {
    let clock = |line: &&str| !line.contains("wording r") && !line.contains("UTC");
    let id = |word: &str| {
        let mut parts = word.split("r-");
        let mut named = parts.next().unwrap_or_default().to_owned();
        for rest in parts {
            let whole = rest.len() >= 10 && rest.is_char_boundary(10);
            let is_id = whole && rest[..10].bytes().all(|b| b.is_ascii_alphanumeric());
            named += if is_id { "RUN" } else { "r-" };
            named += if is_id { &rest[10..] } else { rest };
        }
        named
    };
    let pieces = text.split_inclusive(['\n', '>', ';']);
    pieces.filter(clock).map(id).collect()
}

fn report(place: &Workspace, store: &str, form: &str) -> String {
    let file = format!("{store}.{form}");
    let said = place.run(&["report", "--store", store, "-o", &file]);
    assert_eq!(said.code, 0, "{}", said.err);
    place.read(&file)
}

fn shard(place: &Workspace, number: usize, more: &[&str]) -> CommandOutput {
    let (shard, store) = (format!("{number}/{SHARDS}"), format!("{number}.db"));
    let mut args = vec!["run", "sentiment", "--format", "json"];
    args.extend(["--shard", &shard, "--store", &store]);
    args.extend(more);
    place.run(&args)
}

fn stores(numbers: std::ops::RangeInclusive<usize>) -> Vec<String> {
    numbers.map(|n| format!("{n}.db")).collect()
}

fn merge(place: &Workspace, parts: &[String], into: &str) -> CommandOutput {
    let mut args = vec!["runs", "merge", "--store", into, "--format", "json"];
    args.extend(parts.iter().map(String::as_str));
    place.run(&args)
}

/// Every file has the same answers from the start, so that even their latencies are the same.
#[test]
fn the_merged_report_is_that_of_the_whole_run() {
    let place = Workspace::sample();
    let file = |name: &str| place.path().join(name);
    let run = |store: &str| {
        let args = ["run", "sentiment", "--samples", "2", "--store", store];
        let said = place.run(&args);
        assert_eq!(said.code, 0, "{}", said.err);
    };
    run("paid.db");
    fs::copy(file("paid.db"), file("whole.db")).unwrap();
    run("whole.db");
    let mut planned = 0;
    for number in 1..=SHARDS {
        let store = format!("{number}.db");
        fs::copy(file("paid.db"), file(&store)).unwrap();
        let said = shard(&place, number, &["--samples", "2"]);
        assert_eq!(said.code, 0, "{}", said.err);
        let trials = &said.json()["trials"];
        assert_eq!(trials["completed"], trials["planned"]);
        assert_eq!(trials["sent"], 0);
        assert_eq!(trials["planned"], 168, "{SHARDS} parts of 840 trials");
        planned += trials["planned"].as_u64().unwrap();
    }
    assert_eq!(planned, 840);
    let one = place.run(&["report", "--store", "1.db"]).out;
    assert!(one.contains("1/5"), "{one}");
    let said = merge(&place, &stores(1..=SHARDS), "merged.db");
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(said.json()["missing"], 0);
    for form in ["html", "md", "csv", "xml"] {
        let (whole, merged) = (
            report(&place, "whole.db", form),
            report(&place, "merged.db", form),
        );
        assert!(whole.len() > 1000);
        for (one, other) in lines(&whole).iter().zip(&lines(&merged)) {
            assert_eq!(one, other, "{form}");
        }
        assert_eq!(lines(&whole).len(), lines(&merged).len(), "{form}");
    }
    let read = |store: &str| {
        let mut json = serde_json::from_str(&report(&place, store, "json")).unwrap();
        without_names(&mut json);
        json
    };
    assert_eq!(read("whole.db"), read("merged.db"));
}

#[test]
fn shards_that_pay_for_themselves_come_to_the_same_scores() {
    let place = Workspace::sample();
    let whole = place.run(&["run", "sentiment", "--format", "json"]).json();
    for number in 1..=SHARDS {
        // One after the other: two processes at once share the two cores of small machines no better.
        let said = shard(&place, number, &[]);
        assert_eq!(said.code, 0, "{}", said.err);
    }
    let twice = [stores(1..=SHARDS), stores(2..=3)].concat();
    let said = merge(&place, &twice, "merged.db");
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(said.json()["merged"].as_array().unwrap().len(), SHARDS);
    let merged: Value = serde_json::from_str(&report(&place, "merged.db", "json")).unwrap();
    assert_eq!(merged["trials"], whole["trials"]);
    let scores = |report: &Value, of: &str| -> Vec<Value> {
        let variants = report["variants"].as_array().unwrap();
        variants.iter().map(|v| v[of].clone()).collect()
    };
    for of in ["score", "low", "high", "diff"] {
        assert_eq!(scores(&merged, of), scores(&whole, of), "{of}");
    }
    // What was paid for in the shards is paid for here.
    let again = place.run(&[
        "run",
        "sentiment",
        "--store",
        "merged.db",
        "--format",
        "json",
    ]);
    assert_eq!(again.json()["trials"]["sent"], 0);
    for of in ["score", "low", "high", "diff"] {
        assert_eq!(scores(&again.json(), of), scores(&whole, of), "{of}");
    }
}

#[test]
fn what_is_open_after_a_merge_is_sent_by_resume() {
    let place = Workspace::sample();
    for number in [1, 2, 4, 5] {
        assert_eq!(shard(&place, number, &[]).code, 0);
    }
    let stopped = shard(&place, 3, &["--budget-calls", "30"]);
    assert_eq!(stopped.code, 1, "{}", stopped.err);
    let four = [stores(1..=2), stores(4..=5)].concat();
    let said = merge(&place, &four, "four.db");
    assert_eq!(said.code, 1);
    let said = said.json();
    assert_eq!(said["state"], "stopped");
    assert_eq!(said["missing_shards"], serde_json::json!(["3/5"]));
    assert_eq!((&said["missing"], &said["failed"]), (&84.into(), &0.into()));

    // A task of an array job that is started again as it was goes on, and one that was done does nothing.
    let merged = merge(&place, &stores(1..=SHARDS), "most.db").json();
    assert_eq!(merged["missing"], 54);
    let again = shard(&place, 3, &["--resume"]).json();
    assert_eq!(again["trials"]["completed"], 84);
    assert_eq!(again["trials"]["sent"], 84);
    let done = shard(&place, 3, &["--resume"]).json();
    assert_eq!(done["run"], again["run"]);
    assert_eq!(done["trials"]["sent"], 84);

    let id = merged["run"].as_str().unwrap();
    let args = [
        "run", "--resume", id, "--store", "most.db", "--format", "json",
    ];
    let resumed = place.run(&args);
    assert_eq!(resumed.code, 0, "{}", resumed.err);
    let trials = &resumed.json()["trials"];
    assert_eq!(
        (&trials["completed"], &trials["sent"]),
        (&420.into(), &420.into())
    );
}

#[test]
fn a_judge_that_compares_finds_both_answers_in_one_shard() {
    let place = Workspace::empty();
    place.write("t/full.j2", "{{ row.text }}");
    place.write("t/less.j2", "{{ row.text.split(' ')[0] }}");
    place.write(
        "compare.j2",
        "Which is better?\nExpected: {{ expected }}\nAnswer A: {{ first }}\nAnswer B: {{ second }}",
    );
    let rows = (0..7).map(|i| format!("{{\"text\": \"word {i}\", \"label\": \"word {i}\"}}\n"));
    place.write("d.jsonl", &rows.collect::<String>());
    place.write(
        "wording.toml",
        "[experiment.a]\ntemplates = [\"t/*.j2\"]\ndataset = \"d.jsonl\"\nanswer = \"label\"\nmodels = [\"demo/echo\"]\n\
         baseline = \"full\"\nsamples = 2\n[[experiment.a.metric]]\nkind = \"judge\"\nmodel = \"demo/judge\"\n\
         rubric = \"compare.j2\"\npairwise = true\n",
    );
    let whole = place.run(&["run", "--format", "json"]);
    assert_eq!(whole.code, 0, "{}", whole.err);
    for number in 1..=SHARDS {
        let (shard, store) = (format!("{number}/{SHARDS}"), format!("{number}.db"));
        let said = place.run(&["run", "--shard", &shard, "--store", &store]);
        assert_eq!(said.code, 0, "{}", said.err);
    }
    let said = merge(&place, &stores(1..=SHARDS), "merged.db");
    assert_eq!(said.code, 0, "{}", said.err);
    let scored = |store: &[&str]| {
        let said = place.run(&[&["report", "-o", "r.json"], store].concat());
        assert_eq!(said.code, 0, "{}", said.err);
        let report: Value = serde_json::from_str(&place.read("r.json")).unwrap();
        let text = report.to_string();
        assert!(text.contains("both_ways"), "{text}");
        let mut variants = serde_json::json!([report["variants"], report["scoring"]]);
        without_latency(&mut variants);
        variants
    };
    assert_eq!(scored(&[]), scored(&["--store", "merged.db"]));
}

/// Take clocks, and whose verdict was paid where, away.
fn without_latency(report: &mut Value) {
    match report {
        Value::Object(map) => {
            map.retain(|name, _| !name.contains("latency") && name != "reused");
            map.values_mut().for_each(without_latency);
        }
        Value::Array(items) => items.iter_mut().for_each(without_latency),
        _ => {}
    }
}

#[test]
fn what_does_not_belong_together_is_refused_and_nothing_is_kept() {
    let place = Workspace::sample();
    assert_eq!(shard(&place, 1, &[]).code, 0);
    assert_eq!(shard(&place, 2, &["--seed", "8"]).code, 0);
    let said = merge(&place, &stores(1..=2), "merged.db");
    assert_eq!(said.code, 2);
    assert!(said.err.contains("seed"), "{}", said.err);
    assert!(said.err.contains("2/5"), "{}", said.err);
    let mut errors = vec![said.errors()];

    // The same shard with another answer, or with another score of the same answer.
    fs::copy(place.path().join("1.db"), place.path().join("3.db")).unwrap();
    fs::copy(place.path().join("1.db"), place.path().join("4.db")).unwrap();
    let change = |store: &str, sql: &str| {
        let connection = rusqlite::Connection::open(place.path().join(store)).unwrap();
        assert_eq!(connection.execute(sql, []).unwrap(), 1);
    };
    change(
        "3.db",
        "UPDATE completions SET text = 'else' WHERE number = 5",
    );
    change("4.db", "UPDATE trials SET score = 0.5 WHERE completion = 5");
    // Which answer has that number depends on which came first.
    let trial = regex::Regex::new("row s[0-9]+, variant [a-z-]+").unwrap();
    for store in ["3.db", "4.db"] {
        let said = merge(&place, &["1.db".into(), store.into()], "merged.db");
        assert_eq!(said.code, 2);
        assert!(said.err.contains("row s"), "{}", said.err);
        errors.push(
            trial
                .replace(&said.errors(), "row [row], variant [variant]")
                .into_owned(),
        );
    }
    let runs = place.run(&["runs", "--store", "merged.db", "--format", "json"]);
    assert_eq!(runs.json(), serde_json::json!([]));

    let race = ["run", "sentiment", "--race", "84", "--store", "race.db"];
    assert_eq!(place.run(&race).code, 0);
    let said = place.run(&["runs", "merge", "latest", "--store", "race.db"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("--race"), "{}", said.err);
    errors.push(said.errors());
    let said = merge(&place, &["race.db".into()], "merged.db");
    assert_eq!(said.code, 2);
    errors.push(said.errors());
    // The order of the rows in a store is that of their arrival.
    let varying = regex::Regex::new(r"row s\d+, variant [a-z-]+").unwrap();
    let errors = varying
        .replace_all(&errors.join("\n"), "row [row], variant [variant]")
        .into_owned();
    check_filtered("cli/merge-refused", &errors);
}

#[test]
fn what_is_no_store_is_left_alone() {
    let place = Workspace::sample();
    place.write(
        "text.db",
        "a text that is no database, and long enough to be taken for one by its length",
    );
    let foreign = rusqlite::Connection::open(place.path().join("foreign.db")).unwrap();
    foreign.execute_batch("CREATE TABLE a (b)").unwrap();
    drop(foreign);
    let before = fs::read(place.path().join("foreign.db")).unwrap();
    let mut errors = Vec::new();
    for name in ["text.db", "foreign.db", "none.db", "r-0none"] {
        let said = merge(&place, &[name.into()], "merged.db");
        assert_eq!(said.code, 2, "{name}");
        assert!(said.err.contains(name), "{name}: {}", said.err);
        errors.push(said.errors());
    }
    check_filtered("cli/merge-no-store", &errors.join("\n"));
    assert_eq!(fs::read(place.path().join("foreign.db")).unwrap(), before);
}

#[test]
fn a_shard_that_cannot_be_is_named() {
    let place = Workspace::sample();
    let mut errors = Vec::new();
    for (typed, part) in [("0/4", "1"), ("5/4", "1"), ("3", "3/16"), ("1/61", "60")] {
        let said = place.run(&["run", "sentiment", "--shard", typed]);
        assert_eq!(said.code, 2, "{typed}: {}", said.err);
        assert!(said.err.contains(part), "{typed}: {}", said.err);
        errors.push(said.errors());
    }
    let said = place.run(&["run", "sentiment", "--shard", "1/4", "--race", "84"]);
    assert_eq!(said.code, 2);
    errors.push(said.errors());
    let said = place.run(&["run", "sentiment", "--shard", "1/4", "--format", "json"]);
    let id = said.json()["run"].as_str().unwrap().to_owned();
    let said = place.run(&["run", "--resume", &id, "--shard", "2/4"]);
    assert_eq!(said.code, 2);
    errors.push(said.errors());
    check_filtered("cli/shard-refused", &errors.join("\n"));
}
