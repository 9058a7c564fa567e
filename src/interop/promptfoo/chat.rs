//! A prompt of promptfoo as templates in its own dialect: plain text, or a chat written as JSON or YAML.

use super::{
    chat_json::{NO_LIST, json_template, roles, slip},
    nunjucks::{Parsed, Problem, Vars, parse, unset, wrapped},
    prompts::Prompt,
};
use crate::interop::{
    error::json_problem,
    own_names::WHOLE,
    value_limit::{ValueLimit, is_over_limit},
};
use serde_json::Value;
use std::collections::{BTreeSet, HashSet};

/// A template made of a prompt.
#[derive(Debug, Clone, Default)]
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

/// What promptfoo sends of what a prompt makes for a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sent {
    /// The text.
    Text,
    /// The messages in it.
    Chat,
    /// It refuses the text, or sends something else than messages: why.
    Refused(String),
}

/// The templates of a prompt, and which of them each test gets.
#[derive(Debug)]
pub(super) struct Converted {
    /// What each of them sends.
    pub(super) templates: Vec<(Sent, Template)>,
    /// For each test.
    pub(super) sent: Vec<Sent>,
}

/// Make templates for tests with these variables; the message says why there can be none. Providers that read no chats get a
/// prompt in JSON as a text.
pub(super) fn convert(
    prompt: &Prompt,
    raw: &str,
    tests: &[&Vars],
    reads_chats: bool,
) -> Result<Converted, String> {
    let all = |sent: Sent| vec![sent; tests.len()];
    let json = match ValueLimit::new().read_str(raw) {
        Ok(json) => Some(json),
        Err(error) if is_over_limit(&error) => return Err(too_large(&error)),
        Err(_) => None,
    };
    let Some(json) = json else {
        return text_or_chat(prompt, raw, tests, reads_chats);
    };
    let mut made = Template {
        is_json: true,
        ..Template::default()
    };
    if !reads_chats {
        let body = json_template(&json, &mut |text| made.add(text, tests).map(|_| ()))?;
        let made = made.written(prompt, false, &body);
        return Ok(Converted {
            templates: vec![(Sent::Text, made)],
            sent: all(Sent::Text),
        });
    }
    if let Some(messages) = roles(&json) {
        let mut body = String::new();
        for (role, content) in messages {
            let parsed = made.add(content, tests)?;
            body += &format!("{{{{ role(\"{role}\", trim=false) }}}}");
            body += &match parsed.sets_names(content) {
                // Each message of a chat in JSON is rendered on its own.
                true => format!("{{% block message %}}{content}{{% endblock %}}"),
                false => content.to_owned(),
            };
        }
        return Ok(Converted {
            templates: vec![(Sent::Chat, made.written(prompt, false, &body))],
            sent: all(Sent::Chat),
        });
    }
    if !json.is_array() {
        return Err(NO_LIST.into());
    }
    // Its text is made anew, and read as a chat again.
    let body = json_template(&json, &mut |text| made.add(text, tests).map(|_| ()))?;
    let parsed = parse(&body).map_err(|(line, _, why)| format!("line {line}: {why}"))?;
    let sent: Vec<Sent> = tests.iter().map(|vars| sent(&parsed, vars)).collect();
    if let Some(Sent::Refused(why)) = sent.first().filter(|_| !sent.contains(&Sent::Chat)) {
        return Err(why.clone());
    }
    Ok(Converted {
        templates: vec![(Sent::Chat, made.written(prompt, true, &body))],
        sent,
    })
}

/// A prompt that is a text, and perhaps makes a chat.
fn text_or_chat(
    prompt: &Prompt,
    raw: &str,
    tests: &[&Vars],
    reads_chats: bool,
) -> Result<Converted, String> {
    let body = wrapped(raw);
    let mut made = Template::default();
    let parsed = made.add(&body, tests)?;
    let start = raw.trim_start().chars().next().unwrap_or('a');
    // What begins with another character is never JSON, whatever is filled in.
    let may_be_json = "{[-\"tfn0123456789".contains(start) && made.problems.is_empty();
    let sent: Vec<Sent> = match reads_chats && may_be_json {
        true => tests.iter().map(|vars| sent(&parsed, vars)).collect(),
        false => vec![Sent::Text; tests.len()],
    };
    let is_refused = |sent: &Sent| matches!(sent, Sent::Refused(_));
    if let Some(Sent::Refused(why)) = sent.first().filter(|_| sent.iter().all(is_refused)) {
        return Err(why.clone());
    }
    let mut templates = Vec::new();
    let chats = sent.contains(&Sent::Chat);
    if sent.contains(&Sent::Text) || sent.is_empty() {
        templates.push((Sent::Text, made.clone_written(prompt, false, &body)));
    }
    if chats {
        templates.push((Sent::Chat, made.clone_written(prompt, true, &body)));
    }
    Ok(Converted { templates, sent })
}

/// What promptfoo sends of a template with variables.
fn sent(parsed: &Parsed, vars: &Vars) -> Sent {
    let Ok(text) = parsed.render(vars) else {
        return Sent::Text;
    };
    let trimmed = text.trim();
    let chat = |value: &Value| slip(value, &text).map_or(Sent::Chat, Sent::Refused);
    if trimmed.starts_with("- role:") {
        let node = crate::interop::Node::parse(std::path::Path::new("prompt.yaml"), &text);
        return match node {
            Ok(node) => chat(&node.json()),
            Err(_) => Sent::Refused("a chat in YAML that cannot be read is refused".into()),
        };
    }
    match ValueLimit::new().read_str(&text) {
        Ok(value) => chat(&value),
        Err(error) if is_over_limit(&error) => Sent::Refused(too_large(&error)),
        Err(_) if looks_like_json(trimmed) => {
            Sent::Refused("promptfoo refuses a text that looks like JSON and is none".into())
        }
        Err(_) => Sent::Text,
    }
}

fn too_large(error: &serde_json::Error) -> String {
    format!("a prompt in JSON of {}", json_problem(error))
}

impl Template {
    /// With the front matter and the text.
    fn written(mut self, prompt: &Prompt, is_chat: bool, body: &str) -> Template {
        let mut head = String::new();
        if let Some(label) = prompt.label.as_deref().filter(|l| !l.trim().is_empty()) {
            let label = Value::String(label.to_owned());
            head += &format!("description = {}\n", crate::interop::toml(&label));
        }
        head += "dialect = \"nunjucks\"\n";
        if is_chat {
            head += "chat = true\n";
        }
        self.text = format!("+++\n{head}+++\n{body}\n");
        self
    }

    fn clone_written(&self, prompt: &Prompt, is_chat: bool, body: &str) -> Template {
        self.clone().written(prompt, is_chat, body)
    }

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
        const COLUMNS: [&str; 5] = [
            "__assert",
            "__expected",
            "__description",
            "__metadata",
            "__threshold",
        ];
        for name in WHOLE.into_iter().chain(COLUMNS) {
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
}

impl Parsed {
    /// Whether a text binds names that others could see.
    fn sets_names(&self, text: &str) -> bool {
        text.contains("{%")
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interop::NotePlace;
    use serde_json::json;
    use std::path::Path;

    fn converted(raw: &str, tests: &[Value], reads_chats: bool) -> Result<Converted, String> {
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
        let tests: Vec<&Vars> = tests.iter().filter_map(Value::as_object).collect();
        convert(&prompt, raw, &tests, reads_chats)
    }

    fn text(raw: &str, vars: Value) -> String {
        let mut made = converted(raw, &[vars], true).unwrap();
        let (_, template) = made.templates.remove(0);
        assert!(template.problems.is_empty(), "{:?}", template.problems);
        template.text
    }

    #[test]
    fn chats_in_json_become_roles() {
        let chat = r#"[{"role": "system", "content": "Be {{tone}}.\n"}, {"role": "user", "content": "{% set x = 1 %}{{ x }}"}]"#;
        assert_eq!(
            text(chat, json!({})),
            "+++\ndialect = \"nunjucks\"\n+++\n{{ role(\"system\", trim=false) }}Be {{tone}}.\n{{ role(\"user\", trim=false) }}{% block message %}{% set x = 1 %}{{ x }}{% endblock %}\n"
        );
        for (chat, why) in [
            (r#"[{"role": "tool", "content": "x"}]"#, "call"),
            (r#"[{"role": "critic", "content": "x"}]"#, "`critic`"),
            (
                r#"[{"role": "user", "content": [{"type": "text", "text": "x"}]}]"#,
                "without an image",
            ),
            (
                r#"[{"role": "user", "content": "x", "name": "y"}]"#,
                "`name`",
            ),
            (r#"{"prompt": "x"}"#, "not a list of messages"),
            ("42", "not a list of messages"),
        ] {
            let error = converted(chat, &[json!({})], true).unwrap_err();
            assert!(error.contains(why), "{chat}: {error}");
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
    }

    /// Recorded with promptfoo 0.123.1.
    #[test]
    fn each_test_gets_what_its_text_is() {
        let rows = [
            "hello",
            r#"[{"role": "user", "content": "x"}]"#,
            "42",
            "{broken}",
        ];
        let rows: Vec<Value> = rows.iter().map(|q| json!({"q": q})).collect();
        let made = converted("{{ q }}", &rows, true).unwrap();
        let texts: Vec<&Sent> = made.templates.iter().map(|(sent, _)| sent).collect();
        assert_eq!(texts, [&Sent::Text, &Sent::Chat]);
        assert_eq!(made.sent[..2], [Sent::Text, Sent::Chat]);
        for sent in &made.sent[2..] {
            assert!(matches!(sent, Sent::Refused(_)), "{sent:?}");
        }
        // Completions get texts, whatever is in them.
        let made = converted("{{ q }}", &rows, false).unwrap();
        assert_eq!(made.sent, vec![Sent::Text; 4]);
        let chat = r#"[{"role":"user","content":"Hi {{ w }}"},{"a":[],"n":1.0}]"#;
        let (_, template) = &converted(chat, &[], false).unwrap().templates[0];
        let part =
            "{% block part %}{% set text %}Hi {{ w }}{% endset %}{{ text | dump }}{% endblock %}";
        let text = format!(
            "[\n  {{\n    \"role\": \"user\",\n    \"content\": {part}\n  }},\n  {{\n    \"a\": [],\n    \"n\": 1\n  }}\n]"
        );
        assert_eq!(
            template.text,
            format!("+++\ndialect = \"nunjucks\"\n+++\n{text}\n")
        );
    }

    #[test]
    fn calls_of_tools_are_sent_as_they_are_written() {
        let call =
            r#"{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}"#;
        let chat = |call: &str, content: &str, id: &str| {
            format!(
                r#"[{{"role": "user", "content": "{{{{ w }}}}"}}, {{"role": "assistant", "content": {content}, "tool_calls": [{call}]}}, {{"role": "tool", "tool_call_id": "{id}", "content": "x"}}]"#
            )
        };
        assert!(text(&chat(call, "null", "c"), json!({})).contains("chat = true"));
        for chat in [
            chat(call, "null", "d"),
            chat(call, "\"\"", "c"),
            chat(&call.replace("\"c\"", "7"), "null", "7"),
            chat(&call.replace("\"{}\"", "{}"), "null", "c"),
        ] {
            assert!(converted(&chat, &[json!({})], true).is_err(), "{chat}");
        }
    }
}
