//! Other wordings: asked for, looked through, written into the front matter, or not.

use super::drawn::all_sizes;
use crate::support::TestSession;
use wording::{
    template::Template,
    tui::{Effect, JobResult, Overlay, ParaphraseOffer},
};

const FILE: &str = "templates/axes/sentiment.j2";

/// The Edit screen on a template with axes, on twelve rows.
fn stage() -> TestSession {
    let rows = "[experiment.axes]\nrows = 12\n";
    let mut stage = TestSession::changed("axes", &[("wording.toml", "[experiment.axes]\n", rows)]);
    stage.quiet = true;
    stage.press("1");
    stage
}

/// Choose the instruction, and answer for the model.
fn offered(stage: &mut TestSession) {
    stage.press("w enter");
    let Some(Effect::Paraphrase(spec, number)) = stage.effects.last().cloned() else {
        panic!("nobody is asked: {:?}", stage.effects);
    };
    assert_eq!(
        (spec.axis.as_str(), spec.level.as_str()),
        ("instruction", "classify")
    );
    assert_eq!(spec.labels, ["positive", "negative"]);
    let offer = ParaphraseOffer {
        template: Template::read(&spec.path).unwrap(),
        text: "Classify the sentiment of the review. Answer with one word: positive or negative."
            .into(),
        wordings: [
            "Judge the sentiment of the review. Answer with one word: positive or negative.",
            "Is the review positive or negative? One word \u{1b}[31mis enough.",
            "Read the review and say in one word whether it is positive or negative.",
        ]
        .map(|text| (text.to_owned(), false))
        .to_vec(),
        rejected: vec![(
            "Is it good or bad?".into(),
            "lost the word “positive”".into(),
        )],
    };
    stage.act(JobResult::ParaphrasesReady(number, Box::new(Ok(offer))));
}

#[test]
fn each_is_accepted_or_left_by_eye_and_the_rest_of_the_file_stays() {
    let mut stage = stage();
    let before = std::fs::read_to_string(stage.path(FILE)).unwrap();
    let variants = stage.model.workspace.plan.as_ref().unwrap().variants.len();
    stage.press("w");
    all_sizes(&mut stage, "overlay-reword-which");
    stage.press("enter");
    all_sizes(&mut stage, "overlay-reword-asking");
    stage.press("esc");
    offered(&mut stage);
    all_sizes(&mut stage, "overlay-reword");
    assert_eq!(std::fs::read_to_string(stage.path(FILE)).unwrap(), before);
    // None is accepted by itself.
    stage.press("enter");
    assert!(stage.model.view.toast.as_ref().unwrap().bad);
    stage.press("space down space space down space enter");
    let after = std::fs::read_to_string(stage.path(FILE)).unwrap();
    let new: Vec<&str> = after.lines().filter(|l| !before.contains(*l)).collect();
    assert_eq!(
        new,
        [
            "  { name = \"reworded-1\", text = \"Judge the sentiment of the review. Answer with one word: positive or negative.\" },",
            "  { name = \"reworded-2\", text = \"Read the review and say in one word whether it is positive or negative.\" },",
        ]
    );
    let old: Vec<&str> = after.lines().filter(|l| before.contains(*l)).collect();
    assert_eq!(old, before.lines().collect::<Vec<_>>());
    // It is rendered at once, and nothing is sent.
    assert!(stage.model.view.overlays.is_empty() && !stage.model.is_running());
    assert_eq!(
        stage.model.workspace.plan.as_ref().unwrap().variants.len(),
        variants * 2
    );
    let told = stage.model.view.toast.clone().unwrap().text;
    assert!(told.contains("sentiment.j2"), "{told}");
}

#[test]
fn an_answer_that_nobody_waits_for_any_more_changes_nothing() {
    let mut stage = stage();
    stage.press("w enter esc");
    let Some(Effect::Paraphrase(_, number)) = stage.effects.last().cloned() else {
        panic!("nobody is asked");
    };
    let failed = Box::new(Err("no answer".to_owned()));
    stage.act(JobResult::ParaphrasesReady(number, failed.clone()));
    assert!(stage.model.view.overlays.is_empty());
    // Who waits is told what went wrong.
    stage.press("w enter");
    let Some(Effect::Paraphrase(_, number)) = stage.effects.last().cloned() else {
        panic!("nobody is asked");
    };
    stage.act(JobResult::ParaphrasesReady(number, failed));
    assert!(stage.screen(120, 36).contains("no answer"));
}

#[test]
fn a_file_that_changed_meanwhile_is_left_alone() {
    let mut stage = stage();
    offered(&mut stage);
    let other = std::fs::read_to_string(stage.path(FILE)).unwrap() + "\n";
    std::fs::write(stage.path(FILE), &other).unwrap();
    stage.press("space enter");
    let Some(Overlay::Message(said)) = stage.model.view.overlays.last() else {
        panic!("{:?}", stage.model.view.overlays);
    };
    assert!(said.contains("sentiment.j2"), "{said}");
    assert_eq!(std::fs::read_to_string(stage.path(FILE)).unwrap(), other);
}

#[test]
fn a_template_without_an_axis_says_how_to_write_one() {
    let mut stage = TestSession::sample("sentiment");
    stage.quiet = true;
    stage.press("1 w");
    let told = stage.model.view.toast.clone().unwrap();
    assert!(told.bad && told.text.contains("[axes] ask = ["), "{told:?}");
    assert!(stage.effects.is_empty());
}
