//! The verdict with its reasons: what speaks for it, what against, what would change it, what to measure, what to do next.

use super::{
    Evidence, Lean, Question, Source, VerdictKind,
    facts::{FEW, Facts, MANY, Reach},
    questions::questions,
    rules::decide,
    words::{gain, number, percent, percent_interval, rows, some},
};
use crate::project::Resources;
use serde::Serialize;

/// Something to measure or to say, and the command for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Measure {
    /// What.
    pub what: String,
    /// The command.
    pub command: String,
}

/// How to tune, where that is the verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TunePlan {
    /// The method.
    pub method: String,
    /// The rows.
    pub data: String,
    /// What to expect, or that it is unknown.
    pub gain: String,
}

/// The verdict with its reasons.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Advice {
    /// Always 1.
    pub schema_version: u32,
    /// Experiment.
    pub experiment: String,
    /// The run that was read.
    pub run: Option<String>,
    /// The verdict.
    pub verdict: VerdictKind,
    /// Name of the rule that decided.
    pub rule: &'static str,
    /// Why, in a sentence.
    pub because: &'static str,
    /// Whether nothing is missing that could change it.
    pub firm: bool,
    /// The five questions.
    pub questions: Vec<Question>,
    /// What speaks for the verdict.
    pub reasons_for: Vec<String>,
    /// What speaks against it.
    pub reasons_against: Vec<String>,
    /// What would change it.
    pub would_change: Vec<String>,
    /// What is not known, and how to know it.
    pub measure: Vec<Measure>,
    /// What to do next.
    pub next: Vec<String>,
    /// How to tune, where that is the verdict.
    pub tune: Option<TunePlan>,
    /// What it was drawn from.
    pub evidence: Evidence,
}

/// Draw the verdict.
pub fn advise(experiment: &str, run: Option<String>, evidence: Evidence) -> Advice {
    let facts = Facts(&evidence);
    let rule = decide(&facts);
    let asked = questions(&evidence, experiment);
    let measure = measures(&facts, &asked, experiment);
    let (toward_prompt, toward_tuning) = reasons(&facts, &asked);
    let (reasons_for, reasons_against) = match rule.verdict {
        VerdictKind::FineTune => (toward_tuning, toward_prompt),
        VerdictKind::Labels => (label_reasons(&evidence), trust_reasons(&evidence)),
        // What prompting misses, and what tuning lacks.
        VerdictKind::Collect => {
            let (lacks, prompt): (Vec<_>, Vec<_>) = toward_prompt
                .into_iter()
                .partition(|reason| reason.starts_with("labelled data"));
            (toward_tuning.into_iter().chain(lacks).collect(), prompt)
        }
        VerdictKind::KeepPrompting => (toward_prompt, toward_tuning),
    };
    Advice {
        schema_version: 1,
        experiment: experiment.to_owned(),
        run,
        verdict: rule.verdict,
        rule: rule.name,
        because: rule.because,
        firm: measure.is_empty(),
        would_change: would_change(&facts, rule.verdict),
        next: next(&facts, rule.verdict, experiment),
        tune: (rule.verdict == VerdictKind::FineTune).then(|| tune_plan(&evidence)),
        questions: asked,
        reasons_for,
        reasons_against,
        measure,
        evidence,
    }
}

/// What the measured evidence and the answers speak for: `(prompting, tuning)`.
fn reasons(facts: &Facts<'_>, asked: &[Question]) -> (Vec<String>, Vec<String>) {
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
            "best to worst wording {:.1} points, chance alone makes {:.1}",
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
                "{text}: these wordings are worth the same, another one is unlikely to do much"
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
    for q in asked.iter().filter(|q| q.source != Source::Unknown) {
        let text = format!("{}: {}", q.name, q.answer);
        match q.leans {
            Lean::Prompt => prompt.push(text),
            Lean::FineTune => tune.push(text),
            Lean::Neither => {}
        }
    }
    (prompt, tune)
}

fn label_reasons(e: &Evidence) -> Vec<String> {
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

fn trust_reasons(e: &Evidence) -> Vec<String> {
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

fn would_change(facts: &Facts<'_>, verdict: VerdictKind) -> Vec<String> {
    let e = facts.0;
    let mut all = Vec::new();
    let labelled = e.said.labelled.unwrap_or(0);
    match verdict {
        VerdictKind::KeepPrompting | VerdictKind::Collect => {
            if facts.reach().is_none() {
                all.push("a target that the best wording misses".to_owned());
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

fn measures(facts: &Facts<'_>, asked: &[Question], experiment: &str) -> Vec<Measure> {
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

fn next(facts: &Facts<'_>, verdict: VerdictKind, experiment: &str) -> Vec<String> {
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
                all.push(format!("take {} for now", score.variant));
            }
            if facts.is(Reach::Near) {
                all.push("score more rows, until the target lies outside of the interval".into());
            }
            if !facts.is(Reach::Met) {
                if facts.few_wordings() {
                    all.push("try more wordings: wording reword TEMPLATE --axis NAME".into());
                }
                if facts.shots_help() {
                    all.push("show more shots, chosen for the row (select = \"bm25\")".into());
                }
                if e.others.is_empty() {
                    all.push("try a stronger model with the same wordings: --models".into());
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
                "keep the wrong answers of the prompt in use, with the right ones: wording badcases add {experiment} --from FILE"
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

fn tune_plan(e: &Evidence) -> TunePlan {
    let n = e.said.labelled.unwrap_or(0);
    let method = match (e.said.resources, e.memory, e.said.gpu_memory_gb) {
        (Some(Resources::Hosted), ..) => "a supervised fine-tuning job at the endpoint".to_owned(),
        (Some(Resources::ConsumerGpu), Some(m), gpu) => {
            let has = gpu.unwrap_or(24.0);
            if m.qlora_gb <= has {
                format!("QLoRA: about {:.0} GB of {has:.0}", m.qlora_gb)
            } else {
                format!(
                    "QLoRA takes about {:.0} GB and there are {has:.0}: a smaller model, shorter sequences or a smaller batch",
                    m.qlora_gb
                )
            }
        }
        (Some(Resources::Gpus), Some(m), Some(has)) => {
            let fits = [
                ("full tuning", m.full_gb),
                ("LoRA", m.lora_gb),
                ("QLoRA", m.qlora_gb),
            ];
            match fits.iter().find(|(_, gb)| *gb <= has) {
                // With few rows all parameters would learn them by heart.
                Some(("full tuning", _)) if n < 5_000 => {
                    format!(
                        "LoRA: about {:.0} GB of {has:.0}; full tuning would fit, but not with so few rows",
                        m.lora_gb
                    )
                }
                Some((name, gb)) => format!("{name}: about {gb:.0} GB of {has:.0}"),
                None => format!(
                    "nothing fits {has:.0} GB: QLoRA takes about {:.0}",
                    m.qlora_gb
                ),
            }
        }
        (Some(Resources::Gpus), ..) => {
            "LoRA; say --gpu-memory-gb and --parameters-b for what fits".to_owned()
        }
        _ => "QLoRA; say --parameters-b for what it takes".to_owned(),
    };
    let bad = match e.said.bad_cases {
        0 => String::new(),
        n => format!(", {n} corrected bad cases among them"),
    };
    TunePlan {
        method,
        data: format!("{} apart from the evaluation{bad}", rows(n)),
        gain: match e.tuned.as_ref().and_then(super::Tuned::best_difference) {
            Some(d) => format!("measured: {}", gain(&d)),
            None => "unknown until a tuned model is measured on the same rows".to_owned(),
        },
    }
}
