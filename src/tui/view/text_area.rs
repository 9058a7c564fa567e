//! The template as it is edited in place: numbered lines, wrapped; beside it or below it the prompt of the current row.
//!
//! ```text
//! ┌ plain.j2:4:17 · unsaved ──────┐┌ Prompt · s01 · 17 of 40 ─┐
//! │   4 {{ role("system") }}Is …  ││ system  ~24 tok          │
//! │     review good or bad?       ││   Is this review good …  │
//! └───────────────────────────────┘└──────────────────────────┘
//! ```

use super::{
    pane::boxed,
    prompt::{message_lines, title},
    text,
};
use crate::tui::model::{Diagnostic, Measured, Model, SoftWrap, TextArea, Theme, shown_grapheme};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::{Modifier, Style},
    text::{Line, Span},
};
use std::{collections::VecDeque, path::Path};
use unicode_segmentation::UnicodeSegmentation;

/// Columns of the line numbers.
const NUMBERS: u16 = 5;
/// From this width on the prompt is beside the text, else below it where it is that high.
const BESIDE: u16 = 100;
const BELOW: u16 = 16;

pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    (model, path, area_text): (&Model, &Path, &TextArea),
    seen: &mut Measured,
) {
    let preview = &model.view.preview;
    let has_prompt = preview.shown.is_some() || preview.problem.is_some();
    let (editor, prompt) = if !has_prompt || preview.is_hidden {
        (area, None)
    } else if area.width >= BESIDE {
        let [left, right] =
            Layout::horizontal([Constraint::Percentage(56), Constraint::Min(0)]).areas(area);
        (left, Some(right))
    } else if area.height >= BELOW {
        let [top, bottom] =
            Layout::vertical([Constraint::Min(0), Constraint::Percentage(42)]).areas(area);
        (top, Some(bottom))
    } else {
        (area, None)
    };
    edited(frame, editor, (model, path, area_text), seen);
    if let Some(area) = prompt {
        rendered(frame, area, model);
    }
}

fn edited(
    frame: &mut Frame<'_>,
    area: Rect,
    (model, path, edited): (&Model, &Path, &TextArea),
    seen: &mut Measured,
) {
    let theme = model.view.theme;
    let (line, column) = edited.place();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mark = if edited.is_changed() {
        " · unsaved"
    } else {
        ""
    };
    let title = format!(" {}:{line}:{column}{mark} ", text::line(&name));
    let inner = boxed(frame, area, &title, theme, true);
    let problem = problem_of(model, path, line);
    let [above, below] = Layout::vertical([
        Constraint::Min(1),
        Constraint::Length(u16::from(problem.is_some())),
    ])
    .areas(inner);
    // A blank may hang in the last column, and the cursor has its place there.
    let room = usize::from(above.width.saturating_sub(NUMBERS + 1));
    (seen.page, seen.columns) = (usize::from(above.height), room);
    let lines = visible_lines(edited, room, usize::from(above.height), theme);
    text::put(frame.buffer_mut(), above, &lines);
    if let Some(problem) = problem {
        let (sign, style) = if problem.serious {
            ("✗", theme.bad())
        } else {
            ("!", theme.unsure())
        };
        let said = format!(" {sign} {}", text::line(&problem.line()));
        let line = Line::styled(text::fit(&said, usize::from(below.width)), style);
        text::put(frame.buffer_mut(), below, &[line]);
    }
}

/// The lines around that of the cursor, as they are wrapped.
fn visible_lines(
    edited: &TextArea,
    room: usize,
    height: usize,
    theme: Theme,
) -> Vec<Line<'static>> {
    let (here, at) = edited.cursor();
    let parts = |line: usize| -> VecDeque<Line<'static>> {
        let source = &edited.lines()[line];
        let wrap = SoftWrap::new(source, room);
        let cursor = (line == here).then_some(at);
        let drawn = (0..wrap.parts()).map(|part| {
            let number = match part {
                0 => format!("{:>4} ", line + 1),
                _ => " ".repeat(usize::from(NUMBERS)),
            };
            let range = wrap.range(part);
            let is_in = |at: &usize| wrap.part_of(*at) == part;
            let cursor = cursor.filter(is_in).map(|at| at - range.start);
            let mut spans = vec![Span::styled(number, theme.dim())];
            spans.extend(with_cursor(&source[range], cursor, theme));
            Line::from(spans)
        });
        drawn.collect()
    };
    let mut lines = parts(here);
    let mut at_cursor = SoftWrap::new(&edited.lines()[here], room).part_of(at);
    // Half of the window is above the cursor, more where less is below.
    let (mut above, mut below) = (here, here + 1);
    while lines.len() - at_cursor <= height && below < edited.lines().len() {
        lines.extend(parts(below));
        below += 1;
    }
    while at_cursor < height && above > 0 {
        above -= 1;
        for line in parts(above).into_iter().rev() {
            lines.push_front(line);
            at_cursor += 1;
        }
    }
    let from = at_cursor.saturating_sub(height.saturating_sub(1) / 2);
    let from = from.min(lines.len().saturating_sub(height));
    lines.into_iter().skip(from).take(height).collect()
}

/// A part of a line; the cursor is at a byte of it.
fn with_cursor(part: &str, cursor: Option<usize>, theme: Theme) -> Vec<Span<'static>> {
    let shown = |text: &str| -> String { text.graphemes(true).map(shown_grapheme).collect() };
    let Some(at) = cursor else {
        return vec![Span::raw(shown(part))];
    };
    let (before, after) = part.split_at(at);
    let mut rest = after.graphemes(true);
    let here = rest.next().map_or(String::new(), shown);
    let here = match text::width(&here) {
        0 => " ".to_owned(),
        _ => here,
    };
    vec![
        Span::raw(shown(before)),
        Span::styled(here, theme.cursor()),
        Span::raw(shown(rest.as_str())),
    ]
}

/// Why the text cannot be rendered; else what is wrong in the line of the cursor, as it was last saved.
fn problem_of<'m>(model: &'m Model, path: &Path, line: usize) -> Option<&'m Diagnostic> {
    if let Some(problem) = &model.view.preview.problem {
        return Some(problem);
    }
    let estimate = model.workspace.estimate.as_ref()?;
    estimate.troubles.iter().find(|trouble| {
        let place = trouble.place.as_ref();
        place.is_some_and(|p| p.line == line && (p.file.ends_with(path) || path.ends_with(&p.file)))
    })
}

/// The prompt of what is typed; while that cannot be rendered, the reason and the last prompt that could.
fn rendered(frame: &mut Frame<'_>, area: Rect, model: &Model) {
    let theme = model.view.theme;
    let Ok(table) = &model.answers.table else {
        return;
    };
    let preview = &model.view.preview;
    let title = match &preview.problem {
        Some(_) if preview.shown.is_some() => " Prompt before the error ".to_owned(),
        Some(_) => " Prompt ".to_owned(),
        None => title(model, table),
    };
    let inner = boxed(frame, area, &title, theme, false);
    let width = usize::from(inner.width);
    let mut lead = Vec::new();
    if let Some(problem) = &preview.problem {
        let said = problem.text.lines().next().unwrap_or_default();
        let wrapped = text::wrap(said, width.saturating_sub(2))
            .into_iter()
            .take(3);
        lead.extend(wrapped.map(|line| Line::styled(format!("✗ {line}"), theme.bad())));
    }
    let height = usize::from(inner.height);
    let room = height.saturating_sub(lead.len());
    let mut lines = lead;
    if let Some(prompt) = &preview.shown {
        let (all, changed) = message_lines(prompt, width, (model, preview.change));
        let from = changed.saturating_sub(room / 2);
        let from = from.min(all.len().saturating_sub(room));
        let style = match preview.problem {
            Some(_) => theme.dim(),
            None => Style::new(),
        };
        let shown = all.into_iter().skip(from).take(room);
        lines.extend(shown.map(|line| match preview.problem {
            Some(_) => Line::styled(line.to_string(), style.remove_modifier(Modifier::BOLD)),
            None => line,
        }));
    }
    text::put(frame.buffer_mut(), inner, &lines);
}
