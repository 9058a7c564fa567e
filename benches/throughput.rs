//! A whole run (render, send, parse, score, durable store) beside a bare client loop that posts the same bodies, in turn, in
//! one run, each in a process of its own, against the demo endpoint's fast mode in another: an instant one, and one that
//! takes 200 ms.
//!
//! `cargo bench --bench throughput`

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench tells what it measured, and fails loudly"
)]

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};
use wording::{engine::Plan, project::Project};

/// What is measured.
struct Setting {
    latency_ms: u64,
    in_flight: usize,
    rows: usize,
    rounds: usize,
}

const SETTINGS: [Setting; 3] = [
    Setting {
        latency_ms: 0,
        in_flight: 64,
        rows: 20_000,
        rounds: 7,
    },
    Setting {
        latency_ms: 200,
        in_flight: 64,
        rows: 1_280,
        rounds: 3,
    },
    Setting {
        latency_ms: 200,
        in_flight: 1_000,
        rows: 5_000,
        rounds: 5,
    },
];

impl Setting {
    /// The least time that all answers take together, in seconds; 0 for an instant server.
    fn ideal_s(&self) -> f64 {
        self.rows.div_ceil(self.in_flight) as f64 * self.latency_ms as f64 / 1e3
    }
}

struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(latency_ms: u64) -> Server {
        let mut child = Command::new(env!("CARGO_BIN_EXE_wording"))
            .args(["serve", "--fast", "--port", "0", "-q"])
            .args(["--latency-ms", &latency_ms.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut url)
            .unwrap();
        let url = url.trim().to_owned();
        Server { child, url }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It ends with us anyhow.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn main() {
    // The bare client below is built without ours, which would do this.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for setting in &SETTINGS {
        let server = Server::start(setting.latency_ms);
        let dir = tempfile::tempdir().unwrap();
        let plan = plan(dir.path(), setting.rows);
        println!(
            "{} trials, {} in flight, answers after {} ms",
            setting.rows, setting.in_flight, setting.latency_ms
        );
        for round in 0..setting.rounds {
            let before = cpu_us();
            let bare_s = runtime.block_on(bare(&server.url, &plan, setting.in_flight));
            let between = cpu_us();
            let whole_s = whole(&server.url, dir.path(), setting);
            let after = cpu_us();
            let each = |us: f64| us / setting.rows as f64;
            let mut line = format!(
                "  round {round}: bare client {:.0}/s ({:.0} µs of CPU a request), whole run {:.0}/s ({:.0} µs a trial), ratio {:.2}",
                setting.rows as f64 / bare_s,
                each(between - before),
                setting.rows as f64 / whole_s,
                each(after - between),
                bare_s / whole_s
            );
            if setting.latency_ms > 0 {
                let ideal_s = setting.ideal_s();
                line += &format!(
                    "; {:.3} and {:.3} × ideal",
                    bare_s / ideal_s,
                    whole_s / ideal_s
                );
            }
            println!("{line}");
        }
    }
}

/// A project of so many rows in a folder.
fn plan(dir: &Path, rows: usize) -> Plan {
    let mut file = std::fs::File::create(dir.join("d.jsonl")).unwrap();
    for i in 0..rows {
        writeln!(
            file,
            "{{\"text\": \"thing number {i} came late but works well\", \"label\": \"positive\"}}"
        )
        .unwrap();
    }
    let write = |name: &str, text: &str| std::fs::write(dir.join(name), text).unwrap();
    write(
        "t.j2",
        "Answer with one word: positive or negative.\n{{ row.text }}",
    );
    write(
        "wording.toml",
        "[experiment.a]\ntemplates = [\"t.j2\"]\ndataset = \"d.jsonl\"\nanswer = \"label\"\nmodels = [\"demo/icl\"]\n[[experiment.a.metric]]\nkind = \"label\"\nlabels = [\"positive\", \"negative\"]\n",
    );
    let project = Project::load(&dir.join("wording.toml")).unwrap();
    Plan::load(&project, &project.experiments[0]).unwrap()
}

/// CPU time of this process and of its children that have ended, in microseconds; 0 where the system does not tell.
fn cpu_us() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default();
    // User and system time, own and the children's, in hundredths of a second.
    fields
        .split_whitespace()
        .skip(11)
        .take(4)
        .filter_map(|ticks| ticks.parse::<f64>().ok())
        .sum::<f64>()
        * 1e4
}

/// A bare loop of the same bodies, answers read and thrown away; how long it takes, in seconds.
async fn bare(url: &str, plan: &Plan, in_flight: usize) -> f64 {
    let client = Arc::new(
        reqwest::Client::builder()
            .no_proxy()
            .tcp_nodelay(true)
            .build()
            .unwrap(),
    );
    let url = Arc::new(format!("{url}/chat/completions"));
    let body = |row| {
        let messages = plan.prompt(0, &row).unwrap().messages;
        serde_json::json!({"model": "icl", "messages": messages}).to_string()
    };
    let bodies: Vec<String> = plan.dataset.rows().map(|row| body(row.unwrap())).collect();
    let bodies = Arc::new(bodies);
    let next = Arc::new(AtomicUsize::new(0));
    let started = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..in_flight {
        let (client, url, bodies, next) = (
            Arc::clone(&client),
            Arc::clone(&url),
            Arc::clone(&bodies),
            Arc::clone(&next),
        );
        tasks.spawn(async move {
            while let Some(body) = bodies.get(next.fetch_add(1, Ordering::Relaxed)) {
                let request = client
                    .post(url.as_str())
                    .header("content-type", "application/json")
                    .body(body.clone());
                request.send().await.unwrap().bytes().await.unwrap();
            }
        });
    }
    tasks.join_all().await;
    started.elapsed().as_secs_f64()
}

/// A whole run, until its last trial is durable; how long it takes, in seconds.
fn whole(url: &str, dir: &Path, setting: &Setting) -> f64 {
    let in_flight = setting.in_flight.to_string();
    let labels = ["--label", "positive", "--label", "negative"];
    let ran = Command::new(env!("CARGO_BIN_EXE_wording"))
        .args(["run", "--template", "t.j2", "--dataset", "d.jsonl"])
        .args(["--answer", "label", "--model", "x/icl", "--base-url", url])
        .args(labels)
        .args(["--max-in-flight", &in_flight, "--reuse", "no"])
        .args(["--format", "json", "-q"])
        .current_dir(dir)
        .output()
        .unwrap();
    let summary: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(summary["trials"]["completed"], setting.rows, "{summary}");
    summary["elapsed_s"].as_f64().unwrap()
}
