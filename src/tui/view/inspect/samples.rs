//! The other samples of the cell, and what differs between outputs.

use super::{
    output::output_lines,
    page::{Page, shorten},
};
use crate::{
    diff::word_diff,
    display::count,
    model::{Outcome, TrialRecord},
    tui::{
        model::{Model, Table, Theme, metric_lines},
        view::{cells, changes, text},
    },
};
use ratatui::text::{Line, Span};

/// Samples that came to the same.
struct Kind<'a> {
    samples: Vec<usize>,
    text: String,
    record: &'a TrialRecord,
}

/// The samples, grouped by what they came to; the most frequent first.
fn kinds<'a>(model: &'a Model, table: &Table) -> Vec<Kind<'a>> {
    let mut kinds: Vec<Kind<'_>> = Vec::new();
    for sample in 0..table.samples {
        let id = model.trial(model.cursor.variant, sample);
        let Some(record) = model.answers.outputs.get(id) else {
            continue;
        };
        let text = match &record.outcome {
            Outcome::Completed(completion) => completion.text.clone(),
            Outcome::Failed(failure) => failure.to_string(),
        };
        match kinds.iter_mut().find(|kind| kind.text == text) {
            Some(kind) => kind.samples.push(sample),
            None => kinds.push(Kind {
                samples: vec![sample],
                text,
                record,
            }),
        }
    }
    kinds.sort_by_key(|kind| std::cmp::Reverse(kind.samples.len()));
    kinds
}

pub(super) fn other_samples(
    page: &mut Page,
    model: &Model,
    table: &Table,
    shown: Option<&TrialRecord>,
) {
    if table.samples < 2 {
        return;
    }
    let kinds = kinds(model, table);
    let note = count(kinds.len(), "distinct output");
    page.heading("Samples", &note);
    let theme = page.theme;
    for kind in &kinds {
        let first = kind.samples[0];
        let (sign, style) = model.cells().map_or(("·", theme.dim()), |grid| {
            let cell = grid.cell(model.cursor.variant, model.cursor.row, first);
            cells::sample_sign(theme, cell, grid.threshold())
        });
        let names: Vec<String> = kind.samples.iter().map(|s| format!("s{}", s + 1)).collect();
        let is_shown = shown.is_some_and(|r| kind.samples.contains(&(r.id.sample as usize)));
        let where_ = if is_shown { "  shown above" } else { "" };
        let words = format!(" {}× {}{where_}", kind.samples.len(), names.join(" "));
        page.lines.push(Line::from(vec![
            Span::styled(sign, style),
            Span::styled(text::fit(&words, page.width.saturating_sub(1)), theme.dim()),
        ]));
        if !is_shown {
            let metrics = metric_lines(model, table, kind.record);
            let room = page.width.saturating_sub(2);
            page.indented(output_lines(theme, shorten(&kind.text), &metrics, room));
        }
    }
    if let [first, second, ..] = kinds.as_slice() {
        let words = format!(
            "words changed, s{} → s{}:",
            first.samples[0] + 1,
            second.samples[0] + 1
        );
        page.lines.push(Line::styled(words, theme.dim()));
        let room = page.width.saturating_sub(2);
        page.indented(changed_words(theme, &first.text, &second.text, room));
    }
}

pub(super) fn against_baseline(
    page: &mut Page,
    model: &Model,
    table: &Table,
    shown: Option<&TrialRecord>,
) {
    let baseline = model.answers.baseline;
    let other = model
        .answers
        .outputs
        .get(model.trial(baseline, model.cursor.sample));
    if let Some(other) = other
        && model.cursor.variant != baseline
        && let Some(before) = other.outcome.completion()
        && let Some(after) = shown.and_then(|record| record.outcome.completion())
    {
        let name = table.names.get(baseline).map_or("", String::as_str);
        if before.text == after.text {
            return page.heading(&format!("Against {name}"), "the same output");
        }
        page.heading(&format!("Against {name}"), "words of the output changed");
        let lines = changed_words(page.theme, &before.text, &after.text, page.width);
        page.lines.extend(lines);
    }
}

fn changed_words(theme: Theme, before: &str, after: &str, width: usize) -> Vec<Line<'static>> {
    let short = |text: &str| text.chars().take(4_000).collect::<String>();
    let words: Vec<_> = word_diff(&short(before), &short(after))
        .into_iter()
        .map(|piece| (piece.change, piece.text))
        .collect();
    text::wrap_pieces(&changes::pieces(theme, &words), width)
}
