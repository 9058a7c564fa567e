//! Which columns the grid has, and in which order: variants × the models shown, grouped by either. The one owner of that
//! question: drawing, moving, reading outputs and the mouse ask it. Kept by name, so that it outlives an edit. Pure.

use crate::model::TrialId;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};

/// A column of the grid: a variant under a model.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GridColumn {
    pub variant: usize,
    pub model: usize,
}

impl GridColumn {
    /// Its trial for a row.
    pub fn trial(self, row: usize, sample: usize) -> TrialId {
        TrialId {
            variant: self.variant as u32,
            model: self.model as u32,
            row: row as u32,
            sample: sample as u32,
        }
    }
}

/// What stands beside each other where several models are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColumnGrouping {
    /// For each variant its models.
    #[default]
    Variant,
    /// For each model its variants.
    Model,
}

impl ColumnGrouping {
    pub fn word(self) -> &'static str {
        match self {
            ColumnGrouping::Variant => "variant",
            ColumnGrouping::Model => "model",
        }
    }

    pub fn other(self) -> ColumnGrouping {
        match self {
            ColumnGrouping::Variant => ColumnGrouping::Model,
            ColumnGrouping::Model => ColumnGrouping::Variant,
        }
    }
}

/// The columns as a person arranged them. Variants are pinned, hidden and moved under every model shown.
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
    /// Names of the models shown; where there is none of them, the model under the cursor.
    pub models: BTreeSet<String>,
    pub grouping: ColumnGrouping,
}

/// The columns of the grid, in groups that are equally long.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GridColumns {
    /// All of them in their order.
    pub all: Vec<GridColumn>,
    /// The variants in their order, those pinned first, the baseline before all.
    pub variants: Vec<usize>,
    /// How many of them are pinned.
    pub pinned: usize,
    /// The models in their order.
    pub models: Vec<usize>,
    pub grouping: ColumnGrouping,
}

/// The columns on the screen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ColumnWindow {
    /// Those pinned first, then those around the cursor.
    pub shown: Vec<GridColumn>,
    /// Of the columns that are not pinned: the first one shown, how many, and how many there are.
    pub scrolled: (usize, usize, usize),
}

impl ColumnLayout {
    /// The models shown among those of the grid, in the order of the project.
    pub(crate) fn shown_models(&self, models: &[String], current: usize) -> Vec<usize> {
        let chosen: Vec<usize> = (0..models.len())
            .filter(|m| self.models.contains(&models[*m]))
            .collect();
        match chosen.is_empty() {
            true => vec![current],
            false => chosen,
        }
    }

    /// The columns of a grid. `ranked`: all variants in the order of the leaderboard.
    pub(crate) fn columns(
        &self,
        names: &[String],
        ranked: &[usize],
        baseline: usize,
        models: Vec<usize>,
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
        let column = |variant: &usize, model: &usize| GridColumn {
            variant: *variant,
            model: *model,
        };
        let all = match self.grouping {
            ColumnGrouping::Variant => (variants.iter())
                .flat_map(|v| models.iter().map(move |m| column(v, m)))
                .collect(),
            ColumnGrouping::Model => (models.iter())
                .flat_map(|m| variants.iter().map(move |v| column(v, m)))
                .collect(),
        };
        GridColumns {
            all,
            variants,
            pinned,
            models,
            grouping: self.grouping,
        }
    }

    /// Move a variant by one place among those that are not pinned; the order is by hand from then on.
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

impl GridColumns {
    /// Whether several models stand side by side.
    pub fn has_groups(&self) -> bool {
        self.models.len() > 1
    }

    /// Columns of a group: what belongs together is shown together.
    pub(crate) fn group_len(&self) -> usize {
        match self.grouping {
            ColumnGrouping::Variant => self.models.len(),
            ColumnGrouping::Model => self.variants.len(),
        }
    }

    /// Whether two columns are of the same group.
    pub(crate) fn are_grouped(&self, a: GridColumn, b: GridColumn) -> bool {
        match self.grouping {
            ColumnGrouping::Variant => a.variant == b.variant,
            ColumnGrouping::Model => a.model == b.model,
        }
    }

    /// The columns for which there is room: whole groups where one fits, the pinned ones of it where none does.
    pub(crate) fn window(&self, room: usize, cursor: GridColumn) -> ColumnWindow {
        let n = self.all.len();
        let group = self.group_len().max(1);
        let (unit, pinned) = match self.grouping {
            ColumnGrouping::Variant => (group, self.pinned * group),
            ColumnGrouping::Model if group <= room => (group, 0),
            ColumnGrouping::Model => (1, self.pinned),
        };
        if n <= room {
            return ColumnWindow {
                shown: self.all.clone(),
                scrolled: (0, n.saturating_sub(pinned), n.saturating_sub(pinned)),
            };
        }
        let at = self.all.iter().position(|c| *c == cursor).unwrap_or(0);
        if group > room {
            // A part of the cursor's group.
            let all = &self.all[at / group * group..][..group];
            let pinned = if self.grouping == ColumnGrouping::Model {
                pinned
            } else {
                0
            };
            return scrolled(all, (pinned, 1), room, cursor);
        }
        scrolled(&self.all, (pinned, unit), room, cursor)
    }
}

/// Pinned columns, then the page of the others that holds the cursor, in whole units.
fn scrolled(
    all: &[GridColumn],
    (pinned, unit): (usize, usize),
    room: usize,
    cursor: GridColumn,
) -> ColumnWindow {
    let units = (room / unit).max(1);
    // However many are pinned, there is room for what is under the cursor.
    let kept = (pinned / unit).min(units - 1) * unit;
    let free = &all[pinned..];
    let at = free.iter().position(|c| *c == cursor);
    let page = ((units - kept / unit) * unit).min(free.len());
    let from = at.map_or(0, |at| at / page.max(1) * page);
    let from = from.min(free.len() - page);
    let mut shown = all[..kept].to_vec();
    shown.extend(&free[from..from + page]);
    if let Some(place) = all.iter().position(|c| *c == cursor)
        && !shown.contains(&cursor)
    {
        // Pinned, and without room: in place of the last.
        shown.truncate(shown.len() - unit.min(shown.len()));
        shown.extend(&all[place / unit * unit..][..unit]);
    }
    ColumnWindow {
        shown,
        scrolled: (from, page, free.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn pairs(columns: &[GridColumn]) -> Vec<(usize, usize)> {
        columns.iter().map(|c| (c.variant, c.model)).collect()
    }

    fn at(variant: usize, model: usize) -> GridColumn {
        GridColumn { variant, model }
    }

    #[test]
    fn columns_are_pinned_hidden_and_moved_by_name() {
        let names = names(&["a", "b", "c", "d"]);
        let ranked = [3, 1, 0, 2];
        let mut layout = ColumnLayout::default();
        let found = layout.columns(&names, &ranked, 1, vec![0]);
        assert_eq!(
            (found.variants.as_slice(), found.pinned),
            (&[1, 3, 0, 2][..], 1)
        );
        layout.pinned.insert("c".into());
        layout.hidden.extend(["a".to_owned(), "b".to_owned()]);
        let found = layout.columns(&names, &ranked, 1, vec![0]);
        assert_eq!(
            (found.variants.as_slice(), found.pinned),
            (&[1, 2, 3][..], 2)
        );
        layout.hidden.clear();
        let found = layout.columns(&names, &ranked, 1, vec![0]);
        assert!(layout.shift(&found, &names, 3, 1));
        let moved = layout.columns(&names, &ranked, 1, vec![0]);
        assert_eq!(moved.variants, [1, 2, 0, 3]);
        assert!(
            !layout.shift(&found, &names, 1, 1),
            "the baseline stays first"
        );
    }

    #[test]
    fn models_are_chosen_by_name_and_one_is_always_shown() {
        let models = names(&["x/a", "x/b", "x/c"]);
        let mut layout = ColumnLayout::default();
        assert_eq!(layout.shown_models(&models, 1), [1]);
        layout.models.extend(["x/c".into(), "x/a".into()]);
        assert_eq!(layout.shown_models(&models, 1), [0, 2]);
        layout.models = ["x/gone".into()].into();
        assert_eq!(layout.shown_models(&models, 2), [2]);
    }

    #[test]
    fn columns_are_grouped_by_variant_or_by_model() {
        let names = names(&["a", "b", "c"]);
        let mut layout = ColumnLayout::default();
        let by_variant = layout.columns(&names, &[2, 0, 1], 1, vec![0, 2]);
        assert_eq!(
            pairs(&by_variant.all),
            [(1, 0), (1, 2), (2, 0), (2, 2), (0, 0), (0, 2)]
        );
        layout.grouping = ColumnGrouping::Model;
        let by_model = layout.columns(&names, &[2, 0, 1], 1, vec![0, 2]);
        assert_eq!(
            pairs(&by_model.all),
            [(1, 0), (2, 0), (0, 0), (1, 2), (2, 2), (0, 2)]
        );
        assert!(by_model.are_grouped(at(1, 2), at(0, 2)));
        assert!(!by_variant.are_grouped(at(1, 2), at(0, 2)));
    }

    /// Five variants, `b` the baseline, with two models.
    fn five(grouping: ColumnGrouping) -> GridColumns {
        let layout = ColumnLayout {
            grouping,
            ..ColumnLayout::default()
        };
        let names = names(&["a", "b", "c", "d", "e"]);
        layout.columns(&names, &[0, 1, 2, 3, 4], 1, vec![0, 1])
    }

    fn shown(columns: &GridColumns, room: usize, cursor: GridColumn) -> Vec<(usize, usize)> {
        pairs(&columns.window(room, cursor).shown)
    }

    #[test]
    fn a_window_holds_whole_groups_and_the_cursor() {
        let by_variant = five(ColumnGrouping::Variant);
        assert_eq!(shown(&by_variant, 12, at(1, 0)), pairs(&by_variant.all));
        // The baseline's group stays; the rest is paged.
        let page = [(1, 0), (1, 1), (2, 0), (2, 1)];
        assert_eq!(shown(&by_variant, 5, at(2, 1)), page);
        // Without room for two groups, that of the cursor.
        assert_eq!(shown(&by_variant, 3, at(2, 0)), [(2, 0), (2, 1)]);
        assert_eq!(shown(&by_variant, 2, at(1, 1)), [(1, 0), (1, 1)]);
        assert_eq!(shown(&by_variant, 1, at(3, 1)), [(3, 1)]);
        assert_eq!(by_variant.window(5, at(2, 1)).scrolled, (2, 2, 8));
    }

    #[test]
    fn by_model_the_baseline_of_the_cursors_model_stays() {
        let by_model = five(ColumnGrouping::Model);
        assert_eq!(
            shown(&by_model, 6, at(3, 1)),
            [(1, 1), (0, 1), (2, 1), (3, 1), (4, 1)]
        );
        assert_eq!(shown(&by_model, 3, at(4, 1)), [(1, 1), (3, 1), (4, 1)]);
        assert_eq!(shown(&by_model, 3, at(0, 0)), [(1, 0), (0, 0), (2, 0)]);
        assert_eq!(shown(&by_model, 1, at(1, 1)), [(1, 1)]);
    }

    #[test]
    fn one_model_is_paged_beside_what_is_pinned() {
        let names = names(&["a", "b", "c", "d", "e"]);
        let mut layout = ColumnLayout::default();
        layout.pinned.extend(["a".into(), "c".into()]);
        let columns = layout.columns(&names, &[0, 1, 2, 3, 4], 1, vec![0]);
        assert_eq!(
            shown(&columns, 4, at(4, 0)),
            [(1, 0), (0, 0), (2, 0), (4, 0)]
        );
        assert_eq!(shown(&columns, 2, at(4, 0)), [(1, 0), (4, 0)]);
        assert_eq!(shown(&columns, 2, at(2, 0)), [(1, 0), (2, 0)]);
        assert_eq!(columns.window(4, at(4, 0)).scrolled, (1, 1, 2));
    }
}
