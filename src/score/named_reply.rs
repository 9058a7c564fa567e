//! Which reply of a conversation a metric reads, where it names one.

use super::judged::UNREADABLE;
use crate::model::{Completion, GivenReply, Score};

/// The reply of a name, in the answer of a trial.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NamedReply<'c> {
    Given(&'c GivenReply),
    /// The conversation of this row has none, as it is shorter: there is nothing to read, as in an empty answer.
    Lacking,
    /// What was said is not known: the prompt of the answer was not stored.
    Unknown,
}

impl<'c> NamedReply<'c> {
    pub fn find(completion: &'c Completion, name: &str) -> NamedReply<'c> {
        let replies = &completion.replies;
        match replies.iter().find(|reply| reply.name == name) {
            Some(reply) => NamedReply::Given(reply),
            None if replies.is_empty() => NamedReply::Unknown,
            None => NamedReply::Lacking,
        }
    }

    /// The score of a row that lacks the reply, whatever the metric.
    pub const LACKING_SCORE: Score = UNREADABLE;
}
