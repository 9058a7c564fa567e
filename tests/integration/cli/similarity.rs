//! Shots by likeness of meaning: embeddings asked once, kept, and compared.

use crate::support::Workspace;
use wording::demo::{DemoServer, DemoSpec};

const SHOTS: &str = "{\"text\": \"grey cat on a mat\", \"label\": \"pet\"}\n{\"text\": \"stock market falls\", \"label\": \"money\"}\n{\"text\": \"a dog in the park\", \"label\": \"pet\"}\n";

fn place(embeddings: &str) -> Workspace {
    let place = Workspace::empty();
    place.write("t.j2", "{% for shot in shots %}{{ shot.text }}: {{ shot.label }}\n{% endfor %}\n{{ row.text }}: pet or money?");
    place.write("d.jsonl", "{\"text\": \"the stock market in spring\", \"label\": \"money\"}\n{\"text\": \"the park with a dog\", \"label\": \"pet\"}\n");
    place.write("s.jsonl", SHOTS);
    place.write(
        "wording.toml",
        &format!("[experiment.a]\ntemplates = [\"t.j2\"]\ndataset = \"d.jsonl\"\nanswer = \"label\"\nshots = \"s.jsonl\"\nmodels = [\"demo/icl\"]\n{embeddings}[experiment.a.axes]\nshots = {{ count = [1], select = [\"similarity\"] }}\n"),
    );
    place
}

#[test]
fn the_nearest_in_meaning_are_shown_and_each_text_is_embedded_once() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime
        .block_on(DemoServer::start(DemoSpec::default()))
        .unwrap();
    let endpoint = format!(
        "embeddings = \"x/e\"\n[endpoint.x]\nbase_url = \"{}\"\n",
        server.base_url()
    );
    // The endpoint's table must not end the experiment's.
    let (key, table) = endpoint.split_once('\n').unwrap();
    let place = place(&format!("{key}\n"));
    place.write(
        "wording.toml",
        &format!("{table}{}", place.read("wording.toml")),
    );
    let before = place.run(&["render", "--format", "json"]);
    before.check_err("cli/similarity-before");
    assert_eq!(server.requests(), 0, "rendering asks nobody");
    let said = place.run(&["run", "--format", "json"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(server.requests(), 1, "five texts are one batch");
    let prompts = place.run(&["render", "--format", "json"]);
    assert!(!prompts.err.contains("embeddings"), "{}", prompts.err);
    let shown: Vec<&str> = prompts.out.lines().collect();
    assert!(
        shown[0].contains("stock market falls: money"),
        "{}",
        shown[0]
    );
    assert!(shown[1].contains("a dog in the park: pet"), "{}", shown[1]);
    assert_eq!(place.run(&["run", "-q"]).code, 0);
    assert_eq!(server.requests(), 1, "what is kept is not asked for again");
}

#[test]
fn the_stand_in_embeds_too_and_without_an_embedder_nothing_is_run() {
    assert_eq!(
        place("embeddings = \"demo/embed\"\n")
            .run(&["run", "-q"])
            .code,
        0
    );
    let said = place("").run(&["run"]);
    assert_eq!(said.code, 2);
    said.check_err("cli/similarity-no-model");
}

#[test]
fn an_endpoint_that_does_not_embed_ends_the_run_before_a_trial() {
    let place = place("embeddings = \"x/e\"\n");
    let text = "[endpoint.x]\nbase_url = \"http://127.0.0.1:9\"\nretries = 0\n".to_owned()
        + &place.read("wording.toml");
    place.write("wording.toml", &text);
    let said = place.run(&["run"]);
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(
        said.err.contains("x/e") && said.err.contains("127.0.0.1:9"),
        "{}",
        said.err
    );
    said.check_err("cli/similarity-unreachable");
}

#[test]
fn fewer_texts_are_sent_where_the_server_refuses_so_many() {
    use axum::{Json, http::StatusCode, routing::post};
    use serde_json::{Value, json};
    use std::sync::{Arc, Mutex};

    let sizes: Arc<Mutex<Vec<usize>>> = Arc::default();
    let seen = Arc::clone(&sizes);
    let embed = move |Json(body): Json<Value>| async move {
        let texts = body["input"].as_array().unwrap().len();
        seen.lock().unwrap().push(texts);
        let refused =
            |status, message: &str| (status, Json(json!({"error": {"message": message}})));
        match texts {
            3.. => refused(
                StatusCode::BAD_REQUEST,
                "batch size is invalid, it should not be larger than 2",
            ),
            2 => refused(
                StatusCode::INTERNAL_SERVER_ERROR,
                "input is too large to process",
            ),
            _ => (
                StatusCode::OK,
                Json(json!({"data": [{"embedding": [1.0, 0.5]}]})),
            ),
        }
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let listener = runtime
        .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
        .unwrap();
    let address = listener.local_addr().unwrap();
    let app = axum::Router::new().route("/v1/embeddings", post(embed));
    runtime.spawn(async move { axum::serve(listener, app).await });

    let place = place("embeddings = \"x/e\"\n");
    let endpoint = format!(
        "[endpoint.x]\nbase_url = \"http://{address}\"\nmax_in_flight = 1\nembeddings_per_request = 4\n"
    );
    place.write("wording.toml", &(endpoint + &place.read("wording.toml")));
    let said = place.run(&["run", "-q"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(
        *sizes.lock().unwrap(),
        [4, 2, 1, 1, 1, 1, 1],
        "halved at each refusal"
    );
}
