//! The prompt of the template that is edited, as it is typed.

use super::plan_estimate::Diagnostic;
use crate::{engine::Plan, model::Prompt};
use std::{path::PathBuf, sync::Arc};

/// What a preview is of: change of the text, row, variant, and the plan.
type PreviewKey = (u64, usize, usize, Option<u64>);

/// The prompt of the template that is edited.
#[derive(Debug, Default)]
pub struct PromptPreview {
    pub is_hidden: bool,
    /// The last that could be rendered.
    pub shown: Option<Arc<Prompt>>,
    /// Where it begins to differ from the one shown before: message and byte.
    pub change: (usize, usize),
    /// Why the text as it is cannot be rendered.
    pub problem: Option<Diagnostic>,
    /// What was last asked for.
    pub requested: Option<PreviewKey>,
    /// The request that has not come back: one at a time, the next is of what is typed by then.
    pub pending: Option<u64>,
}

impl PromptPreview {
    /// Nothing is known of another text.
    pub fn reset(&mut self) {
        *self = PromptPreview {
            is_hidden: self.is_hidden,
            ..PromptPreview::default()
        };
    }

    /// Take what came. Where it cannot be rendered, the last prompt stays.
    pub fn take(&mut self, rendered: Result<Prompt, Diagnostic>) {
        match rendered {
            Ok(prompt) => {
                if let Some(before) = &self.shown {
                    self.change = first_change(before, &prompt);
                }
                self.problem = None;
                self.shown = Some(Arc::new(prompt));
            }
            Err(problem) => self.problem = Some(problem),
        }
    }
}

fn first_change(before: &Prompt, after: &Prompt) -> (usize, usize) {
    let mut pairs = before.messages.iter().zip(&after.messages);
    let same = |(a, b): (&crate::model::Message, &crate::model::Message)| a == b;
    let at = pairs.position(|pair| !same(pair));
    let at = at.unwrap_or(before.messages.len().min(after.messages.len()));
    match (before.messages.get(at), after.messages.get(at)) {
        (Some(a), Some(b)) => {
            let pairs = a.content.char_indices().zip(b.content.chars());
            let mut differ = pairs.filter(|((_, a), b)| a != b);
            let end = a.content.len().min(b.content.len());
            (at, differ.next().map_or(end, |((byte, _), _)| byte))
        }
        _ => (at, 0),
    }
}

/// What is to be rendered.
#[derive(Debug, Clone)]
pub struct PreviewSpec {
    /// Comes back with the prompt.
    pub number: u64,
    pub plan: Arc<Plan>,
    pub file: PathBuf,
    pub text: String,
    pub variant: String,
    pub row: usize,
}
