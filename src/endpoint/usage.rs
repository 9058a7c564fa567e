//! Tokens as servers report them: every name and place met so far, read field by field.

use super::lenient::{Count, MaybeCount, object, text};
use crate::model::{BillingDetails, ServiceTier, Usage};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use std::fmt;

/// What a server reports; counts that are negative, absurd or no number are missing.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct WireUsage {
    prompt: Option<Count>,
    completion: Option<Count>,
    total: Option<Count>,
    cached: Option<Count>,
    cache_writes: Option<Count>,
    cache_writes_long: Option<Count>,
    reasoning: Option<Count>,
    /// Of the prompt, or of the part that these details are about.
    audio: Option<Count>,
    image: Option<Count>,
    audio_output: Option<Count>,
    image_output: Option<Count>,
    service_tier: ServiceTier,
    /// Whether `prompt` leaves out what was read from and written to a cache, as Anthropic counts.
    without_cache: bool,
}

#[derive(serde::Deserialize)]
#[serde(field_identifier)]
enum UsageKey {
    #[serde(
        rename = "prompt_tokens",
        alias = "promptTokens",
        alias = "promptTokenCount",
        alias = "prompt_token_count"
    )]
    Prompt,
    #[serde(rename = "input_tokens", alias = "inputTokens")]
    Input,
    #[serde(
        rename = "completion_tokens",
        alias = "output_tokens",
        alias = "completionTokens",
        alias = "outputTokens",
        alias = "candidatesTokenCount",
        alias = "candidates_token_count",
        alias = "generated_tokens"
    )]
    Completion,
    #[serde(
        rename = "total_tokens",
        alias = "totalTokens",
        alias = "totalTokenCount",
        alias = "total_token_count"
    )]
    Total,
    #[serde(
        rename = "cached_tokens",
        alias = "prompt_cache_hit_tokens",
        alias = "cachedContentTokenCount",
        alias = "cached_content_token_count"
    )]
    Cached,
    #[serde(rename = "cache_read_input_tokens")]
    CacheRead,
    /// Anthropic's, which are not a part of its input tokens.
    #[serde(rename = "cache_creation_input_tokens")]
    CacheCreationInput,
    #[serde(
        rename = "cache_write_tokens",
        alias = "cache_creation_tokens",
        alias = "cache_write_input_tokens"
    )]
    CacheWrites,
    /// Anthropic splits them by how long they are kept.
    #[serde(rename = "cache_creation")]
    CacheCreation,
    #[serde(rename = "ephemeral_1h_input_tokens")]
    CacheWritesLong,
    #[serde(rename = "audio_tokens")]
    Audio,
    #[serde(rename = "image_tokens")]
    Image,
    #[serde(rename = "service_tier")]
    ServiceTier,
    #[serde(
        rename = "reasoning_tokens",
        alias = "reasoningTokens",
        alias = "thinking_tokens",
        alias = "thoughtsTokenCount",
        alias = "thoughts_token_count"
    )]
    Reasoning,
    #[serde(rename = "prompt_tokens_details", alias = "input_tokens_details")]
    PromptDetails,
    #[serde(rename = "completion_tokens_details", alias = "output_tokens_details")]
    CompletionDetails,
    #[serde(other)]
    Other,
}

impl<'de> Deserialize<'de> for WireUsage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<WireUsage, D::Error> {
        deserializer.deserialize_map(UsageVisitor)
    }
}

struct UsageVisitor;

impl<'de> Visitor<'de> for UsageVisitor {
    type Value = WireUsage;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a usage object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<WireUsage, A::Error> {
        let mut usage = WireUsage::default();
        let (mut input, mut cache_read, mut cache_creation) = (None, None, None);
        while let Some(key) = map.next_key()? {
            let field = match key {
                UsageKey::Prompt => &mut usage.prompt,
                UsageKey::Input => &mut input,
                UsageKey::Completion => &mut usage.completion,
                UsageKey::Total => &mut usage.total,
                UsageKey::Cached => &mut usage.cached,
                UsageKey::CacheRead => &mut cache_read,
                UsageKey::CacheCreationInput => &mut cache_creation,
                UsageKey::CacheWrites => &mut usage.cache_writes,
                UsageKey::Reasoning => &mut usage.reasoning,
                UsageKey::CacheWritesLong => &mut usage.cache_writes_long,
                UsageKey::Audio => &mut usage.audio,
                UsageKey::Image => &mut usage.image,
                UsageKey::ServiceTier => {
                    let named: ServiceTierName = map.next_value()?;
                    usage.service_tier = named.0.unwrap_or(usage.service_tier);
                    continue;
                }
                UsageKey::PromptDetails | UsageKey::CacheCreation => {
                    if let Details(Some(details)) = map.next_value()? {
                        usage.take_details(&details);
                        usage.audio = usage.audio.max(details.audio);
                        usage.image = usage.image.max(details.image);
                    }
                    continue;
                }
                UsageKey::CompletionDetails => {
                    if let Details(Some(details)) = map.next_value()? {
                        usage.take_details(&details);
                        usage.audio_output = usage.audio_output.max(details.audio);
                        usage.image_output = usage.image_output.max(details.image);
                    }
                    continue;
                }
                UsageKey::Other => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            *field = (*field).max(map.next_value::<MaybeCount>()?.0);
        }
        let counts_cache_apart = cache_read.is_some() || cache_creation.is_some();
        usage.without_cache = usage.prompt.is_none() && input.is_some() && counts_cache_apart;
        usage.prompt = usage.prompt.or(input);
        usage.cached = usage.cached.or(cache_read);
        usage.cache_writes = usage.cache_writes.max(cache_creation);
        Ok(usage)
    }
}

struct Details(Option<WireUsage>);

impl<'de> Deserialize<'de> for Details {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Details, D::Error> {
        object(deserializer).map(Details)
    }
}

/// A tier with prices of its own; anything else is none.
struct ServiceTierName(Option<ServiceTier>);

impl<'de> Deserialize<'de> for ServiceTierName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ServiceTierName, D::Error> {
        let name = text(deserializer)?;
        Ok(ServiceTierName(
            name.as_deref().and_then(ServiceTier::named),
        ))
    }
}

impl WireUsage {
    /// Only the tier, which servers report beside the usage; `None` for the standard one.
    pub(super) fn of_service_tier(name: &str) -> Option<WireUsage> {
        let service_tier = ServiceTier::named(name).filter(|tier| !tier.is_standard())?;
        Some(WireUsage {
            service_tier,
            ..WireUsage::default()
        })
    }

    fn take_details(&mut self, details: &WireUsage) {
        self.cached = self.cached.max(details.cached);
        self.cache_writes = self.cache_writes.max(details.cache_writes);
        self.cache_writes_long = self.cache_writes_long.max(details.cache_writes_long);
        self.reasoning = self.reasoning.max(details.reasoning);
    }

    /// Take in a later report of the same answer; counts only grow.
    pub(super) fn merge(&mut self, later: WireUsage) {
        self.prompt = self.prompt.max(later.prompt);
        self.completion = self.completion.max(later.completion);
        self.total = self.total.max(later.total);
        self.take_details(&later);
        self.audio = self.audio.max(later.audio);
        self.image = self.image.max(later.image);
        self.audio_output = self.audio_output.max(later.audio_output);
        self.image_output = self.image_output.max(later.image_output);
        if !later.service_tier.is_standard() {
            self.service_tier = later.service_tier;
        }
        self.without_cache |= later.without_cache;
    }

    /// The tokens of an answer, which has a text or thoughts or not. What is missing is 0 and marked as estimated.
    pub(super) fn usage(&self, has_text: bool) -> Usage {
        let tokens = |count: Option<Count>| count.map_or(0, |c| u64::from(c.tokens));
        let (cached, total) = (tokens(self.cached), tokens(self.total));
        let mut reasoning = tokens(self.reasoning);
        // No prompt has 0 tokens, and no text.
        let mut prompt = self.prompt.map(|c| u64::from(c.tokens)).filter(|n| *n > 0);
        let mut completion = self.completion.map(|c| u64::from(c.tokens));
        completion = completion.filter(|n| *n > 0 || !has_text);
        if self.without_cache {
            prompt = prompt.map(|n| n + cached + tokens(self.cache_writes));
        }
        match (prompt, completion) {
            (None, Some(n)) => prompt = total.checked_sub(n).filter(|n| *n > 0),
            (Some(n), None) => completion = total.checked_sub(n).filter(|n| *n > 0),
            _ => {}
        }
        if let (Some(prompt), Some(completion)) = (&mut prompt, &mut completion) {
            // What the total counts and the parts do not: a cached prompt, or reasoning beside the completion.
            match total.saturating_sub(*prompt + *completion) {
                0 if self.total.is_none() && reasoning > *completion => *completion += reasoning,
                0 => {}
                outside if outside == cached && outside != reasoning => *prompt += cached,
                outside => {
                    *completion += outside;
                    reasoning = reasoning.max(outside);
                }
            }
        }
        let rounded = [self.prompt, self.completion];
        let cache_write = tokens(self.cache_writes).max(tokens(self.cache_writes_long));
        Usage {
            prompt: prompt.unwrap_or(0),
            cached: prompt.map_or(0, |prompt| cached.min(prompt)),
            completion: completion.unwrap_or(0),
            reasoning: completion.map_or(reasoning, |completion| reasoning.min(completion)),
            estimated: prompt.is_none()
                || completion.is_none()
                || rounded.iter().flatten().any(|c| c.rounded),
            billing: BillingDetails {
                cache_write,
                cache_write_long: tokens(self.cache_writes_long),
                audio_input: tokens(self.audio),
                image_input: tokens(self.image),
                audio_output: tokens(self.audio_output),
                image_output: tokens(self.image_output),
                service_tier: self.service_tier,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn tokens_are_read_field_by_field() {
        // Prompt, cached, completion, reasoning, estimated.
        let table = [
            (
                r#"{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}"#,
                (9, 0, 2, 0, false),
                "plain",
            ),
            (
                r#"{"prompt_tokens":9.0,"completion_tokens":"2"}"#,
                (9, 0, 2, 0, false),
                "whole numbers in other forms",
            ),
            (
                r#"{"prompt_tokens":9.4,"completion_tokens":2}"#,
                (9, 0, 2, 0, true),
                "fractions are rounded and marked",
            ),
            (
                r#"{"prompt_tokens":-1,"completion_tokens":2}"#,
                (0, 0, 2, 0, true),
                "a negative count is missing",
            ),
            (
                r#"{"prompt_tokens":-1,"completion_tokens":2,"total_tokens":11}"#,
                (9, 0, 2, 0, false),
                "unless the total tells it",
            ),
            (
                r#"{"prompt_tokens":null,"completion_tokens":[],"total_tokens":{}}"#,
                (0, 0, 0, 0, true),
                "no numbers",
            ),
            (
                r#"{"prompt_tokens":1e30,"completion_tokens":18446744073709551615}"#,
                (0, 0, 0, 0, true),
                "absurd",
            ),
            (
                r#"{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}"#,
                (0, 0, 0, 0, true),
                "zeros for a text",
            ),
            (
                r#"{"input_tokens":9,"output_tokens":2}"#,
                (9, 0, 2, 0, false),
                "the names of Responses",
            ),
            (
                r#"{"input_tokens":9,"cache_read_input_tokens":5,"cache_creation_input_tokens":1,"output_tokens":2}"#,
                (15, 5, 2, 0, false),
                "Anthropic leaves the cache out",
            ),
            (
                r#"{"prompt_tokens":9,"completion_tokens":2,"prompt_tokens_details":null,"completion_tokens_details":[]}"#,
                (9, 0, 2, 0, false),
                "odd details",
            ),
            (
                r#"{"prompt_tokens":9,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":4}}"#,
                (9, 4, 2, 0, false),
                "cached",
            ),
            (
                r#"{"prompt_tokens":9,"cached_tokens":4,"completion_tokens":2}"#,
                (9, 4, 2, 0, false),
                "cached, at the top",
            ),
            (
                r#"{"prompt_tokens":9,"completion_tokens":2,"total_tokens":15,"prompt_cache_hit_tokens":4}"#,
                (13, 4, 2, 0, false),
                "cached beside the prompt",
            ),
            (
                r#"{"prompt_tokens":9,"completion_tokens":12,"total_tokens":21,"completion_tokens_details":{"reasoning_tokens":10}}"#,
                (9, 0, 12, 10, false),
                "reasoning inside",
            ),
            (
                r#"{"prompt_tokens":9,"completion_tokens":2,"total_tokens":111,"completion_tokens_details":{"reasoning_tokens":100}}"#,
                (9, 0, 102, 100, false),
                "reasoning beside (xAI)",
            ),
            (
                r#"{"prompt_tokens":9,"completion_tokens":200,"total_tokens":309,"completion_tokens_details":{"reasoning_tokens":100}}"#,
                (9, 0, 300, 100, false),
                "reasoning beside a longer text",
            ),
            (
                r#"{"prompt_tokens":9,"completion_tokens":2,"total_tokens":111}"#,
                (9, 0, 102, 100, false),
                "only the total shows it (Gemini)",
            ),
            (
                r#"{"prompt_tokens":9,"completion_tokens":2,"completion_tokens_details":{"reasoning_tokens":100}}"#,
                (9, 0, 102, 100, false),
                "more reasoning than completion",
            ),
            (
                r#"{"promptTokenCount":9,"candidatesTokenCount":2,"thoughtsTokenCount":5,"totalTokenCount":16}"#,
                (9, 0, 7, 5, false),
                "Gemini's own names",
            ),
            (
                r#"{"prompt_tokens":9,"prompt_tokens":9,"completion_tokens":2}"#,
                (9, 0, 2, 0, false),
                "the same field twice",
            ),
        ];
        for (json, expected, reason) in table {
            let mut usage = serde_json::from_str::<WireUsage>(json).unwrap().usage(true);
            usage.billing = BillingDetails::default();
            let (prompt, cached, completion, reasoning, estimated) = expected;
            let expected = Usage {
                prompt,
                cached,
                completion,
                reasoning,
                estimated,
                ..Usage::default()
            };
            assert_eq!(usage, expected, "{reason}: {json}");
        }
    }

    #[test]
    fn what_changes_the_price_is_read() {
        let table = [
            (
                r#"{"prompt_tokens":900,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":100,"cache_write_tokens":700,"audio_tokens":40,"image_tokens":30},"completion_tokens_details":{"audio_tokens":1}}"#,
                json!({"cache_write": 700, "audio_input": 40, "image_input": 30, "audio_output": 1}),
                "OpenAI",
            ),
            (
                r#"{"input_tokens":9,"output_tokens":2,"cache_read_input_tokens":0,"cache_creation_input_tokens":50,"cache_creation":{"ephemeral_5m_input_tokens":20,"ephemeral_1h_input_tokens":30},"service_tier":"priority"}"#,
                json!({"cache_write": 50, "cache_write_long": 30, "service_tier": "priority"}),
                "Anthropic",
            ),
            (
                r#"{"prompt_tokens":9,"completion_tokens":2,"cache_creation_input_tokens":4,"service_tier":"standard"}"#,
                json!({"cache_write": 4}),
                "LiteLLM before Anthropic",
            ),
            (
                r#"{"prompt_tokens":9,"completion_tokens":2,"service_tier":{"a":1},"prompt_tokens_details":{"audio_tokens":-1}}"#,
                json!({}),
                "odd",
            ),
        ];
        for (text, expected, reason) in table {
            let usage = serde_json::from_str::<WireUsage>(text).unwrap().usage(true);
            assert_eq!(json!(usage.billing), expected, "{reason}: {text}");
        }
    }
}
