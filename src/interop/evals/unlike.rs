//! Samples of a registry of which something is not taken over: counted, and noted at the first of each kind.

use super::check::Check;
use crate::{
    display::count,
    interop::{NotePlace, Notes},
};
use serde_json::{Value, json};

/// The first sample of a kind, and how many there are.
#[derive(Default)]
pub(super) struct Counted(Option<NotePlace>, usize);

impl Counted {
    pub(super) fn tell(self, what: &str, why: &str, notes: &mut Notes) {
        if let Counted(Some(at), number) = self {
            notes.dropped(&at, format!("{} {what}", count(number, "sample")), why);
        }
    }

    /// The same of what is not a sample.
    pub(super) fn tell_of(self, kind: &str, why: &str, notes: &mut Notes) {
        if let Counted(Some(at), number) = self {
            notes.dropped(&at, count(number, kind), why);
        }
    }

    pub(super) fn add(&mut self, at: &NotePlace) {
        self.0.get_or_insert_with(|| at.clone());
        self.1 += 1;
    }
}

/// Samples of which something is not taken over.
#[derive(Default)]
pub(super) struct Unlike {
    pub(super) without_prompt: Counted,
    pub(super) without_ideal: Counted,
    without_messages: Counted,
    with_more: Counted,
    with_name: Counted,
}

/// Roles whose messages are a text alone.
const ROLES: [&str; 4] = ["system", "developer", "user", "assistant"];

impl Unlike {
    /// The messages of a sample; a text is sent as a system message, where no examples stand before it.
    pub(super) fn messages<'r>(
        &mut self,
        input: Option<&'r mut Value>,
        at: &NotePlace,
        shots: &[Value],
    ) -> Option<&'r mut Vec<Value>> {
        let input =
            input.filter(|input| input.is_array() || (input.is_string() && shots.is_empty()));
        let Some(input) = input else {
            self.without_prompt.add(at);
            return None;
        };
        if let Value::String(text) = input {
            *input = json!([{"role": "system", "content": text}]);
        }
        let messages = input.as_array_mut();
        let messages = messages.filter(|all| all.iter().all(Value::is_object));
        if messages.is_none() {
            self.without_prompt.add(at);
        }
        messages
    }

    /// Whether messages can be sent: there are some, with a role and a text.
    pub(super) fn are_plain(&mut self, messages: &[Value], at: &NotePlace) -> bool {
        if messages.is_empty() {
            self.without_messages.add(at);
            return false;
        }
        let is_plain = |message: &Value| {
            let keys = message.as_object().into_iter().flat_map(|map| map.keys());
            let mut keys = keys.map(String::as_str);
            message["content"].is_string()
                && message["role"]
                    .as_str()
                    .is_some_and(|role| ROLES.contains(&role))
                && keys.all(|key| ["role", "content", "name"].contains(&key))
        };
        let are_plain = messages.iter().all(is_plain);
        if !are_plain {
            self.with_more.add(at);
        } else if messages.iter().any(|message| message.get("name").is_some()) {
            self.with_name.add(at);
        }
        are_plain
    }

    pub(super) fn tell(self, check: Option<Check>, notes: &mut Notes) {
        let ideal = match check {
            Some(Check::Json) => {
                "their `ideal` has to be JSON in a text, or a list of such, with numbers of at most 63 bits: the package fails at what is not JSON"
            }
            _ => "their `ideal` has to be a text or a list of texts: otherwise the package fails",
        };
        for (kind, what, why) in [
            (
                self.without_prompt,
                "without an `input` of messages or text",
                "they have no prompt",
            ),
            (
                self.without_ideal,
                "without something to compare with",
                ideal,
            ),
            (
                self.without_messages,
                "with an empty list as `input`",
                "prompts here have a message at least: they are left out",
            ),
            (
                self.with_more,
                "with calls of tools, images or other parts in messages",
                "only messages with a role and a text are sent: they are left out",
            ),
            (
                self.with_name,
                "with `name` in messages",
                "messages are sent with role and content",
            ),
        ] {
            kind.tell(what, why, notes);
        }
    }
}
