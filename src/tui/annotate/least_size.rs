//! The smallest terminal that a screen of items is drawn in.

use crate::tui::view::text;
use ratatui::{Frame, text::Line};

/// Columns and rows.
const LEAST: (u16, u16) = (40, 12);

/// Whether there is room for the screen; where there is none, it says what is needed.
pub(super) fn fits(frame: &mut Frame<'_>) -> bool {
    let area = frame.area();
    let fits = area.width >= LEAST.0 && area.height >= LEAST.1;
    if !fits {
        let needs = format!(
            "needs {}x{}, has {}x{}",
            LEAST.0, LEAST.1, area.width, area.height
        );
        text::put(frame.buffer_mut(), area, &[Line::raw(needs)]);
    }
    fits
}
