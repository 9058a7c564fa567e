//! The answers of tools in a run: each call is sent once, and what came of it is durable before the model hears of it.

use super::tool_question::ToolQuestion;
use crate::{
    endpoint::{ToolProgram, ToolSlot},
    model::{Completion, Failure, FailureKind},
    project::ToolCommandSpec,
};
use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Instant,
};

/// After this many calls in a row that the program did not answer, the run ends.
const MAX_FAILURES: u32 = 3;

/// The program that answers the calls of a run.
#[derive(Debug)]
pub(super) struct ToolAnswers {
    program: ToolProgram,
    /// Calls in a row that it did not answer.
    failures: AtomicU32,
}

/// A call that has no answer.
#[derive(Debug)]
pub(super) struct UnansweredCall {
    pub(super) failure: Failure,
    /// Whether the next calls would fare no better.
    pub(super) ends_run: bool,
}

impl ToolAnswers {
    /// Not started yet.
    pub(super) fn new(spec: &ToolCommandSpec) -> ToolAnswers {
        ToolAnswers {
            program: ToolProgram::new(spec),
            failures: AtomicU32::new(0),
        }
    }

    /// Wait until the program takes a call more.
    pub(super) async fn slot(&self) -> ToolSlot<'_> {
        self.program.slot().await
    }

    /// The answer to a call, as it is stored.
    pub(super) async fn answer(
        &self,
        slot: ToolSlot<'_>,
        question: &ToolQuestion<'_>,
    ) -> Result<Completion, UnansweredCall> {
        let started = Instant::now();
        match self.program.answer(slot, &question.body()).await {
            Ok(text) => {
                self.failures.store(0, Ordering::Relaxed);
                Ok(Completion {
                    text,
                    latency_ms: started.elapsed().as_secs_f64() * 1e3,
                    ..Completion::default()
                })
            }
            Err(failed) => {
                let failure = failed.failure;
                // What a program says itself is an answer: it lives.
                let failures = match failure.kind {
                    FailureKind::BadRequest => {
                        self.failures.store(0, Ordering::Relaxed);
                        0
                    }
                    _ => self.failures.fetch_add(1, Ordering::Relaxed) + 1,
                };
                Err(UnansweredCall {
                    ends_run: failure.kind.stops_run() || failures >= MAX_FAILURES,
                    failure: Failure {
                        message: format!("tool {}: {}", question.tool(), failure.message),
                        ..failure
                    },
                })
            }
        }
    }
}
