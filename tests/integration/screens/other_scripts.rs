//! Filters and the leaderboard in Chinese and without colors; rows for which a template cannot be rendered.

use super::drawn::all_sizes;
use crate::support::{TestSession, Workspace};
use wording::tui::Theme;

/// A session on the Chinese experiment, answered.
fn chinese() -> TestSession {
    let mut stage = TestSession::sample("情感");
    stage.press("2");
    stage.begin_run();
    stage.answer_all();
    stage.end_run(None);
    stage
}

#[test]
fn filters_and_the_leaderboard_in_chinese_and_without_colors() {
    let mut stage = chinese();
    let labels = stage
        .model
        .workspace
        .plan
        .as_ref()
        .unwrap()
        .scorer
        .labels()
        .to_vec();
    stage.press("f");
    stage.type_text(&format!("=expected == \"{}\"", labels[0]));
    all_sizes(&mut stage, "filter-chinese");
    stage.model.view.theme = Theme::new(false);
    all_sizes(&mut stage, "plain-filter-chinese");
    stage.press("home enter");
    let table = stage.model.answers.table.clone().unwrap();
    let rows = stage.model.answers.arrangement.rows.clone();
    assert!(!rows.is_empty() && rows.len() < table.rows);
    for row in rows.iter() {
        let expected = table.row(*row as usize).expected;
        assert_eq!(expected.as_deref(), Some(labels[0].as_str()));
    }
    stage.press("esc t");
    all_sizes(&mut stage, "plain-leaderboard-chinese");
    stage.model.view.theme = Theme::new(true);
    all_sizes(&mut stage, "leaderboard-chinese");
    // A filter that is wrong says at which column, counted in characters.
    stage.press("t f");
    stage.type_text("=expected == \"好\" and 好评");
    let screen = stage.screen(80, 24);
    assert!(screen.contains("column 22"), "{screen}");
}

const ROWS: &str = "{\"id\": \"a\", \"text\": \"It broke.\", \"label\": \"bad\", \"shop\": \"north\"}\n{\"id\": \"b\", \"text\": \"It works.\", \"label\": \"good\"}\n{\"id\": \"c\", \"text\": \"It shines.\", \"label\": \"good\", \"shop\": \"south\"}\n";

/// A template that needs a field which the second row has not got, beside one that does not.
fn uneven() -> Workspace {
    let place = Workspace::empty();
    place.write("rows.jsonl", ROWS);
    place.write(
        "plain.j2",
        "{{ role(\"user\") }}good or bad? {{ row.text }}\n",
    );
    place.write(
        "shop.j2",
        "{{ role(\"user\") }}{{ row.shop.upper() }}: good or bad? {{ row.text }}\n",
    );
    place.write(
        "wording.toml",
        "[experiment.mails]\ntemplates = [\"plain.j2\", \"shop.j2\"]\ndataset = \"rows.jsonl\"\nanswer = \"label\"\nid = \"id\"\nbaseline = \"plain\"\nmodels = [\"demo/icl\"]\n\n[[experiment.mails.metric]]\nkind = \"label\"\nlabels = [\"good\", \"bad\"]\n",
    );
    place
}

#[test]
fn a_template_that_fails_on_some_rows_fails_there_alone() {
    let place = uneven();
    let ran = place.run(&["run", "--format", "json"]);
    // The others are answered; the one row is counted as failed, and the exit code says so.
    assert_eq!(ran.code, 1, "{}", ran.transcript());
    let summary = ran.json();
    assert_eq!(summary["trials"]["planned"], 6);
    assert_eq!(summary["trials"]["failed"], 1, "{}", ran.transcript());
    let report = place.run(&["report", "-o", "r.csv"]);
    assert_eq!(report.code, 0, "{}", report.err);
    let failed: Vec<String> = (place.read("r.csv").lines())
        .filter(|line| line.ends_with("failed"))
        .map(str::to_owned)
        .collect();
    assert_eq!(failed.len(), 1, "{failed:?}");
    let csv = place.read("r.csv");
    assert!(csv.contains("shop.j2:1:"), "{csv}");
    let mut stage = TestSession::open(place, "mails");
    stage.press("2 j");
    let screen = stage.screen(80, 24);
    assert_eq!(screen.matches("template error  ").count(), 1, "{screen}");
    assert!(
        screen.contains("shop.j2:1:22 shop, row b: `row.sh"),
        "{screen}"
    );
    let cells = &stage.model.answers.grids[0];
    let failed = |variant: usize, row: usize| cells.summary(variant, row).failed;
    let table = stage.model.answers.table.clone().unwrap();
    let shop = (0..2).find(|v| table.short(*v) == "shop").unwrap();
    assert_eq!(
        [failed(shop, 0), failed(shop, 1), failed(shop, 2)],
        [0, 1, 0]
    );
    assert_eq!(failed(1 - shop, 1), 0);
}
