//! The programs that a project names: those of endpoints, of tools, and of metrics. Starts nothing.

use super::called_endpoints::called_endpoints;
use crate::{
    child_process::{AllowedCommands, ProgramCommand},
    project::{EndpointSpec, ExperimentSpec, MetricKind, Project},
};

/// A program, and what it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedProgram {
    pub command: ProgramCommand,
    pub used_for: String,
}

impl NamedProgram {
    /// The program of an endpoint, where it is one.
    pub fn of_endpoint(endpoint: &EndpointSpec) -> Option<NamedProgram> {
        let program = endpoint.program.as_ref()?;
        Some(NamedProgram {
            command: program.command.clone(),
            used_for: format!("endpoint `{}`", endpoint.name),
        })
    }

    /// Whether the user allowed it on this machine.
    pub fn is_allowed(&self) -> bool {
        AllowedCommands::of_user().contains(&self.command)
    }

    /// Those that a run of an experiment starts: of its models, judges, tools and metrics.
    pub fn of_experiment(project: &Project, experiment: &ExperimentSpec) -> Vec<NamedProgram> {
        let endpoints = called_endpoints(project, experiment).into_iter();
        let of_endpoints = endpoints.filter_map(NamedProgram::of_endpoint);
        let of_tools = experiment.tool_command.iter().map(|tools| NamedProgram {
            command: tools.program.command.clone(),
            used_for: format!("tools of `{}`", experiment.name),
        });
        of_endpoints
            .chain(of_tools)
            .chain(NamedProgram::of_metrics(project, experiment))
            .collect()
    }

    /// The programs of an experiment's metrics.
    fn of_metrics<'a>(
        project: &'a Project,
        experiment: &'a ExperimentSpec,
    ) -> impl Iterator<Item = NamedProgram> + 'a {
        experiment
            .metrics
            .iter()
            .filter_map(|metric| match &metric.kind {
                MetricKind::Command { command, env, .. } => Some(NamedProgram {
                    command: ProgramCommand {
                        words: command.clone(),
                        folder: project.root.clone(),
                        variables: env.clone(),
                    },
                    used_for: format!("metric `{}`", metric.name),
                }),
                _ => None,
            })
    }
}
