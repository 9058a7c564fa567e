//! Paths that a caller names: of files inside of the project, links followed.

use crate::source::{as_typed, inside_folder};
use anyhow::bail;
use std::path::{Component, Path, PathBuf};

/// A file or folder of the project, as it is typed in the project's folder.
pub(super) fn project_path(root: &Path, named: &str) -> anyhow::Result<PathBuf> {
    if named == "-" {
        bail!("`-`, standard input, is not read here: name a file of the project");
    }
    stays_inside(named, named)?;
    let path = inside_folder(root, named).map(|path| as_typed(&path));
    match path {
        // Standard input is the client's.
        Ok(path) if path.as_os_str() == "-" => {
            bail!("`{named}` would be read as standard input: rename the file")
        }
        Ok(path) => Ok(path),
        Err(problem) => bail!("{problem}"),
    }
}

/// What is compared: a variant, a run, a template of the project, or `REV:path` of one.
pub(super) fn operand(root: &Path, named: &str) -> anyhow::Result<String> {
    stays_inside(named, named)?;
    if let Some((_, path)) = named.split_once(':') {
        stays_inside(path, named)?;
    }
    if root.join(named).exists() {
        return Ok(project_path(root, named)?.display().to_string());
    }
    Ok(named.to_owned())
}

fn stays_inside(path: &str, named: &str) -> anyhow::Result<()> {
    let path = Path::new(path);
    let leaves = |part: Component<'_>| {
        matches!(
            part,
            Component::ParentDir | Component::RootDir | Component::Prefix(_)
        )
    };
    if path.components().any(leaves) {
        bail!("`{named}` is outside of the project's folder; paths are relative to it");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn paths_stay_inside_of_the_project() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap().join("project");
        std::fs::create_dir(&root).unwrap();
        std::fs::write(root.join("rows.csv"), "a\n1\n").unwrap();
        std::fs::write(dir.path().join("secret"), "x").unwrap();
        std::os::unix::fs::symlink("../secret", root.join("link")).unwrap();
        assert_eq!(
            project_path(&root, "rows.csv").unwrap(),
            root.join("rows.csv")
        );
        let secret = dir.path().join("secret").display().to_string();
        for outside in ["../secret", "link", "a/../../secret", secret.as_str(), "-"] {
            assert!(project_path(&root, outside).is_err(), "{outside}");
        }
        for refused in ["../secret", "link", "main:../secret", "main:/etc/passwd"] {
            assert!(operand(&root, refused).is_err(), "{refused}");
        }
        for kept in [
            "zero[tone=kind]",
            "r-abc/x",
            "latest",
            "main:templates/a.j2",
        ] {
            assert_eq!(operand(&root, kept).unwrap(), kept);
        }
    }
}
