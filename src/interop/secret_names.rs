//! Settings that hold secrets, by their names: they are told and not written into projects.

use super::{NotePlace, Notes};
use regex::Regex;
use serde_json::Value;
use std::sync::LazyLock;

/// Whether a setting or a variable of this name holds a secret.
pub(super) fn is_secret_name(name: &str) -> bool {
    const ANYWHERE: [&str; 7] = [
        "KEY",
        "TOKEN",
        "SECRET",
        "PASSWORD",
        "PASSWD",
        "CREDENTIAL",
        "COOKIE",
    ];
    const PARTS: [&str; 8] = [
        "PASS",
        "PWD",
        "PAT",
        "AUTH",
        "AUTHORIZATION",
        "PASSPHRASE",
        "CREDS",
        "PRIVATE",
    ];
    // Counts of tokens, and what a cache is told apart by.
    const OTHERS: [&str; 4] = [
        "MAX_TOKENS",
        "MAX_COMPLETION_TOKENS",
        "MAX_OUTPUT_TOKENS",
        "PROMPT_CACHE_KEY",
    ];
    let name = name.to_uppercase();
    let mut parts = name.split(|c: char| !c.is_alphanumeric());
    !OTHERS.iter().any(|end| name.ends_with(end))
        && (ANYWHERE.iter().any(|word| name.contains(word))
            || parts.any(|part| PARTS.contains(&part)))
}

/// An address without the user and password in it; `None` where there are none.
pub(super) fn without_password(text: &str) -> Option<String> {
    static USER: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(\w://)[^/?#\s@:]*:[^/?#\s]*@").ok());
    let user = USER.as_ref()?;
    user.is_match(text)
        .then(|| user.replace_all(text, "$1").into_owned())
}

/// A setting without the texts in it whose names say that they are secrets; `None` where it is one itself.
pub(super) fn without_secrets(
    name: &str,
    value: Value,
    at: &NotePlace,
    notes: &mut Notes,
) -> Option<Value> {
    match value {
        Value::String(_) if is_secret_name(name) => {
            let why = "a secret is not taken over: add it to `params` if you want it there";
            notes.dropped(at, format!("`{name}`"), why);
            None
        }
        Value::Array(items) => Some(
            items
                .into_iter()
                .filter_map(|item| without_secrets(name, item, at, notes))
                .collect(),
        ),
        Value::Object(map) => {
            let kept = map
                .into_iter()
                .filter_map(|(key, value)| {
                    let value = without_secrets(&key, value, at, notes)?;
                    Some((key, value))
                })
                .collect();
            Some(Value::Object(kept))
        }
        other => Some(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn secrets_are_known_by_their_names() {
        for name in [
            "OPENAI_API_KEY",
            "apiKey",
            "GITHUB_PAT",
            "DB_PASS",
            "db-pwd",
            "GOOGLE_APPLICATION_CREDENTIALS",
            "Authorization",
            "NPM_AUTH",
            "SESSION_COOKIE",
            "SSH_PRIVATE",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in [
            "OPENAI_MAX_TOKENS",
            "max_output_tokens",
            "prompt_cache_key",
            "PATH",
            "BYPASS",
            "AUTHOR",
            "COMPASS_SIDE",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn addresses_lose_their_user_and_password() {
        for (text, without) in [
            ("https://me:pw@host:80/v1", Some("https://host:80/v1")),
            ("postgres://me:p@w@host/db", Some("postgres://host/db")),
            ("https://host:80/a@b", None),
            ("https://host/a:b@c", None),
            ("me:pw@host", None),
        ] {
            assert_eq!(without_password(text).as_deref(), without, "{text}");
        }
    }

    #[test]
    fn settings_lose_the_secrets_in_them() {
        let mut notes = Notes::default();
        let at = NotePlace {
            file: std::path::Path::new("c.yaml").into(),
            line: None,
        };
        let value = json!({"a": 1, "auth": "x", "b": [{"token": "x", "stop": "y"}], "stop_token_ids": [3], "schema": {"password": {"type": "string"}}});
        assert_eq!(
            without_secrets("passthrough", value, &at, &mut notes),
            Some(
                json!({"a": 1, "b": [{"stop": "y"}], "stop_token_ids": [3], "schema": {"password": {"type": "string"}}})
            )
        );
        assert_eq!(
            without_secrets("api_key", json!("x"), &at, &mut notes),
            None
        );
        assert_eq!(notes.finish().len(), 3);
    }
}
