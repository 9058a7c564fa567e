//! The cursor in the confusion matrix, and from one of its cells to the rows behind it.

use super::{columns, filter, view_state};
use crate::{
    row_filter::{Filter, quoted},
    tui::model::{Effect, Lens, Model, Screen},
};

/// How many labels the confusion matrix has, where the cursor is in it.
pub(super) fn matrix_labels(model: &Model) -> Option<usize> {
    let is_shown = model.view.screen == Screen::Grid
        && model.cursor.pane == 0
        && model.view.settings.lens == Lens::Labels;
    let labels = model.findings.breakdown.as_ref()?.labels.as_ref()?;
    (is_shown && !labels.labels.is_empty()).then_some(labels.labels.len())
}

/// Move over the answers of the matrix; `false` past its edge, from where the next variant is entered.
pub(super) fn move_sideways(model: &mut Model, by: isize) -> bool {
    let (Some(labels), true) = (matrix_labels(model), by != 0) else {
        return false;
    };
    let (last, at) = (labels + 1, &mut model.cursor.label_cell.1);
    let next = at.checked_add_signed(by).filter(|to| *to <= last);
    *at = next.unwrap_or(if by > 0 { 0 } else { last });
    next.is_some()
}

/// Filter the rows of the cell under the cursor.
pub(super) fn show_rows(model: &mut Model, out: &mut Vec<Effect>) {
    let found = model.findings.breakdown.clone();
    let Some(found) = found.as_ref().and_then(|found| found.labels.as_ref()) else {
        return;
    };
    let (expected, answer) = model.cursor.label_cell;
    let Some(label) = found.labels.get(expected) else {
        return;
    };
    let variant = filter::variant_name(model, model.cursor.variant);
    let given = match (
        found.labels.get(answer),
        answer - found.labels.len().min(answer),
    ) {
        (Some(given), _) => format!("gave({variant}, {})", quoted(given)),
        (None, 0) => format!("unreadable({variant})"),
        (None, _) => format!("failed({variant})"),
    };
    view_state::show_answers(model, out);
    model.view.settings.filter = Filter {
        text: format!("=expected == {} and {given}", quoted(label)),
        ..Filter::default()
    };
    columns::arrange_rows_by_cursor(model);
}
