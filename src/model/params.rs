//! Parameters of requests, as the user names them.

use serde_json::{Map, Value};

/// Request parameters passed through to the endpoint, in the order written.
pub type Params = Map<String, Value>;

/// The names of the limit of an answer.
const MAX_OUTPUT: [&str; 3] = ["max_tokens", "max_completion_tokens", "max_output_tokens"];

/// Parameters of chat completions that the Responses API lacks (OpenAI's reference, November 2026).
pub const NOT_IN_RESPONSES: [&str; 6] = [
    "stop",
    "seed",
    "n",
    "frequency_penalty",
    "presence_penalty",
    "logit_bias",
];

/// Asks for log-probabilities of the answer's tokens.
pub const LOGPROBS: &str = "logprobs";

/// How many of the most likely tokens are listed for each.
pub const TOP_LOGPROBS: &str = "top_logprobs";

/// The most that OpenAI lists.
pub const MAX_TOP_LOGPROBS: u64 = 20;

/// The parameters that hold: later ones override earlier ones.
pub fn effective_params<'a>(
    params: &'a [&'a Params],
) -> impl Iterator<Item = (&'a String, &'a Value)> {
    params.iter().enumerate().flat_map(|(i, some)| {
        let later = &params[i + 1..];
        some.iter()
            .filter(move |(name, _)| !later.iter().any(|p| p.contains_key(*name)))
    })
}

/// The longest answer that request parameters allow, in tokens; later parameters override earlier ones. If several names of
/// the limit are set, the largest one.
pub fn max_output_tokens(params: &[&Params]) -> Option<u64> {
    MAX_OUTPUT
        .iter()
        .filter_map(|name| param(params, name))
        .filter_map(Value::as_u64)
        .max()
}

/// A request parameter; later sets override earlier ones, and null takes a parameter away.
pub fn param<'p>(params: &[&'p Params], name: &str) -> Option<&'p Value> {
    // Few are set: to compare them in turn takes a tenth of what it takes to hash the name.
    let in_set = |set: &&'p Params| {
        let mut members = set.iter();
        members.find(|(key, _)| *key == name)
    };
    let (_, value) = params.iter().rev().find_map(in_set)?;
    (!value.is_null()).then_some(value)
}

/// The longest answer that a model gives under request parameters: the limit that they set, else its own.
pub fn output_limit(params: &[&Params], longest: Option<u64>) -> Option<u64> {
    max_output_tokens(params).or(longest)
}

/// The parameters that set another limit, under the names under which these set theirs; under the usual one where they set none.
pub fn with_max_output(params: &[&Params], max_tokens: u64) -> Params {
    let is_set = |name: &&&str| params.iter().any(|p| p.contains_key(**name));
    let mut names: Vec<&str> = MAX_OUTPUT.iter().filter(is_set).copied().collect();
    if names.is_empty() {
        names.push(MAX_OUTPUT[0]);
    }
    let names = names.into_iter();
    names
        .map(|name| (name.to_owned(), max_tokens.into()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn params(value: Value) -> Params {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn an_output_limit_has_two_names_and_the_variant_overrides_the_experiment() {
        let (none, old) = (params(json!({})), params(json!({"max_tokens": 8})));
        let new = params(json!({"max_completion_tokens": 20}));
        let raised = params(json!({"max_tokens": 64}));
        assert_eq!(max_output_tokens(&[&none, &none]), None);
        assert_eq!(max_output_tokens(&[&new, &none]), Some(20));
        assert_eq!(max_output_tokens(&[&old, &raised]), Some(64));
        assert_eq!(max_output_tokens(&[&raised, &old]), Some(8));
        assert_eq!(max_output_tokens(&[&old, &new]), Some(20));
        assert_eq!(with_max_output(&[&old, &none], 32), raised_to(32));
        assert_eq!(with_max_output(&[&none], 32), raised_to(32));
        let both = with_max_output(&[&old, &new], 32);
        assert_eq!((both.len(), max_output_tokens(&[&both])), (2, Some(32)));
    }

    #[test]
    fn a_later_set_overrides_and_null_takes_away() {
        let first = params(json!({"n": 2, "stop": "END"}));
        let second = params(json!({"n": null, "seed": 0}));
        let both = [&first, &second];
        assert_eq!(param(&both, "n"), None);
        assert_eq!(param(&both[..1], "n"), Some(&json!(2)));
        assert_eq!(param(&both, "stop"), Some(&json!("END")));
        assert_eq!(param(&both, "seed"), Some(&json!(0)));
        assert_eq!(param(&both, "other"), None);
    }

    fn raised_to(n: u64) -> Params {
        params(json!({"max_tokens": n}))
    }
}
