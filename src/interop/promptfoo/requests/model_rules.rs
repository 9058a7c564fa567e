//! What promptfoo knows of a model by its name, and what it takes for true.

use serde_json::{Map, Value};

/// Whether a value is true in JavaScript.
pub(in crate::interop) fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::String(text) => !text.is_empty(),
        Value::Number(number) => number.as_f64() != Some(0.0),
        _ => true,
    }
}

/// The tools that are set, unless there are none.
pub(super) fn tools(config: &Map<String, Value>) -> Option<Value> {
    let set = config.get("tools").filter(|tools| !tools.is_null())?;
    set.as_array()
        .is_none_or(|tools| !tools.is_empty())
        .then(|| set.clone())
}

/// Whether a model is GPT-6 Astra, which takes fewer parameters.
pub(super) fn is_gpt6_astra(model: &str) -> bool {
    let mark = "gpt-6-astra";
    model.match_indices(mark).any(|(at, _)| {
        let rest = &model[at + mark.len()..];
        (at == 0 || model[..at].ends_with(['/', '-'])) && (rest.is_empty() || rest.starts_with('-'))
    })
}

/// Take out what promptfoo does not send to GPT-6 Astra.
pub(super) fn astra(body: &mut Map<String, Value>) {
    const NOT_TAKEN: [&str; 6] = [
        "temperature",
        "top_p",
        "logprobs",
        "top_logprobs",
        "max_tokens",
        "max_output_tokens",
    ];
    body.retain(|name, _| !NOT_TAKEN.contains(&name.as_str()));
}

/// Whether a model of Anthropic takes sampling parameters, by its name in small letters.
pub(super) fn samples(model: &str) -> bool {
    !thinks(model)
        && !["claude-opus-4-7", "claude-opus-4-8"]
            .iter()
            .any(|name| is_named(model, name))
}

/// Whether a model of Anthropic thinks within `max_tokens`.
pub(super) fn thinks(model: &str) -> bool {
    ["fable-5", "mythos-5", "opus-5", "sonnet-5"]
        .iter()
        .any(|name| is_named(model, &format!("claude-{name}")))
}

/// What promptfoo knows of a model by its name.
pub(super) struct Abilities {
    pub(super) is_gpt5: bool,
    pub(super) is_o_series: bool,
    pub(super) is_reasoning: bool,
    pub(super) takes_temperature: bool,
}

pub(super) fn abilities(provider: &str, model: &str) -> Abilities {
    let model = model
        .strip_prefix("ft:")
        .map_or_else(|| model.replace("/ft:", "/"), str::to_owned);
    let is = |start: &str| model.starts_with(start) || model.contains(&format!("/{start}"));
    let is_astra = is_gpt6_astra(&model);
    let is_gpt5 = is("gpt-5") || is_astra;
    let is_o_series = is("o1") || is("o3") || is("o4");
    let is_openai = is_gpt5 || is_o_series;
    let is_groq = provider == "groq" && (model.contains("gpt-oss") || model.contains("qwen"));
    let is_grok = provider == "xai" && is_grok_reasoning(&model);
    Abilities {
        is_gpt5,
        is_o_series,
        is_reasoning: is_openai || is_groq || is_grok,
        takes_temperature: is_groq || provider == "xai" || !is_openai,
    }
}

/// Whether a name stands in a model's, apart from other letters and digits.
fn is_named(model: &str, name: &str) -> bool {
    model.match_indices(name).any(|(at, _)| {
        let before = model[..at].chars().next_back();
        let after = model[at + name.len()..].chars().next();
        [before, after]
            .into_iter()
            .flatten()
            .all(|c| !c.is_ascii_alphanumeric())
    })
}

/// Whether xAI's model is of the fourth generation, which takes no penalties and no `stop`.
pub(super) fn is_grok_4(model: &str) -> bool {
    model.starts_with("grok-4") || matches!(model, "grok-latest" | "grok-build-latest")
}

/// Whether xAI's model reasons.
fn is_grok_reasoning(model: &str) -> bool {
    let others = ["grok-3-mini", "grok-code-fast", "grok-build"];
    let is_other = others.iter().any(|start| model.starts_with(start));
    is_other || is_grok_4(model) && !model.contains("non-reasoning")
}

/// Whether xAI's model takes `reasoning_effort`.
pub(super) fn takes_grok_effort(model: &str) -> bool {
    let starts = ["grok-4.3", "grok-4.5", "grok-4.6", "grok-3-mini"];
    starts.iter().any(|start| model.starts_with(start))
        || matches!(model, "grok-latest" | "grok-build-latest")
}

/// Whether promptfoo takes a model for one that reasons, by its name, and never sends `max_tokens` to it.
pub(in crate::interop) fn is_reasoning(model: &str) -> bool {
    abilities("openai", model).is_reasoning
}
