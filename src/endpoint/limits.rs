//! When the next request to an endpoint may go: a number in flight that adapts, and requests and tokens a minute.
//!
//! The number in flight follows the server: halved when it asks to slow down (at most once for the requests that were
//! in flight at that moment), and raised by one for every full round of good answers. Tokens a minute count what a
//! request may need (its prompt and `max_tokens`), and are corrected when its answer says what it took.

use parking_lot::Mutex;
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
    changed: Notify,
    most: usize,
    per_minute: Option<u64>,
    tokens_per_minute: Option<u64>,
}

#[derive(Debug)]
struct State {
    in_flight: usize,
    limit: usize,
    good: usize,
    /// Nothing goes before this.
    blocked_until: Option<Instant>,
    /// Slowing down again counts only for requests that left after this.
    slowed_at: Option<Instant>,
    next_request: Instant,
    token_debt: f64,
    token_at: Instant,
}

/// Permission for one request in flight; dropping it gives it back.
#[derive(Debug)]
pub struct Permit {
    limits: Limits,
    tokens: u64,
    pub since: Instant,
}

impl Permit {
    /// The answer took this many tokens, maybe not those that were acquired.
    pub fn took(&mut self, tokens: u64) {
        if self.limits.counts_tokens() {
            let mut state = self.limits.inner.state.lock();
            state.token_debt += tokens as f64 - self.tokens as f64;
            self.tokens = tokens;
            drop(state);
            self.limits.inner.changed.notify_one();
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.limits.inner.state.lock().in_flight -= 1;
        self.limits.inner.changed.notify_one();
    }
}

impl Limits {
    /// At most `most` in flight, and this many requests and tokens per minute.
    pub fn new(most: usize, per_minute: Option<u64>, tokens_per_minute: Option<u64>) -> Limits {
        let now = Instant::now();
        Limits {
            inner: Arc::new(Inner {
                state: Mutex::new(State {
                    in_flight: 0,
                    limit: most.max(1),
                    good: 0,
                    blocked_until: None,
                    slowed_at: None,
                    next_request: now,
                    token_debt: 0.0,
                    token_at: now,
                }),
                changed: Notify::new(),
                most: most.max(1),
                per_minute,
                tokens_per_minute,
            }),
        }
    }

    /// Wait until one more request of about this many tokens may go.
    pub async fn acquire(&self, tokens: u64) -> Permit {
        loop {
            let notified = self.inner.changed.notified();
            let wait = {
                let mut state = self.inner.state.lock();
                let now = Instant::now();
                let until = self.ready_at(&mut state, now);
                if state.in_flight >= state.limit {
                    None
                } else if until <= now {
                    state.in_flight += 1;
                    if let Some(n) = self.inner.per_minute {
                        state.next_request = state.next_request.max(now)
                            + Duration::from_secs(60) / (n.max(1) as u32);
                    }
                    state.token_debt += tokens as f64;
                    if state.in_flight < state.limit {
                        self.inner.changed.notify_one();
                    }
                    return Permit {
                        limits: self.clone(),
                        tokens,
                        since: now,
                    };
                } else {
                    Some(until)
                }
            };
            match wait {
                None => notified.await,
                // A correction may shorten the wait.
                Some(until) => tokio::select! {
                    () = sleep_until(until) => {}
                    () = notified => {}
                },
            }
        }
    }

    fn ready_at(&self, state: &mut State, now: Instant) -> Instant {
        let mut until = state.blocked_until.unwrap_or(now).max(now);
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

    /// An answer came: after a full round of them one more request may be in flight.
    pub fn succeeded(&self) {
        let mut state = self.inner.state.lock();
        state.good += 1;
        if state.good >= state.limit && state.limit < self.inner.most {
            state.limit += 1;
            state.good = 0;
            drop(state);
            self.inner.changed.notify_one();
        }
    }

    /// The endpoint asked to slow down: halve what is in flight and wait. Returns the new limit if this changed it.
    pub fn slow_down(&self, permit: &Permit, wait: Duration) -> Option<usize> {
        let mut state = self.inner.state.lock();
        let now = Instant::now();
        let until = now + wait;
        if state.blocked_until.is_none_or(|b| b < until) {
            state.blocked_until = Some(until);
        }
        if state.slowed_at.is_some_and(|at| permit.since <= at) {
            return None;
        }
        state.slowed_at = Some(now);
        state.limit = (state.limit / 2).max(1);
        state.good = 0;
        Some(state.limit)
    }

    /// Whether tokens a minute are limited, so that [`Limits::acquire`] needs their number.
    pub fn counts_tokens(&self) -> bool {
        self.inner.tokens_per_minute.is_some()
    }

    /// How many may ever be in flight.
    pub fn max_in_flight(&self) -> usize {
        self.inner.most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn no_more_than_the_limit_are_in_flight() {
        let limits = Limits::new(2, None, None);
        let first = limits.acquire(0).await;
        let _second = limits.acquire(0).await;
        let waiting = tokio::spawn({
            let limits = limits.clone();
            async move { limits.acquire(0).await.since }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(first);
        waiting.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn slowing_down_halves_once_a_round_and_recovers() {
        let limits = Limits::new(8, None, None);
        let (a, b) = (limits.acquire(0).await, limits.acquire(0).await);
        assert_eq!(limits.slow_down(&a, Duration::from_secs(1)), Some(4));
        assert_eq!(limits.slow_down(&b, Duration::from_secs(2)), None);
        drop((a, b));
        let before = Instant::now();
        drop(limits.acquire(0).await);
        assert!(before.elapsed() >= Duration::from_secs(2));
        for _ in 0..4 + 5 + 6 + 7 {
            limits.succeeded();
        }
        assert_eq!(limits.inner.state.lock().limit, 8);
    }

    #[tokio::test(start_paused = true)]
    async fn requests_and_tokens_a_minute_are_kept() {
        let limits = Limits::new(100, Some(60), None);
        let start = Instant::now();
        for _ in 0..31 {
            drop(limits.acquire(0).await);
        }
        assert!(
            (29.9..31.0).contains(&start.elapsed().as_secs_f64()),
            "{:?}",
            start.elapsed()
        );
        let limits = Limits::new(100, None, Some(6_000));
        let start = Instant::now();
        for _ in 0..11 {
            drop(limits.acquire(1_000).await);
        }
        assert!(
            (85.0..105.0).contains(&start.elapsed().as_secs_f64()),
            "{:?}",
            start.elapsed()
        );
    }
}
