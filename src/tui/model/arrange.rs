//! Which rows stand in the grid and in which order, and what the rows have in common. Pure; run as a job.

use super::{table::Table, view_settings::Sort};
use crate::{
    expression::ExpressionError,
    outcome::Grid,
    row_filter::{Filter, RowContext, RowFacts, RowFilter, RowKind, RowNames, row_facts},
};
use std::{collections::BTreeSet, sync::Arc};

/// How rows are to be arranged.
#[derive(Debug, Clone)]
pub struct ArrangeSpec {
    pub filter: Filter,
    pub sort: Sort,
    /// Rows marked by hand.
    pub marks: Arc<BTreeSet<usize>>,
    /// Ids of bad cases.
    pub bad_cases: Arc<BTreeSet<String>>,
    pub baseline: usize,
    /// Whose answers decide where no model is named.
    pub model: usize,
    /// Whose answers a text is searched in.
    pub searched_models: Vec<usize>,
    /// Whose rows are counted by kind.
    pub counted_model: usize,
    /// Comes back with the result.
    pub number: u64,
}

/// How many rows are of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RowCounts {
    /// In the order of [`RowKind::ALL`].
    pub of: [usize; RowKind::ALL.len()],
    /// Rows with at least one answer.
    pub answered: usize,
}

impl RowCounts {
    fn add(&mut self, facts: &RowFacts) {
        for (kind, ..) in RowKind::ALL {
            self.of[kind as usize] += usize::from(facts.is(kind));
        }
        self.answered += usize::from(facts.answered_variants > 0);
    }

    /// How many rows are of this kind.
    pub fn get(&self, kind: RowKind) -> usize {
        self.of[kind as usize]
    }
}

/// The rows in their order.
#[derive(Debug, Clone, Default)]
pub struct Arrangement {
    /// Places of rows in the table.
    pub rows: Arc<Vec<u32>>,
    /// What they have in common.
    pub counts: RowCounts,
    /// What is wrong with the filter; then every row is shown.
    pub problem: Option<ExpressionError>,
    /// Where no row matches: the parts of the filter, with the number of rows that each alone lets pass.
    pub unmatched: Vec<(String, usize)>,
    /// The number of the spec.
    pub number: u64,
}

/// The next of these rows that a search finds, from a place on, forwards or backwards.
pub(crate) fn find_row(
    grids: &[Grid],
    table: &Table,
    spec: &ArrangeSpec,
    rows: &[u32],
    from: usize,
    by: isize,
) -> Result<Option<usize>, ExpressionError> {
    let filter = RowFilter::new(&spec.filter, &row_names(table, spec))?;
    let (Some(grid), n) = (grids.get(spec.model), rows.len()) else {
        return Ok(None);
    };
    let context = context(grids, table, spec);
    let place = |i: usize| match by > 0 {
        true => (from + i) % n,
        false => (from + n - i) % n,
    };
    Ok((1..=n).map(|i| rows[place(i)] as usize).find(|row| {
        let facts = row_facts(grid, *row, spec.marks.contains(row));
        filter.matches(&context, *row, &facts)
    }))
}

fn row_names(table: &Table, spec: &ArrangeSpec) -> RowNames {
    RowNames {
        searched: spec.searched_models.clone(),
        ..table.row_names(spec.baseline, spec.model)
    }
}

fn context<'a>(grids: &'a [Grid], table: &'a Table, spec: &'a ArrangeSpec) -> RowContext<'a> {
    RowContext {
        grids,
        texts: table,
        marks: &spec.marks,
        bad_cases: &spec.bad_cases,
    }
}

pub(crate) fn arrange(grids: &[Grid], table: &Table, spec: &ArrangeSpec) -> Arrangement {
    let names = row_names(table, spec);
    let (filter, problem) = match RowFilter::new(&spec.filter, &names) {
        Ok(filter) => (Some(filter), None),
        Err(problem) => (None, Some(problem)),
    };
    let (Some(grid), Some(counted)) = (grids.get(spec.model), grids.get(spec.counted_model)) else {
        return Arrangement {
            number: spec.number,
            ..Arrangement::default()
        };
    };
    let context = context(grids, table, spec);
    let mut counts = RowCounts::default();
    let mut kept: Vec<(u32, f64)> = Vec::new();
    let mut all: Vec<RowFacts> = Vec::with_capacity(table.rows);
    for row in 0..table.rows {
        let facts = row_facts(grid, row, spec.marks.contains(&row));
        if spec.counted_model == spec.model {
            counts.add(&facts);
        } else {
            counts.add(&row_facts(counted, row, spec.marks.contains(&row)));
        }
        if filter
            .as_ref()
            .is_none_or(|f| f.matches(&context, row, &facts))
        {
            let key = match spec.sort {
                Sort::Dataset | Sort::Id => 0.0,
                Sort::Disagreement => -facts.disagreement,
                Sort::Latency => -facts.latency_ms,
                Sort::Score => facts.score.unwrap_or(f64::INFINITY),
            };
            kept.push((row as u32, key));
        }
        all.push(facts);
    }
    if spec.sort == Sort::Id {
        kept.sort_by_cached_key(|(row, _)| natural(&table.row_id(*row as usize)));
    } else {
        kept.sort_by(|a, b| a.1.total_cmp(&b.1));
    }
    let unmatched = match &filter {
        Some(filter) if kept.is_empty() => filter.parts_alone(&context, &all),
        _ => Vec::new(),
    };
    Arrangement {
        rows: Arc::new(kept.into_iter().map(|(row, _)| row).collect()),
        counts,
        problem,
        unmatched,
        number: spec.number,
    }
}

/// A key by which `r2` stands before `r10`.
fn natural(id: &str) -> Vec<(String, u64)> {
    let mut parts = Vec::new();
    let mut rest = id;
    while !rest.is_empty() {
        let word = rest
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(rest.len());
        let (text, tail) = rest.split_at(word);
        let end = tail
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(tail.len());
        let (digits, tail) = tail.split_at(end);
        parts.push((text.to_owned(), digits.parse().unwrap_or(0)));
        rest = tail;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_ids_sort_as_numbers() {
        let mut ids = vec!["r10", "r2", "a", "r2b"];
        ids.sort_by_key(|id| natural(id));
        assert_eq!(ids, ["a", "r2", "r2b", "r10"]);
    }
}
