//! Rows chosen by a condition: `--rows-where` of runs and estimates, `report --where`.

use crate::support::{Workspace, snapshot::check};

/// Ten mails in two languages, their subjects of different lengths.
fn place() -> Workspace {
    let place = Workspace::empty();
    let rows: String = (0..10)
        .map(|n| {
            let (language, label) = (
                ["de", "en"][n % 2],
                ["repair", "shipping"][usize::from(n < 6)],
            );
            format!("m{n},Mail {n} {},{language},{label}\n", "x".repeat(n))
        })
        .collect();
    place.write(
        "mails.csv",
        &("id,mail,language,label\n".to_owned() + &rows),
    );
    assert_eq!(place.run(&["new", "--data", "mails.csv"]).code, 0);
    place
}

#[test]
fn a_run_sends_only_the_rows_that_meet_the_condition() {
    let place = place();
    let condition = "language == \"de\" and label == \"shipping\"";
    let checked = place.run(&["check", "mails", "--rows-where", condition]);
    assert!(
        checked.out.contains("2 variants × 3 rows"),
        "{}",
        checked.transcript()
    );
    let ran = place.run(&[
        "run",
        "mails",
        "--rows-where",
        condition,
        "-q",
        "--format",
        "json",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(ran.json()["trials"]["planned"], 6);
    let listed = place.run(&["runs"]);
    assert!(
        listed.out.contains(&format!("rows where {condition}")),
        "{}",
        listed.out
    );
    // The texts of the report are those of these rows, not of a sample of as many.
    let report = place.run(&["report", "latest", "-o", "r.csv"]);
    assert_eq!(report.code, 0, "{}", report.err);
    let ids = |csv: &str| -> Vec<String> {
        let lines = csv.lines().skip(1);
        let mut ids: Vec<String> = lines
            .flat_map(|line| line.split(','))
            .filter(|field| field.len() == 2 && field.starts_with('m'))
            .map(str::to_owned)
            .collect();
        ids.sort();
        ids.dedup();
        ids
    };
    assert_eq!(ids(&place.read("r.csv")), ["m0", "m2", "m4"]);
    let html = place.run(&["report", "latest", "-o", "r.html"]);
    assert_eq!(html.code, 0, "{}", html.err);
    assert!(place.read("r.html").contains("Mail 4 xxxx"));
    // Then a sample of those that are left, and what is known is not sent again.
    let sample = [
        "run",
        "mails",
        "--rows-where",
        "language == 'de'",
        "--rows",
        "2",
        "-q",
        "--format",
        "json",
    ];
    assert_eq!(place.run(&sample).json()["trials"]["planned"], 4);
    // Another condition is another run.
    let other = place.run(&[
        "run",
        "mails",
        "--rows-where",
        "language == 'en'",
        "--resume",
        "latest",
    ]);
    assert_eq!(other.code, 2);
    assert!(other.err.contains("the dataset changed"), "{}", other.err);
}

#[test]
fn a_report_is_of_the_rows_that_meet_the_condition() {
    let place = place();
    assert_eq!(place.run(&["run", "mails", "-q"]).code, 0);
    let report = ["report", "--where", "input matches /x{3}/ and id != \"m3\""];
    let json = place.run(&[&report[..], &["--format", "json"]].concat());
    assert_eq!(json.json()["trials"]["completed"], 12, "{}", json.err);
    assert_eq!(
        json.json()["note"],
        "6 of 10 rows, where input matches /x{3}/ and id != \"m3\""
    );
    let text = place.run(&report);
    assert!(
        text.out.starts_with("6 of 10 rows, where input matches"),
        "{}",
        text.out
    );
    let file = place.run(&[&report[..], &["-o", "r.md", "--note", "Long ones."]].concat());
    assert_eq!(file.code, 0, "{}", file.err);
    assert!(place.read("r.md").contains("Long ones."));
    // A row that was not answered under the project as it is now.
    place.write(
        "mails.csv",
        &(place.read("mails.csv") + "m10,New,fr,repair\n"),
    );
    let none = place.run(&["report", "--where", "language == 'fr'"]);
    assert_eq!(none.code, 2);
    assert!(
        none.err.contains("no answer of these rows is stored"),
        "{}",
        none.err
    );
}

#[test]
fn a_condition_that_is_wrong_or_that_no_row_meets_says_so() {
    let place = place();
    assert_eq!(place.run(&["run", "mails", "-q"]).code, 0);
    let conditions = [
        "langage == 'de'",
        "language = 'de'",
        "language == 'de' and score(first) < 1",
        "bad_case",
        "language",
        "input > 3",
        "mail matches /(/",
        "language == 'it' and label == 'repair'",
        "",
    ];
    let mut said = String::new();
    for condition in conditions {
        for command in [
            &["report", "--where"][..],
            &["run", "mails", "--rows-where"],
        ] {
            let output = place.run(&[command, &[condition]].concat());
            assert_eq!(output.code, 2, "{}", output.transcript());
            said += &output.errors();
            said += "\n";
        }
    }
    check("cli/rows-where-errors", &said);
}
