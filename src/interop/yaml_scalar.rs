//! Scalars of YAML as the tools read them, which is not how the library does: by what is written in the file.

use super::{Kind, merged_map::YamlVersion, yaml_1_1};
use regex::Regex;
use serde_json::Value;
use serde_saphyr::Location;
use std::sync::LazyLock;

/// The scalar that stands at a place.
pub(super) fn scalar(value: Value, place: &Location, source: &str, version: YamlVersion) -> Kind {
    let written = place.span().byte_offset().zip(place.span().byte_len());
    let written = written.and_then(|(start, len)| {
        let start = start as usize;
        Some((start, source.get(start..start + len as usize)?))
    });
    match version {
        YamlVersion::V1_1 => {
            let plain = written.filter(|(start, plain)| {
                // Quotes, blocks and tags say what a scalar is.
                let marks = ['"', '\'', '|', '>'];
                let is_plain = !plain.starts_with(marks) && !plain.contains(char::is_whitespace);
                is_plain && !is_tagged(&source[..*start])
            });
            let large = plain.and_then(|(_, plain)| yaml_1_1::large_int(plain));
            let resolved = plain.and_then(|(_, plain)| yaml_1_1::resolve(plain));
            let value = resolved.unwrap_or(value);
            // In its two forms: with a space, or without.
            let is_tagged = written.is_some_and(|(start, _)| is_tagged(&source[..start]));
            match typed(
                value.clone(),
                written.map_or("", |(_, text)| text.trim_end()),
            ) {
                _ if large.is_some() => Kind::Unquoted(large.unwrap_or_default()),
                Kind::Unquoted(text) if text.contains(':') && !is_tagged => Kind::Unquoted(text),
                _ => Kind::Scalar(value),
            }
        }
        YamlVersion::V1_2 => typed(value, written.map_or("", |(_, written)| written.trim_end())),
    }
}

/// What is written in a file for a scalar: tools of JavaScript and the newer YAML take `1_000` and `0b11` for texts, and dates without
/// quotes for dates.
fn typed(value: Value, written: &str) -> Kind {
    static DATE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"^\d{4}-(?:\d\d-\d\d|\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::?\d\d)?))?)$").ok()
    });
    match value {
        Value::Number(_) => {
            let digits = written.trim_start_matches(['-', '+']).to_lowercase();
            match written.contains('_') || digits.starts_with("0b") {
                true => Kind::Scalar(written.into()),
                false => Kind::Scalar(value),
            }
        }
        Value::String(text) => {
            let is_date = text == written && DATE.as_ref().is_some_and(|date| date.is_match(&text));
            match is_date {
                true => Kind::Unquoted(text),
                false => Kind::Scalar(text.into()),
            }
        }
        other => Kind::Scalar(other),
    }
}

/// Whether a tag stands at the end of a text, with an anchor perhaps. Only its last part is looked at, for each scalar of a long line.
fn is_tagged(before: &str) -> bool {
    const MOST_BYTES: usize = 256;
    let tail = &before[before.ceil_char_boundary(before.len().saturating_sub(MOST_BYTES))..];
    let line = tail.rsplit('\n').next().unwrap_or_default();
    let words = line.split_whitespace().rev().take(2);
    let mut words = words.map(|word| word.rsplit(['[', '{', ',']).next().unwrap_or_default());
    words
        .find(|word| !word.starts_with('&'))
        .is_some_and(|word| word.starts_with('!'))
}
