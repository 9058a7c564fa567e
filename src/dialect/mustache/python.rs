//! Values as Python has them: truth, and `str()` and `repr()` of what JSON holds.

use regex::Regex;
use serde_json::{Number, Value as Json};
use std::sync::LazyLock;

/// White space of Python.
pub(crate) fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// What an `if` of Python makes of a value.
pub(crate) fn is_true_in_python(value: &Json) -> bool {
    match value {
        Json::Null => false,
        Json::Bool(flag) => *flag,
        Json::Number(number) => number.as_f64() != Some(0.0),
        Json::String(text) => !text.is_empty(),
        Json::Array(items) => !items.is_empty(),
        Json::Object(map) => !map.is_empty(),
    }
}

/// As `str(value)` makes it.
pub(crate) fn text(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        other => {
            let mut out = String::new();
            repr(other, &mut out);
            out
        }
    }
}

fn repr(value: &Json, out: &mut String) {
    match value {
        Json::Null => out.push_str("None"),
        Json::Bool(true) => out.push_str("True"),
        Json::Bool(false) => out.push_str("False"),
        Json::Number(number) => out.push_str(&number_text(number)),
        Json::String(text) => quoted(text, out),
        Json::Array(items) => {
            out.push('[');
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    out.push_str(", ");
                }
                repr(item, out);
            }
            out.push(']');
        }
        Json::Object(map) => {
            out.push('{');
            for (n, (key, item)) in map.iter().enumerate() {
                if n > 0 {
                    out.push_str(", ");
                }
                quoted(key, out);
                out.push_str(": ");
                repr(item, out);
            }
            out.push('}');
        }
    }
}

fn number_text(number: &Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() => float_text(float),
        _ => number.to_string(),
    }
}

/// The shortest digits that read as the number again, in the form of `repr(float)`.
pub(crate) fn float_text(number: f64) -> String {
    let sign = if number.is_sign_negative() { "-" } else { "" };
    let exact = format!("{:e}", number.abs());
    let (digits, exponent) = exact.split_once('e').unwrap_or((&exact, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        // `{:?}` has a point in any case, and no exponent in this range.
        let plain = format!("{}", number.abs());
        let point = if plain.contains('.') { "" } else { ".0" };
        return format!("{sign}{plain}{point}");
    }
    let of = if exponent < 0 { '-' } else { '+' };
    format!("{sign}{digits}e{of}{:02}", exponent.abs())
}

/// A text in quotes, with escapes for what cannot be printed.
fn quoted(text: &str, out: &mut String) {
    static HIDDEN: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^[\p{C}\p{Z}]$").ok());
    let quote = match text.contains('\'') && !text.contains('"') {
        true => '"',
        false => '\'',
    };
    out.push(quote);
    let mut buffer = [0; 4];
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            ' '..='~' => out.push(c),
            c => {
                let is_hidden = (HIDDEN.as_ref())
                    .is_none_or(|hidden| hidden.is_match(c.encode_utf8(&mut buffer)));
                match u32::from(c) {
                    _ if !is_hidden => out.push(c),
                    code @ ..=0xff => *out += &format!("\\x{code:02x}"),
                    code @ ..=0xffff => *out += &format!("\\u{code:04x}"),
                    code => *out += &format!("\\U{code:08x}"),
                }
            }
        }
    }
    out.push(quote);
}

/// What `int(text)` reads; `None` where it is refused.
pub(super) fn int(text: &str) -> Option<i64> {
    let text = text.trim_matches(is_space);
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_number = digits.split('_').all(|part| {
        let mut bytes = part.bytes();
        !part.is_empty() && bytes.all(|b| b.is_ascii_digit())
    });
    if !is_number {
        return None;
    }
    let digits = digits.replace('_', "");
    // Beyond what a list can have.
    let number = digits.parse::<i64>().unwrap_or(i64::MAX);
    Some(if text.starts_with('-') {
        -number
    } else {
        number
    })
}

/// Attributes of text, numbers and lists in Python 3.11: methods, which print with an address of memory.
const TEXT: &[&str] = &[
    "capitalize",
    "casefold",
    "center",
    "count",
    "encode",
    "endswith",
    "expandtabs",
    "find",
    "format",
    "format_map",
    "index",
    "isalnum",
    "isalpha",
    "isascii",
    "isdecimal",
    "isdigit",
    "isidentifier",
    "islower",
    "isnumeric",
    "isprintable",
    "isspace",
    "istitle",
    "isupper",
    "join",
    "ljust",
    "lower",
    "lstrip",
    "maketrans",
    "partition",
    "removeprefix",
    "removesuffix",
    "replace",
    "rfind",
    "rindex",
    "rjust",
    "rpartition",
    "rsplit",
    "rstrip",
    "split",
    "splitlines",
    "startswith",
    "strip",
    "swapcase",
    "title",
    "translate",
    "upper",
    "zfill",
];
const LIST: &[&str] = &[
    "append", "clear", "copy", "count", "extend", "index", "insert", "pop", "remove", "reverse",
    "sort",
];
const INT: &[&str] = &[
    "as_integer_ratio",
    "bit_count",
    "bit_length",
    "conjugate",
    "denominator",
    "from_bytes",
    "imag",
    "numerator",
    "real",
    "to_bytes",
];
const FLOAT: &[&str] = &[
    "as_integer_ratio",
    "conjugate",
    "fromhex",
    "hex",
    "imag",
    "is_integer",
    "real",
];

/// Whether Python knows an attribute of this name of a value that is no map.
pub(super) fn has_attribute(value: &Json, name: &str) -> bool {
    let known = match value {
        Json::String(_) => TEXT,
        Json::Array(_) => LIST,
        Json::Number(number) if number.is_f64() => FLOAT,
        Json::Number(_) | Json::Bool(_) => INT,
        Json::Null | Json::Object(_) => &[],
    };
    known.contains(&name) || name.len() > 4 && name.starts_with("__") && name.ends_with("__")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_print_as_in_python() {
        for (value, printed) in [
            (json!(null), "None"),
            (json!(1.0), "1.0"),
            (json!(-0.0), "-0.0"),
            (json!(1e16), "1e+16"),
            (json!(1234567890123456.0), "1234567890123456.0"),
            (json!(0.0001), "0.0001"),
            (json!(0.00001), "1e-05"),
            (json!(1.5e-7), "1.5e-07"),
            (json!(1e22), "1e+22"),
            (
                json!([true, "a", {"b": "it's"}]),
                "[True, 'a', {'b': \"it's\"}]",
            ),
            (
                json!(["'\"", "é\u{200b}\u{7f}\u{e0001}", " "]),
                "['\\'\"', 'é\\u200b\\x7f\\U000e0001', ' ']",
            ),
            (json!(["e\u{301}", "\u{a0}"]), "['e\u{301}', '\\xa0']"),
        ] {
            assert_eq!(text(&value), printed);
        }
        assert_eq!(
            (int(" -1 "), int("1_0"), int("1__0"), int("a")),
            (Some(-1), Some(10), None, None)
        );
    }
}
