//! What variants of a plan would send, counted and priced: the data that `check`, `batch` and the session read.

use super::{Conversation, EngineError, Plan, RequestTarget};
use crate::{
    cost::{CostEstimate, UnknownCost},
    display::count,
    model::{ModelRef, Prompt, Row, Variant},
    store::Store,
    template::TemplateError,
    tokens::TokenCount,
};
use std::sync::Arc;

/// What variants would send to one model.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelEstimate {
    pub model: ModelRef,
    pub calls: u64,
    /// Calls without an answer in the store.
    pub to_send: u64,
    /// What all calls take.
    pub all: CostEstimate,
    /// What the calls to send take.
    pub new: CostEstimate,
    pub longest: Option<LongestPrompt>,
    /// The model's context window in tokens, if known.
    pub context: Option<u64>,
    /// Why nothing is said of what its calls cost at most.
    pub unknown_cost: Option<UnknownCost>,
}

/// The prompt that needs the largest context window.
#[derive(Debug, Clone, PartialEq)]
pub struct LongestPrompt {
    pub tokens: TokenCount,
    /// Variant and row.
    pub name: String,
    pub template: usize,
    /// 0 if unlimited.
    pub max_output: u64,
}

/// A prompt that cannot be rendered: the first one of its variant, and of all variants with the same error.
#[derive(Debug)]
pub struct PromptError {
    variant: String,
    row: String,
    /// Variants besides this one.
    others: usize,
    pub error: TemplateError,
}

impl PromptError {
    /// Which prompt it is: `careful, row s01, and 3 more variants`.
    pub fn prompt_name(&self) -> String {
        let others = match self.others {
            0 => String::new(),
            n => format!(", and {}", count(n, "more variant")),
        };
        format!("{}, row {}{others}", self.variant, self.row)
    }
}

/// What variants would send.
#[derive(Debug, Default)]
pub struct DesignEstimate {
    pub models: Vec<ModelEstimate>,
    /// Mean prompt tokens of each rendered variant, counted for the first model.
    pub variant_tokens: Vec<f64>,
    /// Calls of each rendered variant that are to be sent, over all models.
    pub variant_new: Vec<u64>,
    /// Whether only a part of the prompts was rendered.
    pub scaled: bool,
    pub errors: Vec<PromptError>,
}

impl DesignEstimate {
    pub(super) fn add_error(&mut self, variant: &str, row: &Row, error: TemplateError) {
        match self.errors.iter_mut().find(|e| e.error.is_same(&error)) {
            Some(known) => known.others += 1,
            None => self.errors.push(PromptError {
                variant: variant.to_owned(),
                row: row.id.clone(),
                others: 0,
                error,
            }),
        }
    }
}

/// A trial that would be sent.
#[derive(Debug, Clone, Copy)]
pub struct PlannedTrial<'a> {
    /// By its index in the plan.
    pub model: usize,
    pub variant: &'a Variant,
    pub row: &'a Arc<Row>,
    pub prompt: &'a Prompt,
    pub sample: u32,
}

impl PlannedTrial<'_> {
    /// How many of its calls have an answer in the store; those of a reply that calls tools count as one, once it is given.
    pub fn answered_calls(
        &self,
        plan: &Plan,
        store: &Store,
        target: &RequestTarget,
        limits: &[u64],
    ) -> Result<usize, EngineError> {
        let prompt = self.prompt.clone();
        let mut conversation = Conversation::new(plan, self.variant, self.row, prompt);
        conversation.take_stored(store, target, self.sample, limits)?;
        Ok(conversation.answered())
    }
}

/// How many calls of a trial have an answer in the store.
pub type AnsweredCalls<'a> = dyn Fn(&PlannedTrial<'_>) -> usize + 'a;
