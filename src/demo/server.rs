//! The HTTP server: where it listens, and its routes.

use super::{
    DemoError, DemoSpec,
    complete::{Interface, complete, complete_chat, complete_text, respond},
    embed::embed,
    error_response::error,
    jobs,
    limits::{LimitCounts, Limiter, limit},
    listener::OutageListener,
    script::{RecordedRequest, Script},
    served::Served,
};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri, header::CONTENT_TYPE},
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::json;
use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, atomic::Ordering},
};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle, time::sleep};

/// A server that runs until it is dropped.
#[derive(Debug)]
pub struct DemoServer {
    addr: SocketAddr,
    task: JoinHandle<()>,
    served: Arc<Served>,
    limiter: Arc<Limiter>,
}

impl Drop for DemoServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Port that `wording serve` listens on where none is named.
pub const DEFAULT_PORT: u16 = 8811;

/// Largest body: a batch file of 200 MB, and what a form puts around it.
const MOST_BYTES: usize = 201 << 20;

const FAST: &str = r#"{"id":"x","object":"chat.completion","model":"icl","choices":[{"index":0,"message":{"role":"assistant","content":"positive"},"finish_reason":"stop"}],"usage":{"prompt_tokens":100,"completion_tokens":1,"total_tokens":101}}"#;

impl DemoServer {
    /// Start on loopback, on the current runtime.
    pub async fn start(spec: DemoSpec) -> Result<DemoServer, DemoError> {
        let script = spec.script.as_deref().map(Script::read).transpose()?;
        DemoServer::start_with(spec, script).await
    }

    /// Start with a script at hand.
    pub async fn start_with(
        spec: DemoSpec,
        script: Option<Script>,
    ) -> Result<DemoServer, DemoError> {
        let port = spec.port;
        let listen = |source| DemoError::Listen { port, source };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .await
            .map_err(listen)?;
        let addr = listener.local_addr().map_err(listen)?;
        let fast = spec.fast;
        let limited = !spec.limits.is_empty();
        let limiter = Arc::new(Limiter::new(spec.limits.clone()));
        let served = Arc::new(Served::new(spec, script));
        let router = if fast {
            Router::new().route(
                "/v1/chat/completions",
                post(|State(served): State<Arc<Served>>, _: Bytes| async move {
                    served.count_request();
                    if !served.spec.latency.is_zero() {
                        sleep(served.spec.latency).await;
                    }
                    ([(CONTENT_TYPE, "application/json")], FAST)
                }),
            )
        } else {
            Router::new()
                .route("/v1/chat/completions", post(complete_chat))
                .route("/v1/completions", post(complete_text))
                .route("/v1/responses", post(respond))
                .route("/v1/embeddings", post(embed))
                .route("/v1/models", get(models))
                .route("/v1/files", post(jobs::upload))
                .route("/v1/files/{id}", get(jobs::file_info))
                .route("/v1/files/{id}/content", get(jobs::content))
                .route(
                    "/v1/fine_tuning/jobs",
                    post(jobs::create_job).get(jobs::list_jobs),
                )
                .route("/v1/fine_tuning/jobs/{id}", get(jobs::get_job))
                .route(
                    "/v1/fine_tuning/jobs/{id}/{what}",
                    get(jobs::look_at_job).post(jobs::cancel_job),
                )
                .route(
                    "/v1/batches",
                    post(jobs::create_batch).get(jobs::list_batches),
                )
                .route("/v1/batches/{id}", get(jobs::get_batch))
                .route("/v1/batches/{id}/cancel", post(jobs::cancel_batch))
                .fallback(other_path)
        };
        let mut router = router.with_state(Arc::clone(&served));
        if limited {
            let limits = middleware::from_fn_with_state(Arc::clone(&limiter), limit);
            router = router.layer(limits);
        }
        let router = router.layer(axum::extract::DefaultBodyLimit::max(MOST_BYTES));
        // They serve until the task is aborted; errors of single connections are theirs.
        let task = match limiter.unreachable() {
            Some(clock) => {
                let listener = OutageListener::new(listener, clock).map_err(listen)?;
                tokio::spawn(async move { drop(axum::serve(listener, router).await) })
            }
            None => {
                let listener = axum::serve::ListenerExt::tap_io(listener, |stream| {
                    // A request that fails for this alone would be answered all the same, only later.
                    let _ = stream.set_nodelay(true);
                });
                tokio::spawn(async move { drop(axum::serve(listener, router).await) })
            }
        };
        Ok(DemoServer {
            addr,
            task,
            served,
            limiter,
        })
    }

    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// `http://127.0.0.1:PORT/v1`
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.addr)
    }

    /// How many completions were on their way at once at most, those that are never answered left out.
    pub fn most_in_flight(&self) -> u64 {
        self.served.most_in_flight.load(Ordering::Relaxed)
    }

    /// The requests so far, where there is a script.
    pub fn recorded_requests(&self) -> Vec<RecordedRequest> {
        self.served
            .script
            .as_ref()
            .map_or_else(Vec::new, Script::recorded_requests)
    }

    /// What came of the requests where the server has limits.
    pub fn limit_counts(&self) -> LimitCounts {
        self.limiter.counts()
    }

    /// How many completions and embeddings were asked for so far.
    pub fn requests(&self) -> u64 {
        *self.served.requests.borrow()
    }

    /// That number, to wait for.
    pub fn watch_requests(&self) -> watch::Receiver<u64> {
        self.served.requests.subscribe()
    }
}

async fn models(State(served): State<Arc<Served>>) -> Response {
    list_models(&served)
}

fn list_models(served: &Served) -> Response {
    let model = |id: &str, description: &str| json!({"id": id, "object": "model", "owned_by": "wording", "description": description});
    let mut all = vec![
        model(
            "icl",
            "a stand-in, not a language model: classifies by the shots in the prompt",
        ),
        model("echo", "repeats the last message"),
        model(
            "judge",
            "a stand-in, not a language model: grades by the words that an answer shares with the expected one",
        ),
        model(
            "writer",
            "a stand-in, not a language model: proposes other wordings of a prompt by rules",
        ),
    ];
    for name in served.tunings.models() {
        all.push(model(
            &name,
            "a stand-in for a tuned model: a small classifier trained here",
        ));
    }
    axum::Json(json!({"object": "list", "data": all})).into_response()
}

/// The same operations under any other path, as other endpoints have them: `/openai/deployments/…`, `/v1beta/openai`.
async fn other_path(
    State(served): State<Arc<Served>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let path = uri.path();
    if path.ends_with("/chat/completions") {
        complete(served, &uri, &headers, body, Interface::Chat).await
    } else if path.ends_with("/completions") {
        complete(served, &uri, &headers, body, Interface::Text).await
    } else if path.ends_with("/responses") {
        complete(served, &uri, &headers, body, Interface::Responses).await
    } else if path.ends_with("/models") {
        list_models(&served)
    } else {
        error(
            StatusCode::NOT_FOUND,
            "no such address; this endpoint serves /v1/chat/completions, /v1/completions, /v1/responses, /v1/embeddings, /v1/models, /v1/files, /v1/batches and /v1/fine_tuning/jobs",
            "not_found",
        )
    }
}
