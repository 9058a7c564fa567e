//! A new experiment inside the session: its dataset, columns and model are chosen, its files shown, written and opened.

use super::drawn::all_sizes;
use crate::support::{TestSession, Workspace};
use wording::{
    engine::OfferedModel,
    tui::{DraftField, Effect, JobResult, Overlay, SavedViewState, Screen, Theme},
};

const MAILS: &str = "id,subject,team\n1,It broke,repair\n2,Where is it,shipping\n3,A crack,repair\n4,Still waiting,shipping\n";

/// The sample project with a table of mails.
fn stage() -> TestSession {
    let place = Workspace::sample();
    place.write("datasets/mails.csv", MAILS);
    let mut stage = TestSession::open(place, "sentiment");
    stage.quiet = true;
    stage
}

fn field(stage: &TestSession) -> Option<DraftField> {
    match stage.model.view.overlays.last() {
        Some(Overlay::NewExperiment(form)) => Some(form.field()),
        _ => None,
    }
}

fn toast(stage: &TestSession) -> String {
    let toast = stage.model.view.toast.as_ref();
    toast.map_or(String::new(), |toast| toast.text.clone())
}

/// What a message on top says.
fn message(stage: &TestSession) -> String {
    match stage.model.view.overlays.last() {
        Some(Overlay::Message(said)) => said.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_dataset_becomes_an_experiment_that_is_opened() {
    let mut stage = stage();
    let before = stage.workspace.read("wording.toml");
    for other in ["labels/sentiment.jsonl", "ratings/sentiment.jsonl"] {
        stage.workspace.write(other, "{}\n");
    }
    stage.press("ctrl-n");
    all_sizes(&mut stage, "new-experiment-dataset");
    let listed = stage.screen(120, 36);
    assert!(listed.contains("datasets/mails.csv"), "{listed}");
    assert!(
        !listed.contains("labels/") && !listed.contains("ratings/"),
        "journals are not datasets: {listed}"
    );
    stage.type_text("mails");
    stage.press("enter");
    assert_eq!(field(&stage), Some(DraftField::Name));
    stage.press("enter");
    all_sizes(&mut stage, "new-experiment-answer");
    // The likely column, the first template, a model that its endpoint lists.
    stage.press("enter enter");
    let asked = stage.effects.iter().find_map(|effect| match effect {
        Effect::ListModels(endpoint, number) => Some((endpoint.clone(), *number)),
        _ => None,
    });
    let (endpoint, number) = asked.expect("the endpoint is asked");
    let echo = OfferedModel {
        name: "echo".into(),
        context: Some(8_192),
        ..OfferedModel::default()
    };
    stage.act(JobResult::ModelsListed(number, endpoint, Ok(vec![echo])));
    stage.press("down");
    all_sizes(&mut stage, "new-experiment-model");
    stage.press("enter");
    all_sizes(&mut stage, "new-experiment-files");
    assert_eq!(
        stage.workspace.read("wording.toml"),
        before,
        "nothing is written yet"
    );
    stage.press("y");
    let after = stage.workspace.read("wording.toml");
    let added = after.strip_prefix(before.trim_end()).unwrap();
    for line in [
        "[experiment.mails]",
        "dataset = \"datasets/mails.csv\"",
        "answer = \"team\"",
        "models = [\"demo/echo\"]",
        "labels = [\"repair\", \"shipping\"]",
    ] {
        assert!(added.lines().any(|l| l == line), "{line}\n{added}");
    }
    assert_eq!(stage.model.spec().name, "mails");
    assert_eq!(stage.model.view.screen, Screen::Edit);
    assert!(toast(&stage).starts_with("wrote "), "{}", toast(&stage));
    let screen = stage.screen(120, 36);
    assert!(
        screen.contains("It broke") && screen.contains("first"),
        "{screen}"
    );
    let estimate = stage.model.workspace.estimate.as_ref().unwrap();
    assert_eq!(estimate.to_send(), 8, "two instructions on four rows");
}

#[test]
fn nothing_is_written_over() {
    let mut stage = stage();
    stage.workspace.write("templates/mails/first.j2", "mine");
    let before = stage.workspace.read("wording.toml");
    stage.press("ctrl-n");
    stage.type_text("mails.csv");
    stage.press("enter ctrl-u");
    stage.type_text("sentiment");
    stage.press("enter");
    assert_eq!(toast(&stage), "there is an experiment `sentiment` already");
    stage.press("ctrl-u");
    stage.type_text("mails");
    stage.press("enter enter enter enter");
    let said = message(&stage);
    assert!(
        said.ends_with("first.j2 exists already; choose another name"),
        "{said}"
    );
    // Back to the template, by another name.
    stage.press("esc esc ctrl-u");
    stage.type_text("../evil");
    stage.press("enter");
    assert!(
        toast(&stage).starts_with("use letters"),
        "{}",
        toast(&stage)
    );
    stage.press("ctrl-u");
    stage.type_text("plain");
    stage.press("enter enter n");
    assert_eq!(field(&stage), Some(DraftField::Model), "no leads back");
    assert_eq!(stage.workspace.read("wording.toml"), before);
    stage.press("enter");
    // The project file changes while the question stands.
    stage
        .workspace
        .write("wording.toml", &(before.clone() + "# mine\n"));
    stage.press("y");
    let said = message(&stage);
    assert!(
        said.contains("has changed since the preview; nothing was written"),
        "{said}"
    );
    assert!(
        !stage.path("templates/mails/plain.j2").exists(),
        "a template alone"
    );
    assert_eq!(stage.workspace.read("templates/mails/first.j2"), "mine");
}

#[test]
fn a_dataset_that_cannot_be_read_says_where_and_stays() {
    let mut stage = stage();
    stage
        .workspace
        .write("datasets/torn.jsonl", "{\"a\": 1}\n{\"a\": \n");
    stage.press("ctrl-n");
    stage.type_text("torn");
    stage.press("enter");
    assert_eq!(field(&stage), Some(DraftField::Dataset));
    let screen = stage.screen(80, 24);
    assert!(
        screen.contains("not JSON: EOF") && screen.contains("torn.jsonl:2:1"),
        "{screen}"
    );
    stage.press("ctrl-u");
    stage.type_text("nowhere.csv");
    stage.press("enter");
    let screen = stage.screen(120, 36);
    assert!(screen.contains("cannot read the dataset"), "{screen}");
    stage.press("esc");
    assert!(stage.model.view.overlays.is_empty());
}

#[test]
fn answers_may_come_later_and_an_endpoint_may_be_missing() {
    let mut stage = stage();
    stage
        .workspace
        .write("letters.txt", "It broke.\nWhere is it?\n");
    stage.press("ctrl-n");
    stage.type_text("letters.txt");
    stage.press("enter enter");
    stage.type_text("repair, shipping");
    stage.press("enter enter");
    stage.type_text("lab/small");
    let screen = stage.screen(120, 36);
    assert!(
        screen.contains("demo/lab/small") && !screen.contains("openai"),
        "{screen}"
    );
    stage.press("ctrl-u");
    stage.type_text("openai/gpt-4o-mini");
    let screen = stage.screen(120, 36);
    assert!(screen.contains("v1, $OPENAI_API_KEY"), "{screen}");
    stage.press("enter y");
    let after = stage.workspace.read("wording.toml");
    assert!(
        after.contains("[endpoint.openai]\nbase_url = \"https://api.openai.com/v1\"\napi_key_env = \"OPENAI_API_KEY\"\n"),
        "{after}"
    );
    assert!(
        after.contains("labels = [\"repair\", \"shipping\"]"),
        "{after}"
    );
    assert_eq!(stage.model.spec().name, "letters");
    assert!(stage.model.spec().answer.is_none());
}

#[test]
fn a_project_without_experiments_begins_with_one() {
    let place = Workspace::empty();
    place.write(
        "wording.toml",
        "[endpoint.lab]\nbase_url = \"http://127.0.0.1:9/v1\"\n",
    );
    let mut stage = TestSession::open(place, "");
    stage.quiet = true;
    all_sizes(&mut stage, "new-experiment-first");
    // Three files: rows to write over, a template, the project.
    stage.press("enter enter enter enter enter");
    let screen = stage.screen(80, 24);
    assert!(
        screen.contains("wording.toml · added at the end"),
        "{screen}"
    );
    stage.press("y");
    assert_eq!(stage.model.spec().name, "first");
    for file in ["templates/first/first.j2", "datasets/first.jsonl"] {
        assert!(stage.path(file).is_file(), "{file}");
    }
    assert!(stage.screen(80, 24).contains("The parcel never came."));
    // It was left without one: the screen says how to go on.
    stage.workspace.write("wording.toml", "");
    let mut stage = TestSession::reopen(stage, SavedViewState::default(), "");
    stage.press("esc");
    all_sizes(&mut stage, "no-experiment");
    stage.press("r");
    assert!(stage.model.run.progress.is_none());
}

#[test]
fn during_a_run_and_in_bundles_there_is_none() {
    let mut stage = stage();
    stage.begin_run();
    stage.press("ctrl-n");
    assert_eq!(toast(&stage), "a run is in progress; x stops it");
    let mut stage = self::stage();
    stage.model.workspace.is_bundle = true;
    stage.press("ctrl-n");
    assert!(toast(&stage).starts_with("a bundle is read-only: "));
}

#[test]
fn hostile_names_of_columns_stay_text() {
    let mut stage = stage();
    stage.workspace.write(
        "datasets/odd.jsonl",
        "{\"\\u001b[31mred\": \"x\", \"b\\\"}}{% raw %}\": \"y\", \"label\": \"a\\u001b]0;t\\u0007\"}\n",
    );
    stage.model.view.theme = Theme::new(false);
    stage.press("ctrl-n");
    stage.type_text("odd");
    stage.press("enter enter");
    let screen = stage.screen(80, 24);
    assert!(
        !screen.contains('\u{1b}') && screen.contains("[31mred"),
        "{screen}"
    );
    stage.press("enter enter enter y");
    assert_eq!(stage.model.spec().name, "odd");
    let screen = stage.screen(80, 24);
    assert!(
        !screen.contains('\u{1b}') && screen.contains("% raw %"),
        "{screen}"
    );
}
