//! What is said of an endpoint that does not answer, or whose answers are less sure.

use super::labels::count;
use crate::{
    display::{span, thousands, visible},
    model::{DownCause, EndpointWarning, ModelRef, Prompt, Role, STREAM_CUTS},
    project::Project,
};
use std::time::Duration;

/// What the servers of these models add to a prompt, where they are known to.
pub fn added_system_prompts(
    project: &Project,
    models: &[ModelRef],
    prompt: &Prompt,
) -> Vec<String> {
    let has_own = prompt.messages.iter().any(|m| m.role == Role::System);
    let added = |model: &ModelRef| {
        let text = project.model(model)?.chat.added_system.as_ref()?;
        let text = match text.as_str() {
            "" => String::new(),
            text => format!(": {}", visible(text)),
        };
        Some(format!(
            "{model} gets a system prompt that its server adds{text}"
        ))
    };
    let models = models.iter().filter(|_| !has_own);
    models.filter_map(added).collect()
}

/// For a message, or short with the time since when for a status line.
pub fn endpoint_down(endpoint: &str, cause: DownCause, since: Option<Duration>) -> String {
    let what = match cause {
        DownCause::Unreached => "is unreachable",
        DownCause::Broken => "returns only errors",
        DownCause::Silent => "is silent",
        DownCause::Refused => "refuses requests",
    };
    match since {
        Some(since) => format!("{endpoint} {what} ({}); retrying", span(since)),
        None => format!("{endpoint} {what}; nothing is lost, retrying until it answers"),
    }
}

/// For a message: requests were refused and nothing goes for a while, or, without a wait, they timed out.
pub fn endpoint_slowed(endpoint: &str, wait: Duration, in_flight: usize) -> String {
    match wait.is_zero() {
        true => format!(
            "{endpoint} cannot keep up: requests timed out; {in_flight} in flight from now on"
        ),
        false => format!(
            "{endpoint} refuses requests: waiting {}, then up to {in_flight} in flight",
            span(wait)
        ),
    }
}

/// That fewer requests may be in flight to an endpoint than is asked for, for want of file descriptors.
pub fn few_descriptors(endpoint: &str, wanted: usize, allowed: usize) -> String {
    format!(
        "{}: {} in flight instead of {wanted}, as this process may not open more files; raise `ulimit -n` for more",
        visible(endpoint),
        count(allowed, "request")
    )
}

/// What makes the answers of a model less sure, and what to do.
pub fn endpoint_warning(warning: &EndpointWarning) -> String {
    match warning {
        EndpointWarning::UnfinishedStreams { model, streams } => format!(
            "{} ended {} without a finish reason: {STREAM_CUTS}. No cut answer was kept; answers are now requested whole, as with stream = false.",
            visible(&model.to_string()),
            count(*streams as usize, "stream"),
        ),
        EndpointWarning::EmptyAnswers {
            model,
            empty,
            answers,
        } => format!(
            "{} of {} of {} are empty, though the server says that they are complete. A proxy may hide errors or cut streams: look at one with `wording run --log FILE -vv`, or ask the server without the proxy.",
            thousands(*empty),
            count(*answers as usize, "answer"),
            visible(&model.to_string()),
        ),
        EndpointWarning::ModelChanged { model, before, now } => format!(
            "Another model or version answers as {}: `{}`, before it was `{}`. These results mix answers of both; a new run with `--reuse no` has none of the old ones.",
            visible(&model.to_string()),
            visible(now),
            visible(before),
        ),
        EndpointWarning::StopRemoved { model, answers } => format!(
            "{} does not end answers at the stop string: it was removed, with what followed it, from {}.",
            visible(&model.to_string()),
            count(*answers as usize, "answer"),
        ),
    }
}
