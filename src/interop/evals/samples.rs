//! Files of samples that a registry names: where they are, and their lines as rows.

use super::folder_of;
use crate::{
    interop::{NotePlace, Notes, files::Files},
    source::as_typed,
};
use serde_json::{Map, Value};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// A sample and its place.
pub(super) type Sample = (NotePlace, Map<String, Value>);

/// The samples in a file or in the files of a folder, which a registry names at a place; the error says why there are none.
pub(super) fn samples(
    named: &str,
    root: &Path,
    at: &NotePlace,
    files: &Files,
    notes: &mut Notes,
) -> Result<Vec<Sample>, String> {
    let Some(path) = place_of(named, root, &at.file) else {
        return Err(format!("its samples `{named}` are not in the folder"));
    };
    let mut all = Vec::new();
    for path in files_at(&path).map_err(|error| error.to_string())? {
        let extension = path.extension().unwrap_or_default();
        if ["gz", "lz4", "zst"].iter().any(|one| extension == *one) {
            return Err(format!(
                "its samples `{named}` are compressed: unpack them and change `samples_jsonl`"
            ));
        }
        let text = files.text(&path, at).map_err(|error| error.to_string())?;
        let file: Arc<Path> = as_typed(&path).into();
        // A carriage return ends a line too, but not one of the file.
        let lines = text.split('\n').enumerate();
        let lines = lines.flat_map(|(n, line)| line.split('\r').map(move |part| (n, part)));
        for (n, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
            let at = NotePlace {
                file: Arc::clone(&file),
                line: Some(n + 1),
            };
            match serde_json::from_str::<Value>(line) {
                Ok(Value::Object(row)) => all.push((at, row)),
                _ => notes.dropped(&at, "a sample", "it is not a JSON object"),
            }
        }
    }
    Ok(all)
}

/// A file, or the `.jsonl` files of a folder, by name.
fn files_at(path: &Path) -> std::io::Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_path_buf()]);
    }
    let entries = path.read_dir()?.map(|entry| entry.map(|e| e.path()));
    let mut all = entries.collect::<Result<Vec<PathBuf>, _>>()?;
    all.retain(|path| path.is_file() && path.extension().is_some_and(|e| e == "jsonl"));
    all.sort();
    Ok(all)
}

/// The folders `data` and `modelgraded` beside a folder `evals`, where a registry keeps its samples and questions: they may be
/// read with it. A link to elsewhere is none.
pub(super) fn folders_beside(folder: &Path) -> Vec<PathBuf> {
    let real = folder
        .canonicalize()
        .ok()
        .filter(|real| real.ends_with("evals"));
    let around = real.as_deref().and_then(Path::parent);
    let all = ["data", "modelgraded"].into_iter();
    let all = all.filter_map(|name| Some(around?.join(name)));
    all.filter(|path| path.canonicalize().is_ok_and(|real| real == *path))
        .collect()
}

/// Where a registry may have a folder of this name: beside `evals`, or in the folder that is imported.
pub(super) fn folders(name: &str, root: &Path, registry: &Path) -> [PathBuf; 4] {
    let beside = folder_of(registry);
    let above = match beside.file_name() {
        Some(_) => folder_of(beside).to_path_buf(),
        // `.` and `..` have no name to leave out.
        None => beside.join(".."),
    };
    let root = if root.is_dir() { root } else { beside };
    [
        root.join(name),
        root.join("registry").join(name),
        above.join(name),
        beside.join(name),
    ]
}

/// Samples are named from the folder `data` beside `evals`.
fn place_of(named: &str, root: &Path, registry: &Path) -> Option<PathBuf> {
    let beside = folder_of(registry);
    let root = if root.is_dir() { root } else { beside };
    let places = folders("data", root, registry).map(|folder| folder.join(named));
    let others = [root.join(named), beside.join(named)];
    places.into_iter().chain(others).find(|path| path.exists())
}
