//! Integers of JSON that have more than 64 bits: texts of their digits, which a double would not keep.

use serde::de::{DeserializeOwned, IgnoredAny};
use std::borrow::Cow;

/// Fewest digits that may be too many.
const DIGITS: usize = 19;

/// A value of JSON. Errors are those of the text as it is.
pub(super) fn parsed<T: DeserializeOwned>(json: &str) -> serde_json::Result<T> {
    checked(json).and_then(|json| serde_json::from_str(&json))
}

/// The same JSON with such integers in quotes; an error where it is no JSON.
pub(super) fn checked(json: &str) -> serde_json::Result<Cow<'_, str>> {
    let exact = with_texts(json);
    if matches!(exact, Cow::Owned(_)) {
        serde_json::from_str::<IgnoredAny>(json)?;
    }
    Ok(exact)
}

/// The same JSON with such integers in quotes.
pub(super) fn with_texts(json: &str) -> Cow<'_, str> {
    if !has_long_number(json.as_bytes()) {
        return json.into();
    }
    let bytes = json.as_bytes();
    let mut made = String::new();
    let (mut at, mut done) = (0, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'"' => at = string_end(bytes, at),
            b'-' | b'0'..=b'9' => {
                let is_in =
                    |byte: &u8| matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9');
                let length = bytes[at..].iter().take_while(|byte| is_in(byte)).count();
                let number = &json[at..at + length];
                if is_too_large(number) {
                    made += &json[done..at];
                    made.extend(["\"", number, "\""]);
                    done = at + length;
                }
                at += length;
            }
            _ => at += 1,
        }
    }
    match done {
        0 => json.into(),
        _ => (made + &json[done..]).into(),
    }
}

/// Whether there is a run of that many digits: it has one at every so many bytes.
fn has_long_number(bytes: &[u8]) -> bool {
    let digits =
        |part: &mut dyn Iterator<Item = &u8>| part.take_while(|byte| byte.is_ascii_digit()).count();
    let mut places = (DIGITS - 1..bytes.len()).step_by(DIGITS);
    places.any(|at| {
        let (before, behind) = bytes.split_at(at);
        let own = digits(&mut behind.iter());
        own > 0 && own + digits(&mut before.iter().rev()) >= DIGITS
    })
}

/// Behind the quote that ends a string.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn is_too_large(number: &str) -> bool {
    let digits = number.strip_prefix('-').unwrap_or(number);
    let is_whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let starts_well = digits.len() == 1 || !digits.starts_with('0');
    is_whole && starts_well && number.parse::<i64>().is_err() && number.parse::<u64>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_integers_beyond_64_bits_are_texts() {
        for (json, expected) in [
            (
                "{\"a\": 12345678901234567890123, \"b\": 1}",
                "{\"a\": \"12345678901234567890123\", \"b\": 1}",
            ),
            (
                "[-9223372036854775809,-9223372036854775808]",
                "[\"-9223372036854775809\",-9223372036854775808]",
            ),
            ("[18446744073709551615]", "[18446744073709551615]"),
            (
                "[12345678901234567890123.0, 12345678901234567890123e1]",
                "[12345678901234567890123.0, 12345678901234567890123e1]",
            ),
            (
                r#"["\"12345678901234567890123", 1]"#,
                r#"["\"12345678901234567890123", 1]"#,
            ),
            (
                "[00012345678901234567890123]",
                "[00012345678901234567890123]",
            ),
            ("\"12345678901234567890123\\", "\"12345678901234567890123\\"),
        ] {
            assert_eq!(with_texts(json), expected);
        }
    }
}
