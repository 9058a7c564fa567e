//! "Cost at most" and budgets in dollars against what a server then charges.

use crate::support::{Workspace, answering::serve_paths};
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use wording::model::Date;

/// Writes to the cache are dearer than input, reasoning is dearer than output, long prompts and the priority tier are dearer.
const PRICE: &str = "price = { input = 100, cached = 10, cache_write = 125, output = 400, reasoning = 600, tiers = [{ above = 300, input = 200, cache_write = 250, output = 600, reasoning = 900 }, { service = \"priority\", input = 300, cache_write = 400, output = 900, reasoning = 999 }] }";

const ROWS: usize = 24;

/// What the server charged, in millionths of a dollar.
type Charged = Arc<AtomicU64>;

/// A server that counts a token for each byte, writes all of it to its cache, thinks up to the limit, refuses each fifth request for a
/// while, and adds a hidden prompt where there are tools.
fn dear_server() -> (u16, Charged) {
    let charged = Charged::default();
    let (sum, asked) = (Arc::clone(&charged), AtomicU64::new(0));
    let port = serve_paths(move |_, body| {
        if asked.fetch_add(1, Ordering::Relaxed) % 5 == 4 {
            return (
                429,
                json!({"error": {"message": "slow down"}, "retry_after": 0.01}),
            );
        }
        let messages = body["messages"].as_array().unwrap().iter();
        let bytes = messages.map(|m| m["content"].as_str().unwrap().len() as u64);
        let tools = match body["tools"].as_array() {
            Some(tools) => json!(tools).to_string().len() as u64 + 804,
            None => 0,
        };
        let prompt = bytes.sum::<u64>() + 100 + tools;
        let completion = body["max_tokens"].as_u64().unwrap();
        let tier = body["service_tier"].as_str().unwrap_or("default");
        let (input, output) = match (tier, prompt > 300) {
            ("priority", _) => (400, 999),
            (_, true) => (250, 900),
            (_, false) => (125, 600),
        };
        sum.fetch_add(prompt * input + completion * output, Ordering::Relaxed);
        let usage = json!({
            "prompt_tokens": prompt, "completion_tokens": completion,
            "prompt_tokens_details": {"cache_write_tokens": prompt},
            "completion_tokens_details": {"reasoning_tokens": completion},
        });
        let choice = json!({"index": 0, "message": {"role": "assistant", "content": "good"}, "finish_reason": "stop"});
        (
            200,
            json!({"model": "m", "choices": [choice], "usage": usage, "service_tier": tier}),
        )
    });
    (port, charged)
}

fn project(port: u16, price: &str, more: &str) -> String {
    format!(
        "[endpoint.dear]\nbase_url = \"http://127.0.0.1:{port}/v1\"\n[endpoint.dear.model.m]\n{price}\n\
         [experiment.x]\ntemplates = [\"t.j2\"]\ndataset = \"d.jsonl\"\nanswer = \"label\"\nmodels = [\"dear/m\"]\n{more}\n\
         [[experiment.x.metric]]\nkind = \"label\"\nlabels = [\"good\", \"bad\"]\n"
    )
}

fn place() -> Workspace {
    let place = Workspace::empty();
    place.write("t.j2", "{{ text }}");
    let rows = (0..ROWS).map(|i| {
        let text = "word ".repeat(1 + 4 * i);
        json!({"text": format!("{i} {text}"), "label": "good"}).to_string() + "\n"
    });
    place.write("d.jsonl", &rows.collect::<String>());
    place.write(
        "tools/search.json",
        r#"{"type": "function", "function": {"name": "search", "description": "Find a page", "parameters": {"type": "object", "properties": {"q": {"type": "string"}}}}}"#,
    );
    place
}

#[test]
fn what_is_paid_is_at_most_what_check_said() {
    for more in [
        "params = { max_tokens = 20 }",
        "params = { max_tokens = 20, service_tier = \"priority\" }",
        "params = { max_tokens = 20 }\ntools = \"tools/*.json\"",
        "params = { max_tokens = 7 }\nsamples = 2",
    ] {
        let (port, charged) = dear_server();
        let place = place();
        place.write("wording.toml", &project(port, PRICE, more));
        let said = place.run(&["check", "--format", "json"]).json();
        let said = said[0]["models"][0]["usd_at_most"].as_f64().unwrap();
        let run = place.run(&["run", "x", "--format", "json"]);
        assert_eq!(run.code, 0, "{more}: {}", run.err);
        let paid = run.json()["cost_usd"].as_f64().unwrap();
        let charged = charged.load(Ordering::Relaxed) as f64 / 1e6;
        assert!(
            (paid - charged).abs() < 1e-9,
            "{more}: stored {paid}, charged {charged}"
        );
        assert!(paid <= said, "{more}: paid {paid}, said {said}");
        assert!(said < 3.0 * paid, "{more}: paid {paid}, said {said}");
    }
}

#[test]
fn a_budget_in_dollars_is_not_exceeded() {
    let (port, charged) = dear_server();
    let place = place();
    let more = "params = { max_tokens = 20, service_tier = \"priority\" }\nbudget = { usd = 1.0 }";
    place.write("wording.toml", &project(port, PRICE, more));
    let run = place.run(&["run", "x", "--format", "json"]);
    assert_eq!(run.code, 1, "{}", run.err);
    let charged = charged.load(Ordering::Relaxed) as f64 / 1e6;
    assert!((0.6..=1.0).contains(&charged), "{charged}");
}

/// What the place of processing adds is spent, and not only reserved.
#[test]
fn a_budget_in_dollars_holds_where_the_place_costs_more() {
    for cap in [0.3, 0.4, 0.6, 0.8] {
        let (port, charged) = dear_server();
        let place = place();
        let more = format!(
            "params = {{ max_tokens = 20, inference_geo = \"us\" }}\nbudget = {{ usd = {cap} }}"
        );
        place.write("wording.toml", &project(port, PRICE, &more));
        let run = place.run(&["run", "x", "--format", "json"]);
        assert_eq!(run.code, 1, "{}", run.err);
        let charged = 1.1 * charged.load(Ordering::Relaxed) as f64 / 1e6;
        assert!(charged <= cap && charged > 0.5 * cap, "{charged} {cap}");
    }
}

#[test]
fn a_budget_in_dollars_needs_a_price() {
    let (port, charged) = dear_server();
    let place = place();
    let more = "params = { max_tokens = 20 }\nbudget = { usd = 1.0 }";
    place.write("wording.toml", &project(port, "tuned = false", more));
    let run = place.run(&["run", "x"]);
    assert_eq!(run.code, 2, "{}", run.err);
    assert!(
        run.err.contains("the price of dear/m is not known"),
        "{}",
        run.err
    );
    assert_eq!(charged.load(Ordering::Relaxed), 0);
    let check = place.run(&["check"]);
    assert!(check.out.contains("price unknown"), "{}", check.out);
    assert!(!check.out.contains("at most $"), "{}", check.out);
    // Free is a price.
    let free = "price = { input = 0, output = 0 }";
    place.write("wording.toml", &project(port, free, more));
    assert_eq!(place.run(&["run", "x"]).code, 0);
    // Whatever the server adds.
    let more = "params = { max_tokens = 20, enable_search = true }\nbudget = { usd = 1.0 }";
    place.write("wording.toml", &project(port, free, more));
    assert_eq!(place.run(&["run", "x"]).code, 0);
    place.write("wording.toml", &project(port, PRICE, more));
    let run = place.run(&["run", "x"]);
    assert_eq!(run.code, 2, "{}", run.err);
    assert!(run.err.contains("with `enable_search`"), "{}", run.err);
}

/// The parameters of a judge are those of its metric.
#[test]
fn a_judge_that_searches_has_no_budget_in_dollars() {
    let (port, charged) = dear_server();
    let place = place();
    place.write("rubric.md", "Is it good? {{ output }}");
    let judge = "[[experiment.x.metric]]\nkind = \"judge\"\nmodel = \"dear/m\"\nrubric = \"rubric.md\"\nscale = 5\n\
                 params = { web_search_options = {} }\nbudget = { usd = 1.0 }\n";
    let more = "params = { max_tokens = 20 }";
    place.write("wording.toml", &(project(port, PRICE, more) + judge));
    let run = place.run(&["run", "x"]);
    assert_eq!(run.code, 2, "{}", run.err);
    assert!(run.err.contains("with `web_search_options`"), "{}", run.err);
    assert_eq!(charged.load(Ordering::Relaxed), 0);
}

#[test]
fn a_model_that_is_shut_down_soon_is_warned_of() {
    let now = Date::today();
    let day = |left: i64| Date::of_days(now.days_since(Date::of_days(0)) + left);
    let (soon, late) = (day(46), day(200));
    let list = json!({"data": [{"id": "m", "shutdown_date": soon}, {"id": "old", "shutdown_date": day(-1)}, {"id": "new"}]});
    let port = serve_paths(move |_, _: &Value| (200, list.clone()));
    let place = place();
    place.write(
        "wording.toml",
        &project(port, "tuned = false", "params = { temperature = 0 }"),
    );
    let said = place.run(&["models", "dear"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(
        said.out
            .contains(&format!("dear/m · shut down on {soon} (in 46 days)")),
        "{}",
        said.out
    );
    assert!(
        said.out.contains("dear/old · shut down since "),
        "{}",
        said.out
    );
    assert!(said.out.contains("dear/new\n"), "{}", said.out);
    let json = place.run(&["models", "dear", "--format", "json"]).json();
    assert_eq!(json[0]["models"][0]["shutdown"], json!(soon));
    // By the table, without a request; and what the model takes.
    for (shutdown, warns) in [(soon, true), (late, false)] {
        let entry =
            json!({"model": "a/m", "shutdown": shutdown, "sampling": warns, "prefill": false});
        let table = format!("{{\"source\":\"mine\",\"date\":\"2026-11-29\"}}\n{entry}\n");
        place.write("facts.jsonl", &table);
        assert_eq!(place.run(&["models", "--prices", "facts.jsonl"]).code, 0);
        place.write(
            "wording.toml",
            &project(port, "base_model = \"a/m\"", "params = { temperature = 0 }"),
        );
        let said = place.run(&["check"]).out;
        assert_eq!(
            said.contains(&format!(
                "dear/m is shut down on {soon} (in 46 days) [shutdown]"
            )),
            warns,
            "{said}"
        );
        assert_eq!(
            said.contains("dear/m takes no `temperature` other than 1"),
            !warns,
            "{said}"
        );
        assert!(!said.contains("[refused-prefill]"), "{said}");
    }
    place.write("t.j2", "{{ text }}{{ role(\"assistant\") }}Answer:");
    let said = place.run(&["check"]).out;
    assert!(
        said.contains("refuses a last message of the assistant") && said.contains("t.j2:1:"),
        "{said}"
    );
}
