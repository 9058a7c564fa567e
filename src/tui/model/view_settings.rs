//! How the grid is looked at: filter, order, lens, sizes. Remembered with the project.

use super::columns::ColumnLayout;
use crate::{analysis::LeaderboardSort, row_filter::Filter};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// In which order rows stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sort {
    #[default]
    Dataset,
    Disagreement,
    Id,
    Latency,
    Score,
}

impl Sort {
    /// In the order of the menu: a word for headings, and the meaning.
    pub const ALL: [(Sort, &str, &str); 5] = [
        (Sort::Dataset, "dataset", "dataset order"),
        (
            Sort::Disagreement,
            "disagreement↓",
            "rows with the most disagreement first",
        ),
        (Sort::Id, "id↑", "by id"),
        (Sort::Latency, "latency↓", "slowest rows first"),
        (Sort::Score, "score↑", "lowest score first"),
    ];

    pub fn word(self) -> &'static str {
        Sort::ALL[self as usize].1
    }
}

/// What the cells of the grid show.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lens {
    #[default]
    Answers,
    Leaderboard,
    Map,
    Flips,
    Disagreement,
    Latency,
    Cost,
    Axes,
    Variance,
    Labels,
    Slices,
    Tradeoff,
    Speed,
    Shots,
}

impl Lens {
    /// In the order of the menu: a word for headings, and the meaning.
    pub const ALL: [(Lens, &str, &str); 14] = [
        (
            Lens::Answers,
            "answers",
            "the most frequent answer of each cell",
        ),
        (
            Lens::Leaderboard,
            "leaderboard",
            "variants with score, difference, metrics, cost, time",
        ),
        (
            Lens::Map,
            "map",
            "thousands of cells on one screen, by color",
        ),
        (
            Lens::Flips,
            "flips",
            "what each variant fixes and breaks against the baseline",
        ),
        (
            Lens::Disagreement,
            "disagreement",
            "how much the samples of a cell disagree",
        ),
        (Lens::Latency, "latency", "latency of the answers"),
        (Lens::Cost, "cost", "tokens and cost"),
        (
            Lens::Axes,
            "axes",
            "effect of each axis on the score, with intervals",
        ),
        (
            Lens::Variance,
            "variance",
            "where the variance of the scores comes from",
        ),
        (
            Lens::Labels,
            "labels",
            "confusion matrix of the variant, precision, recall, F1",
        ),
        (
            Lens::Slices,
            "slices",
            "score of the variant by the columns in `slices`",
        ),
        (
            Lens::Tradeoff,
            "tradeoff",
            "score against cost; no variant beats the front in both",
        ),
        (
            Lens::Speed,
            "speed",
            "score against latency; no variant beats the front",
        ),
        (
            Lens::Shots,
            "shots",
            "learning curve: score by the number of shots",
        ),
    ];

    pub fn word(self) -> &'static str {
        Lens::ALL[self as usize].1
    }

    /// Whether it shows something else than one cell per row and variant.
    pub fn is_overview(self) -> bool {
        matches!(
            self,
            Lens::Leaderboard
                | Lens::Map
                | Lens::Axes
                | Lens::Variance
                | Lens::Labels
                | Lens::Slices
                | Lens::Tradeoff
                | Lens::Speed
                | Lens::Shots
        )
    }
}

/// Where the dividing lines stand, in percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Splits {
    /// Height of the inspector below the grid.
    pub detail: u16,
    /// Width of the list of variants.
    pub list: u16,
    /// Width of the template, of what is left.
    pub template: u16,
    /// Height of the words on the Diff screen.
    pub words: u16,
}

impl Default for Splits {
    fn default() -> Self {
        Splits {
            detail: 30,
            list: 24,
            template: 55,
            words: 55,
        }
    }
}

/// How the grid is looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ViewSettings {
    pub filter: Filter,
    /// Filters by name.
    pub saved_filters: BTreeMap<String, Filter>,
    pub sort: Sort,
    pub lens: Lens,
    /// Columns more or fewer than fit by themselves.
    pub columns: i8,
    /// One line a row even where there is room for two.
    pub compact: bool,
    /// Long lines are wrapped; else they are cut.
    pub no_wrap: bool,
    pub splits: Splits,
    pub column_layout: ColumnLayout,
    pub leaderboard_sort: LeaderboardSort,
    /// Which lines of the leaderboard are shown; empty for all.
    pub leaderboard_filter: String,
}
