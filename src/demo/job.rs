//! A fine-tuning job as it is kept, and as the wire has it.

use super::classifier::Pass;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A job as it is kept.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Job {
    pub(super) id: String,
    pub(super) status: String,
    pub(super) model: String,
    pub(super) training_file: String,
    pub(super) validation_file: Option<String>,
    pub(super) suffix: String,
    pub(super) seed: u64,
    pub(super) epochs: u32,
    pub(super) created_at: i64,
    pub(super) fine_tuned_model: Option<String>,
    pub(super) error: Option<(String, String)>,
    pub(super) trained_tokens: Option<u64>,
    pub(super) events: Vec<String>,
    #[serde(default)]
    pub(super) checkpoints: Vec<Pass>,
}

impl Job {
    pub(super) fn wire(&self) -> Value {
        let error = match &self.error {
            Some((message, code)) => {
                json!({"code": code, "message": message, "param": "training_file"})
            }
            None => Value::Null,
        };
        json!({
            "id": self.id, "object": "fine_tuning.job", "status": self.status, "model": self.model,
            "created_at": self.created_at, "finished_at": null, "fine_tuned_model": self.fine_tuned_model,
            "organization_id": "demo", "result_files": [], "training_file": self.training_file,
            "validation_file": self.validation_file, "seed": self.seed, "trained_tokens": self.trained_tokens,
            "error": error, "hyperparameters": {"n_epochs": self.epochs},
            "method": {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": self.epochs}}},
        })
    }
}
