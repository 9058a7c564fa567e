//! Literals of Python, which tables written by pandas have in their cells: `[{'role': 'user', 'n': None}]`.

use crate::interop::value_limit::{OF_OBJECT, ValueLimit};
use serde_json::{Map, Value};

/// Deepest that lists and maps are read.
const MAX_DEPTH: usize = 64;

/// The value of a literal; `None` where it is none. The error says that it holds more values than there may be.
pub(super) fn python_literal(text: &str, limit: &ValueLimit) -> Result<Option<Value>, String> {
    let mut reader = LiteralReader {
        rest: text,
        limit,
        refused: None,
    };
    let value = reader.value(0);
    reader.space();
    match reader.refused {
        Some(problem) => Err(problem),
        None => Ok(value.filter(|_| reader.rest.is_empty())),
    }
}

struct LiteralReader<'a> {
    rest: &'a str,
    limit: &'a ValueLimit,
    /// Why the limit does not allow what was read.
    refused: Option<String>,
}

impl LiteralReader<'_> {
    fn space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, token: &str) -> bool {
        self.space();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn is_next(&self, token: &str) -> bool {
        self.rest.trim_start().starts_with(token)
    }

    fn count(&mut self, values: usize) -> Option<()> {
        self.refused = self.limit.take(values).err();
        self.refused.is_none().then_some(())
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        if depth > MAX_DEPTH {
            return None;
        }
        self.count(1)?;
        self.space();
        for (open, close) in [("[", "]"), ("(", ")")] {
            if self.take(open) {
                let mut items = Vec::new();
                while !self.take(close) {
                    items.push(self.value(depth + 1)?);
                    if !self.take(",") && !self.is_next(close) {
                        // An array of numpy has no commas between its items; texts without them would be one text.
                        let is_array = items.last().is_some_and(Value::is_object);
                        if !is_array || !self.is_next("{") {
                            return None;
                        }
                    }
                }
                items.shrink_to_fit();
                return Some(items.into());
            }
        }
        if self.take("{") {
            self.count(OF_OBJECT - 1)?;
            let mut map = Map::new();
            while !self.take("}") {
                let key = match self.value(depth + 1)? {
                    Value::String(text) => text,
                    other => other.to_string(),
                };
                if !self.take(":") {
                    return None;
                }
                map.insert(key, self.value(depth + 1)?);
                if !self.take(",") && !self.is_next("}") {
                    return None;
                }
            }
            return Some(map.into());
        }
        for (word, value) in [
            ("None", Value::Null),
            ("True", true.into()),
            ("False", false.into()),
            ("nan", Value::Null),
        ] {
            if self.take(word) {
                return Some(value);
            }
        }
        match self.rest.chars().next()? {
            quote @ ('\'' | '"') => self.text(quote).map(Value::from),
            _ => {
                let end = self
                    .rest
                    .find([',', ']', '}', ')', ':', ' '])
                    .unwrap_or(self.rest.len());
                let (number, rest) = self.rest.split_at(end);
                self.rest = rest;
                serde_json::from_str::<serde_json::Number>(number)
                    .ok()
                    .map(Value::from)
            }
        }
    }

    fn text(&mut self, quote: char) -> Option<String> {
        let mut text = String::new();
        let mut chars = self.rest.char_indices();
        chars.next();
        while let Some((at, c)) = chars.next() {
            if c == quote {
                self.rest = &self.rest[at + c.len_utf8()..];
                return Some(text);
            }
            if c != '\\' {
                text.push(c);
                continue;
            }
            let digits = match chars.next()?.1 {
                'n' => {
                    text.push('\n');
                    continue;
                }
                't' => {
                    text.push('\t');
                    continue;
                }
                'r' => {
                    text.push('\r');
                    continue;
                }
                'x' => 2,
                'u' => 4,
                'U' => 8,
                c @ ('\\' | '\'' | '"') => {
                    text.push(c);
                    continue;
                }
                _ => return None,
            };
            let code: Option<String> = (0..digits).map(|_| chars.next().map(|(_, c)| c)).collect();
            text.push(char::from_u32(u32::from_str_radix(&code?, 16).ok()?)?);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn python_literal(text: &str) -> Option<Value> {
        super::python_literal(text, &ValueLimit::new()).unwrap()
    }

    #[test]
    fn cells_of_pandas_are_read() {
        assert_eq!(
            python_literal(
                r#"[{'a.b': "it's", 'c': 'say "x"\n\xe9\u5c4f', 'n': None, 'ok': True, 'x': -1.5e3}, (1, 2), []]"#
            ),
            Some(
                json!([{"a.b": "it's", "c": "say \"x\"\né屏", "n": null, "ok": true, "x": -1500.0}, [1, 2], []])
            )
        );
        assert_eq!(
            python_literal("[{'a': 1}\n {'a': 2}]"),
            Some(json!([{"a": 1}, {"a": 2}]))
        );
        for none in [
            "[1",
            "{'a' 1}",
            "[array([1])]",
            "x",
            "",
            "['a' 'b']",
            "[{'a': 1} 2]",
            "[1] 2",
            &"[".repeat(200),
        ] {
            assert_eq!(python_literal(none), None, "{none}");
        }
    }
}
