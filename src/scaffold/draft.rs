//! What a person chose for a new experiment.

use super::{AnswerScoring, DatasetColumns, ScaffoldError};
use crate::{dataset::DatasetName, interop::service, model::ModelRef};
use std::path::{Path, PathBuf};

/// The model of the stand-in, where no other is named.
pub const STAND_IN: &str = "demo/icl";

/// The name of a template, where no other is chosen.
pub const FIRST_TEMPLATE: &str = "first";

/// What a person chose for a new experiment.
#[derive(Debug, Clone, PartialEq)]
pub struct ExperimentDraft {
    pub name: String,
    pub dataset: DatasetSource,
    pub answer: AnswerSource,
    /// Name of the template's file, without `.j2`.
    pub template: String,
    pub model: ModelRef,
    /// Where the model's endpoint is, if the project does not say so.
    pub endpoint: Option<EndpointAddress>,
}

/// Where the rows come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatasetSource {
    /// A file that is there; its path from the current folder, or absolute.
    File(PathBuf),
    /// A new file with a few rows; its path from the project's folder.
    FirstRows(PathBuf),
}

/// Where the expected answers come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswerSource {
    /// A column of the dataset.
    Column(String),
    /// No column has them yet; they will be among these labels.
    Labels(Vec<String>),
    /// No column has them yet.
    Missing,
}

/// The address of an endpoint, and the variable that holds its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointAddress {
    pub base_url: String,
    pub api_key_env: Option<String>,
}

/// The address of a service that is known by the name of its endpoint.
pub fn known_service(endpoint: &str) -> Option<EndpointAddress> {
    let (_, url, variable) = service(endpoint)?;
    Some(EndpointAddress {
        base_url: url.to_owned(),
        api_key_env: Some(variable.to_owned()).filter(|variable| !variable.is_empty()),
    })
}

impl DatasetSource {
    pub fn path(&self) -> &Path {
        match self {
            DatasetSource::File(path) | DatasetSource::FirstRows(path) => path,
        }
    }

    /// The name of an experiment on it: that of its file.
    pub fn experiment_name(&self) -> String {
        let dataset = DatasetName::parse(self.path());
        let name = dataset.path.file_name().unwrap_or_default();
        let name = name.to_string_lossy();
        match name.split('.').next() {
            None | Some("") => "first".to_owned(),
            Some(stem) => stem.to_owned(),
        }
    }
}

impl AnswerSource {
    /// The column, where one has the answers.
    pub fn column(&self) -> Option<&str> {
        match self {
            AnswerSource::Column(name) => Some(name),
            AnswerSource::Labels(_) | AnswerSource::Missing => None,
        }
    }

    /// How answers are scored.
    pub fn scoring(&self, columns: &DatasetColumns) -> AnswerScoring {
        match self {
            AnswerSource::Column(name) => columns.scoring(name),
            AnswerSource::Labels(labels) => AnswerScoring::Label(labels.clone()),
            AnswerSource::Missing => AnswerScoring::Text,
        }
    }

    /// Whether the dataset has the column, and another to show to a model.
    pub fn check(&self, columns: &DatasetColumns) -> Result<(), ScaffoldError> {
        let Some(name) = self.column() else {
            return Ok(());
        };
        if !columns.names().any(|column| column == name) {
            return Err(ScaffoldError::NoColumn {
                name: name.to_owned(),
                known: columns.names().map(str::to_owned).collect(),
            });
        }
        match columns.names().count() {
            1 => Err(ScaffoldError::OnlyColumn {
                name: name.to_owned(),
            }),
            _ => Ok(()),
        }
    }
}
