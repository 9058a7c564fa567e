//! Answers as promptfoo 0.123 shows them to assertions, and replies of a judge as it reads them.

use super::AssertionVerdict;
use crate::{
    dialect::json_text,
    model::{Completion, FinishReason, ToolCall},
    project::{PromptfooOutput, PromptfooProvider},
};
use serde_json::{Map, Value, json};
use std::borrow::Cow;

impl PromptfooOutput {
    /// The output of an answer: the whole text, thoughts in tags included.
    pub fn output(self, completion: &Completion) -> Cow<'_, str> {
        if let Some(refusal) = &completion.refusal
            && self.provider == PromptfooProvider::OpenAi
        {
            return refusal.into();
        }
        let text = completion.message_text();
        if self.provider == PromptfooProvider::LocalAi {
            return text.into();
        }
        let is_filtered = completion.finish == FinishReason::ContentFilter && text.is_empty();
        if is_filtered && self.provider == PromptfooProvider::OpenAi {
            return "Content filtered by provider".into();
        }
        let calls = &completion.tool_calls;
        if !calls.is_empty() {
            let list: Vec<Value> = calls.iter().map(call).collect();
            match self.provider {
                _ if text.is_empty() => return Value::from(list).to_string().into(),
                PromptfooProvider::OpenRouter => return Value::from(list).to_string().into(),
                PromptfooProvider::OpenAi | PromptfooProvider::Mistral => {
                    let message = json!({"role": "assistant", "content": text, "tool_calls": list});
                    return message.to_string().into();
                }
                PromptfooProvider::Azure | PromptfooProvider::LocalAi => {}
            }
        }
        if self.parse_json
            && self.provider != PromptfooProvider::Mistral
            && let Ok(value) = serde_json::from_str::<Value>(text)
        {
            match value {
                Value::String(text) => return self.with_thinking(completion, text.into()),
                other => return json_text(&other).into(),
            }
        }
        self.with_thinking(completion, text.into())
    }

    fn with_thinking<'c>(self, completion: &'c Completion, text: Cow<'c, str>) -> Cow<'c, str> {
        let has_thinking = matches!(
            self.provider,
            PromptfooProvider::OpenAi | PromptfooProvider::OpenRouter
        );
        // What is blank gives way to the reasoning there, or is empty.
        let is_blank = self.provider == PromptfooProvider::OpenRouter && text.trim().is_empty();
        match &completion.reasoning {
            Some(thinking) if is_blank && self.show_thinking => thinking.into(),
            _ if is_blank => "".into(),
            Some(thinking) if self.show_thinking && has_thinking && !thinking.is_empty() => {
                format!("Thinking: {thinking}\n\n{text}").into()
            }
            _ => text,
        }
    }
}

/// A call in the form of the API, without what only a server knows.
fn call(call: &ToolCall) -> Value {
    let mut map = Map::new();
    if let Some(id) = &call.id {
        map.insert("id".into(), id.clone().into());
    }
    map.insert("type".into(), "function".into());
    map.insert(
        "function".into(),
        json!({"name": call.name, "arguments": call.arguments}),
    );
    map.into()
}

/// An output as the template of a question to a judge sees it.
pub(in crate::score) fn promptfoo_value(output: &str) -> Value {
    let item = |value: Value| match value {
        Value::Array(_) | Value::Object(_) => json_text(&value).into(),
        other => other,
    };
    match serde_json::from_str(output) {
        Ok(Value::Array(items)) => items.into_iter().map(item).collect(),
        Ok(Value::Object(map)) => json_text(&map.into()).into(),
        Ok(other) => other,
        Err(_) => output.into(),
    }
}

/// The verdict of a reply: of the first object in it that is JSON or YAML. `None` where there is none.
pub fn promptfoo_verdict(output: &str, threshold: Option<f64>) -> Option<AssertionVerdict> {
    let object = objects(output).next()?;
    let pass = match object.get("pass") {
        None | Some(Value::Null) => true,
        Some(Value::Bool(pass)) => *pass,
        Some(Value::String(word)) => ["true", "yes", "pass", "y"]
            .iter()
            .any(|yes| word.eq_ignore_ascii_case(yes)),
        Some(_) => false,
    };
    let by_pass = f64::from(u8::from(pass));
    let score = match object.get("score") {
        None | Some(Value::Object(_)) => by_pass,
        Some(Value::Null) => 0.0,
        Some(Value::Bool(score)) => f64::from(u8::from(*score)),
        Some(Value::Number(score)) => score.as_f64().unwrap_or(by_pass),
        Some(Value::String(text)) => number(text).unwrap_or(by_pass),
        Some(Value::Array(items)) => match items.as_slice() {
            [] => 0.0,
            [Value::Number(score)] => score.as_f64().unwrap_or(by_pass),
            [Value::String(text)] => number(text).unwrap_or(by_pass),
            _ => by_pass,
        },
    };
    Some(AssertionVerdict {
        score,
        pass: pass && threshold.is_none_or(|threshold| score >= threshold),
    })
}

/// `Number` of a text, where it is finite.
fn number(text: &str) -> Option<f64> {
    match text.trim() {
        "" => Some(0.0),
        text if text.contains(|c: char| c.is_ascii_alphabetic() && !matches!(c, 'e' | 'E')) => None,
        text => text.parse().ok().filter(|n: &f64| n.is_finite()),
    }
}

/// Longest object that is looked for, and how many bytes are read again and again for beginnings of one.
const MAX_OBJECT: usize = 100_000;
const MAX_READ: usize = 4 * MAX_OBJECT;

/// The objects in a text, outermost ones first in their order, those of lists too. Braces are counted wherever they stand; an
/// object that the text ends in is closed.
pub(super) fn objects(text: &str) -> impl Iterator<Item = Map<String, Value>> {
    let (mut from, mut left) = (0, MAX_READ);
    let starts = text.match_indices('{').map(|(start, _)| start);
    starts.filter_map(move |start| {
        if start < from || left == 0 {
            return None;
        }
        let bytes = text.as_bytes();
        let mut open = 0_usize;
        let most = bytes.len().min(start + MAX_OBJECT);
        let mut end = most;
        for (at, byte) in bytes.iter().enumerate().take(most).skip(start) {
            match byte {
                b'{' => open += 1,
                b'}' => open -= 1,
                _ => {}
            }
            if open == 0 {
                end = at + 1;
                break;
            }
        }
        left = left.saturating_sub(end - start);
        let closed = format!("{}{}", text.get(start..end)?, "}".repeat(open));
        let found = parsed(&closed)?;
        from = end;
        Some(found)
    })
}

/// An object in JSON, or in the flow style of YAML with `//` for comments.
fn parsed(text: &str) -> Option<Map<String, Value>> {
    if let Ok(object) = serde_json::from_str(text) {
        return Some(object);
    }
    let options = serde_saphyr::options! {
        strict_booleans: true,
        duplicate_keys: serde_saphyr::options::DuplicateKeyPolicy::LastWins,
    };
    let lines: Vec<String> = text.split('\n').map(with_comment).collect();
    serde_saphyr::from_str_with_options(&lines.join("\n"), options).ok()
}

/// A line with `#` in the place of the first `//` outside of quotes that is not of an address.
fn with_comment(line: &str) -> String {
    let (mut quote, mut before, mut token) = (None, '\0', 0);
    let mut chars = line.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map_or('\0', |(_, c)| *c);
        match quote {
            None if c == '"' || c == '\'' && !before.is_ascii_alphabetic() => {
                quote = Some(c);
            }
            None if c == '/' && next == '/' && !line[token..at + 2].contains("://") => {
                return format!("{}#{}", &line[..at], line[at..].trim_start_matches('/'));
            }
            Some('\'') if c == '\'' && before != '\\' && !next.is_ascii_alphabetic() => {
                quote = None
            }
            Some('"') if c == '"' && before != '\\' => quote = None,
            _ => {}
        }
        if c.is_whitespace() {
            token = at + c.len_utf8();
        }
        before = c;
    }
    line.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(provider: PromptfooProvider, parse_json: bool) -> PromptfooOutput {
        PromptfooOutput {
            provider,
            parse_json,
            ..PromptfooOutput::default()
        }
    }

    fn answer(said: &str, calls: &[(&str, &str)]) -> Completion {
        let tool_calls: Vec<ToolCall> = calls
            .iter()
            .map(|(name, arguments)| ToolCall {
                id: Some("c1".into()),
                name: (*name).into(),
                arguments: (*arguments).into(),
            })
            .collect();
        let mut lines: Vec<String> = tool_calls.iter().map(ToString::to_string).collect();
        if !said.is_empty() {
            lines.insert(0, said.into());
        }
        Completion {
            text: lines.join("\n"),
            tool_calls,
            ..Completion::default()
        }
    }

    /// Recorded with promptfoo 0.123.1.
    #[test]
    fn calls_are_seen_as_each_provider_gives_them() {
        use PromptfooProvider::{Azure, LocalAi, Mistral, OpenAi, OpenRouter};
        let list =
            r#"[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\": 1.0}"}}]"#;
        let message = format!(r#"{{"role":"assistant","content":"I look","tool_calls":{list}}}"#);
        let (alone, both) = (
            answer("", &[("f", "{\"a\": 1.0}")]),
            answer("I look", &[("f", "{\"a\": 1.0}")]),
        );
        for (provider, with_text) in [
            (OpenAi, message.as_str()),
            (Mistral, &message),
            (OpenRouter, list),
            (Azure, "I look"),
        ] {
            assert_eq!(form(provider, false).output(&alone), list);
            assert_eq!(form(provider, false).output(&both), with_text);
        }
        assert_eq!(form(LocalAi, false).output(&both), "I look");
    }

    #[test]
    fn json_by_a_schema_is_printed_anew_and_reasoning_stands_before_texts() {
        use PromptfooProvider::{Mistral, OpenAi};
        for (text, seen) in [
            ("{\"b\": 1.0, \"a\": [1, 2]}", "{\"b\":1,\"a\":[1,2]}"),
            ("[1e3]", "[1000]"),
            ("\"plain\"", "plain"),
            ("no {\"b\": 1.0}", "no {\"b\": 1.0}"),
        ] {
            assert_eq!(form(OpenAi, true).output(&answer(text, &[])), seen);
            assert_eq!(form(OpenAi, false).output(&answer(text, &[])), text);
            assert_eq!(form(Mistral, true).output(&answer(text, &[])), text);
        }
        let mut thought = answer("<think>x</think>Rome", &[]);
        thought.reasoning = Some("hm".into());
        assert_eq!(
            form(OpenAi, false).output(&thought),
            "Thinking: hm\n\n<think>x</think>Rome"
        );
        assert_eq!(
            form(PromptfooProvider::LocalAi, true).output(&thought),
            "<think>x</think>Rome"
        );
        let blank = Completion {
            text: " \n".into(),
            ..thought.clone()
        };
        let router = form(PromptfooProvider::OpenRouter, false);
        assert_eq!(router.output(&blank), "hm");
        assert_eq!(router.output(&answer(" ", &[])), "");
        let filtered = Completion {
            finish: FinishReason::ContentFilter,
            ..answer("", &[])
        };
        assert_eq!(
            form(OpenAi, false).output(&filtered),
            "Content filtered by provider"
        );
        let hidden = PromptfooOutput {
            show_thinking: false,
            ..PromptfooOutput::default()
        };
        assert_eq!(hidden.output(&thought), "<think>x</think>Rome");
    }

    /// Scores and verdicts that promptfoo 0.123.1 gave for these replies.
    #[test]
    fn replies_of_a_judge_are_read_as_promptfoo_reads_them() {
        for (reply, verdict) in [
            (r#"{"pass": true}"#, Some((1.0, true))),
            (r#"{"score": 0.3}"#, Some((0.3, true))),
            (r#"{"pass": "true", "score": "0.5"}"#, Some((0.5, true))),
            (
                "```json\n{\"pass\": true, \"score\": 0.8, \"reason\": \"r\"}\n```",
                Some((0.8, true)),
            ),
            (
                r#"Sure! {"pass": false, "score": 0.9, "reason": "r"} done"#,
                Some((0.9, false)),
            ),
            (
                r#"{"reason": "a", "pass": true, "score": 1} {"pass": false}"#,
                Some((1.0, true)),
            ),
            ("not json", None),
            ("pass", None),
            ("", None),
            (r#"{"pass": true, "score": 5}"#, Some((5.0, true))),
            (r#"{"pass": true, "score": -1}"#, Some((-1.0, true))),
            (r#"{"pass": "yes", "score": 1}"#, Some((1.0, true))),
            (r#"{"pass": 1, "score": 1}"#, Some((1.0, false))),
            ("{'pass': true, 'score': 0.4}", Some((0.4, true))),
            ("{pass: true, score: 0.3}", Some((0.3, true))),
            (r#"{"pass": true, "score": 0.5,}"#, Some((0.5, true))),
            (r#"{"pass": null, "score": 0.6}"#, Some((0.6, true))),
            (r#"{"pass": true, "score": null}"#, Some((0.0, true))),
            (r#"[{"pass": true}]"#, Some((1.0, true))),
            (r#"{"pass": false}"#, Some((0.0, false))),
            (r#"{"pass": true, "score": "high"}"#, Some((1.0, true))),
            (r#"{"pass": true, "score": 0.7"#, Some((0.7, true))),
            ("{\"pass\": yes, // a } remark\n\"score\": 0.5}", None),
            (
                "{\"pass\": yes, // a remark\n\"score\": 0.5}",
                Some((0.5, true)),
            ),
            ("{\"pass\": true, \"score\": 0.125 // a remark", None),
        ] {
            let found = promptfoo_verdict(reply, None).map(|v| (v.score, v.pass));
            assert_eq!(found, verdict, "{reply}");
        }
        let found = promptfoo_verdict(r#"{"score": 0.3}"#, Some(0.5)).unwrap();
        assert!(!found.pass);
    }

    #[test]
    fn objects_are_found_in_lists_and_between_words() {
        let found = |text: &str| {
            objects(text)
                .map(|map| Value::Object(map).to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            found(r#"[{"a": {"b": 1}}, {"c": 2}]"#),
            [r#"{"a":{"b":1}}"#, r#"{"c":2}"#]
        );
        assert_eq!(
            found("so {x} {a: [1]} or"),
            [r#"{"x":null}"#, r#"{"a":[1]}"#]
        );
        assert!(found("no { } } here").len() == 1 && found("none").is_empty());
    }

    #[test]
    fn a_reply_of_braces_is_read_in_bounded_time() {
        assert!(promptfoo_verdict(&"{".repeat(20_000), None).is_none());
        assert!(promptfoo_verdict(&"{a ".repeat(5_000), None).is_none());
    }

    #[test]
    fn a_question_shows_json_as_javascript_prints_it() {
        for (output, seen) in [
            ("{\"a\": 1.0}", json!("{\"a\":1}")),
            ("[{\"a\": 1.0}, 2]", json!(["{\"a\":1}", 2])),
            ("yes", json!("yes")),
            ("\"yes\"", json!("yes")),
        ] {
            assert_eq!(promptfoo_value(output), seen);
        }
    }
}
