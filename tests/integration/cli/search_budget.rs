//! `wording optimize` when calls or money run out: what was paid for is judged, and what was not decided is called so.

use super::optimize::fits_its_schema;
use crate::support::{Workspace, demo_server};
use serde_json::Value;
use tokio::runtime::Runtime;
use wording::demo::DemoServer;

/// The sample project with rows sealed and a price for its model; a sentence of the wording does nothing.
fn priced(server: &DemoServer) -> Workspace {
    let place = Workspace::changed(&[
        (
            "wording.toml",
            "baseline = \"plain\"",
            "baseline = \"plain\"\nsealed = 0.4",
        ),
        ("wording.toml", "demo/icl", "x/icl"),
        (
            "templates/sentiment/plain.j2",
            "Classify the sentiment",
            "Please take your time with this. Classify the sentiment",
        ),
    ]);
    let endpoint = format!("[endpoint.x]\nbase_url = \"{}\"\n", server.base_url());
    let price = "[endpoint.x.model.icl]\nprice = { input = 1.0, output = 2.0 }\n";
    let config = place.read("wording.toml");
    place.write("wording.toml", &format!("{endpoint}{price}{config}"));
    place
}

fn shorter(place: &Workspace, usd: f64) -> Value {
    let said = place.run(&[
        "optimize",
        "sentiment",
        "--shorter",
        "--margin",
        "0.4",
        "--budget-calls",
        "900",
        "--budget-usd",
        &usd.to_string(),
        "--format",
        "json",
    ]);
    assert_eq!(said.code, 0, "{}", said.err);
    said.json()
}

#[test]
fn money_that_is_spent_is_made_use_of_and_what_it_did_not_decide_is_undecided() {
    let runtime = Runtime::new().unwrap();
    let server = demo_server(&runtime, 0);
    let place = priced(&server);
    let all = shorter(&place, 5.0);
    let is = |search: &Value, what: &str| -> Vec<bool> {
        let pieces = search["pieces"].as_array().unwrap().iter();
        pieces.map(|p| p[what].as_bool().unwrap()).collect()
    };
    assert!(is(&all, "is_left_out").contains(&true), "{all}");
    assert!(!is(&all, "is_undecided").contains(&true), "{all}");
    // A cap that the last test comes to exactly: the same calls, and the same ending.
    let cost = all["spent"]["usd"].as_f64().unwrap();
    assert!(cost > 0.0);
    let same = shorter(&place, cost);
    for what in ["pieces", "candidates", "verdict"] {
        assert_eq!(same[what], all[what]);
    }
    // Half of the money decides nothing, and every form says so.
    let half = shorter(&place, cost / 2.0);
    fits_its_schema(&place, &half);
    assert!(half["spent"]["calls"].as_u64() < all["spent"]["calls"].as_u64());
    assert_eq!(half["verdict"], "not-shorter");
    let undecided = is(&half, "is_undecided");
    assert!(undecided.iter().all(|is| *is), "{half}");
    let shown = |form: &str| {
        let said = place.run(&["optimize", "sentiment", "--resume", "-o", form]);
        assert_eq!(said.code, 0, "{}", said.err);
        (said.out, place.read(form))
    };
    let (text, html) = shown("s.html");
    let (_, markdown) = shown("s.md");
    let verdict = format!(
        "{} pieces stay, undecided: the budget ran out",
        undecided.len()
    );
    for form in [&text, &html, &markdown] {
        assert!(form.contains(&verdict), "{form}");
        assert!(form.contains("stays, undecided"), "{form}");
    }
}

/// A search for a better wording with so many calls, 36 of them for sealed rows.
fn better(calls: &str) -> (Value, String) {
    let place = Workspace::changed(&[(
        "wording.toml",
        "baseline = \"plain\"",
        "baseline = \"plain\"\nsealed = 0.3",
    )]);
    let search = ["optimize", "sentiment", "--writer", "demo/writer"];
    let budget = ["--budget-calls", calls, "--format", "json"];
    let said = place.run(&[&search[..], &budget].concat());
    assert_eq!(said.code, 0, "{}", said.err);
    fits_its_schema(&place, &said.json());
    let text = place.run(&["optimize", "sentiment", "--resume"]).out;
    (said.json(), text)
}

#[test]
fn too_few_calls_are_refused_and_those_that_are_named_reach_the_writer() {
    let place = Workspace::changed(&[(
        "wording.toml",
        "baseline = \"plain\"",
        "baseline = \"plain\"\nsealed = 0.3",
    )]);
    let few = [
        &["optimize", "sentiment", "--writer", "demo/writer"][..],
        &["--budget-calls", "76"],
    ];
    let said = place.run(&few.concat());
    assert_eq!(said.code, 2, "{}", said.out);
    let named = said.err.split("--budget-calls ").nth(1);
    let enough = named.and_then(|rest| rest.split(' ').next()).unwrap();
    let (search, text) = better(enough);
    assert!(search["spent"]["writer_calls"].as_u64() > Some(0));
    let candidates = search["candidates"].as_array().unwrap();
    let undecided = candidates
        .iter()
        .filter(|c| c["state"] == "undecided")
        .count();
    let told = format!("{undecided} undecided: the budget ran out");
    assert_eq!(text.contains(&told), undecided > 0, "{text}");
}
