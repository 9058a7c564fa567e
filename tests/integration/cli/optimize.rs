//! `wording optimize`: parts of the rows, a search that can be taken again for nothing, and one look at the sealed rows.

use crate::support::Workspace;
use serde_json::Value;
use wording::optimize::SearchRequest;

const SEARCH: [&str; 8] = [
    "optimize",
    "sentiment",
    "--writer",
    "demo/writer",
    "--budget-calls",
    "600",
    "--format",
    "json",
];

fn texts_of_sealed_rows(place: &Workspace, search: &Value) -> Vec<String> {
    // What a run over the open rows does not have.
    let open = place.run(&[
        "render",
        "sentiment",
        "--variant",
        "plain",
        "--format",
        "json",
    ]);
    let rows = place.read("datasets/sentiment.jsonl");
    let sealed: Vec<String> = (rows.lines())
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter_map(|row| row["text"].as_str().map(str::to_owned))
        .filter(|text| {
            !open
                .out
                .contains(&serde_json::to_string(text).unwrap()[1..text.len()])
        })
        .collect();
    assert_eq!(
        sealed.len() as u64,
        search["parts"]["sealed"].as_u64().unwrap()
    );
    sealed
}

#[test]
fn a_search_ends_with_a_verdict_and_can_be_taken_again_for_nothing() {
    let place = Workspace::sample();
    let config = place.read("wording.toml");
    place.write(
        "wording.toml",
        &config.replacen(
            "baseline = \"plain\"",
            "baseline = \"plain\"\nsealed = 0.3",
            1,
        ),
    );
    let template = place.read("templates/sentiment/plain.j2");
    let said = place.run(&SEARCH);
    assert_eq!(said.code, 0, "{}", said.err);
    let search = said.json();
    let part = |name: &str| search["parts"][name].as_u64().unwrap();
    assert_eq!(part("feedback") + part("selection") + part("sealed"), 60);
    let candidates = search["candidates"].as_array().unwrap();
    assert!(candidates.len() > 4, "{candidates:?}");
    assert!(search["spent"]["calls"].as_u64().unwrap() + 2 * part("sealed") <= 600);
    assert!(["keep-new", "no-gain-shown", "worse"].contains(&search["verdict"].as_str().unwrap()));
    assert_eq!(
        place.read("templates/sentiment/plain.j2"),
        template,
        "nothing is written without a yes"
    );
    // The writer sees failures on feedback rows and never a sealed row.
    let proposals = search["proposals"].as_array().unwrap();
    let asked = proposals[0]["prompt"].to_string();
    assert!(
        asked.contains("<failures>") && asked.contains("one of these labels"),
        "{asked}"
    );
    for text in texts_of_sealed_rows(&place, &search) {
        assert!(!search["proposals"].to_string().contains(&text), "{text}");
    }
    // The steps leave no runs behind but the one over the sealed rows, which is there where a candidate looked better.
    let opened = search["ending"]["sealed"].is_object();
    let runs = place.run(&["runs", "--format", "json"]).json();
    assert_eq!(
        runs.as_array().unwrap().len(),
        usize::from(opened),
        "{runs}"
    );
    // The same command takes the same steps, from the store.
    let again = place.run(&SEARCH).json();
    assert_eq!(again["candidates"], search["candidates"]);
    let spent = &again["spent"];
    assert_eq!(
        spent["stored"].as_u64().unwrap(),
        spent["calls"].as_u64().unwrap() + spent["writer_calls"].as_u64().unwrap()
    );
    // One that has ended is shown again, in every form.
    let resumed = |more: &[&str]| {
        let said = place.run(&[&["optimize", "sentiment", "--resume"], more].concat());
        assert_eq!(said.code, 0, "{}", said.err);
        assert!(said.err.contains("nothing is sent"), "{}", said.err);
        said
    };
    let shown = resumed(&["--format", "json"]).json();
    assert_eq!(shown["candidates"], search["candidates"]);
    fits_its_schema(&place, &search);
    resumed(&["-o", "s.json"]);
    resumed(&["-o", "s.html"]);
    let text = resumed(&["-o", "s.md"]).out;
    let written: Value = serde_json::from_str(&place.read("s.json")).unwrap();
    assert_eq!(written["candidates"], search["candidates"]);
    forms_agree(&place, &search, &text);
}

pub(super) fn fits_its_schema(place: &Workspace, search: &Value) {
    let fits = |of: &str, json: &Value| {
        let schema = jsonschema::validator_for(&place.run(&["schema", of]).json()).unwrap();
        let wrong: Vec<String> = (schema.iter_errors(json))
            .map(|e| format!("{}: {e}", e.instance_path))
            .collect();
        assert!(wrong.is_empty(), "{wrong:?}");
    };
    fits("search", search);
    if search["ending"]["sealed"].is_object() {
        fits("diff", &search["sealed_rows"]);
    }
}

/// Verdict and candidates stand in the text, in `s.html` and in `s.md`; the rows that moved are those of the JSON.
fn forms_agree(place: &Workspace, search: &Value, text: &str) {
    let (html, markdown) = (place.read("s.html"), place.read("s.md"));
    let verdict = text
        .lines()
        .find_map(|line| line.strip_prefix("verdict"))
        .unwrap();
    for form in [&html, &markdown] {
        assert!(form.contains(verdict.trim()), "{verdict}");
    }
    for candidate in search["candidates"].as_array().unwrap() {
        let name = candidate["name"].as_str().unwrap();
        let anchor = format!("id=\"candidate-{name}\"");
        assert_eq!(html.matches(&anchor).count(), 1, "{candidate}");
        let line = |line: &str| {
            let item = line.trim_start().strip_prefix("- ");
            item.is_some_and(|item| item.split([' ', ':']).next() == Some(name))
        };
        assert_eq!(
            markdown.lines().filter(|l| line(l)).count(),
            1,
            "{candidate}"
        );
    }
    let asked = search["proposals"].as_array().unwrap().len();
    assert_eq!(html.matches("<summary>Round ").count(), asked);
    if search["ending"]["sealed"].is_null() {
        assert!(search["sealed_rows"].is_null());
        return;
    }
    let moved = &search["sealed_rows"]["pairs"][0]["effects"][0]["rows"];
    for row in moved.as_array().unwrap() {
        let id = row["row_id"].as_str().unwrap();
        assert!(html.contains(id) && markdown.contains(id), "{id}");
    }
}

#[test]
fn the_shortest_wording_is_found_and_shows_what_it_saves() {
    let place = Workspace::sample();
    let config = place.read("wording.toml");
    let seal = "baseline = \"plain\"\nsealed = 0.4";
    place.write(
        "wording.toml",
        &config.replacen("baseline = \"plain\"", seal, 1),
    );
    let template = place.read("templates/sentiment/plain.j2");
    let idle = "Please take your time with this. Classify the sentiment";
    place.write(
        "templates/sentiment/plain.j2",
        &template.replacen("Classify the sentiment", idle, 1),
    );
    let short = [
        "optimize",
        "sentiment",
        "--shorter",
        "--budget-calls",
        "900",
    ];
    let refused = place.run(&short);
    assert_eq!(refused.code, 2);
    assert!(
        refused
            .err
            .contains("cannot show that a wording is at most 5 points worse"),
        "{}",
        refused.err
    );
    let wide = [&short[..], &["--margin", "0.4", "--format", "json"]].concat();
    let said = place.run(&wide);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(
        said.err.contains("“Please take your time with this.”"),
        "{}",
        said.err
    );
    let search = said.json();
    fits_its_schema(&place, &search);
    let pieces = search["pieces"].as_array().unwrap();
    assert!(pieces.len() >= 3 && pieces[0]["text"] == "Please take your time with this. ");
    assert!(pieces.iter().all(|piece| piece["effect"].is_object()));
    // What answers do not depend on is left out; what is left out saves its tokens.
    assert_eq!(pieces[0]["is_left_out"], true, "{pieces:?}");
    assert_eq!(search["verdict"], "keep-shorter");
    let savings = &search["ending"]["savings"];
    let tokens = |name: &str| savings[name].as_f64().unwrap();
    assert!(
        tokens("tokens_before") > tokens("tokens_after") + 3.0,
        "{savings}"
    );
    assert!(
        search["diff"]
            .as_str()
            .unwrap()
            .contains("-{{ role(\"system\") }}Please")
    );
    // The same command takes the same steps, from the store; every form says the same.
    let again = place.run(&wide).json();
    assert_eq!(again["candidates"], search["candidates"]);
    assert_eq!(again["spent"]["stored"], again["spent"]["calls"]);
    place.run(&["optimize", "sentiment", "--resume", "-o", "s.html"]);
    let text = place
        .run(&["optimize", "sentiment", "--resume", "-o", "s.md"])
        .out;
    forms_agree(&place, &search, &text);
    assert!(
        text.contains("left out: “Please take your time with this.”"),
        "{text}"
    );
}

#[test]
fn what_cannot_be_searched_is_told_before_anything_is_sent() {
    let place = Workspace::sample();
    let refused = |args: &[&str], why: &str| {
        let mut all = vec!["optimize", "sentiment"];
        all.extend(args);
        let said = place.run(&all);
        assert!(
            said.code == 2 && said.err.contains(why),
            "{} {}",
            said.code,
            said.err
        );
    };
    let writer = ["--writer", "demo/writer"];
    let with = |more: &[&'static str]| [&writer[..], more].concat();
    // What would be ignored is named, with what to write instead.
    refused(
        &with(&["--budget-calls", "600", "--variants", "plain"]),
        "--variants would be ignored: a search begins with one variant and writes the others. Name that one with --from",
    );
    refused(
        &with(&["--budget-calls", "600", "--models", "demo/a,demo/b"]),
        "--models names 2: a search improves the prompt of one model",
    );
    refused(
        &["--resume", "--budget-calls", "900", "--seed", "3"],
        "--budget-calls, --seed would be ignored: a search that is resumed takes the same steps",
    );
    refused(
        &["--shorter", "--budget-calls", "900", "--writer-calls", "9"],
        "--writer-calls would be ignored: --shorter uses no writer. Remove --writer-calls",
    );
    refused(
        &["--resume", "--margin", "0.1"],
        "--margin would be ignored: a search that is resumed",
    );
    refused(
        &with(&["--budget-calls", "600", "--margin", "0.1"]),
        "--margin would be ignored: it says by how much a shorter wording may be worse",
    );
    refused(
        &with(&["--budget-calls", "20"]),
        "are too few: the sealed rows alone take",
    );
    refused(
        &with(&["--budget-calls", "600", "--edit", "sistem"]),
        "available: system",
    );
    refused(
        &with(&["--budget-calls", "600", "--from", "plane"]),
        "no variant `plane`",
    );
    refused(
        &["--writer", "nobody/m", "--budget-calls", "600"],
        "no endpoint `nobody`",
    );
    let config = place.read("wording.toml");
    let mine = "[endpoint.mine]\nbase_url = \"http://127.0.0.1:9/v1\"\n";
    place.write("wording.toml", &format!("{config}\n{mine}"));
    let unpriced = [
        "--writer",
        "mine/new",
        "--budget-calls",
        "600",
        "--budget-usd",
        "1",
    ];
    refused(&unpriced, "the price of mine/new is not known");
    refused(&["--resume"], "no search of `sentiment` to resume");
    // The caps of the project hold for a search too.
    let capped = config.replacen(
        "baseline = \"plain\"",
        "baseline = \"plain\"\nbudget = { calls = 20 }",
        1,
    );
    place.write("wording.toml", &capped);
    refused(&with(&["--budget-calls", "600"]), "20 calls are too few");
    // What the project says of parts holds where nothing is typed.
    let edit = "[experiment.sentiment.optimize]\nedit = [\"sistem\"]\n";
    place.write("wording.toml", &format!("{config}\n{edit}"));
    refused(
        &with(&["--budget-calls", "600"]),
        "no part `sistem` to reword; available: system",
    );
    refused(&["--budget-calls", "600"], "--writer");
}

#[test]
fn help_names_the_values_that_hold_where_nothing_is_typed() {
    let help = Workspace::empty().run(&["optimize", "--help"]).out;
    let lines: Vec<&str> = help.lines().map(str::trim).collect();
    let text = lines.join(" ");
    for (flag, value) in [
        ("--margin", SearchRequest::MARGIN.to_string()),
        ("--writer-calls", SearchRequest::WRITER_CALLS.to_string()),
        ("--alpha", SearchRequest::ALPHA.to_string()),
    ] {
        let told = text.split(&format!(" {flag} <")).nth(1).unwrap();
        let told = told.split("[default: ").nth(1).unwrap();
        assert_eq!(told.split([']', ',']).next().unwrap(), value, "{flag}");
    }
}

#[test]
fn a_search_on_chosen_rows_keeps_their_condition_and_counts_their_sealed_rows() {
    let place = Workspace::sample();
    let config = place.read("wording.toml");
    let sealed = "baseline = \"plain\"\nsealed = 0.3";
    place.write(
        "wording.toml",
        &config.replacen("baseline = \"plain\"", sealed, 1),
    );
    let condition = "label == \"positive\"";
    let rows = place.read("datasets/sentiment.jsonl");
    let meeting = rows.matches("\"label\": \"positive\"").count() as u64;
    let chosen = ["--rows-where", condition];
    let search = place.run(&[&SEARCH[..], &chosen].concat());
    assert_eq!(search.code, 0, "{}", search.err);
    let search = search.json();
    assert_eq!(search["request"]["rows_where"], condition);
    let part = |name: &str| search["parts"][name].as_u64().unwrap();
    assert_eq!(
        part("feedback") + part("selection") + part("sealed"),
        meeting
    );
    if search["ending"]["sealed"].is_object() {
        assert_eq!(search["ending"]["sealed"]["rows"], part("sealed"));
    }
    let resumed = place.run(&["optimize", "sentiment", "--resume", "--format", "json"]);
    assert_eq!(resumed.json()["parts"], search["parts"]);
}
