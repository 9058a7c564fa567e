//! How many tokens a prompt has: exact where the model's vocabulary is known, else an estimate that says so.

use super::{
    TokenCount, TokensError, estimate::estimate, media::ImageRule, vocabulary::Vocabulary,
};
use crate::{
    model::{MessagePiece, Prompt},
    project::ModelSpec,
};
use std::path::Path;

/// What the chat format adds to a message, and to the whole, in the models of OpenAI; others are much the same.
const A_MESSAGE: u64 = 4;
const A_PROMPT: u64 = 3;

/// Counts tokens for one model.
#[derive(Debug, Clone)]
pub struct Counter {
    vocabulary: Option<Vocabulary>,
    images: ImageRule,
}

impl Counter {
    /// A cheap counter that estimates, as for pacing requests.
    pub fn approximate() -> Counter {
        Counter {
            vocabulary: None,
            images: ImageRule::Unknown,
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
        Ok(Counter {
            vocabulary,
            images: ImageRule::of_model(model),
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

    /// Tokens of a prompt, the chat format's overhead included.
    pub fn prompt(&self, prompt: &Prompt) -> TokenCount {
        let mut count = TokenCount {
            tokens: A_PROMPT,
            estimated: self.estimates(),
        };
        for message in &prompt.messages {
            count.tokens += A_MESSAGE;
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
