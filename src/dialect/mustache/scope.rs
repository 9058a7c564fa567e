//! What a name is, looked for from the innermost scope outward.

use super::{
    super::Host,
    parser::Key,
    python::{has_attribute, int, is_true_in_python},
};
use serde_json::Value as Json;
use std::borrow::Cow;

/// What a section is at.
#[derive(Clone)]
pub(super) enum Scope<'a> {
    /// The variables of the template, which only the host knows.
    Root,
    Value(Cow<'a, Json>),
}

/// What there is where nothing is found.
static NOTHING: Json = Json::Null;

impl<'a> Scope<'a> {
    pub(super) fn flag(flag: bool) -> Scope<'a> {
        Scope::Value(Cow::Owned(flag.into()))
    }

    /// As Python takes it in a condition.
    pub(super) fn is_true(&self) -> bool {
        match self {
            Scope::Root => true,
            Scope::Value(value) => is_true_in_python(value),
        }
    }

    /// As a value.
    pub(super) fn value(&self, host: &'a dyn Host) -> &Json {
        match self {
            Scope::Root => host.json("row").unwrap_or(&NOTHING),
            Scope::Value(value) => value,
        }
    }

    /// Whether it is a number or flag that is printed though it be false.
    fn is_zero(&self) -> bool {
        matches!(self, Scope::Value(value) if matches!(value.as_ref(), Json::Bool(_) | Json::Number(_)))
    }
}

/// What a key is; an empty text where nothing is found, or what is found is false. The message says what Python would refuse, or
/// what cannot be printed.
pub(super) fn look_up<'a>(
    key: &Key,
    scopes: &[Scope<'a>],
    host: &'a dyn Host,
) -> Result<Scope<'a>, String> {
    if key.is_dot() {
        return scopes
            .last()
            .cloned()
            .ok_or_else(|| "no scope is left".into());
    }
    let mut found = None;
    for scope in scopes.iter().rev() {
        found = walk(scope, &key.parts, host)?;
        if found.is_some() {
            break;
        }
    }
    Ok(found
        .filter(|found| found.is_true() || found.is_zero())
        .unwrap_or_else(|| Scope::Value(Cow::Owned("".into()))))
}

fn walk<'a>(
    scope: &Scope<'a>,
    parts: &[String],
    host: &'a dyn Host,
) -> Result<Option<Scope<'a>>, String> {
    let mut parts = parts.iter();
    let mut value = match scope {
        Scope::Root => match parts.next().and_then(|name| host.json(name)) {
            Some(value) => Cow::Borrowed(value),
            None => return Ok(None),
        },
        Scope::Value(value) => value.clone(),
    };
    for part in parts {
        let inner = match &value {
            Cow::Borrowed(value) => member(value, part)?,
            Cow::Owned(value) => member(value, part)?.map(|inner| Cow::Owned(inner.into_owned())),
        };
        match inner {
            Some(inner) => value = inner,
            None => return Ok(None),
        }
    }
    Ok(Some(Scope::Value(value)))
}

/// `value[name]`, an attribute, or an item by its number.
fn member<'v>(value: &'v Json, name: &str) -> Result<Option<Cow<'v, Json>>, String> {
    if let Json::Object(map) = value {
        return Ok(map.get(name).map(Cow::Borrowed));
    }
    if has_attribute(value, name) {
        return match (value, name) {
            (Json::Bool(flag), "real" | "numerator") => {
                Ok(Some(Cow::Owned(i32::from(*flag).into())))
            }
            (Json::Bool(_), "imag") => Ok(Some(Cow::Owned(0.into()))),
            (Json::Bool(_), "denominator") => Ok(Some(Cow::Owned(1.into()))),
            (Json::Number(_), "real" | "numerator") => Ok(Some(Cow::Borrowed(value))),
            (Json::Number(number), "imag") if number.is_f64() => Ok(Some(Cow::Owned(0.0.into()))),
            (Json::Number(_), "imag") => Ok(Some(Cow::Owned(0.into()))),
            (Json::Number(_), "denominator") => Ok(Some(Cow::Owned(1.into()))),
            _ => Err(format!(
                "`{name}` is an attribute of such a value in Python, and chevron would print what Python says of it: an address that is another one in each run"
            )),
        };
    }
    let Some(place) = int(name) else {
        return Ok(None);
    };
    let at = |length: usize| match usize::try_from(place) {
        Ok(place) => Some(place),
        Err(_) => length.checked_sub(place.unsigned_abs() as usize),
    };
    match value {
        Json::Array(items) => Ok(at(items.len())
            .and_then(|n| items.get(n))
            .map(Cow::Borrowed)),
        Json::String(text) => {
            let letter = at(text.chars().count()).and_then(|n| text.chars().nth(n));
            Ok(letter.map(|letter| Cow::Owned(letter.to_string().into())))
        }
        _ => Err(format!(
            "`{name}`: the value has no items, and chevron stops"
        )),
    }
}
