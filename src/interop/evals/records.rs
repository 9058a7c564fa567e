//! The objects in the files: what each is, is told by its keys, for exports are lists, pages of lists or lines, and name themselves
//! differently.

use super::registry_files::RegistryFiles;
use crate::{
    interop::{
        ImportError, Node, NotePlace, Notes,
        error::json_problem,
        files::Files,
        folder_files::{files_of, unread_files},
        value_limit::{ValueLimit, is_over_limit},
    },
    source::{SourcePlace, as_typed, read_text},
};
use serde_json::Value;
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

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
    pub(super) fn read(
        path: &Path,
        files: &Files,
        limit: &ValueLimit,
        notes: &mut Notes,
    ) -> Result<Records, ImportError> {
        let mut found = Records::default();
        let (all, unreadable) = files_of(path, files)?;
        for (at, what, why) in unreadable {
            notes.dropped(&at, what, why);
        }
        let is_admitted = |file: &Path| !path.is_dir() || files.admits(file, &whole(path));
        let sorted = RegistryFiles::of(path, all);
        let mut names = HashMap::new();
        for file in sorted.registry.iter().filter(|file| is_admitted(file)) {
            match found.read_registry(file, &mut names, notes) {
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
        let why = "the package reads only the `.yaml` files that stand in `evals` itself";
        if let Some((at, what, why)) = unread_files(path, &sorted.passed_over, why) {
            notes.dropped(&at, what, why);
        }
        // The samples of a registry are read where its entries name them.
        if !found.registry.is_empty() {
            found.others = sorted.others;
            return Ok(found);
        }
        let mut others = Vec::new();
        for file in sorted.others {
            let extension = file.extension().unwrap_or_default().to_string_lossy();
            match extension.to_lowercase().as_str() {
                "jsonl" | "ndjson" if is_admitted(&file) => found.read_lines(&file, limit)?,
                "json" if is_admitted(&file) => found.read_json(&file, limit)?,
                "jsonl" | "ndjson" | "json" => {}
                _ => others.push(file),
            }
        }
        let why = "only .json, .jsonl and the YAML of a registry are read";
        if let Some((at, what, why)) = unread_files(path, &others, why) {
            notes.dropped(&at, what, why);
        }
        Ok(found)
    }

    fn read_json(&mut self, path: &Path, limit: &ValueLimit) -> Result<(), ImportError> {
        let text = text(path)?;
        let text = text.trim_start_matches('\u{feff}');
        limit.add_file(text.len());
        let value = limit
            .read_str(text)
            .map_err(|error| syntax(path, text, error.line(), error.column(), &error))?;
        self.sort_out(value, &whole(path));
        Ok(())
    }

    fn read_lines(&mut self, path: &Path, limit: &ValueLimit) -> Result<(), ImportError> {
        let all = text(path)?;
        limit.add_file(all.len());
        let at = NotePlace {
            file: as_typed(path).into(),
            line: Some(1),
        };
        for (number, line) in all.trim_start_matches('\u{feff}').lines().enumerate() {
            if line.trim().is_empty() {
                continue;
            }
            let value = limit
                .read_str(line)
                .map_err(|error| syntax(path, &all, number + 1, error.column(), &error))?;
            self.sort_out(value, &at.after(number));
        }
        Ok(())
    }

    /// Entries with a `class`; the others only say which of them is the current one. A name may be in one file only.
    fn read_registry(
        &mut self,
        path: &Path,
        names: &mut HashMap<String, NotePlace>,
        notes: &mut Notes,
    ) -> Result<(), ImportError> {
        let node = Node::read_as_python(path)?;
        for (name, node) in node.entries() {
            let first = names.entry(name.clone()).or_insert(node.at.clone());
            if first.file != node.at.file {
                let why = format!(
                    "the package refuses a registry with a name in two files: it is at {first} too, which is taken over"
                );
                notes.dropped(&node.at, format!("the entry `{name}`"), why);
            } else if node.get("class").is_some() {
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
    let problem = json_problem(error);
    let message = match is_over_limit(error) {
        true => format!("up to here there are {problem}; import fewer evals at once"),
        false => format!("not valid JSON: {problem}"),
    };
    let place = Box::new(place);
    ImportError::Syntax { place, message }
}
