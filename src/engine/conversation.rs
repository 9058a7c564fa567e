//! A trial in which the model speaks several times: what each call sends, and what its answer adds.
//!
//! A template is rendered with the replies so far, again after each of them; so a later text may quote an earlier reply. The
//! number of replies and their names are those of the first rendering. On the way to a reply the model may call tools, where a
//! program of the project answers them: then it is called once more, with what they said.

use super::{
    EngineError, Plan,
    stored_answer::{AnswerQuery, AnswerSearch, RequestTarget, StoredAnswer},
    tool_question::{AnsweredCall, ToolQuestion},
};
use crate::{
    model::{Completion, GivenReply, Message, Prompt, Row, ToolCall, Usage, Variant},
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
        "the reply `{0}` calls a tool, and nothing answers the call: name a program with tool_command, end the template with that reply, or set tool_choice = \"none\""
    )]
    CallsTool(String),
    #[error(
        "the reply `{reply}` calls tools more than {rounds} times (`max_rounds` of tool_command), and what stands below it needs what it says"
    )]
    TooManyRounds { reply: String, rounds: usize },
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
    /// For each reply, the last one not given yet: the calls of tools on the way to it, and what they answered.
    exchanges: Vec<Vec<Message>>,
    /// Calls that wait for their answers, the next one last.
    waiting: Vec<ToolCall>,
    answered_calls: Vec<AnsweredCall>,
}

/// What a conversation needs next.
#[derive(Debug)]
pub enum NextTurn<'c> {
    /// An answer of the model.
    Model(Prompt),
    /// An answer of a tool.
    Tool(ToolQuestion<'c>),
    /// Nothing.
    Over,
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
            exchanges: vec![Vec::new()],
            waiting: Vec::new(),
            answered_calls: Vec::new(),
        }
    }

    /// All of it, with placeholders for what is not said yet.
    pub fn prompt(&self) -> &Prompt {
        &self.prompt
    }

    /// How many replies it takes: as many calls, and more where tools are called.
    pub fn calls(&self) -> usize {
        self.prompt.calls()
    }

    /// How many of them are given.
    pub fn answered(&self) -> usize {
        self.given.len()
    }

    /// What comes next.
    pub fn next_turn(&self) -> NextTurn<'_> {
        if let Some(call) = self.waiting.last() {
            return NextTurn::Tool(ToolQuestion {
                call,
                row: self.row,
                withheld: self.plan.experiment.answer.as_deref(),
                earlier: &self.answered_calls,
            });
        }
        match self.answered() < self.calls() {
            true => NextTurn::Model(self.next_prompt()),
            false => NextTurn::Over,
        }
    }

    /// What the next call sends.
    fn next_prompt(&self) -> Prompt {
        self.with_exchanges(self.prompt.call(self.answered()))
    }

    /// All of it, with what was said so far, and placeholders for the rest.
    pub fn transcript(&self) -> Prompt {
        self.with_exchanges(self.prompt.clone())
    }

    /// The messages that a template shows, with the calls of tools at their places.
    fn with_exchanges(&self, mut sent: Prompt) -> Prompt {
        for (reply, exchange) in self.exchanges.iter().enumerate().rev() {
            let later = sent.replies.get_mut(reply..).unwrap_or_default();
            let at = later.first().map_or(sent.messages.len(), |r| r.message);
            later.iter_mut().for_each(|r| r.message += exchange.len());
            sent.messages.splice(at..at, exchange.iter().cloned());
        }
        sent
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
        let answered = self.answered_calls.iter().map(|a| a.call.clone());
        Some(Completion {
            usage,
            latency_ms,
            replies,
            answered_calls: answered.collect(),
            ..last?
        })
    }

    /// Take the answer to the next call. Later messages hear what the model said, without its thoughts.
    pub fn take(&mut self, answer: &Completion) -> Result<(), ConversationError> {
        let name = self.next_name();
        let is_last = self.answered() + 1 == self.calls();
        if !answer.tool_calls.is_empty() {
            let known = self.call_ids();
            let exchange = self
                .exchanges
                .last_mut()
                .filter(|_| self.plan.answers_calls());
            let rounds = self.plan.tool_rounds();
            match exchange {
                Some(exchange) if rounds_of(exchange) < rounds => {
                    let message = calling(answer, known);
                    self.waiting = message.tool_calls.iter().rev().cloned().collect();
                    exchange.push(message);
                    return Ok(());
                }
                // As many calls as it wants are its reply.
                _ if is_last => {}
                Some(_) => {
                    return Err(ConversationError::TooManyRounds {
                        reply: name,
                        rounds,
                    });
                }
                None => return Err(ConversationError::CallsTool(name)),
            }
        }
        let text = answer_text(&answer.text).into_owned();
        self.given.push(GivenReply { name, text });
        self.exchanges.push(Vec::new());
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

    /// The ids of all calls of tools: those that the template shows, and those that were made.
    fn call_ids(&self) -> Vec<String> {
        let made = self.exchanges.iter().flatten();
        let messages = self.prompt.messages.iter().chain(made);
        let calls = messages.flat_map(|message| &message.tool_calls);
        calls.filter_map(|call| call.id.clone()).collect()
    }

    /// Take what a tool answered to the next of its calls.
    pub fn take_result(&mut self, result: &str) {
        let Some(call) = self.waiting.pop() else {
            return;
        };
        let id = call.id.clone().unwrap_or_default();
        if let Some(exchange) = self.exchanges.last_mut() {
            exchange.push(Message::of_tool(id, result.to_owned()));
        }
        let result = result.to_owned();
        self.answered_calls.push(AnsweredCall { call, result });
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
        loop {
            let prompt = match self.next_turn() {
                NextTurn::Model(prompt) => prompt,
                NextTurn::Tool(question) => {
                    let Some(tools) = &self.plan.tool_identity else {
                        break;
                    };
                    match store.completion(&question.key(tools, sample))? {
                        Some(result) => self.take_result(&result.text),
                        None => break,
                    }
                    continue;
                }
                NextTurn::Over => break,
            };
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

/// How often tools were called in an exchange.
fn rounds_of(exchange: &[Message]) -> usize {
    exchange.iter().filter(|m| !m.tool_calls.is_empty()).count()
}

/// The message of an answer that calls tools, each with an id of its own; `known` are those of the calls before.
fn calling(answer: &Completion, mut known: Vec<String>) -> Message {
    let mut calls = answer.tool_calls.clone();
    for call in &mut calls {
        // With an id that another call has, it would not be clear which of them is answered.
        let is_own = |id: &String| !id.is_empty() && !known.contains(id);
        call.id = call.id.take().filter(is_own);
        known.extend(call.id.clone());
    }
    for call in calls.iter_mut().filter(|call| call.id.is_none()) {
        let mut numbered = (known.len() + 1..).map(|number| format!("call_{number}"));
        call.id = numbered.find(|id| !known.contains(id));
        known.extend(call.id.clone());
    }
    let said = answer_text(answer.message_text()).into_owned();
    Message::calling(said, calls)
}

fn listed(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}
