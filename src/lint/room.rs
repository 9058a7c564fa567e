//! Rules on the room for answers.

use super::{LintInput, input::spread_variants, warning::Warning};
use crate::{display::fit, model::right_texts, tokens::Counter};

/// A `max_tokens` below what the answers need that the metric looks for, or below those that the shots show.
pub(super) fn max_tokens(input: &LintInput<'_>) -> Option<Warning> {
    let limits = spread_variants(input.variants)
        .filter_map(|variant| Some(((input.max_tokens)(&variant)?, variant.template)));
    let (limit, template) = limits.min()?;
    let (needed, which) = longest(input)?;
    (needed > limit).then(|| {
        Warning::new(
            "max-tokens",
            format!(
                "max_tokens is {limit}, but {which} takes about {needed} tokens: such answers will be cut; set max_tokens to {} or more",
                // A model seldom says nothing else.
                2 * needed
            ),
        )
        .in_template(template)
    })
}

/// The tokens of the longest answer that is expected, and which that is.
fn longest(input: &LintInput<'_>) -> Option<(u64, String)> {
    let counter = Counter::approximate();
    let tokens = |text: &str| counter.text(text).tokens;
    let of_labels = input
        .labels
        .iter()
        .map(|label| (tokens(label), format!("the label `{label}`")));
    let of_shots = input.shots.iter().filter_map(|shot| {
        let answer = shot.expected_text()?;
        Some((
            tokens(&answer),
            format!("the answer of the shot `{}`", fit(&answer, 60)),
        ))
    });
    let of_rows = (0..)
        .map_while(|row| (input.answers)(row))
        .filter_map(|(id, expected)| {
            // Where several are right, the shortest is enough.
            let expected = expected?;
            let least = right_texts(&expected)
                .iter()
                .map(|text| tokens(text))
                .min()?;
            Some((least, format!("the expected answer of row {id}")))
        });
    let by_tokens = |(n, _): &(u64, String)| *n;
    if !input.labels.is_empty() {
        return of_labels.chain(of_shots).max_by_key(by_tokens);
    }
    match input.compares_expected {
        true => of_rows.chain(of_shots).max_by_key(by_tokens),
        false => of_shots.max_by_key(by_tokens),
    }
}
