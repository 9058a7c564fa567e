//! Preference pairs: made of bad cases with a wrong answer and the right one, and sent off as a job that learns from them.

use crate::support::Workspace;
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{Method, Uri},
};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// What a server was sent: path and body.
type Sent = Arc<Mutex<Vec<(String, String)>>>;

/// A server of fine-tuning jobs that takes down what it is sent and is done at once.
fn trainer(runtime: &tokio::runtime::Runtime) -> (String, Sent) {
    let sent = Sent::default();
    let router = Router::new().fallback(answer).with_state(Arc::clone(&sent));
    let listener = runtime
        .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
        .unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    runtime.spawn(async move {
        let _ = axum::serve(listener, router).await;
    });
    (url, sent)
}

async fn answer(State(sent): State<Sent>, method: Method, uri: Uri, body: Bytes) -> String {
    let mut sent = sent.lock().unwrap();
    let path = format!("{method} {}", uri.path());
    sent.push((path.clone(), String::from_utf8_lossy(&body).into_owned()));
    let job = json!({"id": "ftjob-1", "status": "succeeded", "model": "base", "fine_tuned_model": "ft:base:x:1"});
    match path.as_str() {
        "POST /v1/files" => json!({"id": format!("file-{}", sent.len())}).to_string(),
        path if path.ends_with("/events") => json!({"data": []}).to_string(),
        _ => job.to_string(),
    }
}

const TEXTS: [&str; 8] = [
    "The parcel arrived open and half of it was gone.",
    "A kettle that takes ten minutes for one cup.",
    "Nobody at the desk knew of our booking.",
    "Its battery is flat before lunch.",
    "The sole came off on the second walk.",
    "Cold soup, warm beer, and a bill for both.",
    "I asked three times and was sent three wrong keys.",
    "The manual is for another machine.",
];

/// A sample whose bad cases have a wrong answer and a right one, exported.
fn exported() -> Workspace {
    let place = Workspace::sample();
    // No two alike: what is nearly the same stays on one side of the split.
    let rows: Vec<String> = TEXTS
        .iter()
        .map(|text| json!({"text": text, "label": "negative", "output": "positive"}).to_string())
        .collect();
    place.write("late.jsonl", &rows.join("\n"));
    let said = place.run(&["badcases", "add", "sentiment", "--from", "late.jsonl"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let said = place.run(&[
        "tune",
        "export",
        "sentiment",
        "--for",
        "openai-preference",
        "--for",
        "trl-dpo",
        "--validation",
        "0.5",
    ]);
    assert_eq!(said.code, 0, "{}", said.err);
    place
}

fn lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect()
}

#[test]
fn a_pair_is_the_wrong_answer_beside_the_right_one() {
    let place = exported();
    let read = |form: &str| {
        let files = ["train", "validation"].map(|part| format!("tuning/{part}.{form}.jsonl"));
        let texts = files.iter().map(|file| place.read(file));
        texts.flat_map(|text| lines(&text)).collect::<Vec<Value>>()
    };
    let (openai, trl) = (read("openai-preference"), read("trl-dpo"));
    // Shots have no wrong answer, so they are no pairs.
    assert!(!openai.is_empty() && openai.len() <= TEXTS.len());
    assert_eq!(openai.len(), trl.len());
    for (a, b) in openai.iter().zip(&trl) {
        let only = |answer: &str| json!([{"role": "assistant", "content": answer}]);
        assert_eq!(a["preferred_output"], only("negative"));
        assert_eq!(a["non_preferred_output"], only("positive"));
        assert_eq!(
            (&b["chosen"], &b["rejected"]),
            (&only("negative"), &only("positive"))
        );
        assert_eq!(a["input"]["messages"], b["prompt"]);
        let last = b["prompt"].as_array().unwrap().last().unwrap();
        let asked = last["content"].as_str().unwrap();
        assert!(TEXTS.iter().any(|text| asked.contains(text)), "{asked}");
    }
}

#[test]
fn a_job_of_pairs_says_so_and_takes_the_pairs_along() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (url, sent) = trainer(&runtime);
    let place = exported();
    let toml = place.read("wording.toml");
    let endpoint = format!("[endpoint.here]\nbase_url = \"{url}\"\n\n");
    place.write("wording.toml", &(endpoint + &toml));
    let said = place.run(&[
        "tune",
        "submit",
        "tuning",
        "--preference",
        "--model",
        "here/base",
        "--epochs",
        "2",
    ]);
    assert_eq!(said.code, 0, "{}", said.err);
    let sent = sent.lock().unwrap();
    let (_, file) = &sent[0];
    assert_eq!(sent[0].0, "POST /v1/files");
    for line in place.read("tuning/train.openai-preference.jsonl").lines() {
        assert!(file.contains(line), "{file}");
    }
    let (_, body) = sent
        .iter()
        .find(|(path, _)| path == "POST /v1/fine_tuning/jobs")
        .unwrap();
    let job: Value = serde_json::from_str(body).unwrap();
    assert_eq!(
        job["method"],
        json!({"type": "dpo", "dpo": {"hyperparameters": {"n_epochs": 2}}})
    );
    assert_eq!(
        (&job["model"], &job["training_file"]),
        (&json!("base"), &json!("file-1"))
    );
    assert_eq!(job["validation_file"], json!("file-2"));
    // The tuned model is asked from now on.
    assert!(place.read("wording.toml").contains("here/ft:base:x:1"));
}

#[test]
fn without_pairs_it_says_where_they_come_from_and_the_stand_in_says_that_it_learns_from_none() {
    let place = Workspace::sample();
    place.run(&["tune", "export", "sentiment"]);
    let said = place.run(&["tune", "submit", "tuning", "--preference"]);
    assert_eq!(said.code, 2);
    said.check_err("cli/preference-no-pairs");
    let place = exported();
    let said = place.run(&["tune", "submit", "tuning", "--preference"]);
    assert_eq!(said.code, 2);
    said.check_err("cli/preference-stand-in");
}
