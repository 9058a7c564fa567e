//! Two lenses on what scores are made of: the confusion matrix of the selected variant, and its score in each slice.

use super::text;
use crate::{
    analysis::{FigureFinding, Interval, LabelFigure, LabelFindings, SliceFinding, VariantLabels},
    narrate::{
        breakdown::{
            LABEL_NOTE, figure_difference, figure_name, figure_value, interactions, slice_name,
            verdict_word,
        },
        labels::{points_interval, score_range},
        verdict::adjustment_note,
    },
    tui::model::{Lens, Measured, Model, ScrollOffsets, ScrolledList, Table, Theme},
};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

pub(super) fn draw(
    buffer: &mut Buffer,
    area: Rect,
    model: &Model,
    table: &Table,
    seen: &mut Measured,
) {
    let theme = model.view.theme;
    let mut pane = BreakdownPane {
        theme,
        offsets: &mut seen.offsets,
        table,
        variant: model.cursor.variant,
        model: model.named_model().map(ToString::to_string),
        baseline: model.answers.baseline,
        cell: model.cursor.label_cell,
        width: usize::from(area.width),
        height: usize::from(area.height),
    };
    let lines = match (&model.findings.breakdown, model.view.settings.lens) {
        (None, _) if model.jobs.pending.breakdown.is_some() => pane.hint("Analyzing …"),
        (None, _) => pane.hint("No answers to analyze yet. r: run"),
        (Some(found), Lens::Labels) => match &found.labels {
            Some(labels) => pane.labels(labels),
            None => pane.hint("These figures need `label` as the main metric and an answer column."),
        },
        (Some(found), _) if found.slices.is_empty() => pane.hint(
            "No slices. Name columns in the experiment, such as slices = [\"language\"], and run again.",
        ),
        (Some(found), _) => found.slices.iter().flat_map(|s| pane.slices(s)).collect(),
    };
    text::put(buffer, area, &lines);
}

struct BreakdownPane<'a> {
    theme: Theme,
    offsets: &'a mut ScrollOffsets,
    table: &'a Table,
    variant: usize,
    /// Where several models are shown.
    model: Option<String>,
    baseline: usize,
    /// The cell of the matrix under the cursor.
    cell: (usize, usize),
    width: usize,
    height: usize,
}

impl BreakdownPane<'_> {
    fn hint(&self, text: &str) -> Vec<Line<'static>> {
        text::lines(text, self.width.saturating_sub(1), " ", self.theme.dim())
    }

    fn name(&self, v: usize) -> String {
        text::line(self.table.short(v))
    }

    /// The variant, and its model where several are shown.
    fn column_name(&self) -> String {
        let name = self.name(self.variant);
        match &self.model {
            Some(model) => format!("{name} · {}", text::line(model)),
            None => name,
        }
    }

    /// ```text
    /// plain: F1 (macro) 63.2 [49.8–74.9] · F1 (weighted) 63.2 · MCC 0.27 · …
    /// expected  positive  negative  unreadable  failed  precision  recall    F1
    /// positive        21         9           0       0       61.8    70.0  65.6
    /// ```
    fn labels(&mut self, found: &LabelFindings) -> Vec<Line<'static>> {
        let Some(own) = found.variants.get(self.variant) else {
            return Vec::new();
        };
        let mut lines = self.overall(own);
        let names: Vec<String> = found.labels.iter().map(|label| text::line(label)).collect();
        let longest = names
            .iter()
            .map(|name| text::width(name))
            .max()
            .unwrap_or(0);
        let first = longest.clamp(8, 24);
        let column = longest.clamp(4, 10);
        // What stands beside the labels: unreadable, failed, precision, recall, F1.
        let beside = 12 + 8 + 11 + 8 + 6;
        let room = self.width.saturating_sub(first + 3 + beside) / (column + 2);
        let shown = names.len().min(room);
        let at = (
            self.cell.0.min(names.len().saturating_sub(1)),
            self.cell.1.min(names.len() + 1),
        );
        let left = match at.1 < names.len() {
            true => at.1 / shown.max(1) * shown,
            false => 0,
        };
        let left = left.min(names.len() - shown);
        let cell = |text: &str, width: usize| {
            let text = text::fit(text, width);
            format!("  {}{text}", " ".repeat(width - text::width(&text)))
        };
        let mut head = format!(" {} ", text::pad("expected", first));
        head.extend(
            names[left..left + shown]
                .iter()
                .map(|name| cell(name, column)),
        );
        for (word, width) in [
            ("unreadable", 10),
            ("failed", 6),
            ("precision", 9),
            ("recall", 6),
            ("F1", 4),
        ] {
            head += &cell(word, width);
        }
        lines.push(Line::styled(head, self.theme.dim()));
        let height = self.height.saturating_sub(lines.len() + 3).max(1);
        let top = (self.offsets).follow(ScrolledList::Labels, at.0, height, names.len());
        for (l, name) in names.iter().enumerate().skip(top).take(height) {
            let counts = own.matrix.row(l);
            let mut spans = vec![Span::raw(format!(" {} ", text::pad(name, first)))];
            let columns = (left..left + shown).chain([names.len(), names.len() + 1]);
            for (place, c) in columns.enumerate() {
                let width = match place.checked_sub(shown) {
                    None => column,
                    Some(0) => 10,
                    Some(_) => 6,
                };
                let style = match counts[c] {
                    0 => self.theme.dim(),
                    _ if c == l => self.theme.good(),
                    _ => self.theme.bad(),
                };
                let style = match (l, c) == at {
                    true => style.patch(self.theme.cursor()),
                    false => style,
                };
                spans.push(Span::styled(cell(&counts[c].to_string(), width), style));
            }
            let label = &own.labels[l];
            for (figure, width) in [(&label.precision, 9), (&label.recall, 6), (&label.f1, 4)] {
                spans.push(Span::raw(cell(&share(figure), width)));
            }
            lines.push(Line::from(spans));
        }
        let left_out = names.len() - shown.min(height.min(names.len()));
        if left_out > 0 {
            let more = format!(
                "{} of {} labels fit; `wording report --labels` shows all.",
                names.len() - left_out,
                names.len()
            );
            lines.extend(self.hint(&more));
        }
        lines.extend(self.hint(LABEL_NOTE));
        lines.extend(self.hint(
            "↑ ↓ ← →: move, past the edge to the next variant · Enter: show the rows of the cell",
        ));
        lines
    }

    fn overall(&self, own: &VariantLabels) -> Vec<Line<'static>> {
        let figures = LabelFigure::ALL.iter().zip(&own.figures);
        let all: Vec<String> = figures
            .map(|(kind, found)| match found.value {
                Some(i) if *kind == LabelFigure::MacroF1 => format!(
                    "{} {} [{}] {}",
                    figure_name(*kind),
                    figure_value(*kind, i.value),
                    score_range(&i),
                    figure_difference(found)
                ),
                Some(i) => format!("{} {}", figure_name(*kind), figure_value(*kind, i.value)),
                None => format!("{} –", figure_name(*kind)),
            })
            .collect();
        let text = format!("{}: {}", self.column_name(), all.join(" · "));
        text::lines(
            &text,
            self.width.saturating_sub(1),
            " ",
            self.theme.strong(),
        )
    }

    /// ```text
    /// source · opinion compared with plain
    /// books       12  ●────  41.7  33.3  -8.3 [-35.4 to +17.9] inconclusive
    /// ```
    fn slices(&self, found: &SliceFinding) -> Vec<Line<'static>> {
        let baseline = self.name(self.baseline);
        let title = format!(
            " {} · {} compared with {baseline}",
            text::line(&found.column),
            self.column_name()
        );
        let mut lines = vec![Line::styled(
            text::fit(&title, self.width),
            self.theme.strong(),
        )];
        let names: Vec<String> = (found.slices.iter())
            .map(|slice| text::line(slice_name(slice.value.as_deref())))
            .collect();
        let longest = names
            .iter()
            .map(|name| text::width(name))
            .max()
            .unwrap_or(0);
        let first = longest.clamp(8, 20);
        let head = format!(
            " {}   rows  score      95 %  baseline  difference",
            text::pad("slice", first)
        );
        lines.push(Line::styled(text::fit(&head, self.width), self.theme.dim()));
        for (slice, name) in found.slices.iter().zip(&names) {
            let (Some(own), Some(base)) = (
                slice.variants.get(self.variant),
                slice.variants.get(self.baseline),
            ) else {
                continue;
            };
            let difference = own.difference.as_ref().map_or(String::new(), |d| {
                format!(
                    "{} {}",
                    points_interval(&d.interval),
                    verdict_word(&own.verdict)
                )
            });
            let style = self.verdict_style(&own.verdict);
            let text = format!(
                " {} {:>6} {:>6} {:>9} {:>9}  ",
                text::pad(name, first),
                slice.rows,
                percent(own.score),
                own.score.as_ref().map_or(String::new(), score_range),
                percent(base.score),
            );
            let room = self.width.saturating_sub(text::width(&text));
            lines.push(Line::from(vec![
                Span::raw(text),
                Span::styled(text::fit(&difference, room), style),
            ]));
        }
        let shown = found
            .slices
            .iter()
            .filter_map(|s| s.variants.get(self.variant));
        let sentences = interactions(found, &self.table.names, &baseline).into_iter();
        for sentence in sentences.chain(adjustment_note(shown)) {
            lines.extend(self.hint(&text::line(&sentence)));
        }
        lines.push(Line::default());
        lines
    }

    fn verdict_style(&self, verdict: &crate::analysis::Verdict) -> ratatui::style::Style {
        use crate::analysis::Verdict;
        match verdict {
            Verdict::Better => self.theme.good(),
            Verdict::Worse => self.theme.bad(),
            _ => self.theme.dim(),
        }
    }
}

fn percent(score: Option<Interval>) -> String {
    score.map_or("–".to_owned(), |s| format!("{:.1}", s.value * 100.0))
}

fn share(figure: &FigureFinding) -> String {
    percent(figure.value)
}
