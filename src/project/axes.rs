//! Axes as they are written: in the project file and in the front matter of templates.

use super::{
    reader::{Section, json, kind},
    tool_spec::ToolSetSpec,
    tools::read_tools_axis,
};
use crate::model::{Axis, Level};
use serde_json::Value;
use std::ops::Range;
use toml::{Spanned, de::DeValue};

/// The axis of sets of tools.
const TOOLS: &str = "tools";
/// Casings of a field's name.
pub const CASINGS: [&str; 4] = ["as-is", "lower", "upper", "title"];
/// What stands between a field's name and its value.
pub const SEPARATORS: [&str; 8] = [": ", ":: ", " - ", " | ", ":\n", "= ", "\t", " "];
/// What stands between fields on neighbouring lines.
pub const JOINERS: [&str; 6] = ["\n", "\n\n", " ", "; ", " || ", " <sep> "];
/// Formats that the grammar makes.
pub const FORMATS: usize = CASINGS.len() * SEPARATORS.len() * JOINERS.len();

/// The axes of a table, read.
#[derive(Debug, Default)]
pub struct ReadAxes {
    /// Wordings, `shots.…`, `format`, `params.…`.
    pub axes: Vec<Axis>,
    /// `format = { sample = n }`.
    pub format_sample: Option<usize>,
    /// `tools = { few = "tools/few.json", … }`.
    pub tools: Vec<ToolSetSpec>,
    /// Where each stands in the text, by the axis's name.
    pub places: Vec<(String, Range<usize>)>,
}

/// Read `[axes]`, of the project file or of a template's front matter: `name = [level, …]`, and the tables `shots`,
/// `format` and `params`. In the project file, whose `files_are_read`, also the table `tools`.
pub fn read_axes(section: &Section<'_, '_>, files_are_read: bool) -> ReadAxes {
    let mut read = ReadAxes::default();
    for (name, span, item) in section.entries() {
        if ["row", "axes", "role", "field", "loop"].contains(&name) {
            section.reader.problem(
                span,
                format!("an axis cannot be named `{name}`: the name is reserved in templates"),
                None,
            );
            continue;
        }
        let mut axes = match name {
            "shots" => read_shots_axes(section),
            "params" => read_params_axes(section),
            // Sets of files in the project file, read with the files.
            TOOLS if matches!(item.get_ref(), DeValue::Table(_)) && files_are_read => {
                read.tools = read_tools_axis(section);
                let levels = read
                    .tools
                    .iter()
                    .zip(section.inner(TOOLS).into_iter().flat_map(|s| s.entries()));
                let levels = levels.map(|(set, (_, _, item))| Level {
                    name: set.level.clone().unwrap_or_default(),
                    value: json(item.get_ref()),
                });
                let levels: Vec<Level> = levels.collect();
                if levels.is_empty() {
                    let message = "the axis `tools` has no level";
                    let help = "for example tools = { few = \"tools/search.json\", all = \"tools/*.json\" }";
                    section
                        .reader
                        .problem(item.span(), message, Some(help.into()));
                }
                vec![Axis {
                    name: TOOLS.into(),
                    levels,
                }]
            }
            "format" if matches!(item.get_ref(), DeValue::Table(_)) => {
                read.format_sample = read_format_sample(section);
                Vec::new()
            }
            "format" => read_formats(section, item).into_iter().collect(),
            _ => read_axis(section, name.to_owned(), item, false)
                .into_iter()
                .collect(),
        };
        if name == "format" {
            read.places.push((name.to_owned(), span));
        } else {
            read.places
                .extend(axes.iter().map(|axis| (axis.name.clone(), span.clone())));
        }
        read.axes.append(&mut axes);
    }
    // What is said comes before what is shown: names of variants begin with the wordings.
    read.axes
        .sort_by_key(|axis| axis.name.contains('.') || axis.name == "format");
    read
}

fn read_format_sample(section: &Section<'_, '_>) -> Option<usize> {
    let format = section.inner("format")?;
    let sample = format.require("sample").and(format.whole("sample", 1));
    if let (Some(n), Some(item)) = (sample, format.get("sample"))
        && n as usize > FORMATS
    {
        format.reader.problem(
            item.span(),
            format!("there are {FORMATS} formats, fewer than {n}"),
            Some(format!("sample = {FORMATS} uses all formats")),
        );
    }
    format.finish();
    sample.map(|n| n as usize)
}

/// `format = [{ separator = " - " }, …]`: formats written out; what one does not say is plain.
fn read_formats(section: &Section<'_, '_>, item: &Spanned<DeValue<'_>>) -> Option<Axis> {
    let axis = read_axis(section, "format".into(), item, false)?;
    let wrong = axis.levels.iter().find_map(|level| {
        let Value::Object(table) = &level.value else {
            return Some("a format is a table".to_owned());
        };
        table
            .iter()
            .find_map(|(key, value)| match (key.as_str(), value) {
                ("casing", Value::String(casing)) if CASINGS.contains(&casing.as_str()) => None,
                ("casing", _) => Some(format!("`casing` is one of {}", CASINGS.join(", "))),
                ("separator" | "joiner", Value::String(_)) => None,
                ("separator" | "joiner", _) => Some(format!("`{key}` is a text")),
                _ => Some(format!("a format has no `{key}`")),
            })
    });
    if let Some(wrong) = wrong {
        section.reader.problem(
            item.span(),
            wrong,
            Some("for example format = [{ separator = \": \" }, { name = \"dash\", separator = \" - \", casing = \"upper\", joiner = \"; \" }], or { sample = 12 }".into()),
        );
    }
    Some(axis)
}

/// `params = { temperature = [0.0, 1.0] }` as the axes `params.temperature` and so on.
fn read_params_axes(section: &Section<'_, '_>) -> Vec<Axis> {
    let Some(params) = section.inner("params") else {
        return Vec::new();
    };
    let mut axes = Vec::new();
    for (key, _, item) in params.entries() {
        axes.extend(read_axis(&params, format!("params.{key}"), item, true));
    }
    axes
}

/// Read `shots = { count = […], select = […], order = […] }` as the axes `shots.count` and so on.
fn read_shots_axes(section: &Section<'_, '_>) -> Vec<Axis> {
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
        ("select", Value::Array(list)) if is_list_of_shots(list) => None,
        ("select", _) => Some(format!(
            "one of {}, or a list of shots by their number in the file, each once: select = [[3, 7, 1]]",
            SELECT.join(", ")
        )),
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

/// Numbers from 1, each once.
fn is_list_of_shots(list: &[Value]) -> bool {
    let are_numbers = list.iter().all(|n| n.as_u64().is_some_and(|n| n > 0));
    let is_repeated = (1..list.len()).any(|at| list[..at].contains(&list[at]));
    are_numbers && !is_repeated && !list.is_empty()
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
                format!("the axis `{name}` has two levels named `{}`", one.name),
                Some("level names are part of variant names, so they must be unique".into()),
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
        // `3+7+1`: a comma would part two levels in the name of a variant.
        Value::Array(list) if axis == "shots.select" => Level {
            name: list
                .iter()
                .map(Value::to_string)
                .collect::<Vec<_>>()
                .join("+"),
            value: Value::Array(list),
        },
        other => Level {
            name: other.to_string(),
            value: other,
        },
    }
}

/// A request parameter given as a list: the axis `params.NAME`.
pub(super) fn params_axis(key: &str, values: &[Value]) -> Axis {
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
