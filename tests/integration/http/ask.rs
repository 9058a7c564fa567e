//! One small request to a server.

use std::time::Duration;
use wording::{
    demo::DemoServer,
    endpoint::{AttemptFailure, Client, Delta, WireRequest},
    model::{Completion, Message, Params, Prompt, Role},
    project::EndpointSpec,
};

/// What was told piece by piece.
#[derive(Default)]
pub(super) struct Pieces {
    pub text: String,
    pub reasoning: String,
    pub calls: String,
}

/// The endpoint `x` under a path of the server.
pub(super) fn spec(server: &DemoServer, path: &str) -> EndpointSpec {
    let mut spec = EndpointSpec::new("x", format!("http://{}{path}", server.addr()));
    spec.timeout = Duration::from_secs(20);
    spec
}

pub(super) fn request(client: &Client, stream: bool) -> WireRequest {
    request_with(client, stream, &Params::new())
}

pub(super) fn request_with(client: &Client, stream: bool, params: &Params) -> WireRequest {
    let prompt = Prompt::new(vec![Message::new(Role::User, "a wonderful day")]);
    client.request("m", &prompt, &[params], stream)
}

pub(super) async fn ask(
    spec: &EndpointSpec,
    stream: bool,
) -> (Result<Completion, AttemptFailure>, Pieces) {
    let client = Client::new(spec).unwrap();
    let mut pieces = Pieces::default();
    let request = request(&client, stream);
    let result = client
        .send("m", &request, &mut |delta| match delta {
            Delta::Text(text) => pieces.text.push_str(text),
            Delta::Reasoning(text) => pieces.reasoning.push_str(text),
            Delta::ToolCall(text) => pieces.calls.push_str(text),
        })
        .await;
    (result, pieces)
}
