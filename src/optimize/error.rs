//! Why a search cannot go on.

use crate::{engine::EngineError, store::StoreError, template::TemplateError};

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
        "`{template}` has no part that can be reworded: no axis of texts, and no text of three words or more outside of shots and data"
    )]
    NoRegion { template: String },
    #[error("`{template}` has no part `{name}` to reword; available: {}", known.join(", "))]
    UnknownRegion {
        template: String,
        name: String,
        known: Vec<String>,
    },
    #[error("{0}")]
    Stopped(String),
}
