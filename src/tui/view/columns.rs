//! The columns of the grid: how many fit, where they stand, and which variant each shows.

use crate::tui::model::{Model, Table};
use ratatui::layout::Rect;

/// The columns of the grid: where they stand and which variant each shows.
pub(super) struct Columns {
    /// Width of the column of rows.
    pub label: u16,
    /// Width of the others, the line before them included.
    pub each: u16,
    /// Which variants: the baseline first, then those around the cursor.
    pub shown: Vec<usize>,
}

impl Columns {
    /// For a width. Four columns from 120 on, three from 100, two from 80, else one; then as many as `more` says.
    pub(super) fn new(model: &Model, table: &Table, width: u16) -> Columns {
        let label = match width {
            0..80 => 20,
            80..110 => 24,
            _ => 29,
        };
        let room = width.saturating_sub(label);
        let fit = (room / 22).max(1) as usize;
        let most = (room / 11).max(1) as usize;
        let wanted = fit
            .saturating_add_signed(isize::from(model.view.settings.columns))
            .clamp(1, most);
        let shown = visible_variants(model, table.variants(), wanted);
        let each = (room / shown.len().max(1) as u16).min(44);
        Columns { label, each, shown }
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

/// The baseline, and the window of variants that holds the one under the cursor.
fn visible_variants(model: &Model, n: usize, room: usize) -> Vec<usize> {
    let others: Vec<usize> = (0..n).filter(|v| *v != model.answers.baseline).collect();
    if n <= room || n == 0 {
        let first = (model.answers.baseline < n).then_some(model.answers.baseline);
        return first.into_iter().chain(others).collect();
    }
    if room == 1 {
        return vec![model.cursor.variant.min(n - 1)];
    }
    let at = others
        .iter()
        .position(|v| *v == model.cursor.variant)
        .unwrap_or(0);
    let from = (at / (room - 1)) * (room - 1);
    let from = from.min(others.len().saturating_sub(room - 1));
    let mut shown = vec![model.answers.baseline];
    shown.extend(others.iter().skip(from).take(room - 1));
    shown
}
