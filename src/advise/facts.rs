//! The yes-or-no questions of the rules, with their thresholds in one place.

use super::{ConstantAnswer, DataBand, Evidence, SizeClass};
use crate::project::{Changes, Deployment, Resources, Task};

/// Share of conflicting labelled rows from which the labels are the problem.
pub(crate) const CONFLICTS: f64 = 0.05;
/// Share of rows that are wrong with every wording of every model from which they are the problem.
const HOPELESS: f64 = 0.10;
/// Share of shared errors from which models fail alike.
const ALIKE: f64 = 0.6;
/// With fewer wordings, rewording was not tried enough.
pub(crate) const TRIED: usize = 4;
/// A gain that matters: what twice as many shots or wordings must add to be worth trying.
const WORTH: f64 = 0.02;
/// Evaluated rows from which a model that is not shown to beat a constant answer counts as no better than it.
const ENOUGH_ROWS: usize = 100;
/// By how much the answer given too often exceeds its share, from where the model leans to it.
const LEANING: f64 = 0.10;
/// Share of rights below which a model lacks the ability.
const HARDLY_EVER: f64 = 0.20;
/// Share of its rows that a wording was not tried on, on average, from which the grid is a part.
const PARTLY: f64 = 0.10;
/// Share of unreadable answers from which the format is the problem.
const UNREADABLE: f64 = 0.10;
/// Billions of parameters up to which adapters can be trained on a CPU in hours.
const CPU_TRAINS_B: f64 = 1.0;
/// Labelled rows from which a complex task can be trained.
const COMPLEX_FROM: usize = 200;
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
    /// Below it, significantly; or no better than a constant answer where no target is set.
    Short,
}

impl AdviceFacts<'_> {
    pub(crate) fn reach(&self) -> Option<Reach> {
        let score = self.0.score.as_ref()?.held_out;
        let Some(target) = self.0.given.target else {
            return self.guesses().then_some(Reach::Short);
        };
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

    pub(crate) fn band(&self) -> Option<DataBand> {
        self.0.given.labelled.map(DataBand::of)
    }

    pub(crate) fn has_few_rows(&self) -> bool {
        self.band() == Some(DataBand::Few)
    }

    pub(crate) fn has_many_rows(&self) -> bool {
        self.band() == Some(DataBand::Many)
    }

    pub(crate) fn labelled_unknown(&self) -> bool {
        self.0.given.labelled.is_none()
    }

    pub(crate) fn conflicting(&self) -> bool {
        self.0.given.conflicting >= CONFLICTS
    }

    /// Several models fail on the same rows, and on more than models as good as they are would by chance, with every
    /// wording. Where the best one guesses, or is tiny, its failures say nothing of the labels.
    pub(crate) fn models_fail_alike(&self) -> bool {
        self.0.errors.is_some_and(|e| {
            e.models >= 2
                && e.hopeless >= HOPELESS
                && e.hopeless > e.hopeless_by_chance
                && e.shared >= ALIKE
                && e.shared > e.by_chance
        }) && !self.is_not_above_constant()
            && self.size_class() != Some(SizeClass::Tiny)
    }

    /// Billions of parameters of the model that would be tuned: the one that is prompted, unless another is named.
    fn tuned_size_b(&self) -> Option<f64> {
        let named = self.0.memory.map(|m| m.spec.parameters_b);
        named.or(self.0.size.map(|s| s.parameters_b))
    }

    pub(crate) fn trainable(&self) -> bool {
        match self.0.given.resources {
            Some(Resources::ConsumerGpu | Resources::Gpus) => true,
            Some(Resources::Hosted) => !self.must_stay_private(),
            Some(Resources::Cpu) => self.tuned_size_b().is_some_and(|b| b <= CPU_TRAINS_B),
            Some(Resources::None | Resources::Hours) | None => false,
        }
    }

    /// A CPU trains small models, and how large this one is is not known.
    pub(crate) fn size_decides(&self) -> bool {
        self.0.given.resources == Some(Resources::Cpu) && self.tuned_size_b().is_none()
    }

    pub(crate) fn cannot_train(&self) -> bool {
        match self.0.given.resources {
            Some(Resources::None | Resources::Hours) => true,
            Some(Resources::Hosted) => self.must_stay_private(),
            Some(Resources::Cpu) => self.tuned_size_b().is_some_and(|b| b > CPU_TRAINS_B),
            Some(Resources::ConsumerGpu | Resources::Gpus) | None => false,
        }
    }

    /// The data may not leave the own machines.
    pub(crate) fn must_stay_private(&self) -> bool {
        self.0.given.deployment == Some(Deployment::Private)
    }

    pub(crate) fn size_class(&self) -> Option<SizeClass> {
        self.0.size.map(|size| size.class())
    }

    /// Too small to learn a task of several steps of reasoning, by prompt or from hundreds of rows.
    pub(crate) fn too_small_for_task(&self) -> bool {
        let small = self.size_class().is_some_and(|c| c < SizeClass::Large);
        let forced = self.short_prompt_needed() && self.has_many_rows();
        (self.complex() || self.hardly_ever_right()) && small && !forced
    }

    /// Open answers that can be read and are wrong, whatever the wording: the ability is missing, not the form. Where answers are
    /// labels, a constant answer is what to compare with.
    fn hardly_ever_right(&self) -> bool {
        let score = self.0.score.as_ref();
        score.is_some_and(|s| s.held_out.high < HARDLY_EVER)
            && self.0.majority.is_none()
            && self.0.given.task != Some(Task::Simple)
            && !self.format_fails()
            && !self.few_wordings()
    }

    /// Too few rows for a task this complex.
    pub(crate) fn complex_with_few_rows(&self) -> bool {
        self.complex() && self.0.given.labelled.is_some_and(|n| n < COMPLEX_FROM)
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

    /// It is not shown that the best wording does better than always giving the most frequent answer, by a margin that matters.
    pub(crate) fn is_not_above_constant(&self) -> bool {
        let constant = self.0.majority.as_ref();
        constant.is_some_and(|c: &ConstantAnswer| c.gain.low < WORTH)
    }

    /// The same on enough rows to find a difference that matters.
    pub(crate) fn guesses(&self) -> bool {
        let rows = self.0.score.as_ref().map_or(0, |s| s.rows);
        self.is_not_above_constant() && rows >= ENOUGH_ROWS
    }

    /// One answer is given significantly too often.
    pub(crate) fn leans(&self) -> bool {
        self.0
            .bias
            .as_ref()
            .is_some_and(|bias| (bias.shares.iter()).any(|s| s.excess() >= LEANING && s.p < 0.05))
    }

    /// So many answers were cut that they could change the verdict, if all of them were right: of the best wording, or of most
    /// of the others, unless these have got more room already: then they ramble.
    pub(crate) fn answers_are_cut(&self) -> bool {
        let target = self.0.given.target;
        let Some(score) = &self.0.score else {
            return false;
        };
        if !score.raised
            && score.left_out > score.wordings
            && target.is_none_or(|t| score.left_out_reach >= t)
        {
            return true;
        }
        if score.cut <= score.max_cut {
            return false;
        }
        let misses_anyway = target.is_some_and(|t| score.held_out.high + score.cut < t);
        !misses_anyway || self.is_not_above_constant()
    }

    /// So many answers cannot be read that the format comes first.
    pub(crate) fn format_fails(&self) -> bool {
        let scored = self.0.score.as_ref().map(|s| s.unreadable);
        let unreadable = scored.or(self.0.unscored.as_ref().map(|run| run.unreadable));
        unreadable.is_some_and(|share| share >= UNREADABLE)
    }

    /// The wordings were tried on a part of the rows, as in a race or an estimate.
    pub(crate) fn partly_tried(&self) -> bool {
        let score = self.0.score.as_ref();
        score.is_some_and(|s| s.not_tried >= PARTLY)
    }

    /// The wordings do not differ significantly.
    pub(crate) fn variants_alike(&self) -> bool {
        self.0.spread.is_some_and(|(_, _, p)| p >= 0.05)
    }

    /// No choice among the wordings tried can reach the target, nor can the answer that most of them give.
    pub(crate) fn at_ceiling(&self) -> bool {
        match (&self.0.headroom, self.0.given.target) {
            (Some(h), Some(target)) => {
                h.best_of_each_row < target && h.vote.is_none_or(|vote| vote.value < target)
            }
            _ => false,
        }
    }

    /// Rows that some wording gets right are no more than chance makes them.
    pub(crate) fn union_is_chance(&self) -> bool {
        let headroom = self.0.headroom.as_ref();
        headroom.is_some_and(|h| h.reachable < h.reachable_by_chance + WORTH)
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

    /// More wordings like these are likely to find one that reaches the target, or the answer that most of them give does.
    pub(crate) fn wordings_help(&self) -> bool {
        let (Some(h), Some(score), Some(target)) =
            (&self.0.headroom, &self.0.score, self.0.given.target)
        else {
            return false;
        };
        if self.at_ceiling() || self.is_not_above_constant() {
            return false;
        }
        let differ = self.0.spread.is_some_and(|(_, _, p)| p < 0.05);
        let more = h.more_wordings.filter(|_| differ).unwrap_or(0.0);
        let reach = more >= WORTH && score.held_out.high + more >= target;
        reach || h.vote.is_some_and(|v| v.value >= target)
    }

    /// The prompt has not been tried out: too few wordings, answers in the wrong form, shots that still help, wordings that
    /// promise more, or a lean to one answer of a model that knows the task.
    pub(crate) fn prompt_has_room(&self) -> bool {
        self.few_wordings()
            || self.shots_help()
            || self.format_fails()
            || self.wordings_help()
            || (self.leans() && !self.is_not_above_constant())
    }

    /// Within a year, even at the upper end.
    pub(crate) fn tuning_pays_off(&self) -> bool {
        let high = self.0.break_even.and_then(|b| b.high);
        match (high, self.0.given.calls_per_month) {
            (Some(calls), Some(month)) => calls <= month * MONTHS,
            _ => false,
        }
    }

    /// The tuned model is significantly better than the base with its best prompt, by interval and adjusted p; by more than
    /// the answers that were cut, of either model.
    pub(crate) fn tuned_better(&self) -> bool {
        let cut = self.0.score.as_ref().map_or(0.0, |s| s.cut);
        self.0.tuned.as_ref().is_some_and(|t| {
            t.rows.iter().any(|row| {
                row.bounds().is_some_and(|d| d.low > cut)
                    && row.p_adjusted.is_some_and(|p| p < 0.05)
            })
        })
    }

    /// It is not: significantly worse, or no better by a margin that matters, whatever its cut answers would have been.
    pub(crate) fn tuned_worse(&self) -> bool {
        let best = self.0.tuned.as_ref().and_then(|t| t.best_row()?.bounds());
        best.is_some_and(|d| d.high < WORTH)
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
