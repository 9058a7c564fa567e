//! Limits and budget of one request, as the retry loop takes them.

use super::budget::{BudgetExceeded, BudgetTracker, TokenEstimate};
use crate::{
    endpoint::{Limits, Permit},
    model::Price,
    retry::{Budget, Limiter},
};
use std::time::Duration;

/// Limits of an endpoint, and the tokens that one request may need.
pub(super) struct RequestLimiter<'a> {
    pub(super) limits: &'a Limits,
    pub(super) estimate: TokenEstimate,
}

impl Limiter for RequestLimiter<'_> {
    type Permit = Permit;

    async fn acquire(&self) -> Permit {
        let output = self.estimate.max_output.unwrap_or(0);
        self.limits.acquire(self.estimate.prompt + output).await
    }

    fn slow_down(&self, permit: &Permit, wait: Duration) -> Option<usize> {
        self.limits.slow_down(permit, wait)
    }
}

/// The budget, and what one request may cost.
pub(super) struct RequestBudget<'a> {
    pub(super) budget: &'a BudgetTracker,
    pub(super) price: Option<Price>,
    pub(super) estimate: TokenEstimate,
}

impl Budget for RequestBudget<'_> {
    type Reserved = f64;
    type Exceeded = BudgetExceeded;

    async fn reserve(&self) -> Result<f64, BudgetExceeded> {
        self.budget.reserve(self.price, self.estimate).await
    }

    fn release(&self, reserved: f64) {
        self.budget.settle(reserved, 0.0, None);
    }
}
