//! The calls of a probe.

use super::{Feature, Support};
use crate::{
    endpoint::{AttemptFailure, Client, Delta, reply::Reply},
    model::{FailureKind, Message, Params, Prompt, Role},
    retry::retry_unbounded,
};
use parking_lot::Mutex;
use serde_json::Value;
use std::borrow::Cow;
use tokio::sync::Notify;

/// Retries of a call, where the endpoint is busy or a parameter goes by another name.
const RETRIES: u32 = 2;

/// The prompt of most calls.
pub(super) const JUDGE: &str =
    "Answer with one word: positive or negative.\nA wonderful, sunny day.";

pub(super) struct Probing<'a> {
    pub(super) client: &'a Client,
    pub(super) model: &'a str,
    pub(super) calls: u32,
    pub(super) features: Vec<Feature>,
}

pub(super) type Finding = (Support, Option<String>);

impl<'a> Probing<'a> {
    pub(super) fn new(client: &'a Client, model: &'a str) -> Probing<'a> {
        Probing {
            client,
            model,
            calls: 0,
            features: Vec::new(),
        }
    }
}

impl Probing<'_> {
    pub(super) async fn ask(
        &mut self,
        text: &str,
        params: Value,
        stream: bool,
    ) -> Result<Reply, AttemptFailure> {
        self.ask_messages(&[(Role::User, text)], params, stream, &mut |_| {})
            .await
    }

    pub(super) async fn ask_messages(
        &mut self,
        messages: &[(Role, &str)],
        params: Value,
        stream: bool,
        on_delta: &mut (dyn FnMut(Delta<'_>) + Send),
    ) -> Result<Reply, AttemptFailure> {
        let messages = messages
            .iter()
            .map(|(role, content)| Message::new(*role, (*content).to_owned()));
        let prompt = Prompt::new(messages.collect());
        let params: Params = params.as_object().cloned().unwrap_or_default();
        let request = self.client.request(self.model, &prompt, &[&params], stream);
        let client = self.client;
        let on_delta = tokio::sync::Mutex::new(on_delta);
        let (attempts, reply) = retry_unbounded(RETRIES, || async {
            let mut on_delta = on_delta.lock().await;
            client
                .exchange(client.spec().timeout, self.model, &request, &mut **on_delta)
                .await
        })
        .await;
        self.calls += attempts;
        reply
    }

    /// A streamed answer; `None` where it was broken off after so many characters, for a limit that is ignored must not cost a
    /// whole context.
    pub(super) async fn ask_bounded(
        &mut self,
        text: &str,
        params: Value,
        most: usize,
    ) -> Result<Option<Reply>, AttemptFailure> {
        let (length, is_long) = (Mutex::new(0), Notify::new());
        let mut count = |delta: Delta<'_>| {
            let (Delta::Text(text) | Delta::Reasoning(text) | Delta::ToolCall(text)) = delta;
            let mut length = length.lock();
            *length += text.chars().count();
            if *length > most {
                is_long.notify_one();
            }
        };
        let messages = [(Role::User, text)];
        let calls = self.calls;
        tokio::select! {
            reply = self.ask_messages(&messages, params, true, &mut count) => {
                let reply = reply?;
                let is_short = reply.completion.text.chars().count() <= most;
                return Ok(is_short.then_some(reply));
            }
            () = is_long.notified() => {}
        }
        self.calls = calls + 1;
        Ok(None)
    }

    pub(super) fn found(&mut self, name: impl Into<Cow<'static, str>>, (support, note): Finding) {
        self.features.push(Feature {
            name: name.into(),
            support,
            note,
        });
    }
}

/// Whether a failure is about the parameter.
pub(super) fn refused(failed: &AttemptFailure) -> Finding {
    let support = match failed.failure.kind {
        FailureKind::BadRequest => Support::Refused,
        _ => Support::Unclear,
    };
    (support, Some(failed.failure.to_string()))
}
