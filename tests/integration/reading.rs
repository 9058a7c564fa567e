//! Every output of the tables is read right, at once, and whatever stands around it.

use crate::support::readings::cases;
use std::{path::Path, time::Instant};
use wording::{model::Completion, project::Project, score::Scorer};

#[test]
fn every_output_of_the_tables_is_read_right() {
    let cases = cases();
    assert!(cases.len() >= 300, "{} cases", cases.len());
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            let found = case.read().metrics.remove(0);
            let is_right = match case.line["want"].as_f64() {
                // Where no number may be right, a pair is as wrong as it is unreadable.
                Some(0.0) if case.line["metric"]["kind"] == "number" => found.score.value == 0.0,
                Some(want) => !found.score.unreadable && found.score.value == want,
                None => found.score.unreadable && found.unreadable.is_some(),
            };
            (!is_right).then(|| {
                format!(
                    "{}\n    {:?} {:?}",
                    case.line, found.score, found.unreadable
                )
            })
        })
        .collect();
    let n = wrong.len();
    assert!(
        wrong.is_empty(),
        "{n} of {} wrong:\n{}",
        cases.len(),
        wrong.join("\n")
    );
}

#[test]
fn the_tables_are_read_at_once() {
    let cases = cases();
    // The first pass compiles what is compiled once.
    cases.iter().for_each(|case| drop(case.read()));
    let start = Instant::now();
    cases.iter().for_each(|case| drop(case.read()));
    let ms = start.elapsed().as_millis();
    assert!(ms < 500, "{ms} ms, in a debug build");
}

#[test]
fn what_stands_around_an_answer_changes_no_reading() {
    for case in cases() {
        let output = case.completion.text.as_str();
        let kind = case.line["metric"]["kind"].as_str().unwrap();
        // Letter for letter, and what a pattern asks for, is what it is.
        if ["exact", "regex"].contains(&kind) || output.trim().is_empty() {
            continue;
        }
        let read = |text: &str| {
            let completion = Completion {
                text: text.to_owned(),
                ..Completion::default()
            };
            let reading = case.scorer.explain(&completion, &case.row, None);
            let found = &reading.metrics[0].score;
            (
                found.value.to_bits(),
                found.answer.clone(),
                found.unreadable,
            )
        };
        let plain = read(output);
        let mut padded = vec![format!("\n \t{output} \n")];
        if !output.contains("think") && !output.starts_with("analysis") {
            padded.push(format!("<think>A. 1 no</think>{output}"));
        }
        for padded in padded {
            assert_eq!(read(&padded), plain, "{}: {padded:?}", case.line);
        }
        let is_short = output
            .chars()
            .all(|c| c.is_alphanumeric() || " +#%$-".contains(c));
        if is_short && kind == "label" {
            for padded in [format!("**{output}**"), format!("{output}.")] {
                assert_eq!(read(&padded), plain, "{}: {padded:?}", case.line);
            }
        }
    }
}

#[test]
fn no_project_of_ours_has_labels_that_cannot_be_told_apart() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut label_sets = 0;
    for project in walkdir::WalkDir::new(root.join("examples"))
        .into_iter()
        .flatten()
    {
        if project.file_name() == "wording.toml" {
            label_sets += label_sets_of(project.path());
        }
    }
    label_sets += label_sets_of(&root.join("wording.toml"));
    assert!(label_sets >= 4, "{label_sets} sets of labels");
}

/// How many metrics of a project have labels; all of them can be read.
fn label_sets_of(project: &Path) -> usize {
    let experiments = Project::load(project).unwrap().experiments;
    let scorers = experiments.iter().map(|e| Scorer::new(&e.metrics).unwrap());
    scorers.filter(|scorer| !scorer.labels().is_empty()).count()
}
