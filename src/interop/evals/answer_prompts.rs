//! What the package adds to a question by its `eval_type`: how the judge has to answer. Its sentences are read from the package,
//! where the registry is in it; others are in their place where it is not.

use crate::{
    dialect::is_python_space,
    interop::{NotePlace, files::Files},
};
use regex::Regex;
use std::{
    path::{Path, PathBuf},
    sync::LazyLock,
};

/// An entry of the table in the package: a text in quotes or in three of them.
static ENTRY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?s)"(\w+)":\s*(?:"""([^"\\]*(?:"[^"\\]+)*)"""|"([^"\\\n]+)")\.strip\(\)"#).ok()
});

/// Where the package has its sentences, from the folder of a registry.
const FILE: &str = "elsuite/modelgraded/classify_utils.py";

/// The folder of the package that has its sentences, where a registry is in it.
pub(super) fn folder_of_package(folder: &Path) -> Option<PathBuf> {
    file_of_package(folder)?.parent().map(Path::to_path_buf)
}

/// The package around a folder or a file that is imported: its registry, or a folder of that, or the package itself.
fn file_of_package(folder: &Path) -> Option<PathBuf> {
    let real = folder.canonicalize().ok()?;
    let around = [
        Some(real.as_path()),
        around_registry(&real),
        real.parent().and_then(around_registry),
    ];
    let all = around.into_iter().flatten();
    let mut all = all.flat_map(|around| [around.join(FILE), around.join("evals").join(FILE)]);
    // A link to elsewhere is none.
    all.find(|file| file.canonicalize().is_ok_and(|found| found == *file))
}

/// The folder that a registry is in.
fn around_registry(path: &Path) -> Option<&Path> {
    path.parent().filter(|_| path.ends_with("registry"))
}

/// The sentence of the package for a type of eval, where the package is there.
pub(super) fn of_package(
    eval_type: &str,
    folder: &Path,
    at: &NotePlace,
    files: &Files,
) -> Option<String> {
    let source = files.text(&file_of_package(folder)?, at).ok()?;
    let table = source.split_once("ANSWER_PROMPTS = {")?.1;
    let table = table.split_once("\n}\n")?.0;
    let mut entries = ENTRY.as_ref()?.captures_iter(table);
    let entry = entries.find(|entry| &entry[1] == eval_type)?;
    let text = entry.get(2).or(entry.get(3))?.as_str();
    Some(text.trim_matches(is_python_space).to_owned())
}

/// What is asked in its place; `None` where there is no such type.
pub(super) fn own(eval_type: &str) -> Option<&'static str> {
    Some(match eval_type {
        "classify" => "Reply with {choices} and nothing else.",
        "classify_cot" => "Write {choices} alone on the first line. Give your reasons below it.",
        "cot_classify" | "cot_classify_jp" => {
            "Think it through in writing first. Then write {choices} alone on the last line."
        }
        _ => return None,
    })
}

/// Choices as the package lists them.
pub(super) fn listed<'c>(choices: impl Iterator<Item = &'c str>) -> String {
    let each: Vec<String> = choices.map(|choice| format!("\"{choice}\"")).collect();
    each.join(" or ")
}
