//! A run through an endpoint that fails in every way three times out of ten.

use std::{sync::Arc, time::Duration};
use wording::{
    demo::{DemoServer, DemoSpec, Script},
    engine::{Clients, Plan, RunEvent, RunOptions, start},
    model::ModelRef,
    project::{EndpointSpec, Project},
    store::Store,
};

const ROWS: usize = 250;
const VARIANTS: usize = 4;
const IN_FLIGHT: usize = 32;

/// Three faults among ten answers, each kind in turn; hangs are rarer, for each costs the time-out.
fn script() -> String {
    let fault = |text: &str| format!("[[step]]\n{text}\n");
    let answers = |n: u32| format!("[[step]]\nok = true\ntimes = {n}\n");
    let kinds = [
        "status = 429\nheaders = { retry-after-ms = \"5\" }",
        "status = 500\nheaders = { retry-after-ms = \"5\" }",
        "cut_after = 30",
        "malformed = true",
        "stream_error = \"overloaded\"",
        "status = 503\nheaders = { retry-after = \"0\" }",
        "status = 408\nheaders = { retry-after-ms = \"1\" }",
        "cut_after = 0",
        "status = 529\nheaders = { retry-after-ms = \"5\" }",
    ];
    let mut script = String::from("loop = true\n");
    for round in 0..8 {
        for (i, kind) in kinds.iter().enumerate() {
            script += &answers(2 + u32::from(i % 3 == 0));
            script += &fault(if round == 0 && i == 1 {
                "never = true"
            } else {
                kind
            });
        }
    }
    script
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_cells_come_through_thirty_percent_of_faults() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    let rows: String = (0..ROWS)
        .map(|i| format!("{{\"text\": \"thing {i} is fine\", \"label\": \"good\"}}\n"))
        .collect();
    write("d.jsonl", &rows);
    write(
        "t.j2",
        "+++\n[axes]\nhow = [\"Say\", \"Tell\", \"Answer\", \"Choose\"]\n+++\n{{ how }}: good or bad?\n{{ row.text }}",
    );
    write(
        "wording.toml",
        "[experiment.x]\ntemplates = [\"t.j2\"]\ndataset = \"d.jsonl\"\nanswer = \"label\"\nmodels = [\"x/icl\"]\n[endpoint.x]\nbase_url = \"http://127.0.0.1:1\"\n[[experiment.x.metric]]\nkind = \"label\"\nlabels = [\"good\", \"bad\"]\n",
    );
    let script = Script::parse(&script()).unwrap();
    let server = DemoServer::start_with(DemoSpec::default(), Some(script))
        .await
        .unwrap();
    let mut project = Project::load(&dir.path().join("wording.toml")).unwrap();
    let mut spec = EndpointSpec::new("x", server.base_url());
    spec.timeout = Duration::from_millis(1500);
    spec.max_in_flight = IN_FLIGHT;
    spec.retries = 12;
    project.endpoints.insert("x".into(), spec);
    let mut experiment = project.experiments[0].clone();
    experiment.models = vec![ModelRef {
        endpoint: "x".into(),
        model: "icl".into(),
    }];
    let plan = Arc::new(Plan::load(&project, &experiment).unwrap());
    let clients = Clients::open(&project, &plan.models, DemoSpec::default())
        .await
        .unwrap();
    let store = Store::open(&dir.path().join("w.db")).unwrap();
    let options = RunOptions {
        reuse: true,
        ..RunOptions::default()
    };
    let mut run = start(Arc::clone(&plan), Arc::new(clients), store.clone(), options);
    let summary = loop {
        match run.events.recv().await.unwrap() {
            RunEvent::SlowedDown { in_flight, .. } => {
                assert!(in_flight < IN_FLIGHT);
            }
            RunEvent::RunFinished(summary) => break summary,
            _ => {}
        }
    };
    let cells = (ROWS * VARIANTS) as u64;
    assert_eq!(
        (summary.completed, summary.failed, &summary.stopped),
        (cells, 0, &None),
        "{summary:?}"
    );
    let info = store.run("latest").unwrap();
    let mut kept = 0;
    store
        .each_trial(&info.id, &mut |trial| {
            kept += u64::from(trial.outcome.completion().is_some());
        })
        .unwrap();
    assert_eq!(kept, cells, "each cell once");
    assert_eq!(summary.sent, server.requests());
    assert!(
        server.most_in_flight() <= IN_FLIGHT as u64,
        "{} in flight",
        server.most_in_flight()
    );
    let each = summary.sent as f64 / cells as f64;
    assert!((1.2..=1.5).contains(&each), "{each:.2} requests an answer");
}
