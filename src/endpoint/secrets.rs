//! The secrets that go to an endpoint, and texts without them: some servers repeat what they were sent.
//!
//! Messages are cleaned of all of them. Answers are cleaned only of those that are long enough to stand in no answer by
//! chance: a local server often takes a word such as `ollama` for a key, and an answer may well speak of that.

use secrecy::{ExposeSecret, SecretString};
use std::borrow::Cow;

/// What stands where a secret was.
const MARK: &str = "<key>";
/// Shortest secret that messages are cleaned of, in bytes.
const IN_MESSAGES: usize = 4;
/// Shortest secret that answers are cleaned of, in bytes.
const IN_ANSWERS: usize = 12;

/// The secrets of one endpoint.
#[derive(Debug, Clone, Default)]
pub(crate) struct Secrets {
    /// The longest first, so that none is taken for a part of another.
    all: Vec<SecretString>,
}

impl Secrets {
    pub(crate) fn add(&mut self, secret: &str) {
        let secret = secret.trim();
        if secret.len() >= IN_MESSAGES && !self.all.iter().any(|s| s.expose_secret() == secret) {
            self.all.push(SecretString::from(secret.to_owned()));
            self.all
                .sort_by_key(|s| usize::MAX - s.expose_secret().len());
        }
    }

    /// A message, a header or the body of an error without any of them.
    pub(crate) fn message(&self, text: &str) -> String {
        clean(text, self.all.iter())
    }

    /// A piece of an answer without them.
    pub(crate) fn answer(&self, text: String) -> String {
        if self.of_answers().all(|s| !text.contains(s.expose_secret())) {
            return text;
        }
        clean(&text, self.of_answers())
    }

    /// A part of an answer that is kept as JSON, without them: what is written with escapes is written plainly first.
    pub(crate) fn json(&self, json: String) -> String {
        if self.all.is_empty() || !json.contains('\\') {
            return self.answer(json);
        }
        let plain = serde_json::from_str::<serde_json::Value>(&json);
        self.answer(plain.map_or(json, |value| value.to_string()))
    }

    fn of_answers(&self) -> impl Iterator<Item = &SecretString> {
        self.all
            .iter()
            .take_while(|s| s.expose_secret().len() >= IN_ANSWERS)
    }

    /// How many bytes at the end of a text may be the beginning of a secret.
    fn begun(&self, text: &str) -> usize {
        self.of_answers()
            .filter_map(|s| {
                let secret = s.expose_secret();
                (1..secret.len())
                    .rev()
                    .find(|n| secret.is_char_boundary(*n) && text.ends_with(&secret[..*n]))
            })
            .max()
            .unwrap_or(0)
    }
}

fn clean<'a>(text: &str, secrets: impl Iterator<Item = &'a SecretString>) -> String {
    secrets.fold(text.to_owned(), |text, secret| {
        text.replace(secret.expose_secret(), MARK)
    })
}

/// Cleans a text that comes in pieces: holds back what may be the beginning of a secret until it is known.
#[derive(Debug, Default)]
pub(crate) struct Held {
    text: String,
}

impl Held {
    /// The next piece; what of the text so far may be shown.
    pub(crate) fn push<'a>(&mut self, piece: &'a str, secrets: &Secrets) -> Cow<'a, str> {
        if secrets.all.is_empty() {
            return Cow::Borrowed(piece);
        }
        self.text.push_str(piece);
        let mut text = secrets.answer(std::mem::take(&mut self.text));
        self.text = text.split_off(text.len() - secrets.begun(&text));
        Cow::Owned(text)
    }

    /// What was held back: the text is over, so it was no secret.
    pub(crate) fn rest(&mut self) -> String {
        std::mem::take(&mut self.text)
    }
}

/// Whether a header or a part of an address of this name holds a secret.
pub(crate) fn holds_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [
        "auth", "key", "token", "secret", "cookie", "password", "sig",
    ]
    .iter()
    .any(|part| name.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets() -> Secrets {
        let mut secrets = Secrets::default();
        for secret in ["abc", "ollama", "sk-0123456789", "sk-0123456789-long"] {
            secrets.add(secret);
        }
        secrets
    }

    #[test]
    fn messages_lose_all_secrets_and_answers_the_long_ones() {
        let text = "abc ollama sk-0123456789-long Bearer sk-0123456789.";
        assert_eq!(
            secrets().message(text),
            "abc <key> <key> Bearer <key>.",
            "the longest goes first; three letters are no secret"
        );
        assert_eq!(
            secrets().answer(text.to_owned()),
            "abc ollama <key> Bearer <key>."
        );
    }

    #[test]
    fn escapes_hide_nothing() {
        let json = r#"{"token":"sk-01234\u00356789 \/"}"#.to_owned();
        assert_eq!(secrets().json(json), r#"{"token":"<key> /"}"#);
    }

    #[test]
    fn a_secret_in_pieces_is_never_shown() {
        let text = "it is sk-01234 or sk-0123456789, ss";
        for size in 1..text.len() {
            let (mut held, mut shown) = (Held::default(), String::new());
            let mut rest = text;
            while !rest.is_empty() {
                let (piece, after) = rest.split_at(size.min(rest.len()));
                shown.push_str(&held.push(piece, &secrets()));
                rest = after;
            }
            shown.push_str(&held.rest());
            assert_eq!(shown, "it is sk-01234 or <key>, ss", "pieces of {size}");
        }
    }
}
