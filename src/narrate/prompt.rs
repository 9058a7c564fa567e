//! What is said of prompts as they were sent, and why one cannot be shown.

use crate::{display::count, model::ModelRef, project::ToolCommandSpec};

/// For one answer.
pub const PROMPT_NOT_STORED: &str = "The prompt of this answer was not stored.";

/// For a variant of a run; `lacks_prompts`: some answer of the run was stored without its prompt.
pub fn missing_prompt(lacks_prompts: bool) -> &'static str {
    match lacks_prompts {
        true => {
            "The prompts of these answers were not stored: the project had `store = { prompts = false }`, or they are older than that setting."
        }
        false => "None of the first rows has an answer, so no prompt is stored.",
    }
}

/// Which replies of a conversation are shown as they were said.
pub fn stored_replies(model: &ModelRef, known: usize, all: usize) -> String {
    format!("{known} of {all} replies are stored, as {model} gave them in its first sample")
}

/// How many more calls there may be than the planned ones, where a program answers the calls of tools.
pub fn more_calls(tools: &ToolCommandSpec, planned: u64) -> String {
    let rounds = tools.max_rounds;
    let most = planned.saturating_mul(rounds as u64 + 1);
    format!(
        "`{}` answers calls of tools, at most {} before a reply: up to {} in all",
        tools.program.command.display_name(),
        count(rounds, "time"),
        count(most as usize, "call")
    )
}

/// `plain, as sent for row r3`.
pub fn as_sent_for(variant: &str, row_id: &str) -> String {
    format!("{variant}, as sent for row {row_id}")
}

/// Of variants whose prompts a report leaves out; nothing where it has all.
pub fn prompts_left_out(variants: usize) -> Option<String> {
    let variants = (variants > 0).then(|| count(variants, "more variant"))?;
    Some(format!("{variants}: the JSON report has their prompts."))
}
