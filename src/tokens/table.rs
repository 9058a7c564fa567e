//! Prices and context windows of well-known models, as their makers published them by [`DATED`]. The project file
//! overrides them.

use crate::{
    model::Price,
    project::{EndpointSpec, ModelSpec},
};

/// When the table was last held against the makers' price lists.
pub const DATED: &str = "August 2025";

/// Model, USD per million tokens (input, cached input, output), context window in tokens.
const TABLE: &[(&str, f64, Option<f64>, f64, u64)] = &[
    ("gpt-5", 1.25, Some(0.125), 10.0, 400_000),
    ("gpt-5-mini", 0.25, Some(0.025), 2.0, 400_000),
    ("gpt-5-nano", 0.05, Some(0.005), 0.4, 400_000),
    ("gpt-4.1", 2.0, Some(0.5), 8.0, 1_047_576),
    ("gpt-4.1-mini", 0.4, Some(0.1), 1.6, 1_047_576),
    ("gpt-4.1-nano", 0.1, Some(0.025), 0.4, 1_047_576),
    ("gpt-4o", 2.5, Some(1.25), 10.0, 128_000),
    ("gpt-4o-mini", 0.15, Some(0.075), 0.6, 128_000),
    ("gpt-4-turbo", 10.0, None, 30.0, 128_000),
    ("gpt-4", 30.0, None, 60.0, 8_192),
    ("gpt-3.5-turbo", 0.5, None, 1.5, 16_385),
    ("o1", 15.0, Some(7.5), 60.0, 200_000),
    ("o3", 2.0, Some(0.5), 8.0, 200_000),
    ("o3-mini", 1.1, Some(0.55), 4.4, 200_000),
    ("o4-mini", 1.1, Some(0.275), 4.4, 200_000),
    ("gemini-2.5-pro", 1.25, Some(0.31), 10.0, 1_048_576),
    ("gemini-2.5-flash", 0.3, Some(0.075), 2.5, 1_048_576),
    ("gemini-2.0-flash", 0.1, Some(0.025), 0.4, 1_048_576),
    ("claude-opus-4-1", 15.0, Some(1.5), 75.0, 200_000),
    ("claude-sonnet-4", 3.0, Some(0.3), 15.0, 200_000),
    ("claude-3-5-haiku", 0.8, Some(0.08), 4.0, 200_000),
];

fn row(model: &str) -> Option<&'static (&'static str, f64, Option<f64>, f64, u64)> {
    let bare = undated(model);
    TABLE.iter().find(|row| row.0 == model || row.0 == bare)
}

/// A model's name without the date of its snapshot: `gpt-4o-2024-08-06`, `claude-sonnet-4-20250514`, `…-latest`.
fn undated(model: &str) -> &str {
    let model = model.strip_suffix("-latest").unwrap_or(model);
    let date = |tail: &str, length: usize| {
        tail.len() == length
            && tail.starts_with("-20")
            && tail.bytes().all(|b| b == b'-' || b.is_ascii_digit())
    };
    for length in [11, 9] {
        if let Some(at) = model.len().checked_sub(length)
            && model.get(at..).is_some_and(|tail| date(tail, length))
        {
            return &model[..at];
        }
    }
    model
}

/// Price of a model: the project's, else the built-in table's. A program may call any models, and others than it is asked
/// for: without the project's price, only what it reports is known.
pub fn price(model: &str, endpoint: Option<&EndpointSpec>) -> Option<Price> {
    let known = endpoint.and_then(|e| e.models.get(model));
    if let Some(price) = known.and_then(|spec| spec.price) {
        return Some(price);
    }
    let listed = row(model).filter(|_| endpoint.is_none_or(|e| e.program.is_none()));
    listed.map(|row| Price {
        input: row.1,
        cached: row.2,
        output: row.3,
    })
}

/// Context window of a model in tokens, in the same way.
pub fn context(model: &str, spec: Option<&ModelSpec>) -> Option<u64> {
    spec.and_then(|s| s.context)
        .or_else(|| row(model).map(|row| row.4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snapshots_cost_what_their_model_costs_and_the_project_has_the_last_word() {
        assert_eq!(context("gpt-4o-2024-08-06", None), Some(128_000));
        assert_eq!(context("claude-sonnet-4-20250514", None), Some(200_000));
        assert_eq!(context("claude-3-5-haiku-latest", None), Some(200_000));
        assert_eq!(context("gpt-4o-audio", None), None);
        assert_eq!(context("llama-3", None), None);
        assert_eq!(price("gpt-4.1", None).map(|p| p.output), Some(8.0));
        let spec = ModelSpec {
            context: Some(4096),
            ..ModelSpec::default()
        };
        assert_eq!(context("gpt-4.1", Some(&spec)), Some(4096));
        let mut endpoint = EndpointSpec::new("e", "http://localhost");
        endpoint.models.insert("gpt-4.1".into(), spec);
        let input = |endpoint: &EndpointSpec| price("gpt-4.1", Some(endpoint)).map(|p| p.input);
        assert_eq!(input(&endpoint), Some(2.0));
        endpoint.program = Some(Default::default());
        assert_eq!(
            input(&endpoint),
            None,
            "who answers is the program's affair"
        );
        if let Some(spec) = endpoint.models.get_mut("gpt-4.1") {
            spec.price = Some(Price {
                input: 7.0,
                cached: None,
                output: 7.0,
            });
        }
        assert_eq!(input(&endpoint), Some(7.0));
    }
}
