//! The examples of `docs/metrics.md` do what the page says.
//!
//! A block ```` ```toml ```` is the metrics of an experiment; the ```` ```text ```` block after it has a line an answer:
//! `output | expected → score`, where a score may be `unreadable`. Where there is none, the metric has to run. Blocks with
//! `file=NAME` are files beside the project.

use crate::support::Workspace;
use serde_json::{Value, json};

fn blocks(page: &str) -> Vec<(&str, String)> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(kind) = line.strip_prefix("```").filter(|kind| !kind.is_empty()) {
            let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            blocks.push((kind, body.join("\n") + "\n"));
        }
    }
    blocks
}

struct Example<'a> {
    answer: &'a str,
    expected: &'a str,
    score: &'a str,
}

fn example(line: &str) -> Example<'_> {
    let (rest, score) = line.rsplit_once('→').unwrap();
    let (answer, expected) = rest.split_once('|').unwrap();
    Example {
        answer: answer.trim(),
        expected: expected.trim(),
        score: score.trim(),
    }
}

/// Run the metrics on these answers, which the stand-in repeats; the trials as they are exported.
fn scored(files: &[(String, String)], metrics: &str, examples: &[Example<'_>]) -> Vec<Value> {
    let place = Workspace::empty();
    for (name, text) in files {
        place.write(name, text);
    }
    place.write("t/plain.j2", "{{ row.text }}");
    place.write("t/twice.j2", "{{ row.text }}, {{ row.text }}");
    let rows: String = examples
        .iter()
        .map(|e| json!({"text": e.answer, "label": e.expected}).to_string() + "\n")
        .collect();
    place.write("d.jsonl", &rows);
    place.write(
        "wording.toml",
        &format!("[experiment.x]\ntemplates = [\"t/*.j2\"]\ndataset = \"d.jsonl\"\nanswer = \"label\"\nmodels = [\"demo/echo\"]\n{metrics}"),
    );
    let said = place.run(&["run", "-q", "--allow-commands"]);
    assert_eq!(said.code, 0, "{metrics}{}", said.err);
    let lines = place.run(&["export", "--format", "jsonl"]).out;
    lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|trial| trial["variant"] == "plain")
        .collect()
}

#[cfg(unix)]
#[test]
fn the_examples_of_the_page_on_metrics_hold() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/metrics.md");
    let page = std::fs::read_to_string(path).unwrap();
    let blocks = blocks(&page);
    let mut files = Vec::new();
    let mut checked = 0;
    for (at, (kind, body)) in blocks.iter().enumerate() {
        if let Some((_, name)) = kind.split_once(" file=") {
            files.push((name.to_owned(), body.clone()));
        }
        if *kind != "toml" {
            continue;
        }
        let text = blocks.get(at + 1).filter(|(kind, _)| *kind == "text");
        let Some((_, text)) = text else {
            let one = example("some words | some words → 1");
            assert_eq!(scored(&files, body, &[one]).len(), 1);
            continue;
        };
        let examples: Vec<Example<'_>> = text.lines().map(example).collect();
        let trials = scored(&files, body, &examples);
        assert_eq!(trials.len(), examples.len(), "{body}");
        for (trial, example) in trials.iter().zip(&examples) {
            let main = trial["scores"]
                .as_object()
                .unwrap()
                .values()
                .next()
                .unwrap();
            let found = main.as_f64().unwrap();
            let unreadable = trial["unreadable"] == true;
            match example.score.parse::<f64>() {
                Ok(score) => assert!(
                    !unreadable && (found - score).abs() < 5e-5,
                    "{body}{}: {found}, not {score}",
                    example.answer
                ),
                Err(_) => assert!(unreadable, "{body}{}: {found}", example.answer),
            }
            checked += 1;
        }
    }
    assert!(checked >= 25, "only {checked} examples");
}

#[test]
fn a_gate_goes_by_any_metric_and_by_its_name() {
    let place = Workspace::changed(&[(
        "wording.toml",
        "[experiment.triage]",
        "[[experiment.sentiment.metric]]\nkind = \"exact\"\nname = \"strict\"\n\n[experiment.triage]",
    )]);
    let run = |gate: &str| place.run(&["run", "sentiment", "--rows", "20", "--gate", gate]);
    let holds = run(
        "strict(question) < strict(plain) and strict >= strict(plain) and label(plain) == score(plain)",
    );
    assert_eq!(holds.code, 0, "{}", holds.err);
    let fails = run("strict(plain).low > 0.99");
    assert_eq!(fails.code, 1);
    assert!(
        fails.err.contains("strict(plain).low is 0."),
        "{}",
        fails.err
    );
    let percent = run("strict(plain) >= 90");
    assert!(percent.err.contains("90%"), "{}", percent.err);
    assert_eq!(percent.code, 2);
    assert_eq!(
        run("field(\"strict\", plain).diff_low > -1").code,
        1,
        "of the baseline itself"
    );
    assert_eq!(run("strict(question).diff_high < 0.5").code, 0);
}
