//! The one retry loop: which failures are tried again, how long to wait, and what may hold back or end the attempts.
//!
//! `retry` knows no endpoint and no run. A caller brings a `RetryPolicy`, a `Limiter` (when the next request may go),
//! a `Budget` (whether it may go at all) and a `Signal` (pause and stop, and who hears of retries); `Unbounded` stands
//! for "none" of the last three.

use crate::model::{DownCause, Failure, FailureKind};
use rand::RngExt;
use std::{convert::Infallible, time::Duration};

/// Longest wait between two attempts.
pub(crate) const MAX_WAIT: Duration = Duration::from_secs(60);

/// Why one attempt failed.
#[derive(Debug, Clone)]
pub struct AttemptFailure {
    /// The failure as recorded if this was the last attempt.
    pub failure: Failure,
    /// Whether another attempt makes sense.
    pub retry: bool,
    /// How long the endpoint asked to wait (`Retry-After`), at most a minute.
    pub retry_after: Option<Duration>,
    /// Whether the whole endpoint should slow down (429, 503, timeouts).
    pub slow_down: bool,
}

/// The wait after `attempts` attempts when the endpoint names none: 0.5 s · 2^(attempts − 1) with full jitter, at most a
/// minute.
fn backoff(attempts: u32) -> Duration {
    let most = 0.5 * 2f64.powi(attempts.saturating_sub(1).min(10) as i32);
    Duration::from_secs_f64(rand::rng().random_range(0.0..=most.min(MAX_WAIT.as_secs_f64())))
}

/// What a request's end changed for its endpoint.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum EndpointChange {
    /// Nothing is answered any more.
    Down(DownCause),
    /// It answers again, after so long.
    Back { after: Duration },
    /// Fewer requests may be in flight, or nothing goes for a while.
    Slowed { in_flight: usize, wait: Duration },
}

/// Says when the next request may go, and whether a failed one may be sent again.
pub(crate) trait Limiter {
    /// Held while a request is in flight.
    type Permit;
    /// What the attempts of one request have used up.
    type Attempts: Default;
    async fn acquire(&self) -> Self::Permit;
    /// A request failed: how long it waits for the next attempt, `None` where there is none.
    fn failed(
        &self,
        permit: Self::Permit,
        failed: &AttemptFailure,
        attempts: &mut Self::Attempts,
    ) -> (Option<Duration>, Option<EndpointChange>);
}

/// Says whether another request may be paid for.
pub(crate) trait Budget {
    /// What is set aside for a request in flight.
    type Reserved;
    type Exceeded;
    async fn reserve(&self) -> Result<Self::Reserved, Self::Exceeded>;
    /// The request failed, or was not sent at all (`None`).
    fn release(&self, reserved: Self::Reserved, failed: Option<FailureKind>);
}

/// Says whether to continue, and hears of every attempt.
pub(crate) trait Signal {
    /// Why nothing more may be sent.
    type Stop;
    /// Resolves when nothing more may be sent.
    async fn stopped(&self) -> Self::Stop;
    /// Whether requests may go now; `false` while paused.
    fn may_send(&self) -> Result<bool, Self::Stop>;
    /// Resolves when [`Signal::may_send`] may have changed.
    async fn changed(&self);
    /// An attempt is about to be sent.
    async fn sending(&self, attempt: u32) -> Result<(), Self::Stop>;
    /// An attempt failed and another follows after this wait.
    async fn retrying(&self, failed: &AttemptFailure, wait: Duration);
    /// The endpoint is down, back, or slower.
    async fn endpoint_changed(&self, change: EndpointChange);
}

/// A request with an answer.
pub(crate) struct Answered<T, P, R> {
    pub(crate) answer: T,
    pub(crate) permit: P,
    /// What was set aside for it, to be settled by its cost.
    pub(crate) reserved: R,
}

/// Why a request has no answer.
#[derive(Debug)]
pub(crate) enum GaveUp<S, E> {
    /// Another attempt makes no sense, or there were enough.
    Failed(AttemptFailure),
    /// Nothing more may be sent; the last failure, if anything was sent at all.
    Stopped(S, Option<AttemptFailure>),
    OverBudget(E, Option<AttemptFailure>),
}

type Outcome<L, B, S, T> = Result<
    Answered<T, <L as Limiter>::Permit, <B as Budget>::Reserved>,
    GaveUp<<S as Signal>::Stop, <B as Budget>::Exceeded>,
>;

/// Send a request until it has an answer, a failure that no attempt will change, or no more permission. Returns the number
/// of attempts that reached the server too.
pub(crate) async fn retry<L: Limiter, B: Budget, S: Signal, T, F>(
    limiter: &L,
    budget: &B,
    signal: &S,
    mut op: impl FnMut() -> F,
) -> (u32, Outcome<L, B, S, T>)
where
    F: Future<Output = Result<T, AttemptFailure>>,
{
    let mut attempts = 0;
    let mut used = L::Attempts::default();
    let mut last = None;
    let gave_up = loop {
        let permit = match acquire(limiter, signal).await {
            Ok(permit) => permit,
            Err(stop) => break GaveUp::Stopped(stop, last),
        };
        let reserved = tokio::select! {
            reserved = budget.reserve() => reserved,
            stop = signal.stopped() => break GaveUp::Stopped(stop, last),
        };
        let reserved = match reserved {
            Ok(reserved) => reserved,
            Err(exceeded) => break GaveUp::OverBudget(exceeded, last),
        };
        if let Err(stop) = signal.sending(attempts + 1).await {
            budget.release(reserved, None);
            break GaveUp::Stopped(stop, last);
        }
        let failed = match op().await {
            Ok(answer) => {
                let answered = Answered {
                    answer,
                    permit,
                    reserved,
                };
                return (attempts + 1, Ok(answered));
            }
            Err(failed) => failed,
        };
        let sent = failed.failure.kind != FailureKind::Connect;
        attempts += u32::from(sent);
        budget.release(reserved, Some(failed.failure.kind));
        let (wait, change) = limiter.failed(permit, &failed, &mut used);
        if let Some(change) = change {
            signal.endpoint_changed(change).await;
        }
        let Some(wait) = wait else {
            break GaveUp::Failed(failed);
        };
        if let Err(stop) = signal.may_send() {
            break GaveUp::Stopped(stop, Some(failed));
        }
        signal.retrying(&failed, wait).await;
        last = Some(failed);
        // While this one waits, another request may go.
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            stop = signal.stopped() => break GaveUp::Stopped(stop, last),
        }
    };
    (attempts, Err(gave_up))
}

/// Wait for a permit; nobody holds one during a pause.
async fn acquire<L: Limiter, S: Signal>(limiter: &L, signal: &S) -> Result<L::Permit, S::Stop> {
    loop {
        let permit = tokio::select! {
            permit = limiter.acquire() => permit,
            stop = signal.stopped() => return Err(stop),
        };
        if signal.may_send()? {
            return Ok(permit);
        }
        drop(permit);
        signal.changed().await;
    }
}

/// Send a request with nothing to hold it back, at most `retries` times more. Returns the number of attempts too.
pub(crate) async fn retry_unbounded<T, F>(
    retries: u32,
    op: impl FnMut() -> F,
) -> (u32, Result<T, AttemptFailure>)
where
    F: Future<Output = Result<T, AttemptFailure>>,
{
    let (attempts, outcome) = retry_within(retries, &Unbounded, op).await;
    let result = outcome.map_err(|gave_up| match gave_up {
        GaveUp::Failed(failed) => failed,
        GaveUp::Stopped(never, _) | GaveUp::OverBudget(never, _) => match never {},
    });
    (attempts, result)
}

/// The same, where each attempt is taken from a budget. What was set aside is not settled: it costs what it is counted as.
pub(crate) async fn retry_within<B: Budget, T, F>(
    retries: u32,
    budget: &B,
    op: impl FnMut() -> F,
) -> (u32, Result<T, GaveUp<Infallible, B::Exceeded>>)
where
    F: Future<Output = Result<T, AttemptFailure>>,
{
    let (attempts, outcome) = retry(&Unlimited { retries }, budget, &Unbounded, op).await;
    (attempts, outcome.map(|answered| answered.answer))
}

/// Nothing holds a request back; it is sent at most so many times more.
struct Unlimited {
    retries: u32,
}

impl Limiter for Unlimited {
    type Permit = ();
    type Attempts = u32;
    async fn acquire(&self) {}
    fn failed(
        &self,
        (): (),
        failed: &AttemptFailure,
        attempts: &mut u32,
    ) -> (Option<Duration>, Option<EndpointChange>) {
        *attempts += 1;
        let again = failed.retry && *attempts <= self.retries;
        let wait = failed.retry_after.unwrap_or_else(|| backoff(*attempts));
        (again.then_some(wait), None)
    }
}

/// No budget, no signal.
struct Unbounded;

impl Budget for Unbounded {
    type Reserved = ();
    type Exceeded = Infallible;
    async fn reserve(&self) -> Result<(), Infallible> {
        Ok(())
    }
    fn release(&self, (): (), _: Option<FailureKind>) {}
}

impl Signal for Unbounded {
    type Stop = Infallible;
    async fn stopped(&self) -> Infallible {
        std::future::pending().await
    }
    fn may_send(&self) -> Result<bool, Infallible> {
        Ok(true)
    }
    async fn changed(&self) {}
    async fn sending(&self, _: u32) -> Result<(), Infallible> {
        Ok(())
    }
    async fn retrying(&self, _: &AttemptFailure, _: Duration) {}
    async fn endpoint_changed(&self, _: EndpointChange) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};
    use tokio::time::Instant;

    fn failed(kind: FailureKind, retry_after: Option<u64>) -> AttemptFailure {
        AttemptFailure {
            failure: Failure {
                kind,
                status: None,
                message: String::new(),
                trace: Default::default(),
            },
            retry: kind != FailureKind::Auth,
            retry_after: retry_after.map(Duration::from_secs),
            slow_down: false,
        }
    }

    #[test]
    fn the_wait_doubles_up_to_a_minute() {
        for _ in 0..100 {
            assert!(backoff(3) <= Duration::from_secs(2) && backoff(99) <= MAX_WAIT);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_is_sent_again_after_the_wait_that_the_endpoint_asked_for() {
        let (started, calls) = (Instant::now(), AtomicU32::new(0));
        let (attempts, result) = retry_unbounded(6, || async {
            match calls.fetch_add(1, Ordering::Relaxed) {
                0..3 => Err(failed(FailureKind::RateLimited, Some(7))),
                _ => Ok("answer"),
            }
        })
        .await;
        assert_eq!((attempts, result.ok()), (4, Some("answer")));
        assert_eq!(started.elapsed().as_secs(), 21);
    }

    #[tokio::test(start_paused = true)]
    async fn attempts_end_where_the_policy_says() {
        let (attempts, _) = retry_unbounded(3, || async {
            Err::<(), _>(failed(FailureKind::Server, None))
        })
        .await;
        assert_eq!(attempts, 4);
        let (attempts, _) = retry_unbounded(3, || async {
            Err::<(), _>(failed(FailureKind::Auth, None))
        })
        .await;
        assert_eq!(attempts, 1);
    }
}
