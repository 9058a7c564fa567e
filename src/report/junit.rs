//! Reports as JUnit XML: a test case a variant and row, for machines that count failures.

use super::{DiffReport, Fate, RunReport};
use crate::model::CellState;

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

/// The report of a run.
pub fn run(report: &RunReport) -> String {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for part in &report.models {
        let (mut cases, mut tests, mut failures, mut errors, mut skipped) =
            (String::new(), 0, 0, 0, 0);
        for (v, variant) in report.info.variants.iter().enumerate() {
            for row in 0..report.info.rows {
                let id = report.info.heads.id(row);
                tests += 1;
                let cell = part.grid.cell(v, row, 0);
                let answer = cell
                    .answer
                    .map_or("(nothing readable)", |a| part.grid.answer_text(a));
                let expected = report.info.heads.expected(row).unwrap_or("–");
                let inner = match cell.state {
                    CellState::Failed(kind) => {
                        errors += 1;
                        format!("<error message=\"{}\"/>", escape(&kind.to_string()))
                    }
                    CellState::Unscored => {
                        errors += 1;
                        "<error message=\"the answer has no score\"/>".to_owned()
                    }
                    CellState::Pending | CellState::Running => {
                        skipped += 1;
                        "<skipped/>".to_owned()
                    }
                    _ if cell.score.is_some_and(|s| s < 1.0) => {
                        failures += 1;
                        format!(
                            "<failure message=\"expected {}, got {}\"/>",
                            escape(expected),
                            escape(answer)
                        )
                    }
                    _ => String::new(),
                };
                cases += &format!(
                    "    <testcase classname=\"{}\" name=\"{}\" time=\"{:.3}\">{inner}</testcase>\n",
                    escape(&variant.name),
                    escape(&id),
                    f64::from(cell.latency_ms) / 1e3
                );
            }
        }
        text += &format!(
            "  <testsuite name=\"{} {}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\">\n{cases}  </testsuite>\n",
            escape(&report.info.experiment),
            escape(&part.model.to_string())
        );
    }
    text + "</testsuites>\n"
}

/// The report of a difference: rows that broke are failures.
pub fn diff(report: &DiffReport) -> String {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for effect in &report.effects {
        let broken = effect.count(Fate::Broken);
        text += &format!(
            "  <testsuite name=\"{} {}\" tests=\"{}\" failures=\"{broken}\">\n",
            escape(&report.title),
            escape(&effect.model.to_string()),
            effect.rows.len()
        );
        for row in &effect.rows {
            let inner = if row.fate == Fate::Broken {
                format!(
                    "<failure message=\"was {}, is {}\"/>",
                    escape(&row.before),
                    escape(&row.after)
                )
            } else {
                String::new()
            };
            text += &format!(
                "    <testcase classname=\"{}\" name=\"{}\">{inner}</testcase>\n",
                escape(&report.after.variant),
                escape(&row.row_id)
            );
        }
        text += "  </testsuite>\n";
    }
    text + "</testsuites>\n"
}
