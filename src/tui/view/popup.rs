//! What lies on top of a screen: help, messages, a question.

use crate::{
    display::wrap,
    tui::{KEYS, Model, Popup},
};
use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::{Block, Borders, Clear, Paragraph},
};

/// Draw the popup on top.
pub fn draw(frame: &mut Frame<'_>, area: Rect, model: &Model) {
    let Some(popup) = model.popups.last() else {
        return;
    };
    let theme = model.theme;
    let width = area.width.saturating_sub(6).min(96);
    let (title, lines) = match popup {
        Popup::Help => {
            let mut lines: Vec<Line<'_>> = KEYS
                .iter()
                .map(|key| {
                    let place = key.screen.map_or(String::new(), |s| format!(" ({s:?})"));
                    Line::from(vec![
                        Span::styled(format!(" {:<9}", key.shown), theme.accent()),
                        Span::raw(format!("{}{place}", key.help)),
                    ])
                })
                .collect();
            let legend = " ✓ right  ✗ wrong  ~ unreadable  ✂ truncated  ⊘ refused  ! failed  … on its way  ≠ differs from the baseline *";
            lines.extend(
                wrap(legend, usize::from(width) - 3)
                    .into_iter()
                    .map(|l| Line::styled(format!(" {}", l.trim_start()), theme.dim())),
            );
            (" Keys ", lines)
        }
        Popup::Message(text) => {
            let lines = wrap(text, usize::from(width) - 4)
                .into_iter()
                .map(|l| Line::raw(format!(" {l}")))
                .collect();
            (" Esc closes ", lines)
        }
        Popup::ConfirmQuit => {
            let text = "A run is on its way; what was done is kept. q or Enter leaves, Esc stays.";
            (
                " Leave? ",
                wrap(text, usize::from(width) - 4)
                    .into_iter()
                    .map(|l| Line::raw(format!(" {l}")))
                    .collect(),
            )
        }
    };
    let mut lines: Vec<Line<'_>> = lines;
    let height = (lines.len() as u16 + 2).min(area.height.saturating_sub(2));
    let room = usize::from(height.saturating_sub(2));
    if lines.len() > room && *popup == Popup::Help {
        // Two columns where one is too long.
        let half = lines.len().div_ceil(2);
        let right = lines.split_off(half);
        let column = usize::from(width.saturating_sub(2)) / 2;
        for (line, other) in lines.iter_mut().zip(right) {
            let text: String = line.spans.iter().map(|s| s.content.as_ref()).collect();
            let other: String = other.spans.iter().map(|s| s.content.as_ref()).collect();
            let left = crate::display::fit(&text, column - 1);
            let pad = column.saturating_sub(unicode_width::UnicodeWidthStr::width(left.as_str()));
            *line = Line::raw(format!(
                "{left}{}{}",
                " ".repeat(pad),
                crate::display::fit(&other, column)
            ));
        }
    }
    let height = (lines.len() as u16 + 2).min(area.height.saturating_sub(2));
    let at = Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    };
    let block = Block::new().borders(Borders::ALL).title(title);
    let inner = block.inner(at);
    frame.render_widget(Clear, at);
    frame.render_widget(block, at);
    frame.render_widget(Paragraph::new(lines), inner);
}
