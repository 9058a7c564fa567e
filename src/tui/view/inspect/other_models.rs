//! What other models answered to the same prompt.

use super::page::Page;
use crate::tui::{
    model::{GridColumn, Model, Table},
    view::{answer, cells, text},
};

pub(super) fn other_models(page: &mut Page, model: &Model, table: &Table) {
    let row = model.cursor.row;
    let here = model.cursor.column();
    let others: Vec<_> = (model.answers.grids.iter().enumerate())
        .map(|(m, grid)| (GridColumn { model: m, ..here }, grid))
        .filter(|(column, _)| *column != here)
        .map(|(column, grid)| (column, grid.summary(here.variant, row)))
        .filter(|(_, sum)| sum.scored() + sum.failed + sum.unscored > 0)
        .collect();
    if others.is_empty() {
        return;
    }
    page.heading("Other models", "the same prompt");
    let name = |column: &GridColumn| {
        let name = table.models.get(column.model).map(ToString::to_string);
        text::line(&name.unwrap_or_default())
    };
    let names: Vec<String> = others.iter().map(|(column, _)| name(column)).collect();
    let widest = names.iter().map(|name| text::width(name)).max();
    let width = widest.unwrap_or(0).min(page.width / 2);
    for ((column, sum), name) in others.iter().zip(&names) {
        let (sign, style) = cells::styled_sign(page.theme, sum.outcome());
        let mut pieces = vec![(format!("{sign} "), style)];
        pieces.extend(answer::pieces(
            model,
            table,
            (*column, row),
            sum,
            usize::MAX,
        ));
        page.fact(name, &pieces, width);
    }
}
