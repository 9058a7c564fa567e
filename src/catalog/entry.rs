//! One model in the table: a line of JSON.

use crate::model::{Date, Price};
use serde::{Deserialize, Serialize};

/// What the table knows of a model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ModelEntry {
    /// `provider/model`, such as `openai/gpt-4o`.
    pub model: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// Size of the context window, in tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<u64>,
    /// The longest answer, reasoning included, in tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_output: Option<u64>,
    /// When its provider shuts it down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shutdown: Option<Date>,
    #[serde(flatten)]
    pub features: ModelFeatures,
}

/// What a model supports; `None` where nothing is known.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, schemars::JsonSchema, Deserialize,
)]
#[serde(default)]
pub struct ModelFeatures {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vision: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audio_input: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tools: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<bool>,
    /// A last message of the assistant, which the model continues.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefill: Option<bool>,
    /// `temperature` and `top_p`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sampling: Option<bool>,
}

impl ModelFeatures {
    /// The words for what it supports.
    pub fn supported(&self) -> impl Iterator<Item = &'static str> {
        let named = [
            ("vision", self.vision),
            ("audio", self.audio_input),
            ("tools", self.tools),
            ("reasoning", self.reasoning),
        ];
        named
            .into_iter()
            .filter_map(|(name, is)| is.unwrap_or(false).then_some(name))
    }
}
