//! What to do next, what would change the verdict, and what to measure.

use super::{
    AdviceQuestion, Measure, VerdictKind,
    facts::{AdviceFacts, FEW, MANY, Reach},
    words::{rows, some},
};
use crate::project::Resources;

pub(super) fn would_change(facts: &AdviceFacts<'_>, verdict: VerdictKind) -> Vec<String> {
    let e = facts.0;
    let mut all = Vec::new();
    let labelled = e.said.labelled.unwrap_or(0);
    match verdict {
        VerdictKind::KeepPrompting | VerdictKind::Collect => {
            if facts.reach().is_none() {
                // Whatever else there is: before a target nothing can fall short of it.
                return vec!["a target that the best wording misses".to_owned()];
            } else if facts.is(Reach::Met) {
                all.push("a higher target, an edge deployment, or so many calls that tuning pays for itself".into());
            } else if facts.is(Reach::Near) {
                all.push("more rows that put the score below the target".into());
            }
            if labelled < FEW {
                all.push(format!(
                    "{} more labelled rows make tuning possible, {} make it likely to win",
                    FEW - labelled,
                    MANY.saturating_sub(labelled)
                ));
            } else if labelled < MANY && e.said.labelled.is_some() {
                all.push(format!(
                    "{} more labelled rows, with which tuning is likely to win",
                    MANY - labelled
                ));
            }
            if !facts.trainable() {
                all.push("a way to train".into());
            }
            if facts.changes_often() {
                all.push("a task that stays as it is".into());
            }
            if facts.prompt_has_room() && !facts.is(Reach::Met) {
                all.push("wordings and shots that no longer add anything".into());
            }
        }
        VerdictKind::FineTune => {
            if !facts.is(Reach::Met) {
                all.push("a wording, or a stronger model, that meets the target".to_owned());
            }
            all.push(
                "a tuned model that is no better than the best prompt on rows that it has not seen"
                    .into(),
            );
            all.push("a task that changes often".into());
        }
        VerdictKind::Labels => {
            all.push(
                "the same evidence after the rows in question were looked at and mended".to_owned(),
            );
        }
    }
    all
}

pub(super) fn measures(
    facts: &AdviceFacts<'_>,
    asked: &[AdviceQuestion],
    experiment: &str,
) -> Vec<Measure> {
    let e = facts.0;
    let mut all = Vec::new();
    let mut add = |what: &str, command: String| {
        all.push(Measure {
            what: what.to_owned(),
            command,
        });
    };
    if !facts.has_score() {
        add("how far a prompt gets", format!("wording run {experiment}"));
    }
    if e.said.target.is_none() {
        add(
            "the score that is enough",
            format!("wording advise {experiment} --target 0.9"),
        );
    }
    if facts.has_score() && e.curve.as_ref().is_none_or(|c| c.doubling.is_none()) {
        add(
            "whether more shots help: shots = { count = [0, 2, 4, 8] } under the experiment's axes, then",
            format!("wording run {experiment}"),
        );
    }
    if facts.has_score() && e.errors.is_none() {
        add(
            "whether another model fails on the same rows",
            format!("wording run {experiment} --models A,B"),
        );
    }
    all.extend(asked.iter().filter_map(|q| q.measure.clone()));
    if facts.has_score() && e.break_even.is_none() {
        all.push(Measure {
            what: "when tuning pays for itself: what training, labelling and hosting cost, in USD".into(),
            command: format!(
                "wording advise {experiment} --training-cost N --labelling-cost N --calls-per-month N"
            ),
        });
    }
    all
}

pub(super) fn next(facts: &AdviceFacts<'_>, verdict: VerdictKind, experiment: &str) -> Vec<String> {
    let e = facts.0;
    let mut all = Vec::new();
    let fragile = e
        .headroom
        .as_ref()
        .map_or(&[][..], |h| h.fragile_rows.as_slice());
    let hopeless = e
        .headroom
        .as_ref()
        .map_or(&[][..], |h| h.hopeless_rows.as_slice());
    match verdict {
        VerdictKind::KeepPrompting if !facts.has_score() => {
            all.push(format!("run it: wording run {experiment}"));
        }
        VerdictKind::KeepPrompting => {
            if let Some(score) = &e.score {
                let others = match facts.alike() {
                    true if score.wordings > 1 => ": the others cannot be told from it",
                    _ => "",
                };
                all.push(format!("take {} for now{others}", score.variant));
            }
            if e.said.target.is_none() {
                all.push(format!(
                    "say what score is enough: wording advise {experiment} --target 0.9"
                ));
            }
            if facts.is(Reach::Near) {
                all.push(format!(
                    "score more rows, until the target lies outside of the interval: wording run {experiment} --rows N, or a larger dataset"
                ));
            }
            if !facts.is(Reach::Met) {
                if facts.few_wordings() {
                    all.push("try more wordings: wording reword TEMPLATE --axis NAME".into());
                }
                if facts.shots_help() {
                    all.push("show more shots, chosen for the row (select = \"bm25\")".into());
                }
                if e.others.is_empty() {
                    all.push(format!(
                        "try a stronger model with the same wordings: wording run {experiment} --models ENDPOINT/MODEL"
                    ));
                }
                if !fragile.is_empty() {
                    all.push(format!(
                        "read the rows that depend on the wording: {}",
                        some(fragile, 6)
                    ));
                }
            }
        }
        VerdictKind::Collect => {
            if e.others.is_empty() {
                all.push(format!(
                    "before anyone labels, one run of a stronger model with the same wordings: wording run {experiment} --models ENDPOINT/MODEL"
                ));
            }
            let n = e.said.labelled.unwrap_or(0);
            let to = if n < FEW { FEW } else { MANY };
            all.push(format!(
                "label {} more, apart from the evaluation, so that there are {to}",
                rows(to.saturating_sub(n))
            ));
            let like: Vec<String> = hopeless.iter().chain(fragile).cloned().collect();
            if !like.is_empty() {
                all.push(format!(
                    "first those that are like the rows that fail or depend on the wording: {}",
                    some(&like, 8)
                ));
            }
            all.push(format!(
                "keep the wrong answers of the prompt in use, with the right ones: wording badcases add {experiment} --from FILE (or b in the session)"
            ));
        }
        VerdictKind::FineTune => {
            all.push(format!("wording tune export {experiment} -o tuning"));
            all.push(match e.said.resources {
                Some(Resources::ConsumerGpu | Resources::Gpus) => {
                    "wording tune config tuning --for llama-factory|axolotl|trl --base NAME"
                        .to_owned()
                }
                _ => "wording tune submit tuning".to_owned(),
            });
            all.push("measure the tuned model on the same rows, then ask again".into());
        }
        VerdictKind::Labels => {
            let ids: Vec<String> = e.said.conflicts.iter().chain(hopeless).cloned().collect();
            all.push(format!(
                "look at these rows and their labels: {}",
                some(&ids, 12)
            ));
            all.push("say in the instruction what decides between the labels where two people would disagree".into());
            all.push(format!("then run again: wording run {experiment}"));
        }
    }
    all
}
