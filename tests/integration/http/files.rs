//! Files and batches of the demo endpoint, as OpenAI's client asks for them; `tests/real/openai_batches.sh` has the client itself.

use serde_json::{Value, json};
use wording::demo::{DemoServer, DemoSpec};

/// A form with a file of requests.
fn form(requests: &str) -> String {
    format!(
        "--x\r\ncontent-disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n\
         --x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"asked.jsonl\"\r\n\r\n{requests}\r\n--x--\r\n"
    )
}

#[tokio::test]
async fn a_file_says_what_it_is_and_a_batch_what_was_said_of_it() {
    // The test's own client needs what the program sets up for itself.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let server = DemoServer::start(DemoSpec::default()).await.unwrap();
    let (http, base) = (reqwest::Client::new(), server.base_url());
    let read = async |request: reqwest::RequestBuilder| -> (u16, Value) {
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap())
    };
    let get = |path: String| http.get(format!("{base}{path}"));
    let body = json!({"model": "echo", "messages": [{"role": "user", "content": "a"}]});
    let request =
        json!({"custom_id": "1", "method": "POST", "url": "/v1/chat/completions", "body": body});
    let upload = http
        .post(format!("{base}/files"))
        .header("content-type", "multipart/form-data; boundary=x")
        .body(form(&request.to_string()));
    let (_, file) = read(upload).await;
    let id = file["id"].as_str().unwrap();
    let (_, about) = read(get(format!("/files/{id}"))).await;
    assert_eq!(about, file);
    assert_eq!(
        (&about["filename"], &about["purpose"]),
        (&"asked.jsonl".into(), &"batch".into())
    );
    let (status, _) = read(get("/files/file-none".into())).await;
    assert_eq!(status, 404);

    let asked = json!({
        "input_file_id": id, "endpoint": "/v1/chat/completions", "completion_window": "24h", "metadata": {"made": "here"},
    });
    let begin = http
        .post(format!("{base}/batches"))
        .header("content-type", "application/json")
        .body(asked.to_string());
    let (_, begun) = read(begin).await;
    let id = begun["id"].as_str().unwrap();
    let mut batch = begun.clone();
    while batch["status"] != "completed" {
        batch = read(get(format!("/batches/{id}"))).await.1;
    }
    assert_eq!(batch["metadata"], json!({"made": "here"}));
    let output = batch["output_file_id"].as_str().unwrap();
    let (_, about) = read(get(format!("/files/{output}"))).await;
    assert_eq!(about["purpose"], "batch_output");
    assert!(about["bytes"].as_u64() > Some(0));
}
