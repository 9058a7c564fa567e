//! The objects in the files: what each is, is told by its keys, for exports are lists, pages of lists or lines, and name themselves
//! differently.

use super::registry_files::RegistryFiles;
use crate::{
    interop::{
        ImportError, Node, NotePlace, Notes,
        error::json_problem,
        files::Files,
        folder_files::{files_of, unread_files},
        omissions::Omissions,
        pages::Pages,
        value_limit::{ValueLimit, is_over_limit},
    },
    source::{SourcePlace, as_typed, read_text},
};
use serde_json::{Map, Value};
use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
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

    /// The data file that a run names.
    pub(super) fn data_file(&self) -> Option<&str> {
        let source = &self.value["data_source"]["source"];
        source["id"]
            .as_str()
            .filter(|_| source["type"] == "file_id")
    }

    /// The name of the file that it stands in, without extension.
    pub(super) fn file_stem(&self) -> &str {
        let stem = self.at.file.file_stem();
        stem.and_then(|stem| stem.to_str()).unwrap_or_default()
    }
}

#[derive(Debug, Clone, Copy)]
enum ObjectKind {
    Eval,
    Run,
    OutputItem,
    /// A line of a data file.
    Item,
}

impl ObjectKind {
    fn name(self) -> &'static str {
        match self {
            ObjectKind::Eval => "an eval",
            ObjectKind::Run => "a run",
            ObjectKind::OutputItem => "an output item",
            ObjectKind::Item => "a line of a data file",
        }
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
    /// The lines of data files by the names of the files, where runs of several evals may name them.
    lines_by_file: HashMap<String, Vec<usize>>,
    /// Hashes of what stands under the ids of objects that were read, without those in it.
    known: HashMap<[String; 4], blake3::Hash>,
    pages: Pages,
    omissions: Omissions,
}

/// Most rows that evals may have of data files together, where there are several.
const MAX_COPIED: usize = 1_000_000;

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
        std::mem::take(&mut found.pages).note_missing(&mut found.omissions);
        found.note_strangers();
        found.sort_lines();
        found.known.clear();
        std::mem::take(&mut found.omissions).add_to(notes);
        Ok(found)
    }

    /// Note what is of no eval in the export.
    fn note_strangers(&mut self) {
        let evals: HashSet<&str> = self.evals.iter().map(|eval| eval.text("id")).collect();
        let runs = self.runs.iter().map(|run| (ObjectKind::Run.name(), run));
        let items = self.output_items.iter();
        let items = items.map(|item| (ObjectKind::OutputItem.name(), item));
        for (kind, record) in runs.chain(items) {
            match record.value["eval_id"].as_str() {
                Some(id) if !evals.contains(id) => self.omissions.dropped(
                    &record.at,
                    format!("{kind} of the eval `{id}`"),
                    "the eval is not in the export: save it too",
                ),
                None if self.evals.len() > 1 => self.omissions.dropped(
                    &record.at,
                    format!("{kind} without `eval_id`"),
                    "there are several evals in the export",
                ),
                _ => {}
            }
        }
    }

    /// Sort the lines of data files by the names of these, where there are several evals; those that no run names are noted.
    fn sort_lines(&mut self) {
        if self.evals.len() < 2 {
            return;
        }
        for (number, line) in self.items.iter().enumerate() {
            let lines = self.lines_by_file.entry(line.file_stem().to_owned());
            lines.or_default().push(number);
        }
        let named = self
            .runs
            .iter()
            .filter_map(|run| Some((run.text("eval_id"), run.data_file()?)));
        let named: HashSet<(&str, &str)> = named.collect();
        let copied = named
            .iter()
            .map(|(_, file)| self.lines_of(file).count())
            .sum::<usize>();
        let why = match copied > MAX_COPIED {
            true => {
                "evals name data files for more than 1,000,000 rows together: import them apart"
            }
            false => {
                "there are several evals in the export: give the file the name of the `file_id` that its run has (`file-abc.jsonl`)"
            }
        };
        let files: HashSet<&str> = named.into_iter().map(|(_, file)| file).collect();
        for line in &self.items {
            if copied > MAX_COPIED || !files.contains(line.file_stem()) {
                self.omissions
                    .dropped(&line.at, ObjectKind::Item.name(), why);
            }
        }
        if copied > MAX_COPIED {
            self.lines_by_file.clear();
        }
    }

    /// The lines of the data file of this name.
    pub(super) fn lines_of(&self, file: &str) -> impl Iterator<Item = &Record> {
        let numbers = self.lines_by_file.get(file).into_iter().flatten();
        numbers.map(|number| &self.items[*number])
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
            Value::Null => return,
            _ => return self.unknown(at),
        };
        let kind = if map.contains_key("testing_criteria") {
            ObjectKind::Eval
        } else if map.contains_key("datasource_item") {
            ObjectKind::OutputItem
        } else if map.get("data_source").is_some_and(Value::is_object) {
            ObjectKind::Run
        } else if map.get("item").is_some_and(Value::is_object) {
            ObjectKind::Item
        } else {
            self.pages.add(&map, at);
            let inner: Vec<Value> = WRAPPERS.iter().filter_map(|key| map.remove(*key)).collect();
            if inner.is_empty() {
                self.unknown(at);
            }
            inner.into_iter().for_each(|value| self.sort_out(value, at));
            return;
        };
        let nested: Vec<Value> = ["runs", "output_items"]
            .iter()
            .filter_map(|key| map.remove(*key))
            .collect();
        if self.is_new(kind, &map, at) {
            let list = match kind {
                ObjectKind::Eval => &mut self.evals,
                ObjectKind::Run => &mut self.runs,
                ObjectKind::OutputItem => &mut self.output_items,
                ObjectKind::Item => &mut self.items,
            };
            list.push(Record {
                value: Value::Object(map),
                at: at.clone(),
            });
        }
        nested
            .into_iter()
            .for_each(|value| self.sort_out(value, at));
    }

    /// Whether there was none with its id: pages and lists that were saved twice hold one object.
    fn is_new(&mut self, kind: ObjectKind, map: &Map<String, Value>, at: &NotePlace) -> bool {
        let text = |key: &str| map.get(key).and_then(Value::as_str).unwrap_or_default();
        // Lines of data files have ids of their owners.
        if text("id").is_empty() || matches!(kind, ObjectKind::Item) {
            return true;
        }
        let names = [kind.name(), text("eval_id"), text("run_id"), text("id")];
        let hash = blake3::hash(format!("{map:?}").as_bytes());
        match self.known.entry(names.map(str::to_owned)) {
            Entry::Vacant(entry) => {
                entry.insert(hash);
                true
            }
            Entry::Occupied(known) => {
                if *known.get() != hash {
                    let what = format!("{} with the id of another", kind.name());
                    let why = "the first one of an id is taken over";
                    self.omissions.dropped(at, what, why);
                }
                false
            }
        }
    }

    fn unknown(&mut self, at: &NotePlace) {
        let why = "it is neither an eval, a run nor an output item, and no line of a data file, which has an object `item`";
        self.omissions.dropped(at, "a record", why);
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
