//! Another model behind the same address: noticed before its answers are mixed with those of the one before.

use crate::support::{Workspace, answering::serve_bytes};
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// What a server says of its model.
#[derive(Clone, Copy)]
enum Says {
    List,
    Name,
    Fingerprint,
}

/// A server whose model is the one of this number, and the chat requests that it got.
struct Server {
    place: Workspace,
    model: Arc<AtomicU64>,
    requests: Arc<AtomicU64>,
}

fn server(says: Says) -> Server {
    let (model, requests) = (Arc::new(AtomicU64::new(1)), Arc::new(AtomicU64::new(0)));
    let port = serve_bytes({
        let (model, requests) = (Arc::clone(&model), Arc::clone(&requests));
        move |body| reply(says, body, model.load(Ordering::Relaxed), &requests)
    });
    let place = Workspace::empty();
    place.write("t.j2", "{{ row.text }}");
    place.write("wording.toml", &format!(
        "[endpoint.x]\nbase_url = \"http://127.0.0.1:{port}/v1\"\nmax_in_flight = 1\n[experiment.a]\ntemplates = [\"t.j2\"]\ndataset = \"d.jsonl\"\nanswer = \"label\"\nmodels = [\"x/m\"]\n[[experiment.a.metric]]\nkind = \"label\"\nlabels = [\"good\", \"bad\"]\n"
    ));
    let server = Server {
        place,
        model,
        requests,
    };
    server.rows(10);
    server
}

fn reply(says: Says, body: &Value, model: u64, requests: &AtomicU64) -> Vec<u8> {
    let reply = |status: u16, body: Value| {
        format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n{body}").into()
    };
    if body["messages"].is_null() {
        let entry = json!({"id": "alias", "created": requests.load(Ordering::Relaxed), "root": format!("/models/{model}")});
        return match says {
            Says::List => reply(200, json!({"object": "list", "data": [entry]})),
            Says::Name | Says::Fingerprint => reply(404, json!({"detail": "Not Found"})),
        };
    }
    requests.fetch_add(1, Ordering::Relaxed);
    let choice = json!({"index": 0, "message": {"content": "good"}, "finish_reason": "stop"});
    let mut answer = json!({"model": "m", "choices": [choice]});
    match says {
        Says::List => {}
        Says::Name => answer["model"] = json!(format!("model-{model}")),
        Says::Fingerprint => answer["system_fingerprint"] = json!(format!("fp_{model}")),
    }
    reply(200, answer)
}

impl Server {
    fn rows(&self, n: usize) {
        let rows = (0..n).map(|i| format!("{{\"text\": \"thing {i}\", \"label\": \"good\"}}\n"));
        self.place.write("d.jsonl", &rows.collect::<String>());
    }

    fn change_model(&self) {
        self.model.store(2, Ordering::Relaxed);
    }

    fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// What a run warns of, and the number of its answers; the second run has one.
    #[track_caller]
    fn run(&self, args: &[&str]) -> (Value, u64, String) {
        let args = [&["run", "--format", "json"], args].concat();
        let ran = self.place.run(&args);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let json = ran.json();
        let answers = json["trials"]["completed"].as_u64().unwrap();
        (json["endpoint_warnings"].clone(), answers, ran.err)
    }
}

fn changed(before: &str, now: &str) -> Value {
    json!([{"warning": "model_changed", "model": "x/m", "before": before, "now": now}])
}

#[test]
fn a_run_that_reuses_answers_of_another_model_says_so() {
    for (says, before, now) in [
        (Says::List, "alias, root /models/1", "alias, root /models/2"),
        (Says::Name, "model-1", "model-2"),
        (
            Says::Fingerprint,
            "system_fingerprint fp_1",
            "system_fingerprint fp_2",
        ),
    ] {
        let server = server(says);
        assert_eq!(server.run(&[]).0, Value::Null);
        assert_eq!(server.run(&[]).0, Value::Null, "the same model");
        server.change_model();
        server.rows(20);
        let (warnings, answers, said) = server.run(&[]);
        assert_eq!((warnings, answers), (changed(before, now), 20));
        assert_eq!(
            said.matches("Another model or version answers as x/m")
                .count(),
            1,
            "{said}"
        );
        let report = server.place.run(&["report"]);
        assert!(
            report.out.contains("Another model or version"),
            "{}",
            report.out
        );
        let fresh = server.run(&["--reuse", "no"]);
        assert_eq!(fresh.0, Value::Null, "nothing is mixed");
    }
}

#[test]
fn a_resumed_run_does_not_mix_the_answers_of_two_models() {
    for (says, kept) in [(Says::List, 0), (Says::Name, 1)] {
        let server = server(says);
        let stopped = server.place.run(&["run", "--budget-calls", "4"]);
        assert_eq!(stopped.code, 1, "{}", stopped.err);
        server.change_model();
        let before = server.requests();
        let refused = server.place.run(&["run", "--resume", "--format", "json"]);
        assert_eq!(refused.code, 1, "{}", refused.err);
        assert!(
            refused.err.contains("another model answers as x/m"),
            "{}",
            refused.err
        );
        assert!(refused.err.contains("--mix-models"), "{}", refused.err);
        assert_eq!(refused.json()["trials"]["completed"], 4);
        assert_eq!(
            server.requests() - before,
            kept,
            "told by an answer, which is not kept"
        );
        let (warnings, answers, _) = server.run(&["--resume", "--mix-models"]);
        assert_eq!(
            (warnings[0]["warning"].as_str(), answers),
            (Some("model_changed"), 10)
        );
        assert_eq!(server.requests() - before, kept + 6);
    }
}
