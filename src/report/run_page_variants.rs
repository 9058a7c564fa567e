//! The variants of a report in the terminal: scores with intervals, and all metrics.

use super::{
    ModelReport, plot::Scale, run::MARGIN, run_page::RunPage, variants_table::variants_table,
};
use crate::{
    analysis::Verdict,
    display::{OutputWidth, fit, pad, visible},
    narrate::{
        labels::score_range,
        verdict::{comparison, verdict_with_points},
    },
};
use unicode_width::UnicodeWidthStr;

/// Variants that are all shown; of more, the best and the worst.
const ALL: usize = 16;

impl RunPage<'_> {
    /// The variants that are shown; `None` where some are left out.
    fn shown(&self, ranked: &[usize]) -> Vec<Option<usize>> {
        if ranked.len() <= ALL {
            return ranked.iter().copied().map(Some).collect();
        }
        let (top, rest) = ranked.split_at(ALL - 5);
        let (middle, bottom) = rest.split_at(rest.len() - 4);
        let baseline = middle.iter().find(|v| **v == self.report.info.baseline);
        let some = |all: &[usize]| all.iter().copied().map(Some).collect::<Vec<_>>();
        let mut shown = some(top);
        shown.push(None);
        shown.extend(baseline.copied().map(Some));
        shown.extend(some(bottom));
        shown
    }

    pub(super) fn variants(&self, part: &ModelReport) -> Vec<String> {
        let found = &part.analysis;
        if found.is_unscored() {
            let width = OutputWidth {
                text: self.width,
                table: self.table_width,
            };
            let table = variants_table(self.report, part, width.indented(2), &self.paint);
            return table.lines().map(|line| format!("  {line}")).collect();
        }
        let ranked = part.ranked();
        let shown = self.shown(&ranked);
        let name_width = self.name_width(shown.iter().flatten().copied());
        let wide = self.width >= 100;
        let notes: Vec<String> = (found.variants.iter().enumerate())
            .map(|(v, f)| verdict_with_points(f, part.partial_label(v), wide))
            .collect();
        let note_width = shown.iter().flatten().map(|v| notes[*v].width()).max();
        // Of how many rows a score is, where some is not of all.
        let partial = part.partial_rows(self.report.info.metrics.len());
        let rows_width = (partial.iter().flatten())
            .map(|rows| rows.width() + 2)
            .max();
        let rows_width = rows_width.map_or(0, |width| width.max(6));
        let rows = |text: &str| match rows_width.checked_sub(2) {
            Some(width) => format!("  {text:>width$}"),
            None => String::new(),
        };
        let left = (self.width).saturating_sub(name_width + 13 + rows_width);
        let room = left.saturating_sub(note_width.unwrap_or(0)).clamp(10, 48);
        let note_width = left.saturating_sub(room);
        let scores = found.variants.iter().filter_map(|f| f.score);
        let scale = Scale::around(scores.flat_map(|s| [s.low, s.high]), room);
        let base = found.variants.get(self.report.info.baseline);
        let base = base.and_then(|f| f.score).map(|s| s.value);
        let left_out = ranked.len() - shown.iter().flatten().count();
        let mut lines = vec![self.dim(&format!(
            "  {}  score{}  {}  compared with {}",
            pad("variant", name_width),
            rows("rows"),
            scale.legend(),
            fit(self.baseline(), note_width.saturating_sub(14))
        ))];
        for v in shown {
            let Some(v) = v else {
                lines.push(self.dim(&format!("  … {left_out} between")));
                continue;
            };
            let f = &found.variants[v];
            let (score, plot) = match f.score {
                None => (
                    "    –".to_owned(),
                    " ".repeat(scale.legend().chars().count()),
                ),
                Some(s) => (
                    format!("{:5.1}", s.value * 100.0),
                    scale.dot(s.low, s.value, s.high, base),
                ),
            };
            let line = format!(
                "  {}  {score}{}  {plot}  {}",
                pad(self.name(v), name_width),
                rows(partial.as_ref().map_or("", |rows| &rows[v])),
                fit(&notes[v], note_width)
            );
            lines.push(self.paint.verdict(&f.verdict, line.trim_end()));
        }
        lines.push(self.dim("  ● mean, ├─┤ 95 % interval, ┊ baseline"));
        let variants = found.variants.iter().enumerate();
        lines.extend(
            variants
                .filter(|(_, f)| matches!(f.verdict, Verdict::Better | Verdict::Worse))
                .filter_map(|(v, f)| comparison(f, self.name(v), self.baseline(), MARGIN))
                .flat_map(|text| self.wrapped(&text)),
        );
        lines
    }

    /// The other metrics and the cost, one line per variant; nothing where one metric is all there is.
    pub(super) fn metrics(&self, part: &ModelReport) -> Vec<String> {
        let names = &self.report.info.metrics;
        let priced = part.is_priced();
        if names.len() < 2 && !priced {
            return Vec::new();
        }
        let ranked: Vec<usize> = part.ranked().into_iter().take(ALL).collect();
        let name_width = self.name_width(ranked.iter().copied());
        let mut head = format!("  {}", pad("variant", name_width));
        for name in names {
            head += &format!("  {:>16}", fit(&visible(name), 16));
        }
        if priced {
            head += "  $ per 1,000 calls";
        }
        let mut lines = vec![self.dim(&fit(&head, self.table_width))];
        for v in ranked {
            let mut line = format!("  {}", pad(self.name(v), name_width));
            for (m, name) in names.iter().enumerate() {
                let mean = part.grid.metric_mean(m, v);
                let interval = match m {
                    0 => part.analysis.variants[v].score,
                    _ => part.breakdown.metric(name).and_then(|found| found[v].score),
                };
                let text = mean.map_or("–".to_owned(), |x| format!("{:.1}", x * 100.0));
                let range = interval.map_or(String::new(), |i| format!(" {}", score_range(&i)));
                line += &format!("  {:>16}", text + &range);
            }
            if let Some(cost) = part.cost_per_1000(v) {
                line += &format!("  {cost:>17.4}");
            }
            lines.push(fit(&line, self.table_width));
        }
        lines
    }
}
