//! The rows of two runs that are the same row: by their ids.

use crate::model::RowHeads;
use std::{collections::HashMap, sync::Arc};

/// For each row of the later run, the row of the earlier one; `None` where both have the same rows in the same order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RowLink(Option<Arc<Vec<Option<u32>>>>);

impl RowLink {
    /// Whether both have the same rows in the same order.
    pub fn is_same(&self) -> bool {
        self.0.is_none()
    }

    /// The row of the earlier run that is this row of the later one.
    pub fn earlier(&self, row: usize) -> Option<usize> {
        match &self.0 {
            None => Some(row),
            Some(rows) => rows.get(row).copied().flatten().map(|r| r as usize),
        }
    }
}

/// Line up the rows of two runs.
pub fn align_rows(earlier: &RowHeads, later: &RowHeads) -> RowLink {
    if earlier == later {
        return RowLink(None);
    }
    let places: HashMap<_, u32> = (0..earlier.len())
        .map(|row| (earlier.id(row), row as u32))
        .collect();
    let rows = (0..later.len()).map(|row| places.get(&later.id(row)).copied());
    RowLink(Some(Arc::new(rows.collect())))
}
