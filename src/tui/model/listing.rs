//! The rows shown as a table in a file or in the clipboard. Pure.

use super::table::Table;
use crate::outcome::{Grid, MajorityAnswer};
use crate::report::spreadsheet_cell;

/// The top answer of a cell in words: `bug 3/5`.
pub(crate) fn words(cells: &Grid, variant: usize, row: usize) -> String {
    let sum = cells.summary(variant, row);
    let n = cells.samples();
    let what = match sum.majority {
        MajorityAnswer::Answer(answer) => cells.read_answer(answer).map_or_else(
            || format!("{:.2}", sum.score.unwrap_or_default()),
            str::to_owned,
        ),
        MajorityAnswer::Score(bits) => format!("{:.2}", f64::from_bits(bits)),
        MajorityAnswer::Unreadable => "(unreadable)".into(),
        MajorityAnswer::Refused => "(refused)".into(),
        MajorityAnswer::Nothing if sum.truncated > 0 => "(cut off)".into(),
        MajorityAnswer::Nothing => match sum.failure {
            Some(failure) => format!("({failure})"),
            None => return String::new(),
        },
    };
    if n > 1 && sum.majority_count > 0 {
        format!("{what} {}/{n}", sum.majority_count)
    } else {
        what
    }
}

/// The heads of the columns; with the model whose answers they are, where there are several.
fn heads(table: &Table, model: usize) -> Vec<String> {
    let model = table.models.get(model).filter(|_| table.models.len() > 1);
    let model = model.map_or(String::new(), |name| format!("@{name}"));
    let mut heads = vec!["row".into(), "input".into(), "expected".into()];
    heads.extend(table.names.iter().map(|name| format!("{name}{model}")));
    heads
}

fn line(cells: &Grid, table: &Table, row: usize) -> Vec<String> {
    let text = table.row(row);
    let mut line = vec![text.id, text.input, text.expected.unwrap_or_default()];
    line.extend((0..table.variants()).map(|v| words(cells, v, row)));
    line
}

/// As CSV; a cell that a spreadsheet would take for a formula is quoted.
pub(crate) fn csv(cells: &Grid, table: &Table, model: usize, rows: &[u32]) -> String {
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    // Writing into memory cannot fail.
    let _ = writer.write_record(heads(table, model).iter().map(|c| spreadsheet_cell(c)));
    for row in rows {
        let line = line(cells, table, *row as usize);
        let _ = writer.write_record(line.iter().map(|c| spreadsheet_cell(c)));
    }
    String::from_utf8_lossy(&writer.into_inner().unwrap_or_default()).into_owned()
}

pub(crate) fn markdown(cells: &Grid, table: &Table, model: usize, rows: &[u32]) -> String {
    let join = |line: &[String]| {
        let cells: Vec<String> = line
            .iter()
            .map(|c| {
                crate::display::one_line(c)
                    .replace('\\', "\\\\")
                    .replace('|', "\\|")
                    .replace('<', "&lt;")
            })
            .collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let heads = heads(table, model);
    let mut out = join(&heads);
    out += &format!("|{}\n", " --- |".repeat(heads.len()));
    for row in rows {
        out += &join(&line(cells, table, *row as usize));
    }
    out
}
