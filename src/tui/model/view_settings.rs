//! How the grid is looked at: filter, order, lens, sizes. Remembered with the project.

use super::columns::ColumnLayout;
use crate::analysis::LeaderboardSort;
use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

/// Which rows are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RowKind {
    #[default]
    All,
    Differ,
    Flipped,
    Fragile,
    Noisy,
    Wrong,
    Unreadable,
    Failed,
    Marked,
}

impl RowKind {
    /// In the order of the menu: a word for headings, and the meaning.
    pub const ALL: [(RowKind, &str, &str); 9] = [
        (RowKind::All, "all", "every row"),
        (
            RowKind::Differ,
            "differ",
            "answers or scores differ between variants",
        ),
        (
            RowKind::Flipped,
            "flipping",
            "correct under one variant, not under another",
        ),
        (
            RowKind::Fragile,
            "fragile",
            "scores vary by more than 0.25 between variants",
        ),
        (
            RowKind::Noisy,
            "noisy",
            "repeating the same prompt changes the answer",
        ),
        (
            RowKind::Wrong,
            "always wrong",
            "not correct under any variant",
        ),
        (
            RowKind::Unreadable,
            "unreadable",
            "unreadable, refused or cut off in any variant",
        ),
        (RowKind::Failed, "failed", "at least one trial failed"),
        (RowKind::Marked, "marked", "marked with Space"),
    ];

    pub fn word(self) -> &'static str {
        RowKind::ALL[self as usize].1
    }
}

/// Which rows are shown: a kind, and a text or `/regular expression/` in id, input, expected answer or answers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    pub kind: RowKind,
    /// The text; empty for any.
    pub text: String,
}

impl Filter {
    pub fn is_all(&self) -> bool {
        self.kind == RowKind::All && self.text.is_empty()
    }
}

/// Finds a text as typed: without regard to case, or as an expression between slashes.
#[derive(Debug, Clone)]
pub(crate) enum Finder {
    Any,
    /// This text, in lower case.
    Text(String),
    Pattern(Regex),
}

impl Finder {
    /// From what was typed.
    pub(crate) fn new(typed: &str) -> Result<Finder, String> {
        if typed.is_empty() {
            return Ok(Finder::Any);
        }
        let Some(pattern) = typed.strip_prefix('/') else {
            return Ok(Finder::Text(typed.to_lowercase()));
        };
        let pattern = pattern.strip_suffix('/').unwrap_or(pattern);
        RegexBuilder::new(pattern)
            .size_limit(1 << 20)
            .build()
            .map(Finder::Pattern)
            .map_err(|error| {
                let text = error.to_string();
                let last = text.lines().last().unwrap_or("").trim();
                format!(
                    "invalid regular expression: {}",
                    last.trim_start_matches("error: ")
                )
            })
    }

    /// Whether a text has it.
    pub(crate) fn finds(&self, text: &str) -> bool {
        match self {
            Finder::Any => true,
            Finder::Text(wanted) => text.to_lowercase().contains(wanted.as_str()),
            Finder::Pattern(pattern) => pattern.is_match(text),
        }
    }
}

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
    Shots,
}

impl Lens {
    /// In the order of the menu: a word for headings, and the meaning.
    pub const ALL: [(Lens, &str, &str); 13] = [
        (
            Lens::Answers,
            "answers",
            "the most frequent answer of each cell",
        ),
        (
            Lens::Leaderboard,
            "leaderboard",
            "variants with score, difference, metrics, cost and latency",
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
            "confusion matrix of the variant, precision, recall and F1",
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finder_takes_text_and_expressions() {
        assert!(Finder::new("REFUND").unwrap().finds("a refund fails"));
        assert!(Finder::new("/^a.*s$/").unwrap().finds("a refund fails"));
        assert!(!Finder::new("/^b/").unwrap().finds("a refund fails"));
        let said = Finder::new("/(/").unwrap_err();
        assert!(said.contains("unclosed group"), "{said}");
    }
}
