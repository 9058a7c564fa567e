//! Scores against cost and latency on a page: plots, and the variants that no other beats.

use super::page::{escape, percent};
use crate::{
    narrate::tradeoff::{expense_figure, expense_name, lacking},
    report::{RunReport, scatter::scatter},
};
use std::io::{self, Write};

pub(super) fn tradeoffs(out: &mut dyn Write, report: &RunReport) -> io::Result<()> {
    let tradeoffs = report.tradeoffs();
    if tradeoffs.all.is_empty() {
        return Ok(());
    }
    out.write_all(b"<h2>Score against cost and latency</h2>\n<p class=\"dim\">Each point is a variant with a model. Numbered ones are not beaten in both: no other has a higher score for the same or less. Scores are means, so neighbors may differ by chance; the tables above have the intervals.</p>\n")?;
    for tradeoff in &tradeoffs.all {
        let name = expense_name(tradeoff.expense);
        writeln!(
            out,
            "<h3>Score against {name}</h3>\n{}\n<div class=\"scroll\"><table><thead><tr><th scope=\"col\" class=\"n\">#</th><th scope=\"col\">variant</th><th scope=\"col\">model</th><th scope=\"col\" class=\"n\">score %</th><th scope=\"col\" class=\"n\">{name}</th></tr></thead><tbody>",
            scatter(report, &tradeoffs, tradeoff)
        )?;
        for (at, point) in tradeoff.front().enumerate() {
            let line = &tradeoffs.board.lines[point.line];
            writeln!(
                out,
                "<tr><td class=\"n\">{}</td><th scope=\"row\" class=\"v\">{}</th><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
                at + 1,
                escape(&report.shown_names()[line.variant]),
                escape(&report.models[line.model].model.to_string()),
                percent(point.score),
                expense_figure(tradeoff.expense, point.expense)
            )?;
        }
        out.write_all(b"</tbody></table></div>\n")?;
        if let Some(said) = lacking(tradeoff) {
            writeln!(out, "<p class=\"dim\">{said}</p>")?;
        }
    }
    Ok(())
}
