//! The model of a Dotprompt file, with its parameters.

use super::file::Reading;
use crate::interop::{
    Endpoint, ImportedModel, Node, javascript_numbers::javascript_numbers, services::service,
};
use serde_json::{Map, Value};

impl Reading<'_> {
    /// `provider/model` of Dotprompt with its `config`.
    pub(super) fn dotprompt_model(&mut self) -> ImportedModel {
        let mut params = Map::new();
        for (key, value) in self.node.get("config").map_or(&[][..], Node::entries) {
            let name = match key.as_str() {
                "temperature" => "temperature",
                "maxOutputTokens" | "max_tokens" => "max_tokens",
                "topP" | "top_p" => "top_p",
                "topK" | "top_k" => "top_k",
                "stopSequences" | "stop" => "stop",
                // Names of Dotprompt's own adapter for OpenAI.
                "frequency_penalty" | "presence_penalty" | "seed" => key.as_str(),
                other => {
                    let why = "unknown parameter: add it to `params` if the endpoint supports it";
                    self.notes
                        .dropped(&value.at, format!("`config.{other}`"), why);
                    continue;
                }
            };
            params.insert(name.into(), javascript_numbers(value.json()));
        }
        let Some(node) = self.node.get("model") else {
            let what = "the model";
            self.notes.dropped(
                &self.at,
                what,
                "none is named: demo/echo, which repeats the prompt, is in its place",
            );
            return stand_in(params);
        };
        let text = node.text().unwrap_or_default();
        let (at, name) = text.split_once('/').unwrap_or(("", text));
        let known = if at == "googleai" { "google" } else { at };
        match service(known) {
            Some((_, url, key)) => ImportedModel {
                endpoint: Some(Endpoint {
                    name: at.into(),
                    base_url: url.into(),
                    key: Some(key.to_owned()).filter(|key| !key.is_empty()),
                    ..Endpoint::default()
                }),
                name: name.to_owned(),
                params,
                price: None,
            },
            None => {
                let why = "no OpenAI-compatible address is known of it: demo/echo, which repeats the prompt, is in its place";
                self.notes
                    .dropped(&node.at, format!("the model `{text}`"), why);
                stand_in(params)
            }
        }
    }
}

/// The model that repeats the prompt, in the place of one that cannot be called.
pub(super) fn stand_in(params: Map<String, Value>) -> ImportedModel {
    ImportedModel {
        name: "echo".into(),
        params,
        ..ImportedModel::default()
    }
}
