//! Choosing and ordering shots: first, random, balanced, bm25, mmr. Pure; knows rows, no templates.
use crate::{
    model::{Row, Shot, Variant},
    project::ShotsSpec,
};
use std::sync::Arc;

/// Stub error.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ShotsError {
    /// placeholder
    #[error("placeholder")]
    Placeholder,
}

/// The shots that there are, indexed for choosing.
#[derive(Debug)]
pub struct ShotPool {
    shots: Vec<Arc<Shot>>,
}

impl ShotPool {
    /// A pool of these shots; `answer` is the column with the label, `text` columns are all others.
    pub fn new(shots: Vec<Arc<Shot>>, _answer: Option<&str>) -> ShotPool {
        ShotPool { shots }
    }
    /// All shots.
    pub fn shots(&self) -> &[Arc<Shot>] {
        &self.shots
    }
    /// The shots for a row: never the row at hand nor one of identical text. Deterministic in (spec, row, seed).
    pub fn choose(&self, _row: &Row, _spec: &ResolvedShots, _seed: u64) -> Vec<Arc<Shot>> {
        unimplemented!()
    }
}

/// How shots are chosen for a variant, parsed once.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedShots {
    /// How many; all where `None`.
    pub count: Option<usize>,
    /// How they are chosen.
    pub select: Select,
    /// In which order they stand.
    pub order: Order,
}

/// How shots are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Select {
    /// The first ones.
    First,
    /// By seed.
    Random,
    /// The same number of every label.
    Balanced,
    /// Nearest to the row by BM25.
    Bm25,
    /// BM25 with diversity.
    Mmr,
    /// Nearest by embeddings.
    Similarity,
}

/// In which order the chosen shots stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// As chosen.
    Given,
    /// The other way round.
    Reverse,
    /// By seed and this number.
    Shuffle(u64),
    /// The one nearest to the row last.
    NearestLast,
    /// Grouped by label.
    ByLabel,
}

impl ResolvedShots {
    /// From the experiment's default, with the axes `shots.count`, `shots.select`, `shots.order` of the variant over it.
    pub fn of(_default: &ShotsSpec, _variant: &Variant) -> Result<ResolvedShots, ShotsError> {
        unimplemented!()
    }
}
