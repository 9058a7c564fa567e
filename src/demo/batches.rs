//! Batches of the endpoint: files of requests, answered beside the others, kept with the files.
//!
//! A batch waits until somebody asks after it; then it is checked and answered, in the background. One that a server left
//! behind unfinished is answered anew by the next. Results come in an order of their own, as at other endpoints.

use super::{
    complete::complete,
    server::Served,
    tuning::{Refused, digest},
};
use axum::{
    body::{Bytes, to_bytes},
    http::{HeaderMap, Uri},
};
use parking_lot::{Mutex, MutexGuard};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json, value::RawValue};
use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

/// Most requests of a batch.
const MOST: usize = 50_000;

const CHAT: &str = "/v1/chat/completions";
const TEXT: &str = "/v1/completions";

/// A batch as it is kept.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Batch {
    id: String,
    status: String,
    endpoint: String,
    input_file_id: String,
    output_file_id: Option<String>,
    error_file_id: Option<String>,
    created_at: u64,
    total: usize,
    completed: usize,
    failed: usize,
    /// Line, from 1, and what is wrong with it.
    errors: Vec<(usize, String)>,
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
struct State {
    kept: BTreeMap<String, Batch>,
    working: HashSet<String>,
}

impl Batch {
    fn is_over(&self) -> bool {
        ["completed", "failed", "cancelled", "expired"].contains(&self.status.as_str())
    }

    fn wire(&self) -> Value {
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
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    pub(super) fn create(&self, served: &Served, body: &Value) -> Result<Value, Refused> {
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
        if endpoint != CHAT && endpoint != TEXT {
            let message = format!("batches for `{endpoint}` are not served here; {CHAT} is");
            return Err((400, message, "invalid_endpoint"));
        }
        if served.tunings.file(&input_file_id).is_none() {
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
        self.keep(served, batch);
        Ok(wire)
    }

    fn keep(&self, served: &Served, batch: Batch) {
        if let Ok(text) = serde_json::to_vec(&batch) {
            served.tunings.write("batches", &batch.id, &text);
        }
        self.lock().kept.insert(batch.id.clone(), batch);
    }

    fn find(&self, served: &Served, id: &str) -> Result<Batch, Refused> {
        if let Some(batch) = self.lock().kept.get(id) {
            return Ok(batch.clone());
        }
        let kept = served.tunings.read("batches", id);
        kept.and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .ok_or_else(|| (404, format!("no such batch: {id}"), "batch_not_found"))
    }

    /// All of them, the latest first.
    pub(super) fn list(&self, served: &Served) -> Value {
        let mut ids: BTreeSet<String> = served.tunings.names("batches").into_iter().collect();
        ids.extend(self.lock().kept.keys().cloned());
        let mut all: Vec<Batch> = ids
            .iter()
            .filter_map(|id| self.find(served, id).ok())
            .collect();
        all.sort_by_key(|batch| std::cmp::Reverse(batch.created_at));
        let data: Vec<Value> = all.iter().map(Batch::wire).collect();
        json!({"object": "list", "data": data, "has_more": false})
    }

    /// End a batch before its time; what is answered stays answered.
    pub(super) fn cancel(&self, served: &Served, id: &str) -> Result<Value, Refused> {
        let mut batch = self.find(served, id)?;
        if batch.is_over() {
            let message = format!("the batch is {} already", batch.status);
            return Err((409, message, "batch_over"));
        }
        let working = self.lock().working.contains(id);
        batch.status = if working { "cancelling" } else { "cancelled" }.into();
        let wire = batch.wire();
        self.keep(served, batch);
        Ok(wire)
    }

    fn change(&self, id: &str, change: impl FnOnce(&mut Batch)) {
        if let Some(batch) = self.lock().kept.get_mut(id) {
            change(batch);
        }
    }

    fn is_cancelled(&self, id: &str) -> bool {
        let state = self.lock();
        state.kept.get(id).is_none_or(|b| b.status == "cancelling")
    }
}

/// How a batch stands; asking makes it go on.
pub(super) fn look(served: &Arc<Served>, id: &str) -> Result<Value, Refused> {
    let batch = served.batches.find(served, id)?;
    if !batch.is_over() {
        let mut state = served.batches.lock();
        if state.working.insert(id.to_owned()) {
            state
                .kept
                .entry(id.to_owned())
                .or_insert_with(|| batch.clone());
            drop(state);
            let (served, id) = (Arc::clone(served), id.to_owned());
            tokio::spawn(async move {
                work(&served, &id).await;
                served.batches.lock().working.remove(&id);
            });
        }
    }
    Ok(batch.wire())
}

/// A request of a batch.
#[derive(Deserialize)]
struct Line<'a> {
    custom_id: String,
    method: String,
    url: String,
    #[serde(borrow)]
    body: &'a RawValue,
}

/// The requests of a file, or what is wrong with it by line.
fn lines<'a>(text: &'a str, endpoint: &str) -> Result<Vec<Line<'a>>, Vec<(usize, String)>> {
    let (mut requests, mut errors) = (Vec::new(), Vec::new());
    let (mut ids, mut models) = (HashSet::new(), BTreeSet::new());
    for (at, line) in text
        .lines()
        .enumerate()
        .filter(|(_, l)| !l.trim().is_empty())
    {
        let mut wrong = |message: String| errors.push((at + 1, message));
        let request: Line<'_> = match serde_json::from_str(line) {
            Ok(request) => request,
            Err(error) => {
                wrong(format!("not a request: {error}"));
                continue;
            }
        };
        if request.method != "POST" || request.url != endpoint {
            wrong(format!("a request of this batch is POST {endpoint}"));
        }
        if !ids.insert(request.custom_id.clone()) {
            wrong(format!(
                "the custom_id `{}` stands twice",
                request.custom_id
            ));
        }
        let body: Value = serde_json::from_str(request.body.get()).unwrap_or_default();
        models.insert(body["model"].as_str().unwrap_or_default().to_owned());
        if models.len() > 1 {
            wrong("all requests of a file must be for one model".into());
        }
        requests.push(request);
    }
    if requests.is_empty() || requests.len() > MOST {
        errors.push((1, format!("{} requests; 1 to {MOST} fit", requests.len())));
    }
    if errors.is_empty() {
        Ok(requests)
    } else {
        errors.truncate(20);
        Err(errors)
    }
}

async fn work(served: &Arc<Served>, id: &str) {
    let Ok(batch) = served.batches.find(served, id) else {
        return;
    };
    let file = served
        .tunings
        .file(&batch.input_file_id)
        .unwrap_or_default();
    let text = String::from_utf8_lossy(&file);
    let requests = match lines(&text, &batch.endpoint) {
        Ok(requests) => requests,
        Err(errors) => {
            let status = "failed".into();
            let failed = Batch {
                errors,
                status,
                ..batch
            };
            return served.batches.keep(served, failed);
        }
    };
    served.batches.change(id, |batch| {
        batch.total = requests.len();
        (batch.completed, batch.failed) = (0, 0);
        if batch.status == "validating" {
            batch.status = "in_progress".into();
        }
    });
    let mut answers: BTreeMap<String, (bool, String)> = BTreeMap::new();
    for (number, request) in requests.iter().enumerate() {
        if served.batches.is_cancelled(id) {
            break;
        }
        let (right, line) = answer(served, number, request).await;
        served.batches.change(id, |batch| {
            batch.completed += usize::from(right);
            batch.failed += usize::from(!right);
        });
        // By a hash: results have an order of their own.
        answers.insert(digest(&[request.custom_id.as_bytes()]), (right, line));
        tokio::task::yield_now().await;
    }
    let file = |wanted: bool| {
        let text: String = answers
            .values()
            .filter(|(right, _)| *right == wanted)
            .map(|(_, line)| format!("{line}\n"))
            .collect();
        (!text.is_empty()).then(|| served.tunings.keep_file(text.into_bytes()))
    };
    let (output, errors) = (file(true), file(false));
    let Ok(mut batch) = served.batches.find(served, id) else {
        return;
    };
    batch.status = match batch.status.as_str() {
        "cancelling" | "cancelled" => "cancelled".into(),
        _ => "completed".into(),
    };
    (batch.output_file_id, batch.error_file_id) = (output, errors);
    served.batches.keep(served, batch);
}

/// Answer one request as if it had come by itself: whether it went well, and its line.
async fn answer(served: &Arc<Served>, number: usize, request: &Line<'_>) -> (bool, String) {
    let uri = request
        .url
        .parse()
        .unwrap_or_else(|_| Uri::from_static(CHAT));
    let body = Bytes::copy_from_slice(request.body.get().as_bytes());
    let chat = request.url == CHAT;
    let response = complete(Arc::clone(served), &uri, &HeaderMap::new(), body, chat).await;
    let status = response.status().as_u16();
    let bytes = to_bytes(response.into_body(), usize::MAX).await;
    let read = bytes
        .ok()
        .and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    let right = status == 200 && read.is_some();
    let answered = read.map(
        |body| json!({"status_code": status, "request_id": format!("demo-{number}"), "body": body}),
    );
    let error = match &answered {
        Some(_) => Value::Null,
        None => json!({"code": "server_error", "message": "the connection broke off"}),
    };
    let line = json!({
        "id": format!("batch_req_{number}"), "custom_id": request.custom_id, "response": answered, "error": error,
    });
    (right, line.to_string())
}
