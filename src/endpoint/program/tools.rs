//! A program that answers the calls of tools: a line of JSON for a call, a line with its result.

use super::{
    super::{AttemptFailure, secrets::Secrets},
    answer::malformed,
    calls::AnswerLine,
    identity::program_identity,
    link::ProgramLink,
};
use crate::{child_process::AllowedCommands, model::FailureKind, project::ToolCommandSpec};
use serde_json::Value;
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};
use tokio::sync::{Semaphore, SemaphorePermit};

/// A program that answers the calls of tools. Started with its first call.
#[derive(Debug)]
pub struct ToolProgram {
    link: ProgramLink,
    limit: Duration,
    /// One for each call that it may have at once.
    slots: Semaphore,
    granted: AtomicUsize,
}

/// The right to have one more call answered.
#[derive(Debug)]
pub struct ToolSlot<'p>(
    #[expect(dead_code, reason = "given back when it is dropped")] Option<SemaphorePermit<'p>>,
);

/// What the answers of a tool command are stored under: its command and version.
pub fn tool_command_identity(spec: &ToolCommandSpec) -> String {
    program_identity(&spec.program)
}

impl ToolProgram {
    pub fn new(spec: &ToolCommandSpec) -> ToolProgram {
        let named = "`tool_command`";
        let slots = spec.program.max_in_flight.unwrap_or(1);
        let slots = slots.min(Semaphore::MAX_PERMITS);
        ToolProgram {
            link: ProgramLink::new(named, &spec.program, AllowedCommands::of_user()),
            limit: spec.timeout,
            slots: Semaphore::new(slots),
            granted: AtomicUsize::new(slots),
        }
    }

    /// Wait until it takes a call more. That call ends with the slot.
    pub async fn slot(&self) -> ToolSlot<'_> {
        // Never closed.
        ToolSlot(self.slots.acquire().await.ok())
    }

    /// What a tool answers to one call, which is a JSON object. Sent once.
    pub async fn answer(&self, _slot: ToolSlot<'_>, call: &[u8]) -> Result<String, AttemptFailure> {
        let answered = self.link.exchange_line(self.limit, call).await;
        self.grant_own_limit();
        read_result(answered?, self.link.secrets())
    }

    /// Take it at its word, where it says how many calls it takes.
    fn grant_own_limit(&self) {
        let Some(own) = self.link.own_limit().map(|own| own.get()) else {
            return;
        };
        let before = self.granted.fetch_max(own, Ordering::Relaxed);
        self.slots.add_permits(own.saturating_sub(before));
    }
}

/// The `result` of an answer line; what is not a text is sent as JSON. An `error` is about this call, whatever status it names:
/// that is of a server behind the tool, and says nothing of the model's.
fn read_result(mut line: AnswerLine, secrets: &Secrets) -> Result<String, AttemptFailure> {
    if let Some(error) = line.get("error").filter(|error| !error.is_null()) {
        let mut failed = AttemptFailure::of_program(error, secrets);
        failed.failure.kind = FailureKind::BadRequest;
        return Err(failed);
    }
    match line.remove("result") {
        Some(Value::String(text)) => Ok(secrets.answer(text)),
        Some(value) => Ok(secrets.json(value.to_string())),
        None => Err(malformed(
            &line,
            "it has neither `result` nor `error`",
            secrets,
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::ProgramSpec;
    use serde_json::json;

    #[test]
    fn a_program_may_be_said_to_take_any_number_of_calls() {
        let program = ToolProgram::new(&ToolCommandSpec {
            program: ProgramSpec {
                max_in_flight: Some(usize::MAX),
                ..ProgramSpec::default()
            },
            timeout: Duration::from_secs(1),
            max_rounds: 1,
        });
        assert_eq!(program.slots.available_permits(), Semaphore::MAX_PERMITS);
    }

    #[test]
    fn a_result_is_text_or_json_and_an_error_is_a_failure() {
        let read = |line: Value| {
            read_result(line.as_object().unwrap().clone(), &Secrets::default())
                .map_err(|failed| (failed.failure.kind, failed.failure.message))
        };
        assert_eq!(
            read(json!({"id": 1, "result": "sold\n"})),
            Ok("sold\n".into())
        );
        assert_eq!(
            read(json!({"id": 1, "result": {"n": [1, null]}})),
            Ok("{\"n\":[1,null]}".into())
        );
        assert_eq!(read(json!({"id": 1, "result": null})), Ok("null".into()));
        assert_eq!(
            read(json!({"id": 1, "error": "no database"})),
            Err((FailureKind::BadRequest, "no database".into()))
        );
        for code in [401, 403, 404, 429, 503] {
            let error = json!({"code": code, "message": "no such order"});
            let (kind, message) = read(json!({"id": 1, "error": error})).unwrap_err();
            assert_eq!(kind, FailureKind::BadRequest, "{code}");
            assert!(message.contains("no such order"), "{message}");
        }
        let (kind, message) = read(json!({"id": 1, "text": "a"})).unwrap_err();
        assert_eq!(kind, FailureKind::Malformed);
        assert!(message.contains("neither `result` nor"), "{message}");
    }
}
