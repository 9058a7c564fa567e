//! A run that is killed loses no answer and pays for none twice.

use crate::place::Place;
use std::{
    process::Stdio,
    time::{Duration, Instant},
};
use wording::demo::{DemoServer, DemoSpec};

#[cfg(unix)]
#[test]
fn an_interrupt_keeps_what_was_done_and_exits_with_130() {
    for signal in ["INT", "TERM"] {
        let place = Place::sample();
        let mut child = place
            .command(&[
                "run",
                "sentiment",
                "--format",
                "json",
                "--demo-latency-ms",
                "50",
                "--max-in-flight",
                "2",
                "--log",
                "log",
            ])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // The log is written by blocks; its file is there once the run is followed.
        while !place.path().join("log").exists() {
            assert!(child.try_wait().unwrap().is_none());
            std::thread::yield_now();
        }
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
        let again = place
            .run(&["run", "sentiment", "--format", "json", "--resume"])
            .json();
        assert_eq!(again["trials"]["completed"], 420);
        assert_eq!(again["trials"]["sent"], 420, "{completed} were done before");
    }
}

#[test]
fn kill_9_in_the_middle_and_go_on() {
    const ROWS: usize = 300;
    const IN_FLIGHT: u64 = 4;
    const KEPT_WITHIN: Duration = Duration::from_millis(50);
    let place = Place::empty();
    place.write(
        "t.j2",
        "Good or bad? Answer with one word: good or bad.\n{{ row.text }}",
    );
    let rows: String = (0..ROWS)
        .map(|i| format!("{{\"text\": \"thing {i}\", \"label\": \"good\"}}\n"))
        .collect();
    place.write("d.jsonl", &rows);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let spec = DemoSpec {
        latency: Duration::from_millis(5),
        ..DemoSpec::default()
    };
    let server = runtime.block_on(DemoServer::start(spec)).unwrap();
    let url = server.base_url();
    let args = |resume: bool| {
        let mut args = vec![
            "run",
            "--template",
            "t.j2",
            "--dataset",
            "d.jsonl",
            "--answer",
            "label",
            "--label",
            "good",
            "--label",
            "bad",
            "--model",
            "mine/icl",
            "--base-url",
            &url,
            "--max-in-flight",
            "4",
            "--format",
            "json",
        ];
        if resume {
            args.push("--resume");
        }
        args
    };
    let mut child = place
        .command(&args(false))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut seen = Vec::new();
    while server.requests() < 100 {
        assert!(
            child.try_wait().unwrap().is_none(),
            "the run ended before it could be killed"
        );
        let now = server.requests();
        if seen.last().is_none_or(|(_, n)| *n != now) {
            seen.push((Instant::now(), now));
        }
        std::thread::yield_now();
    }
    let killed = Instant::now();
    child.kill().unwrap();
    child.wait().unwrap();
    let before = server.requests();
    assert!(before < ROWS as u64, "killed too late to test anything");
    let said = place.run(&args(true));
    assert_eq!(said.code, 0, "{}", said.err);
    let trials = said.json()["trials"].clone();
    assert_eq!(trials["completed"], ROWS, "{trials}");
    assert_eq!(
        trials["sent"], ROWS,
        "what was sent before the kill counts: {trials}"
    );
    // Every answer that had arrived 50 ms before the kill is kept: only requests that left after that, or were on their
    // way then, may be sent again.
    let long_before = seen
        .iter()
        .rev()
        .find(|(at, _)| killed.duration_since(*at) >= KEPT_WITHIN);
    let recent = before - long_before.map_or(0, |(_, n)| *n);
    let paid_twice = server.requests() - ROWS as u64;
    assert!(
        paid_twice <= recent + IN_FLIGHT,
        "{paid_twice} answers were paid for twice, {recent} requests left in the last 50 ms"
    );
}
