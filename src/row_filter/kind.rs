//! Kinds of rows: what a row is over all variants, in the terms of [`crate::outcome`].

use crate::outcome::{Grid, MajorityAnswer, row_profile};
use serde::{Deserialize, Serialize};

/// What a row is over all variants.
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

    /// Its name in conditions: `always_wrong`.
    pub fn name(self) -> String {
        self.word().replace(' ', "_")
    }
}

/// What is known of a row over all variants.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct RowFacts {
    kinds: [bool; RowKind::ALL.len()],
    /// Variants with an answer, scored or not.
    pub answered_variants: usize,
    /// One minus the share of the most frequent answer over all variants and samples.
    pub disagreement: f64,
    /// Mean latency, ms.
    pub latency_ms: f64,
    /// Mean over the variants that have one.
    pub score: Option<f64>,
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
    let mut facts = RowFacts::default();
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
    let (mut latency, mut score, mut answering) = (0.0, 0.0, 0);
    for v in 0..grid.variants() {
        let sum = grid.summary(v, row);
        set(RowKind::Failed, sum.failed > 0);
        set(RowKind::Unreadable, sum.unreadable() > 0);
        set(RowKind::Noisy, sum.distinct_answers > 1);
        if grid.is_cut(v) {
            continue;
        }
        score += sum.score.unwrap_or(0.0);
        if sum.scored() + sum.unscored > 0 {
            answering += 1;
            latency += f64::from(sum.latency_ms);
        }
        if sum.majority_count == 0 {
            continue;
        }
        let given = match sum.majority {
            // Without an expected answer it was read all the same, or could not be.
            MajorityAnswer::Answer(_) | MajorityAnswer::Unreadable => sum.answered + sum.unscored,
            _ => sum.answered,
        };
        set(RowKind::Differ, first.is_some_and(|f| f != sum.majority));
        first.get_or_insert(sum.majority);
        answered += given;
        match answers.iter_mut().find(|(known, _)| *known == sum.majority) {
            Some((_, n)) => *n += sum.majority_count,
            None => answers.push((sum.majority, sum.majority_count)),
        }
    }
    let most = answers.iter().map(|(_, n)| *n).max().unwrap_or(0);
    if answered > 0 {
        facts.disagreement = 1.0 - most as f64 / answered as f64;
    }
    if answering > 0 {
        facts.latency_ms = latency / f64::from(answering);
    }
    facts.answered_variants = answering as usize;
    if profile.scored_variants > 0 {
        facts.score = Some(score / profile.scored_variants as f64);
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::{Cell, CellState};

    #[test]
    fn answers_without_a_score_differ_too() {
        let mut grid = Grid::new(3, 4, 1);
        for (v, answers) in ["aba?", "abb?", "bb??"].iter().enumerate() {
            for (row, answer) in answers.chars().enumerate() {
                let read = (answer != '?').then(|| grid.intern(&answer.to_string()));
                let cell = Cell {
                    state: match read {
                        Some(_) => CellState::Unscored,
                        None => CellState::UnscoredUnreadable,
                    },
                    score: None,
                    answer: read,
                    truncated: false,
                    latency_ms: 30.0,
                    prompt_tokens: 1,
                    cached_tokens: 0,
                    completion_tokens: 1,
                };
                grid.set(v, row, 0, cell);
            }
        }
        let [first, second, third, fourth] = [0, 1, 2, 3].map(|row| row_facts(&grid, row, false));
        assert!((first.disagreement - 1.0 / 3.0).abs() < 1e-12);
        assert!(first.is(RowKind::Differ) && !first.is(RowKind::Wrong));
        assert_eq!(
            (second.disagreement, second.is(RowKind::Differ)),
            (0.0, false)
        );
        assert_eq!(
            (first.answered_variants, first.latency_ms, first.score),
            (3, 30.0, None)
        );
        // What could not be read is an answer of its own.
        let unread = [first, second, third, fourth].map(|row| row.is(RowKind::Unreadable));
        assert_eq!(unread, [false, false, true, true]);
        assert!(third.is(RowKind::Differ) && !fourth.is(RowKind::Differ));
        assert!((third.disagreement - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!(fourth.disagreement, 0.0);
    }
}
