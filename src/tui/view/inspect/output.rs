//! The output of a sample, and what each metric makes of it.

use super::page::{Page, shorten};
use crate::{
    display::count,
    model::{Outcome, TrialRecord},
    tokens::Counter,
    tui::{
        model::{MetricLine, Model, Table, Theme},
        view::{json, text},
    },
};
use ratatui::{style::Style, text::Line};

/// The output, with what the metrics read marked.
pub(super) fn output(
    page: &mut Page,
    model: &Model,
    table: &Table,
    record: &TrialRecord,
    metrics: &[MetricLine],
) {
    let note = match table.samples {
        1 => String::new(),
        n => format!(
            "sample {} of {n}, [ ]: another",
            record.id.sample as usize + 1
        ),
    };
    page.heading("Output", &note);
    let theme = page.theme;
    match &record.outcome {
        Outcome::Failed(failure) => {
            let lines = text::lines(&failure.to_string(), page.width, "", theme.bad());
            page.lines.extend(lines);
        }
        Outcome::Completed(completion) => {
            if let Some(reasoning) = &completion.reasoning {
                let words = format!(
                    "reasoning of ~{} tok: O opens it in the pager",
                    Counter::approximate().text(reasoning).tokens
                );
                page.lines.push(Line::styled(words, theme.dim()));
            }
            if let Some(refusal) = &completion.refusal {
                let lines = text::lines(refusal, page.width, "", theme.unsure());
                page.lines.extend(lines);
            }
            let lines = output_lines(theme, shorten(&completion.text), metrics, page.width);
            page.lines.extend(lines);
            if completion.is_truncated() {
                let words = "✂ cut off at max_tokens";
                page.lines.push(Line::styled(words, theme.unsure()));
            }
        }
    }
    if let Some(stream) = model.answers.streams.get(&record.id) {
        let lines = text::lines(stream, page.width, "", Style::new());
        page.lines.extend(lines);
    }
}

/// An output: JSON laid out with the wrong fields marked; else the part that the first metric read highlighted.
pub(in crate::tui::view) fn output_lines(
    theme: Theme,
    output: &str,
    metrics: &[MetricLine],
    width: usize,
) -> Vec<Line<'static>> {
    let read = metrics.iter().find_map(|metric| {
        let span = metric.reading.span.clone()?;
        Some((metric, span))
    });
    let Some((metric, span)) = read else {
        return text::lines(output, width, "", Style::new());
    };
    if let Some(answer) = &metric.reading.score.answer
        && let Some(lines) =
            json::output_lines(theme, output, (&span, answer), &metric.fields, width)
    {
        return lines;
    }
    let parts = output
        .get(..span.start)
        .zip(output.get(span.clone()))
        .zip(output.get(span.end..));
    let Some(((before, read), after)) = parts else {
        return text::lines(output, width, "", Style::new());
    };
    // Where everything was read, a mark over everything says nothing.
    let is_all = before.trim().is_empty() && after.trim().is_empty() && read.len() > width;
    let style = if is_all { Style::new() } else { theme.found() };
    let pieces = [
        (before.to_owned(), Style::new()),
        (read.to_owned(), style),
        (after.to_owned(), Style::new()),
    ];
    text::wrap_pieces(&pieces, width)
}

pub(super) fn metric_section(page: &mut Page, metrics: &[MetricLine]) {
    if metrics.is_empty() {
        return;
    }
    page.heading("Metrics", "");
    let theme = page.theme;
    let names = metrics.iter().map(|metric| text::width(&metric.name));
    let name_width = names.max().unwrap_or(0).min(page.width / 3);
    // Fields have lines of their own below their metric.
    let is_field = |name: &str| {
        metrics.iter().any(|metric| {
            let mut fields = metric.fields.iter();
            fields.any(|field| format!("{}.{}", metric.name, field.path) == name)
        })
    };
    for metric in metrics.iter().filter(|metric| !is_field(&metric.name)) {
        let score = (metric.score).map_or(" –  ".into(), |score| match metric.is_read() {
            true => format!("{score:.2}"),
            // It counts as 0, but nothing was measured.
            false => "none".into(),
        });
        let style = match metric.score {
            Some(score) if score >= 1.0 => theme.good(),
            Some(score) if score <= 0.0 => theme.bad(),
            _ => theme.unsure(),
        };
        let words = match metric.fields.is_empty() {
            true if metric.score.is_some() && !metric.is_read() => {
                format!("{}; counts as 0", text::line(&metric.words))
            }
            true => text::line(&metric.words),
            false => {
                let right = metric.fields.iter().filter(|field| field.is_equal).count();
                format!("{right} of {}", count(metric.fields.len(), "field"))
            }
        };
        let pieces = [
            (format!("{score}  "), style),
            (shorten(&words).to_owned(), Style::new()),
        ];
        page.fact(&text::line(&metric.name), &pieces, name_width);
        let room = page.width.saturating_sub(2);
        page.indented(json::field_lines(theme, &metric.fields, room));
        for reason in &metric.reasons {
            page.indented(text::lines(reason, room, "", Style::new()));
        }
    }
}
