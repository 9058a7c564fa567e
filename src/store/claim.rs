//! What a run asks of the table of claims, and the answer.

use super::CompletionKey;
use tokio::sync::oneshot;

/// What became of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// The call is this run's to make.
    Granted,
    /// Another run made it; its answer is in the store.
    Answered,
    /// Another run makes it.
    Taken,
}

/// A call that a run wants to make.
#[derive(Debug)]
pub(super) struct ClaimRequest {
    pub(super) run: i64,
    pub(super) key: CompletionKey,
    pub(super) reply: oneshot::Sender<Result<Claim, String>>,
}
