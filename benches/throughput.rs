//! Throughput of a whole run (render, send, parse, score, durable store) beside a bare client loop that posts the same
//! bodies, in the same run, against the demo endpoint's fast mode in a process of its own.
//!
//! `cargo bench --bench throughput`

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench tells what it measured, and fails loudly"
)]

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};
use wording::{engine::Plan, project::Project};

const ROWS: usize = 20_000;
const ROUNDS: usize = 5;
const IN_FLIGHT: usize = 64;

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // It ends with us anyhow.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn main() {
    // The bare client below is built without ours, which would do this.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut child = Command::new(env!("CARGO_BIN_EXE_wording"))
        .args(["serve", "--fast", "--port", "0", "-q"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut url = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut url)
        .unwrap();
    let _server = Server(child);
    let url = url.trim().to_owned();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let mut rows = std::fs::File::create(dir.path().join("d.jsonl")).unwrap();
    for i in 0..ROWS {
        writeln!(
            rows,
            "{{\"text\": \"thing number {i} came late but works well\", \"label\": \"positive\"}}"
        )
        .unwrap();
    }
    std::fs::write(
        dir.path().join("t.j2"),
        "Answer with one word: positive or negative.\n{{ row.text }}",
    )
    .unwrap();
    std::fs::write(
        dir.path().join("wording.toml"),
        "[experiment.a]\ntemplates = [\"t.j2\"]\ndataset = \"d.jsonl\"\nanswer = \"label\"\nmodels = [\"demo/icl\"]\n[[experiment.a.metric]]\nkind = \"label\"\nlabels = [\"positive\", \"negative\"]\n",
    )
    .unwrap();
    let project = Project::load(&dir.path().join("wording.toml")).unwrap();
    let plan = Arc::new(Plan::load(&project, &project.experiments[0]).unwrap());
    println!("{ROWS} trials, {IN_FLIGHT} in flight");
    for round in 0..ROUNDS {
        let before = cpu_us();
        let bare = runtime.block_on(bare(&url, &plan));
        let between = cpu_us();
        let whole = whole(&url, dir.path());
        let after = cpu_us();
        let each = |us: f64| us / ROWS as f64;
        println!(
            "round {round}: bare client {bare:.0}/s ({:.0} µs of CPU a request), whole run {whole:.0}/s ({:.0} µs a trial), ratio {:.2}",
            each(between - before),
            each(after - between),
            whole / bare
        );
    }
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

/// A bare loop of the same bodies, answers read and thrown away.
async fn bare(url: &str, plan: &Arc<Plan>) -> f64 {
    let client = Arc::new(
        reqwest::Client::builder()
            .no_proxy()
            .tcp_nodelay(true)
            .build()
            .unwrap(),
    );
    let url = Arc::new(format!("{url}/chat/completions"));
    let bodies: Arc<Vec<String>> = Arc::new(
        plan.dataset
            .rows()
            .map(|row| serde_json::json!({"model": "icl", "messages": plan.prompt(0, &row.unwrap()).unwrap().messages}).to_string())
            .collect(),
    );
    let next = Arc::new(AtomicUsize::new(0));
    let started = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..IN_FLIGHT {
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
    ROWS as f64 / started.elapsed().as_secs_f64()
}

/// A whole run in a process of its own, until its last trial is durable.
fn whole(url: &str, dir: &std::path::Path) -> f64 {
    let in_flight = IN_FLIGHT.to_string();
    let ran = Command::new(env!("CARGO_BIN_EXE_wording"))
        .args(["run", "--template", "t.j2", "--dataset", "d.jsonl"])
        .args([
            "--answer", "label", "--label", "positive", "--label", "negative",
        ])
        .args([
            "--model",
            "x/icl",
            "--base-url",
            url,
            "--max-in-flight",
            &in_flight,
        ])
        .args(["--reuse", "no", "--format", "json", "-q"])
        .current_dir(dir)
        .output()
        .unwrap();
    let summary: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(summary["trials"]["completed"], ROWS, "{summary}");
    ROWS as f64 / summary["elapsed_s"].as_f64().unwrap()
}
