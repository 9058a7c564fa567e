//! A run that is killed loses no answer and pays for none twice.

use super::store::{integrity, rows};
use crate::support::{Workspace, demo_server, until_requests};
use rand::RngExt;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use std::{
    process::{Child, Stdio},
    time::{Duration, Instant},
};
use tokio::{runtime::Runtime, time::timeout};
use wording::demo::DemoServer;

const ROWS: usize = 160;
const IN_FLIGHT: u64 = 4;

/// A project with this server. Answers are drawn at a temperature above 0; here they must be the same each time.
fn project(server: &DemoServer) -> Workspace {
    let place = rows(ROWS);
    let url = server.base_url();
    place.write(
        "wording.toml",
        &format!(
            "[endpoint.mine]\nbase_url = \"{url}\"\nmax_in_flight = {IN_FLIGHT}\n[experiment.x]\ntemplates = [\"t.j2\"]\n\
             dataset = \"d.jsonl\"\nanswer = \"label\"\nmodels = [\"mine/icl\"]\nparams = {{ temperature = 0 }}\n\
             [[experiment.x.metric]]\nkind = \"label\"\nlabels = [\"good\", \"bad\"]\n"
        ),
    );
    place
}

fn start(place: &Workspace) -> Child {
    start_with(place, &[])
}

fn start_with(place: &Workspace, more: &[&str]) -> Child {
    let mut command = place.command(&["run", "--format", "json"]);
    command.args(more);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

#[cfg(unix)]
#[test]
fn an_interrupt_keeps_what_was_done_and_exits_with_130() {
    let runtime = Runtime::new().unwrap();
    for signal in ["INT", "TERM", "HUP"] {
        let server = demo_server(&runtime, 50);
        let place = project(&server);
        let child = start(&place);
        until_requests(&runtime, &server, 2 * IN_FLIGHT);
        let killed = std::process::Command::new("kill")
            .args(["-s", signal, &child.id().to_string()])
            .status()
            .unwrap();
        assert!(killed.success());
        let out = child.wait_with_output().unwrap();
        let err = String::from_utf8(out.stderr).unwrap();
        assert_eq!(out.status.code(), Some(130), "{signal}: {err}");
        assert!(err.contains("--resume"), "{err}");
        let said: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
        let completed = said["trials"]["completed"].as_u64().unwrap();
        assert!((1..ROWS as u64).contains(&completed), "{completed}");
        let again = place.run(&["run", "--format", "json", "--resume"]).json();
        assert_eq!(again["trials"]["completed"], ROWS);
        assert_eq!(
            again["trials"]["sent"], ROWS,
            "{completed} were done before"
        );
    }
}

#[test]
fn what_was_typed_for_a_run_is_so_when_it_is_resumed_by_its_name() {
    let runtime = Runtime::new().unwrap();
    let server = demo_server(&runtime, 50);
    let place = project(&server);
    let mut child = start_with(&place, &["--rows", "30", "--samples", "2", "--seed", "9"]);
    until_requests(&runtime, &server, 2 * IN_FLIGHT);
    child.kill().unwrap();
    child.wait().unwrap();
    let runs = place.run(&["runs", "--format", "json"]).json();
    let run = runs[0]["run"].as_str().unwrap();
    let said = place.run(&["run", "--format", "json", "--resume", run]);
    assert_eq!(said.code, 0, "{}", said.err);
    let said = said.json();
    assert_eq!(said["run"], run);
    assert_eq!(said["trials"]["completed"], 60, "{}", said["trials"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_run_started_with_nohup_outlives_a_hangup() {
    let runtime = Runtime::new().unwrap();
    let server = demo_server(&runtime, 10);
    let place = project(&server);
    let inner = place.command(&["run", "--format", "json"]);
    let child = std::process::Command::new("nohup")
        .arg(inner.get_program())
        .args(inner.get_args())
        .current_dir(place.path())
        .env_clear()
        .envs(inner.get_envs().filter_map(|(k, v)| Some((k, v?))))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    until_requests(&runtime, &server, 2 * IN_FLIGHT);
    let pid = rustix::process::Pid::from_raw(child.id() as i32).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::HUP).unwrap();
    let out = child.wait_with_output().unwrap();
    let err = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(0), "{err}");
}

/// What a summary says, but for what differs from run to run: names, clocks, and who paid.
fn findings(said: &serde_json::Value) -> serde_json::Value {
    let mut said = said.clone();
    let map = said.as_object_mut().unwrap();
    for name in ["run", "elapsed_s", "mean_in_flight", "trials"] {
        assert!(map.remove(name).is_some(), "{name}");
    }
    for variant in said["variants"].as_array_mut().unwrap() {
        variant
            .as_object_mut()
            .unwrap()
            .retain(|name, _| !name.contains("latency"));
    }
    said
}

#[test]
fn kill_9_at_twenty_moments_and_go_on() {
    const KEPT_WITHIN: Duration = Duration::from_millis(50);
    let runtime = Runtime::new().unwrap();
    let whole = {
        let server = demo_server(&runtime, 4);
        let place = project(&server);
        place.run(&["run", "--format", "json"]).json()
    };
    let mut rng = ChaCha8Rng::seed_from_u64(20);
    for moment in 0..20 {
        let server = demo_server(&runtime, 4);
        let place = project(&server);
        let at = rng.random_range(1..ROWS as u64 - 10);
        let mut requests = server.watch_requests();
        let mut child = start(&place);
        let mut seen = Vec::new();
        runtime.block_on(async {
            while *requests.borrow_and_update() < at {
                let more = timeout(Duration::from_secs(60), requests.changed()).await;
                more.unwrap().unwrap();
                seen.push((Instant::now(), *requests.borrow()));
            }
        });
        let killed = Instant::now();
        child.kill().unwrap();
        child.wait().unwrap();
        let before = server.requests();
        assert_eq!(integrity(&place), "ok", "killed after {before} requests");
        let runs = place.run(&["runs", "--format", "json"]).json();
        let is_running = |run: &serde_json::Value| run["state"] == "running";
        assert!(!runs.as_array().unwrap().iter().any(is_running), "{runs}");
        let said = place.run(&["run", "--format", "json", "--resume"]);
        assert_eq!(said.code, 0, "{}", said.err);
        let said = said.json();
        assert_eq!(said["trials"]["completed"], ROWS, "{}", said["trials"]);
        assert_eq!(said["trials"]["failed"], 0, "{}", said["trials"]);
        assert_eq!(findings(&said), findings(&whole), "moment {moment}");
        // Every answer that had arrived 50 ms before the kill is kept: only requests that left after that, or were on
        // their way then, may be sent again.
        let long_before = seen
            .iter()
            .rev()
            .find(|(at, _)| killed.duration_since(*at) >= KEPT_WITHIN);
        let recent = before - long_before.map_or(0, |(_, n)| *n);
        let paid_twice = server.requests() - ROWS as u64;
        assert!(
            paid_twice <= recent + IN_FLIGHT,
            "moment {moment}: {paid_twice} answers were paid for twice, {recent} requests left in the last 50 ms"
        );
    }
}
