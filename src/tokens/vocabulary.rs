//! The vocabularies that counts are exact by: those of OpenAI, which are in the binary, and `tokenizer.json` files.
//!
//! Nothing is read or built before the first text is counted.

use super::bpe::Encoding;
use crate::source::nearest;
use std::path::{Path, PathBuf};
use tiktoken_rs::tokenizer::{Tokenizer, get_tokenizer};

/// Names of the vocabularies in the binary. Some differ in special tokens only, which no text has.
const NAMES: [(&str, Encoding); 6] = [
    ("o200k_base", Encoding::O200k),
    ("o200k_harmony", Encoding::O200k),
    ("cl100k_base", Encoding::Cl100k),
    ("p50k_base", Encoding::P50k),
    ("p50k_edit", Encoding::P50k),
    ("r50k_base", Encoding::R50k),
];

/// Why a text cannot be counted as a project asks for.
#[derive(Debug, thiserror::Error)]
pub enum TokensError {
    /// The name is no vocabulary's and no path of a `.json` file.
    #[error("no tokenizer `{name}`{}; there is {}, or the path of a tokenizer.json",
        nearest.as_ref().map_or(String::new(), |n| format!(" (did you mean `{n}`?)")),
        NAMES.map(|n| n.0).join(", "))]
    Unknown {
        name: String,
        nearest: Option<String>,
    },
    /// The file cannot be read, or is no tokenizer.
    #[error("cannot use the tokenizer {}: {message}", path.display())]
    File { path: PathBuf, message: String },
}

#[derive(Debug, Clone)]
pub(super) enum Vocabulary {
    OpenAi(Encoding),
    /// Of a `tokenizer.json`.
    #[cfg(feature = "tokenizer-json")]
    File(std::sync::Arc<tokenizers::Tokenizer>),
}

impl Vocabulary {
    /// The vocabulary that a project names: by its name, or by the path of a `tokenizer.json` from `root`.
    pub(super) fn named(root: &Path, name: &str) -> Result<Vocabulary, TokensError> {
        if name.ends_with(".json") {
            return Vocabulary::file(root.join(name));
        }
        let found = NAMES.iter().find(|(known, _)| *known == name);
        found
            .map(|(_, encoding)| Vocabulary::OpenAi(*encoding))
            .ok_or_else(|| TokensError::Unknown {
                name: name.to_owned(),
                nearest: nearest(name, NAMES.iter().map(|n| n.0)).map(str::to_owned),
            })
    }

    /// The vocabulary of a model of OpenAI, by the model's name, also behind a vendor's (`openai/gpt-4o`).
    pub(super) fn of_model(model: &str) -> Option<Vocabulary> {
        let bare = model.strip_prefix("openai/").unwrap_or(model);
        let encoding = match get_tokenizer(bare)? {
            Tokenizer::O200kBase | Tokenizer::O200kHarmony => Encoding::O200k,
            Tokenizer::Cl100kBase => Encoding::Cl100k,
            Tokenizer::P50kBase | Tokenizer::P50kEdit => Encoding::P50k,
            Tokenizer::R50kBase | Tokenizer::Gpt2 => Encoding::R50k,
        };
        Some(Vocabulary::OpenAi(encoding))
    }

    /// Whether only OpenAI offers a model of this name; the weights of some are open.
    pub(super) fn is_of_openai_alone(model: &str) -> bool {
        let bare = model.strip_prefix("openai/").unwrap_or(model);
        let is_open = ["gpt-oss", "gpt2", "gpt-2"];
        !is_open.iter().any(|open| bare.starts_with(open)) && Vocabulary::of_model(bare).is_some()
    }

    #[cfg(feature = "tokenizer-json")]
    fn file(path: PathBuf) -> Result<Vocabulary, TokensError> {
        match tokenizers::Tokenizer::from_file(&path) {
            Ok(tokenizer) => Ok(Vocabulary::File(std::sync::Arc::new(tokenizer))),
            Err(error) => Err(TokensError::File {
                message: error.to_string(),
                path: crate::source::as_typed(&path),
            }),
        }
    }

    #[cfg(not(feature = "tokenizer-json"))]
    fn file(path: PathBuf) -> Result<Vocabulary, TokensError> {
        Err(TokensError::File {
            path: crate::source::as_typed(&path),
            message: "this build does not support tokenizer.json files; build with `--features tokenizer-json`, or remove the line to use an estimate".into(),
        })
    }

    /// Tokens of a text; `None` where the vocabulary fails on it.
    pub(super) fn count(&self, text: &str) -> Option<u64> {
        match self {
            Vocabulary::OpenAi(encoding) => {
                Some(encoding.get()?.encode_ordinary(text).len() as u64)
            }
            #[cfg(feature = "tokenizer-json")]
            Vocabulary::File(tokenizer) => tokenizer
                .encode_fast(text, false)
                .ok()
                .map(|encoding| encoding.len() as u64),
        }
    }
}
