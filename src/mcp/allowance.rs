//! What a server may spend in its life, as the person who starts it says. Each call takes its cap from it before anything is
//! sent, and gives back what it did not use.

use crate::{model::Spent, project::Budget};
use anyhow::bail;
use parking_lot::Mutex;

/// What is left.
#[derive(Debug)]
pub(super) struct Allowance {
    left: Mutex<Budget>,
}

impl Allowance {
    pub(super) fn new(total: Budget) -> Allowance {
        Allowance {
            left: Mutex::new(total),
        }
    }

    /// Take the caps of a call, or what is left of them; an error where nothing is.
    pub(super) fn take(&self, wanted: Budget) -> anyhow::Result<Budget> {
        let mut left = self.left.lock();
        if left.calls == Some(0) {
            bail!("all calls of `wording mcp --max-calls` are used up; nothing was sent");
        }
        if left.usd.is_some_and(|usd| usd <= 0.0) {
            bail!("all dollars of `wording mcp --max-usd` are used up; nothing was sent");
        }
        let taken = wanted.at_most(&left);
        if let (Some(left), Some(taken)) = (&mut left.calls, taken.calls) {
            *left -= taken;
        }
        if let (Some(left), Some(taken)) = (&mut left.usd, taken.usd) {
            *left -= taken;
        }
        Ok(taken)
    }

    /// Give back what was taken, but for what was used.
    pub(super) fn give_back(&self, taken: Budget, used: Spent) {
        let mut left = self.left.lock();
        if let (Some(left), Some(taken)) = (&mut left.calls, taken.calls) {
            *left += taken.saturating_sub(used.calls);
        }
        if let (Some(left), Some(taken)) = (&mut left.usd, taken.usd) {
            *left += (taken - used.usd).max(0.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(calls: Option<u64>, usd: Option<f64>) -> Budget {
        Budget {
            calls,
            usd,
            time: None,
        }
    }

    fn used(calls: u64, usd: f64) -> Spent {
        Spent { calls, usd }
    }

    #[test]
    fn calls_take_what_is_left_and_give_back_what_they_do_not_use() {
        let allowance = Allowance::new(budget(Some(10), Some(1.0)));
        let first = allowance.take(budget(Some(6), Some(0.5))).unwrap();
        assert_eq!(first, budget(Some(6), Some(0.5)));
        // At the same time, without a cap in dollars of its own.
        let second = allowance.take(budget(Some(6), None)).unwrap();
        assert_eq!(second, budget(Some(4), Some(0.5)));
        assert!(allowance.take(budget(Some(1), None)).is_err());
        allowance.give_back(first, used(2, 0.25));
        allowance.give_back(second, used(9, 2.0));
        let third = allowance.take(budget(Some(100), None)).unwrap();
        assert_eq!(third, budget(Some(4), Some(0.25)));
        allowance.give_back(third, used(1, 0.25));
        let said = allowance
            .take(budget(Some(1), None))
            .unwrap_err()
            .to_string();
        assert!(said.contains("--max-usd"), "{said}");
    }

    #[test]
    fn without_a_total_a_call_has_its_own_caps() {
        let allowance = Allowance::new(Budget::default());
        let wanted = budget(Some(7), None);
        assert_eq!(allowance.take(wanted).unwrap(), wanted);
    }
}
