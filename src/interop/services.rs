//! Services that speak the language of OpenAI, with their addresses and the variables that hold their keys.

/// Name, address, variable with the key (none where it needs no key).
const SERVICES: [(&str, &str, &str); 17] = [
    ("openai", "https://api.openai.com/v1", "OPENAI_API_KEY"),
    (
        "openrouter",
        "https://openrouter.ai/api/v1",
        "OPENROUTER_API_KEY",
    ),
    (
        "togetherai",
        "https://api.together.xyz/v1",
        "TOGETHER_API_KEY",
    ),
    ("groq", "https://api.groq.com/openai/v1", "GROQ_API_KEY"),
    (
        "deepseek",
        "https://api.deepseek.com/v1",
        "DEEPSEEK_API_KEY",
    ),
    ("mistral", "https://api.mistral.ai/v1", "MISTRAL_API_KEY"),
    (
        "fireworks",
        "https://api.fireworks.ai/inference/v1",
        "FIREWORKS_API_KEY",
    ),
    (
        "deepinfra",
        "https://api.deepinfra.com/v1/openai",
        "DEEPINFRA_API_KEY",
    ),
    ("cerebras", "https://api.cerebras.ai/v1", "CEREBRAS_API_KEY"),
    (
        "perplexity",
        "https://api.perplexity.ai",
        "PERPLEXITY_API_KEY",
    ),
    ("xai", "https://api.x.ai/v1", "XAI_API_KEY"),
    (
        "anthropic",
        "https://api.anthropic.com/v1",
        "ANTHROPIC_API_KEY",
    ),
    (
        "google",
        "https://generativelanguage.googleapis.com/v1beta/openai",
        "GEMINI_API_KEY",
    ),
    ("localai", "http://localhost:8080/v1", ""),
    ("llamafile", "http://localhost:8080/v1", ""),
    ("vllm", "http://localhost:8000/v1", ""),
    ("ollama", "http://localhost:11434/v1", ""),
];

/// A service by the name that configurations give it.
pub fn service(name: &str) -> Option<(&'static str, &'static str, &'static str)> {
    SERVICES.into_iter().find(|(known, ..)| *known == name)
}
