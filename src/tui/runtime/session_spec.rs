//! What a session is started with, and why it ends badly.

use crate::{
    annotation::JournalError,
    model::PolicySpec,
    project::{ExperimentSpec, Project, ProjectError},
    store::Store,
    tui::{
        keys::UserKeys,
        model::{AnnotationRequest, AnnotationResult},
    },
};
use futures_util::future::LocalBoxFuture;
use std::{fmt, io};

/// What a session works on.
#[derive(Debug)]
pub struct SessionSpec {
    /// Where runs are kept.
    pub store: Store,
    pub project: Project,
    /// The experiment to open on; the one from the last time where `None`.
    pub experiment: Option<ExperimentSpec>,
    /// A line to show at first.
    pub notice: Option<String>,
    /// Keys and colors that the user chose.
    pub user_keys: UserKeys,
    /// What its runs buy, where not every trial.
    pub policy: Option<PolicySpec>,
    /// Whether the store is a bundle, to be looked at only.
    pub is_bundle: bool,
    /// Labels and rates; nothing does where `None`.
    pub annotator: Option<Annotator>,
}

/// Runs the screen on which a person labels or rates, in a terminal that nobody else has, until it is left.
pub struct Annotator(pub Annotate);

type Annotate =
    Box<dyn Fn(AnnotationRequest) -> LocalBoxFuture<'static, Result<AnnotationResult, String>>>;

impl fmt::Debug for Annotator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Annotator").finish_non_exhaustive()
    }
}

/// Why a session ends badly.
#[derive(Debug, thiserror::Error)]
pub enum TuiError {
    #[error("the terminal failed: {0}")]
    Terminal(#[from] io::Error),
    #[error(transparent)]
    Project(#[from] ProjectError),
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A part of the program panicked beside the loop.
    #[error("wording crashed (see above). Completed answers were saved. Please report this")]
    Panicked,
}
