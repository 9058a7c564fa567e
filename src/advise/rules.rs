//! The rules, in order: the first that holds decides.

use super::facts::{AdviceFacts, Reach};
use serde::Serialize;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub enum VerdictKind {
    #[serde(rename = "keep prompting")]
    KeepPrompting,
    #[serde(rename = "prompt now, collect data")]
    Collect,
    #[serde(rename = "fine-tune")]
    FineTune,
    #[serde(rename = "the labels or the task are the problem")]
    Labels,
}

impl VerdictKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::KeepPrompting => "keep prompting",
            Self::Collect => "prompt now, collect data",
            Self::FineTune => "fine-tune",
            Self::Labels => "the labels or the task are the problem",
        }
    }
}

#[derive(Debug)]
pub struct Rule {
    pub name: &'static str,
    pub when: &'static str,
    pub verdict: VerdictKind,
    pub because: &'static str,
    pub(super) holds: fn(&AdviceFacts<'_>) -> bool,
}

use VerdictKind::{Collect, FineTune, KeepPrompting, Labels};

pub const RULES: &[Rule] = &[
    Rule {
        name: "conflicting-labels",
        when: "5 % or more of the labelled rows have two labels for the same text",
        verdict: Labels,
        because: "The same text has different labels: no prompt and no tuned model can match both.",
        holds: |f| f.conflicting(),
    },
    Rule {
        name: "no-labels",
        when: "there is a run, and none of its answers has a score",
        verdict: Collect,
        because: "No answer has a score: without labelled rows nobody knows how good the answers are. Label some of these rows first.",
        holds: |f| f.0.score.is_none() && f.0.unscored.is_some(),
    },
    Rule {
        name: "no-score",
        when: "there is no run yet, or none of its calls was answered",
        verdict: KeepPrompting,
        because: "There are no answers yet. First measure how well a prompt does.",
        holds: |f| f.0.score.is_none(),
    },
    Rule {
        name: "cut",
        when: "more than 5 % (`max_truncated`) of the answers of the best wording were cut at max_tokens; counted as correct, they could meet the target or beat a constant answer; or most wordings cannot be compared for that reason, one of them could meet it, and no more room was given yet; no tuned model is better",
        verdict: KeepPrompting,
        because: "Answers were cut at max_tokens, so the scores say little. Raise it and run again.",
        holds: |f| f.answers_are_cut() && !f.tuned_better(),
    },
    Rule {
        name: "shared-failures",
        when: "several models that are better than a constant answer fail on the same rows, and 10 % or more of all rows, and more than by chance, are wrong with every wording of every model; the target is not met",
        verdict: Labels,
        because: "Different models fail on the same rows with every wording, so the labels are wrong or the task is underspecified.",
        holds: |f| f.models_fail_alike() && !f.reach_is(Reach::Met),
    },
    Rule {
        name: "tuned-better",
        when: "a tuned model was measured and is better than the base model with its best prompt",
        verdict: FineTune,
        because: "The tuned model is significantly better than the best prompt: keep it, and use its bad cases for the next round.",
        holds: |f| f.tuned_better(),
    },
    Rule {
        name: "tuned-no-better",
        when: "a tuned model was measured and gains less than 2 points over the best prompt",
        verdict: KeepPrompting,
        because: "Tuning gained nothing over the best prompt. Get more or better examples before you try again.",
        holds: |f| f.tuned_worse(),
    },
    Rule {
        name: "target-unknown",
        when: "no target score is set, and the best wording is better than a constant answer or was scored on fewer than 100 rows",
        verdict: KeepPrompting,
        because: "No target score is set. Set one to find out whether prompting is enough.",
        holds: |f| f.reach().is_none(),
    },
    Rule {
        name: "met-but-long",
        when: "the target is met; the deployment is edge or has strict latency limits; 500 labelled rows or more, a way to train, rare changes",
        verdict: FineTune,
        because: "The prompt meets the target but is too long for the deployment, and there are enough rows to train on instead.",
        holds: |f| {
            f.reach_is(Reach::Met)
                && f.short_prompt_needed()
                && f.has_many_rows()
                && f.trainable()
                && !f.changes_often()
        },
    },
    Rule {
        name: "met-but-expensive",
        when: "the target is met; tuning pays off within a year of calls even at the upper end; 500 labelled rows or more, a way to train, rare changes",
        verdict: FineTune,
        because: "The prompt meets the target, but a tuned model would be cheaper and soon pays off.",
        holds: |f| {
            f.reach_is(Reach::Met)
                && f.tuning_pays_off()
                && f.has_many_rows()
                && f.trainable()
                && !f.changes_often()
        },
    },
    Rule {
        name: "met",
        when: "the target is met",
        verdict: KeepPrompting,
        because: "The best wording meets the target on rows that were not used to choose it.",
        holds: |f| f.reach_is(Reach::Met),
    },
    Rule {
        name: "near",
        when: "the target is within the interval of the score",
        verdict: KeepPrompting,
        because: "Inconclusive: not enough rows to tell whether the target is met.",
        holds: |f| f.reach_is(Reach::Near),
    },
    Rule {
        name: "tuned-undecided",
        when: "the target is missed; a tuned model was measured and does not differ significantly from the base model",
        verdict: Collect,
        because: "Inconclusive: not enough rows to compare the tuned model with the best prompt. Evaluate on more rows, and train on more.",
        holds: |f| f.tuned_undecided(),
    },
    Rule {
        name: "changes-often",
        when: "the target is missed; the task changes often",
        verdict: KeepPrompting,
        because: "The task changes often: a prompt is quick to update, a tuned model would soon be outdated.",
        holds: |f| f.changes_often(),
    },
    Rule {
        name: "guesses-without-rows",
        when: "the target is missed; no wording is shown to beat a constant answer; under 50 labelled rows, or unknown; the prompt can hardly be improved",
        verdict: Collect,
        because: "No wording clearly does better than always giving the same answer, and there are too few labelled rows to train on. Try a larger model, and label rows.",
        holds: |f| {
            f.is_not_above_constant()
                && !f.prompt_has_room()
                && (f.labelled_unknown() || f.has_few_rows())
        },
    },
    Rule {
        name: "labelled-unknown",
        when: "the target is missed; the number of labelled rows is unknown",
        verdict: KeepPrompting,
        because: "The target is missed, but no labelled rows to train on are known, so improve the prompt.",
        holds: |f| f.labelled_unknown(),
    },
    Rule {
        name: "few-rows-room",
        when: "the target is missed; under 50 labelled rows; the prompt can still be improved",
        verdict: KeepPrompting,
        because: "There are too few labelled rows to train on, and the prompt can still be improved.",
        holds: |f| f.has_few_rows() && f.prompt_has_room(),
    },
    Rule {
        name: "few-rows",
        when: "the target is missed; under 50 labelled rows; the prompt can hardly be improved",
        verdict: Collect,
        because: "Rewording hardly helps any more, and there are too few labelled rows to train on.",
        holds: |f| f.has_few_rows(),
    },
    Rule {
        name: "guesses-without-means",
        when: "the target is missed; no wording is shown to beat a constant answer; 50 labelled rows or more; no way to train; the prompt can hardly be improved",
        verdict: KeepPrompting,
        because: "No wording clearly does better than always giving the same answer, and you cannot train this model: prompt a larger one, and use the rows as shots and for evaluation.",
        holds: |f| f.is_not_above_constant() && !f.prompt_has_room() && f.cannot_train(),
    },
    Rule {
        name: "no-means",
        when: "the target is missed; 50 labelled rows or more; no way to train",
        verdict: KeepPrompting,
        because: "You have no way to train, so use the rows as shots and for a larger evaluation.",
        holds: |f| f.cannot_train(),
    },
    Rule {
        name: "too-small",
        when: "the target is missed; 50 labelled rows or more; the task is complex, or its answers are open and under 20 % are right with any wording; the model has under 4B parameters; no short prompt is needed, or under 500 rows",
        verdict: Collect,
        because: "A model this small hardly learns a task this complex, by prompt or from so few rows. Try a larger model, and collect rows.",
        holds: |f| f.too_small_for_task(),
    },
    Rule {
        name: "must-be-short",
        when: "the target is missed; 50 labelled rows or more (200 if the task is complex), a way to train; the deployment is edge or has strict latency limits",
        verdict: FineTune,
        because: "The deployment has no room for a longer prompt, and the short one misses the target.",
        holds: |f| f.short_prompt_needed() && f.trainable() && !f.complex_with_few_rows(),
    },
    Rule {
        name: "guesses",
        when: "the target is missed; no wording is shown to beat a constant answer; 500 labelled rows or more, or 50 and the prompt can hardly be improved (200 if the task is complex); a way to train",
        verdict: FineTune,
        because: "No wording clearly does better than always giving the same answer: the model does not know the task, and there are enough labelled rows to teach it.",
        holds: |f| {
            f.is_not_above_constant()
                && f.trainable()
                && (f.has_many_rows() || !f.prompt_has_room() && !f.complex_with_few_rows())
        },
    },
    Rule {
        name: "many-rows",
        when: "the target is missed; 500 labelled rows or more, a way to train",
        verdict: FineTune,
        because: "The best prompt misses the target, and with this many labelled rows fine-tuning usually wins.",
        holds: |f| f.has_many_rows() && f.trainable(),
    },
    Rule {
        name: "some-rows-room",
        when: "the target is missed; 50 labelled rows or more; the prompt can still be improved",
        verdict: KeepPrompting,
        because: "The prompt can still be improved, which costs less than training.",
        holds: |f| f.prompt_has_room(),
    },
    Rule {
        name: "size-unknown",
        when: "the target is missed; 50 labelled rows or more; there is a CPU to train on, and the size of the model is unknown",
        verdict: Collect,
        because: "Rewording hardly helps any more. A machine without a GPU can train a model of up to 1B parameters, and how large this one is is not known: set `parameters_b` of the model.",
        holds: |f| f.size_decides(),
    },
    Rule {
        name: "means-unknown",
        when: "the target is missed; 50 labelled rows or more; the training resources are unknown",
        verdict: Collect,
        because: "Rewording hardly helps any more, and what you can train with is not given.",
        holds: |f| !f.trainable(),
    },
    Rule {
        name: "some-rows-complex",
        when: "the target is missed; 50 to 200 labelled rows; the task is complex",
        verdict: Collect,
        because: "Rewording hardly helps any more, but a task this complex needs more rows before training.",
        holds: |f| f.complex_with_few_rows(),
    },
    Rule {
        name: "some-rows",
        when: "the target is missed; 50 labelled rows or more, a way to train; the prompt can hardly be improved",
        verdict: FineTune,
        because: "Rewording hardly helps any more, and there are enough rows to train on.",
        holds: |_| true,
    },
];

/// The first rule that holds.
pub(crate) fn decide(facts: &AdviceFacts<'_>) -> &'static Rule {
    RULES
        .iter()
        .find(|rule| (rule.holds)(facts))
        .unwrap_or(&RULES[RULES.len() - 1])
}
