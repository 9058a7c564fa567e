//! Parameters that the interface of an endpoint does not have.

use crate::{
    engine::Plan,
    model::NOT_IN_RESPONSES,
    project::{Api, Project},
};
use std::collections::BTreeSet;

/// That a model is sent parameters which its interface does not have, a note each.
pub(super) fn interface_params(project: &Project, plan: &Plan) -> Vec<String> {
    let mut notes = Vec::new();
    for model in &plan.models {
        if project
            .endpoint(model)
            .is_none_or(|spec| spec.api != Api::Responses)
        {
            continue;
        }
        let sets = (0..plan.variants.len()).flat_map(|variant| plan.params(variant));
        let sent: BTreeSet<&str> = sets
            .flat_map(|params| params.iter().filter(|(_, value)| !value.is_null()))
            .map(|(name, _)| name.as_str())
            .collect();
        let lacking: Vec<String> = NOT_IN_RESPONSES
            .iter()
            .filter(|name| sent.contains(**name))
            .map(|name| format!("no `{name}`"))
            .collect();
        if !lacking.is_empty() {
            notes.push(format!(
                "{model}: the Responses API has {}; servers refuse or ignore what they do not know",
                lacking.join(" and ")
            ));
        }
    }
    notes
}
