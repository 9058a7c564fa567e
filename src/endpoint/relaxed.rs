//! JSON as sloppy servers write it: several values in a row, Python's NaN, raw control characters, torn surrogates.
//!
//! Only for what a strict parser refuses, so it is never in the way of a normal answer.

use serde_json::{Deserializer, Value};

/// All values of a body, one after the other. The error is that of the strict parser.
pub(super) fn values(bytes: &[u8]) -> Result<Vec<Value>, serde_json::Error> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let strict: Result<Vec<Value>, _> = Deserializer::from_slice(bytes).into_iter().collect();
    strict.or_else(|error| {
        let repaired = repair(&String::from_utf8_lossy(bytes));
        let again: Result<Vec<Value>, _> = Deserializer::from_str(&repaired).into_iter().collect();
        again.map_err(|_| error)
    })
}

/// The text with what is not JSON replaced by what was most likely meant.
fn repair(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '"' => repair_string(rest, &mut out),
            ',' => {
                // None before the end of a list or an object.
                if !rest[1..].trim_start().starts_with([']', '}']) {
                    out.push(c);
                }
                1
            }
            '-' if rest[1..].starts_with("Inf") || rest[1..].starts_with("inf") => 1,
            c if c.is_ascii_alphabetic() => {
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric());
                let word = &rest[..end.unwrap_or(rest.len())];
                out.push_str(match word {
                    "true" | "True" => "true",
                    "false" | "False" => "false",
                    "NaN" | "nan" | "Infinity" | "inf" | "None" | "undefined" => "null",
                    other => other,
                });
                word.len()
            }
            c if c.is_ascii_digit() => {
                let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c)));
                let number = &rest[..end.unwrap_or(rest.len())];
                let finite = number.parse().is_ok_and(f64::is_finite);
                out.push_str(if finite { number } else { "0" });
                number.len()
            }
            c => {
                out.push(c);
                c.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    out
}

/// Copy the string that a text begins with; its length in the text.
fn repair_string(text: &str, out: &mut String) -> usize {
    out.push('"');
    let mut at = 1;
    while let Some(c) = text[at..].chars().next() {
        at += c.len_utf8();
        match c {
            '"' => {
                out.push(c);
                break;
            }
            '\\' => at += repair_escape(&text[at..], out),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    at
}

/// Copy the escape whose text after the backslash this is; its length.
fn repair_escape(text: &str, out: &mut String) -> usize {
    let unit = |text: &str| {
        let digits = text.strip_prefix('u')?.get(..4)?;
        u32::from_str_radix(digits, 16).ok()
    };
    match (unit(text), text.chars().next()) {
        (Some(0xd800..0xdc00), _)
            if text[5..].starts_with('\\') && matches!(unit(&text[6..]), Some(0xdc00..0xe000)) =>
        {
            out.push('\\');
            out.push_str(&text[..11]);
            11
        }
        (Some(0xd800..0xe000), _) => {
            out.push('\u{fffd}');
            5
        }
        (Some(_), _) => {
            out.push('\\');
            out.push_str(&text[..5]);
            5
        }
        (None, Some(c @ ('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't'))) => {
            out.push('\\');
            out.push(c);
            1
        }
        // A backslash that escapes nothing.
        _ => {
            out.push_str("\\\\");
            0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn sloppy_json_is_read_as_it_was_meant() {
        for (body, expected) in [
            (
                "{\"a\":NaN,\"b\":[-Infinity,1e999,2]}",
                json!([{"a": null, "b": [null, 0, 2]}]),
            ),
            ("{\"a\":True,\"b\":None,}", json!([{"a": true, "b": null}])),
            ("{\"a\":\"x\ny\tz\"}", json!([{"a": "x\ny\tz"}])),
            (r#"{"a":"\ud83d"}"#, json!([{"a": "\u{fffd}"}])),
            (
                r#"{"a":"\ud83d\ude00\u00e9 NaN, ] \d \\"}"#,
                json!([{"a": "😀é NaN, ] \\d \\"}]),
            ),
            ("\u{feff}{\"a\":1}\n{\"a\":2}", json!([{"a": 1}, {"a": 2}])),
        ] {
            // Something that only the repair reads.
            let read = values(format!("{body}[NaN]").as_bytes()).unwrap();
            let mut expected = expected.as_array().unwrap().clone();
            expected.push(json!([null]));
            assert_eq!(read, expected, "{body}");
        }
        assert!(values(b"{\"a\":").is_err());
        assert!(values(b"Internal Server Error").is_err());
    }

    #[test]
    fn a_repair_never_panics() {
        let text = r#"{"é":"\ud83d\ude00\u12\x","n":-1.5e+9,}"#;
        for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
            let _ = values(&text.as_bytes()[..end]);
        }
    }
}
