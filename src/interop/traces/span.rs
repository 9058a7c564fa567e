//! Spans of OpenTelemetry: the GenAI conventions, old and new, those of OpenLLMetry, OpenInference (Phoenix), and of single makers.

use super::{
    answer::{answers, message_answers},
    call::Call,
    json_text::{data, field},
    messages::{add_messages, is_numbered},
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
    let is_call = match operation {
        "" if langfuse.is_some() => langfuse == Some("generation"),
        "" => kind == "LLM" || !gen_ai["request"].is_null() || !gen_ai["prompt"].is_null(),
        name => matches!(name, "chat" | "text_completion" | "generate_content"),
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
    lose_tools(at(gen_ai, &["tool", "definitions"]), call);
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
        if prompts.len() > 1 {
            call.lose("further prompts of a call, which were sent at once");
        }
        match prompts.first().and_then(text) {
            Some(prompt) => add_messages(call, &prompt.into()),
            None => add_messages(call, &field(attributes, "input.value")),
        };
    }
    let outputs = items(at(llm, &["output_messages"]));
    call.outputs = match &outputs[..] {
        [] if llm.is_null() => Vec::new(),
        [] => answers(&field(attributes, "output.value"), &mut call.lost),
        outputs => message_answers(outputs, &mut call.lost),
    };
    call.model = text(&llm["model_name"]);
    call.provider = text(&llm["provider"]).or_else(|| text(&llm["system"]));
    call.request(&data(&llm["invocation_parameters"]));
    lose_tools(&llm["tools"], call);
    let template = &llm["prompt_template"];
    if let Some(written) = text(own(template, &["template"])) {
        let variables = match data(&template["variables"]) {
            Value::Object(variables) => variables,
            _ => Map::new(),
        };
        call.template = Some((written, variables));
    }
}

/// Read what stands in events. Some recorders write the messages twice.
fn read_events(events: &[&Value], call: &mut Call) {
    let has_messages = !call.messages.is_empty();
    let has_outputs = !call.outputs.is_empty();
    // Choices by their numbers.
    let mut choices: Vec<(i64, String)> = Vec::new();
    for event in events {
        let attributes = tree(&event["attributes"]);
        let written = match event["name"].as_str() {
            Some("gen_ai.content.completion") => completions(&attributes, call),
            Some("gen_ai.choice") => {
                let message = match attributes.get("message") {
                    Some(_) => field(&attributes, "message"),
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
                let mut sent = message(role, attributes["content"].clone());
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
