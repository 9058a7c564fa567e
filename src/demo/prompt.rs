//! What the learner sees in the messages: the instruction, the shots, the labels, and what is asked.

use regex::Regex;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::sync::LazyLock;

/// One message of a request.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct ChatMessage {
    pub role: String,
    #[serde(default, deserialize_with = "content")]
    pub content: String,
}

/// What stands for a part that is not text: `[image image/png, 68 bytes]`, or its address.
fn shown_part(part: &Value) -> String {
    let kind = part["type"].as_str().unwrap_or_default();
    let word = kind.trim_start_matches("input_").trim_end_matches("_url");
    let fields = [
        ("image_url", "url"),
        ("file", "file_data"),
        ("input_audio", "data"),
        ("audio_url", "url"),
    ];
    let found = fields
        .iter()
        .find_map(|(outer, inner)| part[*outer][*inner].as_str());
    let source = found.unwrap_or_default();
    let bytes = |data: &str| data.trim_end_matches('=').len() * 3 / 4;
    match source
        .strip_prefix("data:")
        .and_then(|rest| rest.split_once(";base64,"))
    {
        Some((mime, data)) => format!("[{word} {mime}, {} bytes]", bytes(data)),
        None if kind == "input_audio" => format!(
            "[{word} {}, {} bytes]",
            part[kind]["format"].as_str().unwrap_or_default(),
            bytes(source)
        ),
        None => format!("[{word} {source}]"),
    }
}

/// A text, a list of parts, or null where there are only tool calls.
fn content<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let part = |part: &Value| match part["text"].as_str() {
        Some(text) => text.to_owned(),
        None => shown_part(part),
    };
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => text,
        Value::Array(parts) => parts.iter().map(part).collect::<Vec<_>>().join("\n"),
        _ => String::new(),
    })
}

/// A prompt taken apart.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Reading {
    /// Everything that is neither shot nor question.
    pub instruction: String,
    /// Text and label of each shot, in order.
    pub shots: Vec<(String, String)>,
    /// What is to be labelled.
    pub query: String,
    /// The labels that can be answered.
    pub labels: Vec<String>,
    /// `chat` where the shots are messages, `one` where all stands in one message, `talk` in a conversation.
    pub layout: &'static str,
}

impl Reading {
    /// Take messages apart. Shots are pairs of user and assistant messages, or blocks of one message whose last field
    /// has the name of the field that the message ends with.
    ///
    /// In a conversation, where the last message names the labels and the assistant has not said one of them, what was said
    /// before is the text that is to be labelled.
    pub(super) fn parse(messages: &[ChatMessage]) -> Reading {
        let mut reading = Reading::default();
        if let Some(labels) = asked_after_talk(messages) {
            let (before, last) = messages.split_at(messages.len() - 1);
            for message in before.iter().filter(|m| m.role != "tool") {
                let part = match message.role.as_str() {
                    "user" | "assistant" => &mut reading.query,
                    _ => &mut reading.instruction,
                };
                part.push_str(&message.content);
                part.push('\n');
            }
            reading.instruction += &last[0].content;
            (reading.labels, reading.layout) = (labels, "talk");
            return reading;
        }
        let mut asked: Option<&str> = None;
        for message in messages {
            match message.role.as_str() {
                // Calls of tools, and what the tools said.
                "tool" => {}
                "assistant" if message.content.trim().is_empty() => {}
                "assistant" => {
                    if let Some(text) = asked.take() {
                        reading
                            .shots
                            .push((text.to_owned(), message.content.trim().to_owned()));
                    }
                }
                "user" => {
                    if let Some(earlier) = asked.replace(&message.content) {
                        reading.instruction += earlier;
                        reading.instruction.push('\n');
                    }
                }
                _ => {
                    reading.instruction += &message.content;
                    reading.instruction.push('\n');
                }
            }
        }
        reading.query = asked.unwrap_or_default().to_owned();
        reading.layout = "chat";
        if reading.shots.is_empty() {
            reading.layout = if messages.len() == 1 { "one" } else { "chat" };
            reading.split_single_message();
        }
        reading.find_labels();
        reading
    }

    /// A message of blocks with labelled fields, ending in an open field such as `Sentiment:`.
    fn split_single_message(&mut self) {
        let text = std::mem::take(&mut self.query);
        let last = text.trim_end().lines().last().unwrap_or("").trim();
        let Some(open) = last
            .strip_suffix([':', '：'])
            .filter(|name| !name.is_empty() && name.chars().count() < 30)
        else {
            self.query = text;
            return;
        };
        let blocks: Vec<&str> = text
            .split("\n\n")
            .map(str::trim)
            .filter(|b| !b.is_empty())
            .collect();
        for (i, block) in blocks.iter().enumerate() {
            let (before, end) = block.rsplit_once('\n').unwrap_or(("", block));
            let value = end
                .trim()
                .strip_prefix(open)
                .map(|v| v.trim_start_matches([':', '：', '-', '|', '=']).trim());
            match value {
                Some("") | None if i + 1 == blocks.len() => self.query = before.to_owned(),
                Some(value) if !before.is_empty() && !value.is_empty() => {
                    self.shots.push((before.to_owned(), value.to_owned()));
                }
                _ => {
                    self.instruction += block;
                    self.instruction.push('\n');
                }
            }
        }
    }

    /// The labels of the shots; without shots, what the instruction offers to choose from.
    fn find_labels(&mut self) {
        for (_, label) in &self.shots {
            if !self.labels.contains(label) {
                self.labels.push(label.clone());
            }
        }
        if self.labels.is_empty() {
            self.labels = offered(&self.instruction);
        }
        if self.labels.is_empty() {
            self.labels = offered(&self.query);
        }
    }

    /// Whether the instruction asks for the label and nothing else.
    pub(super) fn asks_for_one_word(&self) -> bool {
        asks_for_one_word(&self.instruction)
    }
}

fn asks_for_one_word(text: &str) -> bool {
    let text = text.to_lowercase();
    [
        "one word",
        "single word",
        "only the label",
        "label only",
        "answer with",
        "一个词",
        "只回答",
    ]
    .iter()
    .any(|part| text.contains(part))
}

/// The labels that the last message asks to choose from, where the assistant has spoken before and has said none of them.
fn asked_after_talk(messages: &[ChatMessage]) -> Option<Vec<String>> {
    let last = messages.last().filter(|last| last.role == "user")?;
    let labels = offered(&last.content);
    let is_label = |said: &str| labels.iter().any(|label| label.eq_ignore_ascii_case(said));
    let mut said = messages.iter().filter(|m| m.role == "assistant").peekable();
    // A prompt that named its labels before has shots; and a text may say "or" without asking.
    let named_before = messages[..messages.len() - 1]
        .iter()
        .any(|m| m.role != "assistant" && !offered(&m.content).is_empty());
    let asks = asks_for_one_word(&last.content) && !named_before;
    let has_spoken = said.peek().is_some() && !labels.is_empty() && asks;
    (has_spoken && said.all(|m| !is_label(m.content.trim()))).then_some(labels)
}

fn offered(text: &str) -> Vec<String> {
    static LATIN: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"((?:[A-Za-z][\w-]*, )*[A-Za-z][\w-]*),? or ([A-Za-z][\w-]*)").ok()
    });
    static HAN: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?:是|：|:|为)(\p{Han}{2})(?:或者|或|还是)(\p{Han}{2})").ok()
    });
    if let Some(found) = LATIN.as_ref().and_then(|r| r.captures_iter(text).last()) {
        let mut labels: Vec<String> = found[1].split(", ").map(str::to_owned).collect();
        labels.push(found[2].to_owned());
        return labels;
    }
    match HAN.as_ref().and_then(|r| r.captures_iter(text).last()) {
        Some(found) => vec![found[1].to_owned(), found[2].to_owned()],
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(role: &str, content: &str) -> ChatMessage {
        ChatMessage {
            role: role.into(),
            content: content.into(),
        }
    }

    #[test]
    fn pairs_of_messages_are_shots() {
        let reading = Reading::parse(&[
            message("system", "Sort it. Answer with one word: a or b."),
            message("user", "x"),
            message("assistant", "b"),
            message("user", "y"),
        ]);
        assert_eq!(reading.shots, [("x".to_owned(), "b".to_owned())]);
        assert_eq!(
            (reading.query.as_str(), reading.labels.as_slice()),
            ("y", &["b".to_owned()][..])
        );
        assert!(reading.asks_for_one_word());
    }

    #[test]
    fn blocks_of_one_message_are_shots() {
        let reading = Reading::parse(&[message(
            "user",
            "Classify.\n\nReview: good\nSentiment: positive\n\nReview: bad\nSentiment: negative\n\nReview: what?\nSentiment:",
        )]);
        assert_eq!(reading.shots.len(), 2);
        assert_eq!(
            reading.shots[1],
            ("Review: bad".to_owned(), "negative".to_owned())
        );
        assert_eq!(
            (reading.query.as_str(), reading.instruction.trim()),
            ("Review: what?", "Classify.")
        );
    }

    #[test]
    fn what_was_said_before_is_labelled_in_a_conversation() {
        let mut talk = vec![
            message("system", "You read reviews."),
            message("user", "Summarize it.\n\nIt leaks. I am sad."),
            message("assistant", "It leaks."),
            message("user", "Is it positive or negative? One word."),
        ];
        let reading = Reading::parse(&talk);
        assert!(reading.query.contains("I am sad.") && reading.shots.is_empty());
        assert_eq!(reading.labels, ["positive", "negative"]);
        assert!(reading.asks_for_one_word());
        // A label that was said before is a shot.
        talk[2].content = "Negative".into();
        assert_eq!(Reading::parse(&talk).shots.len(), 1);
    }

    #[test]
    fn without_shots_the_instruction_names_the_labels() {
        let labels =
            |text: &str| Reading::parse(&[message("system", text), message("user", "x")]).labels;
        assert_eq!(
            labels("Is this review positive or negative?"),
            ["positive", "negative"]
        );
        assert_eq!(
            labels("One word: billing, shipping, technical or account."),
            ["billing", "shipping", "technical", "account"]
        );
        assert_eq!(labels("这条评论是正面还是负面的？"), ["正面", "负面"]);
        assert_eq!(labels("只回答一个词：正面或负面。"), ["正面", "负面"]);
    }
}
