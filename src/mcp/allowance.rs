//! What a server may spend in its life, as the person who starts it says. Each call takes its cap from it before anything is
//! sent, and gives back what it did not use.

use crate::{model::RequestTotals, project::Budget};
use anyhow::bail;
use parking_lot::Mutex;

/// The total, and what is left of it.
#[derive(Debug)]
pub(super) struct Allowance {
    total: Budget,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// By calls that are done.
    used: RequestTotals,
    /// By calls in progress: their caps.
    reserved: RequestTotals,
}

impl Allowance {
    pub(super) fn new(total: Budget) -> Allowance {
        Allowance {
            total,
            state: Mutex::default(),
        }
    }

    /// Take the caps of a call, or what is left of them; an error where nothing is.
    pub(super) fn take(&self, wanted: Budget) -> anyhow::Result<Budget> {
        let mut state = self.state.lock();
        let State { used, reserved } = &mut *state;
        let unused = Budget {
            calls: self.total.calls.map(|all| all.saturating_sub(used.calls)),
            usd: self.total.usd.map(|all| all - used.usd),
            time: None,
        };
        if unused.calls == Some(0) {
            bail!("all calls of `wording mcp --max-calls` are used up; nothing was sent");
        }
        if unused.usd.is_some_and(|usd| usd <= 0.0) {
            bail!("all dollars of `wording mcp --max-usd` are used up; nothing was sent");
        }
        let left = Budget {
            calls: unused.calls.map(|all| all.saturating_sub(reserved.calls)),
            usd: unused.usd.map(|all| all - reserved.usd),
            time: None,
        };
        if left.calls == Some(0) {
            bail!(
                "all calls that are left of `wording mcp --max-calls` are reserved by calls in progress; nothing was sent. Wait for them, or set a lower `max_calls` in each"
            );
        }
        if left.usd.is_some_and(|usd| usd <= 0.0) {
            bail!(
                "all dollars that are left of `wording mcp --max-usd` are reserved by calls in progress; nothing was sent. Wait for them, or set a lower `max_usd` in each"
            );
        }
        let taken = wanted.at_most(&left);
        reserved.calls += taken.calls.unwrap_or(0);
        reserved.usd += taken.usd.unwrap_or(0.0);
        Ok(taken)
    }

    /// Give back what was taken, but for what was used.
    pub(super) fn give_back(&self, taken: Budget, used: RequestTotals) {
        let mut state = self.state.lock();
        let reserved = &mut state.reserved;
        reserved.calls = reserved.calls.saturating_sub(taken.calls.unwrap_or(0));
        reserved.usd = (reserved.usd - taken.usd.unwrap_or(0.0)).max(0.0);
        state.used.calls += used.calls;
        state.used.usd += used.usd;
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

    fn used(calls: u64, usd: f64) -> RequestTotals {
        RequestTotals { calls, usd }
    }

    #[test]
    fn calls_take_what_is_left_and_give_back_what_they_do_not_use() {
        let allowance = Allowance::new(budget(Some(10), Some(1.0)));
        let first = allowance.take(budget(Some(6), Some(0.5))).unwrap();
        assert_eq!(first, budget(Some(6), Some(0.5)));
        // At the same time, without a cap in dollars of its own.
        let second = allowance.take(budget(Some(6), None)).unwrap();
        assert_eq!(second, budget(Some(4), Some(0.5)));
        let said = |wanted| allowance.take(wanted).unwrap_err().to_string();
        let reserved = said(budget(Some(1), None));
        assert!(
            reserved.contains("reserved by calls in progress") && reserved.contains("--max-calls"),
            "{reserved}"
        );
        allowance.give_back(first, used(2, 0.25));
        allowance.give_back(second, used(4, 0.5));
        let third = allowance.take(budget(Some(100), None)).unwrap();
        assert_eq!(third, budget(Some(4), Some(0.25)));
        // Calls are left, but no dollars.
        allowance.give_back(third, used(1, 0.25));
        let used_up = said(budget(Some(1), None));
        assert!(
            used_up.contains("used up") && used_up.contains("--max-usd"),
            "{used_up}"
        );
    }

    #[test]
    fn a_call_without_a_cap_in_dollars_reserves_all_and_the_next_is_told() {
        let allowance = Allowance::new(budget(None, Some(1.0)));
        let first = allowance.take(budget(Some(6), None)).unwrap();
        assert_eq!(first, budget(Some(6), Some(1.0)));
        let wanted = budget(Some(6), Some(0.1));
        let said = allowance.take(wanted).unwrap_err().to_string();
        assert!(
            said.contains("reserved by calls in progress") && said.contains("`max_usd`"),
            "{said}"
        );
        allowance.give_back(first, used(6, 0.25));
        assert_eq!(allowance.take(wanted).unwrap(), wanted);
        assert_eq!(
            allowance.take(budget(Some(6), None)).unwrap().usd,
            Some(0.65)
        );
    }

    #[test]
    fn more_than_was_taken_counts_too() {
        let allowance = Allowance::new(budget(Some(10), None));
        let taken = allowance.take(budget(Some(4), None)).unwrap();
        allowance.give_back(taken, used(6, 0.0));
        assert_eq!(
            allowance.take(budget(Some(9), None)).unwrap().calls,
            Some(4)
        );
    }

    #[test]
    fn without_a_total_a_call_has_its_own_caps() {
        let allowance = Allowance::new(Budget::default());
        let wanted = budget(Some(7), None);
        assert_eq!(allowance.take(wanted).unwrap(), wanted);
    }
}
