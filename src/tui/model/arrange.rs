//! Which rows stand in the grid and in which order, and what the rows have in common. Pure; run as a job.

use super::{
    table::{RowText, Table},
    view_settings::{Filter, Finder, RowKind, Sort},
};
use crate::outcome::{Grid, MajorityAnswer, row_profile};
use std::{collections::BTreeSet, sync::Arc};

/// How rows are to be arranged.
#[derive(Debug, Clone)]
pub struct ArrangeSpec {
    pub filter: Filter,
    pub sort: Sort,
    /// Rows marked by hand.
    pub marks: Arc<BTreeSet<usize>>,
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
    /// The number of the spec.
    pub number: u64,
}

/// What is known of a row over all variants.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct RowFacts {
    kinds: [bool; RowKind::ALL.len()],
    scored_variants: usize,
    /// One minus the share of the most frequent answer over all variants and samples.
    pub disagreement: f64,
    /// Mean latency, ms.
    pub latency_ms: f64,
    pub score: f64,
}

impl RowFacts {
    /// Whether the row is of a kind.
    pub(crate) fn is(&self, kind: RowKind) -> bool {
        self.kinds[kind as usize]
    }
}

/// Look at one row under all variants.
pub(crate) fn row_facts(grid: &Grid, row: usize, marked: bool) -> RowFacts {
    let profile = row_profile(grid, row);
    let mut facts = RowFacts {
        scored_variants: profile.scored_variants,
        ..RowFacts::default()
    };
    let mut answers: Vec<(MajorityAnswer, usize)> = Vec::new();
    let mut answered = 0;
    let mut first: Option<MajorityAnswer> = None;
    let mut set = |kind: RowKind, yes: bool| facts.kinds[kind as usize] |= yes;
    set(RowKind::All, true);
    set(RowKind::Marked, marked);
    // A row changes with the wording where the scores differ, or the majority answers (below).
    set(
        RowKind::Differ,
        profile.sensitivity.is_some_and(|s| s > 1e-6),
    );
    set(RowKind::Flipped, profile.is_flipping());
    set(RowKind::Wrong, profile.is_always_wrong());
    set(RowKind::Fragile, profile.is_fragile());
    let (mut latency, mut score) = (0.0, 0.0);
    for v in 0..grid.variants() {
        let sum = grid.summary(v, row);
        set(RowKind::Failed, sum.failed > 0);
        set(RowKind::Unreadable, sum.unreadable() > 0);
        set(RowKind::Noisy, sum.distinct_answers > 1);
        if grid.is_cut(v) {
            continue;
        }
        if let Some(s) = sum.score {
            latency += f64::from(sum.latency_ms);
            score += s;
        }
        if sum.answered == 0 {
            continue;
        }
        set(RowKind::Differ, first.is_some_and(|f| f != sum.majority));
        first.get_or_insert(sum.majority);
        answered += sum.answered;
        match answers.iter_mut().find(|(known, _)| *known == sum.majority) {
            Some((_, n)) => *n += sum.majority_count,
            None => answers.push((sum.majority, sum.majority_count)),
        }
    }
    let most = answers.iter().map(|(_, n)| *n).max().unwrap_or(0);
    if answered > 0 {
        facts.disagreement = 1.0 - most as f64 / answered as f64;
    }
    if facts.scored_variants > 0 {
        facts.latency_ms = latency / facts.scored_variants as f64;
        facts.score = score / facts.scored_variants as f64;
    }
    facts
}

/// All that a text filter looks at.
fn haystack(cells: &Grid, text: &RowText, row: usize) -> String {
    let mut all = format!(
        "{}\n{}\n{}",
        text.id,
        text.input,
        text.expected.as_deref().unwrap_or("")
    );
    for v in 0..cells.variants() {
        if let MajorityAnswer::Answer(answer) = cells.summary(v, row).majority
            && let Some(text) = cells.read_answer(answer)
        {
            all.push('\n');
            all.push_str(text);
        }
    }
    all
}

/// Whether a row has a text.
pub(crate) fn row_finds(finder: &Finder, cells: &Grid, table: &Table, row: usize) -> bool {
    matches!(finder, Finder::Any) || finder.finds(&haystack(cells, &table.row(row), row))
}

pub(crate) fn arrange(cells: &Grid, table: &Table, spec: &ArrangeSpec) -> Arrangement {
    // An expression that is none yet, because it is still being typed, lets every row pass.
    let finder = Finder::new(&spec.filter.text).unwrap_or(Finder::Any);
    let mut counts = RowCounts::default();
    let mut kept: Vec<(u32, f64)> = Vec::new();
    for row in 0..table.rows {
        let facts = row_facts(cells, row, spec.marks.contains(&row));
        for (kind, ..) in RowKind::ALL {
            counts.of[kind as usize] += usize::from(facts.is(kind));
        }
        counts.answered += usize::from(facts.scored_variants > 0);
        if facts.is(spec.filter.kind) && row_finds(&finder, cells, table, row) {
            let key = match spec.sort {
                Sort::Dataset | Sort::Id => 0.0,
                Sort::Disagreement => -facts.disagreement,
                Sort::Latency => -facts.latency_ms,
                Sort::Score if facts.scored_variants == 0 => f64::INFINITY,
                Sort::Score => facts.score,
            };
            kept.push((row as u32, key));
        }
    }
    if spec.sort == Sort::Id {
        kept.sort_by_cached_key(|(row, _)| natural(&table.row(*row as usize).id));
    } else {
        kept.sort_by(|a, b| a.1.total_cmp(&b.1));
    }
    Arrangement {
        rows: Arc::new(kept.into_iter().map(|(row, _)| row).collect()),
        counts,
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
