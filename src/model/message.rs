//! A prompt as the endpoint gets it: chat messages with roles, and the tools that may be called.

use super::{Media, MediaKind, ToolCall, ToolSet, output_with_calls, text_without_calls};
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
    /// What a tool answers to a call.
    Tool,
}

impl Role {
    /// All roles, in the order in which an error lists them.
    pub const ALL: [Role; 5] = [
        Role::System,
        Role::Developer,
        Role::User,
        Role::Assistant,
        Role::Tool,
    ];

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
    /// The tools that the assistant calls in it, each with its id. The content ends with them, as outputs do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall>,
    /// Of a message of a tool: the id of the call that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_call_id: Option<String>,
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
            tool_calls: Vec::new(),
            tool_call_id: None,
        }
    }

    /// A message of the assistant that calls tools.
    pub fn calling(said: String, calls: Vec<ToolCall>) -> Message {
        Message {
            tool_calls: calls.clone(),
            ..Message::new(Role::Assistant, output_with_calls(said, &calls))
        }
    }

    /// What a tool answers to the call of this id.
    pub fn of_tool(call: String, content: String) -> Message {
        Message {
            tool_call_id: Some(call),
            ..Message::new(Role::Tool, content)
        }
    }

    /// The content without the tool calls.
    pub fn said(&self) -> &str {
        text_without_calls(&self.content, &self.tool_calls)
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
        if length < self.content.len() {
            self.tool_calls.clear();
        }
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
    /// The messages that the model itself says, in order; none in a prompt that is sent once, without a conversation.
    pub replies: Vec<Reply>,
}

/// A message of a conversation that the model says: its answer to all before it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Reply {
    /// What the template calls it, else its number, from 1.
    pub name: String,
    /// Which of the messages it is.
    pub message: usize,
}

/// What the model said in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenReply {
    pub name: String,
    pub text: String,
}

impl Reply {
    /// What stands in the place of a reply that is not known yet.
    pub fn placeholder(name: &str) -> String {
        format!("[reply {name}]")
    }
}

impl Prompt {
    /// A prompt without tools.
    pub fn new(messages: Vec<Message>) -> Prompt {
        Prompt {
            messages,
            ..Prompt::default()
        }
    }

    /// How many calls it takes: one for each reply, and one for the answer to what stands below the last of them.
    pub fn calls(&self) -> usize {
        let ends_with_reply =
            (self.replies.last()).is_some_and(|last| last.message + 1 == self.messages.len());
        self.replies.len() + usize::from(!ends_with_reply)
    }

    /// The name of the reply that a call gives, from 0: as the template calls it, else its number.
    pub fn reply_name(&self, call: usize) -> Cow<'_, str> {
        match self.replies.get(call) {
            Some(reply) => Cow::Borrowed(&reply.name),
            None => Cow::Owned((call + 1).to_string()),
        }
    }

    /// What is sent in a call, from 0: the messages before the reply that it gives.
    pub fn call(&self, number: usize) -> Prompt {
        let Some(reply) = self.replies.get(number) else {
            return self.clone();
        };
        Prompt {
            messages: self.messages[..reply.message].to_vec(),
            tools: self.tools.clone(),
            replies: self.replies[..number].to_vec(),
        }
    }

    /// Length of all contents together, in bytes.
    pub fn content_len(&self) -> usize {
        self.messages.iter().map(|m| m.content.len()).sum()
    }

    /// Who says a message, and as which reply; of a tool its name.
    pub fn heading(&self, message: usize) -> Cow<'static, str> {
        let role = self.messages.get(message).map_or("", |m| m.role.as_str());
        let reply = self.replies.iter().find(|reply| reply.message == message);
        match (reply, self.answered_call(message)) {
            (Some(reply), _) => Cow::Owned(format!("{role}, reply {}", reply.name)),
            (None, Some(call)) => Cow::Owned(format!("{role} {}", call.name)),
            (None, None) => Cow::Borrowed(role),
        }
    }

    /// The call that a message of a tool answers.
    fn answered_call(&self, message: usize) -> Option<&ToolCall> {
        let id = self.messages.get(message)?.tool_call_id.as_ref()?;
        let before = self.messages[..message].iter().rev();
        let mut calls = before.flat_map(|m| &m.tool_calls);
        calls.find(|call| call.id.as_ref() == Some(id))
    }

    /// The calls of tools that the model made on its way, in a prompt as it was sent; `rendered` is what the template shows.
    pub fn calls_beyond(&self, rendered: &Prompt) -> Vec<ToolCall> {
        let calling = self.messages.iter().filter(|m| !m.tool_calls.is_empty());
        let beyond = calling.filter(|m| !rendered.messages.contains(m));
        beyond.flat_map(|m| m.tool_calls.iter().cloned()).collect()
    }

    /// Whether some of its messages call tools, or answer their calls.
    pub fn has_tool_messages(&self) -> bool {
        let is_of_tools = |m: &Message| !m.tool_calls.is_empty() || m.role == Role::Tool;
        self.messages.iter().any(is_of_tools)
    }

    /// Its texts for a reader, each with a heading: the messages with their roles, then the tools.
    pub fn sections(&self) -> impl Iterator<Item = (Cow<'static, str>, Cow<'_, str>)> {
        let messages = self.messages.iter().enumerate();
        let messages = messages.map(|(i, m)| (self.heading(i), Cow::Borrowed(m.content.as_str())));
        let tools = self
            .tools()
            .map(|tools| (Cow::Borrowed("tools"), Cow::Owned(tools.outline())));
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

    /// Whether it has documents that are not text, such as a PDF.
    pub fn has_documents(&self) -> bool {
        let media = self
            .messages
            .iter()
            .flat_map(|m| &m.parts)
            .map(|part| &part.media);
        media
            .into_iter()
            .any(|media| media.kind == MediaKind::File && !media.mime.starts_with("text/"))
    }

    /// The tools, where there are any.
    pub fn tools(&self) -> Option<&ToolSet> {
        self.tools.as_deref().filter(|tools| !tools.is_empty())
    }
}

/// With tools or replies, as it is stored.
#[derive(Serialize, Deserialize)]
struct WithMore<M, T, R> {
    messages: M,
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    tools: Option<T>,
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    replies: Option<R>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum StoredPrompt {
    Plain(Vec<Message>),
    WithMore(WithMore<Vec<Message>, ToolSet, Vec<Reply>>),
}

/// A list of messages; with tools or replies, an object.
impl Serialize for Prompt {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (tools, replies) = (self.tools(), &self.replies);
        if tools.is_none() && replies.is_empty() {
            return self.messages.serialize(serializer);
        }
        let with_more = WithMore {
            messages: &self.messages,
            tools,
            replies: (!replies.is_empty()).then_some(replies),
        };
        with_more.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Prompt {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Prompt, D::Error> {
        Ok(match StoredPrompt::deserialize(deserializer)? {
            StoredPrompt::Plain(messages) => Prompt::new(messages),
            StoredPrompt::WithMore(stored) => {
                let (messages, replies) = (stored.messages, stored.replies.unwrap_or_default());
                let mut from = 0;
                // A store may be anything: replies are messages of it, each behind the one before.
                let in_order = replies.iter().all(|reply| {
                    let fits = (from..messages.len()).contains(&reply.message);
                    from = reply.message + 1;
                    fits
                });
                Prompt {
                    replies: if in_order { replies } else { Vec::new() },
                    messages,
                    tools: stored.tools.map(Arc::new),
                }
            }
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
            replies: Vec::new(),
        };
        let text = serde_json::to_string(&with_tools).unwrap();
        assert_eq!(serde_json::from_str::<Prompt>(&text).unwrap(), with_tools);
        let heads: Vec<_> = with_tools.sections().map(|(head, _)| head).collect();
        assert_eq!(heads, ["user", "tools"]);
    }

    #[test]
    fn a_conversation_takes_a_call_for_each_reply_and_comes_back() {
        let says = |role, content: &str| Message::new(role, content);
        let mut prompt = Prompt::new(vec![
            says(Role::User, "Write it."),
            says(Role::Assistant, "[reply draft]"),
            says(Role::User, "Shorter."),
        ]);
        prompt.replies = vec![Reply {
            name: "draft".into(),
            message: 1,
        }];
        assert_eq!(prompt.calls(), 2);
        assert_eq!(prompt.call(0), Prompt::new(prompt.messages[..1].to_vec()));
        assert_eq!(prompt.call(1), prompt);
        let heads: Vec<_> = prompt.sections().map(|(head, _)| head).collect();
        assert_eq!(heads, ["user", "assistant, reply draft", "user"]);
        let text = serde_json::to_string(&prompt).unwrap();
        assert_eq!(serde_json::from_str::<Prompt>(&text).unwrap(), prompt);
        prompt.messages.truncate(2);
        assert_eq!(prompt.calls(), 1, "it ends with the reply");
        // Replies that are in no message, as no version writes them.
        let odd = text.replace("\"message\":1", "\"message\":9");
        assert_eq!(serde_json::from_str::<Prompt>(&odd).unwrap().replies, []);
    }
}
