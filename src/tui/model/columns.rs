//! Which variants are columns of the grid, and in which order. Kept by name, so that it outlives an edit. Pure.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};

/// The columns as a person arranged them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ColumnLayout {
    /// Beside the baseline on the left, whatever else is scrolled.
    pub pinned: BTreeSet<String>,
    pub hidden: BTreeSet<String>,
    /// The order set by hand; empty for that of the leaderboard.
    pub by_hand: Vec<String>,
    /// How many characters wider than by itself.
    pub wider: i16,
}

/// The columns of the grid.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GridColumns {
    /// Variants in their order, those pinned first, the baseline before all.
    pub variants: Vec<usize>,
    /// How many of them are pinned.
    pub pinned: usize,
}

impl ColumnLayout {
    /// The columns of a grid. `ranked`: all variants in the order of the leaderboard.
    pub(crate) fn columns(
        &self,
        names: &[String],
        ranked: &[usize],
        baseline: usize,
    ) -> GridColumns {
        let name = |v: usize| names.get(v).map_or("", String::as_str);
        let mut order: Vec<usize> = ranked
            .iter()
            .copied()
            .filter(|v| *v < names.len())
            .collect();
        if !self.by_hand.is_empty() {
            let place: HashMap<&str, usize> =
                self.by_hand.iter().map(String::as_str).zip(0..).collect();
            order.sort_by_key(|v| place.get(name(*v)).copied().unwrap_or(usize::MAX));
        }
        let is_pinned = |v: &usize| *v == baseline || self.pinned.contains(name(*v));
        // The baseline cannot be hidden: every other column is compared with it.
        order.retain(|v| *v == baseline || !self.hidden.contains(name(*v)));
        let (mut variants, rest): (Vec<usize>, Vec<usize>) = order.into_iter().partition(is_pinned);
        variants.sort_by_key(|v| *v != baseline);
        let pinned = variants.len();
        variants.extend(rest);
        GridColumns { variants, pinned }
    }

    /// Move a column by one place among those that are not pinned; the order is by hand from then on.
    pub(crate) fn shift(
        &mut self,
        columns: &GridColumns,
        names: &[String],
        variant: usize,
        by: isize,
    ) -> bool {
        let mut free = columns.variants[columns.pinned..].to_vec();
        let Some(at) = free.iter().position(|v| *v == variant) else {
            return false;
        };
        let to = at.saturating_add_signed(by).min(free.len() - 1);
        free.swap(at, to);
        let all = columns.variants[..columns.pinned].iter().chain(&free);
        self.by_hand = all.filter_map(|v| names.get(*v).cloned()).collect();
        to != at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_pinned_hidden_and_moved_by_name() {
        let names: Vec<String> = ["a", "b", "c", "d"].map(str::to_owned).into();
        let ranked = [3, 1, 0, 2];
        let mut layout = ColumnLayout::default();
        let found = layout.columns(&names, &ranked, 1);
        assert_eq!(
            (found.variants.as_slice(), found.pinned),
            (&[1, 3, 0, 2][..], 1)
        );
        layout.pinned.insert("c".into());
        layout.hidden.extend(["a".to_owned(), "b".to_owned()]);
        let found = layout.columns(&names, &ranked, 1);
        assert_eq!(
            (found.variants.as_slice(), found.pinned),
            (&[1, 2, 3][..], 2)
        );
        layout.hidden.clear();
        let found = layout.columns(&names, &ranked, 1);
        assert!(layout.shift(&found, &names, 3, 1));
        assert_eq!(layout.columns(&names, &ranked, 1).variants, [1, 2, 0, 3]);
        assert!(
            !layout.shift(&found, &names, 1, 1),
            "the baseline stays first"
        );
    }
}
