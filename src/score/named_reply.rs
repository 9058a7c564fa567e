//! Which reply of a conversation a metric reads, where it names one.

use super::judged::UNREADABLE;
use crate::model::{Completion, GivenReply, Score};

/// Why a metric sees nothing of a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoReply {
    /// The conversation of this row has no such reply, as it is shorter: there is nothing to read, as in an empty answer.
    Lacking,
    /// What was said is not known: the prompt of the answer was not stored.
    Unknown,
}

impl NoReply {
    /// The score of a row that lacks the reply, whatever the metric.
    pub const LACKING_SCORE: Score = UNREADABLE;
}

/// The reply of a name, in the answer of a trial.
pub fn named_reply<'c>(completion: &'c Completion, name: &str) -> Result<&'c GivenReply, NoReply> {
    let replies = &completion.replies;
    let named = replies.iter().find(|reply| reply.name == name);
    named.ok_or(match replies.is_empty() {
        true => NoReply::Unknown,
        false => NoReply::Lacking,
    })
}
