//! The evidence for prompting and for tuning, in sentences.

use super::{AdviceQuestion, AnswerSource, QuestionLean};
use crate::{
    advise::{AdviceFacts, Evidence, ModelScore, Reach, Tuned, UnscoredRun, labels_for_score},
    narrate::{
        cut_answers,
        labels::{count, first_of, percent, percent_interval, points_sentence, rounded},
    },
};

/// The wordings that the best was chosen from: `8 wordings`.
fn compared(score: &ModelScore) -> String {
    match score.wordings {
        0 => format!(
            "{}, none of which can be compared",
            count(score.left_out, "wording")
        ),
        n => count(n, "wording"),
    }
}

/// What the evidence and the answers favor: `(prompting, tuning)`.
pub(super) fn reasons(
    facts: &AdviceFacts<'_>,
    asked: &[AdviceQuestion],
) -> (Vec<String>, Vec<String>) {
    let e = facts.0;
    let (mut prompt, mut tune) = (Vec::new(), Vec::new());
    if let Some(score) = &e.score {
        let h = score.held_out;
        let expected = format!(
            "expect {} on new rows from the best of {} ({}, {})",
            percent_interval(h.value, h.low, h.high),
            compared(score),
            score.variant,
            score.model
        );
        match (e.given.target, facts.reach()) {
            (Some(t), Some(Reach::Met)) => {
                prompt.push(format!("{expected}: above the target of {}", percent(t)));
            }
            (Some(t), Some(Reach::Near)) => prompt.push(format!(
                "{expected}: the target of {} is within the interval",
                percent(t)
            )),
            (Some(t), Some(Reach::Short)) => {
                tune.push(format!("{expected}: below the target of {}", percent(t)));
            }
            _ => prompt.push(expected),
        }
        if score.cut > 0.0 {
            prompt.push(format!(
                "{} of its answers were cut at max_tokens: raise it first",
                percent(score.cut)
            ));
        }
        if score.wordings > 0 && score.left_out > 0 {
            let (verb, whose) = match score.left_out {
                1 => ("was", "its"),
                _ => ("were", "their"),
            };
            prompt.push(format!(
                "{} {verb} not compared: more than {} of {whose} answers were cut at max_tokens",
                count(score.left_out, "more wording"),
                percent(score.max_cut)
            ));
        }
        if facts.partly_tried() {
            prompt.push(format!(
                "{} of the grid was not sent, so what rewording could reach is known only roughly",
                percent(score.not_tried)
            ));
        }
        if score.unreadable >= 0.02 {
            prompt.push(format!(
                "{} of its answers are unreadable: ask for the answer format first",
                percent(score.unreadable)
            ));
        }
        if facts.few_wordings() {
            let verb = match (score.left_out, score.wordings) {
                (0, 1) => "was tried",
                (0, _) => "were tried",
                _ => "can be compared",
            };
            prompt.push(format!(
                "only {} {verb} so far",
                count(score.wordings, "wording")
            ));
        }
    }
    if let (Some(run), None) = (&e.unscored, &e.score) {
        tune.extend(unscored_reasons(run));
    }
    if let Some(constant) = &e.majority {
        let (score, gain) = (constant.score, points_sentence(&constant.gain));
        let always = format!(
            "always answering {:?} scores {}",
            constant.answer,
            percent_interval(score.value, score.low, score.high)
        );
        if facts.is_not_above_constant() {
            tune.push(format!(
                "{always}, and the best wording is not clearly better ({gain})"
            ));
        } else {
            prompt.push(format!("{always}; the best wording is better by {gain}"));
        }
    }
    if let Some(lean) = lean(facts) {
        if facts.is_not_above_constant() {
            tune.push(lean);
        } else {
            prompt.push(format!("{lean}: the prompt can correct that"));
        }
    }
    if let Some(h) = &e.headroom {
        let text = format!(
            "{} of the rows are correct under at least one wording",
            percent(h.reachable)
        );
        if facts.at_ceiling() && h.best_of_each_row > h.reachable {
            tune.push(format!(
                "the best wording of each row would score {}: no choice among these wordings reaches the target",
                percent(h.best_of_each_row)
            ));
        } else if facts.at_ceiling() {
            tune.push(format!(
                "{text}: no choice among these wordings reaches the target"
            ));
        } else if facts.union_is_chance() {
            tune.push(format!(
                "{text}, which shows nothing: as many independent wordings this good are correct on {} by chance",
                percent(h.reachable_by_chance)
            ));
        } else {
            prompt.push(format!(
                "{text}, {} by chance",
                percent(h.reachable_by_chance)
            ));
        }
        if let (Some(vote), Some(score)) = (h.vote, &e.score) {
            let text = format!(
                "the answer that most wordings give is correct on {}, the best wording alone on {}",
                percent_interval(vote.value, vote.low, vote.high),
                percent(score.held_out.value)
            );
            if vote.low > score.held_out.value {
                prompt.push(format!("{text}: together they know more"));
            } else {
                tune.push(text);
            }
        }
        if let Some(more) = h.more_wordings {
            let text = format!(
                "twice as many wordings like these would add about {:.1} points",
                more * 100.0
            );
            if facts.wordings_help() {
                prompt.push(text);
            } else {
                tune.push(text);
            }
        }
    }
    if let Some((value, null, p)) = e.spread {
        let text = format!(
            "the best and the worst wording differ by {:.1} points, chance alone explains up to {:.1}",
            value * 100.0,
            null * 100.0
        );
        if p < 0.05 {
            prompt.push(format!("{text}: the wording matters"));
            tune.push(
                "small changes in wording change the answers; a tuned model depends less on them"
                    .into(),
            );
        } else {
            let rows = e.score.as_ref().map_or(0, |s| s.rows);
            tune.push(format!(
                "{text}: no significant difference on {}, so another wording is unlikely to help much",
                count(rows, "row")
            ));
        }
    }
    if let Some(d) = e.curve.as_ref().and_then(|c| c.doubling) {
        let gain = points_sentence(&d);
        if facts.shots_help() {
            prompt.push(format!(
                "more shots still help: twice as many would add about {gain}"
            ));
        } else {
            tune.push(format!(
                "more shots no longer clearly help: twice as many would add {gain}"
            ));
        }
    }
    if facts.prompt_fills_context() {
        tune.push("the prompt fills half of the context window or more".into());
    }
    if let Some(b) = &e.break_even {
        match b.calls {
            None => prompt.push(format!(
                "a call of the tuned model is not cheaper ({:.6} USD, prompted {:.6}): tuning never pays off",
                b.tuned_usd, b.prompted_usd
            )),
            Some(n) => {
                let text = format!(
                    "tuning pays off after {} calls [{} to {}]{}",
                    rounded(n),
                    rounded(b.low.unwrap_or(n)),
                    b.high.map_or("never".to_owned(), rounded),
                    if b.partial {
                        ", counting only the costs that are given"
                    } else {
                        ""
                    }
                );
                if facts.tuning_pays_off() {
                    tune.push(text);
                } else {
                    prompt.push(text);
                }
            }
        }
    }
    if let Some(tuned) = &e.tuned {
        let measured = if facts.tuned_better() {
            &mut tune
        } else {
            &mut prompt
        };
        measured.extend(tuned_scores(tuned));
    }
    if let Some(errors) = e.errors
        && !facts.models_fail_alike()
    {
        prompt.push(format!(
            "{} share {} of their errors (chance: {}): another model may succeed where this one fails",
            count(errors.models, "model"),
            percent(errors.shared),
            percent(errors.by_chance)
        ));
    }
    for q in asked.iter().filter(|q| q.source != AnswerSource::Unknown) {
        let text = format!("{}: {}", q.name, q.answer);
        match q.leans {
            QuestionLean::Prompt => prompt.push(text),
            QuestionLean::FineTune => tune.push(text),
            QuestionLean::Neither => {}
        }
    }
    (prompt, tune)
}

/// That the best wording leans to an answer, and how far the wordings differ in it.
fn lean(facts: &AdviceFacts<'_>) -> Option<String> {
    let bias = facts.0.bias.as_ref().filter(|_| facts.leans())?;
    let share = bias.shares.iter().find(|s| s.answer == bias.answer)?;
    let (low, high) = bias.over_wordings;
    Some(format!(
        "the best wording answers {:?} on {} of the rows, where {} are; the wordings range from {} to {}",
        bias.answer,
        percent(share.given),
        percent(share.expected),
        percent(low),
        percent(high)
    ))
}

fn tuned_scores(tuned: &Tuned) -> impl Iterator<Item = String> + '_ {
    tuned.rows.iter().map(|r| {
        let score = r.score.map_or("no score".to_owned(), |s| {
            percent_interval(s.value, s.low, s.high)
        });
        let difference = r.difference.map_or(String::new(), |d| {
            format!(
                ", {}; {} fixed, {} broken",
                points_sentence(&d),
                r.flips.0,
                r.flips.1
            )
        });
        let cut = match r.truncation.truncated {
            0 => String::new(),
            _ => format!("; {}", cut_answers(&r.truncation)),
        };
        format!(
            "{} ({}, {}; {:.0} prompt tokens): {score}{difference}{cut}",
            r.what, r.model, r.variant, r.prompt_tokens
        )
    })
}

/// What answers without a score tell, and what labels would add.
fn unscored_reasons(run: &UnscoredRun) -> Vec<String> {
    let [rough, fine] = [0.10, 0.05].map(labels_for_score);
    let mut all = vec![format!(
        "{rough} labelled rows tell the score of a wording to ± 10 points, {fine} to ± 5"
    )];
    if run.unreadable >= 0.02 {
        all.push(format!(
            "{} of the answers are unreadable",
            percent(run.unreadable)
        ));
    }
    all.extend(run.agreement.map(|raw| {
        format!(
            "two of {} give the same answer in {} of cases",
            count(run.wordings, "wording"),
            percent(raw)
        )
    }));
    if let Some(apart) = &run.apart {
        let (a, b) = &apart.wordings;
        all.push(match apart.differ {
            0.0 => format!("{a} and {b} answer all rows alike, as do all others: no label tells them apart"),
            differ => {
                let (rows, labels) = apart.rows_and_labels(0.05);
                format!(
                    "{a} and {b} differ most, on {} of rows: to detect a difference of 5 points takes about {}, and labels for the {} on which they differ",
                    percent(differ),
                    count(rows, "row"),
                    count(labels, "row")
                )
            }
        });
    }
    all
}

pub(super) fn label_reasons(e: &Evidence) -> Vec<String> {
    let mut all = Vec::new();
    if e.given.conflicting > 0.0 {
        all.push(format!(
            "{} of the labelled rows have two labels for the same text: {}",
            percent(e.given.conflicting),
            first_of(&e.given.conflicts, 8)
        ));
    }
    if let Some(errors) = e.errors {
        all.push(format!(
            "of the rows that one model gets wrong, another model also gets {} wrong (chance: {})",
            percent(errors.shared),
            percent(errors.by_chance)
        ));
        all.push(format!(
            "{} of the rows are wrong with every wording of every model (chance: {})",
            percent(errors.hopeless),
            percent(errors.hopeless_by_chance)
        ));
    }
    if let Some(h) = &e.headroom
        && !h.hopeless_rows.is_empty()
    {
        all.push(format!(
            "rows that are wrong under every wording: {}",
            first_of(&h.hopeless_rows, 12)
        ));
    }
    all
}

pub(super) fn trust_reasons(e: &Evidence) -> Vec<String> {
    let score = e.score.iter();
    score
        .map(|s| {
            format!(
                "the best wording is still correct on {}",
                percent(s.held_out.value)
            )
        })
        .collect()
}
