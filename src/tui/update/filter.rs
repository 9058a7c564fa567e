//! Which rows are shown: the filter is typed and chosen, saved by name, and found wrong before it hides a row.

use super::{columns, view_state};
use crate::{
    row_filter::{Filter, RowFilter, RowKind, quoted},
    tui::model::{
        Effect, FilterChoice, FilterEntry, FilterMenu, LinePurpose, Model, Overlay, TextArea,
    },
};

/// Values of a column, or labels, that are offered at most.
const MOST_VALUES: usize = 12;

/// The menu for the filter that there is.
pub(super) fn menu(model: &Model) -> Overlay {
    let before = (
        model.view.settings.filter.clone(),
        model.answers.row_model,
        model.cursor.row,
    );
    Overlay::Filter(Box::new(FilterMenu::new(before, entries(model))))
}

/// The text or the selection changed: show these rows, where the filter is one.
pub(super) fn follow(model: &mut Model) {
    let Ok(table) = &model.answers.table else {
        return;
    };
    let names = table.row_names(model.answers.baseline, model.cursor.model);
    let Some(Overlay::Filter(menu)) = model.view.overlays.last_mut() else {
        return;
    };
    let typed = Filter {
        text: menu.input.text(),
        ..Filter::default()
    };
    let filter = menu.filter();
    let checked = RowFilter::new(&typed, &names).and_then(|_| RowFilter::new(&filter, &names));
    menu.problem = checked.err();
    if menu.problem.is_none() && model.view.settings.filter != filter {
        model.view.settings.filter = filter;
        columns::arrange_rows_by_cursor(model);
    }
}

/// Accept the filter; one that is wrong stays to be corrected.
pub(super) fn accept(model: &mut Model, menu: Box<FilterMenu>) {
    if menu.problem.is_some() {
        model.open(Overlay::Filter(menu));
    }
}

/// Write the selected condition into the text, to go on with another.
pub(super) fn add(model: &mut Model) {
    if let Some(Overlay::Filter(menu)) = model.view.overlays.last_mut()
        && menu.problem.is_none()
    {
        let filter = menu.filter();
        let text = filter
            .condition()
            .map_or(String::new(), |c| format!("={c}"));
        menu.input = TextArea::line(text);
        menu.at = 0;
        follow(model);
    }
}

/// Ask for a name for the filter.
pub(super) fn ask_name(model: &mut Model) {
    let Some(Overlay::Filter(menu)) = model.view.overlays.last() else {
        return;
    };
    if menu.problem.is_some() || menu.filter().is_all() {
        return model.refuse("there is no filter to save yet");
    }
    let name = match menu.entries.get(menu.at).map(|entry| &entry.choice) {
        Some(FilterChoice::Saved(name, _)) => name.clone(),
        _ => String::new(),
    };
    model.open(Overlay::Line {
        what: LinePurpose::FilterName,
        input: TextArea::line(name),
    });
}

/// Keep the filter by name, for later sessions too.
pub(super) fn save(model: &mut Model, name: &str, out: &mut Vec<Effect>) {
    let name = name.trim();
    if name.is_empty() {
        return model.refuse("a filter needs a name to be saved");
    }
    let filter = model.view.settings.filter.clone();
    (model.view.settings.saved_filters).insert(name.to_owned(), filter);
    renew(model);
    model.notify(format!("filter saved as {name}"));
    out.push(Effect::Remember(view_state::remember(model)));
}

/// Remove the saved filter that is selected.
pub(super) fn remove(model: &mut Model, out: &mut Vec<Effect>) {
    let Some(Overlay::Filter(menu)) = model.view.overlays.last() else {
        return;
    };
    let Some(FilterChoice::Saved(name, _)) = menu.entries.get(menu.at).map(|e| e.choice.clone())
    else {
        return model.refuse("select a saved filter to remove it");
    };
    model.view.settings.saved_filters.remove(&name);
    renew(model);
    model.notify(format!("filter {name} removed"));
    out.push(Effect::Remember(view_state::remember(model)));
}

/// The list anew, with the text as it is.
fn renew(model: &mut Model) {
    let entries = entries(model);
    if let Some(Overlay::Filter(menu)) = model.view.overlays.last_mut() {
        menu.entries = entries;
        menu.at = menu.at.min(menu.entries.len().saturating_sub(1));
    }
    follow(model);
}

fn entries(model: &Model) -> Vec<FilterEntry> {
    let entry = |word: &str, meaning: String, choice| FilterEntry {
        word: word.to_owned(),
        meaning,
        choice,
    };
    let mut all: Vec<FilterEntry> = RowKind::ALL
        .iter()
        .map(|(kind, word, meaning)| entry(word, (*meaning).into(), FilterChoice::Kind(*kind)))
        .collect();
    for (name, filter) in &model.view.settings.saved_filters {
        let meaning = filter.condition().unwrap_or_default();
        let choice = FilterChoice::Saved(name.clone(), filter.clone());
        all.push(entry(name, meaning, choice));
    }
    let mut add = |word: &str, condition: String| {
        let choice = FilterChoice::Condition(condition.clone());
        all.push(entry(word, condition, choice));
    };
    add("bad cases", "bad_case".into());
    let Ok(table) = &model.answers.table else {
        return all;
    };
    let variant = model.cursor.variant;
    let name = variant_name(model, variant);
    add("not correct", format!("not correct({name})"));
    add("partly", format!("partly({name})"));
    add("wrong", format!("wrong({name})"));
    if variant != model.answers.baseline {
        for (word, function) in [
            ("fixed", "fixed"),
            ("broken", "broken"),
            ("≠ baseline", "differs"),
        ] {
            add(word, format!("{function}({name})"));
        }
    }
    for (m, other) in table.models.iter().enumerate() {
        if m != model.cursor.model {
            add("≠ model", format!("disagrees({name})@{other}"));
        }
    }
    for metric in table.metrics.iter().skip(1) {
        add("metric", format!("field({}, {name}) < 0.5", quoted(metric)));
    }
    for label in table.labels.iter().take(MOST_VALUES) {
        add("expected", format!("expected == {}", quoted(label)));
    }
    for label in table.labels.iter().take(MOST_VALUES) {
        add("answered", format!("gave({name}, {})", quoted(label)));
    }
    for slice in table.slices.iter() {
        let (column, values) = slice.named_values();
        for value in values.iter().filter(|v| !v.is_empty()).take(MOST_VALUES) {
            let column = quoted(&column);
            add("slice", format!("column({column}) == {}", quoted(value)));
        }
    }
    all
}

/// A variant's name as a condition on rows writes it.
pub(super) fn variant_name(model: &Model, variant: usize) -> String {
    let Ok(table) = &model.answers.table else {
        return String::new();
    };
    let names = table.row_names(model.answers.baseline, model.cursor.model);
    let shown = table.short(variant);
    let name = match names.variants.find(shown) {
        Ok(found) if found == variant => shown,
        _ => table.names.get(variant).map_or("", String::as_str),
    };
    match name
        .chars()
        .all(|c| c.is_alphanumeric() || "_-".contains(c))
    {
        true => name.to_owned(),
        false => quoted(name),
    }
}
