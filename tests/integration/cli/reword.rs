//! Paraphrases: asked of a model, checked, shown, written only on yes.

use crate::support::{Workspace, snapshot::check_filtered};

const ASK: [&str; 6] = [
    "reword",
    "templates/axes/sentiment.j2",
    "--axis",
    "instruction",
    "--n",
    "3",
];

#[test]
fn wordings_are_shown_and_nothing_is_written_without_a_yes() {
    let place = Workspace::sample();
    let before = place.read("templates/axes/sentiment.j2");
    let said = place.run(&ASK);
    assert_eq!(said.code, 0, "{}", said.err);
    said.check_err("cli/reword");
    let added: Vec<&str> = said.out.lines().filter(|l| l.starts_with("+  {")).collect();
    assert_eq!(added.len(), 3, "{}", said.out);
    assert_eq!(place.read("templates/axes/sentiment.j2"), before);
}

#[test]
fn on_yes_they_become_levels_and_the_rest_of_the_file_stays() {
    let place = Workspace::sample();
    let before = place.read("templates/axes/sentiment.j2");
    let mut args = ASK.to_vec();
    args.extend(["--yes", "--format", "json"]);
    let said = place.run(&args);
    assert_eq!(said.code, 0, "{}", said.err);
    let json = said.json();
    assert_eq!(
        (&json["written"], json["levels"].as_array().unwrap().len()),
        (&true.into(), 3)
    );
    for level in json["levels"].as_array().unwrap() {
        let level = level.as_str().unwrap();
        assert!(
            level.contains("positive") && level.contains("negative"),
            "the labels must stay: {level}"
        );
    }
    let after = place.read("templates/axes/sentiment.j2");
    let kept: Vec<&str> = after.lines().filter(|l| !l.contains("reworded-")).collect();
    assert_eq!(kept, before.lines().collect::<Vec<_>>());
    let checked = place.run(&["check", "axes", "--format", "json"]).json();
    assert_eq!(checked[0]["variants"], 36 / 2 * 5);
    // Again: what is there does not come twice.
    let again = place.run(&args).json();
    for level in again["levels"].as_array().unwrap() {
        assert!(
            !json["levels"].as_array().unwrap().contains(level),
            "{level} comes twice"
        );
    }
}

#[test]
fn what_cannot_be_reworded_is_said() {
    let place = Workspace::sample();
    let template = "templates/axes/sentiment.j2";
    let mut errors = Vec::new();
    for (args, part) in [
        (&["nowhere", "--axis", "x"][..], "`nowhere`"),
        (&[template, "--axis", "instructon"], "`instruction`"),
        (
            &[template, "--axis", "instruction", "--level", "3"],
            "classify, question",
        ),
        (&["plain", "--axis", "x"], "`x`"),
    ] {
        let said = place.run(&[&["reword"], args].concat());
        assert_eq!(said.code, 2, "{}", said.out);
        assert!(said.err.contains(part), "no {part:?} in {}", said.err);
        errors.push(said.errors());
    }
    check_filtered("cli/reword-errors", &errors.join("\n"));
}
