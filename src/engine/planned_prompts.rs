//! The prompts of a plan: of its variants, of others, and of a template as it is being edited.

use super::{Plan, planned_variants::space};
use crate::{
    model::{GivenReply, Prompt, Row, Shot, Variant},
    shots::ResolvedShots,
    template::{TemplateError, TemplateSet},
};
use std::{path::Path, sync::Arc};

impl Plan {
    /// The shots of a variant for a row.
    pub fn shots(&self, variant: usize, row: &Row) -> Vec<Arc<Shot>> {
        if !self.templates.shows_shots(&self.variants[variant]) {
            return Vec::new();
        }
        self.shots
            .choose(row, &self.variant_shots[variant], self.experiment.seed)
    }

    /// The prompt of a variant for a row.
    pub fn prompt(&self, variant: usize, row: &Arc<Row>) -> Result<Prompt, TemplateError> {
        self.templates
            .render(&self.variants[variant], row, &self.shots(variant, row))
    }

    /// The prompt of a variant that need not be one of the plan's.
    pub fn prompt_of(&self, variant: &Variant, row: &Arc<Row>) -> Result<Prompt, TemplateError> {
        self.prompt_in(&self.templates, variant, row)
    }

    /// The prompt of a variant for a row if the file of its template had this text; where the text makes no variant of
    /// that name, the first that it makes.
    pub fn preview(
        &self,
        file: &Path,
        text: &str,
        variant: &str,
        row: usize,
    ) -> Result<Prompt, TemplateError> {
        let templates = self.templates.with_text(file, text)?;
        let made = space(&templates, &self.experiment, &self.experiment.design)?;
        let last = templates.templates().len().saturating_sub(1);
        let mut first = None;
        let named = made.iter().filter(|v| v.template == last).find(|v| {
            first.get_or_insert_with(|| v.clone());
            v.name == variant
        });
        let Some(variant) = named.or(first) else {
            return Err(TemplateError::new("the template makes no variant"));
        };
        let row = self.dataset.row(row);
        let row = row.map_err(|error| TemplateError::new(error.to_string()))?;
        self.prompt_in(&templates, &variant, &row)
    }

    /// The prompt of a variant of other templates.
    pub fn prompt_in(
        &self,
        templates: &TemplateSet,
        variant: &Variant,
        row: &Arc<Row>,
    ) -> Result<Prompt, TemplateError> {
        templates.render(variant, row, &self.shots_in(templates, variant, row))
    }

    /// The prompt of a variant with what the model said so far.
    pub(super) fn prompt_with(
        &self,
        variant: &Variant,
        row: &Arc<Row>,
        given: &Arc<[GivenReply]>,
    ) -> Result<Prompt, TemplateError> {
        let shots = self.shots_in(&self.templates, variant, row);
        self.templates
            .render_with(variant, row, &shots, Some(given))
    }

    fn shots_in(&self, templates: &TemplateSet, variant: &Variant, row: &Row) -> Vec<Arc<Shot>> {
        if !templates.shows_shots(variant) {
            return Vec::new();
        }
        match ResolvedShots::resolve(&self.experiment.shots_default, variant) {
            Ok(spec) => self.shots.choose(row, &spec, self.experiment.seed),
            // Told when the plan is made.
            Err(_) => Vec::new(),
        }
    }
}
