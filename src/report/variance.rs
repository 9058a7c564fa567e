//! `wording report` in the terminal: the verdict first, then what it rests on.

use super::{
    ModelReport, RunReport,
    advice::HEADING,
    run_page::{ReportDetails, RunPage},
    text::{BOLD, foot, part_head, ratings, wrap},
};
use crate::{
    display::{OutputWidth, visible},
    narrate::summary,
};

/// The whole report of a run, one part per model.
pub fn variance_report(
    report: &RunReport,
    details: ReportDetails,
    width: OutputWidth,
    color: bool,
) -> String {
    let page = RunPage::new(report, details, width, color);
    let mut text: String = report.models.iter().map(|part| page.model(part)).collect();
    text += &ratings(report, width, &page.paint);
    let tradeoffs = report.tradeoff_sentences();
    if !tradeoffs.is_empty() {
        let title = page.paint.with(BOLD, "Score against cost and latency");
        text += &format!("{title}\n{}\n\n", page.wrapped_all(&tradeoffs).join("\n"));
    }
    if let Some(advice) = &report.advice {
        let advice = format!(
            "{HEADING}: {}. {} (wording advise {})",
            advice.verdict.as_str(),
            advice.because,
            report.info.experiment
        );
        text += &format!("{}\n", wrap(&visible(&advice), page.width));
    }
    text + &foot(report, page.width, &page.paint)
}

/// The figures of labels, slices and fields, in full.
pub fn breakdown_text(report: &RunReport, width: OutputWidth, color: bool) -> String {
    let details = ReportDetails {
        labels: true,
        slices: true,
    };
    let page = RunPage::new(report, details, width, color);
    let parts = report.models.iter().flat_map(|part| {
        [
            ("Labels", page.labels(part)),
            ("Slices", page.slices(part)),
            ("Fields", page.fields(part)),
            ("Calibration", page.calibration(part)),
        ]
    });
    parts
        .filter(|(_, lines)| !lines.is_empty())
        .map(|(title, lines)| format!("\n{}\n{}\n", page.paint.with(BOLD, title), lines.join("\n")))
        .collect()
}

impl RunPage<'_> {
    fn model(&self, part: &ModelReport) -> String {
        let found = &part.analysis;
        let head = wrap(&part_head(self.report, part), self.width);
        let headline = visible(&self.report.headline(part));
        let mut text = format!(
            "{}\n\n{}\n",
            self.paint.with(BOLD, &head),
            wrap(&headline, self.width)
        );
        let needs: Vec<String> = found.needs.iter().map(summary::unavailable).collect();
        for (title, lines) in [
            (
                match found.is_unscored() {
                    true => "Variants",
                    false => "Variants, best first",
                },
                self.variants(part),
            ),
            ("Expect", self.wrapped_all(&part.expectations(&self.names))),
            ("All metrics and the cost", self.metrics(part)),
            (
                "Judges and similarity",
                self.wrapped_all(&part.scoring_notes()),
            ),
            (
                "Effect of the scorer",
                self.wrapped_all(part.scorer_share().as_slice()),
            ),
            ("What each axis does", self.axes(part)),
            ("Where scores differ", self.shares(part)),
            ("Labels", self.labels(part)),
            ("Slices", self.slices(part)),
            ("Fields", self.fields(part)),
            ("Calibration", self.calibration(part)),
            ("Rows that depend most on the wording", self.fragile(part)),
            (
                "Rows that are wrong under every wording",
                self.hopeless(part),
            ),
            ("Next", self.wrapped_all(&self.report.next_steps(part))),
            ("Unknown", self.wrapped_all(&needs)),
        ] {
            if !lines.is_empty() {
                text += &format!("\n{}\n{}\n", self.paint.with(BOLD, title), lines.join("\n"));
            }
        }
        text.push('\n');
        text
    }
}
