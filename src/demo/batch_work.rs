//! Answers the requests of a batch, in the background.
//!
//! A batch waits until somebody asks after it; then it is checked and answered. One that a server left behind unfinished
//! is answered anew by the next. Results come in an order of their own, as at other endpoints.

use super::{
    batches::{CHAT, RESPONSES},
    complete::{Interface, complete},
    served::Served,
    tuning::{Refused, digest},
};
use axum::{
    body::{Bytes, to_bytes},
    http::{HeaderMap, Uri},
};
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};
use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::Arc,
};

/// Most requests of a batch.
const MOST: usize = 50_000;

/// How a batch stands; asking makes it go on.
pub(super) fn batch_status(served: &Arc<Served>, id: &str) -> Result<Value, Refused> {
    let batch = served.batches.find(&served.tunings, id)?;
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
    let Ok(batch) = served.batches.find(&served.tunings, id) else {
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
            let mut failed = batch;
            (failed.status, failed.errors) = ("failed".into(), errors);
            return served.batches.keep(&served.tunings, failed);
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
    let Ok(mut batch) = served.batches.find(&served.tunings, id) else {
        return;
    };
    batch.status = match batch.status.as_str() {
        "cancelling" | "cancelled" => "cancelled".into(),
        _ => "completed".into(),
    };
    (batch.output_file_id, batch.error_file_id) = (output, errors);
    served.batches.keep(&served.tunings, batch);
}

/// Answer one request as if it had come by itself: whether it went well, and its line.
async fn answer(served: &Arc<Served>, number: usize, request: &Line<'_>) -> (bool, String) {
    let uri = request
        .url
        .parse()
        .unwrap_or_else(|_| Uri::from_static(CHAT));
    let body = Bytes::copy_from_slice(request.body.get().as_bytes());
    let interface = match request.url.as_str() {
        CHAT => Interface::Chat,
        RESPONSES => Interface::Responses,
        _ => Interface::Text,
    };
    let response = complete(Arc::clone(served), &uri, &HeaderMap::new(), body, interface).await;
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
