//! A report as lines of a terminal: its width, colors and names, and sentences wrapped to them.

use super::{
    RunReport,
    text::{DIM, Paint, wrap},
};
use crate::display::{OutputWidth, visible};
use unicode_width::UnicodeWidthStr;

/// Parts of the report that are shown in full.
#[derive(Debug, Clone, Copy, Default)]
pub struct ReportDetails {
    /// Each label and the confusion matrices.
    pub labels: bool,
    /// Intervals and differences in each slice.
    pub slices: bool,
}

/// What all parts of the report are laid out for.
pub(super) struct RunPage<'a> {
    pub(super) report: &'a RunReport,
    pub(super) details: ReportDetails,
    pub(super) width: usize,
    /// Columns that tables may take.
    pub(super) table_width: usize,
    pub(super) paint: Paint,
    pub(super) names: Vec<String>,
}

impl RunPage<'_> {
    pub(super) fn new(
        report: &RunReport,
        details: ReportDetails,
        width: OutputWidth,
        color: bool,
    ) -> RunPage<'_> {
        RunPage {
            report,
            details,
            width: width.text,
            table_width: width.table,
            paint: Paint(color),
            names: (report.shown_names().iter())
                .map(|name| visible(name))
                .collect(),
        }
    }

    pub(super) fn wrapped(&self, text: &str) -> Vec<String> {
        wrap(&visible(text), self.width.saturating_sub(2))
            .lines()
            .map(|line| format!("  {line}"))
            .collect()
    }

    pub(super) fn wrapped_all(&self, sentences: &[String]) -> Vec<String> {
        sentences
            .iter()
            .flat_map(|text| self.wrapped(text))
            .collect()
    }

    pub(super) fn dim(&self, text: &str) -> String {
        self.paint.with(DIM, text)
    }

    pub(super) fn name(&self, v: usize) -> &str {
        self.names.get(v).map_or("", String::as_str)
    }

    pub(super) fn baseline(&self) -> &str {
        self.name(self.report.info.baseline)
    }

    /// Columns for the names of these variants.
    pub(super) fn name_width(&self, variants: impl Iterator<Item = usize>) -> usize {
        let widest = variants.map(|v| self.name(v).width()).max().unwrap_or(0);
        widest.clamp(7, self.width / 3)
    }
}
