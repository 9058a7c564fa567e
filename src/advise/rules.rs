//! From facts to a verdict: one table, read from the top; the first rule that holds decides.

use super::facts::{AdviceFacts, FEW, MANY, Reach};
use serde::Serialize;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum VerdictKind {
    #[serde(rename = "keep prompting")]
    KeepPrompting,
    /// Prompt now, collect data.
    #[serde(rename = "prompt now, collect data")]
    Collect,
    #[serde(rename = "fine-tune")]
    FineTune,
    /// The labels or the task are the problem.
    #[serde(rename = "the labels or the task are the problem")]
    Labels,
}

impl VerdictKind {
    /// As it is said.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::KeepPrompting => "keep prompting",
            Self::Collect => "prompt now, collect data",
            Self::FineTune => "fine-tune",
            Self::Labels => "the labels or the task are the problem",
        }
    }
}

/// A rule of the table.
#[derive(Debug)]
pub struct Rule {
    pub name: &'static str,
    /// When it holds, in words.
    pub when: &'static str,
    /// What it says then.
    pub verdict: VerdictKind,
    /// Why, as a sentence.
    pub because: &'static str,
    pub(super) holds: fn(&AdviceFacts<'_>) -> bool,
}

use VerdictKind::{Collect, FineTune, KeepPrompting, Labels};

pub const RULES: &[Rule] = &[
    Rule {
        name: "conflicting-labels",
        when: "5 % or more of the labelled rows bear two labels for one text",
        verdict: Labels,
        because: "The same text has different labels: neither a prompt nor a tuned model can be right on both.",
        holds: |f| f.conflicting(),
    },
    Rule {
        name: "no-score",
        when: "nothing was run yet",
        verdict: KeepPrompting,
        because: "Nothing was measured yet, so the first thing is to see how far a prompt gets.",
        holds: |f| !f.has_score(),
    },
    Rule {
        name: "shared-failures",
        when: "several models fail on the same rows, and 10 % or more of all rows are right with no wording of any model; the target is not met",
        verdict: Labels,
        because: "Different models fail on the same rows however they are asked, which points to the labels or to what the task leaves unsaid.",
        holds: |f| f.fail_alike() && !f.is(Reach::Met),
    },
    Rule {
        name: "tuned-better",
        when: "a tuned model was measured and is better than the base with its best prompt",
        verdict: FineTune,
        because: "The tuned model is measurably better than the best prompt: keep it, and go round again with its bad cases.",
        holds: |f| f.tuned_better(),
    },
    Rule {
        name: "tuned-no-better",
        when: "a tuned model was measured and gains less than 2 points on the best prompt",
        verdict: KeepPrompting,
        because: "Tuning was tried and brought nothing that the best prompt does not: more or better examples are needed before the next try.",
        holds: |f| f.tuned_worse(),
    },
    Rule {
        name: "target-unknown",
        when: "nobody said what score is enough",
        verdict: KeepPrompting,
        because: "Nobody said what score is enough, so nothing shows that prompting falls short.",
        holds: |f| f.reach().is_none(),
    },
    Rule {
        name: "met-but-long",
        when: "the target is met; the deployment is edge or strict about latency; 500 labelled rows or more, a way to train, rare changes",
        verdict: FineTune,
        because: "The prompt does the task, but where it is to run it is too long; there are the rows to put it into the weights.",
        holds: |f| {
            f.is(Reach::Met)
                && f.short_prompt_needed()
                && f.labelled_from(MANY)
                && f.trainable()
                && !f.changes_often()
        },
    },
    Rule {
        name: "met-but-dear",
        when: "the target is met; tuning pays for itself within a year of calls even at the upper end; 500 labelled rows or more, a way to train, rare changes",
        verdict: FineTune,
        because: "The prompt does the task; a tuned model would do it for less, and soon pays for itself.",
        holds: |f| {
            f.is(Reach::Met)
                && f.pays()
                && f.labelled_from(MANY)
                && f.trainable()
                && !f.changes_often()
        },
    },
    Rule {
        name: "met",
        when: "the target is met",
        verdict: KeepPrompting,
        because: "The best wording meets the target on rows that it was not chosen on.",
        holds: |f| f.is(Reach::Met),
    },
    Rule {
        name: "near",
        when: "the target lies within the interval of the score",
        verdict: KeepPrompting,
        because: "Whether the target is met cannot be told from so few rows.",
        holds: |f| f.is(Reach::Near),
    },
    Rule {
        name: "tuned-undecided",
        when: "the target is missed; a tuned model was measured and cannot be told from the base",
        verdict: Collect,
        because: "The tuned model cannot be told from the best prompt yet: evaluate on more rows, and train on more.",
        holds: |f| f.tuned_undecided(),
    },
    Rule {
        name: "labelled-unknown",
        when: "the target is missed; nobody knows how many labelled rows there are",
        verdict: KeepPrompting,
        because: "The target is missed, but without labelled rows to train on the prompt is what can be worked on.",
        holds: |f| f.labelled_unknown(),
    },
    Rule {
        name: "changes-often",
        when: "the target is missed; the task changes often",
        verdict: KeepPrompting,
        because: "The task changes often: a prompt is changed in a minute, a tuned model would be trained for a task that is gone.",
        holds: |f| f.changes_often(),
    },
    Rule {
        name: "few-rows-room",
        when: "the target is missed; under 50 labelled rows; the prompt has room",
        verdict: KeepPrompting,
        because: "There are too few labelled rows to train on, and the prompt still has room.",
        holds: |f| f.labelled_below(FEW) && f.prompt_has_room(),
    },
    Rule {
        name: "few-rows",
        when: "the target is missed; under 50 labelled rows; the prompt has no room",
        verdict: Collect,
        because: "Rewording is at its ceiling and there are too few labelled rows to train on.",
        holds: |f| f.labelled_below(FEW),
    },
    Rule {
        name: "no-means",
        when: "the target is missed; 50 labelled rows or more; nothing to train with",
        verdict: KeepPrompting,
        because: "There is nothing to train with, so the rows serve best as shots and as a larger evaluation.",
        holds: |f| f.no_means(),
    },
    Rule {
        name: "must-be-short",
        when: "the target is missed; 50 labelled rows or more, a way to train; the deployment is edge or strict about latency",
        verdict: FineTune,
        because: "Where it is to run there is no room for a longer prompt, and the short one falls short.",
        holds: |f| f.short_prompt_needed() && f.trainable(),
    },
    Rule {
        name: "many-rows",
        when: "the target is missed; 500 labelled rows or more, a way to train",
        verdict: FineTune,
        because: "There are enough labelled rows for fine-tuning to win usually, and the best prompt falls short.",
        holds: |f| f.labelled_from(MANY) && f.trainable(),
    },
    Rule {
        name: "some-rows-room",
        when: "the target is missed; 50 labelled rows or more; the prompt has room",
        verdict: KeepPrompting,
        because: "The prompt still has room, and trying that costs less than training.",
        holds: |f| f.prompt_has_room(),
    },
    Rule {
        name: "means-unknown",
        when: "the target is missed; 50 labelled rows or more; nobody said what there is to train with",
        verdict: Collect,
        because: "Rewording is at its ceiling, and nobody said what there is to train with.",
        holds: |f| !f.trainable(),
    },
    Rule {
        name: "some-rows-complex",
        when: "the target is missed; 50 to 200 labelled rows; the task is complex",
        verdict: Collect,
        because: "Rewording is at its ceiling; for a task this complex there should be more rows before training.",
        holds: |f| f.complex() && f.labelled_below(200),
    },
    Rule {
        name: "some-rows",
        when: "the target is missed; 50 labelled rows or more, a way to train; the prompt has no room",
        verdict: FineTune,
        because: "Rewording is at its ceiling, and there are rows enough to train on.",
        holds: |_| true,
    },
];

/// The first rule that holds.
pub(super) fn decide(facts: &AdviceFacts<'_>) -> &'static Rule {
    RULES
        .iter()
        .find(|rule| (rule.holds)(facts))
        .unwrap_or(&RULES[RULES.len() - 1])
}
