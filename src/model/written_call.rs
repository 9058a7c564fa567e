//! Tool calls as outputs have them, read back: `search(query="kettle", limit=3)`.

use serde_json::{Map, Value};

/// A tool call in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenCall<'t> {
    pub name: &'t str,
    /// Names of arguments with their values, which are JSON.
    pub arguments: Vec<(&'t str, &'t str)>,
}

impl<'t> WrittenCall<'t> {
    /// The call that a text begins with, and what follows it.
    pub fn parse(text: &'t str) -> Option<(WrittenCall<'t>, &'t str)> {
        let (name, mut rest) = name(text)?;
        rest = rest.strip_prefix('(')?;
        let mut arguments = Vec::new();
        while !rest.starts_with(')') {
            if !arguments.is_empty() {
                rest = rest.strip_prefix(", ")?;
            }
            let (argument, after) = self::name(rest)?;
            rest = after.strip_prefix('=')?;
            let (value, after) = value(rest)?;
            arguments.push((argument, value));
            rest = after;
        }
        Some((WrittenCall { name, arguments }, &rest[1..]))
    }

    /// The calls of a text that is nothing else: one per line, or with `; ` between them.
    pub fn parse_all(text: &'t str) -> Option<Vec<WrittenCall<'t>>> {
        let mut calls = Vec::new();
        let mut rest = text.trim();
        while !rest.is_empty() {
            let (call, after) = WrittenCall::parse(rest)?;
            calls.push(call);
            let next = after.trim_start();
            let next = next.strip_prefix(';').unwrap_or(next).trim_start();
            if !next.is_empty() && next.len() == after.len() {
                return None;
            }
            rest = next;
        }
        Some(calls)
    }

    /// The arguments by name.
    pub fn arguments(&self) -> Map<String, Value> {
        let arguments = self.arguments.iter();
        let read = |value: &str| serde_json::from_str(value).unwrap_or_default();
        arguments
            .map(|(name, value)| ((*name).to_owned(), read(value)))
            .collect()
    }
}

/// A name, and what follows it.
fn name(text: &str) -> Option<(&str, &str)> {
    let is_part = |c: char| c.is_alphanumeric() || "_-.:/".contains(c);
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// A JSON value, and what follows it.
fn value(text: &str) -> Option<(&str, &str)> {
    if text.starts_with(['"', '[', '{']) {
        let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
        values.next()?.ok()?;
        return Some(text.split_at(values.byte_offset()));
    }
    let (value, after) = text.split_at(text.find([',', ')'])?);
    serde_json::from_str::<Value>(value).ok()?;
    Some((value, after))
}

#[cfg(test)]
mod tests {
    use super::{super::ToolCall, *};

    #[test]
    fn what_a_call_writes_is_read_back() {
        let call = ToolCall {
            id: None,
            name: "f".into(),
            arguments: r#"{"a":"x, \"y\"; (z)","größe":[1,{"b":null}]}"#.into(),
        };
        let text = format!("{call}; {call}\n{call}");
        let calls = WrittenCall::parse_all(&text).unwrap();
        assert_eq!(calls.len(), 3);
        assert_eq!(Some(calls[2].arguments()), call.arguments());
        for wrong in [
            "f",
            "f(",
            "f(a)",
            "f(a=1",
            "f(a=1,b=2)",
            "f() g()x",
            "f()g()",
            "(a=1)",
            "f({\"a\": )",
        ] {
            assert_eq!(WrittenCall::parse_all(wrong), None, "{wrong}");
        }
        assert_eq!(WrittenCall::parse_all(" "), Some(vec![]));
    }
}
