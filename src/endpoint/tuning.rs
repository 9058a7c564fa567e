//! Files and fine-tuning jobs: the operations `files` and `fine_tuning/jobs`.

use super::{AttemptFailure, Client};
use crate::model::FailureKind;
use reqwest::Method;
use serde::Serialize;
use serde_json::{Value, json};

/// A fine-tuning job as the endpoint reports it.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct TuningJob {
    pub id: String,
    /// `validating_files`, `queued`, `running`, `succeeded`, `failed`, `cancelled`, or a word of the endpoint's own.
    pub status: String,
    pub model: String,
    /// The tuned model, once there is one.
    pub fine_tuned_model: Option<String>,
    pub error: Option<String>,
    /// Tokens trained on, where they are reported.
    pub trained_tokens: Option<u64>,
}

impl TuningJob {
    /// Whether it has ended.
    pub fn is_over(&self) -> bool {
        ["succeeded", "failed", "cancelled"].contains(&self.status.as_str())
    }

    fn read(value: &Value) -> Option<TuningJob> {
        let text = |key: &str| value.get(key)?.as_str().map(str::to_owned);
        let error = value.get("error").and_then(|e| {
            let message = e.get("message").unwrap_or(e).as_str()?;
            Some(message.to_owned()).filter(|m| !m.is_empty())
        });
        Some(TuningJob {
            id: text("id")?,
            status: text("status")?,
            model: text("model").unwrap_or_default(),
            fine_tuned_model: text("fine_tuned_model"),
            error,
            trained_tokens: value.get("trained_tokens").and_then(Value::as_u64),
        })
    }
}

/// Something that happened in a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TuningEvent {
    pub id: String,
    pub message: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct TuningRequest {
    /// The base, as the endpoint knows it.
    pub model: String,
    /// Id of the file to train on.
    pub training_file: String,
    /// Id of the file to validate on.
    pub validation_file: Option<String>,
    /// Part of the tuned model's name.
    pub suffix: Option<String>,
    /// Passes; the endpoint decides where `None`.
    pub epochs: Option<u32>,
    pub seed: Option<u64>,
    /// Preference pairs rather than answers.
    pub preference: bool,
}

impl TuningRequest {
    fn body(&self) -> Value {
        let kind = if self.preference { "dpo" } else { "supervised" };
        let mut method = json!({ "type": kind });
        if let Some(epochs) = self.epochs {
            method[kind] = json!({"hyperparameters": {"n_epochs": epochs}});
        }
        let mut body =
            json!({"model": self.model, "training_file": self.training_file, "method": method});
        if let Some(file) = &self.validation_file {
            body["validation_file"] = json!(file);
        }
        if let Some(suffix) = &self.suffix {
            body["suffix"] = json!(suffix);
        }
        if let Some(seed) = self.seed {
            body["seed"] = json!(seed);
        }
        body
    }
}

pub(super) fn unexpected(what: &str) -> AttemptFailure {
    AttemptFailure::network(
        FailureKind::Malformed,
        format!("the endpoint did not answer with {what}"),
    )
}

impl Client {
    /// Upload a file; its id. `purpose` is `fine-tune` or `batch`.
    pub async fn upload(
        &self,
        purpose: &str,
        name: &str,
        bytes: &[u8],
    ) -> Result<String, AttemptFailure> {
        let boundary = boundary(bytes);
        let mut body = format!(
            "--{boundary}\r\ncontent-disposition: form-data; name=\"purpose\"\r\n\r\n{purpose}\r\n--{boundary}\r\n\
             content-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\ncontent-type: application/jsonl\r\n\r\n"
        )
        .into_bytes();
        body.extend_from_slice(bytes);
        body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        let kind = format!("multipart/form-data; boundary={boundary}");
        let answer = self
            .operate(Method::POST, "files", Some((&kind, body)))
            .await?;
        answer["id"]
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| unexpected("the file's id"))
    }

    pub async fn tune(&self, request: &TuningRequest) -> Result<TuningJob, AttemptFailure> {
        let body = request.body().to_string().into_bytes();
        let answer = self
            .operate(
                Method::POST,
                "fine_tuning/jobs",
                Some(("application/json", body)),
            )
            .await?;
        TuningJob::read(&answer).ok_or_else(|| unexpected("a job"))
    }

    /// How a job stands.
    pub async fn tuning_job(&self, id: &str) -> Result<TuningJob, AttemptFailure> {
        let answer = self
            .operate(
                Method::GET,
                &format!("fine_tuning/jobs/{}", escape_id(id)),
                None,
            )
            .await?;
        TuningJob::read(&answer).ok_or_else(|| unexpected("a job"))
    }

    /// End a job before its time.
    pub async fn cancel_tuning(&self, id: &str) -> Result<TuningJob, AttemptFailure> {
        let operation = format!("fine_tuning/jobs/{}/cancel", escape_id(id));
        let body = Some(("application/json", b"{}".to_vec()));
        let answer = self.operate(Method::POST, &operation, body).await?;
        TuningJob::read(&answer).ok_or_else(|| unexpected("a job"))
    }

    /// What happened in a job, the earliest first. Endpoints tell the latest first.
    pub async fn tuning_events(&self, id: &str) -> Result<Vec<TuningEvent>, AttemptFailure> {
        let operation = format!("fine_tuning/jobs/{}/events", escape_id(id));
        let answer = self.operate(Method::GET, &operation, None).await?;
        let mut events: Vec<TuningEvent> = answer["data"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|e| {
                let message = e["message"].as_str()?.to_owned();
                let id = e["id"].as_str().unwrap_or(&message).to_owned();
                Some(TuningEvent { id, message })
            })
            .collect();
        events.reverse();
        Ok(events)
    }
}

/// An id with nothing in it that means something in an address.
pub(super) fn escape_id(id: &str) -> String {
    id.chars()
        .filter(|c| c.is_ascii_alphanumeric() || "-_:.".contains(*c))
        .collect()
}

/// A line that is not in the bytes.
fn boundary(bytes: &[u8]) -> String {
    format!("wording-{}", &blake3::hash(bytes).to_hex().as_str()[..32])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_says_only_what_was_set() {
        let request = TuningRequest {
            model: "m".into(),
            training_file: "file-1".into(),
            validation_file: None,
            suffix: None,
            epochs: None,
            seed: None,
            preference: false,
        };
        assert_eq!(
            request.body(),
            json!({"model": "m", "training_file": "file-1", "method": {"type": "supervised"}})
        );
        let more = TuningRequest {
            epochs: Some(2),
            preference: true,
            seed: Some(7),
            ..request
        };
        assert_eq!(
            more.body()["method"],
            json!({"type": "dpo", "dpo": {"hyperparameters": {"n_epochs": 2}}})
        );
    }

    #[test]
    fn errors_are_read_in_their_shapes() {
        let job = |error: Value| {
            TuningJob::read(&json!({"id": "j", "status": "failed", "error": error}))
                .unwrap()
                .error
        };
        assert_eq!(
            job(json!({"code": "x", "message": "bad line"})).as_deref(),
            Some("bad line")
        );
        assert_eq!(job(json!("no")).as_deref(), Some("no"));
        assert_eq!(job(json!({"code": null, "message": null})), None);
        assert_eq!(job(Value::Null), None);
        assert_eq!(escape_id("ftjob-1/../x?y"), "ftjob-1..xy");
    }
}
