//! Everything a run needs, read and checked, nothing sent.

use super::{
    EngineError,
    chosen_rows::chosen_rows,
    row_set::{RowSet, SealGuard, SealedRows, read_options},
    slices::slice_columns,
    validate_metrics::{answers, assertions, calls, replies, rubrics},
};
use crate::{
    dataset::{Dataset, ReadOptions},
    endpoint::tool_command_identity,
    model::{
        AnswerOrigins, GivenReply, LOGPROBS, MAX_TOP_LOGPROBS, ModelRef, Params, Prompt, Row,
        RunSeal, Shot, SliceColumn, TOP_LOGPROBS, Variant, max_output_tokens,
    },
    outcome::GridRules,
    project::{DesignSpec, EndpointSpec, ExperimentSpec, MetricKind, MetricSpec, Project},
    score::{Rubric, Scorer},
    shots::{ResolvedShots, Select, ShotPool},
    source::nearest,
    store::{RunInfo, SealOpening, StoredTemplate, run_id, unix_now},
    template::{FieldFormat, TemplateError, TemplateSet, Variants},
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

/// The model that embeds texts for `similarity`.
#[derive(Debug, Clone)]
pub struct Embedder {
    pub model: ModelRef,
    pub spec: EndpointSpec,
}

/// Rows for which templates are rendered to see their replies.
const REPLY_ROWS: usize = 20;

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
    /// Read templates, dataset and shots of an experiment. Templates that do not compile are left out and kept as
    /// problems of the set; see [`Plan::require_templates`].
    ///
    /// Its rows are the open ones; those that the experiment seals are not in it.
    pub fn load(project: &Project, experiment: &ExperimentSpec) -> Result<Plan, EngineError> {
        Plan::load_rows(project, experiment, None)
    }

    /// The same over the sealed rows alone, by proof that their opening is in the store.
    pub fn load_sealed(
        project: &Project,
        experiment: &ExperimentSpec,
        opening: &SealOpening,
    ) -> Result<Plan, EngineError> {
        Plan::load_rows(project, experiment, Some(opening))
    }

    fn load_rows(
        project: &Project,
        experiment: &ExperimentSpec,
        opening: Option<&SealOpening>,
    ) -> Result<Plan, EngineError> {
        if !experiment.outputs.is_empty() {
            return Err(EngineError::OnlyOutputs(experiment.name.clone()));
        }
        let templates =
            TemplateSet::load(&project.root, &experiment.templates)?.seeded(experiment.seed);
        let templates = templates.with_tools(&experiment.tools)?;
        let scorer = Scorer::new(&experiment.metrics)?;
        let mut experiment = experiment.clone();
        if scorer.needs_logprobs().is_some() {
            request_logprobs(&mut experiment.params);
        }
        let experiment = &experiment;
        let at = |path: &Path| {
            if path.as_os_str() == "-" {
                path.to_path_buf()
            } else {
                project.root.join(path)
            }
        };
        let rows = RowSet::read(project, experiment)?;
        let seal = rows.sealed().map(|sealed| sealed.run_seal(opening));
        let guard = rows.sealed().map(SealedRows::guard).transpose()?;
        let answer_origins = rows.answer_origins.clone();
        let dataset = chosen_rows(rows.into_plan_rows(experiment, opening)?, experiment)?;
        let slices = slice_columns(&dataset, &experiment.slices)?;
        let shots = match &experiment.shots {
            Some(path) => {
                // The shots file need not have ids or clusters.
                let options = ReadOptions {
                    answer: experiment.answer.clone(),
                    delimiter: experiment.delimiter,
                    max_record: experiment.max_record,
                    ..ReadOptions::default()
                };
                Dataset::read(&at(path), &options)
                    .and_then(|shots| shots.rows().collect())
                    .map_err(EngineError::ShotsFile)?
            }
            None => Vec::new(),
        };
        let shots_in_file = shots.len();
        let (shots, sealed_shots) = without_sealed(shots, guard.as_ref())?;
        let mut axes = experiment.axes.clone();
        if let Some(n) = experiment.format_sample {
            axes.push(FieldFormat::axis(n, experiment.seed));
        }
        let variants = templates
            .variants(
                &axes,
                &experiment.axis_places,
                &experiment.design,
                experiment.baseline.as_deref(),
            )?
            .list()?;
        let baseline = match &experiment.baseline {
            Some(name) => variants.iter().position(|v| v.name == *name).or_else(|| {
                // A template's name stands for its first variant.
                variants
                    .iter()
                    .position(|v| templates.templates()[v.template].name == *name)
            }),
            None => Some(0),
        };
        let Some(baseline) = baseline.or((!templates.problems().is_empty()).then_some(0)) else {
            let name = experiment.baseline.clone().unwrap_or_default();
            return Err(EngineError::Baseline {
                experiment: experiment.name.clone(),
                nearest: nearest(&name, variants.iter().map(|v| v.name.as_str()))
                    .map(str::to_owned),
                known: variants.iter().map(|v| v.name.clone()).take(12).collect(),
                name,
            });
        };
        let variant_shots: Vec<ResolvedShots> = variants
            .iter()
            .map(|v| ResolvedShots::resolve(&experiment.shots_default, v))
            .collect::<Result<_, _>>()?;
        let numbers = variant_shots.iter().filter_map(ResolvedShots::last_number);
        if let Some(number) = numbers.max().filter(|number| *number > shots_in_file) {
            return Err(EngineError::NoShot {
                experiment: experiment.name.clone(),
                number,
                shots: shots_in_file,
            });
        }
        let embedder = experiment.embeddings.as_ref().and_then(|model| {
            Some(Embedder {
                model: model.clone(),
                spec: project.endpoints.get(&model.endpoint)?.clone(),
            })
        });
        let similar = |shots: &ResolvedShots| shots.select == Select::Similarity;
        if embedder.is_none() && variant_shots.iter().any(similar) {
            return Err(EngineError::NoEmbeddings {
                experiment: experiment.name.clone(),
            });
        }
        answers(&scorer, &dataset)?;
        calls(&scorer, &dataset)?;
        assertions(&scorer, &dataset)?;
        let rubrics = rubrics(project, &scorer, &dataset)?;
        let plan = Plan {
            rubrics,
            endpoints: project.endpoints.clone(),
            root: project.root.clone(),
            stores_prompts: project.stores_prompts,
            tool_identity: experiment.tool_command.as_ref().map(tool_command_identity),
            identical: OnceLock::new(),
            experiment: experiment.clone(),
            variants,
            baseline,
            variant_shots,
            models: experiment.models.clone(),
            slices: Arc::new(slices),
            shots: Arc::new(ShotPool::new(shots, read_options(experiment))),
            dataset,
            seal,
            opening: opening.cloned(),
            sealed_shots,
            answer_origins,
            templates,
            embedder,
            scorer: Arc::new(scorer),
        };
        plan.check_replies()?;
        Ok(plan)
    }

    /// Check that every template has the replies that metrics score. What cannot be rendered is reported elsewhere.
    fn check_replies(&self) -> Result<(), EngineError> {
        if !self.scorer.reads_replies() {
            return Ok(());
        }
        let asked = |m: &&MetricSpec| m.kind.is_asked() && m.reply.is_some();
        if let Some(metric) = self.scorer.metrics().find(asked)
            && !self.stores_prompts
        {
            return Err(EngineError::ReplyWithoutPrompts(metric.name.clone()));
        }
        let rows = self.dataset.len();
        let step = rows.div_ceil(REPLY_ROWS).max(1);
        let read = |row| self.dataset.row(row).ok();
        let sample: Vec<Arc<Row>> = (0..rows).step_by(step).filter_map(read).collect();
        for (at, template) in self.templates.templates().iter().enumerate() {
            let variants = self.variants.iter().filter(|v| v.template == at);
            let first = variants.clone().next();
            let sampled = variants.flat_map(|variant| {
                let prompts = sample.iter().map(move |row| self.prompt_of(variant, row));
                prompts.flatten()
            });
            // Before one is refused all rows are looked at: conversations may be as long as their rows say.
            let others = first.into_iter().flat_map(|variant| {
                let prompts = (0..rows).filter_map(read);
                prompts.filter_map(move |row| self.prompt_of(variant, &row).ok())
            });
            replies(&self.scorer, &template.path, sampled.chain(others))?;
        }
        Ok(())
    }

    /// The same plan for other variants, of these templates, on some of its rows (by their places). The first variant is the
    /// baseline.
    pub fn with_variants(
        &self,
        templates: TemplateSet,
        variants: Vec<Variant>,
        rows: &[u32],
    ) -> Result<Plan, EngineError> {
        let variant_shots = variants
            .iter()
            .map(|v| ResolvedShots::resolve(&self.experiment.shots_default, v))
            .collect::<Result<_, _>>()?;
        let dataset = self.dataset.clone().pick(rows.to_vec());
        Ok(Plan {
            slices: Arc::new(slice_columns(&dataset, &self.experiment.slices)?),
            dataset,
            templates,
            variants,
            baseline: 0,
            variant_shots,
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

    pub fn len(&self) -> u64 {
        self.variants.len() as u64
            * self.models.len() as u64
            * self.dataset.len() as u64
            * self.experiment.samples as u64
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

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

    /// Whether a run was one of this plan; the error says what changed since.
    pub fn same_as(&self, info: &RunInfo) -> Result<(), EngineError> {
        match self.run_info(None).differs_from(info) {
            Some(what) => Err(EngineError::Changed {
                run: info.id.0.clone(),
                what,
            }),
            None => Ok(()),
        }
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

    /// What is kept of a run of this plan. Its note says which rows were chosen by a condition.
    pub fn run_info(&self, note: Option<String>) -> RunInfo {
        let chosen = self.experiment.rows_where.as_ref();
        let chosen = chosen.map(|condition| format!("rows where {condition}"));
        let note = match (chosen, note) {
            (Some(chosen), Some(note)) => Some(format!("{chosen}; {note}")),
            (chosen, note) => chosen.or(note),
        };
        let now = unix_now();
        RunInfo {
            id: run_id(now.as_millis() as u64),
            experiment: self.experiment.name.clone(),
            started_at: now.as_secs() as i64,
            state: "running".into(),
            variants: self.variants.clone(),
            templates: self
                .templates
                .templates()
                .iter()
                .map(|t| StoredTemplate {
                    name: t.name.clone(),
                    path: t.path.clone(),
                    source: t.source.to_string(),
                })
                .collect(),
            baseline: self.baseline,
            models: self.models.clone(),
            rows: self.dataset.len(),
            heads: Arc::clone(self.dataset.heads()),
            slices: Arc::clone(&self.slices),
            records: None,
            dataset: (
                self.dataset.path().to_path_buf(),
                self.dataset.hash().to_owned(),
            ),
            samples: self.experiment.samples,
            seed: self.experiment.seed,
            params: self.experiment.params.clone(),
            metrics: self.scorer.names().into_iter().map(str::to_owned).collect(),
            metric_specs: self.scorer.metrics().cloned().collect(),
            threshold: Some(self.scorer.threshold()),
            max_truncated: self.experiment.max_truncated,
            labels: self.scorer.labels().to_vec(),
            note,
            cut_prompts: Vec::new(),
            endpoint_warnings: Vec::new(),
            listed_models: Vec::new(),
            answer_origins: self.answer_origins.clone(),
            seal: self.seal.clone(),
            policy: None,
            raised: None,
            shard: None,
            keys: None,
            sources: Vec::new(),
            origin: None,
        }
    }
}

/// The shots that are not sealed rows, and how many are.
fn without_sealed(
    shots: Vec<Arc<Shot>>,
    guard: Option<&SealGuard>,
) -> Result<(Vec<Arc<Shot>>, usize), EngineError> {
    let Some(guard) = guard else {
        return Ok((shots, 0));
    };
    let all = shots.len();
    let mut open = Vec::with_capacity(all);
    for shot in shots {
        if !guard.is_sealed(&shot)? {
            open.push(shot);
        }
    }
    let sealed = all - open.len();
    Ok((open, sealed))
}

/// Request log-probabilities, where the experiment does not say how.
fn request_logprobs(params: &mut Params) {
    params.entry(LOGPROBS).or_insert(true.into());
    params
        .entry(TOP_LOGPROBS)
        .or_insert(MAX_TOP_LOGPROBS.into());
}

fn space(
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
