//! The one retry loop: which failures are tried again, how long to wait, and what may hold back or end the attempts.
//!
//! `retry` knows no endpoint and no run. A caller brings a `RetryPolicy`, a `Limiter` (when the next request may go),
//! a `Budget` (whether it may go at all) and a `Signal` (pause and stop, and who hears of retries); `Unbounded` stands
//! for "none" of the last three.

use crate::model::{Failure, FailureKind};
use rand::RngExt;
use std::{
    convert::Infallible,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

/// Longest wait between two attempts.
pub(crate) const MAX_WAIT: Duration = Duration::from_secs(60);

/// Retries of a connection to an endpoint that has never answered: most likely it does not exist.
const UNREACHABLE_RETRIES: u32 = 2;

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

/// How often a request is sent again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RetryPolicy<'a> {
    pub(crate) retries: u32,
    /// Whether the endpoint has ever answered; `None` where nobody keeps track.
    pub(crate) answered: Option<&'a AtomicBool>,
}

impl RetryPolicy<'_> {
    /// Whether no connection was made and none ever was.
    pub(crate) fn is_unreachable(&self, failed: &AttemptFailure) -> bool {
        failed.failure.kind == FailureKind::Connect
            && self.answered.is_some_and(|a| !a.load(Ordering::Relaxed))
    }

    fn allows(&self, failed: &AttemptFailure, attempts: u32) -> bool {
        let retries = match self.is_unreachable(failed) {
            true => self.retries.min(UNREACHABLE_RETRIES),
            false => self.retries,
        };
        failed.retry && attempts <= retries
    }
}

/// Says when the next request may go.
pub(crate) trait Limiter {
    /// Held while a request is in flight.
    type Permit;
    async fn acquire(&self) -> Self::Permit;
    /// The endpoint asked to slow down; the new number in flight if this changed it.
    fn slow_down(&self, permit: &Self::Permit, wait: Duration) -> Option<usize>;
}

/// Says whether another request may be paid for.
pub(crate) trait Budget {
    /// What is set aside for a request in flight.
    type Reserved;
    type Exceeded;
    async fn reserve(&self) -> Result<Self::Reserved, Self::Exceeded>;
    /// The request failed and cost nothing.
    fn release(&self, reserved: Self::Reserved);
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
    /// An attempt failed and another follows after this wait. `in_flight` is the new limit of the endpoint, if it changed.
    async fn retrying(&self, failed: &AttemptFailure, wait: Duration, in_flight: Option<usize>);
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
/// of attempts too.
pub(crate) async fn retry<L: Limiter, B: Budget, S: Signal, T, F>(
    policy: RetryPolicy<'_>,
    limiter: &L,
    budget: &B,
    signal: &S,
    mut op: impl FnMut() -> F,
) -> (u32, Outcome<L, B, S, T>)
where
    F: Future<Output = Result<T, AttemptFailure>>,
{
    let mut attempts = 0;
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
            budget.release(reserved);
            break GaveUp::Stopped(stop, last);
        }
        attempts += 1;
        let failed = match op().await {
            Ok(answer) => {
                let answered = Answered {
                    answer,
                    permit,
                    reserved,
                };
                return (attempts, Ok(answered));
            }
            Err(failed) => failed,
        };
        budget.release(reserved);
        let wait = failed.retry_after.unwrap_or_else(|| backoff(attempts));
        let in_flight = match failed.slow_down {
            true => limiter.slow_down(&permit, wait),
            false => None,
        };
        if !policy.allows(&failed, attempts) {
            break GaveUp::Failed(failed);
        }
        if let Err(stop) = signal.may_send() {
            break GaveUp::Stopped(stop, Some(failed));
        }
        signal.retrying(&failed, wait, in_flight).await;
        last = Some(failed);
        // While this one waits, another request may go.
        drop(permit);
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
    let policy = RetryPolicy {
        retries,
        answered: None,
    };
    let (attempts, outcome) = retry(policy, &Unbounded, &Unbounded, &Unbounded, op).await;
    let result = match outcome {
        Ok(answered) => Ok(answered.answer),
        Err(GaveUp::Failed(failed)) => Err(failed),
        Err(GaveUp::Stopped(never, _) | GaveUp::OverBudget(never, _)) => match never {},
    };
    (attempts, result)
}

/// No limits, no budget, no signal.
pub(crate) struct Unbounded;

impl Limiter for Unbounded {
    type Permit = ();
    async fn acquire(&self) {}
    fn slow_down(&self, (): &(), _: Duration) -> Option<usize> {
        None
    }
}

impl Budget for Unbounded {
    type Reserved = ();
    type Exceeded = Infallible;
    async fn reserve(&self) -> Result<(), Infallible> {
        Ok(())
    }
    fn release(&self, (): ()) {}
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
    async fn retrying(&self, _: &AttemptFailure, _: Duration, _: Option<usize>) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU32;
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
        let answered = AtomicBool::new(false);
        let policy = RetryPolicy {
            retries: 6,
            answered: Some(&answered),
        };
        for expected in [3, 7] {
            let (attempts, _) = retry(policy, &Unbounded, &Unbounded, &Unbounded, || async {
                Err::<(), _>(failed(FailureKind::Connect, None))
            })
            .await;
            assert_eq!(attempts, expected);
            answered.store(true, Ordering::Relaxed);
        }
    }
}
