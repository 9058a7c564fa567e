//! Messages of prompts in the forms that recorders give them: lists, objects, requests.

use super::{
    call::{Call, TracedMessage},
    content::{CALLS, CONTENTS, content_text, lose_fields, message_text, part_text},
    tree::items,
};
use serde_json::{Map, Value};

/// Add the messages of a prompt to a call; false where there is none. A text is one of a user, whatever is in it.
pub(super) fn add_messages(call: &mut Call, value: &Value) -> bool {
    let before = call.messages.len();
    match value {
        Value::String(text) if !text.is_empty() => push(call, "user", text.clone()),
        Value::Array(all) if !all.is_empty() && all.iter().all(is_message) => {
            all.iter().for_each(|item| add_message(call, item));
        }
        Value::Object(map) if is_message(value) => match is_numbered(map) {
            true => (items(value).into_iter()).for_each(|item| add_message(call, item)),
            false => add_message(call, value),
        },
        Value::Object(map) => add_request(call, map),
        _ => {}
    }
    call.messages.len() > before
}

/// Where a request has its messages.
const LISTS: [&str; 4] = ["messages", "input_messages", "contents", "input"];

/// Add the messages of a request, and the parameters beside them.
fn add_request(call: &mut Call, request: &Map<String, Value>) {
    let mut system = ["system", "instructions"].into_iter();
    let system = system.find_map(|key| request.get_key_value(key));
    let is_list = |(_, value): &(&String, &Value)| !value.is_string() && !value.is_null();
    let mut lists = LISTS.iter().filter_map(|key| request.get_key_value(*key));
    // Beside other values, a text is not all that was sent.
    let is_alone = request.len() == 1 + usize::from(system.is_some());
    let texts = ["prompt", "input"].into_iter().filter(|_| is_alone);
    let mut texts = texts.filter_map(|key| request.get_key_value(key));
    let Some((key, given)) = lists.find(is_list).or_else(|| texts.next()) else {
        return;
    };
    let text = system.and_then(|(_, system)| content_text(system, &mut call.lost));
    let before = call.messages.len();
    text.into_iter().for_each(|text| push(call, "system", text));
    if !add_messages(call, given) {
        call.messages.truncate(before);
    } else {
        let is_other = |name: &&String| *name != key && Some(*name) != system.map(|(key, _)| key);
        let others = request.iter().filter(|(name, _)| is_other(name));
        let others = others.map(|(name, value)| (name.clone(), value.clone()));
        call.request(&others.collect());
    }
}

/// Whether JSON from a text is the messages of a prompt, and not data that somebody wrote.
pub(super) fn is_prompt(value: &Value) -> bool {
    match value {
        Value::Array(all) => !all.is_empty() && all.iter().all(is_message),
        Value::Object(map) => {
            let mut lists = LISTS.iter().filter_map(|key| map.get(*key));
            is_message(value) && map.contains_key("role")
                || lists.any(|list| list.is_array() && is_prompt(list))
        }
        _ => false,
    }
}

/// Whether a value is a message, several under numbers, or a batch of them; and not data that a model was sent or wrote.
pub(super) fn is_message(value: &Value) -> bool {
    let Value::Object(map) = value else {
        return value
            .as_array()
            .is_some_and(|all| !all.is_empty() && all.iter().all(is_message));
    };
    if let Some(message) = map.get("message").filter(|message| message.is_object()) {
        return is_message(message);
    }
    match (map.get("role"), map.get("type")) {
        (Some(role), _) => role.is_string() && has_content(value),
        (None, Some(kind)) => {
            has_content(value) && kind.as_str().is_some_and(|kind| TYPES.contains(&kind))
        }
        (None, None) => {
            let is_one = |item: &&Value| has_content(item.get("message").unwrap_or(item));
            is_numbered(map) && items(value).iter().all(is_one)
        }
    }
}

/// Whether an object is a list whose items stand under their numbers.
pub(super) fn is_numbered(map: &Map<String, Value>) -> bool {
    !map.is_empty() && map.keys().all(|key| key.parse::<u32>().is_ok())
}

fn has_content(value: &Value) -> bool {
    let mut keys = CONTENTS.iter().chain(&CALLS);
    keys.any(|key| value.get(*key).is_some())
}

fn push(call: &mut Call, role: &str, text: String) {
    call.messages.push(TracedMessage {
        role: role.to_owned(),
        text,
    });
}

/// Types of messages, where they have no role.
const TYPES: [&str; 7] = [
    "human",
    "ai",
    "system",
    "HumanMessage",
    "AIMessage",
    "SystemMessage",
    "message",
];

/// Add a message, whose role may be written as a type.
fn add_message(call: &mut Call, item: &Value) {
    // A chain keeps batches of messages, and spans put each one under a name.
    if item.is_array() {
        return items(item)
            .into_iter()
            .for_each(|item| add_message(call, item));
    }
    let message = item.get("message").unwrap_or(item);
    if let Some(text) = message.as_str() {
        return push(call, "user", text.to_owned());
    }
    let role = message["role"].as_str().or(message["type"].as_str());
    let role = match role.unwrap_or("user") {
        "human" | "HumanMessage" | "message" => "user",
        "ai" | "AIMessage" | "model" => "assistant",
        "SystemMessage" => "system",
        other => other,
    };
    let role = role.to_owned();
    lose_fields(message, "a message", call);
    let contents = CONTENTS.iter().filter_map(|key| message.get(*key));
    for part in contents.flat_map(items) {
        let part = part.get("message_content").unwrap_or(part);
        if part_text(part).is_some() {
            lose_fields(part, "a part of a message", call);
        }
    }
    let text = message_text(message, &mut call.lost).unwrap_or_default();
    push(call, &role, text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: Value) -> (Vec<String>, Vec<String>) {
        let mut call = Call::default();
        add_messages(&mut call, &value);
        let shown = |m: &TracedMessage| format!("{}: {}", m.role, m.text);
        (
            call.messages.iter().map(shown).collect(),
            call.lost.into_iter().collect(),
        )
    }

    #[test]
    fn messages_are_read_in_every_form() {
        let expected = (
            vec!["system: s".to_owned(), "user: u".to_owned()],
            Vec::new(),
        );
        let plain = json!([{"role": "system", "content": "s"}, {"role": "user", "content": [{"type": "text", "text": "u"}]}]);
        for form in [
            plain.clone(),
            json!({"messages": plain}),
            json!([{"role": "system", "parts": [{"type": "text", "content": "s"}]}, {"role": "user", "parts": [{"type": "text", "content": "u"}]}]),
            json!([{"message": {"role": "system", "content": "s"}},
                {"message": {"role": "user", "contents": [{"message_content": {"type": "text", "text": "u"}}]}}]),
            json!([[{"type": "SystemMessage", "content": "s"}, {"type": "human", "content": "u"}]]),
            json!({"system": "s", "messages": [{"role": "user", "content": "u"}]}),
            json!({"0": {"role": "system", "content": "s"}, "1": {"role": "user", "content": "u"}}),
        ] {
            assert_eq!(read(form.clone()), expected, "{form}");
        }
        assert_eq!(read(json!("u")).0, ["user: u"]);
        assert_eq!(read(plain.to_string().into()).0, [format!("user: {plain}")]);
        let image = json!([{"role": "user", "content": [{"type": "image_url"}, {"type": "text", "text": "u"}]}]);
        assert_eq!(
            read(image),
            (vec!["user: u".into()], vec!["`image_url`".into()])
        );
        let called = json!([{"role": "assistant", "content": null, "tool_calls": [{"id": "1"}]}]);
        assert_eq!(
            read(called),
            (vec!["assistant: ".into()], vec!["a tool call".into()])
        );
    }

    #[test]
    fn what_was_sent_beside_texts_is_lost() {
        let user = |content: Value| json!([{"role": "user", "content": content}]);
        for (form, text, lost) in [
            (
                json!([{"role": "user", "name": "bob", "content": "u"}]),
                "u",
                vec!["`name` of a message"],
            ),
            (
                json!([{"role": "assistant", "content": "u", "refusal": "no", "reasoning_content": "r", "audio": null, "id": "1"}]),
                "u",
                vec!["`refusal` of a message", "`reasoning_content` of a message"],
            ),
            (
                user(
                    json!([{"type": "text", "text": "u", "cache_control": {"type": "ephemeral"}}]),
                ),
                "u",
                vec!["`cache_control` of a part of a message"],
            ),
            (
                user(json!([{"type": "text", "text": "one "}, {"type": "text", "text": "two"}])),
                "one two",
                vec!["several texts in one message, which are sent as one"],
            ),
            (
                user(
                    json!([{"type": "tool_result", "content": "r"}, {"type": "text", "text": "u"}]),
                ),
                "u",
                vec!["`tool_result`"],
            ),
            (
                user(json!({"a": 1})),
                "",
                vec!["a content that is neither a text nor parts"],
            ),
            (
                json!({"messages": user("u".into()), "model": "m", "tools": [{}], "tool_choice": "auto"}),
                "u",
                vec!["tools", "the parameter `tool_choice`"],
            ),
        ] {
            let (messages, all) = read(form.clone());
            let said = messages[0].split_once(": ").map(|(_, text)| text);
            assert_eq!(
                (said, all),
                (
                    Some(text),
                    lost.iter().map(|lost| (*lost).to_owned()).collect()
                ),
                "{form}"
            );
        }
        let mut call = Call::default();
        add_messages(
            &mut call,
            &json!({"messages": user("u".into()), "temperature": 0.5}),
        );
        assert_eq!(call.params["temperature"], 0.5);
    }
}
