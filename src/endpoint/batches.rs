//! Files of requests that an endpoint answers in its own time: the operations `files` and `batches`.

use super::{
    AttemptFailure, Client,
    tuning::{escape_id, unexpected},
};
use reqwest::Method;
use serde::Serialize;
use serde_json::{Value, json};

/// A batch as the endpoint reports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Batch {
    pub id: String,
    /// `validating`, `in_progress`, `finalizing`, `completed`, `failed`, `expired`, `cancelling`, `cancelled`, or a word of the
    /// endpoint's own.
    pub status: String,
    /// The file of requests.
    pub input_file: String,
    /// The file of answers, once there is one.
    pub output_file: Option<String>,
    /// The file of requests without an answer, once there is one.
    pub error_file: Option<String>,
    /// Requests, those answered, those that failed.
    pub counts: (u64, u64, u64),
    pub error: Option<String>,
}

impl Batch {
    /// Whether it has ended.
    pub fn is_over(&self) -> bool {
        ["completed", "failed", "expired", "cancelled"].contains(&self.status.as_str())
    }

    fn read(value: &Value) -> Option<Batch> {
        let text = |key: &str| {
            let found = value.get(key)?.as_str()?;
            Some(found.to_owned()).filter(|id| !id.is_empty())
        };
        let count = |key: &str| value["request_counts"][key].as_u64().unwrap_or(0);
        let error = value["errors"]["data"].as_array().and_then(|errors| {
            let first = errors.first()?;
            let message = first["message"].as_str()?;
            Some(match first["line"].as_u64() {
                Some(line) => format!("line {line}: {message}"),
                None => message.to_owned(),
            })
        });
        Some(Batch {
            id: text("id")?,
            status: text("status")?,
            input_file: text("input_file_id").unwrap_or_default(),
            output_file: text("output_file_id"),
            error_file: text("error_file_id"),
            counts: (count("total"), count("completed"), count("failed")),
            error,
        })
    }
}

impl Client {
    /// Begin a batch on a file that was uploaded with the purpose `batch`; `url` is the path of the operation.
    pub async fn begin_batch(&self, file: &str, url: &str) -> Result<Batch, AttemptFailure> {
        let body = json!({"input_file_id": file, "endpoint": url, "completion_window": "24h"});
        let body = Some(("application/json", body.to_string().into_bytes()));
        let answer = self.operate(Method::POST, "batches", body).await?;
        Batch::read(&answer).ok_or_else(|| unexpected("a batch"))
    }

    /// How a batch stands.
    pub async fn batch(&self, id: &str) -> Result<Batch, AttemptFailure> {
        let operation = format!("batches/{}", escape_id(id));
        let answer = self.operate(Method::GET, &operation, None).await?;
        Batch::read(&answer).ok_or_else(|| unexpected("a batch"))
    }

    /// The latest batches of the endpoint, as many as it lists at once.
    pub async fn batches(&self) -> Result<Vec<Batch>, AttemptFailure> {
        let answer = self.operate(Method::GET, "batches", None).await?;
        let data = answer["data"].as_array();
        Ok(data.into_iter().flatten().filter_map(Batch::read).collect())
    }

    /// End a batch before its time.
    pub async fn cancel_batch(&self, id: &str) -> Result<Batch, AttemptFailure> {
        let operation = format!("batches/{}/cancel", escape_id(id));
        let body = Some(("application/json", b"{}".to_vec()));
        let answer = self.operate(Method::POST, &operation, body).await?;
        Batch::read(&answer).ok_or_else(|| unexpected("a batch"))
    }

    /// What a file holds, piece by piece to `take`, which says whether to continue.
    pub async fn file(
        &self,
        id: &str,
        take: &mut (dyn FnMut(&[u8]) -> bool + Send),
    ) -> Result<(), AttemptFailure> {
        self.download(&format!("files/{}/content", escape_id(id)), take)
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_of_endpoints_are_read() {
        let batch = Batch::read(&json!({
            "id": "batch_1", "object": "batch", "status": "completed", "input_file_id": "file-1",
            "output_file_id": "file-2", "error_file_id": "", "errors": null,
            "request_counts": {"total": 3, "completed": 2, "failed": 1},
        }))
        .unwrap();
        assert!(batch.is_over());
        assert_eq!(batch.output_file.as_deref(), Some("file-2"));
        assert_eq!((batch.error_file, batch.counts), (None, (3, 2, 1)));
        let failed = Batch::read(&json!({
            "id": "b", "status": "failed",
            "errors": {"object": "list", "data": [{"code": "x", "message": "no JSON", "line": 7}]},
        }))
        .unwrap();
        assert_eq!(failed.error.as_deref(), Some("line 7: no JSON"));
        assert_eq!(Batch::read(&json!({"id": "b"})), None);
    }
}
