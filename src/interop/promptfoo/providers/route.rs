//! Where the id of a provider leads, by the rules of promptfoo 0.123.1: to a service, an interface of it, and a model.

use super::unreachable_services::UNREACHABLE_SERVICES;

/// An interface of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Interface {
    Chat,
    Completion,
    Responses,
    Embedding,
}

impl Interface {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Interface::Chat => "chat",
            Interface::Completion => "completion",
            Interface::Responses => "responses",
            Interface::Embedding => "embedding",
        }
    }
}

/// Where an id leads.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// The provider that repeats the prompt.
    Echo,
    /// A service by its name in the table of services, or `azure`.
    Service(&'static str, Interface, String),
    /// promptfoo calls it, and here it cannot be called: why.
    Unsupported(&'static str),
    /// promptfoo stops at it: why, and what to do.
    Refused(String),
}

const PROGRAM: &str = "providers that run a program are not supported: put an OpenAI-compatible server in front of it";
const NO_SERVER: &str =
    "only OpenAI-compatible endpoints can be called: put such a server in front of it";
const NO_ADDRESS: &str =
    "no OpenAI-compatible address is known of it: add it to wording.toml as an endpoint";
const OTHER_INTERFACE: &str = "only chat, completions and embeddings can be called";

/// Where an id leads; `configured` is the `model` in the settings of the provider.
pub(super) fn route(id: &str, configured: Option<&str>) -> Route {
    let (word, rest) = match id.split_once(':') {
        Some((word, rest)) => (word, Some(rest)),
        None => (id, None),
    };
    let is_script = ["js", "mjs", "cjs", "ts", "mts", "cts"]
        .iter()
        .any(|kind| id.ends_with(&format!(".{kind}")));
    match (word, rest) {
        ("echo", None) => return Route::Echo,
        ("exec" | "python" | "golang" | "ruby" | "package" | "file", Some(_)) => {
            return Route::Unsupported(PROGRAM);
        }
        _ if is_script => return Route::Unsupported(PROGRAM),
        ("http" | "https" | "ws" | "wss", _) | ("websocket", None) | ("webhook", Some(_)) => {
            return Route::Unsupported(NO_SERVER);
        }
        (word, _) if UNREACHABLE_SERVICES.contains(&word) => return Route::Unsupported(NO_ADDRESS),
        _ => {}
    }
    let Some(rest) = rest else {
        return Route::Refused(unknown(id));
    };
    match word {
        "openai" => openai(rest, configured),
        "azure" | "azureopenai" => azure(rest),
        "anthropic" => anthropic(rest),
        "google" => Route::Service("google", Interface::Chat, last_of_kind(rest, &["gemini"])),
        "ollama" => match kind_of(rest) {
            Some((
                interface @ (Interface::Chat | Interface::Completion | Interface::Embedding),
                model,
            )) => Route::Service("ollama", interface, model.to_owned()),
            _ => Route::Service("ollama", Interface::Completion, rest.to_owned()),
        },
        "localai" => kinds("localai", rest),
        "togetherai" => kinds("togetherai", rest),
        "mistral" => {
            let (kind, model) = rest.split_once(':').unwrap_or((rest, ""));
            match kind {
                "embedding" | "embeddings" => {
                    Route::Service("mistral", Interface::Embedding, model.to_owned())
                }
                _ if model.is_empty() => chat("mistral", kind),
                _ => chat("mistral", model),
            }
        }
        "fireworks" => match rest.split_once(':') {
            Some(("embedding" | "embeddings", model)) => {
                Route::Service("fireworks", Interface::Embedding, model.to_owned())
            }
            Some((
                kind @ ("chat" | "completion" | "image" | "moderation" | "realtime" | "responses"),
                model,
            )) => Route::Refused(format!(
                "promptfoo refuses `fireworks:{kind}:`: write `fireworks:{model}`"
            )),
            _ => named("fireworks", rest),
        },
        "groq" | "xai" => {
            let name = if word == "groq" { "groq" } else { "xai" };
            match rest.split_once(':') {
                Some(("responses", _)) => Route::Unsupported(
                    "its Responses API is not called here: use its chat interface",
                ),
                Some(("image" | "video" | "voice", _)) if name == "xai" => {
                    Route::Unsupported(OTHER_INTERFACE)
                }
                Some(("embedding" | "embeddings", _)) if name == "xai" => {
                    Route::Refused("promptfoo refuses it: xAI has no embeddings".into())
                }
                _ => named(name, rest),
            }
        }
        "deepseek" if rest.is_empty() => chat("deepseek", "deepseek-chat"),
        "deepseek" => chat("deepseek", rest),
        "openrouter" => named("openrouter", rest),
        "cerebras" => named("cerebras", rest),
        "perplexity" => named("perplexity", rest),
        _ => Route::Refused(unknown(id)),
    }
}

fn chat(name: &'static str, model: &str) -> Route {
    Route::Service(name, Interface::Chat, model.to_owned())
}

/// All that stands behind the name of the service is the model.
fn named(name: &'static str, model: &str) -> Route {
    match model {
        "" => Route::Refused("it names no model".into()),
        model => chat(name, model),
    }
}

/// A service whose models may have an interface before them.
fn kinds(name: &'static str, rest: &str) -> Route {
    match kind_of(rest) {
        Some((interface, model)) => Route::Service(name, interface, model.to_owned()),
        None => named(name, rest),
    }
}

/// The interface that a model has before it.
fn kind_of(rest: &str) -> Option<(Interface, &str)> {
    let (kind, model) = rest.split_once(':')?;
    let interface = match kind {
        "chat" => Interface::Chat,
        "completion" => Interface::Completion,
        "embedding" | "embeddings" => Interface::Embedding,
        _ => return None,
    };
    Some((interface, model))
}

fn last_of_kind(rest: &str, kinds: &[&str]) -> String {
    match rest.split_once(':') {
        Some((kind, model)) if kinds.contains(&kind) => model.to_owned(),
        _ => rest.to_owned(),
    }
}

fn openai(rest: &str, configured: Option<&str>) -> Route {
    const OTHERS: [&str; 17] = [
        "agents",
        "agents-api",
        "assistant",
        "chatkit",
        "codex",
        "codex-app-server",
        "codex-desktop",
        "codex-sdk",
        "codex-security",
        "image",
        "live",
        "moderation",
        "realtime",
        "speech",
        "transcription",
        "tts",
        "video",
    ];
    let (kind, model) = rest.split_once(':').unwrap_or((rest, ""));
    let configured = configured.filter(|model| !model.trim().is_empty());
    let or = |usual: &str| match (model, configured) {
        ("", Some(model)) => model.to_owned(),
        ("", None) => usual.to_owned(),
        (model, _) => model.to_owned(),
    };
    let to = |interface, model| Route::Service("openai", interface, model);
    match kind {
        "chat" => to(Interface::Chat, or("gpt-5.6-terra")),
        "responses" => to(Interface::Responses, or("gpt-5.6-terra")),
        "completion" => to(Interface::Completion, or("gpt-3.5-turbo-instruct")),
        "embedding" | "embeddings" => to(Interface::Embedding, or("text-embedding-3-large")),
        "" => Route::Refused("it names no model".into()),
        kind if OTHERS.contains(&kind) => Route::Unsupported(OTHER_INTERFACE),
        // The model alone: what stands behind it is not read.
        model => to(usual_interface(model), model.to_owned()),
    }
}

/// The interface that promptfoo calls where an id of OpenAI names the model alone.
fn usual_interface(model: &str) -> Interface {
    const COMPLETION: [&str; 4] = [
        "gpt-3.5-turbo-instruct",
        "gpt-3.5-turbo-instruct-0914",
        "babbage-002",
        "davinci-002",
    ];
    // Those that have no chat interface.
    const RESPONSES: [&str; 14] = [
        "o1-pro",
        "o1-pro-2025-03-19",
        "o3-pro",
        "o3-pro-2025-06-10",
        "gpt-5-codex-mini",
        "gpt-5-pro",
        "gpt-5-pro-2025-10-06",
        "gpt-5.3-codex",
        "gpt-5.2-pro",
        "gpt-5.2-pro-2025-12-11",
        "gpt-5.4-pro",
        "gpt-5.4-pro-2026-03-05",
        "gpt-5.5-pro",
        "gpt-5.5-pro-2026-04-23",
    ];
    if COMPLETION.contains(&model) {
        Interface::Completion
    } else if RESPONSES.contains(&model) || is_new_gpt(model) {
        Interface::Responses
    } else {
        Interface::Chat
    }
}

/// Whether a model is GPT 5.6 or newer, but not `gpt-35`.
fn is_new_gpt(model: &str) -> bool {
    let Some(version) = model.strip_prefix("gpt-") else {
        return false;
    };
    let version = version.split('-').next().unwrap_or_default();
    let (major, minor) = version.split_once('.').unwrap_or((version, "0"));
    match (major.parse::<u64>(), minor.parse::<u64>()) {
        (Ok(35), _) if version == "35" => false,
        (Ok(major), Ok(minor)) => (major, minor) >= (5, 6),
        _ => false,
    }
}

fn azure(rest: &str) -> Route {
    let mut parts = rest.split(':');
    let (kind, deployment) = (parts.next().unwrap_or_default(), parts.next());
    let to =
        |interface, deployment: &str| Route::Service("azure", interface, deployment.to_owned());
    match (kind, deployment.filter(|name| !name.is_empty())) {
        ("chat", Some(name)) => to(Interface::Chat, name),
        ("completion", Some(name)) => to(Interface::Completion, name),
        ("embedding" | "embeddings", name) => to(
            Interface::Embedding,
            name.unwrap_or("text-embedding-ada-002"),
        ),
        ("chat" | "completion", None) => Route::Refused("it names no deployment".into()),
        (
            "responses" | "assistant" | "foundry-agent" | "image" | "moderation" | "realtime"
            | "video",
            _,
        ) => Route::Unsupported(OTHER_INTERFACE),
        _ => Route::Refused(format!(
            "promptfoo knows no interface `{kind}` of Azure, and refuses it: write `azure:chat:{kind}`"
        )),
    }
}

fn anthropic(rest: &str) -> Route {
    let mut parts = rest.split(':');
    let (kind, model) = (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    );
    match kind {
        "messages" if model.is_empty() => Route::Refused("it names no model".into()),
        "messages" => chat("anthropic", model),
        "completion" | "claude-agent-sdk" | "claude-code" => Route::Unsupported(OTHER_INTERFACE),
        model if model.starts_with("claude-") => chat("anthropic", model),
        _ => Route::Refused(format!(
            "promptfoo knows no model `{kind}` of Anthropic, and refuses it: write `anthropic:messages:{kind}`"
        )),
    }
}

/// Why promptfoo refuses an id that it does not know.
fn unknown(id: &str) -> String {
    let (word, model) = id.split_once(':').unwrap_or((id, ""));
    let instead = match word {
        "together" => format!(": write `togetherai:{model}`"),
        "gemini" => format!(": write `google:{model}`"),
        "vllm" | "llamafile" | "lmstudio" | "deepinfra" | "sambanova" => {
            let model = if model.is_empty() { "MODEL" } else { model };
            format!(
                ": write `openai:chat:{model}` with the address as `apiBaseUrl` in its `config`"
            )
        }
        word if model.is_empty() && is_model(word) => format!(": write `openai:{word}`"),
        _ => String::new(),
    };
    format!("promptfoo knows no such provider, and refuses the configuration{instead}")
}

/// Whether a word looks like a model of OpenAI.
fn is_model(word: &str) -> bool {
    ["gpt-", "o1", "o3", "o4", "chatgpt-"]
        .iter()
        .any(|start| word.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Recorded with promptfoo 0.123.1.
    #[test]
    fn ids_lead_where_promptfoo_sends_their_prompts() {
        use Interface::{Chat, Completion, Embedding, Responses};
        for (id, name, interface, model) in [
            ("openai:gpt-4o-mini", "openai", Chat, "gpt-4o-mini"),
            ("openai:chat:ft:gpt-4o:me", "openai", Chat, "ft:gpt-4o:me"),
            ("openai:my-model:tag", "openai", Chat, "my-model"),
            ("openai:gpt-5.5", "openai", Chat, "gpt-5.5"),
            ("openai:gpt-5.6-mini", "openai", Responses, "gpt-5.6-mini"),
            ("openai:gpt-6", "openai", Responses, "gpt-6"),
            ("openai:gpt-35-turbo", "openai", Chat, "gpt-35-turbo"),
            ("openai:gpt-5-pro", "openai", Responses, "gpt-5-pro"),
            ("openai:davinci-002", "openai", Completion, "davinci-002"),
            ("openai:chat", "openai", Chat, "gpt-5.6-terra"),
            ("groq:chat:llama", "groq", Chat, "chat:llama"),
            ("openrouter:meta/l:free", "openrouter", Chat, "meta/l:free"),
            ("togetherai:completion:m", "togetherai", Completion, "m"),
            ("mistral:chat:m", "mistral", Chat, "m"),
            ("localai:m:t", "localai", Chat, "m:t"),
            ("ollama:llama3.2:1b", "ollama", Completion, "llama3.2:1b"),
            ("ollama:chat:llama3.2:1b", "ollama", Chat, "llama3.2:1b"),
            ("azure:embedding:e", "azure", Embedding, "e"),
            ("anthropic:claude-x", "anthropic", Chat, "claude-x"),
            ("deepseek:", "deepseek", Chat, "deepseek-chat"),
        ] {
            assert_eq!(
                route(id, None),
                Route::Service(name, interface, model.to_owned()),
                "{id}"
            );
        }
        let configured = Route::Service("openai", Chat, "gpt-4o".into());
        assert_eq!(route("openai:chat:", Some("gpt-4o")), configured);
        for id in [
            "together:m",
            "gemini:m",
            "vllm:m",
            "llamafile",
            "gpt-4o",
            "echo2",
            "azure:dep",
            "anthropic:foo",
            "fireworks:chat:m",
            "groq:",
        ] {
            assert!(matches!(route(id, None), Route::Refused(_)), "{id}");
        }
        for id in [
            "python:x.py",
            "file://x.py",
            "x.js",
            "https://host",
            "bedrock:m",
            "openai:image:m",
            "azure:responses:m",
            "xai:responses:m",
        ] {
            assert!(matches!(route(id, None), Route::Unsupported(_)), "{id}");
        }
    }
}
