//! What can be called: macros, the functions of Nunjucks, and the methods that JavaScript's values have.

use super::{
    super::{
        Meter, Problem, number, text,
        value::{Value, index},
    },
    ast::Macro,
    call_arguments::argument,
    frame::Frame,
    list_methods::{LIST_METHODS, list_method},
    text_methods::{TEXT_METHODS, text_method},
};
use std::{cell::Cell, rc::Rc, sync::Arc};

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

/// Methods of numbers, maps and cyclers.
const NUMBER_METHODS: [&str; 3] = ["toFixed", "toString", "valueOf"];
const MAP_METHODS: [&str; 2] = ["hasOwnProperty", "toString"];
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
    let place = || index(&name).map(|n| n as usize);
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
                    let place = index(&key).is_some() || &*key == "length";
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
