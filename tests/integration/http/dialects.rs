//! The dialects of OpenAI-compatible servers, a table of what they send: `dialects.toml`.

use super::ask::{ask, request, spec};
use serde::Deserialize;
use wording::{
    demo::{DemoServer, DemoSpec, Script},
    endpoint::Client,
    model::Usage,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    dialect: Vec<Dialect>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Dialect {
    name: String,
    base: Vec<String>,
    operation: String,
    #[serde(default = "authorization")]
    key_header: String,
    answer: Vec<Answer>,
    #[serde(default)]
    error: Vec<Refusal>,
}

fn authorization() -> String {
    "authorization".into()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    #[serde(default)]
    stream: bool,
    body: String,
    #[serde(default = "stop")]
    finish: String,
    reasoning: Option<String>,
    logprobs: Option<String>,
    served_by: Option<String>,
    /// Prompt, cached, completion, reasoning.
    usage: Option<[u64; 4]>,
    #[serde(default)]
    estimated: bool,
}

fn stop() -> String {
    "stop".into()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Refusal {
    #[serde(default)]
    stream: bool,
    status: u16,
    body: String,
    kind: String,
    #[serde(default)]
    retry: bool,
    says: Vec<String>,
}

fn dialects() -> Vec<Dialect> {
    let file: File = toml::from_str(include_str!("dialects.toml")).unwrap();
    assert!(file.dialect.len() >= 14);
    file.dialect
}

/// A server that answers every request with this.
pub(super) async fn server(status: u16, body: &str, stream: bool) -> DemoServer {
    let kind = if stream {
        "text/event-stream; charset=utf-8"
    } else {
        "application/json"
    };
    let mut headers = toml::Table::new();
    headers.insert("content-type".into(), kind.into());
    headers.insert("x-request-id".into(), "req-7".into());
    let mut step = toml::Table::new();
    step.insert("status".into(), i64::from(status).into());
    step.insert("body".into(), body.into());
    step.insert("headers".into(), headers.into());
    let mut script = toml::Table::new();
    script.insert("loop".into(), true.into());
    script.insert("step".into(), vec![toml::Value::from(step)].into());
    let script = Script::parse(&script.to_string()).unwrap();
    DemoServer::start_with(DemoSpec::default(), Some(script))
        .await
        .unwrap()
}

#[tokio::test]
async fn every_shape_of_address_is_asked_where_it_should_be() {
    for dialect in dialects() {
        let answer = &dialect.answer[0];
        for base in &dialect.base {
            let server = server(200, &answer.body, answer.stream).await;
            let mut spec = spec(&server, base);
            spec.api_key_env = Some("PATH".into());
            let client = Client::new(&spec).unwrap();
            let request = request(&client, answer.stream);
            client.send("m", &request, &mut |_| {}).await.unwrap();
            let seen = &server.recorded_requests()[0];
            let at = format!("{} at {base}", dialect.name);
            assert_eq!(seen.address, dialect.operation, "{at}");
            let key = std::env::var("PATH").unwrap();
            let expected = match dialect.key_header.as_str() {
                "authorization" => format!("Bearer {key}"),
                _ => key,
            };
            for header in ["authorization", "api-key"] {
                let sent = seen.headers.get(header);
                if *header == dialect.key_header {
                    assert_eq!(sent, Some(&expected), "{at}");
                } else {
                    assert_eq!(sent, None, "{at}");
                }
            }
            assert_eq!(seen.body["model"], "m", "{at}");
            let options = seen.body.pointer("/stream_options/include_usage").is_some();
            assert_eq!(options, answer.stream, "{at}");
        }
    }
}

#[tokio::test]
async fn every_answer_is_understood() {
    let mut streams = 0;
    for dialect in dialects() {
        for (i, answer) in dialect.answer.iter().enumerate() {
            let at = format!("{}, answer {i}", dialect.name);
            let server = server(200, &answer.body, answer.stream).await;
            let (result, pieces) = ask(&spec(&server, &dialect.base[0]), answer.stream).await;
            let got = result.unwrap_or_else(|failed| panic!("{at}: {}", failed.failure));
            assert_eq!(got.text, "positive", "{at}");
            assert_eq!(pieces.text, "positive", "{at}, as told piece by piece");
            assert_eq!(got.reasoning, answer.reasoning, "{at}");
            assert_eq!(
                Some(pieces.reasoning).filter(|r| !r.is_empty()),
                answer.reasoning,
                "{at}"
            );
            assert_eq!(got.finish.as_str(), answer.finish, "{at}");
            assert_eq!(got.served_by, answer.served_by, "{at}");
            assert_eq!(got.logprobs, answer.logprobs, "{at}");
            let [prompt, cached, completion, reasoning] = answer.usage.unwrap_or_default();
            let usage = Usage {
                prompt,
                cached,
                completion,
                reasoning,
                estimated: answer.estimated,
                ..Usage::default()
            };
            assert_eq!(got.usage, usage, "{at}");
            assert_eq!(got.request_id.as_deref(), Some("req-7"), "{at}");
            if answer.stream {
                streams += 1;
                assert!(got.first_token_ms.is_some(), "{at}");
            }
        }
    }
    assert!(streams >= 7, "{streams} streams");
}

#[tokio::test]
async fn every_refusal_has_its_kind_and_says_what_was_refused() {
    for dialect in dialects() {
        for (i, refusal) in dialect.error.iter().enumerate() {
            let at = format!("{}, error {i}", dialect.name);
            let server = server(refusal.status, &refusal.body, refusal.stream).await;
            let mut spec = spec(&server, &dialect.base[0]);
            spec.api_key_env = Some("PATH".into());
            let (result, _) = ask(&spec, refusal.stream).await;
            let failed = result.unwrap_err();
            let said = failed.failure.to_string();
            assert_eq!(failed.failure.kind.as_str(), refusal.kind, "{at}: {said}");
            assert_eq!(failed.retry, refusal.retry, "{at}: {said}");
            for part in &refusal.says {
                assert!(said.contains(part), "{at}: {part:?} is missing in {said}");
            }
            assert_eq!(
                failed.failure.trace.request_id.as_deref(),
                Some("req-7"),
                "{at}"
            );
        }
    }
}
