//! Reports as CSV: a line a variant, or a line a changed row.

use super::{DiffReport, RunReport};
use crate::analysis::verdict_word;

/// A text for a cell: one that a spreadsheet would take for a formula gets an apostrophe before it.
pub fn cell(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

fn table(rows: Vec<Vec<String>>) -> String {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    for row in rows {
        // Writing into memory fails for nothing but unequal lengths, and all rows have the header's.
        let _ = writer.write_record(&row);
    }
    writer
        .into_inner()
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap_or_default()
}

/// The report of a run.
pub fn run(report: &RunReport) -> String {
    let head = [
        "model",
        "variant",
        "n",
        "score",
        "low",
        "high",
        "diff",
        "diff_low",
        "diff_high",
        "p",
        "p_adjusted",
        "fixed",
        "broken",
        "churn",
        "unreadable",
        "failed",
        "unscored",
        "verdict",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for part in &report.models {
        for (variant, f) in report.info.variants.iter().zip(&part.analysis.variants) {
            let mut row = vec![
                cell(&part.model.to_string()),
                cell(&variant.name),
                f.n.to_string(),
            ];
            match &f.score {
                Some(s) => row.extend([s.value, s.low, s.high].map(|x| x.to_string())),
                None => row.extend(vec![String::new(); 3]),
            }
            match &f.difference {
                Some(d) => {
                    row.extend(
                        [
                            d.interval.value,
                            d.interval.low,
                            d.interval.high,
                            d.p,
                            d.p_adjusted,
                        ]
                        .map(|x| x.to_string()),
                    );
                    row.extend([d.fixed, d.broken, d.churn].map(|x| x.to_string()));
                }
                None => row.extend(vec![String::new(); 8]),
            }
            row.extend([
                f.unreadable.to_string(),
                f.failed.to_string(),
                f.unscored.to_string(),
                verdict_word(&f.verdict).to_owned(),
            ]);
            rows.push(row);
        }
    }
    table(rows)
}

/// The rows of a difference.
pub fn diff(report: &DiffReport, outputs: bool) -> String {
    let mut rows = vec![
        [
            "model", "row_id", "fate", "input", "expected", "before", "after",
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    for effect in &report.effects {
        for row in &effect.rows {
            let shown = |text: &str| if outputs { cell(text) } else { String::new() };
            rows.push(vec![
                cell(&effect.model.to_string()),
                cell(&row.row_id),
                format!("{:?}", row.fate).to_lowercase(),
                shown(&row.input),
                shown(row.expected.as_deref().unwrap_or("")),
                shown(&row.before),
                shown(&row.after),
            ]);
        }
    }
    table(rows)
}

#[cfg(test)]
mod tests {
    #[test]
    fn formulas_are_disarmed() {
        assert_eq!(super::cell("=1+1"), "'=1+1");
        assert_eq!(super::cell("plain"), "plain");
    }
}
