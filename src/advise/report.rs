//! The verdict with its reasons: what speaks for it, what against, what would change it, what to measure, what to do next.

use super::{
    AdviceQuestion, Evidence, TunePlan, VerdictKind,
    facts::AdviceFacts,
    next::{measures, next, would_change},
    plan::tune_plan,
    questions::questions,
    reasons::{label_reasons, reasons, trust_reasons},
    rules::decide,
};
use serde::Serialize;

/// Something to measure or to say, and the command for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Measure {
    pub what: String,
    pub command: String,
}

/// The verdict with its reasons.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Advice {
    /// Always 1.
    pub schema_version: u32,
    pub experiment: String,
    /// The run that was read.
    pub run: Option<String>,
    pub verdict: VerdictKind,
    /// Name of the rule that decided.
    pub rule: &'static str,
    /// Why, in a sentence.
    pub because: &'static str,
    /// Whether nothing is missing that could change it.
    pub firm: bool,
    pub questions: Vec<AdviceQuestion>,
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

pub fn advise(experiment: &str, run: Option<String>, evidence: Evidence) -> Advice {
    let facts = AdviceFacts(&evidence);
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
