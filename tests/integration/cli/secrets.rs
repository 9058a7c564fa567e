//! A secret stands nowhere but in the environment, whatever a server does with it.

use super::echo::Echo;
use crate::support::Workspace;
use std::{path::Path, sync::atomic::Ordering};

const KEY: &str = "sk-t/7Q3xK9vLw+mPzR2bTnY8s";
const TEAM: &str = "team-5HqWc4ZgVb1N";
const PASSWORD: &str = "pw-8DfKj3RmXe";
/// Parts of them that no escape and no cut hides.
const PARTS: [&str; 6] = ["7Q3xK9", "vLw", "bTnY8s", "5HqWc4", "ZgVb1N", "8DfKj3RmXe"];

fn without_secrets(what: &str, bytes: &[u8]) {
    for part in PARTS {
        let found = bytes
            .windows(part.len())
            .position(|window| window == part.as_bytes());
        if let Some(at) = found {
            let around = &bytes[at.saturating_sub(80)..(at + 80).min(bytes.len())];
            panic!(
                "{part} stands in {what}: {}",
                String::from_utf8_lossy(around)
            );
        }
    }
}

/// How many files were looked at.
fn look_through(dir: &Path) -> usize {
    let mut files = 0;
    for entry in walkdir::WalkDir::new(dir) {
        let entry = entry.unwrap();
        if entry.file_type().is_file() {
            files += 1;
            let bytes = std::fs::read(entry.path()).unwrap();
            without_secrets(&entry.path().display().to_string(), &bytes);
        }
    }
    files
}

#[test]
fn no_command_and_no_file_shows_a_secret() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let echo = Echo::start(&runtime);
    let url = echo
        .url
        .replace("http://", &format!("http://me:{PASSWORD}@"));
    let place = Workspace::empty();
    let endpoint = |name: &str, path: &str, retries: u32| {
        format!(
            "[endpoint.{name}]\nbase_url = \"{url}{path}?api-key={PASSWORD}\"\napi_key_env = \"ECHO_KEY\"\nretries = {retries}\nheaders = {{ X-Team = \"team ${{ECHO_TEAM}}\" }}\n"
        )
    };
    let project = format!(
        "{}{}{}\n{}{}",
        endpoint("good", "/v1", 60),
        endpoint("streams", "/streams", 60),
        endpoint("bad", "/refuse", 0),
        "[experiment.a]\ntemplates = [\"t.j2\", \"u.j2\"]\ndataset = \"d.jsonl\"\nanswer = \"label\"\nmodels = [\"good/m\"]\n",
        "[[experiment.a.metric]]\nkind = \"label\"\nlabels = [\"positive\", \"negative\"]\n",
    );
    place.write(
        "wording.toml",
        &project
            .replace("[endpoint.bad]", "[endpoint.bad]\nstream = false")
            .replace("[endpoint.streams]", "[endpoint.streams]\nstream = true"),
    );
    place.write("t.j2", "Positive or negative? {{ row.text }}");
    place.write("u.j2", "Good or bad? {{ row.text }}");
    let rows: String = (0..16)
        .map(|i| format!("{{\"text\": \"fine {i}\", \"label\": \"positive\"}}\n"))
        .collect();
    place.write("d.jsonl", &rows);
    let log = |n: &str| format!("log-{n}.jsonl");
    let (a, b, c) = (log("good"), log("bad"), log("streams"));
    let commands: Vec<Vec<&str>> = vec![
        vec!["check"],
        vec!["check", "--format", "json"],
        vec!["render"],
        vec!["run", "-vv", "--log", &a],
        vec!["report"],
        vec!["report", "--format", "json"],
        vec!["report", "-o", "r.html"],
        vec!["report", "-o", "r.md"],
        vec!["report", "-o", "r.json"],
        vec!["report", "-o", "r.csv"],
        vec!["report", "-o", "r.xml"],
        vec!["diff", "t.j2", "u.j2"],
        vec!["diff", "t.j2", "u.j2", "-o", "d.html"],
        vec!["export", "--format", "jsonl"],
        vec!["export", "--format", "csv", "-o", "e.csv"],
        vec!["runs"],
        vec!["runs", "show"],
        vec!["runs", "show", "--format", "json"],
        vec![
            "run",
            "--model",
            "streams/m",
            "-vv",
            "--log",
            &c,
            "--format",
            "json",
        ],
        vec!["export", "--format", "jsonl"],
        vec![
            "run", "--model", "bad/m", "-vv", "--log", &b, "--format", "json",
        ],
        vec!["report"],
        vec!["report", "-o", "f.html"],
        vec!["report", "-o", "f.xml"],
        vec!["export", "--format", "jsonl"],
        vec!["runs", "show"],
        vec!["models", "good"],
        vec!["models", "good"],
        vec!["models", "--format", "json"],
        vec!["models", "good", "--probe", "m"],
        vec!["models", "bad", "--probe", "m", "--format", "json"],
        vec!["models", "streams", "--probe", "m"],
    ];
    let mut shown = String::new();
    for args in commands {
        let said = place
            .command(&args)
            .env("ECHO_KEY", KEY)
            .env("ECHO_TEAM", TEAM)
            .output()
            .unwrap();
        without_secrets(&format!("stdout of {args:?}"), &said.stdout);
        without_secrets(&format!("stderr of {args:?}"), &said.stderr);
        shown += &String::from_utf8(said.stdout).unwrap();
        shown += &String::from_utf8(said.stderr).unwrap();
    }
    // The server did what it is there for, and what it said was shown.
    assert!(echo.asked.load(Ordering::Relaxed) > 100);
    assert!(shown.contains("Bearer <key>"), "{shown}");
    for (file, event) in [
        (&a, "finished"),
        (&b, "finished"),
        (&c, "finished"),
        (&a, "retried"),
    ] {
        let log = place.read(file);
        let event = format!("\"event\":\"{event}\"");
        let lines: Vec<&str> = log.lines().filter(|l| l.contains(&event)).collect();
        assert!(!lines.is_empty(), "{file}");
        for line in lines {
            assert!(line.contains("\"request_id\":\"Bearer <key>\""), "{line}");
            assert!(line.contains("\"latency_ms\":"), "{line}");
        }
    }
    // What the user wrote is the user's.
    std::fs::remove_file(place.path().join("wording.toml")).unwrap();
    assert!(place.path().join(".wording").join("wording.db").exists());
    assert!(look_through(place.path()) > 12);
}
