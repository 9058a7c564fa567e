//! Rules on what the model's chat template does with the messages of a prompt.

use super::{LintInput, ModelChat, probe::Probe, warning::Warning};
use crate::{catalog::ModelTable, model::Role};

/// Messages that a model's chat template refuses, and prompts to which it adds a system prompt of its own.
pub(super) fn chat_template(input: &LintInput<'_>, probe: &Probe) -> Vec<Warning> {
    let messages = &probe.prompt().messages;
    let system = messages.iter().position(|m| m.role == Role::System);
    let repeated = messages
        .windows(2)
        .position(|pair| pair[0].role == pair[1].role);
    let mut all = Vec::new();
    let last = messages.len().saturating_sub(1);
    let is_prefill = messages.last().is_some_and(|m| m.role == Role::Assistant);
    for ModelChat { model, chat, facts } in input.chats {
        let mut add = |rule, message: String, at: Option<usize>, fatal| {
            let place = at.and_then(|message| probe.place(input, message, 0));
            let mut warning = Warning::new(rule, message).with_place(place);
            warning.fatal = fatal;
            all.push(warning.in_template(probe.variant.template));
        };
        if let Some(at) = system.filter(|_| chat.system_role == Some(false)) {
            let message = format!(
                "the chat template of {model} refuses system messages; put this text into the first user message"
            );
            add("system-role", message, Some(at), true);
        }
        if let Some(at) = repeated.filter(|_| chat.same_role_twice == Some(false)) {
            let message = format!(
                "the chat template of {model} refuses two {} messages in a row; join them, or put an answer between them",
                messages[at].role
            );
            add("role-order", message, Some(at + 1), true);
        }
        if is_prefill && facts.features.prefill == Some(false) {
            let message = format!(
                "{model} refuses a last message of the assistant (facts: {}); put what the answer should begin with into the last user message",
                ModelTable::current().source
            );
            add("refused-prefill", message, Some(last), false);
        }
        if let (None, Some(added)) = (system, &chat.added_system) {
            let text = match added.as_str() {
                "" => String::new(),
                text => format!(" ({text:?})"),
            };
            let message = format!(
                "the server of {model} adds a system prompt of its own{text}, because this prompt has none; write one to control it"
            );
            add("added-system", message, Some(0), false);
        }
    }
    all
}
