//! A client of one endpoint, which is a server or a program: one attempt at a time.

use super::{
    AttemptFailure, BaseUrl, Delta, EndpointError, RequestContents, WireRequest,
    http::HttpLink,
    incoming::read_body,
    own_limit::OwnLimit,
    program::{ProgramLink, program_identity},
    quirks::ServerQuirks,
    reception::Received,
    reply::Reply,
    response::DeltaSink,
    secrets::Secrets,
};
use crate::{
    child_process::AllowedCommands,
    model::{Completion, Params, Prompt},
    project::EndpointSpec,
};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

/// A client of one endpoint. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    spec: EndpointSpec,
    identity: String,
    link: Link,
}

/// How an endpoint is reached. What follows from that is decided here and nowhere else.
#[derive(Debug)]
enum Link {
    Http(Box<HttpLink>),
    Program(Box<ProgramLink>),
    /// Nothing can be sent, for this reason: for those who expect to need no call.
    Closed(Box<Closed>),
}

#[derive(Debug)]
struct Closed {
    why: String,
    secrets: Secrets,
}

impl Closed {
    fn refusal(&self) -> AttemptFailure {
        AttemptFailure::unsendable(&self.why)
    }
}

impl Client {
    /// Make a client: resolves the key and headers from the environment (the error names the variable). A program is started
    /// with its first call.
    pub fn new(spec: &EndpointSpec) -> Result<Client, EndpointError> {
        let link = match &spec.program {
            Some(program) => {
                let allowed = AllowedCommands::of_user();
                Link::Program(Box::new(ProgramLink::new(
                    &format!("endpoint `{}`", spec.name),
                    program,
                    allowed,
                )))
            }
            None => Link::Http(Box::new(HttpLink::new(spec)?)),
        };
        let identity = match &link {
            Link::Program(program) => program.identity().to_owned(),
            Link::Http(_) | Link::Closed(_) => identity(spec),
        };
        Ok(Client::with(spec, identity, link))
    }

    /// A client that sends nothing, for this reason.
    pub(crate) fn closed(spec: &EndpointSpec, why: &EndpointError) -> Client {
        let closed = Closed {
            why: why.to_string(),
            secrets: Secrets::default(),
        };
        Client::with(spec, identity(spec), Link::Closed(Box::new(closed)))
    }

    fn with(spec: &EndpointSpec, identity: String, link: Link) -> Client {
        Client {
            inner: Arc::new(Inner {
                spec: spec.clone(),
                identity,
                link,
            }),
        }
    }

    /// What it was made from.
    pub fn spec(&self) -> &EndpointSpec {
        &self.inner.spec
    }

    /// What the endpoint is to the store; see [`identity`].
    pub fn identity(&self) -> &str {
        &self.inner.identity
    }

    /// The request for a prompt of no row: model, messages (or prompt), params; nothing the user did not set.
    pub fn request(
        &self,
        model: &str,
        prompt: &Prompt,
        params: &[&Params],
        stream: bool,
    ) -> WireRequest {
        let contents = RequestContents {
            model,
            prompt,
            params,
            row: None,
        };
        WireRequest::new(self.inner.spec.api, contents, stream)
    }

    /// One attempt within the endpoint's timeout; see [`Client::send_within`].
    pub async fn send(
        &self,
        model: &str,
        request: &WireRequest,
        on_delta: &mut (dyn FnMut(Delta<'_>) + Send),
    ) -> Result<Completion, AttemptFailure> {
        let limit = self.inner.spec.timeout;
        let received = self.send_within(limit, model, request, on_delta).await?;
        Ok(received.completion)
    }

    /// One attempt, at most so long. `on_delta` is called for each piece of a stream. `model` is the requested name.
    pub async fn send_within(
        &self,
        limit: Duration,
        model: &str,
        request: &WireRequest,
        on_delta: &mut (dyn FnMut(Delta<'_>) + Send),
    ) -> Result<Received, AttemptFailure> {
        check_sendable(request)?;
        let reply = match &self.inner.link {
            Link::Http(http) => http.send_within(limit, model, request, on_delta).await,
            Link::Program(program) => program.exchange(limit, model, request, on_delta).await,
            Link::Closed(closed) => Err(closed.refusal()),
        }?;
        Ok(Received {
            completion: reply.completion,
            permit: reply.permit,
        })
    }

    /// One attempt, and how many choices came.
    pub(super) async fn exchange(
        &self,
        limit: Duration,
        model: &str,
        request: &WireRequest,
        on_delta: &mut (dyn FnMut(Delta<'_>) + Send),
    ) -> Result<Reply, AttemptFailure> {
        check_sendable(request)?;
        match &self.inner.link {
            Link::Http(http) => http.exchange(limit, model, request, on_delta).await,
            Link::Program(program) => program.exchange(limit, model, request, on_delta).await,
            Link::Closed(closed) => Err(closed.refusal()),
        }
    }

    /// Whether its answers may say what they cost.
    pub(crate) fn reports_cost(&self) -> bool {
        matches!(self.inner.link, Link::Program(_))
    }

    /// How many calls a program says that it takes at once, where the project does not say it.
    pub(crate) fn own_limit(&self) -> Option<OwnLimit> {
        match &self.inner.link {
            Link::Program(program) => program.own_limit(),
            Link::Http(_) | Link::Closed(_) => None,
        }
    }

    /// How many streams ended without a finish reason, where the server itself ends them.
    pub(crate) fn cut_streams(&self) -> Option<u64> {
        let learned = self.learned()?;
        learned.cuts_streams().then(|| learned.unfinished_streams())
    }

    /// The name under which the limit of tokens of a model goes, where one was refused.
    pub(super) fn renamed_limit(&self, model: &str) -> Option<&'static str> {
        self.learned()?.renamed_limit(model)
    }

    /// Whether the endpoint was found not to take `stream_options`.
    pub(super) fn refuses_stream_options(&self) -> bool {
        self.learned()
            .is_some_and(ServerQuirks::refuses_stream_options)
    }

    /// The entries of the list of models. A program has none: those that the project names.
    pub(super) async fn model_list(&self) -> Result<Vec<Value>, AttemptFailure> {
        match &self.inner.link {
            Link::Http(http) => http.model_list().await,
            Link::Program(_) => {
                let named = self.inner.spec.models.keys();
                Ok(named.map(|name| json!({"id": name})).collect())
            }
            Link::Closed(closed) => Err(closed.refusal()),
        }
    }

    /// One attempt at another operation of the endpoint, such as `embeddings`: what it answers.
    pub(super) async fn call(
        &self,
        operation: &str,
        body: &Value,
    ) -> Result<Value, AttemptFailure> {
        self.http(operation)?.call(operation, body).await
    }

    /// What a server says beside the operations of its interface; with a body, posted. `None` where it has no such thing.
    pub(super) async fn beside(&self, path: &str, body: Option<&Value>) -> Option<Value> {
        self.http(path).ok()?.beside(path, body).await
    }

    /// An operation with a body of some kind, or without one.
    pub(super) async fn operate(
        &self,
        method: reqwest::Method,
        operation: &str,
        body: Option<(&str, Vec<u8>)>,
    ) -> Result<Value, AttemptFailure> {
        self.http(operation)?.operate(method, operation, body).await
    }

    /// Download an operation of any length, piece by piece to `take`, which says whether to continue. The timeout holds for
    /// each piece.
    pub(super) async fn download(
        &self,
        operation: &str,
        take: &mut (dyn FnMut(&[u8]) -> bool + Send),
    ) -> Result<(), AttemptFailure> {
        self.http(operation)?.download(operation, take).await
    }

    /// The server, for an operation that programs do not have.
    fn http(&self, operation: &str) -> Result<&HttpLink, AttemptFailure> {
        match &self.inner.link {
            Link::Http(http) => Ok(http),
            Link::Closed(closed) => Err(closed.refusal()),
            Link::Program(_) => Err(AttemptFailure::not_of_programs(
                &self.inner.spec.name,
                operation,
            )),
        }
    }

    pub(super) fn secrets(&self) -> &Secrets {
        match &self.inner.link {
            Link::Http(http) => http.secrets(),
            Link::Program(program) => program.secrets(),
            Link::Closed(closed) => &closed.secrets,
        }
    }

    /// What was learned of a server.
    pub(super) fn learned(&self) -> Option<&ServerQuirks> {
        match &self.inner.link {
            Link::Http(http) => Some(&http.learned),
            Link::Program(_) | Link::Closed(_) => None,
        }
    }
}

fn check_sendable(request: &WireRequest) -> Result<(), AttemptFailure> {
    match &request.problem {
        Some(problem) => Err(AttemptFailure::unsendable(problem)),
        None => Ok(()),
    }
}

/// What an endpoint is to the store: its base URL without secrets, the command and version of a program, or `demo/1` for the
/// built-in one. Needs no key.
pub fn identity(spec: &EndpointSpec) -> String {
    match &spec.program {
        _ if spec.demo => "demo/1".to_owned(),
        Some(program) => program_identity(program),
        None => BaseUrl::new(&spec.base_url).public(),
    }
}

/// The completion in a body that was asked for elsewhere. `asked` is the model that was asked for.
pub fn read_completion(body: &[u8], asked: &str) -> Result<Completion, AttemptFailure> {
    let secrets = Secrets::default();
    let mut sink = DeltaSink {
        secrets: &secrets,
        on_delta: &mut |_| {},
    };
    let assembly = read_body(body, &mut sink)?;
    Ok(assembly.completion(asked, &mut sink))
}
