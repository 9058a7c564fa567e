//! A search for a better wording as the session knows it: whether one is in progress, and what is recorded of it.

use crate::{
    model::ModelRef,
    optimize::{SearchRecord, SearchRequest},
    project::ExperimentSpec,
};
use std::sync::Arc;

/// Where a search of this session stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SearchPhase {
    /// None is in progress here; the last one that is stored is shown.
    #[default]
    Rest,
    /// Its files are read and checked.
    Opening,
    Going,
    /// Start and nominee are run on the sealed rows.
    OnSealedRows,
    /// It was told to stop: the calls in flight are waited for.
    Stopping,
}

/// The search of this session, or the last one that is stored.
#[derive(Debug, Default)]
pub struct WordingSearch {
    pub phase: SearchPhase,
    /// By which its results are known.
    pub number: u64,
    pub record: Option<Arc<SearchRecord>>,
    /// Why it stopped, or could not begin.
    pub trouble: Option<String>,
    /// What would be begun, while the calls are typed.
    pub source: Option<CandidateSource>,
}

/// Where the candidates of a search come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CandidateSource {
    /// A writer's rewordings, and settings beside them.
    Writer(ModelRef),
    /// Settings alone: other shots, formats, levels.
    Settings,
    /// Pieces of the start are left out.
    Shorter,
}

impl WordingSearch {
    /// Whether calls may be sent.
    pub fn is_on(&self) -> bool {
        self.phase != SearchPhase::Rest
    }

    /// Whether it can be told to stop: once.
    pub fn is_stoppable(&self) -> bool {
        self.is_on() && self.phase != SearchPhase::Stopping
    }

    /// The search shown has not ended, and nobody goes on with it here.
    pub fn is_resumable(&self) -> bool {
        let open = |record: &Arc<SearchRecord>| record.ending.is_none();
        !self.is_on() && self.record.as_ref().is_some_and(open) && !self.is_by_folds()
    }

    /// The search shown has come to its end.
    pub fn has_ended(&self) -> bool {
        (self.record.as_ref()).is_some_and(|record| record.ending.is_some())
    }

    /// The search shown is judged by folds: begun, and gone on with, on the command line.
    pub fn is_by_folds(&self) -> bool {
        (self.record.as_ref()).is_some_and(|record| record.request.folds.is_some())
    }

    /// Whether the sealed rows say that the new wording is to be kept.
    pub fn keeps_new(&self) -> bool {
        let ending = self.record.as_ref().and_then(|r| r.ending.as_ref());
        !self.is_on() && ending.is_some_and(|ending| ending.verdict().offers_wording())
    }
}

/// A search that is to be carried out.
#[derive(Debug, Clone)]
pub struct WordingSearchSpec {
    /// Comes back with each result.
    pub number: u64,
    pub experiment: Box<ExperimentSpec>,
    pub request: SearchRequest,
    /// Whether it changes settings alone, of a search that begins; which there are is found when its files are read.
    pub is_of_settings: bool,
    /// The one that it goes on with: its id, and when it began.
    pub before: Option<(String, i64)>,
}
