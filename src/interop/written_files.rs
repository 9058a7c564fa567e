//! Writing the files of a new folder, never over others.

use super::ImportError;
use std::path::{Path, PathBuf};

/// Write files, named relative to a folder, into it. Without `force`, nothing is written where one of them is there already.
pub(super) fn write_files(
    files: &[(PathBuf, String)],
    dir: &Path,
    force: bool,
) -> Result<(), ImportError> {
    let failed = |path: &Path, source| ImportError::Write {
        path: path.to_path_buf(),
        source,
    };
    if !force {
        for (name, _) in files {
            let path = dir.join(name);
            if path.exists() {
                return Err(ImportError::There { path });
            }
        }
    }
    for (name, text) in files {
        let path = dir.join(name);
        let folder = path.parent().unwrap_or(dir);
        std::fs::create_dir_all(folder).map_err(|e| failed(folder, e))?;
        std::fs::write(&path, text).map_err(|e| failed(&path, e))?;
    }
    Ok(())
}
