//! In a pause nothing is sent, not even by those that waited for leave when it began.

use std::{sync::Arc, time::Duration};
use wording::{
    demo::{DemoServer, DemoSpec, Script},
    engine::{Clients, Plan, RunEvent, RunOptions, start},
    project::{EndpointSpec, Project},
    store::Store,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pause_holds_those_that_waited_for_leave() {
    const ROWS: usize = 40;
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    let rows: String = (0..ROWS)
        .map(|i| format!("{{\"text\": \"thing {i}\", \"label\": \"good\"}}\n"))
        .collect();
    write("d.jsonl", &rows);
    write("t.j2", "good or bad?\n{{ row.text }}");
    write(
        "wording.toml",
        "[experiment.x]\ntemplates = [\"t.j2\"]\ndataset = \"d.jsonl\"\nanswer = \"label\"\nmodels = [\"x/icl\"]\n[endpoint.x]\nbase_url = \"http://127.0.0.1:1\"\n[[experiment.x.metric]]\nkind = \"label\"\nlabels = [\"good\", \"bad\"]\n",
    );
    // The first answer halves what may be in flight, so that half of the lanes wait for leave.
    let script = "[[step]]\nstatus = 429\nheaders = { retry-after-ms = \"1\" }\n";
    let spec = DemoSpec {
        latency: Duration::from_millis(60),
        ..DemoSpec::default()
    };
    let server = DemoServer::start_with(spec, Some(Script::parse(script).unwrap()))
        .await
        .unwrap();
    let mut project = Project::load(&dir.path().join("wording.toml")).unwrap();
    let mut endpoint = EndpointSpec::new("x", server.base_url());
    endpoint.max_in_flight = 8;
    project.endpoints.insert("x".into(), endpoint);
    let plan = Arc::new(Plan::load(&project, &project.experiments[0]).unwrap());
    let clients = Clients::open(&project, &plan.models, DemoSpec::default())
        .await
        .unwrap();
    let store = Store::open(&dir.path().join("w.db")).unwrap();
    let mut run = start(plan, Arc::new(clients), store, RunOptions::default());
    let (mut on_their_way, mut finished, mut paused) = (0, 0, false);
    let summary = loop {
        match run.events.recv().await.unwrap() {
            RunEvent::TrialStarted { .. } => {
                assert!(!paused, "sent in a pause");
                on_their_way += 1;
            }
            RunEvent::TrialFinished(_) => {
                on_their_way -= 1;
                finished += 1;
            }
            RunEvent::Paused { .. } => paused = true,
            RunEvent::Continued => paused = false,
            RunEvent::RunFinished(summary) => break summary,
            _ => {}
        }
        if finished == 12 && !paused {
            run.control.pause();
        }
        if paused && on_their_way == 0 {
            run.control.proceed();
            paused = false;
        }
    };
    assert_eq!((summary.completed, finished), (ROWS as u64, ROWS));
}
