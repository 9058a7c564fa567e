//! What to do next, what would change the verdict, and what to measure.

use super::{AdviceQuestion, Measure};
use crate::{
    advise::{AdviceFacts, DataBand, Reach, VerdictKind},
    narrate::labels::{count, first_of},
    project::Resources,
};

pub(super) fn would_change(facts: &AdviceFacts<'_>, verdict: VerdictKind) -> Vec<String> {
    let given = &facts.0.given;
    let labelled = given.labelled.unwrap_or(0);
    let mut all: Vec<String> = Vec::new();
    match verdict {
        VerdictKind::KeepPrompting | VerdictKind::Collect => {
            match facts.reach() {
                None if facts.0.score.is_none() && facts.0.unscored.is_some() => {
                    return vec!["labelled rows: then the scores decide".to_owned()];
                }
                // Without a target nothing can miss it.
                None => return vec!["a target that the best wording misses".to_owned()],
                Some(Reach::Met) => all.push(
                    "a higher target, an edge deployment, or enough calls for tuning to pay off"
                        .into(),
                ),
                Some(Reach::Near) => {
                    all.push("more rows that put the score below the target".into())
                }
                Some(Reach::Short) => {}
            }
            let band = DataBand::of(labelled);
            if let Some(next) = band.next_from() {
                let more = next - labelled;
                all.push(match band {
                    DataBand::Few => format!("{more} more labelled rows make tuning possible"),
                    _ => format!("{more} more labelled rows make tuning likely to win"),
                });
            }
            if facts.size_decides() {
                all.push(
                    "the size of the model: [endpoint.NAME.model.MODEL] parameters_b = …".into(),
                );
            } else if !facts.trainable() {
                all.push("a way to train".into());
            }
            if facts.answers_are_cut() {
                all.push("answers that are not cut".into());
            }
            if facts.too_small_for_task() || facts.is_not_above_constant() {
                all.push("a larger model".into());
            }
            if facts.changes_often() {
                all.push("a task that stays the same".into());
            }
            if facts.prompt_has_room() && !facts.reach_is(Reach::Met) {
                all.push("evidence that new wordings and shots no longer help".into());
            }
        }
        VerdictKind::FineTune => {
            if !facts.reach_is(Reach::Met) {
                all.push("a wording, or a stronger model, that meets the target".into());
            }
            all.push("a tuned model that is no better than the best prompt on unseen rows".into());
            all.push("a task that changes often".into());
        }
        VerdictKind::Labels => {
            all.push("the same evidence after these rows were checked and fixed".into());
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
    let mut add = |missing: bool, what: &str, command: String| {
        if missing {
            all.push(Measure {
                what: what.to_owned(),
                command,
            });
        }
    };
    let scored = e.score.is_some();
    add(
        !scored && e.unscored.is_none(),
        "how well a prompt scores",
        format!("wording run {experiment}"),
    );
    let best = e.score.as_ref().map_or("", |s| s.variant.as_str());
    add(
        facts.partly_tried(),
        "how well the best wording scores on all rows",
        format!("wording run {experiment} --variants {}", one_word(best)),
    );
    add(
        e.given.target.is_none(),
        "the target score",
        format!("wording advise {experiment} --target 0.9"),
    );
    add(
        scored && e.curve.as_ref().is_none_or(|c| c.doubling.is_none()),
        "whether more shots help: add shots = { count = [0, 2, 4, 8] } to the experiment's axes, then",
        format!("wording run {experiment}"),
    );
    add(
        scored && e.errors.is_none(),
        "whether another model fails on the same rows",
        format!("wording run {experiment} --models A,B"),
    );
    all.extend(asked.iter().filter_map(|q| q.measure.clone()));
    if scored && e.break_even.is_none() {
        all.push(Measure {
            what: "when tuning pays off: the cost of training, labelling and hosting in USD".into(),
            command: format!(
                "wording advise {experiment} --training-cost N --labelling-cost N --calls-per-month N"
            ),
        });
    }
    all
}

pub(super) fn next(facts: &AdviceFacts<'_>, verdict: VerdictKind, experiment: &str) -> Vec<String> {
    let e = facts.0;
    let (fragile, hopeless) = e.headroom.as_ref().map_or((&[][..], &[][..]), |h| {
        (&h.fragile_rows[..], &h.hopeless_rows[..])
    });
    let mut all = Vec::new();
    match (verdict, &e.score) {
        (VerdictKind::KeepPrompting, None) => {
            all.push(format!("run the experiment: wording run {experiment}"));
        }
        (VerdictKind::KeepPrompting, Some(score)) => {
            let others = match (facts.variants_alike(), score.wordings, score.left_out) {
                (false, ..) | (_, 0 | 1, _) => String::new(),
                (true, _, 0) => " (the others do not differ significantly)".to_owned(),
                (true, _, cut) => format!(
                    " (the others that can be compared do not differ significantly; {cut} cannot be compared)"
                ),
            };
            if facts.answers_are_cut() && !facts.reach_is(Reach::Met) {
                all.push(format!(
                    "raise max_tokens and request only the cut answers again: wording run {experiment} --raise-max-tokens N"
                ));
            }
            all.push(format!("use {} for now{others}", score.variant));
            if e.given.target.is_none() {
                all.push(format!(
                    "set a target score: wording advise {experiment} --target 0.9"
                ));
            }
            if facts.reach_is(Reach::Near) {
                all.push(format!(
                    "score more rows until the target is outside the interval: wording run {experiment} --rows N, or a larger dataset"
                ));
            }
            if !facts.reach_is(Reach::Met) {
                if facts.few_wordings() {
                    all.push("try more wordings: wording reword TEMPLATE --axis NAME".into());
                }
                if facts.shots_help() {
                    all.push("show more shots, selected per row (select = \"bm25\")".into());
                }
                if facts.format_fails() {
                    all.push(
                        "ask for the answer format, with an example, or use response_format".into(),
                    );
                }
                all.extend(balance(facts));
                if facts.wordings_help() {
                    all.push(
                        "try more wordings like the best: wording reword TEMPLATE --axis NAME"
                            .into(),
                    );
                }
                all.extend(larger_model(facts, experiment));
                if !fragile.is_empty() {
                    all.push(format!(
                        "read the rows that depend on the wording: {}",
                        first_of(fragile, 6)
                    ));
                }
            }
        }
        (VerdictKind::Collect, None) if e.unscored.is_some() => {
            if facts.format_fails() {
                all.push(
                    "ask for the answer format, with an example, or use response_format".into(),
                );
            }
            all.push(format!("label rows: wording label {experiment}"));
            all.push(format!(
                "or name the column that has the expected answers: `answer` of [experiment.{experiment}]"
            ));
            all.push(format!(
                "then score the stored answers: wording run {experiment}"
            ));
        }
        (VerdictKind::Collect, _) => {
            all.extend(
                larger_model(facts, experiment).map(|next| format!("before labelling, {next}")),
            );
            let n = e.given.labelled.unwrap_or(0);
            if let Some(goal) = DataBand::of(n).next_from() {
                all.push(format!(
                    "label {} that are not in the evaluation, to reach {goal}",
                    count(goal - n, "more row")
                ));
            }
            let like: Vec<&String> = hopeless.iter().chain(fragile).collect();
            if !like.is_empty() {
                all.push(format!(
                    "start with rows similar to those that fail or depend on the wording: {}",
                    first_of(&like, 8)
                ));
            }
            all.push(format!(
                "collect wrong answers of the prompt in use, with corrections: wording badcases add {experiment} --from FILE (or b in the session)"
            ));
        }
        (VerdictKind::FineTune, _) => {
            if !facts.reach_is(Reach::Met) && !facts.tuned_better() {
                let larger = larger_model(facts, experiment);
                all.extend(larger.map(|next| format!("if the deployment allows it, first {next}")));
            }
            all.push(format!("wording tune export {experiment} -o tuning"));
            all.push(
                match e.given.resources {
                    Some(Resources::Cpu) => "wording tune config tuning --for trl --base NAME",
                    Some(Resources::ConsumerGpu | Resources::Gpus) => {
                        "wording tune config tuning --for llama-factory|axolotl|trl --base NAME"
                    }
                    _ => "wording tune submit tuning",
                }
                .into(),
            );
            all.push("measure the tuned model on the same rows, then run advise again".into());
            all.push(format!(
                "collect its wrong answers for the next round: wording badcases add {experiment} --failing"
            ));
        }
        (VerdictKind::Labels, _) => {
            let ids: Vec<&String> = e.given.conflicts.iter().chain(hopeless).collect();
            all.push(format!(
                "check these rows and their labels: {}",
                first_of(&ids, 12)
            ));
            all.push(
                "say in the instruction which label applies where two people might disagree".into(),
            );
            all.push(format!("then run again: wording run {experiment}"));
        }
    }
    all
}

/// One word for a shell, whatever it holds.
fn one_word(text: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    match !text.is_empty() && text.chars().all(is_bare) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

/// To run a larger model, where none was.
fn larger_model(facts: &AdviceFacts<'_>, experiment: &str) -> Option<String> {
    let place = match facts.must_stay_private() {
        true => " that you can host",
        false => "",
    };
    facts.0.others.is_empty().then(|| {
        format!(
            "try a larger model{place} with the same wordings: wording run {experiment} --models ENDPOINT/MODEL"
        )
    })
}

/// What to do about a lean to one answer.
fn balance(facts: &AdviceFacts<'_>) -> Option<String> {
    let bias = facts.0.bias.as_ref().filter(|_| facts.leans())?;
    Some(format!(
        "balance the answers: give as many shots of each label, vary their order, and say when {:?} does not apply",
        bias.answer
    ))
}
