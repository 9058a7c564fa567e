//! Prices and context windows of well-known models, as published in mid 2025. The project file overrides them.

use crate::{model::Price, project::ModelSpec};

/// Model, USD per million tokens (input, cached, output), context window in tokens.
const TABLE: &[(&str, f64, f64, f64, u64)] = &[
    ("gpt-4.1", 2.0, 0.5, 8.0, 1_047_576),
    ("gpt-4.1-mini", 0.4, 0.1, 1.6, 1_047_576),
    ("gpt-4.1-nano", 0.1, 0.025, 0.4, 1_047_576),
    ("gpt-4o", 2.5, 1.25, 10.0, 128_000),
    ("gpt-4o-mini", 0.15, 0.075, 0.6, 128_000),
    ("o3", 2.0, 0.5, 8.0, 200_000),
    ("o4-mini", 1.1, 0.275, 4.4, 200_000),
];

/// Price of a model: the project's, else the built-in table's.
pub fn price(model: &str, spec: Option<&ModelSpec>) -> Option<Price> {
    spec.and_then(|s| s.price).or_else(|| {
        TABLE.iter().find(|row| row.0 == model).map(|row| Price {
            input: row.1,
            cached: Some(row.2),
            output: row.3,
        })
    })
}

/// Context window of a model in tokens, in the same way.
pub fn context(model: &str, spec: Option<&ModelSpec>) -> Option<u64> {
    spec.and_then(|s| s.context)
        .or_else(|| TABLE.iter().find(|row| row.0 == model).map(|row| row.4))
}
