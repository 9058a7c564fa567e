//! `promptfoo = { … }` of a metric of the kind `assertions`: which output of promptfoo its assertions see.
//!
//! promptfoo makes the output of an answer in the code of each provider: calls of tools as JSON, JSON by a schema printed anew,
//! reasoning before the text. The forms are those of its version 0.123.

use super::reader::Section;
use serde::{Deserialize, Serialize};

/// The output of promptfoo that assertions see in the place of the answer text; a judge's replies are read as promptfoo reads them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct PromptfooOutput {
    pub provider: PromptfooProvider,
    /// An answer that is JSON is parsed, and seen as it is printed.
    pub parse_json: bool,
    /// Reasoning stands before the text.
    pub show_thinking: bool,
}

/// The code of promptfoo that makes an output.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum PromptfooProvider {
    /// OpenAI's chats, and what is built on them.
    #[default]
    OpenAi,
    OpenRouter,
    Azure,
    Mistral,
    /// The text, and nothing else.
    LocalAi,
}

impl Default for PromptfooOutput {
    fn default() -> PromptfooOutput {
        PromptfooOutput {
            provider: PromptfooProvider::OpenAi,
            parse_json: false,
            show_thinking: true,
        }
    }
}

impl PromptfooProvider {
    const ALL: [PromptfooProvider; 5] = [
        PromptfooProvider::OpenAi,
        PromptfooProvider::OpenRouter,
        PromptfooProvider::Azure,
        PromptfooProvider::Mistral,
        PromptfooProvider::LocalAi,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            PromptfooProvider::OpenAi => "openai",
            PromptfooProvider::OpenRouter => "openrouter",
            PromptfooProvider::Azure => "azure",
            PromptfooProvider::Mistral => "mistral",
            PromptfooProvider::LocalAi => "localai",
        }
    }
}

/// Read the key of a metric.
pub(super) fn promptfoo_output(section: &Section<'_, '_>) -> Option<PromptfooOutput> {
    let table = section.inner("promptfoo")?;
    let usual = PromptfooOutput::default();
    let named = |(word, item): (String, &toml::Spanned<toml::de::DeValue<'_>>)| {
        let mut all = PromptfooProvider::ALL.into_iter();
        let found = all.find(|provider| provider.as_str() == word);
        if found.is_none() {
            let names = PromptfooProvider::ALL.map(PromptfooProvider::as_str);
            section.reader.problem(
                item.span(),
                format!("`provider` is {word:?}"),
                Some(format!("available: {}", names.join(", "))),
            );
        }
        found
    };
    let item = table.get("provider");
    let provider = item.and_then(|item| named((table.as_text("provider", item)?, item)));
    let read = PromptfooOutput {
        provider: provider.unwrap_or(usual.provider),
        parse_json: table.flag("parse_json").unwrap_or(usual.parse_json),
        show_thinking: table.flag("show_thinking").unwrap_or(usual.show_thinking),
    };
    table.finish();
    Some(read)
}
