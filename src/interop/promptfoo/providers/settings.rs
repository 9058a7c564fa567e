//! The settings of a provider that are request parameters.

use super::context::Providers;
use crate::interop::{
    ImportError, Kind, Node, NotePlace, Notes,
    imported_project::has_null,
    promptfoo::{
        environment::fill_known,
        files::Files,
        prompts::{NOT_READ, is_extended},
        requests::{ABOUT_THE_MODEL, Body, is_own_setting, is_true},
    },
    secret_names::without_secrets,
    shell::is_in_shell,
};
use crate::source::has_wildcard;
use serde_json::{Map, Value};
use std::path::Path;

/// Parameters that are sent as they are.
pub(in crate::interop::promptfoo) const PARAMS: [&str; 35] = [
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

/// Parameters in which promptfoo fills in no tags but those of the environment.
const PLAIN: [&str; 4] = ["temperature", "stop", "user", "metadata"];

/// Settings that are no parameters of a request.
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

/// Tell of `null` in a parameter, which TOML cannot write.
fn no_nulls(name: &str, value: &Value, at: &NotePlace, notes: &mut Notes) {
    if has_null(value) {
        let why = "a `null` in it is sent by promptfoo, and cannot be written in wording.toml";
        notes.dropped(at, format!("`{name}` of a provider"), why);
    }
}

/// The value of a parameter. Tools, functions and the form of an answer may stand in a file that it names, each of several tools too, and
/// the schema of an answer in one of its own.
pub(in crate::interop::promptfoo) fn param_value(
    name: &str,
    node: &Node,
    files: &Files,
    notes: &mut Notes,
) -> Result<Value, ImportError> {
    if !["tools", "functions", "response_format"].contains(&name) {
        if node.text().is_some_and(|text| text.starts_with("file://")) {
            let why = "promptfoo reads no file there, and sends the text: write the value itself";
            notes.dropped(&node.at, format!("the file of `{name}`"), why);
        }
        return Ok(node.json());
    }
    if name != "response_format" {
        return in_files(node, files, name == "tools", notes);
    }
    let mut value = files.value(node)?;
    if name != "response_format" || value["type"] != "json_schema" {
        return Ok(value);
    }
    let schema = match value.get("schema").filter(|schema| is_true(schema)) {
        Some(_) => value.get_mut("schema"),
        None => value.pointer_mut("/json_schema/schema"),
    };
    if let Some(schema) = schema {
        *schema = files.value(&Node::from_json(schema, &node.at))?;
    }
    Ok(value)
}

/// A value whose items may each stand in a file. Lists among several tools are one list where all of them are lists.
fn in_files(
    node: &Node,
    files: &Files,
    is_of_tools: bool,
    notes: &mut Notes,
) -> Result<Value, ImportError> {
    let Kind::List(items) = &node.kind else {
        let pattern = node.text().filter(|text| {
            let is_path = text.starts_with("file://") && !text.contains("{{");
            is_path && has_wildcard(Path::new(text))
        });
        let Some(pattern) = pattern else {
            return files.value(node);
        };
        // Of a pattern all that is found is one list.
        let mut all = Vec::new();
        let found = files.all(pattern, &node.at);
        if found.is_empty() {
            let why = match is_extended(pattern) {
                true => NOT_READ,
                false => "no file matches it, and promptfoo ends each row with an error",
            };
            notes.dropped(&node.at, format!("`{pattern}`"), why);
            return Ok(node.json());
        }
        for path in found {
            match files.tree(&path, &node.at)?.json() {
                Value::Array(items) => all.extend(items),
                other => all.push(other),
            }
        }
        return Ok(all.into());
    };
    let items: Vec<Value> = items
        .iter()
        .map(|item| in_files(item, files, is_of_tools, notes))
        .collect::<Result<_, _>>()?;
    if !is_of_tools || !items.iter().all(Value::is_array) {
        return Ok(items.into());
    }
    let lists = items.iter().filter_map(Value::as_array).flatten();
    Ok(lists.cloned().collect())
}

/// Tell of settings of a model that embeds: texts are sent alone here.
pub(super) fn embedding_settings(service: &str, config: Option<&Node>, notes: &mut Notes) {
    let passes_all = ["togetherai", "fireworks"].contains(&service);
    for (key, node) in config.map_or(&[][..], Node::entries) {
        if node.is_null() || ELSEWHERE.contains(&key.as_str()) || key == "model" {
            continue;
        }
        let what = format!("`{key}` of a model that embeds");
        if passes_all || key == "passthrough" {
            let why = "promptfoo sends it with each text, and here the texts are sent alone";
            notes.dropped(&node.at, what, why);
        } else {
            let why = "promptfoo does not send it, so it is left out";
            notes.changed(&node.at, what, why);
        }
    }
}

impl Providers<'_> {
    /// The parameters that are set.
    pub(super) fn params(
        &self,
        service: &str,
        config: Option<&Node>,
        notes: &mut Notes,
        body: Body,
    ) -> Map<String, Value> {
        // What promptfoo does with these is not done here.
        const WITH_EFFECT: [&str; 10] = [
            "mcp",
            "functionToolCallbacks",
            "modalities",
            "audio",
            "systemPrompt",
            "deployment_id",
            "dataSources",
            "data_sources",
            "background",
            "webhook_url",
        ];
        // Of these it sends the default where they are `null`.
        const DEFAULTED: [&str; 3] = ["top_p", "presence_penalty", "frequency_penalty"];
        let mut params = Map::new();
        for (key, node) in config.map_or(&[][..], Node::entries) {
            let name = match (body, key.as_str()) {
                (Body::Plain, "num_predict" | "max_new_tokens" | "maxTokens") => "max_tokens",
                (Body::Plain, "topP") => "top_p",
                (_, other) => other,
            };
            let is_own = is_own_setting(service, name);
            let is_read = matches!((service, name), ("openai", "model") | ("xai", "region"));
            if ELSEWHERE.contains(&name) || ABOUT_THE_MODEL.contains(&name) || is_read {
                continue;
            }
            if node.is_null() {
                if body == Body::OpenAi && DEFAULTED.contains(&name) {
                    params.insert(name.to_owned(), Value::Null);
                } else if body.sends_null(name) || is_own {
                    let why = "promptfoo sends `null`, which is left out here";
                    notes.dropped(&node.at, format!("`{name}` of a provider"), why);
                }
                continue;
            }
            if name == "passthrough" && !node.is_map() {
                let why =
                    "it is no map: promptfoo sends its parts one by one, and here it is left out";
                notes.dropped(&node.at, "`passthrough` of a provider", why);
            } else if name == "passthrough" {
                no_nulls(name, &node.json(), &node.at, notes);
                if let Some(value) = without_secrets(name, node.json(), &node.at, notes) {
                    let value = self.value_with_env(name, value, &node.at, notes);
                    params.insert("passthrough".into(), value);
                }
            } else if body == Body::Responses && name == "stream" {
                let why = "whether answers are streamed is a setting of the endpoint here";
                notes.changed(&node.at, "`stream` of a provider", why);
            } else if body.ignores(name) && !is_own && !WITH_EFFECT.contains(&name) {
                let why = "promptfoo does not send it to this provider, so it is left out";
                notes.changed(&node.at, format!("`{name}` of a provider"), why);
            } else if is_own
                || PARAMS.contains(&name)
                || body == Body::Responses && !WITH_EFFECT.contains(&name)
            {
                match param_value(name, node, self.files, notes) {
                    Ok(value) => {
                        let is_list = |value: &Value| {
                            let items = value.as_array();
                            items.is_some_and(|items| !items.iter().any(Value::is_string))
                        };
                        if name == "tools" && !is_list(&value) && service != "google" {
                            let why =
                                "promptfoo takes a list of tools, and ends each row with an error";
                            notes.dropped(&node.at, "`tools`", why);
                        }
                        no_nulls(name, &value, &node.at, notes);
                        if let Some(value) = without_secrets(name, value, &node.at, notes) {
                            let value = self.value_with_env(name, value, &node.at, notes);
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

    /// The value of a parameter with the variables that the configuration itself sets; what else is in it is told.
    fn value_with_env(&self, name: &str, value: Value, at: &NotePlace, notes: &mut Notes) -> Value {
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
                } else if has_tag
                    && unknown.is_empty()
                    && PLAIN.contains(&name)
                    && !text.contains("${")
                {
                    let why = "promptfoo does not fill it in either, and sends it as it is";
                    notes.changed(at, what(), why);
                } else if has_tag {
                    let why = "tags in parameters are not filled in: write the value itself";
                    notes.dropped(at, what(), why);
                }
                text.into()
            }
            Value::Array(items) => items
                .into_iter()
                .map(|item| self.value_with_env(name, item, at, notes))
                .collect(),
            Value::Object(map) => map
                .into_iter()
                .map(|(key, item)| (key, self.value_with_env(name, item, at, notes)))
                .collect::<Map<_, _>>()
                .into(),
            other => other,
        }
    }
}
