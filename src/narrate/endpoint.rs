//! What is said of an endpoint that does not answer.

use crate::{display::span, model::DownCause};
use std::time::Duration;

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
