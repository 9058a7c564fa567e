//! A trial in which the model speaks several times: what each call sends, and what its answer adds.
//!
//! A template is rendered with the replies so far, again after each of them; so a later text may quote an earlier reply. The
//! number of calls and their names are those of the first rendering.

use super::{
    EngineError, Plan,
    stored_answer::{AnswerQuery, AnswerSearch, RequestTarget, StoredAnswer},
};
use crate::{
    model::{Completion, GivenReply, Prompt, Row, TrialId, Usage, Variant},
    read::answer_text,
    store::Store,
    template::TemplateError,
};
use std::sync::Arc;

/// Why a conversation does not go on.
#[derive(Debug, thiserror::Error)]
pub enum ConversationError {
    #[error(transparent)]
    Template(#[from] TemplateError),
    #[error(
        "the reply `{0}` calls a tool, and nothing answers the call: end the template with that reply, or set tool_choice = \"none\""
    )]
    CallsTool(String),
}

/// What was said so far in a trial.
#[derive(Debug, Clone)]
pub struct Conversation<'p> {
    plan: &'p Plan,
    variant: &'p Variant,
    row: &'p Arc<Row>,
    /// All of it, with placeholders for what is not said yet.
    prompt: Prompt,
    given: Vec<GivenReply>,
}

impl<'p> Conversation<'p> {
    /// Nothing said yet; `prompt` is what the variant renders for the row.
    pub fn new(
        plan: &'p Plan,
        variant: &'p Variant,
        row: &'p Arc<Row>,
        prompt: Prompt,
    ) -> Conversation<'p> {
        Conversation {
            plan,
            variant,
            row,
            prompt,
            given: Vec::new(),
        }
    }

    /// All of it, with placeholders for what is not said yet.
    pub fn prompt(&self) -> &Prompt {
        &self.prompt
    }

    /// How many calls it takes.
    pub fn calls(&self) -> usize {
        self.prompt.calls()
    }

    /// How many of them are answered.
    pub fn answered(&self) -> usize {
        self.given.len()
    }

    /// What the next call sends; `None` where all are answered.
    pub fn next_call(&self) -> Option<Prompt> {
        (self.answered() < self.calls()).then(|| self.prompt.call(self.answered()))
    }

    /// The name of the reply that the next call gives.
    pub fn next_name(&self) -> String {
        self.prompt.reply_name(self.answered()).into_owned()
    }

    /// The last of its answers as the answer of the trial: its tokens and its time are those of all calls.
    pub(super) fn whole_answer(
        &self,
        answers: impl IntoIterator<Item = Completion>,
    ) -> Option<Completion> {
        let (mut usage, mut latency_ms) = (Usage::default(), 0.0);
        let mut last = None;
        for answer in answers {
            usage += answer.usage;
            latency_ms += answer.latency_ms;
            last = Some(answer);
        }
        let replies = match self.plan.scorer.reads_replies() {
            true => self.given.clone(),
            false => Vec::new(),
        };
        Some(Completion {
            usage,
            latency_ms,
            replies,
            ..last?
        })
    }

    /// Take the answer to the next call. Later messages hear what the model said, without its thoughts.
    pub fn take(&mut self, answer: &Completion) -> Result<(), ConversationError> {
        let name = self.next_name();
        let is_last = self.answered() + 1 == self.calls();
        if !is_last && !answer.tool_calls.is_empty() {
            return Err(ConversationError::CallsTool(name));
        }
        let text = answer_text(&answer.text).into_owned();
        self.given.push(GivenReply { name, text });
        // What ends with a reply shows it.
        if is_last && self.prompt.replies.len() < self.calls() {
            return Ok(());
        }
        let given: Arc<[GivenReply]> = self.given.as_slice().into();
        let prompt = self.plan.prompt_with(self.variant, self.row, &given)?;
        let names = |prompt: &Prompt| -> Vec<String> {
            prompt.replies.iter().map(|r| r.name.clone()).collect()
        };
        let (before, now) = (names(&self.prompt), names(&prompt));
        if (&before, self.prompt.calls()) != (&now, prompt.calls()) {
            return Err(TemplateError::new(format!(
                "what the model said changed its replies: they were {} in {} calls, and are {} in {} calls",
                listed(&before), self.prompt.calls(), listed(&now), prompt.calls(),
            ))
            .help("whether and how often the model speaks may not depend on its replies, so that calls are counted before they are sent")
            .about_row(&self.row.id)
            .into());
        }
        self.prompt = prompt;
        Ok(())
    }

    /// Take the answers that the store has, call by call, up to the first that it lacks; with the parameters of the
    /// variant, for one sample of a model.
    pub fn take_stored(
        &mut self,
        store: &Store,
        target: &RequestTarget,
        sample: u32,
        limits: &[u64],
    ) -> Result<Vec<StoredAnswer>, EngineError> {
        let mut taken = Vec::new();
        while let Some(prompt) = self.next_call() {
            let query = AnswerQuery {
                target,
                row: self.row,
                prompt: &prompt,
                params: [&self.plan.experiment.params, &self.variant.params],
                sample,
            };
            let Some(answer) = AnswerSearch::new(store, query, limits)?.answer else {
                break;
            };
            // One that cannot be taken is a failure of the trial, which is not kept as an answer.
            if self.take(&answer.completion).is_err() {
                break;
            }
            taken.push(answer);
        }
        Ok(taken)
    }
}

impl Plan {
    /// What the model said in a stored trial: by the prompt of its last call, and the answer to that.
    pub(super) fn stored_replies(
        &self,
        id: TrialId,
        row: &Arc<Row>,
        prompt: &Prompt,
        answer: &Completion,
    ) -> Vec<GivenReply> {
        // The stored prompt does not name the last reply.
        let Ok(rendered) = self.prompt(id.variant as usize, row) else {
            return Vec::new();
        };
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
}

fn listed(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}
