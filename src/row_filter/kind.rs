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
    pub scored_variants: usize,
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
