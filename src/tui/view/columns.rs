//! The columns of the grid on the screen: how many fit and where they stand.

use crate::tui::model::{ColumnWindow, GridColumn, Model};
use ratatui::layout::Rect;

/// The narrowest a column gets, the line before it included.
const NARROWEST: u16 = 11;
/// The width of a column by itself.
const USUAL: u16 = 22;
/// The width that columns of one group get, so that there is room for all of them.
const GROUPED: u16 = 13;
/// A column does not get wider than this by itself; more room goes to the text of the rows.
const WIDEST: u16 = 44;

/// The columns of the grid and where they stand.
pub(super) struct Columns {
    /// Width of the column of rows.
    pub label: u16,
    /// Width of the others, the line before them included.
    pub each: u16,
    pub window: ColumnWindow,
    /// Which of those shown begin a group, where there are groups.
    starts: Vec<bool>,
}

/// A column in a line of the grid.
pub(super) struct ColumnArea {
    pub column: GridColumn,
    pub area: Rect,
    /// The line before it.
    pub edge: &'static str,
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
        let columns = &model.answers.columns;
        let usual = USUAL
            .saturating_add_signed(settings.column_layout.wider)
            .clamp(NARROWEST, width.saturating_sub(least).max(NARROWEST));
        let room = width.saturating_sub(least);
        let most = |width: u16| usize::from((room / width).max(1));
        // The models of a variant stand beside each other, where they can.
        let group = match columns.models.len().min(columns.group_len()) {
            group if settings.column_layout.wider == 0 => group.min(most(GROUPED)),
            _ => 1,
        };
        let wanted = (most(usual).max(group))
            .saturating_add_signed(isize::from(settings.columns))
            .clamp(1, most(NARROWEST));
        let window = columns.window(wanted, model.cursor.column());
        let shown = &window.shown;
        let starts = (0..shown.len()).map(|i| {
            columns.has_groups() && (i == 0 || !columns.are_grouped(shown[i - 1], shown[i]))
        });
        let starts = starts.collect();
        let n = shown.len().max(1) as u16;
        // What is left goes to the text of the rows first, then to the columns, then to the text again.
        let left = room.saturating_sub(n * usual);
        let text = (width * 3 / 10).saturating_sub(least);
        let each = ((room - left.min(text)) / n).min(WIDEST.max(usual));
        Columns {
            label: width.saturating_sub(each * n).max(least),
            each,
            window,
            starts,
        }
    }

    pub(super) fn shown(&self) -> &[GridColumn] {
        &self.window.shown
    }

    /// The columns with their areas in a line of the grid.
    pub(super) fn areas(&self, area: Rect) -> impl Iterator<Item = ColumnArea> + '_ {
        self.shown().iter().enumerate().map(move |(i, column)| {
            let x = area.x + self.label + self.each * i as u16;
            let width = self.each.min(area.right().saturating_sub(x));
            ColumnArea {
                column: *column,
                area: Rect::new(x, area.y, width, area.height),
                edge: if self.starts[i] { "┃" } else { "│" },
            }
        })
    }

    /// The groups with their areas in a line of the grid: the first column of each, and the width of all.
    pub(super) fn groups(&self, area: Rect) -> Vec<ColumnArea> {
        let mut groups: Vec<ColumnArea> = Vec::new();
        for (next, starts) in self.areas(area).zip(&self.starts) {
            match groups.last_mut() {
                Some(group) if !starts => group.area.width += next.area.width,
                _ => groups.push(next),
            }
        }
        groups
    }
}
