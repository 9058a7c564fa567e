//! `wording init --local`, and what `check` and `render` make of what it found. The servers are simulations: a stand-in for
//! llama.cpp that says what the real one says of itself, and the demo endpoint with one slot.

use crate::support::{Workspace, answering::serve_paths, snapshot::check_filtered};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::runtime::Runtime;
use wording::demo::{DemoServer, DemoSpec, Limits};

const DEFAULT: &str = "You are a helpful assistant.";

/// A chat template as SmolLM2 has it: a system prompt is added where there is none.
fn chatml(messages: &[Value]) -> String {
    let turn = |role: &str, text: &str| format!("<|im_start|>{role}\n{text}<|im_end|>\n");
    let added = match messages[0]["role"] == "system" {
        true => String::new(),
        false => turn("system", DEFAULT),
    };
    let turns = messages.iter().map(|m| {
        let text = |key: &str| m[key].as_str().unwrap_or_default().to_owned();
        turn(&text("role"), &text("content"))
    });
    added + &turns.collect::<String>()
}

/// llama.cpp's server with one slot. A template that wants turns refuses two messages of one role.
fn llama_cpp(path: &str, body: &Value, wants_turns: bool) -> (u16, Value) {
    let messages = body["messages"].as_array().map_or(&[][..], Vec::as_slice);
    match path {
        "/v1/models" => {
            let meta = json!({"n_params": 134_515_008, "n_ctx_train": 8192});
            (200, json!({"data": [{"id": "smollm2", "meta": meta}]}))
        }
        "/props" => {
            let settings = json!({"n_ctx": 2048});
            (
                200,
                json!({"total_slots": 1, "default_generation_settings": settings, "build_info": "b1234"}),
            )
        }
        "/apply-template" => (200, json!({"prompt": chatml(messages)})),
        "/v1/chat/completions" => {
            if wants_turns && messages.windows(2).any(|m| m[0]["role"] == m[1]["role"]) {
                let message = "Conversation roles must alternate user/assistant";
                return (400, json!({"error": {"message": message}}));
            }
            let tokens = chatml(messages).split_whitespace().count();
            let usage = json!({"prompt_tokens": tokens, "completion_tokens": 1});
            let message = json!({"role": "assistant", "content": "positive"});
            let choice = json!({"index": 0, "message": message, "finish_reason": "stop"});
            (
                200,
                json!({"model": "smollm2", "choices": [choice], "usage": usage}),
            )
        }
        _ => (404, json!({"error": {"message": "not found"}})),
    }
}

fn without_port(text: &str, port: u16) -> String {
    text.replace(&port.to_string(), "PORT")
}

#[test]
fn a_llama_cpp_server_is_probed_and_its_endpoint_written() {
    let place = Workspace::empty();
    let port = serve_paths(|path, body| llama_cpp(path, body, true));
    let said = place.run(&["init", "--local", &format!("127.0.0.1:{port}")]);
    assert_eq!(said.code, 0, "{}", said.err);
    check_filtered("cli/init-local", &without_port(&said.out, port));
    let toml = place.read("wording.toml");
    let added = &toml[toml.find("# Found by").unwrap()..];
    check_filtered("cli/init-local-toml", &without_port(added, port));
    assert!(toml.contains("models = [\"local/smollm2\"]") && !toml.contains("[\"demo/icl\"]"));

    // The wording without a system message is warned of, and shows what the server adds.
    place.write("two.j2", "{% user %}{{ text }}{% enduser %}");
    let checked = place.run(&["check", "sentiment"]);
    let shown = place.run(&["render", "sentiment", "--variant", "one-message"]);
    assert!(shown.out.contains(DEFAULT), "{}", shown.out);
    let warned = format!("{}{}", checked.out, checked.err);
    assert!(
        warned.contains("[added-system]") && warned.contains(DEFAULT),
        "{warned}"
    );

    let again = place.run(&["init", "--local", &format!("127.0.0.1:{port}")]);
    assert_eq!(again.code, 2);
    assert!(
        again.err.contains("endpoint `local` already"),
        "{}",
        again.err
    );
}

#[test]
fn messages_that_a_chat_template_refuses_are_errors_with_their_place() {
    let place = Workspace::sample();
    let toml = place.read("wording.toml");
    let endpoint = "\n[endpoint.local]\nbase_url = \"http://127.0.0.1:9/v1\"\n[endpoint.local.model.gemma]\nsystem_role = false\nsame_role_twice = false\n";
    let toml = toml.replacen("[\"demo/icl\"]", "[\"local/gemma\"]", 1);
    place.write("wording.toml", &(toml + endpoint));
    let checked = place.run(&["check", "sentiment"]);
    assert_eq!(checked.code, 2, "{}{}", checked.out, checked.err);
    let text = format!("{}{}", checked.out, checked.err);
    assert!(
        text.contains("refuses system messages") && text.contains("[system-role]"),
        "{text}"
    );
    assert!(text.contains("templates/sentiment/plain.j2:"), "{text}");
}

#[test]
fn one_slot_is_found_by_two_answers_that_do_not_overlap() {
    let place = Workspace::empty();
    let runtime = Runtime::new().unwrap();
    let limits = Limits {
        slots: Some(1),
        ..Limits::default()
    };
    let spec = DemoSpec {
        latency: Duration::from_millis(100),
        limits,
        ..DemoSpec::default()
    };
    let server = runtime.block_on(DemoServer::start(spec)).unwrap();
    let address = server.base_url();
    let said = place.run(&["init", "--local", &address, "--model", "icl"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let toml = place.read("wording.toml");
    assert!(
        toml.contains("max_in_flight = 1  # the server answers one request at a time"),
        "{toml}"
    );
    // It answers any path, and is none of the programs that are known.
    assert!(
        said.out.starts_with("found a server with local/icl"),
        "{}",
        said.out
    );
}

#[test]
fn an_address_that_is_missing_or_wrong_is_said() {
    let place = Workspace::empty();
    let said = place.run(&["init", "--local"]);
    assert_eq!(said.code, 2);
    assert!(
        said.err.contains("wording init --local http://"),
        "{}",
        said.err
    );
    let said = place.run(&["init", "--local", "http://127.0.0.1:9/v1"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("is the server running"), "{}", said.err);
    let port = serve_paths(|path, body| llama_cpp(path, body, false));
    let address = format!("http://127.0.0.1:{port}");
    let said = place.run(&["init", "--local", &address, "--model", "gpt"]);
    assert!(
        said.err.contains("does not list gpt") && said.err.contains("smollm2"),
        "{}",
        said.err
    );
    assert!(!place.path().join("wording.toml").exists());
}

#[test]
fn files_in_the_way_are_said_before_the_server_is_asked() {
    let place = Workspace::empty();
    place.write("templates/sentiment/plain.j2", "mine");
    // Nobody listens there, which would be said instead.
    let said = place.run(&["init", "--local", "http://127.0.0.1:9/v1"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("plain.j2"), "{}", said.err);
    assert!(!place.path().join("wording.toml").exists());
}
