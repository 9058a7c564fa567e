//! `wording batch`: the plan as request files; results in any order, in parts, twice, with errors; then as if run here.

use crate::support::Workspace;
use serde_json::{Value, json};
use std::{collections::HashSet, path::PathBuf};
use wording::demo::{DemoServer, DemoSpec};

/// What another engine would answer to the requests in these files, a line each.
pub(crate) fn executed(files: &[PathBuf]) -> Vec<Value> {
    // The test's own client needs what the program sets up for itself.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let server = DemoServer::start(DemoSpec::default()).await.unwrap();
        let http = reqwest::Client::new();
        let mut results = Vec::new();
        for file in files {
            for line in std::fs::read_to_string(file).unwrap().lines() {
                let request: Value = serde_json::from_str(line).unwrap();
                let path = request["url"].as_str().unwrap();
                assert!(["/v1/chat/completions", "/v1/responses"].contains(&path), "{path}");
                let url = format!("http://{}{path}", server.addr());
                let answer = http
                    .post(url)
                    .header("content-type", "application/json")
                    .body(request["body"].to_string())
                    .send()
                    .await
                    .unwrap();
                let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
                results.push(json!({
                    "id": "batch_req_1", "custom_id": request["custom_id"],
                    "response": {"status_code": 200, "request_id": "x", "body": body}, "error": null,
                }));
            }
        }
        results
    })
}

fn files(exported: &Value) -> Vec<PathBuf> {
    let files = exported["files"].as_array().unwrap();
    files
        .iter()
        .map(|f| PathBuf::from(f["path"].as_str().unwrap()))
        .collect()
}

fn lines(results: &[Value]) -> String {
    results.iter().map(|r| format!("{r}\n")).collect()
}

/// Scores and counts of a summary, without what belongs to one run.
fn scores(summary: &Value) -> Value {
    let variants = summary["variants"].as_array().unwrap();
    variants
        .iter()
        .map(|v| {
            json!([
                v["name"],
                v["n"],
                v["score"],
                v["low"],
                v["high"],
                v["diff"],
                v["unreadable"]
            ])
        })
        .collect()
}

#[test]
fn results_of_a_batch_stand_for_a_run() {
    let direct = Workspace::sample();
    let expected = direct.run(&["run", "sentiment", "--format", "json"]).json();

    let place = Workspace::sample();
    let typed = [
        "batch",
        "export",
        "sentiment",
        "--max-requests",
        "200",
        "--format",
        "json",
    ];
    let exported = place.run(&typed).json();
    let planned = expected["trials"]["planned"].as_u64().unwrap();
    assert_eq!(
        exported["requests"].as_u64().unwrap() + exported["repeated"].as_u64().unwrap(),
        planned
    );
    let files: Vec<PathBuf> = files(&exported)
        .iter()
        .map(|f| place.path().join(f))
        .collect();
    assert_eq!(
        files.len() as u64,
        exported["requests"].as_u64().unwrap().div_ceil(200)
    );
    let again = place.run(&typed);
    assert!(again.err.contains("--force"), "{}", again.err);

    let mut results = executed(&files);
    let ids: HashSet<&str> = results
        .iter()
        .map(|r| r["custom_id"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), results.len(), "an id stands twice");
    // The last come first, ten were too late, the first five come again in another file.
    results.reverse();
    let late = results.split_off(results.len() - 10);
    let late: Vec<Value> = late
        .iter()
        .map(|r| json!({"custom_id": r["custom_id"], "response": null, "error": {"code": "batch_expired", "message": "too late"}}))
        .collect();
    place.write("a.jsonl", &lines(&results));
    place.write("b.jsonl", &(lines(&results[..5]) + &lines(&late)));
    let said = place.run(&["batch", "import", "a.jsonl", "b.jsonl", "--format", "json"]);
    assert_eq!(said.code, 1, "some have no answer: {}", said.err);
    let imported = said.json();
    assert_eq!(imported["new"], results.len());
    assert_eq!(imported["known"], 5);
    assert_eq!(imported["failed"][0]["code"], "batch_expired");
    assert_eq!(imported["failed"][0]["count"], 10);

    // What is open can be exported once more, or run here.
    let rest = place.run(&[
        "batch",
        "export",
        "sentiment",
        "-o",
        "rest",
        "--format",
        "json",
    ]);
    assert_eq!(rest.json()["requests"], 10);
    let summary = place.run(&["run", "sentiment", "--format", "json"]).json();
    assert_eq!(summary["trials"]["sent"], 10, "{summary}");
    assert_eq!(summary["trials"]["failed"], 0);
    assert_eq!(scores(&summary), scores(&expected));
}

#[test]
fn what_is_no_result_is_told_with_its_place() {
    let place = Workspace::sample();
    place.write(
        "r.jsonl",
        "{\"custom_id\": \"request-1\", \"response\": null}\noops\n",
    );
    let said = place.run(&["batch", "import", "r.jsonl"]);
    assert_eq!(said.code, 2);
    for words in ["r.jsonl:1:", "`request-1`", "r.jsonl:2:"] {
        assert!(said.out.contains(words), "{words:?} in {}", said.out);
    }
    said.check("cli/batch-bad-results");
    let said = place.run(&["batch", "import", "none.jsonl"]);
    assert_eq!(said.code, 2);
    said.check("cli/batch-no-file");
}

#[test]
fn batches_are_submitted_followed_and_fetched() {
    let direct = Workspace::sample();
    let expected = direct.run(&["run", "sentiment", "--format", "json"]).json();

    let place = Workspace::sample();
    let said = place.run(&["batch", "submit"]);
    assert_eq!(said.code, 2);
    assert!(
        said.err.contains("wording batch export -o batch"),
        "{}",
        said.err
    );
    place.run(&["batch", "export", "sentiment", "--max-requests", "250"]);
    let sent = place.run(&["batch", "submit", "--format", "json"]).json();
    assert_eq!(sent["submitted"].as_array().unwrap().len(), 2, "{sent}");
    // Nothing is sent twice.
    let again = place.run(&["batch", "submit", "--format", "json"]).json();
    assert_eq!(again["submitted"], json!([]));
    assert_eq!(again["submitted_before"], 2);
    // Each command has a server of its own: batches outlive it.
    let over = place.run(&["batch", "status", "--wait", "--format", "json"]);
    let over = over.json();
    for batch in over.as_array().unwrap() {
        assert_eq!(batch["state"], "completed", "{over}");
        assert_eq!(batch["completed"], batch["requests"]);
    }
    let fetched = place.run(&["batch", "fetch", "--format", "json"]).json();
    let requests: u64 = over
        .as_array()
        .unwrap()
        .iter()
        .map(|b| b["requests"].as_u64().unwrap())
        .sum();
    assert_eq!(fetched["new"], requests);
    let nothing = place.run(&["batch", "fetch", "--format", "json"]).json();
    assert_eq!(nothing["new"], 0);
    let summary = place.run(&["run", "sentiment", "--format", "json"]).json();
    assert_eq!(summary["trials"]["sent"], 0, "{summary}");
    assert_eq!(scores(&summary), scores(&expected));
}

#[test]
fn a_batch_that_is_cancelled_is_submitted_anew() {
    let place = Workspace::sample();
    place.run(&["batch", "export", "triage"]);
    let sent = place.run(&["batch", "submit", "--format", "json"]).json();
    let id = sent["submitted"][0]["id"].as_str().unwrap();
    let ended = place
        .run(&["batch", "cancel", id, "--format", "json"])
        .json();
    assert_eq!(ended[0]["state"], "cancelled");
    let said = place.run(&["batch", "cancel", "batch_none"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains(id), "{}", said.err);
    let again = place.run(&["batch", "submit", "--format", "json"]).json();
    assert_eq!(again["submitted"].as_array().unwrap().len(), 1, "{again}");
}

#[test]
fn refused_requests_come_in_a_file_of_their_own() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let script = "[[step]]\nok = true\ntimes = 10\n[[step]]\nstatus = 429\ntimes = 5\n[[step]]\ncut_after = 20\n";
    let script = wording::demo::Script::parse(script).unwrap();
    let server = runtime
        .block_on(DemoServer::start_with(DemoSpec::default(), Some(script)))
        .unwrap();
    let place = Workspace::sample();
    let project = place.read("wording.toml").replace("demo/icl", "other/icl");
    let endpoint = format!("[endpoint.other]\nbase_url = \"{}\"\n", server.base_url());
    place.write("wording.toml", &(endpoint + &project));
    place.run(&["batch", "export", "triage"]);
    place.run(&["batch", "submit"]);
    let over = place
        .run(&["batch", "status", "--wait", "--format", "json"])
        .json();
    assert_eq!(over[0]["failed"], 6, "{over}");
    let fetched = place.run(&["batch", "fetch", "--format", "json"]);
    assert_eq!(fetched.code, 1, "{}", fetched.err);
    let fetched = fetched.json();
    let failed: u64 = fetched["failed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["count"].as_u64().unwrap())
        .sum();
    assert_eq!(failed, 6, "{fetched}");
    let summary = place.run(&["run", "triage", "--format", "json"]).json();
    assert_eq!(summary["trials"]["sent"], 6, "{summary}");
    // A file that is no batch is refused with its line.
    place.write("batch/triage-other-icl-1.jsonl", "{}\n");
    place.run(&["batch", "submit"]);
    let said = place.run(&["batch", "status", "--wait"]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("line 1"), "{}", said.err);
}
