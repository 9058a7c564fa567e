//! Metrics: from an output and a row to a score in [0, 1].
//!
//! Most are pure functions. For some, somebody has to be asked: a model that embeds, a model that judges by a rubric, a
//! program. What they are asked and how their word is read is here; `engine` asks.

mod assertions;
mod contains;
mod error;
mod judged;
mod kind;
mod named_reply;
mod overlap;
mod probability;
mod program;
mod reading;
mod rubric;
mod scorer;
mod scorer_logprobs;
mod tool_calls;

pub use assertions::{
    Assertion, AssertionOutcome, AssertionVerdict, Assertions, Check, KINDS, ListError, OWN_KINDS,
    assertion_items, promptfoo_verdict, row_threshold,
};
pub use error::ScoreError;
pub use named_reply::{NoReply, named_reply};
pub use overlap::{rouge_l, token_f1};
pub use program::{Program, ProgramError};
pub use reading::{AnswerReading, MetricReading};
pub use rubric::Rubric;
pub use scorer::Scorer;
pub use tool_calls::ExpectedCall;
