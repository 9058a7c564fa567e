//! The row of the dataset: the example values of a file.

use super::{file::Reading, prompty::PromptyVersion};
use crate::{
    interop::{
        Node,
        files::Files,
        own_names::{is_hidden, whole},
    },
    template::{JinjaName, has_name, undeclared_names},
};
use regex::Regex;
use serde_json::{Map, Value};
use std::{collections::BTreeSet, sync::LazyLock};

impl Reading<'_> {
    /// The example values; where there are none, the names that the schema has.
    pub(super) fn row(&mut self, files: &Files) -> Map<String, Value> {
        let node = self.node.clone();
        let mut row = Map::new();
        let (mut bare, mut defaults) = (Vec::new(), Vec::new());
        let inputs = match self.is_prompty {
            true => node.get("inputs"),
            false => node.get("input").and_then(|i| i.get("schema")),
        };
        for (key, value) in named(inputs) {
            let name = key.split(['(', '?']).next().unwrap_or(&key).to_owned();
            let mut samples = ["default", "sample", "example"]
                .iter()
                .filter_map(|k| value.get(k));
            // `default: ~` is none in Prompty.
            let sample = samples.find(|sample| !(self.is_prompty && sample.json().is_null()));
            match sample {
                Some(sample) => {
                    self.check_unquoted(sample);
                    self.check_keys(sample);
                    if self.is_prompty && self.version == PromptyVersion::One {
                        defaults.push((name.clone(), sample.at.clone()));
                    }
                    row.insert(name, sample.json());
                }
                None => bare.push((name, key.contains('?'), value.at.clone())),
            }
        }
        let examples = [
            node.get("input").and_then(|i| i.get("default")).cloned(),
            node.get("sample").cloned(),
        ];
        for example in examples.into_iter().flatten() {
            let example = match example.text() {
                Some(name) => {
                    let name = name.trim_start_matches("${file:").trim_end_matches('}');
                    let read = match self.is_prompty {
                        true => Files::tree_as_python,
                        false => Files::tree,
                    };
                    match read(files, &files.path(name), &example.at) {
                        Ok(tree) => tree,
                        Err(error) => {
                            self.notes.dropped(
                                &example.at,
                                "the example values",
                                error.to_string(),
                            );
                            continue;
                        }
                    }
                }
                None => example,
            };
            self.check_unquoted(&example);
            self.check_keys(&example);
            for (key, value) in example.entries() {
                row.insert(key.clone(), value.json());
                defaults.retain(|(name, _)| name != key);
            }
        }
        for (name, at) in defaults {
            let why = "Prompty 0.1.50 prepares a text without it, and here it is the example value, as in promptflow";
            self.notes
                .dropped(&at, format!("the default of `{name}`"), why);
        }
        for (name, is_optional, at) in bare {
            if row.contains_key(&name) {
                continue;
            }
            if self.is_prompty && asks_whether_set(self.body, &name) {
                let why = "the template asks whether it has a value: it has none in Prompty, and is empty here";
                self.notes.dropped(&at, format!("the input `{name}`"), why);
            } else if !is_optional {
                let why = "it has no example value, so it is empty: write one into examples.jsonl";
                self.notes
                    .changed(&at, format!("the variable `{name}`"), why);
            }
            // Jinja refuses a name that is not there.
            if self.is_prompty {
                row.insert(name, "".into());
            }
        }
        if self.is_prompty {
            // Jinja prints nothing for a name that is not there, and refuses it here.
            for name in undeclared_names(self.body) {
                if row.contains_key(&name)
                    || is_hidden(&name)
                    || has_name(JinjaName::Function, &name)
                {
                    continue;
                }
                let what = format!("the name `{name}`");
                if asks_whether_set(self.body, &name) {
                    let why = "the template asks whether it has a value: it has none in Prompty, and is empty here";
                    self.notes.dropped(&self.at, what, why);
                } else {
                    let why = "no input has it, so it is empty: write a value into examples.jsonl";
                    self.notes.changed(&self.at, what, why);
                }
                row.insert(name, "".into());
            }
        }
        if self.is_prompty {
            self.check_loops(&row);
        }
        if row.is_empty() {
            row.insert(self.unused_name(), 1.into());
        }
        for name in whole(&self.names) {
            // `this` is a look at the row too.
            let mut words = self.body.split(|c: char| !c.is_alphanumeric() && c != '_');
            if !row.contains_key(name) && words.any(|word| word == name) {
                let why = "the name means something in a template here, and Dotprompt has no such value: give the variable another name";
                self.notes
                    .dropped(&self.at, format!("`{{{{{name}}}}}`"), why);
            }
        }
        row
    }

    /// A loop over the characters of a text does not know here how many they are.
    fn check_loops(&mut self, row: &Map<String, Value>) {
        static LOOP: LazyLock<Option<Regex>> =
            LazyLock::new(|| Regex::new(r"\bfor\s+\w+\s+in\s+(\w+)\s*[-+]?%\}").ok());
        const COUNTS: [&str; 4] = ["loop.last", "loop.length", "loop.rev", "loop.nextitem"];
        if !COUNTS.iter().any(|count| self.body.contains(count)) {
            return;
        }
        let loops = LOOP.iter().flat_map(|found| found.captures_iter(self.body));
        let texts: BTreeSet<&str> = loops
            .filter_map(|found| found.get(1))
            .map(|name| name.as_str())
            .filter(|name| row.get(*name).is_some_and(Value::is_string))
            .collect();
        for name in texts {
            let why = "it is a text, and `loop` does not know the last of its characters here: loop over `name|list`";
            let why = why.replace("name", name);
            self.notes
                .dropped(&self.at, format!("the loop over `{name}`"), why);
        }
    }

    /// A column that the template does not look at: a row has one at least.
    fn unused_name(&mut self) -> String {
        let is_whole = |tag: &str| self.body.contains(tag);
        if ["json this", "{{this}}", "{{{this}}}"]
            .into_iter()
            .any(is_whole)
        {
            let why = "there are no example values, and the row that stands for them has a column: write some into `input.default`";
            self.notes.dropped(&self.at, "`this`", why);
        }
        let mut name = "example".to_owned();
        while self.body.contains(&name) {
            name.push('_');
        }
        name
    }
}

/// Whether a template in Jinja tells a name without a value from one that is empty.
fn asks_whether_set(body: &str, name: &str) -> bool {
    static ASKED: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(\w+)\s*(?:is\s+(?:not\s+)?(?:un)?defined|\|\s*(?:default|d)\b)").ok()
    });
    let asked = ASKED.as_ref().map(|asked| asked.captures_iter(body));
    asked.is_some_and(|mut asked| asked.any(|found| &found[1] == name))
}

/// The entries of a map, or the items of a list by their `name`.
pub(super) fn named(node: Option<&Node>) -> Vec<(String, &Node)> {
    let Some(node) = node else { return Vec::new() };
    if node.is_map() {
        return node
            .entries()
            .iter()
            .map(|(key, node)| (key.clone(), node))
            .collect();
    }
    let items = node.items().iter();
    items
        .filter_map(|item| Some((item.get("name")?.text()?.to_owned(), item)))
        .collect()
}
