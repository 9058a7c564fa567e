//! Axes as they are written: in the project file and in the front matter of templates.

use super::reader::{Section, json, kind};
use crate::model::{Axis, Level};
use serde_json::Value;
use toml::{Spanned, de::DeValue};

/// Read the axes of a table `name = [level, …]`. `special` keys are left to the caller.
pub fn read_axes(section: &Section<'_, '_>, special: &[&str]) -> Vec<Axis> {
    section
        .entries()
        .into_iter()
        .filter(|(name, ..)| !special.contains(name))
        .filter_map(|(name, span, item)| {
            if ["row", "shots", "axes", "role", "field", "loop"].contains(&name) {
                section.reader.problem(
                    span,
                    format!(
                        "an axis cannot be called `{name}`: templates know something else by it"
                    ),
                    None,
                );
                return None;
            }
            read_axis(section, name.to_owned(), item, false)
        })
        .collect()
}

/// Read `shots = { count = […], select = […], order = […] }` as the axes `shots.count` and so on.
pub fn read_shots_axes(section: &Section<'_, '_>) -> Vec<Axis> {
    let Some(shots) = section.inner("shots") else {
        return Vec::new();
    };
    let mut axes = Vec::new();
    for key in ["count", "select", "order"] {
        let Some(item) = shots.get(key) else { continue };
        let Some(axis) = read_axis(&shots, format!("shots.{key}"), item, true) else {
            continue;
        };
        for (i, level) in axis.levels.iter().enumerate() {
            let span = match item.get_ref() {
                DeValue::Array(items) => items.get(i).map_or(item.span(), Spanned::span),
                _ => item.span(),
            };
            if let Some(want) = wrong_shots_level(key, &level.value) {
                shots.reader.problem(
                    span,
                    format!("`shots.{key}` cannot be {}", level.value),
                    Some(want),
                );
            }
        }
        axes.push(axis);
    }
    shots.finish();
    axes
}

fn wrong_shots_level(key: &str, value: &Value) -> Option<String> {
    const SELECT: [&str; 6] = ["first", "random", "balanced", "bm25", "mmr", "similarity"];
    const ORDER: [&str; 4] = ["given", "reverse", "nearest-last", "by-label"];
    match (key, value) {
        ("count", Value::Number(n)) if n.is_u64() => None,
        ("count", _) => Some("a whole number, 0 or more".into()),
        ("select", Value::String(s)) if SELECT.contains(&s.as_str()) => None,
        ("select", _) => Some(format!("one of {}", SELECT.join(", "))),
        (_, Value::String(s))
            if ORDER.contains(&s.as_str())
                || s.strip_prefix("shuffle:")
                    .is_some_and(|n| n.parse::<u64>().is_ok()) =>
        {
            None
        }
        _ => Some(format!(
            "one of {}, shuffle:1, shuffle:2 and so on",
            ORDER.join(", ")
        )),
    }
}

fn read_axis(
    section: &Section<'_, '_>,
    name: String,
    item: &Spanned<DeValue<'_>>,
    one_is_enough: bool,
) -> Option<Axis> {
    let levels: Vec<Level> = match item.get_ref() {
        DeValue::Array(items) if !items.is_empty() => items
            .iter()
            .enumerate()
            .map(|(i, item)| level(&name, i, item.get_ref()))
            .collect(),
        value if one_is_enough && !matches!(value, DeValue::Array(_)) => {
            vec![level(&name, 0, value)]
        }
        value => {
            section.reader.problem(
                item.span(),
                format!(
                    "the axis `{name}` must be a list of levels, not {}",
                    if matches!(value, DeValue::Array(_)) {
                        "an empty one"
                    } else {
                        kind(value)
                    }
                ),
                Some(format!(
                    "for example {name} = [\"one wording\", \"another wording\"]"
                )),
            );
            return None;
        }
    };
    for (i, one) in levels.iter().enumerate() {
        if levels[..i].iter().any(|other| other.name == one.name) {
            section.reader.problem(
                item.span(),
                format!("the axis `{name}` has two levels called `{}`", one.name),
                Some("names of levels are parts of variants' names, so they must differ".into()),
            );
        }
    }
    Some(Axis { name, levels })
}

/// A level: `{ name, text }`, a table with a name, or a bare value. Bare texts are numbered from 1, except on the axes
/// of shots and parameters, where the value itself is short and says more.
fn level(axis: &str, i: usize, value: &DeValue<'_>) -> Level {
    let numbered = (i + 1).to_string();
    match json(value) {
        Value::Object(mut table) => {
            let name = match table.shift_remove("name") {
                Some(Value::String(name)) => name,
                Some(other) => other.to_string(),
                None => numbered,
            };
            let value = if table.len() == 1
                && (table.contains_key("text") || table.contains_key("value"))
            {
                table.into_iter().next().map_or(Value::Null, |(_, v)| v)
            } else {
                Value::Object(table)
            };
            Level { name, value }
        }
        Value::String(text) if axis.contains('.') => Level {
            name: text.clone(),
            value: Value::String(text),
        },
        Value::String(text) => Level {
            name: numbered,
            value: Value::String(text),
        },
        other => Level {
            name: other.to_string(),
            value: other,
        },
    }
}

/// A request parameter given as a list: the axis `params.NAME`.
pub fn params_axis(key: &str, values: &[Value]) -> Axis {
    Axis {
        name: format!("params.{key}"),
        levels: values
            .iter()
            .map(|value| Level {
                name: value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned),
                value: value.clone(),
            })
            .collect(),
    }
}
