//! Streams that end at every place, on raw connections: no cut answer is kept, no complete one is lost.

use super::ask::request;
use crate::support::{Workspace, answering::serve_bytes};
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use wording::{endpoint::Client, model::FailureKind, project::EndpointSpec};

const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n";

const EVENTS: [&str; 5] = [
    "data: {\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\"},\"finish_reason\":null}]}\n\n",
    "data: {\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"größ\"},\"finish_reason\":null}]}\n\n",
    ": keep-alive\n\ndata: {\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"te 你\"},\"finish_reason\":null}]}\n\n",
    "data: {\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
    "data: [DONE]\n\n",
];

/// The stream up to its first `end` bytes.
fn stream(end: usize, newline: &str, is_chunked: bool) -> Vec<u8> {
    let all = EVENTS.concat().replace('\n', newline);
    let cut = &all.as_bytes()[..end.min(all.len())];
    let mut bytes = HEAD.as_bytes().to_vec();
    if !is_chunked {
        bytes.extend(b"\r\n");
        bytes.extend(cut);
        return bytes;
    }
    bytes.extend(b"transfer-encoding: chunked\r\n\r\n");
    for piece in cut.chunks(40) {
        bytes.extend(format!("{:x}\r\n", piece.len()).bytes());
        bytes.extend(piece);
        bytes.extend(b"\r\n");
    }
    if cut.len() == all.len() {
        bytes.extend(b"0\r\n\r\n");
    }
    bytes
}

#[tokio::test]
async fn a_stream_that_ends_anywhere_is_whole_or_requested_again() {
    for (newline, is_chunked) in [("\n", false), ("\r\n", false), ("\n", true)] {
        let length = EVENTS.concat().replace('\n', newline).len();
        let next = Arc::new(AtomicU64::new(0));
        let port = serve_bytes({
            let next = Arc::clone(&next);
            move |_| {
                stream(
                    next.fetch_add(1, Ordering::Relaxed) as usize,
                    newline,
                    is_chunked,
                )
            }
        });
        let spec = EndpointSpec::new("x", format!("http://127.0.0.1:{port}/v1"));
        let (mut whole, mut cut) = (0, 0);
        for end in 0..=length {
            // A new client has learned nothing of the streams before.
            let client = Client::new(&spec).unwrap();
            let request = request(&client, true);
            match client.send("m", &request, &mut |_| {}).await {
                Ok(answer) => {
                    assert_eq!(answer.text, "größte 你", "{newline:?} {end}");
                    whole += 1;
                }
                Err(failed) => {
                    let kind = failed.failure.kind;
                    let is_cut = matches!(kind, FailureKind::Cut | FailureKind::Malformed);
                    assert!(
                        is_cut && failed.retry,
                        "{newline:?} {end}: {}",
                        failed.failure
                    );
                    cut += 1;
                }
            }
        }
        let reason_ends = EVENTS[..4].concat().replace('\n', newline).len();
        assert!(
            whole >= length - reason_ends && cut > reason_ends / 2,
            "{whole} {cut}"
        );
    }
}

const PROJECT: &str = "[experiment.a]\ntemplates = [\"t.j2\"]\ndataset = \"d.jsonl\"\nanswer = \"label\"\nmodels = [\"x/m\"]\n[[experiment.a.metric]]\nkind = \"label\"\nlabels = [\"good\", \"bad\"]\n";

fn workspace(port: u16, rows: usize, params: &str) -> Workspace {
    let place = Workspace::empty();
    place.write("t.j2", "{{ row.text }}");
    let rows = (0..rows).map(|i| format!("{{\"text\": \"thing {i}\", \"label\": \"good\"}}\n"));
    place.write("d.jsonl", &rows.collect::<String>());
    let endpoint =
        format!("[endpoint.x]\nbase_url = \"http://127.0.0.1:{port}/v1\"\nstream = true\n");
    place.write("wording.toml", &format!("{endpoint}{PROJECT}{params}"));
    place
}

fn whole(text: &str, finish: Value) -> Vec<u8> {
    let body = json!({
        "model": "m", "choices": [{"index": 0, "message": {"content": text}, "finish_reason": finish}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 2},
    });
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n{body}")
        .into()
}

#[test]
fn a_server_that_ends_streams_early_is_named_and_loses_nothing() {
    let streams = Arc::new(AtomicU64::new(0));
    let port = serve_bytes({
        let streams = Arc::clone(&streams);
        move |body| match body["stream"] == true {
            true => {
                streams.fetch_add(1, Ordering::Relaxed);
                let cut = [EVENTS[0], EVENTS[1], EVENTS[4]].concat();
                format!("{HEAD}\r\n{cut}").into()
            }
            false => whole("good", json!("stop")),
        }
    });
    let place = workspace(port, 20, "");
    let ran = place.run(&["run", "--format", "json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let sentence = "this server ends a stream when the next request comes: set max_in_flight = 1 or start it with --interrupt_requests False";
    assert_eq!(ran.err.matches(sentence).count(), 1, "{}", ran.err);
    let json = ran.json();
    assert_eq!(
        (&json["trials"]["completed"], &json["variants"][0]["score"]),
        (&json!(20), &json!(1.0))
    );
    assert_eq!(
        json["endpoint_warnings"][0]["warning"],
        "unfinished_streams"
    );
    let cut = streams.load(Ordering::Relaxed);
    assert!((3..=8).contains(&cut), "{cut} streams were sent");
    let report = place.run(&["report"]);
    let words: Vec<&str> = report.out.split_whitespace().collect();
    assert!(words.join(" ").contains(sentence), "{}", report.out);
}

#[test]
fn many_empty_answers_are_said_loudly() {
    let port = serve_bytes(|body| {
        let is_third = body["messages"][0]["content"]
            .as_str()
            .unwrap()
            .ends_with(['0', '5']);
        whole(if is_third { "" } else { "good" }, json!("stop"))
    });
    let place = workspace(port, 20, "");
    let ran = place.run(&["run", "--format", "json"]);
    assert_eq!(ran.err.matches("are empty").count(), 1, "{}", ran.err);
    let expected = json!([{"warning": "empty_answers", "model": "x/m", "empty": 4, "answers": 20}]);
    assert_eq!(ran.json()["endpoint_warnings"], expected);
    let report = place.run(&["report"]);
    assert!(
        report.out.contains("4 of 20 answers of x/m are empty"),
        "{}",
        report.out
    );
}

#[test]
fn stop_strings_in_the_text_are_removed_and_noted() {
    let port = serve_bytes(|_| whole("good</s> and bad", json!("stop")));
    let place = workspace(port, 5, "[experiment.a.params]\nstop = [\"</s>\"]\n");
    let ran = place.run(&["run", "--format", "json"]);
    let json = ran.json();
    assert_eq!(json["variants"][0]["score"], 1.0, "{}", ran.err);
    let expected = json!([{"warning": "stop_removed", "model": "x/m", "answers": 5}]);
    assert_eq!(json["endpoint_warnings"], expected);
    assert_eq!(ran.err.matches("stop string").count(), 1, "{}", ran.err);
}

#[test]
fn cut_answers_of_earlier_versions_are_not_reused() {
    let requests = Arc::new(AtomicU64::new(0));
    let port = serve_bytes({
        let requests = Arc::clone(&requests);
        move |body| {
            requests.fetch_add(u64::from(body["messages"].is_array()), Ordering::Relaxed);
            whole("good", json!("stop"))
        }
    });
    let place = workspace(port, 10, "");
    let sent_by = |args: &[&str]| {
        let before = requests.load(Ordering::Relaxed);
        let ran = place.run(args);
        assert_eq!(ran.code, 0, "{}", ran.err);
        requests.load(Ordering::Relaxed) - before
    };
    assert_eq!(sent_by(&["run"]), 10);
    let cut = |sql: &str| {
        let store = rusqlite::Connection::open(place.file(".wording/wording.db")).unwrap();
        store.execute(sql, []).unwrap()
    };
    // No text, reason and tool call; the beginning of a stream; a refusal without a reason, which is an answer.
    cut("UPDATE completions SET text = '', finish = '' WHERE number IN (1, 2)");
    cut("UPDATE completions SET finish = '', first_token_ms = 5.0 WHERE number = 3");
    cut(
        "UPDATE completions SET text = '', finish = '', extra = '{\"refusal\": \"no\"}' WHERE number = 4",
    );
    cut("UPDATE completions SET text = '', finish = 'tool_calls' WHERE number = 5");
    assert_eq!(sent_by(&["run", "--resume", "latest"]), 3);
    cut("UPDATE completions SET text = '', finish = '' WHERE number = 6");
    assert_eq!(sent_by(&["run"]), 1);
    assert_eq!(sent_by(&["run"]), 0);
}
