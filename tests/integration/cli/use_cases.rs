//! What the README promises.

use crate::support::{Workspace, snapshot::check_filtered};
use serde_json::Value;

#[test]
fn a_run_scores_every_wording_and_the_next_one_sends_nothing() {
    let place = Workspace::sample();
    let first = place.run(&["run", "sentiment", "--format", "json"]);
    assert_eq!(first.code, 0, "{}", first.err);
    let first = first.json();
    assert_eq!(first["trials"]["planned"], 420);
    assert_eq!(first["trials"]["failed"], 0);
    assert_eq!(first["trials"]["sent"], 420);
    let scores: Vec<String> = first["variants"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v["score"].to_string())
        .collect();
    let distinct: std::collections::HashSet<_> = scores.iter().collect();
    assert!(distinct.len() >= 3, "{scores:?}");
    let again = place.run(&["run", "sentiment", "--format", "json"]).json();
    assert_eq!(
        (&again["trials"]["sent"], &again["trials"]["reused"]),
        (&Value::from(0), &Value::from(420))
    );
    let scores_again: Vec<String> = again["variants"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v["score"].to_string())
        .collect();
    assert_eq!(scores, scores_again);
}

#[test]
fn json_fits_its_schema() {
    let place = Workspace::sample();
    let schema = |of: &str| jsonschema::validator_for(&place.run(&["schema", of]).json()).unwrap();
    let run = place.run(&["run", "情感", "--format", "json"]).json();
    let wrong: Vec<String> = schema("run")
        .iter_errors(&run)
        .map(|e| e.to_string())
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
    for experiment in ["情感", "axes"] {
        let said = place.run(&["run", experiment, "-q", "--samples", "2", "--rows", "20"]);
        assert_eq!(said.code, 0, "{}", said.err);
        place.run(&["report", "-o", "x.json"]);
        let report: Value = serde_json::from_str(&place.read("x.json")).unwrap();
        let wrong: Vec<String> = schema("report")
            .iter_errors(&report)
            .map(|e| format!("{}: {e}", e.instance_path))
            .collect();
        assert_eq!(wrong, Vec::<String>::new());
        for figure in [
            "summary",
            "spread",
            "overall",
            "components",
            "next",
            "agreement",
            "sensitivity",
            "best",
        ] {
            assert!(
                !report[figure].is_null(),
                "{figure} is missing for {experiment}"
            );
        }
        assert!(
            report["components"]["sample"].is_number(),
            "two samples tell their noise"
        );
        assert_eq!(report["axes"].is_array(), experiment == "axes");
    }
    let project: toml::Value = toml::from_str(&place.read("wording.toml")).unwrap();
    let project = serde_json::to_value(project).unwrap();
    let wrong: Vec<String> = schema("project")
        .iter_errors(&project)
        .map(|e| e.to_string())
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn a_diff_is_one_file_without_outside_references() {
    let place = Workspace::sample();
    for form in ["html", "md", "json", "csv", "xml"] {
        let file = format!("d.{form}");
        let said = place.run(&["diff", "plain", "opinion", "-o", &file]);
        assert_eq!(said.code, 0, "{}", said.err);
        assert!(!place.read(&file).is_empty());
    }
    let html = place.read("d.html");
    for outside in ["http://", "https://", "src=", "@import", "url("] {
        assert!(!html.contains(outside), "{outside} in the report");
    }
    let links = html.matches("href=").count();
    assert_eq!(
        links,
        html.matches("href=\"#").count(),
        "only within the page"
    );
    assert!(
        html.contains("<del>sentiment</del><ins>opinion</ins>"),
        "{html}"
    );
    let json: Value = serde_json::from_str(&place.read("d.json")).unwrap();
    let prompts = &json["pairs"][0]["change"]["prompts"];
    assert_eq!(
        (&prompts["changed"], &prompts["compared"]),
        (&Value::from(60), &Value::from(60))
    );
    let effect = &json["pairs"][0]["effects"][0];
    let fates = |fate: &str| {
        effect["rows"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|r| r["fate"] == fate)
            .count() as f64
    };
    let difference = effect["difference"]["value"].as_f64().unwrap();
    assert!((difference - (fates("fixed") - fates("broken")) / 60.0).abs() < 1e-9);
}

#[test]
fn shots_in_another_order_are_a_difference_of_prompts_alone() {
    let place = Workspace::sample();
    let said = place.run(&["diff", "plain", "reversed", "--format", "json"]);
    let prompts = &said.json()["pairs"][0]["change"]["prompts"];
    assert_eq!(prompts["changed"], 60, "{}", said.err);
}

#[test]
fn outside_of_a_project_the_sample_is_opened() {
    let place = Workspace::empty();
    let said = place.run(&["run", "triage", "--format", "json"]);
    assert_eq!(said.code, 0, "{}", said.err);
    said.check_err("cli/outside-of-a-project");
    assert_eq!(said.json()["trials"]["completed"], 180);
    assert!(
        !place.path().join("wording.toml").exists(),
        "nothing may be written here"
    );
}

#[test]
fn all_by_flags_without_a_project() {
    let place = Workspace::empty();
    place.write(
        "t/a.j2",
        "Is it good or bad? Answer with one word: good or bad.\n{{ row.text }}",
    );
    place.write(
        "t/b.j2",
        "Good or bad? Answer with one word: good or bad.\n{{ row.text }}",
    );
    place.write(
        "d.csv",
        "text,label\na great thing,good\n\"a terrible, awful thing\",bad\n",
    );
    let said = place.run(&[
        "run",
        "--template",
        "t/*.j2",
        "--dataset",
        "d.csv",
        "--answer",
        "label",
        "--model",
        "demo/icl",
        "--label",
        "good",
        "--label",
        "bad",
        "--format",
        "json",
    ]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(said.json()["trials"]["completed"], 4);
    let said = place.run(&[
        "diff",
        "t/a.j2",
        "t/b.j2",
        "--dataset",
        "d.csv",
        "--answer",
        "label",
        "--model",
        "demo/icl",
        "--format",
        "json",
    ]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(said.json()["pairs"][0]["change"]["prompts"]["changed"], 2);
}

#[test]
fn rendering_shows_prompts_and_sends_nothing() {
    let place = Workspace::sample();
    let said = place.run(&[
        "render",
        "sentiment",
        "--row",
        "s02",
        "--variant",
        "plain",
        "--format",
        "json",
    ]);
    let line = said.json();
    let messages = line["messages"].as_array().unwrap();
    assert_eq!(
        messages.len(),
        1 + 2 * 8 + 1,
        "a system message, eight shots, the row"
    );
    assert!(messages[17]["content"].as_str().unwrap().contains("butler"));
    place.run(&["runs"]).check("cli/no-runs");
}

#[test]
fn checking_counts_calls_and_finds_variants_that_say_the_same() {
    let place = Workspace::sample();
    let said = place.run(&["check", "axes", "--format", "json"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let checked = &said.json()[0];
    assert_eq!(
        (&checked["variants"], &checked["calls"]),
        (&Value::from(36), &Value::from(2160))
    );
    let warnings = checked["warnings"].as_array().unwrap();
    let warning = warnings
        .iter()
        .find(|w| w["rule"] == "same-variant")
        .unwrap();
    let said = warning["message"].as_str().unwrap();
    assert!(said.starts_with("6 variants"), "{said}");
    let designs: Vec<(&str, u64)> = checked["designs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| (d["kind"].as_str().unwrap(), d["variants"].as_u64().unwrap()))
        .collect();
    assert_eq!(
        designs,
        [
            ("full", 36),
            ("one-at-a-time", 7),
            ("random", 24),
            ("orthogonal", 9)
        ]
    );
}

#[test]
fn runs_are_listed_exported_and_deleted() {
    let place = Workspace::sample();
    place.run(&["run", "情感", "-q", "--note", "first"]);
    let list = place.run(&["runs", "--format", "json"]).json();
    let id = list[0]["run"].as_str().unwrap().to_owned();
    let export = place.run(&["export", &id]);
    let lines: Vec<Value> = export
        .out
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    assert_eq!(lines.len(), 160);
    assert!(
        lines
            .iter()
            .all(|l| l["messages"].is_array() && l["output"].is_string())
    );
    assert!(place.run(&["runs", "show", &id[..8]]).out.contains("first"));
    assert_eq!(place.run(&["runs", "delete", &id]).code, 0);
    assert_eq!(place.run(&["runs", "--format", "json"]).out.trim(), "[]");
    let again = place.run(&["run", "情感", "--format", "json"]).json();
    assert_eq!(again["trials"]["sent"], 0, "answers outlive their run");
}

/// The same columns in CSV and Parquet, which keeps their types; what reads datasets reads both.
#[test]
fn trials_are_exported_as_a_table_with_types() {
    use wording::dataset::{Dataset, ReadOptions};
    let place = Workspace::sample();
    assert_eq!(place.run(&["run", "情感", "-q"]).code, 0);
    for form in ["csv", "parquet"] {
        let exported = place.run(&["export", "-o", &format!("trials.{form}")]);
        assert_eq!(exported.code, 0, "{}", exported.transcript());
    }
    let rows = |name: &str| -> Vec<serde_json::Map<String, Value>> {
        let file = Dataset::read(&place.file(name), &ReadOptions::default()).unwrap();
        file.rows().map(|row| row.unwrap().fields.clone()).collect()
    };
    let (csv, parquet) = (rows("trials.csv"), rows("trials.parquet"));
    assert_eq!((csv.len(), parquet.len()), (160, 160));
    for (text, typed) in csv.iter().zip(&parquet) {
        assert_eq!(
            text.keys().collect::<Vec<_>>(),
            typed.keys().collect::<Vec<_>>()
        );
        for (name, value) in typed {
            let shown = match value {
                Value::Null => String::new(),
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            let same = text[name].as_str().unwrap();
            let is_same = match (same.parse::<f64>(), value.as_f64()) {
                (Ok(a), Some(b)) => a == b,
                _ => same.trim_start_matches('\'') == shown,
            };
            assert!(is_same, "{name}: {same} in CSV, {shown} in Parquet");
        }
        assert!(
            typed["row"].is_u64() && typed["latency_ms"].is_f64() && typed["reused"].is_boolean()
        );
        assert!(typed["score:label"].is_number() || typed["failure"].is_string());
    }
    // A name that says no format is refused before anything is written.
    let refused = place.run(&["export", "-o", "trials.xlsx"]);
    assert_eq!(refused.code, 2);
    assert!(
        refused.err.contains("unknown format .xlsx"),
        "{}",
        refused.err
    );
    assert!(!place.file("trials.xlsx").exists());
}

#[test]
fn gates_decide_the_exit_code() {
    let place = Workspace::sample();
    assert_eq!(
        place
            .run(&[
                "run",
                "情感",
                "-q",
                "--gate",
                "score>=0.1",
                "--gate",
                "failed<=0"
            ])
            .code,
        0
    );
    let said = place.run(&["run", "情感", "-q", "--gate", "score>1"]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("score>1"), "{}", said.err);
    said.check_err("cli/gate");
    assert_eq!(place.run(&["run", "情感", "--gate", "sense>1"]).code, 2);
}

#[test]
fn a_cap_on_calls_is_kept_and_can_be_gone_on_from() {
    let place = Workspace::sample();
    let said = place.run(&["run", "情感", "--format", "json", "--budget-calls", "50"]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("50"), "{}", said.err);
    said.check_err("cli/cap");
    assert_eq!(said.json()["trials"]["sent"], 50);
    let said = place.run(&["run", "情感", "--format", "json", "--resume"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let trials = said.json()["trials"].clone();
    assert_eq!(
        (&trials["completed"], &trials["sent"]),
        (&Value::from(160), &Value::from(160))
    );
}

#[test]
fn a_closed_pipe_is_a_clean_end() {
    let place = Workspace::sample();
    let command = format!(
        "{} render sentiment --format json | head -n 1",
        env!("CARGO_BIN_EXE_wording")
    );
    let out = std::process::Command::new("bash")
        .args(["-c", &format!("set -o pipefail; {command}")])
        .current_dir(place.path())
        .output()
        .unwrap();
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    assert!(
        out.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
}

#[test]
fn init_writes_nothing_where_something_is() {
    let place = Workspace::empty();
    place.write("wording.toml", "mine");
    let said = place.run(&["init"]);
    assert_eq!(said.code, 2);
    said.check_err("cli/init-twice");
    assert_eq!(place.read("wording.toml"), "mine");
    assert!(!place.path().join("templates").exists());
}

#[test]
fn completions_man_and_help_come() {
    let place = Workspace::empty();
    let help = place.run(&["--help"]).out;
    assert!(help.contains("Exit codes"));
    let listed = help.split("Commands:").nth(1).unwrap();
    let commands: Vec<&str> = listed
        .lines()
        .skip(1)
        .take_while(|line| !line.trim().is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(commands.len() > 15, "{commands:?}");
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let script = place.run(&["completions", shell]).out;
        for command in &commands {
            assert!(script.contains(command), "{shell} does not know {command}");
        }
    }
    assert!(place.run(&["man"]).out.starts_with(".ie"));
    assert_eq!(place.run(&["man", "-o", "man"]).code, 0);
    for command in commands.into_iter().filter(|c| *c != "help") {
        let page = place.read(&format!("man/wording-{command}.1"));
        assert!(page.contains(&format!("wording-{command}")), "{page}");
    }
}

#[test]
fn the_log_holds_every_trial_and_answers_only_when_asked() {
    let place = Workspace::sample();
    place.run(&["run", "情感", "-q", "--log", "a.jsonl"]);
    place.run(&["run", "情感", "-q", "-vv", "--log", "b.jsonl"]);
    for (file, outputs) in [("a.jsonl", 0), ("b.jsonl", 160)] {
        let lines: Vec<Value> = place
            .read(file)
            .lines()
            .map(|l| serde_json::from_str(l).unwrap())
            .collect();
        assert_eq!(
            lines.iter().filter(|l| l["event"] == "finished").count(),
            160
        );
        assert_eq!(
            lines.iter().filter(|l| l.get("output").is_some()).count(),
            outputs
        );
        assert_eq!(lines.last().unwrap()["event"], "run_finished");
    }
}

#[test]
fn the_report_names_the_axes_that_move_the_answers_and_clears_the_others() {
    let place = Workspace::sample();
    let said = place.run(&["run", "axes", "-q"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let report = place.run(&["report", "--format", "json"]).json();
    let axis = |name: &str| {
        report["axes"]
            .as_array()
            .unwrap()
            .iter()
            .find(|a| a["name"] == name)
            .unwrap_or_else(|| panic!("no axis {name}"))
            .clone()
    };
    // The demo model leans towards the label of the last shots, and is less sure of itself without the words "answer with".
    let order = axis("shots.order");
    assert!(
        order["answers"]["p_adjusted"].as_f64().unwrap() < 0.05,
        "{order}"
    );
    assert!(
        axis("instruction")["answers"]["p_adjusted"]
            .as_f64()
            .unwrap()
            < 0.05
    );
    // It reads the same text after a colon and after a dash.
    let separator = axis("separator");
    assert!(
        separator["p_adjusted"].as_f64().unwrap() > 0.05,
        "{separator}"
    );
    assert!(
        separator["answers"]["p_adjusted"].as_f64().unwrap() > 0.05,
        "{separator}"
    );
    let text = place.run(&["report"]).out;
    check_filtered("cli/report-axes", &text);
}

#[test]
fn other_metrics_score_the_same_answers_without_a_call() {
    let place = Workspace::sample();
    let first = place.run(&["run", "triage", "--format", "json"]).json();
    assert_eq!(first["trials"]["sent"], 180);
    let project = place.read("wording.toml").replace(
        "kind = \"label\"\nlabels = [\"billing\"",
        "kind = \"f1\"\nthreshold = 0.5\n\n[[experiment.triage.metric]]\nweight = 3\nkind = \"label\"\nlabels = [\"billing\"",
    );
    std::fs::write(place.path().join("wording.toml"), project).unwrap();
    let again = place.run(&["run", "triage", "--format", "json"]);
    assert_eq!(again.code, 0, "{}", again.err);
    let again = again.json();
    assert_eq!(
        (&again["trials"]["sent"], &again["trials"]["reused"]),
        (&Value::from(0), &Value::from(180))
    );
    let report = place.run(&["report", "--format", "json"]).json();
    let metrics = &report["variants"][0]["metrics"];
    let of = |name: &str| {
        metrics[name]
            .as_f64()
            .unwrap_or_else(|| panic!("no {name} in {metrics}"))
    };
    assert!(
        (of("total") - (of("f1") + 3.0 * of("label")) / 4.0).abs() < 1e-5,
        "{metrics}"
    );
    assert!((of("label") - first["variants"][0]["score"].as_f64().unwrap()).abs() < 1e-5);
    let text = place.run(&["report"]).out;
    assert!(text.contains("total"), "{text}");
}

#[test]
fn flags_of_every_command_may_stand_before_it() {
    let place = Workspace::sample();
    let said = place.run(&["-q", "run", "triage", "--format", "json"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(said.json()["experiment"], "triage");
    let said = place.run(&["triage", "run"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("wording run triage"), "{}", said.err);
    assert_eq!(place.run(&["--race", "90", "run", "triage"]).code, 2);
}
