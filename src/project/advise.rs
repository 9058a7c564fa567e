//! `[experiment.NAME.advise]`: what only a person can say about prompting or fine-tuning.

use super::{
    price::read_price,
    reader::{Section, json},
};
use crate::model::Price;
use serde::Serialize;
use std::{
    path::{Path, PathBuf},
    str::FromStr,
};
use strum::VariantNames;

/// How hard the task is.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    schemars::JsonSchema,
    strum::EnumString,
    strum::VariantNames,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Task {
    Simple,
    Medium,
    /// Expert reasoning, a style to imitate.
    Complex,
}

/// What there is to train with.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    schemars::JsonSchema,
    strum::EnumString,
    strum::VariantNames,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Resources {
    None,
    /// A few hours of work, no machine.
    Hours,
    /// A machine without a GPU, for models of up to 1B parameters.
    Cpu,
    /// The endpoint's own fine-tuning jobs.
    Hosted,
    ConsumerGpu,
    Gpus,
}

/// Where it will answer.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    schemars::JsonSchema,
    strum::EnumString,
    strum::VariantNames,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Deployment {
    /// On a device: little memory, no network.
    Edge,
    StrictLatency,
    /// Own machines that the data may not leave.
    Private,
    /// A server with time.
    Cloud,
}

/// How often the task changes.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    schemars::JsonSchema,
    strum::EnumString,
    strum::VariantNames,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Changes {
    Often,
    Rarely,
}

/// An amount in USD, or what it may lie between.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Amount {
    pub low: f64,
    pub high: f64,
}

impl Amount {
    pub fn exactly(value: f64) -> Amount {
        Amount {
            low: value,
            high: value,
        }
    }

    pub fn middle(self) -> f64 {
        (self.low + self.high) / 2.0
    }
}

/// What tuning costs beside the calls, in USD.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct TuningCost {
    pub training: Option<Amount>,
    pub labelling: Option<Amount>,
    /// Hosting the tuned model, over the time that it is to be used.
    pub hosting: Option<Amount>,
}

/// What a person says about prompting or fine-tuning.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AdviseSpec {
    /// File of labelled rows that are not evaluated, relative to the project's root.
    pub data: Option<PathBuf>,
    /// How many labelled rows there are, where no file here has them.
    pub labelled: Option<usize>,
    /// How hard the task is.
    pub task: Option<Task>,
    /// What there is to train with.
    pub resources: Option<Resources>,
    /// Where it will answer.
    pub deployment: Option<Deployment>,
    /// How often the task changes.
    pub changes: Option<Changes>,
    /// The score that is enough, in [0, 1].
    pub target: Option<f64>,
    pub calls_per_month: Option<f64>,
    /// Parameters of the model to tune, in billions.
    pub parameters_b: Option<f64>,
    /// Memory of the largest GPU, in GB.
    pub gpu_memory_gb: Option<f64>,
    pub cost: TuningCost,
    /// Price of the tuned model; as the model at hand where `None`.
    pub tuned_price: Option<Price>,
}

impl AdviseSpec {
    /// The same, its file as a path from here rather than from the project's root.
    pub fn rooted(&self, root: &Path) -> AdviseSpec {
        AdviseSpec {
            data: self.data.as_ref().map(|data| root.join(data)),
            ..self.clone()
        }
    }
}

pub(super) fn read_advise(s: &Section<'_, '_>) -> AdviseSpec {
    let share = |key| {
        let value = s.number(key)?;
        if !(0.0..=1.0).contains(&value) {
            let span = s.get(key).map_or(s.span.clone(), toml::Spanned::span);
            let help = "a score is a number from 0 to 1, for example 0.9";
            s.reader
                .problem(span, format!("`{key}` is {value}"), Some(help.into()));
        }
        Some(value)
    };
    let spec = AdviseSpec {
        data: s.text("data").map(PathBuf::from),
        labelled: s.whole("labelled", 0).map(|n| n as usize),
        task: word(s, "task"),
        resources: word(s, "resources"),
        deployment: word(s, "deployment"),
        changes: word(s, "changes"),
        target: share("target"),
        calls_per_month: positive(s, "calls_per_month"),
        parameters_b: positive(s, "parameters_b"),
        gpu_memory_gb: positive(s, "gpu_memory_gb"),
        cost: s.inner("cost").map_or(TuningCost::default(), |c| {
            let cost = TuningCost {
                training: amount(&c, "training"),
                labelling: amount(&c, "labelling"),
                hosting: amount(&c, "hosting"),
            };
            c.finish();
            cost
        }),
        tuned_price: s.inner("tuned_price").map(|p| read_price(&p)),
    };
    s.finish();
    spec
}

fn word<T: FromStr + VariantNames>(s: &Section<'_, '_>, key: &'static str) -> Option<T> {
    let item = s.get(key)?;
    let text = s.as_text(key, item)?;
    match text.parse() {
        Ok(found) => Some(found),
        Err(_) => {
            s.reader.problem(
                item.span(),
                format!("`{key}` cannot be `{text}`"),
                Some(T::VARIANTS.join(", ")),
            );
            None
        }
    }
}

pub(super) fn positive(s: &Section<'_, '_>, key: &'static str) -> Option<f64> {
    let value = s.number(key)?;
    if value <= 0.0 {
        let span = s.get(key).map_or(s.span.clone(), toml::Spanned::span);
        s.reader
            .problem(span, format!("`{key}` must be above 0"), None);
    }
    Some(value)
}

/// A number, or `[low, high]`.
fn amount(s: &Section<'_, '_>, key: &'static str) -> Option<Amount> {
    let item = s.get(key)?;
    let found = match json(item.get_ref()) {
        serde_json::Value::Array(ends) => match ends.as_slice() {
            [low, high] => low.as_f64().zip(high.as_f64()),
            _ => None,
        },
        value => value.as_f64().map(|x| (x, x)),
    };
    match found.filter(|(low, high)| 0.0 <= *low && low <= high) {
        Some((low, high)) => Some(Amount { low, high }),
        None => {
            s.reader.problem(
                item.span(),
                format!("`{key}` must be an amount in USD, or [low, high]"),
                None,
            );
            None
        }
    }
}
