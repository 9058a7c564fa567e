//! Moves of a search that need no writer: which shots, how many, in which order, how fields are written, and short axes.

use crate::support::Workspace;
use serde_json::Value;
use wording::{
    optimize::{SearchRecord, WordingFile},
    project::Project,
};

const SEARCH: [&str; 7] = [
    "optimize",
    "sentiment",
    "--budget-calls",
    "260",
    "--format",
    "json",
    "--edit",
];

fn texts(search: &Value, part: &str) -> Vec<String> {
    let regions = search["regions"].as_array().unwrap();
    let at = regions.iter().position(|name| name == part).unwrap();
    let candidates = search["candidates"].as_array().unwrap().iter();
    candidates
        .map(|c| c["texts"][at].as_str().unwrap().to_owned())
        .collect()
}

/// The sample with four shots of a pool in which copies of rows stand behind the good ones, and how many good ones there are.
fn with_copies_of_rows() -> (Workspace, usize) {
    let place = Workspace::sample();
    let config = place.read("wording.toml");
    let config = config.replacen("shots = { count = [8]", "shots = { count = [4]", 1);
    place.write("wording.toml", &config);
    let shots = place.read("datasets/sentiment-shots.jsonl");
    let rows = place.read("datasets/sentiment.jsonl");
    let copies: Vec<&str> = rows.lines().take(12).collect();
    // And near copies of all rows, sealed ones among them, which share eight words with theirs where there are so many.
    let is_long = |row: &&str| {
        let row: Value = serde_json::from_str(row).unwrap();
        row["text"].as_str().unwrap().split_whitespace().count() >= 9
    };
    let near = rows.lines().filter(is_long);
    let near: Vec<String> = near
        .map(|row| row.replacen("\"text\": \"", "\"text\": \"Truly: ", 1))
        .collect();
    assert!(near.len() > 20, "{}", near.len());
    let all = format!(
        "{}\n{}\n{}\n",
        shots.trim_end(),
        copies.join("\n"),
        near.join("\n")
    );
    place.write("datasets/sentiment-shots.jsonl", &all);
    (place, shots.lines().count())
}

#[test]
fn other_shots_are_tried_without_a_writer_and_written_into_a_template() {
    let (place, good) = with_copies_of_rows();
    let search = [&SEARCH[..], &["shots"]].concat();
    let said = place.run(&search);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(
        said.err.contains("parts that may change: shots"),
        "{}",
        said.err
    );
    assert!(
        said.err
            .contains(" shots may be taken: the others are like rows that judge"),
        "{}",
        said.err
    );
    let found = said.json();
    assert_eq!(found["regions"], serde_json::json!(["shots"]));
    assert_eq!(found["proposals"], serde_json::json!([]));
    assert_eq!(found["spent"]["writer_calls"], 0);
    assert_eq!(found["parts"]["feedback"], 0, "nobody is shown a failure");
    super::optimize::fits_its_schema(&place, &found);
    let shots = texts(&found, "shots");
    assert_eq!(shots[0], "1, 2, 3, 4");
    assert!(shots.len() > 6, "{shots:?}");
    // Copies of rows that judge are in no candidate: no shot by its number, and none that is chosen from all of them.
    for text in &shots[1..] {
        let numbers: Vec<usize> = match text.as_str() {
            "none" => Vec::new(),
            text => text.split(", ").map(|n| n.parse().unwrap()).collect(),
        };
        assert!(numbers.iter().all(|n| *n <= good), "{text}");
    }
    let why = found["candidates"][1]["why"].as_str().unwrap();
    assert!(
        why.starts_with("shots ") && why.ends_with(" instead of 1, 2, 3, 4"),
        "{why}"
    );
    // The same command takes the same steps.
    let again = place.run(&search).json();
    assert_eq!(again["candidates"], found["candidates"]);
    // What is written on yes has the shots of a candidate.
    let record: SearchRecord = serde_json::from_value(found.clone()).unwrap();
    let project = Project::load(&place.file("wording.toml")).unwrap();
    let experiment = project.experiments.iter().find(|e| e.name == "sentiment");
    let experiment = experiment.unwrap();
    let candidate = (1..shots.len()).find(|c| shots[*c].contains(", ")).unwrap();
    let file = WordingFile::of(&project, experiment, &record, candidate).unwrap();
    assert!(file.is_new(), "{}", file.text);
    assert!(
        file.text
            .contains(&format!("select = [[{}]]", shots[candidate])),
        "{}",
        file.text
    );
    file.write().unwrap();
    let rendered = place.run(&["render", "sentiment", "--variant", "plain-optimized"]);
    assert_eq!(rendered.code, 0, "{}", rendered.err);
    let lines = place.read("datasets/sentiment-shots.jsonl");
    let of = |number: &str| {
        let line = lines.lines().nth(number.parse::<usize>().unwrap() - 1);
        let shot: Value = serde_json::from_str(line.unwrap()).unwrap();
        shot["text"].as_str().unwrap()[..20].to_owned()
    };
    let places: Vec<usize> = (shots[candidate].split(", "))
        .map(|number| rendered.out.find(&of(number)).unwrap())
        .collect();
    assert!(places.is_sorted(), "{}", rendered.out);
}

#[test]
fn one_candidate_in_four_is_a_move_beside_the_writers() {
    let place = Workspace::sample();
    let with = |edit: &[&'static str]| {
        let mut args = SEARCH[..6].to_vec();
        args.extend(["--writer", "demo/writer", "--from", "one-message"]);
        args.extend(edit.iter().flat_map(|part| ["--edit", part]));
        let said = place.run(&args);
        assert_eq!(said.code, 0, "{}", said.err);
        said.json()
    };
    let found = with(&[]);
    assert_eq!(
        found["regions"],
        serde_json::json!(["user", "shots", "format"])
    );
    let (shots, formats) = (texts(&found, "shots"), texts(&found, "format"));
    assert_eq!(formats[0], "as-is \": \" \"\\n\"");
    let moved = |c: usize| shots[c] != shots[0] || formats[c] != formats[0];
    let asked = found["proposals"].as_array().unwrap();
    assert!(
        asked[0]["prompt"]
            .to_string()
            .contains("Propose 3 rewordings")
    );
    let first = asked[0]["candidates"].as_array().unwrap();
    assert_eq!((first.len(), moved(3), moved(4)), (3, false, true));
    // What is not named does not change.
    let kept = with(&["user"]);
    assert_eq!(kept["regions"], serde_json::json!(["user"]));
    assert!(
        kept["proposals"][0]["prompt"]
            .to_string()
            .contains("Propose 4 rewordings")
    );
}

#[test]
fn shots_and_marks_of_the_layout_are_pieces_of_a_shorter_wording() {
    let place = Workspace::sample();
    let search = [
        "optimize",
        "sentiment",
        "--shorter",
        "--margin",
        "0.4",
        "--budget-calls",
        "500",
        "--format",
        "json",
    ];
    let said = place.run(&search);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(
        said.err.contains("“shot 2: Broke after two weeks"),
        "{}",
        said.err
    );
    let found = said.json();
    super::optimize::fits_its_schema(&place, &found);
    assert_eq!(
        found["regions"],
        serde_json::json!(["system", "layout", "shots"])
    );
    let pieces = found["pieces"].as_array().unwrap();
    let of = |region: &str| -> Vec<&Value> {
        pieces
            .iter()
            .filter(|piece| piece["region"] == region)
            .collect()
    };
    let (shots, marks) = (of("shots"), of("layout"));
    assert_eq!((shots.len(), marks.len()), (8, 1), "{pieces:?}");
    assert_eq!(marks[0]["text"], "Review:");
    assert!(shots[1]["text"].as_str().unwrap().ends_with(" → negative"));
    // The mark stands in each of eight shots and in the row.
    let tokens = |piece: &Value| piece["tokens"].as_u64().unwrap();
    assert!(
        tokens(marks[0]) >= 9 && shots.iter().all(|shot| tokens(shot) > 10),
        "{pieces:?}"
    );
    assert!(
        pieces.iter().all(|piece| piece["effect"].is_object()),
        "{pieces:?}"
    );
    // What is left out is gone from the wording that is kept.
    let is_out = |piece: &&Value| piece["is_left_out"] == true;
    let mut kept = found["candidates"].as_array().unwrap().iter().rev();
    let kept = kept.find(|c| c["state"] == "adopted").unwrap();
    let texts: Vec<&str> = kept["texts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t.as_str().unwrap())
        .collect();
    let numbers: Vec<String> = (1..=8)
        .filter(|number| !is_out(&shots[number - 1]))
        .map(|number| number.to_string())
        .collect();
    let numbers = if numbers.is_empty() {
        "none".to_owned()
    } else {
        numbers.join(", ")
    };
    assert_eq!(texts[2], numbers);
    assert_eq!(texts[1].is_empty(), is_out(&marks[0]));
    assert!(shots.iter().any(is_out), "{pieces:?}");
    let change = found["diff"].as_str().unwrap();
    assert!(change.contains("+shots = { count = "), "{change}");
}

#[test]
fn texts_are_not_reworded_without_a_writer() {
    let place = Workspace::sample();
    let refused = |args: &[&str], why: &str| {
        let said = place.run(&[&["optimize", "sentiment", "--budget-calls", "500"], args].concat());
        assert_eq!(said.code, 2, "{}", said.err);
        assert!(said.err.contains(why), "{}", said.err);
    };
    refused(
        &[],
        "--writer is needed to reword system, for example --writer demo/writer; without one, --edit names what changes without it: shots",
    );
    refused(
        &["--edit", "shots", "--writer-calls", "9"],
        "--writer-calls would be ignored: there is no --writer",
    );
    let config = place.read("wording.toml");
    let listed = |select: &str| config.replacen("select = [\"first\"]", select, 1);
    place.write("wording.toml", &listed("select = [[3, 99]]"));
    refused(&["--edit", "shots"], "names shot 99; the shots file has ");
    place.write("wording.toml", &listed("select = [[3, 3]]"));
    refused(
        &["--edit", "shots"],
        "a list of shots by their number in the file, each once",
    );
}
