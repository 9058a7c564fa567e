//! Below the grid: the outputs of the row under the cursor side by side, each under its column, as they stream.

use super::{
    cells,
    columns::{ColumnArea, Columns},
    inspect,
    pane::ZOOMED,
    text,
};
use crate::{
    model::{Outcome, Prompt},
    tui::model::{GridColumn, Hit, Measured, Model, Table, Theme, metric_lines},
};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

pub(super) fn draw(
    buffer: &mut Buffer,
    area: Rect,
    model: &Model,
    table: &Table,
    columns: &Columns,
    seen: &mut Measured,
) {
    let theme = model.view.theme;
    let row = table.row(model.cursor.row);
    let id = text::line(&row.id);
    let name = text::line(&model.column_name(table, model.cursor.column()));
    let sample = if table.samples > 1 {
        format!(
            " · sample {} of {} · [ ]: change",
            model.cursor.sample + 1,
            table.samples
        )
    } else {
        String::new()
    };
    // Without colors a double line says that this pane has the focus.
    let line = if model.cursor.pane == 1 && theme.is_plain() {
        "═"
    } else {
        "─"
    };
    let zoomed = if model.view.zoom { ZOOMED } else { "" };
    let title = format!("{line} {id} · {name}{sample} · Enter: details {zoomed}");
    let title = text::fit(&title, usize::from(area.width));
    let rule = line.repeat(usize::from(area.width).saturating_sub(text::width(&title)));
    buffer.set_line(
        area.x,
        area.y,
        &Line::styled(
            title + &rule,
            if model.cursor.pane == 1 {
                theme.accent()
            } else {
                theme.dim()
            },
        ),
        area.width,
    );
    let body = text::below_title(area);
    let label = Rect {
        width: columns.label.saturating_sub(1),
        ..body
    };
    let want = row
        .expected
        .map(|e| format!("expected: {}", text::line(&e)));
    let room = usize::from(label.width).saturating_sub(1);
    let mut lines: Vec<Line<'_>> = Vec::new();
    lines.extend(want.map(|w| Line::styled(format!(" {}", text::fit(&w, room)), theme.strong())));
    lines.extend(text::lines(&row.input, room, " ", Style::new()));
    let mut panes = vec![(label, lines)];
    for ColumnArea { column, area, edge } in columns.areas(body) {
        for y in area.y..area.bottom() {
            buffer.set_string(area.x, y, edge, theme.dim());
        }
        let inner = Rect::new(
            area.x + 2,
            area.y,
            area.width.saturating_sub(3),
            area.height,
        );
        panes.push((
            inner,
            output(model, table, column, usize::from(inner.width)),
        ));
    }
    seen.hits.add(body, Hit::Pane(1));
    let at_hand = model.cursor.pane == 1;
    if at_hand {
        let longest = panes.iter().map(|(_, lines)| lines.len()).max();
        let room = usize::from(body.height);
        seen.scroll = longest.unwrap_or(0).saturating_sub(room);
        seen.page = room;
    }
    let from = if at_hand {
        model.cursor.scrolls[0].min(seen.scroll)
    } else {
        0
    };
    for (area, mut lines) in panes {
        lines.drain(..from.min(lines.len()));
        put_all(buffer, area, lines, theme.dim());
    }
}

/// All lines, or as many as there is room for and a sign that there are more.
fn put_all(buffer: &mut Buffer, area: Rect, mut lines: Vec<Line<'_>>, dim: Style) {
    let room = usize::from(area.height);
    if lines.len() > room && room > 0 {
        lines.truncate(room - 1);
        lines.push(Line::styled(" …", dim));
    }
    text::put(buffer, area, &lines);
}

/// What was said in a conversation before its last answer: replies by name, and the turns after the first of them.
fn turns(theme: Theme, prompt: &Prompt, width: usize) -> Vec<Line<'static>> {
    let Some(first) = prompt.replies.first() else {
        return Vec::new();
    };
    let name = |at: usize| prompt.replies.iter().find(|reply| reply.message == at);
    let mut lines = Vec::new();
    for (at, message) in prompt.messages.iter().enumerate().skip(first.message) {
        let content = &message.content;
        lines.extend(match name(at) {
            Some(reply) => {
                let said = format!("{}: {content}", text::line(&reply.name));
                text::lines(&said, width, "", theme.accent())
            }
            None => text::lines(content, width.saturating_sub(2), "▹ ", theme.dim()),
        });
    }
    lines
}

fn output(model: &Model, table: &Table, column: GridColumn, width: usize) -> Vec<Line<'static>> {
    let theme = model.view.theme;
    let id = column.trial(model.cursor.row, model.cursor.sample);
    if let Some(stream) = model.answers.streams.get(&id) {
        let mut lines = text::lines(stream, width, "", Style::new());
        if let Some(last) = lines.last_mut() {
            last.push_span(Span::styled("▏", theme.accent()));
        }
        return lines;
    }
    let Some(grid) = model.answers.grids.get(column.model) else {
        return Vec::new();
    };
    let cell = grid.cell(column.variant, model.cursor.row, model.cursor.sample);
    let (sign, style) = cells::sample_sign(theme, cell, grid.threshold());
    let Some(record) = model.answers.outputs.get(id) else {
        return vec![Line::styled(sign, style)];
    };
    match &record.outcome {
        Outcome::Completed(c) => {
            let read = record.scores.main().and_then(|s| s.answer.as_deref());
            // What is marked in the output is not said again.
            let is_shown = |read: &&str| c.text.contains(*read) || read.starts_with(['{', '[']);
            let read = read.filter(|read| !is_shown(read)).map(text::line);
            let read = read.map_or(String::new(), |read| format!("  read: {read}"));
            let facts = format!(
                " {}  {} tok{read}",
                text::time(c.latency_ms / 1e3),
                c.usage.completion,
            );
            let mut lines = vec![Line::from(vec![
                Span::styled(sign, style),
                Span::styled(text::fit(&facts, width.saturating_sub(1)), theme.dim()),
            ])];
            if let Some(prompt) = model.answers.outputs.prompt(id) {
                lines.extend(turns(theme, prompt, width));
            }
            let metrics = metric_lines(model, table, record);
            lines.extend(inspect::output_lines(theme, &c.text, &metrics, width));
            lines
        }
        Outcome::Failed(failure) => {
            let mut lines = vec![Line::styled("!", theme.bad())];
            let told = text::wrap(&failure.to_string(), width);
            lines.extend(told.into_iter().map(|l| Line::styled(l, theme.bad())));
            lines
        }
    }
}
