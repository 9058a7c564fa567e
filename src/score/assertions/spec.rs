//! One assertion as it is written in a row, read and validated.

use super::pattern::JavascriptPattern;
use crate::source::nearest;
use jsonschema::{Draft, Validator};
use regex::Regex;
use serde_json::{Map, Value};
use std::{collections::BTreeSet, sync::LazyLock};

/// The kinds of assertion; all but the last may stand behind `not-`.
pub const KINDS: [&str; 22] = [
    "equals",
    "contains",
    "icontains",
    "contains-any",
    "contains-all",
    "icontains-any",
    "icontains-all",
    "starts-with",
    "regex",
    "is-json",
    "contains-json",
    "rouge-n",
    "similar",
    "word-count",
    "levenshtein",
    "latency",
    "cost",
    "finish-reason",
    "tool-call-f1",
    "llm-rubric",
    "similar:cosine",
    "assert-set",
];

/// Those that promptfoo does not have.
pub const OWN_KINDS: [&str; 2] = ["fuzzy-match", "fuzzy-f1"];

/// What an assertion looks at.
#[derive(Debug)]
pub enum Check {
    /// The whole answer is this text.
    Text(String),
    /// The answer, read as JSON, is this value.
    Json(Value),
    /// It contains any, or all, of these.
    Contains {
        words: Vec<String>,
        /// All of them, not any.
        all: bool,
        /// Upper and lower case are the same.
        fold: bool,
    },
    /// It begins with this.
    Starts(String),
    /// It matches this pattern.
    Pattern(JavascriptPattern),
    /// It is JSON, or contains a JSON object, that is valid under the schema.
    Valid {
        schema: Option<Box<Validator>>,
        /// JSON inside a text counts.
        inside: bool,
    },
    /// ROUGE-1 against this text.
    Rouge(String),
    /// Edits between the answer and this text.
    Distance(String),
    /// One of these texts is inside the answer, or the answer in it, by their words.
    Fuzzy(Vec<String>),
    /// F1 of the words, against the nearest of these texts.
    FuzzyF1(Vec<String>),
    /// Number of words, between these.
    Words(Option<f64>, Option<f64>),
    Latency(f64),
    Cost(f64),
    /// Why the answer ended.
    Finish(String),
    /// F1 of the names of the tools that are called, against these.
    ToolNames(BTreeSet<String>),
    /// Embedding similarity to one of these texts: needs an embedding model.
    Similar(Vec<String>),
    /// A rubric: needs a judge.
    Rubric(String),
    Set(Vec<Assertion>),
}

#[derive(Debug)]
pub struct Assertion {
    /// What it checks.
    pub check: Check,
    /// Whether it is negated.
    pub not: bool,
    /// Score from which it passes, if its score is a measure; of a set, the combined score.
    pub threshold: Option<f64>,
    /// Its weight in the score of the row; with 0 it always passes.
    pub weight: f64,
    /// The named score that it counts toward, besides that of the row.
    pub metric: Option<String>,
}

impl Assertion {
    /// Read one; the error says what is wrong with it.
    pub fn read(value: &Value) -> Result<Assertion, String> {
        let Value::Object(map) = value else {
            return Err(
                "an assertion is an object such as {\"type\": \"equals\", \"value\": \"yes\"}"
                    .into(),
            );
        };
        let word = match map.get("type") {
            Some(Value::String(word)) => word.as_str(),
            _ => return Err("it has no `type`".into()),
        };
        let kind = word.strip_prefix("not-").unwrap_or(word);
        let not = kind.len() < word.len();
        let kinds = || KINDS.into_iter().chain(OWN_KINDS);
        if !kinds().any(|known| known == kind) {
            let near = nearest(kind, kinds()).map_or_else(
                || format!("there are {}", kinds().collect::<Vec<_>>().join(", ")),
                |k| format!("did you mean `{k}`?"),
            );
            return Err(format!("no assertion `{word}`: {near}"));
        }
        if not && kind == "assert-set" {
            return Err("a set of assertions cannot be negated".into());
        }
        known_keys(map)?;
        Ok(Assertion {
            check: check(kind, map)?,
            not,
            threshold: number(map, "threshold")?,
            weight: number(map, "weight")?.unwrap_or(1.0),
            metric: map
                .get("metric")
                .and_then(Value::as_str)
                .filter(|name| !name.is_empty())
                .map(str::to_owned),
        })
    }
}

fn known_keys(map: &Map<String, Value>) -> Result<(), String> {
    const KEYS: [&str; 6] = ["type", "value", "threshold", "weight", "metric", "assert"];
    match map.keys().find(|key| !KEYS.contains(&key.as_str())) {
        Some(key) => Err(format!(
            "it has no key `{key}`; there are {}",
            KEYS.join(", ")
        )),
        None => Ok(()),
    }
}

fn number(map: &Map<String, Value>, key: &str) -> Result<Option<f64>, String> {
    match map.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_f64().filter(|n| *n >= 0.0) {
            Some(n) => Ok(Some(n)),
            None => Err(format!("`{key}` is {value}, not a number of at least 0")),
        },
    }
}

fn check(kind: &str, map: &Map<String, Value>) -> Result<Check, String> {
    let value = map.get("value").unwrap_or(&Value::Null);
    let needs = |what: &str| format!("`{kind}` needs a `value`: {what}");
    let text = || match value {
        Value::String(text) if !text.is_empty() => Ok(text.clone()),
        Value::Number(_) => Ok(plain(value)),
        _ => Err(needs("a text")),
    };
    let limit = || {
        number(map, "threshold")?
            .ok_or_else(|| format!("`{kind}` needs a `threshold`, the maximum allowed"))
    };
    let several = |all: bool, fold: bool| match value {
        Value::Array(items) => Ok(Check::Contains {
            words: items.iter().map(plain).collect(),
            all,
            fold,
        }),
        Value::String(list) if !list.is_empty() => Ok(Check::Contains {
            words: list.split(',').map(|w| w.trim().to_owned()).collect(),
            all,
            fold,
        }),
        _ => Err(needs("a list of texts")),
    };
    Ok(match kind {
        "equals" => match value {
            Value::Array(_) | Value::Object(_) | Value::Null => Check::Json(value.clone()),
            other => Check::Text(plain(other)),
        },
        "contains" | "icontains" => Check::Contains {
            words: vec![text()?],
            all: false,
            fold: kind == "icontains",
        },
        "contains-any" => several(false, false)?,
        "contains-all" => several(true, false)?,
        "icontains-any" => several(false, true)?,
        "icontains-all" => several(true, true)?,
        "starts-with" => Check::Starts(text()?),
        "regex" => Check::Pattern(JavascriptPattern::new(&text()?)?),
        "is-json" | "contains-json" => Check::Valid {
            schema: schema(value)?,
            inside: kind == "contains-json",
        },
        "rouge-n" => Check::Rouge(text()?),
        "levenshtein" => Check::Distance(text()?),
        "fuzzy-match" | "fuzzy-f1" => {
            let texts = match value {
                Value::Array(items) if !items.is_empty() => items.iter().map(plain).collect(),
                Value::String(text) => vec![text.clone()],
                _ => return Err(needs("a text or a list of texts")),
            };
            match kind {
                "fuzzy-match" => Check::Fuzzy(texts),
                _ => Check::FuzzyF1(texts),
            }
        }
        "word-count" => words(value).ok_or_else(|| needs("a number, or {\"min\", \"max\"}"))?,
        "latency" => Check::Latency(limit()?),
        "cost" => Check::Cost(limit()?),
        "finish-reason" => Check::Finish(text()?),
        "tool-call-f1" => Check::ToolNames(
            tool_names(value).ok_or_else(|| needs("names of tools, as a list or with commas"))?,
        ),
        "similar" | "similar:cosine" => Check::Similar(match value {
            Value::Array(items) if !items.is_empty() => items.iter().map(plain).collect(),
            _ => vec![text()?],
        }),
        "llm-rubric" => Check::Rubric(match value {
            Value::Object(_) | Value::Array(_) => value.to_string(),
            // The rubric template may say it all.
            Value::Null => String::new(),
            _ => text()?,
        }),
        _ => Check::Set(set(map)?),
    })
}

fn tool_names(value: &Value) -> Option<BTreeSet<String>> {
    let names: Vec<String> = match value {
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::String(list) => list.split(',').map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    let names = names.iter().map(|name| name.trim().to_owned());
    let names: BTreeSet<String> = names.filter(|name| !name.is_empty()).collect();
    (!names.is_empty()).then_some(names)
}

fn set(map: &Map<String, Value>) -> Result<Vec<Assertion>, String> {
    let Some(Value::Array(items)) = map.get("assert") else {
        return Err("`assert-set` needs a list `assert`".into());
    };
    let read = |item: &Value| match Assertion::read(item)? {
        Assertion {
            check: Check::Set(_),
            ..
        } => Err("a set of assertions cannot contain another set".to_owned()),
        assertion => Ok(assertion),
    };
    items.iter().map(read).collect()
}

fn schema(value: &Value) -> Result<Option<Box<Validator>>, String> {
    match value {
        Value::Null => Ok(None),
        Value::Object(_) | Value::Bool(_) => {
            // A schema without `$schema` is read as draft 7, as promptfoo does.
            let draft = value.get("$schema").is_none().then_some(Draft::Draft7);
            let mut options = jsonschema::options()
                .should_validate_formats(true)
                .with_format("uuid", is_uuid)
                .with_format("duration", is_duration);
            if let Some(draft) = draft {
                options = options.with_draft(draft);
            }
            let schema = options.build(value);
            Ok(Some(Box::new(schema.map_err(|e| {
                format!("`value` is not a JSON Schema: {e}")
            })?)))
        }
        _ => Err("`value` is not a JSON Schema: a schema is an object".into()),
    }
}

/// `format: uuid`, which drafts before 2019 do not name.
fn is_uuid(text: &str) -> bool {
    let text = text.strip_prefix("urn:uuid:").unwrap_or(text);
    let groups: Vec<&str> = text.split('-').collect();
    let is_hex = |group: &&str| group.bytes().all(|b| b.is_ascii_hexdigit());
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12]) && groups.iter().all(is_hex)
}

/// `format: duration`, which drafts before 2019 do not name.
fn is_duration(text: &str) -> bool {
    static DURATION: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"^P(?:[0-9]+W|(?:[0-9]+Y)?(?:[0-9]+M)?(?:[0-9]+D)?(?:T(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+S)?)?)$").ok()
    });
    let is_some = text.len() > 1 && !text.ends_with('T');
    is_some && DURATION.as_ref().is_some_and(|form| form.is_match(text))
}

fn words(value: &Value) -> Option<Check> {
    let count = |value: &Value| match value {
        Value::String(text) => text.trim().parse::<f64>().ok(),
        other => other.as_f64(),
    };
    match value {
        Value::Object(map) => {
            let (min, max) = (
                map.get("min").and_then(count),
                map.get("max").and_then(count),
            );
            (min.is_some() || max.is_some()).then_some(Check::Words(min, max))
        }
        other => count(other).map(|n| Check::Words(Some(n), Some(n))),
    }
}

/// A value as text; a whole number has no fraction.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(n) => match n.as_f64() {
            Some(f) if n.is_f64() && f.fract() == 0.0 && f.abs() < 1e15 => format!("{f:.0}"),
            _ => n.to_string(),
        },
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn wrong(value: Value) -> String {
        Assertion::read(&value).unwrap_err()
    }

    #[test]
    fn errors_say_what_is_wrong() {
        assert!(wrong(json!("equals")).contains("is an object"));
        assert!(wrong(json!({"value": 1})).contains("no `type`"));
        assert!(
            wrong(json!({"type": "contians", "value": "x"})).contains("did you mean `contains`?")
        );
        assert!(wrong(json!({"type": "contains"})).contains("needs a `value`"));
        assert!(wrong(json!({"type": "latency"})).contains("needs a `threshold`"));
        assert!(
            wrong(json!({"type": "not-assert-set", "assert": []})).contains("cannot be negated")
        );
        assert!(wrong(json!({"type": "regex", "value": "("})).contains("pattern"));
        assert!(
            wrong(json!({"type": "equals", "value": 1, "weigth": 2})).contains("no key `weigth`")
        );
        assert!(
            wrong(json!({"type": "equals", "value": 1, "weight": "x"})).contains("not a number")
        );
        assert!(
            wrong(json!({"type": "is-json", "value": {"type": 3}})).contains("not a JSON Schema")
        );
        assert!(
            wrong(json!({"type": "assert-set", "assert": [{"type": "assert-set", "assert": []}]}))
                .contains("cannot contain another")
        );
    }
}
