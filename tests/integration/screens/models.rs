//! Models side by side: which are shown, how their columns stand, and what their figures are about.

use super::{drawn::all_sizes, leaderboard::two_models};
use crate::support::{TestSession, record};
use std::sync::Arc;
use wording::{
    engine::{OfferedModel, RunEvent},
    model::{Price, TrialId},
    tui::{AnnotationRequest, ColumnGrouping, Effect, GridColumn, JobResult, Overlay, Theme},
};

/// Two models, both shown.
pub(super) fn side_by_side() -> TestSession {
    let mut stage = two_models();
    stage.press("M 2 enter");
    stage
}

fn shown(stage: &TestSession) -> Vec<usize> {
    stage.model.answers.columns.models.clone()
}

/// The columns in their order, as variant and model.
fn columns(stage: &TestSession) -> Vec<(usize, usize)> {
    let all = stage.model.answers.columns.all.iter();
    all.map(|column| (column.variant, column.model)).collect()
}

fn at(stage: &TestSession) -> (usize, usize) {
    (stage.model.cursor.variant, stage.model.cursor.model)
}

fn toast(stage: &TestSession) -> String {
    let toast = stage.model.view.toast.as_ref();
    toast.map_or(String::new(), |toast| toast.text.clone())
}

#[test]
fn one_model_stands_as_before_and_several_in_groups() {
    let mut stage = two_models();
    assert_eq!(shown(&stage), [0]);
    stage.press("M");
    all_sizes(&mut stage, "overlay-models");
    stage.press("2 enter");
    assert_eq!(shown(&stage), [0, 1]);
    all_sizes(&mut stage, "models-by-variant");
    stage.press("c");
    assert_eq!(stage.model.answers.columns.grouping, ColumnGrouping::Model);
    all_sizes(&mut stage, "models-by-model");
}

#[test]
fn models_are_shown_and_hidden_and_one_stays() {
    let mut stage = two_models();
    stage.press("c");
    assert!(
        toast(&stage).contains("M chooses more"),
        "one model has no groups"
    );
    stage.press("M space");
    assert_eq!(shown(&stage), [0]);
    assert_eq!(toast(&stage), "at least one model is shown");
    stage.press("j space");
    assert_eq!(shown(&stage), [0, 1]);
    stage.press("esc");
    assert_eq!(shown(&stage), [0], "Esc changes nothing");
    stage.press("M 2 1 enter");
    assert_eq!((shown(&stage), at(&stage).1), (vec![1], 1));
    stage.press("M 1 o enter");
    assert_eq!((shown(&stage), at(&stage).1), (vec![0], 0));
    // The next model takes the place of the only one.
    stage.press("a");
    assert_eq!((shown(&stage), at(&stage).1), (vec![1], 1));
}

#[test]
fn the_cursor_walks_through_variants_and_models() {
    let mut stage = side_by_side();
    stage.press("left left left");
    let all = columns(&stage);
    assert_eq!(all.len(), 14);
    assert_eq!(
        (all[0].0, all[1].0),
        (all[1].0, all[0].0),
        "the baseline twice"
    );
    assert_eq!(at(&stage), all[0]);
    stage.press("l");
    assert_eq!(at(&stage), all[1]);
    stage.press("l");
    assert_eq!(at(&stage), all[2]);
    // The other model of the same variant.
    stage.press("a");
    assert_eq!(at(&stage), all[3]);
    stage.press("c l");
    let by_model = columns(&stage);
    assert_eq!(by_model[..7].iter().filter(|c| c.1 == 0).count(), 7);
    // A click on a cell of the other model.
    stage.press("c");
    stage.screen(120, 36);
    let column = stage.model.view.measured.shown[3];
    let hit = wording::tui::Hit::Cell(2, column);
    stage.act(wording::tui::Action::Click(hit));
    assert_eq!(at(&stage), (column.variant, column.model));
}

#[test]
fn hidden_pinned_and_moved_variants_are_so_under_every_model() {
    let mut stage = side_by_side();
    let all = columns(&stage);
    let (variant, _) = all[4];
    stage.press("left left left left left left l l l l P");
    let pinned = columns(&stage);
    assert_eq!(pinned[2..4], [(variant, 0), (variant, 1)]);
    stage.press("H");
    assert!(columns(&stage).iter().all(|column| column.0 != variant));
    stage.press("V");
    assert_eq!(columns(&stage), all, "the models stay");
    // From the leaderboard to the column of a line.
    stage.press("M 1 enter t f");
    stage.type_text("icl opinion");
    stage.press("enter enter");
    let table = stage.model.answers.table.clone().unwrap();
    let here = stage.model.cursor.column();
    assert_eq!((table.short(here.variant), here.model), ("opinion", 0));
    assert_eq!(shown(&stage), [0], "in place of the only other one");
}

#[test]
fn figures_of_a_column_are_those_of_its_own_model() {
    let mut stage = side_by_side();
    let differences = |stage: &TestSession, m: usize| {
        let analysis = &stage.model.findings.analyses[&m];
        let of = |v: usize| {
            analysis.variants[v]
                .difference
                .as_ref()
                .map(|d| d.interval.value)
        };
        (0..7).map(of).collect::<Vec<_>>()
    };
    let screen = stage.screen(200, 60);
    assert!(screen.contains("own baseline"), "{screen}");
    assert_ne!(differences(&stage, 0), differences(&stage, 1));
    let GridColumn { variant, .. } = stage.model.answers.columns.all[2];
    for m in 0..2 {
        let value = differences(&stage, m)[variant].unwrap() * 100.0;
        let said = match format!("{value:+.1}") {
            said if said == "+0.0" || said == "-0.0" => "0.0".to_owned(),
            said => said,
        };
        assert!(screen.contains(&said), "{said}\n{screen}");
    }
}

#[test]
fn filters_are_about_the_model_under_the_cursor_and_stay_with_it() {
    let mut stage = side_by_side();
    stage.press("left left left left l f");
    stage.type_text("=wrong(plain)");
    stage.press("home enter");
    let rows = |stage: &TestSession| stage.model.answers.arrangement.rows.clone();
    let wrong = rows(&stage);
    let grids = stage.model.answers.grids.clone();
    let baseline = stage.model.answers.baseline;
    let is_wrong = |m: usize, row: u32| grids[m].summary(baseline, row as usize).score == Some(0.0);
    assert!(!wrong.is_empty() && wrong.iter().all(|row| is_wrong(1, *row)));
    assert!(!wrong.iter().all(|row| is_wrong(0, *row)));
    assert!(stage.screen(120, 36).contains("rows by echo"));
    stage.press("h");
    assert_eq!(
        (at(&stage).1, rows(&stage)),
        (0, wrong.clone()),
        "rows stay"
    );
    // The model of the filter is hidden: it is about the one that is left.
    stage.press("M 2 enter");
    assert!(rows(&stage).iter().all(|row| is_wrong(0, *row)));
}

#[test]
fn the_choice_is_kept_for_the_next_session() {
    let mut stage = side_by_side();
    stage.press("c l l l l l l l l");
    let saved = wording::tui::update(&mut stage.model, wording::tui::Action::Quit);
    let saved = saved.into_iter().find_map(|effect| match effect {
        Effect::Remember(saved) => Some(saved),
        _ => None,
    });
    let text = serde_json::to_string(&saved.unwrap()).unwrap();
    let saved = serde_json::from_str(&text).unwrap();
    let mut again = TestSession::reopen(stage, saved, "sentiment");
    let columns = &again.model.answers.columns;
    assert_eq!(
        (columns.models.as_slice(), columns.grouping),
        (&[0, 1][..], ColumnGrouping::Model)
    );
    assert_eq!(at(&again).1, 1);
    assert!(again.screen(120, 36).contains("demo/echo"));
}

/// The choice of models of the sample project, with a list of the stand-in and a service that is away.
fn choosing() -> TestSession {
    let service = (
        "wording.toml",
        "[experiment.sentiment]\n",
        "[endpoint.lab]\nbase_url = \"http://127.0.0.1:9/v1\"\n\n[experiment.sentiment]\n",
    );
    let models = (
        "wording.toml",
        "models = [\"demo/icl\"]\nbaseline = \"plain\"",
        "models = [\n    \"demo/icl\", # the stand-in\n]\nbaseline = \"plain\"",
    );
    let mut stage = TestSession::changed("sentiment", &[service, models]);
    stage.quiet = true;
    stage.press("M e");
    let asked: Vec<(String, u64)> = (stage.effects.iter())
        .filter_map(|effect| match effect {
            Effect::ListModels(endpoint, number) => Some((endpoint.clone(), *number)),
            _ => None,
        })
        .collect();
    let [(demo, number), (lab, _)] = asked.as_slice() else {
        panic!("each endpoint is asked once: {asked:?}");
    };
    assert!(stage.screen(120, 36).contains("lab: listing its models"));
    let offered = |name: &str, price: Option<f64>| OfferedModel {
        name: name.into(),
        context: Some(8_192),
        price: price.map(|input| Box::new(Price::flat(input, 4.0 * input))),
        ..OfferedModel::default()
    };
    let list = vec![offered("echo", None), offered("icl", Some(0.25))];
    let away = "cannot connect to http://127.0.0.1:9/v1: connection refused".to_owned();
    stage.act(JobResult::ModelsListed(*number, demo.clone(), Ok(list)));
    stage.act(JobResult::ModelsListed(*number, lab.clone(), Err(away)));
    stage
}

#[test]
fn models_of_the_experiment_are_added_and_written_on_yes() {
    let mut stage = choosing();
    all_sizes(&mut stage, "overlay-model-choice");
    let before = stage.workspace.read("wording.toml");
    stage.press("down space");
    // The endpoint that is away has a model too, whose name is typed.
    stage.type_text("lab/qwen-3");
    stage.press("tab enter");
    all_sizes(&mut stage, "overlay-model-write");
    stage.press("n");
    assert_eq!(stage.workspace.read("wording.toml"), before);
    stage.press("enter y");
    let wanted = before.replace(
        "    \"demo/icl\", # the stand-in\n",
        "    \"demo/icl\", # the stand-in\n    \"demo/echo\",\n    \"lab/qwen-3\",\n",
    );
    assert_eq!(stage.workspace.read("wording.toml"), wanted);
    // The session goes on with the models: all three, with dots.
    assert_eq!(shown(&stage), [0, 1, 2]);
    let screen = stage.screen(120, 36);
    assert!(
        screen.contains("3 of 3 models") && screen.contains("qwen-3"),
        "{screen}"
    );
    let estimate = stage.model.workspace.estimate.as_ref().unwrap();
    assert_eq!(estimate.to_send(), 3 * 420);
}

#[test]
fn a_model_is_replaced_and_none_is_refused() {
    let mut stage = choosing();
    stage.press("enter");
    assert_eq!(toast(&stage), "the experiment keeps its models");
    stage.press("e tab enter");
    assert!(toast(&stage).starts_with("an experiment needs a model"));
    stage.type_text("demo/echo");
    stage.press("tab enter y");
    let written = stage.workspace.read("wording.toml");
    assert!(
        written.contains("models = [\n    \"demo/echo\",\n]\n"),
        "{written}"
    );
    assert_eq!(stage.model.model_name().unwrap().to_string(), "demo/echo");
    assert!(!stage.screen(120, 36).contains("own baseline"), "one model");
}

#[test]
fn a_file_that_changed_meanwhile_is_left_alone() {
    let mut stage = choosing();
    stage.press("down tab enter");
    let changed = stage.workspace.read("wording.toml") + "# mine\n";
    stage.workspace.write("wording.toml", &changed);
    stage.press("y");
    assert_eq!(stage.workspace.read("wording.toml"), changed);
    let Some(Overlay::Message(said)) = stage.model.view.overlays.last() else {
        panic!("{}", stage.screen(120, 36));
    };
    assert!(said.contains("has changed since the preview; nothing was written"));
}

#[test]
fn a_late_list_and_a_run_change_nothing() {
    let mut stage = choosing();
    stage.press("esc");
    stage.act(JobResult::ModelsListed(999, "demo".into(), Ok(Vec::new())));
    stage.press("esc");
    stage.begin_run();
    stage.press("M e");
    assert_eq!(toast(&stage), "a run is in progress; x stops it");
    assert!(matches!(
        stage.model.view.overlays.last(),
        Some(Overlay::Models(_))
    ));
}

#[test]
fn the_baseline_is_rated_against_another_wording_of_the_same_model() {
    let mut stage = side_by_side();
    let baseline = stage.model.answers.baseline;
    for model in [0, 1] {
        (stage.model.cursor.variant, stage.model.cursor.model) = (baseline, model);
        stage.effects.clear();
        stage.press("J");
        let asked = stage.effects.iter().find_map(|effect| match effect {
            Effect::Annotate(AnnotationRequest::Rate {
                model, wordings, ..
            }) => Some((model.clone(), wordings.clone())),
            _ => None,
        });
        let table = stage.model.answers.table.as_ref().unwrap();
        let (served, [first, second]) = asked.unwrap();
        assert_eq!(served, table.models[model].to_string());
        assert_eq!(first, table.names[baseline]);
        assert_ne!(second, first);
        assert_eq!(at(&stage), (baseline, model), "the cursor stays");
    }
}

#[test]
fn without_colors_marks_and_lines_say_all() {
    let mut stage = side_by_side();
    stage.model.view.theme = Theme::new(false);
    all_sizes(&mut stage, "plain-models");
    stage.press("M");
    all_sizes(&mut stage, "plain-overlay-models");
}

#[test]
fn what_has_no_column_of_its_own_names_its_model() {
    let mut stage = side_by_side();
    stage.press("l enter");
    assert_eq!(at(&stage).1, 1);
    all_sizes(&mut stage, "models-inspector");
    let screen = stage.screen(120, 36);
    assert!(screen.contains(" · demo/echo · Tab"), "{screen}");
    stage.press("esc m");
    stage.press("end up enter");
    all_sizes(&mut stage, "models-tradeoff");
    stage.press("m end up up up enter");
    let screen = stage.screen(120, 36);
    assert!(screen.contains("careful · demo/echo: F1"), "{screen}");
    stage.press("m home down down enter");
    all_sizes(&mut stage, "models-map");
    stage.press("E");
    let screen = stage.screen(120, 36);
    assert!(screen.contains("answers of demo/echo"), "{screen}");
    let path = stage.path("rows.csv");
    stage.press("end up enter ctrl-u");
    stage.type_text(&path.display().to_string());
    stage.press("enter");
    let written = stage.workspace.read("rows.csv");
    assert!(written.starts_with("row,input,expected,"), "{written}");
    let heads = written.lines().next().unwrap();
    assert_eq!(heads.matches("@demo/echo").count(), 7, "{heads}");
    stage.press("3 o");
    let screen = stage.screen(120, 36);
    assert!(screen.contains("Changed rows · demo/echo"), "{screen}");
    assert_eq!(screen.matches(" · demo/echo ").count(), 2, "{screen}");
}

#[test]
fn during_a_run_the_cells_of_all_models_shown_fill_in() {
    let models = (
        "wording.toml",
        "models = [\"demo/icl\"]\nbaseline = \"plain\"",
        "models = [\"demo/icl\", \"demo/echo\"]\nbaseline = \"plain\"",
    );
    let mut stage = TestSession::changed("sentiment", &[models]);
    stage.press("M 2 enter");
    stage.begin_run();
    for model in 0..2 {
        for row in 0..6 {
            let right = (row + model) % 2 == 0;
            let mut record = record(
                (0, row, 0),
                "negative",
                Some("negative"),
                f64::from(u8::from(right)),
            );
            record.id.model = model;
            stage.event(RunEvent::TrialFinished(Arc::new(record)));
        }
    }
    let stream = TrialId {
        variant: 0,
        model: 1,
        row: 7,
        sample: 0,
    };
    stage.event(RunEvent::TrialStarted { id: stream });
    stage.event(RunEvent::Delta {
        id: stream,
        text: "It streams".into(),
    });
    let live = &stage.model.findings.live;
    let rows = |m: usize| live[&m].variant(0).and_then(|v| v.score).map(|s| s.value);
    assert_eq!((rows(0), rows(1)), (Some(0.5), Some(0.5)));
    stage.press("j j j j j j j");
    stage.model.cursor.variant = 0;
    let screen = stage.screen(120, 36);
    assert!(screen.contains("It streams"), "{screen}");
    assert!(screen.matches("negative").count() >= 12, "{screen}");
}

#[test]
fn a_variant_under_four_models_fits_into_80_columns() {
    let models = (
        "wording.toml",
        "models = [\"demo/icl\"]\nbaseline = \"plain\"",
        "models = [\"demo/icl\", \"demo/echo\", \"demo/judge\", \"demo/an-instruct-model-of-a-long-name\"]\nbaseline = \"plain\"",
    );
    let mut stage = TestSession::changed("sentiment", &[models]);
    stage.quiet = true;
    stage.press("M 2 3 4 enter");
    all_sizes(&mut stage, "models-four");
    stage.press("c");
    all_sizes(&mut stage, "models-four-by-model");
}

#[test]
fn a_bundle_chooses_what_is_shown_and_writes_nothing() {
    let mut stage = two_models();
    stage.model.workspace.is_bundle = true;
    stage.press("M 2");
    assert_eq!(shown(&stage), [0, 1]);
    stage.press("e");
    assert!(toast(&stage).starts_with("a bundle is read-only: "));
    assert!(
        !stage.screen(120, 36).contains("e change"),
        "the footer does not offer it"
    );
}

#[test]
fn the_palette_finds_models_by_name() {
    let mut stage = side_by_side();
    stage.press(":");
    stage.type_text("demo/echo");
    stage.press("enter");
    assert_eq!((at(&stage).1, shown(&stage)), (1, vec![0, 1]));
    stage.press(":");
    stage.type_text("side by side");
    stage.press("enter");
    assert!(matches!(
        stage.model.view.overlays.last(),
        Some(Overlay::Models(_))
    ));
}

#[test]
fn many_endpoints_without_a_list_leave_room_for_the_models() {
    let services: String = (0..9)
        .map(|i| format!("[endpoint.lab{i}]\nbase_url = \"http://127.0.0.1:9/v1\"\n\n"))
        .collect();
    let services = services + "[experiment.sentiment]\n";
    let change = (
        "wording.toml",
        "[experiment.sentiment]\n",
        services.as_str(),
    );
    let mut stage = TestSession::changed("sentiment", &[change]);
    stage.quiet = true;
    stage.press("M e");
    let screen = stage.screen(80, 24);
    assert!(
        screen.contains("4 more without a list") && screen.contains("■ demo/icl"),
        "{screen}"
    );
}
