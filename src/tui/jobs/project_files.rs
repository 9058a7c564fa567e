//! Files of the project: read, written, replaced and removed.

use crate::{
    model::ModelRef,
    project::{Project, with_models},
    source::{as_typed, replace_file},
    tui::model::{FileChange, JobResult},
};
use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

/// A path as a message names it.
pub(super) fn display_path(path: &Path) -> String {
    as_typed(path).display().to_string()
}

pub(super) fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|e| format!("cannot read {}: {e}", display_path(path)))
}

/// Why a file could not be written.
pub(super) fn write_error(path: &Path, error: &io::Error) -> String {
    format!("cannot write {}: {error}", display_path(path))
}

/// Say that files were written, and that they changed.
pub(super) fn emit_written(paths: Vec<PathBuf>, emit: &mut dyn FnMut(JobResult)) {
    let names: Vec<String> = paths.iter().map(|path| display_path(path)).collect();
    emit(JobResult::Done(format!("wrote {}", names.join(", "))));
    emit(JobResult::FilesChanged(paths));
}

/// Write files that do not exist yet.
pub(super) fn create_files(
    files: Vec<(PathBuf, String)>,
    emit: &mut dyn FnMut(JobResult),
) -> Result<(), String> {
    for (path, text) in &files {
        create(path, text).map_err(|e| write_error(path, &e))?;
    }
    emit_written(files.into_iter().map(|(path, _)| path).collect(), emit);
    Ok(())
}

/// Change a file, unless it has changed since it was read.
pub(super) fn apply_change(
    change: FileChange,
    emit: &mut dyn FnMut(JobResult),
) -> Result<(), String> {
    if read(&change.path)? != change.before {
        let name = display_path(&change.path);
        return Err(format!(
            "{name} has changed since the preview; nothing was written"
        ));
    }
    replace_file(&change.path, &change.after).map_err(|e| write_error(&change.path, &e))?;
    emit_written(vec![change.path], emit);
    Ok(())
}

/// What changes in the project file where an experiment has these models. What is written must still be a project.
pub(super) fn preview_models(
    file: &Path,
    experiment: &str,
    models: &[ModelRef],
) -> Result<FileChange, String> {
    let before = read(file)?;
    let wanted = |_: &[&str]| models.iter().map(ToString::to_string).collect();
    let after = with_models(&before, experiment, wanted)
        .map_err(|e| e.to_string())?
        .ok_or("wording.toml has these models already")?;
    Project::parse(file, after.trim_start_matches('\u{feff}')).map_err(|e| e.to_string())?;
    Ok(FileChange {
        path: file.to_owned(),
        before,
        after,
    })
}

fn create(path: &Path, text: &str) -> io::Result<()> {
    let mut file = fs::File::options()
        .write(true)
        .create_new(true)
        .open(path)?;
    file.write_all(text.as_bytes())
}

/// Take a file away; a copy is kept in `dir`.
pub(super) fn remove_file(
    path: PathBuf,
    dir: &Path,
    emit: &mut dyn FnMut(JobResult),
) -> Result<(), String> {
    let name = display_path(&path);
    let kept = move_to(&path, dir).map_err(|e| format!("cannot remove {name}: {e}"))?;
    emit(JobResult::Done(format!(
        "{name} removed; a copy is in {}",
        display_path(&kept)
    )));
    emit(JobResult::FilesChanged(vec![path]));
    Ok(())
}

fn move_to(path: &Path, dir: &Path) -> io::Result<PathBuf> {
    fs::create_dir_all(dir)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let free = (1..)
        .map(|n| dir.join(format!("{n}-{name}")))
        .find(|p| !p.exists())
        .unwrap_or_else(|| dir.join(&*name));
    fs::copy(path, &free)?;
    fs::remove_file(path)?;
    Ok(free)
}
