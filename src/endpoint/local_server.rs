//! What a server nearby says of itself beside `/v1`: which program it is, how many requests it answers at once, how long prompts
//! may be, and what its chat template adds.
//!
//! llama.cpp answers `/props` and `/apply-template`, Ollama `/api/version` and `/api/ps`, LM Studio `/api/v0/models`, vLLM
//! `/version`. Everything may be missing.

use super::Client;
use serde_json::{Value, json};

/// A text that no chat template contains, in place of a message.
const MARK: &str = "wording4mark";

/// The program behind an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerProgram {
    LlamaCpp,
    Ollama,
    LmStudio,
    Vllm,
}

impl ServerProgram {
    pub fn as_str(self) -> &'static str {
        match self {
            ServerProgram::LlamaCpp => "llama.cpp",
            ServerProgram::Ollama => "Ollama",
            ServerProgram::LmStudio => "LM Studio",
            ServerProgram::Vllm => "vLLM",
        }
    }
}

/// What a server says of itself and of one model.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LocalServer {
    pub program: Option<ServerProgram>,
    pub version: Option<String>,
    /// Requests that it answers at once.
    pub slots: Option<u64>,
    /// Context window of a request, in tokens.
    pub context: Option<u64>,
    /// Parameters of the model, in billions.
    pub parameters_b: Option<f64>,
    /// The system prompt that its chat template adds to messages without one.
    pub added_system: Option<String>,
}

impl Client {
    /// What the server says of itself, with a handful of requests that call no model.
    pub async fn local_server(&self, model: &str) -> LocalServer {
        let entries = self.model_list().await.unwrap_or_default();
        let id = |entry: &&Value| entry["id"] == model;
        let entry = entries.iter().find(id).cloned().unwrap_or_default();
        let mut server = LocalServer {
            context: entry["max_model_len"].as_u64(),
            parameters_b: entry["meta"]["n_params"].as_f64().map(|n| n / 1e9),
            ..LocalServer::default()
        };
        // Some servers answer any path with something: what is said has to be of that program.
        let said = |path: &'static str, key: &'static str| async move {
            let said = self.beside(path, None).await?;
            (!said[key].is_null()).then_some(said)
        };
        if let Some(props) = said("props", "default_generation_settings").await {
            self.read_llama_cpp(&props, &mut server).await;
        } else if let Some(version) = said("api/version", "version").await {
            server.program = Some(ServerProgram::Ollama);
            server.version = text(&version["version"]);
            self.read_ollama(model, &mut server).await;
        } else if let Some(context) = self.lm_studio_context(model).await {
            server.program = Some(ServerProgram::LmStudio);
            server.context = Some(context);
        } else if server.context.is_some()
            && let Some(version) = said("version", "version").await
        {
            server.program = Some(ServerProgram::Vllm);
            server.version = text(&version["version"]);
        }
        server
    }

    async fn read_llama_cpp(&self, props: &Value, server: &mut LocalServer) {
        server.program = Some(ServerProgram::LlamaCpp);
        server.version = text(&props["build_info"]);
        server.slots = props["total_slots"].as_u64();
        let context = props["default_generation_settings"]["n_ctx"].as_u64();
        server.context = context.or(server.context);
        let applied = |messages: Value| async move {
            let body = json!({ "messages": messages });
            let said = self.beside("apply-template", Some(&body)).await?;
            text(&said["prompt"])
        };
        let user = json!({"role": "user", "content": "question"});
        let system = json!({"role": "system", "content": MARK});
        if let Some(bare) = applied(json!([user])).await
            && let Some(with_system) = applied(json!([system, user])).await
        {
            server.added_system = added_system(&bare, &with_system);
        }
    }

    /// The context with which a model is loaded, or the longest that it takes.
    async fn lm_studio_context(&self, model: &str) -> Option<u64> {
        let list = self.beside("api/v0/models", None).await?;
        let own = list["data"].as_array()?.iter().find(|e| e["id"] == model)?;
        let loaded = own["loaded_context_length"].as_u64();
        loaded.or(own["max_context_length"].as_u64())
    }

    async fn read_ollama(&self, model: &str, server: &mut LocalServer) {
        let loaded = self.beside("api/ps", None).await.unwrap_or_default();
        let mut models = loaded["models"].as_array().into_iter().flatten();
        let Some(own) = models.find(|m| m["name"] == model || m["model"] == model) else {
            return;
        };
        server.context = own["context_length"].as_u64();
        server.parameters_b = (own["details"]["parameter_size"].as_str()).and_then(billions);
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// `494.03M` or `7.6B`.
fn billions(size: &str) -> Option<f64> {
    let (number, unit) = size.split_at_checked(size.len().checked_sub(1)?)?;
    let number: f64 = number.parse().ok()?;
    match unit {
        "B" => Some(number),
        "M" => Some(number / 1e3),
        _ => None,
    }
}

/// The system prompt in the rendering of a lone user message, found by where the mark stands in the one with a system message.
fn added_system(bare: &str, with_system: &str) -> Option<String> {
    let (before, after) = with_system.split_once(MARK)?;
    let added = bare.strip_prefix(before)?.strip_suffix(after)?.trim();
    (!added.is_empty()).then(|| added.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_added_system_prompt_is_what_stands_where_ours_would() {
        let chatml = |system: &str| {
            format!(
                "<|im_start|>system\n{system}<|im_end|>\n<|im_start|>user\nquestion<|im_end|>\n"
            )
        };
        let own = chatml("You are a helpful AI assistant named SmolLM");
        let found = added_system(&own, &chatml(MARK));
        assert_eq!(
            found.as_deref(),
            Some("You are a helpful AI assistant named SmolLM")
        );
        let bare = "<|im_start|>user\nquestion<|im_end|>\n";
        assert_eq!(added_system(bare, &chatml(MARK)), None);
        // A template that puts the system message into the first turn adds nothing.
        let gemma = format!("<bos><start_of_turn>user\n{MARK}\n\nquestion<end_of_turn>\n");
        let alone = "<bos><start_of_turn>user\nquestion<end_of_turn>\n";
        assert_eq!(added_system(alone, &gemma), None);
    }

    #[test]
    fn sizes_are_read_as_ollama_writes_them() {
        assert_eq!(billions("7.6B"), Some(7.6));
        assert_eq!(billions("500M"), Some(0.5));
        assert_eq!([billions(""), billions("unknown")], [None, None]);
    }
}
