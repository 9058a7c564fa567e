//! What a run of an experiment reaches outside of its project: hosts, environment variables, files and programs. Sends and
//! starts nothing.

use super::{NamedProgram, called_endpoints::called_endpoints};
use crate::{
    endpoint::{BaseUrl, environment_variables},
    project::{EndpointSpec, ExperimentSpec, MetricKind, Project},
    source::{as_typed, files_matching},
};
use serde::Serialize;
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Access {
    /// Where requests go; the built-in endpoint is not among them.
    pub hosts: Vec<Host>,
    /// Variables of the environment that are sent or handed to programs.
    pub variables: Vec<Variable>,
    /// Files outside of the project's folder that are read, links followed.
    pub files_outside: Vec<OutsideFile>,
    pub programs: Vec<StartedProgram>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Host {
    /// With the port, where one is written.
    pub host: String,
    pub endpoint: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Variable {
    pub name: String,
    pub used_for: String,
    /// Whether it is set now.
    pub set: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct OutsideFile {
    #[serde(serialize_with = "crate::display::lossy_path")]
    pub path: PathBuf,
    pub used_for: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct StartedProgram {
    /// With its arguments.
    pub command: Vec<String>,
    pub used_for: String,
}

impl Access {
    pub fn new(project: &Project, experiment: &ExperimentSpec) -> Access {
        let mut access = Access::default();
        for endpoint in called_endpoints(project, experiment) {
            access.add_endpoint(project, endpoint);
        }
        for (path, used_for) in files(experiment) {
            access.add_file(project, &path, used_for);
        }
        access.programs.push(StartedProgram {
            command: vec!["git".into()],
            used_for: "the revision of the project".into(),
        });
        for program in NamedProgram::of_experiment(project, experiment) {
            access.add_program(program);
        }
        access
    }

    fn add_program(&mut self, program: NamedProgram) {
        let NamedProgram { command, used_for } = program;
        for name in &command.variables {
            self.add_variable(name, used_for.clone());
        }
        self.programs.push(StartedProgram {
            command: command.words,
            used_for,
        });
    }

    /// Add what another experiment reaches.
    pub fn extend(&mut self, other: Access) {
        merge(&mut self.hosts, other.hosts);
        merge(&mut self.variables, other.variables);
        merge(&mut self.files_outside, other.files_outside);
        merge(&mut self.programs, other.programs);
    }

    fn add_endpoint(&mut self, project: &Project, endpoint: &EndpointSpec) {
        if endpoint.demo {
            return;
        }
        for model in endpoint.models.values() {
            if let Some(path) = model.tokenizer.as_deref().filter(|t| t.ends_with(".json")) {
                self.add_file(project, Path::new(path), "tokenizer");
            }
        }
        if endpoint.program.is_some() {
            return;
        }
        let host = BaseUrl::new(&endpoint.base_url).host();
        self.hosts.push(Host {
            host: host.unwrap_or_else(|| endpoint.base_url.clone()),
            endpoint: endpoint.name.clone(),
        });
        for (name, used_for) in environment_variables(endpoint) {
            self.add_variable(&name, used_for);
        }
        const PROXIES: [&str; 6] = [
            "HTTP_PROXY",
            "HTTPS_PROXY",
            "ALL_PROXY",
            "http_proxy",
            "https_proxy",
            "all_proxy",
        ];
        for name in PROXIES {
            if std::env::var_os(name).is_some_and(|value| !value.is_empty()) {
                self.add_variable(name, "proxy".into());
            }
        }
        if let Some(path) = &endpoint.ca_file {
            self.add_file(project, path, "certificate authorities");
        }
    }

    fn add_variable(&mut self, name: &str, used_for: String) {
        let variable = Variable {
            name: name.to_owned(),
            used_for,
            set: std::env::var_os(name).is_some(),
        };
        merge(&mut self.variables, [variable]);
    }

    /// Add the files that a path or pattern names, as far as they are outside.
    fn add_file(&mut self, project: &Project, path: &Path, used_for: &str) {
        let root = project.root.canonicalize();
        let root = root.as_deref().unwrap_or(&project.root);
        let named = project.root.join(path);
        let found = files_matching(&named).unwrap_or_default();
        let found = if found.is_empty() { vec![named] } else { found };
        for file in found {
            // What is not there is not read either.
            let Ok(real) = file.canonicalize() else {
                continue;
            };
            if !real.starts_with(root) {
                let outside = OutsideFile {
                    path: as_typed(&real),
                    used_for: used_for.to_owned(),
                };
                merge(&mut self.files_outside, [outside]);
            }
        }
    }
}

fn merge<T: PartialEq>(into: &mut Vec<T>, more: impl IntoIterator<Item = T>) {
    for item in more {
        if !into.contains(&item) {
            into.push(item);
        }
    }
}

/// The files that an experiment names, and what they are. Those that a template includes are always inside.
fn files(experiment: &ExperimentSpec) -> Vec<(PathBuf, &'static str)> {
    let mut files: Vec<(PathBuf, &str)> = (experiment.templates.iter())
        .map(|template| (template.into(), "template"))
        .collect();
    files.push((experiment.dataset.clone(), "dataset"));
    files.extend(experiment.shots.iter().map(|path| (path.clone(), "shots")));
    let tools = experiment.tools.iter().flat_map(|set| &set.files);
    files.extend(tools.map(|path| (path.clone(), "tools")));
    for metric in &experiment.metrics {
        match &metric.kind {
            MetricKind::Judge { rubric, .. } => files.push((rubric.clone(), "rubric")),
            MetricKind::Assertions { rubric, .. } => {
                files.extend(rubric.iter().map(|path| (path.clone(), "rubric")));
            }
            MetricKind::Json { schema_file, .. } => {
                files.extend(schema_file.iter().map(|path| (path.clone(), "schema")));
            }
            _ => {}
        }
    }
    files
}
