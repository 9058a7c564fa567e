//! A prompt as the endpoint gets it: chat messages with roles, and the tools that may be called.

use super::{Media, ToolSet};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{borrow::Cow, ops::Range, sync::Arc};

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

/// One message of a prompt: text, with images, audio and files at their places in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Message {
    pub role: Role,
    /// What is said, exactly as sent; where another part stands, its label, such as `[image photos/kettle.png]`.
    pub content: String,
    /// The parts that are not text, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<MessagePart>,
}

/// A part of a message that is not text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MessagePart {
    /// The bytes of the content that its label takes up.
    pub label: Range<usize>,
    pub media: Media,
}

/// A piece of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessagePiece<'a> {
    Text(&'a str),
    Media(&'a Media),
}

impl Message {
    /// A message of text alone.
    pub fn new(role: Role, content: impl Into<String>) -> Message {
        Message {
            role,
            content: content.into(),
            parts: Vec::new(),
        }
    }

    /// Its pieces in order: all of the text where it has no other part, else the texts between the parts, without the white
    /// space at their ends.
    pub fn pieces(&self) -> Vec<MessagePiece<'_>> {
        if self.parts.is_empty() {
            return vec![MessagePiece::Text(&self.content)];
        }
        let text = |range: Range<usize>| {
            let text = self.content.get(range).unwrap_or_default().trim();
            (!text.is_empty()).then_some(MessagePiece::Text(text))
        };
        let mut pieces = Vec::with_capacity(2 * self.parts.len() + 1);
        let mut from = 0;
        for part in &self.parts {
            pieces.extend(text(from..part.label.start));
            pieces.push(MessagePiece::Media(&part.media));
            from = part.label.end;
        }
        pieces.extend(text(from..self.content.len()));
        pieces
    }

    /// Keep the first bytes of the content, and the parts that are wholly in them.
    pub fn truncate(&mut self, length: usize) {
        self.content.truncate(length);
        self.parts.retain(|part| part.label.end <= length);
    }
}

/// A variant rendered for a row: the messages, exactly as sent, and the tools.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Prompt {
    pub messages: Vec<Message>,
    /// The tools that may be called; `None` where the experiment has none.
    pub tools: Option<Arc<ToolSet>>,
}

impl Prompt {
    /// A prompt without tools.
    pub fn new(messages: Vec<Message>) -> Prompt {
        Prompt {
            messages,
            tools: None,
        }
    }

    /// Length of all contents together, in bytes.
    pub fn content_len(&self) -> usize {
        self.messages.iter().map(|m| m.content.len()).sum()
    }

    /// Its texts for a reader, each with a heading: the messages with their roles, then the tools.
    pub fn sections(&self) -> impl Iterator<Item = (&'static str, Cow<'_, str>)> {
        let messages = self.messages.iter();
        let messages = messages.map(|m| (m.role.as_str(), Cow::Borrowed(m.content.as_str())));
        let tools = self
            .tools()
            .map(|tools| ("tools", Cow::Owned(tools.outline())));
        messages.chain(tools)
    }

    /// All of them as one text, the headings in brackets.
    pub fn transcript(&self) -> String {
        let sections = self.sections();
        let texts: Vec<String> = sections
            .map(|(head, text)| format!("[{head}]\n{text}"))
            .collect();
        texts.join("\n")
    }

    /// Whether it has parts that are not text.
    pub fn has_media(&self) -> bool {
        self.messages.iter().any(|m| !m.parts.is_empty())
    }

    /// The tools, where there are any.
    pub fn tools(&self) -> Option<&ToolSet> {
        self.tools.as_deref().filter(|tools| !tools.is_empty())
    }
}

/// With tools, as they are stored.
#[derive(Serialize, Deserialize)]
struct WithTools<M, T> {
    messages: M,
    tools: T,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum StoredPrompt {
    Plain(Vec<Message>),
    WithTools(WithTools<Vec<Message>, ToolSet>),
}

/// A list of messages; with tools, an object of both.
impl Serialize for Prompt {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.tools() {
            None => self.messages.serialize(serializer),
            Some(tools) => WithTools {
                messages: &self.messages,
                tools,
            }
            .serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Prompt {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Prompt, D::Error> {
        Ok(match StoredPrompt::deserialize(deserializer)? {
            StoredPrompt::Plain(messages) => Prompt::new(messages),
            StoredPrompt::WithTools(stored) => Prompt {
                messages: stored.messages,
                tools: Some(Arc::new(stored.tools)),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn prompts_without_tools_are_stored_as_ever_and_all_come_back() {
        let messages = vec![Message::new(Role::User, "hi")];
        let plain = Prompt::new(messages.clone());
        let text = serde_json::to_string(&plain).unwrap();
        assert_eq!(text, r#"[{"role":"user","content":"hi"}]"#);
        assert_eq!(serde_json::from_str::<Prompt>(&text).unwrap(), plain);
        let functions = vec![json!({"type": "function", "function": {"name": "stop"}})];
        let with_tools = Prompt {
            messages,
            tools: Some(Arc::new(ToolSet { functions })),
        };
        let text = serde_json::to_string(&with_tools).unwrap();
        assert_eq!(serde_json::from_str::<Prompt>(&text).unwrap(), with_tools);
        let heads: Vec<_> = with_tools.sections().map(|(head, _)| head).collect();
        assert_eq!(heads, ["user", "tools"]);
    }
}
