//! Reads and checks everything that a plan is made of.

use super::{
    EngineError,
    chosen_rows::chosen_rows,
    plan::{Embedder, Plan},
    planned_variants::{resolve_shots, space},
    row_set::{RowSet, SealGuard, SealedRows, read_options},
    slices::slice_columns,
    validate_metrics::{answers, assertions, calls, replies, rubrics},
};
use crate::{
    dataset::{Dataset, ReadOptions},
    endpoint::tool_command_identity,
    model::{LOGPROBS, MAX_TOP_LOGPROBS, Params, Row, Shot, TOP_LOGPROBS, Variant},
    project::{ExperimentSpec, MetricSpec, Project},
    score::Scorer,
    shots::{ResolvedShots, Select, ShotPool},
    source::nearest,
    store::SealOpening,
    template::TemplateSet,
};
use std::sync::{Arc, OnceLock};

/// Rows for which templates are rendered to see their replies.
const REPLY_ROWS: usize = 20;

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
        let rows = RowSet::read(project, experiment)?;
        let seal = rows.sealed().map(|sealed| sealed.run_seal(opening));
        let guard = rows.sealed().map(SealedRows::guard).transpose()?;
        let answer_origins = rows.answer_origins.clone();
        let dataset = chosen_rows(rows.into_plan_rows(experiment, opening)?, experiment)?;
        let slices = slice_columns(&dataset, &experiment.slices)?;
        let shots = read_shots(project, experiment)?;
        let shots_in_file = shots.len();
        let (shots, sealed_shots) = without_sealed(shots, guard.as_ref())?;
        let variants = space(&templates, experiment, &experiment.design)?.list()?;
        let baseline = baseline(&templates, &variants, experiment)?;
        let variant_shots = resolve_shots(experiment, &variants)?;
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
}

/// The records of the shots file; none without one.
fn read_shots(
    project: &Project,
    experiment: &ExperimentSpec,
) -> Result<Vec<Arc<Shot>>, EngineError> {
    let Some(path) = &experiment.shots else {
        return Ok(Vec::new());
    };
    let path = match path.as_os_str() == "-" {
        true => path.clone(),
        false => project.root.join(path),
    };
    // The shots file need not have ids or clusters.
    let options = ReadOptions {
        answer: experiment.answer.clone(),
        delimiter: experiment.delimiter,
        max_record: experiment.max_record,
        ..ReadOptions::default()
    };
    Dataset::read(&path, &options)
        .and_then(|shots| shots.rows().collect())
        .map_err(EngineError::ShotsFile)
}

/// The place of the baseline among the variants.
fn baseline(
    templates: &TemplateSet,
    variants: &[Variant],
    experiment: &ExperimentSpec,
) -> Result<usize, EngineError> {
    let Some(name) = &experiment.baseline else {
        return Ok(0);
    };
    let found = variants.iter().position(|v| v.name == *name).or_else(|| {
        // A template's name stands for its first variant.
        variants
            .iter()
            .position(|v| templates.templates()[v.template].name == *name)
    });
    // It may be of a template that does not compile.
    let found = found.or((!templates.problems().is_empty()).then_some(0));
    found.ok_or_else(|| EngineError::Baseline {
        experiment: experiment.name.clone(),
        nearest: nearest(name, variants.iter().map(|v| v.name.as_str())).map(str::to_owned),
        known: variants.iter().map(|v| v.name.clone()).take(12).collect(),
        name: name.clone(),
    })
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
