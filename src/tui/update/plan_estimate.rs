//! What the plan would send: asked for, and said where a save changed it.

use super::refresh;
use crate::{
    display::count,
    engine::Plan,
    tui::{
        PlanEstimate,
        model::{Effect, Job, Model},
    },
};
use std::sync::Arc;

/// Ask what the plan would send; an estimate still on its way is out of date.
pub(super) fn request_estimate(model: &mut Model, plan: Arc<Plan>, out: &mut Vec<Effect>) {
    let number = refresh::number(model);
    model.jobs.pending.estimate = Some(number);
    out.push(Job::PlanEstimate(number, plan).into());
}

/// The plan was counted.
pub(super) fn estimated(model: &mut Model, number: u64, estimate: PlanEstimate) {
    let fits = model.jobs.pending.estimate == Some(number)
        && model
            .answers
            .table
            .as_ref()
            .is_ok_and(|t| t.variants() == estimate.variant_tokens.len());
    if !fits {
        return;
    }
    if let Some(what) = model.workspace.saved_changes.take() {
        let cost = estimate
            .usd_at_most()
            .filter(|_| estimate.to_send() > 0)
            .map_or(String::new(), |usd| {
                format!(", at most {}", crate::tui::view::money(usd))
            });
        let serious = estimate.problems().count();
        let wrong = if serious > 0 {
            format!("; {}. !: show", count(serious, "problem"))
        } else {
            String::new()
        };
        let about = if estimate.scaled { "~" } else { "" };
        model.notify(format!(
            "saved: {what} → {about}{} of {} calls to send{cost}{wrong}. r: run",
            estimate.to_send(),
            estimate.calls()
        ));
    }
    model.workspace.estimate = Some(estimate);
}
