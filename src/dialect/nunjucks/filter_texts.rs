//! Filters of texts.

use super::{
    super::{Meter, Problem, text, value::Value},
    filter_values::{keep, needs, words},
    functions::member,
};
use std::rc::Rc;

pub(super) fn capitalize(text: &str) -> String {
    let lower = text.to_lowercase();
    let mut chars = lower.chars();
    match chars.next() {
        // A character outside of the basic plane is two units, and half of it has no capital.
        Some(first) if first.len_utf16() == 1 => first.to_uppercase().chain(chars).collect(),
        _ => lower,
    }
}

pub(super) fn chars(text: &str) -> Value {
    text::units(text)
        .into_iter()
        .map(Value::from)
        .collect::<Vec<_>>()
        .into()
}

pub(super) fn center(
    input: &Value,
    width: &Value,
    meter: &mut Meter,
    at: usize,
) -> Result<Value, Problem> {
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

pub(super) fn indent(
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

pub(super) fn replace(
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

pub(super) fn truncate(
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

pub(super) fn url_encoded(input: &Value, name: &str) -> Result<Value, Problem> {
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
        Value::Text(text) => return Ok(encode(text).into()),
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
