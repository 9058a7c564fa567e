//! What one call of a trial sends, before the model has said anything.

use crate::{
    model::{MessagePiece, Prompt, Reply},
    tokens::{Counter, TokenCount},
};
use std::borrow::Cow;

/// What one call of a prompt sends, with placeholders for what the model said before.
pub(super) struct CallPrompt<'a> {
    pub(super) prompt: Cow<'a, Prompt>,
    /// How often it holds an earlier reply.
    pub(super) heard: u64,
}

impl CallPrompt<'_> {
    /// The call of this number, from 0.
    pub(super) fn new(prompt: &Prompt, call: usize) -> CallPrompt<'_> {
        if prompt.replies.is_empty() {
            return CallPrompt {
                prompt: Cow::Borrowed(prompt),
                heard: 0,
            };
        }
        let sent = prompt.call(call);
        // Quoted ones may be in capitals.
        let texts = sent.messages.iter().map(|m| m.content.to_lowercase());
        let texts: Vec<String> = texts.collect();
        let heard = sent.replies.iter().map(|reply| {
            let placeholder = Reply::placeholder(&reply.name).to_lowercase();
            let times = texts.iter().map(|text| text.matches(&placeholder).count());
            times.sum::<usize>() as u64
        });
        CallPrompt {
            heard: heard.sum(),
            prompt: Cow::Owned(sent),
        }
    }

    /// Bytes of its texts.
    pub(super) fn bytes(&self) -> f64 {
        let pieces = self.prompt.messages.iter().flat_map(|m| m.pieces());
        let bytes = pieces.map(|piece| match piece {
            MessagePiece::Text(text) => text.len(),
            MessagePiece::Media(_) => 0,
        });
        bytes.sum::<usize>().max(1) as f64
    }

    /// Its tokens, where a reply has at most `max_output` of them.
    pub(super) fn tokens(&self, counter: &Counter, max_output: Option<u64>) -> TokenCount {
        let TokenCount { tokens, estimated } = counter.prompt(&self.prompt);
        TokenCount {
            tokens: tokens + self.heard * max_output.unwrap_or(0),
            estimated: estimated || self.heard > 0,
        }
    }
}
