//! Files, fine-tuning jobs and batches on the wire.

use super::{batch_work, error_response::error, form::form, served::Served, tuning::Refused};
use axum::{
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use serde_json::Value;
use std::sync::Arc;

fn answered(result: Result<Value, Refused>) -> Response {
    match result {
        Ok(value) => axum::Json(value).into_response(),
        Err((status, message, code)) => error(
            StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST),
            &message,
            code,
        ),
    }
}

pub(super) async fn upload(
    State(served): State<Arc<Served>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let kind = headers
        .get(CONTENT_TYPE)
        .map(|v| String::from_utf8_lossy(v.as_bytes()).into_owned())
        .unwrap_or_default();
    match form(&kind, &body) {
        Some((purpose, name, bytes)) => answered(served.tunings.upload(&name, &purpose, bytes)),
        None => error(
            StatusCode::BAD_REQUEST,
            "the body is not a form with `purpose` and `file`",
            "invalid_form",
        ),
    }
}

pub(super) async fn create_job(State(served): State<Arc<Served>>, body: Bytes) -> Response {
    match serde_json::from_slice::<Value>(&body) {
        Ok(body) => answered(served.tunings.create(&body)),
        Err(e) => error(
            StatusCode::BAD_REQUEST,
            &format!("the body is not JSON: {e}"),
            "invalid_json",
        ),
    }
}

pub(super) async fn list_jobs(State(served): State<Arc<Served>>) -> Response {
    axum::Json(served.tunings.jobs()).into_response()
}

pub(super) async fn get_job(State(served): State<Arc<Served>>, Path(id): Path<String>) -> Response {
    answered(served.tunings.job(&id))
}

pub(super) async fn look_at_job(
    State(served): State<Arc<Served>>,
    Path((id, what)): Path<(String, String)>,
) -> Response {
    match what.as_str() {
        "events" => answered(served.tunings.events(&id)),
        "checkpoints" => answered(served.tunings.checkpoints(&id)),
        _ => error(StatusCode::NOT_FOUND, "no such address", "not_found"),
    }
}

pub(super) async fn cancel_job(
    State(served): State<Arc<Served>>,
    Path((id, what)): Path<(String, String)>,
) -> Response {
    match what.as_str() {
        "cancel" => answered(served.tunings.cancel(&id)),
        _ => error(StatusCode::NOT_FOUND, "no such address", "not_found"),
    }
}

/// What there is to say of a file.
pub(super) async fn file_info(
    State(served): State<Arc<Served>>,
    Path(id): Path<String>,
) -> Response {
    answered(served.tunings.file_info(&id))
}

pub(super) async fn content(State(served): State<Arc<Served>>, Path(id): Path<String>) -> Response {
    match served.tunings.file(&id) {
        Some(bytes) => ([(CONTENT_TYPE, "application/octet-stream")], bytes).into_response(),
        None => error(
            StatusCode::NOT_FOUND,
            &format!("no such file: {id}"),
            "file_not_found",
        ),
    }
}

pub(super) async fn create_batch(State(served): State<Arc<Served>>, body: Bytes) -> Response {
    match serde_json::from_slice::<Value>(&body) {
        Ok(body) => answered(served.batches.create(&served.tunings, &body)),
        Err(e) => error(
            StatusCode::BAD_REQUEST,
            &format!("the body is not JSON: {e}"),
            "invalid_json",
        ),
    }
}

pub(super) async fn list_batches(State(served): State<Arc<Served>>) -> Response {
    axum::Json(served.batches.list(&served.tunings)).into_response()
}

pub(super) async fn get_batch(
    State(served): State<Arc<Served>>,
    Path(id): Path<String>,
) -> Response {
    answered(batch_work::batch_status(&served, &id))
}

pub(super) async fn cancel_batch(
    State(served): State<Arc<Served>>,
    Path(id): Path<String>,
) -> Response {
    answered(served.batches.cancel(&served.tunings, &id))
}
