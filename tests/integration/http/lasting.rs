//! Errors that will not go away: they are sent once, and stop the variants that meet them.

use crate::support::{Workspace, answering::serve_bytes};
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

const VARIANTS: usize = 32;
const ROWS: usize = 12;

fn workspace(port: u16) -> Workspace {
    let place = Workspace::empty();
    let hows: Vec<String> = (0..VARIANTS).map(|i| format!("\"how {i}.\"")).collect();
    place.write(
        "t.j2",
        &format!(
            "+++\n[axes]\nhow = [{}]\n+++\n{{{{ how }}}} {{{{ row.text }}}}",
            hows.join(", ")
        ),
    );
    let rows = (0..ROWS).map(|i| format!("{{\"text\": \"thing {i}\", \"label\": \"good\"}}\n"));
    place.write("d.jsonl", &rows.collect::<String>());
    place.write("wording.toml", &format!(
        "[endpoint.x]\nbase_url = \"http://127.0.0.1:{port}/v1\"\nmax_in_flight = 4\n[experiment.a]\ntemplates = [\"t.j2\"]\ndataset = \"d.jsonl\"\nanswer = \"label\"\nmodels = [\"x/m\"]\n[[experiment.a.metric]]\nkind = \"label\"\nlabels = [\"good\", \"bad\"]\n"
    ));
    place
}

fn reply(status: u16, body: &Value) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n{body}"
    )
    .into()
}

fn good() -> Vec<u8> {
    let choice = json!({"index": 0, "message": {"content": "good"}, "finish_reason": "stop"});
    reply(200, &json!({"model": "m", "choices": [choice]}))
}

fn bad(status: u16) -> Vec<u8> {
    let detail =
        json!([{"loc": ["body", "top_k"], "msg": "must be an integer", "type": "type_error"}]);
    reply(status, &json!({"detail": detail}))
}

#[test]
fn what_every_variant_meets_is_one_error_and_a_resumed_run_sends_the_rest() {
    for status in [422, 500] {
        let requests = Arc::new(AtomicU64::new(0));
        let is_fixed = Arc::new(AtomicBool::new(false));
        let port = serve_bytes({
            let (requests, is_fixed) = (Arc::clone(&requests), Arc::clone(&is_fixed));
            move |body| {
                requests.fetch_add(u64::from(body["messages"].is_array()), Ordering::Relaxed);
                if is_fixed.load(Ordering::Relaxed) {
                    good()
                } else {
                    bad(status)
                }
            }
        });
        let place = workspace(port);
        let ran = place.run(&["run", "--format", "json"]);
        assert_eq!(ran.code, 1, "{}", ran.err);
        assert_eq!(
            ran.err.matches("top_k: must be an integer").count(),
            1,
            "{}",
            ran.err
        );
        assert!(ran.err.contains("in 32 of 32 variants"), "{}", ran.err);
        let sent = requests.load(Ordering::Relaxed);
        assert!(
            sent <= 5 + 4 * VARIANTS as u64,
            "{sent} requests for {VARIANTS} variants"
        );
        is_fixed.store(true, Ordering::Relaxed);
        let resumed = place.run(&["run", "--resume", "latest", "--format", "json"]);
        assert_eq!(resumed.code, 0, "{}", resumed.err);
        let json = resumed.json();
        let all = (VARIANTS * ROWS) as u64;
        assert_eq!(
            (&json["trials"]["completed"], &json["trials"]["failed"]),
            (&json!(all), &json!(0))
        );
        assert_eq!(requests.load(Ordering::Relaxed), sent + all);
    }
}

#[test]
fn a_variant_that_fails_leaves_the_others_alone() {
    let port = serve_bytes(|body| {
        let text = body["messages"][0]["content"].as_str().unwrap();
        if text.starts_with("how 7.") {
            bad(400)
        } else {
            good()
        }
    });
    let place = workspace(port);
    let ran = place.run(&["run", "--format", "json"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.contains("in 1 of 32 variants"), "{}", ran.err);
    let trials = &ran.json()["trials"];
    assert_eq!(trials["completed"], (VARIANTS - 1) * ROWS, "{}", ran.err);
    let failed = trials["failed"].as_u64().unwrap();
    assert!(
        (5..=8).contains(&failed),
        "{failed} sent before it was known"
    );
}
