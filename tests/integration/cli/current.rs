//! The grid as the project is now, from whatever runs have its answers.

use crate::support::Workspace;
use serde_json::Value;
use wording::{
    engine::{CurrentAnswers, Plan},
    project::Project,
    store::Store,
};

/// What is known of the plan of `sentiment`: answered cells, the score of the first variant, and how many outcomes are of
/// which run.
fn known(place: &Workspace) -> (u64, f64, Vec<usize>) {
    let project = Project::load(&place.file("wording.toml")).unwrap();
    let plan = Plan::load(&project, project.experiment(Some("sentiment")).unwrap()).unwrap();
    let store = Store::open(&place.file(".wording/wording.db")).unwrap();
    let found = CurrentAnswers::find_all(&plan, &store).unwrap();
    let grid = &found.grids[0];
    let answered = (0..grid.variants()).map(|v| grid.totals(v).answered);
    let sources = found.sources.runs().into_iter();
    let sources = sources.map(|(_, n)| n).collect();
    (answered.sum(), grid.totals(0).score, sources)
}

#[test]
fn what_is_known_is_shown_whatever_run_bought_it() {
    let place = Workspace::sample();
    assert_eq!(place.run(&["run", "sentiment"]).code, 0);
    let (answered, score, sources) = known(&place);
    assert_eq!((answered, sources), (420, vec![420]));
    assert_eq!(place.run(&["diff", "plain", "opinion"]).code, 0);
    assert_eq!(known(&place), (420, score, vec![120, 300]));
    let report = place.run(&["report", "--format", "json"]);
    let sources = &report.json()["provenance"]["runs"][0]["sources"];
    assert_eq!([&sources[0][1], &sources[1][1]], [120, 300]);
    assert!(
        report.err.contains("120 from r-") && report.err.contains("300 from r-"),
        "{}",
        report.err
    );
    assert_eq!(report.json()["trials"]["completed"], 420);

    // An edit leaves the other variants as they are; undone, all is there again.
    let file = "templates/sentiment/plain.j2";
    let before = place.read(file);
    place.write(file, &before.replace("review", "critique"));
    assert_eq!(known(&place).0, 360);
    place.write(file, &before);
    assert_eq!(known(&place).0, 420);

    // A row that is edited and one that is added are open, all others known.
    let rows = place.read("datasets/sentiment.jsonl");
    let mut lines: Vec<String> = rows.lines().map(str::to_owned).collect();
    lines[1] = lines[1].replace("\"text\": \"", "\"text\": \"Well. ");
    lines.push(r#"{"id": "new", "text": "Fine.", "label": "positive", "source": "books"}"#.into());
    place.write("datasets/sentiment.jsonl", &lines.join("\n"));
    assert_eq!(known(&place).0, 59 * 7);

    // The label of a row is no part of its prompt: its answers are scored anew.
    let flipped = match rows.split_once("\"label\": \"positive\"") {
        Some((start, end)) => format!("{start}\"label\": \"negative\"{end}"),
        None => panic!("a positive row"),
    };
    place.write("datasets/sentiment.jsonl", &flipped);
    let (answered, other, _) = known(&place);
    assert_eq!((answered, (other - score).abs()), (420, 1.0));
    place.write("datasets/sentiment.jsonl", &rows);

    // Answers outlive their runs.
    let runs = place.run(&["runs", "--format", "json"]).json();
    let oldest = runs.as_array().unwrap().last().unwrap()["run"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(place.run(&["runs", "delete", &oldest]).code, 0);
    assert_eq!(known(&place), (420, score, vec![120, 300]));
}

#[test]
fn a_metric_that_changed_scores_stored_answers_anew() {
    let place = Workspace::sample();
    assert_eq!(place.run(&["run", "sentiment"]).code, 0);
    let toml = place.read("wording.toml");
    let changed = toml.replacen(
        "kind = \"label\"\nlabels = [\"positive\", \"negative\"]",
        "kind = \"exact\"",
        1,
    );
    place.write("wording.toml", &changed);
    let (answered, score, sources) = known(&place);
    assert_eq!((answered, sources), (420, vec![420]));
    assert!((0.0..60.0).contains(&score));
}

/// The messages in an export of the latest run, line by line.
fn exported(place: &Workspace) -> Vec<Value> {
    let export = place.run(&["export"]);
    let lines = export.out.lines();
    lines
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["messages"].clone())
        .collect()
}

/// The report of the latest run in this form.
fn report_as(place: &Workspace, form: &str) -> String {
    let file = format!("a.{form}");
    let report = place.run(&["report", "latest", "-o", &file]);
    assert_eq!(report.code, 0, "{}", report.err);
    place.read(&file)
}

#[test]
fn prompts_are_stored_with_their_answers_unless_the_project_says_no() {
    let place = Workspace::sample();
    let edit = |place: &Workspace| {
        let file = "templates/sentiment/plain.j2";
        place.write(file, &place.read(file).replace("review", "critique"));
    };
    assert_eq!(place.run(&["run", "sentiment", "--rows", "20"]).code, 0);
    let before = exported(&place);
    let sent_template = place.read("templates/sentiment/plain.j2");
    assert!(before.iter().all(Value::is_array) && before.len() == 140);
    edit(&place);
    assert_eq!(exported(&place), before, "as they were sent");
    let page = report_as(&place, "html");
    for shown in [
        "Classify the sentiment of the review.",
        "<mark>{% for shot in shots %}</mark>",
        "plain, as sent for row s",
    ] {
        assert!(page.contains(shown), "{shown}");
    }
    let comment = report_as(&place, "md");
    for shown in [
        "Classify the sentiment of the review.",
        "⟦{% for shot in shots %}⟧",
        "**plain, as sent for row s",
    ] {
        assert!(comment.contains(shown), "{shown}: {comment}");
    }
    let json: Value = serde_json::from_str(&report_as(&place, "json")).unwrap();
    let templates = json["prompts"].as_array().unwrap();
    let template = (templates.iter())
        .find(|t| t["template"] == "templates/sentiment/plain.j2")
        .unwrap();
    let source: String = (template["source"].as_array().unwrap().iter())
        .map(|piece| piece["text"].as_str().unwrap())
        .collect();
    assert_eq!(source, sent_template, "pieces that joined are the template");
    assert!(before.contains(&template["variants"][0]["messages"]));

    let place = Workspace::sample();
    let toml = place.read("wording.toml");
    place.write(
        "wording.toml",
        &format!("store = {{ prompts = false }}\n{toml}"),
    );
    assert_eq!(place.run(&["run", "sentiment", "--rows", "20"]).code, 0);
    edit(&place);
    assert!(exported(&place).iter().all(Value::is_null));
    let why = "were not stored";
    assert!(report_as(&place, "html").contains(why) && report_as(&place, "md").contains(why));
    let json: Value = serde_json::from_str(&report_as(&place, "json")).unwrap();
    let missing = json["prompts"][0]["variants"][0]["missing"].as_str();
    assert!(missing.unwrap().contains(why), "{missing:?}");
    // Prompts of answers that are reused are stored where they are not yet.
    place.write("wording.toml", &toml);
    let file = "templates/sentiment/plain.j2";
    place.write(file, &place.read(file).replace("critique", "review"));
    let again = place.run(&["run", "sentiment", "--rows", "20", "--format", "json"]);
    assert_eq!(again.json()["trials"]["sent"], 0);
    edit(&place);
    assert_eq!(exported(&place), before);
}

/// Rows with the same prompt share an answer and have each their own score.
#[test]
fn rows_that_share_an_answer_keep_their_scores() {
    let place = Workspace::empty();
    let row = |answer: &str| format!("{{\"topic\": \"cup\", \"answer\": \"{answer}\"}}\n");
    let rows = row("cup") + &row("pot") + &row("cup") + &row("pan");
    place.write("rows.jsonl", &rows);
    place.write("p.j2", "{{ role(\"user\") }}{{ row.topic }}");
    place.write(
        "wording.toml",
        "[experiment.e]\ntemplates = [\"p.j2\"]\ndataset = \"rows.jsonl\"\nanswer = \"answer\"\nmodels = [\"demo/echo\"]\n\n[[experiment.e.metric]]\nkind = \"exact\"\n",
    );
    let score = |command: &[&str]| {
        let said = place.run(command);
        assert_eq!(said.code, 0, "{}", said.transcript());
        said.json()["variants"][0]["score"].clone()
    };
    assert_eq!(score(&["run", "e", "--format", "json"]), 0.5);
    place.write("rows.jsonl", &(rows + &row("lid")));
    assert_eq!(score(&["report", "--format", "json"]), 0.4);
    assert_eq!(score(&["run", "e", "--format", "json"]), 0.4);
}
