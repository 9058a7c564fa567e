//! `wording.toml` → a validated [`Project`]; every error names file, line and the fix.
pub mod spec;
pub use spec::*;
use std::path::{Path, PathBuf};

/// Stub error.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// placeholder
    #[error("placeholder")]
    Placeholder,
}

impl Project {
    /// Find `wording.toml` in `dir` or the nearest parent.
    pub fn find(_dir: &Path) -> Option<PathBuf> {
        unimplemented!()
    }
    /// Read and validate a project file.
    pub fn load(_file: &Path) -> Result<Project, ProjectError> {
        unimplemented!()
    }
    /// The sample project, written into `dir` (never over existing files) and loaded.
    pub fn sample(_dir: &Path) -> Result<Project, ProjectError> {
        unimplemented!()
    }
    /// The experiment of that name, or the only one where `None`; the error lists the names.
    pub fn experiment(&self, _name: Option<&str>) -> Result<&ExperimentSpec, ProjectError> {
        unimplemented!()
    }
}
