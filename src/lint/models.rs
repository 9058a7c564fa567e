//! Rules on what the table of models knows: parameters that a model does not take, and models that are shut down.

use super::{LintInput, ModelChat, input::spread_variants, warning::Warning};
use crate::{
    catalog::{ModelFacts, is_shutdown_near, shutdown_words},
    model::{Date, Variant},
};

/// Parameters of sampling that models without them refuse or ignore.
const SAMPLING: [&str; 2] = ["temperature", "top_p"];

/// Models that are shut down soon, or were.
pub(super) fn shutdowns(input: &LintInput<'_>) -> Vec<Warning> {
    let today = Date::today();
    let near = input.chats.iter().filter_map(|known| {
        let day = known.facts.shutdown?;
        is_shutdown_near(day, today).then(|| {
            let message = format!("{} is {}", known.model, shutdown_words(day, today));
            Warning::new("shutdown", message)
        })
    });
    near.collect()
}

/// `temperature` and `top_p` for models that take none.
pub(super) fn sampling(input: &LintInput<'_>) -> Vec<Warning> {
    let variants: Vec<Variant> = spread_variants(input.variants).collect();
    let mut all = Vec::new();
    for ModelChat { model, facts, .. } in input.chats {
        for name in SAMPLING {
            let is_set = variants.iter().any(|variant| {
                // 1 is the default, which is accepted.
                let value = (input.param)(variant, name).and_then(|value| value.as_f64());
                value.is_some_and(|value| value != 1.0) && takes_no_sampling(input, variant, facts)
            });
            if is_set {
                let message = format!(
                    "{model} takes no `{name}` other than 1: requests with it are refused, or it has no effect"
                );
                all.push(Warning::new("no-sampling", message));
            }
        }
    }
    all
}

/// Whether the table says so, or it is a reasoning model of OpenAI that reasons: those refuse it.
fn takes_no_sampling(input: &LintInput<'_>, variant: &Variant, facts: &ModelFacts) -> bool {
    let entry = facts.entry.as_ref().map_or("", |(name, _)| name);
    let is_openai = entry.starts_with("openai/") || entry.starts_with("azure/");
    let effort = (input.param)(variant, "reasoning_effort");
    let reasons = facts.features.reasoning == Some(true)
        && effort.is_none_or(|effort| effort.as_str() != Some("none"));
    facts.features.sampling == Some(false) || is_openai && reasons
}
