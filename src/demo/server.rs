//! The HTTP server: routes, streams, latency, faults.

use super::{
    answer::{Choice, Request, split},
    form::form,
    script::{Script, Seen, Step},
    tuning::{Refused, Tunings},
};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};
use std::{
    convert::Infallible,
    io,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{net::TcpListener, task::JoinHandle, time::sleep};

/// Why the endpoint cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The port cannot be had.
    #[error("127.0.0.1:{port} cannot be listened on: {source}{}", if *port == 0 { "" } else { "; choose another with --port, or 0 for a free one" })]
    Listen {
        /// Which.
        port: u16,
        /// Why.
        source: io::Error,
    },
    /// The script cannot be read.
    #[error("the script {} cannot be read: {source}", path.display())]
    ScriptRead {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The script says something wrong.
    #[error("the script {} is wrong: {message}", path.display())]
    Script {
        /// Which.
        path: PathBuf,
        /// What, with its place.
        message: String,
    },
}

/// How to serve.
#[derive(Debug, Clone, Default)]
pub struct DemoSpec {
    /// Port on loopback; 0 for any.
    pub port: u16,
    /// Delay before an answer (or its first piece).
    pub latency: Duration,
    /// Pace of a stream, tokens a second; 0: at once.
    pub tokens_per_second: f64,
    /// Fault script (TOML).
    pub script: Option<PathBuf>,
    /// Answer with a constant and do no work: for measuring clients.
    pub fast: bool,
    /// Folder in which fine-tuning jobs and tuned models are kept; they last as long as the server where `None`.
    pub keep: Option<PathBuf>,
}

#[derive(Debug)]
struct Served {
    spec: DemoSpec,
    tunings: Arc<Tunings>,
    script: Option<Script>,
    requests: AtomicU64,
    in_flight: AtomicU64,
    most_in_flight: AtomicU64,
}

/// One request on its way through the server.
struct OnItsWay<'a>(&'a Served);

impl OnItsWay<'_> {
    fn new(served: &Served) -> OnItsWay<'_> {
        let now = served.in_flight.fetch_add(1, Ordering::Relaxed) + 1;
        served.most_in_flight.fetch_max(now, Ordering::Relaxed);
        OnItsWay(served)
    }
}

impl Drop for OnItsWay<'_> {
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
            spec,
            script,
            requests: AtomicU64::new(0),
            in_flight: AtomicU64::new(0),
            most_in_flight: AtomicU64::new(0),
        });
        let router = if fast {
            Router::new().route(
                "/v1/chat/completions",
                post(|State(served): State<Arc<Served>>, _: Bytes| async move {
                    served.requests.fetch_add(1, Ordering::Relaxed);
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
                .route("/v1/files", post(upload))
                .route("/v1/fine_tuning/jobs", post(create_job).get(list_jobs))
                .route("/v1/fine_tuning/jobs/{id}", get(get_job))
                .route(
                    "/v1/fine_tuning/jobs/{id}/{what}",
                    get(look_at_job).post(cancel_job),
                )
                .fallback(elsewhere)
        };
        let router = router
            .with_state(Arc::clone(&served))
            .layer(axum::extract::DefaultBodyLimit::max(64 << 20));
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

    /// Where it listens.
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
    pub fn seen(&self) -> Vec<Seen> {
        self.served
            .script
            .as_ref()
            .map_or_else(Vec::new, Script::seen)
    }

    /// How many completions and embeddings were asked for so far.
    pub fn requests(&self) -> u64 {
        self.served.requests.load(Ordering::Relaxed)
    }
}

fn error(status: StatusCode, message: &str, code: &str) -> Response {
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

async fn complete_chat(
    State(served): State<Arc<Served>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    complete(served, &uri, &headers, body, true).await
}

async fn complete_text(
    State(served): State<Arc<Served>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    complete(served, &uri, &headers, body, false).await
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
            "no such address; this endpoint serves /v1/chat/completions, /v1/completions, /v1/embeddings, /v1/models, /v1/files and /v1/fine_tuning/jobs",
            "not_found",
        )
    }
}

/// Keep a request, and refuse or change it as the script says.
fn by_script(
    script: &Script,
    uri: &Uri,
    headers: &HeaderMap,
    body: &mut Bytes,
) -> Option<Response> {
    let mut value: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |v: &HeaderValue| String::from_utf8_lossy(v.as_bytes()).into_owned();
    script.see(Seen {
        address: uri.to_string(),
        headers: headers
            .iter()
            .map(|(name, v)| (name.to_string(), text(v)))
            .collect(),
        body: value.clone(),
    });
    if let Some(refusal) = script.refusal(&value) {
        let name = &refusal.param;
        let message = refusal
            .message
            .clone()
            .unwrap_or_else(|| format!("Unsupported parameter: '{name}' is not supported here."));
        let body = json!({"error": {"message": message, "type": "invalid_request_error", "param": name, "code": "unsupported_parameter"}});
        let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::BAD_REQUEST);
        return Some((status, axum::Json(body)).into_response());
    }
    if value.is_object() {
        script.forget(&mut value);
        *body = value.to_string().into();
    }
    None
}

async fn complete(
    served: Arc<Served>,
    uri: &Uri,
    headers: &HeaderMap,
    mut body: Bytes,
    chat: bool,
) -> Response {
    let number = served.requests.fetch_add(1, Ordering::Relaxed);
    let mut step = None;
    if let Some(script) = &served.script {
        if let Some(refused) = by_script(script, uri, headers, &mut body) {
            return refused;
        }
        step = script.next();
    }
    if step.as_ref().is_some_and(|step| step.never) {
        // When the client turns away is not known at once: not counted as on its way.
        std::future::pending::<()>().await;
    }
    let _on_its_way = OnItsWay::new(&served);
    if let Some(step) = &step
        && let Some(response) = fail(step).await
    {
        return response;
    }
    let request: Request = match serde_json::from_slice(&body) {
        Ok(request) => request,
        Err(e) => {
            return error(
                StatusCode::BAD_REQUEST,
                &format!("the body is not a request: {e}"),
                "invalid_json",
            );
        }
    };
    let tuned = served.tunings.model(&request.model);
    if request.known_model().is_none() && tuned.is_none() {
        let message = format!(
            "the model `{}` does not exist; there are icl and echo",
            request.model
        );
        return error(StatusCode::NOT_FOUND, &message, "model_not_found");
    }
    if chat && request.messages.is_empty() {
        return error(
            StatusCode::BAD_REQUEST,
            "`messages` is empty",
            "missing_messages",
        );
    }
    if !chat && request.prompt.is_none() {
        return error(
            StatusCode::BAD_REQUEST,
            "`prompt` is missing",
            "missing_prompt",
        );
    }
    if !served.spec.latency.is_zero() {
        sleep(served.spec.latency).await;
    }
    let fresh = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let choices = match &tuned {
        Some(model) => request.answer_tuned(model, fresh),
        None => request.answer(fresh),
    };
    let completion_tokens: usize = choices.iter().map(|c| c.pieces.len()).sum();
    let prompt_tokens = request.prompt_tokens();
    let usage = json!({
        "prompt_tokens": prompt_tokens, "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens, "prompt_tokens_details": {"cached_tokens": 0},
    });
    if request.stream {
        return streamed(&served, &request, number, choices, usage, chat);
    }
    let wire: Vec<Value> = choices
        .iter()
        .enumerate()
        .map(|(index, c)| {
            if chat {
                json!({"index": index, "message": {"role": "assistant", "content": c.text()}, "finish_reason": c.finish, "logprobs": c.logprobs})
            } else {
                json!({"index": index, "text": c.text(), "finish_reason": c.finish, "logprobs": c.logprobs})
            }
        })
        .collect();
    let body = json!({
        "id": format!("demo-{number}"), "object": if chat { "chat.completion" } else { "text_completion" },
        "created": 0, "model": request.model, "choices": wire, "usage": usage,
    });
    let text = body.to_string();
    match step.as_ref().and_then(|s| s.cut_after) {
        Some(after) => cut(text.into_bytes(), after, "application/json"),
        None => ([(CONTENT_TYPE, "application/json")], text).into_response(),
    }
}

/// Do what a step says; `None` where the answer itself follows (late, or cut).
async fn fail(step: &Step) -> Option<Response> {
    if step.delay_ms > 0 {
        sleep(step.delay()).await;
    }
    if step.malformed {
        return Some(([(CONTENT_TYPE, "application/json")], "{\"choices\": [{]").into_response());
    }
    if let Some(message) = &step.stream_error {
        let text = format!(
            "data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"po\"}}}}]}}\n\ndata: {}\n\n",
            json!({"error": {"message": message, "code": 500}})
        );
        return Some(([(CONTENT_TYPE, "text/event-stream")], text).into_response());
    }
    if step.status.is_none() && step.body.is_none() {
        return None;
    }
    let status = step
        .status
        .and_then(|s| StatusCode::from_u16(s).ok())
        .unwrap_or(StatusCode::OK);
    let body = step.body.clone().unwrap_or_else(|| {
        json!({"error": {"message": format!("scripted {}", status.as_u16()), "type": "scripted"}}).to_string()
    });
    let mut response = match step.cut_after {
        Some(after) => cut(body.into_bytes(), after, "application/json"),
        None => ([(CONTENT_TYPE, "application/json")], body).into_response(),
    };
    *response.status_mut() = status;
    for (name, value) in &step.headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse::<HeaderValue>()) {
            response.headers_mut().insert(name, value);
        }
    }
    Some(response)
}

/// A body that breaks off.
fn cut(bytes: Vec<u8>, after: usize, kind: &'static str) -> Response {
    let start = Bytes::copy_from_slice(&bytes[..after.min(bytes.len())]);
    let pieces = stream::once(async { Ok(start) }).chain(stream::once(async {
        // What came before it is on its way then.
        tokio::task::yield_now().await;
        Err(io::Error::new(
            io::ErrorKind::ConnectionReset,
            "scripted cut",
        ))
    }));
    ([(CONTENT_TYPE, kind)], Body::from_stream(pieces)).into_response()
}

fn streamed(
    served: &Served,
    request: &Request,
    number: u64,
    choices: Vec<Choice>,
    usage: Value,
    chat: bool,
) -> Response {
    let head = |choices: Value, usage: Option<&Value>| {
        let mut chunk = json!({
            "id": format!("demo-{number}"), "object": if chat { "chat.completion.chunk" } else { "text_completion" },
            "created": 0, "model": request.model, "choices": choices,
        });
        if let (Some(map), Some(usage)) = (chunk.as_object_mut(), usage) {
            map.insert("usage".into(), usage.clone());
        }
        format!("data: {chunk}\n\n")
    };
    let mut events: Vec<String> = Vec::new();
    for (index, choice) in choices.iter().enumerate() {
        if chat {
            events.push(head(json!([{"index": index, "delta": {"role": "assistant", "content": ""}, "finish_reason": null}]), None));
        }
        for piece in &choice.pieces {
            events.push(if chat {
                head(
                    json!([{"index": index, "delta": {"content": piece}, "finish_reason": null}]),
                    None,
                )
            } else {
                head(
                    json!([{"index": index, "text": piece, "finish_reason": null}]),
                    None,
                )
            });
        }
        events.push(if chat {
            head(json!([{"index": index, "delta": {}, "finish_reason": choice.finish, "logprobs": choice.logprobs}]), None)
        } else {
            head(json!([{"index": index, "text": "", "finish_reason": choice.finish}]), None)
        });
    }
    if request
        .stream_options
        .as_ref()
        .is_some_and(|o| o.include_usage)
    {
        events.push(head(json!([]), Some(&usage)));
    }
    events.push("data: [DONE]\n\n".into());
    let pace = served.spec.tokens_per_second;
    let body = if pace > 0.0 {
        let wait = Duration::from_secs_f64(1.0 / pace);
        Body::from_stream(stream::unfold(
            events.into_iter(),
            move |mut left| async move {
                let event = left.next()?;
                sleep(wait).await;
                Some((Ok::<_, Infallible>(event), left))
            },
        ))
    } else {
        Body::from_stream(stream::iter(events.into_iter().map(Ok::<_, Infallible>)))
    };
    ([(CONTENT_TYPE, "text/event-stream")], body).into_response()
}

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

async fn upload(State(served): State<Arc<Served>>, headers: HeaderMap, body: Bytes) -> Response {
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

async fn create_job(State(served): State<Arc<Served>>, body: Bytes) -> Response {
    match serde_json::from_slice::<Value>(&body) {
        Ok(body) => answered(served.tunings.create(&body)),
        Err(e) => error(
            StatusCode::BAD_REQUEST,
            &format!("the body is not JSON: {e}"),
            "invalid_json",
        ),
    }
}

async fn list_jobs(State(served): State<Arc<Served>>) -> Response {
    axum::Json(served.tunings.jobs()).into_response()
}

async fn get_job(State(served): State<Arc<Served>>, Path(id): Path<String>) -> Response {
    answered(served.tunings.job(&id))
}

async fn look_at_job(
    State(served): State<Arc<Served>>,
    Path((id, what)): Path<(String, String)>,
) -> Response {
    match what.as_str() {
        "events" => answered(served.tunings.events(&id)),
        "checkpoints" => answered(served.tunings.checkpoints(&id)),
        _ => error(StatusCode::NOT_FOUND, "no such address", "not_found"),
    }
}

async fn cancel_job(
    State(served): State<Arc<Served>>,
    Path((id, what)): Path<(String, String)>,
) -> Response {
    match what.as_str() {
        "cancel" => answered(served.tunings.cancel(&id)),
        _ => error(StatusCode::NOT_FOUND, "no such address", "not_found"),
    }
}

/// Hashed bags of words, 256 numbers of length 1.
async fn embed(State(served): State<Arc<Served>>, body: Bytes) -> Response {
    served.requests.fetch_add(1, Ordering::Relaxed);
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
