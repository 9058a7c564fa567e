//! Cells that are known stay as they are when a run starts, until the run brings something newer.

use crate::support::TestSession;
use wording::{
    engine::AnswerPlace,
    model::{Failure, FailureKind, TrialId},
    outcome::CellState,
    tui::{Job, JobResult},
};

fn id(variant: u32, row: u32) -> TrialId {
    TrialId {
        variant,
        model: 0,
        row,
        sample: 0,
    }
}

fn state(stage: &TestSession, variant: usize, row: usize) -> CellState {
    stage.model.cells().unwrap().cell(variant, row, 0).state
}

/// The run that a cell's answer is of.
fn run_of(stage: &TestSession, variant: u32, row: u32) -> Option<String> {
    let source = stage.model.answers.source.as_ref()?;
    match source.place(id(variant, row))? {
        AnswerPlace::Trial(run, _) => Some(run.0),
        AnswerPlace::Completion(..) => None,
    }
}

/// Rows of the grid as they are drawn, without what tells of the run.
fn rows(stage: &mut TestSession) -> Vec<String> {
    let screen = stage.screen(120, 36);
    let lines = screen.lines().filter(|line| line.contains('│'));
    lines.map(str::to_owned).collect()
}

/// What the store knows of the plan, as the session asks for it.
fn found(stage: &mut TestSession) -> Vec<JobResult> {
    let number = 1 + stage.model.jobs.pending.number;
    stage.model.jobs.pending.number = number;
    stage.model.jobs.pending.latest = Some(number);
    let plan = stage.model.workspace.plan.clone().unwrap();
    let mut results = Vec::new();
    let job = Job::CurrentAnswers(number, plan);
    let project = &stage.model.workspace.project;
    stage
        .desk
        .work(project, job, &mut |result| results.push(result));
    results
}

fn keep_run(stage: &TestSession) {
    stage.keep_run("r-0000000001", |variant, row| {
        let right = !(row + variant).is_multiple_of(3);
        let text = if right { "positive" } else { "negative" };
        (text.into(), f64::from(u8::from(right)))
    });
}

/// A session whose cells are all known from an earlier run.
fn answered() -> TestSession {
    let mut stage = TestSession::sample("sentiment");
    keep_run(&stage);
    for result in found(&mut stage) {
        stage.act(result);
    }
    stage
}

#[test]
fn a_run_that_starts_blanks_no_cell_that_is_known() {
    let mut stage = answered();
    // Outputs below the grid are read once the screen was drawn.
    rows(&mut stage);
    stage.press("j k");
    let before = rows(&mut stage);
    let analysis = stage.model.analysis().is_some();
    stage.begin_run();
    assert!(analysis && stage.model.analysis().is_some());
    let grid = stage.model.cells().unwrap();
    let totals = grid.totals(0).answered;
    assert_eq!(totals as usize, grid.rows());
    // What the grid says of rows is what it said; only the lines above it tell of the run.
    let during = rows(&mut stage);
    let signs = |lines: &[String]| -> Vec<String> {
        let rows = lines.iter().filter(|line| line.contains('≠'));
        rows.cloned().collect()
    };
    assert_eq!(signs(&before), signs(&during));
    // The output of a cell that is known can still be read.
    assert_eq!(run_of(&stage, 0, 0).as_deref(), Some("r-0000000001"));
    let place = stage.model.trial(0, 0);
    assert!(stage.model.answers.outputs.get(place).is_some());
}

#[test]
fn a_newer_outcome_takes_the_place_of_a_known_one_unless_the_call_failed() {
    let mut stage = answered();
    stage.begin_run();
    let mean = |stage: &TestSession| {
        let live = &stage.model.findings.live[&0];
        live.variant(0).unwrap().score.unwrap().value
    };
    let (row, rows) = (1, stage.model.cells().unwrap().rows() as f64);
    assert_eq!(stage.model.cells().unwrap().score(0, row, 0), Some(1.0));
    let before = mean(&stage);
    stage.answer((0, row as u32, 0), "negative", Some("negative"), 0.0);
    assert_eq!(stage.model.cells().unwrap().score(0, row, 0), Some(0.0));
    assert!((before - mean(&stage) - 1.0 / rows).abs() < 1e-9);
    assert_eq!(
        run_of(&stage, 0, row as u32).as_deref(),
        Some("r-0123456789")
    );
    let failure = Failure {
        kind: FailureKind::Timeout,
        status: None,
        message: "no answer".into(),
        trace: Default::default(),
    };
    stage.fail((0, 2, 0), failure);
    assert_eq!(state(&stage, 0, 2), CellState::Scored);
    assert_eq!(run_of(&stage, 0, 2).as_deref(), Some("r-0000000001"));
    stage.end_run(None);
    assert_eq!(
        run_of(&stage, 0, row as u32).as_deref(),
        Some("r-0123456789")
    );
    assert_eq!(run_of(&stage, 0, 3).as_deref(), Some("r-0000000001"));
}

#[test]
fn answers_that_are_found_after_a_run_began_fill_the_cells_it_has_not_come_to() {
    let mut stage = TestSession::sample("sentiment");
    keep_run(&stage);
    let found = found(&mut stage);
    assert_eq!(state(&stage, 0, 1), CellState::Pending);
    stage.begin_run();
    stage.answer((0, 1, 0), "negative", Some("negative"), 0.0);
    for result in found {
        stage.act(result);
    }
    assert_eq!(stage.model.cells().unwrap().score(0, 1, 0), Some(0.0));
    assert_eq!(run_of(&stage, 0, 1).as_deref(), Some("r-0123456789"));
    assert_eq!(state(&stage, 0, 2), CellState::Scored);
    assert_eq!(run_of(&stage, 0, 2).as_deref(), Some("r-0000000001"));
}
