//! Files of samples that a registry names: where they are, and their lines as rows.

use super::{folder_of, unlike::Counted};
use crate::{
    interop::{
        NotePlace, Notes,
        error::json_problem,
        files::Files,
        non_finite,
        value_limit::{OF_OBJECT, ValueLimit, is_over_limit},
    },
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
    limit: &ValueLimit,
    notes: &mut Notes,
) -> Result<Vec<Sample>, String> {
    let Some(path) = place_of(named, root, &at.file) else {
        return Err(format!("its samples `{named}` are not in the folder"));
    };
    let mut all = Vec::new();
    if !files.admits(&path, at) {
        return Ok(all);
    }
    for path in files_at(&path).map_err(|error| error.to_string())? {
        let extension = path.extension().unwrap_or_default();
        if ["gz", "lz4", "zst"].iter().any(|one| extension == *one) {
            return Err(format!(
                "its samples `{named}` are compressed: unpack them and change `samples_jsonl`"
            ));
        }
        let is_known = files.was_read(&path);
        let text = files
            .whole_text(&path, at)
            .map_err(|error| error.to_string())?;
        let left = limit.left();
        if !is_known {
            limit.add_file(text.len());
        }
        read_lines(&text, &path, &mut all, limit, notes).map_err(|problem| {
            limit.reset(left);
            format!("with its samples `{named}` there are {problem}: split them, or import the evals one by one")
        })?;
    }
    Ok(all)
}

/// Lines as Python finds them, a sample each. The error says that there are too many values to be kept.
fn read_lines(
    text: &str,
    path: &Path,
    all: &mut Vec<Sample>,
    limit: &ValueLimit,
    notes: &mut Notes,
) -> Result<(), String> {
    let file: Arc<Path> = as_typed(path).into();
    let at_line = |line: usize| NotePlace {
        file: Arc::clone(&file),
        line: Some(line),
    };
    let unmarked = text.trim_start_matches('\u{feff}');
    if unmarked.len() < text.len() {
        let what = "the byte order mark at the beginning";
        let why = "it makes the package fail; the samples were imported";
        notes.dropped(&at_line(1), what, why);
    }
    let mut blank = Counted::default();
    for (n, line) in unmarked.split_inclusive('\n').enumerate() {
        let at = at_line(n + 1);
        let line = line.strip_suffix('\n').unwrap_or(line);
        // A carriage return ends a line too, but not one of the file.
        for line in line.strip_suffix('\r').unwrap_or(line).split('\r') {
            match read_sample(line, limit)? {
                _ if line.trim().is_empty() => blank.add(&at),
                Ok((row, left_out)) => {
                    if !left_out.is_empty() {
                        let what = format!("`NaN` or `Infinity` in `{}`", left_out.join("`, `"));
                        notes.changed(&at, what, "JSON has no such value: left out of the row");
                    }
                    all.push((at.clone(), row));
                }
                Err(why) => {
                    limit.take(OF_OBJECT)?;
                    notes.dropped(&at, "a sample", why);
                }
            }
        }
    }
    let why = "blank lines make the package fail; the other samples were imported";
    blank.tell_of("blank line", why, notes);
    Ok(())
}

/// A sample without the columns whose values are not in JSON, and their names.
type FiniteSample = (Map<String, Value>, Vec<String>);

/// Read a sample; the inner error says what is wrong with it, the outer one that there are too many values.
fn read_sample(line: &str, limit: &ValueLimit) -> Result<Result<FiniteSample, String>, String> {
    let problem = match non_finite::finite_fields(line, limit) {
        Ok((Value::Object(row), left_out)) => return Ok(Ok((row, left_out))),
        Ok(_) => "it is not a JSON object".into(),
        Err(error) if is_over_limit(&error) => return Err(json_problem(&error)),
        Err(error) => format!("not valid JSON: {}", json_problem(&error)),
    };
    Ok(Err(problem))
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
