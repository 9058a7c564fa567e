//! Limits and budget of one request, as the retry loop takes them.

use super::budget::{BudgetExceeded, BudgetTracker, Reserved};
use crate::{
    cost::TokenEstimate,
    endpoint::{Attempts, ModelLimits, Permit},
    model::{FailureKind, Price},
    retry::{AttemptFailure, Budget, EndpointChange, Limiter},
};
use std::time::Duration;

/// Limits of a model, and the tokens that one request may need.
pub(super) struct RequestLimiter<'a> {
    pub(super) limits: &'a ModelLimits,
    pub(super) estimate: TokenEstimate,
    pub(super) retries: u32,
}

impl Limiter for RequestLimiter<'_> {
    type Permit = Permit;
    type Attempts = Attempts;

    async fn acquire(&self) -> Permit {
        let output = self.estimate.max_output.unwrap_or(0);
        self.limits.acquire(self.estimate.prompt + output).await
    }

    fn failed(
        &self,
        mut permit: Permit,
        failed: &AttemptFailure,
        attempts: &mut Attempts,
    ) -> (Option<Duration>, Option<EndpointChange>) {
        permit.failed(failed, attempts, self.retries)
    }
}

/// The budget, and what one request may cost.
pub(super) struct RequestBudget<'a> {
    pub(super) budget: &'a BudgetTracker,
    pub(super) price: Option<&'a Price>,
    /// Whether answers say what they cost, as those of programs do.
    pub(super) reports_cost: bool,
    pub(super) estimate: TokenEstimate,
}

impl Budget for RequestBudget<'_> {
    type Reserved = Reserved;
    type Exceeded = BudgetExceeded;

    async fn reserve(&self) -> Result<Reserved, BudgetExceeded> {
        self.budget
            .reserve(self.price, self.reports_cost, self.estimate)
            .await
    }

    fn release(&self, reserved: Reserved, failed: Option<FailureKind>) {
        self.budget.fail(reserved, failed);
    }
}
