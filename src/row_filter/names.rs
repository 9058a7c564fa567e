//! What a condition on rows may name: variants, models, metrics and columns.

use crate::{
    expression::{Argument, ExpressionError, longest_variant},
    model::VariantAliases,
    source::nearest,
};
use std::ops::Range;

/// What there is to be named, and what is meant where nothing is named.
#[derive(Debug, Clone, Default)]
pub struct RowNames {
    pub variants: VariantAliases,
    /// Index of the baseline.
    pub baseline: usize,
    /// `endpoint/model`.
    pub models: Vec<String>,
    /// Index of the model that is meant where none is named.
    pub model: usize,
    /// The models whose answers a text is searched in.
    pub searched: Vec<usize>,
    /// The main metric first.
    pub metrics: Vec<String>,
    /// Columns whose values are at hand without reading the row.
    pub slices: Vec<String>,
    /// Columns of the dataset.
    pub columns: Vec<String>,
    /// Whether nothing is answered yet: only what rows themselves have can be named.
    pub is_before_answers: bool,
}

/// A name or a text as it is written in a condition.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\\\""))
}

/// A name that is not there, with the nearest that is.
pub(super) fn unknown<'a>(
    span: &Range<usize>,
    what: &str,
    name: &str,
    known: impl Iterator<Item = &'a str> + Clone,
) -> ExpressionError {
    let hint = match nearest(name, known.clone()) {
        Some(near) => format!("; did you mean `{near}`?"),
        None => {
            let some: Vec<&str> = known.take(8).collect();
            match some.is_empty() {
                true => String::new(),
                false => format!("; there are {}", some.join(", ")),
            }
        }
    };
    ExpressionError::new(span.clone(), format!("unknown {what} `{name}`{hint}"))
}

impl RowNames {
    /// The variants that all parts name, one after another; `baseline` means the baseline.
    pub(super) fn find_variants(&self, parts: &[Argument]) -> Result<Vec<usize>, ExpressionError> {
        let (mut found, mut at) = (Vec::new(), 0);
        while let Some(part) = parts.get(at) {
            let named = longest_variant(&self.variants, &parts[at..])
                .map_err(|error| ExpressionError::new(part.span.clone(), error.to_string()))?;
            match named {
                Some((variant, taken)) => {
                    found.push(variant);
                    at += taken;
                }
                None if part.text == "baseline" => {
                    found.push(self.baseline);
                    at += 1;
                }
                None => {
                    return Err(unknown(
                        &part.span,
                        "variant",
                        &part.text,
                        self.variants.all(),
                    ));
                }
            }
        }
        Ok(found)
    }

    /// The model of that name; the one that is meant without a name.
    pub(super) fn find_model(
        &self,
        span: &Range<usize>,
        name: Option<&str>,
    ) -> Result<usize, ExpressionError> {
        let Some(name) = name else {
            return Ok(self.model);
        };
        let known = self.models.iter().map(String::as_str);
        let found = self.models.iter().position(|model| model == name);
        found.ok_or_else(|| unknown(span, "model", name, known))
    }
}
