//! What can be wrong with a project file.

use crate::{model::ModelRef, source::SourcePlace};
use std::{fmt, path::PathBuf};

/// One problem, with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    pub message: String,
    pub place: SourcePlace,
    pub help: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n  --> {}", self.message, self.place)?;
        match &self.help {
            Some(help) => write!(f, "\n  help: {help}"),
            None => Ok(()),
        }
    }
}

/// Why there is no project.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// A file or folder cannot be read or written.
    #[error("cannot {verb} {}: {source}", path.display())]
    Io {
        path: PathBuf,
        /// `read` or `write`.
        verb: &'static str,
        source: std::io::Error,
    },
    /// The file is not UTF-8.
    #[error("{} is not UTF-8 text (byte {at}); save it as UTF-8", path.display())]
    Encoding { path: PathBuf, at: usize },
    /// The file says something wrong.
    #[error("{}", join(problems))]
    Invalid {
        /// All that is wrong, in the order of the file.
        problems: Vec<Problem>,
    },
    /// There is no experiment of that name.
    #[error("no experiment `{name}`{}; available: {}", meant(suggestion), known.join(", "))]
    NoExperiment {
        name: String,
        suggestion: Option<String>,
        known: Vec<String>,
    },
    /// The project has endpoints at most.
    #[error("{} has no experiment; `wording new --data FILE` adds one for a dataset", file.display())]
    NoExperiments { file: PathBuf },
    /// No name was given and there are many.
    #[error("which experiment? Available: {}", known.join(", "))]
    WhichExperiment { known: Vec<String> },
    /// There is no such endpoint.
    #[error("no endpoint `{0}` for the model `{model}`{1}; available: {2}. Add [endpoint.{0}] with its base_url to wording.toml",
        model.endpoint, meant(suggestion), known.join(", "))]
    NoEndpoint {
        model: ModelRef,
        suggestion: Option<String>,
        known: Vec<String>,
    },
    /// Files are in the way of the sample project.
    #[error("nothing written, to keep existing files: {}. Choose an empty folder, for example `wording init my-prompts`",
        files.iter().map(|f| f.display().to_string()).collect::<Vec<_>>().join(", "))]
    InTheWay { files: Vec<PathBuf> },
}

fn join(problems: &[Problem]) -> String {
    problems
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n\n")
}

fn meant(suggestion: &Option<String>) -> String {
    suggestion
        .as_ref()
        .map_or(String::new(), |s| format!(" (did you mean `{s}`?)"))
}
