//! JSON values within a text, in linear time however the text is made.

use crate::read::Reading;
use serde_json::{Map, Value};

/// Which JSON is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grammar {
    /// As a parser takes it.
    Strict,
    /// Line breaks and tabs within strings, and commas before a closing bracket, are repaired.
    Repaired,
}

/// As deep as `serde_json` goes.
const MAX_DEPTH: usize = 127;

/// After a failure the search goes on behind the bracket at which it began; once it has looked at every byte this often, behind
/// the place at which it failed.
const MAX_LOOKS: usize = 4;

/// The objects and lists in a text, outermost ones only, in their order.
pub(super) fn containers(text: &str, grammar: Grammar) -> Vec<Reading<Value>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    let mut left = bytes.len().saturating_mul(MAX_LOOKS);
    while let Some(next) = bytes[at..].iter().position(|b| matches!(b, b'{' | b'[')) {
        let start = at + next;
        let mut scanner = Scanner {
            bytes,
            at: start,
            grammar,
            repaired: Vec::new(),
            copied: start,
        };
        let is_balanced = scanner.container().is_some();
        // An escape at the end of the text points behind it.
        let end = scanner.at.min(bytes.len());
        left = left.saturating_sub(end - start + 1);
        let value = is_balanced.then(|| scanner.finish(end)).flatten();
        match value {
            Some(value) => {
                found.push(Reading::new(value, start..end));
                at = end;
            }
            None if left > 0 => at = start + 1,
            None => at = end.max(start + 1),
        }
    }
    found
}

/// The objects and lists in a text, outermost ones only.
pub fn json_values(text: &str, grammar: Grammar) -> Vec<Value> {
    let found = containers(text, grammar).into_iter();
    found.map(|found| found.value).collect()
}

/// The objects in a text, outermost ones only.
pub fn json_objects(text: &str, grammar: Grammar) -> Vec<Reading<Map<String, Value>>> {
    let object = |found: Reading<Value>| match found.value {
        Value::Object(map) => Some(Reading::new(map, found.span)),
        _ => None,
    };
    containers(text, grammar)
        .into_iter()
        .filter_map(object)
        .collect()
}

/// Follows the grammar from a bracket on to the one that closes it.
struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    grammar: Grammar,
    /// What was repaired so far, up to `copied`.
    repaired: Vec<u8>,
    copied: usize,
}

impl Scanner<'_> {
    fn finish(self, end: usize) -> Option<Value> {
        let mut json = self.repaired;
        json.extend_from_slice(&self.bytes[self.copied..end]);
        serde_json::from_slice(&json).ok()
    }

    /// Put something in place of the bytes up to `until`.
    fn replace(&mut self, from: usize, until: usize, by: &str) {
        self.repaired
            .extend_from_slice(&self.bytes[self.copied..from]);
        self.repaired.extend_from_slice(by.as_bytes());
        self.copied = until;
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn blanks(&mut self) {
        while self
            .peek()
            .is_some_and(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r'))
        {
            self.at += 1;
        }
    }

    /// From an opening bracket to behind its closing one; `None` leaves `at` where it failed.
    fn container(&mut self) -> Option<()> {
        let mut open: Vec<u8> = Vec::new();
        loop {
            // A value begins here.
            self.blanks();
            match self.peek()? {
                bracket @ (b'{' | b'[') => {
                    self.at += 1;
                    self.blanks();
                    let is_no_object = bracket == b'{' && !matches!(self.peek()?, b'"' | b'}');
                    if is_no_object || open.len() == MAX_DEPTH {
                        return None;
                    }
                    open.push(bracket + 2);
                    if self.peek()? != bracket + 2 {
                        if bracket == b'{' {
                            self.key()?;
                        }
                        continue;
                    }
                }
                b'"' => self.string()?,
                b'-' | b'0'..=b'9' => self.number(),
                b't' => self.word("true")?,
                b'f' => self.word("false")?,
                b'n' => self.word("null")?,
                _ => return None,
            }
            // Behind a value, or at the bracket that closes an empty one.
            loop {
                self.blanks();
                let close = *open.last()?;
                match self.peek()? {
                    b',' => {
                        let comma = self.at;
                        self.at += 1;
                        self.blanks();
                        if self.grammar == Grammar::Repaired && self.peek() == Some(close) {
                            self.replace(comma, comma + 1, "");
                            continue;
                        }
                        if close == b'}' {
                            self.key()?;
                        }
                        break;
                    }
                    byte if byte == close => {
                        self.at += 1;
                        open.pop();
                        if open.is_empty() {
                            return Some(());
                        }
                    }
                    _ => return None,
                }
            }
        }
    }

    fn key(&mut self) -> Option<()> {
        self.string()?;
        self.blanks();
        self.eat(b':')
    }

    fn string(&mut self) -> Option<()> {
        self.eat(b'"')?;
        loop {
            let at = self.at;
            self.at += 1;
            let escaped = match *self.bytes.get(at)? {
                b'"' => return Some(()),
                b'\\' => {
                    self.at += 1;
                    continue;
                }
                b'\n' => "\\n",
                b'\r' => "\\r",
                b'\t' => "\\t",
                0..0x20 => "",
                _ => continue,
            };
            if self.grammar == Grammar::Strict {
                return None;
            }
            self.replace(at, at + 1, escaped);
        }
    }

    /// Its form is left to the parser.
    fn number(&mut self) {
        while self
            .peek()
            .is_some_and(|b| matches!(b, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'))
        {
            self.at += 1;
        }
    }

    fn word(&mut self, word: &str) -> Option<()> {
        let ends = self.bytes.get(self.at..)?.starts_with(word.as_bytes());
        ends.then(|| self.at += word.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn all(text: &str, grammar: Grammar) -> Vec<Value> {
        containers(text, grammar)
            .into_iter()
            .map(|found| found.value)
            .collect()
    }

    #[test]
    fn values_are_found_wherever_they_stand() {
        for (text, values) in [
            (
                "{\"a\": 1}{\"a\": 2}",
                vec![json!({"a": 1}), json!({"a": 2})],
            ),
            (
                "Fill in {x}: {\"n\": {\"m\": []}} [1]",
                vec![json!({"n": {"m": []}}), json!([1])],
            ),
            (
                "Use {\"x} so: {\"n\": \"}\\\"\"}",
                vec![json!({"n": "}\""})],
            ),
            ("[1, {\"n\": 2}", vec![json!({"n": 2})]),
            ("[1, 2,] {'a': 1} {\"a\": 01}", vec![]),
        ] {
            assert_eq!(all(text, Grammar::Strict), values, "{text}");
        }
        assert_eq!(
            all(
                "{\"why\": \"two\nlines\", \"n\": [1, 2,],}",
                Grammar::Repaired
            ),
            [json!({"why": "two\nlines", "n": [1, 2]})]
        );
    }

    #[test]
    fn a_mebibyte_of_brackets_is_read_at_once() {
        for part in [
            "{",
            "[",
            "{\"",
            "{\"a\":",
            "[{\"a\":[",
            "[1,",
            "{\"a\":\"{",
            "[[[[\"",
            "\\\"{",
        ] {
            let text = part.repeat((1 << 20) / part.len());
            let seconds = |what: &dyn Fn() -> usize| {
                let started = std::time::Instant::now();
                std::hint::black_box(what());
                started.elapsed().as_secs_f64()
            };
            // As many times as long as a walk over the letters, in builds of any kind. Again where other tests disturb the measurement.
            let times = || {
                let read = seconds(&|| containers(&text, Grammar::Repaired).len());
                read / seconds(&|| text.chars().filter(|c| c.is_alphabetic()).count())
            };
            let mut measured = Vec::new();
            while measured.len() < 5 && measured.last().is_none_or(|times| *times >= 100.0) {
                measured.push(times());
            }
            assert!(
                measured.last().is_some_and(|times| *times < 100.0),
                "{part} {measured:?}"
            );
        }
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "\\PC{0,6}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 12, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("\\PC{0,3}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_was_written_is_found(value in values().prop_filter("a container", |v| v.is_object() || v.is_array()), before in "[^\\[{]{0,8}") {
            let text = format!("{before}{value} so {value:#}.");
            for grammar in [Grammar::Strict, Grammar::Repaired] {
                prop_assert_eq!(all(&text, grammar), vec![value.clone(), value.clone()]);
            }
        }

        #[test]
        fn any_text_can_be_searched(text in "[\\[\\]{}\",:a1 \\\\\n]{0,40}") {
            for found in containers(&text, Grammar::Repaired) {
                prop_assert!(text.get(found.span).is_some());
            }
        }
    }
}
