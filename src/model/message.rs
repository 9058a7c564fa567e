//! A prompt as the endpoint gets it: chat messages with roles.

use serde::{Deserialize, Serialize};

/// Who speaks in a message.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    strum::Display,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Role {
    /// Instructions to the model.
    System,
    /// Instructions to a reasoning model.
    Developer,
    User,
    Assistant,
}

impl Role {
    /// All roles, in the order in which an error lists them.
    pub const ALL: [Role; 4] = [Role::System, Role::Developer, Role::User, Role::Assistant];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The role of that name, if there is one.
    pub fn parse(name: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.as_str() == name)
    }
}

/// One message of a prompt.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Message {
    pub role: Role,
    /// What is said, exactly as sent.
    pub content: String,
}

/// A variant rendered for a row: the messages, exactly as sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Prompt {
    pub messages: Vec<Message>,
}

impl Prompt {
    /// Length of all contents together, in bytes.
    pub fn content_len(&self) -> usize {
        self.messages.iter().map(|m| m.content.len()).sum()
    }
}
