//! Lines under headings.

use crate::tui::{
    model::Theme,
    view::text::{self, Piece},
};
use ratatui::{
    style::Style,
    text::{Line, Span},
};

/// Lines of an output, a row or a folded prompt's message that are looked at; the rest is in the pager.
const MOST_TEXT: usize = 256 << 10;

/// Lines under headings.
pub(super) struct Page {
    pub(super) theme: Theme,
    pub(super) width: usize,
    pub(super) lines: Vec<Line<'static>>,
    pub(super) sections: Vec<(usize, String)>,
}

impl Page {
    pub(super) fn heading(&mut self, name: &str, note: &str) {
        let name = text::line(name);
        self.sections.push((self.lines.len(), name.clone()));
        let note = match note {
            "" => String::new(),
            note => format!(" · {note}"),
        };
        let note = text::fit(&note, self.width.saturating_sub(text::width(&name) + 4));
        let used = text::width(&name) + text::width(&note) + 4;
        let rule = "─".repeat(self.width.saturating_sub(used));
        self.lines.push(Line::from(vec![
            Span::styled("── ", self.theme.dim()),
            Span::styled(name, self.theme.strong()),
            Span::styled(format!("{note} {rule}"), self.theme.dim()),
        ]));
    }

    /// A name in front, its text wrapped beside it.
    pub(super) fn fact(&mut self, name: &str, pieces: &[Piece], name_width: usize) {
        let room = self.width.saturating_sub(name_width + 2);
        for (i, line) in text::wrap_pieces(pieces, room).into_iter().enumerate() {
            let name = text::pad(if i == 0 { name } else { "" }, name_width) + "  ";
            let mut spans = vec![Span::styled(name, self.theme.dim())];
            spans.extend(line.spans);
            self.lines.push(Line::from(spans));
        }
    }

    pub(super) fn facts(&mut self, facts: &[(impl AsRef<str>, String)]) {
        let names = facts.iter().map(|(name, _)| text::width(name.as_ref()));
        let name_width = names.max().unwrap_or(0).min(self.width / 3);
        for (name, value) in facts {
            let pieces = [(shorten(value).to_owned(), Style::new())];
            self.fact(&text::line(name.as_ref()), &pieces, name_width);
        }
    }

    pub(super) fn indented(&mut self, lines: Vec<Line<'static>>) {
        for mut line in lines {
            line.spans.insert(0, Span::raw("  "));
            self.lines.push(line);
        }
    }
}

pub(super) fn shorten(text: &str) -> &str {
    &text[..text.floor_char_boundary(MOST_TEXT)]
}
