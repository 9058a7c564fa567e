//! Rows × variants: what each wording made of each row, as it comes, and the outputs side by side below.

use crate::{
    analysis::{Verdict, points},
    display::{fit, one_line, wrap},
    engine::Plan,
    model::{Cell, CellState, Outcome, Row, TrialId},
    tui::{Model, Theme, model::differs},
};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::Style,
    text::{Line, Span},
    widgets::Paragraph,
};
use std::sync::Arc;
use unicode_width::UnicodeWidthStr;

/// Which variants are shown: the baseline always, and those around the cursor.
fn columns(plan: &Plan, cursor: usize, room: usize) -> Vec<usize> {
    let n = plan.variants.len();
    if n <= room {
        return (0..n).collect();
    }
    let others: Vec<usize> = (0..n).filter(|v| *v != plan.baseline).collect();
    let at = others.iter().position(|v| *v == cursor).unwrap_or(0);
    let room = room.saturating_sub(1).max(1);
    let from = (at / room) * room;
    let from = from.min(others.len().saturating_sub(room));
    let mut shown = vec![plan.baseline];
    shown.extend(&others[from..(from + room).min(others.len())]);
    shown
}

/// Draw the grid and the detail pane.
pub fn draw(frame: &mut Frame<'_>, area: Rect, model: &mut Model) {
    let Ok(plan) = &model.plan else { return };
    let plan = Arc::clone(plan);
    let width = usize::from(area.width);
    let row_width = if width >= 110 { 27 } else { 22 };
    let room = ((width - row_width) / 22).max(1);
    let shown = columns(&plan, model.variant, room);
    let cell_width = (width - row_width) / shown.len().max(1);
    let detail_height = (area.height / 3).clamp(5, 12);
    let [top, detail] =
        Layout::vertical([Constraint::Min(5), Constraint::Length(detail_height)]).areas(area);
    let head = 3;
    model.page = usize::from(top.height).saturating_sub(head + 1).max(1);
    let mut lines = heading(model, &plan, &shown, row_width, cell_width);
    let rows = model.rows();
    let at = rows.iter().position(|r| *r >= model.row).unwrap_or(0);
    let from = (at / model.page) * model.page;
    for &row in rows.iter().skip(from).take(model.page) {
        lines.push(row_line(model, &plan, row, &shown, row_width, cell_width));
    }
    if rows.is_empty() {
        lines.push(Line::styled(
            " no row on which the variants differ; f shows all",
            model.theme.dim(),
        ));
    }
    frame.render_widget(Paragraph::new(lines), top);
    outputs(frame, detail, model, &plan, &shown, row_width, cell_width);
}

/// A text in a column of a width, padded.
fn cell_text(text: &str, width: usize) -> String {
    let text = fit(text, width);
    let pad = width.saturating_sub(text.width());
    text + &" ".repeat(pad)
}

fn heading(
    model: &Model,
    plan: &Plan,
    shown: &[usize],
    row_width: usize,
    cell_width: usize,
) -> Vec<Line<'static>> {
    let theme = model.theme;
    let rows = if model.only_different {
        "rows that differ"
    } else {
        "rows"
    };
    let mut names = vec![Span::styled(
        cell_text(&format!(" {rows} {}", model.rows().len()), row_width),
        theme.dim(),
    )];
    let mut scores = vec![Span::styled(
        cell_text("  score, 95 %", row_width),
        theme.dim(),
    )];
    let mut effects = vec![Span::styled(
        cell_text("  difference", row_width),
        theme.dim(),
    )];
    for &v in shown {
        let name = one_line(&plan.variants[v].name);
        let name = if v == plan.baseline {
            format!("{name} *")
        } else {
            name
        };
        let style = if v == model.variant {
            theme.strong().patch(theme.accent())
        } else {
            theme.strong()
        };
        names.push(Span::styled(
            format!("│{}", cell_text(&name, cell_width - 1)),
            style,
        ));
        let finding = model.analysis.as_ref().and_then(|a| a.variants.get(v));
        let score = finding.and_then(|f| f.score).map_or("–".to_owned(), |s| {
            format!(
                "{:.0}%  {:.0}–{:.0}",
                s.value * 100.0,
                s.low * 100.0,
                s.high * 100.0
            )
        });
        scores.push(Span::raw(format!("│{}", cell_text(&score, cell_width - 1))));
        let (text, style) = match finding {
            _ if v == plan.baseline => ("baseline".to_owned(), theme.dim()),
            Some(f) => {
                let style = match f.verdict {
                    Verdict::Better => theme.good(),
                    Verdict::Worse => theme.bad(),
                    _ => theme.dim(),
                };
                let text = f.difference.as_ref().map_or(String::new(), |d| {
                    let mark = match f.verdict {
                        Verdict::Better => " ▲",
                        Verdict::Worse => " ▼",
                        Verdict::Equivalent => " =",
                        _ => " ?",
                    };
                    format!(
                        "{}{mark}  ✗→✓{} ✓→✗{}",
                        points(d.interval.value),
                        d.fixed,
                        d.broken
                    )
                });
                (text, style)
            }
            None => (String::new(), theme.dim()),
        };
        effects.push(Span::styled(
            format!("│{}", cell_text(&text, cell_width - 1)),
            style,
        ));
    }
    vec![Line::from(names), Line::from(scores), Line::from(effects)]
}

fn row_line(
    model: &Model,
    plan: &Plan,
    row: usize,
    shown: &[usize],
    row_width: usize,
    cell_width: usize,
) -> Line<'static> {
    let theme = model.theme;
    let here = row == model.row;
    let data = plan.dataset.row(row).unwrap_or_default();
    let mark = if model.grid().is_some_and(|g| differs(g, row)) {
        "≠"
    } else {
        " "
    };
    let label = format!(
        "{}{} {mark} {}",
        if here { "▸" } else { " " },
        one_line(&data.id),
        one_line(&input(&data))
    );
    let mut spans = vec![Span::styled(
        cell_text(&label, row_width),
        if here { theme.strong() } else { Style::new() },
    )];
    for &v in shown {
        spans.push(Span::raw("│"));
        let (text, style) = cell(model, plan, v, row);
        let style = if here && v == model.variant {
            style.patch(theme.cursor())
        } else {
            style
        };
        spans.push(Span::styled(cell_text(&text, cell_width - 1), style));
    }
    Line::from(spans)
}

/// Glyph and answer of a cell; of several samples the first, and how many are right.
fn cell(model: &Model, plan: &Plan, v: usize, row: usize) -> (String, Style) {
    let Some(grid) = model.grid() else {
        return (String::new(), Style::new());
    };
    let first = grid.cell(v, row, 0);
    let id = TrialId {
        variant: v as u32,
        model: model.model as u32,
        row: row as u32,
        sample: 0,
    };
    let (glyph, style) = glyph(&first, model.theme);
    let answer = match first.state {
        CellState::Running => model
            .streams
            .get(&id)
            .map(|s| one_line(s))
            .unwrap_or_default(),
        CellState::Pending => String::new(),
        CellState::Failed(kind) => kind.to_string(),
        _ => match first.answer {
            Some(answer) => one_line(grid.answer_text(answer)),
            None => model
                .output(id)
                .and_then(|r| r.outcome.completion().map(|c| one_line(&c.text)))
                .unwrap_or_default(),
        },
    };
    let mut text = format!("{glyph} {answer}");
    if grid.samples() > 1 {
        let right = (0..grid.samples())
            .filter(|&s| grid.cell(v, row, s).score.is_some_and(|x| x >= 1.0))
            .count();
        let done = (0..grid.samples())
            .filter(|&s| grid.cell(v, row, s).state.is_answered())
            .count();
        text += &format!(" {right}/{done}");
    }
    if v != plan.baseline && first.state.is_answered() {
        let base = grid.cell(plan.baseline, row, 0);
        if base.state.is_answered() && base.answer != first.answer {
            text += " ≠";
        }
    }
    (text, style)
}

fn glyph(cell: &Cell, theme: Theme) -> (&'static str, Style) {
    match cell.state {
        CellState::Pending => ("·", theme.dim()),
        CellState::Running => ("…", theme.unsure()),
        CellState::Scored if cell.score.is_some_and(|s| s >= 1.0) => ("✓", theme.good()),
        CellState::Scored => ("✗", theme.bad()),
        CellState::Unreadable => ("~", theme.unsure()),
        CellState::Refused => ("⊘", theme.unsure()),
        CellState::Truncated => ("✂", theme.unsure()),
        CellState::Failed(_) => ("!", theme.bad()),
    }
}

/// The outputs of the row under the cursor, side by side.
fn outputs(
    frame: &mut Frame<'_>,
    area: Rect,
    model: &Model,
    plan: &Plan,
    shown: &[usize],
    row_width: usize,
    cell_width: usize,
) {
    let theme = model.theme;
    let Ok(data) = plan.dataset.row(model.row) else {
        return;
    };
    let sample = if plan.experiment.samples > 1 {
        format!(", sample {}/{}", model.sample + 1, plan.experiment.samples)
    } else {
        String::new()
    };
    let title = format!(
        "── {}{sample} · want: {} ",
        one_line(&data.id),
        one_line(&data.expected_text().unwrap_or_else(|| "–".into()))
    );
    let rule = "─".repeat(usize::from(area.width).saturating_sub(title.width()));
    let height = usize::from(area.height) - 1;
    let mut blocks = vec![wrap(&input(&data), row_width - 2)];
    let mut styles = vec![Style::new()];
    for &v in shown {
        let id = model.trial(v);
        let (text, style) = match model.output(id).map(|r| &r.outcome) {
            _ if model.streams.contains_key(&id) => {
                (model.streams[&id].clone() + "▏", theme.unsure())
            }
            Some(Outcome::Completed(c)) => {
                let marks = c
                    .refusal
                    .as_ref()
                    .map_or(String::new(), |r| format!("(refused) {r}"));
                (
                    format!(
                        "{}{marks}\n{:.0} ms, {} tok",
                        c.text, c.latency_ms, c.usage.completion
                    ),
                    Style::new(),
                )
            }
            Some(Outcome::Failed(f)) => (f.to_string(), theme.bad()),
            None => match model
                .grid()
                .filter(|g| model.row < g.rows())
                .map(|g| g.cell(v, model.row, model.sample).state)
            {
                Some(CellState::Running) => ("waiting …".to_owned(), theme.dim()),
                _ => (String::new(), theme.dim()),
            },
        };
        blocks.push(wrap(&text, cell_width - 2));
        styles.push(style);
    }
    let mut lines = vec![Line::styled(title + &rule, theme.dim())];
    for i in 0..height {
        let mut spans = Vec::new();
        for (b, block) in blocks.iter().enumerate() {
            let width = if b == 0 { row_width } else { cell_width };
            let more = i + 1 == height && block.len() > height;
            let text = if more {
                "…"
            } else {
                block.get(i).map_or("", String::as_str)
            };
            spans.push(Span::raw(if b == 0 { " " } else { "│" }));
            spans.push(Span::styled(cell_text(text, width - 1), styles[b]));
        }
        lines.push(Line::from(spans));
    }
    frame.render_widget(Paragraph::new(lines), area);
}

/// The text of a row for a person: its longest text column.
pub fn input(row: &Row) -> String {
    let expected = row.expected_text();
    row.fields
        .values()
        .filter_map(|v| v.as_str())
        .filter(|t| Some(*t) != expected.as_deref())
        .max_by_key(|t| t.len())
        .unwrap_or("")
        .to_owned()
}
