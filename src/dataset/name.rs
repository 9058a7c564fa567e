//! What a dataset is called: a file, a pattern of files, a folder, and after `#` the sheet or split that is meant.

use super::{DatasetError, format::FileFormat};
use crate::source::did_you_mean;
use std::path::{Path, PathBuf};

/// A dataset as it is named: `reviews.xlsx#March`, `imdb#test`, `rows.jsonl`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetName {
    /// The file, folder or pattern.
    pub path: PathBuf,
    /// The sheet of a workbook, or the split of a folder.
    pub part: Option<String>,
}

impl DatasetName {
    /// Split a name. A file whose own name has a `#` is that file.
    pub fn parse(name: &Path) -> DatasetName {
        let whole = || DatasetName {
            path: name.to_path_buf(),
            part: None,
        };
        let Some(text) = name.to_str().filter(|_| !name.exists()) else {
            return whole();
        };
        let splits = text.match_indices('#').map(|(at, _)| {
            let (path, part) = (&text[..at], &text[at + 1..]);
            (Path::new(path), part)
        });
        let named = splits
            .filter(|(path, part)| !path.as_os_str().is_empty() && !part.is_empty())
            // A folder may have a `#` in its name too.
            .rfind(|(path, _)| path.exists() || is_workbook(path));
        match named {
            Some((path, part)) => DatasetName {
                path: path.to_path_buf(),
                part: Some(part.to_owned()),
            },
            None => whole(),
        }
    }

    /// The name of a part of the dataset at a path.
    pub fn with_part(path: &Path, part: &str) -> PathBuf {
        let mut name = DatasetName::parse(path).path.into_os_string();
        name.push("#");
        name.push(part);
        name.into()
    }
}

/// Which of the parts of a dataset is meant: the one of that name, or the only one. `noun`: what they are called.
pub(super) fn choose_part<'a>(
    parts: &'a [String],
    part: Option<&str>,
    noun: &str,
    shown: &Path,
) -> Result<&'a str, DatasetError> {
    let path = DatasetName::parse(shown).path;
    let known = parts.join(", ");
    let message = match (part, parts) {
        (Some(part), _) => match parts.iter().find(|known| *known == part) {
            Some(found) => return Ok(found),
            None => format!(
                "no {noun} `{part}`{}; it has {known}",
                did_you_mean(part, parts.iter().map(String::as_str))
            ),
        },
        (None, [only]) => return Ok(only),
        (None, [first, ..]) => format!(
            "it has {} {noun}s ({known}); name one: {}#{first}",
            parts.len(),
            path.display()
        ),
        (None, []) => format!("it has no {noun}"),
    };
    Err(DatasetError::Part { path, message })
}

/// Whether the name of a file is that of a dataset. Nothing is read.
pub fn is_dataset_name(path: &Path) -> bool {
    match extension(path).as_str() {
        "gz" | "zst" => FileFormat::from_path(&path.with_extension(""), path).is_ok(),
        "parquet" | "arrow" => cfg!(feature = "parquet"),
        "xlsx" => cfg!(feature = "excel"),
        _ => FileFormat::from_path(path, path).is_ok(),
    }
}

fn is_workbook(path: &Path) -> bool {
    extension(path) == "xlsx"
}

/// What a file's name ends in, in lower case.
pub(super) fn extension(path: &Path) -> String {
    let extension = path.extension().unwrap_or_default();
    extension.to_string_lossy().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_follows_a_hash_sign() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        std::fs::write(at("a#b.csv"), "x\n1\n").unwrap();
        std::fs::create_dir(at("folder")).unwrap();
        let part = |name: &str| DatasetName::parse(&at(name)).part;
        assert_eq!(part("a#b.csv"), None);
        assert_eq!(part("folder#test"), Some("test".into()));
        assert_eq!(part("folder#de/test"), Some("de/test".into()));
        assert_eq!(part("new.xlsx#Sheet 1#2"), Some("Sheet 1#2".into()));
        assert_eq!(part("*.xlsx#2026"), Some("2026".into()));
        assert_eq!(part("missing.csv#x"), None);
        assert_eq!(part("new.xlsx#"), None);
        let named = DatasetName::with_part(&at("folder"), "test");
        assert_eq!(named, at("folder#test"));
        assert_eq!(DatasetName::with_part(&named, "train"), at("folder#train"));
    }
}
