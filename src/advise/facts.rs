//! The yes-or-no questions of the rules, with their thresholds in one place.

use super::Evidence;
use crate::project::{Changes, Deployment, Resources, Task};

/// Labelled rows below which only prompting makes sense.
pub(crate) const FEW: usize = 50;
/// Labelled rows above which fine-tuning usually wins.
pub(crate) const MANY: usize = 500;
/// Share of conflicting labelled rows from which the labels are the problem.
pub(crate) const CONFLICTS: f64 = 0.05;
/// Share of rows that are wrong with every wording of every model from which they are the problem.
const HOPELESS: f64 = 0.10;
/// Share of shared errors from which models fail alike.
const ALIKE: f64 = 0.6;
/// With fewer wordings, rewording was not tried enough.
pub(crate) const TRIED: usize = 4;
/// What twice as many shots must add to be worth their tokens.
const WORTH: f64 = 0.02;
/// Months within which tuning should pay off.
const MONTHS: f64 = 12.0;
/// Share of the context window from which a prompt cannot grow.
const FULL: f64 = 0.5;

#[derive(Debug, Clone, Copy)]
pub(crate) struct AdviceFacts<'a>(pub(crate) &'a Evidence);

/// How the score compares with the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Above it, significantly.
    Met,
    Near,
    Short,
}

impl AdviceFacts<'_> {
    pub(crate) fn reach(&self) -> Option<Reach> {
        let (score, target) = (self.0.score.as_ref()?.held_out, self.0.given.target?);
        Some(if score.low >= target {
            Reach::Met
        } else if score.high >= target {
            Reach::Near
        } else {
            Reach::Short
        })
    }

    pub(crate) fn reach_is(&self, reach: Reach) -> bool {
        self.reach() == Some(reach)
    }

    /// Fewer labelled rows than this; `false` where unknown.
    pub(crate) fn labelled_below(&self, n: usize) -> bool {
        self.0.given.labelled.is_some_and(|l| l < n)
    }

    pub(crate) fn labelled_from(&self, n: usize) -> bool {
        self.0.given.labelled.is_some_and(|l| l >= n)
    }

    pub(crate) fn labelled_unknown(&self) -> bool {
        self.0.given.labelled.is_none()
    }

    pub(crate) fn conflicting(&self) -> bool {
        self.0.given.conflicting >= CONFLICTS
    }

    /// Several models fail on the same rows, and on too many, with every wording.
    pub(crate) fn models_fail_alike(&self) -> bool {
        self.0.errors.is_some_and(|e| {
            e.models >= 2 && e.hopeless >= HOPELESS && e.shared >= ALIKE && e.shared > e.by_chance
        })
    }

    pub(crate) fn trainable(&self) -> bool {
        use Resources::{ConsumerGpu, Gpus, Hosted};
        matches!(self.0.given.resources, Some(Hosted | ConsumerGpu | Gpus))
    }

    pub(crate) fn cannot_train(&self) -> bool {
        matches!(
            self.0.given.resources,
            Some(Resources::None | Resources::Hours)
        )
    }

    pub(crate) fn changes_often(&self) -> bool {
        self.0.given.changes == Some(Changes::Often)
    }

    pub(crate) fn short_prompt_needed(&self) -> bool {
        matches!(
            self.0.given.deployment,
            Some(Deployment::Edge | Deployment::StrictLatency)
        )
    }

    pub(crate) fn complex(&self) -> bool {
        self.0.given.task == Some(Task::Complex)
    }

    /// It is not shown that the best wording does better than always giving the most frequent answer.
    pub(crate) fn no_better_than_majority(&self) -> bool {
        match (&self.0.score, &self.0.majority) {
            (Some(score), Some((_, share))) => score.held_out.low <= *share,
            _ => false,
        }
    }

    /// The wordings do not differ significantly.
    pub(crate) fn variants_alike(&self) -> bool {
        self.0.spread.is_some_and(|(_, _, p)| p >= 0.05)
    }

    /// No choice among the wordings tried can reach the target.
    pub(crate) fn at_ceiling(&self) -> bool {
        match (&self.0.headroom, self.0.given.target) {
            (Some(h), Some(target)) => h.reachable < target,
            _ => false,
        }
    }

    pub(crate) fn few_wordings(&self) -> bool {
        self.0.score.as_ref().is_some_and(|s| s.wordings < TRIED)
    }

    /// More shots still help, and there is room for them.
    pub(crate) fn shots_help(&self) -> bool {
        let more = self.0.curve.as_ref().and_then(|c| c.doubling);
        more.is_some_and(|d| d.value >= WORTH && d.low > 0.0) && !self.prompt_fills_context()
    }

    /// The prompt takes half of the context window or more.
    pub(crate) fn prompt_fills_context(&self) -> bool {
        match (self.0.prompt_tokens, self.0.context) {
            (Some((best, _)), Some(context)) => best >= FULL * context as f64,
            _ => false,
        }
    }

    /// Rewording has not been tried enough, or more shots help, or the wordings together know more than the best alone.
    pub(crate) fn prompt_has_room(&self) -> bool {
        if self.few_wordings() || self.shots_help() {
            return true;
        }
        let moved = self.0.spread.is_some_and(|(_, _, p)| p < 0.05);
        moved && !self.at_ceiling() && self.0.headroom.is_some()
    }

    /// Within a year, even at the upper end.
    pub(crate) fn tuning_pays_off(&self) -> bool {
        let high = self.0.break_even.and_then(|b| b.high);
        match (high, self.0.given.calls_per_month) {
            (Some(calls), Some(month)) => calls <= month * MONTHS,
            _ => false,
        }
    }

    /// The tuned model is significantly better than the base with its best prompt, by interval and adjusted p.
    pub(crate) fn tuned_better(&self) -> bool {
        self.0.tuned.as_ref().is_some_and(|t| {
            t.rows.iter().any(|row| {
                row.difference.is_some_and(|d| d.low > 0.0)
                    && row.p_adjusted.is_some_and(|p| p < 0.05)
            })
        })
    }

    /// It is not: significantly worse, or no better by a margin that matters.
    pub(crate) fn tuned_worse(&self) -> bool {
        self.0
            .tuned
            .as_ref()
            .and_then(|t| t.best_difference())
            .is_some_and(|d| d.high < WORTH)
    }

    /// A tuned model was measured and does not differ significantly from the base.
    pub(crate) fn tuned_undecided(&self) -> bool {
        self.0
            .tuned
            .as_ref()
            .is_some_and(|t| t.best_difference().is_some())
            && !self.tuned_better()
            && !self.tuned_worse()
    }
}
