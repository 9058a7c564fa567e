//! Providers as they are written, and what is told of them.

use super::{Provider, Providers};
use crate::interop::{Node, Notes, promptfoo::files::Files};
use serde_json::Value;
use std::{collections::BTreeMap, path::Path};

fn read(yaml: &str) -> (Option<Provider>, Vec<String>) {
    let node = Node::parse(Path::new("c.yaml"), yaml).unwrap();
    let env = BTreeMap::from([("HOST".to_owned(), "http://gpu:8000/v1".to_owned())]);
    let mut notes = Notes::default();
    let files = Files::beside(Path::new("c.yaml"), false);
    let providers = Providers {
        files: &files,
        env: &env,
    };
    let provider = providers.provider(&node, &mut notes).unwrap();
    let notes = notes.finish().iter().map(ToString::to_string).collect();
    (provider, notes)
}

#[test]
fn reasoning_is_sent_whole_to_models_that_reason() {
    for (config, sent) in [
        ("{effort: low}", serde_json::json!({"effort": "low"})),
        (
            "{effort: low, summary: auto}",
            serde_json::json!({"effort": "low", "summary": "auto"}),
        ),
        ("{summary: auto}", serde_json::json!({"summary": "auto"})),
    ] {
        let yaml = format!("id: openai:responses:gpt-5\nconfig:\n  reasoning: {config}\n");
        let (provider, _) = read(&yaml);
        assert_eq!(provider.unwrap().model.params["reasoning"], sent);
    }
}

#[test]
fn secrets_in_addresses_and_parameters_are_told_and_left_out() {
    let yaml = "id: openai:chat:m\nconfig:\n  apiBaseUrl: https://me:pw@host/v1\n  passthrough: {auth: x, n: 2}\n";
    let (provider, notes) = read(yaml);
    let model = provider.unwrap().model;
    assert_eq!(model.endpoint.unwrap().base_url, "https://host/v1");
    assert_eq!(
        (model.params.get("auth"), &model.params["n"]),
        (None, &2.into())
    );
    let told = |what: &str| notes.iter().any(|note| note.contains(what));
    assert!(told("`https://host/v1`") && told("`auth`"), "{notes:?}");
}

#[test]
fn providers_become_endpoints_and_models() {
    for (yaml, url, key, model) in [
        (
            "openai:gpt-4o-mini",
            "https://api.openai.com/v1",
            "OPENAI_API_KEY",
            "gpt-4o-mini",
        ),
        (
            "openai:chat:ft:gpt-4o:me",
            "https://api.openai.com/v1",
            "OPENAI_API_KEY",
            "ft:gpt-4o:me",
        ),
        (
            "ollama:chat:llama3.2:1b",
            "http://localhost:11434/v1",
            "",
            "llama3.2:1b",
        ),
        (
            "openrouter:meta-llama/llama-3:free",
            "https://openrouter.ai/api/v1",
            "OPENROUTER_API_KEY",
            "meta-llama/llama-3:free",
        ),
        (
            "id: openai:chat:m\nconfig: {apiBaseUrl: '${HOST}', apiKeyEnvar: GPU}",
            "http://gpu:8000/v1",
            "GPU",
            "m",
        ),
        (
            "id: azure:chat:dep\nconfig: {apiHost: x.openai.azure.com, apiVersion: v1}",
            "https://x.openai.azure.com/openai/deployments/dep?api-version=v1",
            "AZURE_API_KEY",
            "dep",
        ),
    ] {
        let (provider, notes) = read(yaml);
        let found = provider.unwrap().model;
        let endpoint = found.endpoint.unwrap();
        assert_eq!(endpoint.base_url, url, "{notes:?}");
        assert_eq!(endpoint.key.unwrap_or_default(), key);
        assert_eq!(found.name, model);
    }
}

#[test]
fn responses_are_called_as_such() {
    let (provider, notes) =
        read("id: openai:responses:gpt-4.1\nconfig: {max_output_tokens: 9, max_tokens: 3}");
    let model = provider.unwrap().model;
    assert_eq!(model.endpoint.unwrap().api, Some("responses"));
    let params = serde_json::json!({"max_output_tokens": 9, "temperature": 0});
    assert_eq!(Value::Object(model.params), params);
    assert!(
        notes
            .iter()
            .any(|note| note.contains("api = \"responses\"")),
        "{notes:?}"
    );
    assert!(
        notes.iter().any(|note| note.contains("`max_tokens`")),
        "{notes:?}"
    );
}

#[test]
fn keys_stay_where_they_are_and_what_is_no_endpoint_is_told() {
    let (provider, notes) = read(
        "id: openai:chat:m\nconfig:\n  apiKey: sk-secret\n  temperature: 0.7\n  cost: 0.000002\n  strange: 1",
    );
    let model = provider.unwrap().model;
    assert!(!format!("{model:?}{notes:?}").contains("sk-secret"));
    assert_eq!(model.params["temperature"], 0.7);
    assert_eq!(model.params["max_tokens"], 1024);
    assert_eq!(model.price, Some((2.0, 2.0)));
    assert!(
        notes.iter().any(|n| n.contains("c.yaml:6: `strange`")),
        "{notes:?}"
    );
    let (provider, notes) = read("python:mine.py");
    assert!(
        provider.is_none() && notes[0].contains("c.yaml:1"),
        "{notes:?}"
    );
}
