//! What a model is known to have said: in a conversation of the store, and in that of a stored trial.

use super::{Conversation, EngineError, Plan};
use crate::{
    model::{Completion, GivenReply, Prompt, Row, TrialId},
    read::answer_text,
    store::Store,
};
use std::sync::Arc;

/// A conversation with what a model is known to have said in it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredConversation {
    pub prompt: Prompt,
    /// Place of the model among those of the plan.
    pub model: usize,
    /// How many replies are known.
    pub replies: usize,
}

impl Plan {
    /// What the first of the models that have said something in a conversation said, in its first sample; `None` where nothing
    /// is stored.
    pub fn stored_conversation(
        &self,
        store: &Store,
        variant: usize,
        row: &Arc<Row>,
        prompt: &Prompt,
    ) -> Result<Option<StoredConversation>, EngineError> {
        let limits = store.raised_limits()?;
        for (model, name) in self.models.iter().enumerate() {
            let Some(spec) = self.endpoints.get(&name.endpoint) else {
                continue;
            };
            let target = self.request_target(spec, name);
            let of = &self.variants[variant];
            let mut conversation = Conversation::new(self, of, row, prompt.clone());
            let stored = conversation.take_stored(store, &target, 0, &limits)?;
            if !stored.is_empty() {
                return Ok(Some(StoredConversation {
                    prompt: conversation.transcript(),
                    model,
                    replies: conversation.answered(),
                }));
            }
        }
        Ok(None)
    }

    /// Whether an answer's conversation says more than its text: a metric reads replies, or tools were called.
    pub(super) fn reads_conversations(&self) -> bool {
        self.scorer.reads_replies() || self.answers_calls()
    }

    /// Add to a stored answer what its prompt alone has: what was said in its conversation, and the tools that were called on the
    /// way. `prompt` reads it, where it is needed.
    pub(super) fn add_conversation<E>(
        &self,
        id: TrialId,
        row: &Arc<Row>,
        completion: &mut Completion,
        prompt: impl FnOnce() -> Result<Option<Prompt>, E>,
    ) -> Result<(), E> {
        if !self.reads_conversations() {
            return Ok(());
        }
        let Some(prompt) = prompt()? else {
            return Ok(());
        };
        // The stored prompt names neither the last reply nor the calls that the template shows.
        let Ok(rendered) = self.prompt(id.variant as usize, row) else {
            return Ok(());
        };
        if self.scorer.reads_replies() {
            completion.replies = stored_replies(&rendered, &prompt, completion);
        }
        if self.answers_calls() {
            completion.answered_calls = prompt.calls_beyond(&rendered);
        }
        Ok(())
    }
}

/// What the model said in a stored trial: by the prompt of its last call, and the answer to that. `rendered` has all its names.
fn stored_replies(rendered: &Prompt, prompt: &Prompt, answer: &Completion) -> Vec<GivenReply> {
    let calls = rendered.calls();
    let given = (0..calls).filter_map(|call| {
        let text = match prompt.replies.get(call) {
            Some(reply) => prompt.messages.get(reply.message)?.content.clone(),
            None if call + 1 == calls => answer_text(&answer.text).into_owned(),
            None => return None,
        };
        let name = rendered.reply_name(call).into_owned();
        Some(GivenReply { name, text })
    });
    given.collect()
}
