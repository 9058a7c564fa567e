//! The file that a new wording is written to: texts of axes are added as levels of the template; other text, other settings, texts of
//! axes that stand in the experiment, and shots that only the search's seed draws make a template of its own beside the old one.

use super::{
    CandidateId, OptimizeError, Regions, SearchRecord,
    setting::{Setting, SettingKind},
};
use crate::{
    engine::EngineError,
    model::Level,
    project::{ExperimentSpec, Project},
    template::{Template, TemplateSet},
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
    root: PathBuf,
    experiment: ExperimentSpec,
}

impl PartialEq for WordingFile {
    fn eq(&self, other: &WordingFile) -> bool {
        (&self.path, &self.text) == (&other.path, &other.text)
    }
}

impl WordingFile {
    /// The file with a candidate of a search.
    pub fn of(
        project: &Project,
        experiment: &ExperimentSpec,
        record: &SearchRecord,
        candidate: CandidateId,
    ) -> Result<WordingFile, OptimizeError> {
        let root = &*project.root;
        let stated = project
            .experiments
            .iter()
            .find(|e| e.name == experiment.name);
        let project_seed = stated.map_or(experiment.seed, |stated| stated.seed);
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
        let is_shorter = record.request.shorter.is_some();
        // Of the settings, a shorter wording leaves out shots alone.
        let settings = (record.regions.iter().zip(&start.texts))
            .filter_map(|(name, text)| Setting::of_record(name, text, &variant, axes))
            .filter(|setting| !is_shorter || setting.kind == SettingKind::Shots);
        let edit = &record.request.edit;
        let regions = match is_shorter {
            true => Regions::of_shorter(template, &variant, settings.collect(), edit),
            false => Regions::of(template, &variant, settings.collect(), edit),
        };
        let other = |now: Vec<String>| OptimizeError::OtherRegions {
            template: template.path.display().to_string(),
            before: record.regions.clone(),
            now,
        };
        let regions = regions.map_err(|error| match error {
            OptimizeError::UnknownRegion { known, .. } => other(known),
            error => error,
        })?;
        let names: Vec<String> = regions.regions().iter().map(|r| r.name.clone()).collect();
        if names != record.regions {
            return Err(other(names));
        }
        let texts = &record.candidates.get(candidate).ok_or_else(gone)?.texts;
        let mut text = regions.source(texts);
        let mut path = template.path.clone();
        let mut settings = regions.changed_settings(texts);
        let (levels, elsewhere): (Vec<_>, Vec<_>) = (regions.changed_levels(texts).into_iter())
            .partition(|(axis, _)| template.axes.iter().any(|own| own.name == *axis));
        let is_new_text = *text != *template.source || !elsewhere.is_empty();
        // Another seed than the project's drew other shots than a run would.
        let drawn = record
            .start_shots
            .as_ref()
            .filter(|_| record.request.seed != project_seed);
        let is_drawn_anew = drawn.is_some() && *texts != regions.start();
        if is_new_text || !settings.is_empty() || is_drawn_anew {
            path = free_path(template)?;
            // What was tested has the start's other settings, and shots that the seed of the search drew.
            settings = regions.settings_to_fix(texts, &experiment.shots_default);
            let has_shots = settings.iter().any(|(axis, _)| axis == "shots.select");
            if let Some(shots) = drawn.filter(|_| !has_shots) {
                settings.extend(SettingKind::Shots.levels(shots));
            }
            settings.extend(elsewhere.into_iter().map(|(axis, text)| {
                let level = Level {
                    name: "1".into(),
                    value: text.into(),
                };
                (axis.to_owned(), level)
            }));
        }
        if !settings.is_empty() {
            let parsed = Template::parse(path.clone(), &text).map_err(EngineError::Templates)?;
            text = parsed.with_fixed_axes(&settings)?;
        }
        for (axis, level) in levels {
            let parsed = Template::parse(path.clone(), &text).map_err(EngineError::Templates)?;
            text = parsed.with_levels(axis, &[level])?;
        }
        Ok(WordingFile {
            template: template.clone(),
            path,
            text,
            root: root.to_owned(),
            experiment: experiment.clone(),
        })
    }

    /// Whether it is a template of its own.
    pub fn is_new(&self) -> bool {
        self.path != self.template.path
    }

    /// What a new template is to the experiment, once it is written, where somebody has to know: not a part of it, or its baseline.
    pub fn place_in_experiment(&self) -> Result<Option<String>, OptimizeError> {
        if !self.is_new() {
            return Ok(None);
        }
        let experiment = &self.experiment;
        let templates = TemplateSet::load(&self.root, &experiment.templates)?;
        let is_own = |template: &Template| template.path == self.path;
        if !templates.templates().iter().any(is_own) {
            let path = self.path.strip_prefix(&self.root).unwrap_or(&self.path);
            return Ok(Some(format!(
                "`templates` of [experiment.{}] does not match it; add \"{}\" to run it",
                experiment.name,
                path.display()
            )));
        }
        let variants = templates.variants(
            &experiment.axes,
            &experiment.axis_places,
            &experiment.design,
            experiment.baseline.as_deref(),
        )?;
        let mut all = variants.iter().map(|v| &templates.templates()[v.template]);
        let is_first = experiment.baseline.is_none() && all.next().is_some_and(is_own);
        let former = all.find(|template| !is_own(template));
        Ok(former.filter(|_| is_first).map(|former| {
            format!(
                "it is the baseline of [experiment.{}] now, since it comes first; to keep the former one, set `baseline = \"{}\"`",
                experiment.name, former.name
            )
        }))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::Project;
    use serde_json::json;

    const TEMPLATE: &str = "+++\n[axes]\nlayout = [\"turns\", \"inline\"]\ntone = [\"Say which of the two.\", \"Which of both is it?\"]\n+++\n{{ role(\"system\") }}{{ tone }} {{ layout }}\n{% for shot in shots %}{{ role(\"user\") }}{{ shot.text }}{% endfor %}\n{{ role(\"user\") }}Review: {{ row.text }}";

    fn project(templates: &str) -> (tempfile::TempDir, Project) {
        let dir = tempfile::tempdir().unwrap();
        let toml = format!(
            "[experiment.e]\ntemplates = {templates}\ndataset = \"rows.jsonl\"\nshots = \"shots.jsonl\"\nmodels = [\"demo/icl\"]\nseed = 7\n[experiment.e.axes]\nshots = {{ count = [2, 4], select = [\"random\"] }}\n[[experiment.e.metric]]\nkind = \"label\"\nlabels = [\"a\", \"b\"]\n"
        );
        std::fs::write(dir.path().join("wording.toml"), toml).unwrap();
        std::fs::write(dir.path().join("a.j2"), TEMPLATE).unwrap();
        let project = Project::load(&dir.path().join("wording.toml")).unwrap();
        (dir, project)
    }

    /// A search of two candidates, by what a record says.
    fn record(shorter: Option<f64>, regions: &[&str], texts: [&[&str]; 2]) -> SearchRecord {
        let candidates = texts.iter().map(|texts| {
            json!({
                "name": "c", "round": 0, "parents": [], "state": "start", "texts": texts, "why": null,
                "rows": 0, "score": null, "gain": null, "expected_gain": null,
            })
        });
        let candidates: Vec<serde_json::Value> = candidates.collect();
        serde_json::from_value(json!({
            "schema_version": 1, "id": "s", "experiment": "e", "started_at": 0,
            "request": {
                "model": "demo/icl", "writer": null, "shorter": shorter, "variant": null, "edit": regions, "seed": 2,
                "rows": null, "samples": 1, "budget_calls": 900, "budget_usd": null, "writer_calls": 0, "alpha": 0.05,
            },
            "parts": {"feedback": 0, "selection": 9, "sealed": 9},
            "start": "a[layout=1,tone=1,shots.count=2]", "regions": regions, "candidates": candidates, "proposals": [],
            "spent": {"calls": 0, "writer_calls": 0, "usd": 0.0, "stored": 0}, "ending": null,
        }))
        .unwrap()
    }

    fn file(project: &Project, record: &SearchRecord) -> Result<WordingFile, OptimizeError> {
        WordingFile::of(project, &project.experiments[0], record, 1)
    }

    #[test]
    fn a_shorter_wording_beside_an_axis_that_is_called_layout_is_written_as_it_was_tested() {
        let (_dir, project) = project("[\"a.j2\"]");
        let texts: [&[&str]; 2] = [&["Review:", "1, 2"], &["", "none"]];
        let written = file(&project, &record(Some(0.4), &["layout-2", "shots"], texts)).unwrap();
        assert!(!written.text.contains("Review:"), "{}", written.text);
        assert!(written.text.contains("count = 0"), "{}", written.text);
        // The other level of the axis is as it was.
        assert!(
            written.text.contains("[\"turns\", \"inline\"]"),
            "{}",
            written.text
        );
        // One from before marks had other names than axes.
        let former = record(Some(0.4), &["layout", "shots"], texts);
        let error = file(&project, &former).unwrap_err().to_string();
        assert!(error.contains("begin a new search"), "{error}");
    }

    #[test]
    fn a_template_of_its_own_has_the_settings_that_were_tested() {
        let (_dir, project) = project("[\"a.j2\"]");
        let texts: [&[&str]; 2] = [&["5, 3", "1"], &["5, 3", "2"]];
        let written = file(&project, &record(None, &["shots", "layout"], texts)).unwrap();
        assert!(
            written.text.contains("select = [[5, 3]]") && written.text.contains("count = 2"),
            "{}",
            written.text
        );
        assert!(written.text.contains("inline") && !written.text.contains("turns"));
        written.write().unwrap();
        let place = written.place_in_experiment().unwrap().unwrap();
        assert_eq!(
            place,
            "`templates` of [experiment.e] does not match it; add \"a-optimized.j2\" to run it"
        );
    }

    #[test]
    fn shots_that_another_seed_drew_are_fixed_though_they_did_not_change() {
        let (_dir, project) = project("[\"a.j2\"]");
        let texts: [&[&str]; 2] = [&["Say which of the two."], &["Name the one of both."]];
        let mut found = record(None, &["tone"], texts);
        found.start_shots = Some("5, 3".into());
        let written = file(&project, &found).unwrap();
        assert!(
            written.is_new() && written.text.contains("select = [[5, 3]]"),
            "{}",
            written.text
        );
        // The project's seed draws them anyway.
        found.request.seed = 7;
        let written = file(&project, &found).unwrap();
        assert!(
            !written.is_new() && !written.text.contains("select"),
            "{}",
            written.text
        );
        assert!(
            written.text.contains("Name the one of both."),
            "{}",
            written.text
        );
    }

    #[test]
    fn a_text_of_an_axis_of_the_experiment_is_fixed_in_a_template_of_its_own() {
        let (dir, _) = project("[\"a.j2\"]");
        let tone = "tone = [\"Say which of the two.\", \"Which of both is it?\"]\n";
        let template = TEMPLATE.replacen(tone, "", 1);
        assert!(!template.contains("tone ="));
        std::fs::write(dir.path().join("a.j2"), template).unwrap();
        let config = dir.path().join("wording.toml");
        let toml = std::fs::read_to_string(&config).unwrap();
        let axes = "[experiment.e.axes]\n";
        std::fs::write(&config, toml.replacen(axes, &format!("{axes}{tone}"), 1)).unwrap();
        let project = Project::load(&config).unwrap();
        let texts: [&[&str]; 2] = [&["Say which of the two."], &["Name the one of both."]];
        let mut found = record(None, &["tone"], texts);
        found.request.seed = 7;
        let written = file(&project, &found).unwrap();
        assert!(written.is_new(), "{}", written.text);
        assert!(
            written.text.contains("tone = [\"Name the one of both.\"]"),
            "{}",
            written.text
        );
        written.write().unwrap();
        // It is what runs there, beside the levels of the experiment.
        let both = [PathBuf::from("a.j2"), PathBuf::from("a-optimized.j2")]
            .map(|p| p.display().to_string());
        let spec = &project.experiments[0];
        let set = TemplateSet::load(&project.root, &both).unwrap();
        let variants = set
            .variants(&spec.axes, &spec.axis_places, &spec.design, None)
            .unwrap();
        let tones: Vec<String> = (variants.iter())
            .filter(|variant| variant.template == 1)
            .map(|variant| variant.level("tone").unwrap().value.to_string())
            .collect();
        assert!(
            !tones.is_empty() && tones.iter().all(|tone| tone.contains("Name the one")),
            "{tones:?}"
        );
    }

    #[test]
    fn a_new_template_that_becomes_the_baseline_is_named() {
        let (_dir, mut project) = project("[\"*.j2\"]");
        let texts: [&[&str]; 2] = [&["5, 3", "1"], &["5, 3", "2"]];
        let written = file(&project, &record(None, &["shots", "layout"], texts)).unwrap();
        written.write().unwrap();
        let place = written.place_in_experiment().unwrap().unwrap();
        assert!(
            place.contains("is the baseline of [experiment.e] now") && place.contains("\"a\""),
            "{place}"
        );
        project.experiments[0].baseline = Some("a".into());
        let written = file(&project, &record(None, &["shots", "layout"], texts)).unwrap();
        written.write().unwrap();
        assert_eq!(written.place_in_experiment().unwrap(), None);
    }
}
