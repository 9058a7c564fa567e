//! Where tests stand: in the configuration, in files, in scenarios.

use super::{
    super::{
        ImportError, Kind, Node, NotePlace, Notes,
        error::json_problem,
        value_limit::{ValueLimit, is_over_limit},
    },
    environment::fill_known,
    expected::{table, too_many_tests},
    files::{Files, extension, is_program},
    prompts::{NOT_READ, is_extended},
    requests::is_true,
};
use crate::source::{Matches, SourcePlace, as_typed};
use std::{collections::BTreeMap, path::Path};

/// The tests of a configuration as they are written.
pub(super) struct TestList<'a> {
    pub(super) files: &'a Files,
    pub(super) root: &'a Node,
    /// The variables of the environment that are known: paths may name them.
    pub(super) env: &'a BTreeMap<String, String>,
    pub(super) notes: &'a mut Notes,
    /// What the files of tests hold, all of them together.
    pub(super) limit: ValueLimit,
}

impl TestList<'_> {
    /// The tests outside of scenarios; one that is empty where there are none.
    pub(super) fn tests(&mut self) -> Result<Vec<Node>, ImportError> {
        let tests = self.root.get("tests").filter(|tests| !tests.is_null());
        let mut nodes = match tests {
            Some(tests) => self.list(tests)?,
            None => Vec::new(),
        };
        if nodes.is_empty() && self.root.get("scenarios").is_none() {
            nodes.push(Node {
                kind: Kind::Map(Vec::new()),
                at: self.root.at.clone(),
            });
        } else {
            check_tests(&nodes)?;
        }
        Ok(nodes)
    }

    pub(super) fn default_test(&mut self) -> Result<Option<Node>, ImportError> {
        let Some(node) = self.root.get("defaultTest") else {
            return Ok(None);
        };
        match node.text() {
            Some(written) if !written.starts_with("file://") => {
                let why = "promptfoo reads a file only where `file://` stands before it, so it is not read";
                self.notes
                    .changed(&node.at, format!("`defaultTest: {written}`"), why);
                Ok(None)
            }
            _ => Ok(Some(self.one_of(node)?)),
        }
    }

    /// A map, or the one in the file that a text names.
    fn one_of(&self, node: &Node) -> Result<Node, ImportError> {
        match node.text() {
            Some(written) => self.files.tree(&self.files.path(written), &node.at),
            None => Ok(node.clone()),
        }
    }

    /// The scenarios, in the configuration or in files.
    pub(super) fn scenarios(&mut self) -> Result<Vec<Node>, ImportError> {
        let Some(node) = self.root.get("scenarios") else {
            return Ok(Vec::new());
        };
        let mut all = Vec::new();
        for item in node.items() {
            let item = self.one_of(item)?;
            all.extend(item.items().iter().filter(|item| !item.is_null()).cloned());
        }
        Ok(all)
    }

    /// The sets of variables of a scenario, and its tests.
    pub(super) fn scenario(&mut self, node: &Node) -> Result<(Vec<Node>, Vec<Node>), ImportError> {
        let refused = |at: &NotePlace, why: &str| Err(ImportError::refused(at, "a scenario", why));
        let data = match node.get("config") {
            Some(Node {
                kind: Kind::List(items),
                ..
            }) if items.iter().all(Node::is_map) => items.clone(),
            Some(config) => {
                let why = "its `config` is no list of maps, and promptfoo refuses it: write the sets of variables here";
                return refused(&config.at, why);
            }
            None => return refused(&node.at, "it has no `config`, and promptfoo refuses it"),
        };
        let tests = match node.get("tests").filter(|tests| !tests.is_null()) {
            Some(tests) => match tests.text() {
                Some(written) if written.ends_with(".csv") || !written.starts_with("file://") => {
                    let why = "its `tests` name a table or a path without `file://`, and promptfoo refuses it: name a file in YAML or JSON, or write a list";
                    return refused(&tests.at, why);
                }
                Some(_) => self.one_of(tests)?.items().to_vec(),
                None => self.list(tests)?,
            },
            None => {
                let why = "it has no `tests`, so that promptfoo runs nothing for it";
                self.notes.changed(&node.at, "a scenario", why);
                Vec::new()
            }
        };
        check_tests(&tests)?;
        Ok((data, tests))
    }

    /// The tests of a list, of which each may be a test, a path or a pattern.
    fn list(&mut self, node: &Node) -> Result<Vec<Node>, ImportError> {
        let mut all = Vec::new();
        let is_list = matches!(node.kind, Kind::List(_));
        for item in node.items() {
            match item.text().or(item.get("path").and_then(Node::text)) {
                Some(written) => all.extend(self.read(written, is_list, &item.at)?),
                // Told already: without what it refers to it is no test.
                None if item.get("$ref").is_some() => {}
                None if item.is_map() && is_list => all.push(item.clone()),
                None => {
                    let why =
                        "promptfoo takes a list of tests or the path of a file, and refuses this";
                    return Err(ImportError::refused(&item.at, "a test", why));
                }
            }
        }
        Ok(all)
    }

    /// The tests in the files that a path or pattern names.
    fn read(
        &mut self,
        written: &str,
        in_list: bool,
        at: &NotePlace,
    ) -> Result<Vec<Node>, ImportError> {
        let what = || format!("the tests of `{written}`");
        let (written, _) = &fill_known(written, self.env);
        if written.contains("://") && !written.starts_with("file://") {
            self.notes.dropped(
                at,
                what(),
                "nothing is fetched: save the table as CSV or JSONL and name the file",
            );
            return Ok(Vec::new());
        }
        if is_program(&extension(&self.files.path(written))) {
            let why = "tests that a program makes are not converted: let it write them as JSONL and name the file";
            self.notes.dropped(at, what(), why);
            return Ok(Vec::new());
        }
        // A sheet may be named behind the file.
        let workbook = written.split('#').next().unwrap_or_default();
        if matches!(extension(Path::new(workbook)).as_str(), "xlsx" | "xls") {
            let why = "workbooks with tests are not read: save the sheet as CSV and name the file";
            self.notes.dropped(at, what(), why);
            return Ok(Vec::new());
        }
        if self.files.path(written).is_dir() {
            let why = "promptfoo reads no tests from a folder, and refuses it: write a pattern, such as `tests/*.yaml`";
            return Err(ImportError::refused(at, &what(), why));
        }
        let Matches {
            files: found,
            folders,
        } = self.files.matches(written, at);
        if let Some(folder) = folders.first() {
            let why = format!(
                "the folder {} is among what it matches, and promptfoo refuses it: write a pattern for files, such as `*.yaml`",
                folder.display()
            );
            return Err(ImportError::refused(at, &what(), &why));
        }
        let is_yaml = written.ends_with("yaml") || written.ends_with("yml");
        if crate::source::has_wildcard(Path::new(written)) && !in_list && !is_yaml {
            let why = "promptfoo takes a pattern of such files only in a list, and refuses it: write it in brackets";
            return Err(ImportError::refused(at, &what(), why));
        }
        if found.is_empty() {
            if is_extended(written) {
                self.notes.dropped(at, what(), NOT_READ);
                return Ok(Vec::new());
            }
            if in_list || is_yaml {
                let why = "there is no such file, and promptfoo runs without its tests";
                self.notes.changed(at, what(), why);
                return Ok(Vec::new());
            }
            // Says why the file cannot be read.
            self.files.text(&self.files.path(written), at)?;
        }
        let mut all = Vec::new();
        for path in found {
            let is_known = self.files.was_read(&path);
            let text = self.files.text(&path, at)?;
            if !is_known {
                self.limit.add_file(text.len());
            }
            let file = as_typed(&path);
            match extension(&path).as_str() {
                "csv" => all.extend(table(&path, &text, &self.limit)?),
                "jsonl" | "ndjson" => {
                    for (n, line) in text.lines().enumerate() {
                        if line.trim().is_empty() {
                            continue;
                        }
                        let value =
                            (self.limit.read_str(line)).map_err(|e| ImportError::Syntax {
                                place: Box::new(SourcePlace::of_line(&file, &text, n + 1)),
                                message: match is_over_limit(&e) {
                                    true => too_many_tests(&json_problem(&e)),
                                    false => format!("this is no JSON: {e}"),
                                },
                            })?;
                        let at = NotePlace {
                            file: file.as_path().into(),
                            line: Some(n + 1),
                        };
                        let node = Node::from_json(&value, &at);
                        all.push(self.files.expanded(&node)?);
                    }
                }
                "json" | "yaml" | "yml" => {
                    let tree = self.files.expanded(&Node::parse(&path, &text)?)?;
                    self.limit.take(tree.size()).map_err(|problem| {
                        let place = SourcePlace::of_line(&file, &text, 1);
                        ImportError::Syntax {
                            place: Box::new(place),
                            message: too_many_tests(&problem),
                        }
                    })?;
                    all.extend(tree.items().iter().filter(|item| !item.is_null()).cloned());
                }
                other => self.notes.dropped(
                    at,
                    format!("the tests of `{}`", path.display()),
                    format!("files of the kind .{other} are not read: save it as CSV or JSONL"),
                ),
            }
        }
        Ok(all)
    }
}

/// promptfoo refuses tests in which nothing is said.
fn check_tests(tests: &[Node]) -> Result<(), ImportError> {
    const ONE_OF: [&str; 6] = [
        "assert",
        "vars",
        "options",
        "metadata",
        "provider",
        "providerOutput",
    ];
    let says = |test: &Node| {
        let number = test.get("threshold").map(Node::json);
        ONE_OF
            .iter()
            .any(|key| test.get(key).is_some_and(|node| is_true(&node.json())))
            || number.is_some_and(|number| number.is_number())
    };
    match tests.iter().find(|test| !says(test)) {
        Some(test) => {
            let why = "it has neither variables (`vars`) nor assertions (`assert`), and promptfoo refuses it; tests in a file are a list, not a map with `tests`";
            Err(ImportError::refused(&test.at, "a test", why))
        }
        None => Ok(()),
    }
}
