//! Plain scalars as PyYAML resolves them, by YAML 1.1: `yes` is true, `010` is 8, `1:30` is 90, and `1e3` is a text.

use regex::Regex;
use serde_json::{Number, Value};
use std::sync::LazyLock;

static BOOL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"^(?:(yes|Yes|YES|true|True|TRUE|on|On|ON)|no|No|NO|false|False|FALSE|off|Off|OFF)$",
    )
    .ok()
});
static FLOAT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*)$").ok()
});
static INT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^(?:[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$").ok()
});

/// What a scalar without quotes is; `None` where its text says nothing of it here: it is empty, infinite, or too large a number. Dates
/// are texts.
pub(super) fn resolve(plain: &str) -> Option<Value> {
    let is = |of: &LazyLock<Option<Regex>>| of.as_ref().is_some_and(|of| of.is_match(plain));
    if let Some(found) = BOOL.as_ref().and_then(|of| of.captures(plain)) {
        return Some(Value::Bool(found.get(1).is_some()));
    }
    if is(&INT) {
        let number = int(plain)?;
        let signed = i64::try_from(number).map(Value::from);
        return signed
            .or_else(|_| u64::try_from(number).map(Value::from))
            .ok();
    }
    if is(&FLOAT) {
        return Number::from_f64(float(plain)?).map(Value::Number);
    }
    let is_other = ["", "~", "null", "Null", "NULL"].contains(&plain)
        || [".inf", ".nan"].contains(&plain.trim_start_matches(['-', '+']).to_lowercase().as_str());
    (!is_other).then(|| plain.into())
}

/// An integer of more than 64 bits in decimal digits, as Python prints it; as it is written where it has more than 128 and another base.
pub(super) fn large_int(plain: &str) -> Option<String> {
    if !INT.as_ref().is_some_and(|of| of.is_match(plain)) {
        return None;
    }
    match int(plain) {
        Some(number) if i64::try_from(number).is_ok() || u64::try_from(number).is_ok() => None,
        Some(number) => Some(number.to_string()),
        None => Some(plain.replace(['_', '+'], "")),
    }
}

fn int(plain: &str) -> Option<i128> {
    let text = plain.replace('_', "");
    let (sign, digits) = signed(&text);
    let number = if let Some(digits) = digits.strip_prefix("0b") {
        i128::from_str_radix(digits, 2).ok()?
    } else if let Some(digits) = digits.strip_prefix("0x") {
        i128::from_str_radix(digits, 16).ok()?
    } else if digits.starts_with('0') && digits.len() > 1 {
        i128::from_str_radix(digits, 8).ok()?
    } else {
        let mut parts = digits.split(':');
        parts.try_fold(0i128, |sum, part| {
            sum.checked_mul(60)?.checked_add(part.parse().ok()?)
        })?
    };
    number.checked_mul(sign.into())
}

fn float(plain: &str) -> Option<f64> {
    let text = plain.replace('_', "").to_lowercase();
    let (sign, digits) = signed(&text);
    let mut sum = 0.0;
    for part in digits.split(':') {
        sum = sum * 60.0 + part.parse::<f64>().ok()?;
    }
    Some(sum * sign as f64)
}

fn signed(text: &str) -> (i64, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// By PyYAML 6.0.4: `yaml.safe_load`.
    #[test]
    fn scalars_are_what_pyyaml_makes_of_them() {
        for (plain, value) in [
            ("yes", json!(true)),
            ("Off", json!(false)),
            ("y", json!("y")),
            ("010", json!(8)),
            ("0o10", json!("0o10")),
            ("089", json!("089")),
            ("1_000", json!(1000)),
            ("-0x1F", json!(-31)),
            ("0b101", json!(5)),
            ("1:30", json!(90)),
            ("1:30.5", json!(90.5)),
            ("1e3", json!("1e3")),
            ("1.0e3", json!("1.0e3")),
            ("1.0e+3", json!(1000.0)),
            (".5", json!(0.5)),
            ("1.", json!(1.0)),
            ("-2.50", json!(-2.5)),
            ("2024-01-01", json!("2024-01-01")),
            ("tRue", json!("tRue")),
        ] {
            assert_eq!(resolve(plain), Some(value), "{plain}");
        }
        for other in ["", "~", "null", "-.inf", "99999999999999999999"] {
            assert_eq!(resolve(other), None, "{other}");
        }
        for (plain, digits) in [
            ("18446744073709551615", None),
            ("+1_8446744073709551616", Some("18446744073709551616")),
            ("-0xFFFFFFFFFFFFFFFFFF", Some("-4722366482869645213695")),
            (
                "12345678901234567890123456789012345678901234567890",
                Some("12345678901234567890123456789012345678901234567890"),
            ),
            ("1e30", None),
        ] {
            assert_eq!(large_int(plain).as_deref(), digits, "{plain}");
        }
    }
}
