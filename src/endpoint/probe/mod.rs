//! What a model at an endpoint supports, found out with about twenty tiny calls.
//!
//! A parameter that is accepted without an error is not yet supported: the answer has to show its effect.

mod answers;
mod interfaces;
mod levels;
mod parallel;
mod params;
mod probing;
mod roles;

use super::{AttemptFailure, Client};
use crate::project::Api;
use probing::{JUDGE, Probing};
use serde::Serialize;
use serde_json::json;
use std::borrow::Cow;

pub use levels::VariedParam;

/// What a model supports.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Probe {
    pub model: String,
    /// Requests that it took.
    pub calls: u32,
    pub features: Vec<Feature>,
}

/// One thing that was tried.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Feature {
    /// Such as `streaming`, `seed` or `max_completion_tokens`; `params.NAME` for one that the project varies.
    pub name: Cow<'static, str>,
    pub support: Support,
    /// A remark.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Support {
    Yes,
    /// The parameter was accepted, and the answers do not show whether it had an effect.
    Accepted,
    /// The parameter was accepted and had no effect.
    No,
    /// The parameter was refused.
    Refused,
    /// The call failed for another reason.
    Unclear,
}

impl Support {
    /// The word for tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Support::Yes => "yes",
            Support::Accepted => "accepted",
            Support::No => "no",
            Support::Refused => "refused",
            Support::Unclear => "unclear",
        }
    }
}

impl Probe {
    pub fn feature(&self, name: &str) -> Option<&Feature> {
        self.features.iter().find(|f| f.name == name)
    }
}

impl Client {
    /// Whether two requests to a model are answered at the same time.
    pub async fn probe_parallel(&self, model: &str) -> Support {
        Probing::new(self, model).parallel().await
    }

    /// Try what a model supports, and whether the parameters that a project varies have an effect. The error is that of a plain call:
    /// where that fails, nothing else can be tried.
    pub async fn probe(
        &self,
        model: &str,
        varied: &[VariedParam],
    ) -> Result<Probe, AttemptFailure> {
        let mut probing = Probing::new(self, model);
        let plain = probing.ask(JUDGE, json!({"max_tokens": 16}), false).await?;
        probing.stream().await;
        let usage = if plain.completion.usage.estimated {
            (Support::No, Some("tokens are estimated".to_owned()))
        } else {
            (Support::Yes, None)
        };
        probing.found("usage", usage);
        if matches!(self.spec().api, Api::Chat | Api::Responses) {
            probing.roles().await;
        }
        if self.spec().program.is_none() {
            probing.interfaces().await;
        }
        probing.params().await;
        probing.answers().await;
        for param in varied {
            probing.varied(param).await;
        }
        Ok(Probe {
            model: model.to_owned(),
            calls: probing.calls,
            features: probing.features,
        })
    }
}
