//! Templates with errors: one does not keep a command from working with the others, but is reported, and the exit code is 1.

use super::context::CommandContext;
use crate::{display::count, engine::Plan};
use anyhow::bail;
use std::collections::HashSet;

/// Tell what is wrong with templates and leave them out; whether there was any. An error where none is left.
/// `doing` is what the command does with the others.
pub(super) fn leave_out_broken(
    place: &CommandContext,
    plan: &mut Plan,
    doing: &str,
) -> anyhow::Result<bool> {
    plan.require_templates()?;
    let mut errors: Vec<String> = plan
        .templates
        .problems()
        .iter()
        .map(ToString::to_string)
        .collect();
    if !plan.is_empty() {
        // A name that has no value shows in the first row already.
        let row = plan.dataset.row(0)?;
        let mut keep = vec![true; plan.variants.len()];
        let mut told: HashSet<usize> = HashSet::new();
        for (v, keep) in keep.iter_mut().enumerate() {
            if let Err(error) = plan.prompt(v, &row) {
                *keep = false;
                if told.insert(plan.variants[v].template) {
                    errors.push(error.to_string());
                }
            }
        }
        if !keep.contains(&true) {
            bail!("{}", errors.join("\n\n"));
        }
        if keep.contains(&false) {
            plan.keep_variants(&keep);
        }
    }
    for error in &errors {
        place.messages.error(error);
    }
    if !errors.is_empty() {
        place.messages.note(&format!(
            "{doing} {}",
            count(plan.variants.len(), "other variant")
        ));
    }
    Ok(!errors.is_empty())
}
