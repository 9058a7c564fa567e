//! From a project, its store and the figures of a run to the evidence: counts labelled rows, adds what the user gave and
//! looks up prices.

use super::{
    AdviceError, BreakEven, CallCost, Evidence, GivenAnswers, GpuMemorySpec, Labelled,
    ModelFigures, ModelSize, break_even, gather, labelled, memory, token_mean,
};
use crate::{
    analysis::AnalysisSpec,
    catalog,
    engine::Plan,
    model::{ListedModel, ModelRef, RowHeads, Variant},
    project::{AdviseSpec, MetricKind, Project, Task},
    store::Store,
    tune::{CheckSpec, Reason, check},
};

/// Rank of the adapters for the memory estimate.
const RANK: u64 = 16;
/// Batch size for the memory estimate.
const BATCH: u64 = 4;

/// The figures of a run, finished or still running.
#[derive(Debug, Clone, Copy)]
pub struct RunFigures<'a> {
    /// One part per model.
    pub parts: &'a [ModelFigures<'a>],
    pub variants: &'a [Variant],
    pub heads: &'a RowHeads,
    pub spec: &'a AnalysisSpec,
    /// The models as their endpoints list them.
    pub listed: &'a [ListedModel],
    /// Mean number of requests in flight.
    pub in_flight: Option<f64>,
    /// Whether cut answers have been requested again with more room.
    pub raised: bool,
}

impl RunFigures<'_> {
    /// Their evidence alone.
    pub fn evidence(&self) -> Evidence {
        let mut evidence = gather(self.parts, self.variants, self.heads, self.spec);
        if let Some(latency) = &mut evidence.latency {
            latency.in_flight = self.in_flight;
        }
        if let Some(score) = &mut evidence.score {
            score.raised = self.raised;
        }
        evidence
    }
}

/// The sources of the evidence.
#[derive(Debug, Clone, Copy)]
pub struct AdviceInput<'a> {
    /// For prices and context windows.
    pub project: &'a Project,
    pub plan: &'a Plan,
    pub store: &'a Store,
    /// What the user gave; the path of `data` is relative to the current folder.
    pub spec: &'a AdviseSpec,
}

impl AdviceInput<'_> {
    /// The evidence; without figures before the first run.
    pub fn evidence(&self, figures: Option<&RunFigures<'_>>) -> Result<Evidence, AdviceError> {
        let mut evidence = figures.map_or_else(Evidence::default, RunFigures::evidence);
        evidence.given = self.given_answers()?;
        self.guess_task(&mut evidence, figures);
        if let Some(score) = &evidence.score
            && let Ok(model) = score.model.parse::<ModelRef>()
        {
            let spec = self.project.model(&model);
            let facts = catalog::facts(&model.model, self.project.endpoint(&model));
            evidence.context = facts.context;
            let listed = figures.map_or(&[][..], |f| f.listed);
            let given = spec.and_then(|m| m.parameters_b);
            // The model to tune is the one that is prompted, unless that is a provider's.
            let is_provider = facts.entry.is_some();
            let tuned = self.spec.parameters_b.filter(|_| !is_provider);
            evidence.size = ModelSize::find(&model, given, listed).or(tuned.map(ModelSize::given));
        }
        evidence.break_even =
            figures.and_then(|f| pays_after(self.project, f, &evidence, self.spec));
        let parameters_b = (self.spec.parameters_b).or(evidence.size.map(|s| s.parameters_b));
        evidence.memory = parameters_b.map(|parameters_b| {
            let prompt = evidence.prompt_tokens.map_or(512.0, |(_, short)| short);
            memory(GpuMemorySpec {
                parameters_b,
                rank: RANK,
                sequence: ((prompt * 1.5) as u64 + 32).next_power_of_two(),
                batch: BATCH,
            })
        });
        Ok(evidence)
    }

    /// Count the labelled rows, and add what the user gave.
    fn given_answers(&self) -> Result<GivenAnswers, AdviceError> {
        let (plan, spec) = (self.plan, self.spec);
        let Labelled {
            examples,
            pairs,
            evaluated,
            evaluation,
            any_source,
        } = labelled(self.project, plan, self.store, spec.data.as_deref(), false)?;
        let bad = self.store.bad_cases(&plan.experiment.name)?.len();
        let labels = plan.scorer.labels().to_vec();
        // Conflicts are looked for among all that is labelled; what may be learned from is counted apart from the evaluation.
        let all = examples.iter().chain(&evaluation).cloned().collect();
        let whole = check(all, &CheckSpec::default());
        let answered = whole.kept.len() + whole.dropped.len();
        let conflicts: Vec<String> = whole
            .conflicts
            .iter()
            .flat_map(|c| c.rows.iter().map(|(id, _)| id.clone()))
            .collect();
        let found = check(
            examples,
            &CheckSpec {
                evaluated: &evaluated,
                labels: &labels,
            },
        );
        let counted = any_source || bad > 0;
        let labelled = match (spec.labelled, counted) {
            (Some(n), true) => Some(n.max(found.kept.len())),
            (Some(n), false) => Some(n),
            (None, true) => Some(found.kept.len()),
            (None, false) => None,
        };
        Ok(GivenAnswers {
            labelled,
            labelled_counted: counted && labelled == Some(found.kept.len()),
            duplicates: found
                .reasons()
                .get(&Reason::Duplicate)
                .copied()
                .unwrap_or(0),
            conflicting: conflicts.len() as f64 / answered.max(1) as f64,
            conflicts,
            rated_pairs: pairs.preferring(),
            bad_cases: found.kept.iter().filter(|e| e.wrong.is_some()).count(),
            task: spec.task,
            task_guessed: false,
            resources: spec.resources,
            deployment: spec.deployment,
            changes: spec.changes,
            target: spec.target,
            calls_per_month: spec.calls_per_month,
            gpu_memory_gb: spec.gpu_memory_gb,
        })
    }

    /// Guess the task from the metric and the length of the answers, where it is not given.
    fn guess_task(&self, evidence: &mut Evidence, figures: Option<&RunFigures<'_>>) {
        if evidence.given.task.is_some() {
            return;
        }
        let mut task = match self.plan.experiment.metrics.first().map(|m| &m.kind) {
            Some(
                MetricKind::Label { .. }
                | MetricKind::Probability { .. }
                | MetricKind::Exact
                | MetricKind::Normalized
                | MetricKind::Contains { .. }
                | MetricKind::Regex { .. }
                | MetricKind::Json { .. }
                | MetricKind::ToolCalls(_),
            ) => Some(Task::Simple),
            // A number is computed as often as it is copied.
            Some(
                MetricKind::Number { .. }
                | MetricKind::F1
                | MetricKind::RougeL
                | MetricKind::Similarity { .. },
            ) => Some(Task::Medium),
            Some(MetricKind::Judge { .. }) => Some(Task::Complex),
            _ => None,
        };
        // Answers of a paragraph and more are no labels, whatever reads them.
        if task == Some(Task::Simple)
            && let Some(part) = figures.and_then(|f| f.parts.first())
            && token_mean(part.grid, None, |c| f64::from(c.completion_tokens))[0] > 200.0
        {
            task = Some(Task::Medium);
        }
        evidence.given.task = task;
        evidence.given.task_guessed = task.is_some();
    }
}

/// When tuning pays off: the best wording at its model's price compared with the shortest, by a tuned model that was
/// measured where there is one, at the tuned price.
pub fn pays_after(
    project: &Project,
    figures: &RunFigures<'_>,
    evidence: &Evidence,
    spec: &AdviseSpec,
) -> Option<BreakEven> {
    let score = evidence.score.as_ref()?;
    let base = figures.parts.iter().find(|p| p.model == score.model)?;
    let model: ModelRef = score.model.parse().ok()?;
    let price = catalog::price(&model.model, project.endpoint(&model))?;
    let best = figures
        .variants
        .iter()
        .position(|v| v.name == score.variant)?;
    let shortest = base.shortest().unwrap_or(best);
    let tuned = figures.parts.iter().find(|p| p.tuned);
    let tuned_price = spec
        .tuned_price
        .clone()
        .or_else(|| {
            let model: ModelRef = tuned?.model.parse().ok()?;
            catalog::price(&model.model, project.endpoint(&model))
        })
        .unwrap_or_else(|| price.clone());
    break_even(
        &spec.cost,
        &CallCost::new(base.grid, best, price),
        &CallCost::new(tuned.unwrap_or(base).grid, shortest, tuned_price),
    )
}
