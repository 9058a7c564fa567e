//! Runs of a client: progress, cancelled calls, several at a time, and a client that goes.

use super::Client;
use crate::support::{Workspace, demo_server, until_requests};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use wording::demo::DemoServer;

/// The first variants of the sample project, at a server that takes its time.
struct Slow {
    place: Workspace,
    server: DemoServer,
    runtime: Runtime,
}

fn slow(latency_ms: u64, in_flight: usize) -> Slow {
    let runtime = Runtime::new().unwrap();
    let server = demo_server(&runtime, latency_ms);
    let endpoint = format!(
        "\n[endpoint.slow]\nbase_url = {:?}\nmax_in_flight = {in_flight}\n",
        server.base_url()
    );
    let place = Workspace::changed(&[(
        "wording.toml",
        "models = [\"demo/icl\"]",
        "models = [\"slow/icl\"]",
    )]);
    place.write("wording.toml", &(place.read("wording.toml") + &endpoint));
    Slow {
        place,
        server,
        runtime,
    }
}

/// Of the tool `list`: the runs, the latest first.
fn runs(client: &mut Client) -> Vec<Value> {
    let listed = client.call("list", json!({})).ok().document;
    listed["runs"].as_array().unwrap().clone()
}

#[test]
fn progress_rises_to_the_end() {
    let slow = slow(20, 4);
    let mut client = Client::start(&slow.place, &[]);
    let id = client.send(
        "tools/call",
        json!({
            "name": "run", "arguments": {"experiment": "sentiment", "rows": 20, "max_calls": 999},
            "_meta": {"progressToken": "mine"},
        }),
    );
    let run = client.finish(id).ok();
    assert_eq!(run.document["trials"]["completed"], 140);
    let told: Vec<&Value> = client
        .notifications
        .iter()
        .map(|told| &told["params"])
        .collect();
    assert!(told.len() >= 2, "{told:?}");
    let done: Vec<f64> = told
        .iter()
        .map(|told| told["progress"].as_f64().unwrap())
        .collect();
    assert!(done.windows(2).all(|pair| pair[0] < pair[1]), "{done:?}");
    for told in told {
        assert_eq!(
            (&told["progressToken"], &told["total"]),
            (&json!("mine"), &json!(140.0))
        );
        assert!(
            told["message"].as_str().unwrap().contains("tokens"),
            "{told}"
        );
    }
    // Without a token nothing is told.
    client.notifications.clear();
    client
        .call(
            "run",
            json!({"experiment": "triage", "rows": 2, "max_calls": 99}),
        )
        .ok();
    assert_eq!(client.notifications, [] as [Value; 0]);
}

#[test]
fn a_cancelled_call_stops_and_its_answers_are_kept() {
    let slow = slow(50, 2);
    let mut client = Client::start(&slow.place, &[]);
    let arguments = json!({"experiment": "sentiment", "max_calls": 999});
    let id = client.begin("run", arguments.clone());
    until_requests(&slow.runtime, &slow.server, 6);
    client.notify(
        "notifications/cancelled",
        json!({"requestId": id, "reason": "enough"}),
    );
    // The server goes on, and the run ends soon.
    while runs(&mut client)[0]["state"] == "running" {}
    let sent = slow.server.requests();
    assert!(sent < 420, "{sent}");
    assert_eq!(runs(&mut client)[0]["state"], "stopped");
    let report = client
        .call("report", json!({"run": "latest"}))
        .ok()
        .document;
    assert_eq!(report["trials"]["completed"], sent);
    // No answer is paid for twice.
    let again = client
        .call("run", json!({"experiment": "sentiment", "max_calls": 8}))
        .ok();
    assert_eq!(again.document["trials"]["reused"], sent);
    assert_eq!(slow.server.requests(), sent + 8);
    assert_eq!(client.close(), (0, String::new()));
}

#[test]
fn calls_run_at_the_same_time() {
    let slow = slow(100, 3);
    let mut client = Client::start(&slow.place, &[]);
    let arguments = json!({"experiment": "sentiment", "rows": 5, "max_calls": 999});
    let [first, second] = [0, 1].map(|_| client.begin("run", arguments.clone()));
    until_requests(&slow.runtime, &slow.server, 1);
    // Answered while both run.
    client.call("check", json!({"experiment": "triage"})).ok();
    let (first, second) = (client.finish(first).ok(), client.finish(second).ok());
    for run in [&first, &second] {
        assert_eq!(run.document["trials"]["completed"], 35, "{}", run.said());
    }
    assert_ne!(first.document["run"], second.document["run"]);
    // What one sends, the other waits for.
    assert_eq!(slow.server.requests(), 35);
}

#[cfg(unix)]
#[test]
fn runs_that_wait_for_others_are_cancelled_and_hold_up_nothing_else() {
    let slow = slow(600_000, 2);
    let mut client = Client::start(&slow.place, &[]);
    let arguments = json!({"experiment": "sentiment", "max_calls": 99});
    for _ in 0..8 {
        client.begin("run", arguments.clone());
    }
    while runs(&mut client).len() < 8 {}
    let ninth = client.begin("run", arguments.clone());
    client.notify("notifications/cancelled", json!({"requestId": ninth}));
    // This one still waits when the server ends.
    client.begin("run", arguments);
    client.call("check", json!({"experiment": "triage"})).ok();
    assert_eq!(runs(&mut client).len(), 8);
    client.terminate();
    assert_eq!(client.close(), (130, String::new()));
    let mut next = Client::start(&slow.place, &[]);
    assert_eq!(runs(&mut next).len(), 8, "neither of the last two began");
}

#[test]
fn a_client_that_goes_stops_its_runs_and_loses_no_answer() {
    let slow = slow(100, 2);
    let mut client = Client::start(&slow.place, &[]);
    client.begin("run", json!({"experiment": "sentiment", "max_calls": 999}));
    until_requests(&slow.runtime, &slow.server, 5);
    let (code, said) = client.close();
    assert_eq!((code, said.as_str()), (0, ""));
    let sent = slow.server.requests();
    assert!(sent < 100, "{sent}");
    let mut next = Client::start(&slow.place, &[]);
    assert_eq!(runs(&mut next)[0]["state"], "stopped");
    let report = next.call("report", json!({"run": "latest"})).ok().document;
    assert_eq!(
        report["trials"]["completed"], sent,
        "every request that was sent has its answer"
    );
}

#[test]
fn a_client_that_says_nothing_ends_the_server_by_going() {
    let place = Workspace::sample();
    let client = Client::spawn(&mut place.command(&["mcp"]));
    assert_eq!(client.close(), (0, String::new()));
}

#[cfg(unix)]
#[test]
fn a_signal_ends_the_server_and_a_second_drops_what_is_in_flight() {
    let slow = slow(600_000, 2);
    let mut client = Client::start(&slow.place, &[]);
    client.begin("run", json!({"experiment": "sentiment", "max_calls": 999}));
    until_requests(&slow.runtime, &slow.server, 2);
    client.terminate();
    let (code, said) = client.close();
    assert_eq!((code, said.as_str()), (130, ""));
    assert_eq!(slow.server.requests(), 2);
}
