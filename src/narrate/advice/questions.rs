//! The five questions, each answered from evidence, by the user, or named as unknown.

use crate::{
    advise::{DataBand, Evidence, Latency, SizeClass, SizeSource},
    narrate::labels::{count, percent, rounded},
    project::{Changes, Deployment, Resources, Task},
};
use serde::Serialize;

/// Requests in flight from which latencies include waiting.
const QUEUEING: f64 = 1.2;

/// Something to measure or to set, and the command for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Measure {
    pub what: String,
    pub command: String,
}

/// Where an answer comes from.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema, strum::IntoStaticStr,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum AnswerSource {
    /// Counted or measured here.
    Measured,
    /// Given in the project file or by a flag.
    #[strum(serialize = "given")]
    Said,
    /// Guessed from the metrics.
    Guessed,
    Unknown,
}

impl AnswerSource {
    pub fn label(self) -> &'static str {
        self.into()
    }
}

/// What an answer favors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum QuestionLean {
    Prompt,
    FineTune,
    Neither,
}

/// One of the five questions.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct AdviceQuestion {
    /// `labelled data`, `task`, `resources`, `deployment`, `changes`.
    pub name: &'static str,
    pub answer: String,
    pub source: AnswerSource,
    pub leans: QuestionLean,
    /// How to find out, where the answer is unknown.
    pub measure: Option<Measure>,
}

impl AdviceQuestion {
    /// The answer, where it comes from and what it favors.
    pub fn sentence(&self) -> String {
        let favors = match self.leans {
            QuestionLean::Prompt => ", favors prompting",
            QuestionLean::FineTune => ", favors fine-tuning",
            QuestionLean::Neither => "",
        };
        format!("{} [{}{favors}]", self.answer, self.source.label())
    }
}

type Answer = (String, AnswerSource, QuestionLean);

fn unknown(answer: &str) -> Answer {
    (
        answer.to_owned(),
        AnswerSource::Unknown,
        QuestionLean::Neither,
    )
}

fn given(answer: &str, leans: QuestionLean) -> Answer {
    (answer.to_owned(), AnswerSource::Said, leans)
}

/// The questions, in their order.
pub(super) fn questions(e: &Evidence, experiment: &str) -> Vec<AdviceQuestion> {
    [
        (
            "labelled data",
            labelled(e),
            "labelled rows that are not evaluated",
            "--data FILE   (or --labelled N)",
        ),
        (
            "task",
            task(e),
            "the kind of task",
            "--task simple|medium|complex",
        ),
        (
            "resources",
            resources(e),
            "what you can train with",
            "--resources none|hours|cpu|hosted|consumer-gpu|gpus",
        ),
        (
            "deployment",
            deployment(e),
            "where the model will run",
            "--deployment edge|strict-latency|private|cloud",
        ),
        (
            "changes",
            changes(e),
            "how often the task changes",
            "--changes often|rarely",
        ),
    ]
    .into_iter()
    .map(
        |(name, (answer, source, leans), what, flag)| AdviceQuestion {
            name,
            answer,
            source,
            leans,
            measure: (source == AnswerSource::Unknown).then(|| Measure {
                what: what.to_owned(),
                command: format!("wording advise {experiment} {flag}"),
            }),
        },
    )
    .collect()
}

fn labelled(e: &Evidence) -> Answer {
    let s = &e.given;
    let pairs = match s.rated_pairs {
        0 => String::new(),
        n => format!("; {} for preference training", count(n, "rated pair")),
    };
    let Some(n) = s.labelled else {
        return unknown(&format!(
            "no labelled rows are given besides the evaluation{pairs}"
        ));
    };
    let (band, leans) = match DataBand::of(n) {
        DataBand::Few => (
            "under 50: start with few-shot prompting",
            QuestionLean::Prompt,
        ),
        DataBand::Some => (
            "50 to 499: prompt first, fine-tune if that is not enough",
            QuestionLean::Neither,
        ),
        DataBand::Many => (
            "500 or more: fine-tuning usually wins",
            QuestionLean::FineTune,
        ),
    };
    let mut answer = format!("{} besides the evaluation ({band})", count(n, "row"));
    if s.duplicates > 0 {
        answer += &format!("; {} left out", count(s.duplicates, "duplicate"));
    }
    if s.bad_cases > 0 {
        answer += &format!("; includes {}", count(s.bad_cases, "corrected bad case"));
    }
    if s.conflicting > 0.0 {
        answer += &format!(
            "; {} of the labelled rows have two labels for the same text",
            percent(s.conflicting)
        );
    }
    answer += &pairs;
    let source = if s.labelled_counted {
        AnswerSource::Measured
    } else {
        AnswerSource::Said
    };
    (answer, source, leans)
}

fn task(e: &Evidence) -> Answer {
    let Some(task) = e.given.task else {
        return unknown("the metrics do not show how hard it is");
    };
    let score = e.score.as_ref().map(|s| s.held_out.value);
    let class = e.size.map(|size| size.class());
    // A model that is strong at the task gains little by tuning; a weak one at a simple task gains most.
    let (strength, leans) = match (task, score, class) {
        (_, None, _) => ("", QuestionLean::Neither),
        (_, Some(x), _) if x >= 0.9 => ("; the model already does it well", QuestionLean::Prompt),
        (Task::Simple, Some(x), _) if x < 0.7 => (
            "; the model does it poorly, and a simple task is learned from few rows",
            QuestionLean::FineTune,
        ),
        (Task::Complex, Some(x), _) if x < 0.7 => (
            "; the model does it poorly, and a larger model is likely to help more than tuning this one",
            QuestionLean::Prompt,
        ),
        (Task::Simple | Task::Medium, Some(_), Some(SizeClass::Tiny)) => (
            "; a model this small gains more from tuning than from wording",
            QuestionLean::FineTune,
        ),
        _ => ("; the model does it moderately well", QuestionLean::Neither),
    };
    let kind = match task {
        Task::Simple => "simple (classification, extraction)",
        Task::Medium => "medium (questions, summaries)",
        Task::Complex => "complex (expert reasoning, imitating a style)",
    };
    let source = if e.given.task_guessed {
        AnswerSource::Guessed
    } else {
        AnswerSource::Said
    };
    let size = e.size.map_or(String::new(), |size| {
        let by = match size.source {
            SizeSource::Given => "given",
            SizeSource::Name => "by its name",
            SizeSource::Server => "reported by its server",
        };
        format!(
            "; the model has {} parameters ({by})",
            parameters(size.parameters_b)
        )
    });
    (format!("{kind}{strength}{size}"), source, leans)
}

/// `135M`, `7B`.
fn parameters(billions: f64) -> String {
    let (n, unit) = match billions < 1.0 {
        true => (billions * 1_000.0, "M"),
        false => (billions, "B"),
    };
    format!("{}{unit}", (n * 10.0).round() / 10.0)
}

/// Latencies, and whether they include waiting for other requests.
fn latency(found: Latency) -> String {
    let medians = format!(
        "their median latencies are {:.0} ms and {:.0} ms",
        found.best_ms, found.shortest_ms
    );
    match found.in_flight {
        Some(n) if n >= QUEUEING => format!(
            "{medians}, which includes waiting: {n:.1} requests were in flight (max_in_flight = 1 measures them alone)"
        ),
        Some(_) => format!("{medians}, one request at a time"),
        None => format!("{medians}, possibly with other requests in flight"),
    }
}

fn resources(e: &Evidence) -> Answer {
    let mut answer = match e.given.resources {
        None => return unknown("not given"),
        Some(Resources::None) => given("no way to train", QuestionLean::Prompt),
        Some(Resources::Hours) => given("a few hours of work, no GPU", QuestionLean::Prompt),
        Some(Resources::Cpu) => given(
            "a machine without a GPU: LoRA of models up to 1B",
            QuestionLean::Neither,
        ),
        Some(Resources::Hosted) => {
            given("the endpoint's own fine-tuning jobs", QuestionLean::Neither)
        }
        Some(Resources::ConsumerGpu) => given("one consumer GPU: QLoRA", QuestionLean::Neither),
        Some(Resources::Gpus) => given(
            "more than one consumer GPU: any method that fits",
            QuestionLean::FineTune,
        ),
    };
    if let Some(m) = e.memory {
        answer.0 += &format!(
            "; {}B parameters need about {:.0} GB with QLoRA, {:.0} with LoRA, {:.0} for full tuning",
            m.spec.parameters_b, m.qlora_gb, m.lora_gb, m.full_gb
        );
    }
    answer
}

fn deployment(e: &Evidence) -> Answer {
    let mut answer = match e.given.deployment {
        None => unknown("not given"),
        Some(Deployment::Edge) => given(
            "on a device: a tuned model needs no long prompt",
            QuestionLean::FineTune,
        ),
        Some(Deployment::StrictLatency) => given(
            "strict latency limits: a tuned model needs no long prompt",
            QuestionLean::FineTune,
        ),
        Some(Deployment::Private) => given(
            "the data may not leave your machines: a tuned model of your own replaces a large hosted one",
            QuestionLean::FineTune,
        ),
        Some(Deployment::Cloud) => given(
            "on a server without strict limits: a prompt is fine",
            QuestionLean::Prompt,
        ),
    };
    let mut measured = Vec::new();
    if let Some((best, short)) = e.prompt_tokens {
        measured.push(format!(
            "the best wording has {best:.0} prompt tokens, the shortest one {short:.0}"
        ));
        if let Some(context) = e.context {
            measured.push(format!(
                "{} of the context window",
                percent(best / context as f64)
            ));
        }
    }
    measured.extend(e.latency.map(latency));
    if !measured.is_empty() {
        answer.0 += &format!("; {}", measured.join(", "));
    }
    answer
}

fn changes(e: &Evidence) -> Answer {
    let mut answer = match e.given.changes {
        None => unknown("not given"),
        Some(Changes::Often) => given("often: a prompt is quick to update", QuestionLean::Prompt),
        Some(Changes::Rarely) => given("rarely: a tuned model lasts", QuestionLean::FineTune),
    };
    if let Some(n) = e.given.calls_per_month {
        answer.0 += &format!("; {} calls per month", rounded(n));
    }
    answer
}
