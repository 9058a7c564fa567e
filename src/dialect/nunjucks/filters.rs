//! The filters, with the results that they have in JavaScript; `load` is promptfoo's.

use super::{
    super::{
        Host, Meter, Problem, json, number, text,
        value::{Map, Value, join},
    },
    functions::{argument, member},
    sort::{sorted, sorted_by},
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
            Value::Text(text) | Value::Safe(text) => chars(text),
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
            Value::Text(text) | Value::Safe(text) => {
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

/// What handling a value takes.
fn size(value: &Value) -> usize {
    match value {
        Value::Text(text) | Value::Safe(text) => text.len(),
        Value::List(items) => 16 * items.borrow().len(),
        Value::Map(map) => 16 * map.len(),
        _ => 1,
    }
}

fn needs<T>(name: &str, what: &str) -> Result<T, Problem> {
    Err(Problem::new(format!("the filter `{name}` needs {what}")))
}

/// A text, or an empty one for what is not there.
fn words(value: &Value, name: &str) -> Result<Rc<str>, Problem> {
    match value {
        Value::Bool(false) => Ok("".into()),
        other => words_or_empty(other, name),
    }
}

fn words_or_empty(value: &Value, name: &str) -> Result<Rc<str>, Problem> {
    match value {
        Value::Text(text) | Value::Safe(text) => Ok(Rc::clone(text)),
        Value::Undefined | Value::Null => Ok("".into()),
        _ => needs(name, "a text"),
    }
}

/// A result that is as safe as what it was made of.
fn keep(input: &Value, result: String) -> Value {
    match input {
        Value::Safe(_) => Value::Safe(result.into()),
        _ => result.into(),
    }
}

fn or_default(number: f64, default: Value) -> Value {
    if number.is_nan() {
        default
    } else {
        number.into()
    }
}

fn capitalize(text: &str) -> String {
    let lower = text.to_lowercase();
    let mut chars = lower.chars();
    match chars.next() {
        // A character outside of the basic plane is two units, and half of it has no capital.
        Some(first) if first.len_utf16() == 1 => first.to_uppercase().chain(chars).collect(),
        _ => lower,
    }
}

fn chars(text: &str) -> Value {
    text::units(text)
        .into_iter()
        .map(Value::from)
        .collect::<Vec<_>>()
        .into()
}

fn length_of(value: &Value, name: &str) -> Result<usize, Problem> {
    match value {
        Value::List(items) => Ok(items.borrow().len()),
        Value::Text(text) | Value::Safe(text) => Ok(text::length(text)),
        Value::Undefined | Value::Null => needs(name, "a list"),
        _ => Ok(0),
    }
}

/// The items of a list or the units of a text.
fn items_of(value: &Value, name: &str) -> Result<Vec<Value>, Problem> {
    match value {
        Value::Undefined | Value::Null => needs(name, "a list"),
        other => Ok(mapped(other)),
    }
}

/// The same, nothing where there is nothing.
fn mapped(value: &Value) -> Vec<Value> {
    match value {
        Value::List(items) => items.borrow().clone(),
        Value::Text(text) | Value::Safe(text) => {
            text::units(text).into_iter().map(Value::from).collect()
        }
        _ => Vec::new(),
    }
}

/// The items of a list; a member of each item of anything where one is named.
fn members_of(value: &Value, key: &Value, name: &str) -> Result<Vec<Value>, Problem> {
    match value {
        _ if key.is_true() => attributes(&mapped(value), key, name),
        Value::List(items) => Ok(items.borrow().clone()),
        _ => needs(name, "a list"),
    }
}

/// A member of each item.
fn attributes(items: &[Value], key: &Value, name: &str) -> Result<Vec<Value>, Problem> {
    if items.iter().any(Value::is_nullish) {
        return needs(name, "items that are there");
    }
    Ok(items.iter().map(|item| member(item, key)).collect())
}

/// What a path with dots leads to in an item.
fn attribute(item: &Value, path: &Value) -> Value {
    let Some(path) = path.as_text() else {
        return match path {
            Value::Undefined => item.clone(),
            key => member(item, key),
        };
    };
    path.split('.')
        .fold(item.clone(), |value, key| match &value {
            Value::Map(map) => map.get(key).cloned().unwrap_or(Value::Undefined),
            Value::List(_) | Value::Text(_) => member(&value, &key.into()),
            _ => Value::Undefined,
        })
}

fn batch(input: &Value, count: &Value, fill: &Value, name: &str) -> Result<Value, Problem> {
    let items = items_of(input, name)?;
    let count = count.number();
    let mut all: Vec<Value> = Vec::new();
    let mut row: Vec<Value> = Vec::new();
    for (n, item) in items.into_iter().enumerate() {
        if (n as f64) % count == 0.0 && !row.is_empty() {
            all.push(std::mem::take(&mut row).into());
        }
        row.push(item);
    }
    if !row.is_empty() {
        while fill.is_true() && (row.len() as f64) < count.min(1e6) {
            row.push(fill.clone());
        }
        all.push(row.into());
    }
    Ok(all.into())
}

fn slices(input: &Value, count: &Value, fill: &Value, name: &str) -> Result<Value, Problem> {
    if input.is_nullish() {
        return needs(name, "a list");
    }
    let text = input.as_text().filter(|_| !fill.is_true());
    if text.is_none() && !matches!(input, Value::List(_)) {
        return needs(name, "a list");
    }
    let items = mapped(input);
    let count = count.number().clamp(0.0, 1e5);
    let each = (items.len() as f64 / count).floor();
    let extra = items.len() as f64 % count;
    let mut all: Vec<Value> = Vec::new();
    let mut offset = 0.0;
    let mut n = 0.0;
    while n < count {
        let start = offset + n * each;
        if n < extra {
            offset += 1.0;
        }
        let end = offset + (n + 1.0) * each;
        let mut slice = items[start as usize..(end as usize).min(items.len())].to_vec();
        if text.is_some() {
            all.push(join(&slice, "").into());
            n += 1.0;
            continue;
        }
        if fill.is_true() && n >= extra {
            slice.push(fill.clone());
        }
        all.push(slice.into());
        n += 1.0;
    }
    Ok(all.into())
}

fn center(input: &Value, width: &Value, meter: &mut Meter, at: usize) -> Result<Value, Problem> {
    let text = match input {
        Value::Bool(false) => "".into(),
        other => other.printed(),
    };
    let width = if width.is_true() {
        width.number()
    } else {
        80.0
    };
    let length = match input {
        Value::Text(text) | Value::Safe(text) => text::length(text) as f64,
        Value::List(items) => items.borrow().len() as f64,
        Value::Undefined | Value::Null | Value::Bool(false) => 0.0,
        // What has no length is not filled up.
        _ => return Ok(text.to_string().into()),
    };
    if length >= width || width.is_nan() {
        return Ok(input.clone());
    }
    meter.text(width as usize, at)?;
    let spaces = width - length;
    let times = |n: f64| " ".repeat(n.ceil().max(0.0) as usize);
    let centred = format!(
        "{}{text}{}",
        times(spaces / 2.0 - spaces % 2.0),
        times(spaces / 2.0)
    );
    Ok(keep(input, centred))
}

fn dictsort(input: &Value, case_sensitive: &Value, by: &Value) -> Result<Value, Problem> {
    let Value::Map(map) = input else {
        return needs("dictsort", "a map");
    };
    let by = match by {
        Value::Undefined => 0,
        by => match by.as_text().map(|text| &**text) {
            Some("key") => 0,
            Some("value") => 1,
            _ => return Err(Problem::new("`dictsort` sorts by `key` or `value`")),
        },
    };
    let entries: Vec<Value> = map
        .iter()
        .map(|(key, value)| vec![Value::Text(Rc::clone(key)), value.clone()].into())
        .collect();
    let key = |entry: &Value| {
        let value = member(entry, &Value::from(by as usize));
        match value.as_text() {
            Some(text) if !case_sensitive.is_true() => text.to_uppercase().into(),
            _ => value,
        }
    };
    let all = sorted_by(entries, |a, b| {
        let (a, b) = (key(a), key(b));
        match a.compare(&b) {
            Some(std::cmp::Ordering::Greater) => 1,
            _ if a.is(&b) => 0,
            _ => -1,
        }
    });
    Ok(all.into())
}

fn sort(input: &Value, reversed: &Value, case_sensitive: &Value, path: &Value) -> Value {
    let key = |item: &Value| {
        let value = if path.is_true() {
            attribute(item, path)
        } else {
            item.clone()
        };
        match value {
            Value::Text(text) if !case_sensitive.is_true() => text.to_lowercase().into(),
            other => other,
        }
    };
    sorted(mapped(input), key, reversed.is_true()).into()
}

fn group_by(input: &Value, path: &Value, name: &str) -> Result<Value, Problem> {
    let mut groups: indexmap::IndexMap<Rc<str>, Vec<Value>> = indexmap::IndexMap::new();
    for item in items_of(input, name)? {
        groups
            .entry(attribute(&item, path).text())
            .or_default()
            .push(item);
    }
    Ok(Value::map(
        groups.into_iter().map(|(key, items)| (key, items.into())),
    ))
}

fn indent(
    input: &Value,
    width: &Value,
    first: &Value,
    meter: &mut Meter,
    at: usize,
) -> Result<Value, Problem> {
    let name = "indent";
    let text = words(input, name)?;
    if text.is_empty() {
        return Ok("".into());
    }
    let width = if width.is_true() { width.number() } else { 4.0 };
    let spaces = if width.is_nan() {
        0
    } else {
        width.ceil().clamp(0.0, 10_000.0) as usize
    };
    meter.text(spaces.saturating_mul(text.matches('\n').count() + 1), at)?;
    let spaces = " ".repeat(spaces);
    let lines = text.split('\n').enumerate().map(|(n, line)| match n {
        0 if !first.is_true() => line.to_owned(),
        _ => format!("{spaces}{line}"),
    });
    Ok(keep(input, lines.collect::<Vec<_>>().join("\n")))
}

fn replace(
    input: &Value,
    old: &Value,
    new: &Value,
    most: &Value,
    meter: &mut Meter,
    at: usize,
) -> Result<Value, Problem> {
    let old = match old {
        Value::Number(_) | Value::Text(_) => old.text(),
        _ => return Ok(input.clone()),
    };
    let text = match input {
        Value::Number(_) | Value::Text(_) | Value::Safe(_) => input.text(),
        _ => return Ok(input.clone()),
    };
    let new = new.text();
    if old.is_empty() {
        meter.text(new.len().saturating_mul(text::length(&text) + 1), at)?;
        let units: String = text::units(&text).join(&*new);
        return Ok(keep(input, format!("{new}{units}{new}")));
    }
    let most = match most {
        Value::Undefined => -1.0,
        most => most.number(),
    };
    if most == 0.0 || !text.contains(&*old) {
        return Ok(Value::Text(text)).map(|same| match input {
            Value::Safe(_) => input.clone(),
            _ => same,
        });
    }
    let mut out = String::new();
    let mut last = 0;
    for (n, (from, _)) in text.match_indices(&*old).enumerate() {
        if most != -1.0 && n as f64 >= most {
            break;
        }
        out.push_str(&text[last..from]);
        out.push_str(&new);
        meter.text(new.len(), at)?;
        last = from + old.len();
    }
    out.push_str(&text[last..]);
    Ok(keep(input, out))
}

fn truncate(
    input: &Value,
    length: &Value,
    kill_words: &Value,
    end: &Value,
    name: &str,
) -> Result<Value, Problem> {
    let length = if length.is_true() {
        length.number()
    } else {
        255.0
    };
    if let Value::List(items) = input
        && items.borrow().len() as f64 <= length
    {
        return Ok(input.clone());
    }
    let text = words(input, name)?;
    if text::length(&text) as f64 <= length {
        return Ok(match input {
            Value::Bool(_) | Value::Undefined | Value::Null => "".into(),
            _ => input.clone(),
        });
    }
    let length = if length.is_nan() {
        0
    } else {
        length.max(0.0) as usize
    };
    let cut = match kill_words.is_true() {
        true => length,
        false => text::find_last(&text, " ", length).unwrap_or(length),
    };
    let end = if end.is_nullish() {
        "...".into()
    } else {
        end.text()
    };
    Ok(keep(input, format!("{}{end}", text::slice(&text, 0, cut))))
}

fn url_encoded(input: &Value, name: &str) -> Result<Value, Problem> {
    let encode = |text: &str| {
        let mut out = String::new();
        for byte in text.bytes() {
            match byte {
                b if b.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&b) => out.push(b as char),
                b => out.push_str(&format!("%{b:02X}")),
            }
        }
        out
    };
    let pairs: Vec<(Rc<str>, Rc<str>)> = match input {
        Value::Text(text) | Value::Safe(text) => return Ok(encode(text).into()),
        Value::Map(map) => map
            .iter()
            .map(|(key, value)| (Rc::clone(key), value.text()))
            .collect(),
        Value::List(items) => {
            if items.borrow().iter().any(Value::is_nullish) {
                return needs(name, "items that are there");
            }
            let pair = |item: &Value| {
                (
                    member(item, &0usize.into()).text(),
                    member(item, &1usize.into()).text(),
                )
            };
            items.borrow().iter().map(pair).collect()
        }
        _ => Vec::new(),
    };
    let pairs = pairs
        .iter()
        .map(|(key, value)| format!("{}={}", encode(key), encode(value)));
    Ok(pairs.collect::<Vec<_>>().join("&").into())
}
