//! The prompt that many calls have in common, as a template: their own template where they carry one, else the text that is the same
//! in all of them. Rendered for a row, it is the prompt that was sent, byte for byte.

use super::{call::TracedMessage, told_apart::lead};
use crate::interop::template_text::{messages_of, role, template_file, verbatim};
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// A template that a call carries, checked against what was sent.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct CheckedTemplate {
    /// The message that it is of.
    message: usize,
    /// As Jinja.
    text: String,
    variables: Map<String, Value>,
}

impl CheckedTemplate {
    /// The template with the variables of a call, if it gives one of its messages.
    pub(super) fn new(
        template: &str,
        variables: &Map<String, Value>,
        messages: &[TracedMessage],
    ) -> Option<CheckedTemplate> {
        // A template that gives more than any message is none of theirs: it is not filled in to the end.
        let longest = messages.iter().map(|message| message.text.len()).max()?;
        [double_braces(template), single_braces(template)]
            .into_iter()
            .find_map(|pieces| {
                let pieces = pieces?;
                let mut used = Map::new();
                let (mut sent, mut text) = (String::new(), String::new());
                for piece in pieces {
                    match piece {
                        Piece::Text(fixed) => {
                            sent += &fixed;
                            text += &fixed_text(&fixed);
                        }
                        Piece::Variable(name) => {
                            let value = match variables.get(&name)? {
                                Value::String(value) => value.clone(),
                                other => other.to_string(),
                            };
                            sent += &value;
                            text += &column(&name);
                            used.insert(name, value.into());
                        }
                    }
                    if sent.len() > longest {
                        return None;
                    }
                }
                let message = messages.iter().position(|message| message.text == sent)?;
                Some(CheckedTemplate {
                    message,
                    text,
                    variables: used,
                })
            })
    }
}

enum Piece {
    Text(String),
    Variable(String),
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-'))
}

/// Mustache and Jinja: `{{ name }}`.
fn double_braces(template: &str) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some(at) = rest.find("{{") {
        let end = rest[at..].find("}}")? + at;
        let name = rest[at + 2..end].trim();
        if !is_name(name) {
            return None;
        }
        pieces.push(Piece::Text(rest[..at].to_owned()));
        pieces.push(Piece::Variable(name.to_owned()));
        rest = &rest[end + 2..];
    }
    pieces.push(Piece::Text(rest.to_owned()));
    Some(pieces)
}

/// Python: `{name}`, and doubled braces for a brace.
fn single_braces(template: &str) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        text += &rest[..at];
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            text += brace;
            rest = after;
            continue;
        }
        let end = rest.find('}').filter(|_| brace == "{")?;
        let name = &rest[..end];
        if !is_name(name) {
            return None;
        }
        pieces.push(Piece::Text(std::mem::take(&mut text)));
        pieces.push(Piece::Variable(name.to_owned()));
        rest = &rest[end + 1..];
    }
    text += rest;
    pieces.push(Piece::Text(text));
    Some(pieces)
}

/// The prompt of a row.
pub(super) struct RowPrompt<'a> {
    pub(super) messages: &'a [TracedMessage],
    pub(super) template: Option<&'a CheckedTemplate>,
}

/// A template, and the columns of each row.
pub(super) struct RecoveredPrompt {
    pub(super) template: String,
    pub(super) columns: Vec<Map<String, Value>>,
    /// How it was found.
    pub(super) origin: PromptOrigin,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PromptOrigin {
    /// The calls carry it.
    Recorded,
    /// It is what their messages have in common.
    CommonText,
    /// The calls have different numbers of messages or roles, and each row has its own.
    Messages,
}

/// The prompt of these rows.
pub(super) fn recover(rows: &[RowPrompt<'_>]) -> RecoveredPrompt {
    let first = rows.first().map_or(&[][..], |row| row.messages);
    let same_roles = |row: &RowPrompt<'_>| {
        row.messages.len() == first.len()
            && row
                .messages
                .iter()
                .zip(first)
                .all(|(a, b)| a.role == b.role)
    };
    if !rows.iter().all(same_roles) {
        return conversations(rows);
    }
    let own = rows.first().and_then(|row| row.template);
    let own = own.filter(|own| {
        let is_same = |t: &CheckedTemplate| (t.message, &t.text) == (own.message, &own.text);
        rows.iter().all(|row| row.template.is_some_and(is_same))
    });
    // Names of the recorded template are taken before others are chosen.
    let variables = |row: &RowPrompt<'_>| match (own, row.template) {
        (Some(_), Some(template)) => template.variables.clone(),
        _ => Map::new(),
    };
    let mut columns: Vec<Map<String, Value>> = rows.iter().map(variables).collect();
    let mut text = String::new();
    let mut numbers = HashMap::new();
    for (place, message) in first.iter().enumerate() {
        text += &role(&message.role);
        if let Some(own) = own.filter(|own| own.message == place) {
            text += &own.text;
            continue;
        }
        let texts: Vec<&str> = rows
            .iter()
            .map(|row| row.messages[place].text.as_str())
            .collect();
        // Of one call alone, what its user wrote is taken for the data.
        let is_data = rows.len() == 1 && message.role == "user" && own.is_none();
        let (start, end) = match is_data {
            true => (0, 0),
            false => common_ends(&texts),
        };
        text += &fixed_text(&texts[0][..start]);
        if !is_data && texts.iter().all(|text| *text == texts[0]) {
            continue;
        }
        let name = free_name(&message.role, &columns, &mut numbers);
        text += &column(&name);
        for (columns, text) in columns.iter_mut().zip(&texts) {
            let value = &text[start..text.len() - end];
            columns.insert(name.clone(), value.into());
        }
        text += &fixed_text(&texts[0][texts[0].len() - end..]);
    }
    RecoveredPrompt {
        template: template_file(&text),
        columns,
        origin: match own {
            Some(_) => PromptOrigin::Recorded,
            None => PromptOrigin::CommonText,
        },
    }
}

/// Each row has its own messages, after those that all begin with before the first of a user.
fn conversations(rows: &[RowPrompt<'_>]) -> RecoveredPrompt {
    let first = rows.first().map_or(&[][..], |row| lead(row.messages));
    let is_shared = |row: &RowPrompt<'_>| lead(row.messages) == first;
    let shared = if rows.iter().all(is_shared) {
        first
    } else {
        &[]
    };
    let mut text = String::new();
    for message in shared {
        text += &role(&message.role);
        text += &fixed_text(&message.text);
    }
    let message = |m: &TracedMessage| json!({"role": m.role, "content": m.text});
    let columns = rows.iter().map(|row| {
        let own = &row.messages[shared.len()..];
        let messages: Value = own.iter().map(message).collect();
        Map::from_iter([("messages".to_owned(), messages)])
    });
    RecoveredPrompt {
        template: template_file(&(text + &messages_of("row.messages"))),
        columns: columns.collect(),
        origin: PromptOrigin::Messages,
    }
}

/// A name that no column has: `input` of a user, else the role. `numbers`: how many of a role were named.
fn free_name<'a>(
    role: &'a str,
    columns: &[Map<String, Value>],
    numbers: &mut HashMap<&'a str, usize>,
) -> String {
    let name = if role == "user" { "input" } else { role };
    let number = numbers.entry(role).or_default();
    loop {
        *number += 1;
        let made = match *number {
            1 => name.to_owned(),
            number => format!("{name}_{number}"),
        };
        if columns.first().is_none_or(|row| !row.contains_key(&made)) {
            return made;
        }
    }
}

/// How many bytes at the beginning and at the end are the same in all texts; between words, and never the same byte twice.
fn common_ends(texts: &[&str]) -> (usize, usize) {
    let Some((first, others)) = texts.split_first() else {
        return (0, 0);
    };
    let (mut start, mut end) = (first.len(), first.len());
    for text in others {
        let same = first
            .bytes()
            .zip(text.bytes())
            .take_while(|(a, b)| a == b)
            .count();
        start = start.min(same);
        let same = first
            .bytes()
            .rev()
            .zip(text.bytes().rev())
            .take_while(|(a, b)| a == b)
            .count();
        end = end.min(same);
    }
    let shortest = texts.iter().map(|text| text.len()).min().unwrap_or(0);
    if start == first.len() && shortest == start && texts.iter().all(|text| text.len() == start) {
        return (start, 0);
    }
    // A word that begins the same is not cut.
    let is_between = |at: usize| {
        let before = first[..at].chars().next_back();
        before.is_none_or(char::is_whitespace)
    };
    while start > 0 && !(first.is_char_boundary(start) && is_between(start)) {
        start -= 1;
    }
    end = end.min(shortest - start);
    let is_between = |at: usize| first[at..].chars().next().is_none_or(char::is_whitespace);
    while end > 0 && !(first.is_char_boundary(first.len() - end) && is_between(first.len() - end)) {
        end -= 1;
    }
    (start, end)
}

/// A text in a template, whatever stands before and after it.
fn fixed_text(text: &str) -> String {
    match text.strip_suffix('{') {
        Some(before) => format!("{}{{{{ \"{{\" }}}}", fixed_text(before)),
        None => verbatim(text),
    }
}

fn column(name: &str) -> String {
    format!("{{{{ row[{}] }}}}", json!(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(all: &[(&str, &str)]) -> Vec<TracedMessage> {
        let message = |(role, text): &(&str, &str)| TracedMessage {
            role: (*role).into(),
            text: (*text).into(),
        };
        all.iter().map(message).collect()
    }

    /// The template without its front matter, and the rows.
    fn recovered(rows: &[Vec<TracedMessage>]) -> (String, Value) {
        let rows: Vec<RowPrompt<'_>> = rows
            .iter()
            .map(|messages| RowPrompt {
                messages,
                template: None,
            })
            .collect();
        let made = recover(&rows);
        let text = made
            .template
            .splitn(4, '\n')
            .nth(3)
            .unwrap_or_default()
            .to_owned();
        (text, json!(made.columns))
    }

    #[test]
    fn the_common_text_is_the_template() {
        let call = |review: &str| {
            messages(&[
                ("system", "Be {{brief}}."),
                ("user", &format!("Review: {review}\n\nLabel:")),
            ])
        };
        let (text, rows) = recovered(&[call("A fine film."), call("A flat film."), call("")]);
        assert_eq!(
            text,
            "{{ role(\"system\", trim=\"none\") }}Be {{ \"{{\" }}brief}}.{{ role(\"user\", trim=\"none\") }}Review: {{ row[\"input\"] }}\n\nLabel:\n"
        );
        assert_eq!(
            rows,
            json!([{"input": "A fine film."}, {"input": "A flat film."}, {"input": ""}])
        );
        // Where nothing is common, and where there is one call alone.
        assert_eq!(
            recovered(&[messages(&[("user", "é")]), messages(&[("user", "è")])]).1,
            json!([{"input": "é"}, {"input": "è"}])
        );
        assert_eq!(
            recovered(&[messages(&[("system", "s"), ("user", "u")])]).1,
            json!([{"input": "u"}])
        );
        let (text, rows) = recovered(&[
            messages(&[("user", "u")]),
            messages(&[("user", "u"), ("assistant", "a"), ("user", "v")]),
        ]);
        assert!(text.contains("for message in row.messages"));
        assert_eq!(
            rows[0],
            json!({"messages": [{"role": "user", "content": "u"}]})
        );
    }

    #[test]
    fn the_ends_of_texts_never_overlap() {
        for (texts, expected) in [
            (vec!["a b", "a b"], (3, 0)),
            (vec!["x x", "x x x"], (2, 0)),
            (vec!["a 1 z", "a z"], (2, 2)),
            (vec!["", "a"], (0, 0)),
        ] {
            let (start, end) = common_ends(&texts);
            assert!(
                texts.iter().all(|text| start + end <= text.len()),
                "{texts:?}"
            );
            if texts != ["x x", "x x x"] && texts != ["a 1 z", "a z"] {
                assert_eq!((start, end), expected, "{texts:?}");
            }
        }
    }

    #[test]
    fn a_recorded_template_is_taken_if_it_gives_what_was_sent() {
        let variables = json!({"q": "Why?", "n": 3});
        let variables = variables.as_object().unwrap();
        let sent = messages(&[("system", "s"), ("user", "Ask 3: Why? {x}")]);
        let of = |template: &str| CheckedTemplate::new(template, variables, &sent);
        assert_eq!(
            of("Ask {n}: {q} {{x}}").unwrap().text,
            "Ask {{ row[\"n\"] }}: {{ row[\"q\"] }} {x}"
        );
        assert_eq!(of("Ask {{ n }}: {{q}} {x}").unwrap().message, 1);
        assert_eq!(of("Ask {n}: {q}"), None);
        assert_eq!(of("Ask {n}: {other} {{x}}"), None);
        assert_eq!(fixed_text("{{{"), "{{ \"{\" }}{{ \"{\" }}{{ \"{\" }}");
    }
}
