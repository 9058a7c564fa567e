//! The map: right and wrong of thousands of cells on one screen, rows along the width, variants in bands; where there are
//! more variants than lines, two share a line (half-blocks). Without colors each cell is a sign of its own.

use super::{cells, model_names::ModelNames, text, variant_names::ShownVariants};
use crate::tui::model::{GridColumn, Hit, Measured, Model, ScrolledList, Table};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Color, Style},
    text::{Line, Span},
};

/// How large a cell is, and how many variants share a line.
struct CellSize {
    /// Variants one above the other in a line: two where there is no room for a line each.
    each: usize,
    width: u16,
    height: u16,
}

impl CellSize {
    /// Cells grow while all variants and all rows are seen at once.
    fn new(area: Rect, variants: usize, rows: usize, plain: bool) -> CellSize {
        let (variants, lines) = (variants.max(1) as u16, area.height.saturating_sub(1));
        if !plain && variants > lines {
            return CellSize {
                each: 2,
                width: 1,
                height: 1,
            };
        }
        let width = (usize::from(area.width) / rows.max(1)).clamp(1, 4) as u16;
        let one_band = rows <= usize::from(area.width);
        CellSize {
            each: 1,
            width,
            height: if one_band && !plain {
                (lines / variants).clamp(1, 4)
            } else {
                1
            },
        }
    }
}

pub(super) fn draw(
    buffer: &mut Buffer,
    area: Rect,
    model: &Model,
    table: &Table,
    seen: &mut Measured,
) {
    let theme = model.view.theme;
    let order = &model.answers.columns.all;
    let n = order.len();
    let rows = &model.answers.arrangement.rows;
    let legend = if theme.is_plain() {
        " ✓ correct  ± partly  ✗ wrong  ~ unreadable  ! failed  · pending; Enter: details"
    } else {
        " green: correct, yellow: partly, red: wrong, gray: no score; Enter: details"
    };
    let legend = text::fit(legend, usize::from(area.width));
    text::put(buffer, area, &[Line::styled(legend, theme.dim())]);
    let body = text::below_title(area);
    if n == 0 || rows.is_empty() || body.height < 2 {
        return;
    }
    let shares_lines = !theme.is_plain() && n > usize::from(body.height - 1);
    // Two names stand beside a line of two variants.
    let label = (if shares_lines { 34u16 } else { 18 }).min(area.width / 3);
    let right = Rect {
        width: area.width.saturating_sub(label + 1),
        ..body
    };
    let variants = ShownVariants::new(table, order.iter().map(|c| c.variant));
    let size = CellSize::new(right, n, rows.len(), theme.is_plain());
    let width = usize::from(right.width / size.width).max(1);
    let band = n.div_ceil(size.each) as u16;
    // Bands of rows below each other, with a line between them; a band that is too high is cut.
    let shown = band.min(body.height.saturating_sub(1) / size.height);
    let high = shown * size.height + 1;
    let bands = usize::from(body.height / high).max(1);
    seen.page = width;
    let first_band = (seen.offsets).follow(
        ScrolledList::Map,
        model.row_position() / width,
        bands,
        rows.len().div_ceil(width),
    );
    let from = first_band * width;
    let first = first_line(model, size.each, shown, band);
    for b in 0..bands {
        let start = from + b * width;
        if start >= rows.len() {
            break;
        }
        let top = body.y + b as u16 * high;
        let last = (start + width).min(rows.len());
        for line in 0..shown {
            let v = usize::from(first + line) * size.each;
            let y = top + line * size.height;
            names(
                buffer,
                Rect::new(body.x, y, label, 1),
                model,
                (table, &variants),
                v,
                size.each,
            );
            for (i, row) in rows.iter().enumerate().take(last).skip(start) {
                let x = body.x + label + (i - start) as u16 * size.width;
                let cell = Rect::new(x, y, size.width, size.height);
                draw_cell(buffer, cell, model, (v, *row as usize), size.each);
                seen.hits.add(cell, Hit::Cell(i, order[v.min(n - 1)]));
            }
        }
        let said = format!("{} – {} of {}", start + 1, last, rows.len());
        let line = Line::styled(said, theme.dim());
        buffer.set_line(body.x + label, top + high - 1, &line, right.width);
    }
}

/// The first line of a band that is shown, so that the variant under the cursor is.
fn first_line(model: &Model, each: usize, shown: u16, band: u16) -> u16 {
    let order = &model.answers.columns.all;
    let here = order.iter().position(|c| *c == model.cursor.column());
    let at = (here.unwrap_or(0) / each) as u16;
    at.saturating_sub(shown.saturating_sub(1))
        .min(band.saturating_sub(shown))
}

/// The names of the variants of a line: of both, where two share it.
fn names(
    buffer: &mut Buffer,
    area: Rect,
    model: &Model,
    (table, variants): (&Table, &ShownVariants<'_>),
    v: usize,
    each: usize,
) {
    let theme = model.view.theme;
    let models = ModelNames::new(model, table);
    let order = &model.answers.columns.all;
    let columns = &order[v..(v + each).min(order.len())];
    let here = columns.contains(&model.cursor.column());
    let room = usize::from(area.width).saturating_sub(2);
    let each_room = (room.saturating_sub(3 * (columns.len() - 1)) / columns.len().max(1)).max(1);
    let mut spans = vec![Span::raw(if here { "▸" } else { " " })];
    for (i, column) in columns.iter().enumerate() {
        let style = if *column == model.cursor.column() {
            theme.strong().patch(theme.accent())
        } else {
            theme.dim()
        };
        if i > 0 {
            spans.push(Span::styled(" / ", theme.dim()));
        }
        let variant = variants.name(column.variant, each_room);
        let model_name = models.name(column.model, 10);
        // The second of a line says what differs from the first.
        let name = match i.checked_sub(1).map(|before| columns[before]) {
            _ if !model.answers.columns.has_groups() => variant,
            Some(before) if before.variant == column.variant => model_name,
            Some(before) if before.model == column.model => variant,
            _ => {
                let room = each_room.saturating_sub(text::width(&model_name) + 1);
                format!("{} {model_name}", variants.name(column.variant, room))
            }
        };
        spans.push(Span::styled(
            text::fit(&text::line(&name), each_room),
            style,
        ));
    }
    buffer.set_line(area.x, area.y, &Line::from(spans), area.width);
}

fn draw_cell(
    buffer: &mut Buffer,
    area: Rect,
    model: &Model,
    (v, row): (usize, usize),
    each: usize,
) {
    let theme = model.view.theme;
    let order = &model.answers.columns.all;
    let columns = &order[v..(v + each).min(order.len())];
    let here = row == model.cursor.row && columns.contains(&model.cursor.column());
    let outcome = |column: &GridColumn| {
        let grid = model.answers.grids.get(column.model);
        grid.map(|grid| grid.summary(column.variant, row).outcome())
    };
    if theme.is_plain() {
        let outcome = columns.first().and_then(outcome);
        let (sign, style) =
            outcome.map_or(("", Style::new()), |found| cells::styled_sign(theme, found));
        let style = if here { theme.cursor() } else { style };
        buffer.set_string(area.x, area.y, sign, style);
        return;
    }
    let color =
        |column: &GridColumn| outcome(column).map_or(Color::Reset, |outcome| theme.heat(outcome));
    let above = columns.first().map_or(Color::Reset, color);
    let (fill, below) = match each {
        1 => ("█", Color::Reset),
        _ => ("▀", columns.get(1).map_or(Color::Reset, color)),
    };
    for y in area.y..area.bottom() {
        for x in area.x..area.right() {
            buffer.set_string(x, y, fill, Style::new().fg(above).bg(below));
        }
    }
    if here {
        let sign = match (each, columns.first() == Some(&model.cursor.column())) {
            (1, _) => "◆",
            (_, true) => "▲",
            (_, false) => "▼",
        };
        let style = Style::new()
            .fg(Color::Black)
            .bg(color(&model.cursor.column()));
        buffer.set_string(area.x, area.y, sign, style);
    }
}
