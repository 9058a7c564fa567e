//! Files and fine-tuning jobs of the endpoint, with a small classifier behind them. Kept in a folder, where there is one, so
//! that jobs and models outlive the server.
//!
//! A job waits until somebody asks after it; then its files are checked and it trains, in the background.

use super::{
    classifier::{Classifier, MOST_ANSWERS, Pass, Taught},
    prompt::ChatMessage,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Fewest examples of a job.
const FEWEST: usize = 10;
/// Epochs where the request does not say.
const EPOCHS: u32 = 3;

/// A job as it is kept.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Job {
    id: String,
    status: String,
    model: String,
    training_file: String,
    validation_file: Option<String>,
    suffix: String,
    seed: u64,
    epochs: u32,
    created_at: i64,
    fine_tuned_model: Option<String>,
    error: Option<(String, String)>,
    trained_tokens: Option<u64>,
    events: Vec<String>,
    #[serde(default)]
    checkpoints: Vec<Pass>,
}

#[derive(Debug, Default)]
struct Kept {
    jobs: BTreeMap<String, Job>,
    files: BTreeMap<String, Vec<u8>>,
    models: BTreeMap<String, Arc<Classifier>>,
}

/// Files, jobs and models.
#[derive(Debug)]
pub(super) struct Tunings {
    folder: Option<PathBuf>,
    kept: Mutex<Kept>,
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

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
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

    fn write(&self, kind: &str, id: &str, bytes: &[u8]) {
        if let Some(path) = self.path(kind, id)
            && let Some(dir) = path.parent()
        {
            // Where it cannot be kept it lasts as long as the server, as without a folder.
            let _ = std::fs::create_dir_all(dir).and_then(|()| std::fs::write(&path, bytes));
        }
    }

    fn read(&self, kind: &str, id: &str) -> Option<Vec<u8>> {
        std::fs::read(self.path(kind, id)?).ok()
    }

    /// Keep a file; what there is to say of it.
    pub(super) fn upload(
        &self,
        name: &str,
        purpose: &str,
        bytes: Vec<u8>,
    ) -> Result<Value, Refused> {
        if purpose != "fine-tune" {
            return Err((
                400,
                format!("purpose `{purpose}` is not served here; fine-tune is"),
                "invalid_purpose",
            ));
        }
        let id = format!("file-{}", digest(&[&bytes]));
        let size = bytes.len();
        self.write("files", &id, &bytes);
        self.lock().files.insert(id.clone(), bytes);
        Ok(
            json!({"id": id, "object": "file", "bytes": size, "created_at": 0, "filename": name,
                  "purpose": purpose, "status": "processed"}),
        )
    }

    fn file(&self, id: &str) -> Option<Vec<u8>> {
        if let Some(bytes) = self.lock().files.get(id) {
            return Some(bytes.clone());
        }
        self.read("files", id)
    }

    /// Begin a job.
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
                return Err((400, format!("there is no file `{id}`"), "file_not_found"));
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
            events: vec!["Created fine-tuning job; it begins when it is asked after".into()],
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

    fn find(&self, id: &str) -> Result<Job, Refused> {
        if let Some(job) = self.lock().jobs.get(id) {
            return Ok(job.clone());
        }
        let kept = self
            .read("jobs", id)
            .and_then(|b| serde_json::from_slice::<Job>(&b).ok());
        let Some(mut job) = kept else {
            return Err((404, format!("there is no job `{id}`"), "not_found"));
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
        if let Some(folder) = &self.folder {
            let files = std::fs::read_dir(folder.join("jobs"))
                .into_iter()
                .flatten()
                .flatten();
            for file in files {
                // One that cannot be read is none.
                let _ = self.find(&file.file_name().to_string_lossy());
            }
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

    /// A tuned model.
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
        if let Some(folder) = &self.folder {
            let files = std::fs::read_dir(folder.join("models"))
                .into_iter()
                .flatten()
                .flatten();
            names.extend(files.map(|f| f.file_name().to_string_lossy().replace('_', ":")));
        }
        names.sort();
        names.dedup();
        names
    }

    /// Check the files of a job and train.
    fn train(&self, id: &str) {
        let Ok(job) = self.find(id) else { return };
        let file = |id: &str, fewest| {
            let bytes = self.file(id).unwrap_or_default();
            lessons(&bytes, fewest).map_err(|message| {
                (
                    format!("{id}: {message}"),
                    "invalid_training_file".to_owned(),
                )
            })
        };
        let read = file(&job.training_file, FEWEST).and_then(|taught| {
            let validation = match &job.validation_file {
                Some(id) => file(id, 1)?,
                None => Vec::new(),
            };
            Ok((taught, validation))
        });
        let (taught, validation) = match read {
            Ok(both) => both,
            Err(error) => {
                self.change(id, |job| {
                    job.status = "failed".into();
                    job.events.push(format!("The job failed: {}", error.0));
                    job.error = Some(error.clone());
                });
                return;
            }
        };
        let begun = self.change(id, |job| {
            job.status = "running".into();
            job.events.push(format!(
                "Fine-tuning job started: {} examples, {} epochs",
                taught.len(),
                job.epochs
            ));
        });
        if !begun {
            return;
        }
        let trained = Classifier::train(&taught, &validation, job.epochs, job.seed, |pass| {
            self.change(id, |job| {
                if let Some(Pass {
                    epoch,
                    loss,
                    validation,
                }) = pass
                {
                    let checked = validation.map_or(String::new(), |(loss, right)| {
                        format!(", validation loss {loss:.3}, accuracy {right:.3}")
                    });
                    job.events.push(format!(
                        "Epoch {epoch}/{}: training loss {loss:.3}{checked}",
                        job.epochs
                    ));
                    job.checkpoints.push(Pass {
                        epoch,
                        loss,
                        validation,
                    });
                }
            })
        });
        let Some(model) = trained else { return };
        let Ok(bytes) = serde_json::to_vec(&model) else {
            return;
        };
        // The same examples give the same model under the same name, so answers that were kept of it stay true.
        let suffix = if job.suffix.is_empty() {
            String::new()
        } else {
            format!(":{}", job.suffix)
        };
        let name = format!("ft:{}{suffix}:{}", job.model, &digest(&[&bytes])[..8]);
        self.write("models", &name, &bytes);
        self.lock().models.insert(name.clone(), Arc::new(model));
        let words = |t: &Taught| -> usize {
            t.messages
                .iter()
                .map(|m| m.content.split_whitespace().count())
                .sum()
        };
        let tokens = taught.iter().map(words).sum::<usize>() as u64 * u64::from(job.epochs);
        self.change(id, |job| {
            job.status = "succeeded".into();
            job.events
                .push(format!("New fine-tuned model created: {name}"));
            job.events.push("The job has successfully completed".into());
            job.fine_tuned_model = Some(name.clone());
            job.trained_tokens = Some(tokens);
        });
    }

    /// Change a job that was not cancelled meanwhile; whether it goes on.
    fn change(&self, id: &str, change: impl FnOnce(&mut Job)) -> bool {
        let mut job = match self.find(id) {
            Ok(job) if job.status != "cancelled" => job,
            _ => return false,
        };
        change(&mut job);
        // Between looking and keeping it may have been cancelled; then it stays so.
        let mut kept = self.lock();
        if kept.jobs.get(id).is_some_and(|j| j.status == "cancelled") {
            return false;
        }
        kept.jobs.insert(id.to_owned(), job.clone());
        drop(kept);
        if let Ok(text) = serde_json::to_vec(&job) {
            self.write("jobs", id, &text);
        }
        true
    }
}

impl Job {
    fn wire(&self) -> Value {
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

fn digest(parts: &[&[u8]]) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().to_hex().as_str()[..16].to_owned()
}

/// The lines of a training file; the error names the line.
fn lessons(bytes: &[u8], fewest: usize) -> Result<Vec<Taught>, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    let mut all = Vec::new();
    let mut answers = std::collections::BTreeSet::new();
    for (number, line) in text
        .lines()
        .enumerate()
        .filter(|(_, l)| !l.trim().is_empty())
    {
        let wrong = |what: &str| format!("line {}: {what}", number + 1);
        let value: Value =
            serde_json::from_str(line).map_err(|e| wrong(&format!("no JSON: {e}")))?;
        let mut messages: Vec<ChatMessage> = serde_json::from_value(value["messages"].clone())
            .map_err(|_| wrong("`messages` must be a list of messages with role and content"))?;
        let last = messages.pop().filter(|m| m.role == "assistant");
        let answer = last
            .ok_or_else(|| wrong("the last message must be the assistant's"))?
            .content;
        if messages.iter().all(|m| m.role != "user") {
            return Err(wrong("there is no user message"));
        }
        answers.insert(answer.trim().to_owned());
        if answers.len() > MOST_ANSWERS {
            return Err(wrong(&format!(
                "this stand-in can learn to choose among {MOST_ANSWERS} answers at most, and cannot learn to write"
            )));
        }
        all.push(Taught {
            messages,
            answer: answer.trim().to_owned(),
        });
    }
    if all.len() < fewest {
        return Err(format!("{} examples; {fewest} are needed", all.len()));
    }
    Ok(all)
}

/// Purpose, file name and bytes of a multipart form.
pub(super) fn form(kind: &str, body: &[u8]) -> Option<(String, String, Vec<u8>)> {
    let boundary = kind
        .split("boundary=")
        .nth(1)?
        .split(';')
        .next()?
        .trim()
        .trim_matches('"');
    let mark = format!("--{boundary}").into_bytes();
    let (mut purpose, mut file) = (None, None);
    let mut rest = after(body, &mark)?;
    while !rest.starts_with(b"--") {
        let head_end = find(rest, b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&rest[..head_end]).into_owned();
        let from = &rest[head_end + 4..];
        let end = find(from, &[b"\r\n", mark.as_slice()].concat())?;
        let quoted = |name: &str| {
            let at = head.find(&format!("{name}=\""))? + name.len() + 2;
            Some(head[at..].split('"').next()?.to_owned())
        };
        match quoted("; name").as_deref() {
            Some("purpose") => purpose = Some(String::from_utf8_lossy(&from[..end]).into_owned()),
            Some("file") => {
                file = Some((quoted("filename").unwrap_or_default(), from[..end].to_vec()))
            }
            _ => {}
        }
        rest = after(&from[end..], &mark)?;
    }
    let (name, bytes) = file?;
    Some((purpose?, name, bytes))
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|w| w == what)
}

fn after<'a>(bytes: &'a [u8], what: &[u8]) -> Option<&'a [u8]> {
    find(bytes, what).map(|at| &bytes[at + what.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_taken_apart() {
        let body = b"--B\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nfine-tune\r\n--B\r\n\
            content-disposition: form-data; name=\"file\"; filename=\"a.jsonl\"\r\ncontent-type: x\r\n\r\nline\r\n\r\nmore\r\n--B--\r\n";
        let (purpose, name, bytes) = form("multipart/form-data; boundary=B", body).unwrap();
        assert_eq!(
            (purpose.as_str(), name.as_str(), bytes.as_slice()),
            ("fine-tune", "a.jsonl", &b"line\r\n\r\nmore"[..])
        );
        assert_eq!(form("multipart/form-data; boundary=C", body), None);
        assert_eq!(form("text/plain", body), None);
    }

    #[test]
    fn a_bad_line_is_named() {
        let line = |role: &str| {
            json!({"messages": [{"role": "user", "content": "x"}, {"role": role, "content": "y"}]})
                .to_string()
        };
        let text = [line("assistant"), line("user")].join("\n");
        assert!(
            lessons(text.as_bytes(), 1)
                .unwrap_err()
                .starts_with("line 2: the last message")
        );
        assert!(
            lessons(line("assistant").as_bytes(), 10)
                .unwrap_err()
                .contains("10 are needed")
        );
        assert!(
            lessons(b"{\"messages\": 3}", 1)
                .unwrap_err()
                .contains("line 1")
        );
        let many: Vec<String> = (0..=MOST_ANSWERS)
            .map(|i| line("assistant").replace("\"y\"", &format!("\"{i}\"")))
            .collect();
        assert!(
            lessons(many.join("\n").as_bytes(), 1)
                .unwrap_err()
                .contains("cannot learn to write")
        );
    }
}
