//! The file that a new wording is written to: texts of axes are added as levels of the template; other text and other settings make a
//! template of its own beside the old one.

use super::{CandidateId, OptimizeError, Regions, SearchRecord, setting::Setting};
use crate::{
    engine::EngineError, project::ExperimentSpec, template::Template, template::TemplateSet,
};
use similar::TextDiff;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// A file as it would be with a new wording. Nothing is written yet.
#[derive(Debug, Clone)]
pub struct WordingFile {
    /// The template that the search began with.
    pub template: Template,
    pub path: PathBuf,
    pub text: String,
}

impl PartialEq for WordingFile {
    fn eq(&self, other: &WordingFile) -> bool {
        (&self.path, &self.text) == (&other.path, &other.text)
    }
}

impl WordingFile {
    /// The file with a candidate of a search. `root`: the project's folder.
    pub fn of(
        root: &Path,
        experiment: &ExperimentSpec,
        record: &SearchRecord,
        candidate: CandidateId,
    ) -> Result<WordingFile, OptimizeError> {
        let templates = TemplateSet::load(root, &experiment.templates)?;
        let variants = templates.variants(
            &experiment.axes,
            &experiment.axis_places,
            &experiment.design,
            experiment.baseline.as_deref(),
        )?;
        let gone = || OptimizeError::VariantGone(record.start.clone());
        let mut variants = variants.iter();
        let variant = variants.find(|v| v.name == record.start).ok_or_else(gone)?;
        let template = &templates.templates()[variant.template];
        let start = record.candidates.first().ok_or_else(gone)?;
        let axes = [template.axes.as_slice(), experiment.axes.as_slice()];
        let settings = (record.regions.iter().zip(&start.texts))
            .filter_map(|(name, text)| Setting::of_record(name, text, &variant, axes));
        let edit = &record.request.edit;
        let regions = match record.request.shorter {
            Some(_) => Regions::of_shorter(template, &variant, settings.collect(), edit)?,
            None => Regions::of(template, &variant, settings.collect(), edit)?,
        };
        let texts = &record.candidates.get(candidate).ok_or_else(gone)?.texts;
        let mut text = regions.source(texts);
        let mut path = template.path.clone();
        let settings = regions.changed_settings(texts);
        if *text != *template.source || !settings.is_empty() {
            path = free_path(template)?;
        }
        if !settings.is_empty() {
            let parsed = Template::parse(path.clone(), &text).map_err(EngineError::Templates)?;
            text = parsed.with_fixed_axes(&settings)?;
        }
        for (axis, level) in regions.changed_levels(texts) {
            let parsed = Template::parse(path.clone(), &text).map_err(EngineError::Templates)?;
            text = parsed.with_levels(axis, &[level])?;
        }
        Ok(WordingFile {
            template: template.clone(),
            path,
            text,
        })
    }

    /// Whether it is a template of its own.
    pub fn is_new(&self) -> bool {
        self.path != self.template.path
    }

    /// The change of the template, as a unified diff.
    pub fn unified_diff(&self) -> String {
        let diff = TextDiff::from_lines(&*self.template.source, &*self.text);
        let name = self.template.path.display().to_string();
        let mut diff = diff.unified_diff();
        diff.context_radius(2).header(&name, &name).to_string()
    }

    /// Write it, unless the template has changed since it was read.
    pub fn write(&self) -> Result<(), OptimizeError> {
        if !self.is_new() {
            return Ok(self.template.replace(&self.path, &self.text)?);
        }
        // Somebody may have made a file of that name meanwhile.
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let written = tempfile::NamedTempFile::new_in(folder).and_then(|mut file| {
            file.write_all(self.text.as_bytes())?;
            file.as_file().sync_all()?;
            file.persist_noclobber(&self.path).map_err(|e| e.error)?;
            Ok(())
        });
        written.map_err(|source| OptimizeError::Write {
            path: self.path.clone(),
            source,
        })
    }
}

/// `NAME-optimized.j2` beside a template, or with the first number that is free.
fn free_path(template: &Template) -> Result<PathBuf, OptimizeError> {
    let name = |n: usize| match n {
        1 => format!("{}-optimized.j2", template.name),
        n => format!("{}-optimized-{n}.j2", template.name),
    };
    let mut paths = (1..10_000).map(|n| template.path.with_file_name(name(n)));
    let folder = || template.path.parent().unwrap_or(Path::new("")).to_owned();
    paths
        .find(|path| !path.exists())
        .ok_or_else(|| OptimizeError::NoFreeName(folder()))
}
