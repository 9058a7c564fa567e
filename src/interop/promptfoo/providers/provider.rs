//! A provider as a model here, with what promptfoo makes its requests from.

use crate::{
    interop::{ImportedModel, NotePlace, promptfoo::requests::Body},
    project::{PromptfooOutput, PromptfooProvider},
};
use serde_json::{Map, Value};

/// A provider as a model here.
#[derive(Debug, Clone)]
pub(in crate::interop::promptfoo) struct Provider {
    /// With the parameters that it gets where a test has none of its own.
    pub(in crate::interop::promptfoo) model: ImportedModel,
    pub(super) settings: Settings,
    /// Where it stands.
    pub(in crate::interop::promptfoo) at: NotePlace,
    /// The output that assertions see of its answers.
    pub(in crate::interop::promptfoo) output: PromptfooOutput,
    /// The names by which tests may choose it.
    pub(in crate::interop::promptfoo) called: Vec<String>,
    /// The prompts that it gets; all where `None`.
    pub(in crate::interop::promptfoo) prompts: Option<Vec<String>>,
    /// It makes vectors, and no answers.
    pub(in crate::interop::promptfoo) is_embedding: bool,
    /// promptfoo gets to know why an answer ended.
    pub(in crate::interop::promptfoo) tells_finish: bool,
    /// A prompt that is JSON is sent as the messages in it, and not as a text.
    pub(in crate::interop::promptfoo) reads_chats: bool,
}

/// What a provider is set to, from which promptfoo makes its requests.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) body: Body,
    /// The name of the service.
    pub(super) provider: String,
    pub(super) params: Map<String, Value>,
}

impl Provider {
    /// The stand-in, which repeats its prompt.
    pub(in crate::interop::promptfoo) fn stand_in(at: &NotePlace) -> Provider {
        let model = ImportedModel {
            name: "echo".into(),
            ..ImportedModel::default()
        };
        Provider {
            model,
            settings: Settings::plain(),
            at: at.clone(),
            output: PromptfooOutput::default(),
            called: Vec::new(),
            prompts: None,
            is_embedding: false,
            tells_finish: false,
            reads_chats: false,
        }
    }

    /// In the place of a provider that reads a prompt in JSON as a chat.
    pub(in crate::interop::promptfoo) fn for_chats(self) -> Provider {
        Provider {
            reads_chats: true,
            ..self
        }
    }

    /// Whether promptfoo takes the price that is set, whatever model it is of.
    pub(in crate::interop::promptfoo) fn is_priced_by_setting(&self) -> bool {
        self.settings.provider == "fireworks" && self.model.price.is_some()
    }

    /// Whether promptfoo may know what its models cost: of these services alone.
    pub(in crate::interop::promptfoo) fn has_price_there(&self) -> bool {
        const PRICED: [&str; 9] = [
            "fireworks",
            "openai",
            "azure",
            "anthropic",
            "mistral",
            "deepseek",
            "xai",
            "perplexity",
            "google",
        ];
        PRICED.contains(&self.settings.provider.as_str())
    }

    /// Whether one of these names is its own.
    pub(in crate::interop::promptfoo) fn is_named(&self, names: &[String]) -> bool {
        names.iter().any(|name| {
            let start = name.strip_suffix('*');
            self.called.iter().any(|called| {
                called == name
                    || called.starts_with(&format!("{name}:"))
                    || start.is_some_and(|start| called.starts_with(start))
            })
        })
    }

    /// The output that assertions see of an answer to a request with these parameters.
    pub(in crate::interop::promptfoo) fn output(
        &self,
        params: &Map<String, Value>,
    ) -> PromptfooOutput {
        let responses = || params.get("text")?.get("format");
        let format = params.get("response_format").or_else(responses);
        let kind = format.and_then(|format| format.get("type")?.as_str());
        let is_azure = self.output.provider == PromptfooProvider::Azure;
        PromptfooOutput {
            parse_json: kind == Some("json_schema") || is_azure && kind == Some("json_object"),
            ..self.output
        }
    }

    /// The parameters of a request for a test with some of its own.
    pub(in crate::interop::promptfoo) fn params(
        &self,
        test: &Map<String, Value>,
    ) -> Map<String, Value> {
        let Settings {
            body,
            provider,
            params,
        } = &self.settings;
        body.params(provider, &self.model.name, params, test)
    }
}

impl Settings {
    fn plain() -> Settings {
        Settings {
            body: Body::Plain,
            provider: String::new(),
            params: Map::new(),
        }
    }
}
