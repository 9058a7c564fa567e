//! The columns of the grid: how many fit, where they stand, and which variant each shows.

use crate::tui::model::Model;
use ratatui::layout::Rect;

/// The narrowest a column gets, the line before it included.
const NARROWEST: u16 = 11;
/// The width of a column by itself.
const USUAL: u16 = 22;
/// A column does not get wider than this by itself; more room goes to the text of the rows.
const WIDEST: u16 = 44;

/// The columns of the grid: where they stand and which variant each shows.
pub(super) struct Columns {
    /// Width of the column of rows.
    pub label: u16,
    /// Width of the others, the line before them included.
    pub each: u16,
    /// Which variants: those pinned first, then those around the cursor.
    pub shown: Vec<usize>,
    /// Of the columns that are not pinned: the first one shown, how many, and how many there are.
    pub window: (usize, usize, usize),
}

impl Columns {
    /// For a width: as many columns as fit, then as many as the settings say. What is left goes to the text of the rows.
    pub(super) fn new(model: &Model, width: u16) -> Columns {
        let least = match width {
            0..80 => 20,
            80..110 => 24,
            _ => (width / 4).max(29),
        };
        let settings = &model.view.settings;
        let usual = USUAL
            .saturating_add_signed(settings.column_layout.wider)
            .clamp(NARROWEST, width.saturating_sub(least).max(NARROWEST));
        let room = width.saturating_sub(least);
        let wanted = usize::from((room / usual).max(1))
            .saturating_add_signed(isize::from(settings.columns))
            .clamp(1, usize::from((room / NARROWEST).max(1)));
        let (shown, window) = visible_variants(model, wanted);
        let n = shown.len().max(1) as u16;
        // What is left goes to the text of the rows first, then to the columns, then to the text again.
        let left = room.saturating_sub(n * usual);
        let text = (width * 3 / 10).saturating_sub(least);
        let each = ((room - left.min(text)) / n).min(WIDEST.max(usual));
        Columns {
            label: width.saturating_sub(each * n).max(least),
            each,
            shown,
            window,
        }
    }

    /// The columns with their areas in a line of the grid.
    pub(super) fn areas(&self, area: Rect) -> impl Iterator<Item = (usize, Rect)> + '_ {
        self.shown.iter().enumerate().map(move |(i, v)| {
            let x = area.x + self.label + self.each * i as u16;
            let width = self.each.min(area.right().saturating_sub(x));
            (*v, Rect::new(x, area.y, width, area.height))
        })
    }
}

/// The pinned columns, and the window of the others that holds the one under the cursor.
fn visible_variants(model: &Model, room: usize) -> (Vec<usize>, (usize, usize, usize)) {
    let columns = &model.answers.columns;
    let all = &columns.variants;
    if all.len() <= room {
        let free = all.len() - columns.pinned;
        return (all.clone(), (0, free, free));
    }
    // However many are pinned, there is room for the one under the cursor.
    let pinned = columns.pinned.min(room - 1);
    let free = &all[columns.pinned..];
    let at = free.iter().position(|v| *v == model.cursor.variant);
    let page = (room - pinned).min(free.len());
    let from = at.map_or(0, |at| at / page.max(1) * page);
    let from = from.min(free.len() - page);
    let mut shown = all[..pinned].to_vec();
    shown.extend(&free[from..from + page]);
    if !shown.contains(&model.cursor.variant) && all.contains(&model.cursor.variant) {
        // A pinned one for which there is no room, in place of the last.
        shown.pop();
        shown.push(model.cursor.variant);
    }
    (shown, (from, page, free.len()))
}
