//! Which variants a plan has: those of its design, some of them, others in their place.

use super::{EngineError, plan::Plan, slices::slice_columns};
use crate::{
    model::Variant,
    project::{DesignSpec, ExperimentSpec},
    shots::ResolvedShots,
    template::{FieldFormat, TemplateError, TemplateSet, Variants},
};
use std::sync::{Arc, OnceLock};

impl Plan {
    /// The same plan for other variants, of these templates, on some of its rows (by their places). The first variant is the
    /// baseline.
    pub fn with_variants(
        &self,
        templates: TemplateSet,
        variants: Vec<Variant>,
        rows: &[u32],
    ) -> Result<Plan, EngineError> {
        let dataset = self.dataset.clone().pick(rows.to_vec());
        Ok(Plan {
            slices: Arc::new(slice_columns(&dataset, &self.experiment.slices)?),
            dataset,
            templates,
            variant_shots: resolve_shots(&self.experiment, &variants)?,
            variants,
            baseline: 0,
            identical: OnceLock::new(),
            experiment: self.experiment.clone(),
            models: self.models.clone(),
            answer_origins: self.answer_origins.clone(),
            seal: self.seal.clone(),
            opening: self.opening.clone(),
            sealed_shots: self.sealed_shots,
            shots: Arc::clone(&self.shots),
            embedder: self.embedder.clone(),
            scorer: Arc::clone(&self.scorer),
            rubrics: self.rubrics.clone(),
            endpoints: self.endpoints.clone(),
            root: self.root.clone(),
            stores_prompts: self.stores_prompts,
            tool_identity: self.tool_identity.clone(),
        })
    }

    /// The variants that another design would make of the same axes: counted, not listed.
    pub fn space(&self, design: &DesignSpec) -> Result<Variants, TemplateError> {
        space(&self.templates, &self.experiment, design)
    }

    /// An error where templates do not compile and none is left to run: one bad template does not stop the others.
    pub fn require_templates(&self) -> Result<(), EngineError> {
        match self.templates.problems() {
            problems if self.variants.is_empty() && !problems.is_empty() => {
                Err(EngineError::Templates(problems.to_vec()))
            }
            _ => Ok(()),
        }
    }

    /// Leave only some of the variants. Where the baseline goes, the first that stays is the baseline.
    pub fn keep_variants(&mut self, keep: &[bool]) {
        let kept = |i: &usize| keep.get(*i).copied().unwrap_or(false);
        let stay: Vec<usize> = (0..self.variants.len()).filter(kept).collect();
        self.arrange_variants(&stay);
    }

    /// Leave only the variants that another plan of the same experiment has.
    pub fn keep_named(&mut self, other: &Plan) {
        let named = |name: &str| other.variants.iter().any(|v| v.name == name);
        let keep: Vec<bool> = self.variants.iter().map(|v| named(&v.name)).collect();
        self.keep_variants(&keep);
    }

    /// Leave some of the variants, in this order; the first of them is the baseline where the order leaves it out.
    pub fn arrange_variants(&mut self, order: &[usize]) {
        self.baseline = order.iter().position(|i| *i == self.baseline).unwrap_or(0);
        self.variant_shots = order
            .iter()
            .map(|i| self.variant_shots[*i].clone())
            .collect();
        self.variants = order.iter().map(|i| self.variants[*i].clone()).collect();
    }
}

/// The variants that a design makes of the axes of an experiment.
pub(super) fn space(
    templates: &TemplateSet,
    experiment: &ExperimentSpec,
    design: &DesignSpec,
) -> Result<Variants, TemplateError> {
    let mut axes = experiment.axes.clone();
    if let Some(n) = experiment.format_sample {
        axes.push(FieldFormat::axis(n, experiment.seed));
    }
    let baseline = experiment.baseline.as_deref();
    templates.variants(&axes, &experiment.axis_places, design, baseline)
}

/// How the shots of each variant are chosen.
pub(super) fn resolve_shots(
    experiment: &ExperimentSpec,
    variants: &[Variant],
) -> Result<Vec<ResolvedShots>, EngineError> {
    let resolve = |variant| ResolvedShots::resolve(&experiment.shots_default, variant);
    Ok(variants.iter().map(resolve).collect::<Result<_, _>>()?)
}
