//! The methods that JavaScript's texts have.

use super::{
    super::{Meter, Problem, number, text, value::Value},
    call_arguments::{argument, relative, whole},
};
use std::rc::Rc;

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

/// Call a method of a text.
pub(super) fn text_method(
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
