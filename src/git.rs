//! What git knows of a folder: its commit, and files as they were at a revision. Runs the `git` program; never writes, never
//! checks anything out, and never lets the configuration of the repository run another program. Knows no template.

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
        let filters_off = disabled_filters(folder)?;
        let mut status: Vec<&str> = filters_off
            .iter()
            .flat_map(|setting| ["-c", setting.as_str()])
            .collect();
        // The configuration of a submodule is not read either.
        status.extend([
            "status",
            "--porcelain",
            "--untracked-files=no",
            "--ignore-submodules=dirty",
            "--",
            ".",
        ]);
        let changed = stdout_of(&status)?;
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

/// Settings that turn off the content filters (`filter.NAME.clean`, …) which the repository itself defines: `git status` would
/// run them. Those of the user or the system, such as Git LFS, stay. `None` if git cannot list them.
fn disabled_filters(folder: &Path) -> Option<Vec<String>> {
    let listed = git(
        folder,
        &[
            "config",
            "-z",
            "--show-scope",
            "--name-only",
            "--get-regexp",
            r"^filter\.",
        ],
    )
    .ok()?;
    match listed.status.code() {
        Some(0) => {}
        // No such setting.
        Some(1) => return Some(Vec::new()),
        _ => return None,
    }
    let text = String::from_utf8(listed.stdout).ok()?;
    let mut fields = text.split_terminator('\0');
    let mut settings = Vec::new();
    while let (Some(scope), Some(name)) = (fields.next(), fields.next()) {
        if matches!(scope, "system" | "global" | "command") {
            continue;
        }
        let (driver, _) = name.rsplit_once('.')?;
        if driver.contains('=') {
            // `-c` would take this for the end of the name.
            return None;
        }
        let off = ["clean=", "smudge=", "process=", "required=false"];
        settings.extend(off.map(|setting| format!("{driver}.{setting}")));
    }
    Some(settings)
}

/// Run git. A repository may come from somebody else, and its configuration can name programs: monitors and hooks are turned
/// off here, and nothing is fetched (objects that are missing in a partial clone stay missing). External diffs, text
/// conversions and aliases do not apply to the commands that are called; content filters see [`disabled_filters`].
fn git(folder: &Path, args: &[&str]) -> std::io::Result<std::process::Output> {
    let no_hooks = if cfg!(windows) { "NUL" } else { "/dev/null" };
    Command::new("git")
        .arg("-C")
        .arg(folder)
        .arg("--no-pager")
        .args(["-c", "core.fsmonitor="])
        .arg("-c")
        .arg(format!("core.hooksPath={no_hooks}"))
        .args(args)
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_NO_LAZY_FETCH", "1")
        // Older versions know no such variable: no protocol has this name.
        .env("GIT_ALLOW_PROTOCOL", "none")
        .env("GIT_TERMINAL_PROMPT", "0")
        .stdin(Stdio::null())
        .output()
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    /// A repository with one commit, in which every setting that names a program leaves a mark when it runs.
    struct Marked {
        folder: tempfile::TempDir,
        marks: tempfile::TempDir,
    }

    impl Marked {
        fn new() -> Marked {
            let marked = Marked {
                folder: tempfile::tempdir().unwrap(),
                marks: tempfile::tempdir().unwrap(),
            };
            let folder = marked.folder.path();
            marked.plain(&["init", "-q"]);
            std::fs::write(folder.join("a.txt"), "one\n").unwrap();
            std::fs::write(folder.join(".gitattributes"), "*.txt filter=x diff=x\n").unwrap();
            marked.plain(&["add", "."]);
            let who = ["-c", "user.name=a", "-c", "user.email=a@localhost"];
            let commit = ["commit", "-q", "-m", "one", "--no-gpg-sign"];
            marked.plain(&[&who[..], &commit[..]].concat());
            let hooks = folder.join(".git/hooks");
            std::fs::create_dir_all(&hooks).unwrap();
            for hook in ["post-index-change", "fsmonitor-watchman"] {
                let path = hooks.join(hook);
                std::fs::write(&path, format!("#!/bin/sh\n{}\n", marked.leave_mark("hook")))
                    .unwrap();
                let all = std::os::unix::fs::PermissionsExt::from_mode(0o755);
                std::fs::set_permissions(&path, all).unwrap();
            }
            for key in [
                "core.fsmonitor",
                "core.pager",
                "core.sshCommand",
                "core.editor",
                "diff.external",
                "diff.x.textconv",
                "diff.x.command",
                "filter.x.clean",
                "filter.x.smudge",
                "filter.x.process",
                "credential.helper",
                "alias.status",
                "alias.cat-file",
            ] {
                let mark = marked.leave_mark(key);
                let alias = if key.starts_with("alias.") { "!" } else { "" };
                marked.plain(&["config", key, &format!("{alias}{mark}; cat")]);
            }
            marked.plain(&["config", "filter.x.required", "true"]);
            for pager in ["pager.status", "pager.cat-file", "pager.rev-parse"] {
                marked.plain(&["config", pager, "true"]);
            }
            // As in a partial clone: git fetches an object that is missing.
            marked.plain(&["config", "remote.origin.url", "ssh://nowhere.invalid/x"]);
            marked.plain(&["config", "remote.origin.promisor", "true"]);
            marked.plain(&["config", "extensions.partialClone", "origin"]);
            marked
        }

        fn leave_mark(&self, name: &str) -> String {
            format!("touch '{}'", self.marks.path().join(name).display())
        }

        fn plain(&self, args: &[&str]) -> std::process::Output {
            Command::new("git")
                .arg("-C")
                .arg(self.folder.path())
                .args(args)
                .output()
                .unwrap()
        }

        fn marks(&self) -> Vec<String> {
            let all = std::fs::read_dir(self.marks.path()).unwrap();
            let mut names: Vec<String> = all
                .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
                .collect();
            names.sort();
            names
        }
    }

    #[test]
    fn a_repository_runs_no_program_of_its_own() {
        let repository = Marked::new();
        let folder = repository.folder.path();
        // As long as before, so that only its content can tell that it changed.
        std::fs::write(folder.join("a.txt"), "two\n").unwrap();
        let revision = Revision::read(folder).unwrap();
        assert!(revision.dirty);
        let tree = Tree::open(folder, "HEAD").unwrap();
        assert_eq!(tree.read("a.txt").unwrap(), "one\n");
        assert_eq!(tree.read_inside("a.txt").unwrap(), "one\n");
        assert!(Tree::open(folder, &"1".repeat(40)).is_err());
        assert_eq!(repository.marks(), [] as [&str; 0]);
        // The settings do run programs where git is called without care.
        repository.plain(&["status", "--porcelain"]);
        repository.plain(&["cat-file", "-e", &"1".repeat(40)]);
        let ran = repository.marks();
        for name in ["core.fsmonitor", "core.sshCommand", "filter.x.process"] {
            assert!(ran.iter().any(|mark| mark == name), "{name}: {ran:?}");
        }
    }

    #[test]
    fn files_that_did_not_change_are_clean_without_their_filters() {
        let repository = Marked::new();
        let revision = Revision::read(repository.folder.path()).unwrap();
        assert!(!revision.dirty, "{revision}");
    }
}
