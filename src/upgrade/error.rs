//! Why a comparison of models cannot begin or go on.

use crate::{engine::EngineError, store::StoreError};

#[derive(Debug, thiserror::Error)]
pub enum UpgradeError {
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("interrupted; every answer was saved")]
    Interrupted,
}
