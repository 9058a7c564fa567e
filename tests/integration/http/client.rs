//! What the client makes of good and bad answers.

use std::sync::Arc;
use wording::{
    demo::{DemoServer, DemoSpec, Script},
    endpoint::{AttemptFailure, Client, Delta},
    engine::{Clients, Plan, RunEvent, RunOptions, start},
    model::{Completion, FailureKind, Message, ModelRef, Prompt, Role},
    project::{EndpointSpec, Project},
    store::Store,
};

async fn server(script: &str) -> DemoServer {
    DemoServer::start_with(DemoSpec::default(), Some(Script::parse(script).unwrap()))
        .await
        .unwrap()
}

async fn ask(server: &DemoServer, stream: bool) -> (Result<Completion, AttemptFailure>, String) {
    let mut spec = EndpointSpec::new("x", server.base_url());
    spec.timeout = std::time::Duration::from_secs(5);
    let client = Client::new(&spec).unwrap();
    let prompt = Prompt::new(vec![Message::new(Role::User, "say 你好 to me")]);
    let request = client.request("echo", &prompt, &[], stream);
    let mut streamed = String::new();
    let result = client
        .send("echo", &request, &mut |delta| {
            if let Delta::Text(text) = delta {
                streamed.push_str(text);
            }
        })
        .await;
    (result, streamed)
}

#[tokio::test]
async fn streamed_and_whole_answers_are_the_same() {
    let server = server("").await;
    let (whole, _) = ask(&server, false).await;
    let (streamed, pieces) = ask(&server, true).await;
    let (whole, streamed) = (whole.unwrap(), streamed.unwrap());
    assert_eq!(whole.text, "say 你好 to me");
    assert_eq!((&streamed.text, &pieces), (&whole.text, &whole.text));
    assert_eq!(
        (streamed.usage, &streamed.finish),
        (whole.usage, &whole.finish)
    );
    assert!(streamed.first_token_ms.is_some() && whole.first_token_ms.is_none());
}

#[tokio::test]
async fn each_fault_has_its_kind_and_says_whether_to_try_again() {
    for (script, kind, retry) in [
        ("[[step]]\nstatus = 500", FailureKind::Server, true),
        (
            "[[step]]\nstatus = 429\nheaders = { retry-after = \"0\" }",
            FailureKind::RateLimited,
            true,
        ),
        ("[[step]]\nstatus = 401", FailureKind::Auth, false),
        ("[[step]]\nstatus = 404", FailureKind::NotFound, false),
        ("[[step]]\nstatus = 422", FailureKind::BadRequest, false),
        ("[[step]]\nmalformed = true", FailureKind::Malformed, true),
        ("[[step]]\ncut_after = 20", FailureKind::Cut, true),
        (
            "[[step]]\nstream_error = \"overloaded\"",
            FailureKind::Server,
            true,
        ),
    ] {
        let server = server(script).await;
        let failed = ask(&server, false).await.0.unwrap_err();
        assert_eq!(
            (failed.failure.kind, failed.retry),
            (kind, retry),
            "{script}: {}",
            failed.failure
        );
        // The script is over: the next one is answered.
        assert!(ask(&server, true).await.0.is_ok(), "{script}");
    }
}

#[tokio::test]
async fn an_endpoint_that_never_answers_times_out() {
    let server = server("[[step]]\nnever = true").await;
    let mut spec = EndpointSpec::new("x", server.base_url());
    spec.timeout = std::time::Duration::from_millis(200);
    let client = Client::new(&spec).unwrap();
    let prompt = Prompt::new(vec![Message::new(Role::User, "x")]);
    let request = client.request("echo", &prompt, &[], false);
    let failed = client
        .send("echo", &request, &mut |_| {})
        .await
        .unwrap_err();
    assert_eq!(
        (failed.failure.kind, failed.slow_down),
        (FailureKind::Timeout, true)
    );
}

#[tokio::test]
async fn the_engine_gets_every_answer_through_faults() {
    let dir = tempfile::tempdir().unwrap();
    let mut project = Project::sample(dir.path()).unwrap();
    let server = server(
        "loop = true\n[[step]]\nok = true\ntimes = 3\n[[step]]\nstatus = 429\nheaders = { retry-after = \"0\" }\n[[step]]\nstatus = 503\nheaders = { retry-after = \"0\" }\n",
    )
    .await;
    let mut spec = EndpointSpec::new("x", server.base_url());
    spec.retries = 50;
    project.endpoints.insert("x".into(), spec);
    let mut experiment = project.experiment(Some("情感")).unwrap().clone();
    experiment.models = vec![ModelRef {
        endpoint: "x".into(),
        model: "icl".into(),
    }];
    experiment.rows = Some(10);
    let plan = Arc::new(Plan::load(&project, &experiment).unwrap());
    let clients = Arc::new(
        Clients::open(&project, &plan.models, DemoSpec::default())
            .await
            .unwrap(),
    );
    let store = Store::open(&dir.path().join("w.db")).unwrap();
    let mut run = start(
        Arc::clone(&plan),
        clients,
        store.clone(),
        RunOptions {
            reuse: true,
            ..RunOptions::default()
        },
    );
    let (mut finished, mut started) = (0, 0);
    let summary = loop {
        match run.events.recv().await.unwrap() {
            RunEvent::TrialStarted { .. } => started += 1,
            RunEvent::TrialFinished(record) => {
                finished += 1;
                assert!(
                    store
                        .trial(&store.run("latest").unwrap().id, record.id)
                        .unwrap()
                        .is_some(),
                    "durable when told"
                );
            }
            RunEvent::RunFinished(summary) => break summary,
            _ => {}
        }
    };
    assert_eq!(
        (summary.planned, summary.completed, summary.failed),
        (40, 40, 0),
        "{summary:?}"
    );
    assert_eq!((started, finished), (40, 40));
    assert!(
        summary.retries > 0 && summary.sent == server.requests(),
        "{summary:?} {}",
        server.requests()
    );
    assert!(
        run.events.recv().await.is_none(),
        "the summary is the last event"
    );
}
