//! Rows that ask the same: one is sent, and the run ends only when all have its answer.

use std::{sync::Arc, time::Duration};
use wording::{
    demo::{DemoServer, DemoSpec},
    engine::{Clients, Plan, RunEvent, RunOptions, start},
    project::{EndpointSpec, Project},
    store::{CompletionKey, Store},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_event_comes_after_all_that_waited_for_one_answer() {
    const ROWS: usize = 300;
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    write(
        "d.jsonl",
        &"{\"text\": \"it is fine\", \"label\": \"good\"}\n".repeat(ROWS),
    );
    write("t.j2", "good or bad?\n{{ row.text }}");
    write(
        "wording.toml",
        "[experiment.x]\ntemplates = [\"t.j2\"]\ndataset = \"d.jsonl\"\nanswer = \"label\"\nmodels = [\"x/icl\"]\n[endpoint.x]\nbase_url = \"http://127.0.0.1:1\"\n[[experiment.x.metric]]\nkind = \"label\"\nlabels = [\"good\", \"bad\"]\n",
    );
    let spec = DemoSpec {
        // Late enough that all rows wait for the one answer, which is also the last to come.
        latency: Duration::from_millis(100),
        ..DemoSpec::default()
    };
    let server = DemoServer::start(spec).await.unwrap();
    let mut project = Project::load(&dir.path().join("wording.toml")).unwrap();
    let endpoint = EndpointSpec::new("x", server.base_url());
    project.endpoints.insert("x".into(), endpoint);
    let plan = Arc::new(Plan::load(&project, &project.experiments[0]).unwrap());
    let clients = Clients::open(&project, &plan.models, DemoSpec::default())
        .await
        .unwrap();
    let store = Store::open(&dir.path().join("w.db")).unwrap();
    let options = RunOptions {
        reuse: true,
        ..RunOptions::default()
    };
    let model = &plan.models[0];
    let client = clients.client(model).unwrap();
    let prompt = plan.prompt(0, &plan.dataset.row(0).unwrap()).unwrap();
    let request = client.request(&model.model, &prompt, &plan.params(0), false);
    let key = CompletionKey::new(client.identity(), &request.body, 0);
    let mut run = start(plan, Arc::new(clients), store, options);
    let mut finished = 0;
    let summary = loop {
        match run.events.recv().await.unwrap() {
            RunEvent::TrialFinished(_) => finished += 1,
            RunEvent::RunFinished(summary) => break summary,
            _ => {}
        }
    };
    assert_eq!((summary.completed, finished), (ROWS as u64, ROWS));
    assert_eq!(server.requests(), 1);
    // Whoever opens the store later finds the answer before a run has begun.
    let again = Store::open(&dir.path().join("w.db")).unwrap();
    assert!(again.completion(&key).unwrap().is_some());
}
