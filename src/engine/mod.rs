//! Plan (pure), schedule, retry, events, budget, cancellation.
//!
//! The engine sends events; the batch progress, the session and the store all live from them. Imports neither reports
//! nor the session.

mod budget;
mod buying;
mod clients;
mod done;
mod embed;
mod error;
mod event;
mod lane;
mod order;
mod plan;
mod run;
mod trial;

pub use clients::Clients;
pub use embed::Embedder;
pub use error::EngineError;
pub use event::{RunControl, RunEvent, RunHandle, RunOptions, RunSummary, TrialOrder};
pub use plan::Plan;
pub use run::start;
