//! What stands inside a tag: paths, literals, parameters.

use super::{
    super::SyntaxError,
    ast::{Call, Path, Value},
};

/// Deepest nesting of parentheses.
const MAX_DEPTH: usize = 50;

pub(super) struct Inside<'a> {
    text: &'a str,
    at: usize,
    /// Where the text stands in the template.
    start: usize,
    depth: usize,
}

fn is_end(c: char) -> bool {
    c.is_whitespace() || matches!(c, '=' | '~' | '}' | '/' | ')' | '|' | ']')
}

fn is_name(c: char) -> bool {
    !(c.is_whitespace()
        || matches!(
            c,
            '!' | '"' | '#' | '%'..=',' | '.' | '/' | ';'..='>' | '@' | '['..='^' | '`' | '{'..='~'
        ))
}

impl<'a> Inside<'a> {
    pub(super) fn new(text: &'a str, start: usize) -> Inside<'a> {
        Inside {
            text,
            at: 0,
            start,
            depth: 0,
        }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn place(&self) -> usize {
        self.start + self.at
    }

    fn fail<T>(&self, message: impl Into<String>) -> Result<T, SyntaxError> {
        Err(SyntaxError::new(self.place(), message))
    }

    fn skip(&mut self, mark: &str) -> bool {
        let found = self.rest().starts_with(mark);
        self.at += if found { mark.len() } else { 0 };
        found
    }

    /// All of it: a helper or value, its parameters, and the names behind `as`.
    pub(super) fn call(&mut self) -> Result<(Call, Vec<String>), SyntaxError> {
        let call = self.inner()?;
        let mut names = Vec::new();
        if self.rest().starts_with("as |") || self.rest().starts_with("as  ") {
            self.at += 2;
            self.space();
            if !self.skip("|") {
                return self.fail("`|` is expected");
            }
            loop {
                self.space();
                if self.skip("|") {
                    break;
                }
                names.push(self.word()?);
            }
            self.space();
        }
        match self.rest() {
            "" => Ok((call, names)),
            rest => {
                let word = rest.split_whitespace().next().unwrap_or(rest);
                self.fail(format!("`{word}` is not expected here"))
            }
        }
    }

    fn inner(&mut self) -> Result<Call, SyntaxError> {
        self.space();
        let at = self.place();
        let target = match self.value()? {
            Value::Path(path) => path,
            // A literal in the place of a helper is the name of a value.
            Value::Text(name) => named(name),
            Value::Number(number) => named(super::super::number::text(number)),
            Value::Bool(flag) => named(flag.to_string()),
            Value::Null => named("null".into()),
            Value::Undefined => named("undefined".into()),
            Value::Call(_) => {
                return Err(SyntaxError::new(
                    at,
                    "a helper in parentheses is not supported",
                ));
            }
        };
        let (mut values, mut all) = (Vec::new(), Vec::new());
        loop {
            self.space();
            let rest = self.rest();
            if rest.is_empty() || rest.starts_with(')') || self.at_names() {
                return Ok(Call {
                    target,
                    values,
                    named: all,
                    at,
                });
            }
            match self.key() {
                Some(key) => all.push((key, self.value()?)),
                None if all.is_empty() => values.push(self.value()?),
                None => return self.fail("a parameter is expected before those with names"),
            }
        }
    }

    fn at_names(&self) -> bool {
        let rest = self.rest().strip_prefix("as").map(str::trim_start);
        rest.is_some_and(|rest| rest.starts_with('|'))
            && self.rest()[2..].starts_with(char::is_whitespace)
    }

    /// `name=`.
    fn key(&mut self) -> Option<String> {
        let rest = self.rest();
        let end = rest.find(|c| !is_name(c))?;
        let behind = rest[end..].trim_start().strip_prefix('=')?;
        if end == 0 {
            return None;
        }
        self.at = self.text.len() - behind.len();
        self.space();
        Some(rest[..end].to_owned())
    }

    fn word(&mut self) -> Result<String, SyntaxError> {
        let rest = self.rest();
        let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
        if end == 0 {
            return self.fail("a name is expected");
        }
        self.at += end;
        Ok(rest[..end].to_owned())
    }

    fn value(&mut self) -> Result<Value, SyntaxError> {
        let rest = self.rest();
        if self.skip("(") {
            self.depth += 1;
            if self.depth > MAX_DEPTH {
                return self.fail("parentheses are nested too deep");
            }
            let call = self.inner()?;
            if !self.skip(")") {
                return self.fail("`)` is expected");
            }
            self.depth -= 1;
            return Ok(Value::Call(Box::new(call)));
        }
        if let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) {
            return self.string(quote).map(Value::Text);
        }
        let end = rest.find(is_end).unwrap_or(rest.len());
        let word = &rest[..end];
        let literal = match word {
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            "null" => Some(Value::Null),
            "undefined" => Some(Value::Undefined),
            _ => number(word).map(Value::Number),
        };
        if let Some(literal) = literal.filter(|_| !rest[end..].starts_with('/')) {
            self.at += end;
            return Ok(literal);
        }
        self.path().map(Value::Path)
    }

    fn string(&mut self, quote: char) -> Result<String, SyntaxError> {
        let mut text = String::new();
        let mut chars = self.rest().char_indices().skip(1).peekable();
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' if chars.peek().is_some_and(|(_, next)| *next == quote) => {
                    text.push(quote);
                    chars.next();
                }
                c if c == quote => {
                    self.at += at + 1;
                    return Ok(text);
                }
                c => text.push(c),
            }
        }
        self.fail("a text is not closed")
    }

    fn path(&mut self) -> Result<Path, SyntaxError> {
        let mut path = Path {
            is_data: self.skip("@"),
            ..Path::default()
        };
        loop {
            let rest = self.rest();
            let length = if rest.starts_with("..") {
                2
            } else {
                usize::from(rest.starts_with('.'))
            };
            // `.` and `..` are whole segments.
            let dots = length > 0 && rest[length..].chars().next().is_none_or(is_end);
            let segment = if dots {
                self.at += length;
                rest[..length].to_owned()
            } else if rest.starts_with('[') {
                let Some(end) = rest.find(']') else {
                    return self.fail("`]` is expected");
                };
                self.at += end + 1;
                let name = rest[1..end].to_owned();
                path.parts.push(name);
                if !self.separator() {
                    return Ok(path);
                }
                continue;
            } else {
                let place = self.place();
                let word = self.word()?;
                let ends = self
                    .rest()
                    .chars()
                    .next()
                    .is_none_or(|c| c.is_whitespace() || matches!(c, '~' | '}' | ')' | ']'));
                if ends && number(&word).is_some() {
                    return Err(SyntaxError::new(
                        place,
                        format!("write `[{word}]` in a path"),
                    ));
                }
                word
            };
            match segment.as_str() {
                ".." | "." | "this" if !path.parts.is_empty() => {
                    return self.fail("`.`, `..` and `this` begin a path");
                }
                ".." => {
                    path.depth += 1;
                    path.is_scoped = true;
                }
                "." | "this" => path.is_scoped = true,
                _ => path.parts.push(segment),
            }
            if !self.separator() {
                return Ok(path);
            }
        }
    }

    fn separator(&mut self) -> bool {
        let next = self.rest().chars().nth(1);
        let goes_on = next.is_some_and(|c| !c.is_whitespace() && c != '}' && c != '~');
        goes_on && (self.skip("/") || self.skip("."))
    }
}

fn named(name: String) -> Path {
    Path {
        parts: vec![name],
        ..Path::default()
    }
}

fn number(word: &str) -> Option<f64> {
    let digits = word.strip_prefix('-').unwrap_or(word);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    (is_digits(whole) && is_digits(part))
        .then(|| word.parse().ok())
        .flatten()
}
