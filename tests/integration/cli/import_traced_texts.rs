//! What recorded calls say, to the byte: texts are texts, no choice is lost, parameters are those that were sent; what else was sent is
//! listed, with exit code 1.

use crate::support::Workspace;
use serde_json::{Value, json};

/// An import: what is sent, what was answered, and the rest.
struct Imported {
    code: i32,
    /// The messages of each row.
    sent: Vec<Value>,
    /// The outputs of each row.
    outputs: Vec<Vec<Value>>,
    rows: Vec<Value>,
    project: String,
    /// What is left out.
    dropped: Vec<String>,
}

fn import(file: &str, text: &str) -> Imported {
    let place = Workspace::empty();
    place.write(file, text);
    let said = place.run(&["import", "traces", file, "-o", "p", "--format", "json"]);
    assert!(said.code < 2, "{text}: {}", said.err);
    let made = said.json();
    let name = made["experiments"][0].as_str().unwrap();
    let lines = |text: &str| -> Vec<Value> {
        let lines = text.lines().map(serde_json::from_str);
        lines.map(Result::unwrap).collect()
    };
    let rows = lines(&place.read(&format!("p/datasets/{name}.jsonl")));
    let project = place.file("p/wording.toml");
    let rendered = place.run(&[
        "render",
        name,
        "--project",
        project.to_str().unwrap(),
        "--format",
        "json",
    ]);
    assert_eq!(rendered.code, 0, "{text}: {}", rendered.err);
    let sent = lines(&rendered.out).into_iter();
    let outputs = |row: &Value| {
        let more = row["__more_outputs"].as_array().into_iter().flatten();
        let first = row.get("__output_1").into_iter();
        first
            .chain(more.map(|more| &more["output"]))
            .cloned()
            .collect()
    };
    let notes = made["notes"].as_array().unwrap().iter();
    Imported {
        code: said.code,
        sent: sent.map(|mut prompt| prompt["messages"].take()).collect(),
        outputs: rows.iter().map(outputs).collect(),
        rows,
        project: place.read("p/wording.toml"),
        dropped: notes
            .filter(|note| note["weight"] == "dropped")
            .map(|note| note["what"].as_str().unwrap().to_owned())
            .collect(),
    }
}

fn lines(records: &[Value]) -> String {
    records.iter().map(|record| format!("{record}\n")).collect()
}

/// An observation of Langfuse, as the first version of its API gives it.
fn observation(input: Value, output: Value) -> Value {
    json!({"traceId": "t", "type": "GENERATION", "name": "ask", "model": "gpt-4o-mini", "input": input, "output": output})
}

fn span(attributes: Value, events: Value) -> Value {
    let mut span = json!({"name": "chat", "attributes": {"gen_ai.operation.name": "chat", "gen_ai.system": "openai", "gen_ai.request.model": "gpt-4o"},
        "events": events});
    let all = span["attributes"].as_object_mut().unwrap();
    all.extend(attributes.as_object().unwrap().clone());
    span
}

fn user(text: &str) -> Value {
    json!([{"role": "user", "content": text}])
}

#[test]
fn texts_are_texts_whatever_they_look_like() {
    let texts = [
        r#"{"a": 1}"#,
        r#"{"role":"assistant","content":"in"}"#,
        r#"[{"role":"user","content":"z"}]"#,
        r#"{"messages":[{"role":"user","content":"z"}]}"#,
        r#"{"choices":[]}"#,
        r#"{"0":{"a":1}}"#,
        r#"{"prompt":"z"}"#,
        r#"{"system":"s","input":"z"}"#,
        r#"{"text":"t","type":"human"}"#,
        "null",
        "[]",
        " pad ",
        "\"q\"",
    ];
    let records = texts.map(|text| observation(text.into(), text.into()));
    let made = import("t.jsonl", &lines(&records));
    assert_eq!(made.code, 0, "{:?}", made.dropped);
    for (number, text) in texts.iter().enumerate() {
        assert_eq!(made.sent[number], user(text));
        assert_eq!(made.outputs[number], [*text]);
    }
    // Messages as JSON, from where fields are texts alone.
    let mut record = observation(
        user("u").to_string().into(),
        r#"{"role": "assistant", "content": "a"}"#.into(),
    );
    record.as_object_mut().unwrap().remove("model");
    record["providedModelName"] = "gpt-4o".into();
    let made = import("t.jsonl", &lines(&[record]));
    assert_eq!(
        (&made.sent[0], &made.outputs[0][..]),
        (&user("u"), &[json!("a")][..])
    );
}

#[test]
fn no_choice_of_a_call_is_lost() {
    let two = |key: &str| json!([{"role": "assistant", key: "x"}, {"role": "assistant", key: "y"}]);
    let choice = |index: u64, text: &str| {
        let message = json!({"content": text}).to_string();
        json!({"name": "gen_ai.choice", "attributes": {"index": index, "message": message}})
    };
    let asked = json!({"name": "gen_ai.user.message", "attributes": {"content": "u"}});
    let prompt = json!({"gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "u",
        "gen_ai.completion.0.content": "x", "gen_ai.completion.1.content": "y"});
    let messages = json!({"gen_ai.input.messages": user("u").to_string(), "gen_ai.output.messages": two("content").to_string()});
    let further = ["further outputs of 1 input".to_owned()];
    for record in [
        span(json!({}), json!([asked, choice(1, "y"), choice(0, "x")])),
        span(messages, json!([])),
        span(prompt, json!([])),
        observation(user("u"), two("content")),
        json!({"object": "chat.completion", "id": "c", "model": "gpt-4o", "messages": user("u"),
            "choices": [{"message": {"role": "assistant", "content": "x"}}, {"message": {"role": "assistant", "content": "y"}}]}),
    ] {
        let made = import("t.jsonl", &lines(&[record]));
        assert_eq!((made.code, &*made.dropped), (1, &further[..]));
        assert_eq!(
            (&made.sent[0], &made.outputs[0][..]),
            (&user("u"), &[json!("x"), json!("y")][..])
        );
    }
}

#[test]
fn parameters_are_numbers_or_listed() {
    let call = |parameters: Value| {
        let mut record = observation(user("u"), "a".into());
        record["modelParameters"] = parameters;
        import("t.jsonl", &lines(&[record]))
    };
    // What Langfuse's client writes where no limit was set.
    let made =
        call(json!({"temperature": "0.5", "max_tokens": "Infinity", "top_k": 4.0, "seed": ""}));
    assert_eq!(made.code, 0, "{:?}", made.dropped);
    assert!(
        made.project
            .contains("params = { temperature = 0.5, top_k = 4 }"),
        "{}",
        made.project
    );
    let made = call(json!({"temperature": "NaN", "max_tokens": 5}));
    assert_eq!(
        (made.code, made.dropped),
        (1, vec!["the parameter `temperature`".to_owned()])
    );
    assert!(
        made.project.contains("params = { max_tokens = 5 }"),
        "{}",
        made.project
    );
}

/// A log as Inspect writes it: the parameters of the task and of `generate()` are in its plan and in the events of calls, not in the header.
#[test]
fn samples_of_inspect_have_the_parameters_and_the_output_of_their_call() {
    let message = json!({"id": "m1", "role": "assistant", "content": "2"});
    let log = |events: Value| {
        json!({
            "version": 2,
            "eval": {"task": "sums", "model": "openai/gpt-4o", "model_generate_config": {}},
            "plan": {"config": {"temperature": 0.9, "top_p": 0.5},
                "steps": [{"solver": "generate", "params": {"tool_calls": "loop", "temperature": 0.3, "stop_seqs": ["x"]}}]},
            "samples": [{
                "id": 1, "epoch": 1, "input": "1+1", "target": "2", "messages": [{"role": "user", "content": "1+1"}, message],
                "output": {"model": "openai/gpt-4o", "choices": [{"message": message}], "completion": "2!"},
                "scores": {"near": {"value": "@"}}, "events": events,
            }],
        })
    };
    let event = |id: &str, temperature: f64| json!({"event": "model", "config": {"temperature": temperature, "seed": 4}, "output": {"choices": [{"message": {"id": id}}]}});
    for (events, params) in [
        (
            json!([event("m1", 0.2), event("judge", 0.0)]),
            "params = { temperature = 0.2, seed = 4 }",
        ),
        (
            json!([]),
            "params = { temperature = 0.3, top_p = 0.5, stop = [\"x\"] }",
        ),
    ] {
        let text = log(events).to_string().replace("\"@\"", "NaN");
        let made = import("log.json", &text);
        assert_eq!(made.code, 0, "{:?}", made.dropped);
        assert!(made.project.contains(params), "{}", made.project);
        // What a solver made of the answer was scored.
        assert_eq!(
            (&made.sent[0], &made.outputs[0][..]),
            (&user("1+1"), &[json!("2!")][..])
        );
        assert_eq!(made.rows[0]["__scores"], json!({"near": "NaN"}));
    }
}

#[test]
fn what_messages_cannot_hold_is_listed() {
    let text = |text: &str| json!({"type": "text", "text": text});
    let image = json!({"type": "image_url", "image_url": {"url": "data:"}});
    let parts = json!([text("u"), image]).to_string();
    let answer = |text: &str| json!({"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]});
    for (record, dropped) in [
        (
            observation(
                json!([{"role": "user", "name": "bob", "content": "u"}]),
                "a".into(),
            ),
            "`name` of a message",
        ),
        (
            span(
                json!({"llm.model_name": "m", "openinference.span.kind": "LLM", "llm.input_messages.0.message.role": "user",
                "llm.input_messages.0.message.content": "u", "llm.input_messages.0.message.name": "bob",
                "llm.output_messages.0.message.content": "a"}),
                json!([]),
            ),
            "`name` of a message",
        ),
        (
            observation(json!({"messages": user("u"), "tools": [{}]}), "a".into()),
            "tools",
        ),
        (
            observation(
                json!({"messages": user("u"), "tool_choice": "auto"}),
                "a".into(),
            ),
            "the parameter `tool_choice`",
        ),
        (
            observation(
                json!([{"role": "user", "content": [{"type": "text", "text": "u", "cache_control": {"type": "ephemeral"}}]}]),
                "a".into(),
            ),
            "`cache_control` of a part of a message",
        ),
        (
            observation(
                json!([{"role": "user", "content": "u", "reasoning_content": "r"}]),
                "a".into(),
            ),
            "`reasoning_content` of a message",
        ),
        (
            observation(
                user("u"),
                json!({"role": "assistant", "content": "a", "function_call": {"name": "f", "arguments": "{}"}}),
            ),
            "a tool call",
        ),
        (
            observation(
                user("u"),
                json!({"role": "assistant", "content": "a", "refusal": "no"}),
            ),
            "`refusal` of an answer",
        ),
        (
            json!({"object": "chat.completion", "id": "c", "model": "gpt-4o", "messages": user("u"),
                "choices": [{"message": {"role": "assistant", "content": "a", "audio": {"transcript": "t"}}}]}),
            "`audio` of an answer",
        ),
        (
            span(
                json!({"llm.provider": "openai", "llm.model_name": "gpt-4o", "openinference.span.kind": "LLM", "llm.prompts.0.prompt.text": "u",
                "llm.prompts.1.prompt.text": "v", "output.value": "a"}),
                json!([]),
            ),
            "further prompts of a call, which were sent at once",
        ),
        (
            observation(
                json!([{"role": "user", "content": [{"type": "tool_result", "content": "r"}, text("u")]}]),
                "a".into(),
            ),
            "`tool_result`",
        ),
        (
            observation(
                json!([{"role": "user", "content": [text(""), text("u")]}]),
                "a".into(),
            ),
            "several texts in one message, which are sent as one",
        ),
        (
            span(
                json!({"gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": parts, "gen_ai.completion.0.content": "a"}),
                json!([]),
            ),
            "`image_url`",
        ),
        (
            json!({"object": "response", "model": "gpt-4o", "input": "u", "output": [answer(""), answer("a")], "previous_response_id": "r"}),
            "the turns before, which `previous_response_id` refers to",
        ),
    ] {
        let made = import("t.jsonl", &lines(&[record]));
        assert_eq!(
            (made.code, &made.dropped[..]),
            (1, &[dropped.to_owned()][..])
        );
        assert_eq!(
            (&made.sent[0], &made.outputs[0][..]),
            (&user("u"), &[json!("a")][..]),
            "{dropped}"
        );
    }
    // An array of numpy in a cell has no commas.
    let table = "name,span_kind,attributes.llm.model_name,attributes.llm.input_messages,attributes.llm.output_messages\n\
        c,LLM,gpt-4o,\"[{'message.role': 'user', 'message.content': 'u'}\n {'message.role': 'assistant', 'message.content': 'v'}]\",\"[{'message.role': 'assistant', 'message.content': 'a'}]\"\n";
    let made = import("t.csv", table);
    assert_eq!(
        made.sent[0],
        json!([{"role": "user", "content": "u"}, {"role": "assistant", "content": "v"}])
    );
    assert_eq!((made.code, &made.outputs[0][..]), (0, &[json!("a")][..]));
}
