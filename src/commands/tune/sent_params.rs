//! Request parameters that change the prompt of a wording beside its text: training files do not hold them.

use crate::engine::Plan;
use anyhow::bail;
use std::collections::BTreeSet;

/// Those that offer tools.
const TOOLS: [&str; 2] = ["tools", "functions"];

/// Those that servers put into the chat template.
const OF_TEMPLATE: [&str; 5] = [
    "chat_template",
    "chat_template_kwargs",
    "documents",
    "add_generation_prompt",
    "continue_final_message",
];

/// The names of the parameters of a wording's requests.
pub(super) struct SentParams<'a>(BTreeSet<&'a str>);

impl SentParams<'_> {
    pub(super) fn of(plan: &Plan, variant: usize) -> SentParams<'_> {
        let params = [&plan.experiment.params, &plan.variants[variant].params];
        let names = params.into_iter().flat_map(|params| params.keys());
        SentParams(names.map(String::as_str).collect())
    }

    /// An error where they offer tools, as for a wording that does.
    pub(super) fn check_tools(&self, wording: &str) -> anyhow::Result<()> {
        match TOOLS.into_iter().find(|name| self.0.contains(name)) {
            Some(name) => bail!(
                "the requests of the wording `{wording}` have `{name}` among their parameters, which training files do not hold; choose another with --variant"
            ),
            None => Ok(()),
        }
    }

    /// What they change of the prompt.
    pub(super) fn differences(&self) -> impl Iterator<Item = String> {
        let names = OF_TEMPLATE.into_iter().filter(|name| self.0.contains(name));
        names.map(|name| {
            format!(
                "the parameter `{name}` changes the prompt that is evaluated, and training files do not hold it"
            )
        })
    }
}
