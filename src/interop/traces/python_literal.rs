//! Literals of Python, which tables written by pandas have in their cells: `[{'role': 'user', 'n': None}]`.

use serde_json::{Map, Value};

/// Deepest that lists and maps are read.
const MAX_DEPTH: usize = 64;

/// The value of a literal; `None` where it is none.
pub(super) fn python_literal(text: &str) -> Option<Value> {
    let mut reader = LiteralReader { rest: text };
    let value = reader.value(0)?;
    reader.space();
    reader.rest.is_empty().then_some(value)
}

struct LiteralReader<'a> {
    rest: &'a str,
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

    fn value(&mut self, depth: usize) -> Option<Value> {
        if depth > MAX_DEPTH {
            return None;
        }
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
                return Some(items.into());
            }
        }
        if self.take("{") {
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
