//! The project as it is on disk now, with its plan and what is wrong with them.

use super::plan_estimate::{Diagnostic, PlanEstimate};
use crate::{
    engine::Plan,
    model::{PolicySpec, RunId},
    project::Project,
    template::TemplateError,
};
use std::{collections::BTreeSet, sync::Arc};

/// The project as it is on disk now.
#[derive(Debug)]
pub struct Workspace {
    pub project: Project,
    /// Index of the experiment shown.
    pub experiment: usize,
    /// The current plan, also while an old run is open.
    pub plan: Option<Arc<Plan>>,
    /// What the plan would send.
    pub estimate: Option<PlanEstimate>,
    /// Names of all variants, including those switched off.
    pub variant_names: Vec<String>,
    /// Names of the variants as they were last ranked.
    pub column_order: Vec<String>,
    pub switched_off: BTreeSet<String>,
    /// Which trials runs send, where not every one.
    pub policy: Option<PolicySpec>,
    /// Files changed during a run.
    pub stale: bool,
    /// Why the files as they are now make no plan; what is shown is of the files before.
    pub plan_error: Option<String>,
    /// What a save changed, until the plan is estimated.
    pub saved_changes: Option<String>,
    /// The name of a variant that was just created.
    pub new_variant: Option<String>,
    /// The run to resume once the plan is read.
    pub resume_run: Option<RunId>,
    /// The experiment that was just written: it is opened once the project is read.
    pub new_experiment: Option<String>,
    /// Whether the project has no experiment yet; the one that is there only holds its place.
    pub has_no_experiment: bool,
    /// Whether a bundle is shown: there is no project, and nothing can be changed.
    pub is_bundle: bool,
}

impl Workspace {
    /// A project that was just read, at an experiment.
    pub fn new(project: Project, experiment: usize, switched_off: BTreeSet<String>) -> Workspace {
        Workspace {
            project,
            experiment,
            plan: None,
            estimate: None,
            variant_names: Vec::new(),
            column_order: Vec::new(),
            switched_off,
            policy: None,
            stale: false,
            plan_error: None,
            saved_changes: None,
            new_variant: None,
            resume_run: None,
            new_experiment: None,
            has_no_experiment: false,
            is_bundle: false,
        }
    }

    /// What is wrong with templates, rows, keys and prices, as far as it is known.
    pub(crate) fn problems(&self) -> &[Diagnostic] {
        self.estimate.as_ref().map_or(&[], |e| &e.troubles)
    }

    /// The templates that do not compile: the place of the first error of each. They have no variants, and stand below them.
    pub(crate) fn broken_templates(&self) -> Vec<&TemplateError> {
        let plan = self.plan.as_ref();
        let problems = plan.map_or(&[][..], |plan| plan.templates.problems());
        let mut broken: Vec<&TemplateError> = Vec::new();
        for problem in problems {
            let file = |error: &TemplateError| error.place().map(|place| place.file.clone());
            if problem.place().is_some() && broken.iter().all(|b| file(b) != file(problem)) {
                broken.push(problem);
            }
        }
        broken
    }

    /// The broken template at a line of the list of variants.
    pub(crate) fn broken_template_at(&self, line: usize) -> Option<&TemplateError> {
        let at = line.checked_sub(self.variant_names.len())?;
        self.broken_templates().get(at).copied()
    }

    /// Lines of the list of variants.
    pub(crate) fn list_lines(&self) -> usize {
        self.variant_names.len() + self.broken_templates().len()
    }
}
