//! What others read and write: batch request files, and the results that come back.
//!
//! Knows forms, not projects; `commands` joins them with the plan and the store.

mod batch;

pub use batch::{BatchError, BatchFiles, BatchLine, BatchResult, MOST_BYTES, MOST_REQUESTS};
