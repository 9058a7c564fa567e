//! A server that says what it was told: every header of every request, in answers and in errors of every shape.

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// A server that runs as long as its runtime.
pub(super) struct Echo {
    pub url: String,
    pub asked: Arc<AtomicUsize>,
}

impl Echo {
    pub(super) fn start(runtime: &tokio::runtime::Runtime) -> Echo {
        let asked = Arc::new(AtomicUsize::new(0));
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&asked));
        let listener = runtime
            .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
            .unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        runtime.spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Echo { url, asked }
    }
}

async fn answer(
    State(asked): State<Arc<AtomicUsize>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let number = asked.fetch_add(1, Ordering::Relaxed);
    let told: Vec<String> = headers
        .iter()
        .map(|(name, value)| format!("{name}={}", String::from_utf8_lossy(value.as_bytes())))
        .collect();
    let told = format!("{} {uri}", told.join(" "));
    let request: Value = serde_json::from_slice(&body).unwrap_or_default();
    let error =
        json!({"error": {"message": told, "type": told, "param": told, "code": "x"}}).to_string();
    let json = "application/json";
    // Just before the place where messages are cut.
    let late = format!("{}{told}", "x".repeat(250));
    let (status, kind, text) = if uri.path().starts_with("/refuse") {
        match number % 5 {
            0 => (400, json, error),
            1 => (400, json, error.replace('/', "\\/")),
            2 => (400, "text/html", format!("<title>{late}</title>")),
            3 => (
                422,
                json,
                json!({"detail": [{"loc": ["body", told], "msg": late}]}).to_string(),
            ),
            _ => (400, "text/plain", late),
        }
    } else if uri.path().ends_with("/models") {
        match number % 2 {
            0 => (401, json, error),
            _ => (200, json, json!({"data": [{"id": told}]}).to_string()),
        }
    } else if request["stream"] == true {
        let mut text = String::new();
        for c in told.chars() {
            let chunk = json!({"model": told, "choices": [{"index": 0, "delta": {"content": c, "reasoning": c}}]});
            text += &format!("data: {chunk}\n\n");
        }
        text += "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
        (200, "text/event-stream", text)
    } else {
        match number % 8 {
            0 => (503, json, error),
            1 => (200, json, format!("{{\"{told}")),
            2 => (200, json, error),
            _ => (200, json, json!({"model": told, "choices": [{"index": 0, "finish_reason": told, "message": {"content": format!("positive {told}"), "reasoning": told, "refusal": told}, "logprobs": {"content": [{"token": told}]}}]}).to_string().replace('/', "\\/")),
        }
    };
    let mut response = (
        StatusCode::from_u16(status).unwrap(),
        [(CONTENT_TYPE, kind)],
        text,
    )
        .into_response();
    let id = headers.get("authorization").unwrap().clone();
    response.headers_mut().insert("x-request-id", id);
    response
        .headers_mut()
        .insert("retry-after", "0".parse().unwrap());
    response
}
