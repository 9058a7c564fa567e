//! What is refused before a search sends anything: rows, calls and prices that are not enough, names that are not there.

use crate::{
    catalog::price,
    commands::context::CommandContext,
    display::{count, visible},
    engine::Plan,
    model::ModelRef,
    optimize::ShorteningSettings,
    project::EndpointSpec,
};
use anyhow::{anyhow, bail};

/// Enough rows that a difference could be shown to be within the margin, if no answer changed.
pub(super) fn check_margin(
    margin: f64,
    alpha: f64,
    sealed: usize,
    selection: usize,
) -> anyhow::Result<()> {
    // Sealed rows are judged by a 95 % interval, a step by half of its level at the last look.
    for (rows, which, alpha) in [(sealed, "sealed", 0.025), (selection, "open", alpha / 2.0)] {
        let needed = ShorteningSettings::rows_needed(margin, alpha);
        if rows < needed {
            bail!(
                "{} cannot show that a wording is at most {} points worse, even if no answer changes; about {needed} are needed, or a wider --margin",
                count(rows, &format!("{which} row")),
                margin * 100.0
            );
        }
    }
    Ok(())
}

/// The endpoints of the models are there, and their prices where dollars are capped: an unknown price would never reach the cap.
pub(super) fn check_endpoints(
    place: &CommandContext,
    models: &[ModelRef],
    caps_usd: bool,
) -> anyhow::Result<()> {
    for model in models {
        let endpoint = place.project.endpoints.get(&model.endpoint);
        let is_priced = |e: &EndpointSpec| e.demo || price(&model.model, Some(e)).is_some();
        if caps_usd && endpoint.is_some_and(|e| !is_priced(e)) {
            bail!(
                "--budget-usd: the price of {model} is not known; add `price = {{ input = …, output = … }}` under [endpoint.{}.model.\"{}\"] in wording.toml, or leave the flag out and use --budget-calls and --writer-calls",
                model.endpoint,
                model.model
            );
        }
        place.require_endpoint(model)?;
    }
    Ok(())
}

/// The variant to begin with.
pub(super) fn start_variant(plan: &Plan, name: Option<&str>) -> anyhow::Result<usize> {
    let Some(name) = name else {
        return Ok(plan.baseline);
    };
    let found = plan.variants.iter().position(|v| v.name == name);
    found.ok_or_else(|| {
        let known: Vec<&str> = plan
            .variants
            .iter()
            .map(|v| v.name.as_str())
            .take(12)
            .collect();
        anyhow!(
            "no variant `{}`; available: {}",
            visible(name),
            known.join(", ")
        )
    })
}

/// Calls without which a search cannot end.
pub(super) struct SearchCalls {
    /// Those on sealed rows.
    pub(super) sealed: u64,
    /// Those of the first steps.
    pub(super) first: u64,
}

impl SearchCalls {
    /// Whether a budget is enough for them.
    pub(super) fn check(&self, budget: u64) -> anyhow::Result<()> {
        let least = self.sealed + self.first;
        if budget < least {
            bail!(
                "--budget-calls {budget} is too little: the sealed rows alone take {}, and the first steps of the search {}; at least {least}",
                count(self.sealed as usize, "call"),
                self.first
            );
        }
        Ok(())
    }
}
