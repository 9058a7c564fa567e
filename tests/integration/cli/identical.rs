//! Variants that send the same prompts are called identical, wherever they are compared.

use crate::support::{TestSession, Workspace};

/// Three templates of which two make the same prompts, in other words of the template language.
fn project() -> Workspace {
    let place = Workspace::sample();
    place.write("t/plain.j2", "Positive or negative?\n{{ row.text }}\n");
    place.write(
        "t/same.j2",
        "{# as before #}Positive or {{ \"negative\" }}?\n{{ row.text }}\n",
    );
    place.write("t/other.j2", "Is it good or bad?\n{{ row.text }}\n");
    place.write(
        "wording.toml",
        "[experiment.x]\ntemplates = [\"t/*.j2\"]\ndataset = \"datasets/sentiment.jsonl\"\nanswer = \"label\"\nmodels = [\"demo/icl\"]\n\
         baseline = \"plain\"\nrows = 20\n[[experiment.x.metric]]\nkind = \"label\"\nlabels = [\"positive\", \"negative\"]\n",
    );
    place
}

#[test]
fn the_same_prompts_are_identical_in_the_table_the_reports_the_diff_and_the_session() {
    let place = project();
    let run = place.run(&["run", "x"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let line = |text: &str, name: &str| {
        let found = text
            .lines()
            .find(|l| l.split_whitespace().nth(1) == Some(name));
        found.unwrap_or_else(|| panic!("{name}: {text}")).to_owned()
    };
    let table = format!("{}{}", run.out, run.err);
    assert!(line(&table, "same").contains("identical"), "{table}");
    assert!(!line(&table, "other").contains("identical"), "{table}");
    let report = place.run(&["report", "latest", "--format", "json"]).out;
    assert!(report.contains("\"identical\""), "{report}");
    let diff = place.run(&["diff", "plain", "same"]).out;
    assert!(diff.contains("Identical: plain and same"), "{diff}");
    let mut stage = TestSession::open(place, "x");
    stage.screen(120, 36);
    let screen = stage.screen(120, 36);
    assert!(screen.contains('≡'), "{screen}");
    assert!(screen.contains("Identical to plain: same."), "{screen}");
}
