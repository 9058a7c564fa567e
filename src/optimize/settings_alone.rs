//! A search without a writer: which parts it may change.

use super::{OptimizeError, SearchRequest, search_plan::start_variant, setting::Setting};
use crate::{
    engine::Plan,
    project::{ExperimentSpec, Project},
};

impl SearchRequest {
    /// The same where nobody rewords texts: of the parts that may change those that need no writer.
    pub fn with_settings_alone(
        mut self,
        project: &Project,
        experiment: &ExperimentSpec,
    ) -> Result<SearchRequest, OptimizeError> {
        let plan = Plan::load(project, experiment)?;
        plan.require_templates()?;
        let start = &plan.variants[start_variant(&plan, self.variant.as_deref())?];
        let settings = Setting::of_variant(&plan, start).into_iter();
        let settings: Vec<String> = settings.map(|setting| setting.name).collect();
        let may = |name: &&String| self.edit.is_empty() || self.edit.contains(name);
        let edit: Vec<String> = settings.iter().filter(may).cloned().collect();
        if edit.is_empty() {
            return Err(OptimizeError::NoSetting {
                variant: start.name.clone(),
                settings,
                edit: self.edit,
            });
        }
        self.writer = None;
        self.edit = edit;
        Ok(self)
    }
}
