//! Reports as JUnit XML, for machines that count failures: a test case a gate, and a test case a row that is required.

use super::{DiffReport, GateResult, RunReport, WriteOptions, required::Required};
use crate::outcome::{CellOutcome, Grid, RowChange, is_correct};
use std::io::{self, Write};

/// Text for XML: what XML cannot hold is replaced.
fn escape(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '&' => "&amp;".into(),
            '<' => "&lt;".into(),
            '>' => "&gt;".into(),
            '"' => "&quot;".into(),
            '\n' => "&#10;".into(),
            '\t' => " ".into(),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => "\u{fffd}".into(),
            _ => c.to_string(),
        })
        .collect()
}

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";

fn gates(out: &mut dyn Write, held: &[GateResult]) -> io::Result<()> {
    if held.is_empty() {
        return Ok(());
    }
    let failures = held.iter().filter(|h| !h.holds).count();
    writeln!(
        out,
        "  <testsuite name=\"gates\" tests=\"{}\" failures=\"{failures}\" errors=\"0\" skipped=\"0\">",
        held.len()
    )?;
    for gate in held {
        write!(
            out,
            "    <testcase classname=\"gates{}\" name=\"{}\">",
            if gate.place.is_empty() {
                String::new()
            } else {
                format!(" {}", escape(&gate.place))
            },
            escape(&gate.gate)
        )?;
        if !gate.holds {
            write!(
                out,
                "<failure message=\"{}\"/>",
                escape(&format!("does not hold: {}", gate.values))
            )?;
        }
        out.write_all(b"</testcase>\n")?;
    }
    out.write_all(b"  </testsuite>\n")
}

/// What became of a required row.
enum Case {
    Correct,
    Wrong(String),
    Failed(String),
    Missing,
}

/// The report of a run: required rows with every variant.
pub(super) fn run(
    out: &mut dyn Write,
    report: &RunReport,
    options: &WriteOptions,
) -> io::Result<()> {
    out.write_all(HEAD.as_bytes())?;
    gates(out, &options.held)?;
    for part in &report.models {
        let rows: Vec<usize> = (0..report.info.rows)
            .filter(|r| options.required.has(&report.info.heads.id(*r)))
            .collect();
        let case = |v: usize, row: usize| {
            let expected = report.info.heads.expected(row);
            case(&part.grid, v, row, expected, options.no_outputs)
        };
        let (mut failures, mut errors, mut skipped) = (0, 0, 0);
        for v in 0..report.info.variants.len() {
            for row in &rows {
                match case(v, *row) {
                    Case::Correct => {}
                    Case::Wrong(_) => failures += 1,
                    Case::Failed(_) => errors += 1,
                    Case::Missing => skipped += 1,
                }
            }
        }
        writeln!(
            out,
            "  <testsuite name=\"{} {}\" tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\">",
            escape(&report.info.experiment),
            escape(&part.model.to_string()),
            rows.len() * report.info.variants.len()
        )?;
        for (v, variant) in report.info.variants.iter().enumerate() {
            for row in &rows {
                let inner = match case(v, *row) {
                    Case::Correct => String::new(),
                    Case::Wrong(text) => format!("<failure message=\"{}\"/>", escape(&text)),
                    Case::Failed(text) => format!("<error message=\"{}\"/>", escape(&text)),
                    Case::Missing => "<skipped/>".to_owned(),
                };
                let ms: f32 = (0..report.info.samples)
                    .map(|s| part.grid.cell(v, *row, s).latency_ms)
                    .sum();
                writeln!(
                    out,
                    "    <testcase classname=\"{}\" name=\"{}\" time=\"{:.3}\">{inner}</testcase>",
                    escape(&variant.name),
                    escape(&report.info.heads.id(*row)),
                    f64::from(ms) / 1e3
                )?;
            }
        }
        out.write_all(b"  </testsuite>\n")?;
    }
    out.write_all(b"</testsuites>\n")
}

/// `wrong`; with several samples or a graded score how much of it is correct.
fn score_words(outcome: CellOutcome, score: f64, correct: usize, samples: usize) -> String {
    match (samples, outcome) {
        (1, CellOutcome::PartlyCorrect) => format!("partly correct, score {score:.2}"),
        (1, outcome) => outcome.word().to_owned(),
        (n, outcome) => format!("{}, {correct} of {n} samples correct", outcome.word()),
    }
}

fn case(grid: &Grid, v: usize, row: usize, expected: Option<&str>, private: bool) -> Case {
    let summary = grid.summary(v, row);
    if let Some(kind) = summary.failure {
        return Case::Failed(kind.to_string());
    }
    if summary.scored() < grid.samples() {
        return Case::Missing;
    }
    if summary.is_correct() {
        return Case::Correct;
    }
    let of = score_words(
        summary.outcome(),
        summary.mean().unwrap_or(0.0),
        summary.correct,
        grid.samples(),
    );
    if private {
        return Case::Wrong(of);
    }
    let wrong = (0..grid.samples())
        .map(|s| grid.cell(v, row, s))
        .find(|c| {
            c.score
                .is_none_or(|s| !is_correct(f64::from(s), grid.threshold()))
        })
        .and_then(|c| grid.read_answer(c.answer?))
        .unwrap_or("nothing readable");
    Case::Wrong(format!(
        "expected {}, got {wrong} ({of})",
        expected.unwrap_or("–")
    ))
}

/// The report of a difference: rows that were named as required must be right after; else those that were right before.
pub(super) fn diff(
    out: &mut dyn Write,
    report: &DiffReport,
    options: &WriteOptions,
) -> io::Result<()> {
    out.write_all(HEAD.as_bytes())?;
    gates(out, &options.held)?;
    for pair in &report.pairs {
        for effect in &pair.effects {
            let mut cases: Vec<(&str, Option<String>)> = Vec::new();
            for row in &effect.rows {
                let after = &row.after;
                let failure = match &options.required {
                    Required::All => {
                        (row.change == RowChange::Broken).then(|| "was correct".to_owned())
                    }
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
            writeln!(
                out,
                "  <testsuite name=\"{} {}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"0\">",
                escape(&format!("{} → {}", pair.before.name, pair.after.name)),
                escape(&effect.model.to_string()),
                cases.len(),
                cases.iter().filter(|c| c.1.is_some()).count()
            )?;
            for (id, failure) in cases {
                let inner = failure.map_or(String::new(), |text| {
                    format!("<failure message=\"{}\"/>", escape(&text))
                });
                writeln!(
                    out,
                    "    <testcase classname=\"{}\" name=\"{}\">{inner}</testcase>",
                    escape(&pair.after.name),
                    escape(id)
                )?;
            }
            out.write_all(b"  </testsuite>\n")?;
        }
    }
    out.write_all(b"</testsuites>\n")
}
