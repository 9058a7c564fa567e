//! What is kept of a search: settings, parts, candidates, the writer's prompts, and how it ended.

use super::{CandidateId, CandidateState, HeldOutComparison, PieceEffect, PooledGain};
use crate::{
    model::{ModelRef, Prompt, RunId, SealRule},
    project::Budget,
    stats::shown_direction,
};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// Everything that a search was told and found. Kept in the store with every proposal, of a search for a shorter wording after every step, and at the end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchRecord {
    pub schema_version: u32,
    pub id: String,
    pub experiment: String,
    /// UTC, seconds since 1970.
    pub started_at: i64,
    pub request: SearchRequest,
    pub parts: PartSizes,
    /// The variant that it began with, and the names of the parts that may change.
    pub start: String,
    /// The shots that the seed drew for it, by number, where it draws any.
    #[serde(default)]
    pub start_shots: Option<String>,
    pub regions: Vec<String>,
    pub candidates: Vec<CandidateRecord>,
    /// Where the shortest wording is looked for: the pieces of the start that may be left out.
    #[serde(default)]
    pub pieces: Vec<PieceRecord>,
    pub proposals: Vec<ProposalRecord>,
    /// Where it is judged by folds: the searches of those that have ended. The other fields are of the search on all rows, which comes
    /// last, but `spent`, which counts all.
    #[serde(default)]
    pub folds: Vec<FoldRecord>,
    pub spent: Spent,
    pub ending: Option<Ending>,
}

/// What was typed: the same request takes the same steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchRequest {
    pub model: ModelRef,
    /// Who proposes rewordings; nobody where a shorter wording is looked for.
    pub writer: Option<ModelRef>,
    /// Where the shortest wording is looked for: by how much it may be worse, in (0, 1).
    #[serde(default)]
    pub shorter: Option<f64>,
    /// The variant to begin with; the baseline where none is named.
    pub variant: Option<String>,
    /// Parts that may be changed; all where none is named.
    pub edit: Vec<String>,
    pub seed: u64,
    /// A sample of so many open rows; all where it is none.
    pub rows: Option<usize>,
    /// The condition that rows meet, where only some are searched on.
    #[serde(default)]
    pub rows_where: Option<String>,
    pub samples: usize,
    pub budget_calls: u64,
    pub budget_usd: Option<f64>,
    /// Most calls of the writer.
    pub writer_calls: u64,
    pub alpha: f64,
    /// The share of the rows that is sealed for the search, where the experiment seals none.
    #[serde(default)]
    pub sealed_share: Option<f64>,
    /// What decides the sealed rows; `None` in records from before it was kept.
    #[serde(default)]
    pub seal: Option<SealRule>,
    /// Into so many folds the rows are parted, where searches on the others are judged by each.
    #[serde(default)]
    pub folds: Option<usize>,
    /// The fold that this search does not see, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fold: Option<usize>,
}

impl SearchRequest {
    /// The same within the caps of a project: of each the lower one.
    pub fn within(mut self, budget: &Budget) -> SearchRequest {
        let typed = Budget {
            calls: Some(self.budget_calls),
            usd: self.budget_usd,
            time: None,
        };
        let caps = typed.at_most(budget);
        self.budget_calls = caps.calls.unwrap_or(self.budget_calls);
        self.budget_usd = caps.usd;
        self
    }

    /// Most calls of the writer, where nothing else is said.
    pub const WRITER_CALLS: u64 = 100;
    /// Chance to adopt any candidate that is no better, over the whole search, where nothing else is said.
    pub const ALPHA: f64 = 0.05;
    /// By how much a shorter wording may be worse where nothing else is said, as a share of the score.
    pub const MARGIN: f64 = 0.05;
    /// The widest margin that says anything.
    pub const MOST_MARGIN: f64 = 0.5;
    /// Calls that the session proposes.
    pub const BUDGET_CALLS: u64 = 600;
}

/// Rows of the three parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartSizes {
    pub feedback: usize,
    pub selection: usize,
    pub sealed: usize,
}

impl PartSizes {
    /// Calls for start and nominee on the sealed rows.
    pub fn sealed_calls(&self, samples: u64) -> u64 {
        2 * self.sealed as u64 * samples
    }
}

/// A wording of the search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CandidateRecord {
    pub name: String,
    pub round: usize,
    pub parents: Vec<CandidateId>,
    pub state: CandidateState,
    /// The texts of the parts.
    pub texts: Vec<String>,
    pub why: Option<String>,
    /// Selection rows that it was tried on, and its mean score on them.
    pub rows: usize,
    pub score: Option<f64>,
    /// Gain over the start on the same selection rows: observed, and to be expected. Both are what the search selected by, and
    /// so flatter the best.
    pub gain: Option<f64>,
    pub expected_gain: Option<f64>,
}

/// A piece of the start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PieceRecord {
    pub region: String,
    pub text: String,
    pub tokens: u64,
    /// What having it does to the score; `None` before the screening has ended.
    pub effect: Option<PieceEffect>,
    /// Whether the shortest wording is without it.
    pub is_left_out: bool,
    /// Whether the search ended before a test decided that: it then stays.
    #[serde(default)]
    pub is_undecided: bool,
}

/// What a shorter wording saves.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Savings {
    /// Mean tokens of a prompt, with the start and with the nominee.
    pub tokens_before: f64,
    pub tokens_after: f64,
    /// Dollars for 1,000 calls by the price of input; `None` where that is not known.
    pub usd_per_1000: Option<f64>,
    /// Whether tokens are estimated.
    pub is_estimate: bool,
}

/// One question to the writer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProposalRecord {
    pub round: usize,
    pub parents: Vec<CandidateId>,
    pub prompt: Prompt,
    pub answer: String,
    pub candidates: Vec<CandidateId>,
    /// Edits that were left out, and why.
    pub left_out: Vec<(Vec<(String, String)>, String)>,
}

/// The search of a fold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoldRecord {
    /// From 1.
    pub number: usize,
    /// Its most calls, those on held-out rows included.
    pub budget_calls: u64,
    pub feedback: usize,
    pub selection: usize,
    pub candidates: Vec<CandidateRecord>,
    pub proposals: Vec<ProposalRecord>,
    /// Calls on held-out rows included.
    pub spent: Spent,
    /// The wording that was put before the held-out rows; 0 where nothing looked better than the start.
    pub nominee: CandidateId,
    pub adopted: bool,
    /// What selection promised of it.
    pub promised: f64,
    pub held_out: HeldOutComparison,
}

/// What a search has cost. Answers that were stored before count as if they had been bought, so that a search that is resumed
/// ends where it would have ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Spent {
    pub calls: u64,
    /// Calls of the writer.
    pub writer_calls: u64,
    /// Of both, where prices are known.
    pub usd: f64,
    /// Answers of both whose price is not known.
    #[serde(default)]
    pub unpriced: u64,
    /// Calls and writer's calls whose answers came from the store.
    pub stored: u64,
}

impl Spent {
    /// Count what another search has cost.
    pub(super) fn add(&mut self, other: &Spent) {
        self.calls += other.calls;
        self.writer_calls += other.writer_calls;
        self.usd += other.usd;
        self.unpriced += other.unpriced;
        self.stored += other.stored;
    }

    /// Count what an answer cost; `None` where its price is not known.
    pub(super) fn pay(&mut self, cost_usd: Option<f64>) {
        match cost_usd {
            Some(usd) => self.usd += usd,
            None => self.unpriced += 1,
        }
    }

    /// The dollars, where the price of each answer is known.
    pub fn known_usd(&self) -> Option<f64> {
        (self.unpriced == 0).then_some(self.usd)
    }
}

/// How a search ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ending {
    /// The wording that was put before the sealed rows; 0 where nothing looked better than the start.
    pub nominee: CandidateId,
    pub adopted: bool,
    /// What selection promised: the nominee's expected gain over the start; of a shorter one the difference that was seen.
    pub promised: f64,
    /// By how much the nominee may be worse, where it is to be shorter.
    #[serde(default)]
    pub margin: Option<f64>,
    #[serde(default)]
    pub savings: Option<Savings>,
    pub sealed: Option<SealedComparison>,
    /// Where it is judged by folds: what their searches gained.
    #[serde(default)]
    pub pooled: Option<PooledGain>,
}

/// Start and nominee on the sealed rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SealedComparison {
    pub run: RunId,
    /// Calls that it took, those answered from the store among them.
    pub calls: u64,
    pub rows: usize,
    pub start: f64,
    pub nominee: f64,
    /// Paired difference, its 95 % interval, and p.
    pub difference: f64,
    pub low: f64,
    pub high: f64,
    /// The lower end of its 90 % interval, by which a shorter wording is judged; `None` in records from before it was kept.
    #[serde(default)]
    pub low_90: Option<f64>,
    pub p: f64,
}

impl SealedComparison {
    /// Which way the nominee is shown to differ from the start, by p and by the interval, as in every report.
    pub fn direction(&self) -> Option<Ordering> {
        shown_direction(self.p, self.low, self.high)
    }

    /// What the difference is at least, by a one-sided test at 5 %: the lower of the two one-sided tests of equivalence
    /// (Schuirmann 1987). In older records at 2.5 %.
    pub fn at_least(&self) -> f64 {
        self.low_90.unwrap_or(self.low)
    }
}

/// What to do with the new wording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SearchVerdict {
    KeepNew,
    /// Shorter, and not worse by more than the margin.
    KeepShorter,
    /// Such searches gain, on average over the folds; the gain of the wording itself was not measured.
    SearchesGain,
    NoGainShown,
    /// Nothing shorter is shown to be as good.
    NotShorter,
    Worse,
}

impl Ending {
    /// What the sealed rows say, by p and a 95 % interval, what folds say, by such an interval, or of a shorter wording what a
    /// one-sided test at 5 % says; the search itself claims nothing.
    pub fn verdict(&self) -> SearchVerdict {
        if let Some(pooled) = &self.pooled {
            return match pooled {
                PooledGain { low, .. } if *low > 0.0 => SearchVerdict::SearchesGain,
                PooledGain { high, .. } if *high < 0.0 => SearchVerdict::Worse,
                _ => SearchVerdict::NoGainShown,
            };
        }
        match (&self.sealed, self.margin) {
            (Some(sealed), Some(margin)) if sealed.at_least() > -margin => {
                SearchVerdict::KeepShorter
            }
            (Some(sealed), Some(margin)) if sealed.high < -margin => SearchVerdict::Worse,
            (_, Some(_)) => SearchVerdict::NotShorter,
            (Some(sealed), None) => match sealed.direction() {
                Some(Ordering::Greater) => SearchVerdict::KeepNew,
                Some(_) => SearchVerdict::Worse,
                None => SearchVerdict::NoGainShown,
            },
            (None, None) => SearchVerdict::NoGainShown,
        }
    }
}

impl SearchVerdict {
    /// Whether the new wording may be written: it is to be kept, or is that of a search of a kind that gains.
    pub fn offers_wording(self) -> bool {
        matches!(
            self,
            SearchVerdict::KeepNew | SearchVerdict::KeepShorter | SearchVerdict::SearchesGain
        )
    }
}

impl SearchRecord {
    /// Whether what it has cost has come to its cap in dollars.
    pub fn is_out_of_money(&self) -> bool {
        (self.request.budget_usd).is_some_and(|cap| self.spent.usd >= cap)
    }

    /// What the rows of each fold said.
    pub(super) fn held_out(&self) -> Vec<HeldOutComparison> {
        self.folds.iter().map(|fold| fold.held_out).collect()
    }

    /// Whether candidates were made from all rows: where folds judge, only if their searches gain.
    pub fn has_search_on_all_rows(&self) -> bool {
        self.request.folds.is_none() || self.candidates.len() > 1 || !self.proposals.is_empty()
    }

    /// The wording that the search proposes, where it is not the start.
    pub fn nominee(&self) -> Option<&CandidateRecord> {
        let nominee = self.ending.as_ref()?.nominee;
        (nominee > 0)
            .then(|| self.candidates.get(nominee))
            .flatten()
    }
}
