//! Filters of lists and maps.

use super::{
    super::{
        Problem,
        value::{Value, join},
    },
    filter_values::{attribute, items_of, mapped, needs},
    functions::member,
    sort::{sorted, sorted_by},
};
use std::rc::Rc;

pub(super) fn batch(
    input: &Value,
    count: &Value,
    fill: &Value,
    name: &str,
) -> Result<Value, Problem> {
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

pub(super) fn slices(
    input: &Value,
    count: &Value,
    fill: &Value,
    name: &str,
) -> Result<Value, Problem> {
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

pub(super) fn dictsort(
    input: &Value,
    case_sensitive: &Value,
    by: &Value,
) -> Result<Value, Problem> {
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

pub(super) fn sort(input: &Value, reversed: &Value, case_sensitive: &Value, path: &Value) -> Value {
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

pub(super) fn group_by(input: &Value, path: &Value, name: &str) -> Result<Value, Problem> {
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
