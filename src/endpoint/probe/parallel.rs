//! Whether two requests are answered at the same time.

use super::{
    Support,
    probing::{Probing, refused},
};
use crate::{
    endpoint::AttemptFailure,
    model::{FailureKind, Message, Prompt, Role},
};
use serde_json::json;
use std::time::{Duration, Instant};

const STORY: &str = "Tell a story about a lighthouse.";
/// Shorter answers do not show whether they overlap.
const SHORTEST: Duration = Duration::from_millis(50);

/// How much longer the second request waits where it waits for the first.
const WAITED: f64 = 1.5;

/// When a streamed answer began and ended.
struct AnswerTimes {
    sent: Instant,
    first: Option<Instant>,
    last: Instant,
}

impl AnswerTimes {
    /// Until it began.
    fn wait(&self) -> Duration {
        self.first.unwrap_or(self.last) - self.sent
    }
}

/// Whether the later answer began before the earlier one ended, or as soon as that one did.
fn overlap(earlier: &AnswerTimes, later: &AnswerTimes) -> Support {
    if earlier.last - earlier.sent < SHORTEST {
        return Support::Unclear;
    }
    let began_after = later.sent + later.wait() >= earlier.last;
    match began_after && later.wait() >= earlier.wait().mul_f64(WAITED) {
        true => Support::No,
        false => Support::Yes,
    }
}

impl Probing<'_> {
    /// Two streams at once: a server with one slot begins the second when the first has ended.
    pub(super) async fn parallel(&self) -> Support {
        let (one, other) = tokio::join!(self.answer_times(), self.answer_times());
        let (one, other) = match (one, other) {
            (Ok(one), Ok(other)) => (one, other),
            // Some servers break the first answer off.
            (Err(failed), _) | (_, Err(failed)) if failed.failure.kind == FailureKind::Cut => {
                return Support::No;
            }
            (Err(failed), _) | (_, Err(failed)) => return refused(&failed).0,
        };
        match (one.first, other.first) {
            (Some(first), Some(second)) if first <= second => overlap(&one, &other),
            (Some(_), Some(_)) => overlap(&other, &one),
            _ => Support::Unclear,
        }
    }

    async fn answer_times(&self) -> Result<AnswerTimes, AttemptFailure> {
        let prompt = Prompt::new(vec![Message::new(Role::User, STORY.to_owned())]);
        let params = json!({"max_tokens": 24}).as_object().cloned();
        let params = params.unwrap_or_default();
        let request = self.client.request(self.model, &prompt, &[&params], true);
        let sent = Instant::now();
        let (mut first, mut last) = (None, sent);
        let mut on_delta = |_: crate::endpoint::Delta<'_>| {
            last = Instant::now();
            first.get_or_insert(last);
        };
        let limit = self.client.spec().timeout;
        self.client
            .exchange(limit, self.model, &request, &mut on_delta)
            .await?;
        Ok(AnswerTimes { sent, first, last })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Milliseconds from the start to the first and the last piece.
    fn times(first: u64, last: u64) -> AnswerTimes {
        let sent = Instant::now();
        AnswerTimes {
            sent,
            first: Some(sent + Duration::from_millis(first)),
            last: sent + Duration::from_millis(last),
        }
    }

    #[test]
    fn one_slot_begins_the_second_answer_when_the_first_has_ended() {
        let found = |earlier, later| overlap(&earlier, &later);
        assert_eq!(found(times(200, 900), times(1_100, 1_800)), Support::No);
        assert_eq!(found(times(200, 900), times(250, 950)), Support::Yes);
        // Streams that come at once after the same wait.
        assert_eq!(found(times(200, 201), times(205, 206)), Support::Yes);
        assert_eq!(found(times(1, 2), times(3, 4)), Support::Unclear);
    }
}
