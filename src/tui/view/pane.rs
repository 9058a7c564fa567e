//! A pane of a screen: its frame, and the lines that are seen of a longer text.

use super::text;
use crate::tui::model::{Measured, Model, Theme};
use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
    widgets::{Block, BorderType, Borders},
};

/// Behind the title of a pane that fills the screen.
pub(super) const ZOOMED: &str = "· zoomed, z: back ";

/// The frame of a pane of a screen: its title says where it is zoomed.
pub(super) fn pane_box(
    frame: &mut Frame<'_>,
    area: Rect,
    title: &str,
    model: &Model,
    at_hand: bool,
) -> Rect {
    let zoomed = if model.view.zoom { ZOOMED } else { "" };
    boxed(
        frame,
        area,
        &format!("{title}{zoomed}"),
        model.view.theme,
        at_hand,
    )
}

/// A frame with a title; what is inside it.
pub(super) fn boxed(
    frame: &mut Frame<'_>,
    area: Rect,
    title: &str,
    theme: Theme,
    at_hand: bool,
) -> Rect {
    let style = if at_hand { theme.accent() } else { theme.dim() };
    let title = text::fit(title, usize::from(area.width).saturating_sub(2));
    let title = Span::styled(title, if at_hand { theme.strong() } else { theme.dim() });
    // Without colors the pane that has the focus has a double frame.
    let border = if at_hand && theme.is_plain() {
        BorderType::Double
    } else {
        BorderType::Plain
    };
    let block = Block::new()
        .borders(Borders::ALL)
        .border_type(border)
        .border_style(style)
        .title(title);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    inner
}

/// Lines with those scrolled away left out; where the pane is not at hand and too small, the prompt shows its end,
/// for the row itself stands there.
pub(super) fn scrolled(
    frame: &mut Frame<'_>,
    inner: Rect,
    model: &Model,
    lines: &[Line<'_>],
    which: usize,
    seen: &mut Measured,
) {
    let room = usize::from(inner.height);
    let most = lines.len().saturating_sub(room);
    let at_hand = model.cursor.pane == which + 1;
    if at_hand {
        (seen.scroll, seen.page) = (most, room);
    }
    let from = if which == 1 && !at_hand {
        most
    } else {
        model.cursor.scrolls[which].min(most)
    };
    text::put(frame.buffer_mut(), inner, &lines[from..]);
    if from > 0 && room > 1 {
        let said = Line::styled(
            format!("… {} lines above", from + 1),
            model.view.theme.dim(),
        );
        let line = Rect { height: 1, ..inner };
        frame.buffer_mut().set_string(
            line.x,
            line.y,
            " ".repeat(usize::from(line.width)),
            Style::new(),
        );
        text::put(frame.buffer_mut(), line, &[said]);
    }
}
