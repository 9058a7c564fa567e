//! A prompt of promptfoo as a template: plain text, or a chat written as JSON or YAML.

use super::{
    nunjucks::{Known, rewrite},
    prompts::Prompt,
};
use crate::interop::Node;
use serde_json::Value;
use std::{collections::BTreeSet, path::Path};

/// A template made of a prompt.
#[derive(Debug, Default)]
pub(super) struct ImportedProject {
    pub(super) text: String,
    /// Variables that it looks at.
    pub(super) names: BTreeSet<String>,
    /// Those that have to be there.
    pub(super) needed: BTreeSet<String>,
    /// Those that are written as they are.
    pub(super) printed: BTreeSet<String>,
    /// What has no counterpart: the line behind the first, what stands there, why.
    pub(super) problems: Vec<(usize, String, String)>,
    /// It is a chat: nothing can stand before and behind it.
    pub(super) is_chat: bool,
}

/// Told, but no reason not to use a template.
pub(super) const PARTIAL: &str = "a tag that is open at the end of its line";

#[derive(Debug, Default)]
pub(super) struct Style {
    /// What is known of the variables.
    pub(super) known: Known,
    /// White space at the ends of messages counts.
    pub(super) exact: bool,
    /// Tests bring something to stand before and behind prompts.
    pub(super) affixes: bool,
}

/// Make a template; the message says why it cannot be one.
pub(super) fn template(prompt: &Prompt, style: &Style) -> Result<ImportedProject, String> {
    let messages = messages(&prompt.raw)?;
    let mut made = ImportedProject::default();
    let mut body = String::new();
    match messages {
        None => {
            let source = if is_partial(&prompt.raw) {
                made.problems.push((
                    0,
                    PARTIAL.into(),
                    "promptfoo takes such a prompt as plain text, and so it is here".into(),
                ));
                format!("{{% raw %}}{}{{% endraw %}}", prompt.raw)
            } else {
                prompt.raw.clone()
            };
            let text = made.add(&source, 0, style);
            let edges = source.trim() != source
                || source.starts_with("{%")
                || source.ends_with("%}") && !source.ends_with("{% endraw %}");
            if style.exact || edges || style.affixes {
                body += "{{ role(\"user\", trim=false) }}";
            }
            body += &if style.affixes {
                format!("{{{{ row.__prefix }}}}{text}{{{{ row.__suffix }}}}")
            } else {
                text
            };
        }
        Some(messages) => {
            made.is_chat = true;
            for (at, (role, content)) in messages.iter().enumerate() {
                let text = made.add(content, 0, style);
                if style.exact || content.trim() != content {
                    body += &format!("{{{{ role(\"{role}\", trim=false) }}}}{text}");
                } else {
                    let end = if at == 0 { "" } else { "\n" };
                    body += &format!("{end}{{{{ role(\"{role}\") }}}}{text}");
                }
            }
        }
    }
    let mut head = String::new();
    if let Some(label) = prompt.label.as_deref().filter(|l| !l.trim().is_empty()) {
        let label = Value::String(label.to_owned());
        head += &format!("description = {}\n", crate::interop::toml(&label));
    }
    if body.contains("{%") {
        head += "whitespace = \"keep\"\n";
    }
    made.text = if head.is_empty() && !body.starts_with("+++") {
        format!("{body}\n")
    } else {
        format!("+++\n{head}+++\n{body}\n")
    };
    Ok(made)
}

impl ImportedProject {
    /// Rewrite a text that begins so many lines behind the first, and keep what is known of it.
    fn add(&mut self, source: &str, line: usize, style: &Style) -> String {
        let found = rewrite(source, &style.known);
        self.names.extend(found.names);
        self.needed.extend(found.needed);
        self.printed.extend(found.printed);
        let problems = found.problems.into_iter();
        self.problems
            .extend(problems.map(|(n, what, why)| (line + n - 1, what, why)));
        found.text
    }
}

/// Whether a tag is open at the end of a line, which promptfoo takes as a sign that none is meant.
fn is_partial(text: &str) -> bool {
    text.lines().any(|line| {
        let open = |open: &str, mark: char| {
            let rest = line.rfind(open).map(|at| &line[at + open.len()..]);
            rest.is_some_and(|rest| !rest.contains(mark))
        };
        open("{%", '%') || open("{{", '}') || open("{#", '#')
    }) && !text.contains("endraw")
}

/// The messages of a chat; `None` where the text is no chat.
fn messages(raw: &str) -> Result<Option<Vec<(String, String)>>, String> {
    let trimmed = raw.trim();
    let value = if trimmed.starts_with("- role:") {
        let node = Node::parse(Path::new("prompt.yaml"), raw);
        node.map_err(|_| "it begins like a chat in YAML and is none".to_owned())?
            .json()
    } else if trimmed.starts_with('[')
        || trimmed.starts_with('{')
            && !trimmed.starts_with("{{")
            && !trimmed.starts_with("{%")
            && !trimmed.starts_with("{#")
    {
        match serde_json::from_str::<Value>(trimmed) {
            Ok(value) => value,
            Err(_) => match serde_json::from_str::<Value>(&quoted(trimmed)) {
                Ok(value) => value,
                // A text may begin with a bracket.
                Err(_) if !trimmed.contains("\"role\"") => return Ok(None),
                Err(error) => {
                    return Err(format!(
                        "a chat that a template puts together is not converted: write its messages with `role()` ({error})"
                    ));
                }
            },
        }
    } else {
        return Ok(None);
    };
    let list = match &value {
        Value::Array(list) => list,
        Value::Object(map) => match map.get("messages") {
            Some(Value::Array(list)) => list,
            _ => return Err("a JSON object is not a list of messages".into()),
        },
        _ => return Ok(None),
    };
    if list.iter().all(|item| !item.is_object()) {
        return Ok(None);
    }
    list.iter().map(message).collect::<Result<_, _>>().map(Some)
}

fn message(item: &Value) -> Result<(String, String), String> {
    let role = item.get("role").and_then(Value::as_str).unwrap_or("");
    if !["system", "developer", "user", "assistant"].contains(&role) {
        return Err(format!("a message of the role `{role}` is not known here"));
    }
    let only = |part: &Value| {
        let kind = part.get("type").and_then(Value::as_str);
        let text = part.get("text").and_then(Value::as_str);
        (kind == Some("text"))
            .then_some(text)
            .flatten()
            .map(str::to_owned)
    };
    let content = match item.get("content") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => match parts.as_slice() {
            [part] if only(part).is_some() => only(part).unwrap_or_default(),
            _ => return Err("messages with several parts or images are not supported".into()),
        },
        _ => return Err("a message has no text".into()),
    };
    Ok((role.to_owned(), content))
}

/// `"content": {{ x | dump }}` stands for a text that is a variable: quote it.
fn quoted(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("{{") {
        let Some(length) = rest[at..].find("}}") else {
            break;
        };
        let inside = &rest[at + 2..at + length];
        let bare = rest[..at].trim_end().ends_with([':', ',', '[']);
        let filter = inside.rsplit_once('|').filter(|(_, f)| {
            let f = f.trim();
            f == "dump" || f == "tojson"
        });
        out.push_str(&rest[..at]);
        match filter.filter(|_| bare) {
            Some((expression, _)) => {
                out += &Value::String(format!("{{{{ {} }}}}", expression.trim())).to_string();
            }
            None => out.push_str(&rest[at..at + length + 2]),
        }
        rest = &rest[at + length + 2..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interop::NotePlace;

    fn convert(raw: &str, style: &Style) -> Result<String, String> {
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
        template(&prompt, style).map(|made| made.text)
    }

    #[test]
    fn chats_become_roles() {
        let style = Style::default();
        let chat = r#"[{"role": "system", "content": "Be {{tone}}."}, {"role": "user", "content": {{ text | dump }}}]"#;
        let text = "{{ role(\"system\") }}Be {{ tone }}.\n{{ role(\"user\") }}{{ text }}\n";
        assert_eq!(convert(chat, &style).unwrap(), text);
        let yaml = "- role: user\n  content: Hi {{a}}\n";
        assert_eq!(
            convert(yaml, &style).unwrap(),
            "{{ role(\"user\") }}Hi {{ a }}\n"
        );
        assert_eq!(
            convert("[draft] {{ a }}", &style).unwrap(),
            "[draft] {{ a }}\n"
        );
        for (chat, why) in [
            (
                r#"[{% for m in h %}{"role": "user", "content": "x"},{% endfor %}]"#,
                "puts together",
            ),
            (r#"[{"role": "tool", "content": "x"}]"#, "`tool`"),
            (
                r#"[{"role": "user", "content": [{"type": "image_url"}]}]"#,
                "image",
            ),
            (r#"{"prompt": "x"}"#, "not a list of messages"),
        ] {
            let error = convert(chat, &style).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn white_space_is_kept_where_it_counts() {
        let style = Style {
            exact: true,
            ..Style::default()
        };
        assert_eq!(
            convert("Hi {{a}}", &style).unwrap(),
            "{{ role(\"user\", trim=false) }}Hi {{ a }}\n"
        );
        let style = Style::default();
        assert_eq!(
            convert("{% if a %}x{% endif %} y", &style).unwrap(),
            "+++\nwhitespace = \"keep\"\n+++\n{{ role(\"user\", trim=false) }}{% if a %}x{% endif %} y\n"
        );
        assert!(
            convert("use {{ here", &style)
                .unwrap()
                .contains("{% raw %}")
        );
    }
}
