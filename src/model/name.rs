//! Names of things that people type: `endpoint/model` and run ids.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A model at an endpoint, written `endpoint/model`. The model part may hold slashes.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, schemars::JsonSchema, Deserialize,
)]
#[serde(into = "String", try_from = "String")]
pub struct ModelRef {
    /// Name of the endpoint in `wording.toml`, or `demo`.
    pub endpoint: String,
    /// Name of the model as the endpoint knows it.
    pub model: String,
}

impl ModelRef {
    /// Whether it is one of the built-in endpoint, which is no language model and costs nothing.
    pub fn is_stand_in(&self) -> bool {
        self.endpoint == "demo"
    }
}

/// A model name that is not of the form `endpoint/model`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not `endpoint/model`, for example `demo/icl`")]
pub struct ParseModelRefError(pub String);

impl FromStr for ModelRef {
    type Err = ParseModelRefError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('/') {
            Some((endpoint, model)) if !endpoint.is_empty() && !model.is_empty() => Ok(ModelRef {
                endpoint: endpoint.to_owned(),
                model: model.to_owned(),
            }),
            _ => Err(ParseModelRefError(text.to_owned())),
        }
    }
}

impl TryFrom<String> for ModelRef {
    type Error = ParseModelRefError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ModelRef> for String {
    fn from(name: ModelRef) -> String {
        name.to_string()
    }
}

impl fmt::Display for ModelRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.endpoint, self.model)
    }
}

/// The name of a run, `r-` and ten base-32 characters that sort by time.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, schemars::JsonSchema, Deserialize,
)]
#[serde(transparent)]
pub struct RunId(pub String);

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
