//! The objects in the files: what each is, is told by its keys, for exports are lists, pages of lists or lines, and name themselves
//! differently.

use crate::{
    interop::{
        ImportError, Node, NotePlace, Notes,
        folder_files::{files_of, unread_files},
    },
    source::{SourcePlace, as_typed, read_text},
};
use serde_json::Value;
use std::path::{Component, Path, PathBuf};

/// An object with its place.
#[derive(Debug, Clone)]
pub(super) struct Record {
    pub(super) value: Value,
    pub(super) at: NotePlace,
}

impl Record {
    /// A text of it; empty where there is none.
    pub(super) fn text(&self, key: &str) -> &str {
        self.value[key].as_str().unwrap_or_default()
    }
}

/// An entry of the registry: its name, and what it says.
#[derive(Debug)]
pub(super) struct RegistryEntry {
    pub(super) name: String,
    pub(super) node: Node,
}

/// Everything that was found, in the order of the files.
#[derive(Debug, Default)]
pub(super) struct Records {
    pub(super) evals: Vec<Record>,
    pub(super) runs: Vec<Record>,
    pub(super) output_items: Vec<Record>,
    /// Lines of data files, with an `item`.
    pub(super) items: Vec<Record>,
    pub(super) registry: Vec<RegistryEntry>,
    /// Files beside those of a registry: its entries may name them.
    pub(super) others: Vec<PathBuf>,
}

/// Under these keys, objects are in a list or alone.
const WRAPPERS: [&str; 8] = [
    "data",
    "evals",
    "eval",
    "runs",
    "run",
    "output_items",
    "items",
    "objects",
];

/// A file as a whole.
fn whole(path: &Path) -> NotePlace {
    NotePlace {
        file: as_typed(path).into(),
        line: None,
    }
}

impl Records {
    pub(super) fn read(path: &Path, notes: &mut Notes) -> Result<Records, ImportError> {
        let mut found = Records::default();
        let (files, unreadable) = files_of(path)?;
        for (at, what, why) in unreadable {
            notes.dropped(&at, what, why);
        }
        for file in files.iter().filter(|file| is_registry(file)) {
            match found.read_registry(file) {
                // In a whole registry, one file that is not as it should be keeps no other from being read.
                Err(ImportError::Syntax { place, message }) if path.is_dir() => {
                    let at = NotePlace {
                        file: place.file.as_path().into(),
                        line: Some(place.line),
                    };
                    notes.dropped(&at, "the file", message);
                }
                other => other?,
            }
        }
        // The samples of a registry are read where its entries name them.
        if !found.registry.is_empty() {
            if path.is_dir() {
                found.others = files;
                found.others.retain(|file| !is_registry(file));
            }
            return Ok(found);
        }
        let mut others = Vec::new();
        for file in files {
            let extension = file.extension().unwrap_or_default().to_string_lossy();
            match extension.to_lowercase().as_str() {
                "jsonl" | "ndjson" => found.read_lines(&file)?,
                "json" => found.read_json(&file)?,
                _ if is_registry(&file) => {}
                _ => others.push(file),
            }
        }
        let why = "only .json, .jsonl and the YAML of a registry are read";
        if let Some((at, what, why)) = unread_files(path, &others, why) {
            notes.dropped(&at, what, why);
        }
        Ok(found)
    }

    fn read_json(&mut self, path: &Path) -> Result<(), ImportError> {
        let text = text(path)?;
        let text = text.trim_start_matches('\u{feff}');
        let value = serde_json::from_str(text)
            .map_err(|error| syntax(path, text, error.line(), error.column(), &error))?;
        self.sort_out(value, &whole(path));
        Ok(())
    }

    fn read_lines(&mut self, path: &Path) -> Result<(), ImportError> {
        let all = text(path)?;
        let at = NotePlace {
            file: as_typed(path).into(),
            line: Some(1),
        };
        for (number, line) in all.trim_start_matches('\u{feff}').lines().enumerate() {
            if line.trim().is_empty() {
                continue;
            }
            let value = serde_json::from_str(line)
                .map_err(|error| syntax(path, &all, number + 1, error.column(), &error))?;
            self.sort_out(value, &at.after(number));
        }
        Ok(())
    }

    /// Entries with a `class`; the others only say which of them is the current one.
    fn read_registry(&mut self, path: &Path) -> Result<(), ImportError> {
        let node = Node::read_as_python(path)?;
        for (name, node) in node.entries() {
            if node.get("class").is_some() {
                self.registry.push(RegistryEntry {
                    name: name.clone(),
                    node: node.clone(),
                });
            }
        }
        Ok(())
    }

    fn sort_out(&mut self, value: Value, at: &NotePlace) {
        let mut map = match value {
            Value::Array(all) => {
                all.into_iter().for_each(|value| self.sort_out(value, at));
                return;
            }
            Value::Object(map) => map,
            _ => return,
        };
        let list = if map.contains_key("testing_criteria") {
            &mut self.evals
        } else if map.contains_key("datasource_item") {
            &mut self.output_items
        } else if map.get("data_source").is_some_and(Value::is_object) {
            &mut self.runs
        } else if map.get("item").is_some_and(Value::is_object) {
            &mut self.items
        } else {
            for key in WRAPPERS {
                if let Some(value) = map.remove(key) {
                    self.sort_out(value, at);
                }
            }
            return;
        };
        let nested: Vec<Value> = ["runs", "output_items"]
            .iter()
            .filter_map(|key| map.remove(*key))
            .collect();
        list.push(Record {
            value: Value::Object(map),
            at: at.clone(),
        });
        nested
            .into_iter()
            .for_each(|value| self.sort_out(value, at));
    }
}

/// Whether evals may be in a file: beside them, a registry names models, solvers and questions to judges.
fn is_registry(path: &Path) -> bool {
    let others = ["completion_fns", "solvers", "modelgraded", "eval_sets"];
    let is_other = |part: Component<'_>| others.iter().any(|other| part.as_os_str() == *other);
    path.extension().is_some_and(|e| e == "yaml" || e == "yml") && !path.components().any(is_other)
}

fn text(path: &Path) -> Result<String, ImportError> {
    read_text(path).map_err(|source| ImportError::Read {
        path: as_typed(path),
        source,
    })
}

fn syntax(
    path: &Path,
    text: &str,
    line: usize,
    column: usize,
    error: &serde_json::Error,
) -> ImportError {
    let mut place = SourcePlace::of_line(as_typed(path), text, line);
    place.column = Some(column).filter(|column| *column > 0);
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    ImportError::Syntax {
        place: Box::new(place),
        message: format!("not valid JSON: {message}"),
    }
}
