//! When the next request to an endpoint may go: its [`Controller`], and requests and tokens a minute.
//!
//! Tokens a minute count what a request may need (its prompt and `max_tokens`), and are corrected when its answer says what
//! it took.

use super::control::{Admission, Attempts, Controller, Ended, Ticket};
use crate::{
    model::{DownCause, FailureKind},
    retry::{AttemptFailure, EndpointChange},
};
use parking_lot::Mutex;
use rand::RngExt;
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::Notify,
    time::{Instant, sleep_until},
};

/// The limits of one endpoint. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Limits {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    state: Mutex<State>,
    /// Held by whoever is next: the others wait in their order.
    turn: tokio::sync::Mutex<()>,
    changed: Notify,
    started: Instant,
    per_minute: Option<u64>,
    tokens_per_minute: Option<u64>,
}

#[derive(Debug)]
struct State {
    controller: Controller,
    next_request: Instant,
    token_debt: f64,
    token_at: Instant,
}

/// Permission for one request in flight; dropping it gives it back.
#[derive(Debug)]
pub struct Permit {
    limits: Limits,
    tokens: u64,
    /// `None` once its end was reported.
    ticket: Option<Ticket>,
}

impl Permit {
    /// The answer came and took this many tokens, maybe not those that were acquired. Whether the endpoint was down before.
    pub(crate) fn answered(&mut self, tokens: u64) -> Option<EndpointChange> {
        let limits = self.limits.clone();
        let mut state = limits.inner.state.lock();
        if limits.counts_tokens() {
            state.token_debt += tokens as f64 - self.tokens as f64;
        }
        self.end(&mut state, Ended::Answered)
    }

    /// The request failed: the wait before the next attempt, if another one is due, and what changed for the endpoint.
    pub(crate) fn failed(
        &mut self,
        failed: &AttemptFailure,
        attempts: &mut Attempts,
        retries: u32,
    ) -> (Option<Duration>, Option<EndpointChange>) {
        let limits = self.limits.clone();
        let mut state = limits.inner.state.lock();
        let how = ended(failed);
        let change = self.end(&mut state, how);
        let controller = &state.controller;
        let is_unreachable = !controller.has_answered()
            && controller
                .down()
                .is_some_and(|d| d.cause == DownCause::Unreached && d.probes >= MAX_FIRST_PROBES);
        if is_unreachable || !failed.retry {
            return (None, change);
        }
        let (now, jitter) = (limits.now(), rand::rng().random());
        let wait = attempts.next_wait(how, controller, now, retries, jitter);
        (wait.map(Duration::from_secs_f64), change)
    }

    fn end(&mut self, state: &mut State, how: Ended) -> Option<EndpointChange> {
        let ticket = self.ticket.take()?;
        let controller = &mut state.controller;
        let now = self.limits.now();
        let (down, limit, blocked) = (
            controller.down(),
            controller.limit(),
            controller.blocked_until(),
        );
        controller.ended(now, ticket, how);
        self.limits.inner.changed.notify_one();
        match (down, controller.down()) {
            // Most likely it does not exist, and the run will say so.
            (None, Some(down))
                if down.cause == DownCause::Unreached && !controller.has_answered() =>
            {
                None
            }
            (None, Some(down)) => Some(EndpointChange::Down(down.cause)),
            (Some(down), None) => Some(EndpointChange::Back {
                after: Duration::from_secs_f64(now - down.since),
            }),
            _ if controller.limit() < limit || controller.blocked_until() > blocked => {
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
        let limits = self.limits.clone();
        self.end(&mut limits.inner.state.lock(), Ended::Abandoned);
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
    /// At most `most` in flight, `start` at first, and this many requests and tokens per minute.
    pub fn new(
        most: usize,
        start: usize,
        per_minute: Option<u64>,
        tokens_per_minute: Option<u64>,
    ) -> Limits {
        let now = Instant::now();
        Limits {
            inner: Arc::new(Inner {
                state: Mutex::new(State {
                    controller: Controller::new(most, start),
                    next_request: now,
                    token_debt: 0.0,
                    token_at: now,
                }),
                turn: tokio::sync::Mutex::default(),
                changed: Notify::new(),
                started: now,
                per_minute,
                tokens_per_minute,
            }),
        }
    }

    /// Seconds since the first moment.
    fn now(&self) -> f64 {
        self.inner.started.elapsed().as_secs_f64()
    }

    /// Wait until one more request of about this many tokens may go.
    pub async fn acquire(&self, tokens: u64) -> Permit {
        let _turn = self.inner.turn.lock().await;
        loop {
            let notified = self.inner.changed.notified();
            let until = match self.try_acquire(tokens) {
                Ok(permit) => return permit,
                Err(until) => until,
            };
            match until {
                None => notified.await,
                // Something that ends may shorten the wait.
                Some(until) => tokio::select! {
                    () = sleep_until(until) => {}
                    () = notified => {}
                },
            }
        }
    }

    /// A permit, or when to ask again: at a time, or when something has ended.
    fn try_acquire(&self, tokens: u64) -> Result<Permit, Option<Instant>> {
        let mut state = self.inner.state.lock();
        let now = Instant::now();
        let until = self.paid_at(&mut state, now);
        if until > now {
            return Err(Some(until));
        }
        let ticket = match state.controller.admit(self.now()) {
            Admission::Go(ticket) => ticket,
            Admission::Hold => return Err(None),
            Admission::Wait(until) => {
                // Timers tick in milliseconds; ask a moment after, not before.
                let until = Duration::from_secs_f64(until) + Duration::from_micros(1);
                return Err(Some(self.inner.started + until));
            }
        };
        if let Some(n) = self.inner.per_minute {
            state.next_request =
                state.next_request.max(now) + Duration::from_secs(60) / (n.max(1) as u32);
        }
        state.token_debt += tokens as f64;
        Ok(Permit {
            limits: self.clone(),
            tokens,
            ticket: Some(ticket),
        })
    }

    /// When the requests and tokens of this minute allow the next request.
    fn paid_at(&self, state: &mut State, now: Instant) -> Instant {
        let mut until = now;
        if self.inner.per_minute.is_some() {
            until = until.max(state.next_request);
        }
        if let Some(n) = self.inner.tokens_per_minute {
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

    /// Whether tokens a minute are limited, so that [`Limits::acquire`] needs their number.
    pub fn counts_tokens(&self) -> bool {
        self.inner.tokens_per_minute.is_some()
    }

    /// How many may ever be in flight.
    pub fn max_in_flight(&self) -> usize {
        self.inner.state.lock().controller.max_in_flight()
    }

    /// How many are.
    pub fn in_flight(&self) -> usize {
        self.inner.state.lock().controller.in_flight()
    }

    /// How many times as long as configured a request may take.
    pub fn patience(&self) -> f64 {
        self.inner.state.lock().controller.patience()
    }

    /// Whether the endpoint has ever answered.
    pub fn has_answered(&self) -> bool {
        self.inner.state.lock().controller.has_answered()
    }

    /// Since when and why nothing is answered, if so.
    pub fn down(&self) -> Option<(Duration, DownCause)> {
        let state = self.inner.state.lock();
        let down = state.controller.down()?;
        Some((
            Duration::from_secs_f64((self.now() - down.since).max(0.0)),
            down.cause,
        ))
    }
}
