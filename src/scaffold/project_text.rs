//! The text of the project file that a new experiment is added to, where there is one.

use super::ScaffoldError;
use crate::{
    model::ModelRef,
    project::Project,
    source::{as_typed, read_text},
};
use std::path::Path;
use toml_edit::DocumentMut;

/// The project file, as far as there is one.
#[derive(Debug)]
pub struct ProjectText {
    pub(super) text: Option<String>,
    document: DocumentMut,
    /// `None` also where it has no experiment yet.
    project: Option<Project>,
}

impl ProjectText {
    /// Read it; a file that is not there is an empty one.
    pub fn read(file: &Path) -> Result<ProjectText, ScaffoldError> {
        let mut read = ProjectText {
            text: None,
            document: DocumentMut::new(),
            project: None,
        };
        if !file.is_file() {
            return Ok(read);
        }
        let text = read_text(file).map_err(|source| ScaffoldError::Read {
            path: as_typed(file),
            source,
        })?;
        if let Ok(document) = text.trim_start_matches('\u{feff}').parse() {
            read.document = document;
        }
        if !text.trim().is_empty() && read.document.contains_key("experiment") {
            read.project = Some(Project::load(file)?);
        }
        read.text = Some(text);
        Ok(read)
    }

    pub fn has_experiment(&self, name: &str) -> bool {
        self.has("experiment", name)
    }

    pub(super) fn has_endpoint(&self, name: &str) -> bool {
        name == "demo" || self.has("endpoint", name)
    }

    /// Whether it has `[KIND.NAME]`.
    fn has(&self, kind: &str, name: &str) -> bool {
        let tables = self.document.get(kind).and_then(|all| all.as_table_like());
        tables.is_some_and(|all| all.contains_key(name))
    }

    /// The first model of its experiments.
    pub fn first_model(&self) -> Option<&ModelRef> {
        let experiments = &self.project.as_ref()?.experiments;
        experiments.iter().find_map(|e| e.models.first())
    }
}
