//! Reports as JUnit XML, for CI systems: one test case per gate and one per required row.

use super::{DiffReport, GateResult, RunReport, WriteOptions, required::Required};
use crate::narrate::{reading::CUT_OUTPUT, verdict::not_compared};
use crate::outcome::{CellOutcome, Grid, RowChange, is_correct};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use std::{
    io::{self, Write},
    time::Duration,
};

/// Replaces the two characters that `quick_junit` lets through and XML does not allow.
fn xml_text(text: &str) -> String {
    text.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

fn test_case(class: &str, name: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(xml_text(name), status);
    case.set_classname(xml_text(class));
    case
}

fn non_success(kind: NonSuccessKind, message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(xml_text(message));
    status
}

/// A failure with its message, or a success.
fn status(failure: Option<String>) -> TestCaseStatus {
    failure.map_or_else(TestCaseStatus::success, |message| {
        non_success(NonSuccessKind::Failure, &message)
    })
}

fn serialize(out: &mut dyn Write, gates: &[GateResult], suites: Vec<TestSuite>) -> io::Result<()> {
    let mut report = Report::unnamed();
    if !gates.is_empty() {
        let mut suite = TestSuite::new("gates");
        suite.add_test_cases(gates.iter().map(|gate| {
            let failure = (!gate.holds).then(|| format!("does not hold: {}", gate.values));
            let class = format!("gates {}", gate.place);
            test_case(class.trim_end(), &gate.gate, status(failure))
        }));
        report.add_test_suite(suite);
    }
    report.add_test_suites(suites);
    report.serialize(out).map_err(io::Error::other)
}

/// The report of a run: required rows with every variant.
pub(super) fn run(
    out: &mut dyn Write,
    report: &RunReport,
    options: &WriteOptions,
) -> io::Result<()> {
    let info = &report.info;
    let suites = report.models.iter().map(|part| {
        let name = format!("{} {}", info.experiment, part.model);
        let mut suite = TestSuite::new(xml_text(&name));
        for (variant, finding) in info.variants.iter().zip(&part.analysis.variants) {
            if let Some(why) = not_compared(finding) {
                suite.add_property((xml_text(&variant.name), xml_text(&why)));
            }
        }
        for (v, variant) in info.variants.iter().enumerate() {
            for row in (0..info.rows).filter(|r| options.required.has(&info.heads.id(*r))) {
                let expected = info.heads.expected(row);
                let status = row_status(&part.grid, v, row, expected, options.no_outputs);
                let ms: f32 = (0..info.samples)
                    .map(|s| part.grid.cell(v, row, s).latency_ms)
                    .sum();
                let mut case = test_case(&variant.name, &info.heads.id(row), status);
                case.set_time(Duration::try_from_secs_f32(ms / 1e3).unwrap_or_default());
                suite.add_test_case(case);
            }
        }
        suite
    });
    serialize(out, &options.held, suites.collect())
}

/// `wrong`; with several samples or a graded score how much of it is correct.
fn score_words(outcome: CellOutcome, score: f64, correct: usize, samples: usize) -> String {
    match (samples, outcome) {
        (1, CellOutcome::PartlyCorrect) => format!("partly correct, score {score:.2}"),
        (1, outcome) => outcome.word().to_owned(),
        (n, outcome) => format!("{}, {correct} of {n} samples correct", outcome.word()),
    }
}

fn row_status(
    grid: &Grid,
    v: usize,
    row: usize,
    expected: Option<&str>,
    no_outputs: bool,
) -> TestCaseStatus {
    let summary = grid.summary(v, row);
    if let Some(kind) = summary.failure {
        return non_success(NonSuccessKind::Error, &kind.to_string());
    }
    if summary.scored() < grid.samples() {
        return TestCaseStatus::skipped();
    }
    if summary.is_correct() {
        return TestCaseStatus::success();
    }
    let of = score_words(
        summary.outcome(),
        summary.mean().unwrap_or(0.0),
        summary.correct,
        grid.samples(),
    );
    if no_outputs {
        return status(Some(of));
    }
    let wrong = (0..grid.samples())
        .map(|s| grid.cell(v, row, s))
        .find(|c| c.score.is_none_or(|s| !is_correct(s, grid.threshold())));
    let read = wrong
        .and_then(|c| grid.read_answer(c.answer?))
        .unwrap_or("nothing readable");
    let cut = wrong.filter(|c| c.truncated).map_or("", |_| CUT_OUTPUT);
    status(Some(format!(
        "expected {}, got {read} ({of}){cut}",
        expected.unwrap_or("–")
    )))
}

/// The report of a difference: rows named as required must be correct after; otherwise those that were correct before.
pub(super) fn diff(
    out: &mut dyn Write,
    report: &DiffReport,
    options: &WriteOptions,
) -> io::Result<()> {
    let mut suites = Vec::new();
    for pair in &report.pairs {
        for effect in &pair.effects {
            let mut cases: Vec<(&str, Option<String>)> = Vec::new();
            for row in &effect.rows {
                let after = &row.after;
                let failure = match &options.required {
                    Required::All => (row.change == RowChange::Broken).then(|| "broken".to_owned()),
                    Required::Some(_) => (after.outcome != CellOutcome::Correct)
                        .then(|| score_words(after.outcome, after.score, after.right, after.of)),
                };
                if options.required.has(&row.row_id) {
                    let first = |t: &super::RowOutcome| {
                        t.outputs.first().map_or("–".to_owned(), |o| o.0.clone())
                    };
                    let failure = failure.map(|why| {
                        if options.no_outputs {
                            why
                        } else {
                            format!(
                                "{why}: was {}, is {}",
                                first(&row.before),
                                first(&row.after)
                            )
                        }
                    });
                    cases.push((&row.row_id, failure));
                }
            }
            for row in &effect.same {
                if options.required.has(&row.row_id) {
                    let named = matches!(options.required, Required::Some(_));
                    let failure =
                        (named && !row.correct).then(|| "wrong before and after".to_owned());
                    cases.push((&row.row_id, failure));
                }
            }
            let name = format!(
                "{} → {} {}",
                pair.before.name, pair.after.name, effect.model
            );
            let mut suite = TestSuite::new(xml_text(&name));
            suite.add_test_cases(
                cases
                    .into_iter()
                    .map(|(id, failure)| test_case(&pair.after.name, id, status(failure))),
            );
            suites.push(suite);
        }
    }
    serialize(out, &options.held, suites)
}
