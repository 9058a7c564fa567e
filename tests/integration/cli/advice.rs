//! Prompt or fine-tune in reports: every form says it, says the same as `wording advise`, and a difference leads there.

use crate::support::Workspace;
use serde_json::Value;

fn ok(place: &Workspace, args: &[&str]) -> String {
    let said = place.run(args);
    assert_eq!(said.code, 0, "{args:?}: {}", said.err);
    said.out
}

#[test]
fn every_form_of_a_report_says_what_advise_says() {
    let place = Workspace::sample();
    let toml = place.read("wording.toml");
    let advise = "\n[experiment.sentiment.advise]\ntarget = 0.9\nresources = \"hosted\"\n";
    place.write("wording.toml", &(toml + advise));
    ok(&place, &["run", "sentiment", "-q"]);
    let advice: Value =
        serde_json::from_str(&ok(&place, &["advise", "--format", "json", "sentiment"])).unwrap();
    ok(&place, &["report", "-o", "r.json"]);
    let report: Value = serde_json::from_str(&place.read("r.json")).unwrap();
    assert_eq!(report["advice"], advice);
    assert_eq!(advice["verdict"], "prompt now, collect data");
    let schema = jsonschema::validator_for(&place.run(&["schema", "report"]).json()).unwrap();
    let wrong: Vec<String> = schema.iter_errors(&report).map(|e| e.to_string()).collect();
    assert!(wrong.is_empty(), "{wrong:?}");

    ok(&place, &["report", "-o", "r.html"]);
    let page = place.read("r.html");
    for part in [
        "<a href=\"#advice\">",
        "<h2 id=\"advice\">",
        "<p>prompt now, collect data</p>",
        "<code>wording run sentiment --models A,B</code>",
    ] {
        assert!(page.contains(part), "{part} is missing");
    }
    ok(&place, &["report", "-o", "r.html"]);
    assert_eq!(place.read("r.html"), page, "the same input, other bytes");
    ok(&place, &["report", "-o", "r.md"]);
    let markdown = place.read("r.md");
    assert!(
        markdown.contains("\n\n**prompt now, collect data**\n"),
        "{markdown}"
    );
    let text = ok(&place, &["report"]);
    assert!(text.contains("prompt now, collect data"), "{text}");
}

#[test]
fn a_run_without_a_project_has_no_such_part() {
    let place = Workspace::sample();
    std::fs::remove_file(place.path().join("wording.toml")).unwrap();
    let run = [
        "run",
        "--template",
        "templates/sentiment/plain.j2",
        "--dataset",
        "datasets/sentiment.jsonl",
        "--answer",
        "label",
        "--shots",
        "datasets/sentiment-shots.jsonl",
        "--model",
        "demo/icl",
        "--label",
        "positive",
        "--label",
        "negative",
        "-o",
        "r.html",
    ];
    let said = place.run(&run);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(!place.read("r.html").contains("#advice"));
}

#[test]
fn a_difference_that_fails_under_every_wording_leads_to_the_advice() {
    let place = Workspace::sample();
    // Labels that the stand-in cannot see: most rows are wrong with every wording.
    let rows: Vec<String> = place
        .read("datasets/sentiment.jsonl")
        .lines()
        .map(|line| {
            let mut row: Value = serde_json::from_str(line).unwrap();
            row["label"] = Value::from("mixed");
            row.to_string()
        })
        .collect();
    place.write("datasets/sentiment.jsonl", &rows.join("\n"));
    ok(&place, &["diff", "plain", "opinion", "-o", "d.html"]);
    ok(&place, &["diff", "plain", "opinion", "-o", "d.md"]);
    let said = ok(&place, &["diff", "plain", "opinion"]);
    for text in [said, place.read("d.html"), place.read("d.md")] {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains("wording advise sentiment"), "{text}");
    }
}
