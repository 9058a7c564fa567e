//! What an endpoint does that makes a run's answers less sure, or other than they look.

use super::ModelRef;
use serde::{Deserialize, Serialize};

/// Why streams end without a finish reason, and what to do.
pub const STREAM_CUTS: &str = "this server ends a stream when the next request comes: set max_in_flight = 1 or start it with --interrupt_requests False";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema, Deserialize)]
#[serde(tag = "warning", rename_all = "snake_case")]
pub enum EndpointWarning {
    /// Streams ended without a finish reason; from then on answers are requested whole.
    UnfinishedStreams { model: ModelRef, streams: u64 },
    /// Many answers have no text, though the server says that they are complete.
    EmptyAnswers {
        model: ModelRef,
        empty: u64,
        answers: u64,
    },
    /// Answers went on behind a stop string, or ended with it; it and what followed was removed.
    StopRemoved { model: ModelRef, answers: u64 },
    /// Another model answers than before, by the endpoint's list or by what the answers say.
    ModelChanged {
        model: ModelRef,
        before: String,
        now: String,
    },
}

impl EndpointWarning {
    /// Add what was found to what is known, one entry per kind and model.
    pub fn add(known: &mut Vec<EndpointWarning>, found: &[EndpointWarning]) {
        for new in found {
            if !known.iter_mut().any(|known| known.absorb(new)) {
                known.push(new.clone());
            }
        }
    }

    /// Count another warning in, where it is of the same kind and model.
    fn absorb(&mut self, other: &EndpointWarning) -> bool {
        use EndpointWarning::{EmptyAnswers, ModelChanged, StopRemoved, UnfinishedStreams};
        match (self, other) {
            (
                UnfinishedStreams { model, streams },
                UnfinishedStreams {
                    model: same,
                    streams: more,
                },
            ) if model == same => *streams += more,
            (
                StopRemoved { model, answers },
                StopRemoved {
                    model: same,
                    answers: more,
                },
            ) if model == same => *answers += more,
            (
                EmptyAnswers {
                    model,
                    empty,
                    answers,
                },
                EmptyAnswers {
                    model: same,
                    empty: more_empty,
                    answers: more,
                },
            ) if model == same => {
                *empty += more_empty;
                *answers += more;
            }
            (a @ ModelChanged { .. }, b) => return a == b,
            _ => return false,
        }
        true
    }
}
