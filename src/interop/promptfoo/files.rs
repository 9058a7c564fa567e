//! The files that a configuration points to, relative to its folder.

use super::super::{ImportError, Node, NotePlace};
use crate::source::{as_typed, files_matching, has_wildcard};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The folder that paths start from.
#[derive(Debug, Clone)]
pub(super) struct Files {
    base: PathBuf,
}

impl Files {
    /// Paths of a file start from its folder.
    pub(super) fn beside(file: &Path) -> Files {
        let base = file.parent().filter(|p| !p.as_os_str().is_empty());
        Files {
            base: base.unwrap_or(Path::new(".")).to_path_buf(),
        }
    }

    /// The path that is written, with or without `file://`.
    pub(super) fn path(&self, written: &str) -> PathBuf {
        let written = written.strip_prefix("file://").unwrap_or(written);
        let path = Path::new(written.strip_prefix("./").unwrap_or(written));
        if self.base == Path::new(".") {
            path.to_path_buf()
        } else {
            self.base.join(path)
        }
    }

    /// The files that a path or pattern names, sorted; a folder stands for the files in it.
    pub(super) fn all(&self, written: &str) -> Vec<PathBuf> {
        let path = self.path(written);
        let path = if path.is_dir() { path.join("*") } else { path };
        if path.is_file() || !has_wildcard(&path) {
            return path.is_file().then_some(path).into_iter().collect();
        }
        // A pattern without a folder of its own is walked from here.
        let from = if path.parent().is_some_and(|p| p.as_os_str().is_empty()) {
            Path::new(".").join(&path)
        } else {
            path
        };
        files_matching(&from).unwrap_or_default()
    }

    /// The text of a file that is named at a place.
    pub(super) fn text(&self, path: &Path, at: &NotePlace) -> Result<String, ImportError> {
        let text = std::fs::read_to_string(path).map_err(|source| ImportError::Named {
            at: at.to_string(),
            path: as_typed(path),
            source,
        })?;
        Ok(text.trim_start_matches('\u{feff}').to_owned())
    }

    /// The tree in a file that is named at a place.
    pub(super) fn tree(&self, path: &Path, at: &NotePlace) -> Result<Node, ImportError> {
        Node::parse(path, &self.text(path, at)?)
    }

    /// A value, or what stands in the file that it names: JSON and YAML as a tree, anything else as text.
    pub(super) fn value(&self, node: &Node) -> Result<Value, ImportError> {
        match node.text().filter(|text| text.starts_with("file://")) {
            Some(written) => {
                let path = self.path(written);
                match extension(&path).as_str() {
                    "json" | "yaml" | "yml" => Ok(self.tree(&path, &node.at)?.json()),
                    _ => Ok(Value::String(self.text(&path, &node.at)?.trim().to_owned())),
                }
            }
            None => Ok(node.json()),
        }
    }
}

/// The extension in small letters, without what names a function behind it.
pub(super) fn extension(path: &Path) -> String {
    let name = path.extension().unwrap_or_default().to_string_lossy();
    let name = name.split([':', '#']).next().unwrap_or_default();
    name.to_lowercase()
}

/// Whether a file is a program.
pub(super) fn is_program(extension: &str) -> bool {
    const PROGRAMS: [&str; 15] = [
        "js", "mjs", "cjs", "ts", "mts", "cts", "py", "rb", "go", "sh", "bash", "exe", "bat", "pl",
        "ps1",
    ];
    PROGRAMS.contains(&extension)
}
