//! The five questions, each answered from evidence, by a person, or named as unknown.

use super::{
    Evidence, Measure,
    facts::{FEW, MANY},
    words::{number, percent},
};
use crate::project::{Changes, Deployment, Resources, Task};
use serde::Serialize;

/// Where an answer comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AnswerSource {
    /// Counted or measured here.
    Measured,
    /// Said in the project file or by a flag.
    Said,
    /// Read off the metrics.
    Guessed,
    Unknown,
}

impl AnswerSource {
    pub fn as_str(self) -> &'static str {
        match self {
            AnswerSource::Measured => "measured",
            AnswerSource::Said => "said",
            AnswerSource::Guessed => "guessed",
            AnswerSource::Unknown => "unknown",
        }
    }
}

/// What an answer speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum QuestionLean {
    Prompt,
    FineTune,
    Neither,
}

impl QuestionLean {
    pub fn as_str(self) -> &'static str {
        match self {
            QuestionLean::Prompt => "prompt",
            QuestionLean::FineTune => "fine-tune",
            QuestionLean::Neither => "either",
        }
    }
}

/// One of the five questions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AdviceQuestion {
    /// `labelled data`, `task`, `resources`, `deployment`, `changes`.
    pub name: &'static str,
    /// The answer in words.
    pub answer: String,
    /// Where it comes from.
    pub source: AnswerSource,
    /// What it speaks for.
    pub leans: QuestionLean,
    /// How to know, where nobody does.
    pub measure: Option<Measure>,
}

fn say(what: &str, experiment: &str, flag: &str) -> Option<Measure> {
    Some(Measure {
        what: what.to_owned(),
        command: format!("wording advise {experiment} {flag}"),
    })
}

/// The questions, in their order.
pub(super) fn questions(evidence: &Evidence, experiment: &str) -> Vec<AdviceQuestion> {
    vec![
        labelled(evidence, experiment),
        task(evidence, experiment),
        resources(evidence, experiment),
        deployment(evidence, experiment),
        changes(evidence, experiment),
    ]
}

fn labelled(e: &Evidence, experiment: &str) -> AdviceQuestion {
    let s = &e.said;
    let Some(n) = s.labelled else {
        return AdviceQuestion {
            name: "labelled data",
            answer: "no file of labelled rows apart from the evaluation is named".into(),
            source: AnswerSource::Unknown,
            leans: QuestionLean::Neither,
            measure: say(
                "labelled rows that are not evaluated",
                experiment,
                "--data FILE   (or --labelled N)",
            ),
        };
    };
    let (band, leans) = if n < FEW {
        ("under 50: prompt, few-shot first", QuestionLean::Prompt)
    } else if n <= MANY {
        (
            "50 to 500: prompt, fine-tune if the result falls short",
            QuestionLean::Neither,
        )
    } else {
        ("over 500: fine-tuning usually wins", QuestionLean::FineTune)
    };
    let mut answer = format!(
        "{} apart from the evaluation ({band})",
        super::words::rows(n)
    );
    if s.duplicates > 0 {
        answer += &format!("; {} duplicates left out", s.duplicates);
    }
    if s.bad_cases > 0 {
        answer += &format!("; {} corrected bad cases among them", s.bad_cases);
    }
    if s.conflicting > 0.0 {
        answer += &format!(
            "; {} of the labelled rows bear two labels for one text",
            percent(s.conflicting)
        );
    }
    AdviceQuestion {
        name: "labelled data",
        answer,
        source: if s.labelled_counted {
            AnswerSource::Measured
        } else {
            AnswerSource::Said
        },
        leans,
        measure: None,
    }
}

fn task(e: &Evidence, experiment: &str) -> AdviceQuestion {
    let Some(task) = e.said.task else {
        return AdviceQuestion {
            name: "task",
            answer: "how hard it is cannot be told from the metrics".into(),
            source: AnswerSource::Unknown,
            leans: QuestionLean::Neither,
            measure: say("the task", experiment, "--task simple|medium|complex"),
        };
    };
    let score = e.score.as_ref().map(|s| s.held_out.value);
    // A model that is strong at the task gains little by tuning; a weak one at a simple task gains most.
    let (strength, leans) = match (task, score) {
        (_, None) => ("", QuestionLean::Neither),
        (_, Some(x)) if x >= 0.9 => ("; the model is strong at it", QuestionLean::Prompt),
        (Task::Simple, Some(x)) if x < 0.7 => (
            "; the model is weak at it, and a simple task is learned from few rows",
            QuestionLean::FineTune,
        ),
        (Task::Complex, Some(x)) if x < 0.7 => (
            "; the model is weak at it, and a stronger model is likely to bring more than tuning this one",
            QuestionLean::Prompt,
        ),
        _ => ("; the model is fair at it", QuestionLean::Neither),
    };
    let kind = match task {
        Task::Simple => "simple (classification, extraction)",
        Task::Medium => "medium (questions, summaries)",
        Task::Complex => "complex (expert reasoning, a style to imitate)",
    };
    AdviceQuestion {
        name: "task",
        answer: format!("{kind}{strength}"),
        source: if e.said.task_guessed {
            AnswerSource::Guessed
        } else {
            AnswerSource::Said
        },
        leans,
        measure: None,
    }
}

fn resources(e: &Evidence, experiment: &str) -> AdviceQuestion {
    let (answer, leans) = match e.said.resources {
        None => {
            return AdviceQuestion {
                name: "resources",
                answer: "nobody said what there is to train with".into(),
                source: AnswerSource::Unknown,
                leans: QuestionLean::Neither,
                measure: say(
                    "what there is to train with",
                    experiment,
                    "--resources none|hours|hosted|consumer-gpu|gpus",
                ),
            };
        }
        Some(Resources::None) => ("nothing to train with".to_owned(), QuestionLean::Prompt),
        Some(Resources::Hours) => ("a few hours, no machine".to_owned(), QuestionLean::Prompt),
        Some(Resources::Hosted) => (
            "the endpoint's own fine-tuning jobs".to_owned(),
            QuestionLean::Neither,
        ),
        Some(Resources::ConsumerGpu) => {
            ("one consumer GPU: QLoRA".to_owned(), QuestionLean::Neither)
        }
        Some(Resources::Gpus) => (
            "more than one consumer GPU: whatever fits".to_owned(),
            QuestionLean::FineTune,
        ),
    };
    let fits = e.memory.map_or(String::new(), |m| {
        format!(
            "; {}B parameters take about {:.0} GB with QLoRA, {:.0} with LoRA, {:.0} in full",
            m.spec.parameters_b, m.qlora_gb, m.lora_gb, m.full_gb
        )
    });
    AdviceQuestion {
        name: "resources",
        answer: answer + &fits,
        source: AnswerSource::Said,
        leans,
        measure: None,
    }
}

fn deployment(e: &Evidence, experiment: &str) -> AdviceQuestion {
    let mut measured = Vec::new();
    if let Some((best, short)) = e.prompt_tokens {
        measured.push(format!(
            "the best wording takes {best:.0} prompt tokens, the shortest {short:.0}"
        ));
        if let Some(context) = e.context {
            measured.push(format!(
                "{} of the context window",
                percent(best / context as f64)
            ));
        }
    }
    if let Some((best, short)) = e.latency_ms {
        measured.push(format!("{best:.0} ms and {short:.0} ms at the median"));
    }
    let measured = if measured.is_empty() {
        String::new()
    } else {
        format!("; {}", measured.join(", "))
    };
    let (answer, source, leans, measure) = match e.said.deployment {
        None => (
            "nobody said where it will answer",
            AnswerSource::Unknown,
            QuestionLean::Neither,
            say(
                "where it will answer",
                experiment,
                "--deployment edge|strict-latency|cloud",
            ),
        ),
        Some(Deployment::Edge) => (
            "on a device: a tuned model needs no long prompt",
            AnswerSource::Said,
            QuestionLean::FineTune,
            None,
        ),
        Some(Deployment::StrictLatency) => (
            "strict about latency: a tuned model needs no long prompt",
            AnswerSource::Said,
            QuestionLean::FineTune,
            None,
        ),
        Some(Deployment::Cloud) => (
            "on a server with time: a prompt is fine",
            AnswerSource::Said,
            QuestionLean::Prompt,
            None,
        ),
    };
    AdviceQuestion {
        name: "deployment",
        answer: format!("{answer}{measured}"),
        source,
        leans,
        measure,
    }
}

fn changes(e: &Evidence, experiment: &str) -> AdviceQuestion {
    let (answer, source, leans, measure) = match e.said.changes {
        None => (
            "nobody said how often the task changes".to_owned(),
            AnswerSource::Unknown,
            QuestionLean::Neither,
            say(
                "how often the task changes",
                experiment,
                "--changes often|rarely",
            ),
        ),
        Some(Changes::Often) => (
            "often: a prompt follows in a minute".into(),
            AnswerSource::Said,
            QuestionLean::Prompt,
            None,
        ),
        Some(Changes::Rarely) => (
            "rarely: tuned once, it lasts".into(),
            AnswerSource::Said,
            QuestionLean::FineTune,
            None,
        ),
    };
    let calls = e
        .said
        .calls_per_month
        .map_or(String::new(), |n| format!("; {} calls a month", number(n)));
    AdviceQuestion {
        name: "changes",
        answer: answer + &calls,
        source,
        leans,
        measure,
    }
}
