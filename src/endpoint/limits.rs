//! When the next request to a model may go: its [`Controller`], and what the models of one endpoint share: requests in
//! flight, requests and tokens a minute.
//!
//! Tokens a minute count what a request may need (its prompt and `max_tokens`), and are corrected when its answer says what
//! it took.

use super::{
    control::{Admission, Attempts, Controller, Ended, Ticket},
    own_limit::{MAX_OWN_LIMIT, OwnLimit},
};
use crate::{
    model::{DownCause, FailureKind},
    retry::{AttemptFailure, EndpointChange},
};
use parking_lot::Mutex;
use rand::RngExt;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::{
    sync::Notify,
    time::{Instant, sleep_until},
};

/// The limits of one endpoint: what its models share. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    max_in_flight: usize,
    /// How many a program says that it takes, where that is not set.
    own_limit: Option<OwnLimit>,
    start: usize,
    per_minute: Option<u64>,
    tokens_per_minute: Option<u64>,
    started: Instant,
    state: Mutex<State>,
    models: Mutex<BTreeMap<String, Arc<Model>>>,
}

/// What the requests to all models have used.
#[derive(Debug)]
struct State {
    in_flight: usize,
    next_request: Instant,
    token_debt: f64,
    token_at: Instant,
    has_answered: bool,
}

#[derive(Debug)]
struct Model {
    controller: Mutex<Controller>,
    /// Held by whoever is next: the others wait in their order.
    turn: tokio::sync::Mutex<()>,
    changed: Notify,
}

/// The limits of one model of an endpoint. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct ModelLimits {
    shared: Arc<Shared>,
    model: Arc<Model>,
}

/// Permission for one request in flight; dropping it gives it back.
#[derive(Debug)]
pub(crate) struct Permit {
    limits: ModelLimits,
    tokens: u64,
    /// `None` once its end was reported.
    ticket: Option<Ticket>,
}

impl Permit {
    /// The answer came and took this many tokens, maybe not those that were acquired. Whether the endpoint was down before.
    pub(crate) fn answered(&mut self, tokens: u64) -> Option<EndpointChange> {
        let mut state = self.limits.shared.state.lock();
        state.has_answered = true;
        if self.limits.counts_tokens() {
            state.token_debt += tokens as f64 - self.tokens as f64;
        }
        drop(state);
        self.end(Ended::Answered)
    }

    /// The request failed: the wait before the next attempt, if another one is due, and what changed for the endpoint.
    pub(crate) fn failed(
        &mut self,
        failed: &AttemptFailure,
        attempts: &mut Attempts,
        retries: u32,
    ) -> (Option<Duration>, Option<EndpointChange>) {
        let how = ended(failed);
        let change = self.end(how);
        let limits = &self.limits;
        let has_answered = limits.has_answered();
        let controller = limits.model.controller.lock();
        let is_unreachable = !has_answered
            && controller
                .down()
                .is_some_and(|d| d.cause == DownCause::Unreached && d.probes >= MAX_FIRST_PROBES);
        if is_unreachable || !failed.retry {
            return (None, change);
        }
        let (now, jitter) = (limits.shared.now(), rand::rng().random());
        let wait = attempts.next_wait(how, &controller, now, retries, jitter);
        (wait.map(Duration::from_secs_f64), change)
    }

    fn end(&mut self, how: Ended) -> Option<EndpointChange> {
        let ticket = self.ticket.take()?;
        let ModelLimits { shared, model } = &self.limits;
        let mut controller = model.controller.lock();
        let now = shared.now();
        let (down, limit, blocked) = (
            controller.down(),
            controller.limit(),
            controller.blocked_until(),
        );
        controller.ended(now, ticket, how);
        let has_answered = shared.leave();
        model.changed.notify_one();
        match (down, controller.down()) {
            // Most likely it does not exist, and the run will say so.
            (None, Some(down)) if down.cause == DownCause::Unreached && !has_answered => None,
            (None, Some(down)) => Some(EndpointChange::Down(down.cause)),
            (Some(down), None) => Some(EndpointChange::Back {
                after: Duration::from_secs_f64(now - down.since),
            }),
            // Otherwise a limit is lowered where a higher one was only tried.
            _ if controller.blocked_until() > blocked
                || how == Ended::TimedOut && controller.limit() < limit =>
            {
                let wait = (controller.blocked_until() - now).max(0.0);
                Some(EndpointChange::Slowed {
                    in_flight: controller.limit(),
                    wait: Duration::from_secs_f64(wait),
                })
            }
            _ => None,
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.end(Ended::Abandoned);
    }
}

/// Probes of an endpoint that has never answered; most likely it does not exist.
const MAX_FIRST_PROBES: u32 = 2;

fn ended(failed: &AttemptFailure) -> Ended {
    let wait = failed.retry_after.map(|w| w.as_secs_f64());
    match failed.failure.kind {
        FailureKind::Connect => Ended::Unreached,
        FailureKind::Cancelled => Ended::Abandoned,
        _ if failed.slow_down => Ended::Refused(wait),
        FailureKind::Timeout if failed.failure.status.is_none() => Ended::TimedOut,
        FailureKind::Timeout
        | FailureKind::Cut
        | FailureKind::Malformed
        | FailureKind::Server
        | FailureKind::RateLimited => Ended::Broken,
        _ => Ended::Rejected,
    }
}

impl Limits {
    /// At most `max_in_flight` requests at once to all models, `start` to each at first, and this many requests and tokens
    /// per minute.
    pub(crate) fn new(
        max_in_flight: usize,
        start: usize,
        per_minute: Option<u64>,
        tokens_per_minute: Option<u64>,
    ) -> Limits {
        Limits::build(max_in_flight, start, None, per_minute, tokens_per_minute)
    }

    /// As many requests as a program says when it starts.
    pub(crate) fn of_program(
        own_limit: OwnLimit,
        per_minute: Option<u64>,
        tokens_per_minute: Option<u64>,
    ) -> Limits {
        let (most, own) = (MAX_OWN_LIMIT, Some(own_limit));
        Limits::build(most, most, own, per_minute, tokens_per_minute)
    }

    fn build(
        max_in_flight: usize,
        start: usize,
        own_limit: Option<OwnLimit>,
        per_minute: Option<u64>,
        tokens_per_minute: Option<u64>,
    ) -> Limits {
        let now = Instant::now();
        Limits {
            shared: Arc::new(Shared {
                max_in_flight: max_in_flight.max(1),
                own_limit,
                start,
                per_minute,
                tokens_per_minute,
                started: now,
                state: Mutex::new(State {
                    in_flight: 0,
                    next_request: now,
                    token_debt: 0.0,
                    token_at: now,
                    has_answered: false,
                }),
                models: Mutex::default(),
            }),
        }
    }

    /// Whether any model has ever answered.
    pub(crate) fn has_answered(&self) -> bool {
        self.shared.has_answered()
    }

    /// The limits of one model.
    pub(crate) fn model(&self, name: &str) -> ModelLimits {
        let shared = Arc::clone(&self.shared);
        let mut models = shared.models.lock();
        let model = models.entry(name.to_owned()).or_insert_with(|| {
            Arc::new(Model {
                controller: Mutex::new(Controller::new(shared.max_in_flight, shared.start)),
                turn: tokio::sync::Mutex::default(),
                changed: Notify::new(),
            })
        });
        let model = Arc::clone(model);
        drop(models);
        ModelLimits { shared, model }
    }
}

impl Shared {
    fn has_answered(&self) -> bool {
        self.state.lock().has_answered
    }

    /// How many may be in flight now.
    fn room(&self) -> usize {
        let own = self.own_limit.as_ref().map(OwnLimit::get);
        own.map_or(self.max_in_flight, |own| own.min(self.max_in_flight))
    }

    /// Seconds since the first moment.
    fn now(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    /// A request has ended: where there was no room, every model may take it. Whether the endpoint has ever answered.
    fn leave(&self) -> bool {
        let mut state = self.state.lock();
        let was_full = state.in_flight >= self.room();
        state.in_flight = state.in_flight.saturating_sub(1);
        // A program may have raised its limit since others began to wait.
        if was_full || self.own_limit.is_some() {
            for model in self.models.lock().values() {
                model.changed.notify_one();
            }
        }
        state.has_answered
    }

    /// When the requests and tokens of this minute allow the next request.
    fn paid_at(&self, state: &mut State, now: Instant) -> Instant {
        let mut until = now;
        if self.per_minute.is_some() {
            until = until.max(state.next_request);
        }
        if let Some(n) = self.tokens_per_minute {
            let rate = n as f64 / 60.0;
            let paid = now.duration_since(state.token_at).as_secs_f64() * rate;
            state.token_debt = (state.token_debt - paid).max(-rate);
            state.token_at = now;
            // A debt of up to one second's tokens is allowed, so that short requests are not spaced one by one.
            let over = state.token_debt - rate;
            if over > 0.0 {
                until = until.max(now + Duration::from_secs_f64(over / rate));
            }
        }
        until
    }
}

impl ModelLimits {
    /// Wait until one more request of about this many tokens may go.
    pub(crate) async fn acquire(&self, tokens: u64) -> Permit {
        let _turn = self.model.turn.lock().await;
        loop {
            let changed = self.model.changed.notified();
            let until = match self.try_acquire(tokens) {
                Ok(permit) => return permit,
                Err(until) => until,
            };
            match until {
                None => changed.await,
                // Something that ends may shorten the wait.
                Some(until) => tokio::select! {
                    () = sleep_until(until) => {}
                    () = changed => {}
                },
            }
        }
    }

    /// A permit, or when to ask again: at a time, or when something has ended.
    fn try_acquire(&self, tokens: u64) -> Result<Permit, Option<Instant>> {
        let shared = &self.shared;
        let mut controller = self.model.controller.lock();
        let mut state = shared.state.lock();
        if state.in_flight >= shared.room() {
            return Err(None);
        }
        let now = Instant::now();
        let until = shared.paid_at(&mut state, now);
        if until > now {
            return Err(Some(until));
        }
        let ticket = match controller.admit(shared.now()) {
            Admission::Go(ticket) => ticket,
            Admission::Hold => return Err(None),
            Admission::Wait(until) => {
                // Timers tick in milliseconds; ask a moment after, not before.
                let until = Duration::from_secs_f64(until) + Duration::from_micros(1);
                return Err(Some(shared.started + until));
            }
        };
        if let Some(n) = shared.per_minute {
            state.next_request =
                state.next_request.max(now) + Duration::from_secs(60) / (n.max(1) as u32);
        }
        state.token_debt += tokens as f64;
        state.in_flight += 1;
        Ok(Permit {
            limits: self.clone(),
            tokens,
            ticket: Some(ticket),
        })
    }

    /// Whether tokens a minute are limited, so that [`ModelLimits::acquire`] needs their number.
    pub(crate) fn counts_tokens(&self) -> bool {
        self.shared.tokens_per_minute.is_some()
    }

    /// How many may ever be in flight, to all models of the endpoint together.
    pub(crate) fn max_in_flight(&self) -> usize {
        self.shared.max_in_flight
    }

    /// How many times as long as configured a request may take.
    pub(crate) fn patience(&self) -> f64 {
        self.model.controller.lock().patience()
    }

    /// Whether the endpoint has ever answered.
    pub(crate) fn has_answered(&self) -> bool {
        self.shared.has_answered()
    }

    /// Since when and why nothing is answered, if so.
    pub(crate) fn down(&self) -> Option<(Duration, DownCause)> {
        let down = self.model.controller.lock().down()?;
        let since = (self.shared.now() - down.since).max(0.0);
        Some((Duration::from_secs_f64(since), down.cause))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Failure, Trace};

    fn refused_connection() -> AttemptFailure {
        AttemptFailure {
            failure: Failure {
                kind: FailureKind::Connect,
                status: None,
                message: "connection refused".into(),
                trace: Trace::default(),
            },
            retry: true,
            slow_down: false,
            retry_after: None,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn models_share_the_room_of_their_endpoint_and_not_its_state() {
        let limits = Limits::new(2, 2, None, None);
        let (down, well) = (limits.model("down"), limits.model("well"));
        let mut permits = [down.acquire(0).await, down.acquire(0).await];
        let next = tokio::spawn({
            let well = well.clone();
            async move { well.acquire(0).await.answered(0) }
        });
        tokio::task::yield_now().await;
        assert!(!next.is_finished());
        for permit in &mut permits {
            permit.failed(&refused_connection(), &mut Attempts::default(), 6);
        }
        assert_eq!(next.await.unwrap(), None);
        assert_eq!(down.down().map(|d| d.1), Some(DownCause::Unreached));
        assert_eq!(well.down(), None);
        assert!(limits.has_answered());
        let all = [well.acquire(0).await, well.acquire(0).await];
        assert!(well.try_acquire(0).is_err());
        drop(all);
        assert!(well.try_acquire(0).is_ok());
    }
}
