//! A run whose judge people rated: what ratings say about two wordings, about several, and about the judge, the same in every form.

use crate::support::{LETTERS, Workspace, judged_letters};
use serde_json::{Value, json};
use std::collections::HashMap;
use wording::annotation::ShownOutput;

/// The outputs by row and wording.
fn outputs(place: &Workspace) -> HashMap<(String, String), String> {
    let said = place.run(&["export", "--format", "jsonl"]);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (said.out.lines())
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|t| {
            (
                (text(&t["row_id"]), text(&t["variant"])),
                text(&t["output"]),
            )
        })
        .collect()
}

/// Ratings of two wordings, the first on the left.
fn rate(place: &Workspace, pairs: &[[&str; 2]], rating: impl Fn(usize, [&str; 2]) -> &'static str) {
    let outputs = outputs(place);
    let mut lines = String::new();
    for pair in pairs {
        for row in 0..LETTERS / 2 {
            let shown = pair.map(|variant| {
                ShownOutput::new(variant, &outputs[&(format!("r{row}"), variant.to_owned())])
            });
            let line = json!({"row": format!("r{row}"), "shown": shown, "rating": {"prefer": rating(row, *pair)},
                "by": "ann", "at": "2026-11-29T07:00:00.000Z", "seconds": 2.0});
            lines += &format!("{line}\n");
        }
    }
    place.write("ratings/letters.jsonl", &lines);
}

fn preference(row: usize, [left, _]: [&str; 2]) -> &'static str {
    match (left, row % 5) {
        (_, 4) => "tie",
        ("polite", 3) | ("plain", 0..=2) => "right",
        _ => "left",
    }
}

/// The report in a form.
fn report(place: &Workspace, form: &str) -> String {
    let file = format!("report.{form}");
    let said = place.run(&["report", "-o", &file]);
    assert_eq!(said.code, 0, "{}", said.err);
    std::fs::read_to_string(place.path().join(&file)).unwrap()
}

fn percent(share: &Value) -> String {
    format!("{:.1} %", share.as_f64().unwrap() * 100.0)
}

#[test]
fn ratings_of_a_judged_run_are_the_same_in_every_form() {
    let place = judged_letters();
    rate(
        &place,
        &[["plain", "polite"], ["polite", "brief"]],
        preference,
    );
    let found: Value = serde_json::from_str(&report(&place, "json")).unwrap();
    let contests = found["ratings"].as_array().unwrap();
    assert_eq!(contests.len(), 2);
    let mut figures = Vec::new();
    for contest in contests {
        assert_eq!(
            (&contest["rated"], &contest["items"]),
            (&json!(20), &json!(LETTERS))
        );
        let corrected = &contest["corrected"];
        assert_eq!(corrected["metric"], "grade");
        figures.extend([
            percent(&contest["score"]["value"]),
            percent(&corrected["score"]["value"]),
            percent(&corrected["uncorrected"]),
        ]);
        assert!(contest["judge"]["cohen_kappa"].is_number());
        figures.push(percent(&contest["judge"]["agreement"]["value"]));
    }
    let rankings = found["preference_strengths"].as_array().unwrap();
    assert_eq!(rankings.len(), 1);
    assert_eq!(
        (&rankings[0]["rated"], &rankings[0]["rows"]),
        (&json!(40), &json!(20))
    );
    let groups = rankings[0]["comparable"].as_array().unwrap();
    assert_eq!(groups.len(), 1, "ratings connect all");
    let names: Vec<&str> = (groups[0].as_array().unwrap().iter())
        .map(|ranked| ranked["wording"].as_str().unwrap())
        .collect();
    assert_eq!(names[0], "polite");
    let counts = &groups[0][0]["counts"];
    assert_eq!(counts, &json!({"won": 24, "lost": 8, "ties": 8}));
    for ranked in groups[0].as_array().unwrap() {
        assert_eq!(ranked["strength"], "estimated");
        figures.push(percent(&ranked["win_share"]["value"]));
        let log = ranked["log_strength"]["value"].as_f64().unwrap();
        let share = ranked["win_share"]["value"].as_f64().unwrap();
        assert!((share - 1.0 / (1.0 + (-log).exp())).abs() < 1e-12);
    }
    let terminal = place.run(&["report"]).out;
    let forms = [terminal, report(&place, "html"), report(&place, "md")];
    for form in &forms {
        for figure in &figures {
            assert!(form.contains(figure.as_str()), "{figure} in {form}");
        }
        assert!(form.contains("Davidson 1970"), "{form}");
    }
    crate::support::snapshot::check_filtered("cli/rated-run", &ratings_part(&forms[0]));
}

/// The last part of the terminal's report.
fn ratings_part(report: &str) -> String {
    report[report.find("People rated").unwrap()..].to_owned()
}

#[test]
fn wordings_that_no_ratings_connect_are_named() {
    let place = judged_letters();
    place.write(
        "wide.j2",
        "{{ role(\"user\") }}Dear customer, {{ row.text }}\n",
    );
    assert_eq!(place.run(&["run", "letters"]).code, 0);
    rate(
        &place,
        &[["plain", "polite"], ["brief", "wide"]],
        preference,
    );
    let text = place.run(&["report"]).out;
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("Not comparable, as no ratings connect them: wide, brief | polite, plain.")
            || text.contains(
                "Not comparable, as no ratings connect them: brief, wide | polite, plain."
            ),
        "{text}"
    );
    let found: Value = serde_json::from_str(&report(&place, "json")).unwrap();
    let groups = found["preference_strengths"][0]["comparable"]
        .as_array()
        .unwrap();
    assert_eq!(groups.len(), 2);
}

/// Grades of 1 to 3 for the first rows of a wording.
fn grade(place: &Workspace, wording: &str, rows: usize, grade: impl Fn(usize) -> i32) -> String {
    let outputs = outputs(place);
    let line = |row: usize| {
        let id = format!("r{row}");
        let shown = [ShownOutput::new(
            wording,
            &outputs[&(id.clone(), wording.to_owned())],
        )];
        let rating = json!({"grade": {"grade": grade(row), "scale": {"lowest": 1, "highest": 3}}});
        json!({"row": id, "shown": shown, "rating": rating, "by": "ann",
            "at": "2026-11-29T07:00:00.000Z", "seconds": 2.0})
        .to_string()
            + "\n"
    };
    (0..rows).map(line).collect()
}

#[test]
fn grades_of_two_wordings_are_compared_row_by_row_in_every_form() {
    let place = judged_letters();
    // On 25 rows both are graded; polite is one grade higher on 15 of them, and as high on the others.
    let plain = grade(&place, "plain", 25, |row| 1 + (row % 2) as i32);
    let polite = grade(&place, "polite", 30, |row| {
        1 + (row % 2) as i32 + i32::from(row % 5 < 3)
    });
    place.write("ratings/letters.jsonl", &(plain + &polite));
    let found: Value = serde_json::from_str(&report(&place, "json")).unwrap();
    assert_eq!(found["ratings"].as_array().unwrap().len(), 2);
    let differences = found["grade_differences"].as_array().unwrap();
    assert_eq!(differences.len(), 1);
    let difference = &differences[0];
    assert_eq!(difference["wordings"], json!(["plain", "polite"]));
    assert_eq!(
        (&difference["graded"], &difference["rows"]),
        (&json!(25), &json!(LETTERS))
    );
    let at = |of: &Value, key: &str| of[key].as_f64().unwrap();
    let alone = &difference["difference"];
    // About 60 % of the rows, half of the scale each; judged strata weigh them.
    assert!((at(alone, "value") + 0.3).abs() < 0.06, "{difference}");
    assert!(at(alone, "low") < at(alone, "value") && at(alone, "high") < 0.0);
    let corrected = &difference["corrected"];
    assert_eq!(corrected["metric"], "grade");
    assert!(at(&corrected["score"], "high") < 0.0, "{difference}");
    assert_eq!(difference["more_rows"], Value::Null);
    let points = |value: f64| format!("{:+.1} points", value * 100.0);
    let figures = [
        points(at(alone, "value")),
        points(at(corrected, "uncorrected")),
        points(at(&corrected["score"], "value")),
        "plain against polite, each graded by itself".to_owned(),
        "25 rows graded for both of 40".to_owned(),
    ];
    for form in [
        place.run(&["report"]).out,
        report(&place, "html"),
        report(&place, "md"),
    ] {
        let form = form.split_whitespace().collect::<Vec<_>>().join(" ");
        for figure in &figures {
            assert!(form.contains(figure.as_str()), "{figure} in {form}");
        }
    }
}
