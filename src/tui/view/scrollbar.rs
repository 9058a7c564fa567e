//! Which part of a list is on the screen, as a thick line along its edge. Nothing where all of it is.

use crate::tui::model::Theme;
use ratatui::{buffer::Buffer, layout::Rect};

/// The first and the last cell of the thick part, of `room`.
fn thumb((from, shown, all): (usize, usize, usize), room: usize) -> Option<(usize, usize)> {
    if all <= shown || room < 2 || shown == 0 {
        return None;
    }
    let length = (room * shown).div_ceil(all).clamp(1, room - 1);
    let free = room - length;
    let start = (from * free).div_ceil((all - shown).max(1)).min(free);
    Some((start, start + length - 1))
}

/// In the last column of an area: the first line shown, how many, and how many there are.
pub(super) fn vertical(
    buffer: &mut Buffer,
    area: Rect,
    theme: Theme,
    window: (usize, usize, usize),
) {
    if let Some((first, last)) = thumb(window, usize::from(area.height)) {
        let x = area.right().saturating_sub(1);
        for y in first..=last {
            buffer.set_string(x, area.y + y as u16, "┃", theme.accent());
        }
    }
}

/// In the line of an area.
pub(super) fn horizontal(
    buffer: &mut Buffer,
    area: Rect,
    theme: Theme,
    window: (usize, usize, usize),
) {
    if let Some((first, last)) = thumb(window, usize::from(area.width)) {
        let bar = "━".repeat(last + 1 - first);
        buffer.set_string(area.x + first as u16, area.y, bar, theme.accent());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thick_part_reaches_both_ends() {
        assert_eq!(thumb((0, 10, 10), 5), None);
        assert_eq!(thumb((0, 10, 100), 10), Some((0, 0)));
        assert_eq!(thumb((90, 10, 100), 10), Some((9, 9)));
        assert_eq!(thumb((1, 10, 100), 10), Some((1, 1)), "more above is seen");
        assert_eq!(thumb((0, 50, 100), 10), Some((0, 4)));
    }
}
