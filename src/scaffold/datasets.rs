//! Datasets to choose from: the files of a project's folder, and a few rows to begin with.

use super::DatasetColumns;
use crate::{
    dataset::{Dataset, is_dataset_name},
    model::Row,
    source::is_hidden,
};
use std::path::{Path, PathBuf};

/// Files that are listed at most.
const MOST_FILES: usize = 500;

/// Folders below the project's that are looked into.
const MOST_DEPTH: usize = 6;

/// Rows to write one's own over.
const FIRST_ROWS: &str = r#"{"id": "r1", "text": "The parcel never came.", "label": "complaint"}
{"id": "r2", "text": "Do you ship to Norway?", "label": "question"}
{"id": "r3", "text": "The lamp arrived broken.", "label": "complaint"}
{"id": "r4", "text": "Which sizes do you have?", "label": "question"}
"#;

/// Folders of programs and builds, which have no datasets of a person.
const OTHER_FOLDERS: [&str; 4] = ["node_modules", "target", "venv", "__pycache__"];

/// The text of a first dataset.
pub(super) fn first_rows() -> &'static str {
    FIRST_ROWS
}

/// The columns of the first dataset.
pub fn first_rows_columns() -> DatasetColumns {
    let rows = FIRST_ROWS.lines().enumerate().map(|(index, line)| Row {
        index,
        fields: serde_json::from_str(line).unwrap_or_default(),
        ..Row::default()
    });
    DatasetColumns::read(&Dataset::from_rows(rows.collect())).unwrap_or_default()
}

/// Files below a folder whose names are those of datasets, their paths from the folder. Hidden folders and links to folders
/// are left out, what is further down than six folders, and the files in `others`.
pub fn find_datasets(root: &Path, others: &[PathBuf]) -> Vec<PathBuf> {
    let is_other = |name: &std::ffi::OsStr| OTHER_FOLDERS.contains(&&*name.to_string_lossy());
    let walk = walkdir::WalkDir::new(root)
        .max_depth(MOST_DEPTH)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| {
            let is_left_out = is_hidden(root, entry.path()) || is_other(entry.file_name());
            entry.depth() == 0 || !is_left_out
        });
    walk.filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file() && is_dataset_name(entry.path()))
        .filter(|entry| !others.iter().any(|other| other == entry.path()))
        .filter_map(|entry| Some(entry.path().strip_prefix(root).ok()?.to_path_buf()))
        .take(MOST_FILES)
        .collect()
}
