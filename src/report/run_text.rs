//! What `wording run` prints at its end.

use super::{
    RunReport,
    text::{BOLD, Paint, foot, part_head, ratings, wrap},
    variants_table::variants_table,
};
use crate::{
    display::{OutputWidth, visible},
    narrate::summary,
};

/// The summary of a run: for each model a table and the result in words.
pub fn summary(report: &RunReport, width: OutputWidth, color: bool) -> String {
    let paint = Paint(color);
    let mut text = String::new();
    for part in &report.models {
        text += &format!("{}\n", paint.with(BOLD, &part_head(report, part)));
        text += &variants_table(report, part, width, &paint);
        let mut lines = vec![report.headline(part)];
        if part.policy.is_none() {
            lines.extend(summary::expected_score(
                &part.analysis,
                report.shown_names(),
            ));
        }
        lines.extend(part.scoring_notes());
        if report.info.is_scored_only() {
            lines.extend(report.row_counts(part));
        }
        text.push('\n');
        for line in lines {
            text += &format!("{}\n", wrap(&visible(&line), width.text));
        }
    }
    text += &ratings(report, width, &paint);
    text + &foot(report, width.text, &paint)
}
