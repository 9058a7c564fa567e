//! Compressed answers: decoded, streamed ones too, and held to the same limit.

use super::ask::ask;
use std::{io::Write, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use wording::{model::FailureKind, project::EndpointSpec};

const ANSWER: &str = r#"{"model":"m","choices":[{"message":{"content":"positive"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":2}}"#;
const STREAM: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"positive\"}}]}\n\ndata: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn zstd(text: &[u8]) -> Vec<u8> {
    zstd::encode_all(text, 1).unwrap()
}

/// An endpoint that answers one request with these bytes.
async fn endpoint(encoding: &str, kind: &str, body: Vec<u8>) -> EndpointSpec {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut spec = EndpointSpec::new("x", format!("http://{}/v1", listener.local_addr().unwrap()));
    spec.timeout = Duration::from_secs(20);
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-encoding: {encoding}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.windows(4).any(|end| end == b"\r\n\r\n") {
            assert!(stream.read_buf(&mut request).await.unwrap() > 0);
        }
        stream.write_all(head.as_bytes()).await.unwrap();
        // A client that has read enough hangs up.
        let _ = stream.write_all(&body).await;
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
    });
    spec
}

#[tokio::test]
async fn compressed_answers_are_read_whole_and_streamed() {
    for (encoding, compress) in [("gzip", gzip as fn(&[u8]) -> Vec<u8>), ("zstd", zstd)] {
        let whole = endpoint(encoding, "application/json", compress(ANSWER.as_bytes())).await;
        let (answer, _) = ask(&whole, false).await;
        assert_eq!(answer.unwrap().text, "positive", "{encoding}");
        let stream = endpoint(encoding, "text/event-stream", compress(STREAM.as_bytes())).await;
        let (answer, pieces) = ask(&stream, true).await;
        assert_eq!(answer.unwrap().text, "positive", "{encoding}");
        assert_eq!(pieces.text, "positive", "{encoding}");
    }
}

#[tokio::test]
async fn an_answer_that_grows_beyond_the_limit_when_it_is_unpacked_is_refused() {
    let mut body = ANSWER.as_bytes().to_vec();
    body.resize(80 << 20, b' ');
    let spec = endpoint("gzip", "application/json", gzip(&body)).await;
    let (answer, _) = ask(&spec, false).await;
    let failed = answer.unwrap_err();
    assert!(failed.failure.message.contains("more than"), "{failed:?}");
    assert_ne!(failed.failure.kind, FailureKind::Connect);
}
