//! Everything a run needs, read and checked, nothing sent: what is in it, and what follows from it.

use crate::{
    dataset::Dataset,
    model::{
        AnswerOrigins, ModelRef, Params, Prompt, RunSeal, SliceColumn, Variant, max_output_tokens,
    },
    outcome::GridRules,
    project::{EndpointSpec, ExperimentSpec, MetricKind},
    score::{Rubric, Scorer},
    shots::{ResolvedShots, ShotPool},
    store::SealOpening,
    template::TemplateSet,
};
use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, OnceLock},
};

/// The model that embeds texts for `similarity`.
#[derive(Debug, Clone)]
pub struct Embedder {
    pub model: ModelRef,
    pub spec: EndpointSpec,
}

/// Everything a run needs, read and checked, nothing sent. Trials expand on the fly.
#[derive(Debug)]
pub struct Plan {
    /// The experiment, overrides applied.
    pub experiment: ExperimentSpec,
    pub templates: TemplateSet,
    pub variants: Vec<Variant>,
    /// Index of the baseline in `variants`.
    pub baseline: usize,
    /// How each variant's shots are chosen.
    pub variant_shots: Vec<ResolvedShots>,
    pub models: Vec<ModelRef>,
    /// The rows (after sampling), with labels over the dataset's own answers; without sealed ones.
    pub dataset: Dataset,
    /// What is sealed of its dataset, where something is.
    pub seal: Option<RunSeal>,
    /// The opening by which its rows are the sealed ones.
    pub opening: Option<SealOpening>,
    /// Shots of the file that are sealed rows, and so are not in the pool.
    pub sealed_shots: usize,
    /// Where the expected answers come from, of all rows of the file; `None` without labels.
    pub answer_origins: Option<AnswerOrigins>,
    /// Columns by whose values scores are split.
    pub slices: Arc<Vec<SliceColumn>>,
    pub shots: Arc<ShotPool>,
    /// Who embeds texts for `similarity`.
    pub embedder: Option<Embedder>,
    pub scorer: Arc<Scorer>,
    /// Rubrics of the judges among them, by the place of the metric.
    pub rubrics: BTreeMap<usize, Arc<Rubric>>,
    /// Endpoints of the project, for models besides those of the trials.
    pub endpoints: BTreeMap<String, EndpointSpec>,
    pub root: PathBuf,
    /// Whether the prompts of answers are stored with them.
    pub stores_prompts: bool,
    /// What the answers of its `tool_command` are stored under.
    pub(super) tool_identity: Option<String>,
    /// See [`Plan::identical_variants`].
    pub(super) identical: OnceLock<Vec<u32>>,
}

impl Plan {
    /// Whether calls of tools are answered, so that the model is called again.
    pub fn answers_calls(&self) -> bool {
        self.experiment.tool_command.is_some()
    }

    /// How often the model may call tools before it replies; 0 where nothing answers them.
    pub fn tool_rounds(&self) -> usize {
        self.experiment
            .tool_command
            .as_ref()
            .map_or(0, |command| command.max_rounds)
    }

    /// Whether a variant's trials may take several calls.
    pub fn is_conversation(&self, variant: &Variant) -> bool {
        self.answers_calls() || self.templates.speaks(variant.template)
    }

    /// Whether a prompt takes one call, whatever the model answers.
    pub fn is_one_call(&self, prompt: &Prompt) -> bool {
        prompt.calls() == 1 && !self.may_call_tools(prompt)
    }

    /// Whether the model may call tools that are answered.
    pub fn may_call_tools(&self, prompt: &Prompt) -> bool {
        self.answers_calls() && prompt.tools().is_some()
    }

    pub fn len(&self) -> u64 {
        self.variants.len() as u64
            * self.models.len() as u64
            * self.dataset.len() as u64
            * self.experiment.samples as u64
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Request parameters of a variant: the experiment's, then its own over them.
    pub fn params(&self, variant: usize) -> [&Params; 2] {
        [&self.experiment.params, &self.variants[variant].params]
    }

    /// The limit of each variant's answers, in tokens; `None` where it is the server's.
    pub fn max_tokens(&self) -> Vec<Option<u64>> {
        let variants = 0..self.variants.len();
        variants
            .map(|v| max_output_tokens(&self.params(v)))
            .collect()
    }

    /// Rows that the main metric cannot score, as they have no expected answer.
    pub fn rows_without_expected(&self) -> usize {
        // Without an answer column, fields of JSON are compared with columns.
        let is_by_columns = self.experiment.answer.is_none()
            && matches!(
                self.experiment.metrics.first().map(|m| &m.kind),
                Some(MetricKind::Json { .. })
            );
        match self.scorer.needs_answer() && !is_by_columns {
            true => self.dataset.heads().without_expected(),
            false => 0,
        }
    }

    /// What makes a cell correct, and a variant comparable.
    pub fn grid_rules(&self) -> GridRules {
        GridRules {
            threshold: self.scorer.threshold(),
            max_truncated: self.experiment.max_truncated,
        }
    }
}
