//! Why there is no advice, and nothing to train on.

use crate::{
    annotation::JournalError, dataset::DatasetError, engine::EngineError, store::StoreError,
};
use std::path::PathBuf;

/// Why there is no advice.
#[derive(Debug, thiserror::Error)]
pub enum AdviceError {
    #[error("cannot read the labelled rows in {}: {cause}", path.display())]
    Labelled {
        path: PathBuf,
        cause: Box<DatasetError>,
    },
    #[error(transparent)]
    Dataset(Box<DatasetError>),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Engine(Box<EngineError>),
    #[error(transparent)]
    Ratings(#[from] JournalError),
}

impl From<EngineError> for AdviceError {
    fn from(error: EngineError) -> AdviceError {
        AdviceError::Engine(Box::new(error))
    }
}

impl From<DatasetError> for AdviceError {
    fn from(error: DatasetError) -> AdviceError {
        AdviceError::Dataset(Box::new(error))
    }
}
