//! Front matter, minijinja environment, roles, axes → variants, rendering.
use crate::model::{Axis, Prompt, Row, Shot, Variant};
use crate::source::SourcePlace;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// Stub error.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TemplateError {
    /// placeholder
    #[error("placeholder")]
    Placeholder,
}

impl TemplateError {
    /// Where it is, where that is known.
    pub fn place(&self) -> Option<&SourcePlace> {
        None
    }
    /// The message without the place.
    pub fn message(&self) -> String {
        self.to_string()
    }
}

/// A template file, read and split into front matter and body.
#[derive(Debug, Clone)]
pub struct Template {
    /// The file's stem: the variant's name starts with it.
    pub name: String,
    /// Where it is, relative to the root.
    pub path: PathBuf,
    /// The whole file, as read.
    pub source: Arc<str>,
    /// Byte offset of the body in `source`.
    pub body_start: usize,
    /// `description` of the front matter.
    pub description: Option<String>,
    /// Axes of the front matter.
    pub axes: Vec<Axis>,
}

/// The templates of an experiment, compiled, and those that do not compile with their errors.
#[derive(Debug)]
pub struct TemplateSet {
    templates: Vec<Template>,
    problems: Vec<TemplateError>,
}

impl TemplateSet {
    /// Read and compile the files that the globs match, sorted by path. One bad template does not stop the others.
    /// Errors only where nothing can be read at all (no file matches, the folder is not readable).
    pub fn load(_root: &Path, _globs: &[String]) -> Result<TemplateSet, TemplateError> {
        unimplemented!()
    }
    /// The good templates.
    pub fn templates(&self) -> &[Template] {
        &self.templates
    }
    /// What is wrong with the others.
    pub fn problems(&self) -> &[TemplateError] {
        &self.problems
    }
    /// The variants: every template's axes and the experiment's, combined by the design.
    pub fn variants(
        &self,
        _axes: &[Axis],
        _design: &crate::project::DesignSpec,
        _seed: u64,
    ) -> Result<Vec<Variant>, TemplateError> {
        unimplemented!()
    }
    /// Render a variant for a row. Thread-safe, pure.
    pub fn render(
        &self,
        _variant: &Variant,
        _row: &Row,
        _shots: &[Arc<Shot>],
    ) -> Result<Prompt, TemplateError> {
        unimplemented!()
    }
    /// Hash of the sources that the variant's template is made of, includes too; hexadecimal.
    pub fn hash(&self, _template: usize) -> String {
        unimplemented!()
    }
}
