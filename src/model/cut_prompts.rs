//! Prompts that a server cut without saying so.

use super::ModelRef;
use serde::{Deserialize, Serialize};

/// Answers of one model for which the server reports far fewer prompt tokens than were sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema, Deserialize)]
pub struct CutPrompts {
    pub model: ModelRef,
    pub answers: u64,
    /// Prompt tokens of the first of them, as the server reports them.
    pub reported: u64,
    /// The same, as counted here.
    pub counted: u64,
}

impl CutPrompts {
    /// Add what was found to what is known, one entry per model.
    pub fn add(known: &mut Vec<CutPrompts>, found: &[CutPrompts]) {
        for cut in found {
            match known.iter_mut().find(|known| known.model == cut.model) {
                Some(known) => known.answers += cut.answers,
                None => known.push(cut.clone()),
            }
        }
    }
}
