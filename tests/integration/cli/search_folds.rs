//! `wording optimize --folds`: searches that are judged, in turn, by rows that they did not see.

use super::optimize::fits_its_schema;
use crate::support::{Workspace, demo_server, reach_requests, snapshot::check_filtered};
use serde_json::Value;
use std::{collections::HashSet, process::Stdio};
use tokio::runtime::Runtime;
use wording::{
    dataset::{Dataset, RowKeys},
    demo::DemoServer,
    engine::read_options,
    model::RowKeyColumns,
    project::Project,
    store::Store,
};

const SEARCH: [&str; 8] = [
    "optimize",
    "sentiment",
    "--writer",
    "demo/writer",
    "--folds",
    "5",
    "--budget-calls",
    "1000",
];

fn search(place: &Workspace, more: &[&str]) -> Value {
    let said = place.run(&[&SEARCH[..], more, &["--format", "json"]].concat());
    assert_eq!(said.code, 0, "{}", said.err);
    let search = said.json();
    fits_its_schema(place, &search);
    search
}

fn folds(search: &Value) -> &Vec<Value> {
    search["folds"].as_array().unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

/// The texts of the rows of each fold, as they are drawn.
fn texts_of_folds(place: &Workspace, seed: u64, folds: usize) -> Vec<Vec<String>> {
    let project = Project::load(&place.file("wording.toml")).unwrap();
    let experiment = (project.experiments.iter()).find(|e| e.name == "sentiment");
    let experiment = experiment.unwrap();
    let rows = Dataset::read(
        &place.file("datasets/sentiment.jsonl"),
        &read_options(experiment),
    );
    let rows = rows.unwrap();
    let key = RowKeyColumns {
        cluster: experiment.cluster.clone(),
        id: experiment.id.clone(),
        ignored: experiment.answer.iter().cloned().collect(),
    };
    let text = |place: u32| {
        let row = rows.row(place as usize).unwrap();
        row.fields["text"].as_str().unwrap().to_owned()
    };
    let folds = RowKeys::new(&rows, &key).unwrap().folds(seed, folds);
    (folds.into_iter())
        .map(|places| places.into_iter().map(text).collect())
        .collect()
}

#[test]
fn every_row_judges_one_search_that_did_not_see_it() {
    let place = Workspace::sample();
    let template = place.read("templates/sentiment/plain.j2");
    let found = search(&place, &[]);
    assert_eq!(folds(&found).len(), 5);
    let seed = found["request"]["seed"].as_u64().unwrap();
    let texts = texts_of_folds(&place, seed, 5);
    let mut judged = 0;
    for (fold, texts) in folds(&found).iter().zip(texts) {
        let rows = fold["held_out"]["rows"].as_u64().unwrap();
        assert_eq!(rows as usize, texts.len());
        judged += rows;
        let part = |name: &str| fold[name].as_u64().unwrap();
        assert_eq!(part("feedback") + part("selection") + rows, 60);
        assert!(part("budget_calls") >= fold["spent"]["calls"].as_u64().unwrap());
        // The writer of a fold saw rows, and none that judges it.
        let asked = fold["proposals"].to_string();
        assert!(asked.contains("<failures>"), "{asked}");
        for text in texts {
            let text = serde_json::to_string(&text).unwrap();
            let text = serde_json::to_string(&text[1..text.len() - 1]).unwrap();
            assert!(!asked.contains(text.trim_matches('"')), "{text}");
        }
    }
    assert_eq!(judged, 60);
    // What they gain together is the mean over all rows.
    let pooled = &found["ending"]["pooled"];
    let sum: f64 = folds(&found)
        .iter()
        .map(|fold| &fold["held_out"])
        .fold(0.0, |sum, held_out| {
            sum + number(&held_out["difference"]) * number(&held_out["rows"])
        });
    assert!(
        (number(&pooled["difference"]) - sum / 60.0).abs() < 1e-9,
        "{pooled}"
    );
    let (low, high) = (number(&pooled["low"]), number(&pooled["high"]));
    let verdict = if low > 0.0 {
        "searches-gain"
    } else if high < 0.0 {
        "worse"
    } else {
        "no-gain-shown"
    };
    assert_eq!(found["verdict"], verdict);
    // A search on all rows is made only where those of the folds gain.
    let candidates = found["candidates"].as_array().unwrap().len();
    assert_eq!(candidates > 1, low > 0.0, "{pooled}");
    assert!(found["spent"]["calls"].as_u64().unwrap() <= 1_000);
    // Nothing was sealed or opened, no run is left, nothing is written without a yes.
    assert_eq!(found["parts"]["sealed"], 0);
    assert!(found["ending"]["sealed"].is_null());
    let runs = place.run(&["runs", "--format", "json"]).json();
    assert_eq!(runs.as_array().unwrap().len(), 0, "{runs}");
    assert_eq!(place.read("templates/sentiment/plain.j2"), template);
    // The same command takes the same steps, from the store.
    let again = search(&place, &[]);
    for what in ["candidates", "ending", "verdict"] {
        assert_eq!(again[what], found[what]);
    }
    let spent = &again["spent"];
    assert_eq!(
        spent["stored"].as_u64().unwrap(),
        spent["calls"].as_u64().unwrap() + spent["writer_calls"].as_u64().unwrap()
    );
    every_form_says_the_same(&place, &found);
}

fn every_form_says_the_same(place: &Workspace, found: &Value) {
    let shown = |form: &str| {
        let said = place.run(&["optimize", "sentiment", "--resume", "-o", form]);
        assert_eq!(said.code, 0, "{}", said.err);
        assert!(said.err.contains("nothing is sent"), "{}", said.err);
        (said.out, place.read(form))
    };
    let (text, html) = shown("s.html");
    let markdown = shown("s.md").1.replace('\\', "");
    let (_, json) = shown("s.json");
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["ending"], found["ending"]);
    for part in ["verdict", "gain"] {
        let line = text.lines().find_map(|line| line.strip_prefix(part));
        let line = line.unwrap_or_else(|| panic!("{text}")).trim();
        assert!(html.contains(line) && markdown.contains(line), "{line}");
    }
    for fold in folds(found) {
        let points = format!("{:+.1}", 100.0 * number(&fold["held_out"]["difference"]));
        let points = points.replace("+0.0", "0.0").replace("-0.0", "0.0");
        let calls = fold["spent"]["calls"].to_string();
        let is_row = |line: &&str| line.contains(&calls) && line.contains(&points);
        for form in [&text, &markdown] {
            assert!(form.lines().any(|line| is_row(&line)), "{fold}");
        }
        let details = format!("<details id=\"fold-{}\">", fold["number"]);
        assert_eq!(html.matches(&details).count(), 1);
        assert!(
            html.contains(&format!("<td class=\"n\">{points}</td>")),
            "{points}"
        );
    }
}

#[test]
fn what_80_columns_show() {
    let place = Workspace::sample();
    let mut command = place.command(&SEARCH);
    let said = place.output(command.env("COLUMNS", "80"));
    assert_eq!(said.code, 0, "{}", said.err);
    let id = regex::Regex::new(r"\bs-[0-9a-z]{10}\b").unwrap();
    let text = id.replace_all(&said.out, "s-[search]");
    let until_diff = text.split("\n---").next().unwrap();
    let facts = until_diff
        .lines()
        .take_while(|line| !line.starts_with("start"));
    for line in facts.chain(until_diff.lines().skip_while(|l| !l.starts_with("gain"))) {
        assert!(line.chars().count() <= 80, "{line}");
    }
    check_filtered("cli/search-by-folds", &text);
    let told = id.replace_all(&said.err, "s-[search]");
    check_filtered("cli/search-by-folds-progress", &told);
}

#[test]
fn rows_that_the_experiment_seals_stay_sealed() {
    let place = Workspace::changed(&[(
        "wording.toml",
        "baseline = \"plain\"",
        "baseline = \"plain\"\nsealed = 0.3",
    )]);
    let found = search(&place, &[]);
    let open = place
        .run(&[
            "render",
            "sentiment",
            "--variant",
            "plain",
            "--format",
            "json",
        ])
        .out;
    let rows = place.read("datasets/sentiment.jsonl");
    let (mut sealed, mut all) = (Vec::new(), 0);
    for row in rows
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
    {
        all += 1;
        let text = serde_json::to_string(&row["text"]).unwrap();
        if !open.contains(text.trim_matches('"')) {
            sealed.push(row["text"].as_str().unwrap().to_owned());
        }
    }
    let judged: u64 = folds(&found)
        .iter()
        .map(|f| f["held_out"]["rows"].as_u64().unwrap())
        .sum();
    assert!(sealed.len() > 5 && judged as usize == all - sealed.len());
    for text in sealed {
        assert!(!found.to_string().contains(&text), "{text}");
    }
    let store = Store::open(&place.file(".wording/wording.db")).unwrap();
    assert_eq!(store.seal_openings(None).unwrap(), []);
    // It is not gone on with when other rows are sealed.
    let id = found["id"].as_str().unwrap();
    let mut record: Value = serde_json::from_str(&store.search(id).unwrap().unwrap()).unwrap();
    record["ending"] = Value::Null;
    store
        .keep_search(id, "sentiment", "running", &record.to_string())
        .unwrap();
    let config = place.read("wording.toml");
    place.write(
        "wording.toml",
        &config.replace("sealed = 0.3", "sealed = 0.2"),
    );
    let refused = place.run(&["optimize", "sentiment", "--resume"]);
    let why = "the sealed rows of `sentiment` are not those that this search began with";
    assert!(
        refused.code == 2 && refused.err.contains(why),
        "{}",
        refused.err
    );
}

#[test]
fn shots_are_searched_by_folds_without_a_writer() {
    let place = Workspace::sample();
    let said = place.run(&[
        "optimize",
        "sentiment",
        "--edit",
        "shots",
        "--folds",
        "--budget-calls",
        "900",
        "--format",
        "json",
    ]);
    assert_eq!(said.code, 0, "{}", said.err);
    let found = said.json();
    assert_eq!(
        found["request"]["folds"], 5,
        "five where no number is typed"
    );
    assert!(folds(&found).iter().all(|fold| fold["feedback"] == 0));
    assert_eq!(found["spent"]["writer_calls"], 0);
}

#[test]
fn what_folds_cannot_do_is_told_before_anything_is_sent() {
    let place = Workspace::sample();
    let refused = |args: &[&str], why: &str| {
        let said = place.run(&[&["optimize", "sentiment"], args].concat());
        assert!(
            said.code == 2 && said.err.contains(why),
            "{} {}",
            said.code,
            said.err
        );
    };
    let writer = |more: &[&'static str]| [&["--writer", "demo/writer"], more].concat();
    refused(
        &["--shorter", "--folds", "--budget-calls", "900"],
        "'--shorter' cannot be used with '--folds",
    );
    refused(
        &writer(&["--folds", "1", "--budget-calls", "900"]),
        "must be a number from 2 to 20",
    );
    refused(
        &writer(&["--folds", "--budget-calls", "600"]),
        "600 calls are too few for 6 searches (5 folds, and one on all rows); --budget-calls ",
    );
    refused(
        &writer(&["--folds", "--budget-calls", "2000", "--writer-calls", "3"]),
        "--writer-calls 3 would leave some of 6 searches without a writer",
    );
    refused(
        &writer(&["--folds", "--budget-calls", "2000", "--edit", "shots"]),
        "needs no writer",
    );
    refused(
        &writer(&["--folds", "--budget-calls", "2000", "--rows", "18"]),
        "`sentiment` has too few rows for 5 folds: 18 rows; 20 at least",
    );
    refused(
        &["--resume", "--folds"],
        "--folds would be ignored: a search that is resumed",
    );
    // What is named is enough, and one less is not.
    let named = |text: &str| -> u64 {
        let rest = text.split("--budget-calls ").nth(1).unwrap();
        rest.split(' ').next().unwrap().parse().unwrap()
    };
    let with = |calls: u64| {
        let calls = calls.to_string();
        place.run(&[&SEARCH[..7], &[&calls, "--format", "json"]].concat())
    };
    let least = named(&with(600).err);
    assert_eq!(with(least - 1).code, 2);
    let said = with(least);
    assert_eq!(said.code, 0, "{}", said.err);
    let most = folds(&said.json())
        .iter()
        .map(|f| f["candidates"].as_array().unwrap().len())
        .min();
    assert!(most > Some(1), "each search has candidates");
    // Too few rows for a search: it says what folds take.
    let said = place.run(
        &[
            &[
                "optimize",
                "sentiment",
                "--rows",
                "1",
                "--budget-calls",
                "900",
            ],
            &["--writer", "demo/writer"][..],
        ]
        .concat(),
    );
    assert!(
        said.code == 2 && said.err.contains("20 are enough for --folds"),
        "{}",
        said.err
    );
    // And one that has few sealed rows says so.
    let said = place.run(&[&SEARCH[..4], &["--budget-calls", "600"]].concat());
    assert!(
        said.err.contains("--folds lets all rows judge"),
        "{}",
        said.err
    );
}

/// The sample project with its models at a server of this process.
fn served(server: &DemoServer) -> Workspace {
    let place = Workspace::changed(&[("wording.toml", "demo/icl", "x/icl")]);
    let endpoint = format!(
        "[endpoint.x]\nbase_url = \"{}\"\nmax_in_flight = 4\n",
        server.base_url()
    );
    let config = place.read("wording.toml");
    place.write("wording.toml", &format!("{endpoint}{config}"));
    place
}

/// Completions that are stored.
fn kept(place: &Workspace) -> u64 {
    let connection = rusqlite::Connection::open(place.file(".wording/wording.db")).unwrap();
    let count = "SELECT count(*) FROM completions";
    connection
        .query_row(count, [], |row| row.get::<_, i64>(0))
        .unwrap() as u64
}

#[test]
fn one_that_is_killed_is_gone_on_with_to_the_same_end_and_pays_for_nothing_twice() {
    let runtime = Runtime::new().unwrap();
    let args = [
        "optimize",
        "sentiment",
        "--writer",
        "x/writer",
        "--folds",
        "3",
        "--budget-calls",
        "700",
        "--format",
        "json",
    ];
    let server = demo_server(&runtime, 0);
    let place = served(&server);
    let whole = place.run(&args);
    assert_eq!(whole.code, 0, "{}", whole.err);
    let (whole, all) = (whole.json(), server.requests());
    let mut stages = HashSet::new();
    // In each fold, and near the end.
    for part in [1, 4, 7, 9] {
        let server = demo_server(&runtime, 2);
        let place = served(&server);
        let mut child = place.command(&args);
        let mut child = child
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        assert!(reach_requests(&runtime, &server, all * part / 10));
        child.kill().unwrap();
        child.wait().unwrap();
        let (sent, kept) = (server.requests(), kept(&place));
        let resumed = place.run(&["optimize", "sentiment", "--resume", "--format", "json"]);
        assert_eq!(resumed.code, 0, "{}", resumed.err);
        let resumed = resumed.json();
        for what in [
            "request",
            "parts",
            "candidates",
            "proposals",
            "ending",
            "verdict",
        ] {
            assert_eq!(resumed[what], whole[what], "{part}: {what}");
        }
        for (a, b) in folds(&resumed).iter().zip(folds(&whole)) {
            for what in ["candidates", "proposals", "nominee", "held_out"] {
                assert_eq!(a[what], b[what], "{part}: {what}");
            }
            assert_eq!(a["spent"]["calls"], b["spent"]["calls"]);
        }
        let twice = server.requests() - all;
        assert!(
            twice <= sent - kept,
            "{part}: {twice} calls twice; {sent} were sent, {kept} kept"
        );
        assert!(resumed["spent"]["stored"].as_u64() >= Some(kept), "{part}");
        stages.insert(sent);
    }
    assert_eq!(stages.len(), 4);
}
