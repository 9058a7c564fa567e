//! The verdict with its reasons: evidence for and against it, what would change it, what to measure, what to do next.

use super::{
    AdviceQuestion, Measure, TunePlan,
    next::{measures, next, would_change},
    plan::tune_plan,
    questions::questions,
    reasons::{label_reasons, reasons, trust_reasons},
};
use crate::{
    advise::{AdviceFacts, Evidence, VerdictKind, decide},
    narrate::labels::percent_interval,
};
use serde::Serialize;

/// The ceiling of a curve is not named where its interval is wider.
const WIDE: f64 = 0.25;

/// The verdict with its reasons.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Advice {
    /// Always 1.
    pub schema_version: u32,
    pub experiment: String,
    /// The run that was read.
    pub run: Option<String>,
    pub verdict: VerdictKind,
    /// Name of the rule that decided.
    pub rule: &'static str,
    pub because: &'static str,
    /// Whether nothing is missing that could change it.
    pub firm: bool,
    pub questions: Vec<AdviceQuestion>,
    pub reasons_for: Vec<String>,
    pub reasons_against: Vec<String>,
    pub would_change: Vec<String>,
    /// What is unknown, and how to find out.
    pub measure: Vec<Measure>,
    pub next: Vec<String>,
    /// How to tune, where that is the verdict.
    pub tune: Option<TunePlan>,
    pub evidence: Evidence,
}

/// A titled part of the advice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdviceSection {
    pub title: &'static str,
    pub items: Vec<AdviceItem>,
}

/// A line of it, and the command that goes with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdviceItem {
    pub text: String,
    pub command: Option<String>,
}

impl Advice {
    pub fn new(experiment: &str, run: Option<String>, evidence: Evidence) -> Advice {
        let facts = AdviceFacts(&evidence);
        let rule = decide(&facts);
        let questions = questions(&evidence, experiment);
        let measure = measures(&facts, &questions, experiment);
        let (toward_prompt, toward_tuning) = reasons(&facts, &questions);
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
            questions,
            reasons_for,
            reasons_against,
            measure,
            evidence,
        }
    }

    /// Everything below the verdict, what to do first; sections with nothing to say are left out.
    pub fn sections(&self) -> Vec<AdviceSection> {
        let plan = self.tune.iter().flat_map(TunePlan::sentences).collect();
        let questions = self.questions.iter();
        let questions = questions.map(|q| format!("{}: {}", q.name, q.sentence()));
        let mut all: Vec<AdviceSection> = [
            ("Next", self.next.clone()),
            ("For", self.reasons_for.clone()),
            ("Against", self.reasons_against.clone()),
            ("What would change this", self.would_change.clone()),
            ("How to tune", plan),
            ("The five questions", questions.collect()),
            ("Score by number of shots", self.curve()),
        ]
        .into_iter()
        .map(|(title, texts)| AdviceSection {
            title,
            items: texts
                .into_iter()
                .map(|text| AdviceItem {
                    text,
                    command: None,
                })
                .collect(),
        })
        .collect();
        all.push(AdviceSection {
            title: "Unknown",
            items: (self.measure.iter())
                .map(|m| AdviceItem {
                    text: m.what.clone(),
                    command: Some(m.command.clone()),
                })
                .collect(),
        });
        all.retain(|section| !section.items.is_empty());
        all
    }

    fn curve(&self) -> Vec<String> {
        let Some(curve) = &self.evidence.curve else {
            return Vec::new();
        };
        let points = curve.points.iter().map(|p| {
            let s = p.score;
            format!(
                "{:>3}: {}",
                p.shots,
                percent_interval(s.value, s.low, s.high)
            )
        });
        let ceiling = curve.ceiling.map(|c| {
            if c.high - c.low > WIDE {
                format!(
                    "where it levels off is unknown: {:.1} to {:.1} %",
                    c.low * 100.0,
                    c.high * 100.0
                )
            } else {
                format!("levels off at {}", percent_interval(c.value, c.low, c.high))
            }
        });
        points.chain(ceiling).collect()
    }
}
