//! What is wrong with a gate.

use crate::source::nearest;

/// What is wrong with a gate.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum GateError {
    /// It is not understood.
    #[error(
        "the gate is not understood: {message}\n  | {text}\n  | {}^\nwrite for example 'score>=0.8', 'score(plain).low>0.7', 'spread<=0.05', 'diff(new,base).low>-0.02' or 'failed==0 and latency.p95<2000'",
        " ".repeat(at - 1)
    )]
    Syntax {
        text: String,
        /// At which character, from 1.
        at: usize,
        message: String,
    },
    /// It names something that is not there.
    #[error("the gate `{gate}` has an unknown {what} `{name}`{}", suggest(nearest.as_deref(), known))]
    Absent {
        gate: String,
        /// What kind of thing.
        what: &'static str,
        name: String,
        /// What is likely meant.
        nearest: Option<String>,
        /// Those that there are.
        known: Vec<String>,
    },
    /// A name is used in a way that it cannot be.
    #[error("the gate `{gate}`: {message}")]
    Use { gate: String, message: String },
}

fn suggest(nearest: Option<&str>, known: &[String]) -> String {
    match nearest {
        Some(near) => format!("; did you mean `{near}`?"),
        None if known.is_empty() => String::new(),
        None => format!("; there are {}", known.join(", ")),
    }
}

pub(super) fn absent(gate: &str, what: &'static str, name: &str, known: &[&str]) -> GateError {
    GateError::Absent {
        gate: gate.to_owned(),
        what,
        name: name.to_owned(),
        nearest: nearest(name, known.iter().copied()).map(str::to_owned),
        known: known.iter().take(16).map(|k| (*k).to_owned()).collect(),
    }
}
