//! A new experiment for a dataset: what its columns are for, the files that describe it, written without replacing any other.
//!
//! The one home of what `wording new`, `wording init --empty` and the dialog of the session guess and write. Asks nobody and
//! prints nothing.

mod columns;
mod datasets;
mod draft;
mod error;
mod experiment;
mod files;
mod project_text;

pub use columns::DatasetColumns;
pub use datasets::{find_datasets, first_rows_columns};
pub use draft::{
    AnswerSource, DatasetSource, EndpointAddress, ExperimentDraft, FIRST_TEMPLATE, STAND_IN,
    known_service,
};
pub use error::ScaffoldError;
pub use experiment::AnswerScoring;
pub use files::ScaffoldFiles;
pub use project_text::ProjectText;
