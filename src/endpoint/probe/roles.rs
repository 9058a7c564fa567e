//! Which sequences of roles the chat template takes, and what it adds by itself.

use super::{
    Support,
    probing::{Finding, JUDGE, Probing, refused},
};
use crate::{endpoint::AttemptFailure, model::Role};
use serde_json::json;

const SYSTEM: &str = "You answer with one word.";
/// A user message of its own: servers that count only what they had not cached would count the other too low.
const GREETING: &str = "Say hello to the first visitor of the day.";
/// A system message of one token.
const SHORT: &str = "Hi";

impl Probing<'_> {
    pub(super) async fn roles(&mut self) {
        let system = [(Role::System, SYSTEM), (Role::User, JUDGE)];
        let finding = self.is_taken(&system).await;
        let takes_system = finding.0 == Support::Yes;
        self.found("system_role", finding);
        // Without them, shots and questions have to take turns.
        let twice = [(Role::User, SYSTEM), (Role::User, JUDGE)];
        let finding = self.is_taken(&twice).await;
        self.found("same_role_twice", finding);
        if takes_system {
            let finding = self.added_system().await;
            self.found("added_system", finding);
        }
    }

    /// A system message makes a prompt longer, unless it takes the place of one that the server adds.
    async fn added_system(&mut self) -> Finding {
        let bare = self.prompt_tokens(&[(Role::User, GREETING)]).await;
        let with_own = [(Role::System, SHORT), (Role::User, GREETING)];
        match (bare, self.prompt_tokens(&with_own).await) {
            (Err(failed), _) | (_, Err(failed)) => refused(&failed),
            (Ok(Some(bare)), Ok(Some(with_own))) if with_own <= bare => {
                let added = bare - with_own + 1;
                let note = format!(
                    "messages without a system message get the server's own, of about {added} tokens"
                );
                (Support::Yes, Some(note))
            }
            (Ok(Some(_)), Ok(Some(_))) => (Support::No, None),
            _ => (Support::Unclear, Some("tokens are not reported".to_owned())),
        }
    }

    async fn prompt_tokens(
        &mut self,
        messages: &[(Role, &str)],
    ) -> Result<Option<u64>, AttemptFailure> {
        let params = json!({"max_tokens": 16});
        let reply = self
            .ask_messages(messages, params, false, &mut |_| {})
            .await?;
        let usage = reply.completion.usage;
        Ok((!usage.estimated).then_some(usage.prompt))
    }

    async fn is_taken(&mut self, messages: &[(Role, &str)]) -> Finding {
        let params = json!({"max_tokens": 16});
        match self
            .ask_messages(messages, params, false, &mut |_| {})
            .await
        {
            Ok(_) => (Support::Yes, None),
            Err(failed) => refused(&failed),
        }
    }
}
