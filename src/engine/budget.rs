//! Hard caps of a run: calls and dollars, checked before a request is sent, requests in flight included.
//!
//! The most that a request in flight can cost is reserved, and replaced by its real cost when the answer comes. An answer that got lost
//! may have been billed: what was reserved for it counts as spent.

use crate::{
    cost::{TokenEstimate, reserved_usd},
    model::{Completion, FailureKind, Price, RequestTotals},
    project::Budget,
};
use parking_lot::Mutex;
use std::sync::Arc;
use tokio::sync::Notify;

/// The caps of those who send requests, and how much of them is spent.
#[derive(Debug)]
pub(super) struct BudgetTracker {
    caps: Budget,
    /// The caps of all who send requests in a run together, where there are any.
    total: Option<Arc<BudgetTracker>>,
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

/// What is set aside for a request in flight, in dollars.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Reserved {
    usd: f64,
    total_usd: f64,
}

/// Why no more is sent.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum BudgetExceeded {
    /// This many calls were made.
    Calls(u64),
    /// This many dollars are spent, and the next request may cost more than is left.
    Usd(f64),
    /// The same for all who send requests in a run.
    TotalCalls(u64),
    TotalUsd(f64),
}

impl BudgetExceeded {
    fn in_total(self) -> BudgetExceeded {
        match self {
            BudgetExceeded::Calls(sent) => BudgetExceeded::TotalCalls(sent),
            BudgetExceeded::Usd(spent) => BudgetExceeded::TotalUsd(spent),
            total => total,
        }
    }
}

impl BudgetTracker {
    /// Nothing spent yet. The time limit of a budget is not watched here.
    pub(super) fn new(caps: Budget) -> BudgetTracker {
        BudgetTracker::within(caps, None)
    }

    /// The same, within the caps of all.
    pub(super) fn within(caps: Budget, total: Option<&Arc<BudgetTracker>>) -> BudgetTracker {
        let all = total.map_or_else(Budget::default, |total| total.caps);
        BudgetTracker {
            caps: caps.at_most(&all),
            total: total.map(Arc::clone),
            state: Mutex::default(),
            freed: Notify::new(),
        }
    }

    /// The caps that hold.
    pub(super) fn caps(&self) -> &Budget {
        &self.caps
    }

    /// The same of a run that has spent so much before, within the caps of all as well.
    pub(super) fn with_spent(self, usd: f64) -> BudgetTracker {
        self.state.lock().spent_usd = usd;
        self
    }

    /// Ask to send one request; waits while only requests in flight stand against it. Pass what is reserved to
    /// [`BudgetTracker::settle`] later.
    pub(super) async fn reserve(
        &self,
        price: Option<&Price>,
        reports_cost: bool,
        estimate: TokenEstimate,
    ) -> Result<Reserved, BudgetExceeded> {
        let mut reserved = Reserved::default();
        if let Some(total) = &self.total {
            let taken = total.take(price, reports_cost, estimate).await;
            reserved.total_usd = taken.map_err(|exceeded| {
                self.state.lock().exceeded = true;
                exceeded.in_total()
            })?;
        }
        let taken = self.take(price, reports_cost, estimate).await;
        reserved.usd = taken.inspect_err(|_| self.fail_total(reserved, None))?;
        Ok(reserved)
    }

    async fn take(
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

    /// What was sent, with the most that requests without an end may cost.
    pub(super) fn spent(&self) -> RequestTotals {
        let state = self.state.lock();
        RequestTotals {
            calls: state.sent,
            usd: state.spent_usd + state.reserved_usd,
        }
    }

    /// Whether a request was refused.
    pub(super) fn is_exceeded(&self) -> bool {
        self.state.lock().exceeded
    }

    /// A request failed, or was never sent (`None`).
    pub(super) fn fail(&self, reserved: Reserved, failed: Option<FailureKind>) {
        self.fail_total(reserved, failed);
        self.give_back(reserved.usd, failed);
    }

    fn fail_total(&self, reserved: Reserved, failed: Option<FailureKind>) {
        if let Some(total) = &self.total {
            total.give_back(reserved.total_usd, failed);
        }
    }

    fn give_back(&self, reserved_usd: f64, failed: Option<FailureKind>) {
        if failed.is_none_or(|kind| kind == FailureKind::Connect) {
            let mut state = self.state.lock();
            state.sent = state.sent.saturating_sub(1);
        }
        let may_be_billed = matches!(
            failed,
            Some(FailureKind::Timeout | FailureKind::Cut | FailureKind::Malformed)
        );
        self.spend(
            reserved_usd,
            if may_be_billed { reserved_usd } else { 0.0 },
            None,
        );
    }

    /// A request ended: its answer, if there was one, cost so much.
    pub(super) fn settle(
        &self,
        reserved: Reserved,
        cost_usd: f64,
        completion: Option<&Completion>,
    ) {
        if let Some(total) = &self.total {
            total.spend(reserved.total_usd, cost_usd, completion);
        }
        self.spend(reserved.usd, cost_usd, completion);
    }

    fn spend(&self, reserved_usd: f64, cost_usd: f64, completion: Option<&Completion>) {
        if self.caps.usd.is_none() {
            return;
        }
        let mut state = self.state.lock();
        state.reserved_usd -= reserved_usd;
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

    fn of(usd: f64) -> Reserved {
        Reserved {
            usd,
            total_usd: 0.0,
        }
    }

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
        assert!((first.usd - 0.0006).abs() < 1e-12);
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
    async fn what_a_run_spent_before_it_was_resumed_counts() {
        let caps = BudgetTracker::new(Budget {
            usd: Some(0.001),
            ..Budget::default()
        })
        .with_spent(0.0005);
        let estimate = TokenEstimate {
            prompt_at_most: 600,
            output_at_most: Some(0),
            ..TokenEstimate::default()
        };
        let price = Price::flat(1.0, 1.0);
        assert_eq!(
            caps.reserve(Some(&price), false, estimate).await,
            Err(BudgetExceeded::Usd(0.0005))
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
        assert_eq!(caps.reserve(None, true, likely).await, Ok(of(0.0)));
        // What priced servers cost says nothing of programs.
        caps.settle(of(0.0), 0.1, Some(&Completion::default()));
        caps.settle(of(0.0), 0.4, Some(&reported(0.4)));
        assert_eq!(caps.reserve(None, true, likely).await, Ok(of(0.4)));
        {
            let third = caps.reserve(None, true, likely);
            tokio::pin!(third);
            assert!(futures_util::poll!(&mut third).is_pending());
        }
        // A server that says nothing of costs waits for nobody.
        assert_eq!(caps.reserve(None, false, likely).await, Ok(of(0.0)));
        caps.settle(of(0.4), 0.3, Some(&reported(0.3)));
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
        assert_eq!(caps.reserve(None, false, likely).await, Ok(of(0.0)));
        assert_eq!(caps.reserve(None, false, likely).await, Ok(of(0.0)));
        assert_eq!(
            caps.reserve(None, false, likely).await,
            Err(BudgetExceeded::Calls(2))
        );
    }

    #[tokio::test]
    async fn what_all_send_counts_together() {
        let caps = Budget {
            calls: Some(3),
            usd: Some(0.001),
            ..Budget::default()
        };
        let total = Arc::new(BudgetTracker::new(caps));
        let trials = BudgetTracker::within(Budget::default(), Some(&total));
        let one = Budget {
            calls: Some(1),
            ..Budget::default()
        };
        let judge = BudgetTracker::within(one, Some(&total));
        assert_eq!(*trials.caps(), caps);
        assert_eq!(
            (judge.caps().calls, judge.caps().usd),
            (Some(1), Some(0.001))
        );
        let free = TokenEstimate::default();
        let never_sent = trials.reserve(None, false, free).await.unwrap();
        trials.fail(never_sent, None);
        for _ in 0..2 {
            assert!(trials.reserve(None, false, free).await.is_ok());
        }
        assert!(judge.reserve(None, false, free).await.is_ok());
        for (who, refused) in [(&trials, "trials"), (&judge, "judge")] {
            let exceeded = who.reserve(None, false, free).await;
            assert_eq!(exceeded, Err(BudgetExceeded::TotalCalls(3)), "{refused}");
            assert!(who.is_exceeded());
        }
    }

    #[tokio::test]
    async fn dollars_of_all_count_together() {
        let caps = Budget {
            usd: Some(0.001),
            ..Budget::default()
        };
        let total = Arc::new(BudgetTracker::new(caps));
        let [trials, judge] =
            [0, 1].map(|_| BudgetTracker::within(Budget::default(), Some(&total)));
        let price = Price::flat(1.0, 1.0);
        let estimate = TokenEstimate {
            prompt_at_most: 500,
            output_at_most: Some(100),
            ..TokenEstimate::default()
        };
        let first = trials.reserve(Some(&price), false, estimate).await.unwrap();
        {
            let waiting = judge.reserve(Some(&price), false, estimate);
            tokio::pin!(waiting);
            assert!(futures_util::poll!(&mut waiting).is_pending());
        }
        trials.settle(first, 0.0006, None);
        assert_eq!(
            judge.reserve(Some(&price), false, estimate).await,
            Err(BudgetExceeded::TotalUsd(0.0006))
        );
    }
}
