//! The template as it is edited in place: numbered lines, long ones shifted so that the cursor is seen.

use super::{popup::Content, text};
use crate::tui::model::{Diagnostic, Model, TextArea};
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
    let problem = problem_at(model, path, at + 1);
    let height = height.saturating_sub(usize::from(problem.is_some()));
    let room = width.saturating_sub(6).max(4);
    let from = at
        .saturating_sub(height.saturating_sub(1) / 2)
        .min(area.lines().len().saturating_sub(height));
    let mut lines: Vec<Line<'static>> = area
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
    if let Some(problem) = problem {
        let (sign, style) = if problem.serious {
            ("✗", theme.bad())
        } else {
            ("!", theme.unsure())
        };
        lines.resize(height, Line::raw(""));
        let said = format!(" {sign} {}", text::line(&problem.line()));
        lines.push(Line::styled(text::fit(&said, width), style));
    }
    let (line, column) = area.place();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mark = if area.is_changed() { " · unsaved" } else { "" };
    Content::text(
        format!(" {}:{line}:{column}{mark} ", text::line(&name)),
        lines,
        0,
    )
}

/// What is wrong in a line of the template, as it was last saved.
fn problem_at<'m>(model: &'m Model, path: &Path, line: usize) -> Option<&'m Diagnostic> {
    let estimate = model.workspace.estimate.as_ref()?;
    estimate.troubles.iter().find(|trouble| {
        let place = trouble.place.as_ref();
        place.is_some_and(|p| p.line == line && (p.file.ends_with(path) || path.ends_with(&p.file)))
    })
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
