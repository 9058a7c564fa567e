//! How many trials of a run need no call, because the store has their answers or another trial sends the same request: for
//! the time left. The engine finds out itself when it comes to each.

use super::{order::Schedule, run::Run};
use crate::model::{RunEvent, TrialId};
use std::{collections::HashSet, sync::Arc};

/// So many trials of a model are looked at, spread over all of them; more would be slow without saying more.
const MAX_LOOKED_AT: u64 = 10_000;

/// Find out in the background and announce it.
pub(super) fn announce_reusable(run: &Arc<Run>) {
    let is_every_trial_sent = run.selection.policy.is_none();
    if !(run.options.reuse
        && run.more_room.is_none()
        && is_every_trial_sent
        && run.store.has_completions())
    {
        return;
    }
    let run = Arc::clone(run);
    tokio::spawn(async move {
        let counting = Arc::clone(&run);
        let trials = tokio::task::spawn_blocking(move || reusable(&counting)).await;
        if let Ok(trials @ 1..) = trials {
            run.channel.send(RunEvent::ReusableFound { trials }).await;
        }
    });
}

fn reusable(run: &Run) -> u64 {
    let schedule = Schedule::new(&run.plan, run.options.order);
    let step = schedule.len().div_ceil(MAX_LOOKED_AT).max(1);
    let mut seen = HashSet::new();
    let mut found = 0;
    for (model, target) in run.targets.iter().enumerate() {
        for number in (0..schedule.len()).step_by(step as usize) {
            let (variant, row, sample) = schedule.cell(number);
            let id = TrialId {
                variant,
                model: model as u32,
                row,
                sample,
            };
            if !run.selection.contains(id) {
                continue;
            }
            let Ok(row) = run.plan.dataset.row(id.row as usize) else {
                continue;
            };
            let Ok(prompt) = run.plan.prompt(variant as usize, &row) else {
                continue;
            };
            let params = run.plan.params(variant as usize);
            // What conversations take from the store is found when it comes to each call.
            if !run.plan.is_one_call(&prompt) {
                continue;
            }
            let prompt = prompt.call(0);
            let (_, key) = target
                .requests
                .request(&row, &prompt, &params, sample, false);
            found += u64::from(!seen.insert(key) || run.store.may_have(&key));
        }
    }
    found * step
}
