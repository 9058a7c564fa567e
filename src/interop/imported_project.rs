//! A project made of another tool's files: what is to be written, and the parts that its `wording.toml` is put together from.

use super::{ImportError, Note, Weight, written_files::write_files};
use serde::Serialize;
use serde_json::{Map, Value};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

/// A project that is not written yet.
#[derive(Debug, Default, Serialize, schemars::JsonSchema)]
pub struct ImportedProject {
    pub experiments: Vec<String>,
    pub templates: usize,
    /// Rows of all datasets.
    pub rows: usize,
    /// The models that are asked.
    pub models: Vec<String>,
    /// How many assertions of each kind the rows have.
    pub assertions: BTreeMap<String, usize>,
    /// What was left out, and what is there in another way.
    pub notes: Vec<Note>,
    /// The files, relative to the folder.
    #[serde(skip)]
    pub files: Vec<(PathBuf, String)>,
}

impl ImportedProject {
    /// Write the files into a folder, never over others.
    pub fn write(&self, dir: &Path, force: bool) -> Result<(), ImportError> {
        write_files(&self.files, dir, force)
    }
}

/// An endpoint of the new project.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Endpoint {
    /// Its name, made unique when it is written.
    pub name: String,
    pub base_url: String,
    /// The variable with its key.
    pub key: Option<String>,
    /// Another interface than chat completions, as projects call it.
    pub api: Option<&'static str>,
    pub headers: Vec<(String, String)>,
}

/// A model of the new project.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ImportedModel {
    /// Where; `None` for the built-in endpoint.
    pub endpoint: Option<Endpoint>,
    pub name: String,
    pub params: Map<String, Value>,
    /// USD per million tokens, in and out, where the file says it.
    pub price: Option<(f64, f64)>,
}

/// The endpoints of a project, each once, under names of their own.
#[derive(Debug, Default)]
pub struct Endpoints {
    all: Vec<Endpoint>,
    prices: BTreeMap<(String, String), (f64, f64)>,
}

impl Endpoints {
    /// What the project calls a model.
    pub fn reference(&mut self, model: &ImportedModel) -> String {
        let Some(endpoint) = &model.endpoint else {
            return format!("demo/{}", model.name);
        };
        let same = |other: &&Endpoint| {
            Endpoint {
                name: endpoint.name.clone(),
                ..(*other).clone()
            } == *endpoint
        };
        let known = self.all.iter().find(same).map(|other| other.name.clone());
        let name = known.unwrap_or_else(|| {
            let mut name = endpoint.name.clone();
            let mut n = 2;
            while name == "demo" || self.all.iter().any(|other| other.name == name) {
                name = format!("{}-{n}", endpoint.name);
                n += 1;
            }
            self.all.push(Endpoint {
                name: name.clone(),
                ..endpoint.clone()
            });
            name
        });
        if let Some(price) = model.price {
            self.prices
                .insert((name.clone(), model.name.clone()), price);
        }
        format!("{name}/{}", model.name)
    }

    /// The variables that have to be set.
    pub fn keys(&self) -> BTreeSet<&str> {
        self.all.iter().filter_map(|e| e.key.as_deref()).collect()
    }

    /// As they stand in `wording.toml`; `limits` are lines for each of them.
    pub fn toml(&self, limits: &str) -> String {
        let mut text = String::new();
        for endpoint in &self.all {
            text += &format!("[endpoint.{}]\n", key(&endpoint.name));
            text += &format!("base_url = {}\n", toml(&endpoint.base_url.clone().into()));
            if let Some(name) = &endpoint.key {
                text += &format!("api_key_env = {}\n", toml(&name.clone().into()));
            }
            if let Some(api) = endpoint.api {
                text += &format!("api = \"{api}\"\n");
            }
            text += limits;
            if !endpoint.headers.is_empty() {
                let headers = endpoint.headers.iter();
                let headers: Map<String, Value> = headers
                    .map(|(name, value)| (name.clone(), value.clone().into()))
                    .collect();
                text += &format!("headers = {}\n", toml(&headers.into()));
            }
            for ((name, model), (input, output)) in &self.prices {
                if *name == endpoint.name {
                    text += &format!(
                        "[endpoint.{}.model.{}]\nprice = {{ input = {input:?}, output = {output:?} }}\n",
                        key(name),
                        key(model)
                    );
                }
            }
            text.push('\n');
        }
        text
    }
}

/// A value as TOML in a line; what is null in a map is left out.
pub fn toml(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let entries: Vec<String> = map
                .iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| format!("{} = {}", key(name), toml(value)))
                .collect();
            if entries.is_empty() {
                "{}".into()
            } else {
                format!("{{ {} }}", entries.join(", "))
            }
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(toml).collect();
            format!("[{}]", items.join(", "))
        }
        Value::String(text) => toml::Value::String(text.clone()).to_string(),
        Value::Null => "\"\"".into(),
        other => other.to_string(),
    }
}

/// Whether there is a null in a value, which TOML cannot write.
pub(super) fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(has_null),
        Value::Object(map) => map.values().any(has_null),
        _ => false,
    }
}

/// A key as TOML.
pub fn key(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !name.is_empty() && name.chars().all(bare) {
        name.to_owned()
    } else {
        // A JSON text is a basic string of TOML.
        Value::String(name.to_owned()).to_string()
    }
}

/// A name for a file, made of what a person wrote: letters and digits in small letters, the rest dashes.
pub fn slug(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_alphanumeric() {
            out.extend(c.to_lowercase());
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
        if out.chars().count() >= 40 {
            break;
        }
    }
    out.trim_end_matches('-').to_owned()
}

/// What a person should know, as a page beside the project.
pub(super) fn page(source: &Path, notes: &[Note], endpoints: &Endpoints) -> String {
    let mut text = format!("# Made of {}\n\n", source.display());
    let keys: Vec<&str> = endpoints.keys().into_iter().collect();
    if !keys.is_empty() {
        text += &format!("Variables to set: {}.\n\n", keys.join(", "));
    }
    for (weight, title) in [
        (Weight::Dropped, "Left out"),
        (Weight::Changed, "There in another way"),
    ] {
        let some: Vec<&Note> = notes.iter().filter(|n| n.weight == weight).collect();
        if !some.is_empty() {
            text += &format!("## {title}\n\n");
            for note in some {
                text += &format!("- {}\n", crate::display::one_line(&note.to_string()));
            }
            text.push('\n');
        }
    }
    if notes.is_empty() {
        text += "Everything was taken over.\n";
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_written_as_toml_reads_them() {
        let value = json!({"a b": [1, 0.5, "x\"y\n"], "n": null, "o": {"t": true}, "e": {}});
        let text = format!("v = {}", toml(&value));
        let read: toml::Table = text.parse().unwrap();
        let back = serde_json::to_value(&read["v"]).unwrap();
        assert_eq!(
            back,
            json!({"a b": [1, 0.5, "x\"y\n"], "o": {"t": true}, "e": {}})
        );
        assert_eq!(slug("Short, polite: v2!"), "short-polite-v2");
    }

    #[test]
    fn an_endpoint_is_written_once_and_another_of_its_name_gets_a_number() {
        let mut endpoints = Endpoints::default();
        let model = |url: &str, name: &str| ImportedModel {
            endpoint: Some(Endpoint {
                name: "openai".into(),
                base_url: url.into(),
                ..Endpoint::default()
            }),
            name: name.into(),
            ..ImportedModel::default()
        };
        assert_eq!(endpoints.reference(&model("http://a", "x")), "openai/x");
        assert_eq!(endpoints.reference(&model("http://a", "y")), "openai/y");
        assert_eq!(endpoints.reference(&model("http://b", "x")), "openai-2/x");
        assert_eq!(endpoints.toml("").matches("base_url").count(), 2);
    }
}
