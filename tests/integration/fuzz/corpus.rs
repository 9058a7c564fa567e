//! Where changed inputs start from: fixtures, and forms that the fixtures have none of.

use super::mutation::Packing;
use crate::support::Workspace;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A folder with files of which one is changed at a time, and what a reader is given.
pub(super) struct Seed {
    pub(super) place: tempfile::TempDir,
    /// Relative to the folder.
    pub(super) files: Vec<(PathBuf, Vec<u8>)>,
    /// What is read: a file or the folder itself.
    pub(super) opened: PathBuf,
    pub(super) packing: Packing,
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn seed(files: Vec<(PathBuf, Vec<u8>)>, opened: &Path, packing: Packing) -> Seed {
    let place = tempfile::tempdir().unwrap();
    for (name, bytes) in &files {
        let path = place.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let opened = place.path().join(opened);
    Seed {
        place,
        files,
        opened,
        packing,
    }
}

/// A seed per file of a folder of fixtures, of these endings.
pub(super) fn files(folder: &str, endings: &[&str]) -> Vec<Seed> {
    let mut all = Vec::new();
    for entry in fs::read_dir(fixtures().join(folder)).unwrap() {
        let path = entry.unwrap().path();
        let ending = path
            .extension()
            .and_then(|e| e.to_str())
            .unwrap_or_default();
        if endings.contains(&ending) && path.metadata().unwrap().len() < 1 << 20 {
            let name = PathBuf::from(path.file_name().unwrap());
            let packing = match ending {
                "xlsx" | "eval" => Packing::Zip,
                _ => Packing::Plain,
            };
            let bytes = fs::read(&path).unwrap();
            all.push(seed(vec![(name.clone(), bytes)], &name, packing));
        }
    }
    assert!(!all.is_empty(), "no fixture in {folder}");
    all
}

/// A folder of fixtures as one seed; a reader is given the folder, or a file in it.
pub(super) fn folder(folder: &str, opened: Option<&str>) -> Seed {
    let root = fixtures().join(folder);
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    let bytes = fs::read(&path).unwrap();
                    found.push((path.strip_prefix(&root).unwrap().to_path_buf(), bytes));
                }
            }
        }
    }
    found.sort();
    seed(found, Path::new(opened.unwrap_or("")), Packing::Plain)
}

/// Each configuration of promptfoo.
pub(super) fn promptfoo() -> Vec<Seed> {
    let mut all = Vec::new();
    for entry in fs::read_dir(fixtures().join("promptfoo")).unwrap() {
        let path = entry.unwrap().path();
        for name in ["promptfooconfig.yaml", "promptfooconfig.json"] {
            if path.join(name).is_file() {
                let inside = format!("promptfoo/{}", path.file_name().unwrap().display());
                all.push(folder(&inside, Some(name)));
            }
        }
    }
    assert!(all.len() >= 12);
    all
}

/// Texts under names; the first is opened, or the folder.
pub(super) fn texts(files: &[(&str, &str)], whole: bool) -> Seed {
    let opened = match whole {
        true => "",
        false => files[0].0,
    };
    let files = files.iter();
    let files = files.map(|(name, text)| (name.into(), text.as_bytes().to_vec()));
    seed(files.collect(), Path::new(opened), Packing::Plain)
}

/// The bundle of a small run.
pub(super) fn bundle() -> Seed {
    let place = Workspace::sample();
    assert_eq!(
        place.run(&["run", "sentiment", "-q", "--rows", "4"]).code,
        0
    );
    let made = place.run(&["report", "--bundle", "run.wording"]);
    assert_eq!(made.code, 0, "{}", made.err);
    let bytes = fs::read(place.file("run.wording")).unwrap();
    let name = PathBuf::from("run.wording");
    seed(vec![(name.clone(), bytes)], &name, Packing::Bundle)
}
