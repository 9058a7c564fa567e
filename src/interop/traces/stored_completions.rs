//! Stored completions of OpenAI, whose messages the API lists apart: they stand in pages of their own, before or behind.

use super::{call::Call, openai};
use crate::interop::NotePlace;
use indexmap::IndexMap;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, HashSet};

/// What is not kept of a record, and why.
pub(super) type NotKept = (&'static str, &'static str);

#[derive(Debug, Default)]
pub(super) struct StoredCompletions {
    /// Messages by the id of their completion and their numbers in it, with their places.
    messages: IndexMap<String, BTreeMap<u32, (Value, NotePlace)>>,
    /// Completions, in the order in which they came.
    completions: Vec<(Value, NotePlace)>,
    /// Their places in the list, by their ids.
    places: HashMap<String, usize>,
    /// The ids of completions that bring their messages along.
    whole: HashSet<String>,
}

impl StoredCompletions {
    /// Keep a message: its id is that of the completion and a number. The same one may have been saved twice.
    pub(super) fn add_message(&mut self, message: &Value, at: &NotePlace) -> Result<(), NotKept> {
        let id = message["id"].as_str().unwrap_or_default();
        let parts = id.rsplit_once('-');
        let parts = parts.and_then(|(id, number)| Some((id, number.parse::<u32>().ok()?)));
        let Some((completion, number)) = parts else {
            return Err((
                "a message of no stored completion",
                "its id is not the id of a completion, a hyphen and a number",
            ));
        };
        let all = self.messages.entry(completion.to_owned()).or_default();
        let (first, _) = all
            .entry(number)
            .or_insert_with(|| (message.clone(), at.clone()));
        match *first == *message {
            true => Ok(()),
            false => Err((
                "a message with the id of another",
                "the first message with an id is imported",
            )),
        }
    }

    /// A completion brings its messages along: pages of them say nothing new.
    pub(super) fn add_whole(&mut self, record: &Value) {
        self.whole.extend(record["id"].as_str().map(str::to_owned));
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
    pub(super) fn calls(&mut self) -> impl Iterator<Item = (NotePlace, Option<Call>)> {
        let completions = std::mem::take(&mut self.completions);
        completions.into_iter().map(move |(record, at)| {
            let id = record["id"].as_str().unwrap_or_default();
            let messages = self.messages.get_mut(id).map(std::mem::take);
            let messages = messages.unwrap_or_default().into_values();
            let messages: Vec<Value> = messages.map(|(message, _)| message).collect();
            (at, openai::call(&record, &messages))
        })
    }

    /// Where messages stand whose completion did not come.
    pub(super) fn left_over(self) -> impl Iterator<Item = NotePlace> {
        let whole = self.whole;
        let left = self.messages.into_iter();
        let left = left.filter(move |(id, _)| !whole.contains(id));
        left.flat_map(|(_, messages)| messages.into_values().map(|(_, at)| at))
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
        assert_eq!(stored.add_message(&message("a-1", "second"), &at), Ok(()));
        for (id, answer, is_new) in [
            ("a", "x", true),
            ("a", "x", true),
            ("a", "y", false),
            ("b", "z", true),
        ] {
            assert_eq!(stored.add_completion(&completion(id, answer), &at), is_new);
        }
        // A page may have been saved twice.
        for _ in 0..2 {
            assert_eq!(stored.add_message(&message("a-0", "first"), &at), Ok(()));
        }
        for id in ["a-0", "a-x", "a"] {
            let added = stored.add_message(&message(id, "other"), &at);
            assert!(added.is_err(), "{id}");
        }
        stored.add_whole(&completion("w", "x"));
        for id in ["w-0", "c-0", "c-1"] {
            assert_eq!(stored.add_message(&message(id, "x"), &at), Ok(()));
        }
        let calls: Vec<Option<Call>> = stored.calls().map(|(_, call)| call).collect();
        let call = calls[0].as_ref().unwrap();
        let said: Vec<&str> = call.messages.iter().map(|m| m.text.as_str()).collect();
        assert_eq!(
            (said, &call.outputs[..]),
            (vec!["first", "second"], &["x".to_owned()][..])
        );
        assert!(calls.len() == 2 && calls[1].is_none());
        assert_eq!(stored.left_over().count(), 2);
    }
}
