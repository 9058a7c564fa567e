//! What can be called: macros, the functions of Nunjucks, and the methods that JavaScript's values have.

use super::{
    super::{
        Meter, Problem, number, text,
        value::{Value, compare_texts, join},
    },
    ast::Macro,
    frame::Frame,
};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    sync::Arc,
};

pub(super) enum Function {
    /// A macro, and the frame that it sees where it is the body of a `call`.
    Macro(Arc<Macro>, Option<Rc<Frame>>),
    /// A method of a value.
    Method(Value, &'static str),
    Range,
    NewCycler,
    NewJoiner,
    Cycler(Vec<Value>, Cell<Option<usize>>),
    Joiner(Value, Cell<bool>),
}

/// Functions that every template has.
pub(super) const GLOBALS: [&str; 3] = ["range", "cycler", "joiner"];

/// Methods of texts, lists, numbers and maps.
pub(super) const TEXT_METHODS: [&str; 24] = [
    "toUpperCase",
    "toLowerCase",
    "trim",
    "trimStart",
    "trimEnd",
    "split",
    "includes",
    "startsWith",
    "endsWith",
    "indexOf",
    "lastIndexOf",
    "slice",
    "substring",
    "substr",
    "replace",
    "replaceAll",
    "repeat",
    "padStart",
    "padEnd",
    "charAt",
    "concat",
    "toString",
    "at",
    "valueOf",
];
pub(super) const LIST_METHODS: [&str; 15] = [
    "join",
    "slice",
    "concat",
    "includes",
    "indexOf",
    "lastIndexOf",
    "reverse",
    "push",
    "pop",
    "shift",
    "unshift",
    "toString",
    "at",
    "sort",
    "flat",
];
pub(super) const NUMBER_METHODS: [&str; 3] = ["toFixed", "toString", "valueOf"];
pub(super) const MAP_METHODS: [&str; 2] = ["hasOwnProperty", "toString"];
const CYCLER_METHODS: [&str; 2] = ["next", "reset"];

/// Whether a method is known of any value.
pub(super) fn is_method(name: &str) -> bool {
    TEXT_METHODS
        .iter()
        .chain(&LIST_METHODS)
        .chain(&NUMBER_METHODS)
        .chain(&MAP_METHODS)
        .chain(&CYCLER_METHODS)
        .any(|known| *known == name)
}

impl Function {
    pub(super) fn global(name: &str) -> Option<Function> {
        Some(match name {
            "range" => Function::Range,
            "cycler" => Function::NewCycler,
            "joiner" => Function::NewJoiner,
            _ => return None,
        })
    }

    pub(super) fn into_value(self) -> Value {
        Value::Function(Rc::new(self))
    }
}

/// `value[key]`.
pub(super) fn member(value: &Value, key: &Value) -> Value {
    let name = key.text();
    let method =
        |methods: &[&'static str]| match methods.iter().chain(&MAP_METHODS).find(|m| **m == &*name)
        {
            Some(method) => Function::Method(value.clone(), method).into_value(),
            None => Value::Undefined,
        };
    let place = || super::super::value::index(&name).map(|n| n as usize);
    match value {
        Value::Undefined | Value::Null => Value::Undefined,
        Value::Text(text) | Value::Safe(text) => match (&*name, place()) {
            ("length", _) => text::length(text).into(),
            // What is marked as safe is an object without letters.
            (_, Some(n)) if n < text::length(text) => match value {
                Value::Safe(_) => Value::Undefined,
                _ => text::slice(text, n, n + 1).into(),
            },
            _ => method(&TEXT_METHODS),
        },
        Value::List(items) => match (&*name, place()) {
            ("length", _) => items.borrow().len().into(),
            (_, Some(n)) => items.borrow().get(n).cloned().unwrap_or(Value::Undefined),
            _ => method(&LIST_METHODS),
        },
        Value::Map(map) => match map.get(&*name) {
            Some(found) => found.clone(),
            None => method(&MAP_METHODS),
        },
        Value::Number(_) => method(&NUMBER_METHODS),
        Value::Bool(_) => method(&["toString"]),
        Value::Function(function) => match function.downcast_ref::<Function>() {
            Some(Function::Cycler(items, at)) if &*name == "current" => at
                .get()
                .and_then(|at| items.get(at).cloned())
                .unwrap_or(Value::Null),
            Some(Function::Cycler(..)) => method(&CYCLER_METHODS),
            _ => Value::Undefined,
        },
    }
}

/// Call what is no macro.
pub(super) fn call_value(
    function: &Function,
    values: Vec<Value>,
    meter: &mut Meter,
    at: usize,
) -> Result<Value, Problem> {
    Ok(match function {
        Function::Macro(..) => Value::Undefined,
        Function::Range => range(&values, meter, at)?,
        Function::NewCycler => Function::Cycler(values, Cell::new(None)).into_value(),
        Function::NewJoiner => {
            let separator = values.into_iter().next().filter(Value::is_true);
            let separator = separator.unwrap_or_else(|| ",".into());
            Function::Joiner(separator, Cell::new(true)).into_value()
        }
        Function::Joiner(separator, first) => match first.replace(false) {
            true => "".into(),
            false => separator.clone(),
        },
        Function::Cycler(..) => {
            return Err(Problem::new("a cycler is no function: call its `next()`"));
        }
        Function::Method(value, "hasOwnProperty") => {
            let key = argument(&values, 0).text();
            match value {
                Value::Map(map) => map.contains_key(&*key),
                Value::Text(_) | Value::Safe(_) | Value::List(_) => {
                    let place = super::super::value::index(&key).is_some() || &*key == "length";
                    place && !matches!(member(value, &Value::Text(key)), Value::Undefined)
                }
                _ => false,
            }
            .into()
        }
        Function::Method(value, name) => match value {
            Value::Text(text) | Value::Safe(text) => text_method(text, name, &values, meter, at)?,
            Value::List(items) => list_method(value, items, name, values, meter, at)?,
            Value::Number(number) if *name == "toFixed" => {
                let digits = argument(&values, 0).number();
                if !(digits.is_nan() || (0.0..101.0).contains(&digits)) {
                    return Err(Problem::new("`toFixed` takes 0 to 100 digits"));
                }
                number::fixed(*number, digits as usize).into()
            }
            Value::Number(number) if *name == "valueOf" => (*number).into(),
            Value::Number(_) if !matches!(argument(&values, 0), Value::Undefined) => {
                return Err(Problem::new(
                    "`toString` of a number with a base is not supported",
                ));
            }
            Value::Function(function) => match function.downcast_ref::<Function>() {
                Some(Function::Cycler(items, place)) if *name == "next" => {
                    let next = place.get().map_or(0, |at| at + 1);
                    let next = if next >= items.len() { 0 } else { next };
                    place.set(Some(next));
                    items.get(next).cloned().unwrap_or(Value::Undefined)
                }
                Some(Function::Cycler(_, place)) => {
                    place.set(None);
                    Value::Undefined
                }
                _ => Value::Undefined,
            },
            other => other.text().to_string().into(),
        },
    })
}

pub(super) fn argument(values: &[Value], at: usize) -> Value {
    values.get(at).cloned().unwrap_or(Value::Undefined)
}

fn range(values: &[Value], meter: &mut Meter, at: usize) -> Result<Value, Problem> {
    let (start, stop, step) = match argument(values, 1) {
        Value::Undefined => (0.0, argument(values, 0).number(), 1.0),
        stop => {
            let step = argument(values, 2);
            let step = if step.is_true() { step.number() } else { 1.0 };
            (argument(values, 0).number(), stop.number(), step)
        }
    };
    let mut all = Vec::new();
    let mut n = start;
    while if step > 0.0 { n < stop } else { n > stop } {
        meter.step(at)?;
        all.push(Value::Number(n));
        n += step;
    }
    Ok(all.into())
}

/// A place that counts from the end where it is negative, as `slice` takes it.
fn relative(value: &Value, length: usize, usual: usize) -> usize {
    match value {
        Value::Undefined => usual,
        other => {
            let n = whole(other.number());
            let n = if n < 0.0 {
                (length as f64 + n).max(0.0)
            } else {
                n
            };
            n.min(length as f64) as usize
        }
    }
}

fn whole(number: f64) -> f64 {
    if number.is_nan() { 0.0 } else { number.trunc() }
}

fn text_method(
    text: &str,
    name: &str,
    values: &[Value],
    meter: &mut Meter,
    at: usize,
) -> Result<Value, Problem> {
    let length = text::length(text);
    let first = argument(values, 0);
    let wanted = first.text();
    let clamp = |value: &Value, usual: usize| match value {
        Value::Undefined => usual,
        other => whole(other.number()).clamp(0.0, length as f64) as usize,
    };
    let place = |found: Option<usize>| found.map_or(Value::Number(-1.0), Value::from);
    Ok(match name {
        "toUpperCase" => text.to_uppercase().into(),
        "toLowerCase" => text.to_lowercase().into(),
        "trim" => text.trim_matches(number::is_space).into(),
        "trimStart" => text.trim_start_matches(number::is_space).into(),
        "trimEnd" => text.trim_end_matches(number::is_space).into(),
        "split" => {
            let most = match argument(values, 1) {
                Value::Undefined => usize::MAX,
                most => most.number().max(0.0) as usize,
            };
            let all: Vec<Value> = match &first {
                Value::Undefined => vec![text.into()],
                _ if wanted.is_empty() => text::units(text).into_iter().map(Value::from).collect(),
                _ => text.split(&*wanted).map(Value::from).collect(),
            };
            meter.text(16 * all.len(), at)?;
            all.into_iter().take(most).collect::<Vec<_>>().into()
        }
        "includes" => text::find(text, &wanted, clamp(&argument(values, 1), 0))
            .is_some()
            .into(),
        "startsWith" => {
            let from = clamp(&argument(values, 1), 0);
            text::slice(text, from, length).starts_with(&*wanted).into()
        }
        "endsWith" => {
            let to = clamp(&argument(values, 1), length);
            text::slice(text, 0, to).ends_with(&*wanted).into()
        }
        "indexOf" => place(text::find(text, &wanted, clamp(&argument(values, 1), 0))),
        "lastIndexOf" => place(text::find_last(
            text,
            &wanted,
            clamp(&argument(values, 1), length),
        )),
        "slice" => {
            let from = relative(&first, length, 0);
            text::slice(text, from, relative(&argument(values, 1), length, length)).into()
        }
        "substring" => {
            let (a, b) = (clamp(&first, 0), clamp(&argument(values, 1), length));
            text::slice(text, a.min(b), a.max(b)).into()
        }
        "substr" => {
            let from = relative(&first, length, 0);
            let count = match argument(values, 1) {
                Value::Undefined => length as f64,
                count => whole(count.number()).max(0.0),
            };
            let to = (from as f64 + count).min(length as f64) as usize;
            text::slice(text, from, to).into()
        }
        "replace" | "replaceAll" => {
            let put = argument(values, 1).text();
            let most = if name == "replace" { 1 } else { usize::MAX };
            let mut out = String::new();
            let mut last = 0;
            for (from, _) in text.match_indices(&*wanted).take(most) {
                meter.text(text::expanded_length(&put, text, from, &wanted), at)?;
                out.push_str(&text[last..from]);
                out.push_str(&text::expand(&put, text, from, &wanted));
                last = from + wanted.len();
            }
            out.push_str(&text[last..]);
            meter.text(out.len(), at)?;
            out.into()
        }
        "repeat" => {
            let count = whole(first.number());
            if !(0.0..1e9).contains(&count) {
                return Err(Problem::new("`repeat` takes a number from 0 on"));
            }
            meter.text(text.len().saturating_mul(count as usize), at)?;
            text.repeat(count as usize).into()
        }
        "padStart" | "padEnd" => {
            let filler = match argument(values, 1) {
                Value::Undefined => " ".into(),
                filler => filler.text(),
            };
            let missing = (whole(first.number()).max(0.0) as usize).saturating_sub(length);
            if missing == 0 || filler.is_empty() {
                return Ok(text.into());
            }
            meter.text(missing, at)?;
            let times = missing / text::length(&filler) + 1;
            meter.text(filler.len().saturating_mul(times), at)?;
            let pad = text::slice(&filler.repeat(times), 0, missing);
            match name {
                "padStart" => format!("{pad}{text}").into(),
                _ => format!("{text}{pad}").into(),
            }
        }
        "charAt" => {
            let n = whole(first.number());
            match n >= 0.0 && n < length as f64 {
                true => text::slice(text, n as usize, n as usize + 1).into(),
                false => "".into(),
            }
        }
        "at" => {
            let n = whole(first.number());
            let n = if n < 0.0 { length as f64 + n } else { n };
            match n >= 0.0 && n < length as f64 {
                true => text::slice(text, n as usize, n as usize + 1).into(),
                false => Value::Undefined,
            }
        }
        "concat" => {
            let all: Vec<Rc<str>> = values.iter().map(Value::text).collect();
            meter.text(
                text.len() + all.iter().map(|more| more.len()).sum::<usize>(),
                at,
            )?;
            format!("{text}{}", all.concat()).into()
        }
        _ => text.into(),
    })
}

fn list_method(
    list: &Value,
    items: &Rc<RefCell<Vec<Value>>>,
    name: &str,
    values: Vec<Value>,
    meter: &mut Meter,
    at: usize,
) -> Result<Value, Problem> {
    let length = items.borrow().len();
    meter.text(length, at)?;
    let first = argument(&values, 0);
    let nothing = || Value::Undefined;
    Ok(match name {
        "join" => {
            let separator = match &first {
                Value::Undefined => ",".into(),
                other => other.text(),
            };
            let joined = join(&items.borrow(), &separator);
            meter.text(joined.len(), at)?;
            joined.into()
        }
        "toString" => join(&items.borrow(), ",").into(),
        "slice" => {
            let from = relative(&first, length, 0);
            let to = relative(&argument(&values, 1), length, length);
            items.borrow()[from.min(to)..to].to_vec().into()
        }
        "concat" => {
            let more = values.iter().map(|value| match value {
                Value::List(more) => more.borrow().len(),
                _ => 1,
            });
            meter.text(16 * (length + more.sum::<usize>()), at)?;
            let mut all = items.borrow().clone();
            for value in values {
                match value {
                    Value::List(more) => all.extend(more.borrow().iter().cloned()),
                    other => all.push(other),
                }
            }
            all.into()
        }
        "flat" => {
            let inner = |item: &Value| match item {
                Value::List(more) => more.borrow().len(),
                _ => 1,
            };
            meter.text(16 * items.borrow().iter().map(inner).sum::<usize>(), at)?;
            let mut all = Vec::new();
            for item in items.borrow().iter() {
                match item {
                    Value::List(more) => all.extend(more.borrow().iter().cloned()),
                    other => all.push(other.clone()),
                }
            }
            all.into()
        }
        "includes" => {
            let same = |item: &Value| {
                item.is(&first)
                    || matches!((item, &first), (Value::Number(a), Value::Number(b)) if a.is_nan() && b.is_nan())
            };
            items.borrow().iter().any(same).into()
        }
        "indexOf" | "lastIndexOf" => {
            let items = items.borrow();
            let found = match name {
                "indexOf" => items.iter().position(|item| item.is(&first)),
                _ => items.iter().rposition(|item| item.is(&first)),
            };
            found.map_or(Value::Number(-1.0), Value::from)
        }
        "at" => {
            let n = whole(first.number());
            let n = if n < 0.0 { length as f64 + n } else { n };
            let found = items.borrow().get(n as usize).cloned();
            found.filter(|_| n >= 0.0).unwrap_or_else(nothing)
        }
        "reverse" => {
            items.borrow_mut().reverse();
            list.clone()
        }
        "sort" => {
            let mut sorted = items.borrow().clone();
            let key = |value: &Value| match value {
                Value::Undefined => None,
                other => Some(other.text()),
            };
            sorted.sort_by(|a, b| match (key(a), key(b)) {
                (Some(a), Some(b)) => compare_texts(&a, &b),
                (a, b) => b.is_some().cmp(&a.is_some()),
            });
            *items.borrow_mut() = sorted;
            list.clone()
        }
        "push" | "unshift" => {
            if values
                .iter()
                .any(|value| matches!(value, Value::List(more) if Rc::ptr_eq(more, items)))
            {
                return Err(Problem::new("a list cannot be put into itself"));
            }
            let mut items = items.borrow_mut();
            let at = if name == "push" { items.len() } else { 0 };
            items.splice(at..at, values);
            items.len().into()
        }
        "pop" => items.borrow_mut().pop().unwrap_or_else(nothing),
        "shift" if length > 0 => items.borrow_mut().remove(0),
        _ => Value::Undefined,
    })
}
