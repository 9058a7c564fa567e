//! Which sequences of roles the chat template takes.

use super::{
    Support,
    probing::{Finding, JUDGE, Probing, refused},
};
use crate::model::Role;
use serde_json::json;

const SYSTEM: &str = "You answer with one word.";

impl Probing<'_> {
    pub(super) async fn roles(&mut self) {
        let system = [(Role::System, SYSTEM), (Role::User, JUDGE)];
        let finding = self.is_taken(&system).await;
        self.found("system_role", finding);
        // Without them, shots and questions have to take turns.
        let twice = [(Role::User, SYSTEM), (Role::User, JUDGE)];
        let finding = self.is_taken(&twice).await;
        self.found("same_role_twice", finding);
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
