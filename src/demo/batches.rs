//! The batches of the endpoint and how each stands, kept with the files. `batch_work` answers them.

use super::tuning::{Refused, Tunings, digest};
use parking_lot::{Mutex, MutexGuard};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    time::{SystemTime, UNIX_EPOCH},
};

pub(super) const CHAT: &str = "/v1/chat/completions";
pub(super) const RESPONSES: &str = "/v1/responses";
const TEXT: &str = "/v1/completions";

/// A batch as it is kept.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Batch {
    id: String,
    pub(super) status: String,
    pub(super) endpoint: String,
    pub(super) input_file_id: String,
    pub(super) output_file_id: Option<String>,
    pub(super) error_file_id: Option<String>,
    created_at: u64,
    pub(super) total: usize,
    pub(super) completed: usize,
    pub(super) failed: usize,
    /// Line, from 1, and what is wrong with it.
    pub(super) errors: Vec<(usize, String)>,
    /// What whoever began it has to say of it.
    #[serde(default)]
    metadata: Value,
}

/// The batches, and those that are being answered.
#[derive(Debug, Default)]
pub(super) struct Batches {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) kept: BTreeMap<String, Batch>,
    pub(super) working: HashSet<String>,
}

impl Batch {
    pub(super) fn is_over(&self) -> bool {
        ["completed", "failed", "cancelled", "expired"].contains(&self.status.as_str())
    }

    pub(super) fn wire(&self) -> Value {
        let errors: Vec<Value> = self
            .errors
            .iter()
            .map(|(line, message)| {
                json!({"code": "invalid_request", "message": message, "param": null, "line": line})
            })
            .collect();
        json!({
            "id": self.id, "object": "batch", "endpoint": self.endpoint, "status": self.status,
            "errors": if errors.is_empty() { Value::Null } else { json!({"object": "list", "data": errors}) },
            "input_file_id": self.input_file_id, "completion_window": "24h",
            "output_file_id": self.output_file_id, "error_file_id": self.error_file_id,
            "created_at": self.created_at,
            "request_counts": {"total": self.total, "completed": self.completed, "failed": self.failed},
            "metadata": self.metadata,
        })
    }
}

impl Batches {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    pub(super) fn create(&self, tunings: &Tunings, body: &Value) -> Result<Value, Refused> {
        let text = |key: &str| {
            body[key]
                .as_str()
                .map(str::to_owned)
                .ok_or_else(|| (400, format!("`{key}` is missing"), "missing_parameter"))
        };
        let (input_file_id, endpoint) = (text("input_file_id")?, text("endpoint")?);
        if text("completion_window")? != "24h" {
            let message = "`completion_window` must be 24h".to_owned();
            return Err((400, message, "invalid_completion_window"));
        }
        if ![CHAT, TEXT, RESPONSES].contains(&endpoint.as_str()) {
            let message = format!("batches for `{endpoint}` are not served here; {CHAT} is");
            return Err((400, message, "invalid_endpoint"));
        }
        if tunings.file(&input_file_id).is_none() {
            let message = format!("no such file: {input_file_id}");
            return Err((404, message, "file_not_found"));
        }
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let stamp = now.as_nanos().to_le_bytes();
        let batch = Batch {
            id: format!("batch_{}", digest(&[input_file_id.as_bytes(), &stamp])),
            status: "validating".into(),
            endpoint,
            input_file_id,
            created_at: now.as_secs(),
            metadata: body["metadata"].clone(),
            ..Batch::default()
        };
        let wire = batch.wire();
        self.keep(tunings, batch);
        Ok(wire)
    }

    pub(super) fn keep(&self, tunings: &Tunings, batch: Batch) {
        if let Ok(text) = serde_json::to_vec(&batch) {
            tunings.write("batches", &batch.id, &text);
        }
        self.lock().kept.insert(batch.id.clone(), batch);
    }

    pub(super) fn find(&self, tunings: &Tunings, id: &str) -> Result<Batch, Refused> {
        if let Some(batch) = self.lock().kept.get(id) {
            return Ok(batch.clone());
        }
        let kept = tunings.read("batches", id);
        kept.and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .ok_or_else(|| (404, format!("no such batch: {id}"), "batch_not_found"))
    }

    /// All of them, the latest first.
    pub(super) fn list(&self, tunings: &Tunings) -> Value {
        let mut ids: BTreeSet<String> = tunings.names("batches").into_iter().collect();
        ids.extend(self.lock().kept.keys().cloned());
        let mut all: Vec<Batch> = ids
            .iter()
            .filter_map(|id| self.find(tunings, id).ok())
            .collect();
        all.sort_by_key(|batch| std::cmp::Reverse(batch.created_at));
        let data: Vec<Value> = all.iter().map(Batch::wire).collect();
        json!({"object": "list", "data": data, "has_more": false})
    }

    /// End a batch before its time; what is answered stays answered.
    pub(super) fn cancel(&self, tunings: &Tunings, id: &str) -> Result<Value, Refused> {
        let mut batch = self.find(tunings, id)?;
        if batch.is_over() {
            let message = format!("the batch is {} already", batch.status);
            return Err((409, message, "batch_over"));
        }
        let working = self.lock().working.contains(id);
        batch.status = if working { "cancelling" } else { "cancelled" }.into();
        let wire = batch.wire();
        self.keep(tunings, batch);
        Ok(wire)
    }

    pub(super) fn change(&self, id: &str, change: impl FnOnce(&mut Batch)) {
        if let Some(batch) = self.lock().kept.get_mut(id) {
            change(batch);
        }
    }

    pub(super) fn is_cancelled(&self, id: &str) -> bool {
        let state = self.lock();
        state.kept.get(id).is_none_or(|b| b.status == "cancelling")
    }
}
