//! An entry of the open-source registry: samples with `input` and `ideal`, judged by a class of the package.

use super::{check::Check, records::RegistryEntry, samples::samples};
use crate::{
    display::count,
    interop::{
        Node, NotePlace, Notes,
        files::Files,
        imported_experiment::{EXPECTED, Experiment},
        template_text::{messages_of, template_file},
    },
};
use serde_json::{Value, json};
use std::path::Path;

/// The experiment of an entry; `None` where its class has no counterpart, which is noted.
pub(super) fn experiment(
    entry: &RegistryEntry,
    root: &Path,
    files: &Files,
    notes: &mut Notes,
) -> Option<Experiment> {
    let node = &entry.node;
    let class = node.get("class").and_then(Node::text).unwrap_or_default();
    let args = node.get("args");
    let arg = |key: &str| args.and_then(|args| args.get(key));
    let what = format!("the eval `{}`", entry.name);
    let left_out = |why: String, notes: &mut Notes| notes.dropped(&node.at, what.clone(), why);
    let check = match Check::of_class(class, args) {
        Ok(check) => check,
        Err(why) => {
            left_out(why, notes);
            return None;
        }
    };
    let Some(named) = arg("samples_jsonl").and_then(Node::text) else {
        left_out("it names no `samples_jsonl`".into(), notes);
        return None;
    };
    let found = samples(named, root, &node.at, files, notes);
    let shots = shots(args, check, root, files, notes);
    let (found, shots) = match (found, shots) {
        (Ok(found), Ok(shots)) => (found, shots),
        (Err(why), _) | (_, Err(why)) => {
            left_out(why, notes);
            return None;
        }
    };
    let mut made = Experiment {
        name: entry.name.clone(),
        models: vec!["demo/echo".into()],
        criteria: vec!["match".into()],
        ..Experiment::default()
    };
    let mut unlike = Unlike::default();
    for (at, mut row) in found {
        // A text is sent as a system message.
        if let Some(Value::String(text)) = row.get("input").filter(|_| shots.is_empty()) {
            let message = json!([{"role": "system", "content": text}]);
            row.insert("input".into(), message);
        }
        let Some(Value::Array(messages)) = row.get_mut("input") else {
            unlike.without_prompt.add(&at);
            continue;
        };
        if !messages.iter().all(Value::is_object) {
            unlike.without_prompt.add(&at);
            continue;
        }
        // Examples stand before the last message.
        let before = messages.len().saturating_sub(1);
        messages.splice(before..before, shots.iter().cloned());
        if !unlike.are_plain(messages, &at) {
            continue;
        }
        let Some(assertion) = check.assertion(&row) else {
            unlike.without_ideal.add(&at);
            continue;
        };
        let first = match row.get("ideal") {
            Some(Value::Array(all)) => all.first(),
            one => one,
        };
        if let Some(first) = first.cloned() {
            row.insert(EXPECTED.into(), first);
        }
        Experiment::assert(&mut row, assertion);
        made.rows.push(row);
    }
    unlike.tell(check, notes);
    if made.rows.is_empty() {
        left_out("none of its samples can be taken over".into(), notes);
        return None;
    }
    if !matches!(check, Check::Includes { .. }) {
        made.params.insert("temperature".into(), 0.into());
    }
    if check == Check::Json {
        let most = arg("max_tokens").and_then(Node::number).unwrap_or(512.0) as u64;
        made.params.insert("max_tokens".into(), most.into());
    }
    if check == Check::IsJson {
        let why = "it is there, but answers with `NaN` or `Infinity` are JSON for the package and not here";
        notes.dropped(&node.at, what, why);
    }
    let template = template_file(&messages_of("row.input"));
    made.prompts.push(("samples".into(), template));
    Some(made)
}

/// The messages of examples that an eval wants before the last message of each sample.
fn shots(
    args: Option<&Node>,
    check: Check,
    root: &Path,
    files: &Files,
    notes: &mut Notes,
) -> Result<Vec<Value>, String> {
    let arg = |key: &str| args.and_then(|args| args.get(key));
    let few = arg("num_few_shot").filter(|_| check == Check::StartsWith);
    let Some((few, number)) = few.and_then(|few| Some((few, few.number().filter(|n| *n > 0.0)?)))
    else {
        return Ok(Vec::new());
    };
    let named = arg("few_shot_jsonl").and_then(Node::text);
    let named = named.ok_or("it names no `few_shot_jsonl`")?;
    let mut messages = Vec::new();
    for (at, sample) in
        (samples(named, root, &few.at, files, notes)?.into_iter()).take(number as usize)
    {
        match sample.get("sample") {
            Some(Value::Array(all)) if all.iter().all(Value::is_object) => {
                messages.extend(all.iter().cloned());
            }
            _ => {
                return Err(format!(
                    "the example at {at} has no list of messages in `sample`"
                ));
            }
        }
    }
    Ok(messages)
}

/// The first sample of a kind, and how many there are.
#[derive(Default)]
struct Counted(Option<NotePlace>, usize);

impl Counted {
    fn add(&mut self, at: &NotePlace) {
        self.0.get_or_insert_with(|| at.clone());
        self.1 += 1;
    }
}

/// Samples of which something is not taken over.
#[derive(Default)]
struct Unlike {
    without_prompt: Counted,
    without_ideal: Counted,
    with_more: Counted,
    with_name: Counted,
}

/// Roles whose messages are a text alone.
const ROLES: [&str; 4] = ["system", "developer", "user", "assistant"];

impl Unlike {
    /// Whether messages can be sent, with a role and a text.
    fn are_plain(&mut self, messages: &[Value], at: &NotePlace) -> bool {
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

    fn tell(self, check: Check, notes: &mut Notes) {
        let ideal = match check {
            Check::Json => {
                "their `ideal` has to be JSON in a text, or a list of such, with numbers of at most 63 bits: at what is not JSON, the package ends with an error"
            }
            _ => {
                "their `ideal` has to be a text or a list of texts: the package ends with an error at them"
            }
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
            if let Counted(Some(at), number) = kind {
                notes.dropped(&at, format!("{} {what}", count(number, "sample")), why);
            }
        }
    }
}
