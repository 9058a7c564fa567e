//! Stored completions of OpenAI, whose messages the API lists apart: they stand in pages of their own, before or behind.

use super::{call::Call, openai};
use crate::interop::NotePlace;
use serde_json::Value;
use std::collections::HashMap;

#[derive(Debug, Default)]
pub(super) struct StoredCompletions {
    /// Messages by the id of their completion, with their numbers.
    messages: HashMap<String, Vec<(u32, Value)>>,
    /// Completions, in the order in which they came.
    completions: Vec<(Value, NotePlace)>,
    /// Their places in the list, by their ids.
    places: HashMap<String, usize>,
}

impl StoredCompletions {
    /// Keep a message: its id is that of the completion and a number.
    pub(super) fn add_message(&mut self, message: &Value) {
        let id = message["id"].as_str().unwrap_or_default();
        if let Some((completion, number)) = id.rsplit_once('-') {
            let number = number.parse().unwrap_or(u32::MAX);
            let all = self.messages.entry(completion.to_owned()).or_default();
            all.push((number, message.clone()));
        }
    }

    /// Keep a completion without its messages. False where another one has its id; the same may have been saved twice.
    pub(super) fn add_completion(&mut self, record: &Value, at: &NotePlace) -> bool {
        let id = record["id"].as_str();
        if let Some(place) = id.and_then(|id| self.places.get(id)) {
            return self.completions[*place].0 == *record;
        }
        let next = self.completions.len();
        self.places.extend(id.map(|id| (id.to_owned(), next)));
        self.completions.push((record.clone(), at.clone()));
        true
    }

    /// The calls of all completions; `None` where there are no messages of it.
    pub(super) fn calls(mut self) -> impl Iterator<Item = (NotePlace, Option<Call>)> {
        self.completions.into_iter().map(move |(record, at)| {
            let id = record["id"].as_str().unwrap_or_default();
            let mut messages = self.messages.remove(id).unwrap_or_default();
            messages.sort_by_key(|(number, _)| *number);
            let messages: Vec<Value> = messages.into_iter().map(|(_, message)| message).collect();
            (at, openai::call(&record, &messages))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::path::Path;

    #[test]
    fn messages_are_those_of_their_completion_wherever_they_stand() {
        let at = NotePlace {
            file: Path::new("f").into(),
            line: None,
        };
        let completion = |id: &str, answer: &str| json!({"object": "chat.completion", "id": id, "choices": [{"message": {"content": answer}}]});
        let message = |id: &str, text: &str| json!({"id": id, "role": "user", "content": text});
        let mut stored = StoredCompletions::default();
        stored.add_message(&message("a-1", "second"));
        for (id, answer, is_new) in [
            ("a", "x", true),
            ("a", "x", true),
            ("a", "y", false),
            ("b", "z", true),
        ] {
            assert_eq!(stored.add_completion(&completion(id, answer), &at), is_new);
        }
        stored.add_message(&message("a-0", "first"));
        let calls: Vec<Option<Call>> = stored.calls().map(|(_, call)| call).collect();
        let call = calls[0].as_ref().unwrap();
        let said: Vec<&str> = call.messages.iter().map(|m| m.text.as_str()).collect();
        assert_eq!(
            (said, &call.outputs[..]),
            (vec!["first", "second"], &["x".to_owned()][..])
        );
        assert!(calls.len() == 2 && calls[1].is_none());
    }
}
