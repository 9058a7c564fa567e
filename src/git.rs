//! What git knows of a folder: its commit, and files as they were at a revision. Runs the `git` program; never writes, never
//! checks anything out. Knows no template.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Why a file of a revision cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// There is no git to ask.
    #[error("`{what}` refers to a git revision, but git cannot be run: {source}")]
    Program {
        what: String,
        source: std::io::Error,
    },
    #[error("cannot read `{what}` from git: {said}")]
    Refused {
        what: String,
        /// What git says, one line.
        said: String,
    },
    /// It is no text.
    #[error("`{what}` is not UTF-8")]
    Encoding { what: String },
}

/// A commit, and whether files differ from it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Revision {
    pub commit: String,
    /// Files that git follows were changed since.
    pub dirty: bool,
}

impl Revision {
    /// The commit of a folder; `None` outside of a repository, or without git.
    pub fn read(folder: &Path) -> Option<Revision> {
        let stdout_of = |args: &[&str]| {
            let done = git(folder, args).ok()?;
            done.status
                .success()
                .then(|| String::from_utf8_lossy(&done.stdout).trim().to_owned())
        };
        let commit = stdout_of(&["rev-parse", "--verify", "HEAD"])?;
        let changed = stdout_of(&["status", "--porcelain", "--untracked-files=no", "--", "."])?;
        Some(Revision {
            commit,
            dirty: !changed.is_empty(),
        })
    }
}

impl std::fmt::Display for Revision {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let short = self.commit.get(..12).unwrap_or(&self.commit);
        let dirty = if self.dirty { ", with changes" } else { "" };
        write!(f, "{short}{dirty}")
    }
}

/// A revision of a folder's repository: reads files as they were then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    folder: PathBuf,
    pub revision: String,
    /// The commit it stands for.
    pub commit: String,
}

impl Tree {
    /// Find out which commit a revision is; paths will start at `folder`.
    pub fn open(folder: &Path, revision: &str) -> Result<Tree, GitError> {
        let commit = ask(
            folder,
            revision,
            &[
                "rev-parse",
                "--verify",
                "--quiet",
                "--end-of-options",
                &format!("{revision}^{{commit}}"),
            ],
        )?;
        Ok(Tree {
            folder: folder.to_path_buf(),
            revision: revision.to_owned(),
            commit: String::from_utf8_lossy(&commit).trim().to_owned(),
        })
    }

    /// A file as it was, by its path from the folder, else from the top of the repository.
    pub fn read(&self, path: &str) -> Result<String, GitError> {
        let what = format!("{}:{path}", self.revision);
        let path = path.replace('\\', "/");
        let show = |path: String| {
            let name = format!("{}:{path}", self.commit);
            ask(&self.folder, &what, &["cat-file", "blob", &name])
        };
        let bytes = show(format!("./{path}")).or_else(|first| show(path).map_err(|_| first))?;
        text(bytes, what)
    }

    /// The same, only by its path from the folder.
    pub fn read_inside(&self, path: &str) -> Result<String, GitError> {
        let what = format!("{}:{path}", self.revision);
        let name = format!("{}:./{}", self.commit, path.replace('\\', "/"));
        text(
            ask(&self.folder, &what, &["cat-file", "blob", &name])?,
            what,
        )
    }
}

fn text(bytes: Vec<u8>, what: String) -> Result<String, GitError> {
    let text = String::from_utf8(bytes).map_err(|_| GitError::Encoding { what })?;
    Ok(text.trim_start_matches('\u{feff}').to_owned())
}

fn ask(folder: &Path, what: &str, args: &[&str]) -> Result<Vec<u8>, GitError> {
    let done = git(folder, args).map_err(|source| GitError::Program {
        what: what.to_owned(),
        source,
    })?;
    if done.status.success() {
        return Ok(done.stdout);
    }
    let said = String::from_utf8_lossy(&done.stderr);
    let said = said.lines().next().unwrap_or("").trim();
    Err(GitError::Refused {
        what: what.to_owned(),
        said: match said.trim_start_matches("fatal: ") {
            "" => "no such revision".into(),
            said => said.to_owned(),
        },
    })
}

fn git(folder: &Path, args: &[&str]) -> std::io::Result<std::process::Output> {
    Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(args)
        .env("GIT_OPTIONAL_LOCKS", "0")
        .stdin(Stdio::null())
        .output()
}
