//! `wording optimize`: parts of the rows, a search that can be taken again for nothing, and one look at the sealed rows.

use crate::support::Workspace;
use serde_json::Value;
use wording::optimize::SearchRequest;
use wording::store::Store;

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
        "--edit",
        "system",
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
        &with(&["--budget-calls", "600", "--edit", "shots"]),
        "the writer would be asked nothing: shots needs no writer. Remove --writer (in the session, choose `settings`), or add a text with --edit",
    );
    refused(
        &["--shorter", "--budget-calls", "900", "--margin", "0.9"],
        "--margin 0.9 would keep nearly any shorter wording: it is a share of the score. At most 0.5",
    );
    refused(
        &with(&["--budget-calls", "20"]),
        "are too few for a search; --budget-calls",
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
    place.write("wording.toml", &config);
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

#[test]
fn a_search_with_more_calls_seals_no_row_that_an_earlier_one_showed() {
    // So many rows that the calls decide how many are sealed.
    let of_180_rows = || {
        let place = Workspace::sample();
        let rows = place.read("datasets/sentiment.jsonl");
        let marked = |mark: &str| {
            let text = format!("\"text\": \"{mark}: ");
            let id = format!("\"id\": \"{mark}");
            (rows.replace("\"text\": \"", &text)).replace("\"id\": \"", &id)
        };
        let all = ["One", "Two", "Three"].map(marked).concat();
        place.write("datasets/sentiment.jsonl", &all);
        place
    };
    let place = of_180_rows();
    let with_calls = |place: &Workspace, calls: &'static str| {
        let mut args = SEARCH;
        args[5] = calls;
        let said = place.run(&args);
        assert_eq!(said.code, 0, "{}", said.err);
        (said.json(), said.err)
    };
    let (first, told) = with_calls(&place, "240");
    assert_eq!(first["request"]["sealed_share"], 0.222);
    assert!(!told.contains("earlier search"), "{told}");
    // Alone, one with more calls would seal half of the rows.
    let (alone, _) = with_calls(&of_180_rows(), "600");
    assert_eq!(alone["request"]["sealed_share"], 0.5);
    let (second, told) = with_calls(&place, "600");
    assert_eq!(second["request"]["seal"], first["request"]["seal"]);
    assert_eq!(second["parts"], first["parts"]);
    assert!(alone["parts"]["sealed"].as_u64() > second["parts"]["sealed"].as_u64());
    let rows = second["parts"]["sealed"].as_u64().unwrap();
    let note = format!("{rows} rows (no more than an earlier search sealed");
    assert!(told.contains(&note), "{told}");
    seal_in_project(&place, "0.222");
    let sealed = texts_of_sealed_rows(&place, &second);
    assert!(!first["proposals"].as_array().unwrap().is_empty());
    for text in sealed {
        assert!(!first["proposals"].to_string().contains(&text), "{text}");
    }
}

fn seal_in_project(place: &Workspace, sealed: &str) {
    let config = place.read("wording.toml");
    let with = format!("baseline = \"plain\"\nsealed = {sealed}");
    place.write(
        "wording.toml",
        &config.replacen("baseline = \"plain\"", &with, 1),
    );
}

#[test]
fn a_search_is_not_resumed_with_other_sealed_rows() {
    let place = Workspace::sample();
    let search = place.run(&SEARCH).json();
    let id = search["id"].as_str().unwrap();
    let store = Store::open(&place.file(".wording/wording.db")).unwrap();
    let kept = store.search(id).unwrap().unwrap();
    // As it was before its end, and as one from before the rule was kept.
    let unended = |is_former: bool| {
        let mut record: Value = serde_json::from_str(&kept).unwrap();
        record["ending"] = Value::Null;
        if is_former {
            record["request"].as_object_mut().unwrap().remove("seal");
        }
        let record = record.to_string();
        store
            .keep_search(id, "sentiment", "racing", &record)
            .unwrap();
    };
    let resume = ["optimize", "sentiment", "--resume", "--format", "json"];
    let config = place.read("wording.toml");
    unended(false);
    seal_in_project(&place, "0.3");
    let refused = place.run(&resume);
    assert_eq!(refused.code, 2, "{}", refused.err);
    let why = "the sealed rows of `sentiment` are not those that this search began with";
    assert!(refused.err.contains(why), "{}", refused.err);
    // What the note says to write seals the same rows.
    place.write("wording.toml", &config);
    seal_in_project(&place, "0.5");
    let resumed = place.run(&resume);
    assert_eq!(resumed.code, 0, "{}", resumed.err);
    assert!(!resumed.err.contains("seals no rows"), "{}", resumed.err);
    assert_eq!(resumed.json()["parts"], search["parts"]);
    place.write("wording.toml", &config);
    unended(true);
    let resumed = place.run(&resume);
    assert_eq!(resumed.code, 0, "{}", resumed.err);
    assert_eq!(resumed.json()["candidates"], search["candidates"]);
}

#[test]
fn the_least_calls_of_an_error_are_accepted_and_ask_the_writer() {
    let place = Workspace::sample();
    let search = |place: &Workspace, calls: u64| {
        let calls = calls.to_string();
        let mut args: Vec<&str> = SEARCH.to_vec();
        args[5] = &calls;
        place.run(&args)
    };
    let number_after = |text: &str, mark: &str| -> u64 {
        let rest = text.split(mark).nth(1).unwrap_or_else(|| panic!("{text}"));
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().unwrap()
    };
    let mut least = 0;
    for calls in [1, 20, 50, 76] {
        let said = search(&place, calls);
        assert_eq!(said.code, 2, "{}", said.err);
        let named = number_after(&said.err, "--budget-calls ");
        assert!(least == 0 || least == named, "{}", said.err);
        least = named;
        let sealed = number_after(&said.err, "at least: ");
        let first = number_after(&said.err, "sealed rows, and ");
        assert_eq!(sealed + first, least, "{}", said.err);
    }
    assert_eq!(search(&place, least - 1).code, 2);
    let said = search(&place, least);
    assert_eq!(said.code, 0, "{}", said.err);
    let found = said.json();
    assert!(!found["proposals"].as_array().unwrap().is_empty());
    let candidates = found["candidates"].as_array().unwrap();
    let rows = candidates[1..].iter().filter_map(|c| c["rows"].as_u64());
    let most = found["parts"]["selection"].as_u64().unwrap().min(20);
    assert_eq!(rows.max(), Some(most), "{candidates:?}");
    // With rows that the experiment seals as well.
    seal_in_project(&place, "0.3");
    let said = search(&place, 76);
    let least = number_after(&said.err, "--budget-calls ");
    assert_eq!(search(&place, least - 1).code, 2);
    assert_eq!(search(&place, least).code, 0);
}

#[test]
fn more_calls_are_advised_only_where_they_seal_more_rows() {
    let place = Workspace::sample();
    let refused = |calls: &str| {
        let said = place.run(&[
            "optimize",
            "sentiment",
            "--shorter",
            "--budget-calls",
            calls,
        ]);
        assert_eq!(said.code, 2, "{}", said.err);
        said.err
    };
    let advice = "with more --budget-calls more rows are sealed";
    assert!(refused("100").contains(advice), "{}", refused("100"));
    assert!(!refused("900").contains(advice), "{}", refused("900"));
}

#[test]
fn the_model_whose_prompt_is_improved_is_named() {
    let place = Workspace::sample();
    let config = place.read("wording.toml");
    let two = "models = [\"demo/icl\", \"demo/echo\"]";
    let config = config.replacen("models = [\"demo/icl\"]", two, 1);
    place.write("wording.toml", &config);
    let said = place.run(&SEARCH);
    let model = said.json()["request"]["model"].as_str().unwrap().to_owned();
    let note = format!("improves the prompt for {model}, the first of 2 models; --models");
    assert!(said.err.contains(&note), "{}", said.err);
}
