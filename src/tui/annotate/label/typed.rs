//! Text as it is typed, with its cursor.

use crate::tui::{
    model::{TextArea, Theme},
    view::text,
};
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation;

pub(in crate::tui::annotate) fn typed_line(
    area: &TextArea,
    width: usize,
    theme: Theme,
) -> Line<'static> {
    let (before, after) = area.parts();
    let mut spans = vec![Span::raw(" > ")];
    spans.extend(with_cursor(before, after, width.saturating_sub(4), theme));
    Line::from(spans)
}

pub(super) fn typed_lines(area: &TextArea, width: usize, theme: Theme) -> Vec<Line<'static>> {
    let (at, bytes) = area.cursor();
    let line = |(number, line): (usize, &String)| {
        let mut spans = vec![Span::raw(" ")];
        if number == at {
            let (before, after) = line.split_at(bytes);
            spans.extend(with_cursor(before, after, width.saturating_sub(2), theme));
        } else {
            spans.push(Span::raw(text::fit(&shown(line), width.saturating_sub(2))));
        }
        Line::from(spans)
    };
    // The line of the cursor is seen, whatever room there is.
    let from = at.saturating_sub(6);
    area.lines()
        .iter()
        .enumerate()
        .skip(from)
        .take(9)
        .map(line)
        .collect()
}

fn shown(line: &str) -> String {
    text::clean(line).replace('\t', "    ")
}

fn with_cursor(before: &str, after: &str, room: usize, theme: Theme) -> Vec<Span<'static>> {
    let before = text::tail(&shown(before), room.saturating_sub(2));
    let mut rest = after.graphemes(true);
    let here = rest.next().map_or(" ".to_owned(), shown);
    let left = room.saturating_sub(text::width(&before) + text::width(&here));
    vec![
        Span::raw(before),
        Span::styled(here, theme.cursor()),
        Span::raw(text::fit(&shown(rest.as_str()), left)),
    ]
}
