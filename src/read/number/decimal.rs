//! A decimal number, exact: what a text says, before it becomes a float.

use std::fmt;

/// ± `digits` × 10^`exponent`. The digits have no zeros at their ends; zero has none and no sign.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Decimal {
    is_negative: bool,
    digits: String,
    exponent: i64,
}

/// The relative difference below which two fractions are equal: `0.1 + 0.2`, as a program prints it, is 0.3.
const ROUNDING: f64 = 1e-12;

impl Decimal {
    /// From ASCII digits and the power of ten of the last one.
    pub(super) fn new(is_negative: bool, digits: &str, exponent: i64) -> Decimal {
        let significant = digits.trim_start_matches('0');
        let kept = significant.trim_end_matches('0');
        if kept.is_empty() {
            return Decimal {
                is_negative: false,
                digits: String::new(),
                exponent: 0,
            };
        }
        Decimal {
            is_negative,
            digits: kept.to_owned(),
            exponent: exponent.saturating_add((significant.len() - kept.len()) as i64),
        }
    }

    /// From a number as JSON writes it.
    pub fn from_json(number: &serde_json::Number) -> Option<Decimal> {
        let text = number.to_string().to_lowercase();
        let (mantissa, exponent) = match text.split_once('e') {
            Some((mantissa, exponent)) => (mantissa, exponent.parse().ok()?),
            None => (text.as_str(), 0_i64),
        };
        let (is_negative, mantissa) = match mantissa.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, mantissa),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        let exponent = exponent.checked_sub(fraction.len() as i64)?;
        Some(Decimal::new(is_negative, &digits, exponent))
    }

    /// This × 10^`power`.
    pub(super) fn shift(self, power: i64) -> Decimal {
        match self.digits.is_empty() {
            true => self,
            false => Decimal {
                exponent: self.exponent.saturating_add(power),
                ..self
            },
        }
    }

    pub(super) fn negate(self) -> Decimal {
        Decimal {
            is_negative: !self.is_negative && !self.digits.is_empty(),
            ..self
        }
    }

    /// The nearest float; infinite beyond its range.
    pub fn value(&self) -> f64 {
        let sign = if self.is_negative { "-" } else { "" };
        let digits = if self.digits.is_empty() {
            "0"
        } else {
            &self.digits
        };
        let text = format!("{sign}{digits}e{}", self.exponent);
        text.parse().unwrap_or(f64::NAN)
    }

    /// Whether two numbers differ by at most `tolerance`. Without one, integers have to be the same to the last digit.
    pub fn is_within(&self, other: &Decimal, tolerance: f64) -> bool {
        if self == other {
            return true;
        }
        if tolerance == 0.0 && self.exponent >= 0 && other.exponent >= 0 {
            return false;
        }
        let (a, b) = (self.value(), other.value());
        (a - b).abs() <= tolerance + ROUNDING * a.abs().max(b.abs())
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.is_negative { "-" } else { "" };
        let (digits, n) = (self.digits.as_str(), self.digits.len() as i64);
        match self.exponent {
            _ if digits.is_empty() => f.write_str("0"),
            zeros @ 0..=20 => write!(f, "{sign}{digits}{}", "0".repeat(zeros as usize)),
            exponent if exponent < 0 && exponent > -n => {
                let (whole, fraction) = digits.split_at((n + exponent) as usize);
                write!(f, "{sign}{whole}.{fraction}")
            }
            exponent if exponent < 0 && exponent + n > -6 => {
                let zeros = "0".repeat((-exponent - n) as usize);
                write!(f, "{sign}0.{zeros}{digits}")
            }
            exponent => {
                let (first, rest) = digits.split_at(1);
                let point = if rest.is_empty() { "" } else { "." };
                write!(
                    f,
                    "{sign}{first}{point}{rest}e{}",
                    exponent.saturating_add(n - 1)
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_decimal_shows_itself_as_people_write_it() {
        for (digits, exponent, text, value) in [
            ("0500", 0, "500", 500.0),
            ("150", -2, "1.5", 1.5),
            ("5", -3, "0.005", 0.005),
            ("000", 4, "0", 0.0),
            ("15", 29, "1.5e30", 1.5e30),
            ("6626", -37, "6.626e-34", 6.626e-34),
        ] {
            let number = Decimal::new(false, digits, exponent);
            assert_eq!((number.to_string(), number.value()), (text.into(), value));
        }
        assert_eq!(Decimal::new(true, "5", -1).to_string(), "-0.5");
        assert_eq!(Decimal::new(true, "0", 0), Decimal::new(false, "", 0));
    }

    #[test]
    fn numbers_are_compared_by_value_and_integers_exactly() {
        let read =
            |value: serde_json::Value| Decimal::from_json(value.as_number().unwrap()).unwrap();
        assert_eq!(read(json!(2)), read(json!(2.0)));
        assert_eq!(read(json!(-1.5e-3)).to_string(), "-0.0015");
        let (a, b) = (
            read(json!(9_007_199_254_740_993_i64)),
            read(json!(9_007_199_254_740_992_i64)),
        );
        assert!(a.value() == b.value() && !a.is_within(&b, 0.0));
        assert!(read(json!(0.30000000000000004)).is_within(&read(json!(0.3)), 0.0));
        assert!(!read(json!(6.626e-34)).is_within(&read(json!(1.6e-19)), 0.0));
        assert!(read(json!(7.2)).is_within(&read(json!(7)), 0.2));
        assert!(!read(json!(7.3)).is_within(&read(json!(7)), 0.2));
    }
}
