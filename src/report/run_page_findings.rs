//! What scores depend on, in the terminal: axes, shares of variance, and the rows with most of it.

use super::{
    ModelReport,
    plot::bar,
    run_page::RunPage,
    text::{DIM, GOOD, UNSURE, wrap},
};
use crate::{
    display::{fit, pad, visible},
    narrate::summary::{self, AxisStrength},
};
use unicode_width::UnicodeWidthStr;

/// Rows in a list.
const ROWS: usize = 6;

impl RunPage<'_> {
    pub(super) fn axes(&self, part: &ModelReport) -> Vec<String> {
        let effects = &part.analysis.effects;
        let names = effects.axes.iter().map(|a| a.name.width());
        let widest = names.max().unwrap_or(0).min(24);
        let mut lines = Vec::new();
        for axis in &effects.axes {
            let (effect, strength) = summary::axis_effect(axis);
            let style = match strength {
                AxisStrength::Score => GOOD,
                AxisStrength::Answers | AxisStrength::Confounded => UNSURE,
                AxisStrength::None => DIM,
            };
            lines.push(format!(
                "  {}  {} {:3.0} %  {}",
                pad(&visible(&axis.name), widest),
                bar(axis.share, 10),
                axis.share * 100.0,
                self.paint.with(style, &visible(&effect))
            ));
            for sentence in summary::axis_details(axis) {
                let wrapped = wrap(&visible(&sentence), self.width.saturating_sub(6));
                lines.extend(wrapped.lines().map(|l| self.dim(&format!("      {l}"))));
            }
        }
        if !effects.axes.is_empty() {
            lines.push(self.dim("  bar: share of the variance between the variants' scores"));
        }
        lines.extend(self.wrapped_all(&summary::interactions(effects)));
        lines
    }

    pub(super) fn shares(&self, part: &ModelReport) -> Vec<String> {
        let Some(c) = &part.analysis.components else {
            return Vec::new();
        };
        let parts = summary::variance_parts(c);
        if parts.is_empty() {
            return self.wrapped(&summary::equal_scores(c));
        }
        let widest = parts.iter().map(|p| p.0.width()).max().unwrap_or(0);
        let columns = self.width.saturating_sub(widest + 12).clamp(10, 40);
        let mut lines: Vec<String> = parts
            .iter()
            .map(|(name, share)| {
                let bar = bar(*share, columns);
                format!("  {}  {bar} {:3.0} %", pad(name, widest), share * 100.0)
            })
            .collect();
        if c.truncated {
            lines.push(self.dim("  negative estimates are shown as 0"));
        }
        lines
    }

    pub(super) fn fragile(&self, part: &ModelReport) -> Vec<String> {
        let found = &part.analysis;
        let rows = found.rows.by_fragility();
        let heads = &self.report.info.heads;
        let ids: Vec<String> = (rows.iter().take(ROWS))
            .map(|row| fit(&visible(&heads.id(*row)), 20))
            .collect();
        let widest = ids.iter().map(|id| id.width()).max().unwrap_or(0);
        let order = part.ranked();
        let room = self.width.saturating_sub(widest + 28).clamp(8, 60);
        let cut = if order.len() > room { "…" } else { "" };
        let mut lines: Vec<String> = (rows.iter().zip(&ids))
            .map(|(row, id)| {
                let profile = found.rows.get(*row).unwrap_or_default().profile;
                let cells = order.iter().take(room);
                let strip: String = cells
                    .map(|v| part.grid.summary(*v, *row).outcome().sign())
                    .collect();
                let id = pad(id, widest);
                format!(
                    "  {id}  {strip}{cut}  {} of {} correct",
                    profile.correct_samples, profile.scored_samples
                )
            })
            .collect();
        if !lines.is_empty() {
            let all = if rows.len() > ROWS {
                format!("; {} rows depend on it in total", rows.len())
            } else {
                String::new()
            };
            let key = self.wrapped(&format!(
                "one mark per variant, best first: ✓ correct, ± partly correct, ✗ wrong, ~ unreadable, ! failed{all}"
            ));
            lines.extend(key.iter().map(|line| self.dim(line)));
        }
        lines
    }

    pub(super) fn hopeless(&self, part: &ModelReport) -> Vec<String> {
        let rows = part.analysis.rows.always_wrong();
        if rows.is_empty() {
            return Vec::new();
        }
        let heads = &self.report.info.heads;
        let ids: Vec<String> = rows.iter().map(|r| heads.id(*r).into_owned()).collect();
        self.wrapped(&summary::always_wrong(&ids, part.analysis.rows.len(), 24))
    }
}
