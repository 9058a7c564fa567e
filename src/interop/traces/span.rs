//! Spans of OpenTelemetry: the GenAI conventions, old and new, those of OpenLLMetry, OpenInference (Phoenix), and of single makers.

use super::{
    answer::{answers, message_answers},
    call::Call,
    json_text::{data, field},
    messages::{add_messages, is_numbered},
    model_service::Server,
    tree::{at, check_size, items, own, tree},
    vendor_attributes::{langfuse_kind, read_ai_sdk, read_langfuse},
};
use serde_json::{Map, Value};

/// Where spans stand in a request: lists of objects in one another, which older recorders call otherwise.
pub(super) const SPANS: [&[&str]; 3] = [
    &["resourceSpans"],
    &["scopeSpans", "instrumentationLibrarySpans"],
    &["spans"],
];

/// The spans of a request.
pub(super) fn spans_of(request: &Value) -> Vec<&Value> {
    SPANS.iter().fold(vec![request], |within, names| {
        (within.into_iter())
            .flat_map(|value| names.iter().flat_map(move |name| items(&value[*name])))
            .collect()
    })
}

/// What a span is.
pub(super) enum Span {
    Call(Box<Call>),
    /// A call of a model whose texts were not recorded.
    WithoutTexts,
    /// Something else, such as a chain or a search.
    Other(String),
    /// Its attributes are a tree of too many values.
    TooLarge(String),
}

/// Read a span: its attributes are under `attributes`, or are columns of a table.
pub(super) fn span(record: &Value) -> Span {
    if let Err(problem) = check_size(record.get("attributes").unwrap_or(record)) {
        return Span::TooLarge(problem);
    }
    let record_tree;
    let (attributes, record) = match record.get("attributes") {
        Some(attributes) => (tree(attributes), record),
        None => {
            record_tree = tree(record);
            (at(&record_tree, &["attributes"]).clone(), &record_tree)
        }
    };
    let gen_ai = &attributes["gen_ai"];
    let kind = at(&attributes, &["openinference", "span", "kind"])
        .as_str()
        .or(record["span_kind"].as_str())
        .unwrap_or_default();
    let operation = at(gen_ai, &["operation", "name"])
        .as_str()
        .unwrap_or_default();
    let langfuse = langfuse_kind(&attributes);
    let names_a_model = !at(gen_ai, &["request", "model"]).is_null();
    let is_call = match operation {
        "" if langfuse.is_some() => langfuse == Some("generation"),
        "" => kind == "LLM" || !gen_ai["request"].is_null() || !gen_ai["prompt"].is_null(),
        "chat" | "text_completion" | "generate_content" => true,
        name => names_a_model && OWN_NAMES.contains(&name),
    };
    if !is_call {
        let sdk = at(&attributes, &["ai", "operationId"]).as_str();
        let names = [operation, kind, langfuse.or(sdk).unwrap_or_default()];
        let what = names.into_iter().find(|name| !name.is_empty());
        return Span::Other(what.unwrap_or("no model").to_owned());
    }
    let mut call = Call {
        name: text(own(gen_ai, &["prompt", "name"]))
            .or_else(|| text(&record["name"]))
            .unwrap_or_default(),
        ..Call::default()
    };
    read_openinference(&attributes, &mut call);
    read_langfuse(&attributes, &mut call);
    read_ai_sdk(&attributes, &mut call);
    read_gen_ai(&attributes, &mut call);
    read_events(&items(&record["events"]), &mut call);
    read_annotations(record, &mut call);
    // Spans of our own export.
    call.expected = text(at(&attributes, &["wording", "expected"])).map(Value::String);
    match call.messages.is_empty() {
        true => Span::WithoutTexts,
        false => Span::Call(Box::new(call)),
    }
}

/// What instruments call an operation that asks a model for an answer, beside the names of the conventions.
const OWN_NAMES: [&str; 9] = [
    "completion",
    "completions",
    "chat_completion",
    "responses",
    "messages",
    "converse",
    "invoke_model",
    "generate",
    "llm",
];

fn text(value: &Value) -> Option<String> {
    value
        .as_str()
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

fn read_gen_ai(attributes: &Value, call: &mut Call) {
    let gen_ai = &attributes["gen_ai"];
    let known = [&["provider", "name"][..], &["system"][..]];
    call.provider = (known.iter().find_map(|path| text(at(gen_ai, path)))).or(call.provider.take());
    let models = [&["request", "model"][..], &["response", "model"][..]];
    call.model = (models.iter().find_map(|path| text(at(gen_ai, path)))).or(call.model.take());
    call.request(&gen_ai["request"]);
    let mut further = at(gen_ai, &["openai", "request"]).clone();
    let format = further["response_format"].as_str().map(str::to_owned);
    if let Some(further) = further.as_object_mut() {
        further.remove("response_format");
    }
    call.request(&further);
    let kind = text(at(gen_ai, &["output", "type"]));
    if format.or(kind).is_some_and(|format| format != "text") {
        call.lose("the form of the answer (`response_format`)");
    }
    read_server(attributes, call);
    lose_tools(at(gen_ai, &["tool", "definitions"]), call);
    if at(gen_ai, &["operation", "name"]) == "text_completion" {
        call.lose(COMPLETION);
    }
    if call.messages.is_empty() {
        let system = field(attributes, "gen_ai.system_instructions");
        if !system.is_null() {
            add_messages(call, &message("system", system));
        }
        let _ = add_messages(call, &field(attributes, "gen_ai.input.messages"))
            || add_messages(call, &prompt(attributes));
    }
    if call.outputs.is_empty() {
        let output = field(attributes, "gen_ai.output.messages");
        if output.is_null() && !own(gen_ai, &["output", "messages"]).is_null() {
            call.lose("`gen_ai.output.messages`, which has no messages as JSON");
        }
        call.outputs = answers(&output, &mut call.lost);
    }
    if call.outputs.is_empty() {
        call.outputs = completions(attributes, call);
    }
}

/// What a completion is here.
const COMPLETION: &str = "the interface of completions: the text is sent as a message";

/// Where the call went: the address of the interface, or of the machine.
fn read_server(attributes: &Value, call: &mut Call) {
    let bases = [
        &["gen_ai", "openai", "api_base"][..],
        &["llm", "openai", "api_base"],
    ];
    let base = bases.iter().find_map(|path| at(attributes, path).as_str());
    let machine = || {
        let server = &attributes["server"];
        let name = text(own(server, &["address"]))?;
        let port = server["port"]
            .as_u64()
            .filter(|port| !matches!(port, 80 | 443));
        Some(Server::Host(match port {
            Some(port) => format!("{name}:{port}"),
            None => name,
        }))
    };
    if let Some(server) = base.and_then(Server::of_url).or_else(machine) {
        call.server = Some(server);
    }
}

/// `gen_ai.prompt`, whose messages OpenLLMetry writes as attributes of their own.
fn prompt(attributes: &Value) -> Value {
    let mut prompt = field(attributes, "gen_ai.prompt");
    if let Value::Object(messages) = &mut prompt
        && is_numbered(messages)
    {
        for message in messages.values_mut() {
            let content = field(message, "content");
            if !content.is_null() {
                message["content"] = content;
            }
        }
    }
    prompt
}

/// `gen_ai.completion`, and each of its choices where they are attributes of their own.
fn completions(attributes: &Value, call: &mut Call) -> Vec<String> {
    match field(attributes, "gen_ai.completion") {
        Value::Object(choices) if is_numbered(&choices) => {
            message_answers(&items(&choices.into()), &mut call.lost)
        }
        completion => answers(&completion, &mut call.lost),
    }
}

/// Tools that a model could call are not in the project.
fn lose_tools(tools: &Value, call: &mut Call) {
    if !items(&data(tools)).is_empty() {
        call.lose("tools");
    }
}

fn message(role: &str, content: Value) -> Value {
    let fields = [("role", role.into()), ("content", content)];
    Value::Object(
        fields
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect(),
    )
}

fn read_openinference(attributes: &Value, call: &mut Call) {
    let llm = &attributes["llm"];
    if !add_messages(call, &field(attributes, "llm.input_messages")) && !llm.is_null() {
        let prompts = items(at(llm, &["prompts"]));
        let text = |prompt: &&Value| text(at(prompt, &["prompt", "text"])).or_else(|| text(prompt));
        match prompts.len() {
            0 => {}
            1 => call.lose(COMPLETION),
            _ => call.lose("further prompts of a call, which were sent at once"),
        }
        match prompts.first().and_then(text) {
            Some(prompt) => add_messages(call, &prompt.into()),
            None => add_messages(call, &field(attributes, "input.value")),
        };
    }
    let outputs = items(at(llm, &["output_messages"]));
    let completions = items(at(llm, &["choices"])).into_iter();
    let completions = completions.filter_map(|choice| text(at(choice, &["completion", "text"])));
    let completions: Vec<String> = completions.collect();
    call.outputs = match &outputs[..] {
        [] if llm.is_null() => Vec::new(),
        [] if !completions.is_empty() => completions,
        [] => answers(&field(attributes, "output.value"), &mut call.lost),
        outputs => message_answers(outputs, &mut call.lost),
    };
    call.model = text(&llm["model_name"]);
    call.provider = text(&llm["provider"]).or_else(|| text(&llm["system"]));
    call.request(&data(&llm["invocation_parameters"]));
    lose_tools(&llm["tools"], call);
    if !llm["function_call"].is_null() {
        call.lose("a tool call");
    }
    read_openllmetry(llm, call);
    let template = &llm["prompt_template"];
    if let Some(written) = text(own(template, &["template"])) {
        let variables = match data(&template["variables"]) {
            Value::Object(variables) => variables,
            _ => Map::new(),
        };
        call.template = Some((written, variables));
    }
}

/// What OpenLLMetry writes beside the conventions.
fn read_openllmetry(llm: &Value, call: &mut Call) {
    lose_tools(at(llm, &["request", "functions"]), call);
    let request = [
        ("stop", at(llm, &["chat", "stop_sequences"])),
        ("frequency_penalty", &llm["frequency_penalty"]),
        ("presence_penalty", &llm["presence_penalty"]),
        ("top_k", &llm["top_k"]),
        (
            "reasoning_effort",
            at(llm, &["request", "reasoning_effort"]),
        ),
    ];
    let request = request.map(|(name, value)| (name.to_owned(), data(value)));
    call.request(&Value::Object(request.into_iter().collect()));
}

/// Read what stands in events. Some recorders write the messages twice.
fn read_events(events: &[&Value], call: &mut Call) {
    let has_messages = !call.messages.is_empty();
    let has_outputs = !call.outputs.is_empty();
    // Choices by their numbers.
    let mut choices: Vec<(i64, String)> = Vec::new();
    for event in events {
        let attributes = event_attributes(event);
        let written = match event["name"].as_str() {
            Some("gen_ai.content.completion") => completions(&attributes, call),
            Some("gen_ai.choice") => {
                let message = match attributes.get("message") {
                    Some(written) => match event_content(written, call) {
                        parts @ Value::Array(_) => message("assistant", parts),
                        _ => field(&attributes, "message"),
                    },
                    None => attributes.clone(),
                };
                message_answers(&[&message], &mut call.lost)
            }
            name => {
                read_event(name.unwrap_or_default(), &attributes, has_messages, call);
                continue;
            }
        };
        let number = attributes["index"].as_i64().unwrap_or_default();
        choices.extend(written.into_iter().map(|text| (number, text)));
    }
    if !has_outputs && !choices.is_empty() {
        choices.sort_by_key(|(number, _)| *number);
        call.outputs = choices.into_iter().map(|(_, text)| text).collect();
    }
}

/// What an event says; Azure's SDK writes it as one text of JSON.
fn event_attributes(event: &Value) -> Value {
    let attributes = tree(&event["attributes"]);
    match data(at(&attributes, &["gen_ai", "event", "content"])) {
        Value::Object(written) => Value::Object(written),
        _ => attributes,
    }
}

/// The content of a message in an event: a text; of Bedrock and Strands also its parts, as JSON.
fn event_content(content: &Value, call: &Call) -> Value {
    let provider = call.provider.as_deref().unwrap_or_default();
    if !["strands", "bedrock"]
        .iter()
        .any(|name| provider.contains(name))
    {
        return content.clone();
    }
    const PARTS: [&str; 6] = [
        "text",
        "toolUse",
        "toolResult",
        "image",
        "document",
        "video",
    ];
    let read = data(content);
    let is_part = |part: &Value| {
        let fields = part.as_object();
        fields.is_some_and(|fields| {
            fields.len() == 1 && fields.keys().all(|key| PARTS.contains(&key.as_str()))
        })
    };
    let parts = read.as_array();
    match parts.is_some_and(|parts| !parts.is_empty() && parts.iter().all(is_part)) {
        true => read,
        false => content.clone(),
    }
}

/// Messages and evaluations that stand in events.
fn read_event(name: &str, attributes: &Value, has_messages: bool, call: &mut Call) {
    let gen_ai = &attributes["gen_ai"];
    match name {
        "gen_ai.content.prompt" if has_messages => {}
        "gen_ai.content.prompt" => drop(add_messages(call, &prompt(attributes))),
        "gen_ai.client.inference.operation.details" => read_gen_ai(attributes, call),
        "gen_ai.evaluation.result" => {
            let evaluation = &gen_ai["evaluation"];
            let value = [&["score", "value"][..], &["score", "label"][..]];
            let value = value
                .iter()
                .map(|path| at(evaluation, path))
                .find(|v| !v.is_null());
            let name = evaluation["name"].as_str().unwrap_or("score");
            call.score(
                name,
                value.unwrap_or(&Value::Null),
                &evaluation["explanation"],
            );
        }
        _ => {
            let role = name
                .strip_prefix("gen_ai.")
                .and_then(|n| n.strip_suffix(".message"));
            if let Some(role) = role.filter(|_| !has_messages) {
                let mut sent = message(role, event_content(&attributes["content"], call));
                sent["tool_calls"] = data(&attributes["tool_calls"]);
                add_messages(call, &sent);
            }
        }
    }
}

/// What Phoenix keeps of a span beside its attributes: `annotations`, or columns `eval.NAME.score`.
fn read_annotations(record: &Value, call: &mut Call) {
    for annotation in items(&data(&record["annotations"])) {
        let name = annotation["name"].as_str().unwrap_or("annotation");
        let result = annotation.get("result").unwrap_or(annotation);
        read_result(name, result, call);
    }
    for (name, result) in record["eval"].as_object().into_iter().flatten() {
        read_result(name, result, call);
    }
}

fn read_result(name: &str, result: &Value, call: &mut Call) {
    let blank = |value: &&Value| !value.is_null() && value.as_str() != Some("");
    let value = [&result["score"], &result["label"]].into_iter().find(blank);
    call.score(name, value.unwrap_or(&Value::Null), &result["explanation"]);
    if blank(&&result["score"]) && blank(&&result["label"]) {
        call.annotate(name, result["label"].clone());
    }
}
