//! Tokens of an output, each with the tokens that the server listed in its place.

use serde_json::{Map, Value, json};
use std::ops::Range;

/// A token that could have come at a place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Candidate {
    /// Its bytes: a token may be a part of a character.
    pub(super) text: Vec<u8>,
    pub(super) logprob: f64,
}

/// A token of an output.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct AnswerToken {
    /// Where it starts in the output, in bytes.
    start: usize,
    /// The token that was generated, then the others that the server listed.
    pub(super) candidates: Vec<Candidate>,
}

impl AnswerToken {
    pub(super) fn generated(&self) -> Option<&Candidate> {
        self.candidates.first()
    }

    fn end(&self) -> usize {
        self.start + self.generated().map_or(0, |token| token.text.len())
    }
}

/// The tokens of an output whose log-probabilities are known.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AnswerTokens {
    tokens: Vec<AnswerToken>,
}

/// Name of the tokens that were kept of an answer.
const KEPT: &str = "kept";

/// Digits of a log-probability that is kept.
const DECIMALS: f64 = 1e4;

impl AnswerTokens {
    /// From the log-probabilities that came with an output, in any of the forms that servers send, or as [kept](Self::kept).
    /// `None` where there are none, or where the tokens do not make up the output.
    pub fn new(logprobs: &str, output: &str) -> Option<AnswerTokens> {
        let value: Value = serde_json::from_str(logprobs).ok()?;
        if let Some(Value::Array(kept)) = value.get(KEPT) {
            return Some(AnswerTokens {
                tokens: kept.iter().filter_map(kept_token).collect(),
            });
        }
        let mut listed = Vec::new();
        read_tokens(&value, &mut listed);
        let all: Vec<u8> = listed
            .iter()
            .filter_map(|candidates| candidates.first())
            .flat_map(|token| token.text.iter().copied())
            .collect();
        let mut start = offset(&all, output)?;
        let mut tokens = Vec::with_capacity(listed.len());
        for candidates in listed {
            let length = candidates.first().map_or(0, |token| token.text.len());
            // Before the output stand white space and thoughts.
            let skipped = start.skipped.min(length);
            start.skipped -= skipped;
            if length == 0 || skipped < length {
                tokens.push(AnswerToken {
                    start: start.output,
                    candidates,
                });
            }
            start.output += length - skipped;
        }
        Some(AnswerTokens { tokens })
    }

    /// The tokens from the one in which a place of the output begins.
    pub(super) fn starting_at(&self, place: usize) -> &[AnswerToken] {
        let first = (self.tokens.iter()).position(|t| t.start <= place && place < t.end());
        first.map_or(&[], |first| &self.tokens[first..])
    }

    pub(super) fn first_with_letters(&self) -> Option<&AnswerToken> {
        let has_letters = |token: &Candidate| {
            String::from_utf8_lossy(&token.text).contains(char::is_alphanumeric)
        };
        self.tokens
            .iter()
            .find(|t| t.generated().is_some_and(has_letters))
    }

    /// What a store needs of them: the tokens of a place of the output with the one that follows it, as JSON.
    pub fn kept(&self, place: Option<Range<usize>>) -> String {
        let tokens = place.map_or(&[][..], |place| {
            let tokens = self.starting_at(place.start);
            let inside = tokens.iter().take_while(|t| t.start < place.end).count();
            &tokens[..tokens.len().min(inside + 1)]
        });
        let token = |token: &AnswerToken| {
            let top = token.candidates.iter().map(|candidate| {
                let text = match std::str::from_utf8(&candidate.text) {
                    Ok(text) => json!(text),
                    Err(_) => json!(candidate.text),
                };
                json!([text, (candidate.logprob * DECIMALS).round() / DECIMALS])
            });
            json!({"at": token.start, "top": top.collect::<Vec<Value>>()})
        };
        json!({ KEPT: tokens.iter().map(token).collect::<Vec<Value>>() }).to_string()
    }
}

/// Whether log-probabilities list any token besides those that were generated. Those that were kept did.
pub fn lists_alternatives(logprobs: &str) -> bool {
    let Ok(value) = serde_json::from_str::<Value>(logprobs) else {
        return false;
    };
    if value.get(KEPT).is_some() {
        return true;
    }
    let mut tokens = Vec::new();
    read_tokens(&value, &mut tokens);
    tokens.iter().any(|candidates| candidates.len() > 1)
}

/// Most tokens that are listed at a place, the generated one included.
pub fn most_listed(logprobs: &str) -> usize {
    let mut tokens = Vec::new();
    if let Ok(value) = serde_json::from_str::<Value>(logprobs) {
        read_tokens(&value, &mut tokens);
    }
    tokens.iter().map(Vec::len).max().unwrap_or(0)
}

/// Where the tokens of an output begin.
struct Offset {
    /// Bytes of tokens that stand before the output.
    skipped: usize,
    output: usize,
}

/// Where an output stands among all tokens: at the start, but for white space, or behind thoughts.
fn offset(all: &[u8], output: &str) -> Option<Offset> {
    let all = std::str::from_utf8(all).ok()?;
    let trimmed = output.trim();
    if trimmed.is_empty() {
        return None;
    }
    let lead = all.len() - all.trim_start().len();
    let place = match all[lead..].starts_with(trimmed) {
        true => lead,
        false => all.rfind(trimmed)?,
    };
    let before = output.len() - output.trim_start().len();
    Some(Offset {
        skipped: place.saturating_sub(before),
        output: before.saturating_sub(place),
    })
}

/// All tokens of what a server sent, a stream's pieces one after another.
fn read_tokens(value: &Value, tokens: &mut Vec<Vec<Candidate>>) {
    match value {
        Value::Array(pieces) => pieces.iter().for_each(|piece| read_tokens(piece, tokens)),
        Value::Object(map) => match (map.get("content"), map.get("tokens")) {
            (Some(Value::Array(content)), _) => {
                tokens.extend(content.iter().filter_map(chat_token));
            }
            (_, Some(Value::Array(texts))) => plain_tokens(texts, map, tokens),
            _ => {}
        },
        _ => {}
    }
}

fn candidate(value: &Value) -> Option<Candidate> {
    let logprob = value.get("logprob")?.as_f64()?;
    let bytes = value.get("bytes").and_then(bytes);
    let text = || Some(value.get("token")?.as_str()?.as_bytes().to_vec());
    Some(Candidate {
        text: bytes.or_else(text)?,
        logprob,
    })
}

fn bytes(value: &Value) -> Option<Vec<u8>> {
    let numbers = value.as_array()?.iter();
    numbers
        .map(|n| n.as_u64().and_then(|n| u8::try_from(n).ok()))
        .collect()
}

/// A token of a chat's answer.
fn chat_token(value: &Value) -> Option<Vec<Candidate>> {
    let top = value.get("top_logprobs").and_then(Value::as_array);
    let top = top.into_iter().flatten().filter_map(candidate);
    Some(with_others(candidate(value)?, top))
}

/// Tokens in the form of plain completions: lists beside each other.
fn plain_tokens(texts: &[Value], map: &Map<String, Value>, tokens: &mut Vec<Vec<Candidate>>) {
    let list = |key| map.get(key).and_then(Value::as_array);
    let (logprobs, top) = (list("token_logprobs"), list("top_logprobs"));
    for (at, text) in texts.iter().enumerate() {
        let logprob = logprobs.and_then(|all| all.get(at)?.as_f64());
        let (Some(text), Some(logprob)) = (text.as_str(), logprob) else {
            continue;
        };
        let token = |text: &str, logprob| Candidate {
            text: text.as_bytes().to_vec(),
            logprob,
        };
        let others = top.and_then(|all| all.get(at)?.as_object());
        let others = others.into_iter().flatten();
        let others = others.filter_map(|(text, p)| Some(token(text, p.as_f64()?)));
        tokens.push(with_others(token(text, logprob), others));
    }
}

/// A token with the others of its place: a list may have the token itself among them, or not.
fn with_others(token: Candidate, others: impl Iterator<Item = Candidate>) -> Vec<Candidate> {
    let mut all = vec![token];
    for other in others {
        if all.iter().all(|known| known.text != other.text) {
            all.push(other);
        }
    }
    all
}

fn kept_token(value: &Value) -> Option<AnswerToken> {
    let top = value.get("top")?.as_array()?.iter();
    let candidate = |pair: &Value| {
        let text = match pair.get(0)? {
            Value::String(text) => text.as_bytes().to_vec(),
            other => bytes(other)?,
        };
        let logprob = pair.get(1)?.as_f64()?;
        Some(Candidate { text, logprob })
    };
    Some(AnswerToken {
        start: value.get("at")?.as_u64()? as usize,
        candidates: top.filter_map(candidate).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starts(logprobs: &str, output: &str) -> Option<Vec<(usize, String)>> {
        let tokens = AnswerTokens::new(logprobs, output)?.tokens;
        let text = |t: &AnswerToken| String::from_utf8_lossy(&t.candidates[0].text).into_owned();
        Some(tokens.iter().map(|t| (t.start, text(t))).collect())
    }

    fn chat(tokens: &[&str]) -> String {
        let content = tokens.iter().map(|t| json!({"token": t, "logprob": -0.5}));
        json!({"content": content.collect::<Vec<Value>>()}).to_string()
    }

    #[test]
    fn tokens_stand_where_their_text_does_in_the_output() {
        let found = |tokens: &[&str], output| starts(&chat(tokens), output);
        let place = |at, text: &str| (at, text.to_owned());
        assert_eq!(
            found(&["It", " is", " good"], "It is good"),
            Some(vec![place(0, "It"), place(2, " is"), place(5, " good")])
        );
        // White space around an output is cut off by some servers.
        assert_eq!(
            found(&[" \n", " good", "."], "good."),
            Some(vec![place(0, " good"), place(4, ".")])
        );
        // Thoughts that are not in the output.
        assert_eq!(
            found(&["good or bad?", "</think>", "bad"], "bad"),
            Some(vec![place(0, "bad")])
        );
        assert_eq!(found(&["token_id:7"], "bad"), None);
        assert_eq!(found(&[], ""), None);
    }

    #[test]
    fn every_form_is_read() {
        let whole = r#"{"content":[{"token":"po","logprob":-0.1,"bytes":[112,111],"top_logprobs":[{"token":"po","logprob":-0.1},{"token":"ne","logprob":-2.5}]},{"token":"s","logprob":-0.2,"top_logprobs":[]}],"refusal":null}"#;
        let pieces = r#"[{"content":[{"token":"po","logprob":-0.1,"top_logprobs":[{"token":"ne","logprob":-2.5}]}]},{"content":[]},{"content":[{"token":"s","logprob":-0.2}]}]"#;
        let plain = r#"{"tokens":["po","s"],"token_logprobs":[-0.1,-0.2],"top_logprobs":[{"po":-0.1,"ne":-2.5},null],"text_offset":[0,2]}"#;
        let tokens = AnswerTokens::new(whole, "pos").unwrap();
        for other in [pieces, plain] {
            assert_eq!(AnswerTokens::new(other, "pos").as_ref(), Some(&tokens));
            assert!(lists_alternatives(other), "{other}");
        }
        let kept = tokens.kept(Some(0..1));
        assert_eq!(
            kept,
            r#"{"kept":[{"at":0,"top":[["po",-0.1],["ne",-2.5]]},{"at":2,"top":[["s",-0.2]]}]}"#
        );
        assert_eq!(AnswerTokens::new(&kept, "pos"), Some(tokens));
        for empty in [
            r#"{"content":[]}"#,
            r#"{"content":null}"#,
            "7",
            "{",
            &chat(&["a"]),
        ] {
            assert!(!lists_alternatives(empty), "{empty}");
        }
    }

    #[test]
    fn parts_of_characters_are_bytes() {
        let half = |bytes: &[u8]| json!({"token": "\u{fffd}", "logprob": -1.0, "bytes": bytes});
        let logprobs = json!({"content": [half(&[0xe6, 0xad]), half(&[0xa3])]}).to_string();
        let tokens = AnswerTokens::new(&logprobs, "正").unwrap();
        assert_eq!(tokens.starting_at(0).len(), 2);
        let kept = tokens.kept(Some(0..3));
        assert_eq!(AnswerTokens::new(&kept, "正"), Some(tokens));
    }
}
