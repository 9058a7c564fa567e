//! Arguments of a call as JavaScript takes them: what is missing, whole numbers, places from the end.

use super::super::value::Value;

/// An argument by its place; undefined where it is missing.
pub(super) fn argument(values: &[Value], at: usize) -> Value {
    values.get(at).cloned().unwrap_or(Value::Undefined)
}

/// A place that counts from the end where it is negative, as `slice` takes it.
pub(super) fn relative(value: &Value, length: usize, usual: usize) -> usize {
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

pub(super) fn whole(number: f64) -> f64 {
    if number.is_nan() { 0.0 } else { number.trunc() }
}
