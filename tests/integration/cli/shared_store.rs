//! Two processes with one store: no call is sent twice, whoever is killed.

use super::store::integrity;
use crate::support::{TestSession, Workspace, demo_server, reach_requests, until_requests};
use rand::RngExt;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use std::{
    process::{Child, ExitStatus, Output, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};
use tokio::runtime::Runtime;
use wording::{
    demo::DemoServer,
    model::{Completion, RunId},
    store::CompletionKey,
};

const ROWS: u64 = 120;

/// Calls of both experiments: three templates, of which they share one.
const DISTINCT: u64 = 3 * ROWS;

/// A project with two experiments, `one` and `two`.
fn project(server: &DemoServer) -> Workspace {
    let place = super::store::rows(ROWS as usize);
    for name in ["a", "b", "c"] {
        let text = format!("Good or bad? One word, {name}.\n{{{{ row.text }}}}");
        place.write(&format!("{name}.j2"), &text);
    }
    let mut toml = format!(
        "[endpoint.mine]\nbase_url = \"{}\"\nmax_in_flight = 6\n",
        server.base_url()
    );
    for (name, templates) in [("one", "\"a.j2\", \"b.j2\""), ("two", "\"c.j2\", \"b.j2\"")] {
        toml += &format!(
            "[experiment.{name}]\ntemplates = [{templates}]\ndataset = \"d.jsonl\"\nanswer = \"label\"\nmodels = [\"mine/icl\"]\n\
             params = {{ temperature = 0 }}\n[[experiment.{name}.metric]]\nkind = \"label\"\nlabels = [\"good\", \"bad\"]\n"
        );
    }
    place.write("wording.toml", &toml);
    place
}

fn start(place: &Workspace, experiment: &str) -> Child {
    let mut command = place.command(&["run", experiment, "--format", "json"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// The trials of a run that ended well.
#[track_caller]
fn trials(output: &Output) -> serde_json::Value {
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{err}");
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["trials"]["completed"], 2 * ROWS, "{json}");
    assert_eq!(json["trials"]["failed"], 0, "{json}");
    json["trials"].clone()
}

#[test]
fn the_same_and_overlapping_runs_send_every_call_once() {
    let runtime = Runtime::new().unwrap();
    for (second, distinct) in [("one", 2 * ROWS), ("two", DISTINCT)] {
        let server = demo_server(&runtime, 3);
        let place = project(&server);
        let first = start(&place, "one");
        // The first one has calls in flight that it did not claim yet.
        until_requests(&runtime, &server, 10);
        let second = start(&place, second);
        let sent = [first, second].map(|child| {
            let trials = trials(&child.wait_with_output().unwrap());
            trials["sent"].as_u64().unwrap()
        });
        assert_eq!(server.requests(), distinct, "{sent:?} sent");
        assert_eq!(sent[0] + sent[1], distinct);
        assert_eq!(integrity(&place), "ok");
    }
}

/// Kill one of two runs at random moments; the other sends again only what the killed one had not kept.
fn kill_one_of_two(times: u64, seed: u64) {
    let runtime = Runtime::new().unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    for moment in 0..times {
        let server = demo_server(&runtime, 3);
        let place = project(&server);
        let killed = start(&place, "one");
        let mut other = None;
        // The one that is killed is the first or the second in the store.
        if moment % 2 == 0 {
            until_requests(&runtime, &server, 1);
        } else {
            other = Some(start(&place, "two"));
        }
        let other = other.unwrap_or_else(|| start(&place, "two"));
        let count = rng.random_range(2..DISTINCT - 40);
        let both = [killed, other];
        let reached = reach_requests(&runtime, &server, count);
        let [mut killed, other] = match reached {
            true => both,
            false => {
                let said = both.map(stopped);
                panic!(
                    "moment {moment}: {} of {count} requests: {said:#?}",
                    server.requests()
                )
            }
        };
        killed.kill().unwrap();
        killed.wait().unwrap();
        let survivor = trials(&other.wait_with_output().unwrap());
        let before = server.requests();
        let kept = kept_calls(&place, "one");
        let resumed = place.run(&["run", "one", "--format", "json", "--resume"]);
        assert_eq!(resumed.code, 0, "{}", resumed.err);
        let resumed = resumed.json()["trials"].clone();
        assert_eq!(resumed["completed"], 2 * ROWS, "{resumed}");
        let by_killed = before - survivor["sent"].as_u64().unwrap();
        let twice = server.requests() - DISTINCT;
        assert!(
            twice <= by_killed - kept,
            "moment {moment}: {twice} calls were sent twice; the killed run had sent {by_killed} and kept {kept}"
        );
        assert_eq!(integrity(&place), "ok");
    }
}

/// Whether a process still ran when it was stopped, and what it had said.
fn stopped(mut child: Child) -> (Option<ExitStatus>, String) {
    let ended = child.try_wait().unwrap();
    child.kill().unwrap();
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (ended, String::from_utf8_lossy(&said).into_owned())
}

/// Calls that the first run of an experiment had sent and kept.
fn kept_calls(place: &Workspace, experiment: &str) -> u64 {
    let store = place.path().join(".wording/wording.db");
    let connection = rusqlite::Connection::open(store).unwrap();
    let kept = "SELECT count(*) FROM trials t, runs r WHERE json_extract(r.info, '$.experiment') = ? AND NOT t.reused \
        AND t.cell >= r.first AND t.cell < r.first + r.models * r.variants * r.rows * r.samples";
    connection
        .query_row(kept, [experiment], |row| row.get::<_, i64>(0))
        .unwrap() as u64
}

#[test]
fn a_killed_run_leaves_its_calls_to_the_other() {
    kill_one_of_two(4, 5);
}

#[test]
#[ignore = "a minute; `just kill-two`, and its short form is part of every test run"]
fn twenty_killed_runs_leave_their_calls_to_the_other() {
    kill_one_of_two(20, 20);
}

#[cfg(unix)]
#[test]
fn a_run_that_another_process_executes_is_not_resumed_or_deleted() {
    let runtime = Runtime::new().unwrap();
    let server = demo_server(&runtime, 40);
    let place = project(&server);
    let first = start(&place, "one");
    until_requests(&runtime, &server, 10);
    for args in [
        &["run", "one", "--resume"][..],
        &["run", "--resume"],
        &["runs", "delete", "latest"],
    ] {
        let refused = place.run(args);
        assert_eq!(refused.code, 2, "{}", refused.err);
        let pid = format!("is being run by process {} since 20", first.id());
        assert!(refused.err.contains(&pid), "{}", refused.err);
    }
    trials(&first.wait_with_output().unwrap());
    assert_eq!(server.requests(), 2 * ROWS);
}

#[test]
fn leases_and_lookups_do_not_wait_for_each_other() {
    let stage = TestSession::sample("sentiment");
    stage.keep_run("r-0000000001", |_, _| ("positive".into(), 1.0));
    let store = stage.desk.store.clone();
    let run = RunId("r-0000000001".into());
    let key = CompletionKey::new("x", b"y", 0);
    store
        .import_completions(&[(key, Completion::default())])
        .unwrap();
    let (sender, done) = mpsc::channel();
    let leases = store.clone();
    thread::spawn(move || {
        for _ in 0..300 {
            leases.lease(&run).unwrap().end();
        }
        sender.send(()).unwrap();
    });
    let end = Instant::now() + Duration::from_secs(60);
    let (looked, lookups) = mpsc::channel();
    thread::spawn(move || while looked.send(store.completion(&key).unwrap()).is_ok() {});
    while done.try_recv().is_err() {
        let left = end.saturating_duration_since(Instant::now());
        lookups
            .recv_timeout(left)
            .expect("a lookup waits for a lease");
    }
}
