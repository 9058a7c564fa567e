//! How the grid is looked at: filter, order, lens, sizes. Remembered with the project.

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

/// Which rows are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RowKind {
    #[default]
    All,
    /// The wordings answer differently.
    Differ,
    /// Correct under one variant and not under another.
    Flipped,
    /// Its fragility is above the limit; see [`crate::outcome::FRAGILE_FROM`].
    Fragile,
    /// Asked again, the same wording answers differently.
    Noisy,
    /// Not correct under any variant.
    Wrong,
    /// No answer could be read, or it was refused or cut off.
    Unreadable,
    Failed,
    Marked,
}

impl RowKind {
    /// All kinds, in the order of the menu.
    pub const ALL: [RowKind; 9] = [
        RowKind::All,
        RowKind::Differ,
        RowKind::Flipped,
        RowKind::Fragile,
        RowKind::Noisy,
        RowKind::Wrong,
        RowKind::Unreadable,
        RowKind::Failed,
        RowKind::Marked,
    ];

    /// A word for the heading.
    pub fn word(self) -> &'static str {
        match self {
            RowKind::All => "all",
            RowKind::Differ => "differ",
            RowKind::Flipped => "flipping",
            RowKind::Fragile => "fragile",
            RowKind::Noisy => "noisy",
            RowKind::Wrong => "always wrong",
            RowKind::Unreadable => "unreadable",
            RowKind::Failed => "failed",
            RowKind::Marked => "marked",
        }
    }

    pub fn meaning(self) -> &'static str {
        match self {
            RowKind::All => "every row",
            RowKind::Differ => "variants give different answers",
            RowKind::Flipped => "correct under one variant, not under another",
            RowKind::Fragile => "scores differ between variants by more than 0.25 on average",
            RowKind::Noisy => "repeating the same prompt changes the answer",
            RowKind::Wrong => "not correct under any variant",
            RowKind::Unreadable => "unreadable, refused or cut off under some variant",
            RowKind::Failed => "at least one trial failed",
            RowKind::Marked => "marked with Space",
        }
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
pub enum Finder {
    Any,
    /// This text, in lower case.
    Text(String),
    Pattern(Regex),
}

impl Finder {
    /// From what was typed.
    pub fn new(typed: &str) -> Result<Finder, String> {
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
    pub fn finds(&self, text: &str) -> bool {
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
    /// As in the dataset.
    #[default]
    Dataset,
    /// The wordings disagree most first.
    Disagreement,
    Id,
    Latency,
    /// The lowest score first.
    Score,
}

impl Sort {
    pub const ALL: [Sort; 5] = [
        Sort::Dataset,
        Sort::Disagreement,
        Sort::Id,
        Sort::Latency,
        Sort::Score,
    ];

    /// A word for the heading.
    pub fn word(self) -> &'static str {
        match self {
            Sort::Dataset => "dataset",
            Sort::Disagreement => "disagreement↓",
            Sort::Id => "id↑",
            Sort::Latency => "latency↓",
            Sort::Score => "score↑",
        }
    }

    pub fn meaning(self) -> &'static str {
        match self {
            Sort::Dataset => "dataset order",
            Sort::Disagreement => "rows with the most disagreement first",
            Sort::Id => "by id",
            Sort::Latency => "slowest rows first",
            Sort::Score => "lowest score first",
        }
    }
}

/// What the cells of the grid show.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lens {
    /// The most frequent answer of each cell.
    #[default]
    Answers,
    /// Right and wrong, thousands of cells on a screen.
    Map,
    /// What each wording fixed and broke against the baseline.
    Flips,
    /// How far the samples of a cell agree.
    Disagreement,
    /// How long the answers took.
    Latency,
    Cost,
    /// What each axis does, with its interval.
    Axes,
    /// Where the variance of the scores comes from.
    Variance,
}

impl Lens {
    pub const ALL: [Lens; 8] = [
        Lens::Answers,
        Lens::Map,
        Lens::Flips,
        Lens::Disagreement,
        Lens::Latency,
        Lens::Cost,
        Lens::Axes,
        Lens::Variance,
    ];

    /// A word for the heading.
    pub fn word(self) -> &'static str {
        match self {
            Lens::Answers => "answers",
            Lens::Map => "map",
            Lens::Flips => "flips",
            Lens::Disagreement => "disagreement",
            Lens::Latency => "latency",
            Lens::Cost => "cost",
            Lens::Axes => "axes",
            Lens::Variance => "variance",
        }
    }

    pub fn meaning(self) -> &'static str {
        match self {
            Lens::Answers => "the most frequent answer of each cell",
            Lens::Map => "thousands of cells on one screen, by color",
            Lens::Flips => "what each variant fixed and broke, compared to the baseline",
            Lens::Disagreement => "how much the samples of a cell agree",
            Lens::Latency => "latency of the answers",
            Lens::Cost => "tokens and cost",
            Lens::Axes => "effect of each axis on the score, with its interval",
            Lens::Variance => "where the variance of the scores comes from",
        }
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
