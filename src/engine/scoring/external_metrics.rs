//! All metrics of a run that need a call, and the count of what they came to.

use super::{
    super::{Clients, EngineError, Plan, budget::BudgetTracker, endpoint_state::EndpointStates},
    connect::connect,
    external_metric::ExternalMetric,
    scored_answer::ScoredAnswer,
};
use crate::model::{MetricSummary, Opinion, Scores};
use parking_lot::Mutex;
use std::sync::Arc;

/// The metrics that need a call.
pub(in crate::engine) struct ExternalMetrics {
    pub(super) list: Vec<ExternalMetric>,
    summaries: Mutex<Vec<MetricSummary>>,
}

impl ExternalMetrics {
    /// Connect to the models and programs; `None` where all metrics are pure functions.
    pub(in crate::engine) async fn open(
        plan: &Plan,
        clients: &Clients,
        endpoints: &EndpointStates,
        total: Option<&Arc<BudgetTracker>>,
    ) -> Result<Option<Arc<ExternalMetrics>>, EngineError> {
        let list = connect(plan, clients, endpoints, total).await?;
        let summaries = list.iter().map(|metric| MetricSummary {
            metric: metric.name.clone(),
            ..MetricSummary::default()
        });
        let summaries = Mutex::new(summaries.collect());
        Ok((!list.is_empty()).then(|| Arc::new(ExternalMetrics { list, summaries })))
    }

    /// The result of each metric.
    pub(in crate::engine) fn summary(&self) -> Vec<MetricSummary> {
        let mut all = self.summaries.lock().clone();
        for (summary, metric) in all.iter_mut().zip(&self.list) {
            let usage = metric.scorer.usage();
            summary.sent = usage.sent;
            summary.reused = usage.reused;
            summary.cost_usd = usage.cost_usd;
        }
        all
    }

    /// Whether any of them has no score.
    pub(super) fn is_missing(&self, scores: &Scores) -> bool {
        self.list.iter().any(|metric| metric.is_missing(scores))
    }

    /// Count what came of an answer.
    pub(super) fn count(&self, scored: &ScoredAnswer, before: &Scores) {
        let mut summaries = self.summaries.lock();
        for (summary, metric) in summaries.iter_mut().zip(&self.list) {
            let is_new = metric.is_missing(before) && !metric.is_missing(&scored.scores);
            summary.scored += u64::from(is_new);
            let of_it = |o: &&Opinion| o.metric as usize == metric.place && o.value.is_none();
            summary.unreadable += scored.opinions.iter().filter(of_it).count() as u64;
        }
        for (at, reason) in &scored.missing {
            if let Some(summary) = summaries.get_mut(*at) {
                summary.missing += 1;
                summary.reason.get_or_insert_with(|| reason.clone());
            }
        }
    }
}
