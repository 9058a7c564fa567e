//! Plan (pure), schedule, retry, events, budget, cancellation.
//!
//! The engine sends events; the batch progress, the session and the store all live from them. Imports neither reports
//! nor the session.

mod aux_endpoint;
mod budget;
mod clients;
mod done;
mod embed;
mod error;
mod event;
mod lane;
mod order;
mod plan;
mod policy_queue;
mod requests;
mod reword;
mod run;
mod scoring;
mod share;
mod trial;
mod validate_metrics;

pub use clients::Clients;
pub use embed::Embedder;
pub use error::EngineError;
pub use event::{
    MetricSummary, RunControl, RunEvent, RunHandle, RunOptions, RunSummary, StopCause, TrialOrder,
};
pub use plan::Plan;
pub use requests::PlannedRequest;
pub use reword::{Paraphrases, paraphrases};
pub use run::start;
