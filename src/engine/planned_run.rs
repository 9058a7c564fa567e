//! What a run of a plan keeps of it, and whether a stored run was one of this plan.

use super::{EngineError, Plan};
use crate::store::{RunInfo, StoredTemplate, run_id, unix_now};
use std::sync::Arc;

impl Plan {
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
