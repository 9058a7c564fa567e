//! Runs that do not buy every trial: `--race`, `--estimate`, `--spread`, `--until`, and `wording plan`.

use crate::support::{Workspace, snapshot::check_filtered};
use serde_json::Value;

fn policy(place: &Workspace, args: &[&str]) -> Value {
    let mut all = vec!["run"];
    all.extend(args);
    all.extend(["--format", "json"]);
    place.run(&all).json()
}

/// Trials of a run as (variant, row), sorted.
fn bought(place: &Workspace) -> Vec<String> {
    let said = place.run(&["export", "--format", "jsonl"]);
    let mut all: Vec<String> = said
        .out
        .lines()
        .map(|line| {
            let trial: Value = serde_json::from_str(line).unwrap();
            format!("{} {}", trial["variant"], trial["row"])
        })
        .collect();
    all.sort();
    all
}

#[test]
fn a_race_keeps_within_its_calls_and_marks_those_that_fell() {
    let place = Workspace::sample();
    let run = policy(&place, &["axes", "--race", "500"]);
    let race = &run["policy"];
    assert_eq!(
        (&race["kind"], &race["complete"]),
        (&"race".into(), &true.into())
    );
    assert!(race["leader"].as_str().is_some(), "{race}");
    let sent = run["trials"]["sent"].as_u64().unwrap();
    let bought = race["trials"].as_u64().unwrap();
    assert!(sent <= bought && bought <= 500, "{sent} {bought}");
    let alive = race["alive"].as_array().unwrap().len();
    let variants = run["variants"].as_array().unwrap();
    let partial = variants.iter().filter(|v| v["partial"].is_string()).count();
    assert_eq!(alive + partial, variants.len());
    // Written reports begin with the conclusion, mark those that fell, and set the leader first, however high a few rows
    // put one of those.
    let leader = race["leader"].as_str().unwrap();
    for file in ["r.html", "r.md"] {
        place.run(&["report", "-o", file]);
        let text = std::fs::read_to_string(place.path().join(file)).unwrap();
        assert_eq!(text.matches("partial: ").count(), partial, "{file}");
    }
    let text = std::fs::read_to_string(place.path().join("r.md")).unwrap();
    check_filtered("cli/race.md", &text);
    let first = text.lines().find(|line| line.starts_with("| 1 |")).unwrap();
    let (_, inner) = leader.trim_end_matches(']').split_once('[').unwrap();
    let levels = inner.split(',').map(|level| level.split_once('=').unwrap());
    let levels: Vec<&str> = levels.map(|(_, level)| level).collect();
    let start = format!("| 1 | {} |", levels.join(" | "));
    assert!(first.starts_with(&start), "{first}");
}

#[test]
fn a_race_that_was_stopped_goes_on_to_the_same_end() {
    let whole = Workspace::sample();
    let end = policy(&whole, &["axes", "--race", "500"]);
    let place = Workspace::sample();
    let said = place.run(&[
        "run",
        "axes",
        "--race",
        "500",
        "--budget-calls",
        "150",
        "--format",
        "json",
    ]);
    assert_eq!(said.code, 1, "{}", said.err);
    let half: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(half["policy"]["complete"], false);
    let resumed = policy(&place, &["axes", "--resume"]);
    assert_eq!(resumed["policy"], end["policy"]);
    assert_eq!(bought(&place), bought(&whole));
    assert_eq!(resumed["trials"]["sent"], end["trials"]["sent"]);
    // Nothing is left to buy.
    let again = policy(&place, &["axes", "--resume"]);
    assert_eq!(again["policy"], end["policy"]);
    assert_eq!(again["trials"]["sent"], end["trials"]["sent"]);
}

#[test]
fn an_estimate_and_a_spread_say_what_all_variants_score() {
    let place = Workspace::sample();
    let run = policy(&place, &["axes", "--estimate", "216"]);
    assert_eq!(run["policy"]["trials"], 216);
    assert_eq!(run["policy"]["variants"].as_array().unwrap().len(), 36);
    let shares: Vec<f64> = run["policy"]["quantiles"]
        .as_array()
        .unwrap()
        .iter()
        .map(|q| q["value"].as_f64().unwrap())
        .collect();
    assert!(shares.is_sorted() && shares.len() == 5, "{shares:?}");
    let run = policy(&place, &["axes", "--spread", "400"]);
    let spread = &run["policy"]["spread"];
    assert!(
        spread["low"].as_f64().unwrap() >= 0.0
            && spread["value"].as_f64() < spread["high"].as_f64()
    );
    assert!(run["policy"]["trials"].as_u64().unwrap() <= 400);
}

#[test]
fn until_asks_only_the_variants_that_it_names() {
    let place = Workspace::sample();
    let run = policy(
        &place,
        &["sentiment", "--until", "width(diff(question, plain)) < 0.5"],
    );
    assert_eq!(run["policy"]["holds"], true);
    let rows = run["policy"]["rows"].as_u64().unwrap();
    assert!(rows < 60, "{rows}");
    for variant in run["variants"].as_array().unwrap() {
        let named = ["question", "plain"].contains(&variant["name"].as_str().unwrap());
        assert_eq!(variant["n"].as_u64().unwrap(), if named { rows } else { 0 });
        assert_eq!(variant["partial"].is_string(), !named, "{variant}");
    }
}

#[test]
fn what_cannot_be_bought_is_said_before_anything_is_sent() {
    let place = Workspace::sample();
    let mut errors = Vec::new();
    for (args, words) in [
        (&["run", "axes", "--race", "50"][..], "216"),
        (
            &["run", "sentiment", "--until", "verdict(questio, plain)"],
            "`question`",
        ),
        (&["run", "sentiment", "--until", "accuracy > 3"], "accuracy"),
        (
            &["run", "sentiment", "--race", "400", "--level", "95"],
            "0.95",
        ),
        (
            &["run", "sentiment", "--race", "400", "--spread", "400"],
            "--race",
        ),
        (&["run", "sentiment", "--race", "400", "--resume"], "--race"),
    ] {
        let said = place.run(args);
        assert_eq!(said.code, 2, "{args:?}: {}", said.err);
        assert!(said.err.contains(words), "{args:?}: {}", said.err);
        errors.push(said.errors());
    }
    check_filtered("cli/policies-refused", &errors.join("\n"));
    let runs = place.run(&["runs", "--format", "json"]).json();
    assert_eq!(
        runs.as_array()
            .map(Vec::len)
            .or_else(|| runs["runs"].as_array().map(Vec::len)),
        Some(0),
        "{runs}"
    );
}

#[test]
fn whoever_bought_every_row_is_not_told_of_a_bias() {
    let place = Workspace::sample();
    let args = ["run", "sentiment", "--until", "width(score) < 0.01"];
    let said = place.run(&args);
    assert!(said.out.contains("100 %"), "{}", said.out);
    assert!(!said.out.contains("biased"), "{}", said.out);
}

#[test]
fn a_plan_from_rows_that_all_answered_alike_says_what_it_needs() {
    let place = Workspace::empty();
    place.write(
        "wording.toml",
        "[experiment.x]\ntemplates = [\"*.j2\"]\ndataset = \"d.jsonl\"\nanswer = \"label\"\nmodels = [\"demo/icl\"]\n\
         [[experiment.x.metric]]\nkind = \"label\"\nlabels = [\"good\", \"bad\"]\n",
    );
    place.write("a.j2", "Good or bad? {{ row.text }}");
    place.write("b.j2", "Bad or good? {{ row.text }}");
    let row = "{\"text\": \"it was good\", \"label\": \"nothing\"}\n";
    place.write("d.jsonl", &row.repeat(3));
    place.run(&["run", "x", "--format", "json"]);
    let said = place.run(&["plan"]);
    said.check("cli/plan-alike");
    let plan = place.run(&["plan", "--format", "json"]).json();
    assert!(plan["models"][0]["needs"].is_string(), "{plan}");
}

#[test]
fn a_plan_says_what_the_next_calls_show() {
    let place = Workspace::sample();
    place.run(&["run", "sentiment", "--format", "json"]).json();
    let plan = place.run(&["plan", "--format", "json"]).json();
    let model = &plan["models"][0];
    let outlook = model["outlook"].as_array().unwrap();
    assert_eq!(outlook[0]["calls"], 420);
    let detectable: Vec<f64> = outlook
        .iter()
        .map(|o| o["detectable"].as_f64().unwrap())
        .collect();
    // Four times the calls halve it.
    assert!((detectable[2] - detectable[0] / 2.0).abs() < 1e-9);
    assert_eq!(plan["dataset_rows"], 60);
    let said = place.run(&["plan", "--calls", "1000,4000"]);
    assert!(said.out.contains("4000 calls"), "{}", said.out);
    said.check("cli/plan");
}
