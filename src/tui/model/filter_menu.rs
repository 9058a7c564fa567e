//! The filter that is being chosen: a text, and a list of kinds, saved filters and conditions to go with it.

use super::text_area::TextArea;
use crate::{
    expression::ExpressionError,
    row_filter::{Filter, RowKind},
};

/// The filter that is being chosen.
#[derive(Debug, Clone)]
pub struct FilterMenu {
    pub(crate) input: TextArea,
    /// The filter from before, for Esc.
    pub(crate) before: Filter,
    /// The model that it was about.
    pub(crate) model_before: usize,
    /// The row under the cursor, which the filter may hide.
    pub(crate) row_before: usize,
    /// The selected entry.
    pub(crate) at: usize,
    pub(crate) entries: Vec<FilterEntry>,
    /// What is wrong with the text; the rows stay as they were.
    pub(crate) problem: Option<ExpressionError>,
}

/// A line of the list.
#[derive(Debug, Clone)]
pub(crate) struct FilterEntry {
    pub(crate) word: String,
    pub(crate) meaning: String,
    pub(crate) choice: FilterChoice,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum FilterChoice {
    Kind(RowKind),
    Saved(String, Filter),
    Condition(String),
}

impl FilterMenu {
    pub(crate) fn new(
        (before, model_before, row_before): (Filter, usize, usize),
        entries: Vec<FilterEntry>,
    ) -> FilterMenu {
        FilterMenu {
            input: TextArea::line(before.text.clone()),
            at: before.kind as usize,
            before,
            model_before,
            row_before,
            entries,
            problem: None,
        }
    }

    /// The text and the selected entry as one filter.
    pub(crate) fn filter(&self) -> Filter {
        let text = self.input.text();
        let typed = Filter {
            kind: RowKind::All,
            text,
        };
        match self.entries.get(self.at).map(|entry| &entry.choice) {
            None => typed,
            Some(FilterChoice::Kind(kind)) => Filter {
                kind: *kind,
                ..typed
            },
            Some(FilterChoice::Condition(condition)) => typed.and(condition),
            Some(FilterChoice::Saved(_, saved)) => match saved.condition() {
                Some(_) if typed.is_all() => saved.clone(),
                Some(condition) => typed.and(&condition),
                None => typed,
            },
        }
    }
}
