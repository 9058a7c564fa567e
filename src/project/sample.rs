//! The sample project: the files at the root of the repository, embedded in the binary.

use super::{Project, ProjectError};
use include_dir::{Dir, include_dir};
use std::path::{Path, PathBuf};

static TEMPLATES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");
static DATASETS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/datasets");
const WORDING_TOML: &[u8] = include_bytes!("../../wording.toml");

fn files() -> Vec<(PathBuf, &'static [u8])> {
    fn walk(dir: &'static Dir<'static>, under: &Path, files: &mut Vec<(PathBuf, &'static [u8])>) {
        for file in dir.files() {
            files.push((under.join(file.path()), file.contents()));
        }
        for inner in dir.dirs() {
            walk(inner, under, files);
        }
    }
    let mut files = vec![(PathBuf::from("wording.toml"), WORDING_TOML)];
    walk(&TEMPLATES, Path::new("templates"), &mut files);
    walk(&DATASETS, Path::new("datasets"), &mut files);
    files
}

impl Project {
    /// The sample project, written into `dir` where files are missing (never over existing ones) and loaded.
    pub fn sample(dir: &Path) -> Result<Project, ProjectError> {
        for (path, bytes) in files() {
            let path = dir.join(path);
            if !path.exists() {
                write(&path, bytes)?;
            }
        }
        Project::load(&dir.join("wording.toml"))
    }

    /// That none of the sample's files is in `dir` already.
    pub fn check_room_for_sample(dir: &Path) -> Result<(), ProjectError> {
        let there: Vec<PathBuf> = files()
            .into_iter()
            .map(|(path, _)| dir.join(path))
            .filter(|p| p.exists())
            .collect();
        if !there.is_empty() {
            return Err(ProjectError::InTheWay { files: there });
        }
        Ok(())
    }

    /// Write the sample project into `dir`; says which files. Writes nothing if one of them is there already.
    pub fn write_sample(dir: &Path) -> Result<Vec<PathBuf>, ProjectError> {
        Project::check_room_for_sample(dir)?;
        files()
            .into_iter()
            .map(|(path, bytes)| write(&dir.join(&path), bytes).map(|()| path))
            .collect()
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), ProjectError> {
    let error = |source| ProjectError::Io {
        path: path.to_path_buf(),
        verb: "write",
        source,
    };
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir).map_err(error)?;
    }
    std::fs::write(path, bytes).map_err(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_loads_and_is_never_written_over() {
        let dir = tempfile::tempdir().unwrap();
        let written = Project::write_sample(dir.path()).unwrap();
        assert!(written.len() > 20);
        let project = Project::load(&dir.path().join("wording.toml")).unwrap();
        assert_eq!(
            project
                .experiments
                .iter()
                .map(|e| e.name.as_str())
                .collect::<Vec<_>>(),
            ["sentiment", "triage", "情感", "axes"]
        );
        let error = Project::write_sample(dir.path()).unwrap_err();
        assert!(matches!(error, ProjectError::InTheWay { files } if files.len() == written.len()));
        std::fs::write(dir.path().join("templates/sentiment/plain.j2"), "mine").unwrap();
        Project::sample(dir.path()).unwrap();
        assert_eq!(
            std::fs::read_to_string(dir.path().join("templates/sentiment/plain.j2")).unwrap(),
            "mine"
        );
    }
}
