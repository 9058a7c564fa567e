//! The files that a configuration points to, relative to its folder and, unless a person allows others, inside of it: the
//! configuration may come from somebody else, and what it reads ends in the new project.

use super::{ImportError, Kind, Node, NotePlace};
use crate::{
    source::{Matches, as_typed, check_regular, has_wildcard, read_text},
    template::image_type,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::Value;
use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
};

/// Longest text that may be a path or a pattern: prompts stand in the same place.
const MAX_PATH_BYTES: usize = 4096;

/// The folder that paths start from.
#[derive(Debug)]
pub(super) struct Files {
    base: PathBuf,
    /// What may be read, without links: this folder, and perhaps others.
    real: Vec<PathBuf>,
    /// Files elsewhere may be read.
    allow_outside: bool,
    /// Where a file elsewhere is named, and which; none of them was read.
    refused: RefCell<Vec<(NotePlace, PathBuf)>>,
    /// Files that were read, without links.
    read: RefCell<HashSet<PathBuf>>,
    /// The files of patterns that were looked for: each test may name the same.
    found: RefCell<HashMap<PathBuf, Matches>>,
}

impl Files {
    /// Paths of a file start from its folder.
    pub(super) fn beside(file: &Path, allow_outside: bool) -> Files {
        let base = file.parent().filter(|p| !p.as_os_str().is_empty());
        Files::within(base.unwrap_or(Path::new(".")), &[], allow_outside)
    }

    /// Paths start from a folder, or from that of a file.
    pub(super) fn around(path: &Path, allow_outside: bool) -> Files {
        match path.is_dir() {
            true => Files::within(path, &[], allow_outside),
            false => Files::beside(path, allow_outside),
        }
    }

    /// Paths start from a folder, and other folders may be read too.
    pub(super) fn within(folder: &Path, others: &[PathBuf], allow_outside: bool) -> Files {
        let base = folder.to_path_buf();
        let all = [&base].into_iter().chain(others);
        Files {
            real: all
                .map(|folder| folder.canonicalize().unwrap_or_else(|_| folder.clone()))
                .collect(),
            base,
            allow_outside,
            refused: RefCell::default(),
            read: RefCell::default(),
            found: RefCell::default(),
        }
    }

    /// Whether a file may be read; one that is not there may be looked for.
    pub(super) fn allows(&self, path: &Path) -> bool {
        self.allow_outside
            || match path.canonicalize() {
                Ok(real) => self.real.iter().any(|folder| real.starts_with(folder)),
                Err(_) => true,
            }
    }

    /// Whether a file or folder may be read that is named at a place; else it is refused.
    pub(super) fn admits(&self, path: &Path, at: &NotePlace) -> bool {
        let allowed = self.allows(path);
        if !allowed {
            self.refuse(path, at);
        }
        allowed
    }

    /// What came of an import; an error with all files that were refused, where there are any.
    pub(super) fn finish<T>(&self, result: Result<T, ImportError>) -> Result<T, ImportError> {
        let mut refused = self.refused.take();
        if refused.is_empty() {
            return result;
        }
        refused.dedup();
        let files: Vec<String> = refused
            .iter()
            .map(|(at, path)| format!("\n  {at}: {}", path.display()))
            .collect();
        Err(ImportError::Outside {
            folder: as_typed(&self.base),
            files: files.concat(),
        })
    }

    /// The path that is written, with or without `file://`.
    pub(super) fn path(&self, written: &str) -> PathBuf {
        let written = written.strip_prefix("file://").unwrap_or(written);
        // Slashes behind `./` are none of the root.
        let inner = written.strip_prefix("./");
        let path = Path::new(inner.map_or(written, |inner| inner.trim_start_matches('/')));
        if self.base == Path::new(".") {
            path.to_path_buf()
        } else {
            self.base.join(path)
        }
    }

    /// A path that starts from the folder of another file, as one from the folder that others start from.
    pub(super) fn beside_file(&self, file: &Path, written: &str) -> String {
        let folder = file.parent().filter(|p| !p.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new(".")).canonicalize();
        let inside = folder.ok().and_then(|folder| {
            let inside = folder.strip_prefix(self.real.first()?).ok()?;
            Some(inside.join(written).to_string_lossy().into_owned())
        });
        inside.unwrap_or_else(|| written.to_owned())
    }

    /// The files that a path or pattern names, sorted; a folder stands for the files in it, and a file goes before a pattern that has its
    /// name.
    pub(super) fn all(&self, written: &str, at: &NotePlace) -> Vec<PathBuf> {
        let path = self.path(written);
        match written.len() <= MAX_PATH_BYTES && path.is_file() {
            true => vec![path],
            false => self.matches(written, at).files,
        }
    }

    /// What a path or pattern names; a folder stands for what is in it.
    pub(super) fn matches(&self, written: &str, at: &NotePlace) -> Matches {
        if written.len() > MAX_PATH_BYTES {
            return Matches::default();
        }
        let path = self.path(written);
        let path = if path.is_dir() { path.join("*") } else { path };
        if !has_wildcard(&path) {
            return Matches {
                files: path.is_file().then_some(path).into_iter().collect(),
                folders: Vec::new(),
            };
        }
        if !self.allows(&fixed_part(&path)) {
            // A text in which there is a tag is no path.
            if !written.contains(char::is_whitespace) && !written.contains("{{") {
                self.refuse(&path, at);
            }
            return Matches::default();
        }
        let mut found = self.found.borrow_mut();
        let known = found.entry(path).or_insert_with_key(|path| {
            Matches::find(path, |folder| self.allows(folder)).unwrap_or_default()
        });
        known.clone()
    }

    /// Whether a file was read.
    pub(super) fn was_read(&self, path: &Path) -> bool {
        let real = path.canonicalize();
        real.is_ok_and(|real| self.read.borrow().contains(&real))
    }

    fn refuse(&self, path: &Path, at: &NotePlace) {
        self.refused.borrow_mut().push((at.clone(), as_typed(path)));
    }

    /// The text of a file that is named at a place. One that is refused is empty until [`Files::finish`] tells of it, so that
    /// all of them are found.
    pub(super) fn text(&self, path: &Path, at: &NotePlace) -> Result<String, ImportError> {
        let text = self.whole_text(path, at)?;
        Ok(text.trim_start_matches('\u{feff}').to_owned())
    }

    /// The same with the mark that some programs write at the beginning of a text.
    pub(super) fn whole_text(&self, path: &Path, at: &NotePlace) -> Result<String, ImportError> {
        if !self.admits(path, at) {
            return Ok(String::new());
        }
        let text = read_text(path).map_err(|source| ImportError::Named {
            at: at.to_string(),
            path: as_typed(path),
            source,
        })?;
        if let Ok(real) = path.canonicalize() {
            self.read.borrow_mut().insert(real);
        }
        Ok(text)
    }

    /// The image in a file that is named at a place, as a `data:` URL.
    pub(super) fn image(&self, path: &Path, at: &NotePlace) -> Result<String, ImportError> {
        if !self.admits(path, at) {
            return Ok(String::new());
        }
        let named = |source| ImportError::Named {
            at: at.to_string(),
            path: as_typed(path),
            source,
        };
        let bytes = check_regular(path)
            .and_then(|_| std::fs::read(path))
            .map_err(named)?;
        let mime = image_type(&bytes).ok_or_else(|| {
            named(std::io::Error::other(
                "it is no PNG, JPEG, GIF or WebP image",
            ))
        })?;
        if let Ok(real) = path.canonicalize() {
            self.read.borrow_mut().insert(real);
        }
        Ok(format!(
            "data:{mime};base64,{}",
            BASE64_STANDARD.encode(bytes)
        ))
    }

    /// The tree in a file that is named at a place.
    pub(super) fn tree(&self, path: &Path, at: &NotePlace) -> Result<Node, ImportError> {
        Node::parse(path, &self.text(path, at)?)
    }

    /// The same with scalars as a program in Python reads them: those of JSON are the same everywhere.
    pub(super) fn tree_as_python(&self, path: &Path, at: &NotePlace) -> Result<Node, ImportError> {
        match extension(path).as_str() {
            "json" => self.tree(path, at),
            _ => Node::parse_as_python(path, &self.text(path, at)?),
        }
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

    /// A tree with what stands in the files that texts in it name, except under `vars` and where they name programs: as
    /// promptfoo reads files of tests and prompts. Texts keep the white space around them.
    pub(super) fn expanded(&self, node: &Node) -> Result<Node, ImportError> {
        let kind = match &node.kind {
            Kind::List(items) => {
                let items = items.iter().map(|item| self.expanded(item));
                Kind::List(items.collect::<Result<_, _>>()?)
            }
            Kind::Map(entries) => {
                let entries = entries.iter().map(|(key, item)| {
                    let item = match key.as_str() {
                        "vars" => item.clone(),
                        _ => self.expanded(item)?,
                    };
                    Ok((key.clone(), item))
                });
                Kind::Map(entries.collect::<Result<_, ImportError>>()?)
            }
            Kind::Scalar(Value::String(written)) if written.starts_with("file://") => {
                let path = self.path(written);
                match extension(&path).as_str() {
                    kind if is_program(kind) => return Ok(node.clone()),
                    "json" | "yaml" | "yml" => self.tree(&path, &node.at)?.kind,
                    _ => Kind::Scalar(Value::String(self.text(&path, &node.at)?)),
                }
            }
            other => other.clone(),
        };
        Ok(Node {
            kind,
            at: node.at.clone(),
        })
    }
}

/// The folders of a path before the first with a wildcard.
fn fixed_part(path: &Path) -> PathBuf {
    let fixed: PathBuf = path
        .components()
        .take_while(|part| !has_wildcard(Path::new(part)))
        .collect();
    match fixed.as_os_str().is_empty() {
        true => ".".into(),
        false => fixed,
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
