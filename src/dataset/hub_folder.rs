//! Folders of the `datasets` library of Hugging Face, saved (`save_to_disk`), in its cache or in the layout of the hub → the
//! files of each split.

use super::{
    DatasetError,
    hub_files::{check_files, without_shard},
    name::{choose_part, extension},
};
use crate::source::{files_matching, is_hidden, read_text};
use indexmap::IndexMap;
use serde_json::Value;
use std::{
    io,
    path::{Component, Path, PathBuf},
};

/// Folders further down are not looked into.
const MAX_DEPTH: usize = 4;

/// The split of files that name none.
const ONLY_SPLIT: &str = "train";

/// The splits of a folder.
pub(super) struct HubFolder {
    folder: PathBuf,
    names: Vec<String>,
    files: Vec<Vec<PathBuf>>,
}

impl HubFolder {
    /// Find the splits of a folder; reads its descriptions and names of files, not their rows.
    pub(super) fn open(folder: &Path, shown: &Path) -> Result<HubFolder, DatasetError> {
        let unreadable = |message: String| DatasetError::Io {
            path: shown.to_path_buf(),
            source: io::Error::new(io::ErrorKind::InvalidData, message),
        };
        let splits = splits(folder).map_err(unreadable)?;
        if splits.is_empty() {
            return Err(unreadable(
                "it is a folder, and not one of Hugging Face: it has no dataset_dict.json, state.json, .arrow or .parquet file".into(),
            ));
        }
        let (names, files) = splits.into_iter().unzip();
        Ok(HubFolder {
            folder: folder.to_path_buf(),
            names,
            files,
        })
    }

    /// The files of a split: of the one of that name, or the only one.
    pub(super) fn split(
        &self,
        name: Option<&str>,
        shown: &Path,
    ) -> Result<&[PathBuf], DatasetError> {
        let chosen = choose_part(&self.names, name, "split", shown)?;
        let place = self.names.iter().position(|name| name == chosen);
        let files: &[PathBuf] = place.map_or(&[], |place| &self.files[place]);
        check_files(&self.folder, chosen, files).map_err(|message| DatasetError::Io {
            path: shown.to_path_buf(),
            source: io::Error::new(io::ErrorKind::InvalidData, message),
        })?;
        Ok(files)
    }
}

type Splits = IndexMap<String, Vec<PathBuf>>;

fn splits(folder: &Path) -> Result<Splits, String> {
    if let Some(dict) = description(folder, "dataset_dict.json")? {
        let names = dict["splits"].as_array().cloned().unwrap_or_default();
        return names
            .iter()
            .map(|name| {
                let name = plain_name(name, "dataset_dict.json")?;
                Ok((name.to_owned(), saved_files(&folder.join(name))?))
            })
            .collect();
    }
    if let Some(state) = description(folder, "state.json")? {
        let name = state["_split"].as_str().unwrap_or(ONLY_SPLIT);
        return Ok(Splits::from_iter([(name.to_owned(), saved_files(folder)?)]));
    }
    let configured = configured_splits(folder)?;
    match configured.is_empty() {
        true => splits_by_name(folder),
        false => Ok(configured),
    }
}

/// The files of a dataset that was saved.
fn saved_files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let state = description(folder, "state.json")?
        .ok_or_else(|| format!("{} has no state.json", folder.display()))?;
    let indices = &state["_indices_data_files"];
    if !matches!(indices, Value::Null) {
        return Err("its rows are chosen by an index file of an old version of `datasets`; load and save it again".into());
    }
    let files = state["_data_files"].as_array().cloned().unwrap_or_default();
    files
        .iter()
        .map(|file| Ok(folder.join(plain_name(&file["filename"], "state.json")?)))
        .collect()
}

/// The splits that the card of a dataset describes (`configs` in the front matter of its README.md).
fn configured_splits(folder: &Path) -> Result<Splits, String> {
    let card = folder.join("README.md");
    let text = match card.is_file() {
        true => read_text(&card).map_err(|e| format!("README.md: {e}"))?,
        false => return Ok(Splits::new()),
    };
    let Some(front) = text
        .strip_prefix("---\n")
        .and_then(|t| t.split("\n---").next())
    else {
        return Ok(Splits::new());
    };
    let front: Value = serde_saphyr::from_str(front).map_err(|e| format!("README.md: {e}"))?;
    let configs = front["configs"].as_array().cloned().unwrap_or_default();
    let mut splits = Splits::new();
    for config in &configs {
        let name = config["config_name"].as_str().unwrap_or("default");
        for (split, pattern) in data_files(&config["data_files"]) {
            if !stays_inside(Path::new(&pattern)) {
                return Err(format!(
                    "README.md: `{pattern}` is not a path inside the folder"
                ));
            }
            let files = files_matching(&folder.join(&pattern)).map_err(|e| e.to_string())?;
            let part = match configs.len() {
                1 => split,
                _ => format!("{name}/{split}"),
            };
            splits.entry(part).or_default().extend(files);
        }
    }
    // What was not downloaded is not here.
    splits.retain(|_, files| !files.is_empty());
    Ok(splits)
}

/// The patterns of files by their splits, in the forms that a card may have.
fn data_files(json: &Value) -> Vec<(String, String)> {
    match json {
        Value::String(pattern) => vec![(ONLY_SPLIT.to_owned(), pattern.clone())],
        Value::Object(splits) => (splits.iter())
            .flat_map(|(split, patterns)| {
                let patterns = data_files(patterns).into_iter();
                patterns.map(|(_, pattern)| (split.clone(), pattern))
            })
            .collect(),
        Value::Array(items) => (items.iter())
            .flat_map(|item| {
                let split = item["split"].as_str();
                let patterns = match split {
                    Some(_) => data_files(&item["path"]),
                    None => data_files(item),
                };
                let split = split.unwrap_or(ONLY_SPLIT).to_owned();
                patterns.into_iter().map(move |(_, p)| (split.clone(), p))
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// The splits that names of files tell: `data/train-00000-of-00002.parquet`, `de/test/0000.parquet`, `imdb-train.arrow`.
fn splits_by_name(folder: &Path) -> Result<Splits, String> {
    let walk = walkdir::WalkDir::new(folder)
        .max_depth(MAX_DEPTH)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| !is_hidden(folder, entry.path()));
    let mut found: Vec<(String, String, PathBuf)> = Vec::new();
    for entry in walk {
        let path = entry.map_err(|e| e.to_string())?.into_path();
        if !path.is_file() || !matches!(extension(&path).as_str(), "parquet" | "arrow") {
            continue;
        }
        let below = path
            .strip_prefix(folder)
            .unwrap_or(&path)
            .with_extension("");
        let mut parts: Vec<&str> = below.iter().filter_map(|part| part.to_str()).collect();
        let stem = without_shard(parts.pop().unwrap_or_default());
        let split = match stem.bytes().all(|b| b.is_ascii_digit()) {
            true => parts.pop().unwrap_or(ONLY_SPLIT),
            false => stem,
        };
        let split = match extension(&path).as_str() {
            "arrow" => cached_split(&path, split)?.unwrap_or_else(|| split.to_owned()),
            _ => split.to_owned(),
        };
        parts.retain(|part| *part != "data");
        found.push((parts.join("/"), split, path));
    }
    let mut configs: Vec<&str> = found.iter().map(|(config, ..)| config.as_str()).collect();
    configs.sort_unstable();
    configs.dedup();
    let is_one = configs.len() < 2;
    let mut splits = Splits::new();
    for (config, split, path) in found {
        let part = match is_one || config.is_empty() {
            true => split,
            false => format!("{config}/{split}"),
        };
        splits.entry(part).or_default().push(path);
    }
    Ok(splits)
}

/// The split of a file in the cache, which is named for its dataset too; the description beside it has the splits' names.
fn cached_split(path: &Path, stem: &str) -> Result<Option<String>, String> {
    let Some(folder) = path.parent() else {
        return Ok(None);
    };
    let info = description(folder, "dataset_info.json")?.unwrap_or_default();
    let names = info["splits"].as_object().into_iter().flatten();
    Ok(names
        .map(|(name, _)| name)
        .find(|name| {
            stem.strip_suffix(name.as_str())
                .is_some_and(|s| s.ends_with('-'))
        })
        .cloned())
}

/// A description in a folder, where it has one.
fn description(folder: &Path, name: &str) -> Result<Option<Value>, String> {
    let path = folder.join(name);
    if !path.is_file() {
        return Ok(None);
    }
    let text = read_text(&path).map_err(|e| format!("{name}: {e}"))?;
    let json: Value = serde_json::from_str(&text).map_err(|e| format!("{name}: not JSON: {e}"))?;
    Ok(Some(json))
}

/// A name of a file or folder in a description, which must be one and not a path to somewhere else.
fn plain_name<'a>(json: &'a Value, description: &str) -> Result<&'a str, String> {
    let name = json.as_str().unwrap_or_default();
    let mut parts = Path::new(name).components();
    match (parts.next(), parts.next()) {
        (Some(Component::Normal(_)), None) => Ok(name),
        _ => Err(format!(
            "{description}: {json} is not the name of a file in its folder"
        )),
    }
}

fn stays_inside(path: &Path) -> bool {
    path.components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The splits of a folder with these files, and how many files each has.
    fn found(files: &[(&str, &str)]) -> Result<Vec<(String, usize)>, String> {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let splits = splits(dir.path())?;
        Ok(splits.into_iter().map(|(k, v)| (k, v.len())).collect())
    }

    fn pairs(pairs: &[(&str, usize)]) -> Result<Vec<(String, usize)>, String> {
        Ok(pairs.iter().map(|(k, v)| ((*k).to_owned(), *v)).collect())
    }

    #[test]
    fn splits_are_found_in_every_layout() {
        let state =
            r#"{"_data_files": [{"filename": "data-00000-of-00001.arrow"}], "_split": "dev"}"#;
        assert_eq!(found(&[("state.json", state)]), pairs(&[("dev", 1)]));
        let dict = ("dataset_dict.json", r#"{"splits": ["train", "test"]}"#);
        assert_eq!(
            found(&[
                dict,
                ("train/state.json", state),
                ("test/state.json", state)
            ]),
            pairs(&[("train", 1), ("test", 1)])
        );
        assert_eq!(
            found(&[
                ("data/test-00000-of-00001.parquet", ""),
                ("data/train-00000-of-00002-c4ce.parquet", ""),
                ("data/train-00001-of-00002-c4cf.parquet", ""),
                (".git/x.parquet", ""),
            ]),
            pairs(&[("test", 1), ("train", 2)])
        );
        assert_eq!(
            found(&[("de/test/0000.parquet", ""), ("en/test/0000.parquet", "")]),
            pairs(&[("de/test", 1), ("en/test", 1)])
        );
        let info = (
            "dataset_info.json",
            r#"{"splits": {"train": {}, "test": {}}}"#,
        );
        assert_eq!(
            found(&[
                info,
                ("my-set-train-00000-of-00002.arrow", ""),
                ("my-set-test.arrow", "")
            ]),
            pairs(&[("test", 1), ("train", 1)])
        );
        let card = "---\nconfigs:\n- config_name: default\n  data_files:\n  - split: gold\n    path: [\"a/*.jsonl\", b.csv]\n---\n# x\n";
        assert_eq!(
            found(&[
                ("README.md", card),
                ("a/1.jsonl", ""),
                ("a/2.jsonl", ""),
                ("b.csv", "")
            ]),
            pairs(&[("gold", 3)])
        );
    }

    #[test]
    fn a_description_names_no_file_elsewhere() {
        for name in ["../x.arrow", "/etc/passwd", "", "a/b"] {
            let state = format!(r#"{{"_data_files": [{{"filename": {name:?}}}]}}"#);
            assert!(found(&[("state.json", &state)]).is_err(), "{name}");
        }
        let card = "---\nconfigs:\n- data_files: ../*.csv\n---\n";
        assert!(
            found(&[("README.md", card)])
                .unwrap_err()
                .contains("../*.csv")
        );
    }
}
