//! Values of YAML and JSON as a tree that remembers on which line each value stands.

use super::NotePlace;
use serde_json::{Map, Value};

/// A value with its place.
#[derive(Debug, Clone)]
pub struct Node {
    pub kind: Kind,
    pub at: NotePlace,
}

#[derive(Debug, Clone)]
pub enum Kind {
    /// A text, a number, true, false or null.
    Scalar(Value),
    /// A scalar without quotes that the tools which are read here take neither for a text nor for a value of JSON: a date, of which a program
    /// in Python takes only those with a time; for such a program an integer of more than 64 bits too, in its decimal digits.
    Unquoted(String),
    List(Vec<Node>),
    /// A map, in the order of the file.
    Map(Vec<(String, Node)>),
    /// The same with keys that are no texts for a program in Python, as it prints them.
    TypedKeys(Vec<(String, Node)>),
}

impl Node {
    /// The size of a value without those in it.
    pub(super) fn own_size(&self) -> usize {
        let keys: usize = self.entries().iter().map(|(key, _)| key.len()).sum();
        1 + (self.text().map_or(0, str::len) + keys) / 64
    }

    /// The size of a value with those in it: one for each, and more for long texts.
    pub(super) fn size(&self) -> usize {
        let inner: usize = match &self.kind {
            Kind::Scalar(_) | Kind::Unquoted(_) => 0,
            Kind::List(items) => items.iter().map(Node::size).sum(),
            Kind::Map(_) | Kind::TypedKeys(_) => {
                self.entries().iter().map(|(_, node)| node.size()).sum()
            }
        };
        self.own_size() + inner
    }

    /// A value that has one place for all of it.
    pub fn from_json(value: &Value, at: &NotePlace) -> Node {
        let kind = match value {
            Value::Array(items) => {
                Kind::List(items.iter().map(|v| Node::from_json(v, at)).collect())
            }
            Value::Object(map) => Kind::Map(
                map.iter()
                    .map(|(key, v)| (key.clone(), Node::from_json(v, at)))
                    .collect(),
            ),
            scalar => Kind::Scalar(scalar.clone()),
        };
        Node {
            kind,
            at: at.clone(),
        }
    }

    pub fn json(&self) -> Value {
        match &self.kind {
            Kind::Scalar(value) => value.clone(),
            Kind::Unquoted(text) => text.clone().into(),
            Kind::List(items) => Value::Array(items.iter().map(Node::json).collect()),
            Kind::Map(entries) | Kind::TypedKeys(entries) => Value::Object(
                entries
                    .iter()
                    .map(|(key, node)| (key.clone(), node.json()))
                    .collect::<Map<_, _>>(),
            ),
        }
    }

    /// The value of a key; `null` counts as none.
    pub fn get(&self, key: &str) -> Option<&Node> {
        let found = self.entries().iter().find(|(k, _)| k == key);
        found.map(|(_, node)| node).filter(|node| !node.is_null())
    }

    /// The entries of a map; none where it is no map.
    pub fn entries(&self) -> &[(String, Node)] {
        match &self.kind {
            Kind::Map(entries) | Kind::TypedKeys(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; the node itself where it is none.
    pub fn items(&self) -> &[Node] {
        match &self.kind {
            Kind::List(items) => items,
            _ => std::slice::from_ref(self),
        }
    }

    /// Whether it is a map.
    pub fn is_map(&self) -> bool {
        matches!(self.kind, Kind::Map(_) | Kind::TypedKeys(_))
    }

    pub fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Scalar(Value::Null))
    }

    /// The text, where it is one.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar(Value::String(text)) | Kind::Unquoted(text) => Some(text),
            _ => None,
        }
    }

    /// The first date or large integer without quotes in it.
    pub(super) fn unquoted(&self) -> Option<&Node> {
        match &self.kind {
            Kind::Unquoted(_) => Some(self),
            Kind::Scalar(_) => None,
            Kind::List(items) => items.iter().find_map(Node::unquoted),
            Kind::Map(entries) | Kind::TypedKeys(entries) => {
                entries.iter().find_map(|(_, node)| node.unquoted())
            }
        }
    }

    /// The first map in it with keys that are no texts.
    pub(super) fn typed_keys(&self) -> Option<&Node> {
        match &self.kind {
            Kind::TypedKeys(_) => Some(self),
            Kind::Scalar(_) | Kind::Unquoted(_) => None,
            Kind::List(items) => items.iter().find_map(Node::typed_keys),
            Kind::Map(entries) => entries.iter().find_map(|(_, node)| node.typed_keys()),
        }
    }

    /// The number, where it is one or a text that says one.
    pub fn number(&self) -> Option<f64> {
        match &self.kind {
            Kind::Scalar(Value::String(text)) | Kind::Unquoted(text) => text.trim().parse().ok(),
            Kind::Scalar(value) => value.as_f64(),
            _ => None,
        }
    }
}
