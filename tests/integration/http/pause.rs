//! In a pause nothing is sent, not even by those that waited for leave when it began.

use std::{collections::HashSet, sync::Arc, time::Duration};
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
    // One that was refused waits for leave again, and so is not on its way.
    let (mut on_their_way, mut finished) = (HashSet::new(), 0);
    // Each is asked for once: a pause that ends before the engine saw it would be told by no event.
    let (mut asked_to_pause, mut asked_to_go_on, mut paused) = (false, false, false);
    let summary = loop {
        match run.events.recv().await.unwrap() {
            RunEvent::TrialStarted { id } => {
                assert!(!paused, "sent in a pause");
                on_their_way.insert(id);
            }
            RunEvent::TrialRetried { id, .. } => {
                on_their_way.remove(&id);
            }
            RunEvent::TrialFinished(record) => {
                on_their_way.remove(&record.id);
                finished += 1;
            }
            RunEvent::Paused { .. } => paused = true,
            RunEvent::Continued => paused = false,
            RunEvent::RunFinished(summary) => break summary,
            _ => {}
        }
        if finished >= 12 && !asked_to_pause {
            run.control.pause();
            asked_to_pause = true;
        }
        if paused && on_their_way.is_empty() && !asked_to_go_on {
            run.control.proceed();
            asked_to_go_on = true;
        }
    };
    assert!(asked_to_go_on, "there was no pause");
    assert_eq!((summary.completed, finished), (ROWS as u64, ROWS));
}
