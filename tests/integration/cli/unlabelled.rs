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

#[test]
fn what_was_read_without_an_expected_answer_and_what_could_not_be_is_in_every_form() {
    let place = Workspace::empty();
    let rows: Vec<String> = (0..10)
        .map(|i| format!("Ticket {i}, charged twice."))
        .collect();
    place.write("tickets.txt", &(rows.join("\n") + "\n"));
    place.write(
        "asks.j2",
        "{{ role(\"system\") }}Answer billing or bug.\n{{ role(\"user\") }}{{ row.text }}\n",
    );
    place.write("forgets.j2", "{{ role(\"user\") }}Tell me about it.\n");
    place.write(
        "wording.toml",
        "[experiment.teams]\ntemplates = [\"*.j2\"]\ndataset = \"tickets.txt\"\nmodels = [\"demo/icl\"]\nparams = { temperature = 0.0 }\n\n[[experiment.teams.metric]]\nkind = \"label\"\nlabels = [\"billing\", \"bug\"]\n",
    );
    let run = place.run(&["run", "teams", "--format", "json"]).json();
    let unreadable = |name: &str| {
        let variants = run["variants"].as_array().unwrap();
        let variant = variants.iter().find(|v| v["name"] == name).unwrap();
        assert_eq!(variant["unscored"], 10);
        variant["unreadable"].as_u64().unwrap()
    };
    assert_eq!(unreadable("forgets"), 10);
    let lines = place.run(&["export", "--format", "jsonl"]).out;
    let mut read = 0;
    for line in lines.lines() {
        let trial: Value = serde_json::from_str(line).unwrap();
        assert!(trial["scores"]["label"].is_null(), "{trial}");
        // Either an answer was read, or none could be.
        assert_eq!(
            trial["answer"].is_null(),
            trial["unreadable"] == true,
            "{trial}"
        );
        read += u64::from(trial["answer"].is_string());
        if trial["variant"] == "forgets" {
            assert_eq!(trial["unreadable"], true, "{trial}");
        }
    }
    assert_eq!(read, 10 - unreadable("asks"));
    assert!(read > 0);
    // A stored run says the same again, and no call is sent for it.
    let again = place.run(&["run", "teams", "--format", "json"]).json();
    assert_eq!(again["variants"], run["variants"]);
}
