//! Servers that answer every request for a chat completion with what a test makes of its body.

use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::Arc,
};

/// What is written for the path and the body of a request, and whether the connection stays open behind it.
type Reply = dyn Fn(&str, &Value) -> (Vec<u8>, bool) + Send + Sync;

/// Answer with the text that is made of the body, on a free port.
pub(crate) fn serve(answer: impl Fn(&Value) -> String + Send + Sync + 'static) -> u16 {
    start(Arc::new(move |_, body| {
        let reply = json!({
            "id": "x", "object": "chat.completion", "model": "m-2026",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": answer(body)}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 20, "completion_tokens": 10, "total_tokens": 30},
        })
        .to_string();
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            reply.len()
        );
        ((head + &reply).into_bytes(), true)
    }))
}

/// Answer with these bytes, headers and all, and close the connection.
pub(crate) fn serve_bytes(reply: impl Fn(&Value) -> Vec<u8> + Send + Sync + 'static) -> u16 {
    start(Arc::new(move |_, body| (reply(body), false)))
}

/// Answer each path with a status and JSON, and close the connection.
pub(crate) fn serve_paths(
    reply: impl Fn(&str, &Value) -> (u16, Value) + Send + Sync + 'static,
) -> u16 {
    start(Arc::new(move |path, body| {
        let (status, said) = reply(path, body);
        let head = "content-type: application/json\r\nconnection: close";
        let bytes = format!("HTTP/1.1 {status} X\r\n{head}\r\n\r\n{said}");
        (bytes.into_bytes(), false)
    }))
}

fn start(reply: Arc<Reply>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let reply = Arc::clone(&reply);
            std::thread::spawn(move || talk(stream, &*reply));
        }
    });
    port
}

/// Answer the requests of a connection until it ends.
fn talk(stream: TcpStream, reply: &Reply) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut writer = stream;
    loop {
        let (mut length, mut path) = (0, String::new());
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            if path.is_empty() {
                path = line.split(' ').nth(1).unwrap_or_default().to_owned();
            }
            let line = line.trim().to_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(n) = line.strip_prefix("content-length:") {
                length = n.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let body = serde_json::from_slice(&body).unwrap_or_default();
        let (bytes, stays_open) = reply(&path, &body);
        if writer.write_all(&bytes).is_err() || !stays_open {
            return;
        }
    }
}
