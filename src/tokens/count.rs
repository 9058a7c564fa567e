//! How many tokens a prompt has: exact where the model's vocabulary is known, else an estimate that says so.

use super::{
    TokenCount, TokensError,
    estimate::estimate,
    frame::Frame,
    media::ImageRule,
    parameters::{json_at_most, parameters_at_most},
    vocabulary::Vocabulary,
};
use crate::{
    model::{MessagePiece, Params, Prompt},
    project::ModelSpec,
};
use serde_json::json;
use std::path::Path;

/// What estimates take a chat format to add: that of OpenAI; others add much the same, as a rule.
const FRAME: Frame = Frame::OPENAI;

/// Counts tokens for one model.
#[derive(Debug, Clone)]
pub struct Counter {
    vocabulary: Option<Vocabulary>,
    images: ImageRule,
    frame: Frame,
}

impl Counter {
    /// A cheap counter that estimates, as for pacing requests.
    pub fn approximate() -> Counter {
        Counter {
            vocabulary: None,
            images: ImageRule::Unknown,
            frame: Frame::UNKNOWN,
        }
    }

    /// The same, with the model's rule for images.
    pub fn approximate_of(model: &str) -> Counter {
        Counter {
            images: ImageRule::of_model(model),
            ..Counter::approximate()
        }
    }

    /// A counter that is exact where the model's vocabulary is known: the one that the project names, else that of a model
    /// of OpenAI. Building a vocabulary takes some 0.2 s, when the first text is counted. An error where the project names
    /// one that there is not.
    pub fn exact(
        root: &Path,
        model: &str,
        spec: Option<&ModelSpec>,
    ) -> Result<Counter, TokensError> {
        let vocabulary = match spec.and_then(|spec| spec.tokenizer.as_deref()) {
            Some(name) => Some(Vocabulary::named(root, name)?),
            None => Vocabulary::of_model(model),
        };
        // A vocabulary says nothing of the chat format: open models have some of OpenAI's.
        let frame = match Vocabulary::is_of_openai_alone(model) {
            true => Frame::OPENAI,
            false => Frame::UNKNOWN,
        };
        Ok(Counter {
            vocabulary,
            images: ImageRule::of_model(model),
            frame,
        })
    }

    /// Whether counts are estimates.
    pub fn estimates(&self) -> bool {
        self.vocabulary.is_none()
    }

    pub fn text(&self, text: &str) -> TokenCount {
        let exact = self.vocabulary.as_ref().and_then(|v| v.count(text));
        TokenCount {
            tokens: exact.unwrap_or_else(|| estimate(text)),
            estimated: exact.is_none(),
        }
    }

    /// The most tokens that a prompt can have with these parameters, of which later ones override earlier ones. By an exact vocabulary
    /// the texts have what it counts. Else no text has more tokens than bytes: that holds for every tokenizer that falls back to bytes.
    pub fn prompt_at_most(&self, prompt: &Prompt, params: &[&Params]) -> u64 {
        self.texts_at_most(prompt)
            + self.additions_at_most(prompt)
            + self.parameters_at_most(params)
    }

    /// The most tokens of the texts of a prompt's messages.
    pub fn texts_at_most(&self, prompt: &Prompt) -> u64 {
        let pieces = prompt.messages.iter().flat_map(|message| message.pieces());
        pieces
            .map(|piece| match piece {
                MessagePiece::Text(text) => {
                    let count = self.text(text);
                    match count.estimated {
                        true => text.len() as u64,
                        false => count.tokens,
                    }
                }
                MessagePiece::Media(_) => 0,
            })
            .sum()
    }

    /// The most tokens that request parameters add to a prompt, of which later ones override earlier ones.
    pub fn parameters_at_most(&self, params: &[&Params]) -> u64 {
        parameters_at_most(params, &self.frame)
    }

    /// The most tokens of a prompt besides its texts and the request parameters: the chat format, media and tools. No vocabulary is
    /// needed for them.
    pub fn additions_at_most(&self, prompt: &Prompt) -> u64 {
        let mut most = self.frame.prompt;
        for message in &prompt.messages {
            most += self.frame.message;
            // Calls are sent as JSON, with their ids.
            let calls = message.tool_calls.iter();
            most += calls.map(|call| json_at_most(&json!(call))).sum::<u64>();
            most += message.tool_call_id.as_ref().map_or(0, String::len) as u64;
            for piece in message.pieces() {
                most += match piece {
                    MessagePiece::Text(_) => 0,
                    MessagePiece::Media(media) => self.images.at_most(media),
                };
            }
        }
        if let Some(tools) = prompt.tools() {
            let functions = tools.functions.iter().map(json_at_most);
            most += self.frame.tools + functions.sum::<u64>() + tools.functions.len() as u64;
        }
        most
    }

    /// Tokens of a prompt, the chat format's overhead included.
    pub fn prompt(&self, prompt: &Prompt) -> TokenCount {
        let mut count = TokenCount {
            tokens: FRAME.prompt,
            estimated: self.estimates(),
        };
        for message in &prompt.messages {
            count.tokens += FRAME.message;
            for piece in message.pieces() {
                let of_piece = match piece {
                    MessagePiece::Text(text) => self.text(text),
                    MessagePiece::Media(media) => self.images.count(media),
                };
                count.tokens += of_piece.tokens;
                count.estimated |= of_piece.estimated;
            }
        }
        // How a server writes tools into the prompt is not known.
        if let Some(tools) = prompt.tools() {
            count.tokens += self.text(&tools.json()).tokens;
            count.estimated = true;
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Message, Role};

    fn exact(model: &str, tokenizer: Option<&str>) -> Result<Counter, TokensError> {
        let spec = ModelSpec {
            tokenizer: tokenizer.map(str::to_owned),
            ..ModelSpec::default()
        };
        Counter::exact(Path::new("."), model, Some(&spec))
    }

    #[test]
    fn models_of_openai_are_counted_exactly() {
        let count = |model: &str, tokenizer, text: &str| {
            exact(model, tokenizer).unwrap().text(text).to_string()
        };
        let (fox, review) = (
            "The quick brown fox jumps over the lazy dog.",
            "这条评论是正面还是负面的？",
        );
        assert_eq!(count("gpt-4.1-mini", None, fox), FOX_O200K);
        assert_eq!(count("gpt-4.1-mini", None, review), REVIEW_O200K);
        assert_eq!(count("gpt-4", None, review), REVIEW_CL100K);
        assert_eq!(
            count("my-model", Some("cl100k_base"), review),
            REVIEW_CL100K
        );
        assert!(count("my-model", None, fox).starts_with('~'));
    }

    // The first is the count that OpenAI's own documents give for this sentence.
    const FOX_O200K: &str = "10";
    const REVIEW_O200K: &str = "10";
    const REVIEW_CL100K: &str = "13";

    #[test]
    fn no_count_is_above_the_bound() {
        let texts = [
            "",
            "The quick brown fox.",
            "这条评论是正面还是负面的？",
            "\u{1F3F3}\u{FE0F}\u{200D}\u{1F308}",
            "a\u{300}\n\n\t1234567",
        ];
        for text in texts {
            let prompt = Prompt::new(vec![Message::new(Role::User, text)]);
            for model in ["gpt-4o", "gpt-4", "some-model"] {
                let counter = exact(model, None).unwrap();
                let bound = counter.prompt_at_most(&prompt, &[]);
                assert!(counter.prompt(&prompt).tokens <= bound, "{model}: {text}");
            }
            // Without the vocabulary the bound holds for any.
            let any = Counter::approximate().prompt_at_most(&prompt, &[]);
            for model in ["gpt-4o", "gpt-4", "davinci"] {
                assert!(exact(model, None).unwrap().prompt(&prompt).tokens <= any);
            }
        }
    }

    /// The texts of a prompt are counted by one vocabulary, and framed as the model's server may do it.
    #[test]
    fn an_open_model_with_a_vocabulary_of_openai_has_a_frame_of_its_own() {
        let prompt = Prompt::new(vec![Message::new(Role::User, "Hello")]);
        let bound = |model, tokenizer| {
            let counter = exact(model, tokenizer).unwrap();
            assert!(!counter.estimates(), "{model}");
            counter.prompt_at_most(&prompt, &[])
        };
        assert_eq!(bound("gpt-4o", None), 1 + 4 + 3);
        assert_eq!(bound("openai/gpt-4.1-mini", None), 1 + 4 + 3);
        assert_eq!(bound("my-model", Some("o200k_base")), 1 + 16 + 128);
        // What openai-harmony 0.0.5 writes around it, as its documentation shows it; its marks are a token each.
        let preamble = "You are ChatGPT, a large language model trained by OpenAI.\nKnowledge cutoff: 2024-06\nCurrent date: 2025-06-28\n\nReasoning: high\n\n# Valid channels: analysis, commentary, final. Channel must be included for every message.";
        let marks = 11 + "system user assistant".split(' ').count() as u64;
        let framed = exact("gpt-oss-120b", None).unwrap().text(preamble).tokens + marks + 1;
        for model in ["gpt-oss-120b", "openai/gpt-oss-20b"] {
            let bound = bound(model, None);
            assert!(framed <= bound, "{model}: {framed}, at most {bound}");
        }
        assert!(framed > 1 + 4 + 3, "{framed}");
    }

    #[test]
    fn an_unknown_tokenizer_is_answered_with_the_nearest() {
        let error = exact("m", Some("o200k_bse")).unwrap_err().to_string();
        assert!(error.contains("did you mean `o200k_base`?"), "{error}");
        let error = exact("m", Some("nowhere/tokenizer.json"))
            .unwrap_err()
            .to_string();
        assert!(error.contains("nowhere/tokenizer.json: "), "{error}");
    }

    #[cfg(feature = "tokenizer-json")]
    #[test]
    fn a_tokenizer_file_counts_by_its_own_rules() {
        let dir = tempfile::tempdir().unwrap();
        let file = serde_json::json!({
            "version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
            "pre_tokenizer": {"type": "Whitespace"}, "post_processor": null, "decoder": null,
            "model": {"type": "WordLevel", "unk_token": "?", "vocab": {"?": 0, "red": 1, "door": 2}},
        });
        std::fs::write(dir.path().join("t.json"), file.to_string()).unwrap();
        let spec = ModelSpec {
            tokenizer: Some("t.json".into()),
            ..ModelSpec::default()
        };
        let counter = Counter::exact(dir.path(), "m", Some(&spec)).unwrap();
        assert_eq!(counter.text("red door, red").to_string(), "4");
    }
}
