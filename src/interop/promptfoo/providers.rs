//! Providers: which endpoint, which model, with which parameters.

use super::{
    super::{
        Endpoint, ImportedModel, Node, NotePlace, Notes,
        secret_names::{without_password, without_secrets},
        services::service,
        shell::is_in_shell,
    },
    azure::ABOUT_THE_MODEL,
    environment::{environment, fill_known, usual_params},
    files::Files,
    requests::Body,
};
use crate::project::{PromptfooOutput, PromptfooProvider};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A provider as a model here.
#[derive(Debug, Clone)]
pub(super) struct Provider {
    /// With the parameters that it gets where a test has none of its own.
    pub(super) model: ImportedModel,
    settings: Settings,
    /// Where it stands.
    pub(super) at: NotePlace,
    /// The output that assertions see of its answers.
    pub(super) output: PromptfooOutput,
    /// The names by which tests may choose it.
    pub(super) called: Vec<String>,
    /// The prompts that it gets; all where `None`.
    pub(super) prompts: Option<Vec<String>>,
}

/// What a provider is set to, from which promptfoo makes its requests.
#[derive(Debug, Clone)]
struct Settings {
    body: Body,
    provider: String,
    params: Map<String, Value>,
}

impl Provider {
    /// The stand-in, which repeats its prompt.
    pub(super) fn stand_in(at: &NotePlace) -> Provider {
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
        }
    }

    /// The output that assertions see of an answer to a request with these parameters.
    pub(super) fn output(&self, params: &Map<String, Value>) -> PromptfooOutput {
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
    pub(super) fn params(&self, test: &Map<String, Value>) -> Map<String, Value> {
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

/// Parameters that are sent as they are.
pub(super) const PARAMS: [&str; 35] = [
    "reasoning",
    "tool_resources",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "temperature",
    "max_tokens",
    "max_output_tokens",
    "max_completion_tokens",
    "top_p",
    "top_k",
    "min_p",
    "frequency_penalty",
    "presence_penalty",
    "repetition_penalty",
    "stop",
    "seed",
    "response_format",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "reasoning_effort",
    "verbosity",
    "logit_bias",
    "user",
    "logprobs",
    "top_logprobs",
    "service_tier",
    "functions",
    "function_call",
    "n",
    "metadata",
    "store",
    "best_of",
    "omitDefaults",
];

pub(super) struct Providers<'a> {
    pub(super) files: &'a Files,
    /// Variables that the configuration sets.
    pub(super) env: &'a BTreeMap<String, String>,
}

impl Providers<'_> {
    /// The provider of a node: a name, a map with `id`, or a map from the name to its settings. `None` where it cannot be one
    /// here; then it is told.
    pub(super) fn provider(&self, node: &Node, notes: &mut Notes) -> Option<Provider> {
        let (id, settings) = match node.text() {
            Some(id) => (id.to_owned(), None),
            None => match (node.get("id").and_then(Node::text), node.entries()) {
                (Some(id), _) => (id.to_owned(), Some(node)),
                (None, [(id, settings)]) => {
                    let id = settings.get("id").and_then(Node::text).unwrap_or(id);
                    (id.to_owned(), Some(settings))
                }
                _ => {
                    notes.dropped(&node.at, "a provider", "it has no `id`");
                    return None;
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
        let (mut model, mut settings_of) = own.model(&id, config, &node.at, notes)?;
        // Of the provider's own environment promptfoo takes the address and what tags name, no parameters.
        let mut params = usual_params(settings_of.body, self.env);
        params.extend(std::mem::take(&mut settings_of.params));
        // It goes before what the provider says.
        if let (Body::Completion, Some(stop)) = (settings_of.body, self.env.get("OPENAI_STOP")) {
            match serde_json::from_str(stop) {
                Ok(stop) => {
                    params.insert("stop".into(), stop);
                }
                Err(error) => notes.dropped(&node.at, "`env.OPENAI_STOP`", error.to_string()),
            }
        }
        settings_of.params = params;
        if model.name.contains("{{") || model.name.contains("${") {
            let why = "a variable of the environment decides it: write its value into the configuration under `env`";
            notes.dropped(&node.at, format!("the model `{}`", model.name), why);
        }
        let Settings {
            body,
            provider,
            params,
        } = &settings_of;
        model.params = body.params(provider, &model.name, params, &Map::new());
        let thinking = config.and_then(|config| config.get("showThinking"));
        let output = PromptfooOutput {
            provider: match provider.as_str() {
                "openrouter" => PromptfooProvider::OpenRouter,
                "azure" => PromptfooProvider::Azure,
                "mistral" => PromptfooProvider::Mistral,
                _ => PromptfooProvider::OpenAi,
            },
            parse_json: false,
            show_thinking: thinking.is_none_or(|node| node.json() != Value::Bool(false)),
        };
        let label = settings.and_then(|s| s.get("label")).and_then(Node::text);
        let mut prompts = None;
        for (key, value) in settings.map_or(&[][..], Node::entries) {
            match key.as_str() {
                "id" | "config" | "label" | "env" => {}
                "prompts" => {
                    let names = value.items().iter().filter_map(Node::text);
                    prompts = Some(names.map(str::to_owned).collect());
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
                other => notes.dropped(
                    &value.at,
                    format!("`{other}` of a provider"),
                    "it has no counterpart",
                ),
            }
        }
        Some(Provider {
            model,
            settings: settings_of,
            at: node.at.clone(),
            output,
            called: [Some(id.as_str()), label]
                .into_iter()
                .flatten()
                .map(str::to_owned)
                .collect(),
            prompts,
        })
    }

    fn model(
        &self,
        id: &str,
        config: Option<&Node>,
        at: &NotePlace,
        notes: &mut Notes,
    ) -> Option<(ImportedModel, Settings)> {
        let drop = |notes: &mut Notes, why: &str| {
            notes.dropped(at, format!("the provider `{id}`"), why);
            None
        };
        if id == "echo" {
            let echo = Provider::stand_in(at);
            return Some((echo.model, echo.settings));
        }
        let (prefix, rest) = id.split_once(':').unwrap_or((id, ""));
        if matches!(prefix, "azure" | "azureopenai") {
            return self.azure(rest, config, at, notes);
        }
        if matches!(prefix, "together" | "deepinfra" | "llamafile" | "vllm") {
            let why = "promptfoo knows no such provider, and refuses the configuration; it is called here";
            notes.changed(at, format!("the provider `{id}`"), why);
        }
        let prefix = match prefix {
            "together" => "togetherai",
            "gemini" => "google",
            other => other,
        };
        let Some((name, url, key)) = service(prefix) else {
            let why = match prefix {
                "python" | "exec" | "file" | "golang" | "ruby" | "package" => {
                    "providers that run a program are not supported: put an OpenAI-compatible server in front of it"
                }
                "http" | "https" | "webhook" | "websocket" => {
                    "only OpenAI-compatible endpoints can be asked: put such a server before it"
                }
                _ => {
                    "no OpenAI-compatible address is known of it: add it to wording.toml as an endpoint"
                }
            };
            return drop(notes, why);
        };
        let (kind, model) = match rest.split_once(':') {
            Some((kind, model)) if is_kind(kind) => (kind, model),
            _ => ("chat", rest),
        };
        if matches!(
            kind,
            "assistant" | "realtime" | "image" | "moderation" | "agents" | "live"
        ) {
            return drop(notes, "only chat, completions and embeddings can be asked");
        }
        let text = |key: &str| config.and_then(|c| c.get(key)).and_then(Node::text);
        let model = match text("modelName").unwrap_or(model) {
            "" => return drop(notes, "it names no model"),
            model => model,
        };
        let host = text("apiHost").map(|host| format!("https://{}/v1", self.with_env(host)));
        let from_env = match name {
            "openai" => self
                .env
                .get("OPENAI_BASE_URL")
                .or(self.env.get("OPENAI_API_BASE_URL"))
                .cloned()
                .or_else(|| Some(format!("https://{}/v1", self.env.get("OPENAI_API_HOST")?))),
            // Its address there is without the version.
            "ollama" => (self.env.get("OLLAMA_BASE_URL"))
                .map(|url| format!("{}/v1", url.trim_end_matches('/'))),
            "localai" => self.env.get("LOCALAI_BASE_URL").cloned(),
            _ => None,
        };
        let written = ["apiBaseUrl", "base_url", "baseURL", "baseUrl"]
            .iter()
            .find_map(|key| text(key));
        let mut url = written
            .map(|url| self.with_env(url))
            .or(host)
            .or(from_env)
            .unwrap_or_else(|| url.to_owned());
        if let Some(without) = without_password(&url) {
            let why = "the user and the password in it are secrets and are not taken over: write the address as you need it into wording.toml";
            notes.dropped(at, format!("the address `{without}`"), why);
            url = without;
        }
        if url.contains("{{") || url.contains("${") || !url.starts_with("http") {
            notes.dropped(
                at,
                format!("the address `{url}`"),
                "a variable of the environment decides it: write it into wording.toml as `base_url`",
            );
            url = "http://localhost:1/set-base_url".into();
        }
        let kind = match (name, kind, rest.split_once(':')) {
            // Without a kind, Ollama is asked to complete.
            ("ollama", "chat", found) if found.is_none_or(|(kind, _)| !is_kind(kind)) => {
                "completion"
            }
            _ => kind,
        };
        let differs = match name {
            "anthropic" => Some("promptfoo sends Anthropic's own requests (`/v1/messages`)"),
            "google" => Some("promptfoo sends Google's own requests (`generateContent`)"),
            "ollama" if kind == "completion" => {
                Some("promptfoo sends Ollama's own requests (`/api/generate`, with `options`)")
            }
            "ollama" if kind == "chat" => {
                Some("promptfoo sends Ollama's own requests (`/api/chat`, with `options`)")
            }
            "mistral" if kind == "chat" && config.and_then(|c| c.get("random_seed")).is_none() => {
                let why = "promptfoo sends `random_seed: null` beside the parameters, which is left out here";
                notes.dropped(at, format!("the provider `{id}`"), why);
                None
            }
            _ => None,
        };
        if let Some(theirs) = differs {
            let why = format!(
                "its requests differ: {theirs}, and here it is called through its OpenAI-compatible URL, which supports fewer parameters"
            );
            notes.dropped(at, format!("the provider `{id}`"), why);
        }
        // An address of one's own needs no key unless it names one.
        let key =
            Some(key).filter(|key| !key.is_empty() && (written.is_none() || name == "openai"));
        let own = written.is_some() && name == "openai";
        let endpoint = Endpoint {
            name: if own {
                host_name(&url)
            } else {
                name.to_owned()
            },
            base_url: url,
            key: self.key(config, key, notes),
            api: match kind {
                "completion" => Some("completions"),
                "responses" => Some("responses"),
                _ => None,
            },
            headers: self.headers(config, notes),
        };
        if kind == "responses" {
            let why = "its requests differ: it is called as `api = \"responses\"`, where system messages at the beginning are its `instructions`, messages are a list, and answers are not stored unless `store` says so";
            notes.dropped(at, format!("the provider `{id}`"), why);
        }
        let body = Body::new(name, kind);
        let mut params = self.params(config, notes, body);
        if kind.starts_with("embedding") {
            params.clear();
        }
        let model = ImportedModel {
            endpoint: Some(endpoint),
            name: model.to_owned(),
            params: Map::new(),
            price: price(config),
        };
        let provider = name.to_owned();
        Some((
            model,
            Settings {
                body,
                provider,
                params,
            },
        ))
    }

    fn azure(
        &self,
        rest: &str,
        config: Option<&Node>,
        at: &NotePlace,
        notes: &mut Notes,
    ) -> Option<(ImportedModel, Settings)> {
        let (kind, deployment) = rest.split_once(':').unwrap_or(("chat", rest));
        let text = |key: &str| config.and_then(|c| c.get(key)).and_then(Node::text);
        let host = text("apiHost").or(text("apiBaseUrl"));
        let host = host.map(|host| self.with_env(host));
        let host = host.or_else(|| self.env.get("AZURE_API_HOST").cloned());
        let host = host.or_else(|| self.env.get("AZURE_OPENAI_API_HOST").cloned());
        let host = host.unwrap_or_else(|| {
            notes.dropped(
                at,
                "the host of Azure",
                "the environment decides it: write it into wording.toml as `base_url`",
            );
            "set-the-host.openai.azure.com".into()
        });
        let host = host.trim_start_matches("https://").trim_end_matches('/');
        let version = text("apiVersion").unwrap_or("2024-12-01-preview");
        let body = Body::new("azure", kind);
        let mut params = self.params(config, notes, body);
        for name in ABOUT_THE_MODEL {
            if let Some(value) = config.and_then(|c| c.get(name)) {
                params.insert(name.to_owned(), value.json());
            }
        }
        let model = ImportedModel {
            endpoint: Some(Endpoint {
                name: "azure".into(),
                base_url: format!(
                    "https://{host}/openai/deployments/{deployment}?api-version={version}"
                ),
                key: self.key(config, Some("AZURE_API_KEY"), notes),
                api: (kind == "completion").then_some("completions"),
                headers: self.headers(config, notes),
            }),
            name: deployment.to_owned(),
            params: Map::new(),
            price: price(config),
        };
        let settings = Settings {
            body,
            provider: "azure".into(),
            params,
        };
        Some((model, settings))
    }

    /// The variable with the key; a key itself is never taken over.
    fn key(&self, config: Option<&Node>, known: Option<&str>, notes: &mut Notes) -> Option<String> {
        let get = |key: &str| config.and_then(|c| c.get(key));
        if let Some(name) = get("apiKeyEnvar").and_then(Node::text) {
            return Some(name.to_owned());
        }
        let Some(node) = get("apiKey") else {
            return known.map(str::to_owned);
        };
        let text = node.text().unwrap_or_default();
        if let Some(name) = variable(text) {
            return Some(name);
        }
        let name = known.unwrap_or("API_KEY").to_owned();
        notes.changed(
            &node.at,
            "`apiKey`",
            format!("the key itself is not taken over: set the variable {name}"),
        );
        Some(name)
    }

    fn headers(&self, config: Option<&Node>, notes: &mut Notes) -> Vec<(String, String)> {
        let mut all = Vec::new();
        let get = |key: &str| config.and_then(|c| c.get(key));
        if let Some(organization) = get("organization").and_then(Node::text) {
            all.push(("OpenAI-Organization".into(), self.with_env(organization)));
        }
        for (name, value) in get("headers").map_or(&[][..], Node::entries) {
            let text = value.text().unwrap_or_default();
            let secret = ["authorization", "api-key", "x-api-key", "cookie"];
            match variable(text) {
                Some(variable) => all.push((name.clone(), format!("${{{variable}}}"))),
                None if secret.contains(&name.to_lowercase().as_str()) => notes.dropped(
                    &value.at,
                    format!("the header `{name}`"),
                    "a secret is not taken over: write \"${VARIABLE}\" as its value in wording.toml",
                ),
                None => all.push((name.clone(), self.with_env(text))),
            }
        }
        all
    }

    /// The parameters that are set.
    fn params(&self, config: Option<&Node>, notes: &mut Notes, body: Body) -> Map<String, Value> {
        const ELSEWHERE: [&str; 21] = [
            "showThinking",
            "apiKey",
            "apiKeyEnvar",
            "apiHost",
            "apiBaseUrl",
            "base_url",
            "baseURL",
            "baseUrl",
            "organization",
            "headers",
            "apiVersion",
            "modelName",
            "cost",
            "deployment",
            "api_type",
            "inputCost",
            "outputCost",
            // They change how promptfoo calls, and nothing of what it sends.
            "maxRetries",
            "apiKeyRequired",
            "useDefaultApiKey",
            "linkedTargetId",
        ];
        // What promptfoo does with these is not done here.
        const WITH_EFFECT: [&str; 8] = [
            "mcp",
            "functionToolCallbacks",
            "modalities",
            "audio",
            "systemPrompt",
            "deployment_id",
            "dataSources",
            "data_sources",
        ];
        // Of these it sends the default where they are `null`.
        const DEFAULTED: [&str; 3] = ["top_p", "presence_penalty", "frequency_penalty"];
        let mut params = Map::new();
        for (key, node) in config.map_or(&[][..], Node::entries) {
            let name = match key.as_str() {
                "num_predict" | "max_new_tokens" => "max_tokens",
                "maxTokens" => "max_tokens",
                "topP" => "top_p",
                other => other,
            };
            if ELSEWHERE.contains(&name) || ABOUT_THE_MODEL.contains(&name) {
                continue;
            }
            if node.is_null() {
                if body == Body::OpenAi && DEFAULTED.contains(&name) {
                    params.insert(name.to_owned(), Value::Null);
                } else if body.sends_null(name) {
                    let why = "promptfoo sends `null`, which is left out here";
                    notes.dropped(&node.at, format!("`{name}` of a provider"), why);
                }
                continue;
            }
            if name == "passthrough" {
                if let Some(value) = without_secrets(name, node.json(), &node.at, notes) {
                    let value = self.value_with_env(value, &node.at, notes);
                    params.insert("passthrough".into(), value);
                }
            } else if body.ignores(name) && !WITH_EFFECT.contains(&name) {
                let why = "promptfoo does not send it to this provider, so it is left out";
                notes.changed(&node.at, format!("`{name}` of a provider"), why);
            } else if PARAMS.contains(&name) {
                match self.files.value(node) {
                    Ok(value) => {
                        if let Some(value) = without_secrets(name, value, &node.at, notes) {
                            let value = self.value_with_env(value, &node.at, notes);
                            params.insert(name.to_owned(), value);
                        }
                    }
                    Err(error) => notes.dropped(&node.at, format!("`{name}`"), error.to_string()),
                }
            } else if WITH_EFFECT.contains(&name) {
                let why = "what promptfoo does with it has no counterpart";
                notes.dropped(&node.at, format!("`{name}` of a provider"), why);
            } else {
                notes.dropped(
                    &node.at,
                    format!("`{name}` of a provider"),
                    "unknown API parameter: add it to `params` if the endpoint supports it",
                );
            }
        }
        params
    }

    /// A value with the variables that the configuration itself sets; what else is in it is told.
    fn value_with_env(&self, value: Value, at: &NotePlace, notes: &mut Notes) -> Value {
        match value {
            Value::String(written) => {
                let (text, unknown) = fill_known(&written, self.env);
                let what = || format!("`{}`", crate::display::one_line(&text));
                let has_tag = text.contains("{{") || text.contains("${");
                // Tags that name nothing of the environment are not among the unknown.
                let all_unset = text.matches("{{").count() == unknown.len()
                    && !text.contains("${")
                    && !unknown.iter().any(|name| is_in_shell(name));
                if has_tag && all_unset {
                    let why = "neither your shell nor the configuration sets the variable, so it is sent as it is, as in promptfoo";
                    notes.changed(at, what(), why);
                } else if has_tag {
                    let why = "tags in parameters are not filled in: write the value itself";
                    notes.dropped(at, what(), why);
                }
                text.into()
            }
            Value::Array(items) => items
                .into_iter()
                .map(|item| self.value_with_env(item, at, notes))
                .collect(),
            Value::Object(map) => map
                .into_iter()
                .map(|(key, item)| (key, self.value_with_env(item, at, notes)))
                .collect::<Map<_, _>>()
                .into(),
            other => other,
        }
    }

    /// A text with the variables that the configuration itself sets.
    fn with_env(&self, text: &str) -> String {
        fill_known(text, self.env).0
    }
}

fn is_kind(word: &str) -> bool {
    const KINDS: [&str; 13] = [
        "chat",
        "completion",
        "embedding",
        "embeddings",
        "responses",
        "messages",
        "assistant",
        "realtime",
        "image",
        "moderation",
        "agents",
        "live",
        "text",
    ];
    KINDS.contains(&word)
}

/// The variable that a value names: `${NAME}`, `$NAME`, `{{ env.NAME }}`.
fn variable(text: &str) -> Option<String> {
    let text = text.trim();
    let name = text
        .strip_prefix("${")
        .and_then(|t| t.strip_suffix('}'))
        .or_else(|| {
            let inside = text.strip_prefix("{{")?.strip_suffix("}}")?.trim();
            inside.strip_prefix("env.")
        })
        .or_else(|| text.strip_prefix('$'))?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (!name.is_empty() && name.chars().all(is_name)).then(|| name.to_owned())
}

/// A name for an endpoint of one's own.
fn host_name(url: &str) -> String {
    let host = url.split("://").nth(1).unwrap_or(url);
    let host = host.split(['/', ':', '?']).next().unwrap_or("local");
    match host {
        "localhost" | "127.0.0.1" | "0.0.0.0" => "local".into(),
        other => super::super::slug(other),
    }
}

/// USD per million tokens, where the file says what a token costs.
fn price(config: Option<&Node>) -> Option<(f64, f64)> {
    let get = |key: &str| config?.get(key)?.number();
    let each = get("cost");
    let input = get("inputCost").or(each)?;
    let output = get("outputCost").or(each)?;
    let million = |cost: f64| (cost * 1e12).round() / 1e6;
    Some((million(input), million(output)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn read(yaml: &str) -> (Option<Provider>, Vec<String>) {
        let node = Node::parse(Path::new("c.yaml"), yaml).unwrap();
        let env = BTreeMap::from([("HOST".to_owned(), "http://gpu:8000/v1".to_owned())]);
        let mut notes = Notes::default();
        let files = Files::beside(Path::new("c.yaml"), false);
        let providers = Providers {
            files: &files,
            env: &env,
        };
        let provider = providers.provider(&node, &mut notes);
        let notes = notes.finish().iter().map(ToString::to_string).collect();
        (provider, notes)
    }

    #[test]
    fn reasoning_is_sent_whole_to_models_that_reason() {
        for (config, sent) in [
            ("{effort: low}", serde_json::json!({"effort": "low"})),
            (
                "{effort: low, summary: auto}",
                serde_json::json!({"effort": "low", "summary": "auto"}),
            ),
            ("{summary: auto}", serde_json::json!({"summary": "auto"})),
        ] {
            let yaml = format!("id: openai:responses:gpt-5\nconfig:\n  reasoning: {config}\n");
            let (provider, _) = read(&yaml);
            assert_eq!(provider.unwrap().model.params["reasoning"], sent);
        }
    }

    #[test]
    fn secrets_in_addresses_and_parameters_are_told_and_left_out() {
        let yaml = "id: openai:chat:m\nconfig:\n  apiBaseUrl: https://me:pw@host/v1\n  passthrough: {auth: x, n: 2}\n";
        let (provider, notes) = read(yaml);
        let model = provider.unwrap().model;
        assert_eq!(model.endpoint.unwrap().base_url, "https://host/v1");
        assert_eq!(
            (model.params.get("auth"), &model.params["n"]),
            (None, &2.into())
        );
        let told = |what: &str| notes.iter().any(|note| note.contains(what));
        assert!(told("`https://host/v1`") && told("`auth`"), "{notes:?}");
    }

    #[test]
    fn providers_become_endpoints_and_models() {
        for (yaml, url, key, model) in [
            (
                "openai:gpt-4o-mini",
                "https://api.openai.com/v1",
                "OPENAI_API_KEY",
                "gpt-4o-mini",
            ),
            (
                "openai:chat:ft:gpt-4o:me",
                "https://api.openai.com/v1",
                "OPENAI_API_KEY",
                "ft:gpt-4o:me",
            ),
            (
                "ollama:chat:llama3.2:1b",
                "http://localhost:11434/v1",
                "",
                "llama3.2:1b",
            ),
            (
                "openrouter:meta-llama/llama-3:free",
                "https://openrouter.ai/api/v1",
                "OPENROUTER_API_KEY",
                "meta-llama/llama-3:free",
            ),
            (
                "id: openai:chat:m\nconfig: {apiBaseUrl: '${HOST}', apiKeyEnvar: GPU}",
                "http://gpu:8000/v1",
                "GPU",
                "m",
            ),
            (
                "id: azure:chat:dep\nconfig: {apiHost: x.openai.azure.com, apiVersion: v1}",
                "https://x.openai.azure.com/openai/deployments/dep?api-version=v1",
                "AZURE_API_KEY",
                "dep",
            ),
        ] {
            let (provider, notes) = read(yaml);
            let found = provider.unwrap().model;
            let endpoint = found.endpoint.unwrap();
            assert_eq!(endpoint.base_url, url, "{notes:?}");
            assert_eq!(endpoint.key.unwrap_or_default(), key);
            assert_eq!(found.name, model);
        }
    }

    #[test]
    fn responses_are_called_as_such() {
        let (provider, notes) =
            read("id: openai:responses:gpt-4.1\nconfig: {max_output_tokens: 9, max_tokens: 3}");
        let model = provider.unwrap().model;
        assert_eq!(model.endpoint.unwrap().api, Some("responses"));
        let params = serde_json::json!({"max_output_tokens": 9, "temperature": 0});
        assert_eq!(Value::Object(model.params), params);
        assert!(
            notes
                .iter()
                .any(|note| note.contains("api = \"responses\"")),
            "{notes:?}"
        );
        assert!(
            notes.iter().any(|note| note.contains("`max_tokens`")),
            "{notes:?}"
        );
    }

    #[test]
    fn keys_stay_where_they_are_and_what_is_no_endpoint_is_told() {
        let (provider, notes) = read(
            "id: openai:chat:m\nconfig:\n  apiKey: sk-secret\n  temperature: 0.7\n  cost: 0.000002\n  strange: 1",
        );
        let model = provider.unwrap().model;
        assert!(!format!("{model:?}{notes:?}").contains("sk-secret"));
        assert_eq!(model.params["temperature"], 0.7);
        assert_eq!(model.params["max_tokens"], 1024);
        assert_eq!(model.price, Some((2.0, 2.0)));
        assert!(
            notes.iter().any(|n| n.contains("c.yaml:6: `strange`")),
            "{notes:?}"
        );
        let (provider, notes) = read("python:mine.py");
        assert!(
            provider.is_none() && notes[0].contains("c.yaml:1"),
            "{notes:?}"
        );
    }
}
