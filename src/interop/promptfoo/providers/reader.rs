//! A provider as it is written: its id, its settings, and what promptfoo makes of them.

use super::{
    address::{price, setting},
    context::Providers,
    provider::{Provider, Settings},
    route::{Interface, Route, route},
    settings::embedding_settings,
};
use crate::{
    interop::{
        ImportError, ImportedModel, Node, NotePlace, Notes,
        promptfoo::{
            environment::{environment, usual_params},
            ignored::note_ignored,
            requests::{ABOUT_THE_MODEL, Body},
        },
    },
    project::{PromptfooOutput, PromptfooProvider},
};
use serde_json::{Map, Value};

impl Providers<'_> {
    /// The provider of a node: a name, a map with `id`, or a map from the name to its settings. `None` where it cannot be one
    /// here; then it is told. An error where promptfoo refuses it.
    pub(in crate::interop::promptfoo) fn provider(
        &self,
        node: &Node,
        notes: &mut Notes,
    ) -> Result<Option<Provider>, ImportError> {
        let (id, settings) = match node.text() {
            Some(id) => (id.to_owned(), None),
            None => match (node.get("id").and_then(Node::text), node.entries()) {
                (Some(id), _) => (id.to_owned(), Some(node)),
                // An `id` inside is only how it is called.
                (None, [(id, settings)]) if settings.is_map() => (id.to_owned(), Some(settings)),
                _ => {
                    let why = "it has no `id`, and promptfoo refuses it";
                    return Err(ImportError::refused(&node.at, "a provider", why));
                }
            },
        };
        let config = settings.and_then(|s| s.get("config"));
        let own_env = settings.and_then(|s| s.get("env"));
        let mut env = self.env.clone();
        env.extend(environment(own_env, notes));
        let own = Providers {
            files: self.files,
            env: &env,
        };
        let id = own.with_env(&id);
        let called = settings.and_then(|s| s.get("id")).and_then(Node::text);
        let called = called.map_or_else(|| id.clone(), |called| own.with_env(called));
        let (name, interface, model) = match route(&id, setting(config, "model")) {
            Route::Echo => {
                let stand_in = Provider::stand_in(&node.at);
                return Ok(Some(labelled(stand_in, &called, settings, notes)));
            }
            Route::Service(name, interface, model) => (name, interface, model),
            Route::Unsupported(why) => {
                notes.dropped(&node.at, format!("the provider `{id}`"), why);
                return Ok(None);
            }
            Route::Refused(why) => {
                return Err(ImportError::refused(
                    &node.at,
                    &format!("the provider `{id}`"),
                    &why,
                ));
            }
        };
        requests_differ(name, interface, &id, config, &node.at, notes);
        let endpoint = own.endpoint(name, interface, &model, config, &node.at, notes);
        let body = Body::new(name, interface.as_str());
        let params = match interface {
            Interface::Embedding => {
                embedding_settings(name, config, notes);
                Map::new()
            }
            _ => self.all_params(&own, name, body, config, node, notes),
        };
        if model.contains("{{") || model.contains("${") {
            let why = "a variable of the environment decides it: write its value into the configuration under `env`";
            notes.dropped(&node.at, format!("the model `{model}`"), why);
        }
        if matches!(body, Body::OpenAi | Body::Over) && model.contains("audio") {
            let why = "promptfoo asks it for sound too (`modalities` and `audio`), which is not done here";
            notes.dropped(&node.at, format!("the provider `{id}`"), why);
        }
        let output = output(name, config);
        let provider = Provider {
            model: ImportedModel {
                endpoint: Some(endpoint),
                params: body.params(name, &model, &params, &Map::new()),
                name: model,
                price: price(config),
            },
            settings: Settings {
                body,
                provider: name.to_owned(),
                params,
            },
            at: node.at.clone(),
            output,
            called: Vec::new(),
            prompts: None,
            is_embedding: interface == Interface::Embedding,
            tells_finish: interface == Interface::Chat && !matches!(name, "mistral" | "localai"),
            reads_chats: interface != Interface::Completion,
        };
        Ok(Some(labelled(provider, &called, settings, notes)))
    }

    /// The parameters that the provider or the environment of the configuration sets.
    fn all_params(
        &self,
        own: &Providers<'_>,
        name: &str,
        body: Body,
        config: Option<&Node>,
        node: &Node,
        notes: &mut Notes,
    ) -> Map<String, Value> {
        // Of the provider's own environment promptfoo takes the address and what tags name, no parameters.
        let mut params = usual_params(body, self.env);
        params.extend(own.params(name, config, notes, body));
        // It goes before what the provider says.
        if let (Body::Completion, Some(stop)) = (body, self.env.get("OPENAI_STOP")) {
            match serde_json::from_str(stop) {
                Ok(stop) => {
                    params.insert("stop".into(), stop);
                }
                Err(error) => notes.dropped(&node.at, "`env.OPENAI_STOP`", error.to_string()),
            }
        }
        if name == "azure" {
            for about in ABOUT_THE_MODEL {
                if let Some(value) = config.and_then(|c| c.get(about)) {
                    params.insert(about.to_owned(), value.json());
                }
            }
        }
        params
    }
}

/// A provider with the names by which tests choose it, and the prompts that it gets.
fn labelled(
    mut provider: Provider,
    id: &str,
    settings: Option<&Node>,
    notes: &mut Notes,
) -> Provider {
    let label = settings.and_then(|s| s.get("label")).and_then(Node::text);
    let called = [Some(id), label].into_iter().flatten();
    provider.called = called.map(str::to_owned).collect();
    for (key, value) in settings.map_or(&[][..], Node::entries) {
        match key.as_str() {
            "id" | "config" | "label" | "env" => {}
            // One that is no list is not looked at.
            "prompts" if value.text().is_some() => {}
            "prompts" => {
                let names = value.items().iter().filter_map(Node::text);
                provider.prompts = Some(names.map(str::to_owned).collect());
            }
            "transform" => notes.dropped(
                &value.at,
                "`transform` of a provider",
                "answers are judged as they come: let a metric of the kind `command` change them",
            ),
            "delay" => notes.changed(
                &value.at,
                "`delay` of a provider",
                "set `requests_per_minute` of its endpoint",
            ),
            "inputs" => notes.dropped(&value.at, "`inputs` of a provider", "it has no counterpart"),
            other => note_ignored(format!("`{other}` of a provider"), value, notes),
        }
    }
    provider
}

/// The output that assertions see of its answers.
fn output(name: &str, config: Option<&Node>) -> PromptfooOutput {
    let thinking = config.and_then(|config| config.get("showThinking"));
    PromptfooOutput {
        provider: match name {
            "openrouter" => PromptfooProvider::OpenRouter,
            "azure" => PromptfooProvider::Azure,
            "mistral" => PromptfooProvider::Mistral,
            "localai" => PromptfooProvider::LocalAi,
            _ => PromptfooProvider::OpenAi,
        },
        parse_json: false,
        show_thinking: thinking.is_none_or(|node| node.json() != Value::Bool(false)),
    }
}

/// Tell of requests that are sent in another form than promptfoo's.
fn requests_differ(
    name: &str,
    interface: Interface,
    id: &str,
    config: Option<&Node>,
    at: &NotePlace,
    notes: &mut Notes,
) {
    let theirs = match (name, interface) {
        ("anthropic", _) => "promptfoo sends Anthropic's own requests (`/v1/messages`)",
        ("google", _) => "promptfoo sends Google's own requests (`generateContent`)",
        ("ollama", Interface::Completion) => {
            "promptfoo sends Ollama's own requests (`/api/generate`, with `options`)"
        }
        ("ollama", Interface::Chat) => {
            "promptfoo sends Ollama's own requests (`/api/chat`, with `options`)"
        }
        ("mistral", Interface::Chat) if config.and_then(|c| c.get("random_seed")).is_none() => {
            let why =
                "promptfoo sends `random_seed: null` beside the parameters, which is left out here";
            notes.dropped(at, format!("the provider `{id}`"), why);
            return;
        }
        (_, Interface::Responses) => {
            let why = "its requests differ: it is called as `api = \"responses\"`, where system messages at the beginning are its `instructions`, messages are a list, and answers are not stored unless `store` says so; assertions see calls of functions and summaries of thoughts in another form";
            notes.dropped(at, format!("the provider `{id}`"), why);
            return;
        }
        _ => return,
    };
    let why = format!(
        "its requests differ: {theirs}, and here it is called through its OpenAI-compatible URL, which supports fewer parameters"
    );
    notes.dropped(at, format!("the provider `{id}`"), why);
}
