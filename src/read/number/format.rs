//! How numbers are written and what of them counts, where a text leaves it open.

use super::decimal::Decimal;
use serde::{Deserialize, Serialize};

/// How numbers are written and what of them counts, where a text leaves it open.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, schemars::JsonSchema, Deserialize)]
pub struct NumberFormat {
    /// `3,5` is three and a half, and dots group.
    pub decimal_comma: bool,
    pub percent: PercentValue,
    /// Ways to write the unit of the answer. A number with it wins; one with another unit is left out.
    pub unit: Vec<String>,
}

/// What `5%` is.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, schemars::JsonSchema, Deserialize,
)]
pub enum PercentValue {
    /// 5.
    #[default]
    Keep,
    /// 0.05.
    Ratio,
}

impl NumberFormat {
    pub(super) fn decimal(&self) -> char {
        if self.decimal_comma { ',' } else { '.' }
    }

    pub(super) fn groups(&self, separator: char) -> bool {
        let point = if self.decimal_comma { '.' } else { ',' };
        separator == point
            || matches!(
                separator,
                ' ' | '\u{A0}' | '\u{202F}' | '\u{2009}' | '\u{2007}' | '\'' | '_'
            )
    }

    /// The value of a number that stands with this unit.
    pub(super) fn value(&self, value: Decimal, unit: Option<&str>) -> Decimal {
        match (self.percent, unit) {
            (PercentValue::Ratio, Some("%")) => value.shift(-2),
            _ => value,
        }
    }
}
