//! `wording models`: what is listed and what is found out by asking.

use crate::support::{Workspace, snapshot::check_filtered};
use serde_json::Value;
use std::collections::BTreeMap;
use wording::demo::{DemoServer, DemoSpec, Script};

const EXPERIMENT: &str =
    "[experiment.a]\ntemplates = [\"t.j2\"]\ndataset = \"d.jsonl\"\nmodels = [\"demo/icl\"]\n";

fn found(said: &Value) -> BTreeMap<&str, &str> {
    said[0]["probe"]["features"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| (f["name"].as_str().unwrap(), f["support"].as_str().unwrap()))
        .collect()
}

#[test]
fn the_demo_endpoint_lists_its_models_and_is_tried() {
    let place = Workspace::sample();
    let said = place.run(&["models", "demo"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(
        said.out.contains("demo/icl") && said.out.contains("demo/echo"),
        "{}",
        said.out
    );
    said.check("cli/models");
    let said = place.run(&["models", "demo", "--probe"]);
    assert_eq!(said.code, 0, "{}", said.err);
    said.check("cli/models-probe");
    let said = place
        .run(&["models", "demo", "--probe", "icl", "--format", "json"])
        .json();
    assert_eq!(
        found(&said),
        BTreeMap::from([
            ("streaming", "yes"),
            ("usage", "yes"),
            ("stream_usage", "yes"),
            ("n", "yes"),
            ("seed", "accepted"),
            ("logprobs", "yes"),
            ("json_schema", "no"),
        ])
    );
    assert_eq!(said[0]["probe"]["calls"], 8);
}

#[test]
fn what_an_endpoint_refuses_or_ignores_is_found() {
    let place = Workspace::empty();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let script = "ignore = [\"logprobs\"]\n[[refuse]]\nparam = \"n\"\n[[refuse]]\nparam = \"seed\"\nstatus = 422\nmessage = \"Extra inputs are not permitted\"\n[[refuse]]\nparam = \"stream_options\"\n[[refuse]]\nparam = \"max_tokens\"\nmessage = \"Use 'max_completion_tokens' instead of 'max_tokens'.\"\n[[refuse]]\nparam = \"response_format\"\n";
    let server = runtime
        .block_on(DemoServer::start_with(
            DemoSpec::default(),
            Some(Script::parse(script).unwrap()),
        ))
        .unwrap();
    let endpoint = format!("[endpoint.mine]\nbase_url = \"{}\"\n", server.base_url());
    place.write("wording.toml", &format!("{EXPERIMENT}{endpoint}"));
    let said = place
        .run(&["models", "mine", "--probe", "icl", "--format", "json"])
        .json();
    assert_eq!(
        found(&said),
        BTreeMap::from([
            ("streaming", "yes"),
            ("usage", "yes"),
            ("stream_usage", "refused"),
            ("n", "refused"),
            ("seed", "refused"),
            ("logprobs", "no"),
            ("json_schema", "refused"),
        ])
    );
    // Plain, stream, n, one seed, logprobs, schema; and one more for each of the two things that were learned.
    assert_eq!(said[0]["probe"]["calls"], 8);
    assert_eq!(server.requests(), 8);
    let said = place.run(&["models", "mine", "--probe", "icl"]);
    assert!(
        said.out.contains("Extra inputs are not permitted") && said.out.contains("`seed`"),
        "{}",
        said.out
    );
    said.check("cli/models-probe-refused");
}

#[test]
fn a_probe_that_cannot_be_made_says_why() {
    let place = Workspace::empty();
    let endpoint = "[endpoint.mine]\nbase_url = \"http://127.0.0.1:9/v1\"\n";
    place.write("wording.toml", &format!("{EXPERIMENT}{endpoint}"));
    let mut texts = Vec::new();
    for (args, code, part) in [
        (&["models", "--probe"][..], 2, "ENDPOINT"),
        (&["models", "mine", "--probe"], 2, "--probe"),
        (&["models", "demo", "--probe", "nothing"], 1, "nothing"),
        (&["models", "nowhere"], 2, "`nowhere`"),
    ] {
        let said = place.run(args);
        assert_eq!(said.code, code, "{args:?}: {}{}", said.out, said.err);
        let shown = said.transcript();
        assert!(shown.contains(part), "{args:?}: {shown}");
        texts.push(shown);
    }
    check_filtered("cli/models-errors", &texts.join("\n"));
}
