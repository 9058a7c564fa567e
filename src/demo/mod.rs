//! The embedded endpoint: a small in-context learner behind real HTTP, and scripted faults.
//!
//! It is a stand-in, not a language model, and says so wherever its name is shown. It knows nothing of experiments: it
//! reads requests off the wire like any other server. Used by `engine` (in the process), `wording serve` and tests.

mod answer;
mod batch_work;
mod batches;
mod classifier;
mod complete;
mod embed;
mod error;
mod error_response;
mod form;
mod job;
mod jobs;
mod judge;
mod learner;
mod limits;
mod listener;
mod pieces;
mod prompt;
mod propose;
mod rephrase;
mod responses;
mod script;
mod served;
mod server;
mod talk;
mod token_logprobs;
mod tools;
mod training;
mod training_file;
mod tuning;

pub use error::DemoError;
pub use limits::{FaultKind, LimitCounts, Limits, Outage, OutageKind, RandomFault};
pub use script::{FaultStep, RecordedRequest, Refusal, Script};
pub use served::DemoSpec;
pub use server::{DEFAULT_PORT, DemoServer};
