//! Reports as CSV: one line per trial, or per changed row.

use super::{
    DiffReport, WriteError, WriteOptions,
    trial_table::{TrialField, TrialTable},
};
use std::io::Write;

/// A text for a cell; one that a spreadsheet would take for a formula gets a leading apostrophe.
pub fn cell(text: &str) -> String {
    if text.starts_with([
        '=', '+', '-', '@', '\t', '\r', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
    ]) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// The trials of a run, one per line, streamed.
pub(super) fn trials(out: &mut dyn Write, table: &TrialTable<'_>) -> Result<(), WriteError> {
    let mut writer = ::csv::Writer::from_writer(out);
    writer.write_record(table.columns.iter().map(|column| cell(&column.name)))?;
    let mut failed = None;
    table.each(&mut |record| {
        if failed.is_none() {
            let fields = table.columns.iter().map(|column| column.field(record));
            failed = writer.write_record(fields.map(shown)).err();
        }
    })?;
    match failed {
        Some(error) => Err(error.into()),
        None => Ok(writer.flush().map_err(::csv::Error::from)?),
    }
}

fn shown(field: TrialField) -> String {
    match field {
        TrialField::Text(text) => cell(&text.unwrap_or_default()),
        TrialField::Number(number) => number.map_or(String::new(), |x| x.to_string()),
        TrialField::Count(count) => count.map_or(String::new(), |n| n.to_string()),
        TrialField::Flag(flag) => flag.to_string(),
    }
}

/// The rows of a difference that changed.
pub(super) fn diff(
    out: &mut dyn Write,
    report: &DiffReport,
    options: &WriteOptions,
) -> Result<(), WriteError> {
    let mut writer = ::csv::Writer::from_writer(out);
    writer.write_record([
        "model",
        "before",
        "after",
        "row_id",
        "fate",
        "right_before",
        "answers_before",
        "right_after",
        "answers_after",
        "moves_on_repeats",
        "input",
        "expected",
        "output_before",
        "output_after",
    ])?;
    for pair in &report.pairs {
        for effect in &pair.effects {
            for row in &effect.rows {
                let shown = |text: Option<&str>| match text {
                    Some(text) if !options.no_outputs => cell(text),
                    _ => String::new(),
                };
                let first =
                    |told: &super::RowOutcome| told.outputs.first().map(|(text, _)| text.clone());
                writer.write_record([
                    cell(&effect.model.to_string()),
                    cell(&pair.before.name),
                    cell(&pair.after.name),
                    cell(&row.row_id),
                    row.change.as_str().to_owned(),
                    row.before.right.to_string(),
                    row.before.of.to_string(),
                    row.after.right.to_string(),
                    row.after.of.to_string(),
                    row.moves_on_repeats.to_string(),
                    shown(row.input.as_deref()),
                    shown(row.expected.as_deref()),
                    shown(first(&row.before).as_deref()),
                    shown(first(&row.after).as_deref()),
                ])?;
            }
        }
    }
    Ok(writer.flush().map_err(::csv::Error::from)?)
}

#[cfg(test)]
mod tests {
    #[test]
    fn formulas_are_disarmed() {
        assert_eq!(super::cell("=1+1"), "'=1+1");
        assert_eq!(super::cell("＝1"), "'＝1");
        assert_eq!(super::cell("plain"), "plain");
    }
}
