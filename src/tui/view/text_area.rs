//! The template as it is edited in place: numbered lines, long ones shifted so that the cursor is seen.

use super::{popup::Content, text};
use crate::tui::model::{Model, TextArea};
use ratatui::text::{Line, Span};
use std::path::Path;
use unicode_segmentation::UnicodeSegmentation;

pub(super) fn content(
    model: &Model,
    path: &Path,
    area: &TextArea,
    width: usize,
    height: usize,
) -> Content {
    let theme = model.view.theme;
    let (at, bytes) = area.cursor();
    let room = width.saturating_sub(6).max(4);
    let from = at
        .saturating_sub(height.saturating_sub(1) / 2)
        .min(area.lines().len().saturating_sub(height));
    let lines = area
        .lines()
        .iter()
        .enumerate()
        .skip(from)
        .take(height)
        .map(|(i, line)| {
            let mut spans = vec![Span::styled(format!("{:>4} ", i + 1), theme.dim())];
            if i == at {
                spans.extend(with_cursor(model, line, bytes, room));
            } else {
                spans.push(Span::raw(text::fit(&shown(line), room)));
            }
            Line::from(spans)
        })
        .collect();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mark = if area.is_changed() { " · unsaved" } else { "" };
    Content::text(
        format!(" {}{mark} · ^s: save, Esc: close ", text::line(&name)),
        lines,
        0,
    )
}

fn shown(line: &str) -> String {
    text::clean(line).replace('\t', "    ")
}

/// The line of the cursor, shifted to the left where it is long.
fn with_cursor(model: &Model, line: &str, bytes: usize, room: usize) -> Vec<Span<'static>> {
    let (before, after) = line.split_at(bytes);
    let before = text::tail(&shown(before), room.saturating_sub(2));
    let mut rest = after.graphemes(true);
    let here = rest.next().map_or(" ".to_owned(), shown);
    let here = if text::width(&here) == 0 {
        " ".to_owned()
    } else {
        here
    };
    let left = room.saturating_sub(text::width(&before) + text::width(&here));
    vec![
        Span::raw(before),
        Span::styled(here, model.view.theme.cursor()),
        Span::raw(text::fit(&shown(rest.as_str()), left)),
    ]
}
