//! What goes wrong with a template, and where in it.

use super::value::unmetered;

/// A template that cannot be parsed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct SyntaxError {
    /// The byte of the template.
    pub(crate) at: usize,
    pub(crate) message: String,
}

impl SyntaxError {
    pub(super) fn new(at: usize, message: impl Into<String>) -> SyntaxError {
        SyntaxError {
            at,
            message: message.into(),
        }
    }
}

/// A template that stopped while it ran.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Failure {
    /// The byte of the template.
    pub(crate) at: usize,
    pub(crate) message: String,
    /// It did more than a template may.
    pub(crate) is_limit: bool,
}

impl Failure {
    pub(super) fn new(at: usize, message: impl Into<String>) -> Failure {
        Failure {
            at,
            message: message.into(),
            is_limit: false,
        }
    }
}

/// What a function or filter could not do, where it stands is known elsewhere.
pub(super) enum Problem {
    Message(String),
    Failure(Failure),
}

impl Problem {
    pub(super) fn new(message: impl Into<String>) -> Problem {
        Problem::Message(message.into())
    }

    pub(super) fn at(self, at: usize) -> Failure {
        match self {
            Problem::Message(message) => Failure::new(at, message),
            Problem::Failure(failure) => failure,
        }
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Problem {
        Problem::Failure(failure)
    }
}

/// The work that a rendering may still do.
#[derive(Debug)]
pub(crate) struct Meter {
    left: u64,
}

impl Meter {
    /// A step takes one, every byte of a text that is made 1/64.
    pub(crate) fn new(fuel: u64) -> Meter {
        // What a rendering before left is not this one's.
        unmetered();
        Meter {
            left: fuel.saturating_mul(64),
        }
    }

    pub(super) fn step(&mut self, at: usize) -> Result<(), Failure> {
        self.take(64, at)
    }

    pub(super) fn text(&mut self, bytes: usize, at: usize) -> Result<(), Failure> {
        self.take(bytes as u64, at)
    }

    /// Charge for what was made since the meter was asked last.
    pub(super) fn settle(&mut self, at: usize) -> Result<(), Failure> {
        self.take(0, at)
    }

    fn take(&mut self, amount: u64, at: usize) -> Result<(), Failure> {
        let amount = amount.saturating_add(unmetered());
        match self.left.checked_sub(amount) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(Meter::exhausted(at)),
        }
    }

    fn exhausted(at: usize) -> Failure {
        Failure {
            at,
            message: "the template does too much for one prompt".into(),
            is_limit: true,
        }
    }
}
