//! The prompt of the current row: roles, tokens, texts, what it shares with the baseline's.

use super::{
    pane::{pane_box, scrolled},
    text,
};
use crate::{
    narrate::{added_system_prompts, prompt::PROMPT_NOT_STORED},
    tokens::Counter,
    tui::model::{Hit, Measured, Model, Table},
};
use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

pub(super) fn prompt(
    frame: &mut Frame<'_>,
    area: Rect,
    model: &Model,
    table: &Table,
    seen: &mut Measured,
) {
    let theme = model.view.theme;
    let row = table.row(model.cursor.row);
    let title = format!("{}· ← → ", title(model, table));
    let inner = pane_box(frame, area, &title, model, model.cursor.pane == 2);
    seen.hits.add(area, Hit::Pane(2));
    let width = usize::from(inner.width);
    let count = |t: &str| Counter::approximate().text(t).tokens;
    let mut lines = Vec::new();
    match model.prompt(model.cursor.variant, model.cursor.row) {
        None => lines.push(Line::styled(PROMPT_NOT_STORED, theme.dim())),
        Some(Err(error)) => {
            lines.extend(text::lines(&error.to_string(), width, "", theme.bad()));
        }
        Some(Ok(prompt)) => {
            let project = &model.workspace.project;
            for added in added_system_prompts(project, &table.models, &prompt) {
                lines.extend(text::lines(&added, width, "", theme.dim()));
            }
            lines.extend(message_lines(&prompt, width, (model, (0, 0))).0);
            if let Some(expected) = &row.expected {
                let said = format!("expected: {}", text::line(expected));
                lines.extend(text::lines(&said, width, "", theme.strong()));
            }
            if model.cursor.variant != model.answers.baseline
                && let Some(Ok(base)) = model.prompt(model.answers.baseline, model.cursor.row)
            {
                let shared = shared(&joined(&base), &joined(&prompt));
                let said = format!(
                    "the first ~{} tok are the same as in the baseline",
                    count(&shared)
                );
                lines.extend(text::lines(&said, width, "", theme.dim()));
            }
        }
    }
    scrolled(frame, inner, model, &lines, 1, seen);
}

/// Which row the prompt is of.
pub(super) fn title(model: &Model, table: &Table) -> String {
    format!(
        " Prompt · {} · {} of {} ",
        text::line(&table.row_id(model.cursor.row)),
        model.row_position() + 1,
        model.answers.arrangement.rows.len()
    )
}

/// The messages of a prompt, each after its role; and which line a place (message and byte) is in.
pub(super) fn message_lines(
    prompt: &crate::model::Prompt,
    width: usize,
    (model, place): (&Model, (usize, usize)),
) -> (Vec<Line<'static>>, usize) {
    let theme = model.view.theme;
    let room = width.saturating_sub(2);
    let body_lines = |content: &str| {
        let pieces = [(content.to_owned(), Style::new())];
        match model.view.settings.no_wrap {
            true => text::cut_pieces(&pieces, room),
            false => text::wrap_pieces(&pieces, room),
        }
    };
    let (mut lines, mut found) = (Vec::new(), 0);
    for (i, (head, content)) in prompt.sections().enumerate() {
        let tokens = Counter::approximate().text(&content).tokens;
        lines.push(Line::from(vec![
            Span::styled(head, theme.accent().patch(theme.strong())),
            Span::styled(format!("  ~{tokens} tok"), theme.dim()),
        ]));
        if i == place.0 {
            let before = content.get(..place.1).unwrap_or_default();
            found = lines.len() + body_lines(before).len() - 1;
        }
        lines.extend(body_lines(&content).into_iter().map(|line| {
            let mut spans = vec![Span::raw("  ")];
            spans.extend(line.spans);
            Line::from(spans)
        }));
    }
    (lines, found)
}

fn joined(prompt: &crate::model::Prompt) -> String {
    let sections = prompt.sections();
    sections
        .map(|(head, text)| format!("{head}\n{text}\n"))
        .collect()
}

/// The beginning that two texts share.
fn shared(a: &str, b: &str) -> String {
    a.chars()
        .zip(b.chars())
        .take_while(|(x, y)| x == y)
        .map(|(x, _)| x)
        .collect()
}
