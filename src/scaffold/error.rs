//! Why a new experiment cannot be made.

use crate::{dataset::DatasetError, display::visible, project::ProjectError};
use std::{io, path::PathBuf};

/// Why a new experiment cannot be made. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum ScaffoldError {
    #[error("cannot read {}: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot write {}: {source}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("{} has changed since the preview; nothing was written", path.display())]
    Changed { path: PathBuf },
    #[error(transparent)]
    Project(#[from] ProjectError),
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    #[error("the experiment needs a name")]
    NoName,
    #[error("{} has an experiment `{}` already; choose another name", file.display(), visible(name))]
    ExperimentExists { file: PathBuf, name: String },
    #[error("{} exists already; choose another name", path.display())]
    FileExists { path: PathBuf },
    #[error("the path {} is not UTF-8, so the project file cannot name it", path.display())]
    PathEncoding { path: PathBuf },
    #[error("no column `{}`; the columns are: {}", visible(name), visible(&known.join(", ")))]
    NoColumn { name: String, known: Vec<String> },
    #[error(
        "the dataset has no column but `{}`: nothing to show to a model",
        visible(name)
    )]
    OnlyColumn { name: String },
    #[error("no endpoint `{}` in the project", visible(name))]
    UnknownEndpoint { name: String },
    #[error("endpoint `{}` is there already", visible(name))]
    EndpointExists { name: String },
}
