//! `wording label` without a terminal: labels as expected answers, export, merge, agreement.

use crate::support::Workspace;
use serde_json::{Value, json};

/// A line of a journal: a label of a row by its id.
fn line(row: &str, by: &str, second: u32, label: Value) -> String {
    let chosen = json!({"reason": "disagreement", "probability": 0.8, "candidates": 9});
    let record = json!({
        "id": row, "content": format!("{row:0>32}"), "decision": {"answer": label}, "by": by,
        "at": format!("2026-01-01T00:00:{second:02}.000Z"), "seconds": 2.5, "chosen": chosen,
    });
    record.to_string() + "\n"
}

const TICKETS: &str = "id;text;team\na;\"I paid; twice\";billing\nb;The app crashes;\nc;It is slow;\nd;Cancel my order;\ne;Thanks;\n";

/// Five tickets, one of them with an answer; ann and bo labelled some.
pub(super) fn tickets() -> Workspace {
    let place = Workspace::empty();
    place.write("rows.csv", TICKETS);
    place.write("p.j2", "{{ role(\"user\") }}Which team? {{ text }}");
    place.write(
        "wording.toml",
        "[experiment.teams]\ntemplates = [\"p.j2\"]\ndataset = \"rows.csv\"\nanswer = \"team\"\nid = \"id\"\nmodels = [\"demo/icl\"]\n\n[[experiment.teams.metric]]\nkind = \"label\"\nlabels = [\"billing\", \"bug\", \"other\"]\n",
    );
    std::fs::create_dir(place.file("labels")).unwrap();
    let labels = [
        line("b", "ann", 1, json!("bug")),
        line("b", "bo", 2, json!("bug")),
        line("c", "ann", 3, json!("bug")),
        line("c", "bo", 4, json!("other")),
        line("d", "ann", 5, json!("billing")),
        line("a", "bo", 6, json!("other")),
    ];
    place.write("labels/teams.jsonl", &labels.concat());
    place
}

#[test]
fn labels_are_the_expected_answers_of_rows_without_one() {
    let place = tickets();
    let checked = place.run(&["check", "teams"]);
    assert_eq!(checked.code, 0, "{}", checked.transcript());
    let said = "Expected answers of 5 rows: 1 from the dataset, 2 labelled by people (ann 3, bo 3), 2 without. The labels of 2 rows disagree";
    assert!(checked.out.contains(said), "{}", checked.out);
    let ran = place.run(&["run", "teams", "-q"]);
    assert_eq!(ran.code, 0, "{}", ran.transcript());
    let report = place.run(&["report", "--format", "json"]).json();
    let labels = &report["answer_origins"];
    assert_eq!(
        (&labels["labels"], &labels["disputed"]),
        (&json!(2), &json!(2))
    );
    assert_eq!(labels["people"], json!({"ann": 3, "bo": 3}));
    // A settled row has an answer, against the dataset too, and only its score is new.
    let settled =
        line("a", "ann", 9, json!("other")).replace("\"seconds\"", "\"settles\":true,\"seconds\"");
    let journal = place.read("labels/teams.jsonl");
    place.write("labels/teams.jsonl", &(journal + &settled));
    let again = place.run(&["run", "teams", "--format", "json"]).json();
    assert_eq!(again["trials"]["sent"], json!(0), "{again}");
    assert_eq!(again["answer_origins"]["settled"], json!(1));
}

#[test]
fn labels_are_written_into_the_dataset_with_its_columns_and_order() {
    let place = tickets();
    let exported = place.run(&["label", "teams", "--export", "-o", "out.csv"]);
    assert_eq!(exported.code, 0, "{}", exported.transcript());
    let expected = TICKETS
        .replace("crashes;", "crashes;bug")
        .replace("order;", "order;billing");
    assert_eq!(place.read("out.csv"), expected);
    let lines = place.run(&["label", "teams", "--export", "-q"]);
    assert_eq!(
        lines.out.lines().nth(1),
        Some(r#"{"id":"b","text":"The app crashes","team":"bug"}"#)
    );
    assert_eq!(
        place
            .run(&["label", "teams", "--export", "--in-place"])
            .code,
        0
    );
    assert_eq!(place.read("rows.csv"), expected);
    let checked = place.run(&["check", "teams"]);
    assert!(
        checked.out.contains("3 from the dataset, 0 labelled"),
        "{}",
        checked.out
    );
    // Of a table no Parquet file is made.
    let parquet = place.run(&["label", "teams", "--export", "-o", "out.parquet"]);
    assert_eq!(parquet.code, 2);
    assert!(parquet.err.contains("-o labelled.jsonl"), "{}", parquet.err);
}

/// Rows of a Parquet dataset get labels; columns, their order and types of other values stay.
#[cfg(feature = "parquet")]
#[test]
fn labels_are_written_into_a_parquet_dataset() {
    for (file, column, label) in [
        ("hub.parquet", "label", None),
        ("hub.parquet", "expected", Some("bug")),
        ("hub-zstd.parquet", "expected", Some("bug")),
    ] {
        let place = Workspace::empty();
        let fixtures =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/datasets");
        std::fs::copy(fixtures.join(file), place.file("rows.parquet")).unwrap();
        place.write("p.j2", "{{ text }}");
        // A column that the file lacks is the default one.
        let answer = match label {
            None => format!("answer = \"{column}\"\n"),
            Some(_) => String::new(),
        };
        place.write(
            "wording.toml",
            &format!("[experiment.teams]\ntemplates = [\"p.j2\"]\ndataset = \"rows.parquet\"\n{answer}models = [\"demo/icl\"]\n\n[[experiment.teams.metric]]\nkind = \"exact\"\n"),
        );
        let export = |args: &[&str]| {
            let all = [&["label", "teams", "--export", "-q"], args].concat();
            let found = place.run(&all);
            assert_eq!(found.code, 0, "{file} {column}: {}", found.transcript());
            found.out
        };
        std::fs::create_dir_all(place.file("labels")).unwrap();
        place.write("labels/teams.jsonl", &line("gone", "ann", 1, json!("bug")));
        let content = export(&[]);
        let before: Vec<Value> = content
            .lines()
            .map(|l| serde_json::from_str(l).unwrap())
            .collect();
        let answer = label.map_or_else(|| before[1][column].clone(), Value::from);
        let settled = line("r1", "ann", 1, answer.clone())
            .replace("\"seconds\"", "\"settles\":true,\"seconds\"");
        let identity = wording::annotation::RowIdentity::new(
            &wording::model::Row {
                fields: before[1].as_object().unwrap().clone(),
                ..Default::default()
            },
            false,
            column,
        );
        let mut record: Value = serde_json::from_str(&settled).unwrap();
        record["content"] = json!(identity.content);
        record.as_object_mut().unwrap().remove("id");
        place.write("labels/teams.jsonl", &(record.to_string() + "\n"));
        export(&["-o", "out.parquet"]);
        let project = place.read("wording.toml");
        place.write(
            "wording.toml",
            &project.replace("rows.parquet", "out.parquet"),
        );
        place.write("labels/teams.jsonl", &line("gone", "ann", 1, json!("bug")));
        let after = place.run(&["label", "teams", "--export", "-q"]);
        let after: Vec<Value> = after
            .out
            .lines()
            .map(|l| serde_json::from_str(l).unwrap())
            .collect();
        assert_eq!(after.len(), before.len());
        for (at, (after, before)) in after.iter().zip(&before).enumerate() {
            let mut expected = before.as_object().unwrap().clone();
            if label.is_some() {
                let value = if at == 1 { answer.clone() } else { Value::Null };
                expected.insert(column.into(), value);
            }
            let names: Vec<&String> = after.as_object().unwrap().keys().collect();
            assert_eq!(
                names,
                expected.keys().collect::<Vec<_>>(),
                "{file} {column}"
            );
            assert_eq!(after, &Value::Object(expected), "{file} {column}, row {at}");
        }
    }
}

/// Labels from the journal are data at hand, those of the rows that are evaluated aside.
#[test]
fn advice_and_training_files_take_labels_from_the_journal() {
    let place = Workspace::empty();
    let texts = [
        "I paid twice",
        "The app crashes",
        "It is slow today",
        "Cancel my order",
        "Thanks for nothing",
        "Where is my invoice",
        "The screen stays black",
        "Change my address",
        "the screen stays black!",
        "Change my  address",
    ];
    let rows = texts.iter().enumerate();
    let rows: String = rows.map(|(at, text)| format!("r{at},{text},\n")).collect();
    place.write("rows.csv", &format!("id,text,team\n{rows}"));
    place.write("p.j2", "{{ role(\"user\") }}Which team? {{ text }}");
    let project = "[experiment.teams]\ntemplates = [\"p.j2\"]\ndataset = \"rows.csv\"\nanswer = \"team\"\nid = \"id\"\nrows = 1\nmodels = [\"demo/icl\"]\n\n[[experiment.teams.metric]]\nkind = \"label\"\nlabels = [\"billing\", \"bug\", \"other\"]\n";
    place.write("wording.toml", project);
    let advice = |place: &Workspace| {
        let found = place.run(&["advise", "teams", "--format", "json"]);
        assert_eq!(found.code, 0, "{}", found.transcript());
        found.json()["evidence"]["labelled"].clone()
    };
    assert_eq!(advice(&place), json!(0), "nothing is labelled");
    std::fs::create_dir(place.file("labels")).unwrap();
    // Two rows with the same text contradict each other, two are the same; one is disputed, one cannot be told.
    let teams = [
        "billing", "bug", "bug", "other", "other", "billing", "bug", "other", "billing", "other",
    ];
    let mut labels: String = (teams.iter().enumerate())
        .map(|(at, team)| line(&format!("r{at}"), "ann", at as u32, json!(team)))
        .collect();
    labels += &line("r4", "bo", 20, json!("bug"));
    place.write("labels/teams.jsonl", &labels);
    let exported = place.run(&["tune", "export", "teams", "--format", "json"]);
    assert_eq!(exported.code, 0, "{}", exported.transcript());
    let report = exported.json();
    let kept = report["train"].as_u64().unwrap() + report["validation"].as_u64().unwrap();
    let left_out = report["left_out"].as_object().unwrap();
    let count = |reason: &str| {
        let found = left_out.iter().filter(|(name, _)| name.contains(reason));
        found.map(|(_, n)| n.as_u64().unwrap()).sum::<u64>()
    };
    assert!(count("different label") >= 1, "{report}");
    let gone: u64 = left_out.values().map(|n| n.as_u64().unwrap()).sum();
    // One row is evaluated; the disputed row has no label.
    let evaluated = 1;
    assert_eq!(kept + gone, texts.len() as u64 - evaluated, "{report}");
    assert_eq!(advice(&place), json!(kept), "{report}");
    let train = place.read("tuning/train.openai.jsonl");
    assert!(!train.contains("Thanks for nothing"), "{train}");
    assert!(train.contains("bug"), "{train}");
}

/// What `--export` writes is read again, though the experiment names no column of answers.
#[test]
fn exported_labels_are_training_data_without_a_named_column() {
    let place = Workspace::empty();
    place.write(
        "inputs.txt",
        "I paid twice\nThe app crashes\nCancel my order\n",
    );
    place.write("other.txt", "Where is my parcel\nIt is slow\n");
    place.write("p.j2", "{{ role(\"user\") }}Which team? {{ text }}");
    let experiment = |name: &str, dataset: &str| {
        format!(
            "[experiment.{name}]\ntemplates = [\"p.j2\"]\ndataset = \"{dataset}\"\nmodels = [\"demo/icl\"]\n\n[[experiment.{name}.metric]]\nkind = \"label\"\nlabels = [\"billing\", \"bug\", \"other\"]\n\n"
        )
    };
    place.write(
        "wording.toml",
        &(experiment("old", "inputs.txt") + &experiment("new", "other.txt")),
    );
    place.write(
        "labelled.csv",
        "text,expected\nI paid twice,billing\nThe app crashes,bug\nCancel my order,other\n",
    );
    let exported = place.run(&[
        "tune",
        "export",
        "new",
        "--data",
        "labelled.csv",
        "--format",
        "json",
    ]);
    assert_eq!(exported.code, 0, "{}", exported.transcript());
    let report = exported.json();
    let kept = report["train"].as_u64().unwrap() + report["validation"].as_u64().unwrap();
    assert_eq!(kept, 3, "{report}");
    // A file without that column is told by its name.
    place.write("bare.csv", "text\nI paid twice\n");
    let refused = place.run(&["tune", "export", "new", "--data", "bare.csv"]);
    assert_eq!(refused.code, 2, "{}", refused.transcript());
    assert!(
        refused.err.contains("expected") && refused.err.contains("bare.csv"),
        "{}",
        refused.err
    );
}

#[test]
fn journals_are_merged_by_time_and_copies_once() {
    let place = tickets();
    let journal = place.read("labels/teams.jsonl");
    place.write(
        "other.jsonl",
        &(journal + &line("e", "cy", 0, json!("other"))),
    );
    let args = [
        "label",
        "--merge",
        "labels/teams.jsonl",
        "other.jsonl",
        "-o",
    ];
    let merged = place.run(&[&args[..], &["all.jsonl"]].concat());
    assert_eq!(merged.code, 0, "{}", merged.transcript());
    assert_eq!(
        merged.out,
        "merged 2 files into all.jsonl: 7 labels of 5 rows by 3 people, 2 rows labelled by several\n"
    );
    let all = place.read("all.jsonl");
    assert_eq!(all.lines().count(), 7);
    assert!(all.lines().next().unwrap().contains("\"cy\""), "{all}");
    let refused = place.run(&[&args[..], &["rows.csv"]].concat());
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("rows.csv exists"), "{}", refused.err);
}

#[test]
fn agreement_is_reported_with_the_disputed_rows() {
    let place = tickets();
    let found = place.run(&["label", "teams", "--agreement"]);
    assert_eq!(found.code, 0, "{}", found.transcript());
    found.check("cli/label-agreement");
    let json = place
        .run(&["label", "teams", "--agreement", "--format", "json"])
        .json();
    assert_eq!(json["disputed"][0]["row"], "a");
    assert_eq!(json["disputed"][0]["answers"][1], json!([null, "billing"]));
    let none = place.run(&["label", "teams", "--agreement", "--settle"]);
    assert_eq!(none.code, 2);
}

#[test]
fn what_cannot_be_labelled_says_what_to_do() {
    let place = tickets();
    let piped = place.run(&["label", "teams"]);
    assert_eq!(piped.code, 2);
    assert!(
        piped.err.contains("needs a terminal") && piped.err.contains("answer column of rows.csv"),
        "{}",
        piped.err
    );
    place.write("labels/teams.jsonl", "{\"id\": \"a\"}\n{}\n");
    let broken = place.run(&["run", "teams"]);
    assert_eq!(broken.code, 2);
    assert!(
        broken
            .err
            .contains("labels/teams.jsonl:1:11: missing field `decision`"),
        "{}",
        broken.err
    );
    place.write(
        "labels/teams.jsonl",
        &(line("a", "ann", 1, json!("bug")) + "{\"id\": \"b\", \"cont"),
    );
    let torn = place.run(&["check", "teams"]);
    assert_eq!(torn.code, 0, "{}", torn.transcript());
    assert!(
        torn.out
            .contains("teams.jsonl:2: the last line is not finished"),
        "{}",
        torn.out
    );
    std::fs::remove_dir_all(place.file("labels")).unwrap();
    let none = place.run(&["label", "teams", "--export"]);
    assert!(
        none.err.contains("`wording label teams` makes some"),
        "{}",
        none.err
    );
}
