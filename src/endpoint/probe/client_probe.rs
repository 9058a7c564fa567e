//! What a model supports: all that is tried, in its order.

use super::{
    Feature, Support, VariedParam,
    probing::{JUDGE, Probing},
};
use crate::{
    endpoint::{AttemptFailure, Client},
    project::Api,
};
use serde::Serialize;
use serde_json::json;

/// What a model supports.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Probe {
    pub model: String,
    /// Requests that it took.
    pub calls: u32,
    pub features: Vec<Feature>,
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
