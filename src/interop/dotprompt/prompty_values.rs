//! Values of the front matter of Prompty that name something else: `${env:NAME:default}` and `${file:PATH}`.
//!
//! Values of the shell are never read, only whether it sets a name.

use super::prompty::PromptyVersion;
use crate::{
    interop::{Kind, Node, Notes, files::Files, shell::is_in_shell},
    model::each_text,
};
use serde_json::Value;

/// Values in them that name a variable are told where the model is made: the project has a place for them.
const OF_THE_MODEL: [&str; 3] = ["connection", "configuration", "id"];

/// The tree with what files hold and with defaults in the place of names. A name without a default stays as it is. In version 1 white space
/// at both ends of texts goes, before and behind.
pub(super) fn resolved(
    node: &Node,
    version: PromptyVersion,
    files: &Files,
    notes: &mut Notes,
) -> Node {
    let mut resolving = Resolving {
        version,
        files,
        notes,
    };
    match version {
        PromptyVersion::One => trimmed(&resolving.node(&trimmed(node), false)),
        PromptyVersion::Two => resolving.node(node, false),
    }
}

/// The front matter as version 1 reads it: white space at both ends of texts goes.
fn trimmed(node: &Node) -> Node {
    let entries = |entries: &[(String, Node)]| {
        let entries = entries.iter();
        entries
            .map(|(key, value)| (key.clone(), trimmed(value)))
            .collect()
    };
    let kind = match &node.kind {
        Kind::Scalar(Value::String(text)) => Kind::Scalar(text.trim().into()),
        Kind::List(items) => Kind::List(items.iter().map(trimmed).collect()),
        Kind::Map(map) => Kind::Map(entries(map)),
        Kind::TypedKeys(map) => Kind::TypedKeys(entries(map)),
        other => other.clone(),
    };
    Node {
        kind,
        at: node.at.clone(),
    }
}

struct Resolving<'a> {
    version: PromptyVersion,
    files: &'a Files,
    notes: &'a mut Notes,
}

impl Resolving<'_> {
    fn node(&mut self, node: &Node, of_the_model: bool) -> Node {
        let kind = match &node.kind {
            Kind::Scalar(Value::String(text)) => {
                return self.scalar(node, text, of_the_model);
            }
            Kind::Scalar(_) | Kind::Unquoted(_) => return node.clone(),
            Kind::List(items) => Kind::List(
                items
                    .iter()
                    .map(|item| self.node(item, of_the_model))
                    .collect(),
            ),
            Kind::Map(entries) | Kind::TypedKeys(entries) => {
                let entries = entries.iter().map(|(key, value)| {
                    // Names of keys stay: the project names the same variable.
                    let is_key = key.to_lowercase().contains("key")
                        && (of_the_model || self.version == PromptyVersion::Two);
                    let value = match is_key {
                        true => value.clone(),
                        false => {
                            let of_the_model = of_the_model || OF_THE_MODEL.contains(&key.as_str());
                            self.node(value, of_the_model)
                        }
                    };
                    (key.clone(), value)
                });
                match &node.kind {
                    Kind::TypedKeys(_) => Kind::TypedKeys(entries.collect()),
                    _ => Kind::Map(entries.collect()),
                }
            }
        };
        Node {
            kind,
            at: node.at.clone(),
        }
    }

    fn scalar(&mut self, node: &Node, text: &str, of_the_model: bool) -> Node {
        let inner = text.strip_prefix("${").and_then(|t| t.strip_suffix('}'));
        let Some(inner) = inner else {
            return node.clone();
        };
        let (protocol, rest) = inner.split_once(':').unwrap_or((inner, ""));
        let protocol = match self.version {
            PromptyVersion::One => protocol.to_owned(),
            PromptyVersion::Two => protocol.to_lowercase(),
        };
        let value = match protocol.as_str() {
            "env" | "file" if !inner.contains(':') => return self.no_value(node, text),
            "env" => {
                let (name, default) = rest.split_once(':').unwrap_or((rest, ""));
                let default = match self.version {
                    PromptyVersion::One => default.split(':').next().unwrap_or_default(),
                    PromptyVersion::Two => default,
                };
                if default.is_empty() {
                    if !of_the_model {
                        let why = "variables of the environment are not read: write the value in its place";
                        self.notes.dropped(&node.at, format!("`{text}`"), why);
                    }
                    return node.clone();
                }
                if is_in_shell(name) {
                    let why = "your shell sets the variable, and its default is in its place here";
                    self.notes.dropped(&node.at, format!("`{text}`"), why);
                }
                Value::String(default.to_owned())
            }
            "file" => {
                let path = self.files.path(rest);
                let ending = path
                    .extension()
                    .and_then(|e| e.to_str())
                    .unwrap_or_default();
                let ending = ending.to_lowercase();
                if self.version == PromptyVersion::One && ending != "json" {
                    let why = "version 1 of Prompty reads every file as JSON: give it another name, or write its text here";
                    self.notes.dropped(&node.at, format!("`{text}`"), why);
                }
                let found = match ending.as_str() {
                    "json" | "yaml" | "yml" => match self.files.tree_as_python(&path, &node.at) {
                        Ok(tree) => {
                            let mut names = false;
                            each_text(&tree.json(), &mut |text| names |= text.contains("${"));
                            if names && self.version == PromptyVersion::One {
                                let why = "version 1 of Prompty fills in the names in it, and here they are texts: write the values";
                                self.notes.dropped(&node.at, format!("`{text}`"), why);
                            }
                            return tree;
                        }
                        Err(error) => Err(error),
                    },
                    _ => self.files.text(&path, &node.at).map(Value::String),
                };
                match found {
                    Ok(value) => value,
                    Err(error) => {
                        self.notes
                            .dropped(&node.at, format!("`{text}`"), error.to_string());
                        return node.clone();
                    }
                }
            }
            _ => return self.no_value(node, text),
        };
        Node::from_json(&value, &node.at)
    }

    /// What names neither a variable nor a file stays a text, but for version 1, which refuses it.
    fn no_value(&mut self, node: &Node, text: &str) -> Node {
        if self.version == PromptyVersion::One {
            let why = "version 1 of Prompty refuses it: write `${env:NAME}`, `${file:PATH}` or another text";
            self.notes.dropped(&node.at, format!("`{text}`"), why);
        }
        node.clone()
    }
}

/// The variable that a value names, where it is one.
pub(super) fn variable(text: &str) -> Option<&str> {
    let inner = text.strip_prefix("${env:")?.strip_suffix('}')?;
    inner.split(':').next().filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::path::Path;

    #[test]
    fn files_are_read_as_python_reads_them_and_names_without_a_value_are_told() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("x.yaml"), "a: yes\nb: 010\n").unwrap();
        let files = Files::within(folder.path(), &[], false);
        let yaml = "x: '${file:x.yaml}'\ny: '${env:NOT_SET_ANYWHERE_1}'\nz: '${env:NOT_SET_ANYWHERE_1:d}'\nmodel: {id: '${env:NOT_SET_ANYWHERE_1}'}";
        let root = Node::parse(Path::new("p.prompty"), yaml).unwrap();
        let mut notes = Notes::default();
        let name = "${env:NOT_SET_ANYWHERE_1}";
        assert_eq!(
            resolved(&root, PromptyVersion::Two, &files, &mut notes).json(),
            json!({"x": {"a": true, "b": 8}, "y": name, "z": "d", "model": {"id": name}})
        );
        let told = notes.finish();
        assert_eq!(told.len(), 1);
        assert_eq!(
            (told[0].line, told[0].what.as_str()),
            (Some(2), "`${env:NOT_SET_ANYWHERE_1}`")
        );
    }

    /// With Prompty 0.1.50.
    #[test]
    fn version_1_trims_values_and_reads_names_in_keys_of_samples_too() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("x.json"), r#"{"a": " b "}"#).unwrap();
        let files = Files::within(folder.path(), &[], false);
        let yaml =
            "x: ' ${file:x.json} '\ny: {apiKey: '${env:NOT_SET_ANYWHERE_1:d:e}'}\nz: '${no}'";
        let root = Node::parse(Path::new("p.prompty"), yaml).unwrap();
        let mut notes = Notes::default();
        assert_eq!(
            resolved(&root, PromptyVersion::One, &files, &mut notes).json(),
            json!({"x": {"a": "b"}, "y": {"apiKey": "d"}, "z": "${no}"})
        );
        let told = notes.finish();
        assert_eq!((told.len(), told[0].what.as_str()), (1, "`${no}`"));
    }
}
