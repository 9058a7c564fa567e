//! Which JSON of a text is the answer.

use super::{
    field::value_at,
    scan::{Grammar, containers},
};
use crate::read::{Reading, Unreadable};
use jsonschema::Validator;
use serde_json::Value;
use std::ops::Range;

/// The JSON that is looked for: valid by a schema, with these fields.
#[derive(Debug, Clone, Copy, Default)]
pub struct JsonShape<'a> {
    pub schema: Option<&'a Validator>,
    /// Paths as in [`value_at`].
    pub fields: &'a [String],
}

/// Compile a JSON Schema; `format` is checked.
pub fn json_validator(schema: &Value) -> Result<Validator, String> {
    let options = jsonschema::options().should_validate_formats(true);
    options.build(schema).map_err(|error| error.to_string())
}

impl JsonShape<'_> {
    fn is_valid(&self, value: &Value) -> bool {
        self.schema.is_none_or(|schema| schema.is_valid(value))
    }

    /// How well a value fits: whether it is valid, how many of the fields it has.
    fn fit(&self, value: &Value) -> (bool, usize) {
        let has = |path: &&String| value_at(value, path).is_some();
        (self.is_valid(value), self.fields.iter().filter(has).count())
    }

    fn is_fit(&self, value: &Value) -> bool {
        self.fit(value) == (true, self.fields.len())
    }
}

/// The JSON in a text that has the shape; where several have it, the last. Where none has it, the one that comes closest.
pub fn read_json(text: &str, shape: JsonShape<'_>) -> Result<Reading<Value>, Unreadable> {
    let body = body(text);
    if text[body.clone()].is_empty() {
        return Err(Unreadable::Empty);
    }
    if let Ok(value) = serde_json::from_str::<Value>(&text[body.clone()]) {
        return Ok(unwrapped(Reading::new(value, body), shape));
    }
    let found = containers(text, Grammar::Strict);
    let rank = |found: &Reading<Value>| {
        let fit = shape.fit(&found.value);
        (
            fit == (true, shape.fields.len()),
            !is_note(text, found),
            fit.1,
            fit.0,
        )
    };
    // A bracketed note, `[1]`, is only an answer if it has the shape that was asked for.
    let asks = shape.schema.is_some() || !shape.fields.is_empty();
    let candidates = found.into_iter().map(|one| (rank(&one), one));
    let best = candidates
        .filter(|((is_fit, is_apart, ..), _)| *is_apart || *is_fit && asks)
        .max_by_key(|(rank, _)| *rank);
    best.map(|(_, found)| unwrapped(found, shape))
        .ok_or(match text.contains(['{', '[']) {
            true => Unreadable::Malformed,
            false => Unreadable::Absent,
        })
}

/// The text without white space and without the fence around all of it.
fn body(text: &str) -> Range<usize> {
    let trimmed = text.trim();
    let start = text.len() - text.trim_start().len();
    let fenced = trimmed
        .strip_prefix("```")
        .and_then(|rest| rest.strip_suffix("```"));
    let Some(inner) = fenced.and_then(|inner| inner.split_once('\n')) else {
        return start..start + trimmed.len();
    };
    let (language, body) = inner;
    let from = start + 3 + language.len() + 1;
    let lead = body.len() - body.trim_start().len();
    from + lead..from + lead + body.trim().len()
}

/// Whether brackets are a note in a text: a list begins its line or follows a colon, and `[1] Source` is none.
fn is_note(text: &str, found: &Reading<Value>) -> bool {
    let Value::Array(items) = &found.value else {
        return false;
    };
    let before = text[..found.span.start].trim_end_matches([' ', '\t']);
    let line = text[found.span.end..].lines().next().unwrap_or_default();
    let is_inside = !(before.is_empty() || before.ends_with(['\n', ':', '：', '=', '`']));
    let is_numbered =
        matches!(&items[..], [Value::Number(_)]) && line.contains(char::is_alphanumeric);
    is_inside || is_numbered
}

/// The value that has the shape inside of one that has not: JSON written into a string, the last such item of a list.
fn unwrapped(found: Reading<Value>, shape: JsonShape<'_>) -> Reading<Value> {
    if shape.is_fit(&found.value) {
        return found;
    }
    let inner = match &found.value {
        Value::String(text) => serde_json::from_str(text)
            .ok()
            .filter(|inner| shape.is_fit(inner)),
        Value::Array(items) => items
            .iter()
            .rfind(|item| item.is_object() && shape.is_fit(item))
            .cloned(),
        _ => None,
    };
    match inner {
        Some(inner) => found.map(|_| inner),
        None => found,
    }
}
