//! A metric of the project file, as plain data.

use super::Budget;
use crate::{
    model::{ModelRef, Params},
    read::{LabelSpec, NumberFormat},
    stats::{brier_score, log_score},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::PathBuf, time::Duration};

/// A metric as asked for.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema, Deserialize)]
pub struct MetricSpec {
    /// Its name; the kind where none is given.
    pub name: String,
    pub kind: MetricKind,
    /// Weight in a weighted total; 1 by default.
    pub weight: f64,
    /// Score from which a row is correct, where one is set; see `correct_from`.
    pub threshold: Option<f64>,
    /// The reply of a conversation that it scores, by name; else the last one.
    pub reply: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema, Deserialize)]
pub enum MetricKind {
    /// Finds one of the labels in the text.
    Label {
        labels: Vec<LabelSpec>,
    },
    /// The probability of the expected label, by the log-probabilities of the answer's tokens.
    Probability {
        labels: Vec<LabelSpec>,
        score: ProbabilityScore,
        /// Texts without content: what the model makes of them corrects its probabilities. Empty: no correction.
        content_free: Vec<String>,
    },
    /// Equal to the expected text.
    Exact,
    /// Equal after case folding, white space and punctuation.
    Normalized,
    /// Contains the expected text, or the one given.
    Contains {
        /// Instead of the expected answer.
        text: Option<String>,
    },
    /// The pattern's group 1 (or the whole match) equals the expected text.
    Regex {
        pattern: String,
    },
    /// The number that the text gives as its answer equals the expected one.
    Number {
        tolerance: f64,
        format: NumberFormat,
    },
    /// Valid JSON, by schema and by fields.
    Json {
        schema: Option<serde_json::Value>,
        /// Where the schema was read from, relative to the root, where it stands in a file of its own.
        schema_file: Option<PathBuf>,
        /// Dotted paths to compare with the expected JSON.
        fields: Vec<String>,
    },
    F1,
    RougeL,
    /// Embeddings from an endpoint.
    Similarity {
        model: ModelRef,
    },
    Judge {
        model: ModelRef,
        /// Rubric template, relative to the root.
        rubric: PathBuf,
        /// Highest grade; the lowest is 1.
        scale: u32,
        /// Compare with the baseline's output instead, both ways round.
        pairwise: bool,
        /// How often each answer is judged; from two on, the judge's agreement with itself is known.
        repeats: u32,
        /// Hard caps on what the judge may be asked, apart from those of the run.
        budget: Budget,
        params: Params,
        /// Choices with scores in the place of grades, found as the package evals finds them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        evals: Option<super::EvalsChoices>,
    },
    /// An external program: JSON lines in, JSON lines out.
    Command {
        command: Vec<String>,
        /// Environment variables that it gets, besides those that every program needs.
        env: Vec<String>,
        timeout: Duration,
    },
    /// Assertions that each row brings along in a column.
    Assertions {
        column: String,
        /// What of it is the score.
        part: AssertionPart,
        /// The model that grades by rubrics.
        judge: Option<ModelRef>,
        /// Template of the question to it, relative to the root.
        rubric: Option<PathBuf>,
        /// Request parameters of the judge, passed through.
        params: Params,
        /// Hard caps on what the judge may be asked.
        budget: Budget,
        /// The model that embeds for likeness of meaning.
        embeddings: Option<ModelRef>,
        /// The output of promptfoo that they see in the place of the answer text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        promptfoo: Option<super::PromptfooOutput>,
        /// They see the whole answer, with thoughts in tags.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        thoughts: bool,
    },
    /// The calls of tools beside those that the row expects.
    ToolCalls(ToolCallSpec),
    /// Length of the output in characters, against limits.
    Length {
        min: Option<usize>,
        max: Option<usize>,
    },
    /// Latency at most that many milliseconds.
    Latency {
        max_ms: f64,
    },
    /// Cost at most that many USD.
    Cost {
        max_usd: f64,
    },
}

/// How the calls of tools are compared with those that a row expects.
#[derive(Debug, Clone, Default, PartialEq, Serialize, schemars::JsonSchema, Deserialize)]
pub struct ToolCallSpec {
    pub arguments: ArgumentMatch,
    /// How single arguments are compared, by their names; exactly, where they are not named.
    pub compare: BTreeMap<String, ArgumentRule>,
    /// Whether calls have to come in the expected order.
    pub ordered: bool,
    /// Tools that must not be called.
    pub forbidden: Vec<String>,
    /// JSON Schemas of the experiment's tools, by name.
    pub schemas: BTreeMap<String, serde_json::Value>,
}

/// Which arguments make a call right.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, schemars::JsonSchema, Deserialize,
)]
pub enum ArgumentMatch {
    /// The expected ones and no others.
    #[default]
    Exact,
    /// At least the expected ones.
    Subset,
    /// Any that the tool's schema accepts.
    Schema,
    /// Any: the tool's name decides.
    Name,
}

/// How one argument is compared.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, schemars::JsonSchema, Deserialize,
)]
pub enum ArgumentRule {
    /// Equal JSON; numbers by value.
    #[default]
    Exact,
    /// Equal without case, white space and punctuation around it.
    Normalized,
    /// The expected text is in it, both normalized.
    Contains,
    /// It may have any value, or be left out.
    Any,
}

/// What is scored of the probabilities of labels.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, schemars::JsonSchema, Deserialize,
)]
pub enum ProbabilityScore {
    /// The probability of the expected label.
    #[default]
    Expected,
    Brier,
    Log,
}

impl ProbabilityScore {
    /// The score of a probability of a half for the expected label of two.
    fn at_half(self) -> f64 {
        match self {
            ProbabilityScore::Expected => 0.5,
            ProbabilityScore::Brier => brier_score(&[0.5, 0.5], &[true, false]),
            ProbabilityScore::Log => log_score(0.5),
        }
    }
}

/// Which figure of a row's assertions is the score.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, schemars::JsonSchema, Deserialize)]
pub enum AssertionPart {
    /// The weighted mean of their scores.
    #[default]
    Score,
    /// Whether the row is right: 1 or 0.
    Pass,
    /// The mean score of those of this name; rows without any have no score.
    Named(String),
}

impl MetricSpec {
    /// Leave out the program that gives the scores: they can be read without it.
    pub fn forget_program(&mut self) {
        if let MetricKind::Command { command, env, .. } = &mut self.kind {
            *command = vec!["(not shared)".into()];
            env.clear();
        }
    }

    /// The score from which a row is correct: as set, else 0.5 for graded kinds (token F1, ROUGE-L, similarity, judges,
    /// programs), that of a half for probabilities, and 1 for all others.
    pub fn correct_from(&self) -> f64 {
        self.threshold.unwrap_or(match self.kind {
            MetricKind::F1
            | MetricKind::RougeL
            | MetricKind::Similarity { .. }
            | MetricKind::Judge { .. }
            | MetricKind::Command { .. } => 0.5,
            MetricKind::Probability { score, .. } => score.at_half(),
            _ => 1.0,
        })
    }
}

impl MetricKind {
    /// Why it cannot score one reply of a conversation.
    pub fn refuses_replies(&self) -> Option<&'static str> {
        match self {
            MetricKind::Latency { .. } | MetricKind::Cost { .. } => {
                Some("latency and cost are those of all calls of a trial")
            }
            MetricKind::ToolCalls(_) => Some("only the last reply may call tools"),
            MetricKind::Probability { .. } => Some("log-probabilities are kept of the last reply"),
            MetricKind::Judge { pairwise: true, .. } => {
                Some("a pairwise judge compares the last replies")
            }
            _ => None,
        }
    }

    /// Whether an expected answer may be any JSON; for other metrics a list is several right answers.
    pub fn takes_any_shape(&self) -> bool {
        matches!(self, MetricKind::Json { .. } | MetricKind::ToolCalls(_))
    }

    /// Whether it compares answers with an expected one.
    pub fn compares_expected(&self) -> bool {
        match self {
            MetricKind::Label { .. }
            | MetricKind::Probability { .. }
            | MetricKind::Exact
            | MetricKind::Normalized
            | MetricKind::Contains { text: None }
            | MetricKind::Regex { .. }
            | MetricKind::Number { .. }
            | MetricKind::F1
            | MetricKind::RougeL
            | MetricKind::ToolCalls(_)
            | MetricKind::Similarity { .. } => true,
            MetricKind::Json { fields, .. } => !fields.is_empty(),
            MetricKind::Contains { text: Some(_) }
            | MetricKind::Length { .. }
            | MetricKind::Latency { .. }
            | MetricKind::Cost { .. }
            | MetricKind::Judge { .. }
            | MetricKind::Command { .. }
            | MetricKind::Assertions { .. } => false,
        }
    }

    /// Whether somebody has to be asked for the score, after the answer.
    pub fn is_asked(&self) -> bool {
        match self {
            MetricKind::Similarity { .. }
            | MetricKind::Judge { .. }
            | MetricKind::Command { .. } => true,
            MetricKind::Assertions {
                judge, embeddings, ..
            } => judge.is_some() || embeddings.is_some(),
            MetricKind::Probability { content_free, .. } => !content_free.is_empty(),
            _ => false,
        }
    }
}
