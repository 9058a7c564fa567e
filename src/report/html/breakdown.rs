//! Figures of labels, slices and fields as tables of a page.

use super::page::escape;
use crate::report::{
    ModelReport, RunReport,
    breakdown_tables::{TableNames, all_tables},
    figure_table::FigureTable,
};
use std::io::{self, Write};

pub(super) fn breakdown(
    out: &mut dyn Write,
    report: &RunReport,
    part: &ModelReport,
) -> io::Result<()> {
    let names = TableNames {
        variants: report.shown_names(),
        baseline: report.info.baseline,
    };
    for table in all_tables(part, &names) {
        write_table(out, &table)?;
    }
    Ok(())
}

pub(super) fn write_table(out: &mut dyn Write, table: &FigureTable) -> io::Result<()> {
    write!(
        out,
        "<h3>{0}</h3>\n<div class=\"scroll\"><table data-sort><caption>{1}</caption>\n<thead><tr>",
        escape(&table.title),
        escape(&table.notes.join(" "))
    )?;
    let class = |i: usize| if i < table.texts { "" } else { " class=\"n\"" };
    for (i, head) in table.head.iter().enumerate() {
        write!(out, "<th scope=\"col\"{}>{}</th>", class(i), escape(head))?;
    }
    out.write_all(b"</tr></thead><tbody>\n")?;
    for row in &table.rows {
        out.write_all(b"<tr>")?;
        for (i, cell) in row.iter().enumerate() {
            let cell = escape(cell);
            if i == 0 {
                write!(out, "<th scope=\"row\">{cell}</th>")?;
            } else {
                write!(out, "<td{}>{cell}</td>", class(i))?;
            }
        }
        out.write_all(b"</tr>\n")?;
    }
    out.write_all(b"</tbody></table></div>\n")
}
