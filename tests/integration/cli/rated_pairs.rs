//! Ratings as preference pairs of `tune export`: what people prefer is trained on, the rest is counted with its reason.

use crate::support::Workspace;
use serde_json::{Value, json};
use std::collections::HashMap;
use wording::annotation::ShownOutput;

const PLAIN: &str = r#"{{ role("system") }}Answer the letter.
{{ role("user") }}The parcel is late.
{{ role("assistant") }}It will come on Friday.
{{ role("user") }}It broke.
{{ role("assistant") }}Send it back.
{{ role("user") }}{{ row.text }}
"#;

const LETTERS: [&str; 8] = [
    "The screen cracked on the second day.",
    "Can I pay by invoice?",
    "The parcel never came.",
    "I was charged twice in May.",
    "It does not fit, what now?",
    "Where is my order?",
    "The invoice shows the wrong address.",
    "The courier left it in the rain.",
];

/// Two wordings that answered every letter.
fn answered() -> Workspace {
    let place = Workspace::empty();
    place.write("letters.txt", &LETTERS.join("\n"));
    place.write("plain.j2", PLAIN);
    place.write(
        "polite.j2",
        &PLAIN
            .replace("}}It will", "}}We are sorry: it will")
            .replace("}}Send", "}}Please send"),
    );
    place.write(
        "wording.toml",
        "[experiment.replies]\ntemplates = [\"plain.j2\", \"polite.j2\"]\ndataset = \"letters.txt\"\nmodels = [\"demo/icl\"]\n",
    );
    let said = place.run(&["run", "replies"]);
    assert_eq!(said.code, 0, "{}", said.err);
    place
}

/// The outputs by row and wording.
fn outputs(place: &Workspace) -> HashMap<(String, String), String> {
    let said = place.run(&["export", "--format", "jsonl"]);
    let trials = said
        .out
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    trials
        .map(|t| {
            (
                (text(&t["row_id"]), text(&t["variant"])),
                text(&t["output"]),
            )
        })
        .collect()
}

/// Ratings of the outputs of `plain` (left) and `polite` (right): row, who, what.
fn rate(place: &Workspace, ratings: &[(&str, &str, &str)]) {
    let outputs = outputs(place);
    let line = |(row, by, rating): &(&str, &str, &str)| {
        let shown = ["plain", "polite"].map(|variant| {
            ShownOutput::new(variant, &outputs[&((*row).to_owned(), variant.to_owned())])
        });
        json!({"row": row, "shown": shown, "rating": {"prefer": rating}, "by": by,
               "at": "2026-11-29T07:00:00.000Z", "seconds": 2.0})
        .to_string()
    };
    let lines: Vec<String> = ratings.iter().map(line).collect();
    place.write("ratings/replies.jsonl", &(lines.join("\n") + "\n"));
}

const RATINGS: [(&str, &str, &str); 7] = [
    ("r0", "ann", "right"),
    ("r0", "bo", "right"),
    ("r1", "ann", "left"),
    ("r3", "ann", "right"),
    ("r3", "bo", "left"),
    ("r4", "ann", "tie"),
    ("r5", "ann", "both_bad"),
];

fn lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect()
}

fn export(place: &Workspace, more: &[&str]) -> Value {
    let said = place.run(
        &[
            &[
                "tune",
                "export",
                "replies",
                "--format",
                "json",
                "--validation",
                "0",
            ],
            more,
        ]
        .concat(),
    );
    assert_eq!(said.code, 0, "{}", said.err);
    serde_json::from_str(&said.out).unwrap()
}

#[test]
fn what_people_prefer_is_a_pair_in_every_preference_form_and_nowhere_else() {
    let place = answered();
    rate(&place, &RATINGS);
    let report = export(&place, &["--spend-rows", "--variant", "plain"]);
    assert_eq!(
        (
            &report["train"],
            &report["pairs"],
            &report["rated_pairs"],
            &report["pairs_of_other_wordings"]
        ),
        (&json!(0), &json!(2), &json!(2), &json!(2))
    );
    assert_eq!(
        report["left_out"],
        json!({"its ratings contradict each other": 1, "it is rated a tie, or both bad": 2})
    );
    assert_eq!(report["spent"], json!(["r0", "r1"]));
    let outputs = outputs(&place);
    let output = |row: &str, variant: &str| {
        outputs[&(row.to_owned(), variant.to_owned())]
            .trim()
            .to_owned()
    };
    let trl = lines(&place.read("tuning/train.trl-dpo.jsonl"));
    let openai = lines(&place.read("tuning/train.openai-preference.jsonl"));
    let factory = lines(&place.read("tuning/train.sharegpt-preference.jsonl"));
    for (at, (row, preferred, other)) in [("r0", "polite", "plain"), ("r1", "plain", "polite")]
        .into_iter()
        .enumerate()
    {
        let answer =
            |variant: &str| json!([{"role": "assistant", "content": output(row, variant)}]);
        assert_eq!(
            (&trl[at]["chosen"], &trl[at]["rejected"]),
            (&answer(preferred), &answer(other))
        );
        assert_eq!(openai[at]["preferred_output"], answer(preferred));
        assert_eq!(openai[at]["non_preferred_output"], answer(other));
        assert_eq!(factory[at]["chosen"]["value"], output(row, preferred));
        assert_eq!(factory[at]["rejected"]["value"], output(row, other));
        // The prompt is that of the wording that is trained, whoever gave the answers.
        let prompt = trl[at]["prompt"].as_array().unwrap();
        assert_eq!(prompt[2]["content"], "It will come on Friday.");
        let letter = LETTERS[row[1..].parse::<usize>().unwrap()];
        assert_eq!(prompt.last().unwrap()["content"], letter);
    }
    assert_eq!((trl.len(), openai.len(), factory.len()), (2, 2, 2));
    // A preferred answer is not known to be right: there is nothing to imitate.
    assert!(!place.file("tuning/train.openai.jsonl").exists());
    assert!(!place.file("tuning/train.alpaca.jsonl").exists());
    let evaluation = lines(&place.read("tuning/evaluation.jsonl"));
    assert_eq!(evaluation.len(), LETTERS.len() - 2);
    let markdown = place.read("tuning/export.md");
    assert!(
        markdown.contains("| rating:r3#3 | its ratings contradict each other |"),
        "{markdown}"
    );
    let said = place.run(&[
        "tune",
        "export",
        "replies",
        "--spend-rows",
        "--variant",
        "plain",
        "-o",
        "again",
    ]);
    said.check("cli/rated-pairs");
}

#[test]
fn evaluated_rows_are_left_out_and_those_outside_the_sample_are_not() {
    let place = answered();
    rate(&place, &RATINGS);
    let said = place.run(&["tune", "export", "replies"]);
    assert_eq!(said.code, 2);
    said.check_err("cli/rated-pairs-evaluated");
    // A sample of the rows: those outside of it are not evaluated. Their numbers are those of the whole file.
    let toml = place.read("wording.toml");
    place.write("wording.toml", &format!("{toml}rows = 1\n"));
    let report = export(&place, &["-o", "sampled"]);
    let kept = report["rated_pairs"].as_u64().unwrap();
    let evaluated =
        &report["left_out"]["it is rated, and its row is evaluated (--spend-rows trains on it)"];
    assert_eq!(kept + evaluated.as_u64().unwrap_or(0), 2, "{report}");
    assert!(kept > 0);
    for pair in lines(&place.read("sampled/train.trl-dpo.jsonl")) {
        let prompt = pair["prompt"].as_array().unwrap().last().unwrap()["content"].clone();
        assert!([LETTERS[0], LETTERS[1]].contains(&prompt.as_str().unwrap()));
    }
}

#[test]
fn a_dataset_that_changed_gives_no_other_row_its_pairs() {
    let place = answered();
    rate(&place, &RATINGS);
    let mut moved = LETTERS.to_vec();
    moved.rotate_left(3);
    place.write("letters.txt", &moved.join("\n"));
    let said = place.run(&["tune", "export", "replies", "--spend-rows"]);
    assert_eq!(said.code, 2);
    assert!(
        said.err.contains(
            "2 left out because it is rated, and its row is sealed or not in the dataset as it is now"
        ),
        "{}",
        said.err
    );
    // Without the run its answers are gone.
    place.write("letters.txt", &LETTERS.join("\n"));
    let run = place.run(&["runs", "--format", "json"]);
    let run: Value = serde_json::from_str(&run.out).unwrap();
    let id = run[0]["id"].as_str().or(run[0]["run"].as_str()).unwrap();
    assert_eq!(place.run(&["runs", "delete", id]).code, 0);
    let said = place.run(&["tune", "export", "replies", "--spend-rows"]);
    assert!(
        said.err
            .contains("its rated answers are in no run of the store"),
        "{}",
        said.err
    );
}

#[test]
fn advice_counts_rated_pairs_as_data_at_hand() {
    let place = answered();
    rate(&place, &RATINGS);
    let said = place.run(&["advise", "replies", "--format", "json"]);
    let advice: Value = serde_json::from_str(&said.out).unwrap();
    assert!(
        said.out.contains("2 rated pairs for preference training"),
        "{advice}"
    );
}
