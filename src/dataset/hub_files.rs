//! The files of a split of a folder of Hugging Face: all of them are there, and they lie inside of it.

use std::path::{Path, PathBuf};

/// A split has all of its files, and they lie in the folder, or in the store of files that belongs to a folder of the hub's cache.
pub(super) fn check_files(folder: &Path, split: &str, files: &[PathBuf]) -> Result<(), String> {
    let totals = files
        .iter()
        .filter_map(|file| shards(file.file_stem()?.to_str()?));
    if let Some(total) = totals.max().filter(|total| *total > files.len()) {
        return Err(format!(
            "the split `{split}` has {} of its {total} files; fetch the others",
            files.len()
        ));
    }
    let real = |path: &Path| {
        path.canonicalize()
            .map_err(|e| format!("{}: {e}", path.display()))
    };
    let home = real(folder)?;
    let blobs = home.ancestors().nth(2).map(|cache| cache.join("blobs"));
    for file in files {
        let real = real(file)?;
        let is_of_cache = blobs
            .as_ref()
            .is_some_and(|blobs| real.parent() == Some(blobs));
        if !real.starts_with(&home) && !is_of_cache {
            return Err(format!(
                "{} is a link to a file outside of the folder",
                file.display()
            ));
        }
    }
    Ok(())
}

/// Of how many files a file says to be one: 2 of `train-00000-of-00002`.
fn shards(stem: &str) -> Option<usize> {
    if without_shard(stem) == stem {
        return None;
    }
    let (_, total) = stem.rsplit_once("-of-")?;
    total.split('-').next()?.parse().ok()
}

/// A name without what counts its shard: `train-00000-of-00002` → `train`.
pub(super) fn without_shard(stem: &str) -> &str {
    let is_number = |text: &str| text.len() >= 4 && text.bytes().all(|b| b.is_ascii_digit());
    match stem.rsplit_once("-of-") {
        Some((before, total)) if total.split('-').next().is_some_and(is_number) => {
            match before.rsplit_once('-') {
                Some((name, shard)) if is_number(shard) => name,
                None if is_number(before) => before,
                _ => stem,
            }
        }
        _ => stem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_split_with_missing_files_or_links_to_elsewhere_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("set");
        std::fs::create_dir(&folder).unwrap();
        let names = [
            "train-00000-of-00002.parquet",
            "train-00001-of-00002.parquet",
        ];
        let files = names.map(|name| folder.join(name));
        std::fs::write(&files[0], "").unwrap();
        let few = check_files(&folder, "train", &files[..1]).unwrap_err();
        assert!(few.contains("`train` has 1 of its 2 files"), "{few}");
        std::fs::write(&files[1], "").unwrap();
        assert_eq!(check_files(&folder, "train", &files), Ok(()));
        #[cfg(unix)]
        {
            std::fs::remove_file(&files[1]).unwrap();
            std::fs::write(place.path().join("private"), "").unwrap();
            std::os::unix::fs::symlink(place.path().join("private"), &files[1]).unwrap();
            let link = check_files(&folder, "train", &files).unwrap_err();
            assert!(link.contains("outside of the folder"), "{link}");
        }
        assert_eq!((shards("train"), shards("0000")), (None, None));
    }
}
