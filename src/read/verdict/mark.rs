//! Marks of a verdict: a key of JSON, a tag, a word with a colon. What they mark is read by the caller.

use crate::read::{Grammar, Reading, Unreadable, json_objects};
use regex::Regex;
use serde_json::Value;
use std::ops::Range;

/// A place at which a verdict is announced, and how firmly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) weight: Weight,
    /// The text that holds the verdict, at its beginning.
    pub(super) region: Range<usize>,
    /// Whether a colon or an equals sign stands between the word and the verdict.
    pub(super) has_colon: bool,
    pub(super) word: Range<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    Plain,
    /// "Overall score".
    Overall,
    /// "Final score".
    Final,
}

/// The value of the first of these keys in the last JSON object that has one.
pub(super) fn keyed(text: &str, keys: &[&str]) -> Option<Reading<Value>> {
    json_objects(text, Grammar::Repaired)
        .into_iter()
        .rev()
        .find_map(|object| {
            let value = keys.iter().find_map(|key| {
                let mut entries = object.value.iter();
                entries.find(|(name, _)| name.to_lowercase().replace([' ', '-'], "_") == *key)
            });
            value.map(|(_, value)| Reading::new(value.clone(), object.span.clone()))
        })
}

/// Regions that a pattern with a group `value` finds, and perhaps `final` or `overall`.
pub(super) fn marks(text: &str, pattern: Option<&Regex>) -> Vec<Mark> {
    let Some(pattern) = pattern else {
        return Vec::new();
    };
    let mark = |found: regex::Captures<'_>| {
        let weight = match (found.name("final"), found.name("overall")) {
            (Some(_), _) => Weight::Final,
            (_, Some(_)) => Weight::Overall,
            _ => Weight::Plain,
        };
        let value = found.name("value")?;
        let end = match value.is_empty() {
            true => text.len(),
            false => value.end(),
        };
        Some(Mark {
            weight,
            region: value.start()..end,
            has_colon: found.name("colon").is_some(),
            word: found.get(0)?.range(),
        })
    };
    pattern.captures_iter(text).filter_map(mark).collect()
}

/// What the marks of most weight say, if all of them say the same. A mark of nothing (`None`) is none.
pub(super) fn agreed<T: PartialEq>(
    marks: Vec<Mark>,
    read: impl Fn(&Mark) -> Option<Result<Reading<T>, Unreadable>>,
) -> Option<Result<Reading<T>, Unreadable>> {
    let mut found: Vec<(Weight, Result<Reading<T>, Unreadable>)> = Vec::new();
    for mark in marks {
        found.extend(read(&mark).map(|verdict| (mark.weight, verdict)));
    }
    let most = found.iter().map(|(weight, _)| *weight).max()?;
    let mut firm = found
        .into_iter()
        .filter(|(weight, _)| *weight == most)
        .map(|(_, verdict)| verdict);
    let first = firm.next()?;
    let same = |other: Result<Reading<T>, Unreadable>| match (&first, &other) {
        (Ok(a), Ok(b)) => a.value == b.value,
        (Err(a), Err(b)) => a == b,
        _ => false,
    };
    Some(match firm.all(same) {
        true => first,
        false => Err(Unreadable::Ambiguous),
    })
}
