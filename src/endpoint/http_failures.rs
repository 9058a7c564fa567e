//! What a failed exchange with a server is, and what to do about it.

use super::{AttemptFailure, http::HttpLink, reception::Interruption, transport::root_cause};
use crate::model::{FailureKind, STREAM_CUTS};
use reqwest::header::HeaderMap;

impl HttpLink {
    /// An answer with a status that is no success.
    pub(super) fn refusal(&self, status: u16, headers: &HeaderMap, body: &[u8]) -> AttemptFailure {
        let body = String::from_utf8_lossy(body);
        let secrets = &self.transport.secrets;
        self.hint(AttemptFailure::status(status, headers, &body, secrets))
    }

    /// A request that did not come through.
    pub(super) fn network(&self, error: &reqwest::Error) -> AttemptFailure {
        let at = self.base.public();
        let cause = self.transport.secrets.message(&root_cause(error));
        let name = &self.spec.name;
        if error.is_connect() && cause.contains("certificate") {
            return AttemptFailure::untrusted(&format!(
                "the certificate of {at} is not trusted ({cause}); where an authority of your own signed it, name its PEM file in ca_file of endpoint `{name}`"
            ));
        }
        if error.is_connect() && cause.contains("Too many open files") {
            return AttemptFailure::network(
                FailureKind::Connect,
                format!(
                    "no connection to {at}: this process may not open more files; lower max_in_flight of endpoint `{name}`, or raise `ulimit -n`"
                ),
            );
        }
        if error.is_connect() {
            return AttemptFailure::network(
                FailureKind::Connect,
                format!(
                    "{at} does not answer ({cause}); is the server running, and is base_url of endpoint `{name}` right?"
                ),
            );
        }
        if error.is_timeout() {
            return AttemptFailure::network(FailureKind::Timeout, format!("{at}: {cause}"));
        }
        self.cut(&cause)
    }

    /// An answer that was not waited for to its end.
    pub(super) fn interrupted(&self, interruption: Interruption) -> AttemptFailure {
        match interruption {
            Interruption::Cut(cause) => self.cut(&cause),
            Interruption::Late(limit) => AttemptFailure::network(
                FailureKind::Timeout,
                format!(
                    "no complete answer within {limit:?} (`timeout` of endpoint `{}`)",
                    self.spec.name
                ),
            ),
        }
    }

    /// An answer that ended early.
    pub(super) fn cut(&self, cause: &str) -> AttemptFailure {
        AttemptFailure::network(
            FailureKind::Cut,
            format!(
                "{} closed the connection inside the answer ({})",
                self.base.public(),
                self.transport.secrets.message(cause)
            ),
        )
    }

    /// Say what to do where the user can do something.
    pub(super) fn hint(&self, mut failed: AttemptFailure) -> AttemptFailure {
        let hint = match failed.failure.kind {
            FailureKind::Auth => match &self.spec.api_key_env {
                Some(name) => format!("is the key in {name} right?"),
                None => format!("does endpoint `{}` need api_key_env?", self.spec.name),
            },
            FailureKind::NotFound => format!(
                "does {} offer this model? See `wording models {}`",
                self.base.public(),
                self.spec.name
            ),
            FailureKind::Quota => "the account has no quota left".into(),
            _ => return failed,
        };
        failed.failure.message =
            format!("{}; {hint}", failed.failure.message.trim_end_matches('.'));
        failed
    }

    /// A stream that ended without a finish reason, though the connection was not lost.
    pub(super) fn unfinished(&self, open_call: Option<&str>) -> AttemptFailure {
        let mut message = match open_call {
            Some(tool) => {
                let tool = self.transport.secrets.message(tool);
                format!("the stream ended inside a call of the tool `{tool}`")
            }
            None => "the stream ended without a finish reason".to_owned(),
        };
        if let Some(streams) = self.learned.stream_ended(false) {
            let name = &self.spec.name;
            message =
                format!("{message}, {streams} times so far: {STREAM_CUTS} (endpoint `{name}`)");
        }
        AttemptFailure::network(FailureKind::Cut, message)
    }
}
