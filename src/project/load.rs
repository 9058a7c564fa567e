//! Finds the project file and reads endpoints and experiments out of it.

use super::{
    EndpointSpec, ExperimentSpec, ModelSpec, Project, ProjectError, Reader, Section,
    endpoint::read_endpoint, experiment::read_experiment,
};
use crate::{
    model::ModelRef,
    source::{as_typed, nearest},
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// An experiment that is looked at without files.
const ANY_EXPERIMENT: &str =
    "[experiment.x]\ntemplates = [\"*.j2\"]\ndataset = \"-\"\nmodels = [\"demo/icl\"]\n";

impl Project {
    /// Find `wording.toml` in `dir` or the nearest parent.
    pub fn find(dir: &Path) -> Option<PathBuf> {
        dir.ancestors()
            .map(|dir| dir.join("wording.toml"))
            .find(|file| file.is_file())
    }

    /// Read and validate a project file.
    pub fn load(file: &Path) -> Result<Project, ProjectError> {
        let bytes = std::fs::read(file).map_err(|source| ProjectError::Io {
            path: as_typed(file),
            verb: "read",
            source,
        })?;
        let text = String::from_utf8(bytes).map_err(|error| ProjectError::Encoding {
            path: as_typed(file),
            at: error.utf8_error().valid_up_to(),
        })?;
        Project::parse(file, text.trim_start_matches('\u{feff}'))
    }

    /// Read and validate the text of a project file.
    pub fn parse(file: &Path, source: &str) -> Result<Project, ProjectError> {
        let reader = Reader::new(as_typed(file), source, 0);
        let mut endpoints = BTreeMap::from([("demo".to_owned(), EndpointSpec::demo())]);
        let mut experiments = Vec::new();
        let mut stores_prompts = true;
        if let Some(table) = reader.parse(source.len()) {
            let top = reader.section("[project]", 0..0, table.get_ref());
            stores_prompts = read_top(&top, &mut endpoints, &mut experiments);
        }
        let problems = reader.into_problems();
        if !problems.is_empty() {
            return Err(ProjectError::Invalid { problems });
        }
        let root = file
            .parent()
            .filter(|p| !p.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let root = root.canonicalize().unwrap_or_else(|_| root.to_path_buf());
        for endpoint in endpoints.values_mut() {
            if let Some(path) = &mut endpoint.ca_file {
                *path = root.join(&*path);
            }
            if let Some(program) = &mut endpoint.program {
                program.command.folder.clone_from(&root);
            }
        }
        for tools in experiments
            .iter_mut()
            .filter_map(|e| e.tool_command.as_mut())
        {
            tools.program.command.folder.clone_from(&root);
        }
        Ok(Project {
            root,
            file: Some(file.to_path_buf()),
            endpoints,
            experiments,
            stores_prompts,
        })
    }

    /// A project without files, for looking at a run of an experiment.
    pub fn for_viewing(root: &Path, experiment: &str) -> Result<Project, ProjectError> {
        let mut project = Project::parse(&root.join("bundle"), ANY_EXPERIMENT)?;
        project.file = None;
        for spec in &mut project.experiments {
            spec.name = experiment.to_owned();
        }
        Ok(project)
    }

    /// The same project with an experiment that only holds the place of one, where it has none.
    pub fn or_placeholder(mut self, name: &str) -> Result<Project, ProjectError> {
        if self.experiments.is_empty() {
            let viewing = Project::for_viewing(&self.root, name)?;
            self.experiments = viewing.experiments;
        }
        Ok(self)
    }

    /// The experiment of that name, or the only one (or in a sample project, the first) where `None`.
    pub fn experiment(&self, name: Option<&str>) -> Result<&ExperimentSpec, ProjectError> {
        self.check_experiments()?;
        let known = || {
            self.experiments
                .iter()
                .map(|e| e.name.clone())
                .collect::<Vec<_>>()
        };
        match name {
            Some(name) => self
                .experiments
                .iter()
                .find(|e| e.name == name)
                .ok_or_else(|| {
                    let known = known();
                    ProjectError::NoExperiment {
                        suggestion: nearest(name, known.iter().map(String::as_str))
                            .map(str::to_owned),
                        name: name.to_owned(),
                        known,
                    }
                }),
            None => match self.experiments.as_slice() {
                [only] => Ok(only),
                _ => Err(ProjectError::WhichExperiment { known: known() }),
            },
        }
    }

    /// That the project has an experiment. One with endpoints alone is valid, and enough for `wording models`.
    pub fn check_experiments(&self) -> Result<(), ProjectError> {
        match self.experiments.is_empty() {
            false => Ok(()),
            true => Err(ProjectError::NoExperiments {
                file: as_typed(self.file.as_deref().unwrap_or(&self.root)),
            }),
        }
    }

    /// The endpoint of a model.
    pub fn endpoint(&self, model: &ModelRef) -> Option<&EndpointSpec> {
        self.endpoints.get(&model.endpoint)
    }

    /// The endpoint of a model, or which there are.
    pub fn require_endpoint(&self, model: &ModelRef) -> Result<&EndpointSpec, ProjectError> {
        let known = self.endpoints.keys().map(String::as_str);
        self.endpoint(model)
            .ok_or_else(|| ProjectError::NoEndpoint {
                model: model.clone(),
                suggestion: nearest(&model.endpoint, known.clone()).map(str::to_owned),
                known: known.map(str::to_owned).collect(),
            })
    }

    /// What is known of a model.
    pub fn model(&self, model: &ModelRef) -> Option<&ModelSpec> {
        self.endpoint(model)?.models.get(&model.model)
    }
}

/// Read endpoints and experiments; whether the store keeps prompts.
fn read_top(
    top: &Section<'_, '_>,
    endpoints: &mut BTreeMap<String, EndpointSpec>,
    experiments: &mut Vec<ExperimentSpec>,
) -> bool {
    let stores_prompts = top.inner("store").and_then(|store| {
        let prompts = store.flag("prompts");
        store.finish();
        prompts
    });
    if let Some(all) = top.inner("endpoint") {
        for (name, span, item) in all.entries() {
            if name == "demo" {
                top.reader.problem(
                    span,
                    "`demo` is the built-in endpoint and cannot be set",
                    Some("choose another name".into()),
                );
                continue;
            }
            if let Some(section) = all.as_section(name, name, item) {
                let section = section.called(format!("[endpoint.{name}]"));
                if let Some(endpoint) = read_endpoint(&section, name) {
                    endpoints.insert(name.to_owned(), endpoint);
                }
            }
        }
    }
    if let Some(all) = top.inner("experiment") {
        for (name, _, item) in all.entries() {
            if let Some(section) = all.as_section(name, name, item) {
                let section = section.called(format!("[experiment.{name}]"));
                experiments.extend(read_experiment(&section, name, endpoints));
            }
        }
    }
    top.finish();
    stores_prompts.unwrap_or(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(source: &str) -> Result<Project, String> {
        Project::parse(Path::new("/x/wording.toml"), source).map_err(|e| e.to_string())
    }

    const GOOD: &str = "[experiment.a]\ntemplates = [\"t/*.j2\"]\ndataset = \"d.jsonl\"\nmodels = [\"demo/icl\"]\n";

    #[test]
    fn the_smallest_project_has_defaults() {
        let project = parse(GOOD).unwrap();
        let e = project.experiment(None).unwrap();
        assert_eq!(
            (e.samples, e.seed, e.metrics[0].name.as_str()),
            (1, 7, "normalized")
        );
    }

    #[test]
    fn every_problem_is_told_at_once_with_its_place() {
        let source =
            GOOD.replace("dataset", "datset") + "rows = 0\n[endpoint.o]\nbase_url = \"ftp://x\"\n";
        let error = parse(&source).unwrap_err();
        for part in [
            "/x/wording.toml:3:1",
            "did you mean `dataset`?",
            "needs `dataset`",
            "`rows` must be",
            "http://",
        ] {
            assert!(error.contains(part), "{part} is missing in\n{error}");
        }
    }

    #[test]
    fn a_key_in_the_file_is_refused() {
        let error = parse(
            &(GOOD.to_owned()
                + "[endpoint.o]\nbase_url = \"http://x\"\napi_key_env = \"sk-123\"\n"),
        )
        .unwrap_err();
        assert!(error.contains("looks like a key"), "{error}");
    }

    #[test]
    fn a_syntax_error_has_line_and_caret() {
        let error = parse("[experiment.a\n").unwrap_err();
        assert!(error.contains("/x/wording.toml:1:"), "{error}");
    }

    #[test]
    fn params_are_values_and_become_axes_where_they_say_so() {
        let project = parse(
            &(GOOD.to_owned() + "params = { temperature = { axis = [0, 1] }, stop = [\"a\"], tools = [{ type = \"x\" }], top_p = 0.5 }\n"),
        )
        .unwrap();
        let e = &project.experiments[0];
        assert_eq!(e.axes[0].name, "params.temperature");
        assert_eq!(
            e.params.keys().collect::<Vec<_>>(),
            ["stop", "tools", "top_p"]
        );
        let error = parse(&(GOOD.to_owned() + "params = { temperature = [0, 1] }\n")).unwrap_err();
        assert!(error.contains("temperature = { axis = [0, 1] }"), "{error}");
        let error = parse(&(GOOD.to_owned() + "params = { tools = { axis = 1 } }\n")).unwrap_err();
        assert!(error.contains("not a list of values"), "{error}");
    }

    #[test]
    fn shots_axes_take_their_values_as_names() {
        let project = parse(&(GOOD.to_owned() + "[experiment.a.axes]\nshots = { count = [0, 4], order = [\"shuffle:3\"] }\ntone = [{ name = \"bare\", text = \"\" }, \"Please. \"]\n")).unwrap();
        let axes = &project.experiments[0].axes;
        assert_eq!(axes[0].name, "tone");
        assert_eq!(axes[0].levels[1].name, "2");
        assert_eq!(axes[1].levels[1].name, "4");
        assert_eq!(axes[2].levels[0].name, "shuffle:3");
    }

    #[test]
    fn an_unknown_experiment_is_answered_with_the_nearest() {
        let error = parse(&GOOD.replace(".a]", ".sentiment]"))
            .unwrap()
            .experiment(Some("sentimant"))
            .unwrap_err();
        assert!(error.to_string().contains("did you mean `sentiment`?"));
    }
}
