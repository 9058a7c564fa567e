//! The template as it is edited in place, with the prompt of the row as it is typed.

use super::drawn::all_sizes;
use crate::support::TestSession;
use wording::tui::{JobResult, Overlay, Theme};

/// The sample on its first variant, with the editor open.
fn editing(experiment: &str) -> TestSession {
    let mut stage = TestSession::sample(experiment);
    stage.press("1 i");
    stage.screen(120, 36);
    stage
}

/// Put the cursor at the start of the first line of the body.
fn go_to_body(stage: &mut TestSession) {
    loop {
        let Some(Overlay::TextArea { text, .. }) = stage.model.view.overlays.last() else {
            panic!("no editor");
        };
        if text.cursor() == (3, 0) {
            break;
        }
        stage.press("down");
    }
}

fn is_shown(stage: &TestSession, text: &str) -> bool {
    let shown = stage.model.view.preview.shown.as_ref();
    let contains = |m: &wording::model::Message| m.content.contains(text);
    shown.is_some_and(|prompt| prompt.messages.iter().any(contains))
}

#[test]
fn the_prompt_of_the_row_follows_what_is_typed() {
    let mut stage = editing("sentiment");
    stage.press("ctrl-n");
    go_to_body(&mut stage);
    stage.type_text("Mind the irony. ");
    assert!(is_shown(&stage, "Mind the irony."));
    let row = stage.model.cursor.row;
    let id = stage.model.answers.table.as_ref().unwrap().row_id(row);
    for (width, height) in [(80, 24), (120, 36)] {
        let screen = stage.screen(width, height);
        assert_eq!(screen.matches("Mind the irony.").count(), 2, "{screen}");
        assert!(
            screen.contains(&format!("Prompt · {id} · 2 of 60")),
            "{screen}"
        );
    }
    all_sizes(&mut stage, "editor");
    // One key takes it away and brings it back.
    stage.press("ctrl-t");
    assert_eq!(stage.screen(80, 24).matches("Mind the irony.").count(), 1);
    stage.press("ctrl-t");
    assert_eq!(stage.screen(80, 24).matches("Mind the irony.").count(), 2);
    // Nothing was written.
    stage.press("esc y");
    assert!(stage.model.view.overlays.is_empty());
}

#[test]
fn while_the_text_is_broken_the_last_prompt_stays_and_says_so() {
    let mut stage = editing("sentiment");
    go_to_body(&mut stage);
    stage.type_text("{{ row.txt }}");
    let problem = stage.model.view.preview.problem.clone().unwrap();
    assert!(problem.text.contains("txt"), "{}", problem.text);
    assert!(stage.model.view.preview.shown.is_some());
    let screen = stage.screen(120, 36);
    assert!(screen.contains("Prompt before the error"), "{screen}");
    assert!(screen.contains("✗ "), "{screen}");
    all_sizes(&mut stage, "editor-broken");
    for _ in 0..5 {
        stage.press("backspace");
    }
    stage.type_text("ext }}");
    assert_eq!(stage.model.view.preview.problem, None);
    assert!(!stage.screen(120, 36).contains("before the error"));
}

#[test]
fn a_broken_template_can_be_opened_again_and_the_others_still_run() {
    let mut stage = TestSession::sample("sentiment");
    let all = stage.model.workspace.plan.as_ref().unwrap().variants.len();
    let file = stage.path("templates/sentiment/careful.j2");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("{{ row.text }}", "{{ row.text }")).unwrap();
    stage.act(JobResult::FilesChanged(vec![file]));
    let left = stage.model.workspace.plan.as_ref().unwrap().variants.len();
    assert_eq!(left, all - 1);
    // The plan is of the others, and says what is not sent.
    stage.press("r");
    let screen = stage.screen(120, 36);
    assert!(screen.contains("careful.j2:"), "{screen}");
    assert!(screen.contains("Not sent"), "{screen}");
    assert_eq!(
        stage.screen(80, 24).matches('✗').count(),
        1,
        "one sign for an error of two lines"
    );
    // The template selected is opened, and the broken one is in the list.
    stage.press("esc 1 home j i");
    let selected = stage.model.workspace.variant_names[1].clone();
    let Some(Overlay::TextArea { path, .. }) = stage.model.view.overlays.last() else {
        panic!("no editor: {:?}", stage.model.view.overlays.last());
    };
    assert!(path.ends_with(format!("{selected}.j2")), "{path:?}");
    stage.press("esc end");
    for (width, height) in [(120, 36), (80, 24)] {
        let screen = stage.screen(width, height);
        assert!(screen.contains("▸✗ careful.j2"), "{screen}");
        assert!(screen.contains("10 | {{ role(\"user\") }}"), "{screen}");
        assert!(screen.contains("s 6 of 6"), "{screen}");
    }
    stage.press("space");
    let toast = stage.model.view.toast.clone().unwrap();
    assert!(toast.text.contains("is broken"), "{}", toast.text);
    stage.press("i");
    let Some(Overlay::TextArea { path, text }) = stage.model.view.overlays.last() else {
        panic!("no editor: {:?}", stage.model.view.overlays.last());
    };
    assert!(path.ends_with("careful.j2"));
    assert!(text.lines()[text.cursor().0].contains("{{ row.text }"));
}

#[test]
fn chinese_lines_are_wrapped_between_characters() {
    let mut stage = editing("情感");
    go_to_body(&mut stage);
    stage.type_text(&"请判断这条评论的情感".repeat(8));
    all_sizes(&mut stage, "editor-chinese");
}

#[test]
fn without_colours_the_editor_has_the_focus_by_its_frame() {
    let mut stage = editing("sentiment");
    stage.model.view.theme = Theme::new(false);
    let screen = stage.screen(120, 36);
    assert!(screen.contains("╔ "), "{screen}");
    all_sizes(&mut stage, "editor-plain");
}

#[test]
fn the_template_is_one_key_away_where_there_is_room_for_one_pane() {
    let mut stage = TestSession::sample("sentiment");
    stage.press("1");
    let screen = stage.screen(80, 24);
    assert!(screen.contains("t template"), "{screen}");
    assert!(!screen.contains(".j2 · "), "{screen}");
    stage.press("t");
    let screen = stage.screen(80, 24);
    assert!(screen.contains(".j2 · e: edit"), "{screen}");
    stage.press("t");
    assert!(stage.screen(80, 24).contains("Prompt · "));
}
