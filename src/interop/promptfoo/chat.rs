//! A prompt of promptfoo as a template in its own dialect: plain text, or a chat written as JSON or YAML.

use super::{
    nunjucks::{Parsed, Problem, Vars, parse, unset, wrapped},
    prompts::Prompt,
};
use serde_json::Value;
use std::collections::{BTreeSet, HashSet};

/// A template made of a prompt.
#[derive(Debug, Default)]
pub(super) struct Template {
    pub(super) text: String,
    /// Variables that it looks at, with what it looks for in them.
    pub(super) names: HashSet<String>,
    /// What has no counterpart: the line from 1, what stands there, why.
    pub(super) problems: Vec<Problem>,
    /// Variables of the environment that it looks at and that the configuration does not set: they are empty.
    pub(super) unset: BTreeSet<String>,
    /// It is a chat in JSON: its parts see the variables with the tags in them as they are.
    pub(super) is_json: bool,
}

/// What promptfoo sends of a rendered text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sent {
    Text,
    Chat,
    /// It refuses the text, or sends something else than messages.
    Refused,
}

/// Make a template for tests with these variables; the message says why it cannot be one.
pub(super) fn template(prompt: &Prompt, raw: &str, tests: &[&Vars]) -> Result<Template, String> {
    let mut made = Template::default();
    let mut head = String::new();
    if let Some(label) = prompt.label.as_deref().filter(|l| !l.trim().is_empty()) {
        let label = Value::String(label.to_owned());
        head += &format!("description = {}\n", crate::interop::toml(&label));
    }
    head += "dialect = \"nunjucks\"\n";
    let body = match serde_json::from_str::<Value>(raw) {
        Ok(json) => {
            made.is_json = true;
            let mut body = String::new();
            for (role, content) in messages(&json)? {
                let parsed = made.add(&content, tests)?;
                body += &format!("{{{{ role(\"{role}\", trim=false) }}}}");
                body += &match parsed.sets_names(&content) {
                    // Each message of a chat in JSON is rendered on its own.
                    true => format!("{{% block message %}}{content}{{% endblock %}}"),
                    false => content,
                };
            }
            body
        }
        Err(_) => {
            let body = wrapped(raw);
            let parsed = made.add(&body, tests)?;
            if made.sends(raw, &parsed, tests) == Sent::Chat {
                head += "chat = true\n";
            }
            body
        }
    };
    made.text = format!("+++\n{head}+++\n{body}\n");
    Ok(made)
}

impl Template {
    /// Parse a text of the prompt, and keep what is known of it.
    fn add(&mut self, text: &str, tests: &[&Vars]) -> Result<Parsed, String> {
        let parsed = parse(text).map_err(|(line, _, why)| format!("line {line}: {why}"))?;
        self.problems.extend(parsed.problems.iter().cloned());
        self.names.extend(parsed.survey.names.iter().cloned());
        if parsed
            .survey
            .names
            .iter()
            .any(|name| name.starts_with("_conversation"))
        {
            self.problems.push((
                1,
                "_conversation".into(),
                "each row is sent on its own, without previous answers".into(),
            ));
        }
        for test in tests.iter().take(1) {
            for name in parsed.unset(test) {
                match name {
                    "env" => self.problems.push((1, "env".into(), unset(name))),
                    name => {
                        self.unset.insert(name.to_owned());
                    }
                }
            }
        }
        for name in [
            "row",
            "shots",
            "axes",
            "__assert",
            "__expected",
            "__description",
            "__metadata",
            "__threshold",
        ] {
            let used = parsed
                .survey
                .names
                .iter()
                .any(|n| n.split('.').next() == Some(name));
            if used && tests.iter().any(|vars| !vars.contains_key(name)) {
                self.problems.push((
                    1,
                    name.into(),
                    "the name means something here: give the variable another one".into(),
                ));
            }
        }
        Ok(parsed)
    }

    /// What promptfoo sends of what a prompt makes: a text that is JSON or a list in YAML is sent as the messages.
    fn sends(&mut self, raw: &str, parsed: &Parsed, tests: &[&Vars]) -> Sent {
        let start = raw.trim_start().chars().next().unwrap_or('a');
        // What begins with another character is never JSON, whatever is filled in.
        if !"{[-\"tfn0123456789".contains(start) || !self.problems.is_empty() {
            return Sent::Text;
        }
        let mut all: Vec<Sent> = tests
            .iter()
            .map(|vars| parsed.render(vars).map_or(Sent::Text, |text| sent(&text)))
            .collect();
        all.dedup();
        match all.as_slice() {
            [] | [Sent::Text] => Sent::Text,
            [Sent::Chat] => Sent::Chat,
            _ => {
                let refused = all.contains(&Sent::Refused);
                let why = match refused {
                    true => {
                        "for some tests it makes JSON that is no list of messages: promptfoo refuses it or sends it as it is"
                    }
                    false => "for some tests it makes a chat, for others a text: write two prompts",
                };
                self.problems
                    .push((1, "a prompt in JSON".into(), why.into()));
                Sent::Refused
            }
        }
    }
}

impl Parsed {
    /// Whether a text binds names that others could see.
    fn sets_names(&self, text: &str) -> bool {
        text.contains("{%")
    }
}

fn sent(text: &str) -> Sent {
    let trimmed = text.trim();
    if trimmed.starts_with("- role:") {
        let node = crate::interop::Node::parse(std::path::Path::new("prompt.yaml"), text);
        return match node.map(|node| messages(&node.json())) {
            Ok(Ok(_)) => Sent::Chat,
            _ => Sent::Refused,
        };
    }
    match serde_json::from_str::<Value>(text) {
        Ok(value) if value.is_array() && messages(&value).is_ok() => Sent::Chat,
        Ok(_) => Sent::Refused,
        Err(_) if looks_like_json(trimmed) => Sent::Refused,
        Err(_) => Sent::Text,
    }
}

/// Whether promptfoo refuses a text that is no JSON because it looks like it.
fn looks_like_json(trimmed: &str) -> bool {
    if trimmed.starts_with('{') && trimmed.ends_with('}') {
        return true;
    }
    if !(trimmed.starts_with('[') && trimmed.ends_with(']')) || trimmed.len() < 2 {
        return false;
    }
    let inner = trimmed[1..].trim_start();
    inner.starts_with(['"', '{', '[', '-'])
        || inner.starts_with(|c: char| c.is_ascii_digit())
        || ["true", "false", "null"]
            .iter()
            .any(|word| inner.starts_with(word))
        || inner.is_empty()
}

/// The messages of a chat, or why they cannot be sent.
fn messages(value: &Value) -> Result<Vec<(String, String)>, String> {
    let Value::Array(list) = value else {
        return Err("JSON that is not a list of messages is sent as it is by promptfoo".into());
    };
    if list.is_empty() {
        return Err("a chat without messages".into());
    }
    list.iter().map(message).collect()
}

fn message(item: &Value) -> Result<(String, String), String> {
    let Value::Object(map) = item else {
        return Err("JSON that is not a list of messages is sent as it is by promptfoo".into());
    };
    let role = item.get("role").and_then(Value::as_str).unwrap_or("");
    if !["system", "developer", "user", "assistant"].contains(&role) {
        return Err(format!("messages of the role `{role}` are not supported"));
    }
    if let Some(key) = map
        .keys()
        .find(|key| !["role", "content"].contains(&key.as_str()))
    {
        return Err(format!("`{key}` of a message is not supported"));
    }
    match item.get("content") {
        Some(Value::String(text)) => Ok((role.to_owned(), text.clone())),
        Some(Value::Array(_)) => Err("messages of several parts are not supported".into()),
        _ => Err("a message has no text".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interop::NotePlace;
    use serde_json::json;
    use std::path::Path;

    fn convert(raw: &str, vars: Value) -> Result<Template, String> {
        let prompt = Prompt {
            name: "p".into(),
            label: None,
            called: Vec::new(),
            raw: raw.into(),
            at: NotePlace {
                file: Path::new("c").into(),
                line: None,
            },
        };
        template(&prompt, raw, &[vars.as_object().unwrap()])
    }

    fn text(raw: &str, vars: Value) -> String {
        let made = convert(raw, vars).unwrap();
        assert!(made.problems.is_empty(), "{:?}", made.problems);
        made.text
    }

    #[test]
    fn chats_in_json_become_roles() {
        let chat = r#"[{"role": "system", "content": "Be {{tone}}.\n"}, {"role": "user", "content": "{% set x = 1 %}{{ x }}"}]"#;
        assert_eq!(
            text(chat, json!({})),
            "+++\ndialect = \"nunjucks\"\n+++\n{{ role(\"system\", trim=false) }}Be {{tone}}.\n{{ role(\"user\", trim=false) }}{% block message %}{% set x = 1 %}{{ x }}{% endblock %}\n"
        );
        for (chat, why) in [
            (r#"[{"role": "tool", "content": "x"}]"#, "`tool`"),
            (
                r#"[{"role": "user", "content": [{"type": "image_url"}]}]"#,
                "several parts",
            ),
            (
                r#"[{"role": "user", "content": "x", "name": "y"}]"#,
                "`name`",
            ),
            (r#"{"prompt": "x"}"#, "not a list of messages"),
            ("42", "not a list of messages"),
        ] {
            let error = convert(chat, json!({})).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn a_text_that_makes_a_chat_is_one() {
        let head = "+++\ndialect = \"nunjucks\"\nchat = true\n+++\n";
        let chat = r#"[{% for m in h %}{"role": "user", "content": {{ m | dump }}}{% endfor %}]"#;
        assert_eq!(text(chat, json!({"h": ["x"]})), format!("{head}{chat}\n"));
        let yaml = "- role: user\n  content: |\n    Hi {{a}}\n";
        assert_eq!(text(yaml, json!({"a": "x"})), format!("{head}{yaml}\n"));
        let plain = "+++\ndialect = \"nunjucks\"\n+++\n";
        assert_eq!(
            text("[draft] {{ a }}", json!({"a": 1})),
            format!("{plain}[draft] {{{{ a }}}}\n")
        );
        assert_eq!(
            text("use {{ here\n", json!({})),
            format!("{plain}{{% raw %}}use {{{{ here\n{{% endraw %}}\n")
        );
        for raw in ["{ {{ a }} }", "{{ a }}", "[{{ a }}]"] {
            let made = convert(raw, json!({"a": 5})).unwrap();
            assert_eq!(made.problems.len(), 1, "{raw}");
        }
    }
}
