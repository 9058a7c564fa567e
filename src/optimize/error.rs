//! Why a search cannot go on.

use super::held_out_comparison::LEAST_UNITS;
use crate::{
    display::{count, visible},
    engine::EngineError,
    model::RunId,
    project::ProjectError,
    store::StoreError,
    template::TemplateError,
    tokens::TokensError,
};
use std::{io, path::PathBuf};

/// Variants that a message names.
const MOST_NAMED: usize = 12;

/// Why a search cannot begin or go on.
#[derive(Debug, thiserror::Error)]
pub enum OptimizeError {
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Template(#[from] TemplateError),
    #[error(
        "`{template}` has no part that can change: no axis of texts or of several levels, no text of three words or more outside of shots and data, no shots, and no field()"
    )]
    NoRegion { template: String },
    #[error("`{template}` has no part `{name}` to reword; available: {}", known.join(", "))]
    UnknownRegion {
        template: String,
        name: String,
        known: Vec<String>,
    },
    #[error(
        "--writer is needed to reword {}, for example --writer demo/writer; without one, --edit names what changes without it{}; or --shorter",
        texts.join(", "),
        match settings.as_slice() {
            [] => ": shots, format or an axis of short levels, of which this wording has none".to_owned(),
            names => format!(": {}", names.join(", ")),
        }
    )]
    NoWriter {
        texts: Vec<String>,
        settings: Vec<String>,
    },
    #[error(
        "the writer would be asked nothing: {} {} no writer. Remove --writer (in the session, choose `settings`), or add a text with --edit",
        parts.join(", "),
        if parts.len() == 1 { "needs" } else { "need" }
    )]
    IdleWriter { parts: Vec<String> },
    #[error(
        "nothing of `{}` changes without a writer: {}",
        visible(variant),
        match settings.as_slice() {
            [] => "it has no shots, no field() and no axis of short levels".to_owned(),
            names => format!("{} would, but may not: `edit` names {}", names.join(", "), visible(&edit.join(", "))),
        }
    )]
    NoSetting {
        variant: String,
        /// What would change without one.
        settings: Vec<String>,
        edit: Vec<String>,
    },
    #[error(transparent)]
    Project(#[from] ProjectError),
    #[error(transparent)]
    Tokens(TokensError),
    #[error(
        "`{0}` is a conversation: a search shares out calls, one for each trial; choose another with --from, or compare wordings of it with `wording run`"
    )]
    Conversation(String),
    #[error(
        "`{experiment}` has too few rows for a search: {} beside {} sealed{}; label more ({LEAST_UNITS} are enough for --folds, which says what such searches gain), or search by hand with `wording run`",
        count(*open, "row"),
        count(*sealed, "one"),
        needed.map_or(String::new(), |needed| format!(". A gain of {} points takes about {needed}", points(*gain)))
    )]
    TooFewRows {
        experiment: String,
        open: usize,
        sealed: usize,
        /// A gain that is worth a search, as a share of the score.
        gain: f64,
        /// Rows of all parts that show it.
        needed: Option<usize>,
    },
    #[error(
        "`{experiment}` has too few rows for {folds} folds: {}{}; {needed} at least{}",
        count(*rows, "row"),
        match units < rows {
            true => format!(" in {}", count(*units, "cluster")),
            false => String::new(),
        },
        match units < rows {
            true => " of those",
            false => "",
        }
    )]
    TooFewRowsForFolds {
        experiment: String,
        rows: usize,
        /// Rows that are drawn together count once.
        units: usize,
        folds: usize,
        needed: usize,
    },
    #[error(
        "{} {} too few for {} searches ({folds} folds, and one on all rows); --budget-calls {least} at least: {each} for each, of which up to {sealed} for start and nominee on the rows of a fold",
        count(*budget as usize, "call"),
        if *budget == 1 { "is" } else { "are" },
        folds + 1
    )]
    TooFewCallsForFolds {
        budget: u64,
        folds: usize,
        each: u64,
        sealed: u64,
        least: u64,
    },
    #[error(
        "--writer-calls {calls} would leave some of {searches} searches without a writer: each fold has one, and all rows; {searches} at least"
    )]
    TooFewWriterCalls { calls: u64, searches: u64 },
    #[error(
        "{} cannot show that a wording is at most {} points worse, even if no answer changes; about {needed} are needed, or a wider --margin{}",
        count(*rows, &format!("{which} row")), points(*margin),
        bound.advice()
    )]
    WideMargin {
        rows: usize,
        which: &'static str,
        margin: f64,
        needed: usize,
        /// Why no more are sealed.
        bound: Bound,
    },
    #[error(
        "`{}` has {}: nothing can be left out; --edit and --from choose another text",
        visible(variant), count(*pieces, "piece")
    )]
    NothingToLeaveOut { variant: String, pieces: usize },
    /// Calls without which a search cannot end.
    #[error(
        "{} {} too few for a search; --budget-calls {least} at least: {sealed} for start and nominee on the sealed rows, and {first} for the first steps",
        count(*budget as usize, "call"),
        if *budget == 1 { "is" } else { "are" }
    )]
    TooFewCalls {
        budget: u64,
        /// With the least calls that are enough: those on sealed rows, and those of the first steps.
        sealed: u64,
        first: u64,
        least: u64,
    },
    #[error(
        "the sealed rows of `{experiment}` are not those that this search began with: `sealed`, `seed`, `cluster` or `id` has changed; begin a new search"
    )]
    OtherSealedRows { experiment: String },
    #[error(
        "the parts of `{template}` that may change are {} now, and {} in this search: the template or its axes have changed; begin a new search",
        visible(&now.join(", ")), visible(&before.join(", "))
    )]
    OtherRegions {
        template: String,
        before: Vec<String>,
        now: Vec<String>,
    },
    #[error("no variant `{}`; available: {}", visible(name), known.iter().take(MOST_NAMED).map(String::as_str).collect::<Vec<_>>().join(", "))]
    NoVariant { name: String, known: Vec<String> },
    #[error("`{}` is no variant any more", visible(.0))]
    VariantGone(String),
    #[error("the store has no opening of the sealed rows for the run {0} that ended the search")]
    NoOpening(RunId),
    #[error("no free name for the new template in {}", .0.display())]
    NoFreeName(PathBuf),
    #[error("cannot write {}: {source}", path.display())]
    Write { path: PathBuf, source: io::Error },
    /// The search was told to stop, or the run of a step did not end: why.
    #[error("{0}")]
    Stopped(String),
}

/// Why no more rows are sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// The calls carry no more.
    Calls,
    /// An earlier search with the same seed sealed no more.
    EarlierSearch,
    /// There are no more, or the experiment says so.
    Rows,
}

impl Bound {
    fn advice(self) -> &'static str {
        match self {
            Bound::Calls => "; with more --budget-calls more rows are sealed",
            Bound::EarlierSearch => {
                "; no more rows are sealed than in an earlier search with this seed, and another --seed draws anew"
            }
            Bound::Rows => "",
        }
    }
}

impl OptimizeError {
    /// Somebody stopped the search.
    pub fn interrupted() -> OptimizeError {
        OptimizeError::Stopped("the search was interrupted".into())
    }
}

/// A share of the score in points, to a tenth.
fn points(share: f64) -> f64 {
    (1_000.0 * share).round() / 10.0
}
