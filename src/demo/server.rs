//! The HTTP server: where it listens, its routes, what it counts.

use super::{
    batches::Batches,
    complete::{complete, complete_chat, complete_text},
    embed::embed,
    jobs,
    script::{RecordedRequest, Script},
    tuning::Tunings,
};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::json;
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle, time::sleep};

/// Why the endpoint cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The port cannot be had.
    #[error("127.0.0.1:{port} cannot be listened on: {source}{}", if *port == 0 { "" } else { "; choose another with --port, or 0 for a free one" })]
    Listen { port: u16, source: io::Error },
    /// The script cannot be read.
    #[error("the script {} cannot be read: {source}", path.display())]
    ScriptRead { path: PathBuf, source: io::Error },
    /// The script says something wrong.
    #[error("the script {} is wrong: {message}", path.display())]
    Script {
        path: PathBuf,
        /// What, with its place.
        message: String,
    },
}

#[derive(Debug, Clone, Default)]
pub struct DemoSpec {
    /// Port on loopback; 0 for any.
    pub port: u16,
    /// Delay before an answer (or its first piece).
    pub latency: Duration,
    /// Pace of a stream, tokens a second; 0: at once.
    pub tokens_per_second: f64,
    pub script: Option<PathBuf>,
    /// Answer with a constant and do no work: for measuring clients.
    pub fast: bool,
    /// Folder in which fine-tuning jobs and tuned models are kept; they last as long as the server where `None`.
    pub keep: Option<PathBuf>,
}

/// What all requests share.
#[derive(Debug)]
pub(super) struct Served {
    pub(super) spec: DemoSpec,
    pub(super) tunings: Arc<Tunings>,
    pub(super) batches: Batches,
    pub(super) script: Option<Script>,
    requests: watch::Sender<u64>,
    in_flight: AtomicU64,
    most_in_flight: AtomicU64,
}

impl Served {
    /// Count a request; how many came before it.
    pub(super) fn count_request(&self) -> u64 {
        let mut before = 0;
        self.requests.send_modify(|requests| {
            before = *requests;
            *requests += 1;
        });
        before
    }
}

/// One request on its way through the server.
pub(super) struct InFlightGuard<'a>(&'a Served);

impl InFlightGuard<'_> {
    pub(super) fn new(served: &Served) -> InFlightGuard<'_> {
        let now = served.in_flight.fetch_add(1, Ordering::Relaxed) + 1;
        served.most_in_flight.fetch_max(now, Ordering::Relaxed);
        InFlightGuard(served)
    }
}

impl Drop for InFlightGuard<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A server that runs until it is dropped.
#[derive(Debug)]
pub struct DemoServer {
    addr: SocketAddr,
    task: JoinHandle<()>,
    served: Arc<Served>,
}

impl Drop for DemoServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

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
        let served = Arc::new(Served {
            tunings: Arc::new(Tunings::new(spec.keep.clone())),
            batches: Batches::default(),
            spec,
            script,
            requests: watch::Sender::new(0),
            in_flight: AtomicU64::new(0),
            most_in_flight: AtomicU64::new(0),
        });
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
                .route("/v1/embeddings", post(embed))
                .route("/v1/models", get(models))
                .route("/v1/files", post(jobs::upload))
                .route("/v1/files/{id}", get(jobs::about))
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
                .fallback(elsewhere)
        };
        let router = router
            .with_state(Arc::clone(&served))
            .layer(axum::extract::DefaultBodyLimit::max(MOST_BYTES));
        let listener = axum::serve::ListenerExt::tap_io(listener, |stream| {
            // A request that fails for this alone would be answered all the same, only later.
            let _ = stream.set_nodelay(true);
        });
        let task = tokio::spawn(async move {
            // It serves until the task is aborted; errors of single connections are theirs.
            let _ = axum::serve(listener, router).await;
        });
        Ok(DemoServer { addr, task, served })
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
    pub fn seen(&self) -> Vec<RecordedRequest> {
        self.served
            .script
            .as_ref()
            .map_or_else(Vec::new, Script::seen)
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

/// An error as endpoints of this kind say it.
pub(super) fn error(status: StatusCode, message: &str, code: &str) -> Response {
    let body = json!({"error": {"message": message, "type": "invalid_request_error", "param": null, "code": code}});
    (status, axum::Json(body)).into_response()
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
async fn elsewhere(
    State(served): State<Arc<Served>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let path = uri.path();
    if path.ends_with("/chat/completions") {
        complete(served, &uri, &headers, body, true).await
    } else if path.ends_with("/completions") {
        complete(served, &uri, &headers, body, false).await
    } else if path.ends_with("/models") {
        list_models(&served)
    } else {
        error(
            StatusCode::NOT_FOUND,
            "no such address; this endpoint serves /v1/chat/completions, /v1/completions, /v1/embeddings, /v1/models, /v1/files, /v1/batches and /v1/fine_tuning/jobs",
            "not_found",
        )
    }
}
