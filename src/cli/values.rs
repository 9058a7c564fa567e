//! Parsers for argument values.

use crate::optimize::{FEWEST_FOLDS, MOST_FOLDS};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use std::str::FromStr;
use strum::VariantNames;

pub(super) fn number(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(x) if x.is_finite() => Ok(x),
        _ => Err("must be a number".into()),
    }
}

pub(super) fn share(text: &str) -> Result<f64, String> {
    match number(text)? {
        x if (0.0..=1.0).contains(&x) => Ok(x),
        _ => Err("must be from 0 to 1, for example 0.9".into()),
    }
}

/// Strictly between 0 and 1.
pub(super) fn chance(text: &str) -> Result<f64, String> {
    match number(text)? {
        x if x > 0.0 && x < 1.0 => Ok(x),
        _ => Err("must be between 0 and 1, for example 0.05".into()),
    }
}

/// A share of which enough is left that no row is without a chance.
pub(super) fn random_share(text: &str) -> Result<f64, String> {
    match number(text)? {
        x if (0.05..=1.0).contains(&x) => Ok(x),
        _ => Err("must be from 0.05 to 1, so that every row has a chance".into()),
    }
}

pub(super) fn above_zero(text: &str) -> Result<f64, String> {
    match number(text)? {
        x if x > 0.0 => Ok(x),
        _ => Err("must be above 0".into()),
    }
}

pub(super) fn not_negative(text: &str) -> Result<f64, String> {
    match number(text)? {
        x if x >= 0.0 => Ok(x),
        _ => Err("must not be negative".into()),
    }
}

pub(super) fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("must be at least 1".into()),
        Ok(n) => Ok(n),
        Err(_) => Err("must be a whole number, at least 1".into()),
    }
}

/// Folds that rows are parted into.
pub(super) fn fold_count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(n) if (FEWEST_FOLDS..=MOST_FOLDS).contains(&n) => Ok(n),
        _ => Err(format!(
            "must be a number from {FEWEST_FOLDS} to {MOST_FOLDS}"
        )),
    }
}

/// One of the words of an enum.
pub(super) fn one_of<T>() -> impl TypedValueParser<Value = T>
where
    T: FromStr<Err = strum::ParseError> + VariantNames + Clone + Send + Sync + 'static,
{
    PossibleValuesParser::new(T::VARIANTS).try_map(|word| word.parse::<T>())
}
