//! "Cost at most" on the session's confirm screen and in `wording check`: the same figures, whatever sets them.

use crate::support::{TestSession, Workspace};
use serde_json::Value;
use wording::demo::{DemoServer, DemoSpec};

const MODELS: &str = "models = [\"demo/icl\"]\nbaseline = \"plain\"";
const PARAMS: &str =
    "params = { temperature = 0.0, max_tokens = 32 }\n\n[experiment.sentiment.axes]\n";
/// A model with a price of its own, one with a price in the built-in table, and one without a price.
const PRICED: &str = "models = [\"mine/big\"]\nbaseline = \"plain\"";
const TWO: &str = "models = [\"mine/big\", \"mine/gpt-4.1-mini\"]\nbaseline = \"plain\"";
const UNPRICED: &str = "models = [\"mine/big\", \"demo/icl\"]\nbaseline = \"plain\"";

fn check(stage: &TestSession) -> Value {
    let file = stage.path("wording.toml");
    let place = Workspace::empty();
    let args = ["check", "sentiment", "--format", "json", "--project"];
    let said = place.run(&[&args[..], &[file.to_str().unwrap()]].concat());
    assert_eq!(said.code, 0, "{}", said.err);
    said.json()[0].clone()
}

/// The session on the sample project with these models and parameters; its estimate is compared with `check`'s.
fn session(models: &str, params: &str) -> (TestSession, Value) {
    let endpoint = "[endpoint.mine]\nbase_url = \"http://127.0.0.1:9/v1\"\n[endpoint.mine.model.big]\n\
                    price = { input = 3.0, output = 15.0 }\n\n# English reviews";
    let toml = "wording.toml";
    let changes = [
        (toml, "# English reviews", endpoint),
        (toml, MODELS, models),
        (toml, PARAMS, params),
    ];
    let stage = TestSession::changed("sentiment", &changes);
    let checked = check(&stage);
    let estimate = stage.model.workspace.estimate.as_ref().unwrap();
    assert_eq!(checked["calls"], estimate.calls());
    for (model, checked) in estimate
        .models
        .iter()
        .zip(checked["models"].as_array().unwrap())
    {
        assert_eq!(checked["model"], model.model.to_string());
        assert_eq!(checked["prompt_tokens"], model.all.prompt_tokens);
        let out = model.all.completion_tokens_at_most;
        assert_eq!(checked["completion_tokens_at_most"].as_u64(), out);
        assert_eq!(checked["usd_at_most"].as_f64(), model.all.usd_at_most);
        assert_eq!(model.new, model.all, "nothing is answered yet");
    }
    (stage, checked)
}

#[test]
fn the_output_limit_may_be_max_completion_tokens() {
    let params = PARAMS.replace("max_tokens", "max_completion_tokens");
    let (mut stage, checked) = session(PRICED, &params);
    let calls = checked["calls"].as_u64().unwrap();
    assert_eq!(
        checked["models"][0]["completion_tokens_at_most"],
        calls * 32
    );
    let usd = stage
        .model
        .workspace
        .estimate
        .as_ref()
        .unwrap()
        .usd_at_most()
        .unwrap();
    assert_eq!(checked["models"][0]["usd_at_most"], usd);
    stage.press("r");
    let shown = format!("at most {}", wording::tui::view::money(usd));
    assert!(
        stage.screen(120, 36).contains(&shown),
        "{}",
        stage.screen(120, 36)
    );
}

#[test]
fn an_axis_that_raises_the_limit_raises_the_cost() {
    let axis = format!("{PARAMS}params = {{ max_tokens = [8, 512] }}\n");
    let (_, checked) = session(PRICED, &axis);
    let calls = checked["calls"].as_u64().unwrap();
    assert_eq!(
        checked["models"][0]["completion_tokens_at_most"],
        calls / 2 * (8 + 512)
    );
}

#[test]
fn several_models_and_samples_add_up_and_a_missing_price_is_unknown() {
    let samples = PARAMS.replace("params", "samples = 3\nparams");
    let (stage, checked) = session(TWO, &samples);
    let usd = stage
        .model
        .workspace
        .estimate
        .as_ref()
        .unwrap()
        .usd_at_most();
    let models = checked["models"].as_array().unwrap();
    let sum = models
        .iter()
        .map(|m| m["usd_at_most"].as_f64().unwrap())
        .sum();
    assert_eq!(usd, Some(sum));
    let (stage, _) = session(UNPRICED, PARAMS);
    assert_eq!(
        stage
            .model
            .workspace
            .estimate
            .as_ref()
            .unwrap()
            .usd_at_most(),
        None
    );
    let unlimited = PARAMS.replace(", max_tokens = 32", "");
    let (_, checked) = session(PRICED, &unlimited);
    assert_eq!(checked["models"][0]["usd_at_most"], Value::Null);
}

#[test]
fn reused_answers_cost_nothing_and_the_whole_plan_still_agrees_with_check() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime
        .block_on(DemoServer::start(DemoSpec::default()))
        .unwrap();
    let endpoint = format!(
        "[endpoint.mine]\nbase_url = \"{}\"\n[endpoint.mine.model.icl]\n\
         price = {{ input = 3.0, output = 15.0 }}\n\n# English reviews",
        server.base_url()
    );
    let models = MODELS.replace("demo/icl", "mine/icl");
    let changes = [
        ("wording.toml", "# English reviews", endpoint.as_str()),
        ("wording.toml", MODELS, models.as_str()),
    ];
    let fresh = TestSession::changed("sentiment", &changes);
    let file = fresh.path("wording.toml");
    let args = ["run", "sentiment", "--variants", "plain", "--project"];
    let said = Workspace::empty().run(&[&args[..], &[file.to_str().unwrap()]].concat());
    assert_eq!(said.code, 0, "{}", said.err);
    let stage = TestSession::open(fresh.workspace, "sentiment");
    let estimate = stage.model.workspace.estimate.as_ref().unwrap();
    let (checked, model) = (check(&stage), &estimate.models[0]);
    assert_eq!(
        checked["models"][0]["usd_at_most"].as_f64(),
        model.all.usd_at_most
    );
    let rows = checked["rows"].as_u64().unwrap();
    assert_eq!(model.to_send, model.calls - rows);
    assert_eq!(
        model.new.completion_tokens_at_most,
        Some(model.to_send * 32)
    );
    assert!(model.new.usd_at_most < model.all.usd_at_most);
    assert_eq!(estimate.usd_at_most(), model.new.usd_at_most);
}
