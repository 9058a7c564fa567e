//! Reports as JUnit XML, for machines that count failures: a test case a gate, and a test case a row that is required.

use super::{
    DiffReport, GateResult, RowChange, RunReport, WriteOptions, mark::CellTally, required::Required,
};
use crate::model::{CellState, Grid};
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
    Right,
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
                    Case::Right => {}
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
                    Case::Right => String::new(),
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

fn case(grid: &Grid, v: usize, row: usize, expected: Option<&str>, private: bool) -> Case {
    let mark = CellTally::of(grid, v, row);
    let cells = || (0..grid.samples()).map(|s| grid.cell(v, row, s));
    if let Some(kind) = cells().find_map(|c| match c.state {
        CellState::Failed(kind) => Some(kind),
        _ => None,
    }) {
        return Case::Failed(kind.to_string());
    }
    if mark.answered() < grid.samples() {
        return Case::Missing;
    }
    if cells().all(|c| c.score.is_some_and(|s| s >= 1.0)) {
        return Case::Right;
    }
    let of = format!("right {} of {} times", mark.right, mark.answered());
    if private {
        return Case::Wrong(of);
    }
    let wrong = cells()
        .find(|c| c.score.is_none_or(|s| s < 1.0))
        .and_then(|c| c.answer)
        .map_or("nothing readable", |a| grid.answer_text(a));
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
                let right = row.after.of > 0 && row.after.right == row.after.of;
                let failure = match &options.required {
                    Required::All => {
                        (row.fate == RowChange::Broken).then(|| "was right".to_owned())
                    }
                    Required::Some(_) => (!right)
                        .then(|| format!("right {} of {} times", row.after.right, row.after.of)),
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
                        (named && !row.right).then(|| "wrong before and after".to_owned());
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
