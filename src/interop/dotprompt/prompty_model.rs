//! The model of a Prompty file: which endpoint, and what Prompty sends to it.

use super::{prompty_schema::response_format, prompty_values::variable};
use crate::interop::{
    Endpoint, ImportedModel, Node, Notes,
    secret_names::{without_password, without_secrets},
    services::service,
};
use serde_json::{Map, Value};

/// What a Prompty file calls. `None` where it is no endpoint that can be called here; then it is told.
pub(super) fn model(root: &Node, model: &Node, notes: &mut Notes) -> Option<ImportedModel> {
    let reader = Reader { root, model };
    let configuration = model.get("configuration");
    let provider = reader.text(&["type", "provider"]).unwrap_or_default();
    let params = reader.params(&provider, notes);
    let own = configuration.and_then(|_| reader.text(&["azure_deployment", "name", "model"]));
    let name = own
        .or_else(|| model.get("id").and_then(Node::text).map(str::to_owned))
        .or_else(|| model.text().map(str::to_owned));
    let usual = match reader.api().as_str() {
        _ if configuration.is_some() => "gpt-4o-mini",
        "responses" => "gpt-4o",
        _ => "gpt-4",
    };
    let name = name.unwrap_or_else(|| usual.into());
    let endpoint = reader.endpoint(&provider, &name, notes)?;
    for value in [Some(&name), reader.text(&["base_url", "endpoint"]).as_ref()] {
        let named = value.filter(|value| value.contains("${") && !provider.contains("azure"));
        if let Some(value) = named {
            let why = "a variable of the environment decides it: write it into wording.toml";
            notes.dropped(&model.at, format!("`{value}`"), why);
        }
    }
    Some(ImportedModel {
        endpoint: Some(endpoint),
        name,
        params,
        price: None,
    })
}

struct Reader<'a> {
    root: &'a Node,
    model: &'a Node,
}

impl Reader<'_> {
    /// The first of these keys, of the connection or of the model.
    fn text(&self, keys: &[&str]) -> Option<String> {
        let connection = self.model.get("configuration").or(self.connection());
        keys.iter().find_map(|key| {
            let found = connection.and_then(|c| c.get(key)).or(self.model.get(key));
            found.and_then(Node::text).map(str::to_owned)
        })
    }

    fn connection(&self) -> Option<&Node> {
        self.model.get("connection")
    }

    fn endpoint(&self, provider: &str, name: &str, notes: &mut Notes) -> Option<Endpoint> {
        let at = &self.model.at;
        let kind = self.connection().and_then(|c| c.get("kind"));
        let kind = kind.and_then(Node::text).unwrap_or_default();
        let address = self.text(&["azure_endpoint", "endpoint", "base_url"]);
        let address = address.filter(|url| !url.is_empty() && !url.starts_with("${"));
        let address = address.map(|url| {
            let is_web = url.starts_with("http://") || url.starts_with("https://");
            if is_web || kind == "foundry" {
                return url;
            }
            let shown = without_password(&format!("http://{url}"));
            let shown = shown.as_deref().map_or(&*url, |url| &url["http://".len()..]);
            let why = "it begins with neither `http://` nor `https://`: write it into wording.toml as `base_url`";
            notes.dropped(at, format!("the address `{shown}`"), why);
            "http://localhost:1/set-base_url".into()
        });
        let without = address.as_deref().and_then(without_password);
        if let Some(url) = &without {
            let why = "the user and the password in it are secrets and are not taken over: write the address as you need it into wording.toml";
            notes.dropped(at, format!("the address `{url}`"), why);
        }
        let address = without.or(address);
        let mut endpoint = match provider {
            // Version 1 says `azure_openai`.
            "foundry" if kind == "foundry" => {
                notes.dropped(
                    at,
                    "the connection `foundry`",
                    "it signs in by Entra ID: set the variable AZURE_OPENAI_API_KEY to a token",
                );
                self.openai(address.as_deref().map(foundry_url))
            }
            name_of if name_of.contains("azure") || name_of == "foundry" => {
                self.azure(address.as_deref(), name, notes)
            }
            "anthropic" => {
                let why = "its requests differ: Prompty sends Anthropic's own requests (`/v1/messages`), and here it is called through its OpenAI-compatible URL";
                notes.dropped(at, "the provider `anthropic`", why);
                let (name, url, key) = service("anthropic")?;
                Endpoint {
                    name: name.into(),
                    base_url: address.unwrap_or_else(|| url.into()),
                    key: Some(key.to_owned()),
                    ..Endpoint::default()
                }
            }
            "" | "openai" => self.openai(address),
            other => {
                let why = "it is not known: demo/echo, which repeats the prompt, is in its place";
                notes.dropped(at, format!("the provider `{other}`"), why);
                return None;
            }
        };
        if kind == "reference" {
            let why = "the program that loads the file decides its address and key: write them into wording.toml";
            notes.dropped(at, "the connection by `reference`", why);
        }
        self.key(&mut endpoint, notes);
        match self.api().as_str() {
            "" | "chat" => {}
            "completion" => endpoint.api = Some("completions"),
            "responses" => {
                endpoint.api = Some("responses");
                let why = "its requests differ: here they say `store: false` unless `store` is among the options";
                notes.dropped(at, "`apiType: responses`", why);
            }
            other => notes.dropped(
                at,
                format!("`apiType: {other}`"),
                "only chats can be sent: it is called as one",
            ),
        }
        Some(endpoint)
    }

    fn api(&self) -> String {
        self.text(&["apiType", "api"]).unwrap_or_default()
    }

    /// The variable with the key; a key itself is never taken over.
    fn key(&self, endpoint: &mut Endpoint, notes: &mut Notes) {
        let connection = self.model.get("configuration").or(self.connection());
        let node = connection.and_then(|c| c.get("apiKey").or(c.get("api_key")));
        let Some((node, text)) = node.and_then(|node| Some((node, node.text()?))) else {
            return;
        };
        if let Some(name) = variable(text) {
            endpoint.key = Some(name.to_owned());
        } else if !text.is_empty() {
            let name = endpoint.key.get_or_insert_with(|| "API_KEY".into());
            let why = format!("the key itself is not taken over: set the variable {name}");
            notes.changed(&node.at, "`apiKey`", why);
        }
    }

    fn openai(&self, address: Option<String>) -> Endpoint {
        Endpoint {
            name: "openai".into(),
            base_url: address.unwrap_or_else(|| "https://api.openai.com/v1".into()),
            key: Some("OPENAI_API_KEY".into()),
            ..Endpoint::default()
        }
    }

    fn azure(&self, address: Option<&str>, name: &str, notes: &mut Notes) -> Endpoint {
        let host = match address {
            Some(host) => host.trim_end_matches('/').to_owned(),
            None => {
                notes.dropped(
                    &self.model.at,
                    "the address of Azure",
                    "a variable of the environment decides it: write it into wording.toml as `base_url`",
                );
                "https://set-the-host.openai.azure.com".into()
            }
        };
        let version = self.text(&["api_version"]).filter(|v| !v.starts_with("${"));
        let version = version.unwrap_or_else(|| "2024-12-01-preview".into());
        Endpoint {
            name: "azure".into(),
            base_url: format!("{host}/openai/deployments/{name}?api-version={version}"),
            key: Some("AZURE_OPENAI_API_KEY".into()),
            ..Endpoint::default()
        }
    }

    /// Request parameters: `parameters` as they are, or `options`, which have names of their own; and the format of the answer.
    fn params(&self, provider: &str, notes: &mut Notes) -> Map<String, Value> {
        let mut body = Map::new();
        let parameters = self.model.get("parameters").map_or(&[][..], Node::entries);
        let mut params = sdk_arguments(parameters, &mut body, notes);
        let is_responses = self.api() == "responses";
        let options = self.model.get("options");
        let mut more = Map::new();
        for (key, value) in options.map_or(&[][..], Node::entries) {
            let name = match key.as_str() {
                "temperature" => "temperature",
                "topP" => "top_p",
                "maxOutputTokens" if is_responses => "max_output_tokens",
                "maxOutputTokens" if provider == "anthropic" => "max_tokens",
                "maxOutputTokens" => "max_completion_tokens",
                "reasoningEffort" => "reasoning_effort",
                "additionalProperties" => {
                    more.extend(sdk_arguments(value.entries(), &mut body, notes));
                    continue;
                }
                "seed"
                | "topK"
                | "frequencyPenalty"
                | "presencePenalty"
                | "stopSequences"
                | "allowMultipleToolCalls"
                    if is_responses =>
                {
                    continue;
                }
                "seed" => "seed",
                "topK" => "top_k",
                "frequencyPenalty" => "frequency_penalty",
                "presencePenalty" => "presence_penalty",
                "stopSequences" => "stop",
                "allowMultipleToolCalls" => "parallel_tool_calls",
                other => {
                    let why = "unknown option: add it to `params` if the endpoint supports it";
                    notes.dropped(&value.at, format!("`options.{other}`"), why);
                    continue;
                }
            };
            let json = value.json();
            if json != Value::Array(Vec::new()) {
                params.insert(name.into(), json);
            }
        }
        for (name, value) in more {
            params.entry(name).or_insert(value);
        }
        if options.is_some() && provider != "anthropic" {
            let id = self.model.get("id").and_then(Node::text);
            params.retain(|name, _| takes(id.unwrap_or_default(), name));
        }
        params.extend(body);
        if let Some(outputs) = self.root.get("outputs") {
            match response_format(outputs) {
                Ok(format) if provider != "anthropic" => {
                    params.insert("response_format".into(), format);
                }
                Ok(_) => {}
                Err(why) => notes.dropped(&outputs.at, "`outputs`", why),
            }
        }
        params
    }
}

/// What Prompty hands to a function of the SDK as it is: parameters of the body, and settings of the call. `extra_body` goes over the
/// others in the body; secrets are left out.
fn sdk_arguments(
    arguments: &[(String, Node)],
    body: &mut Map<String, Value>,
    notes: &mut Notes,
) -> Map<String, Value> {
    let mut params = Map::new();
    for (name, node) in arguments {
        let why = match name.as_str() {
            "extra_headers" => {
                "headers are no parameters: write them into the endpoint in wording.toml"
            }
            "extra_query" => "write it into `base_url` in wording.toml",
            "timeout" => "it is no parameter: write it into the endpoint in wording.toml",
            _ => {
                let value = without_secrets(name, node.json(), &node.at, notes);
                match (name.as_str(), value) {
                    ("extra_body", Some(Value::Object(map))) => body.extend(map),
                    (_, value) => params.extend(value.map(|value| (name.clone(), value))),
                }
                continue;
            }
        };
        notes.dropped(&node.at, format!("`{name}`"), why);
    }
    params
}

/// Whether Prompty sends a parameter to a model, which it judges by its name.
fn takes(model: &str, param: &str) -> bool {
    let name = model.to_lowercase();
    let name = name.trim_start_matches(['.', '/']);
    let digit = name.strip_prefix('o').and_then(|rest| rest.chars().next());
    let reasons = digit.is_some_and(|c| ('1'..='9').contains(&c)) || name.starts_with("gpt-5");
    match param {
        "temperature" | "top_p" | "top_k" | "frequency_penalty" | "presence_penalty" => !reasons,
        "reasoning_effort" => reasons,
        _ => true,
    }
}

/// The address that Prompty makes of a project of Foundry.
fn foundry_url(endpoint: &str) -> String {
    let (scheme, rest) = endpoint.split_once("://").unwrap_or(("https", endpoint));
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.replacen(".services.ai.azure.com", ".openai.azure.com", 1);
    format!("{scheme}://{host}/openai/v1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::path::Path;

    fn read(yaml: &str) -> (Option<ImportedModel>, usize) {
        let root = Node::parse(Path::new("a.prompty"), yaml).unwrap();
        let mut notes = Notes::default();
        let made = model(&root, root.get("model").unwrap(), &mut notes);
        (made, notes.finish().len())
    }

    /// Recorded with Prompty 2.1.0.
    #[test]
    fn models_get_what_prompty_sends() {
        for (yaml, url, name, params, notes) in [
            (
                "model: {id: gpt-5-mini, options: {temperature: 0.2, topP: 0.3, maxOutputTokens: 50, additionalProperties: {reasoning_effort: low}}}",
                "https://api.openai.com/v1",
                "gpt-5-mini",
                json!({"max_completion_tokens": 50, "reasoning_effort": "low"}),
                0,
            ),
            (
                "model: {id: m, options: {maxOutputTokens: 10, temperature: 0.0, additionalProperties: {n: 1, temperature: 5, reasoning_effort: low}}}",
                "https://api.openai.com/v1",
                "m",
                json!({"max_completion_tokens": 10, "temperature": 0.0, "n": 1}),
                0,
            ),
            (
                "model: {id: gpt-4o, connection: {kind: reference, name: mine}}",
                "https://api.openai.com/v1",
                "gpt-4o",
                json!({}),
                1,
            ),
            (
                "model: {id: claude-3-5-haiku-latest, provider: anthropic, options: {temperature: 0.5, maxOutputTokens: 3}}",
                "https://api.anthropic.com/v1",
                "claude-3-5-haiku-latest",
                json!({"temperature": 0.5, "max_tokens": 3}),
                1,
            ),
            (
                "model: {id: gpt-4o, provider: foundry, connection: {kind: foundry, endpoint: 'https://p.services.ai.azure.com/api/projects/x'}}",
                "https://p.openai.azure.com/openai/v1",
                "gpt-4o",
                json!({}),
                1,
            ),
            (
                "model: {id: gpt-4o, apiType: responses, options: {temperature: 0.1, maxOutputTokens: 10}}",
                "https://api.openai.com/v1",
                "gpt-4o",
                json!({"temperature": 0.1, "max_output_tokens": 10}),
                1,
            ),
            (
                "model: {id: m, options: {temperature: 0.5, additionalProperties: {n: 1, token: sk, extra_headers: {Authorization: Bearer sk}, extra_body: {top_k: 3, temperature: 1, auth: sk}, timeout: 30}}}",
                "https://api.openai.com/v1",
                "m",
                json!({"temperature": 1, "n": 1, "top_k": 3}),
                4,
            ),
            (
                "model: {apiType: responses, connection: {kind: key, apiKey: sk-abc, endpoint: 'localhost:1234/v1'}}",
                "http://localhost:1/set-base_url",
                "gpt-4o",
                json!({}),
                3,
            ),
            (
                "model: {connection: {kind: key, endpoint: 'https://me:pw@host/v1'}}",
                "https://host/v1",
                "gpt-4",
                json!({}),
                1,
            ),
        ] {
            let (made, told) = read(yaml);
            let made = made.unwrap();
            assert_eq!(made.endpoint.unwrap().base_url, url);
            assert_eq!((made.name.as_str(), told), (name, notes), "{yaml}");
            assert_eq!(Value::Object(made.params), params, "{yaml}");
        }
        let (made, told) = read("model: {id: x, provider: bedrock}");
        assert!(made.is_none() && told == 1);
        let (made, _) = read("model: {id: x, connection: {kind: key, apiKey: '${env:MINE}'}}");
        assert_eq!(made.unwrap().endpoint.unwrap().key.as_deref(), Some("MINE"));
    }
}
