//! `JSON.stringify`.

use super::{number, value::Value};

/// `JSON.stringify` of a value.
pub(crate) fn json_text(value: &serde_json::Value) -> String {
    stringify(&value.into(), "").unwrap_or_else(|| value.to_string())
}

/// JSON with an indentation; `None` for what JSON cannot say.
pub(super) fn stringify(value: &Value, indent: &str) -> Option<String> {
    let mut out = String::new();
    write(value, indent, 0, &mut out).then_some(out)
}

/// The indentation that the third argument of `JSON.stringify` means.
pub(super) fn indentation(spaces: &Value) -> String {
    match spaces {
        Value::Number(n) if *n >= 1.0 => " ".repeat(n.min(10.0) as usize),
        Value::Text(text) => text.chars().take(10).collect(),
        _ => String::new(),
    }
}

/// Deepest value, and longest text.
const MAX_DEPTH: usize = 500;
const MAX_BYTES: usize = 64 << 20;

/// Write a value; false where there is nothing to be written.
fn write(value: &Value, indent: &str, depth: usize, out: &mut String) -> bool {
    if depth > MAX_DEPTH || out.len() > MAX_BYTES {
        return false;
    }
    match value {
        Value::Undefined | Value::Function(_) => return false,
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) if number.is_finite() => out.push_str(&number::text(*number)),
        Value::Number(_) => out.push_str("null"),
        Value::Text(text) => out.push_str(&quote(text)),
        // The object that a safe text is: its own fields.
        Value::Safe(text) => {
            out.push_str(&format!(
                "{{\"val\":{},\"length\":{}}}",
                quote(text),
                super::text::length(text)
            ));
        }
        Value::List(items) => {
            let items = items.borrow();
            if items.is_empty() {
                out.push_str("[]");
                return true;
            }
            out.push('[');
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                line(indent, depth + 1, out);
                if !write(item, indent, depth + 1, out) {
                    out.push_str("null");
                }
            }
            line(indent, depth, out);
            out.push(']');
        }
        Value::Map(map) => {
            let begin = out.len();
            out.push('{');
            let mut first = true;
            for (key, item) in map.iter() {
                let before = out.len();
                if !first {
                    out.push(',');
                }
                line(indent, depth + 1, out);
                out.push_str(&quote(key));
                out.push(':');
                if !indent.is_empty() {
                    out.push(' ');
                }
                if write(item, indent, depth + 1, out) {
                    first = false;
                } else {
                    out.truncate(before);
                }
            }
            if first {
                out.truncate(begin + 1);
            } else {
                line(indent, depth, out);
            }
            out.push('}');
        }
    }
    true
}

fn line(indent: &str, depth: usize, out: &mut String) {
    if !indent.is_empty() {
        out.push('\n');
        for _ in 0..depth {
            out.push_str(indent);
        }
    }
}

/// A text in quotes.
pub(super) fn quote(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_written_as_json_stringify_writes_them() {
        let value = Value::from(&json!({"a": [1.0, 1e21, "x\"\u{7f}"], "e": {}, "l": []}));
        assert_eq!(
            stringify(&value, "").unwrap(),
            "{\"a\":[1,1e+21,\"x\\\"\u{7f}\"],\"e\":{},\"l\":[]}"
        );
        assert_eq!(
            stringify(&Value::from(&json!({"a": [1], "e": {}})), "  ").unwrap(),
            "{\n  \"a\": [\n    1\n  ],\n  \"e\": {}\n}"
        );
        assert!(stringify(&Value::Undefined, "").is_none());
        assert_eq!(
            stringify(&vec![Value::Undefined].into(), "").unwrap(),
            "[null]"
        );
    }
}
