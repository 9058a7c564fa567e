//! The map: right and wrong of thousands of cells on one screen, two in each place (half-blocks), rows along the width,
//! variants in bands. Without colors each cell is a sign of its own.

use super::{cells, text};
use crate::tui::model::{Hit, Measured, Model, Table};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Color, Style},
    text::Line,
};

pub(super) fn draw(
    buffer: &mut Buffer,
    area: Rect,
    model: &Model,
    table: &Table,
    seen: &mut Measured,
) {
    let theme = model.view.theme;
    let Some(cells) = model.cells() else { return };
    let order = &model.answers.columns.variants;
    let n = order.len();
    let label = 18u16.min(area.width / 3);
    let width = usize::from(area.width.saturating_sub(label + 1)).max(1);
    let each = if theme.is_plain() { 1 } else { 2 };
    let band = n.div_ceil(each) as u16;
    let rows = &model.answers.arrangement.rows;
    let legend = if theme.is_plain() {
        " ✓ correct  ± partly  ✗ wrong  ~ unreadable  ! failed  · pending; Enter: details"
    } else {
        " green: correct, yellow: partly, red: wrong, gray: no score; Enter: details"
    };
    text::put(
        buffer,
        area,
        &[Line::styled(
            text::fit(legend, usize::from(area.width)),
            theme.dim(),
        )],
    );
    let body = Rect::new(
        area.x,
        area.y + 1,
        area.width,
        area.height.saturating_sub(1),
    );
    if band == 0 || rows.is_empty() || body.height < 2 {
        return;
    }
    // Bands of rows below each other, with a line between them; a band that is too high is cut.
    let shown = band.min(body.height.saturating_sub(1));
    let bands = usize::from(body.height / (shown + 1)).max(1);
    let page = width * bands;
    seen.page = width;
    let from = (model.row_position() / page) * page;
    let first = first_line(model, each, shown, band);
    for b in 0..bands {
        let start = from + b * width;
        if start >= rows.len() {
            break;
        }
        let y = body.y + b as u16 * (shown + 1);
        let last = (start + width).min(rows.len());
        for line in 0..shown {
            let v = usize::from(first + line) * each;
            names(
                buffer,
                Rect::new(body.x, y + line, label, 1),
                model,
                table,
                v,
                each,
            );
            for (i, row) in rows.iter().enumerate().take(last).skip(start) {
                let x = body.x + label + (i - start) as u16;
                draw_cell(buffer, x, y + line, model, cells, (v, *row as usize), each);
                seen.hits.add(
                    Rect::new(x, y + line, 1, 1),
                    Hit::Cell(i, order[v.min(n - 1)]),
                );
            }
        }
        let said = format!("{} – {} of {}", start + 1, last, rows.len());
        let line = Line::styled(said, theme.dim());
        buffer.set_line(body.x + label, y + shown, &line, width as u16);
    }
}

/// The first line of a band that is shown, so that the variant under the cursor is.
fn first_line(model: &Model, each: usize, shown: u16, band: u16) -> u16 {
    let order = &model.answers.columns.variants;
    let here = order.iter().position(|v| *v == model.cursor.variant);
    let at = (here.unwrap_or(0) / each) as u16;
    at.saturating_sub(shown.saturating_sub(1))
        .min(band.saturating_sub(shown))
}

fn names(buffer: &mut Buffer, area: Rect, model: &Model, table: &Table, v: usize, each: usize) {
    let theme = model.view.theme;
    let order = &model.answers.columns.variants;
    let variants = &order[v..(v + each).min(order.len())];
    let here = variants.contains(&model.cursor.variant);
    let which = if here {
        Some(&model.cursor.variant)
    } else {
        variants.first()
    };
    let name = text::line(which.map_or("", |v| table.short(*v)));
    let mark = if here { "▸" } else { " " };
    let style = if here {
        theme.strong().patch(theme.accent())
    } else {
        theme.dim()
    };
    let said = text::fit(
        &format!("{mark}{name}"),
        usize::from(area.width).saturating_sub(1),
    );
    buffer.set_line(area.x, area.y, &Line::styled(said, style), area.width);
}

fn draw_cell(
    buffer: &mut Buffer,
    x: u16,
    y: u16,
    model: &Model,
    cells: &crate::outcome::Grid,
    (v, row): (usize, usize),
    each: usize,
) {
    let theme = model.view.theme;
    let order = &model.answers.columns.variants;
    let variants = &order[v..(v + each).min(order.len())];
    let here = row == model.cursor.row && variants.contains(&model.cursor.variant);
    if each == 1 {
        let (sign, style) = cells::sign(theme, &cells.summary(order[v], row));
        let style = if here { theme.cursor() } else { style };
        buffer.set_string(x, y, sign, style);
        return;
    }
    let color = |v: usize| theme.heat(cells.summary(v, row).outcome());
    let above = variants.first().map_or(Color::Reset, |v| color(*v));
    let below = variants.get(1).map_or(Color::Reset, |v| color(*v));
    let sign = match (here, variants.first() == Some(&model.cursor.variant)) {
        (true, true) => "▲",
        (true, false) => "▼",
        _ => "▀",
    };
    let style = if here {
        Style::new()
            .fg(Color::Black)
            .bg(color(model.cursor.variant))
    } else {
        Style::new().fg(above).bg(below)
    };
    buffer.set_string(x, y, sign, style);
}
