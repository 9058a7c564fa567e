//! Files and fine-tuning jobs of the endpoint, with a small classifier behind them. Kept in a folder, where there is one, so
//! that jobs and models outlive the server.
//!
//! A job waits until somebody asks after it; then its files are checked and it trains, in the background.

use super::{
    classifier::{Classifier, Pass},
    job::Job,
};
use parking_lot::{Mutex, MutexGuard};
use serde_json::{Value, json};
use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

/// Epochs where the request does not say.
const EPOCHS: u32 = 3;

#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) jobs: BTreeMap<String, Job>,
    files: BTreeMap<String, Vec<u8>>,
    /// What there is to say of files that were uploaded.
    about: BTreeMap<String, Value>,
    pub(super) models: BTreeMap<String, Arc<Classifier>>,
}

#[derive(Debug)]
pub(super) struct Tunings {
    folder: Option<PathBuf>,
    kept: Mutex<Kept>,
}

fn file_object(id: &str, bytes: usize, name: &str, purpose: &str) -> Value {
    json!({
        "id": id, "object": "file", "bytes": bytes, "created_at": 0, "filename": name, "purpose": purpose,
        "status": "processed",
    })
}

/// An error for the wire: status, message, code.
pub(super) type Refused = (u16, String, &'static str);

impl Tunings {
    pub(super) fn new(folder: Option<PathBuf>) -> Tunings {
        Tunings {
            folder,
            kept: Mutex::default(),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock()
    }

    fn path(&self, kind: &str, id: &str) -> Option<PathBuf> {
        let safe = id.replace(':', "_");
        let sound = !safe.is_empty()
            && safe
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
            && !safe.starts_with('.');
        Some(self.folder.as_ref()?.join(kind).join(safe)).filter(|_| sound)
    }

    /// Whether it is kept in the folder now.
    pub(super) fn write(&self, kind: &str, id: &str, bytes: &[u8]) -> bool {
        let Some(path) = self.path(kind, id) else {
            return false;
        };
        let made = path.parent().map_or(Ok(()), std::fs::create_dir_all);
        made.and_then(|()| std::fs::write(&path, bytes)).is_ok()
    }

    pub(super) fn read(&self, kind: &str, id: &str) -> Option<Vec<u8>> {
        std::fs::read(self.path(kind, id)?).ok()
    }

    /// Keep a file; what there is to say of it.
    pub(super) fn upload(
        &self,
        name: &str,
        purpose: &str,
        bytes: Vec<u8>,
    ) -> Result<Value, Refused> {
        if !["fine-tune", "batch"].contains(&purpose) {
            return Err((
                400,
                format!("purpose `{purpose}` is not served here; fine-tune and batch are"),
                "invalid_purpose",
            ));
        }
        let size = bytes.len();
        let id = self.keep_file(bytes);
        let about = file_object(&id, size, name, purpose);
        if !self.write("about", &id, about.to_string().as_bytes()) {
            self.lock().about.insert(id, about.clone());
        }
        Ok(about)
    }

    /// What there is to say of a file.
    pub(super) fn file_info(&self, id: &str) -> Result<Value, Refused> {
        if let Some(about) = self.lock().about.get(id) {
            return Ok(about.clone());
        }
        if let Some(kept) = self.read("about", id) {
            return serde_json::from_slice(&kept)
                .map_err(|e| (500, format!("cannot store the file: {e}"), "server_error"));
        }
        // What nobody uploaded is what came of a batch.
        self.file(id)
            .map(|bytes| file_object(id, bytes.len(), "results.jsonl", "batch_output"))
            .ok_or_else(|| (404, format!("no such file: {id}"), "file_not_found"))
    }

    /// Names of what is kept of a kind in the folder.
    pub(super) fn names(&self, kind: &str) -> Vec<String> {
        let Some(folder) = &self.folder else {
            return Vec::new();
        };
        let files = std::fs::read_dir(folder.join(kind))
            .into_iter()
            .flatten()
            .flatten();
        files
            .map(|f| f.file_name().to_string_lossy().into_owned())
            .collect()
    }

    /// Keep what a file holds; its id.
    pub(super) fn keep_file(&self, bytes: Vec<u8>) -> String {
        let id = format!("file-{}", digest(&[&bytes]));
        // What is in the folder is read from there again: batches are large. Else it lasts as long as the server.
        if !self.write("files", &id, &bytes) {
            self.lock().files.insert(id.clone(), bytes);
        }
        id
    }

    pub(super) fn file(&self, id: &str) -> Option<Vec<u8>> {
        if let Some(bytes) = self.lock().files.get(id) {
            return Some(bytes.clone());
        }
        self.read("files", id)
    }

    pub(super) fn create(&self, body: &Value) -> Result<Value, Refused> {
        let text = |key: &str| body[key].as_str().map(str::to_owned);
        let missing = |key: &str| (400, format!("`{key}` is missing"), "missing_parameter");
        let model = text("model").ok_or_else(|| missing("model"))?;
        let base = model.strip_prefix("demo/").unwrap_or(&model).to_owned();
        if base != "icl" && self.model(&base).is_none() {
            return Err((
                400,
                format!("the model `{model}` cannot be fine-tuned here; icl can"),
                "model_not_available",
            ));
        }
        let training_file = text("training_file").ok_or_else(|| missing("training_file"))?;
        let validation_file = text("validation_file");
        for id in [Some(&training_file), validation_file.as_ref()]
            .into_iter()
            .flatten()
        {
            if self.file(id).is_none() {
                return Err((400, format!("no file `{id}`"), "file_not_found"));
            }
        }
        let method = &body["method"];
        if method["type"].as_str().is_some_and(|t| t != "supervised") {
            return Err((
                400,
                "only supervised jobs are served here".into(),
                "invalid_method",
            ));
        }
        let epochs = [
            &method["supervised"]["hyperparameters"],
            &body["hyperparameters"],
        ]
        .iter()
        .find_map(|h| h["n_epochs"].as_u64())
        .map_or(EPOCHS, |n| n.clamp(1, 50) as u32);
        let suffix: String = text("suffix")
            .unwrap_or_default()
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() {
                    c.to_ascii_lowercase()
                } else {
                    '-'
                }
            })
            .take(40)
            .collect();
        let created_at = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |t| t.as_secs() as i64);
        let job = Job {
            id: format!("ftjob-{:012x}", rand::random::<u64>() >> 16),
            status: "queued".into(),
            model: "icl".into(),
            training_file,
            validation_file,
            suffix,
            seed: body["seed"].as_u64().unwrap_or(7),
            epochs,
            created_at,
            events: vec!["Created fine-tuning job; it starts when its status is requested".into()],
            ..Job::default()
        };
        let wire = job.wire();
        self.keep(job);
        Ok(wire)
    }

    fn keep(&self, job: Job) {
        if let Ok(text) = serde_json::to_vec(&job) {
            self.write("jobs", &job.id, &text);
        }
        self.lock().jobs.insert(job.id.clone(), job);
    }

    pub(super) fn find(&self, id: &str) -> Result<Job, Refused> {
        if let Some(job) = self.lock().jobs.get(id) {
            return Ok(job.clone());
        }
        let kept = self
            .read("jobs", id)
            .and_then(|b| serde_json::from_slice::<Job>(&b).ok());
        let Some(mut job) = kept else {
            return Err((404, format!("no job `{id}`"), "not_found"));
        };
        if job.status == "running" || job.status == "validating_files" {
            // The server that trained it is gone.
            job.status = "queued".into();
        }
        self.lock().jobs.insert(job.id.clone(), job.clone());
        Ok(job)
    }

    /// How a job stands; begins it where it waits.
    pub(super) fn job(self: &Arc<Self>, id: &str) -> Result<Value, Refused> {
        let mut job = self.find(id)?;
        if job.status == "queued" {
            job.status = "validating_files".into();
            job.events.push("Validating training file".into());
            self.keep(job.clone());
            let all = Arc::clone(self);
            let id = id.to_owned();
            tokio::task::spawn_blocking(move || all.train(&id));
        }
        Ok(job.wire())
    }

    /// What happened, the latest first.
    pub(super) fn events(&self, id: &str) -> Result<Value, Refused> {
        let job = self.find(id)?;
        let data: Vec<Value> = job
            .events
            .iter()
            .enumerate()
            .rev()
            .map(|(i, message)| {
                json!({"object": "fine_tuning.job.event", "id": format!("ftevent-{i}"), "created_at": job.created_at,
                       "level": "info", "message": message, "type": "message"})
            })
            .collect();
        Ok(json!({"object": "list", "data": data, "has_more": false}))
    }

    /// The figures of each epoch, the latest first.
    pub(super) fn checkpoints(&self, id: &str) -> Result<Value, Refused> {
        let job = self.find(id)?;
        let data: Vec<Value> = job
            .checkpoints
            .iter()
            .rev()
            .map(|Pass { epoch, loss, validation }| {
                json!({"object": "fine_tuning.job.checkpoint", "id": format!("ftckpt-{epoch}"), "fine_tuning_job_id": id,
                       "step_number": epoch, "created_at": job.created_at, "metrics": {"step": epoch, "train_loss": loss,
                       "valid_loss": validation.map(|v| v.0), "valid_mean_token_accuracy": validation.map(|v| v.1)}})
            })
            .collect();
        Ok(json!({"object": "list", "data": data, "has_more": false}))
    }

    /// All jobs, the latest first.
    pub(super) fn jobs(&self) -> Value {
        for name in self.names("jobs") {
            // One that cannot be read is none.
            let _ = self.find(&name);
        }
        let kept = self.lock();
        let mut jobs: Vec<&Job> = kept.jobs.values().collect();
        jobs.sort_by_key(|j| std::cmp::Reverse(j.created_at));
        let data: Vec<Value> = jobs.into_iter().map(Job::wire).collect();
        json!({"object": "list", "data": data, "has_more": false})
    }

    /// End a job that is not over.
    pub(super) fn cancel(&self, id: &str) -> Result<Value, Refused> {
        let mut job = self.find(id)?;
        if ["succeeded", "failed", "cancelled"].contains(&job.status.as_str()) {
            return Err((
                400,
                format!("the job `{id}` is over: {}", job.status),
                "job_over",
            ));
        }
        job.status = "cancelled".into();
        job.events.push("The job was cancelled".into());
        self.keep(job.clone());
        Ok(job.wire())
    }

    pub(super) fn model(&self, name: &str) -> Option<Arc<Classifier>> {
        let name = name.strip_prefix("demo/").unwrap_or(name);
        if !name.starts_with("ft:") {
            return None;
        }
        if let Some(model) = self.lock().models.get(name) {
            return Some(Arc::clone(model));
        }
        let model: Classifier = serde_json::from_slice(&self.read("models", name)?).ok()?;
        let model = Arc::new(model);
        self.lock()
            .models
            .insert(name.to_owned(), Arc::clone(&model));
        Some(model)
    }

    /// Names of the tuned models.
    pub(super) fn models(&self) -> Vec<String> {
        let mut names: Vec<String> = self.lock().models.keys().cloned().collect();
        names.extend(self.names("models").iter().map(|n| n.replace('_', ":")));
        names.sort();
        names.dedup();
        names
    }
}

pub(super) fn digest(parts: &[&[u8]]) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().to_hex().as_str()[..16].to_owned()
}
