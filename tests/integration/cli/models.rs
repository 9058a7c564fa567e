//! `wording models`: what is listed and what is found out by asking.

use crate::support::{Workspace, answering::serve_bytes, snapshot::check_filtered};
use serde_json::{Value, json};
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
            ("system_role", "yes"),
            ("same_role_twice", "yes"),
            ("added_system", "no"),
            ("chat", "yes"),
            ("completions", "yes"),
            ("responses", "yes"),
            ("max_tokens", "yes"),
            ("max_completion_tokens", "yes"),
            ("temperature", "no"),
            ("seed", "accepted"),
            ("stop", "yes"),
            ("n", "yes"),
            ("logprobs", "yes"),
            // Those of the two labels.
            ("top_logprobs", "accepted"),
            ("json_schema", "no"),
        ])
    );
    assert_eq!(said[0]["probe"]["calls"], 23);
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
            ("system_role", "yes"),
            ("same_role_twice", "yes"),
            ("added_system", "no"),
            ("chat", "yes"),
            ("completions", "yes"),
            ("responses", "yes"),
            ("max_tokens", "refused"),
            ("max_completion_tokens", "yes"),
            ("temperature", "no"),
            ("seed", "refused"),
            ("stop", "yes"),
            ("n", "refused"),
            ("logprobs", "no"),
            ("json_schema", "refused"),
        ])
    );
    assert_eq!(said[0]["probe"]["calls"], server.requests());
    let said = place.run(&["models", "mine", "--probe", "icl"]);
    assert!(
        said.out.contains("Extra inputs are not permitted") && said.out.contains("`seed`"),
        "{}",
        said.out
    );
    said.check("cli/models-probe-refused");
}

/// A server that takes everything and honours little: of the limits only `max_tokens`, no stop string, no temperature,
/// log-probabilities only with those of other tokens; its chat template knows no system role and wants turns.
fn careless(body: &Value) -> Vec<u8> {
    let reply = |status: u16, body: Value| {
        format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n{body}").into()
    };
    let Some(messages) = body["messages"].as_array() else {
        return reply(200, json!({"data": [{"id": "real"}]}));
    };
    if messages.len() > 1 {
        let message = "Jinja Exception: Conversation roles must alternate user/assistant";
        return reply(500, json!({"error": {"message": message, "code": 500}}));
    }
    let words: Vec<String> = (1..=40).map(|n| n.to_string()).collect();
    let most = body["max_tokens"].as_u64().unwrap_or(40) as usize;
    let text = words[..most.min(40)].join(" ");
    let mut choice = json!({"index": 0, "message": {"content": text}, "finish_reason": "length"});
    if body["top_logprobs"].is_u64() {
        choice["logprobs"] = json!({"content": []});
    }
    let usage = json!({"prompt_tokens": 9, "completion_tokens": 40});
    reply(
        200,
        json!({"model": "real", "choices": [choice], "usage": usage}),
    )
}

#[test]
fn what_a_server_takes_without_effect_is_found_and_an_unlisted_model_is_warned_of() {
    let place = Workspace::empty();
    let port = serve_bytes(careless);
    let endpoint = format!("[endpoint.mine]\nbase_url = \"http://127.0.0.1:{port}/v1\"\n");
    place.write("wording.toml", &format!("{EXPERIMENT}{endpoint}"));
    let said = place.run(&["models", "mine", "--probe", "other", "--format", "json"]);
    let said = said.json();
    let found = found(&said);
    for (feature, support) in [
        ("streaming", "no"),
        ("system_role", "refused"),
        ("same_role_twice", "refused"),
        ("max_tokens", "yes"),
        ("max_completion_tokens", "no"),
        ("temperature", "no"),
        ("seed", "accepted"),
        ("stop", "no"),
        ("n", "no"),
        ("logprobs", "yes"),
        ("json_schema", "unclear"),
    ] {
        assert_eq!(found[feature], support, "{feature}: {said}");
    }
    assert_eq!(
        said[0]["warning"],
        "`mine` does not list a model `other`; it lists only `real`, and may answer with that"
    );
    let said = place.run(&["models", "mine", "--probe", "other"]);
    said.check("cli/models-probe-careless");
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

/// Two models of LiteLLM's table, with prices of our own.
const PRICES: &str = r#"{
    "gpt-4o": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 7e-6, "output_cost_per_token": 9e-6},
    "text-embedding-3-small": {"litellm_provider": "openai", "mode": "embedding", "input_cost_per_token": 1e-8}
}"#;

#[test]
fn a_table_of_prices_holds_until_one_goes_back() {
    let place = Workspace::empty();
    place.write("t.j2", "{{ x }}");
    place.write("d.jsonl", "{\"x\": 1}\n");
    place.write(
        "wording.toml",
        "[endpoint.openai]\nbase_url = \"https://api.openai.com/v1\"\n[experiment.a]\ntemplates = [\"t.j2\"]\ndataset = \"d.jsonl\"\nmodels = [\"openai/gpt-4o\"]\nparams = { max_tokens = 1_000_000 }\n",
    );
    let usd = || {
        let said = place.run(&["check", "--format", "json"]).json();
        said[0]["models"][0]["usd_at_most"].as_f64().unwrap()
    };
    let before = usd();
    place.write("prices.json", PRICES);
    let said = place.run(&["models", "--prices", "prices.json"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(
        said.out.starts_with("facts: LiteLLM of 20") && said.out.contains("1 model"),
        "{}",
        said.out
    );
    assert!(said.err.contains("--prices built-in"), "{}", said.err);
    assert!((usd() - 9.0).abs() < 0.01 && before != usd());
    let check = place.run(&["check"]);
    assert!(
        check
            .out
            .contains("openai/gpt-4o uses the price of openai/gpt-4o (facts: LiteLLM of 20"),
        "{}",
        check.out
    );
    // A file that is wrong changes nothing and is located; a stored one that was damaged says how to go back.
    place.write("wrong.json", &PRICES.replace("9e-6", "\"9\""));
    let said = place.run(&["models", "--prices", "wrong.json"]);
    assert_eq!(said.code, 2);
    assert!(
        said.err.contains("wrong.json:2:") && said.err.contains("`output_cost_per_token` must be"),
        "{}",
        said.err
    );
    assert!((usd() - 9.0).abs() < 0.01);
    let stored = "home/.local/share/wording/models.jsonl";
    place.write(stored, &place.read(stored).replace("output", "outputs"));
    let said = place.run(&["check"]);
    assert_eq!(said.code, 2);
    assert!(
        said.err.contains("models.jsonl:2:") && said.err.contains("--prices built-in"),
        "{}",
        said.err
    );
    let said = place.run(&["models", "--prices", "built-in"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.contains("built in"), "{}", said.out);
    assert_eq!(usd(), before);
}

#[test]
fn a_project_names_prices_and_entries() {
    let place = Workspace::empty();
    place.write("t.j2", "{{ x }}");
    place.write("d.jsonl", "{\"x\": 1}\n");
    let project = |model: &str| {
        format!(
            "[endpoint.gw]\nbase_url = \"http://127.0.0.1:9/v1\"\n[endpoint.gw.model.prod]\n{model}\n[experiment.a]\ntemplates = [\"t.j2\"]\ndataset = \"d.jsonl\"\nmodels = [\"gw/prod\"]\nparams = {{ max_tokens = 1_000_000 }}\n"
        )
    };
    let check = |model: &str| {
        place.write("wording.toml", &project(model));
        place.run(&["check"])
    };
    assert!(check("tuned = false").out.contains("price unknown"));
    let said = check("base_model = \"openai/gpt-4o\"");
    assert!(
        said.out.contains("uses the price of openai/gpt-4o (facts:"),
        "{}",
        said.out
    );
    let said = check(
        "price = { input = 1, output = 2, tiers = [{ above = 200, service = \"flex\", input = 3, output = 4 }] }",
    );
    assert!(said.out.contains("at most $2.0"), "{}", said.out);
    for (model, wrong) in [
        ("price = { output = 2 }", "`input`"),
        (
            "price = { input = -1, output = 2 }",
            "`input` cannot be less than 0",
        ),
        (
            "price = { input = 1, output = 2, tiers = [{ service = \"slow\", input = 1, output = 1 }] }",
            "`service` cannot be \"slow\"",
        ),
        (
            "base_model = \"openai/gpt-4oo\"",
            "did you mean `openai/gpt-4o`?",
        ),
    ] {
        let said = check(model);
        assert_eq!(said.code, 2, "{}", said.out);
        assert!(
            said.err.contains(wrong) && said.err.contains("wording.toml:4:"),
            "{}",
            said.err
        );
    }
}

#[test]
fn a_parameter_that_the_server_ignores_has_no_effect_seen() {
    let place = Workspace::sample();
    let axes = "params = { temperature = { axis = [0.0, 1.0] }, reasoning_effort = { axis = [\"low\", \"high\"] }, seed = 3 }";
    let project = format!(
        "[experiment.a]\ntemplates = [\"templates/sentiment/plain.j2\"]\ndataset = \"datasets/sentiment.jsonl\"\nmodels = [\"demo/icl\"]\nanswer = \"label\"\n{axes}\n[[experiment.a.metric]]\nkind = \"label\"\nlabels = [\"positive\", \"negative\"]\n"
    );
    place.write("wording.toml", &project);
    let said = place.run(&["models", "demo", "--probe", "icl"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let line = |name: &str| {
        let mut lines = said.out.lines();
        let line = lines.find(|line| line.trim_start().starts_with(name));
        line.unwrap_or_else(|| panic!("{name}: {}", said.out))
    };
    assert!(
        line("params.reasoning_effort ")
            .contains("no        no effect seen: the same answer and tokens at \"low\", \"high\""),
        "{}",
        said.out
    );
    let said = place.run(&["run", "a", "-q"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let said = place.run(&["report"]);
    let mut lines = said
        .out
        .lines()
        .skip_while(|line| !line.contains("params.reasoning_effort "));
    assert!(
        lines
            .next()
            .is_some_and(|line| line.ends_with("no effect seen")),
        "{}",
        said.out
    );
    assert!(
        lines
            .next()
            .is_some_and(|line| line.contains("comparisons of calls")),
        "{}",
        said.out
    );
    let said = place.run(&["report", "-o", "r.json"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let report: Value = serde_json::from_str(&place.read("r.json")).unwrap();
    let axes = report["axes"].as_array().unwrap();
    let seen = |name: &str| {
        let axis = axes.iter().find(|axis| axis["name"] == name).unwrap();
        axis["no_effect_seen"]["same_pairs"].as_u64()
    };
    assert_eq!(seen("params.reasoning_effort"), Some(120));
    assert_eq!(seen("params.temperature"), None);
}
