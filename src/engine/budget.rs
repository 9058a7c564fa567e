//! Hard caps of a run: calls and dollars, checked before a request is sent, requests in flight included.
//!
//! The most that a request in flight can cost is reserved, and replaced by its real cost when the answer comes. An answer that got lost
//! may have been billed: what was reserved for it counts as spent.

use crate::{
    cost::{TokenEstimate, reserved_usd},
    model::{Completion, FailureKind, Price},
    project::Budget,
};
use parking_lot::Mutex;
use tokio::sync::Notify;

/// The caps of a run, and how much of them is spent.
#[derive(Debug)]
pub(super) struct BudgetTracker {
    caps: Budget,
    state: Mutex<State>,
    freed: Notify,
}

#[derive(Debug, Default)]
struct State {
    sent: u64,
    spent_usd: f64,
    reserved_usd: f64,
    most_output: u64,
    /// The most that a program said that an answer had cost.
    most_reported_usd: f64,
    exceeded: bool,
}

/// Why no more is sent.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum BudgetExceeded {
    /// This many calls were made.
    Calls(u64),
    /// This many dollars are spent, and the next request may cost more than is left.
    Usd(f64),
}

impl BudgetTracker {
    /// Nothing spent yet. The time limit of a budget is not watched here.
    pub(super) fn new(caps: Budget) -> BudgetTracker {
        BudgetTracker {
            caps,
            state: Mutex::default(),
            freed: Notify::new(),
        }
    }

    /// Ask to send one request; waits while only requests in flight stand against it. Pass what is reserved, in dollars, to
    /// [`BudgetTracker::settle`] later.
    pub(super) async fn reserve(
        &self,
        price: Option<&Price>,
        reports_cost: bool,
        estimate: TokenEstimate,
    ) -> Result<f64, BudgetExceeded> {
        loop {
            let freed = self.freed.notified();
            {
                let mut state = self.state.lock();
                if self.caps.calls.is_some_and(|most| state.sent >= most) {
                    state.exceeded = true;
                    return Err(BudgetExceeded::Calls(state.sent));
                }
                let reserve = match (self.caps.usd, price) {
                    (Some(_), Some(price)) => reserved_usd(price, &estimate, state.most_output),
                    // The next may cost as much as the dearest so far.
                    (Some(_), None) if reports_cost => state.most_reported_usd,
                    _ => 0.0,
                };
                let most = self.caps.usd.unwrap_or(f64::INFINITY);
                if state.spent_usd + state.reserved_usd + reserve <= most {
                    state.sent += 1;
                    state.reserved_usd += reserve;
                    return Ok(reserve);
                }
                if state.reserved_usd <= 0.0 {
                    state.exceeded = true;
                    return Err(BudgetExceeded::Usd(state.spent_usd));
                }
            }
            freed.await;
        }
    }

    /// Whether a request was refused.
    pub(super) fn is_exceeded(&self) -> bool {
        self.state.lock().exceeded
    }

    /// A request failed, or was never sent (`None`).
    pub(super) fn fail(&self, reserved: f64, failed: Option<FailureKind>) {
        if failed.is_none_or(|kind| kind == FailureKind::Connect) {
            let mut state = self.state.lock();
            state.sent = state.sent.saturating_sub(1);
        }
        let may_be_billed = matches!(
            failed,
            Some(FailureKind::Timeout | FailureKind::Cut | FailureKind::Malformed)
        );
        self.settle(reserved, if may_be_billed { reserved } else { 0.0 }, None);
    }

    /// A request ended: its answer, if there was one, cost so much.
    pub(super) fn settle(&self, reserved: f64, cost_usd: f64, completion: Option<&Completion>) {
        if self.caps.usd.is_none() {
            return;
        }
        let mut state = self.state.lock();
        state.reserved_usd -= reserved;
        if state.reserved_usd < 1e-12 {
            state.reserved_usd = 0.0;
        }
        state.spent_usd += cost_usd;
        if let Some(completion) = completion {
            let reported = completion.reported_cost_usd.unwrap_or(0.0);
            state.most_reported_usd = state.most_reported_usd.max(reported);
            state.most_output = state.most_output.max(completion.usage.completion);
        }
        drop(state);
        self.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn requests_in_flight_count_and_the_next_waits() {
        let caps = BudgetTracker::new(Budget {
            usd: Some(0.001),
            ..Budget::default()
        });
        let price = Price::flat(1.0, 1.0);
        // Each may cost (500 + 100) millionths of a dollar: one fits, a second has to wait for its end.
        let likely = TokenEstimate {
            prompt_at_most: 500,
            output_at_most: Some(100),
            ..TokenEstimate::default()
        };
        let first = caps.reserve(Some(&price), false, likely).await.unwrap();
        assert!((first - 0.0006).abs() < 1e-12);
        let second = caps.reserve(Some(&price), false, likely);
        tokio::pin!(second);
        assert!(futures_util::poll!(&mut second).is_pending());
        caps.settle(first, 0.0003, None);
        let second = second.await.unwrap();
        caps.settle(second, 0.0003, None);
        assert_eq!(
            caps.reserve(Some(&price), false, likely).await,
            Err(BudgetExceeded::Usd(0.0006))
        );
    }

    #[tokio::test]
    async fn without_a_price_the_next_answer_may_cost_as_much_as_the_dearest() {
        let caps = BudgetTracker::new(Budget {
            usd: Some(1.0),
            ..Budget::default()
        });
        let reported = |usd| Completion {
            reported_cost_usd: Some(usd),
            ..Completion::default()
        };
        let likely = TokenEstimate::default();
        assert_eq!(caps.reserve(None, true, likely).await, Ok(0.0));
        // What priced servers cost says nothing of programs.
        caps.settle(0.0, 0.1, Some(&Completion::default()));
        caps.settle(0.0, 0.4, Some(&reported(0.4)));
        assert_eq!(caps.reserve(None, true, likely).await, Ok(0.4));
        {
            let third = caps.reserve(None, true, likely);
            tokio::pin!(third);
            assert!(futures_util::poll!(&mut third).is_pending());
        }
        // A server that says nothing of costs waits for nobody.
        assert_eq!(caps.reserve(None, false, likely).await, Ok(0.0));
        caps.settle(0.4, 0.3, Some(&reported(0.3)));
        assert_eq!(
            caps.reserve(None, true, likely).await,
            Err(BudgetExceeded::Usd(0.8))
        );
    }

    #[tokio::test]
    async fn an_answer_that_got_lost_counts_as_spent() {
        let caps = BudgetTracker::new(Budget {
            usd: Some(0.001),
            ..Budget::default()
        });
        let price = Price::flat(1.0, 1.0);
        let estimate = TokenEstimate {
            prompt_at_most: 300,
            output_at_most: Some(0),
            ..TokenEstimate::default()
        };
        for failed in [
            None,
            Some(FailureKind::Connect),
            Some(FailureKind::RateLimited),
            Some(FailureKind::Server),
        ] {
            let reserved = caps.reserve(Some(&price), false, estimate).await.unwrap();
            caps.fail(reserved, failed);
        }
        for failed in [
            FailureKind::Cut,
            FailureKind::Timeout,
            FailureKind::Malformed,
        ] {
            let reserved = caps.reserve(Some(&price), false, estimate).await.unwrap();
            caps.fail(reserved, Some(failed));
        }
        let Err(BudgetExceeded::Usd(spent)) = caps.reserve(Some(&price), false, estimate).await
        else {
            panic!("three lost answers leave room for none");
        };
        assert!((spent - 0.0009).abs() < 1e-12);
    }

    #[tokio::test]
    async fn calls_are_counted_before_they_are_made() {
        let caps = BudgetTracker::new(Budget {
            calls: Some(2),
            ..Budget::default()
        });
        let likely = TokenEstimate::default();
        assert_eq!(caps.reserve(None, false, likely).await, Ok(0.0));
        assert_eq!(caps.reserve(None, false, likely).await, Ok(0.0));
        assert_eq!(
            caps.reserve(None, false, likely).await,
            Err(BudgetExceeded::Calls(2))
        );
    }
}
