//! Rows without an expected answer: they are answered and compared with each other, and enter no score.

use crate::support::Workspace;
use serde_json::{Value, json};

/// The sample's sentiment, with the labels of the rows that `keep` names.
fn project(keep: impl Fn(usize) -> bool, blank: &Value) -> Workspace {
    let place = Workspace::sample();
    let rows = place.read("datasets/sentiment.jsonl");
    let rows: Vec<String> = (rows.lines().enumerate())
        .map(|(at, line)| {
            let mut row: Value = serde_json::from_str(line).unwrap();
            if !keep(at) {
                row["label"] = blank.clone();
            }
            row.to_string()
        })
        .collect();
    place.write("datasets/sentiment.jsonl", &(rows.join("\n") + "\n"));
    place
}

#[test]
fn rows_without_a_label_enter_no_score_and_are_not_wrong() {
    let place = project(|row| row < 24, &json!(" "));
    let run = place.run(&["run", "sentiment", "--format", "json"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let run = run.json();
    for variant in run["variants"].as_array().unwrap() {
        assert_eq!(variant["n"], 24, "{variant}");
        assert_eq!(variant["unscored"], 36, "{variant}");
        assert!(variant["consensus"].as_f64().unwrap() > 0.5, "{variant}");
    }
    // The labelled rows score as they do alone.
    let alone = place.run(&["export", "--format", "jsonl"]);
    let scores = alone.out.lines().map(|line| {
        let trial: Value = serde_json::from_str(line).unwrap();
        (
            trial["row"].as_u64().unwrap(),
            trial["variant"].as_str().unwrap().to_owned(),
            trial["answer"].clone(),
            trial["scores"]["label"].as_f64(),
        )
    });
    let mut right = 0.0;
    for (row, variant, answer, score) in scores {
        assert_eq!(score.is_some(), row < 24, "row {row}");
        assert!(answer.is_string() || score != Some(1.0));
        right += score.filter(|_| variant == "plain").unwrap_or(0.0);
    }
    let plain = run["variants"].as_array().unwrap();
    let plain = plain.iter().find(|v| v["name"] == "plain").unwrap();
    assert!((plain["score"].as_f64().unwrap() - right / 24.0).abs() < 1e-9);
    let text = place.run(&["report"]).out;
    assert!(
        text.contains("36 of 60 rows have no expected answer, so their answers enter no score."),
        "{text}"
    );
}

#[test]
fn without_any_label_answers_are_compared_with_each_other() {
    let place = project(|_| false, &Value::Null);
    let toml = place.read("wording.toml");
    place.write(
        "wording.toml",
        &toml.replacen("answer = \"label\"\n", "", 1),
    );
    let check = place.run(&["check", "sentiment"]);
    assert_eq!(check.code, 0, "{}{}", check.out, check.err);
    assert!(
        check.out.contains("No row has an expected answer") && check.out.contains("`answer`"),
        "{}",
        check.out
    );
    let run = place.run(&["run", "sentiment"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(
        run.err.contains("`answer` (--answer)") && run.err.contains("id, text, label, source"),
        "{}",
        run.err
    );
    for part in [
        "agreement %",
        "Two variants give the same answer to a row in",
        "Variants disagree on",
        "not scored",
    ] {
        assert!(run.out.contains(part), "{part}: {}", run.out);
    }
    assert!(!run.out.contains("score %"), "{}", run.out);
    for file in ["r.md", "r.html"] {
        let report = place.run(&["report", "-o", file]);
        assert_eq!(report.code, 0, "{}", report.err);
        let text = place.read(file);
        assert!(text.contains("No row has an expected answer"), "{file}");
    }
    assert!(place.read("r.md").contains("| agreement % |"));
    let advice = place
        .run(&["advise", "sentiment", "--format", "json"])
        .json();
    assert_eq!(advice["rule"], "no-labels");
    let next = advice["next"].to_string();
    assert!(next.contains("wording label sentiment"), "{next}");
    assert_eq!(advice["evidence"]["unscored"]["rows"], 60);
    // A gate on a score that nobody has does not hold in silence.
    let gate = place.run(&["run", "sentiment", "--fail-if", "score(plain) < 0.5"]);
    assert_ne!(gate.code, 0, "{}{}", gate.out, gate.err);
}
