//! Connects the metrics that need a call to their models and programs, before anything is sent.

use super::{
    super::{
        Clients, EngineError, Plan, aux_endpoint::AuxEndpoints, budget::BudgetTracker,
        endpoint_state::EndpointStates,
    },
    assertion_scorer::{AssertionScorer, Grader},
    aux_model::AuxModelClient,
    content_free::ContentFree,
    embedding_similarity::EmbeddingSimilarity,
    external_metric::{ExternalMetric, ExternalScorer},
    judge::Judge,
    verdict_format::VerdictKind,
};
use crate::{
    child_process::{AllowedCommands, ProgramCommand},
    model::{ModelRef, Params},
    project::{Budget, MetricKind, MetricSpec},
    score::Program,
};
use std::sync::Arc;

/// The metrics of a plan that need a call, in its order.
pub(super) async fn connect(
    plan: &Plan,
    clients: &Clients,
    endpoints: &EndpointStates,
    total: Option<&Arc<BudgetTracker>>,
) -> Result<Vec<ExternalMetric>, EngineError> {
    let mut connector = Connector {
        plan,
        opened: AuxEndpoints::new(plan, clients),
        endpoints,
        total,
    };
    let mut metrics = Vec::new();
    for (place, spec) in plan.scorer.external_metrics() {
        if let Some(scorer) = connector.scorer(place, spec, &metrics).await? {
            metrics.push(ExternalMetric {
                place,
                name: spec.name.clone(),
                reply: spec.reply.clone(),
                scorer,
            });
        }
    }
    Ok(metrics)
}

/// What connections are made from.
struct Connector<'a> {
    plan: &'a Plan,
    opened: AuxEndpoints<'a>,
    endpoints: &'a EndpointStates,
    total: Option<&'a Arc<BudgetTracker>>,
}

impl Connector<'_> {
    /// The scorer of a metric, connected; `known` are the metrics before it.
    async fn scorer(
        &mut self,
        place: usize,
        spec: &MetricSpec,
        known: &[ExternalMetric],
    ) -> Result<Option<ExternalScorer>, EngineError> {
        let plan = self.plan;
        Ok(Some(match &spec.kind {
            MetricKind::Similarity { model } => {
                ExternalScorer::EmbeddingSimilarity(self.similarity(model).await?)
            }
            MetricKind::Judge {
                model,
                scale,
                pairwise,
                repeats,
                budget,
                params,
                evals,
                ..
            } => {
                let Some(rubric) = plan.rubrics.get(&place) else {
                    return Ok(None);
                };
                let verdict = match (pairwise, evals) {
                    // The package asks for no form.
                    (_, Some(_)) => None,
                    (true, None) => Some(VerdictKind::Preference),
                    (false, None) => Some(VerdictKind::Grade { scale: *scale }),
                };
                ExternalScorer::Judge(Box::new(Judge {
                    metric: place as u32,
                    questions: self.client(model, verdict, params, *budget).await?,
                    rubric: Arc::clone(rubric),
                    scale: *scale,
                    pairwise: *pairwise,
                    repeats: *repeats,
                    params: params.clone(),
                    evals: evals.clone(),
                    baseline: plan.baseline as u32,
                }))
            }
            MetricKind::Command {
                command,
                env,
                timeout,
            } => ExternalScorer::Program(Box::new(Program::new(
                ProgramCommand {
                    words: command.clone(),
                    folder: plan.root.clone(),
                    variables: env.clone(),
                },
                AllowedCommands::of_user(),
                *timeout,
            ))),
            MetricKind::Probability { content_free, .. } => {
                let mut models = Vec::with_capacity(plan.models.len());
                for model in &plan.models {
                    let budget = Budget::default();
                    models.push(self.client(model, None, &Params::new(), budget).await?);
                }
                ExternalScorer::ContentFree(ContentFree::new(place, content_free, models))
            }
            MetricKind::Assertions {
                column,
                part,
                judge,
                params,
                budget,
                embeddings,
                promptfoo,
                thoughts,
                ..
            } => {
                let part = part.clone();
                if let Some(asserted) = shared_scorer(known, plan, spec) {
                    return Ok(Some(ExternalScorer::Assertions {
                        asserted,
                        part,
                        owns: false,
                    }));
                }
                let judge = match (judge, plan.rubrics.get(&place)) {
                    (Some(model), Some(rubric)) => {
                        // promptfoo asks for no form.
                        let verdict = promptfoo.is_none().then_some(VerdictKind::Rubric);
                        Some(Grader {
                            questions: self.client(model, verdict, params, *budget).await?,
                            rubric: Arc::clone(rubric),
                            params: params.clone(),
                        })
                    }
                    _ => None,
                };
                let likeness = match embeddings {
                    Some(model) => Some(self.similarity(model).await?),
                    None => None,
                };
                ExternalScorer::Assertions {
                    asserted: Arc::new(AssertionScorer {
                        column: column.clone(),
                        judge,
                        likeness,
                        promptfoo: *promptfoo,
                        thoughts: *thoughts,
                    }),
                    part,
                    owns: true,
                }
            }
            _ => return Ok(None),
        }))
    }

    async fn similarity(&mut self, model: &ModelRef) -> Result<EmbeddingSimilarity, EngineError> {
        let endpoint = self.opened.open(model).await?;
        Ok(EmbeddingSimilarity::new(model.clone(), endpoint))
    }

    async fn client(
        &mut self,
        model: &ModelRef,
        verdict: Option<VerdictKind>,
        params: &Params,
        budget: Budget,
    ) -> Result<AuxModelClient, EngineError> {
        let endpoint = self.opened.open(model).await?;
        let budget = BudgetTracker::within(budget, self.total);
        AuxModelClient::new(model, endpoint, verdict, params, budget, self.endpoints)
    }
}

/// The scorer of a metric that differs only in its part.
fn shared_scorer(
    known: &[ExternalMetric],
    plan: &Plan,
    spec: &MetricSpec,
) -> Option<Arc<AssertionScorer>> {
    let alike = |other: &MetricSpec| {
        let mut kind = other.kind.clone();
        if let (MetricKind::Assertions { part, .. }, MetricKind::Assertions { part: wanted, .. }) =
            (&mut kind, &spec.kind)
        {
            part.clone_from(wanted);
        }
        kind == spec.kind && other.reply == spec.reply
    };
    let specs: Vec<&MetricSpec> = plan.scorer.metrics().collect();
    known.iter().find_map(|metric| match &metric.scorer {
        ExternalScorer::Assertions { asserted, .. }
            if specs.get(metric.place).is_some_and(|m| alike(m)) =>
        {
            Some(Arc::clone(asserted))
        }
        _ => None,
    })
}
