//! What speaks for prompting and what for tuning, in sentences.

use super::{
    AdviceQuestion, AnswerSource, Evidence, QuestionLean,
    facts::{AdviceFacts, Reach},
    words::{gain, number, percent, percent_interval, rows, some},
};

/// What the measured evidence and the answers speak for: `(prompting, tuning)`.
pub(super) fn reasons(
    facts: &AdviceFacts<'_>,
    asked: &[AdviceQuestion],
) -> (Vec<String>, Vec<String>) {
    let e = facts.0;
    let (mut prompt, mut tune) = (Vec::new(), Vec::new());
    if let Some(score) = &e.score {
        let of = format!(
            "expect {} on new rows of the best of {} wording{} ({}, {})",
            percent_interval(&score.held_out),
            score.wordings,
            if score.wordings == 1 { "" } else { "s" },
            score.variant,
            score.model
        );
        match (e.said.target, facts.reach()) {
            (Some(t), Some(Reach::Met)) => {
                prompt.push(format!("{of}: above the target of {}", percent(t)));
            }
            (Some(t), Some(Reach::Near)) => prompt.push(format!(
                "{of}: the target of {} lies within the interval",
                percent(t)
            )),
            (Some(t), Some(Reach::Short)) => {
                tune.push(format!("{of}: short of the target of {}", percent(t)));
            }
            _ => prompt.push(of),
        }
        if score.unreadable >= 0.02 {
            prompt.push(format!(
                "{} of its answers cannot be read: asking for the form of the answer comes first",
                percent(score.unreadable)
            ));
        }
        if facts.few_wordings() {
            prompt.push(format!(
                "only {} wording{} tried so far",
                score.wordings,
                if score.wordings == 1 {
                    " was"
                } else {
                    "s were"
                }
            ));
        }
    }
    if let Some((answer, share)) = &e.majority
        && facts.guesses()
    {
        tune.push(format!(
            "always answering {answer:?} would be right on {}: that the prompt does better is not shown",
            percent(*share)
        ));
    }
    if let Some(h) = &e.headroom {
        let text = format!(
            "some wording gets {} of the rows right, none {}",
            percent(h.reachable),
            percent(h.hopeless)
        );
        match e.said.target {
            Some(_) if facts.at_ceiling() => tune.push(format!(
                "{text}: no choice among these wordings reaches the target"
            )),
            _ => prompt.push(text),
        }
    }
    if let Some((value, null, p)) = e.spread {
        let text = format!(
            "best to worst wording {:.1} points, chance alone makes up to {:.1}",
            value * 100.0,
            null * 100.0
        );
        if p < 0.05 {
            prompt.push(format!("{text}: wording matters, so choosing it pays"));
            tune.push(
                "small changes of wording move the answers; a tuned model depends less on them"
                    .into(),
            );
        } else {
            tune.push(format!(
                "{text}: on {} these wordings cannot be told apart, so another one is unlikely to do much",
                rows(e.score.as_ref().map_or(0, |s| s.rows))
            ));
        }
    }
    if let Some(curve) = &e.curve {
        match curve.doubling {
            Some(d) if facts.shots_help() => prompt.push(format!(
                "more shots still help: twice as many would add about {}",
                gain(&d)
            )),
            Some(d) => tune.push(format!(
                "more shots have stopped helping, as far as can be seen: twice as many would add {}",
                gain(&d)
            )),
            None => {}
        }
    }
    if facts.full() {
        tune.push("the prompt fills half of the context window or more".into());
    }
    if let Some(b) = &e.break_even {
        let partial = if b.partial {
            ", counting only the costs that were named"
        } else {
            ""
        };
        match b.calls {
            None => prompt.push(format!("a tuned call is not cheaper ({:.6} USD against {:.6}): tuning never pays for itself", b.tuned_usd, b.prompted_usd)),
            Some(n) => {
                let to = b.high.map_or("never".to_owned(), number);
                let text = format!("tuning pays for itself after {} calls ({} to {to}{partial})", number(n), number(b.low.unwrap_or(n)));
                if facts.pays() { tune.push(text) } else { prompt.push(text) }
            }
        }
    }
    if let Some(tuned) = &e.tuned {
        for sentence in tuned.sentences() {
            if facts.tuned_better() {
                tune.push(sentence);
            } else {
                prompt.push(sentence);
            }
        }
    }
    if let Some(errors) = e.errors
        && !facts.fail_alike()
    {
        prompt.push(format!(
            "{} models share {} of each other's errors (chance: {}): another model may know what this one does not",
            errors.models,
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

pub(super) fn label_reasons(e: &Evidence) -> Vec<String> {
    let mut all = Vec::new();
    if e.said.conflicting > 0.0 {
        all.push(format!(
            "{} of the labelled rows bear two labels for one text: {}",
            percent(e.said.conflicting),
            some(&e.said.conflicts, 8)
        ));
    }
    if let Some(errors) = e.errors {
        all.push(format!(
            "of the rows that one model gets wrong, {} are wrong with another too (chance: {})",
            percent(errors.shared),
            percent(errors.by_chance)
        ));
        all.push(format!(
            "{} of the rows are right with no wording of any model",
            percent(errors.hopeless)
        ));
    }
    if let Some(h) = &e.headroom
        && !h.hopeless_rows.is_empty()
    {
        all.push(format!(
            "rows that every wording fails: {}",
            some(&h.hopeless_rows, 12)
        ));
    }
    all
}

pub(super) fn trust_reasons(e: &Evidence) -> Vec<String> {
    e.score
        .as_ref()
        .map(|s| {
            format!(
                "the best wording is right on {} all the same",
                percent(s.held_out.value)
            )
        })
        .into_iter()
        .collect()
}
