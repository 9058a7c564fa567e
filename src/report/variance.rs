//! `wording report` in the terminal: the verdict first, then what it rests on.

use super::{
    ModelReport, RunReport,
    advice::HEADING,
    breakdown_tables::{
        TableNames, by_label, calibration, fields, label_overview, matrices, slice_overview, slices,
    },
    figure_table::FigureTable,
    plot::{Scale, bar},
    run::MARGIN,
    text::{BOLD, DIM, GOOD, Paint, UNSURE, foot, part_head, ratings, table_lines, wrap},
    variants_table::variants_table,
};
use crate::{
    analysis::Verdict,
    display::{OutputWidth, fit, pad, visible},
    narrate::{
        labels::score_range,
        summary::{self, AxisStrength},
        verdict::{comparison, verdict_with_points},
    },
};
use unicode_width::UnicodeWidthStr;

/// Variants that are all shown; of more, the best and the worst.
const ALL: usize = 16;
/// Rows in a list.
const ROWS: usize = 6;

/// Parts of the report that are shown in full.
#[derive(Debug, Clone, Copy, Default)]
pub struct ReportDetails {
    /// Each label and the confusion matrices.
    pub labels: bool,
    /// Intervals and differences in each slice.
    pub slices: bool,
}

/// The whole report of a run, one part per model.
pub fn variance_report(
    report: &RunReport,
    details: ReportDetails,
    width: OutputWidth,
    color: bool,
) -> String {
    let page = Page {
        report,
        details,
        width: width.text,
        table_width: width.table,
        paint: Paint(color),
        names: report
            .shown_names()
            .iter()
            .map(|name| visible(name))
            .collect(),
    };
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
    let page = Page {
        report,
        details: ReportDetails {
            labels: true,
            slices: true,
        },
        width: width.text,
        table_width: width.table,
        paint: Paint(color),
        names: report
            .shown_names()
            .iter()
            .map(|name| visible(name))
            .collect(),
    };
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

struct Page<'a> {
    report: &'a RunReport,
    details: ReportDetails,
    width: usize,
    /// Columns that tables may take.
    table_width: usize,
    paint: Paint,
    names: Vec<String>,
}

impl Page<'_> {
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

    fn wrapped(&self, text: &str) -> Vec<String> {
        wrap(&visible(text), self.width.saturating_sub(2))
            .lines()
            .map(|line| format!("  {line}"))
            .collect()
    }

    fn wrapped_all(&self, sentences: &[String]) -> Vec<String> {
        sentences
            .iter()
            .flat_map(|text| self.wrapped(text))
            .collect()
    }

    fn dim(&self, text: &str) -> String {
        self.paint.with(DIM, text)
    }

    fn name(&self, v: usize) -> &str {
        self.names.get(v).map_or("", String::as_str)
    }

    fn baseline(&self) -> &str {
        self.name(self.report.info.baseline)
    }

    /// Columns for the names of these variants.
    fn name_width(&self, variants: impl Iterator<Item = usize>) -> usize {
        let widest = variants.map(|v| self.name(v).width()).max().unwrap_or(0);
        widest.clamp(7, self.width / 3)
    }

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

    fn variants(&self, part: &ModelReport) -> Vec<String> {
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
    fn metrics(&self, part: &ModelReport) -> Vec<String> {
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

    fn table_names(&self) -> TableNames<'_> {
        TableNames {
            variants: &self.names,
            baseline: self.report.info.baseline,
        }
    }

    fn labels(&self, part: &ModelReport) -> Vec<String> {
        let names = self.table_names();
        let overview: Vec<FigureTable> = label_overview(part, &names).into_iter().collect();
        if !self.details.labels {
            return self.tables(overview, false);
        }
        let each = by_label(part, &names)
            .into_iter()
            .chain(matrices(part, &names));
        self.tables(overview.into_iter().chain(each).collect(), true)
    }

    fn slices(&self, part: &ModelReport) -> Vec<String> {
        let names = self.table_names();
        if self.details.slices {
            self.tables(slices(part, &names), true)
        } else {
            self.tables(slice_overview(part, &names), false)
        }
    }

    fn fields(&self, part: &ModelReport) -> Vec<String> {
        self.tables(
            fields(part, &self.table_names()).into_iter().collect(),
            false,
        )
    }

    fn calibration(&self, part: &ModelReport) -> Vec<String> {
        self.tables(calibration(part, &self.table_names()), false)
    }

    /// Tables one below the other, with their titles where there are several.
    fn tables(&self, tables: Vec<FigureTable>, titled: bool) -> Vec<String> {
        let mut lines = Vec::new();
        for (i, table) in tables.iter().enumerate() {
            if i > 0 {
                lines.push(String::new());
            }
            if titled {
                lines.push(format!("  {}", visible(&table.title)));
            }
            lines.extend(table_lines(table, self.table_width, &self.paint));
            for note in &table.notes {
                lines.extend(self.wrapped(note).iter().map(|line| self.dim(line)));
            }
        }
        lines
    }

    fn axes(&self, part: &ModelReport) -> Vec<String> {
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

    fn shares(&self, part: &ModelReport) -> Vec<String> {
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

    fn fragile(&self, part: &ModelReport) -> Vec<String> {
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

    fn hopeless(&self, part: &ModelReport) -> Vec<String> {
        let rows = part.analysis.rows.always_wrong();
        if rows.is_empty() {
            return Vec::new();
        }
        let heads = &self.report.info.heads;
        let ids: Vec<String> = rows.iter().map(|r| heads.id(*r).into_owned()).collect();
        self.wrapped(&summary::always_wrong(&ids, part.analysis.rows.len(), 24))
    }
}
