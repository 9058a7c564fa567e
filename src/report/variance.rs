//! `wording report` in the terminal: the verdict first, then what it rests on.

use super::{
    ModelReport, RunReport,
    advice::HEADING,
    fewer::partial_words,
    phrases::{axis_details, axis_words, need_sentence, note, same_scores, share_parts},
    plot::{Scale, bar},
    run::MARGIN,
    sayings,
    text::{Paint, counts_line, short_names, wrap},
};
use crate::{
    analysis::{Verdict, verdict_sentence},
    display::{fit, visible},
};
use unicode_width::UnicodeWidthStr;

/// Variants that are all shown; of more, the best and the worst.
const ALL: usize = 16;
/// Rows in a list.
const ROWS: usize = 6;

/// The whole report of a run, a part a model.
pub fn variance_report(report: &RunReport, width: usize, color: bool) -> String {
    let page = Page {
        report,
        width: width.max(40),
        paint: Paint(color),
        names: short_names(report),
    };
    let mut text: String = report.models.iter().map(|part| page.model(part)).collect();
    text += &format!("{}\n", wrap(&counts_line(report), page.width));
    if let Some(advice) = &report.advice {
        let said = format!(
            "{HEADING}: {}. {} (wording advise {})",
            advice.verdict.as_str(),
            advice.because,
            report.info.experiment
        );
        text += &format!("{}\n", wrap(&visible(&said), page.width));
    }
    if let Some(said) = report.caveat() {
        text += &format!("{}\n", page.paint.with("2", &wrap(&said, page.width)));
    }
    text
}

struct Page<'a> {
    report: &'a RunReport,
    width: usize,
    paint: Paint,
    names: Vec<String>,
}

impl Page<'_> {
    fn model(&self, part: &ModelReport) -> String {
        let found = &part.analysis;
        let info = &self.report.info;
        let head = format!(
            "{} · {} · {} rows × {} sample{} · {}",
            info.experiment,
            part.model,
            info.rows,
            info.samples,
            if info.samples == 1 { "" } else { "s" },
            info.id,
        );
        let said = visible(&sayings::headline(part, self.report));
        let mut text = format!(
            "{}\n\n{}\n",
            self.paint.with("1", &wrap(&visible(&head), self.width)),
            wrap(&said, self.width)
        );
        text += &self.section("Variants, the best first", self.variants(part));
        text += &self.section("Expect", self.expect(part));
        text += &self.section("All metrics, and the price", self.metrics(part));
        let asked = part.scoring.iter().flat_map(|m| m.sentences());
        text += &self.section(
            "Metrics that were asked for",
            asked.flat_map(|sentence| self.say(&sentence)).collect(),
        );
        text += &self.section(
            "The scorer's part",
            self.say_all(sayings::scorer(part).as_slice()),
        );
        text += &self.section("What each axis does", self.axes(part));
        text += &self.section(
            "Where the differences between scores come from",
            self.shares(part),
        );
        text += &self.section("Rows that depend most on the wording", self.fragile(part));
        text += &self.section("Rows that no wording gets right", self.hopeless(part));
        text += &self.section(
            "The next calls",
            self.say_all(&sayings::next(part, self.report, &self.names)),
        );
        let needs: Vec<String> = found.needs.iter().map(need_sentence).collect();
        text += &self.section("Not known", self.say_all(&needs));
        text.push('\n');
        text
    }

    fn section(&self, title: &str, lines: Vec<String>) -> String {
        if lines.is_empty() {
            return String::new();
        }
        let mut text = format!("\n{}\n", self.paint.with("1", title));
        for line in lines {
            text += &line;
            text.push('\n');
        }
        text
    }

    fn say(&self, text: &str) -> Vec<String> {
        wrap(text, self.width.saturating_sub(2))
            .lines()
            .map(|line| format!("  {line}"))
            .collect()
    }

    fn say_all(&self, sentences: &[String]) -> Vec<String> {
        sentences
            .iter()
            .flat_map(|text| self.say(&visible(text)))
            .collect()
    }

    fn name(&self, v: usize) -> &str {
        self.names.get(v).map_or("", String::as_str)
    }

    fn baseline(&self) -> &str {
        self.name(self.report.info.baseline)
    }

    fn variants(&self, part: &ModelReport) -> Vec<String> {
        let found = &part.analysis;
        let ranked = part.ranked();
        let shown: Vec<Option<usize>> = if ranked.len() <= ALL {
            ranked.iter().copied().map(Some).collect()
        } else {
            let (top, rest) = ranked.split_at(ALL - 5);
            let (middle, bottom) = rest.split_at(rest.len() - 4);
            let mut shown: Vec<Option<usize>> = top.iter().copied().map(Some).collect();
            // The baseline is what all are compared with.
            let baseline = middle
                .iter()
                .copied()
                .find(|v| *v == self.report.info.baseline);
            shown.push(None);
            shown.extend(baseline.map(Some));
            shown.extend(bottom.iter().copied().map(Some));
            shown
        };
        let widest = shown
            .iter()
            .flatten()
            .map(|v| self.name(*v).width())
            .max()
            .unwrap_or(0);
        let name_width = widest.clamp(7, self.width / 3);
        let wide = self.width >= 100;
        let notes: Vec<String> = (found.variants.iter().enumerate())
            .map(|(v, f)| partial_words(part, v).unwrap_or_else(|| note(f, wide)))
            .collect();
        let note_width = shown
            .iter()
            .flatten()
            .map(|v| notes[*v].width())
            .max()
            .unwrap_or(0);
        let left = self.width.saturating_sub(name_width + 13);
        let room = left.saturating_sub(note_width).clamp(10, 48);
        let note_width = left.saturating_sub(room);
        let scores = found.variants.iter().filter_map(|f| f.score);
        let scale = Scale::around(scores.flat_map(|s| [s.low, s.high]), room);
        let base = found
            .variants
            .get(self.report.info.baseline)
            .and_then(|f| f.score)
            .map(|s| s.value);
        let left_out = ranked.len() - shown.iter().flatten().count();
        let mut lines = vec![self.paint.with(
            "2",
            &format!(
                "  {}  score  {}  against {}",
                pad("variant", name_width),
                scale.legend(),
                fit(self.baseline(), note_width.saturating_sub(8))
            ),
        )];
        for v in shown {
            let Some(v) = v else {
                lines.push(self.paint.with("2", &format!("  … {left_out} between")));
                continue;
            };
            let f = &found.variants[v];
            let (score, plot) = f.score.map_or(
                (
                    "    –".to_owned(),
                    " ".repeat(scale.legend().chars().count()),
                ),
                |s| {
                    (
                        format!("{:5.1}", s.value * 100.0),
                        scale.dot(s.low, s.value, s.high, base),
                    )
                },
            );
            let line = format!(
                "  {}  {score}  {plot}  {}",
                pad(&fit(self.name(v), name_width), name_width),
                fit(&notes[v], note_width)
            );
            lines.push(match f.verdict {
                Verdict::Better => self.paint.with("32", line.trim_end()),
                Verdict::Worse => self.paint.with("31", line.trim_end()),
                _ => line.trim_end().to_owned(),
            });
        }
        lines.push(
            self.paint
                .with("2", "  ● mean, ├─┤ 95 % interval, ┊ baseline"),
        );
        for (v, f) in found.variants.iter().enumerate() {
            if matches!(f.verdict, Verdict::Better | Verdict::Worse)
                && let Some(text) = verdict_sentence(f, self.name(v), self.baseline(), MARGIN)
            {
                lines.extend(self.say(&format!("{text}.")));
            }
        }
        lines
    }

    fn expect(&self, part: &ModelReport) -> Vec<String> {
        self.say_all(&sayings::expect(part, &self.names))
    }

    /// The other metrics and the price, a line a variant; where one metric is all there is, nothing.
    fn metrics(&self, part: &ModelReport) -> Vec<String> {
        let Some(trials) = &part.trials else {
            return Vec::new();
        };
        let names = &self.report.info.metrics;
        let priced = trials.cost_per_1000.iter().any(Option::is_some);
        if names.len() < 2 && !priced {
            return Vec::new();
        }
        let ranked: Vec<usize> = part.ranked().into_iter().take(ALL).collect();
        let widest = ranked
            .iter()
            .map(|v| self.name(*v).width())
            .max()
            .unwrap_or(0);
        let name_width = widest.clamp(7, self.width / 3);
        let mut head = format!("  {}", pad("variant", name_width));
        for name in names {
            head += &format!("  {:>8}", fit(&visible(name), 12));
        }
        if priced {
            head += "  $ for 1,000 calls";
        }
        let mut lines = vec![self.paint.with("2", &fit(&head, self.width))];
        for v in ranked {
            let mut line = format!("  {}", pad(&fit(self.name(v), name_width), name_width));
            for (m, name) in names.iter().enumerate() {
                let width = fit(&visible(name), 12).width().max(8);
                let mean = trials.metrics[v].get(m).copied().flatten();
                let text = mean.map_or("–".to_owned(), |x| format!("{:.1}", x * 100.0));
                line += &format!("  {text:>width$}");
            }
            if let Some(cost) = trials.cost_per_1000[v] {
                line += &format!("  {cost:>17.4}");
            }
            lines.push(fit(&line, self.width));
        }
        lines
    }

    fn axes(&self, part: &ModelReport) -> Vec<String> {
        let effects = &part.analysis.effects;
        let widest = effects
            .axes
            .iter()
            .map(|a| a.name.width())
            .max()
            .unwrap_or(0)
            .min(24);
        let mut lines = Vec::new();
        for axis in &effects.axes {
            let (moves, code) = axis_words(axis);
            let share = format!("{} {:3.0} %", bar(axis.share, 10), axis.share * 100.0);
            lines.push(format!(
                "  {}  {share}  {}",
                pad(&fit(&visible(&axis.name), widest), widest),
                self.paint.with(code, &moves)
            ));
            for sentence in axis_details(axis) {
                lines.extend(
                    wrap(&visible(&sentence), self.width.saturating_sub(6))
                        .lines()
                        .map(|line| self.paint.with("2", &format!("      {line}"))),
                );
            }
        }
        if !effects.axes.is_empty() {
            lines.push(self.paint.with(
                "2",
                "  bar: share of the variance between the variants' scores",
            ));
        }
        lines.extend(self.say_all(&sayings::together(effects)));
        lines
    }

    fn shares(&self, part: &ModelReport) -> Vec<String> {
        let Some(c) = &part.analysis.components else {
            return Vec::new();
        };
        let parts = share_parts(c);
        let total: f64 = parts.iter().map(|p| p.1).sum();
        if total <= 0.0 {
            return self.say(&same_scores(c));
        }
        let widest = parts.iter().map(|p| p.0.width()).max().unwrap_or(0);
        let columns = self.width.saturating_sub(widest + 12).clamp(10, 40);
        let mut lines: Vec<String> = parts
            .iter()
            .map(|(name, value)| {
                format!(
                    "  {}  {} {:3.0} %",
                    pad(name, widest),
                    bar(value / total, columns),
                    value / total * 100.0
                )
            })
            .collect();
        if c.truncated {
            lines.push(
                self.paint
                    .with("2", "  an estimate below zero is shown as 0"),
            );
        }
        lines
    }

    fn fragile(&self, part: &ModelReport) -> Vec<String> {
        let found = &part.analysis;
        let rows = found.rows_by_fragility();
        let ids = self.ids(&rows);
        let widest = ids.iter().map(|id| id.width()).max().unwrap_or(0);
        let order = part.ranked();
        let room = self.width.saturating_sub(widest + 28).clamp(8, 60);
        let mut lines: Vec<String> = rows
            .iter()
            .zip(&ids)
            .map(|(row, id)| {
                let f = &found.rows[*row];
                let strip: String = order
                    .iter()
                    .take(room)
                    .map(|v| part.grid.summary(*v, *row).outcome().sign())
                    .collect();
                let cut = if order.len() > room { "…" } else { "" };
                format!(
                    "  {}  {strip}{cut}  {} of {} correct",
                    pad(id, widest),
                    f.profile.correct_samples,
                    f.profile.scored_samples
                )
            })
            .collect();
        if !lines.is_empty() {
            let note = if rows.len() > ROWS {
                format!("; {} rows depend on it in all", rows.len())
            } else {
                String::new()
            };
            let key = format!(
                "one sign per variant, best first: ✓ correct, ± partly correct, ✗ wrong, ~ unreadable, ! failed{note}"
            );
            lines.extend(self.say(&key).iter().map(|line| self.paint.with("2", line)));
        }
        lines
    }

    fn ids(&self, rows: &[usize]) -> Vec<String> {
        let heads = &self.report.info.heads;
        rows.iter()
            .take(ROWS)
            .map(|row| fit(&visible(&heads.id(*row)), 20))
            .collect()
    }

    fn hopeless(&self, part: &ModelReport) -> Vec<String> {
        let rows = part.analysis.always_wrong_rows();
        if rows.is_empty() {
            return Vec::new();
        }
        let heads = &self.report.info.heads;
        let ids: Vec<_> = rows.iter().take(24).map(|r| heads.id(*r)).collect();
        let more = rows.len() - ids.len();
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        self.say(&visible(&format!(
            "{} of {}: {}{more}. They say something of the task or of their labels, not of the wording.",
            rows.len(),
            part.analysis.rows.len(),
            ids.join(", ")
        )))
    }
}

fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}
