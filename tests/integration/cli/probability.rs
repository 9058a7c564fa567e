//! Probabilities of labels as scores: asked for, kept small, corrected, and refused where a server gives none.

use crate::support::Workspace;
use serde_json::Value;
use wording::demo::{DemoServer, DemoSpec, Script};

fn workspace(metric: &str) -> Workspace {
    let place = Workspace::empty();
    place.write(
        "t/plain.j2",
        "Answer with one word: positive or negative.\n\nReview: {{ row.text }}",
    );
    place.write("t/other.j2", "Answer with one word only: positive or negative. What does the writer feel?\n\n{{ row.text }}");
    place.write("d.jsonl", "{\"text\": \"a great, wonderful thing\", \"label\": \"positive\"}\n{\"text\": \"bad and awful\", \"label\": \"negative\"}\n{\"text\": \"it is a thing\", \"label\": \"negative\"}\n");
    place.write("wording.toml", &format!("[experiment.x]\ntemplates = [\"t/*.j2\"]\ndataset = \"d.jsonl\"\nanswer = \"label\"\nmodels = [\"demo/icl\"]\nparams = {{ temperature = 0 }}\n[[experiment.x.metric]]\nkind = \"label\"\nlabels = [\"positive\", \"negative\"]\n[[experiment.x.metric]]\nkind = \"probability\"\nlabels = [\"positive\", \"negative\"]\n{metric}"));
    place
}

fn trials(place: &Workspace) -> Vec<Value> {
    let lines = place.run(&["export", "--format", "jsonl"]).out;
    let trials = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    trials.collect()
}

fn score(trial: &Value, name: &str) -> f64 {
    trial["scores"][name]
        .as_f64()
        .unwrap_or_else(|| panic!("{name}: {trial}"))
}

#[test]
fn the_expected_label_has_a_probability_and_its_parts_agree() {
    let place = workspace("");
    let said = place.run(&["run", "-q"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let trials = trials(&place);
    assert_eq!(trials.len(), 6);
    let mut differ = 0;
    for trial in trials.iter().filter(|t| t["unreadable"] == false) {
        let p = score(trial, "probability");
        assert!(p > 0.0 && p < 1.0, "{trial}");
        assert_eq!(p, score(trial, "probability.expected"));
        assert_eq!(p >= 0.5, score(trial, "label") == 1.0, "{trial}");
        let brier = 1.0 - (1.0 - p) * (1.0 - p);
        assert!(
            (score(trial, "probability.brier") - brier).abs() < 1e-9,
            "{trial}"
        );
        assert!((score(trial, "probability.confidence") - p.max(1.0 - p)).abs() < 1e-9);
        differ += usize::from((p - 0.5).abs() > 0.01);
    }
    assert!(differ > 2, "{trials:?}");
    let report = place.run(&["report", "--format", "json"]).json();
    for (name, report) in [
        ("report", report.clone()),
        ("run", place.run(&["run", "--format", "json"]).json()),
    ] {
        let schema = place.run(&["schema", name]).json();
        let schema = jsonschema::validator_for(&schema).unwrap();
        let errors: Vec<String> = schema.iter_errors(&report).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
    }
    let further = report["further_metrics"].as_array().unwrap();
    let scores = |found: &Value| found["variants"][0]["score"].as_f64().unwrap();
    let bounded = |found: &Value| {
        let bound = |end: &str| found["variants"][0][end].as_f64().unwrap();
        bound("low") <= scores(found) && scores(found) <= bound("high")
    };
    assert!(further.iter().all(bounded), "{report}");
    assert_eq!(further[0]["metric"], "probability");
    let found = &report["calibration"][0];
    assert_eq!(found["metric"], "probability", "{report}");
    let first = &found["variants"][0];
    let (low, high) = (
        first["ece"]["low"].as_f64().unwrap(),
        first["ece"]["high"].as_f64().unwrap(),
    );
    assert!(0.0 <= low && low <= high && high <= 1.0, "{first}");
    assert!(place.run(&["report"]).out.contains("Calibration"));
    // Whole or in pieces, an answer has the same probabilities.
    let whole: Vec<Value> = trials.iter().map(|t| t["scores"].clone()).collect();
    let said = place.run(&["run", "-q", "--stream", "no", "--reuse", "no"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let again: Vec<Value> = self::trials(&place)
        .iter()
        .map(|t| t["scores"].clone())
        .collect();
    assert_eq!(whole, again);
}

#[test]
fn prompts_without_content_correct_the_probabilities_and_are_counted() {
    let place = workspace("content_free = [\"N/A\", \"\"]\n");
    let said = place.run(&["check", "--format", "json"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let checked: Value = said.json();
    assert_eq!(
        checked[0]["calls"], 10,
        "6 for rows, 2 × 2 without content: {checked}"
    );
    let said = place.run(&["run", "--format", "json"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let corrected = trials(&place);
    let plain = workspace("");
    assert_eq!(plain.run(&["run", "-q"]).code, 0);
    let plain = trials(&plain);
    let odds = |t: &Value| (score(t, "probability") / (1.0 - score(t, "probability"))).ln();
    let is_positive = |t: &Value| t["expected"] == "positive";
    // The prior of a variant shifts the log-odds of *positive* by one number for all rows.
    for variant in ["plain", "other"] {
        let shifts: Vec<f64> = (corrected.iter().zip(&plain))
            .filter(|(t, _)| t["variant"] == variant && t["unreadable"] == false)
            .map(|(a, b)| (odds(a) - odds(b)) * if is_positive(a) { 1.0 } else { -1.0 })
            .collect();
        assert!(!shifts.is_empty(), "{plain:?}");
        assert!(
            shifts.iter().all(|s| (s - shifts[0]).abs() < 1e-2),
            "{variant}: {shifts:?}"
        );
    }
    // Nothing is paid for twice.
    let said = place.run(&["run", "--format", "json"]);
    let again = said.json();
    assert_eq!(again["trials"]["sent"], 0, "{}", said.out);
}

#[test]
fn a_server_without_log_probabilities_ends_the_run_at_the_first_answer() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for (script, lacking) in [
        ("ignore = [\"logprobs\"]", "no log-probabilities"),
        (
            "ignore = [\"top_logprobs\"]",
            "log-probabilities of the generated tokens only",
        ),
    ] {
        let script = Some(Script::parse(script).unwrap());
        let server = DemoServer::start_with(DemoSpec::default(), script);
        let server = runtime.block_on(server).unwrap();
        let place = workspace("");
        let project = place.read("wording.toml").replace("demo/icl", "mine/icl");
        let endpoint = format!("[endpoint.mine]\nbase_url = \"{}\"\n", server.base_url());
        place.write("wording.toml", &format!("{project}{endpoint}"));
        let said = place.run(&["run", "-q"]);
        assert_eq!(said.code, 1, "{}", said.err);
        assert!(
            said.err.contains(lacking) && said.err.contains("`probability`"),
            "{}",
            said.err
        );
        assert_eq!(
            server.requests(),
            1,
            "one answer is enough to know: {}",
            said.err
        );
    }
}

#[test]
fn outputs_without_tokens_are_refused() {
    let place = Workspace::empty();
    place.write("a.jsonl", "{\"label\": \"yes\", \"out\": \"yes\"}\n");
    let args = [
        "score",
        "a.jsonl",
        "--output",
        "out",
        "--answer",
        "label",
        "--kind",
        "probability",
        "--labels",
        "yes,no",
    ];
    let said = place.run(&args);
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(said.err.contains("log-probabilities"), "{}", said.err);
}
