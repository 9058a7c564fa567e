//! A temporary folder with a home of its own, and the binary run in it.

use super::{documents::check_document, snapshot::check_filtered};
use serde_json::Value;
use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;
use wording::{cli::SchemaOf, project::Project};

pub(crate) struct Workspace {
    pub dir: TempDir,
}

/// What a command printed, and its exit code.
pub(crate) struct CommandOutput {
    pub code: i32,
    pub out: String,
    pub err: String,
    /// The document that was printed, with `--format json`.
    pub document: Option<SchemaOf>,
    /// As it was typed.
    typed: String,
    /// Where it was run, and the same without links.
    folders: [PathBuf; 2],
}

impl CommandOutput {
    /// Compare the exit code, stdout and stderr with the snapshot `AREA/NAME`.
    #[track_caller]
    pub(crate) fn check(&self, name: &str) {
        check_filtered(name, &self.transcript());
    }

    /// Compare the exit code and stderr with the snapshot `AREA/NAME`.
    #[track_caller]
    pub(crate) fn check_err(&self, name: &str) {
        check_filtered(name, &self.errors());
    }

    /// The command with its exit code and output, for a snapshot of several.
    pub(crate) fn transcript(&self) -> String {
        self.shown(&self.out)
    }

    /// The command with its exit code and stderr, for a snapshot of several.
    pub(crate) fn errors(&self) -> String {
        self.shown("")
    }

    fn shown(&self, out: &str) -> String {
        let mut text = format!("$ wording {}\nexit code {}\n", self.typed, self.code);
        for (name, stream) in [("stdout", out), ("stderr", &self.err)] {
            if !stream.is_empty() {
                text += &format!("--- {name}\n{stream}");
            }
        }
        for folder in &self.folders {
            text = text.replace(folder.to_str().unwrap(), "[folder]");
        }
        if cfg!(windows) {
            text = text.replace('\\', "/");
        }
        text
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|e| panic!("{e}: {}\n{}", self.out, self.err))
    }
}

impl Workspace {
    /// An empty folder.
    pub(crate) fn empty() -> Workspace {
        Workspace {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    /// A folder with the sample project.
    pub(crate) fn sample() -> Workspace {
        Workspace::changed(&[])
    }

    /// The sample project with something in its files replaced: file, from, to.
    pub(crate) fn changed(changes: &[(&str, &str, &str)]) -> Workspace {
        let place = Workspace::empty();
        Project::write_sample(place.path()).unwrap();
        for (name, from, to) in changes {
            let text = place.read(name);
            assert!(text.contains(from), "{from:?} is not in {name}");
            place.write(name, &text.replace(from, to));
        }
        place
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.file(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.file(name)).unwrap()
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wording"));
        command
            .args(args)
            .current_dir(self.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path().join("home"))
            .env("LANG", "C.UTF-8");
        command
    }

    #[track_caller]
    pub(crate) fn run(&self, args: &[&str]) -> CommandOutput {
        self.output(&mut self.command(args))
    }

    /// Run a command of [`Workspace::command`]. A document that it prints has to fit its schema.
    #[track_caller]
    pub(crate) fn output(&self, command: &mut Command) -> CommandOutput {
        let typed = command.get_args().map(OsStr::to_string_lossy);
        let typed: Vec<String> = typed.map(|arg| arg.into_owned()).collect();
        let done = command.output().unwrap();
        let out = String::from_utf8(done.stdout).unwrap();
        CommandOutput {
            code: done.status.code().unwrap_or(-1),
            document: check_document(&typed, &out),
            typed: typed.join(" "),
            out,
            err: String::from_utf8(done.stderr).unwrap(),
            folders: [self.path().canonicalize().unwrap(), self.path().to_owned()],
        }
    }
}
