//! Which failures are tried again, and what is learned from a refusal.

use super::ask::{ask, request_with, spec};
use futures_util::future::join_all;
use serde_json::json;
use std::io::{Read, Write};
use wording::{
    demo::{DemoServer, DemoSpec, Script},
    endpoint::Client,
    model::{FailureKind, Params},
    project::EndpointSpec,
};

async fn server(script: &str) -> DemoServer {
    DemoServer::start_with(DemoSpec::default(), Some(Script::parse(script).unwrap()))
        .await
        .unwrap()
}

#[tokio::test]
async fn every_status_is_tried_again_or_not() {
    let again = [
        408, 409, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529,
    ];
    let not = [400, 401, 402, 403, 404, 405, 410, 413, 422, 451, 501, 505];
    for (status, retry) in again
        .map(|s| (s, true))
        .into_iter()
        .chain(not.map(|s| (s, false)))
    {
        let server = server(&format!("[[step]]\nstatus = {status}")).await;
        let failed = ask(&spec(&server, "/v1"), false).await.0.unwrap_err();
        assert_eq!(failed.retry, retry, "{}", failed.failure);
        assert_eq!(failed.failure.status, Some(status));
        let slow = matches!(status, 409 | 425 | 429 | 503 | 529);
        assert_eq!(failed.slow_down, slow, "{}", failed.failure);
    }
}

#[tokio::test]
async fn a_word_in_the_answer_decides_against_the_status() {
    for (status, headers, code, kind, retry) in [
        (429, "", "insufficient_quota", FailureKind::Quota, false),
        (
            400,
            "",
            "context_length_exceeded",
            FailureKind::ContextTooLong,
            false,
        ),
        (400, "", "content_filter", FailureKind::ContentFilter, false),
        (
            500,
            "x-should-retry = \"false\"",
            "x",
            FailureKind::Server,
            false,
        ),
        (
            400,
            "x-should-retry = \"true\"",
            "x",
            FailureKind::BadRequest,
            true,
        ),
    ] {
        let script = format!(
            "[[step]]\nstatus = {status}\nheaders = {{ {headers} }}\nbody = '{{\"error\": {{\"message\": \"no\", \"code\": \"{code}\"}}}}'"
        );
        let server = server(&script).await;
        let failed = ask(&spec(&server, "/v1"), false).await.0.unwrap_err();
        assert_eq!(
            (failed.failure.kind, failed.retry),
            (kind, retry),
            "{script}"
        );
    }
}

#[tokio::test]
async fn an_error_inside_a_stream_is_judged_by_its_code() {
    for (error, kind, retry) in [
        (
            "{\"code\": 502, \"message\": \"x\"}",
            FailureKind::Server,
            true,
        ),
        (
            "{\"code\": \"429\", \"message\": \"x\"}",
            FailureKind::RateLimited,
            true,
        ),
        (
            "{\"code\": \"rate_limit_exceeded\", \"message\": \"x\"}",
            FailureKind::RateLimited,
            true,
        ),
        (
            "{\"type\": \"server_error\", \"message\": \"x\"}",
            FailureKind::Server,
            true,
        ),
        ("\"broken\"", FailureKind::Server, true),
        (
            "{\"code\": \"insufficient_quota\", \"message\": \"x\"}",
            FailureKind::Quota,
            false,
        ),
        (
            "{\"code\": \"context_length_exceeded\", \"message\": \"x\"}",
            FailureKind::ContextTooLong,
            false,
        ),
        (
            "{\"code\": \"content_filter\", \"message\": \"x\"}",
            FailureKind::ContentFilter,
            false,
        ),
        (
            "{\"type\": \"invalid_request_error\", \"message\": \"x\"}",
            FailureKind::BadRequest,
            false,
        ),
    ] {
        let script = format!(
            "[[step]]\nheaders = {{ content-type = \"text/event-stream\" }}\nbody = '''\ndata: {{\"choices\": [{{\"delta\": {{\"content\": \"po\"}}}}]}}\n\ndata: {{\"error\": {error}}}\n\n'''"
        );
        let server = server(&script).await;
        let failed = ask(&spec(&server, "/v1"), true).await.0.unwrap_err();
        assert_eq!(
            (failed.failure.kind, failed.retry),
            (kind, retry),
            "{error}"
        );
    }
}

#[tokio::test]
async fn broken_answers_are_tried_again() {
    let begun = "data: {\"choices\": [{\"delta\": {\"content\": \"po\"}}]}\n\n";
    let finished = "data: {\"choices\": [{\"delta\": {\"content\": \"po\"}, \"finish_reason\": \"stop\"}]}\n\n";
    for (body, cut_after, expected) in [
        (begun, None, Err(FailureKind::Cut)),
        (begun, Some(60), Err(FailureKind::Cut)),
        (
            "data: {\"choices\": [{\n\n",
            None,
            Err(FailureKind::Malformed),
        ),
        ("data: [DONE]\n\n", None, Err(FailureKind::Cut)),
        // The answer was complete before the connection was lost.
        (finished, Some(finished.len()), Ok("po")),
        (finished, None, Ok("po")),
    ] {
        let cut = cut_after.map_or_else(String::new, |n| format!("cut_after = {n}\n"));
        let script = format!(
            "[[step]]\nheaders = {{ content-type = \"text/event-stream\" }}\n{cut}body = '''\n{body}'''"
        );
        let server = server(&script).await;
        match (ask(&spec(&server, "/v1"), true).await.0, expected) {
            (Ok(got), Ok(text)) => assert_eq!(got.text, text, "{script}"),
            (Err(failed), Err(kind)) => {
                assert_eq!(
                    (failed.failure.kind, failed.retry),
                    (kind, true),
                    "{script}"
                );
            }
            (got, _) => panic!("{script}: {got:?}"),
        }
    }
    let whole = server("[[step]]\nbody = '{\"choices\": [{\"mess'").await;
    let failed = ask(&spec(&whole, "/v1"), false).await.0.unwrap_err();
    assert_eq!(
        (failed.failure.kind, failed.retry),
        (FailureKind::Malformed, true)
    );
}

/// A listener that reads a request and does as it is told with the connection.
fn rude(answer: &'static [u8]) -> (String, std::thread::JoinHandle<()>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut read = [0; 16];
        stream.read_exact(&mut read).unwrap();
        // What was not read of the request makes the system reset the connection when it is dropped.
        stream.write_all(answer).unwrap();
    });
    (url, thread)
}

#[tokio::test]
async fn lost_connections_are_tried_again() {
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}/v1", listener.local_addr().unwrap())
    };
    let failed = ask(&EndpointSpec::new("x", closed), false)
        .await
        .0
        .unwrap_err();
    assert_eq!(
        (failed.failure.kind, failed.retry),
        (FailureKind::Connect, true)
    );
    for answer in [
        &b""[..],
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{",
    ] {
        let (url, thread) = rude(answer);
        let failed = ask(&EndpointSpec::new("x", url), false)
            .await
            .0
            .unwrap_err();
        assert_eq!(
            (failed.failure.kind, failed.retry),
            (FailureKind::Cut, true)
        );
        thread.join().unwrap();
    }
}

/// Send until there is an answer, as the engine does; how many requests it took.
async fn send(client: &Client, stream: bool, params: &Params) -> u32 {
    let request = request_with(client, stream, params);
    for n in 1..=5 {
        match client.send("icl", &request, &mut |_| {}).await {
            Ok(_) => return n,
            Err(failed) => assert!(failed.retry, "{}", failed.failure),
        }
    }
    panic!("no answer after five requests");
}

#[tokio::test]
async fn a_refused_name_of_the_limit_is_changed_once_for_all() {
    for (from, to) in [
        ("max_tokens", "max_completion_tokens"),
        ("max_completion_tokens", "max_tokens"),
    ] {
        let server = server(&format!("[[refuse]]\nparam = \"{from}\"\n")).await;
        let client = Client::new(&spec(&server, "/v1")).unwrap();
        let params = json!({ from: 5, "model": "icl" })
            .as_object()
            .unwrap()
            .clone();
        // All of them are on their way before any of them knows.
        let took = join_all((0..4).map(|_| send(&client, false, &params))).await;
        assert!(took.iter().all(|n| *n <= 2), "{took:?}");
        let before = server.requests();
        assert_eq!(before, u64::from(took.iter().sum::<u32>()));
        assert_eq!(send(&client, false, &params).await, 1);
        let last = server.recorded_requests().pop().unwrap().body;
        assert_eq!((&last[to], last.get(from)), (&json!(5), None));
    }
}

#[tokio::test]
async fn refused_stream_options_are_left_out_from_then_on() {
    let server = server("[[refuse]]\nparam = \"stream_options\"\nstatus = 422\nmessage = \"stream_options: Extra inputs are not permitted\"\n").await;
    let client = Client::new(&spec(&server, "/v1")).unwrap();
    let params = json!({"model": "icl"}).as_object().unwrap().clone();
    let mut took = Vec::new();
    for _ in 0..3 {
        took.push(send(&client, true, &params).await);
    }
    assert_eq!(took, [2, 1, 1]);
    assert_eq!(server.requests(), 4);
    let last = server.recorded_requests().pop().unwrap().body;
    assert_eq!(
        (&last["stream"], last.get("stream_options")),
        (&json!(true), None)
    );
}

#[tokio::test]
async fn a_limit_that_is_too_large_is_told_and_not_tried_again() {
    let server =
        server("[[refuse]]\nparam = \"max_tokens\"\nmessage = \"max_tokens is too large: 5\"\n")
            .await;
    let client = Client::new(&spec(&server, "/v1")).unwrap();
    let params = json!({"max_tokens": 5}).as_object().unwrap().clone();
    let request = request_with(&client, false, &params);
    let failed = client.send("m", &request, &mut |_| {}).await.unwrap_err();
    assert_eq!(
        (failed.failure.kind, failed.retry),
        (FailureKind::BadRequest, false)
    );
}
