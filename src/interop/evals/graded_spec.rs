//! Questions to a judge as a registry has them in its folder `modelgraded`: the prompt, the choices and their scores.

use super::samples::folders;
use crate::interop::{Node, NotePlace, Notes, files::Files};
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

/// A part of a format string of Python.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Piece {
    Text(String),
    Name(String),
}

/// A specification, as far as it says what is sent and how a reply is scored.
#[derive(Debug)]
pub(super) struct GradedSpec {
    /// Role and text of each message.
    pub(super) prompt: Vec<(String, String)>,
    /// It is a list of messages, not one text.
    pub(super) is_chat: bool,
    /// In the order in which they are looked for.
    pub(super) choices: Vec<(String, f64)>,
    /// The column with a prompt, and what the answer to it is called.
    pub(super) completions: Vec<(String, String)>,
    pub(super) eval_type: Option<String>,
}

/// The specifications of folders that were read.
#[derive(Debug, Default)]
pub(super) struct GradedSpecs(HashMap<PathBuf, Vec<(String, Node)>>);

impl GradedSpecs {
    /// The specification that an eval names; the error says why there is none.
    pub(super) fn find(
        &mut self,
        name: &str,
        root: &Path,
        at: &NotePlace,
        files: &Files,
        notes: &mut Notes,
    ) -> Result<GradedSpec, String> {
        for folder in folders("modelgraded", root, &at.file) {
            if !self.0.contains_key(&folder) {
                let read = read_folder(&folder, at, files, notes)?;
                self.0.insert(folder.clone(), read);
            }
            let all = self.0.get(&folder).map_or(&[][..], Vec::as_slice);
            if let Some(node) = dereference(name, all) {
                return GradedSpec::read(node)
                    .map_err(|why| format!("its question `{name}` ({}): {why}", node.at));
            }
        }
        Err(format!(
            "its question `{name}` is not in the folder: copy the file of `modelgraded` that has it from the package's registry, and import again"
        ))
    }
}

fn read_folder(
    folder: &Path,
    at: &NotePlace,
    files: &Files,
    notes: &mut Notes,
) -> Result<Vec<(String, Node)>, String> {
    let Ok(entries) = folder.read_dir() else {
        return Ok(Vec::new());
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "yaml"));
    paths.sort();
    let mut all = Vec::new();
    for path in paths {
        let text = files.text(&path, at).map_err(|error| error.to_string())?;
        match Node::parse_as_python(&path, &text) {
            Ok(node) => all.extend(node.entries().iter().cloned()),
            Err(error) => {
                let at = NotePlace {
                    file: crate::source::as_typed(&path).into(),
                    line: None,
                };
                notes.dropped(&at, "the file", error.to_string());
            }
        }
    }
    Ok(all)
}

/// What a name stands for: an entry may be the name of another.
fn dereference<'n>(name: &str, all: &'n [(String, Node)]) -> Option<&'n Node> {
    let entry = |name: &str| all.iter().find(|(known, _)| known == name);
    let mut node = &entry(name)?.1;
    for _ in 0..all.len() {
        match node.text().or(node.get("id").and_then(Node::text)) {
            Some(other) => node = &entry(other)?.1,
            None => return Some(node),
        }
    }
    None
}

impl GradedSpec {
    fn read(node: &Node) -> Result<GradedSpec, String> {
        let (prompt, is_chat) = match node.get("prompt") {
            Some(prompt) => match prompt.text() {
                Some(text) => (vec![("user".to_owned(), text.to_owned())], false),
                None => {
                    let message = |message: &Node| {
                        let text = |key: &str| message.get(key).and_then(Node::text);
                        let keys = message.entries().len();
                        (keys == 2).then_some(())?;
                        Some((text("role")?.to_owned(), text("content")?.to_owned()))
                    };
                    let messages = prompt.items().iter().map(message);
                    let messages: Option<Vec<_>> = messages.collect();
                    let why = "its messages have more than a role and a text";
                    (messages.ok_or(why)?, true)
                }
            },
            None => return Err("it has no `prompt`".into()),
        };
        let texts: Option<Vec<String>> = match node.get("choice_strings") {
            None => return Err("it has no `choice_strings`".into()),
            Some(list) => match list.text() {
                // There is one completion.
                Some("from_n") => Some(vec!["1".into()]),
                Some("from_n_abc") => Some(vec!["a".into()]),
                Some("from_n_ABC") => Some(vec!["A".into()]),
                Some(text) => Some(text.chars().map(String::from).collect()),
                None => {
                    let each = list.items().iter();
                    each.map(|one| one.text().map(str::to_owned)).collect()
                }
            },
        };
        let texts =
            texts.ok_or("one of its `choice_strings` is not a text: write quotes around it")?;
        if let Some(text) = texts
            .iter()
            .find(|t| t.contains(|c: char| c.is_ascii_punctuation()))
        {
            return Err(format!(
                "the package refuses the choice `{text}`, which has punctuation"
            ));
        }
        let scores = node.get("choice_scores").ok_or(
            "it has no `choice_scores`, so that the package counts choices and gives no score: add `choice_scores`, and import again",
        )?;
        let score = |text: &String| match scores.text() {
            Some("from_strings") => text.trim().parse::<f64>().ok(),
            _ => scores.get(text).and_then(Node::number),
        };
        let choices = texts.into_iter().map(|text| {
            let score = score(&text).filter(|score| score.is_finite());
            let score = score.ok_or_else(|| format!("the choice `{text}` has no score"))?;
            Ok((text, score))
        });
        let completions = node.get("input_outputs").map_or(&[][..], Node::entries);
        let completions = completions.iter().map(|(from, to)| {
            let why = "`input_outputs` has more than names";
            Ok((from.clone(), to.text().ok_or(why)?.to_owned()))
        });
        Ok(GradedSpec {
            prompt,
            is_chat,
            choices: choices.collect::<Result<_, String>>()?,
            completions: completions.collect::<Result<_, String>>()?,
            eval_type: node
                .get("eval_type")
                .and_then(Node::text)
                .map(str::to_owned),
        })
    }
}

/// The parts of a format string with plain names alone; `None` where Python would refuse it, or formats values.
pub(super) fn pieces(text: &str) -> Option<Vec<Piece>> {
    let (mut all, mut plain) = (Vec::new(), String::new());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '{' | '}' if chars.next_if_eq(&c).is_some() => plain.push(c),
            '{' => {
                let mut name = String::new();
                loop {
                    match chars.next()? {
                        '}' => break,
                        c if "{!:.[".contains(c) => return None,
                        c => name.push(c),
                    }
                }
                if name.is_empty() || name.chars().all(|c| c.is_ascii_digit()) {
                    return None;
                }
                all.push(Piece::Text(std::mem::take(&mut plain)));
                all.push(Piece::Name(name));
            }
            '}' => return None,
            c => plain.push(c),
        }
    }
    all.push(Piece::Text(plain));
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn format_strings_have_names_and_braces() {
        let text = |text: &str| Piece::Text(text.into());
        let name = |name: &str| Piece::Name(name.into());
        assert_eq!(
            pieces("{{a}} {b}{{{c}}}").unwrap(),
            [text("{a} "), name("b"), text("{"), name("c"), text("}")]
        );
        for refused in [
            "{", "}", "{a", "{}", "{0}", "{a.b}", "{a!r}", "{a:>9}", "{a{b}}",
        ] {
            assert_eq!(pieces(refused), None, "{refused}");
        }
    }
}
