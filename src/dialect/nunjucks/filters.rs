//! The filters, with the results that they have in JavaScript; `load` is promptfoo's.

use super::{
    super::{
        Host, Meter, Problem, json, number, text,
        value::{Map, Value, join},
    },
    call_arguments::argument,
    filter_lists::{batch, dictsort, group_by, slices, sort},
    filter_texts::{capitalize, center, chars, indent, replace, truncate, url_encoded},
    filter_values::{
        attributes, items_of, keep, length_of, mapped, members_of, needs, or_default, size, words,
        words_or_empty,
    },
    functions::member,
    tests,
};
use std::rc::Rc;

pub(super) const ALL: [&str; 42] = [
    "abs",
    "batch",
    "capitalize",
    "center",
    "d",
    "default",
    "dictsort",
    "dump",
    "e",
    "escape",
    "first",
    "float",
    "forceescape",
    "groupby",
    "indent",
    "int",
    "join",
    "last",
    "length",
    "list",
    "load",
    "lower",
    "nl2br",
    "random",
    "reject",
    "rejectattr",
    "replace",
    "reverse",
    "round",
    "safe",
    "select",
    "selectattr",
    "slice",
    "sort",
    "string",
    "sum",
    "title",
    "trim",
    "truncate",
    "upper",
    "urlencode",
    "wordcount",
];

/// Filters that take a text letter by letter, and what is marked as safe as the object that it is in JavaScript.
const OF_LISTS: [&str; 8] = [
    "batch",
    "groupby",
    "list",
    "reject",
    "reverse",
    "select",
    "sort",
    "urlencode",
];

/// Arguments with those by name behind them, as a map.
pub(super) fn with_named(mut values: Vec<Value>, mut named: Map) -> Vec<Value> {
    if !named.is_empty() {
        named.insert("__keywords".into(), Value::Bool(true));
        values.push(Value::Map(Rc::new(named)));
    }
    values
}

pub(super) fn apply(
    name: &str,
    values: Vec<Value>,
    mut named: Map,
    host: &dyn Host,
    meter: &mut Meter,
    at: usize,
) -> Result<Value, Problem> {
    // Only these two take arguments by name.
    let values = match name {
        "sort" | "int" => {
            let names: &[&str] = match name {
                "sort" => &["value", "reverse", "case_sensitive", "attribute"],
                _ => &["value", "default", "base"],
            };
            let mut values = values;
            for name in names.iter().skip(values.len()) {
                values.push(named.shift_remove(*name).unwrap_or(Value::Undefined));
            }
            values
        }
        _ => with_named(values, named),
    };
    let input = argument(&values, 0);
    let second = argument(&values, 1);
    let third = argument(&values, 2);
    meter.text(size(&input), at)?;
    if matches!(input, Value::Safe(_)) && OF_LISTS.contains(&name) {
        let message = format!(
            "the filter `{name}` behind `safe` or `escape` gets an object in Nunjucks: put it before them"
        );
        return Err(Problem::new(message));
    }
    let done = match name {
        "abs" => input.number().abs().into(),
        "batch" => batch(&input, &second, &third, name)?,
        "capitalize" => keep(&input, capitalize(&words(&input, name)?)),
        "center" => center(&input, &second, meter, at)?,
        "d" | "default" => match third.is_true() {
            true if input.is_true() => input,
            false if !matches!(input, Value::Undefined) => input,
            _ => second,
        },
        "dictsort" => dictsort(&input, &second, &third)?,
        "dump" => match json::stringify(&input, &json::indentation(&second)) {
            Some(json) => json.into(),
            None => Value::Undefined,
        },
        "e" | "escape" if matches!(input, Value::Safe(_)) => input,
        "e" | "escape" | "forceescape" => Value::Safe(text::escape_html(&input.printed()).into()),
        "safe" => Value::Safe(input.printed()),
        "first" => match input.is_nullish() {
            true => return needs(name, "a list"),
            false => member(&input, &0usize.into()),
        },
        "last" => {
            let length = length_of(&input, name)?;
            match length.checked_sub(1) {
                Some(last) => member(&input, &last.into()),
                None => Value::Undefined,
            }
        }
        "float" => or_default(number::parse_float(&input.text()), second),
        "int" => {
            let base = match third {
                Value::Undefined => 10.0,
                base => base.number(),
            };
            or_default(number::parse_int(&input.text(), base), second)
        }
        "groupby" => group_by(&input, &second, name)?,
        "indent" => indent(&input, &second, &third, meter, at)?,
        "join" => {
            let separator = if second.is_true() {
                second.text()
            } else {
                "".into()
            };
            join(&members_of(&input, &third, name)?, &separator).into()
        }
        "length" => match &input {
            Value::Map(map) => map.len().into(),
            Value::List(_) | Value::Text(_) | Value::Safe(_) => length_of(&input, name)?.into(),
            Value::Undefined | Value::Null | Value::Bool(false) => 0usize.into(),
            _ => Value::Undefined,
        },
        "list" => match &input {
            Value::Text(text) => chars(text),
            Value::Map(map) => map
                .iter()
                .map(|(key, value)| {
                    let entry = [
                        ("key", Value::Text(Rc::clone(key))),
                        ("value", value.clone()),
                    ];
                    Value::map(entry.into_iter().map(|(name, value)| (name.into(), value)))
                })
                .collect::<Vec<_>>()
                .into(),
            Value::List(_) => input,
            _ => return needs(name, "a list, a text or a map"),
        },
        "load" => match serde_json::from_str::<serde_json::Value>(&input.text()) {
            Ok(json) => Value::from(&json),
            Err(error) => return Err(Problem::new(format!("`load` needs JSON: {error}"))),
        },
        "lower" => words(&input, name)?.to_lowercase().into(),
        "upper" => words(&input, name)?.to_uppercase().into(),
        "nl2br" => {
            let text = words_or_empty(&input, name)?;
            keep(&input, text.replace("\r\n", "\n").replace('\n', "<br />\n"))
        }
        "random" => match length_of(&input, name)? {
            0 => Value::Undefined,
            length => member(&input, &host.draw(length).into()),
        },
        "reject" | "select" => {
            let test = match &second {
                Value::Undefined => "truthy".into(),
                other => other.text(),
            };
            if !tests::ALL.contains(&&*test) {
                return Err(Problem::new(format!("unknown test `{test}`")));
            }
            let mut kept = Vec::new();
            for item in items_of(&input, name)? {
                let holds =
                    tests::test(&test, &[item.clone(), third.clone()]).map_err(Problem::new)?;
                if holds == (name == "select") {
                    kept.push(item);
                }
            }
            kept.into()
        }
        "rejectattr" | "selectattr" => {
            let Value::List(items) = &input else {
                return needs(name, "a list");
            };
            let items = items.borrow();
            let keys = attributes(&items, &second, name)?;
            let kept = items
                .iter()
                .zip(keys)
                .filter(|(_, key)| key.is_true() == (name == "selectattr"));
            kept.map(|(item, _)| item.clone())
                .collect::<Vec<_>>()
                .into()
        }
        "replace" => replace(&input, &second, &third, &argument(&values, 3), meter, at)?,
        "reverse" => match &input {
            Value::Text(text) => {
                let units: Vec<u16> = text.encode_utf16().collect();
                let reversed: Vec<u16> = units.into_iter().rev().collect();
                keep(&input, String::from_utf16_lossy(&reversed))
            }
            other => mapped(other).into_iter().rev().collect::<Vec<_>>().into(),
        },
        "round" => {
            let precision = if second.is_true() {
                second.number()
            } else {
                0.0
            };
            let factor = 10f64.powf(precision);
            let scaled = input.number() * factor;
            let rounded = match third.as_text().map(|text| &**text) {
                Some("ceil") => scaled.ceil(),
                Some("floor") => scaled.floor(),
                _ => number::round(scaled),
            };
            (rounded / factor).into()
        }
        "slice" => slices(&input, &second, &third, name)?,
        "sort" => sort(&input, &second, &third, &argument(&values, 3)),
        "string" => match input.is_nullish() {
            true => return needs(name, "a value"),
            false => keep(&input, input.text().to_string()),
        },
        "sum" => {
            let items = members_of(&input, &second, name)?;
            let sum = items
                .iter()
                .fold(Value::from(0usize), |sum, item| sum.plus(item));
            match third {
                Value::Undefined => Value::from(0usize).plus(&sum),
                start => start.plus(&sum),
            }
        }
        "title" => {
            let text = words(&input, name)?;
            let words: Vec<String> = text.split(' ').map(capitalize).collect();
            keep(&input, words.join(" "))
        }
        "trim" => match &input {
            Value::Text(text) | Value::Safe(text) => {
                keep(&input, text.trim_matches(number::is_space).to_owned())
            }
            _ => return needs(name, "a text"),
        },
        "truncate" => truncate(&input, &second, &third, &argument(&values, 3), name)?,
        "urlencode" => url_encoded(&input, name)?,
        "wordcount" if !input.is_true() => Value::Null,
        "wordcount" => {
            let text = words(&input, name)?;
            let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            match text
                .split(|c| !word(c))
                .filter(|piece| !piece.is_empty())
                .count()
            {
                0 => Value::Null,
                count => count.into(),
            }
        }
        _ => return Err(Problem::new(format!("unknown filter `{name}`"))),
    };
    meter.text(size(&done), at)?;
    Ok(done)
}
