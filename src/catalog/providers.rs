//! Which provider answers at a host, as the table names providers.

/// The hosts of public APIs, by how they end, and the providers whose entries hold there.
const HOSTS: &[(&str, &[&str])] = &[
    ("api.openai.com", &["openai"]),
    ("api.anthropic.com", &["anthropic"]),
    ("generativelanguage.googleapis.com", &["gemini"]),
    ("aiplatform.googleapis.com", &["vertex_ai"]),
    ("azure.com", &["azure", "azure_ai"]),
    ("azure.us", &["azure/us-gov"]),
    ("amazonaws.com", &["bedrock_mantle", "bedrock"]),
    ("api.groq.com", &["groq"]),
    ("api.mistral.ai", &["mistral"]),
    ("codestral.mistral.ai", &["codestral"]),
    ("api.deepseek.com", &["deepseek"]),
    ("api.together.xyz", &["together_ai"]),
    ("api.together.ai", &["together_ai"]),
    ("api.fireworks.ai", &["fireworks_ai"]),
    ("api.x.ai", &["xai"]),
    ("api.perplexity.ai", &["perplexity"]),
    ("openrouter.ai", &["openrouter"]),
    ("api.deepinfra.com", &["deepinfra"]),
    ("api.cerebras.ai", &["cerebras"]),
    ("api.sambanova.ai", &["sambanova"]),
    ("api.moonshot.ai", &["moonshot"]),
    ("api.moonshot.cn", &["moonshot"]),
    ("api.minimax.io", &["minimax"]),
    ("api.minimaxi.com", &["minimax"]),
    ("api.z.ai", &["zai"]),
    ("open.bigmodel.cn", &["bigmodel"]),
    ("dashscope.aliyuncs.com", &["dashscope"]),
    ("dashscope-intl.aliyuncs.com", &["dashscope"]),
    ("ark.cn-beijing.volces.com", &["volcengine"]),
    ("api.hyperbolic.xyz", &["hyperbolic"]),
    ("api.studio.nebius.ai", &["nebius"]),
    ("api.studio.nebius.com", &["nebius"]),
    ("api.tokenfactory.nebius.com", &["nebius"]),
    ("api.novita.ai", &["novita"]),
    ("inference.baseten.co", &["baseten"]),
    ("api.inference.wandb.ai", &["wandb"]),
    ("ai-gateway.vercel.sh", &["vercel_ai_gateway"]),
    ("api.ai21.com", &["ai21"]),
    ("api.cohere.ai", &["cohere_chat", "cohere"]),
    ("api.cohere.com", &["cohere_chat", "cohere"]),
    ("api.lambda.ai", &["lambda_ai"]),
    ("api.scaleway.ai", &["scaleway"]),
    ("api.llama.com", &["meta_llama"]),
    ("api.friendli.ai", &["friendliai"]),
    ("api.endpoints.anyscale.com", &["anyscale"]),
    ("api.v0.dev", &["v0"]),
    ("router.huggingface.co", &["huggingface"]),
];

/// Makers of models that only they offer, and how the names of these begin: so much can be told of a gateway's models.
const MAKERS: &[(&str, &[&str])] = &[
    (
        "openai",
        &[
            "gpt-3.5", "gpt-4", "gpt-5", "gpt-6", "o1", "o3", "o4", "ft:",
        ],
    ),
    ("anthropic", &["claude-"]),
    ("gemini", &["gemini-"]),
];

/// The providers at a host; `None` for a host that is none of theirs, such as a gateway or this machine.
pub(super) fn at_host(host: &str) -> Option<&'static [&'static str]> {
    let host = host.split(':').next().unwrap_or(host);
    HOSTS
        .iter()
        .find(|(end, _)| {
            host.strip_suffix(end)
                .is_some_and(|before| before.is_empty() || before.ends_with(['.', '-']))
        })
        .map(|(_, providers)| *providers)
}

/// The maker of a model, by the model's name alone.
pub(super) fn maker(model: &str) -> Option<&'static str> {
    MAKERS
        .iter()
        .find(|(_, starts)| starts.iter().any(|start| model.starts_with(start)))
        .map(|(maker, _)| *maker)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_names_tell_providers() {
        let azure: &[&str] = &["azure", "azure_ai"];
        assert_eq!(at_host("api.openai.com"), Some(&["openai"][..]));
        assert_eq!(at_host("eu.api.openai.com:443"), Some(&["openai"][..]));
        assert_eq!(at_host("mine.openai.azure.com"), Some(azure));
        let vertex = at_host("us-central1-aiplatform.googleapis.com");
        assert_eq!(vertex, Some(&["vertex_ai"][..]));
        assert_eq!(at_host("notapi.openai.com"), None);
        assert_eq!(at_host("localhost:8000"), None);
        assert_eq!(maker("gpt-4o"), Some("openai"));
        assert_eq!(maker("gpt-oss-120b"), None);
        assert_eq!(maker("llama-3"), None);
    }
}
