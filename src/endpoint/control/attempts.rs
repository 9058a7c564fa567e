//! What the attempts of one request have used up, and how long it waits for the next one.

use super::{
    attempt::{Ended, Time},
    controller::Controller,
};

const MAX_WAIT: Time = 60.0;

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Attempts {
    /// Retries used up; refusals count for a part of one.
    spent: f64,
    failed: i32,
}

impl Attempts {
    /// The wait before the next attempt, in seconds, after the controller has heard how this one ended; `None` after
    /// enough of them. `jitter` is random in [0, 1).
    pub(crate) fn next_wait(
        &mut self,
        how: Ended,
        controller: &Controller,
        now: Time,
        retries: u32,
        jitter: f64,
    ) -> Option<Time> {
        let stated = match how {
            Ended::Answered | Ended::Abandoned => return None,
            // Sent again in another form.
            Ended::Rejected => {
                self.spent += 1.0;
                return (self.spent <= f64::from(retries)).then_some(0.0);
            }
            Ended::Refused(stated) => stated,
            Ended::Broken | Ended::TimedOut | Ended::Unreached => None,
        };
        let weight = controller.weight(how, now);
        self.spent += weight;
        self.failed += i32::from(weight > 0.0);
        if self.spent > f64::from(retries) {
            return None;
        }
        let backoff = controller.short_wait() * 1.5f64.powi((self.failed - 1).clamp(0, 10));
        Some(
            stated
                .unwrap_or(0.0)
                .max(backoff * (0.5 + 0.5 * jitter))
                .min(MAX_WAIT),
        )
    }
}
