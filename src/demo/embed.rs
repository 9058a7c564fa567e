//! Embeddings on the wire.

use super::{error_response::error, pieces::split, served::Served};
use axum::{
    body::Bytes,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use std::sync::Arc;

/// Hashed bags of words, 256 numbers of length 1.
pub(super) async fn embed(State(served): State<Arc<Served>>, body: Bytes) -> Response {
    served.count_request();
    let Ok(request) = serde_json::from_slice::<Value>(&body) else {
        return error(
            StatusCode::BAD_REQUEST,
            "the body is not JSON",
            "invalid_json",
        );
    };
    let inputs: Vec<String> = match &request["input"] {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items
            .iter()
            .filter_map(|i| i.as_str().map(str::to_owned))
            .collect(),
        _ => {
            return error(
                StatusCode::BAD_REQUEST,
                "`input` is missing",
                "missing_input",
            );
        }
    };
    let mut tokens = 0;
    let data: Vec<Value> = inputs
        .iter()
        .enumerate()
        .map(|(index, text)| {
            let mut vector = vec![0f32; 256];
            for piece in split(&text.to_lowercase()) {
                tokens += 1;
                let hash = blake3::hash(piece.trim().as_bytes());
                let sign = if hash.as_bytes()[1] & 1 == 0 {
                    1.0
                } else {
                    -1.0
                };
                vector[usize::from(hash.as_bytes()[0])] += sign;
            }
            let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-9);
            vector.iter_mut().for_each(|x| *x /= length);
            json!({"object": "embedding", "index": index, "embedding": vector})
        })
        .collect();
    axum::Json(json!({"object": "list", "data": data, "model": request["model"], "usage": {"prompt_tokens": tokens, "total_tokens": tokens}})).into_response()
}
